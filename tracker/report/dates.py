"""Dates, intervals and durations in sentences, in UTC or another time zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo

_LONG = timedelta(days=2)


def is_utc(zone: tzinfo) -> bool:
    return str(zone) == "UTC"


def zone_words(zone: tzinfo) -> str:
    """``UTC``, ``times in Asia/Tokyo``."""
    return "UTC" if is_utc(zone) else f"times in {zone}"


def offset_of(at: datetime, zone: tzinfo) -> timedelta:
    """How far the clocks of ZONE are ahead of UTC."""
    return at.astimezone(zone).utcoffset() or timedelta()


def offset_words(at: datetime, zone: tzinfo) -> str:
    """``UTC``, ``UTC+9``, ``UTC−3:30``: which of two equal clock times is meant."""
    offset = offset_of(at, zone)
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    if not offset:
        return "UTC"
    return f"UTC{'+' if offset > timedelta() else '−'}{hours}{f':{minutes:02}' * bool(minutes)}"


def day(time: datetime, zone: tzinfo) -> str:
    """``5 Jul 2026``."""
    return date_words(time.astimezone(zone))


def date_words(time: date, *, year: bool = True) -> str:
    """``5 Jul 2026``, or ``5 Jul`` without the YEAR."""
    return f"{time.day} {time:%b %Y}" if year else f"{time.day} {time:%b}"


def days(start: datetime, end: datetime, zone: tzinfo) -> str:
    """``5 Jul 2026``, ``5–9 Jul 2026``, ``30 Jun – 2 Jul 2026``, ``30 Dec 2025 – 2 Jan 2026``."""
    return dates_words(start.astimezone(zone).date(), end.astimezone(zone).date())


def dates_words(first: date, last: date, *, year: bool = True) -> str:
    """The same of two dates."""
    if first == last:
        return date_words(last, year=year)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{date_words(last, year=year)}"
    years = first.year != last.year
    return f"{date_words(first, year=years)} – {date_words(last, year=year or years)}"


def interval(after: datetime, by: datetime, zone: tzinfo, *, year: bool = True) -> str:
    """``26 Jan 2025, 15:00–16:00``, ``26 Jan 23:50 – 27 Jan 2025 05:50``; days where it is long."""
    first, last = after.astimezone(zone), by.astimezone(zone)
    if by - after >= _LONG:
        return dates_words(first.date(), last.date(), year=year)
    clock = "%H:%M" if by - after >= timedelta(minutes=2) else "%H:%M:%S"
    # The offsets are shown where the clocks changed in between.
    turned = offset_of(after, zone) != offset_of(by, zone)
    start, end = (
        f"{time:{clock}}" + f" {offset_words(at, zone)}" * turned
        for time, at in ((first, after), (last, by))
    )
    if first.date() == last.date():
        return f"{date_words(last, year=year)}, {start}–{end}"
    years = first.year != last.year
    begins = date_words(first, year=years)
    return f"{begins} {start} – {date_words(last, year=year or years)} {end}"


def between(after: datetime, by: datetime, zone: tzinfo) -> str:
    """``between 26 Jan 2025 15:00 and 16:00 UTC``: an interval in a sentence."""
    first, last = after.astimezone(zone), by.astimezone(zone)
    if by - after >= _LONG:
        same_month = (first.year, first.month) == (last.year, last.month)
        start = first.day if same_month else date_words(first, year=first.year != last.year)
        return f"between {start} and {date_words(last)}"
    clock = "%H:%M" if by - after >= timedelta(minutes=2) else "%H:%M:%S"
    later = (
        "" if first.date() == last.date() else f"{date_words(last, year=first.year != last.year)} "
    )
    before, offset = offset_words(after, zone), offset_words(by, zone)
    start = f"{first:{clock}}" + f" {before}" * (before != offset)
    return f"between {date_words(first)} {start} and {later}{last:{clock}} {offset}"


def on_days(times: Sequence[tuple[datetime, datetime]], zone: tzinfo) -> str:
    """``on 26 January 2025``, ``on 26 or 27 January 2025``, ``in July 2026``, ``between May and
    July 2026``: for a headline. TIMES are intervals, each from *after* to *by*.
    """
    first = times[0][0].astimezone(zone)
    last = times[-1][1].astimezone(zone)
    if first.date() == last.date():
        return f"on {last.day} {last:%B %Y}"
    if len(times) == 1 and last.date() - first.date() == timedelta(days=1):
        # Which of the two days is not known.
        month = f" {first:%B}" if first.month != last.month else ""
        year = f" {first.year}" if first.year != last.year else ""
        return f"on {first.day}{month}{year} or {last.day} {last:%B %Y}"
    if (first.year, first.month) == (last.year, last.month):
        if len(times) == 1:
            return f"between {first.day} and {last.day} {last:%B %Y}"
        return f"in {last:%B %Y}"
    start = f"{first:%B}" if first.year == last.year else f"{first:%B %Y}"
    return f"between {start} and {last:%B %Y}"


def lasting(seconds: float) -> str:
    """``40 seconds``, ``1 hour``, ``2 days``: the largest unit that needs no fraction."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        # 0.95 makes 23 hours and 55 minutes a day.
        if seconds >= 0.95 * size and (seconds >= 1.9 * size or seconds <= 1.1 * size):
            many = round(seconds / size)
            return f"{many} {unit}{'s' * (many != 1)}"
    many = round(seconds / 60) if seconds >= 60 else round(seconds)
    unit = "minute" if seconds >= 60 else "second"
    return f"{many} {unit}{'s' * (many != 1)}"
