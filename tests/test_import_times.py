"""Times in files: an instant is read, a date as its user says, anything else refused by name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import InvalidValue
from tracker.imports.times import Clock, DateIs, read_time
from tracker.model import iso

START, END = Clock(date_is=DateIs.START), Clock(date_is=DateIs.END)


def in_zone(name: str, date_is: DateIs | None = None) -> Clock:
    return Clock(ZoneInfo(name), date_is)


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-01T12:00:00Z",
        "2026-06-01T12:00:00z",
        "2026-06-01 12:00:00 UTC",
        "2026-06-01 12:00:00 GMT",
        "2026-06-01 12:00:00 Z",
        "2026-06-01 12:00:00+00:00",
        "2026-06-01 14:00:00 +02:00",
        "2026-06-01 14:00 +0200",
        "2026-06-01T12:00:00.987Z",
        "20260601T120000Z",
        "2026-W23-1T12:00Z",
    ],
)
@pytest.mark.parametrize("clock", [Clock(), END, in_zone("Asia/Tokyo", DateIs.START)])
def test_an_instant_is_read_whatever_the_user_says(text: str, clock: Clock) -> None:
    assert read_time(text, clock) == datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-06-01", "20260601", "2026-W23-1", "2026W231"])
def test_a_date_is_refused_unless_its_user_chooses_a_second_of_the_day(text: str) -> None:
    for clock in (Clock(), in_zone("Asia/Tokyo")):
        with pytest.raises(InvalidValue) as caught:
            read_time(text, clock)
        assert str(caught.value) == (
            f"Invalid time '{text}': it is a date without a time; write one, as in "
            "2026-06-01T04:50:46Z, or choose with --date-is start or --date-is end (and --tz ZONE)"
        )
    assert iso(read_time(text, START)) == "2026-06-01T00:00:00Z"
    assert iso(read_time(text, END)) == "2026-06-01T23:59:59Z"
    assert iso(read_time(text, in_zone("Asia/Tokyo", DateIs.START))) == "2026-05-31T15:00:00Z"
    assert iso(read_time(text, in_zone("Asia/Tokyo", DateIs.END))) == "2026-06-01T14:59:59Z"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "UTC"])
@given(day=st.dates(date(1970, 1, 2), date(2037, 12, 30)))
def test_a_day_ends_a_second_before_the_next_one_starts(zone: str, day: date) -> None:
    end = read_time(f"{day}", in_zone(zone, DateIs.END))
    start = read_time(f"{day + timedelta(days=1)}", in_zone(zone, DateIs.START))
    assert start - end == timedelta(seconds=1)
    assert end.astimezone(ZoneInfo(zone)).date() == day
    assert start.astimezone(ZoneInfo(zone)).date() == day + timedelta(days=1)


def test_a_time_without_a_zone_needs_somebodys_clock() -> None:
    for text in ("2026-06-01 12:00:00", "2026-06-01T12:00", "20260601T1200"):
        for clock in (Clock(), START, END):  # which say something of dates only
            with pytest.raises(InvalidValue, match=r"no time zone; .*2026-06-01T12:00:00Z.*--tz"):
                read_time(text, clock)
        assert iso(read_time(text, in_zone("Europe/Berlin"))) == "2026-06-01T10:00:00Z"


@pytest.mark.parametrize(
    ("text", "times"), [("2026-03-29 02:30", "never"), ("2026-10-25 02:30", "twice")]
)
def test_a_clock_that_was_changed_is_not_guessed_at(text: str, times: str) -> None:
    with pytest.raises(InvalidValue, match=f"clocks in Europe/Berlin showed it {times}; .*offset"):
        read_time(text, in_zone("Europe/Berlin"))
    assert read_time(text, in_zone("UTC")).hour == 2


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "it is empty"),
        ("2026-W23", "it is a week"),
        ("2026W23", "it is a week"),
        ("2026-06", "it is a month"),
        ("2026", "it is a year"),
        ("01.06.2026", "it is a date as day.month.year"),
        ("1.6.26 12:00", "it is a date as day.month.year"),
        ("6/1/2026", "the day could be the month"),
        ("6/1/26, 12:00 PM", "the day could be the month"),
        ("2026/06/01 12:00", "it is a date without hyphens"),
        ("01-06-2026", "it is a date with the year last"),
        ("46174", "it is a spreadsheet's day number, 2026-06-01; .*--tz"),
        ("46174.5", "it is a spreadsheet's day number, 2026-06-01"),
        ("46174,5", "it is a spreadsheet's day number, 2026-06-01"),
        ("1780315200", "it counts seconds since 1970; write 2026-06-01T12:00:00Z$"),
        ("1780315200.25", "it counts seconds since 1970; write 2026-06-01T12:00:00Z$"),
        ("1780315200000", "it counts milliseconds since 1970; write 2026-06-01T12:00:00Z$"),
        ("178031520000000", "it is a plain number"),
        ("20261301", "it is a plain number"),
        ("Jun 1, 2026", "it has a month or day by name"),
        ("1 June 2026 12:00", "it has a month or day by name"),
        ("Mon, 01 Jun 2026 12:00:00 GMT", "it has a month or day by name"),
        ("2026-06-01 12:00 CEST", "its zone is an abbreviation"),
        ("Total", "it is a total; delete the line"),
        ("Grand total", "it is a total; delete the line"),
        ("2026-13-01", "write it like"),
        ("2026-02-30T00:00:00Z", "write it like"),
        ("2026-06-01T25:00:00Z", "write it like"),
        ("noon", "write it like"),
        ("2026-06-01T12:00:00ZZ", "write it like"),
        ("٢٠٢٦-٠٦-٠١", "write it like"),
        ("0001-01-01T00:00:00+14:00", "use a year from 1900 to 9990"),
    ],
)
@pytest.mark.parametrize("clock", [Clock(), in_zone("Europe/Berlin", DateIs.END)])
def test_anything_else_is_refused_by_what_it_seems_to_be(
    text: str, what: str, clock: Clock
) -> None:
    with pytest.raises(InvalidValue, match=f"^Invalid time .*: .*{what}"):
        read_time(text, clock)


def test_a_day_at_the_edge_of_the_calendar_is_refused_not_a_bug() -> None:
    for text, clock in (
        ("9999-12-31", END),
        ("0001-01-01", in_zone("Asia/Tokyo", DateIs.START)),
        ("0001-01-01 00:00", in_zone("Asia/Tokyo")),
    ):
        with pytest.raises(InvalidValue, match="use a year from 1900 to 9990"):
            read_time(text, clock)


@given(
    st.text(max_size=30), st.sampled_from([Clock(), END, in_zone("Europe/Berlin", DateIs.START)])
)
def test_any_text_is_an_instant_or_one_line(text: str, clock: Clock) -> None:
    try:
        time = read_time(text, clock)
    except InvalidValue as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - most texts are times of nothing
    else:
        assert time.tzinfo is UTC
