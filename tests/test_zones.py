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

from tests.support.lines import START, first_word, timeline
from tracker.model import App, Series
from tracker.plot import draw
from tracker.plot.curve.layout import wrap_together
from tracker.plot.text.words import between, days
from tracker.plot.times.ticks import DAY, FINER, STEPS, epoch, tick_words, time_ticks
from tracker.plot.times.zones import stretches
from tracker.plot.times.zoom import BRUSH, clock

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
    steps = [step for step in (*STEPS, *FINER) if step in STEPS or step[2] < finest]
    times: list[datetime] = []
    for unit, _, seconds in sorted(steps, key=itemgetter(2), reverse=True):
        if seconds <= finest and unit not in ("month", "year") and len(times) < 2:
            times = round_by_hand(first, last, unit, seconds, zone)
    return times or [first]


@settings(max_examples=60, deadline=None)
@example(ZoneInfo("America/New_York"), CHANGES[0], 17, 150, 0)
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
    unit, ticks = time_ticks(first, last, wide, zone=zone)
    least = hours * 3600 / wide * max(54, wide / 14)
    if unit not in ("month", "year"):
        assert ticks == ticks_by_hand(first, last, least, zone)
    tables = tick_words(unit, ticks, zone)
    form = {"second": "%H:%M:%S", "minute": "%H:%M", "hour": "%H:%M", "month": "%b", "year": "%Y"}
    for tick, words in zip(ticks, tables, strict=True):
        local = tick.astimezone(zone)
        day = f"{local.day} {local:%b}"
        assert words[0] == (day if unit == "day" else local.strftime(form[unit]))
        if unit in ("month", "year") and ticks != [first]:
            assert (local.day, (tick - timedelta(seconds=1)).astimezone(zone).day != 1) == (1, True)
        if "" != words[-1] != words[0]:
            assert words[1] == (
                f"{local.year}" if unit in ("day", "month") else f"{day} {local.year}"
            )


def test_years_of_a_zone_begin_at_its_own_new_year() -> None:
    first, last = datetime(2020, 12, 31, 20, tzinfo=UTC), datetime(2025, 12, 31, 20, tzinfo=UTC)
    unit, ticks = time_ticks(first, last, 1000, zone=ZoneInfo("Asia/Tokyo"))
    assert (unit, ticks[0].isoformat()) == ("year", "2021-12-31T15:00:00+00:00")
    assert tick_words(unit, ticks, ZoneInfo("Asia/Tokyo"))[0] == ["2022"]


@settings(max_examples=20, deadline=None)
@given(zones, st.sampled_from(CHANGES), st.integers(0, 3000), st.integers(1, 3000))
def test_stretches_have_one_offset_each(
    zone: ZoneInfo, change: datetime, before: int, hours: int
) -> None:
    first = change - before * HOUR
    pairs = stretches(zone, first, first + hours * HOUR)
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


def test_days_are_those_of_the_zone_and_no_line_breaks_within_a_time() -> None:
    start = datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert days(start, start + 9 * HOUR, ZoneInfo("Asia/Tokyo")) == "1 Jan 2026"
    assert days(start, start + 9 * HOUR, UTC) == "31 Dec 2025 – 1 Jan 2026"
    words = "A passed B between 6 Jun 2026 13:36 and 19:34 UTC+12:45"
    for room in range(200, 700, 10):
        assert not any(line.startswith("UTC") for line in wrap_together(words, room, 27))


# The reader's own program


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


@pytest.mark.parametrize("name", ["America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
def test_a_tooltips_time_is_the_zones_own(name: str) -> None:
    zone, start = ZoneInfo(name), datetime(2025, 3, 1, tzinfo=UTC)
    times = [start + number * 5 * HOUR / 2 for number in range(0, 3600, 29)]
    times += [change + n * HOUR / 2 for change in CHANGES[:3] for n in range(-4, 5)]
    times = sorted(time for time in times if time >= start)
    shown = clock("datum.t", "%Y-%m-%d %H:%M", zone, (times[0], times[-1]))
    svg = vl_convert.vegalite_to_svg({
        "data": {"values": [{"t": epoch(time)} for time in times]},
        "transform": [{"calculate": shown, "as": "text"}],
        "mark": "text",
        "encoding": {"text": {"field": "text"}},
    })  # fmt: skip
    locals_ = [time.astimezone(zone) for time in times]
    assert [text[:16] for text in texts(svg)] == [f"{time:%Y-%m-%d %H:%M}" for time in locals_]
    if name == "America/New_York":
        offsets = {"-0500": "UTC−5", "-0400": "UTC−4"}
        assert [text[17:] for text in texts(svg)] == [offsets[f"{time:%z}"] for time in locals_]


def axis_of(spec: dict[str, Any]) -> list[str]:
    """The first lines of the labels of the time axis."""
    svg = vl_convert.vegalite_to_svg(spec)
    label = r'aria-label="X-axis[^>]*>.*?role-axis-label[^>]*>(.*?)</g>'
    match = re.search(label, svg, re.DOTALL)
    assert match
    return re.findall(r"<text[^>]*>(?:<tspan[^>]*>)?([^<]+)<", match[1])


HUNDRED_DAYS = range(0, 24 * 100, 8)


def hundred_days(zone: ZoneInfo, window: tuple[int, int] | None) -> dict[str, Any]:
    """A page of a snapshot every eight hours, of which WINDOW is shown."""
    ranks = tuple(1 + number % 7 for number in range(len(HUNDRED_DAYS)))
    series = Series(timeline(HUNDRED_DAYS), App("1", "Filler"), ranks)
    spec = draw([series], interactive=True, zone=zone)
    if window:
        (brush,) = (param for param in spec["params"] if param["name"] == BRUSH)
        brush["value"] = {"x": [epoch(START + hour * HOUR) for hour in window]}
    return spec


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("America/New_York", None),
        ("America/New_York", (24 * 30, 24 * 60)),
        ("Australia/Lord_Howe", (24 * 60, 24 * 75)),
        ("Asia/Kolkata", (1000, 1030)),
        ("Asia/Kolkata", (1000, 1001)),
    ],
)
def test_a_page_has_the_zones_round_times_however_closely_it_is_looked_at(
    name: str, window: tuple[int, int] | None
) -> None:
    """Of all the time, and of WINDOW in hours from its start."""
    zone = ZoneInfo(name)
    hours = window or (0, HUNDRED_DAYS[-1])
    spec = hundred_days(zone, window)
    first, last = (START + hour * HOUR for hour in hours)
    _, ticks = time_ticks(first, last, spec["vconcat"][0]["width"], zone=zone)
    assert axis_of(spec) == [first_word(tick.astimezone(zone)) for tick in ticks]


def test_a_narrow_page_has_ticks_too() -> None:
    line = timeline(range(0, 24 * 30, 3))
    series = Series(line, App("1", "Filler"), (3,) * len(line.times))
    spec = draw([series], interactive=True, size=(360, 640), zone=ZoneInfo("America/New_York"))
    assert axis_of(spec) == ["27 Jan", "3 Feb", "10 Feb", "17 Feb", "24 Feb"]


def test_where_clocks_are_changed_a_page_tells_the_hours_that_they_show() -> None:
    spec = hundred_days(ZoneInfo("America/New_York"), (42 * 24, 43 * 24))
    lines = axis_of(spec)
    assert lines == ["21:00", "9 Mar", "04:00", "07:00", "10:00", "13:00", "16:00", "19:00"]


def test_a_picture_has_the_zones_round_times() -> None:
    zone, line = ZoneInfo("Asia/Kolkata"), timeline(range(30))
    series = Series(line, App("1", "Filler"), (3,) * 30)
    assert axis_of(draw([series], zone=zone))[:3] == ["06:00", "09:00", "12:00"]
