"""Dates as people write them: ``2026-07``, ``2026-07-03``, ``7d``, ``yesterday``, an instant.

Every option and argument that takes a time is read here. A day or a month is that of a zone, and
has a first and a last second. Which of them counts depends on the question: ``since`` its first,
``until`` its last, so that a window includes the day it ends with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tracker.errors import InvalidValue, echo
from tracker.model import utc

_SECOND = timedelta(seconds=1)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})", re.ASCII)
_AGO = re.compile(r"(\d{1,6})\s*([smhdw])", re.ASCII)
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}
#: Zones that are an offset of their own name; every other abbreviation means several zones.
_ABBREVIATION = re.compile(r"[A-Z]{2,5}")
_PLAIN = {"UTC", "GMT", "Z"}
#: What an abbreviation may mean, the most common meaning first.
AMBIGUOUS = {
    "ACT": "Australia/Adelaide, America/Rio_Branco",
    "AMT": "America/Manaus, Asia/Yerevan",
    "AST": "America/Halifax, Asia/Riyadh",
    "BST": "Europe/London, Asia/Dhaka",
    "CDT": "America/Chicago, America/Havana",
    "CST": "America/Chicago, Asia/Shanghai, America/Havana",
    "EDT": "America/New_York, Australia/Sydney",
    "EST": "America/New_York, Australia/Sydney",
    "GST": "Asia/Dubai, Atlantic/South_Georgia",
    "IST": "Asia/Kolkata, Europe/Dublin, Asia/Jerusalem",
    "MST": "America/Denver, America/Phoenix, Asia/Kuala_Lumpur",
    "PST": "America/Los_Angeles, Asia/Manila",
    "SST": "Pacific/Pago_Pago, Asia/Singapore",
    "WST": "Australia/Perth, Pacific/Apia",
}


@dataclass(frozen=True, slots=True)
class Period:
    """From the instant ``first`` to the instant ``last``; of an instant both are it."""

    first: datetime
    last: datetime


def read_period(text: str, zone: tzinfo = UTC, now: datetime | None = None) -> Period:
    """The instant, day or month that TEXT names.

    ``7d`` (also s, m, h, w) is the instant that long before NOW; ``today`` and ``yesterday`` are
    days. Days, months and times without an offset are those of ZONE. Raises
    ``InvalidValue``.

    >>> read_period("2026-02").last.isoformat()
    '2026-02-28T23:59:59+00:00'
    >>> read_period("2026-07-03", ZoneInfo("Asia/Tokyo")).first.isoformat()
    '2026-07-02T15:00:00+00:00'
    """
    words, now = text.strip(), now or datetime.now(UTC)
    try:
        if ago := _AGO.fullmatch(words):
            return _instant(now - timedelta(seconds=int(ago[1]) * _UNITS[ago[2]]))
        if days := _days(words.lower(), now.astimezone(zone).date()):
            return Period(_midnight(days[0], zone), _midnight(days[1], zone) - _SECOND)
        return _instant(_time(words, zone))
    except InvalidValue:
        raise
    except (ValueError, OverflowError):
        raise InvalidValue(_invalid(text)) from None


def since(text: str, zone: tzinfo = UTC, now: datetime | None = None) -> datetime:
    """The first instant of what TEXT names: the beginning of a window."""
    return read_period(text, zone, now).first


def until(text: str, zone: tzinfo = UTC, now: datetime | None = None) -> datetime:
    """The last instant of what TEXT names: the end of a window that includes it."""
    return read_period(text, zone, now).last


def as_of(text: str, zone: tzinfo = UTC, now: datetime | None = None) -> datetime:
    """The last instant of what TEXT names, or NOW where that day or month is not over yet."""
    now = now or datetime.now(UTC)
    period = read_period(text, zone, now)
    return now if period.first < now < period.last else period.last


def one_day(text: str, zone: tzinfo = UTC, now: datetime | None = None) -> datetime:
    """The first instant of what TEXT names, a day at most: when something happened."""
    period = read_period(text, zone, now)
    if period.last - period.first > timedelta(days=1, hours=3):  # a day of a clock put back
        raise InvalidValue(f"Invalid date {echo(text)}: use a day, such as 2026-07-03")
    return period.first


def read_zone(text: str) -> ZoneInfo:
    """``Asia/Tokyo`` or ``UTC``; raises ``InvalidValue``, also for an abbreviation such as EST."""
    if text in AMBIGUOUS:
        raise InvalidValue(f"Ambiguous time zone '{text}': use one of {AMBIGUOUS[text]}")
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidValue(f"Invalid time zone {echo(text)}: use UTC or Asia/Tokyo") from None


def _days(words: str, today: date) -> tuple[date, date] | None:
    """The first day that WORDS name and the day after the last; None where they name none."""
    if words in ("today", "yesterday"):
        day = today - timedelta(days=words == "yesterday")
    elif month := _MONTH.fullmatch(words):
        day = date(int(month[1]), int(month[2]), 1)
        return day, (day + timedelta(days=31)).replace(day=1)
    elif match := _DAY.fullmatch(words):
        day = date(*map(int, match.groups()))
    else:
        return None
    return day, day + timedelta(days=1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return utc(datetime.combine(day, time(), zone))


def _time(words: str, zone: tzinfo) -> datetime:
    """An ISO 8601 time; one without an offset is by the clock of ZONE."""
    if re.fullmatch(r"\d{4}-?W.*|\d*", words, re.ASCII):  # a week or a number, which Python reads
        raise ValueError
    instant = datetime.fromisoformat(words)
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)


def _instant(instant: datetime) -> Period:
    instant = utc(instant)
    return Period(instant, instant)


def _invalid(text: str) -> str:
    name = text.strip().rpartition(" ")[2]
    if _ABBREVIATION.fullmatch(name) and name not in _PLAIN and re.match(r"\d", text.strip()):
        zones = f" ({AMBIGUOUS[name]})" if name in AMBIGUOUS else ""
        return (
            f"Ambiguous time zone '{name}': write an offset, such as 2026-07-03T12:00:00-05:00, "
            f"or choose a zone with --tz{zones}"
        )
    return (
        f"Invalid date {echo(text)}: use 2026-07-03, 2026-07, 7d, yesterday or 2026-07-03T12:00:00Z"
    )
