"""Storefronts by day: the best rank of one app, or who of two was ahead.

A row for each storefront. Neighbouring days that say the same are one rectangle, so that no seams
show; unranked days are a thin line, and days without data are shaded.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from html import escape
from itertools import groupby, pairwise
from typing import Any, ClassVar
from zlib import crc32

import altair as alt

from tracker.analysis.days import DAY, WEEK, Day, LeadDay, LeadDays, RankDays
from tracker.analysis.waves import Passing
from tracker.model import App
from tracker.plot.compose import Margins, Plot, Words, type_of
from tracker.plot.layers import UNTIL
from tracker.plot.rows import Row, Rows
from tracker.plot.table import captioned, section
from tracker.plot.theme import SMALL, Theme, colours_of, theme_named, zoom_of
from tracker.plot.ticks import epoch, tick_label, time_ticks
from tracker.plot.typeset import width, wrap
from tracker.plot.view import View, at, fixed
from tracker.report import heatmap as words
from tracker.report.dates import dates_words
from tracker.report.naming import brief, briefs
from tracker.report.picture import range_words, unranked_words
from tracker.storefronts import storefront_name
from tracker.words import chart_words

#: The lowest rank of each class.
CLASSES = (1, 3, 10, 20, 50, 100, 200)
#: From number one downwards: lightness goes one way, and the first steps are the largest.
RAMPS: Mapping[str, tuple[str, ...]] = {
    "light": ("#0B1B4D", "#2353A8", "#1A86C8", "#35AEB8", "#76C79F", "#AFDB7F", "#E6E57A"),
    "dark": ("#FFF5A0", "#B4DD50", "#3DBE7F", "#1F9BB5", "#3C78C4", "#5A57B8", "#6B3594"),
}
LOWEST, TALLEST, USUAL = 13, 26, 480  # points of a row, and of all rows
LEAST_DAY = 1.5  # points: narrower days are shown as weeks
WIDE_DAY = 44  # from here on a tick stands in the middle of its day
DOT = 13  # points: changes nearer to each other than this are one dot with their number
RIGHT = 12
KEY, KEY_GAP, SWATCH = 20, 10, 18  # points of a line of the key, below it, and of a swatch
#: Room of the key on a page, in a window and on a phone, and the plot's width between them.
WINDOW_KEY, PHONE_KEY, BETWEEN = 780, 290, 680
NAMES, PHONE_NAMES = 0.25, 0.36  # of the width at most, for the storefronts
LIVE_NAMES = 130  # points of them at most on a page, which may be narrow
TWO_LINES = 22  # points of a row from which on a long name has two lines
DAY_LENGTH = timedelta(days=1)
LOW = 0.42  # of a row's height: of the second app, for colour alone says nothing to some eyes
NOTHING = ""  # what a cell says of a day without a rank, or with no app ahead


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the key: a ``shape`` of a colour, and what it means."""

    shape: str  # "full", "low", "line", "front" or "change"
    colour: str
    text: str


@dataclass(frozen=True)
class Grid:
    """A panel of storefronts by day; ``names`` are the rows from the top down.

    ``colours`` are those of the cells by what these say; ``hover`` is Vega's expression for the
    tooltip of a day.
    """

    names: tuple[str, ...]
    rows: Mapping[str, Rows]
    colours: Mapping[str, str]
    key: tuple[Item, ...]
    says: str  # "Best rank" or "Ahead"
    hover: str
    first: date
    last: date
    head: str = ""
    cursor: ClassVar = False

    @property
    def span(self) -> tuple[int, int]:
        return _midnight(self.first), _midnight(self.last + DAY_LENGTH)

    @property
    def row(self) -> float:
        return max(LOWEST, min(TALLEST, USUAL / len(self.names)))

    def height(self, wide: float) -> float:
        return len(self.names) * self.row + self._top(wide)

    def _top(self, wide: float) -> float:
        """The room of the key above the rows of a panel WIDE."""
        lines = max(y for _, y in _flow(self.key, wide)) + 1
        return lines * KEY + KEY_GAP

    def margins(self, wide: float, high: float, *, live: bool = False) -> Margins:
        most = LIVE_NAMES if live else wide * (NAMES if wide >= 430 else PHONE_NAMES)
        lines = [line for name in self.names for line in self._lines(name, most)]
        # A page is set in its reader's font, which may be wider.
        longest = max(width(line, SMALL) for line in lines) * (1.12 if live else 1)
        return Margins(longest + 10, RIGHT, 0)

    def _lines(self, name: str, most: float) -> list[str]:
        """A storefront's NAME in full, in two lines where it is longer than MOST."""
        return wrap(name, most - 10, SMALL) if self.row >= TWO_LINES else [name]

    def view(self, wide: float | str, high: float | str, theme: Theme) -> View:
        live = isinstance(wide, str)
        room = 1000.0 if isinstance(wide, str) else wide
        days = (self.last - self.first).days + 1
        first, last = (datetime.fromtimestamp(ms / 1000, UTC) for ms in self.span)
        if days * WIDE_DAY <= room:
            ticks = [first + DAY_LENGTH * (n + 0.5) for n in range(days)]
            label = "utcFormat(datum.value, '%-d %b')"
        else:
            # What follows the last day is no day of the picture.
            ticks = time_ticks(first, last - DAY_LENGTH, room)
            label = tick_label(UTC, first, last)
        return View(
            rows=dict(self.rows), theme=theme, colours=self.colours, span=self.span, width=wide,
            height=high, ticks=[epoch(tick) for tick in ticks], tick_label=label, live=live,
            key=f"{crc32(repr((self.colours, self.rows['cells'], self.hover)).encode()):08x}",
        )  # fmt: skip

    def live(self, view: View, widths: tuple[float, float]) -> dict[str, Any]:
        return {"apps": []}

    def layers(self, view: View, margins: Margins) -> list[alt.Chart]:
        """From behind to the front; a page has a rectangle for each day to point at."""
        windows: tuple[float, float] = (WINDOW_KEY, PHONE_KEY)
        if not isinstance(view.width, str):
            windows = (view.width + margins.left + RIGHT,) * 2
        view.rows["key"] = self._key_rows(windows, margins)
        top = f"{view.width} < {BETWEEN} ? {self._top(windows[1])} : {self._top(windows[0])}"
        y = self._y(view, margins, top)
        return [
            *self._cells(view, y),
            *_changes(view, y),
            *_key(view),
        ]

    def _y(self, view: View, margins: Margins, top: str) -> alt.Y:
        ends: list[Any] = [alt.ExprRef(expr=top), alt.ExprRef(expr=f"{view.height}")]
        scale = alt.Scale(
            type="band", domain=list(self.names), range=ends, paddingInner=0.16, paddingOuter=0.08
        )
        lines = {name: self._lines(name, margins.left) for name in self.names}
        long = {name: text for name, text in lines.items() if len(text) > 1}
        broken = "".join(
            f"datum.label == {json.dumps(name)} ? {json.dumps(text)} : "
            for name, text in long.items()
        )
        higher: Any = {"test": f"indexof({json.dumps(list(long))}, datum.label) >= 0", "value": -6}
        axis = alt.Axis(
            title=None, domain=False, ticks=False, labelPadding=8, labelColor=view.theme.ink,
            labelFontSize=SMALL if self.row > 14 else SMALL - 1, labelLimit=margins.left - 8,
            labelOverlap=False, labelLineHeight=SMALL, labelExpr=f"{broken}datum.label",
            labelOffset={"condition": higher, "value": 0},
        )  # fmt: skip
        return alt.Y("storefront:N", scale=scale, axis=axis)

    def _cells(self, view: View, y: alt.Y) -> list[alt.Chart]:
        """What each day says; why there is nothing to say; and on a page a tooltip for each."""
        theme, run = view.theme, "'Storefront': datum.storefront, 'Days': datum.days"
        says = {"kind": f"'{self.says}': datum.kind", "none": "'Data': 'none'"}
        hints = {name: f"{{{run}, {text}}}" for name, text in says.items()}
        # Each reaches under the next one, so that no ground shows between them.
        under: dict[str, Any] = {"strokeWidth": 0, "x2Offset": 0.6}
        # The stroke keeps a day in sight that is narrower than a point.
        shade = {"color": theme.shade, "stroke": theme.shade, "strokeWidth": 0.6}
        kinds: dict[str, tuple[dict[str, Any], str | None]] = {
            "cells": (under, hints["kind"]),
            "low": ({**under, "height": {"band": LOW}}, hints["kind"]),
            "unranked": ({**under, "height": {"band": 0.1}, "color": theme.context}, None),
            "missing": (shade, hints["none"]),
            "days": ({"opacity": 0}, self.hover),
        }
        layers = []
        for name, (style, hint) in kinds.items():
            if not view.rows.get(name) or (name == "days" and not view.live):
                continue
            layer = view.data(name).mark_rect(clip=True, **style)
            layer = layer.encode(x=view.x(), x2=UNTIL, y=y)
            if hint:
                layer = layer.encode(tooltip=alt.value(alt.ExprRef(expr=hint)))
            if hint == hints["kind"]:
                scale = view.colours_scale()
                layer = layer.encode(color=alt.Color("kind:N", scale=scale, legend=None))
            layers.append(layer)
        if view.rows.get("labels"):
            style = {"align": "left", "fontSize": SMALL - 1, "fontStyle": "italic", "clip": True}
            text = view.data("labels").mark_text(color=theme.quiet, **style)
            layers.append(text.encode(x=fixed("x", 6), y=y, text=alt.Text("text:N")))
        return layers

    def _key_rows(self, windows: tuple[float, float], margins: Margins) -> Rows:
        """Places of the key's entries from the plot's left top, in two widths."""
        wide, slim = (_flow(self.key, room) for room in windows)
        return [
            {
                "shape": item.shape, "colour": item.colour, "text": item.text,
                "pad": {"low": 4, "line": 6}.get(item.shape, 0),
                "x": round(wide[n][0] - margins.left), "y": wide[n][1] * KEY,
                "slim_x": round(slim[n][0] - margins.left), "slim_y": slim[n][1] * KEY,
            }
            for n, item in enumerate(self.key)
        ]  # fmt: skip


def _flow(key: Sequence[Item], room: float) -> list[tuple[float, int]]:
    """Where each entry of KEY begins, and in which line, in as many lines as ROOM takes."""
    places, x, line = [], 0.0, 0
    for item in key:
        wide = SWATCH + 5 + width(item.text, SMALL)
        if x and x + wide > room:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += wide + 14
    return places


def _key(view: View) -> list[alt.Chart]:
    """What the colours and shapes mean, above the rows."""
    x, y = (f"({view.width} < {BETWEEN} ? datum.slim_{xy} : datum.{xy})" for xy in "xy")
    base = view.data("key")
    colour = alt.Color("colour:N", scale=None)
    boxes = base.transform_filter("datum.shape != 'front' && datum.shape != 'change'").mark_rect(
        strokeWidth=0
    ).encode(
        x=at("x", x), x2=at("x2", f"{x} + {SWATCH}"), y=at("y", f"{y} + datum.pad"),
        y2=at("y2", f"{y} + 14 - datum.pad"), color=colour,
    )  # fmt: skip
    dots = [
        base.transform_filter(f"datum.shape == '{shape}'").mark_point(**style).encode(
            x=at("x", f"{x} + {SWATCH / 2}"), y=at("y", f"{y} + 7")
        )
        for shape, style in _dots(view.theme).items()
        if any(row["shape"] == shape for row in view.rows["key"])
    ]  # fmt: skip
    text = base.mark_text(
        align="left", baseline="middle", fontSize=SMALL, color=view.theme.quiet
    ).encode(
        x=at("x", f"{x} + {SWATCH + 5}"), y=at("y", f"{y} + 7.5"), text=alt.Text("text:N")
    )  # fmt: skip
    return [boxes, *dots, text]


def _dots(theme: Theme) -> Mapping[str, dict[str, Any]]:
    """The style of the first confirmed overtake, and of other changes of the lead."""
    style: dict[str, Any] = {"shape": "circle", "opacity": 1, "strokeWidth": 1.4, "size": 60}
    return {
        "front": {**style, "fill": theme.ink, "stroke": theme.background},
        "change": {**style, "fill": theme.background, "stroke": theme.ink, "size": 40},
    }


def _changes(view: View, y: alt.Y) -> list[alt.Chart]:
    """A dot for each overtake; those nearer to each other than ``DOT`` are one, with their number.

    Lines are the interval of the first confirmed overtake, and the time of the counted ones.
    """
    if not view.rows.get("changes"):
        return []
    theme, (first, last) = view.theme, view.span
    far = f"(datum.time - datum.before) / {last - first} * {view.width} > {DOT}"
    row: dict[str, Any] = {"groupby": ["storefront"], "sort": [alt.SortField("time")]}
    groups = (
        view.data("changes")
        .transform_window(before="lag(time)", **row)
        .transform_calculate(new=f"!datum.before || {far} ? 1 : 0")
        .transform_window(group="sum(new)", **row)
        .transform_aggregate(
            many="count()", front="max(front)", passed="max(passed)", mean="mean(time)",
            first="min(since)", last="max(time)", groupby=["storefront", "group"],
        )
        .transform_calculate(
            start="datum.first",  # Vega takes an aggregate for no time
            end="datum.last",
            middle="datum.front ? datum.passed : datum.mean",
            number="datum.many > 1 ? datum.many : ''",
        )
    )  # fmt: skip
    front, change = _dots(theme).values()
    size = "datum.many > 9 ? 210 : datum.many > 1 ? 150 : datum.front ? {} : {}"
    size = size.format(front["size"], change["size"])

    def either(name: str) -> Any:
        return alt.condition("datum.front", alt.value(front[name]), alt.value(change[name]))

    return [
        groups.mark_rule(color=theme.ink, strokeWidth=1.5, clip=True).encode(
            x=view.x("start"), x2=alt.X2("end"), y=y
        ),
        groups.mark_point(**{**front, "size": alt.ExprRef(expr=size)}).encode(
            x=view.x("middle"), y=y, fill=either("fill"), stroke=either("stroke")
        ),
        groups.mark_text(fontSize=9, fontWeight="bold", dy=0.5).encode(
            x=view.x("middle"), y=y, text=alt.Text("number:N"), color=either("stroke")
        ),
    ]


# From days to rows


def cell_days(days: int, size: tuple[int, int]) -> int:
    """``DAY``, or ``WEEK`` where each of DAYS would be too narrow in a picture of SIZE."""
    wide = size[0] / zoom_of(size)
    room = (wide - 2 * type_of(wide).pad) * (1 - NAMES)
    return DAY if days * LEAST_DAY <= room else WEEK


def heatmap(
    app: App,
    rows: Sequence[RankDays],
    *,
    theme: str = "light",
    zone: tzinfo = UTC,
    span: int = DAY,
    sort: words.Sort = "peak",
    now: datetime | None = None,
    credit: str | None = None,
) -> Plot:
    """The best rank of APP on each day (or week, where SPAN is 7) of ZONE in each of ROWS.

    NOW, where given, dates the picture. Raises ``NothingToShow`` where nothing was observed,
    ``InvalidValue`` for an unknown theme.
    """
    shades = theme_named(theme)
    rows = words.ordered(rows, sort, zone)
    headline = words.heatmap_headline(app, rows)
    every = [(row, each) for row in rows for each in row.days]
    lowest = max(each.depth or each.best or 1 for _, each in every)
    worst = max((class_of(each.best) for _, each in every if each.best), default=-1)
    classes = class_names(lowest)[: worst + 1]
    data = _runs(rows, lambda each: classes[class_of(each.best)] if each.best else NOTHING)
    data["days"] = [
        {**_day(row, each, zone), "rank": each.best or 0, "ranked": each.ranked}
        for row, each in every
    ]
    colours = dict(zip(classes, RAMPS[theme], strict=False))
    unranked = unranked_words(*(row.timeline for row in rows))
    key = [Item("full", colour, name) for name, colour in colours.items()]
    method = words.heatmap_method(rows, span, sort)
    hover = (
        f"'Best rank': datum.rank ? datum.rank + ', first seen ' + {_clock(zone)} : 'not in the "
        "top ' + datum.depth, 'Snapshots': datum.snapshots + ', ranked in ' + datum.ranked"
    )
    return Plot(
        (_grid(rows, data, colours, [*key, *_states(data, shades, unranked)], span,
               "Best rank", hover),),
        _words(headline, rows, method, words.best_ranks(rows), zone, now, credit),
        shades, names=briefs([app]), zone=zone,
    )  # fmt: skip


def wave(
    apps: tuple[App, App],
    rows: Sequence[LeadDays],
    *,
    theme: str = "light",
    zone: tzinfo = UTC,
    span: int = DAY,
    confirm: int = 2,
    now: datetime | None = None,
    credit: str | None = None,
) -> Plot:
    """Which of APPS was ahead in each of ROWS at the end of each day (or week), and each overtake.

    Rows stay in the order given, that of ``analysis.days.lead_days``. Arguments and errors are
    those of ``heatmap``; CONFIRM is the number of snapshots that confirm an overtake.
    """
    shades = theme_named(theme)
    headline = words.wave_headline(apps, rows, zone, confirm)
    a, b = names = briefs(apps)
    called = {app.app_id: name for app, name in zip(apps, names, strict=True)}
    data = _runs(rows, lambda each: called[each.leader.app_id] if each.leader else NOTHING)
    data["low"] = [run for run in data["cells"] if run["kind"] == b]
    data["cells"] = [run for run in data["cells"] if run["kind"] == a]
    never = {_name(row): words.never_words(row) for row in rows if row.passage.never_ranked}
    data["unranked"] = [run for run in data["unranked"] if run["storefront"] not in never]
    data["labels"] = [{"storefront": name, "text": text} for name, text in never.items()]
    data["changes"] = _overtakes(rows, zone)
    data["days"] = [
        {**_day(row, each, zone), "changes": len(each.changes),
         "ahead": called[each.leader.app_id] if each.leader
         else never.get(_name(row), f"neither in the top {each.depth}")}
        for row in rows for each in row.days
    ]  # fmt: skip
    colours = dict(zip(names, colours_of(apps, shades), strict=True))
    neither = unranked_words(*(row.timeline for row in rows)).replace("not", "neither", 1)
    key = [Item("full", colours[a], f"{a} ahead"), Item("low", colours[b], f"{b} ahead")]
    key += _states(data, shades, neither)
    fronts = {row["front"] for row in data["changes"]}
    key += [Item("front", "", "first confirmed overtake")] if 1 in fronts else []
    key += [Item("change", "", "other changes of the lead, counted")] if 0 in fronts else []
    method = words.wave_method(rows, span)
    hover = (
        f"'Ahead': datum.ahead, 'Last snapshot': {_clock(zone)}, 'Snapshots': datum.snapshots, "
        "'Changes of the lead': datum.changes || 'none'"
    )
    return Plot(
        (_grid(rows, data, colours, key, span, "Ahead", hover),),
        replace(_words(headline, rows, method, words.passages(rows, zone), zone, now, credit),
                changes=words.overtake_words(rows, zone), listed="First confirmed overtakes"),
        shades, names=names, zone=zone,
    )  # fmt: skip


def class_of(rank: int) -> int:
    """Which of the classes RANK is in; what is below all of them is in the last."""
    return min(bisect_left(CLASSES, rank), len(CLASSES) - 1)


def class_names(lowest: int) -> list[str]:
    """``No. 1``, ``2–3``, ``4–10``, … to the LOWEST rank observed; ``4`` where that is 4."""
    names = ["No. 1"]
    for before, last in pairwise(CLASSES[: class_of(lowest) + 1]):
        end = lowest if last == CLASSES[-1] else min(last, lowest)
        names.append(range_words((before + 1, end)))
    return names


def _runs(rows: words.Rows, says: Callable[[Any], str]) -> dict[str, Rows]:
    """Neighbouring days of a storefront of which SAYS says the same, and those without data.

    Also of weeks only the days with a snapshot: the others are ``missing``.
    """
    first, last = words.extent(rows)
    runs: dict[str, Rows] = {"cells": [], "low": [], "unranked": [], "missing": []}
    for row in rows:
        said = {seen: says(each) for each in row.days for seen in each.seen}
        days = [first + DAY_LENGTH * n for n in range((last - first).days + 1)]
        for kind, same in groupby(days, key=said.get):
            dates = list(same)
            name = "missing" if kind is None else "unranked" if kind == NOTHING else "cells"
            runs[name].append(
                {"storefront": _name(row), "time": _midnight(dates[0]),
                 "until": _midnight(dates[-1] + DAY_LENGTH), "kind": kind or "",
                 "days": dates_words(dates[0], dates[-1])}
            )  # fmt: skip
    return runs


def _name(row: RankDays | LeadDays) -> str:
    return storefront_name(row.chart.storefront)


def _midnight(day: date) -> int:
    """Days are drawn as days of UTC, whatever their zone."""
    return epoch(datetime.combine(day, time(), UTC))


def _wall(at: datetime, zone: tzinfo) -> int:
    """What the clocks of ZONE show at AT, as a time of UTC."""
    return epoch(at.astimezone(zone).replace(tzinfo=UTC))


def _overtakes(rows: Sequence[LeadDays], zone: tzinfo) -> Rows:
    """Each change of the lead; ``front`` is 1 for a storefront's first confirmed overtake.

    Its interval begins at ``since``; of other changes that is the time by which they happened.
    """
    changes: Rows = []
    for row in rows:
        passed = row.passage.overtake if row.passage.passing is Passing.PASSED else None
        for change in (change for each in row.days for change in each.changes):
            front, by = change == passed, _wall(change.by, zone)
            changes.append(
                {"storefront": _name(row), "time": by, "front": int(front),
                 "since": _wall(change.after, zone) if front else by, "passed": by * front}
            )  # fmt: skip
    return changes


def _day(row: RankDays | LeadDays, day: Day | LeadDay, zone: tzinfo) -> Row:
    """What the tooltips of both pictures say of a day, or a week."""
    return {
        "storefront": _name(row),
        "time": _midnight(day.seen[0]),
        "until": _midnight(day.seen[-1] + DAY_LENGTH),
        "seen": len(day.seen),
        "at": _wall(day.at, zone),
        "snapshots": day.snapshots,
        "depth": day.depth or 0,
        "data": ", ".join(sorted(day.provenances)),
    }


def _clock(zone: tzinfo) -> str:
    return f"utcFormat(datum.at, '%-d %b %H:%M') + ' {zone}'"


def _states(data: Mapping[str, Rows], theme: Theme, unranked: str) -> list[Item]:
    """Entries of the key for what is drawn beside cells."""
    key = [Item("line", theme.context, unranked)] if data["unranked"] else []
    return [*key, *([Item("full", theme.shade, "no data")] if data["missing"] else [])]


def _grid(
    rows: words.Rows,
    data: Mapping[str, Rows],
    colours: Mapping[str, str],
    key: Sequence[Item],
    span: int,
    says: str,
    hover: str,
) -> Grid:
    first, last = words.extent(rows)
    start, end = "utcFormat(datum.time, {})", "utcFormat(datum.until - 864e5, {})"
    form = "'%-d %b %Y'"
    when = f"'Day': {start.format(form)}"
    if span > DAY:
        when = f"'Days': {start.format(form)} + ' – ' + {end.format(form)}, 'With data': datum.seen"
    came = ", 'Data': datum.data" if len({row["data"] for row in data["days"]}) > 1 else ""
    names = tuple(_name(row) for row in rows)
    tooltip = f"{{'Storefront': datum.storefront, {when}, {hover}{came}}}"
    return Grid(names, data, colours, tuple(key), says, tooltip, first, last)


def _words(
    headline: str,
    rows: words.Rows,
    method: str,
    about: str,
    zone: tzinfo,
    now: datetime | None,
    credit: str | None,
) -> Words:
    above = words.subtitle(rows, zone)
    below = words.footer(rows, method, now=now, zone=zone, credit=credit)
    return Words(headline, (above,), below, f"{headline}. {above}. {method} {about}")


# The data as a table, for a page


def rank_table(app: App, rows: Sequence[RankDays], zone: tzinfo, sort: words.Sort = "peak") -> str:
    """The best rank of APP on each day of ZONE in each storefront of ROWS."""

    def cell(row: RankDays, day: Day) -> str:
        return f"not in the top {day.depth}" if day.best is None else str(day.best)

    what = f"The best rank of {brief(app)} on each day"
    return _table(what, words.ordered(rows, sort, zone), cell, zone)


def lead_table(apps: tuple[App, App], rows: Sequence[LeadDays], zone: tzinfo) -> str:
    """Which of APPS was ahead at the last snapshot of each day that has either."""
    names = dict(zip((app.app_id for app in apps), briefs(apps), strict=True))

    def cell(row: LeadDays, day: LeadDay) -> str:
        if row.passage.never_ranked:
            return words.never_words(row)
        return names[day.leader.app_id] if day.leader else f"neither in the top {day.depth}"

    return _table("Who was ahead at the last snapshot of each day with either", rows, cell, zone)


def _table(what: str, rows: words.Rows, cell: Callable[[Any, Any], str], zone: tzinfo) -> str:
    first, last = words.extent(rows)
    columns = [{each.date: cell(row, each) for each in row.days} for row in rows]
    lines = []
    for number in range((last - first).days + 1):
        day = first + DAY_LENGTH * number
        cells = "".join(f"<td>{escape(column.get(day, 'no data'))}</td>" for column in columns)
        lines.append(f'<tr><th scope="row">{day.isoformat()}</th>{cells}</tr>')
    chart = chart_words(rows[0].chart).split(" · ", 1)[1]
    caption = captioned(f"{what}, {chart}.", words.kinds(rows))
    return section(caption, f"Day ({zone})", [_name(row) for row in rows], "".join(lines))
