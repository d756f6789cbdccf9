"""Times in the reader's program, as Vega's expressions.

It knows UTC and the zone of its own machine only, so another zone's offsets in the time drawn stand
in the expressions, and its round times beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Any

from tracker.plot.times.ticks import DAY, STEPS, Step, epoch, round_times, steps_shown
from tracker.plot.times.zones import is_utc, offset_words, stretches

#: The time that the reader selected.
BRUSH = "brush"
#: The names of what expressions share: the time shown, its first offset, the ticks in it.
SHOWN, OFFSET, TICKS = "shown", "offset", "ticks"
#: Steps that a plot has room for, however narrow: words without room are left out, and of fewer
#: steps none might fall into the time shown.
LEAST = 5
Span = tuple[datetime, datetime]


def clock(value: str, form: str, zone: tzinfo, span: Span) -> str:
    """The time VALUE as text of FORM; with the offset, where ZONE has several within SPAN."""
    found = stretches(zone, *span)
    told = f"utcFormat({wall(value, zone, span)}, '{form}')"
    if len(found) == 1:
        return told
    offsets = _by_stretch(value, ((end, f"'{offset_words(at, zone)}'") for at, end, _ in found))
    return f"{told} + ' ' + ({offsets})"


def wall(value: str, zone: tzinfo, span: Span) -> str:
    """VALUE, milliseconds within SPAN, with what the clocks of ZONE show more."""
    added = _offset(value, zone, span)
    return value if added == "0" else f"({value} + ({added}))"


def _offset(value: str, zone: tzinfo, span: Span) -> str:
    return _by_stretch(
        value, ((end, _milliseconds(more)) for _, end, more in stretches(zone, *span))
    )


def _milliseconds(offset: timedelta) -> str:
    return str(offset // timedelta(milliseconds=1))


def _by_stretch(value: str, told: Iterable[tuple[datetime, str]]) -> str:
    """What is told of the stretch that VALUE is in: each goes by its end."""
    *earlier, (_, last) = told
    return "".join(f"{value} < {epoch(end)} ? {text} : " for end, text in earlier) + last


def any_time_words(zone: tzinfo, span: Span) -> str:
    """Of a tick the part that is not zero, and beneath the first what is."""
    value = "datum.value" if is_utc(zone) else wall("time(datum.value)", zone, span)

    def told(form: str) -> str:
        return f"utcFormat({value}, '{form}')"

    time, first = f"utchours({value}) || utcminutes({value})", "datum.index == 0"
    day, month = f"utcdate({value}) != 1", f"utcmonth({value})"
    words = (
        f"utcseconds({value}) ? {told('%H:%M:%S')} : ({time}) ? {told('%H:%M')} "
        f": {day} ? {told('%-d %b')} : {month} ? {told('%b')} : {told('%Y')}"
    )
    rest = f"({time}) ? {told('%-d %b %Y')} : ({day} || {month}) ? {told('%Y')} : ''"
    return f"[{words}, {first} ? ({rest}) : '']"


def shown_param(span: Span) -> dict[str, Any]:
    """The parameter that is the time shown: the part of SPAN that is selected, else all of it."""
    edges = (f"time({BRUSH}.t[{number}])" for number in (0, 1))
    all_of_it = ", ".join(str(epoch(time)) for time in span)
    return {"name": SHOWN, "expr": f"isArray({BRUSH}.t) ? [{', '.join(edges)}] : [{all_of_it}]"}


def tick_params(zone: tzinfo, span: Span, width: float) -> list[dict[str, Any]]:
    """What a plot WIDTH pixels wide needs for round times of ZONE, whatever part of SPAN is shown.

    Days and what is longer stand there one by one. Shorter steps are counted by the offset with
    which the time shown begins, so that after a change of the clocks they may be no round times;
    what is told of them is right.
    """
    most = max(LEAST, steps_shown(width))
    steps = _steps(span, most)
    kept = [
        {"name": _name(step), "value": [epoch(time) for time in round_times(*span, step, zone)]}
        for step in steps
        if step[2] >= DAY
    ]
    *finer, last = steps
    ticks = "".join(
        f"{SHOWN}[1] - {SHOWN}[0] <= {step[2] * 1000 * most} ? {_ticks(step)} : " for step in finer
    )
    return [
        shown_param(span),
        {"name": OFFSET, "expr": _offset(f"{SHOWN}[0]", zone, span)},
        *kept,
        {"name": TICKS, "expr": ticks + _ticks(last)},
    ]


def _steps(span: Span, most: float) -> list[Step]:
    """Every step that is the finest of which some part of SPAN has no more than MOST."""
    seconds = (span[1] - span[0]).total_seconds() / most
    finer = [step for step in STEPS if step[2] < seconds]
    return [*finer, *STEPS[len(finer) :][:1]]


def _name(step: Step) -> str:
    return f"{step[0]}{step[1]}"


def _ticks(step: Step) -> str:
    if step[2] >= DAY:
        return _name(step)
    each = step[2] * 1000
    first = f"ceil(({SHOWN}[0] + {OFFSET}) / {each}) * {each} - {OFFSET}"
    return f"sequence({first}, {SHOWN}[1] + 1, {each})"
