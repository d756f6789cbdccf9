"""Whatever bytes a store sends, they cost one attempt: twelve charts, one bad answer, one row."""

from __future__ import annotations

import gzip
import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.raw import CLOSE, head, raw_store, whole
from tests.support.shop import HASTY, body, pointed, ranked
from tracker.collect import Report, collect
from tracker.fetch import Fetcher
from tracker.model import Chart, Outcome
from tracker.settings import FetchSettings
from tracker.sources import SOURCES
from tracker.store import Store

STOREFRONTS = ("us", "jp", "de", "fr", "gb", "it", "es", "at", "ch", "kr", "br", "ca")
CHARTS = [Chart.parse(f"{code}/iphone/top-free/apps") for code in STOREFRONTS]
BAD = CHARTS[5]
FEED = body(BAD, ranked(1, 2, 3))
ZIPPED = gzip.compress(FEED)
NOW = datetime(2026, 8, 17, 4, 50, 46, tzinfo=UTC)
#: No case here waits for a limit of time.
BOUNDED = replace(HASTY, read_timeout=10, total_timeout=300, max_bytes=100_000, workers=4)


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", extension: bytes = b"") -> bytes:
    pieces = (b"%x%s\r\n%s\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
    return head("Transfer-Encoding: chunked") + b"".join(pieces) + end


def coded(coding: str, sent: bytes) -> bytes:
    return whole(sent, f"Content-Encoding: {coding}")


RAW_DEFLATE = zlib.compressobj(wbits=-15)
HINTS = head("Link: </x.css>; rel=preload", status="HTTP/1.1 103 Early Hints")

#: Answers with which the chart is stored.
READ = {
    "plain": whole(FEED),
    "early hints before it": HINTS + whole(FEED),
    "several interim responses before it": head(status="HTTP/1.1 100 Continue") * 3 + HINTS * 5
    + head(status="HTTP/1.1 102 Processing") + whole(FEED),
    "ten interim responses, the most there may be": HINTS * 10 + whole(FEED),
    "gzip": coded("gzip", ZIPPED),
    "gzip in several members": coded(
        "gzip", b"".join(gzip.compress(FEED[n : n + 500]) for n in range(0, len(FEED), 500))
    ),
    "gzip, identity": coded("gzip, identity", ZIPPED),
    "identity, gzip": coded("identity, gzip", ZIPPED),
    "x-gzip in capitals": coded("X-GZIP", ZIPPED),
    "an empty list of codings": coded(" , ", FEED),
    "chunks": chunked(FEED[:99], FEED[99:]),
    "chunks with extensions": chunked(FEED[:99], FEED[99:], extension=b';name="v;\xff\0";x'),
    "chunks with trailers": chunked(FEED, end=b"0\r\nX: y\r\nnonsense\r\n\r\n"),
    "no length": head() + FEED + CLOSE,
    "a status line without a reason": whole(FEED, status="HTTP/1.1 200"),
    "HTTP/1.0": whole(FEED, status="HTTP/1.0 200 OK"),
    "a header without a colon, which hides those after it": whole(FEED, "nonsense") + CLOSE,
    "ninety headers": whole(FEED, *(f"X-{n}: y" for n in range(90))),
}  # fmt: skip
NOT_HTTP = "the answer is not HTTP"
BROKE_OFF = "the body broke off before its end"
#: Answers that fail, and what the row in `fetches` says of them.
FAILED = {
    "a negative chunk size": (chunked(b"x", end=b"-5\r\nhello\r\n"), NOT_HTTP),
    "a chunk size of -1": (head("Transfer-Encoding: chunked") + b"-1\r\n" + FEED, NOT_HTTP),
    "a chunk size that is not a number": (chunked(end=b"zz\r\n\r\n" + CLOSE), BROKE_OFF),
    "a chunk size without an end": (chunked(end=b"1" * 70_000), NOT_HTTP),
    "a chunk extension without an end": (chunked(end=b"5;" + b"x" * 70_000), NOT_HTTP),
    "a chunk shorter than its size": (chunked(end=b"ff\r\nhello" + CLOSE), BROKE_OFF),
    "a chunk larger than allowed": (
        chunked(end=b"ffffffff\r\n" + b"x" * 200_000 + CLOSE),
        "the body is larger than the 100000 bytes allowed",
    ),
    "a length larger than the body": (
        head(f"Content-Length: {len(FEED) + 9}") + FEED + CLOSE, BROKE_OFF
    ),
    "two lengths that differ": (
        head("Content-Length: 5", "Content-Length: 6") + FEED + CLOSE, "the connection failed"
    ),
    "eleven interim responses": (
        HINTS * 11 + whole(FEED),
        "interim responses (1xx) without end, and no answer",
    ),
    "interim responses without end": (
        HINTS * 1000, "interim responses (1xx) without end, and no answer"
    ),
    "continue without end": (
        head(status="HTTP/1.1 100 Continue") * 1000,
        "interim responses (1xx) without end, and no answer",
    ),
    "a switch of protocols": (
        head("Upgrade: h2c", status="HTTP/1.1 101 Switching Protocols"),
        "HTTP 101 Switching Protocols",
    ),
    "no status": (whole(FEED, status="HTTP/1.1"), NOT_HTTP),
    "a status of words": (whole(FEED, status="HTTP/1.1 fine OK"), NOT_HTTP),
    "a status of 99": (whole(FEED, status="HTTP/1.1 99 OK"), NOT_HTTP),
    "a status of 2000": (whole(FEED, status="HTTP/1.1 2000 OK"), NOT_HTTP),
    "HTTP/9.9": (whole(FEED, status="HTTP/9.9 200 OK"), NOT_HTTP),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2p1\r\n", NOT_HTTP),
    "a TLS alert": (b"\x15\x03\x01\x00\x02\x02\x46" + CLOSE, NOT_HTTP),
    "an empty line first": (b"\r\n" + whole(FEED), NOT_HTTP),
    "five hundred headers": (whole(FEED, *(f"X-{n}: y" for n in range(500))), NOT_HTTP),
    "a header of 100,000 letters": (whole(FEED, "X: " + "y" * 100_000), NOT_HTTP),
    "brotli": (coded("br", FEED), "the body came in an encoding that was not asked for: br"),
    "gzip twice": (
        coded("gzip, gzip", gzip.compress(ZIPPED)),
        "the body came in an encoding that was not asked for: gzip, gzip",
    ),
    "an encoding with a long and odd name": (
        coded("\x1b[31m" + "é" * 90, FEED),
        "the body came in an encoding that was not asked for: ?[31m" + "é" * 35,
    ),
    "deflate": (
        coded("deflate", zlib.compress(FEED)),
        "the body came in an encoding that was not asked for: deflate",
    ),
    "deflate without its wrapping": (
        coded("deflate", RAW_DEFLATE.compress(FEED) + RAW_DEFLATE.flush()),
        "the body came in an encoding that was not asked for: deflate",
    ),
    "gzip that is none": (coded("gzip", FEED), "the body is not the gzip that it claims to be"),
    "gzip with a wrong checksum": (
        coded("gzip", ZIPPED[:-8] + bytes(8)), "the body is not the gzip that it claims to be"
    ),
    "gzip that breaks off": (
        coded("gzip", ZIPPED[:-9]), "the gzip body broke off before its end"
    ),
    "gzip followed by something else": (
        coded("gzip", ZIPPED + b"something"), "the gzip body is followed by something else"
    ),
    "gzip followed by half a member": (
        coded("gzip", ZIPPED + ZIPPED[:-9]), "the gzip body broke off before its end"
    ),
    "gzip in a thousand members": (
        coded("gzip", gzip.compress(b"") * 1000), "the gzip body has more than 256 members"
    ),
    "gzip members that are a bomb together": (
        coded("gzip", gzip.compress(bytes(60_000)) * 2),
        "the body is larger than the 100000 bytes allowed",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A row of `fetches`."""

    chart: str
    outcome: str
    error: str | None


def one_pass(
    answer: bytes,
    db: Path,
    fetch: FetchSettings = BOUNDED,
    now: datetime = NOW,
    charts: Sequence[Chart] = CHARTS,
) -> Report:
    """A pass over CHARTS, of which BAD is answered so."""
    paths = {SOURCES["apple-rss"].url(chart, ""): chart for chart in CHARTS}

    def sent(path: str) -> bytes:
        chart = paths[path]
        return answer if chart == BAD else whole(body(chart, ranked(1, 2, 3)))

    with raw_store(sent) as base:
        config = replace(pointed(base, db), fetch=fetch)
        with Store(db) as store, Fetcher(fetch, clock=lambda: now) as fetcher:
            return collect(charts, settings=config, store=store, fetcher=fetcher)


def rows(db: Path) -> list[Row]:
    sql = "SELECT slug, outcome, error FROM fetches JOIN charts ON charts.id = chart"
    with Store(db) as store:
        return [Row(*row) for row in store.db.execute(sql).fetchall()]


@pytest.mark.parametrize("name", READ)
def test_an_unusual_answer_is_read(name: str, tmp_path: Path) -> None:
    report = one_pass(READ[name], tmp_path / "x.db")
    assert report.whole, report
    with Store(tmp_path / "x.db") as store:
        number = max(store.snapshot_ids())
        receipts = [store.payload_of(row) for row in range(1, number + 1)]
    assert FEED in [receipt.body for receipt in receipts if receipt]


@pytest.mark.parametrize("name", FAILED)
def test_a_malformed_answer_costs_its_own_attempt_only(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answer, error = FAILED[name]
    report = one_pass(answer, tmp_path / "x.db")
    assert (report.asked, len(report.results), report.failed) == (12, 12, 1)
    noted = {row.chart: row for row in rows(tmp_path / "x.db")}
    assert len(rows(tmp_path / "x.db")) == 12
    bad = noted.pop(BAD.slug)
    assert bad.outcome == "failed"
    assert bad.error is not None
    assert bad.error.startswith(error)
    assert {row.outcome for row in noted.values()} == {"saved"}
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_length_smaller_than_the_body_is_refused_and_harms_no_other(tmp_path: Path) -> None:
    """The rest of the body stands in a connection that would serve the next chart."""
    answer = head(f"Content-Length: {len(FEED) - 9}") + FEED
    report = one_pass(answer, tmp_path / "x.db", replace(BOUNDED, workers=1))
    assert [result.outcome for result in report.results if result.chart == BAD] == [Outcome.REFUSED]
    assert report.failed == 1, report
