"""A value that cannot be true cannot be built."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.analysis.coverage import spacings
from tracker.errors import InvalidValue
from tracker.model import (
    GENRES,
    App,
    Chart,
    Entry,
    Observation,
    Payload,
    Provenance,
    Series,
    Snapshot,
    Timeline,
    iso,
    parse_time,
    utc,
)

CHART = Chart("us", "iphone", "top-free", "apps")
NOON = datetime(2026, 8, 17, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("us/iphone/top-free/apps", "us/iphone/top-free/apps"),
        ("jp/ipad/top-grossing/6015", "jp/ipad/top-grossing/finance"),
        (" us/iphone/top-paid/36 ", "us/iphone/top-paid/all"),
        ("US/iPhone/Top-Free/Apps", "us/iphone/top-free/apps"),
    ],
)
def test_a_chart_is_read_by_genre_name_or_number(text: str, slug: str) -> None:
    assert Chart.parse(text).slug == str(Chart.parse(text)) == slug


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("us/iphone/top-free", "storefront/device/ranking/genre"),
        ("uk/iphone/top-free/apps", r"nearest: gb \(United Kingdom\)$"),
        ("zz/iphone/top-free/apps", "Invalid storefront 'zz': the App Store has none of that code"),
        ("United States/iphone/top-free/apps", r"nearest: us \(United States\)$"),
        ("us/iphon/top-free/apps", "did you mean 'iphone'"),
        ("us/iphone/topfree/apps", "did you mean 'top-free'"),
        ("us/iphone/top-free/productivty", "did you mean 'productivity'"),
        ("us/iphone/top-free/6999", "Invalid genre"),
        ("ｕs/iphone/top-free/apps", "Invalid storefront 'ｕs'"),
        ("", "storefront/device/ranking/genre"),
    ],
)
def test_what_is_not_a_chart_is_refused_with_advice(text: str, message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        Chart.parse(text)


def test_every_genre_has_one_number() -> None:
    assert len(set(GENRES.values())) == len(GENRES)
    assert Chart("us", "iphone", "top-free", "apps").genre_number is None
    assert Chart("us", "iphone", "top-free", "finance").genre_number == 6015


@given(st.datetimes(datetime(1901, 1, 1), datetime(9989, 1, 1), timezones=st.timezones()))  # noqa: DTZ001  (hypothesis wants naive bounds)
def test_times_come_back_as_they_were_to_the_second(time: datetime) -> None:
    text = iso(time)
    assert parse_time(text) == utc(time)
    assert text.endswith("Z")
    assert len(text) == 20


def test_a_time_needs_a_zone() -> None:
    for text in ("2026-08-17T12:00:00", "noon", "", "2026-13-01", "999999999999"):
        with pytest.raises(InvalidValue):
            parse_time(text)
    assert parse_time("2026-08-17") == datetime(2026, 8, 17, tzinfo=UTC)
    assert parse_time("2026-08-17T14:00:00+02:00") == NOON


@pytest.mark.parametrize("year", [1, 26, 1898, 9991, 9999])
def test_a_year_that_no_clock_says_is_refused(year: int) -> None:
    for time in (f"{year:04}-01-01T00:00:00Z", f"{year:04}-12-31T23:59:59-12:00"):
        with pytest.raises(InvalidValue, match="use a year from 1900 to 9990"):
            parse_time(time)
    with pytest.raises(InvalidValue, match="use a year"):
        utc(datetime(year, 6, 1, tzinfo=UTC))


@pytest.mark.parametrize("rank", [0, -1, True, 1.0, None, "1"])
def test_no_rank_but_a_whole_number_from_one(rank: object) -> None:
    with pytest.raises(InvalidValue, match="Invalid rank"):
        Entry(rank, "1")  # type: ignore[arg-type]


@pytest.mark.parametrize("app_id", ["", " ", "1 2", "a/b", "-1", "x" * 151, "١٢٣", "1\n"])
def test_no_app_id_but_a_number_or_package(app_id: str) -> None:
    with pytest.raises(InvalidValue, match="Invalid app id"):
        Entry(1, app_id)


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "\ud800"])
def test_a_name_can_be_stored_or_is_none(name: str) -> None:
    with pytest.raises(InvalidValue, match="Invalid name"):
        Entry(1, "1", name)
    assert Entry(1, "1").name is None


def entries(*app_ids: str) -> tuple[Entry, ...]:
    return tuple(Entry(rank, app_id) for rank, app_id in enumerate(app_ids, 1))


def test_a_snapshot_is_a_whole_chart() -> None:
    whole = Snapshot(CHART, "apple-rss", NOON, entries("1", "2", "3"))
    assert whole.depth == 3
    assert whole.provenance is Provenance.RECORDED
    for rows, text in (
        ((), "no entries"),
        (entries("1", "2")[1:], "rank 2 where 1 belongs"),
        ((Entry(1, "1"), Entry(3, "3")), "rank 3 where 2 belongs"),
        (entries("1", "2")[::-1], "rank 2 where 1 belongs"),
        (entries("1", "2", "1"), "an app twice: 1"),
    ):
        with pytest.raises(InvalidValue, match=text):
            Snapshot(CHART, "apple-rss", NOON, rows)
    with pytest.raises(InvalidValue, match="Invalid app id '6448311069.0': it is a decimal number"):
        Snapshot(CHART, "apple-rss", NOON, entries("1", "6448311069.0"))
    with pytest.raises(InvalidValue, match="no time zone"):
        Snapshot(CHART, "apple-rss", NOON.replace(tzinfo=None), entries("1"))


def test_instants_are_stored_in_utc_without_fractions() -> None:
    tokyo = timezone(timedelta(hours=9))
    at = datetime(2026, 8, 17, 21, 0, 0, 999_999, tokyo)
    assert Snapshot(CHART, "apple-rss", at, entries("1")).observed_at == NOON
    assert Payload(CHART, "apple-rss", "", at, b"").observed_at.tzinfo is UTC


def line(*hours: int, depth: int = 100) -> Timeline:
    times = tuple(NOON + timedelta(hours=hour) for hour in hours)
    many = len(times)
    return Timeline(CHART, "apple-rss", times, (depth,) * many, (Provenance.RECORDED,) * many)


def test_a_series_keeps_ranked_and_unranked_apart_and_the_unobserved_out() -> None:
    series = Series(line(0, 2), App("1", "Filler 1"), (None, 7))
    assert list(series) == [
        Observation(NOON, None, 100, Provenance.RECORDED),
        Observation(NOON + timedelta(hours=2), 7, 100, Provenance.RECORDED),
    ]
    for ranks in ((1,), (1, 101), (0, 1)):
        with pytest.raises(InvalidValue):
            Series(line(0, 2), App("1", "Filler 1"), ranks)
    for hours in ((1, 1), (2, 1)):
        with pytest.raises(InvalidValue, match="ascend"):
            line(*hours)
    with pytest.raises(InvalidValue, match="length"):
        Timeline(CHART, "apple-rss", (NOON,), (), ())


def test_no_rank_is_below_the_last_entry_of_a_snapshot_that_came_short() -> None:
    short = replace(line(0, 2, 3), depths=(100, 0, 7))
    for ranks in ((1, 1, 1), (1, None, 8)):
        with pytest.raises(InvalidValue, match="cannot be among"):
            Series(short, App("1", "Filler 1"), ranks)
    assert Series(short, App("1", "Filler 1"), (8, None, 7)).ranks == (8, None, 7)


def test_timelines_that_differ_in_the_middle_have_figures_of_their_own() -> None:
    assert spacings(line(0, 1, 3, 4)) == [3600, 7200, 3600]
    assert spacings(line(0, 2, 3, 4)) == [7200, 3600, 3600]
