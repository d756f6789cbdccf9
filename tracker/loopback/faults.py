"""Named faults, chosen by a script: each turns a correct answer into a faulty one.

Some are the store's, some the network's. docs/faults.md has apptrack's reaction to each.
"""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import repeat
from threading import Lock

from tracker.loopback.formats import render
from tracker.loopback.server import Answer, Request
from tracker.model import Chart, Entry
from tracker.sources import SOURCES

_FOREVER = 3600.0  # seconds; longer than any client waits
_BOMB = 65_000_000  # bytes that the bomb unpacks to: more than may be set as ``max_bytes``
_GZIPPED = {"Content-Encoding": "gzip"}
_PAGE = b"<!DOCTYPE html><html><head><title>We'll be back soon</title></head></html>\n"
_FEED = b'<?xml version="1.0"?>\n<rss version="2.0"><channel><title>Top</title></channel></rss>\n'


@dataclass(frozen=True, slots=True)
class Truth:
    """What a store without faults would answer for one chart now."""

    source: str
    chart: Chart
    entries: tuple[Entry, ...]
    published_at: datetime

    @property
    def body(self) -> bytes:
        return render(self.source, self.chart, self.entries, self.published_at)

    def answer(self) -> Answer:
        return Answer(body=self.body)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in words, and the function that makes a faulty answer of the truth.

    ``slow`` where it costs the client the whole of a time limit.
    """

    words: str
    spoil: Callable[[Truth], Answer]
    slow: bool = False


def _status(status: int, body: bytes, **headers: str) -> Callable[[Truth], Answer]:
    sent_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda truth: Answer(status, body, sent_headers, content_type="text/plain")


def _instead(body: bytes, content_type: str) -> Callable[[Truth], Answer]:
    return lambda truth: Answer(body=body, content_type=content_type)


def _depth(depth: int) -> Callable[[Truth], Answer]:
    return lambda truth: replace(truth, entries=truth.entries[:depth]).answer()


def _halves(body: bytes) -> tuple[bytes, bytes]:
    return body[: len(body) // 2], body[len(body) // 2 :]


def _hang_within(truth: Truth) -> Answer:
    return Answer(pieces=_halves(truth.body), promise=len(truth.body), pause=_FOREVER)


def _trickle(truth: Truth) -> Answer:
    body = truth.body
    pieces = (body[number : number + 1] for number in range(len(body)))
    return Answer(pieces=pieces, promise=len(body), pause=1.0)


def _reset_within(truth: Truth) -> Answer:
    head, _ = _halves(truth.body)
    # The pause lets the first half arrive; a reset makes what was not read yet unreadable.
    return Answer(pieces=(head,), promise=len(truth.body), linger=0.05, reset=True)


def _cut(truth: Truth) -> Answer:
    return Answer(body=_halves(truth.body)[0], promise=len(truth.body))


def _cut_before_it_was_sent(truth: Truth) -> Answer:
    return Answer(body=_halves(truth.body)[0])


def _cut_gzip(truth: Truth) -> Answer:
    return Answer(body=_halves(gzip.compress(truth.body))[0], headers=_GZIPPED)


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    blank = b" " * 1_000_000
    return b"".join(packer.compress(blank) for _ in range(_BOMB // len(blank))) + packer.flush()


def _endless(truth: Truth) -> Answer:
    return Answer(pieces=repeat(b" " * 50_000), chunked=True)


def _last_week(truth: Truth) -> Answer:
    """The feed of a week ago: its own date, and other ranks."""
    older = sorted(truth.entries, key=lambda entry: entry.app_id)
    entries = tuple(replace(entry, rank=rank) for rank, entry in enumerate(older, 1))
    published = truth.published_at - timedelta(days=7)
    return replace(truth, entries=entries, published_at=published).answer()


def _other_storefront(truth: Truth) -> Answer:
    other = "jp" if truth.chart.storefront != "jp" else "us"
    return replace(truth, chart=replace(truth.chart, storefront=other)).answer()


def _duplicates(truth: Truth) -> Answer:
    first, *rest = truth.entries
    return replace(truth, entries=(first, *rest[:-1], replace(first, rank=len(rest) + 1))).answer()


def _renamed(truth: Truth) -> Answer:
    """The rows under a name that no parser knows."""
    text = truth.body.decode()
    return Answer(
        body=text.replace('"results":', '"items":').replace('"entry":', '"rows":').encode()
    )


def _without_ids(truth: Truth) -> Answer:
    """Apps known by their names alone."""
    names = [entry.name for entry in truth.entries]
    feed = json.loads(truth.body)
    feed["feed"]["results"] = feed["feed"]["entry"] = [{"name": name} for name in names]
    return Answer(body=json.dumps(feed).encode())


def _to(location: str) -> Callable[[Truth], Answer]:
    return lambda truth: Answer(302, headers={"Location": location}, content_type=None)


def _circle(truth: Truth) -> Answer:
    return _to(SOURCES[truth.source].url(truth.chart, ""))(truth)


_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\n"


def _last_head(body: bytes, header: bytes = b"") -> bytes:
    """A head that says that the connection ends after BODY, as it does after raw bytes.

    Without that a client may send its next request on it, and lose it (RFC 9112, 9.6).
    """
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n"
    return head % (header, len(body))


def _after_hints(truth: Truth) -> Answer:
    body = truth.body
    return Answer(body=body, raw=_HINTS + _last_head(body) + body)


def _in_members(truth: Truth) -> Answer:
    """Two gzip members, with the coding named twice."""
    packed = b"".join(map(gzip.compress, _halves(truth.body)))
    head = _last_head(packed, b"Content-Encoding: gzip, identity\r\n")
    return Answer(body=truth.body, raw=head + packed)


def _raw(sent: bytes) -> Callable[[Truth], Answer]:
    return lambda truth: Answer(raw=sent)


FAULTS: Mapping[str, Fault] = {
    "hang": Fault(
        "nothing comes after the request", lambda truth: Answer(hang=_FOREVER), slow=True
    ),
    "hang-within": Fault("half of the body comes, then nothing", _hang_within, slow=True),
    "trickle": Fault("one byte of the body a second", _trickle, slow=True),
    "reset": Fault(
        "the connection is reset before an answer", lambda truth: Answer(mute=True, reset=True)
    ),
    "reset-within": Fault("the connection is reset within the body", _reset_within),
    "hang-up": Fault("the connection ends without an answer", lambda truth: Answer(mute=True)),
    "cut": Fault("the connection ends within the body", _cut),
    "403": Fault("status 403", _status(403, b"forbidden")),
    "404": Fault("status 404", _status(404, b"no such chart")),
    "429": Fault("status 429", _status(429, b"slow down")),
    "429-wait": Fault(
        "status 429 with Retry-After: 1", _status(429, b"slow down", Retry_After="1")
    ),
    "429-wait-long": Fault(
        "status 429 with Retry-After: 86400", _status(429, b"slow down", Retry_After="86400")
    ),
    "500": Fault("status 500", _status(500, b"oops")),
    "503": Fault("status 503", _status(503, b"busy")),
    "503-wait": Fault("status 503 with Retry-After: 1", _status(503, b"busy", Retry_After="1")),
    "gzip-cut": Fault("gzip that breaks off in the middle", _cut_gzip),
    "gzip-bomb": Fault(
        f"64 kB of gzip that unpack to {_BOMB // 1_000_000} MB",
        lambda truth: Answer(body=_bomb(), headers=_GZIPPED),
    ),
    "endless": Fault("a body without an end", _endless),
    "early-hints": Fault("103 Early Hints before the response", _after_hints),
    "gzip-members": Fault("two gzip members, with `Content-Encoding: gzip, identity`", _in_members),
    "interim-endless": Fault("interim responses without end", _raw(_HINTS * 1000)),
    "negative-chunk": Fault(
        "a chunk whose size is -5",
        _raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n"),
    ),
    "not-http": Fault("an answer in another protocol", _raw(b"SSH-2.0-OpenSSH_9.2\r\n")),
    "html": Fault("an HTML page with status 200", _instead(_PAGE, "text/html")),
    "xml": Fault("an XML feed with status 200", _instead(_FEED, "application/rss+xml")),
    "empty": Fault("an empty body with status 200", _instead(b"", "application/json")),
    "cut-json": Fault("half of the body, sent as if it were whole", _cut_before_it_was_sent),
    "last-week": Fault("the feed of a week ago with status 200", _last_week),
    "other-storefront": Fault("another storefront's chart", _other_storefront),
    "short-60": Fault("60 rows", _depth(60)),
    "short-25": Fault("25 rows", _depth(25)),
    "short-0": Fault("no rows", _depth(0)),
    "duplicates": Fault("an app twice", _duplicates),
    "renamed": Fault("a changed shape: the rows under another name", _renamed),
    "without-ids": Fault("a changed shape: rows without app ids", _without_ids),
    "elsewhere": Fault("a redirect to another host", _to("http://elsewhere.example/chart")),
    "circle": Fault("a redirect in a circle", _circle),
}

OK, FROZEN = "ok", "frozen"
#: The words of a script: the truth, a fault, or the answer that the chart got before.
WORDS = (OK, FROZEN, *FAULTS)


@dataclass(frozen=True, slots=True)
class Served:
    """One answer in the store's own record: the word of the script, and the truth."""

    path: str
    word: str
    truth: Truth


class Script:
    """Answers the n-th request by the n-th of WORDS, and later ones by the last.

    TRUTH gives the truth of a path, None where there is no such chart: that is a 404 and no turn
    of the script. RECORD is called with each answer before it is sent.
    """

    def __init__(
        self,
        words: Iterable[str],
        truth: Callable[[str], Truth | None],
        record: Callable[[Served], object] = lambda served: None,
    ) -> None:
        self._words = iter(words)
        self._truth = truth
        self._record = record
        self._word = OK
        self._before: dict[str, Truth] = {}
        self._lock = Lock()

    def __call__(self, request: Request) -> Answer:
        with self._lock:  # the record's order is that of the answers
            truth = self._truth(request.path)
            if truth is None:
                return Answer(404, b"no such chart")
            self._word = next(self._words, self._word)
            if self._word == FROZEN:
                truth = self._before.get(request.path, truth)
            self._before[request.path] = truth
            self._record(Served(request.path, self._word, truth))
        return FAULTS[self._word].spoil(truth) if self._word in FAULTS else truth.answer()


def chance(share: float, faults: Sequence[str], seed: int) -> Iterator[str]:
    """Endless words: a SHARE of them (0 to 1) are FAULTS, each as often as the others."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    while True:
        yield dice.choice(faults) if dice.random() < share else OK
