"""Where the time axis has its ticks: round times in UTC, with room for their labels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

MINUTE, HOUR, DAY = 60, 3_600, 86_400
#: From one tick to the next, at least, in pixels; and how many ticks are enough.
ROOM, ENOUGH = 54, 14
#: Units with their steps, and how long one unit lasts at least, in seconds.
_STEPS = (
    *(("second", step, step) for step in (1, 5, 15, 30)),
    *(("minute", step, step * MINUTE) for step in (1, 5, 15, 30)),
    *(("hour", step, step * HOUR) for step in (1, 3, 6)),
    *(("day", step, step * DAY) for step in (1, 2, 7)),
    *(("month", step, step * 28 * DAY) for step in (1, 2, 3)),
    *(("year", step, step * 365 * DAY) for step in (1, 2, 5, 10)),
)
#: A Monday, from which steps of days and less are counted.
_MONDAY = datetime.fromisoformat("2001-01-01T00:00:00+00:00")


def epoch(time: datetime) -> int:
    """Milliseconds since 1970, as Vega counts."""
    return int(time.timestamp()) * 1000


def time_ticks(
    first: datetime, last: datetime, width: float, room: float = ROOM
) -> tuple[str, list[datetime]]:
    """The unit of the finest step whose labels find room in WIDTH pixels, and the ticks.

    ROOM is from one tick to the next. Where no such time lies between FIRST and LAST, which is a
    span of seconds, FIRST alone.
    """
    least = (last - first).total_seconds() / width * max(room, width / ENOUGH)
    unit, step, seconds = next((found for found in _STEPS if found[2] >= least), _STEPS[-1])
    every = _months(first, step * (12 if unit == "year" else 1)) if seconds > 7 * DAY else None
    ticks = []
    for time in every or _regular(first, seconds):
        if time > last:
            break
        ticks.append(time)
    return unit, ticks or [first]


def _regular(first: datetime, seconds: int) -> Iterator[datetime]:
    step = timedelta(seconds=seconds)
    time = first + (_MONDAY - first) % step
    while True:
        yield time
        time += step


def _months(first: datetime, step: int) -> Iterator[datetime]:
    """The first days of every STEP-th month, counted from January of year 0."""
    number = -((-first.year * 12 - first.month + 1) // step) * step
    while True:
        month = first.replace(
            year=number // 12, month=number % 12 + 1, day=1, hour=0, minute=0, second=0
        )
        if month >= first:
            yield month
        number += step
