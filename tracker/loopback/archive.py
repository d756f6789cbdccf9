"""A web archive on 127.0.0.1: an index (CDX) and playback, with the oddities of the real one.

What is odd was recorded from web.archive.org by the authors of edgi-govdata-archiving/wayback
(BSD-3) and cocrawler/cdx_toolkit (Apache-2.0): rows that repeat, two digests at one time, months
"00", lengths "-", two styles of resume keys, copies that are listed and lead elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

from tracker.loopback.copies import BEFORE, RENDERERS
from tracker.loopback.server import Answer, Request
from tracker.model import Chart, Entry

COLUMNS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_PLAYBACK = re.compile(r"/web/([0-9]{14})id_/(.+)")
_ELSEWHERE = "<html><title>Internet Archive Wayback Machine</title>"
_NEVER = f"{_ELSEWHERE}<p>The Wayback Machine has not archived that URL.</p></html>".encode()
EXCLUDED = (
    f"{_ELSEWHERE}<p>This URL has been excluded from the Wayback Machine.</p></html>".encode()
)
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """A copy that the archive keeps. ``told`` replaces its digest in the index, where given."""

    captured_at: datetime
    original: str
    body: bytes
    status: int = 200
    mimetype: str = "application/json"
    stated_digest: str | None = None

    @property
    def timestamp(self) -> str:
        return f"{self.captured_at.astimezone(UTC):%Y%m%d%H%M%S}"

    @property
    def digest(self) -> str:
        sha1 = hashlib.sha1(self.body, usedforsecurity=False)
        return self.stated_digest or base64.b32encode(sha1.digest()).decode()

    @property
    def row(self) -> Row:
        parts = urlsplit(self.original)
        host = (parts.hostname or "").removeprefix("www.")
        query = f"?{parts.query}" if parts.query else ""
        urlkey = f"{','.join(reversed(host.split('.')))}){parts.path}{query}".lower()
        size = str(len(self.body)) if len(self.body) % 2 else "-"
        return (
            urlkey, self.timestamp, self.original, self.mimetype, str(self.status), self.digest,
            size,
        )  # fmt: skip

    def answer(self) -> Answer:
        """How the copy is played back: its own status and type, and when it was made."""
        headers = {
            "Memento-Datetime": format_datetime(self.captured_at, usegmt=True),
            "X-Archive-Orig-Date": format_datetime(self.captured_at, usegmt=True),
            "Link": f'<{self.original}>; rel="original"',
        }
        return Answer(self.status, self.body, headers, content_type=self.mimetype)


def copy_of(family: str, chart: Chart, entries: Sequence[Entry], at: datetime) -> StoredCopy:
    """A copy made at an instant of CHART in the form of FAMILY, generated seconds before."""
    original, body = RENDERERS[family](chart, entries, at - BEFORE)
    html = family in ("web-charts", "web-charts-until-2025", "itunes-page")
    return StoredCopy(at, original, body, mimetype="text/html" if html else "application/json")


@dataclass(slots=True)
class Asked:
    """A request as the archive saw it: which part was asked, when, how many were under way."""

    part: str
    path: str
    at: float
    together: int


@dataclass
class LoopbackArchive:
    """Answers for ``LoopbackStore``. ``plays`` are the faults: answers to the playback of a
    timestamp; ``index`` those to the n-th question; ``odd`` rows that cannot be true.

    ``page`` is how many rows the index gives at a time, ``old_keys`` which style of resume keys it
    uses, and ``shuffle`` an order of its rows.
    """

    kept: list[StoredCopy]
    plays: Mapping[str, Answer] = field(default_factory=dict)
    index: Mapping[int, Answer] = field(default_factory=dict)
    odd: Sequence[Row] = ()
    page: int = 5000
    old_keys: bool = False
    shuffle: Callable[[list[Row]], list[Row]] = lambda rows: rows
    repeats: bool = True
    asked: list[Asked] = field(default_factory=list)
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Answer:
        part = "index" if request.path.startswith("/cdx/search/cdx?") else "copy"
        with self._lock:
            self._now += 1
            self.asked.append(Asked(part, request.path, time.monotonic(), self._now))
            number = sum(request.part == "index" for request in self.asked)
        try:
            if part == "index":
                return self.index.get(number) or self._listed(request.path)
            return self._played(request.path)
        finally:
            with self._lock:
                self._now -= 1

    def count(self, part: str) -> int:
        """How many requests there were for the index or for copies."""
        return sum(request.part == part for request in self.asked)

    def _played(self, path: str) -> Answer:
        match = _PLAYBACK.fullmatch(path)
        if match is None:
            return Answer(404, _NEVER, content_type="text/html")
        timestamp, original = match[1], match[2]
        if timestamp in self.plays:
            return self.plays[timestamp]
        copies = [copy for copy in self.kept if copy.original == original]
        for copy in copies:
            if copy.timestamp == timestamp:
                return copy.answer()
        if not copies:
            return Answer(404, _NEVER, content_type="text/html")
        near = min(copies, key=lambda copy: abs(int(copy.timestamp) - int(timestamp)))
        return elsewhere(near)

    def _listed(self, path: str) -> Answer:
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        rows = self._matching(query)
        start = _place(query.get("resumeKey"), rows) if "resumeKey" in query else 0
        page = rows[start : start + min(self.page, int(query["limit"]))]
        lines: list[Sequence[str]] = [COLUMNS, *page] if page else []
        if start + len(page) < len(rows):
            lines += [[], [self._key(rows[start + len(page) - 1], start + len(page))]]
        return Answer(body=json.dumps(lines).encode(), content_type="application/json")

    def _matching(self, query: Mapping[str, str]) -> list[Row]:
        host, _, path = query["url"].partition("/")
        key = f"{','.join(reversed(host.removeprefix('www.').split('.')))})/{path}".lower()
        first, last = query.get("from", "0"), query.get("to", "9")
        rows = sorted(
            copy.row for copy in self.kept
            if copy.row[0].startswith(key)
            and first <= copy.timestamp <= last and copy.status == 200
        )  # fmt: skip
        if "collapse" in query:
            digits = int(query["collapse"].partition(":")[2])
            rows = [
                row for number, row in enumerate(rows)
                if not number or rows[number - 1][1][:digits] != row[1][:digits]
                or rows[number - 1][0] != row[0]
            ]  # fmt: skip
        if self.repeats:  # always side by side, two or three times
            rows = [row for row in rows for _ in range(1 + int(row[1]) % 3)]
        return self.shuffle([*rows, *self.odd])

    def _key(self, row: Row, place: int) -> str:
        """A key as the archive of 2022 wrote them, or as that of 2026 does; both say the place."""
        if self.old_keys:
            return f"{row[0].replace(',', '%2C').replace(')', '%29')}+{row[1]}%3A{place}"
        packed = zlib.compress(f"{row[0]} {row[1]} {place}".encode())
        return base64.urlsafe_b64encode(packed).decode()


def _place(key: str | None, rows: Sequence[Row]) -> int:
    text = key or ""
    if "%3A" in text:
        return int(unquote(text).rpartition(":")[2])
    return int(zlib.decompress(base64.urlsafe_b64decode(text)).decode().rpartition(" ")[2])


def elsewhere(near: StoredCopy) -> Answer:
    """A redirect to a copy of another time: the archive lists one and does not play it."""
    location = f"https://web.archive.org/web/{near.timestamp}id_/{near.original}"
    headers = {
        "Location": location,
        "X-Archive-Redirect-Reason": f"found capture at {near.timestamp}",
    }
    return Answer(302, b"", headers, content_type="text/plain")
