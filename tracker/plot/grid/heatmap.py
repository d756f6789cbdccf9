"""One app in many storefronts, day by day: colour tells the best rank of the day."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from typing import Any, Literal

from tracker.analysis.days import DAY, Day, RankDays
from tracker.model import App
from tracker.plot.grid import words
from tracker.plot.grid.plan import Cell, Grid, Line, Row
from tracker.plot.style.size import SIZES
from tracker.plot.text.facets import brief
from tracker.plot.text.several import seen_at, share
from tracker.plot.text.words import dates_words, range_words
from tracker.storefronts import storefront_name

Sort = Literal["peak", "first", "name"]
_ORDERS: Mapping[Sort, str] = {
    "peak": "best rank and the day it was reached",
    "first": "first day in the chart",
    "name": "name",
}
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
    "{'Storefront': names[datum.s], %s, "
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
    now: datetime | None = None,
    interactive: bool = False,
) -> dict[str, Any]:
    """APP in each storefront of ROWS, a cell a day (or a week, where SPAN is 7), of ZONE.

    NOW, where given, dates the picture; an INTERACTIVE one is for a page. The Vega-Lite
    specification, as wide as SIZE and as high as the rows need. NothingToShow where nothing was
    observed, InvalidValue for an unknown theme or a size out of bounds.
    """
    # Altair costs 0.4 s: whoever asks for a headline alone does not pay it.
    from tracker.plot.grid.marks import draw_grid

    return draw_grid(_grid(app, rows, theme, zone, span, sort, now), theme, size, page=interactive)


def _grid(
    app: App,
    rows: Sequence[RankDays],
    theme: str,
    zone: tzinfo,
    span: int,
    sort: Sort,
    now: datetime | None,
) -> Grid:
    title = heatmap_headline(app, rows)
    lines = words.subtitle(rows, str(zone), span, f"rows by {_ORDERS[sort]}")
    came = words.came(rows)
    deepest = max(day.depth or day.best or 1 for row in rows for day in row.days)
    return Grid(
        title=title,
        subtitle=lines,
        description=f"{title}. {'. '.join(lines)}. A row for each storefront, a cell for each "
        f"{words.unit(span)}, its colour the best rank. {_in_words(rows)}",
        footnote=words.footnote(
            f"A cell is the best rank that a snapshot of its {words.unit(span)} showed.", now, zone
        ),
        lines=tuple(
            Line(
                row.chart.storefront,
                tuple(_cell(day, words.seen(day, span) | came(day), zone) for day in row.days),
            )
            for row in ordered(rows, sort, zone)
        ),
        legend=tuple(zip(RAMP.get(theme, ()), _classes(deepest), strict=False)),
        flat=words.flat_words(rows, "not in the top"),
        span=span,
        tooltip=_TOOLTIP % (words.began(span), zone, words.came_told(rows)),
    )


def class_of(rank: int) -> int:
    """Which of the classes RANK is in; what is deeper than all of them is in the last."""
    return min(bisect_left(CLASSES, rank), len(CLASSES) - 1)


def _classes(deepest: int) -> list[str]:
    """``No. 1``, ``2–3``, ``4–5``, … to the deepest rank observed; ``4`` where that is 4."""
    names = ["No. 1"]
    for before, last in pairwise(CLASSES[: class_of(deepest) + 1]):
        deepest_of_it = deepest if last == CLASSES[-1] else min(last, deepest)
        names.append(range_words((before + 1, deepest_of_it)))
    return names


def _cell(day: Day, came: Row, zone: tzinfo) -> Cell:
    told: Row = {"a": words.minutes(day, zone), "n": day.looks, "m": day.ranked}
    told |= {"d": day.depth or 0} if day.best is None else {"r": day.best}
    return Cell(day.date, None if day.best is None else class_of(day.best), told | came)


def ordered(rows: Sequence[RankDays], sort: Sort = "peak", zone: tzinfo = UTC) -> list[RankDays]:
    """ROWS by best rank and the day it was reached, by first day in the chart, or by name.

    Storefronts that never ranked the app come last, unless all go by name.
    """

    def key(row: RankDays) -> tuple[bool, int, int, str]:
        name, peak, debut = storefront_name(row.chart.storefront), row.peak, row.debut
        if sort == "name" or peak is None or debut is None or peak.best is None:
            return sort != "name", 0, 0, name
        # The day of it in ZONE, in weeks too, so that a page has one order on every screen.
        marks = (peak.best, peak.at.astimezone(zone).toordinal())
        return False, *(marks if sort == "peak" else (debut.date.toordinal(), peak.best)), name

    return sorted(rows, key=key)


def heatmap_headline(app: App, rows: Sequence[RankDays]) -> str:
    """What matters most, in a sentence: where or how often at number one, else how high."""
    when = dates_words(*words.extent(rows))
    return words.told(f"{_sentence(brief(app), rows)}, {when}", rows)


def _sentence(name: str, rows: Sequence[RankDays]) -> str:
    peaks = [row.peak for row in rows if row.peak]
    ranks = [peak.best for peak in peaks if peak.best is not None]
    where = f"{len(rows)} storefronts" if len(rows) > 1 else words.only(rows[0])
    if not ranks:
        return f"{name} was never in the top {words.depth_words(rows)} of {where}"
    best = min(ranks)
    if len(rows) == 1:
        return _of_one(name, rows[0], best)
    where = share(ranks.count(best), len(rows), "storefront")
    if best == 1:
        return f"{name} {seen_at(best)} in {where}"
    there = [
        storefront_name(row.chart.storefront) for row in rows if row.peak and row.peak.best == best
    ]
    return f"{name} {seen_at(best)} in {where} ({words.some(there)})"


def _of_one(name: str, row: RankDays, best: int) -> str:
    """On how many of the days with a snapshot it was seen at number one, or how high."""
    every, where = sum(len(day.seen) for day in row.days), words.only(row)
    if every == 1:
        return f"{name} was seen at number {'one' if best == 1 else best} in {where}"
    if best > 1:
        return f"{name} {seen_at(best)} in {where}"
    how = share(sum(day.at_best for day in row.days if day.best == 1), every, "day")
    return f"{name} was seen at number one on {how} looked at in {where}"


def _in_words(rows: Sequence[RankDays]) -> str:
    """The best rank in each storefront, for those who do not see the picture."""
    told = [
        f"{storefront_name(row.chart.storefront)} {row.peak.best if row.peak else 'never ranked'}"
        for row in ordered(rows)
    ]
    return f"Best ranks: {', '.join(told)}."
