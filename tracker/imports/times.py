"""Read the times of a file's rows: instants, and dates where the user chose their second.

A date is not stored as a day. A timeline is made of instants, and a day in it would make every
spacing, gap and "after ... by" beside it wrong by up to a day. So ``--date-is`` chooses the instant
that a date means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum

from tracker.errors import InvalidValue
from tracker.model import iso, utc

_WRITE = "write it like 2026-08-17T04:50:46Z"
#: ``2026-06-01 12:00:00 UTC`` and ``2026-06-01 12:00:00 +02:00``, by which databases print.
_NAMED_UTC = re.compile(r"\s*(UTC|GMT|Z)", re.IGNORECASE)
_OFFSET_APART = re.compile(r"(.*\d)\s+([+-]\d{2}:?\d{2})", re.ASCII)
_TIME = r"([ T]\d.*)?"
_WEEK = re.compile(r"\d{4}-?W\d{2}", re.ASCII)
#: Forms that people and programs write, by what they seem to be and what to do about it.
_FORMS = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), words)
    for pattern, words in (
        (r"(grand )?(total|sum|count|average)s?\b.*", "it is a total; delete the line"),
        (_WEEK.pattern, f"it is a week, not a time; {_WRITE}"),
        (r"\d{4}-\d{2}", f"it is a month, not a time; {_WRITE}"),
        (r"\d{4}", f"it is a year, not a time; {_WRITE}"),
        (rf"\d{{1,2}}\.\d{{1,2}}\.\d{{2,4}}{_TIME}", f"it is a date as day.month.year; {_WRITE}"),
        (
            rf"\d{{1,2}}/\d{{1,2}}/\d{{2,4}},?{_TIME}",
            f"it is a date with slashes, in which the day could be the month; {_WRITE}",
        ),
        (rf"\d{{4}}[/.]\d{{1,2}}[/.]\d{{1,2}}{_TIME}", f"it is a date without hyphens; {_WRITE}"),
        (rf"\d{{1,2}}-\d{{1,2}}-\d{{4}}{_TIME}", f"it is a date with the year last; {_WRITE}"),
        (r".*[A-Z]{3}.*\d.*", f"it has a month or day by name; {_WRITE}"),
        (r"\d.* [A-Z]{2,5}", "its zone is an abbreviation; write an offset such as +02:00"),
    )
)
#: Plain numbers of those lengths count from 1970 in seconds and in thousandths of them.
_SECONDS, _THOUSANDTHS = range(9, 11), range(12, 14)
_SPREADSHEET_BEGINS = datetime(1899, 12, 30, tzinfo=UTC)


class DateIs(StrEnum):
    """Which second of its day a date without a time means."""

    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class Clock:
    """How to read times without a zone, and dates.

    ``zone`` is the zone of times without one; None refuses them. ``date_is`` is the second of its
    day that a date means, in ``zone``, else in UTC; None refuses dates.
    """

    zone: tzinfo | None = None
    date_is: DateIs | None = None


def read_time(text: str, clock: Clock) -> datetime:
    """The instant that TEXT names; ``InvalidValue`` with what it seems to be, and a remedy."""
    day = _date(text)
    if day:
        return _of_day(text, day, clock)
    try:
        if _WEEK.fullmatch(text):  # which Python reads as its Monday
            raise ValueError
        time = datetime.fromisoformat(_as_iso(text))
        return utc(time) if time.tzinfo else _by_clock(text, time, clock)
    except InvalidValue:
        raise
    except ValueError:
        raise InvalidValue(f"Invalid time {text[:60]!r}: {_seems(text)}") from None


def _date(text: str) -> date | None:
    """The day of ``2026-06-01``, ``20260601`` or ``2026-W23-1``; a week alone is not a day."""
    if not re.fullmatch(r"\d{4}-?(\d{2}-?\d{2}|W\d{2}-?\d)", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _of_day(text: str, day: date, clock: Clock) -> datetime:
    if clock.date_is is None:
        raise InvalidValue(
            f"Invalid time {text!r}: it is a date without a time; write one, as in "
            f"{day}T04:50:46Z, or choose with --date-is start or --date-is end (and --tz ZONE)"
        )
    zone = clock.zone or UTC
    start = utc(datetime(day.year, day.month, day.day, tzinfo=zone))
    if clock.date_is is DateIs.START:
        return start
    next_day = day + timedelta(days=1)
    midnight = datetime(next_day.year, next_day.month, next_day.day, tzinfo=zone)
    return utc(midnight) - timedelta(seconds=1)


def _as_iso(text: str) -> str:
    """TEXT with the two common ways of writing a zone apart from its time made ISO 8601."""
    named = _NAMED_UTC.search(text)
    if named and named.end() == len(text) and text[: named.start()][-1:].isdigit():
        return text[: named.start()] + "+00:00"
    apart = _OFFSET_APART.fullmatch(text)
    return apart[1] + apart[2] if apart else text


def _by_clock(text: str, time: datetime, clock: Clock) -> datetime:
    """A time without a zone by the clock of ``clock.zone``, where that showed it exactly once."""
    if clock.zone is None:
        raise InvalidValue(
            f"Invalid time {text[:60]!r}: it has no time zone; write it as "
            f"{time.replace(microsecond=0).isoformat()}Z, or say whose clock with --tz ZONE"
        )
    instants = {utc(time.replace(tzinfo=clock.zone, fold=fold)) for fold in (0, 1)}
    (instant, *others) = sorted(instants)
    back = instant.astimezone(clock.zone).replace(tzinfo=None)
    if not others:
        return instant
    what = "twice" if back == time.replace(microsecond=0) else "never"
    raise InvalidValue(
        f"Invalid time {text[:60]!r}: clocks in {clock.zone} showed it {what}; "
        "write it with its offset, such as +02:00"
    )


def _seems(text: str) -> str:
    """A message for an invalid TEXT: what it seems to be, and what to do."""
    if not text:
        return f"it is empty; {_WRITE}"
    number = re.fullmatch(r"(\d{4,16})([.,]\d+)?", text, re.ASCII)
    for pattern, words in _FORMS:
        if pattern.fullmatch(text):
            return words
    return _count(number[1]) if number else _WRITE


def _count(digits: str) -> str:
    """The unit that a plain number counts, and the time that it gives."""
    number, many = int(digits), len(digits)
    if many in _SECONDS or many in _THOUSANDTHS:
        thousandths = many in _THOUSANDTHS
        unit = "milliseconds" if thousandths else "seconds"
        time = datetime.fromtimestamp(number // (1000 if thousandths else 1), UTC)
        return f"it counts {unit} since 1970; write {iso(time)}"
    if many == 5:
        day = _SPREADSHEET_BEGINS + timedelta(days=number)
        return (
            f"it is a spreadsheet's day number, {day:%Y-%m-%d}; "
            "format the column as yyyy-mm-dd hh:mm:ss and say whose clock with --tz ZONE"
        )
    return f"it is a plain number; {_WRITE}"
