"""Pages of an archive's index, in the shapes that were recorded of it, and rubbish. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.backfill.index import Page, Per, Row, page_after, question, read_page
from tracker.errors import FetchError

COLUMNS = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
URL = "http://www.nasa.gov:80/"
FIRST = ["gov,nasa)/", "19961231235847", URL, "text/html", "200",
         "MGIGF4GRGGF5GKV6VNCBAXOE3OR5BTZC", "1811"]  # fmt: skip
#: The same second, other bytes, and no length: as recorded in May 2026.
OTHER = [*FIRST[:5], "3Z7VNAXJYK5VDVAXONAHEXQWLLYQBHVW", "-"]
OLD_KEY, NEW_KEY = "com%2Ccnn%29%2F+2001041400593%3A", "eJxLzy_TyUssTtTUVzAysDQwMTAwNLc0BQBJ2wXc"


def page(*lines: object) -> Page:
    return read_page(json.dumps([COLUMNS, *lines]))


def row(line: list[str]) -> Row:
    at = datetime.strptime(line[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return Row(at, line[2], line[5])


def test_rows_that_repeat_count_once_and_two_digests_of_one_second_are_two_copies() -> None:
    index = page(FIRST, FIRST, FIRST, OTHER, OTHER)
    assert index.rows == (row(OTHER), row(FIRST)), "in order of time, address and digest"
    assert (index.skipped, index.resume_key) == (0, None)


@pytest.mark.parametrize("key", [OLD_KEY, NEW_KEY])
def test_a_key_is_opaque_and_sent_as_it_came(key: str) -> None:
    index = page(FIRST, [], [key])
    assert (len(index.rows), index.resume_key) == (1, key)
    address = page_after("https://archive.example/cdx/search/cdx?url=x", key)
    assert parse_qs(urlsplit(address).query)["resumeKey"] == [key]


@pytest.mark.parametrize(
    ("place", "cell"),
    [
        (1, "20000025210430"), (1, "20000800241623"), (1, "2000"), (1, ""), (1, "२०००१२१२१२१२१२"),
        (2, "mailto:ucmr@epa.gov"), (2, "http://"), (2, "http://x.example:99999/"), (2, "http://[x"),
        (2, "http://x.example/a b"), (2, "http://x.example/" + "a" * 3000), (2, "\u202ehttp://x"),
        (5, "sha1:ABC"), (5, "-"), (5, "mgigf4grggf5gkv6vncbaxoe3or5btzc"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_true_is_skipped_and_counted(place: int, cell: str) -> None:
    odd = [*FIRST[:place], cell, *FIRST[place + 1 :]]
    assert page(odd, FIRST) == Page((row(FIRST),), 1, None)


@pytest.mark.parametrize("line", [FIRST[:6], [*FIRST, "x"], [None] * 7, [["x"]] * 7])
def test_a_row_of_another_width_is_skipped_and_counted(line: list[object]) -> None:
    assert page(FIRST, line, FIRST).skipped == 1


def test_no_rows_are_no_copies() -> None:
    assert read_page("[]") == Page((), 0, None)
    assert page() == Page((), 0, None)


@pytest.mark.parametrize(
    "text",
    ["", "\n", "{}", "null", "[1]", '[["urlkey"]]', "gov,nasa)/ 1996 http://x", "[[", "NaN",
     json.dumps([COLUMNS, FIRST, [], [""]]), json.dumps([COLUMNS, FIRST, [], ["a", "b"]]),
     json.dumps([COLUMNS, FIRST, [], [1]]), json.dumps([COLUMNS, [], ["k" * 5000]])],
)  # fmt: skip
def test_what_is_no_index_is_refused(text: str) -> None:
    with pytest.raises(FetchError) as refused:
        read_page(text)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200


CELLS = (
    st.text(max_size=20) | st.sampled_from([*COLUMNS, *FIRST, OLD_KEY]) | st.none() | st.integers()
)


@given(
    text=st.text(max_size=200)
    | st.recursive(CELLS, lambda inner: st.lists(inner, max_size=8), max_leaves=30).map(json.dumps)
    | st.lists(st.lists(CELLS, max_size=8), max_size=6).map(
        lambda lines: json.dumps([COLUMNS, *lines])
    )
)
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_page_or_refused(text: str) -> None:
    try:
        index = read_page(text)
    except FetchError as error:
        line = str(error)
    else:
        assert list(index.rows) == sorted(set(index.rows))
        return
    assert line.isprintable()


def test_a_question_always_has_both_ends_and_asks_for_status_200() -> None:
    first, last = datetime(2025, 1, 10, tzinfo=UTC), datetime(2025, 2, 15, 23, 59, 59, tzinfo=UTC)
    asked = {
        per: parse_qs(
            urlsplit(question("https://a.example", "x.example/a?b", first, last, per)).query
        )
        for per in Per
    }
    for query in asked.values():
        assert (query["from"], query["to"]) == (["20250110000000"], ["20250215235959"])
        assert (query["url"], query["matchType"]) == (["x.example/a?b"], ["prefix"])
        assert (query["filter"], query["output"]) == (["statuscode:200"], ["json"])
        assert query["showResumeKey"] == ["true"]
        assert "resolveRevisits" not in query
    assert [query.get("collapse") for query in asked.values()] == [
        ["timestamp:10"], ["timestamp:8"], None
    ]  # fmt: skip
