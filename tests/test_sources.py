"""Every payload case under ``payloads/``, and the recorded payloads.

A case is two files: ``NAME.json`` (or html, xml, txt), the bytes, and ``NAME.expect.json``: what
it is about, the chart asked, the address that answered where it is not the source's own, and
either ``published_at``, every entry and the ``remark`` if there is one, or ``refused``: a part of
the refusal; ``empty`` where the store itself calls the chart empty.
"""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tracker.errors import EmptyChart, ParseError, UnknownName
from tracker.loopback.formats import render
from tracker.model import (
    DEVICES,
    GENRES,
    GENRES_OF,
    PLAY_CATEGORIES,
    RANKINGS,
    Chart,
    Entry,
    Payload,
    Snapshot,
    iso,
)
from tracker.sources import SOURCES, source_for
from tracker.sources.itunes_rss import first_genres
from tracker.sources.parsing import instant
from tracker.storefronts import NAMES, NUMBERS

CASES = Path(__file__).parent / "payloads"
RECORDED = Path(__file__).parent / "data" / "recorded"
NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def parsed(source: str, chart: str, body: bytes, url: str | None = None) -> Snapshot:
    asked, this_source = Chart.parse(chart), SOURCES[source]
    return this_source.parse(
        Payload(asked, source, url or this_source.url(asked, this_source.base), NOW, body)
    )


def refusal(
    source: str,
    chart: str,
    body: bytes,
    url: str | None = None,
    kind: type[ParseError] = ParseError,
) -> str:
    """The line of a refusal of that kind, which must be one, bounded, and name its source."""
    with pytest.raises(ParseError) as refused:
        parsed(source, chart, body, url)
    assert type(refused.value) is kind
    line = str(refused.value)
    assert line.startswith(f"{source}: ")
    assert line.isprintable()
    assert len(line) <= 300
    return line


# --- cases: one is added by adding its two files


def is_expectation(path: Path) -> bool:
    return path.name.endswith(".expect.json")


def expectation(body: Path) -> Path:
    return body.with_name(f"{body.stem}.expect.json")


def cases() -> list[Path]:
    """The files of all cases but those of an archive's copies."""
    return [path for path in CASES.glob("*/*") if not path.parent.name.startswith("archived-")]


BODIES = sorted(path for path in cases() if not is_expectation(path))


def test_every_payload_has_an_expectation_and_every_expectation_one_payload() -> None:
    paths = sorted(path for path in cases() if is_expectation(path))
    assert sorted(expectation(body) for body in BODIES) == paths
    assert {body.parent.name for body in BODIES} == set(SOURCES)


@pytest.mark.parametrize("path", BODIES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_case(path: Path) -> None:
    expected = json.loads(expectation(path).read_text(encoding="utf-8"))
    assert set(expected) - {"url", "remark", "empty"} in (
        {"about", "chart", "refused"},
        {"about", "chart", "published_at", "entries"},
    )
    case = (path.parent.name, expected["chart"], path.read_bytes(), expected.get("url"))
    if "refused" in expected:
        kind = EmptyChart if expected.get("empty") else ParseError
        assert expected["refused"] in refusal(*case, kind=kind)
    else:
        snapshot = parsed(*case)
        published = snapshot.published_at and iso(snapshot.published_at)
        rows = [[entry.app_id, entry.name, entry.developer] for entry in snapshot.entries]
        assert (published, rows) == (expected["published_at"], expected["entries"])
        assert snapshot.remark == expected.get("remark")


def test_a_snapshot_has_what_the_payload_says_about_its_fetch() -> None:
    body = (CASES / "apple-rss" / "short-feed.json").read_bytes()
    snapshot = parsed("apple-rss", "us/iphone/top-free/apps", body)
    assert snapshot.chart == Chart("us", "iphone", "top-free", "apps")
    assert (snapshot.source, snapshot.observed_at) == ("apple-rss", NOW)
    assert [entry.rank for entry in snapshot.entries] == [1, 2, 3]


# --- recorded payloads


@pytest.mark.parametrize(
    ("name", "chart", "depth", "published", "first"),
    [
        ("apple-rss/us_top-free_2026-02-17_100rows.json", "us/iphone/top-free/apps", 100,
         "2026-02-17T01:36:01Z", ("6448311069", "ChatGPT", "OpenAI OpCo, LLC")),
        ("apple-rss/jp_top-free_2026-02-17_100rows.json", "jp/iphone/top-free/apps", 100,
         "2026-02-17T01:36:01Z", ("6454900894", "デジタル認証アプリ", "デジタル庁")),
        ("apple-rss/us_top-paid_2026-02-17_98rows.json", "us/iphone/top-paid/apps", 98,
         "2026-02-17T01:36:01Z",
         ("932747118", "Shadowrocket", "Shadow Launch Technology Limited")),
        ("itunes-rss/us_topgrossingipad_limit25_2015-11-09.json", "us/ipad/top-grossing/all", 25,
         "2015-11-10T06:04:45Z",
         ("667728512", "Game of War - Fire Age", "Machine Zone, Inc")),
        ("itunes-rss/us_topgrossingipad_limit25_2015-02-26_control-chars.json",
         "us/ipad/top-grossing/all", 25, "2015-02-27T05:13:38Z",
         ("529479190", "Clash of Clans", "Supercell")),
        ("itunes-rss/jp_topgrossing_limit1_entry-is-object_2016.json",
         "jp/iphone/top-grossing/all", 1, "2016-04-22T04:01:19Z",
         ("658511662", "モンスターストライク", "mixi, Inc")),
    ],
)  # fmt: skip
def test_recorded_chart(
    name: str, chart: str, depth: int, published: str, first: tuple[str, str, str]
) -> None:
    snapshot = parsed(name.partition("/")[0], chart, recorded(name))
    assert snapshot.depth == depth
    assert snapshot.published_at is not None
    assert iso(snapshot.published_at) == published
    top = snapshot.entries[0]
    assert (top.app_id, top.name, top.developer) == first


OF_2026 = "2026/"


@pytest.mark.parametrize(
    ("source", "name", "chart", "depth"),
    [
        ("apple-rss", "v2_us_top-free_2021-11-24_limit3_numeric-ids.json",
         "us/iphone/top-free/apps", 3),
        ("apple-rss", "v2_us_top-free_2023-10-05_GridSearch_1of50.json",
         "us/iphone/top-free/apps", 1),
        ("apple-rss", "v2_us_top-paid_2026-10-09_rows1-40.json", "us/iphone/top-paid/apps", 40),
        ("itunes-rss", "itunes_us_toppaid_overall_2026-10-09_50rows.json",
         "us/iphone/top-paid/all", 50),
        ("itunes-rss", "itunes_vn_topfree_games_limit200_2026-09-10_EDITED_5of100.json",
         "vn/iphone/top-free/games", 5),
        ("itunes-rss", "itunes_vn_topfree_casual7003_2026-09-10_EDITED.json",
         "vn/iphone/top-free/games-casual", 5),
        ("itunes-rss", "itunes_us_topmac_2026.json", "us/mac/top-free/all", 5),
        ("web-charts", "web_A_two-segments_200-style.html", "us/iphone/top-free/apps", 100),
        ("web-charts", "web_A_two-segments_200-style.html", "us/iphone/top-paid/apps", 98),
        ("web-charts", "web_B_json-only_two-segments.html", "us/iphone/top-free/apps", 100),
        ("web-charts", "web_C_json-only_one-segment.html", "us/iphone/top-free/apps", 100),
        ("web-charts", "web_E_json-only_one-segment_no-ordinal.html",
         "us/iphone/top-free/apps", 100),
        ("web-charts", "web_F_paid_bundle_at_7.html", "us/iphone/top-paid/apps", 98),
        ("web-charts", "web_G_page-of-finance.html", "us/iphone/top-free/finance", 30),
        ("web-charts", "web_H_page-of-top-paid.html", "us/iphone/top-free/apps", 100),
        ("web-charts", "web_J_toplevel-list.html", "us/iphone/top-free/apps", 100),
    ],
)  # fmt: skip
def test_recorded_feed_of_later_years(source: str, name: str, chart: str, depth: int) -> None:
    assert parsed(source, chart, recorded(f"{OF_2026}{name}")).depth == depth


@pytest.mark.parametrize(
    ("source", "name", "chart", "line"),
    [
        ("itunes-rss", "itunes_us_toppaid_genre6021_answered-with-overall.json",
         "us/iphone/top-paid/magazines", "none of 50 rows has the genre 6021"),
        ("itunes-rss", "itunes_us_newfree.json", "us/iphone/top-free/all",
         "feed of the response is 'newfreeapplications'"),
        ("itunes-rss", "itunes_us_topalbums.json", "us/iphone/top-free/all",
         "feed of the response is 'topalbums'"),
        ("itunes-rss", "itunes_us_topmac_2026.json", "us/iphone/top-free/all",
         "feed of the response is 'topfreemacapps'"),
        ("apple-rss", "v2_nl_podcasts_2026-02-26.json", "nl/iphone/top-free/apps",
         "kind of feed of the response is 'podcasts'"),
        ("apple-rss", "v1_hk_top-grossing_2019.json", "hk/iphone/top-free/apps",
         "version of the feed of the response is 'v1'"),
        ("web-charts", "web_G_page-of-finance.html", "us/iphone/top-free/productivity",
         "genre of the response is '6015', not '6007'"),
        ("web-charts", "web_A_two-segments_200-style.html", "us/ipad/top-free/apps",
         "device of the response is 'iphone', not 'ipad'"),
        ("web-charts", "web_C_json-only_one-segment.html", "us/iphone/top-paid/apps",
         "no single segment 'top-paid' (has top-free)"),
    ],
)  # fmt: skip
def test_recorded_feed_of_another_kind(source: str, name: str, chart: str, line: str) -> None:
    assert line in refusal(source, chart, recorded(f"{OF_2026}{name}"))


def test_a_recorded_empty_chart_is_called_empty() -> None:
    body = recorded(f"{OF_2026}itunes_empty.json")
    assert "calls it empty" in refusal(
        "itunes-rss", "us/iphone/top-paid/magazines", body, kind=EmptyChart
    )


def test_pages_have_the_rows_of_the_feed_of_that_hour_in_their_order() -> None:
    free = "us/iphone/top-free/apps"
    feed = parsed("apple-rss", free, recorded("apple-rss/us_top-free_2026-02-17_100rows.json"))
    page = parsed("web-charts", free, recorded(f"{OF_2026}web_A_two-segments_200-style.html"))
    assert [entry.app_id for entry in page.entries] == [entry.app_id for entry in feed.entries]
    assert [entry.name for entry in page.entries[:25]] == [
        entry.name for entry in feed.entries[:25]
    ]


def test_the_list_of_all_genres_without_games_begins_as_the_list_of_apps() -> None:
    """Which is what the derived chart rests on: two feeds recorded one second apart."""
    paid = "us/iphone/top-paid/"
    legacy = recorded(f"{OF_2026}itunes_us_toppaid_overall_2026-10-09_50rows.json")
    whole = parsed("itunes-rss", f"{paid}all", legacy)
    genres = first_genres(Payload(whole.chart, "itunes-rss", "", NOW, legacy))
    left = [
        entry.app_id for entry, genre in zip(whole.entries, genres, strict=True) if genre != "6014"
    ]
    apps = parsed("apple-rss", f"{paid}apps", recorded(f"{OF_2026}{V2_PAID}"))
    assert left[:18] == [entry.app_id for entry in apps.entries[:18]]


V2_PAID = "v2_us_top-paid_2026-10-09_rows1-40.json"


def recorded(name: str) -> bytes:
    path = RECORDED / f"{name}.gz"
    if not path.exists():
        pytest.skip(f"{name} is too large for this repository")
    return gzip.decompress(path.read_bytes())


PAGE = "web-charts/us_iphone_productivity_top-free_2025-01-14_"


@pytest.mark.parametrize(
    ("name", "chart", "line"),
    [
        ("itunes-rss/xml-error-with-status-200_2016.xml", "us/iphone/top-free/all",
         "an XML property list"),
        (f"{PAGE}12of100.html", "us/iphone/top-free/productivity",
         "the embedded JSON has rank 25 where 6 belongs"),
        (f"{PAGE}12of100.html", "us/iphone/top-free/finance", "genre of the response is '6007'"),
        (f"{PAGE}12of100.html", "jp/iphone/top-free/productivity", "the response is 'us'"),
        (f"{PAGE}malformed.html", "us/iphone/top-free/productivity", "there is no script"),
        ("web-charts/classic-lockup_fragment.txt", "us/iphone/top-free/productivity", "no rows"),
        ("apple-rss/us_top-free_2026-02-17_100rows.json", "us/iphone/top-paid/apps",
         "ranking of the response is 'top-free'"),
        ("apple-rss/us_top-free_2026-02-17_100rows.json", "jp/iphone/top-free/apps",
         "storefront of the response is 'us'"),
    ],
)  # fmt: skip
def test_recorded_refusal(name: str, chart: str, line: str) -> None:
    assert line in refusal(name.partition("/")[0], chart, recorded(name))


def test_a_recorded_row_of_the_old_markup_is_read_where_it_is_the_first() -> None:
    fragment = recorded("web-charts/classic-lockup_fragment.txt").decode()
    behind = fragment[fragment.index('<div class="we-lockup__copy">') :].replace(">100<", ">1<")
    link = '<a class="we-lockup" href="https://apps.apple.com/us/app/voices-ai/id6461268224">'
    page = f'<ol class="l-row chart"><li>{link}{behind}'.encode()
    (top,) = parsed("web-charts", "us/iphone/top-free/productivity", page).entries
    assert (top.name, top.developer) == ("Voices AI: Voice Changer", "Leon Fiedler Enterprises LLC")


# --- more rows than any chart has


@pytest.mark.parametrize(
    ("source", "chart", "most"),
    [("apple-rss", "us/iphone/top-free/apps", 200), ("itunes-rss", "us/iphone/top-free/all", 300)],
)
def test_a_feed_with_far_more_rows_than_asked_is_refused(
    source: str, chart: str, most: int
) -> None:
    def feed(rows: int) -> bytes:
        entries = [Entry(rank, str(rank), f"Filler {rank}") for rank in range(1, rows + 1)]
        return render(source, Chart.parse(chart), entries)

    assert parsed(source, chart, feed(most)).depth == most
    line = f"{most + 1} rows came; this source has no chart of more than {most}"
    assert line in refusal(source, chart, feed(most + 1))


# --- storefronts by number


def test_no_two_storefronts_share_a_number() -> None:
    assert len(set(NUMBERS.values())) == len(NUMBERS)
    assert set(NUMBERS) <= set(NAMES)
    assert [NUMBERS[code] for code in ("us", "gb", "jp")] == [143441, 143444, 143462]


# --- addresses


@pytest.mark.parametrize(
    ("source", "chart", "path"),
    [
        ("apple-rss", "us/iphone/top-free/apps", "/api/v2/us/apps/top-free/100/apps.json"),
        ("apple-rss", "jp/iphone/top-paid/apps", "/api/v2/jp/apps/top-paid/100/apps.json"),
        ("itunes-rss", "us/iphone/top-free/all", "/us/rss/topfreeapplications/limit=100/json"),
        ("itunes-rss", "de/ipad/top-paid/games",
         "/de/rss/toppaidipadapplications/limit=100/genre=6014/json"),
        ("itunes-rss", "us/mac/top-paid/all", "/us/rss/toppaidmacapps/limit=100/json"),
        ("itunes-rss", "us/iphone/top-free/games-casual",
         "/us/rss/topfreeapplications/limit=100/genre=7003/json"),
        ("itunes-rss-derived", "us/iphone/top-grossing/apps",
         "/us/rss/topgrossingapplications/limit=200/json"),
        ("itunes-rss-derived", "de/ipad/top-grossing/apps",
         "/de/rss/topgrossingipadapplications/limit=200/json"),
        ("web-charts", "us/mac/top-paid/games-word", "/us/mac/charts/7019?chart=top-paid"),
        ("itunes-rss", "us/iphone/top-grossing/productivity",
         "/us/rss/topgrossingapplications/limit=100/genre=6007/json"),
        ("web-charts", "us/iphone/top-free/apps", "/us/iphone/charts/36?chart=top-free"),
        ("web-charts", "gb/ipad/top-paid/music", "/gb/ipad/charts/6011?chart=top-paid"),
    ],
)  # fmt: skip
def test_address(source: str, chart: str, path: str) -> None:
    url = SOURCES[source].url
    assert url(Chart.parse(chart), "http://127.0.0.1:8080") == f"http://127.0.0.1:8080{path}"
    assert url(Chart.parse(chart), "https://store.example/") == f"https://store.example{path}"


def charts_of(source: str) -> set[str]:
    every = [
        Chart("us", device, ranking, genre)
        for device, store in DEVICES.items()
        for ranking in RANKINGS
        for genre in GENRES_OF[store]
    ]
    return {chart.slug for chart in every if SOURCES[source].carries(chart)}


def test_which_charts_each_source_carries() -> None:
    assert charts_of("apple-rss") == {"us/iphone/top-free/apps", "us/iphone/top-paid/apps"}
    assert charts_of("itunes-rss") == {
        f"us/{device}/{ranking}/{genre}"
        for device in ("iphone", "ipad") for ranking in RANKINGS for genre in GENRES
    } | {"us/mac/top-free/all", "us/mac/top-paid/all"}  # fmt: skip
    assert charts_of("itunes-rss-derived") == {
        "us/iphone/top-grossing/apps", "us/ipad/top-grossing/apps",
    }  # fmt: skip
    assert charts_of("web-charts") == {
        f"us/{device}/{ranking}/{genre}"
        for device in ("iphone", "ipad", "mac") for ranking in ("top-free", "top-paid")
        for genre in ("apps", *GENRES) if genre != "all"
    }  # fmt: skip
    assert charts_of("google-play") == {
        f"us/android/{ranking}/{genre}" for ranking in RANKINGS for genre in PLAY_CATEGORIES
    }


def test_the_registry_gives_the_first_source_in_order() -> None:
    assert all(name == source.name for name, source in SOURCES.items())
    apps = Chart.parse("us/iphone/top-free/apps")
    assert source_for(apps).name == "apple-rss"
    assert source_for(apps, ["web-charts", "apple-rss"]).name == "web-charts"
    with pytest.raises(UnknownName, match="itunes-rss does"):
        source_for(Chart.parse("us/ipad/top-grossing/all"), ["apple-rss"])


# --- rubbish; there is more of it in proof_rubbish.py

ROW = '<li><p class="ordinal">1</p><h3>a</h3><a href="/us/app/id1">'


def test_tags_that_never_end_do_not_reach_the_html_parser() -> None:
    body = f"{ROW}{'<b ' * 40_000}</li></ul>".encode()  # few enough to pass for a page
    started = time.process_time()
    line = refusal("web-charts", "us/iphone/top-free/apps", body)
    assert "row 1 of the markup has a tag that does not end" in line
    assert time.process_time() - started < 3


@pytest.mark.parametrize("body", [ROW * 600, f"{ROW}{'<b>' * 60_000}"], ids=["rows", "tags"])
def test_markup_beyond_every_chart_is_not_read(body: str) -> None:
    line = refusal("web-charts", "us/iphone/top-free/apps", f"{body}</li></ul>".encode())
    assert "far more than a chart's rows" in line


@pytest.mark.parametrize("said", [None, True, -1, 10**30, float("nan"), [], {}, "x"])
def test_what_is_no_instant_is_none(said: object) -> None:
    assert instant(lambda ms: datetime.fromtimestamp(ms / 1000, UTC), said) is None
