"""Where the time axis has its ticks: round times of a zone, with room for their labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import count
from operator import itemgetter

from tracker.plot.times.zones import midnight, stretches

MINUTE, HOUR, DAY = 60, 3_600, 86_400
#: From one tick to the next, at least, in pixels; and how many ticks are enough.
ROOM, ENOUGH = 54, 14
Step = tuple[str, int, int]
#: Units with their steps, and how long one step lasts at least, in seconds.
STEPS: tuple[Step, ...] = (
    *(("second", step, step) for step in (1, 5, 15, 30)),
    *(("minute", step, step * MINUTE) for step in (1, 5, 15, 30)),
    *(("hour", step, step * HOUR) for step in (1, 3, 6)),
    *(("day", step, step * DAY) for step in (1, 2, 7)),
    *(("month", step, step * 28 * DAY) for step in (1, 2, 3)),
    *(("year", step, step * 365 * DAY) for step in (1, 2, 5, 10)),
)
#: Steps between those, taken where a step leaves a picture with one tick: of a month in a story
#: of seven weeks there may be no more.
FINER: tuple[Step, ...] = (
    *(("second", 2, 2), ("minute", 2, 2 * MINUTE), ("hour", 12, 12 * HOUR)),
    *(("day", 14, 14 * DAY), ("month", 6, 168 * DAY)),
)
#: A Monday, from which steps of days and less are counted.
_MONDAY = datetime(2001, 1, 1, tzinfo=UTC)


def epoch(time: datetime) -> int:
    """Milliseconds since 1970, as Vega counts."""
    return int(time.timestamp()) * 1000


def time_ticks(
    first: datetime, last: datetime, width: float, room: float = ROOM, zone: tzinfo = UTC
) -> tuple[str, list[datetime]]:
    """The unit of the finest step whose labels find room in WIDTH pixels, and the ticks.

    ROOM is from one tick to the next; of fewer than two, those of the next finer step. Where no
    round time lies between FIRST and LAST, which is a span of seconds, FIRST alone.
    """
    least = (last - first).total_seconds() / steps_shown(width, room)
    step = next((found for found in STEPS if found[2] >= least), STEPS[-1])
    found = round_times(first, last, step, zone)
    for finer in sorted((*STEPS, *FINER), key=itemgetter(2), reverse=True):
        if len(found) >= 2:
            break
        if finer[2] < step[2]:
            step, found = finer, round_times(first, last, finer, zone)
    return step[0], found or [first]


def steps_shown(width: float, room: float = ROOM) -> float:
    """How many steps WIDTH pixels have at most."""
    return width / max(room, width / ENOUGH)


def round_times(first: datetime, last: datetime, step: Step, zone: tzinfo) -> list[datetime]:
    """The times from FIRST to LAST at which the clock of ZONE shows a multiple of STEP."""
    unit, many, seconds = step
    if seconds < DAY:
        return list(_regular(first, last, timedelta(seconds=seconds), zone))
    start = first.astimezone(zone).date()
    days = (
        _days(start, many) if unit == "day" else _months(start, many * (1 + 11 * (unit == "year")))
    )
    found = []
    for day in days:
        time = midnight(day, zone)
        if time > last:
            break
        # A zone that crossed the date line has a day less.
        if time >= first and time.astimezone(zone).date() == day:
            found.append(time)
    return found


def _regular(first: datetime, last: datetime, step: timedelta, zone: tzinfo) -> Iterator[datetime]:
    for start, end, offset in stretches(zone, first, last):
        time = start + (_MONDAY - start - offset) % step
        while time < end:
            yield time
            time += step


def _days(first: date, step: int) -> Iterator[date]:
    """Every STEP-th day, counted from a Monday."""
    start = first + timedelta(days=(_MONDAY.date() - first).days % step)
    return (start + timedelta(days=step * number) for number in count())


def _months(first: date, step: int) -> Iterator[date]:
    """The first days of every STEP-th month, counted from January of year 0."""
    start = -((-first.year * 12 - first.month + 1) // step)
    return (date(number // 12, number % 12 + 1, 1) for number in count(start * step, step))


def tick_words(unit: str, ticks: Sequence[datetime], zone: tzinfo = UTC) -> list[list[str]]:
    """What changes from tick to tick, and beneath it, once, what stays."""
    found, before = [], None
    for tick in ticks:
        local = tick.astimezone(zone)
        found.append(_words(unit, local, before))
        before = local
    return found


def _words(unit: str, time: datetime, before: datetime | None) -> list[str]:
    if unit == "year":
        return [f"{time.year}"]
    if unit == "month":
        return [f"{time:%b}", f"{time.year}" if not before or time.month == 1 else ""]
    if unit == "day":
        new = (time.month, time.day) == (1, 1)
        return [f"{time.day} {time:%b}", f"{time.year}" if not before or new else ""]
    clock = f"{time:%H:%M:%S}" if unit == "second" else f"{time:%H:%M}"
    new = not before or before.date() != time.date()
    return [clock, f"{time.day} {time:%b %Y}" if new else ""]
