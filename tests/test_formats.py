"""What the loopback store renders is what the sources read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.errors import ParseError
from tracker.loopback import formats, pages
from tracker.model import DEVICES, GENRES_OF, RANKINGS, Chart, Entry, Payload, Snapshot
from tracker.sources import SOURCES
from tracker.sources.itunes_search import parse_found
from tracker.sources.parsing import clean

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
EVERY_CHART = [
    Chart(storefront, device, ranking, genre)
    for storefront in ("us", "jp") for device, store in DEVICES.items() for ranking in RANKINGS
    for genre in GENRES_OF[store]
]  # fmt: skip

#: Any letters at all, as a source would keep them; markup and quotes more often than by chance.
names = (
    (st.text() | st.sampled_from(["</script>", "<li", "&amp;", "\"'>", "<!--", "\u200f🦊", "id1"]))
    .map(clean)
    .filter(bool)
)
times = st.datetimes(datetime(2008, 7, 11), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  (hypothesis wants naive bounds)


@st.composite
def snapshots(draw: st.DrawFn, source: str, developers: bool = True) -> Snapshot:
    chart = draw(
        st.sampled_from([chart for chart in EVERY_CHART if SOURCES[source].carries(chart)])
    )
    ids = draw(st.lists(st.integers(1, 10**19 - 1), min_size=1, max_size=8, unique=True))
    developer = st.none() | names if developers else st.none()
    entries = [
        Entry(rank, str(number), draw(names), draw(developer)) for rank, number in enumerate(ids, 1)
    ]
    return Snapshot(chart, source, NOW, tuple(entries), draw(st.none() | times))


def read_back(snapshot: Snapshot, body: bytes) -> Snapshot:
    source = SOURCES[snapshot.source]
    url = source.url(snapshot.chart, source.base)
    return source.parse(Payload(snapshot.chart, snapshot.source, url, NOW, body))


@pytest.mark.parametrize("source", ["apple-rss", "itunes-rss", "itunes-rss-derived"])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_feed_is_read_back(source: str, data: st.DataObject) -> None:
    snapshot = data.draw(snapshots(source))
    body = formats.render(source, snapshot.chart, snapshot.entries, snapshot.published_at)
    assert read_back(snapshot, body) == snapshot


@given(snapshot=snapshots("web-charts"))
@settings(max_examples=40, deadline=None)
def test_the_old_page_is_read_back(snapshot: Snapshot) -> None:
    body = pages.web_page_until_2025(snapshot.chart, snapshot.entries, snapshot.published_at)
    assert read_back(snapshot, body) == snapshot


@given(snapshot=snapshots("web-charts"))
@settings(max_examples=40, deadline=None)
def test_the_new_page_is_read_back_but_for_the_time_it_does_not_have(snapshot: Snapshot) -> None:
    body = formats.render("web-charts", snapshot.chart, snapshot.entries, snapshot.published_at)
    this_snapshot = Snapshot(snapshot.chart, "web-charts", NOW, snapshot.entries)
    assert read_back(snapshot, body) == this_snapshot


@pytest.mark.parametrize(("ranking", "other"), [("top-free", "top-paid"), ("top-paid", "top-free")])
def test_a_new_page_has_200_ranks_of_both_rankings(ranking: str, other: str) -> None:
    chart, entries = Chart("jp", "ipad", ranking, "finance"), chart_of(200)
    bundles = {entries[3].app_id, entries[150].app_id}
    body = pages.web_page(chart, entries, bundles=bundles)
    assert body.count(b"/app-bundle/") == 2  # one that is drawn, in JSON and markup
    assert body.count(b'class="ordinal') == 25
    read = read_back(Snapshot(chart, "web-charts", NOW, entries), body)
    assert [entry.app_id for entry in read.entries] == [entry.app_id for entry in entries]
    assert read.entries[:25] == entries[:25]
    assert {entry.name for entry in read.entries[25:]} == {None}
    turned = Chart("jp", "ipad", other, "finance")
    strangers = read_back(Snapshot(turned, "web-charts", NOW, entries), body)
    assert strangers.depth == 200
    assert not {entry.app_id for entry in strangers.entries} & {entry.app_id for entry in entries}


def test_a_hub_has_the_charts_of_several_genres() -> None:
    chart, entries = Chart.parse("us/iphone/top-free/productivity"), chart_of(30)
    body = pages.web_page(chart, entries, hub={"6015": entries[::-1]})
    read = read_back(Snapshot(chart, "web-charts", NOW, entries), body)
    assert [entry.app_id for entry in read.entries] == [entry.app_id for entry in entries]


def test_a_kids_page_is_refused() -> None:
    chart, entries = Chart.parse("us/iphone/top-free/productivity"), chart_of(30)
    body = pages.web_page(chart, entries, age_band="4")
    with pytest.raises(ParseError, match="this is the kids chart of age band 4"):
        read_back(Snapshot(chart, "web-charts", NOW, entries), body)


Page = Callable[[Chart, tuple[Entry, ...], datetime | None], bytes]


@pytest.mark.parametrize("page", [pages.web_page, pages.web_page_until_2025])
@given(snapshot=snapshots("web-charts", developers=False))
@settings(max_examples=20, deadline=None)
def test_markup_has_the_same_entries_as_embedded_json(page: Page, snapshot: Snapshot) -> None:
    body = page(snapshot.chart, snapshot.entries, None)
    before, _, _ = body.decode().rpartition("<script")
    assert read_back(snapshot, before.encode()).entries == snapshot.entries


def chart_of(depth: int, shuffled: int = 0) -> tuple[Entry, ...]:
    ids = list(range(1_000_000_000, 1_000_000_000 + depth))
    Random(shuffled).shuffle(ids)
    return tuple(
        Entry(rank, str(app_id), f"Filler {app_id % 1000:02d}: Notes & More", "Filler Works Ltd")
        for rank, app_id in enumerate(ids, 1)
    )


def test_a_feed_of_100_has_the_size_and_the_fields_of_a_recorded_one() -> None:
    chart = Chart.parse("us/iphone/top-free/apps")
    body = formats.render("apple-rss", chart, chart_of(100), NOW)
    feed = json.loads(body)["feed"]
    assert 35_000 < len(body) < 50_000
    assert set(feed) == {
        "title", "id", "author", "links", "copyright", "country", "icon", "updated", "results",
    }  # fmt: skip
    assert set(feed["results"][0]) == {
        "artistName", "id", "name", "releaseDate", "kind", "artworkUrl100", "genres", "url",
    }  # fmt: skip


def test_a_row_is_the_same_wherever_the_app_stands() -> None:
    chart = Chart.parse("us/iphone/top-free/apps")
    first, other = (
        json.loads(formats.render("apple-rss", chart, chart_of(50, shuffled), NOW))["feed"]
        for shuffled in (1, 2)
    )
    assert first["results"] != other["results"]
    assert {row["id"]: row for row in first["results"]} == {
        row["id"]: row for row in other["results"]
    }


def test_a_new_stamp_changes_nothing_else() -> None:
    chart = Chart.parse("us/iphone/top-free/productivity")
    for source in ("apple-rss", "itunes-rss"):
        chart = next(chart for chart in EVERY_CHART if SOURCES[source].carries(chart))
        row, other = (
            json.loads(formats.render(source, chart, chart_of(5), NOW + timedelta(hours=hours)))
            for hours in (0, 1)
        )
        assert row["feed"].pop("updated") != other["feed"].pop("updated")
        assert row == other


def test_a_feed_of_none_leaves_entry_out() -> None:
    chart = Chart.parse("us/iphone/top-free/productivity")
    assert "entry" not in json.loads(formats.render("itunes-rss", chart, (), NOW))["feed"]
    row = json.loads(formats.render("itunes-rss", chart, chart_of(1), NOW))["feed"]["entry"]
    assert isinstance(row, dict)


def test_an_entry_without_a_name_is_called_by_its_id() -> None:
    chart = Chart.parse("us/iphone/top-free/apps")
    body = formats.render("apple-rss", chart, (Entry(1, "1000000001"),), NOW)
    assert json.loads(body)["feed"]["results"][0]["name"] == "App 1000000001"


@given(snapshot=snapshots("apple-rss"))
@settings(max_examples=20, deadline=None)
def test_a_search_answer_is_read_back(snapshot: Snapshot) -> None:
    body = formats.search_answer(snapshot.entries, "us")
    assert body.startswith(b"\n\n")  # as the store's own do
    apps_found = parse_found(body)
    pairs = [(app.app_id, app.name, app.developer) for app in apps_found]
    assert pairs == [(entry.app_id, entry.name, entry.developer) for entry in snapshot.entries]
