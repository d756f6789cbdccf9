"""Copies of charts: every payload case under ``payloads/archived-*``, addresses, and rubbish.

A case is two files, as in ``test_sources``; its ``url`` is the address of the copy, and
``observed_at`` what the rule of the clock makes of it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.errors import ParseError
from tracker.loopback.archive import copy_of
from tracker.loopback.copies import RENDERERS
from tracker.model import Chart, Entry, Payload, Snapshot, iso
from tracker.sources import SOURCES, parser_of
from tracker.sources.archived import FAMILIES, PARSERS, Copy, families_of
from tracker.words import SOURCES as WORDS

CASES = Path(__file__).parent / "payloads"
NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
BODIES = sorted(
    path for path in CASES.glob("archived-*/*") if not path.name.endswith(".expect.json")
)


def expected(body: Path) -> dict[str, object]:
    expectation = json.loads(body.with_name(f"{body.stem}.expect.json").read_text("utf-8"))
    assert isinstance(expectation, dict)
    return expectation


def parsed(source: str, chart: str, url: str, body: bytes) -> Snapshot:
    return PARSERS[source](Payload(Chart.parse(chart), source, url, NOW, body))


def refusal(source: str, chart: str, url: str, body: bytes) -> str:
    with pytest.raises(ParseError) as refused:
        parsed(source, chart, url, body)
    line = str(refused.value)
    assert line.startswith(f"{source}: ")
    assert line.isprintable()
    assert len(line) <= 300
    return line


def test_every_payload_has_an_expectation_and_every_expectation_one_payload() -> None:
    paths = sorted(CASES.glob("archived-*/*.expect.json"))
    assert sorted(body.with_name(f"{body.stem}.expect.json") for body in BODIES) == paths
    assert {body.parent.name for body in BODIES} == set(PARSERS)


@pytest.mark.parametrize("path", BODIES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_case(path: Path) -> None:
    expectation = expected(path)
    case = (path.parent.name, str(expectation["chart"]), str(expectation["url"]), path.read_bytes())
    if "refused" in expectation:
        assert str(expectation["refused"]) in refusal(*case)
        return
    snapshot = parsed(*case)
    published = snapshot.published_at and iso(snapshot.published_at)
    assert (iso(snapshot.observed_at), published) == (
        expectation["observed_at"],
        expectation["published_at"],
    )
    rows = [[entry.app_id, entry.name, entry.developer] for entry in snapshot.entries]
    assert rows == expectation["entries"]
    assert snapshot.remark == expectation.get("remark")


def test_archived_sources_have_names_and_parsers_and_are_none_that_is_collected() -> None:
    assert not set(PARSERS) & set(SOURCES)
    assert all(parser_of(name) for name in (*SOURCES, *PARSERS))
    assert parser_of("nobody") is None
    assert {family.source for family in FAMILIES.values()} == set(PARSERS)
    assert set(PARSERS) < set(WORDS)
    assert set(RENDERERS) == set(FAMILIES)


# Addresses


@pytest.mark.parametrize(
    ("family", "original", "chart", "limit"),
    [
        ("itunes-page", "http://www.apple.com/itunes/charts/free-apps/", "us/iphone/top-free/all",
         None),
        ("itunes-page", "https://apple.com:443/jp/itunes/charts/paid-apps",
         "jp/iphone/top-paid/all", None),
        ("itunes-page", "https://www.apple.com/la/itunes/charts/free-apps/", None, None),
        ("itunes-page", "https://www.apple.com/itunes/charts/songs/", None, None),
        ("itunes-page", "https://www.apple.com.example.org/itunes/charts/free-apps/", None, None),
        ("itunes-rss", "https://itunes.apple.com/us/rss/topgrossingipadapplications/limit=25/json",
         "us/ipad/top-grossing/all", 25),
        ("itunes-rss", "https://itunes.apple.com/de/rss/toppaidapplications/genre=6007/limit=50/xml",
         "de/iphone/top-paid/productivity", 50),
        ("itunes-rss", "http://ax.itunes.apple.com/WebObjects/MZStoreServices.woa/ws/RSS/"
         "topfreeapplications/sf=143462/limit=10/xml", "jp/iphone/top-free/all", 10),
        ("itunes-rss", "http://itunes.apple.com/WebObjects/MZStoreServices.woa/ws/RSS/"
         "topfreeapplications/limit=10/xml", None, None),
        ("itunes-rss", "https://itunes.apple.com/us/rss/topfreeapplications/limit=10/sf=143444/xml",
         None, None),
        ("itunes-rss", "https://itunes.apple.com/us/rss/topfreeapplications/genre=9/json", None,
         None),
        ("itunes-rss", "https://itunes.apple.com/us/rss/topfreeapplications/limit=1/limit=9/json",
         None, None),
        ("itunes-rss", "https://itunes.apple.com/us/rss/toppaidmacapps/limit=10/json",
         "us/mac/top-paid/all", 10),
        ("itunes-rss", "https://itunes.apple.com/us/rss/topgrossingmacapps/limit=10/json", None,
         None),
        ("rss-v1", "https://rss.itunes.apple.com/api/v1/hk/ios-apps/top-grossing/all/10/explicit.json",
         "hk/iphone/top-grossing/all", 10),
        ("rss-v1",
         "https://rss.itunes.apple.com/api/v1/hk/ios-apps/top-free/all/10/non-explicit.json", None,
         None),
        ("apple-rss", "https://rss.applemarketingtools.com/api/v2/us/apps/top-paid/25/apps.json",
         "us/iphone/top-paid/apps", 25),
        ("apple-rss", "https://rss.marketingtools.apple.com/api/v2/xx/apps/top-paid/25/apps.json",
         None, None),
        ("web-charts-until-2025", "https://apps.apple.com/us/charts/iphone/top-paid-games/6014",
         "us/iphone/top-paid/games", None),
        ("web-charts-until-2025",
         "https://apps.apple.com/us/charts/ipad/music-apps/6011?chart=top-free&x=1",
         "us/ipad/top-free/music", None),
        ("web-charts-until-2025", "https://apps.apple.com/us/charts/mac/x/36", None, None),
        ("web-charts", "https://apps.apple.com/us/iphone/charts", "us/iphone/top-free/apps", None),
        ("web-charts", "https://apps.apple.com/us/mac/charts/7019?chart=top-paid",
         "us/mac/top-paid/games-word", None),
        ("web-charts", "https://apps.apple.com/us/iphone/charts/36?chart=top-grossing", None, None),
        ("web-charts", "https://apps.apple.com/us/iphone/charts/1", None, None),
    ],
)  # fmt: skip
def test_what_an_address_has(
    family: str, original: str, chart: str | None, limit: int | None
) -> None:
    held = FAMILIES[family].held(original)
    assert (held and held.chart.slug, held and held.limit) == (chart, limit)


@pytest.mark.parametrize("name", FAMILIES)
def test_what_the_archive_is_asked_for_begins_the_addresses_of_the_chart(name: str) -> None:
    family = FAMILIES[name]
    for slug in ("us/iphone/top-free/apps", "gb/iphone/top-paid/all", "us/ipad/top-free/music"):
        chart = Chart.parse(slug)
        if family in families_of(chart) and name in RENDERERS:
            original, _ = RENDERERS[name](chart, (Entry(1, "1"),), NOW)
            held = family.held(original)
            assert held is not None
            assert held.chart == chart
            bare = original.partition("://")[2]
            assert any(bare.startswith(prefix) for prefix in family.prefixes(chart)), bare


@pytest.mark.parametrize(
    "url",
    [
        "", "https://web.archive.org/", "https://web.archive.org/web/2025id_/https://x.example/",
        "https://web.archive.org/web/20250127101500/https://x.example/",
        "https://web.archive.org/web/20251327101500id_/https://x.example/",
        "https://web.archive.org/web/20250127101500id_/ftp://x.example/",
        "https://web.archive.org/web/20250127101500id_/https://x.example/" + "x" * 3000,
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_copy(url: str) -> None:
    with pytest.raises(ParseError, match="not that of a copy"):
        Copy.parse(url)


def test_an_address_of_a_copy_is_read_and_written() -> None:
    url = "http://127.0.0.1:80/web/20250127101500id_/https://apps.apple.com/us/iphone/charts/36"
    assert Copy.parse(url).url == url


# Rubbish

SEEDS = [
    (path.parent.name, str(expected(path)["chart"]), str(expected(path)["url"]), path.read_bytes())
    for path in BODIES
    if "entries" in expected(path) and path.stat().st_size < 20_000
]


def read(case: tuple[str, str, str, bytes], body: bytes) -> Snapshot | None:
    """What the parser makes of BODY; anything it raises but a refusal fails the test."""
    source, chart, url, _ = case
    try:
        return parsed(source, chart, url, body)
    except ParseError as error:
        line = str(error)
    assert line.startswith(f"{source}: ")
    assert line.isprintable()
    return None


@given(case=st.sampled_from(SEEDS), body=st.binary(max_size=200) | st.text().map(str.encode))
@settings(max_examples=60, deadline=None)
def test_any_bytes(case: tuple[str, str, str, bytes], body: bytes) -> None:
    read(case, body)


@given(case=st.sampled_from(SEEDS), data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_copy_cut_or_spliced(case: tuple[str, str, str, bytes], data: st.DataObject) -> None:
    body = case[3]
    at = st.integers(0, len(body))
    start, end = sorted((data.draw(at), data.draw(at)))
    pieces = [b"", b"<li", b"<b ", b"</li>", b"</entry>", b"<entry>", b"&#0;", b"\xff", b"{", body]
    read(case, body[:start] + data.draw(st.sampled_from(pieces)) + body[end:])


CASES_OF_ANY_SIZE = [
    (path.parent.name, str(expected(path)["chart"]), str(expected(path)["url"]))
    for path in BODIES
    if "entries" in expected(path)
]


@given(
    name=st.sampled_from(sorted(FAMILIES)),
    ids=st.lists(st.integers(1, 10**10), min_size=10, max_size=40, unique=True),
)
@settings(max_examples=40, deadline=None)
def test_what_a_copy_shows_is_read_back_in_its_order(name: str, ids: list[int]) -> None:
    chart = next(
        chart for slug in ("us/iphone/top-free/apps", "us/iphone/top-free/all")
        if FAMILIES[name] in families_of(chart := Chart.parse(slug))
    )  # fmt: skip
    wanted = [*map(str, ids)]
    if name == "itunes-page":
        wanted += [str(2 * 10**10 + number) for number in range(100 - len(ids))]
    entries = tuple(Entry(rank, app_id, f"App {app_id}") for rank, app_id in enumerate(wanted, 1))
    copy = copy_of(name, chart, entries, NOW)
    url = Copy("http://127.0.0.1", copy.captured_at, copy.original).url
    snapshot = parsed(FAMILIES[name].source, chart.slug, url, copy.body)
    assert [entry.app_id for entry in snapshot.entries] == wanted
