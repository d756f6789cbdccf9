"""The two axes of the picture: time in UTC, and real ranks, reversed and logarithmic."""

from __future__ import annotations

from typing import Any

import altair as alt

from tracker.plot import layout as at
from tracker.plot.colours import Theme
from tracker.plot.layout import Layout
from tracker.plot.size import ROOMY, SMALL, SMALL_LINE
from tracker.plot.timeaxis import epoch, time_ticks

#: Points from tick to tick, about, where the reader chooses the time, and ticks there at least:
#: of fewer, none may fall into it.
TICK_ROOM, NARROW_TICK_ROOM, LEAST_TICKS = 100, 65, 3
UTC_SCALE = alt.Scale(type="utc", nice=False)
#: What stands still on the sheet. Values and fields are given as what they are, for Altair takes a
#: quarter of a picture's time to find that out by itself; and it has no types for these.
x_at: Any = alt.XValue
x2_at: Any = alt.X2Value
y_at: Any = alt.YValue
y2_at: Any = alt.Y2Value
words_at: Any = alt.TextValue
told_at: Any = alt.TooltipValue


def time_axis(placed: Layout, theme: Theme) -> alt.X:
    times = placed.scene.timeline.times
    looks: dict[str, Any] = {
        "title": None,
        "labelColor": theme.quiet,
        "labelFontSize": SMALL,
        "labelLineHeight": SMALL_LINE - 2,
        "labelPadding": 6,
        "labelOverlap": "greedy",
        "labelFlush": False,
        "tickColor": theme.quiet,
        "tickSize": 4,
        "domainColor": theme.quiet,
        "grid": False,
    }
    if placed.overview is not None:
        # Where the reader chooses the time, only the reader's program can choose the ticks.
        room = TICK_ROOM if placed.type is ROOMY else NARROW_TICK_ROOM
        count = max(LEAST_TICKS, int(placed.width / room))
        axis = alt.Axis(labelExpr=_any_time_words(), tickCount=count, **looks)
        return alt.X("t:T", scale=UTC_SCALE, axis=axis)
    unit, ticks = time_ticks(times[0], times[-1], placed.width)
    axis = alt.Axis(labelExpr=_time_words(unit), values=[epoch(tick) for tick in ticks], **looks)
    return alt.X("t:T", scale=UTC_SCALE, axis=axis)


def _any_time_words() -> str:
    """An expression: the part of a tick that is not zero, and beneath the first what is."""
    clock, first = "utchours(datum.value) || utcminutes(datum.value)", "datum.index == 0"
    day, month = "utcdate(datum.value) != 1", "utcmonth(datum.value)"
    words = (
        f"utcseconds(datum.value) ? {_utc_words('%H:%M:%S')} : ({clock}) ? {_utc_words('%H:%M')} "
        f": {day} ? {_utc_words('%-d %b')} : {month} ? {_utc_words('%b')} : {_utc_words('%Y')}"
    )
    rest = f"({clock}) ? {_utc_words('%-d %b %Y')} : ({day} || {month}) ? {_utc_words('%Y')} : ''"
    return f"[{words}, {first} ? ({rest}) : '']"


def _time_words(unit: str) -> str:
    """An expression: what changes from tick to tick, and beneath it, once, what stays."""
    first = "datum.index == 0"
    if unit == "year":
        return _utc_words("%Y")
    if unit == "month":
        january = f"{_utc_words('%m')} == '01'"
        return f"[{_utc_words('%b')}, ({first} || {january}) ? {_utc_words('%Y')} : '']"
    if unit == "day":
        new_year = f"{_utc_words('%j')} == '001'"
        return f"[{_utc_words('%-d %b')}, ({first} || {new_year}) ? {_utc_words('%Y')} : '']"
    clock = _utc_words("%H:%M:%S" if unit == "second" else "%H:%M")
    midnight = f"{_utc_words('%H:%M:%S')} == '00:00:00'"
    return f"[{clock}, ({first} || {midnight}) ? {_utc_words('%-d %b %Y')} : '']"


def _utc_words(form: str) -> str:
    return f"utcFormat(datum.value, '{form}')"


def rank_axis(placed: Layout, theme: Theme) -> alt.Y:
    """The reversed logarithmic axis of real ranks: 1 on top, the deepest one drawn at the foot."""
    axis = alt.Axis(
        title=None,
        values=at.clear_ticks(placed),
        labelExpr="datum.value == 1 ? 'No. 1' : format(datum.value, 'd')",
        labelColor=theme.quiet,
        labelFontSize=SMALL,
        labelPadding=10,
        labelOverlap=False,
        grid=True,
        gridColor=theme.grid,
        domain=False,
        ticks=False,
    )
    scale = alt.Scale(
        type="log",
        domain=[1, placed.deepest],
        range=[placed.ranks.top, placed.ranks.bottom],
        nice=False,
    )
    return alt.Y("r:Q", scale=scale, axis=axis)
