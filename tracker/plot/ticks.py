"""Ticks of the time axis: round times of a zone, and what their labels say."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import count

from tracker.report.dates import is_utc, offset_of

MINUTE, HOUR, DAY = 60, 3_600, 86_400
#: Pixels from one tick to the next, at least, and how many ticks are enough.
ROOM, ENOUGH = 64, 12
Step = tuple[str, int, int]
#: Units with their steps, and how long a step lasts at least, in seconds.
STEPS: tuple[Step, ...] = (
    *(("second", step, step) for step in (1, 5, 15, 30)),
    *(("minute", step, step * MINUTE) for step in (1, 5, 15, 30)),
    *(("hour", step, step * HOUR) for step in (1, 3, 6, 12)),
    *(("day", step, step * DAY) for step in (1, 2, 7, 14)),
    *(("month", step, step * 28 * DAY) for step in (1, 2, 3, 6)),
    *(("year", step, step * 365 * DAY) for step in (1, 2, 5, 10)),
)
#: A Monday, from which steps of days and less are counted.
_MONDAY = datetime(2001, 1, 1, tzinfo=UTC)
_MILLISECOND, _SECOND, _DAY = timedelta(milliseconds=1), timedelta(seconds=1), timedelta(days=1)
#: In less than this the first day of a month or a year has its date.
SHORT = timedelta(days=28)


def epoch(time: datetime) -> int:
    """Milliseconds since 1970, as Vega counts."""
    return int(time.timestamp()) * 1000


def time_ticks(
    first: datetime, last: datetime, width: float, room: float = ROOM, zone: tzinfo = UTC
) -> list[datetime]:
    """The round times of ZONE between FIRST and LAST that have ROOM pixels each in WIDTH.

    Of fewer than two, those of the next finer step; FIRST alone where there is no round time.
    """
    seconds = (last - first).total_seconds()
    least = max(seconds * room / width, seconds / ENOUGH)
    fitting = next((n for n, step in enumerate(STEPS) if step[2] >= least), len(STEPS) - 1)
    for step in STEPS[fitting::-1]:
        ticks = round_times(first, last, step, zone)
        if len(ticks) >= 2:
            return ticks
    return [first]


def round_times(first: datetime, last: datetime, step: Step, zone: tzinfo) -> list[datetime]:
    """The times from FIRST to LAST at which the clock of ZONE shows a multiple of STEP."""
    unit, many, seconds = step
    if unit in ("second", "minute", "hour"):
        return list(_clock_times(first, last, timedelta(seconds=seconds), zone))
    start = first.astimezone(zone).date()
    months = many * (12 if unit == "year" else 1)
    days = _days(start, many) if unit == "day" else _months(start, months)
    ticks: list[datetime] = []
    for day in days:
        at = midnight(day, zone)
        if at > last:
            break
        # A zone that crossed the date line skips a day.
        if at >= first and at.astimezone(zone).date() == day:
            ticks.append(at)
    return ticks


def _clock_times(
    first: datetime, last: datetime, step: timedelta, zone: tzinfo
) -> Iterator[datetime]:
    for start, end, offset in offsets(zone, first, last):
        at = start + (_MONDAY - start - offset) % step
        while at < end:
            yield at
            at += step


def _days(first: date, step: int) -> Iterator[date]:
    start = first + timedelta(days=(_MONDAY.date() - first).days % step)
    return (start + timedelta(days=step * number) for number in count())


def _months(first: date, step: int) -> Iterator[date]:
    """The first days of every STEP-th month, counted from January of year 0."""
    start = -((-first.year * 12 - first.month + 1) // step)
    return (date(number // 12, number % 12 + 1, 1) for number in count(start * step, step))


def midnight(day: date, zone: tzinfo) -> datetime:
    """When DAY begins in ZONE: at 01:00 of its clock where midnight is skipped."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def offsets(
    zone: tzinfo, first: datetime, last: datetime
) -> list[tuple[datetime, datetime, timedelta]]:
    """The stretches from FIRST through LAST with one offset of ZONE: start, end, offset.

    The end is the first second that is no longer in it.
    """
    if is_utc(zone):
        return [(first, last + _SECOND, timedelta())]
    stretches, start, at = [], first, first
    while at < last:
        after = min(at + _DAY, last)
        if offset_of(after, zone) != offset_of(at, zone):
            change = _change(zone, at, after)
            stretches.append((start, change, offset_of(at, zone)))
            start = change
        at = after
    return [*stretches, (start, last + _SECOND, offset_of(last, zone))]


def _change(zone: tzinfo, start: datetime, end: datetime) -> datetime:
    """The first second after START with another offset."""
    before = offset_of(start, zone)
    seconds = range(int((end - start).total_seconds()) + 1)
    number = bisect_left(
        seconds, True, key=lambda second: offset_of(start + second * _SECOND, zone) != before
    )
    return start + number * _SECOND


def local_time(zone: tzinfo, first: datetime, last: datetime) -> str:
    """A Vega expression: ``datum.value`` as ZONE's clocks show it, for ``utcFormat``."""
    *before, (_, _, offset) = offsets(zone, first, last)
    expression = f"{offset // timedelta(milliseconds=1)}"
    for _, end, earlier in reversed(before):
        shift = earlier // timedelta(milliseconds=1)
        expression = f"(datum.value < {epoch(end)} ? {shift} : {expression})"
    return f"+datum.value + {expression}"


def tick_label(zone: tzinfo, first: datetime, last: datetime, *, live: bool = False) -> str:
    """A Vega expression for the label of a tick: the part of its time that is not zero.

    In ``SHORT`` times each day has its date: 1 January is no year among hours. A LIVE one is for a
    page that shows parts of the time.
    """
    local = local_time(zone, first, last)
    at = "datum.value" if is_utc(zone) else f"({local})"
    whole = str(epoch(last) - epoch(first))
    shown = f"(shown ? shown[1] - shown[0] : {whole})" if live else whole
    parts = (
        (f"utcseconds({at})", "%H:%M:%S"),
        (f"utchours({at}) || utcminutes({at})", "%H:%M"),
        (f"utcdate({at}) > 1 || {shown} < {SHORT // _MILLISECOND}", "%-d %b"),
        (f"utcmonth({at})", "%b"),
    )
    chain = "".join(f"{test} ? utcFormat({at}, '{form}') : " for test, form in parts)
    return f"{chain}utcFormat({at}, '%Y')"


def tick_words(tick: datetime, zone: tzinfo = UTC, *, short: bool = False) -> str:
    """The same in Python, for the terminal; SHORT is whether the time shown is."""
    local = tick.astimezone(zone)
    if local.second:
        return f"{local:%H:%M:%S}"
    if local.hour or local.minute:
        return f"{local:%H:%M}"
    if local.day > 1 or short:
        return f"{local.day} {local:%b}"
    return f"{local:%b}" if local.month > 1 else f"{local.year}"
