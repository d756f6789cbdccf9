"""The two axes of the picture: time, and real ranks, reversed and logarithmic."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

import altair as alt

from tracker.plot.curve.layout import Layout
from tracker.plot.curve.ranks import clear_ticks
from tracker.plot.style.colours import Theme
from tracker.plot.style.size import ROOMY, SMALL, SMALL_LINE
from tracker.plot.times.ticks import ROOM, epoch, tick_words, time_ticks
from tracker.plot.times.zones import is_utc
from tracker.plot.times.zoom import TICKS, any_time_words

#: Points from tick to tick, about, where the reader chooses the time, and ticks there at least:
#: of fewer, none may fall into it.
TICK_ROOM, NARROW_TICK_ROOM, LEAST_TICKS = 100, 65, 3
UTC_SCALE = alt.Scale(type="utc", nice=False)
#: More than there ever are: Vega leaves out every other tick where there are more than asked for.
MOST_TICKS = 40
#: What stands still on the sheet. Values and fields are given as what they are, for Altair takes a
#: quarter of a picture's time to find that out by itself; and it has no types for these.
x_at: Any = alt.XValue
x2_at: Any = alt.X2Value
y_at: Any = alt.YValue
y2_at: Any = alt.Y2Value
words_at: Any = alt.TextValue
told_at: Any = alt.TooltipValue


def time_axis(placed: Layout, theme: Theme) -> alt.X:
    """The time of the curve."""
    times, zone = placed.scene.timeline.times, placed.scene.zone
    room = TICK_ROOM if placed.type is ROOMY else NARROW_TICK_ROOM
    chosen = None if placed.overview is None else room
    axis = axis_of((times[0], times[-1]), placed.width, theme, zone, chosen=chosen)
    return alt.X("t:T", scale=UTC_SCALE, axis=axis)


def axis_of(
    span: tuple[datetime, datetime],
    wide: float,
    theme: Theme,
    zone: tzinfo,
    *,
    chosen: float | None = None,
    room: float = ROOM,
    **more: Any,
) -> alt.Axis:
    """The axis of a time SPAN drawn WIDE points wide, with ROOM from one tick to the next.

    Where the reader may choose another time, only the reader's program can choose the ticks: so
    that about CHOSEN points lie between two.
    """
    looks: dict[str, Any] = {
        "title": None,
        "orient": "bottom",
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
    looks |= more
    if chosen is not None:
        looks["labelExpr"] = any_time_words(zone, span)
        looks["tickCount"] = max(LEAST_TICKS, int(wide / chosen))
        if not is_utc(zone):
            looks |= {"values": alt.ExprRef(TICKS), "tickCount": MOST_TICKS}
        return alt.Axis(**looks)
    unit, ticks = time_ticks(*span, wide, room, zone)
    words = dict(zip(map(epoch, ticks), tick_words(unit, ticks, zone), strict=True))
    return alt.Axis(labelExpr=_looked_up(words), values=list(words), **looks)


def _looked_up(words: Mapping[int, Sequence[str]]) -> str:
    """An expression: the words of a tick, which stand by its time."""
    return f"{json.dumps(words, ensure_ascii=False)}[time(datum.value)]"


def rank_axis(placed: Layout, theme: Theme) -> alt.Y:
    """The reversed logarithmic axis of real ranks: 1 on top, the deepest one drawn at the foot."""
    ends = sorted({1, placed.reach.broken, placed.deepest})
    axis = alt.Axis(
        title=None,
        values=clear_ticks(placed.reach, placed.ranks.high),
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
        domain=ends,
        range=[placed.y(rank) for rank in ends],
        nice=False,
    )
    return alt.Y("r:Q", scale=scale, axis=axis)
