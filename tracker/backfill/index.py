"""An archive's index (CDX): the address of a question, and what a page of its answer lists. Pure.

What the index says of a copy is a hint, never a fact: rows that cannot be true are counted and left
out, and whether there is a copy only its own response shows.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote, urlsplit

from tracker.errors import FetchError
from tracker.sources.archived import read_timestamp

#: Rows of a page; the archive counts repeated ones too.
PAGE = 5000
_COLUMNS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_DIGEST = re.compile(r"[A-Z2-7]{32}")
_LONGEST_ADDRESS, _LONGEST_KEY = 2000, 4000


class Per(StrEnum):
    """How many copies of one chart and family are planned: one per hour, one per day, or all."""

    HOUR = "hour"
    DAY = "day"
    ALL = "all"


#: The first digits of a timestamp that copies of one hour or day share.
_COLLAPSE = {Per.HOUR: "10", Per.DAY: "8"}


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """A copy as the index lists it."""

    captured_at: datetime
    original: str
    digest: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an answer: its rows in order of time, each once; how many cannot be true; and by
    which key the next page is asked for, None for the last one.
    """

    rows: tuple[Row, ...]
    skipped: int
    resume_key: str | None


def question(archive: str, prefix: str, since: datetime, until: datetime, per: Per) -> str:
    """The address that asks which copies there are of addresses that begin with PREFIX."""
    parameters = [
        ("url", prefix), ("matchType", "prefix"), ("from", f"{since:%Y%m%d%H%M%S}"),
        ("to", f"{until:%Y%m%d%H%M%S}"), ("filter", "statuscode:200"), ("output", "json"),
        ("fl", ",".join(_COLUMNS)), ("limit", str(PAGE)), ("showResumeKey", "true"),
    ]  # fmt: skip
    if per in _COLLAPSE:
        parameters.append(("collapse", f"timestamp:{_COLLAPSE[per]}"))
    pairs = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters)
    return f"{archive}/cdx/search/cdx?{pairs}"


def page_after(question: str, resume_key: str | None) -> str:
    """The address of the page of QUESTION that RESUME_KEY leads to; of the first one without."""
    return f"{question}&resumeKey={quote(resume_key, safe='')}" if resume_key else question


# [["urlkey","timestamp","original","mimetype","statuscode","digest","length"],
#  ["com,apple,apps)/us/charts/iphone/top-free-apps/36","20250127101500",
#   "https://apps.apple.com/us/charts/iphone/top-free-apps/36","text/html","200","ABC…","5120"],
#  …, [], ["eJxLzy_TyUss…"]]                                (the key only where more pages follow)
def read_page(text: str) -> Page:
    """The page that TEXT is. ``[]`` is an answer without copies; anything else is refused."""
    if not text.strip():
        raise FetchError("the index answered with nothing, which is not the same as no copies")
    try:
        lines = json.loads(text)
    except (ValueError, RecursionError):
        raise FetchError(f"the index answered with text, not with rows: {_head(text)}") from None
    if not isinstance(lines, list) or not all(isinstance(line, list) for line in lines):
        raise FetchError("the index answered with JSON that has no rows")
    if not lines:
        return Page((), 0, None)
    header, *rows = lines
    if tuple(header) != _COLUMNS:
        raise FetchError("the index answered without the row that names its columns")
    resume_key = None
    if len(rows) >= 2 and not rows[-2]:
        resume_key = _key(rows[-1])
        rows = rows[:-2]
    parsed = [_row(row) for row in rows]
    return Page(
        tuple(sorted({row for row in parsed if row})),
        sum(row is None for row in parsed),
        resume_key,
    )


def _head(text: str) -> str:
    head = " ".join(text[:300].split())[:80]
    return "".join(letter if letter.isprintable() else "?" for letter in head)


def _key(line: list[object]) -> str:
    (key,) = line if len(line) == 1 else (None,)
    if not isinstance(key, str) or not 0 < len(key) <= _LONGEST_KEY:
        raise FetchError("the index answered with a resume key that is none")
    return key


def _row(line: list[object]) -> Row | None:
    """What a line lists; None for one that cannot be true. Its length may be ``-``."""
    if len(line) != len(_COLUMNS) or not all(isinstance(cell, str) for cell in line):
        return None
    _, timestamp, original, _, _, digest, _ = map(str, line)
    captured_at = read_timestamp(timestamp)
    if captured_at is None or not _DIGEST.fullmatch(digest) or not _is_address(original):
        return None
    return Row(captured_at, original, digest)


def _is_address(text: str) -> bool:
    if len(text) > _LONGEST_ADDRESS or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
