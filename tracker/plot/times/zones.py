"""Times as a picture tells them: in UTC, or in the zone that was asked for.

Times themselves stay in UTC: between two of one zone Python reckons by the clock on the wall, which
is an hour wrong where it was put forward or back.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


def is_utc(zone: tzinfo) -> bool:
    return str(zone) == "UTC"


def zone_words(zone: tzinfo) -> str:
    """``UTC``, ``times in Asia/Tokyo``."""
    return "UTC" if is_utc(zone) else f"times in {zone}"


def offset_of(at: datetime, zone: tzinfo) -> timedelta:
    """What the clocks of ZONE show more than UTC."""
    return at.astimezone(zone).utcoffset() or timedelta()


def offset_words(at: datetime, zone: tzinfo) -> str:
    """``UTC``, ``UTC+9``, ``UTC−3:30``: says which hour is meant where the clock shows it twice."""
    offset = offset_of(at, zone)
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    told = f"{'+' if offset > timedelta() else '−'}{hours}{f':{minutes:02}' * bool(minutes)}"
    return f"UTC{told * bool(offset)}"


def midnight(day: date, zone: tzinfo) -> datetime:
    """When DAY begins in ZONE: at 01:00 of its clock where that leaves midnight out."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_in(at: datetime, zone: tzinfo) -> datetime:
    """When a day begins in ZONE that was told without a time, and so stands at 00:00 UTC.

    A day is no instant: it is that day wherever it is told. Any other AT is one, and stays.
    """
    at = at.astimezone(UTC)
    return midnight(at.date(), zone) if at.time() == time() else at


def stretches(
    zone: tzinfo, first: datetime, last: datetime
) -> list[tuple[datetime, datetime, timedelta]]:
    """From FIRST through LAST the stretches in which ZONE keeps one offset: start, end, offset.

    The end is the first second that is no more in it.
    """
    if is_utc(zone):
        return [(first, last + _SECOND, timedelta())]
    found, start, at = [], first, first
    while at < last:
        after = min(at + _DAY, last)
        if offset_of(after, zone) != offset_of(at, zone):
            change = _change(zone, at, after)
            found.append((start, change, offset_of(at, zone)))
            start = change
        at = after
    return [*found, (start, last + _SECOND, offset_of(last, zone))]


def _change(zone: tzinfo, start: datetime, end: datetime) -> datetime:
    """The first second after START whose offset is another."""
    before = offset_of(start, zone)
    seconds = range(int((end - start).total_seconds()) + 1)
    number = bisect_left(
        seconds, True, key=lambda second: offset_of(start + second * _SECOND, zone) != before
    )
    return start + number * _SECOND
