"""Times of pictures in a zone that was asked for: words, ticks and the reader's own reckoning."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vl_convert
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.lines import timeline
from tracker.model import App, Series
from tracker.plot import draw, specification
from tracker.plot.ticks import (
    DAY,
    ENOUGH,
    ROOM,
    SHORT,
    STEPS,
    epoch,
    offsets,
    tick_label,
    tick_words,
    time_ticks,
)
from tracker.report.dates import between, days

#: Whole, half and quarter hours; clocks changed by an hour and by half of one, at midnight, not at
#: all; and one that left out a day.
ZONES = (
    "America/New_York", "America/St_Johns", "America/Sao_Paulo", "America/Havana", "Asia/Kolkata",
    "Asia/Tokyo", "Australia/Adelaide", "Australia/Lord_Howe", "Europe/London", "Pacific/Apia",
    "Pacific/Chatham",
)  # fmt: skip
zones = st.sampled_from([ZoneInfo(name) for name in ZONES])
HOUR = timedelta(hours=1)
#: When clocks were changed, and the hours around it.
CHANGES = (
    datetime(2025, 3, 9, 7, tzinfo=UTC), datetime(2025, 11, 2, 6, tzinfo=UTC),
    datetime(2025, 4, 5, 15, tzinfo=UTC), datetime(2018, 11, 4, 3, tzinfo=UTC),
    datetime(2011, 12, 30, 10, tzinfo=UTC), datetime(2025, 10, 26, 1, tzinfo=UTC),
)  # fmt: skip


def round_by_hand(
    first: datetime, last: datetime, unit: str, seconds: int, zone: ZoneInfo
) -> list[datetime]:
    """The round times, found by looking at the clock every quarter of an hour, or each minute."""
    every = timedelta(seconds=min(seconds, 900))
    at = first - timedelta(seconds=first.timestamp() % every.total_seconds())
    times, before = [], (at - every).astimezone(zone)
    while at <= last:
        local = at.astimezone(zone)
        past = (local.hour * 60 + local.minute) * 60 + local.second
        monday = local.date().toordinal() - datetime(2001, 1, 1, tzinfo=UTC).toordinal()
        if unit == "day":
            hit = local.date() != before.date() and monday % (seconds // DAY) == 0
        else:
            hit = past % seconds == 0
        if hit and at >= first:
            times.append(at)
        at, before = at + every, local
    return times


def ticks_by_hand(first: datetime, last: datetime, least: float, zone: ZoneInfo) -> list[datetime]:
    """Of the finest step of LEAST seconds, or else of the coarsest that gives two ticks."""
    finest = next(step for _, _, step in STEPS if step >= least)
    times: list[datetime] = []
    for unit, _, seconds in sorted(STEPS, key=itemgetter(2), reverse=True):
        if seconds <= finest and unit not in ("month", "year") and len(times) < 2:
            times = round_by_hand(first, last, unit, seconds, zone)
    return times or [first]


@settings(max_examples=60, deadline=None)
@example(ZoneInfo("America/New_York"), CHANGES[0], 17, 150, 0)
@example(ZoneInfo("America/New_York"), CHANGES[0], 3, 1137, 0)
@example(ZoneInfo("America/Sao_Paulo"), CHANGES[3], 8 * 24, 300, 8 * 24)
@example(ZoneInfo("Pacific/Apia"), CHANGES[4], 48, 300, 40)
@given(
    zones, st.sampled_from(CHANGES), st.integers(1, 90 * 24), st.integers(150, 1200),
    st.integers(0, 90 * 24),
)  # fmt: skip
def test_ticks_are_all_the_round_times_of_the_zone_and_say_so(
    zone: ZoneInfo, change: datetime, hours: int, wide: int, before: int
) -> None:
    first = change - min(before, hours) * HOUR + timedelta(seconds=17)
    last = first + hours * HOUR
    ticks = time_ticks(first, last, wide, zone=zone)
    least = max(hours * 3600 * ROOM / wide, hours * 3600 / ENOUGH)
    if least <= 14 * DAY:
        assert ticks == ticks_by_hand(first, last, least, zone)
    for tick in ticks if ticks != [first] else ():
        local, words = tick.astimezone(zone), tick_words(tick, zone)
        clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
        assert words in (clock, f"{local.day} {local:%b}", f"{local:%b}", f"{local.year}")
        assert (words == clock) == ((local.hour, local.minute, local.second) != (0, 0, 0))


def test_years_of_a_zone_begin_at_its_own_new_year() -> None:
    first, last = datetime(2020, 12, 31, 20, tzinfo=UTC), datetime(2025, 12, 31, 20, tzinfo=UTC)
    ticks = time_ticks(first, last, 500, zone=ZoneInfo("Asia/Tokyo"))
    assert ticks[0].isoformat() == "2021-12-31T15:00:00+00:00"
    assert tick_words(ticks[0], ZoneInfo("Asia/Tokyo")) == "2022"


@settings(max_examples=20, deadline=None)
@given(zones, st.sampled_from(CHANGES), st.integers(0, 3000), st.integers(1, 3000))
def test_offsets_are_of_stretches_without_a_change(
    zone: ZoneInfo, change: datetime, before: int, hours: int
) -> None:
    first = change - before * HOUR
    pairs = offsets(zone, first, first + hours * HOUR)
    assert pairs[0][0] == first
    assert pairs[-1][1] > first + hours * HOUR
    assert [end for _, end, _ in pairs[:-1]] == [start for start, _, _ in pairs[1:]]
    for start, end, offset in pairs:
        middle = start + (end - start) / 2
        for at in (start, middle, end - timedelta(seconds=1)):
            assert at.astimezone(zone).utcoffset() == offset


@pytest.mark.parametrize(
    ("zone", "after", "by", "expected"),
    [
        ("Asia/Tokyo", "2025-01-26T15:00Z", "2025-01-26T16:00Z",
         "between 27 Jan 2025 00:00 and 01:00 UTC+9"),
        ("Asia/Kolkata", "2025-01-26T18:00Z", "2025-01-26T19:00Z",
         "between 26 Jan 2025 23:30 and 27 Jan 00:30 UTC+5:30"),
        ("America/St_Johns", "2025-01-26T18:00Z", "2025-01-26T18:01Z",
         "between 26 Jan 2025 14:30:00 and 14:31:00 UTC−3:30"),
        # The hour that the clocks show twice.
        ("America/New_York", "2025-11-02T05:30Z", "2025-11-02T06:30Z",
         "between 2 Nov 2025 01:30 UTC−4 and 01:30 UTC−5"),
        ("Europe/London", "2025-01-26T15:00Z", "2025-01-26T16:00Z",
         "between 26 Jan 2025 15:00 and 16:00 UTC"),
        # Two days are as long as they are, whatever the clocks show.
        ("America/New_York", "2025-03-09T00:00Z", "2025-03-11T00:00Z",
         "between 8 and 10 Mar 2025"),
        ("America/New_York", "2025-03-09T00:30Z", "2025-03-11T00:00Z",
         "between 8 Mar 2025 19:30 UTC−5 and 10 Mar 20:00 UTC−4"),
    ],
)  # fmt: skip
def test_an_interval_is_unambiguous_in_every_zone(
    zone: str, after: str, by: str, expected: str
) -> None:
    start, end = map(datetime.fromisoformat, (after, by))
    assert between(start, end, ZoneInfo(zone)) == expected


def test_days_are_those_of_the_zone() -> None:
    start = datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert days(start, start + 9 * HOUR, ZoneInfo("Asia/Tokyo")) == "1 Jan 2026"
    assert days(start, start + 9 * HOUR, UTC) == "31 Dec 2025 – 1 Jan 2026"


# Pictures


def labels(spec: dict[str, Any]) -> list[str]:
    """The words of the time axis, as they are rendered."""
    svg: str = vl_convert.vegalite_to_svg(spec)
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", svg)
    return [text for text in texts if re.fullmatch(r"\d\d:\d\d|\d+ [A-Z][a-z]{2}", text)]


def test_a_picture_has_the_zones_round_times() -> None:
    zone, line = ZoneInfo("Asia/Kolkata"), timeline(range(30))
    shown = [Series(line, App("1", "Filler"), (3,) * 30)]
    assert labels(specification(draw(shown, zone=zone)))[:3] == ["06:00", "09:00", "12:00"]


@settings(max_examples=12, deadline=None)
@given(zones, st.sampled_from(CHANGES), st.integers(2, 40 * 24))
def test_what_vega_says_of_a_tick_is_what_python_says(
    zone: ZoneInfo, change: datetime, hours: int
) -> None:
    first, last = change - hours * HOUR / 2, change + hours * HOUR / 2
    ticks = time_ticks(first, last, 900, zone=zone)
    spec = {
        "data": {"values": [{"value": epoch(tick), "n": n} for n, tick in enumerate(ticks)]},
        "transform": [{"calculate": tick_label(zone, first, last), "as": "text"}],
        "mark": "text", "encoding": {"text": {"field": "text"}, "y": {"field": "n", "axis": None}},
    }  # fmt: skip
    svg = vl_convert.vegalite_to_svg(spec)
    said = [t for t in re.findall(r"<text[^>]*>([^<]+)</text>", svg) if t != "undefined"]
    short = last - first < SHORT
    assert said == [tick_words(tick, zone, short=short) for tick in ticks]


def test_the_first_of_january_is_no_year_among_hours() -> None:
    tick = datetime(2025, 1, 1, tzinfo=UTC)
    assert tick_words(tick, UTC, short=True) == "1 Jan"
    assert tick_words(tick, UTC) == "2025"
