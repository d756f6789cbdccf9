"""Any bytes make a parser return a valid snapshot or raise ``ParseError``, and nothing else.

Random bytes seldom get far, so the payload cases that are accepted are also cut, spliced, and
changed node by node.
"""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.errors import ParseError
from tracker.loopback import play
from tracker.model import Chart, Payload, Snapshot
from tracker.sources import SOURCES

CASES = Path(__file__).parent / "payloads"
NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
Case = tuple[str, str, bytes]

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
    | st.sampled_from(["6448311069", "ChatGPT", "us", "\ud800", 10**30, "2", 1]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "label", "name", "x"]), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def accepted(source: str) -> list[Case]:
    """The cases of SOURCE that give a snapshot: source, chart, body."""
    cases = []
    for path in sorted((CASES / source).glob("*.expect.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if "entries" in document and "url" not in document:
            (body,) = set(path.parent.glob(f"{path.name.partition('.')[0]}.*")) - {path}
            cases.append((source, document["chart"], body.read_bytes()))
    return cases


EVERY = {source: accepted(source) for source in SOURCES}
ALL = [case for cases in EVERY.values() for case in cases]
FEEDS = [*EVERY["apple-rss"], *EVERY["itunes-rss"]]


def read(case: Case, body: bytes) -> Snapshot | None:
    """What the parser makes of BODY; None for a refusal. Anything else it raises fails the test."""
    source, slug, _ = case
    chart, this_source = Chart.parse(slug), SOURCES[source]
    try:
        snapshot = this_source.parse(
            Payload(chart, source, this_source.url(chart, this_source.base), NOW, body)
        )
    except ParseError as error:
        line = str(error)
    else:
        assert (snapshot.chart, snapshot.source, snapshot.observed_at) == (chart, source, NOW)
        return snapshot
    assert line.startswith(f"{source}: ")
    assert line.isprintable()
    assert len(line) <= 300
    return None


def test_the_seeds_are_accepted() -> None:
    assert min(len(cases) for cases in EVERY.values()) > 3
    assert all(read(case, case[2]) for case in ALL)


@given(case=st.sampled_from(ALL), body=st.binary(max_size=200) | st.text().map(str.encode))
@settings(max_examples=150, deadline=None)
def test_any_bytes(case: Case, body: bytes) -> None:
    read(case, body)


@given(case=st.sampled_from(ALL), data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_payload_cut_or_spliced(case: Case, data: st.DataObject) -> None:
    body = case[2]
    at = st.integers(0, len(body))
    start, end = sorted((data.draw(at), data.draw(at)))
    middle = data.draw(
        st.sampled_from([b"", b"<li", b"<b ", b"</li>", b'"', b"\\", b"\xff", b"{", b"\0", body])
        | st.binary(max_size=9)
    )
    read(case, body[:start] + middle + body[end:])


@given(case=st.sampled_from(FEEDS), data=st.data())
@settings(max_examples=250, deadline=None)
def test_a_feed_changed_at_one_node_keeps_its_ids_in_order_or_is_refused(
    case: Case, data: st.DataObject
) -> None:
    feed = change(json.loads(case[2].decode("utf-8-sig"), strict=False), data)
    snapshot = read(case, json.dumps(feed).encode())
    if snapshot is not None:
        assert [entry.app_id for entry in snapshot.entries] == ids_in(feed["feed"])


def ids_in(feed: Any) -> list[str]:
    """The ids of a feed, read without the parsers' care."""
    if "results" in feed:
        return [str(row["id"]) for row in feed["results"]]
    rows = feed["entry"] if isinstance(feed["entry"], list) else [feed["entry"]]
    return [str(row["id"]["attributes"]["im:id"]) for row in rows]


def change(tree: Any, data: st.DataObject) -> Any:
    """TREE with one of its nodes deleted, doubled or replaced."""
    tree = copy.deepcopy(tree)
    inner = [node for node in nodes(tree) if isinstance(node, dict | list) and node]
    parent = data.draw(st.sampled_from(inner))
    key = data.draw(
        st.sampled_from(list(parent) if isinstance(parent, dict) else range(len(parent)))
    )
    how = data.draw(st.sampled_from(["delete", "double", "replace"]))
    if how == "delete":
        del parent[key]
    elif how == "double" and isinstance(parent, list):
        parent.insert(key, parent[key])
    else:
        parent[key] = data.draw(ANY_JSON)
    return tree


def nodes(tree: Any) -> list[Any]:
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return [tree, *(node for value in inner for node in nodes(value))]


def page_with(name: str, data: object) -> bytes:
    """A chart page with its chart in embedded JSON only."""
    return f'<html><body><script id="{name}">{json.dumps(data)}</script></body></html>'.encode()


PAGE = ("web-charts", "us/iphone/top-free/productivity", b"")
IDS = [str(1_000_000_000 + place) for place in range(5)]
NEW_PAGE = {
    "genreId": "6007", "ageBandId": None,
    "canonicalURL": "https://apps.apple.com/us/iphone/charts/6007?chart=top-free",
    "segments": [
        {"chart": "top-free",
         "shelves": [{"items": [
             {"adamId": app_id, "title": f"Filler {rank:02d}", "ordinal": str(rank), "clickAction":
              {"pageUrl": f"https://apps.apple.com/us/app/id{app_id}"}}
             for rank, app_id in enumerate(IDS[:3], 1)]}],
         "nextPage": {"remainingContent": [{"id": app_id, "type": "apps"} for app_id in IDS[3:]]}},
        {"chart": "top-paid", "shelves": [{"items": [{"adamId": "9", "title": "Other"}]}]},
    ],
}  # fmt: skip
CATALOGUE = [
    {"id": app_id, "attributes": {"name": f"Filler {rank:02d}", "chartPositions":
     {"appStore": {"position": rank, "genre": 6007, "chart": "top-free"}}}}
    for rank, app_id in enumerate(IDS, 1)
]  # fmt: skip


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_new_page_changed_at_one_node_keeps_its_ids_in_order_or_is_refused(
    data: st.DataObject,
) -> None:
    tree = change({"data": [{"data": NEW_PAGE}]}, data)
    snapshot = read(PAGE, page_with("serialized-server-data", tree))
    if snapshot is not None:
        (segment,) = [
            segment for segment in tree["data"][0]["data"]["segments"] if chart_of(segment)
        ]
        lines = [str(row["adamId"]) for row in rows_in(segment, "items")]
        rest = [str(row["id"]) for row in rows_in(segment, "remainingContent")]
        assert [entry.app_id for entry in snapshot.entries] == lines + rest


def chart_of(segment: Any) -> bool:
    return isinstance(segment, dict) and segment.get("chart") == "top-free"


def rows_in(segment: Any, key: str) -> list[Any]:
    return [row for node in nodes(segment) if isinstance(node, dict) for row in node.get(key) or ()]


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_an_old_page_changed_at_one_node_keeps_its_ids_in_order_or_is_refused(
    data: st.DataObject,
) -> None:
    answer = change({"x": 1736874059044, "d": {"apps": [{"data": CATALOGUE}]}}, data)
    key = ".v1.catalog.us.charts.platform.iphone.genre.6007.chart.top-free"
    body = page_with("shoebox-media-api-cache-apps", {key: json.dumps(answer)})
    snapshot = read(PAGE, body)
    if snapshot is not None:
        rows = answer["d"]["apps"][0]["data"]
        assert [entry.app_id for entry in snapshot.entries] == [str(row["id"]) for row in rows]


@pytest.mark.parametrize("data", [[{"data": NEW_PAGE}], {"data": [{"data": NEW_PAGE}]}])
def test_the_unchanged_page_is_accepted(data: object) -> None:
    snapshot = read(PAGE, page_with("serialized-server-data", data))
    assert snapshot is not None
    assert [entry.app_id for entry in snapshot.entries] == IDS


@given(data=st.data())
@settings(max_examples=250, deadline=None)
def test_an_answer_changed_at_one_node_keeps_its_packages_in_order_or_is_refused(
    data: st.DataObject,
) -> None:
    body = (Path(__file__).parent / "payloads" / "google-play" / "plain.txt").read_bytes()
    line = next(line for line in body.decode().split("\n") if line.startswith('[["wrb.fr"'))
    tree = change(json.loads(json.loads(line)[0][2]), data)
    snapshot = read(("google-play", "us/android/top-free/apps", b""), play.frame(json.dumps(tree)))
    if snapshot is not None:
        rows = tree[0][1][0][28][0]
        assert [entry.app_id for entry in snapshot.entries] == [row[0][0][0] for row in rows]
