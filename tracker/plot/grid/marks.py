"""The marks of the picture of storefronts by day; rows follow as named data."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time
from typing import Any

import altair as alt

from tracker.plot.curve.lines import rows_named
from tracker.plot.grid import plan as at
from tracker.plot.grid.plan import Grid, Placed, midnight, place, rows_of
from tracker.plot.style.frame import Frame, framed, layered, title, unchecked
from tracker.plot.style.size import SMALL, SMALL_LINE
from tracker.plot.times.ticks import epoch, time_ticks

DAY = 86_400_000
#: The share of its row that a low cell fills.
LOW = 0.45
#: Days at least this wide, in pixels, have a hair of background between them.
HAIR = 8
_NOBODY = (
    "{'Storefront': names[datum.s], 'From': utcFormat(datum.t, '%-d %b %Y'), "
    "'To': utcFormat(datum.u - 1, '%-d %b %Y'), 'Snapshots': 'none: no data'}"
)
_WORDS = {
    "year": "utcFormat(datum.value, '%Y')",
    "month": "[utcFormat(datum.value, '%b'), "
    "(datum.index == 0 || utcmonth(datum.value) == 0) ? utcFormat(datum.value, '%Y') : '']",
    "day": "[utcFormat(datum.value, '%-d %b'), "
    "(datum.index == 0 || utcdayofyear(datum.value) == 1) ? utcFormat(datum.value, '%Y') : '']",
}


def draw_grid(grid: Grid, theme: str, size: tuple[int, int], *, page: bool) -> dict[str, Any]:
    """GRID as a Vega-Lite specification, as wide as SIZE and as high as its rows need."""
    placed = place(grid, theme, size, page=page)
    rows, kind = rows_of(placed), placed.type
    frame = Frame(
        placed.title, placed.subtitle, grid.description, kind,
        placed.left, placed.top, kind.pad, placed.beneath + kind.pad - 8,
    )  # fmt: skip
    with unchecked():
        picture = layered(
            _marks(placed, rows),
            width=placed.width, height=placed.height, title=title(frame, placed.theme),
        )  # fmt: skip
    spec = framed(picture, frame, placed.theme, [name for _, name in grid.legend])
    foot = {"x": kind.pad - placed.left, "y": placed.height + at.AXIS}
    spec["datasets"] = rows | {"feet": [foot | {"text": list(placed.footnote)}]}
    # Rows have codes, for there may be 60,000.
    spec["params"] = [{"name": "names", "value": {one.code: one.name for one in grid.lines}}]
    wide, high = placed.left + placed.width + kind.pad, placed.top + placed.height + frame.bottom
    sides = [round(side * placed.zoom) for side in (wide, high)]
    spec["usermeta"] = {"title": grid.title, "size": sides, "zoom": placed.zoom}
    return spec


def _marks(placed: Placed, rows: Collection[str]) -> list[alt.Chart]:
    """From behind to the front; one without rows, of which ROWS are the names, is left out."""
    return [
        *([_ground(placed)] if "flat runs" in rows else ()),
        *(_rule(placed, name) for name in ("flat runs", "unobserved runs") if name in rows),
        *([_nobody(placed)] if "unobserved runs" in rows else ()),
        *(_cells(placed, name) for name in ("flat cells", "cells", "low cells") if name in rows),
        *([_changes(placed)] if "changes" in rows else ()),
        *_legend(placed, rows),
        _foot(placed),
    ]


def _foot(placed: Placed) -> alt.Chart:
    """The words beneath the time."""
    look: dict[str, Any] = {
        "fontSize": SMALL,
        "lineHeight": SMALL_LINE - 2,
        "color": placed.theme.quiet,
    }
    made: alt.Chart = (
        rows_named("feet")
        .mark_text(align="left", baseline="top", **look)
        .encode(
            x=alt.X("x:Q", scale=None, axis=None), y=alt.Y("y:Q", scale=None, axis=None),
            text="text:N",
        )
    )  # fmt: skip
    return made


def _days(placed: Placed) -> alt.X:
    span = placed.grid.span
    room = placed.width / len(placed.days)
    midday = span == 1 and room >= at.WIDE_CELL
    first, last = (datetime.combine(day, time(), UTC) for day in (placed.days[0], placed.days[-1]))
    unit, ticks = time_ticks(first, max(last, first), placed.width) if first < last else ("", [])
    if unit not in _WORDS:
        # Of a few days each has one tick: hours are no part of a day's cell.
        ticks = [datetime.combine(day, time(), UTC) for day in placed.days]
    axis = alt.Axis(
        title=None,
        values=[epoch(tick) + midday * DAY // 2 for tick in ticks],
        labelExpr=_WORDS.get(unit, _WORDS["day"]),
        labelColor=placed.theme.quiet,
        labelFontSize=SMALL,
        labelLineHeight=SMALL_LINE - 2,
        labelPadding=6,
        labelOverlap="greedy",
        labelFlush=False,
        tickColor=placed.theme.quiet,
        tickSize=4,
        domainColor=placed.theme.quiet,
        grid=False,
    )
    return alt.X("t:T", scale=alt.Scale(type="utc", nice=False), axis=axis)


def _storefronts(placed: Placed) -> alt.Y:
    axis = alt.Axis(
        title=None,
        labelExpr="names[datum.value]" if placed.named else "upper(datum.value)",
        labelColor=placed.theme.ink,
        labelFontSize=min(SMALL, placed.row - 1),
        labelPadding=8,
        labelOverlap=False,
        domain=False,
        ticks=False,
        grid=False,
    )
    scale = alt.Scale(
        type="band",
        domain=[line.code for line in placed.grid.lines],
        paddingInner=0.12,
        paddingOuter=0.06,
    )
    return alt.Y("s:N", scale=scale, axis=axis)


def _ground(placed: Placed) -> alt.Chart:
    """The flat fill of the days that were observed and say nothing else."""
    made: alt.Chart = (
        rows_named("flat runs")
        .mark_rect(fill=placed.flat)
        .encode(x=_days(placed), x2="u:T", y=_storefronts(placed))
    )
    return made


def _nobody(placed: Placed) -> alt.Chart:
    """Nothing to be seen, but a tooltip says that there is no data."""
    made: alt.Chart = (
        rows_named("unobserved runs")
        .mark_rect(fill="transparent")
        .encode(
            x=_days(placed),
            x2="u:T",
            y=_storefronts(placed),
            tooltip=alt.value(alt.expr(_NOBODY)),
        )
    )
    return made


def _cells(placed: Placed, name: str) -> alt.Chart:
    """Each cell a rectangle from its day's first midnight to the next.

    Flat cells are clear, above their ground and line, so that a pointer finds them.
    """
    shape: dict[str, Any] = {"height": {"band": LOW}} if name == "low cells" else {}
    wide = placed.width / len(placed.days)
    # A hair of background between days where there is room for one; else a hair of overlap, for
    # the seams of narrow cells would shimmer.
    hair = 0.0
    if wide >= HAIR:
        shape |= {"stroke": placed.theme.background, "strokeWidth": 1}
    elif name != "flat cells":
        hair = 0.4 / wide
    # The rows together span the axis, so none may end behind its end.
    end = f"min(datum.c + {1 + hair}, {len(placed.days)})"
    made: alt.Chart = (
        rows_named(name)
        .transform_calculate(t=_time(placed, "datum.c"), u=_time(placed, end))
        .mark_rect(**shape)
        .encode(
            x=_days(placed),
            x2="u:T",
            y=_storefronts(placed),
            fill=alt.value("transparent") if name == "flat cells" else _fill(placed),
            tooltip=alt.value(alt.expr(placed.grid.tooltip)),
        )
    )
    return made


def _fill(placed: Placed) -> alt.Fill:
    fills = [fill for fill, _ in placed.grid.legend]
    return alt.Fill(
        "k:O", scale=alt.Scale(domain=list(range(len(fills))), range=fills), legend=None
    )


def _time(placed: Placed, column: str) -> str:
    """An expression: when that column begins."""
    return f"{midnight(placed.first)} + ({column}) * {placed.grid.span * DAY}"


def _rule(placed: Placed, name: str) -> alt.Chart:
    """A line through flat days; dots where there is no data."""
    made: alt.Chart = (
        rows_named(name)
        .mark_rule(**_stroke(placed, dots=name == "unobserved runs"))
        .encode(x=_days(placed), x2="u:T", y=_storefronts(placed))
    )
    return made


def _stroke(placed: Placed, *, dots: bool) -> dict[str, Any]:
    colour = {"color": placed.theme.quiet}
    if dots:
        dotted = {"strokeDash": [0.1, 5], "strokeCap": "round"}
        return colour | dotted | {"strokeWidth": 1.6, "opacity": 0.8}
    return colour | {"strokeWidth": 1, "opacity": 0.55}


def _changes(placed: Placed) -> alt.Chart:
    """A dot in the cells of days with a change."""
    made: alt.Chart = (
        rows_named("changes")
        .transform_calculate(t=_time(placed, "datum.c"), m=_time(placed, "datum.c + 0.5"))
        .mark_point(**_dot(placed))
        .encode(
            x=alt.X("m:T", scale=alt.Scale(type="utc", nice=False)),
            y=_storefronts(placed),
            tooltip=alt.value(alt.expr(placed.grid.tooltip)),
        )
    )
    return made


def _dot(placed: Placed) -> dict[str, Any]:
    wide = min(placed.width / len(placed.days), placed.row * 0.5)
    return {
        "size": max(9.0, min(40.0, (wide * 0.6) ** 2)),
        "filled": True,
        "opacity": 1,
        "fill": placed.theme.ink,
        "stroke": placed.theme.background,
        "strokeWidth": 1,
    }


def _legend(placed: Placed, rows: Collection[str]) -> list[alt.Chart]:
    wide, high = at.SWATCH
    theme, half = placed.theme, high / 2

    def at_swatch(name: str) -> alt.Chart:
        return rows_named(name).transform_calculate(
            x2=f"datum.x + {wide}", middle=f"datum.y + {half}"
        )

    x, y = alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None)
    middle = alt.Y("middle:Q", scale=None, axis=None)
    found = [
        at_swatch(name)
        .transform_calculate(
            y=f"datum.middle - {share * half}", y2=f"datum.middle + {share * half}"
        )
        .mark_rect()
        .encode(x=x, x2="x2:Q", y=y, y2="y2:Q", fill=alt.Fill("fill:N", scale=None))
        for name, share in (("legend fill", 1), ("legend low", LOW), ("legend flat", 1))
        if name in rows
    ]
    for name in (name for name in ("legend flat", "legend unobserved") if name in rows):
        stroke = _stroke(placed, dots=name == "legend unobserved")
        found.append(at_swatch(name).mark_rule(**stroke).encode(x=x, x2="x2:Q", y=middle))
    if "legend mark" in rows:
        found.append(
            at_swatch("legend mark")
            .transform_calculate(x=f"datum.x + {wide / 2}")
            .mark_point(**_dot(placed) | {"size": 40})
            .encode(x=x, y=middle)
        )
    for name in at.LEGENDS:
        if name in rows:
            words = at_swatch(name).mark_text(
                align="left", baseline="middle", dx=6, color=theme.ink, fontSize=SMALL
            )
            found.append(words.encode(x=alt.X("x2:Q", scale=None), y=middle, text="name:N"))
    return found
