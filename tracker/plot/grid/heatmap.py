"""One app in many storefronts, day by day: colour tells the best rank of the day."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from itertools import pairwise
from typing import Any, Literal

from tracker.analysis.days import DAY, Day, RankDays
from tracker.model import App
from tracker.plot.grid import words as words
from tracker.plot.grid.plan import Cell, Grid, Line, Row
from tracker.plot.style.size import SIZES
from tracker.storefronts import storefront_name

Sort = Literal["peak", "first", "name"]
_ORDERS: Mapping[Sort, str] = {
    "peak": "best rank and the day it was reached",
    "first": "first day in the chart",
    "name": "name",
}
SORTS = tuple(_ORDERS)
#: The deepest rank of each class: about equal steps of a logarithmic scale.
CLASSES = (1, 3, 5, 10, 20, 50, 100, 200)
#: From number one downwards, evenly apart in OKLab, and number one farther: lightness rises
#: (falls, in the dark), which eyes that confuse colours see too.
RAMP: Mapping[str, tuple[str, ...]] = {
    "light": (
        "#2B0339", "#4F1182", "#5838A4", "#595EB9", "#5484CA", "#4BA7D0", "#5BC8C8", "#92E2B7",
    ),
    "dark": (
        "#FFFCC1", "#FACE73", "#F5A853", "#E7844D", "#CE6656", "#AD4E63", "#883B6A", "#5D2E6A",
    ),
}  # fmt: skip
_TOOLTIP = (
    "{'Storefront': names[datum.s], '%s': utcFormat(datum.t, '%%-d %%b %%Y'), "
    "'Best rank': datum.r ? datum.r + ', first seen ' "
    "+ utcFormat(datum.t + datum.a * 6e4, '%%-d %%b %%H:%%M') "
    "+ ' %s' : 'not in the top ' + datum.d, "
    "'Looks': datum.n + ', found in ' + datum.m%s}"
)


def draw_heatmap(
    app: App,
    rows: Sequence[RankDays],
    *,
    theme: str = "light",
    size: tuple[int, int] = SIZES["wide"],
    zone: tzinfo = UTC,
    span: int = DAY,
    sort: Sort = "peak",
) -> dict[str, Any]:
    """APP in each storefront of ROWS, a cell a day (or a week, where SPAN is 7), of ZONE.

    The Vega-Lite specification, as wide as SIZE and as high as the rows need. NothingToShow where
    nothing was observed, InvalidValue for an unknown theme or a size out of bounds.
    """
    # Altair costs 0.4 s: whoever asks for a headline alone does not pay it.
    from tracker.plot.grid.marks import draw_grid

    return draw_grid(_grid(app, rows, theme, zone, span, sort), theme, size)


def _grid(
    app: App, rows: Sequence[RankDays], theme: str, zone: tzinfo, span: int, sort: Sort
) -> Grid:
    title = heatmap_headline(app, rows, span)
    lines = words.subtitle(rows, str(zone), span, f"rows by {_ORDERS[sort]}")
    came = words.came(rows)
    deepest = max(day.depth for day in words.all_days(rows))
    return Grid(
        title=title,
        subtitle=lines,
        description=f"{title}. {'. '.join(lines)}. A row for each storefront, a cell for each "
        f"{words.unit(span)}, its colour the best rank. {_in_words(rows)}",
        lines=tuple(
            Line(row.chart.storefront, tuple(_cell(day, came(day), zone) for day in row.days))
            for row in ordered(rows, sort)
        ),
        legend=tuple(zip(RAMP.get(theme, ()), _classes(deepest), strict=False)),
        flat=f"looked, not in the top {words.depth_words(rows)}",
        span=span,
        tooltip=_TOOLTIP % ("Day" if span == DAY else "Week from", zone, words.came_told(rows)),
    )


def class_of(rank: int) -> int:
    """Which of the classes RANK is in; what is deeper than all of them is in the last."""
    return min(bisect_left(CLASSES, rank), len(CLASSES) - 1)


def _classes(deepest: int) -> list[str]:
    """``No. 1``, ``2–3``, ``4–5``, … as far as there are ranks."""
    names = ["No. 1"]
    for before, last in pairwise(CLASSES[: class_of(deepest) + 1]):
        deepest_of_it = deepest if last == CLASSES[-1] else min(last, deepest)
        names.append(f"{before + 1}–{deepest_of_it}")
    return names


def _cell(day: Day, came: Row, zone: tzinfo) -> Cell:
    told: Row = {"a": words.minutes(day, zone), "n": day.looks, "m": day.ranked}
    told |= {"d": day.depth} if day.best is None else {"r": day.best}
    return Cell(day.date, None if day.best is None else class_of(day.best), told | came)


def ordered(rows: Sequence[RankDays], sort: Sort = "peak") -> list[RankDays]:
    """ROWS by best rank and the day it was reached, by first day in the chart, or by name.

    Storefronts that never ranked the app come last, unless all go by name.
    """

    def key(row: RankDays) -> tuple[bool, int, int, str]:
        name, peak, debut = storefront_name(row.chart.storefront), row.peak, row.debut
        if sort == "name" or peak is None or debut is None or peak.best is None:
            return sort != "name", 0, 0, name
        marks = (peak.best, peak.date.toordinal())
        return False, *(marks if sort == "peak" else (debut.date.toordinal(), peak.best)), name

    return sorted(rows, key=key)


def heatmap_headline(app: App, rows: Sequence[RankDays], span: int = DAY) -> str:
    """What matters most, in a sentence: where it was number one, else where it peaked."""
    when = words.days_words(*words.extent(rows, span))
    return words.told(f"{_sentence(words.brief(app), rows)}, {when}", rows)


def _sentence(name: str, rows: Sequence[RankDays]) -> str:
    peaks = [row.peak for row in rows if row.peak]
    ranks = [peak.best for peak in peaks if peak.best is not None]
    only = f"the {storefront_name(rows[0].chart.storefront)} storefront"
    where = f"{len(rows)} storefronts" if len(rows) > 1 else only
    if not ranks:
        return f"{name} was never in the top {words.depth_words(rows)} of {where}"
    best = min(ranks)
    if len(rows) == 1:
        return f"{name} {_peaked(best)} in {where}"
    if best > 1:
        there = [
            storefront_name(row.chart.storefront)
            for row in rows
            if row.peak and row.peak.best == best
        ]
        share = f"{len(there)} of " * (len(there) < len(rows))
        return f"{name} {_peaked(best)} in {share}{where} ({words.some(there)})"
    many = ranks.count(1)
    return f"{name} was number one in {'all' if many == len(rows) else f'{many} of'} {where}"


def _peaked(best: int) -> str:
    return "was number one" if best == 1 else f"peaked at number {best}"


def _in_words(rows: Sequence[RankDays]) -> str:
    """The best rank in each storefront, for those who do not see the picture."""
    told = [
        f"{storefront_name(row.chart.storefront)} {row.peak.best if row.peak else 'never ranked'}"
        for row in ordered(rows)
    ]
    return f"Best ranks: {', '.join(told)}."
