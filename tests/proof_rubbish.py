"""Megabytes of rubbish are refused within seconds, and whatever bytes come cost one attempt."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.raw import CLOSE, head
from tests.test_archived_sources import CASES_OF_ANY_SIZE
from tests.test_archived_sources import refusal as archived_refusal
from tests.test_raw_answers import BAD, BOUNDED, CHARTS, FEED, NOW, READ, ZIPPED, one_pass
from tests.test_sources import ROW, refusal

SCRIPT = '<script id="serialized-server-data">'
#: Repeated to 10 MB. Python's HTML parser takes hours for some of them.
RUBBISH = {
    "open tags": "<a ", "comments": "<!--", "references": "&#", "nested tags": "<b>",
    "scripts": '<script id="serialized-server-data" ', "embedded": f"{SCRIPT}[", "rows": ROW,
    "nested JSON": "[", "digits": "1", "quotes": '"\\', "objects": '{"feed":', "text": "\u00e9",
}  # fmt: skip


def ten_megabytes(piece: str) -> bytes:
    return piece.encode() * (10_000_000 // len(piece.encode()))


BIG = {
    **{name: (piece, "") for name, piece in RUBBISH.items()},
    "row of open tags": ("<b ", f"{ROW}%s</li></ul>"),
    "row of attributes": ("x ", f"{ROW}<b %s></b></li></ul>"),
    "script of lists": ('[{"id":"1","title":"a","ordinal":"1"}],', f"{SCRIPT}[%s0]</script>"),
}


@pytest.mark.parametrize("name", [*BIG, "random bytes"])
def test_ten_megabytes_of_rubbish_are_refused_within_seconds(name: str) -> None:
    piece, around = BIG.get(name, ("", ""))
    body = ten_megabytes(piece) if piece else os.urandom(10_000_000)
    if around:
        before, _, behind = around.partition("%s")
        body = before.encode() + body + behind.encode()
    for source, chart in (
        ("apple-rss", "us/iphone/top-free/apps"), ("web-charts", "us/iphone/top-free/apps"),
    ):  # fmt: skip
        started = time.process_time()  # not by the clock: the machine may be busy
        refusal(source, chart, body)
        assert time.process_time() - started < 10, "a parser takes more than linear time"


PAGE_ROW = (
    '<section class="section apps chart-grid"><ul>'
    '<li><strong>1.</strong><a href="/us/app/id1"><img alt="a"></a>'
)


@pytest.mark.parametrize(
    ("source", "piece"),
    [
        ("archived-itunes-page", PAGE_ROW), ("archived-itunes-page", "<section class='a'"),
        ("archived-itunes-page", "<section class='apps grid'><li>"),
        ("archived-itunes-rss", "<feed>"), ("archived-itunes-rss", "<a/>"),
        ("archived-itunes-rss", "<!--"), ("archived-rss-v1", '{"feed":'), ("archived-rss-v1", "["),
    ],
)  # fmt: skip
def test_megabytes_of_rubbish_are_refused_within_seconds(source: str, piece: str) -> None:
    chart, url = next(case[1:3] for case in CASES_OF_ANY_SIZE if case[0] == source)
    body = piece.encode() * (4_000_000 // len(piece))
    started = time.process_time()
    archived_refusal(source, chart, url, body)
    archived_refusal(source, chart, url, os.urandom(100_000))
    assert time.process_time() - started < 5, "a parser takes more than linear time"


# Answers of any bytes

HEADERS = st.sampled_from(
    ["Content-Length: 5", "Content-Length: -1", "Content-Length: x", "Transfer-Encoding: chunked",
     "Transfer-Encoding: gzip, chunked", "Content-Encoding: gzip", "Content-Encoding: gzip, br",
     "Content-Encoding: ,", "Location: /", "Location: http://[", "Retry-After: 1", "ETag: \x01",
     "Connection: close", "Set-Cookie: a=b", ":", " folded", "Content-Type: \xff"]
)  # fmt: skip
STATUSES = st.sampled_from(
    ["HTTP/1.1 200 OK", "HTTP/1.0 200", "HTTP/1.1 103 x", "HTTP/1.1 204 x", "HTTP/1.1 206 x",
     "HTTP/1.1 302 x", "HTTP/1.1 304 x", "HTTP/1.1 503 x", "HTTP/0.9 999 x", "HTTP/1.1 0200 x"]
)  # fmt: skip
BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([FEED, ZIPPED, b"-5\r\nhello\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"5;\r\n"]),
)


@st.composite
def built(draw: st.DrawFn) -> bytes:
    lines = draw(st.lists(HEADERS, max_size=4))
    return head(*lines, status=draw(STATUSES)) + draw(BODIES)


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A whole answer with some bytes cut out and others put in their place."""
    answer = draw(st.sampled_from([*READ.values()]))
    start = draw(st.integers(0, min(len(answer), 400)))
    end = draw(st.integers(start, min(len(answer), start + 20)))
    return answer[:start] + draw(st.binary(max_size=20)) + answer[end:]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzzed") / "x.db"


ATTEMPTS = iter(range(1, 1_000_000))


@settings(max_examples=120, deadline=None)
@given(st.one_of(st.binary(max_size=200), built(), spoilt()))
def test_no_bytes_end_a_pass(fuzzed: Path, answer: bytes) -> None:
    now = NOW + timedelta(seconds=next(ATTEMPTS))
    # A second attempt, as by default: a server that closes at once may reset a good answer too.
    twice = replace(BOUNDED, retries=1)
    report = one_pass(answer + CLOSE, fuzzed, twice, now, CHARTS[4:7])
    assert len(report.results) == 3
    assert all(result.chart == BAD for result in report.results if result.failed)
    for result in report.results:
        assert (result.error or "x").isprintable()
        assert len(result.error or "") <= 300
