"""What the sources share: from bytes to JSON, from JSON to what an entry can hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tracker.errors import EmptyChart, InvalidValue, ParseError
from tracker.ids import is_app_store_id
from tracker.model import Chart, Entry, Payload, Snapshot, utc

#: How many entries are asked for; none of the endpoints is known to answer with more.
DEPTH = 100
#: Characters stored of a name (the store allows 30 today and allowed 255) and of a refusal.
_LONGEST_NAME = 255
_LONGEST_REFUSAL = 250
_LONGEST_LINK = 2000
#: The store opened on that day; a feed stamped earlier has an unset clock.
_STORE_OPENED = datetime(2008, 7, 10, tzinfo=UTC)

#: https://apps.apple.com/us/app/chatgpt/id6448311069, and itunes.apple.com before
_STORE_LINK = re.compile(r"//[^/?#\s]+/([a-z]{2})/app(?:-bundle)?/", re.ASCII | re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
#: Bodies other than JSON that come with status 200, the most specific first.
_MARKUP = (
    ("<plist", "an XML property list, the store's way to say no,"),
    ("<html", "an HTML page"),
    ("<rss", "an XML feed"),
    ("<feed", "an XML feed"),
    ("<", "XML or HTML"),
)


def refusing(
    name: str, carries: Callable[[Chart], bool], read: Callable[[Payload], Snapshot]
) -> Callable[[Payload], Snapshot]:
    """READ, made to refuse with one bounded line that names the source, and with nothing else."""

    def parse(payload: Payload) -> Snapshot:
        try:
            if not carries(payload.chart):
                raise ParseError(f"has no chart {payload.chart}")
            return read(payload)
        except EmptyChart as empty:
            raise EmptyChart(f"{name}: {empty}") from None
        except (ParseError, InvalidValue) as error:
            raise ParseError(f"{name}: {printable(str(error))}") from None

    return parse


def printable(line: str) -> str:
    """The head of LINE, safe for a terminal: it may repeat what a payload says."""
    head = line[:_LONGEST_REFUSAL]
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in head)


def text_of(body: bytes) -> str:
    """The text of a body in UTF-8, with or without a byte order mark; refused where empty."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(f"the body is not UTF-8 text (byte {error.start})") from None
    if not text.strip():
        raise ParseError("the body is empty")
    return text


def json_of(text: str) -> object:
    """The value of a JSON text; literal control characters inside strings are let through."""
    if text.lstrip()[:1] == "<":
        raise ParseError(f"{_kind_of(text)} came, not JSON")
    try:
        return json.loads(
            text, strict=False, object_pairs_hook=_each_key_once, parse_constant=_no_number
        )
    except RecursionError:
        raise ParseError("not JSON: nested too deeply") from None
    except ValueError as error:  # JSONDecodeError, a number of thousands of digits, and our own
        raise ParseError(f"not JSON: {error}") from None


def _kind_of(text: str) -> str:
    head = text[:1000].lower()
    return next(kind for sign, kind in _MARKUP if sign in head)


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse what Python's own reader decides silently: which of two values a key has."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object has a key twice")
    return value


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is not a number")


def at(value: object, *path: str) -> object:
    """The value at PATH in nested JSON objects; None where a step is missing."""
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def clean(text: object) -> str | None:
    """TEXT as one storable line, with emoji and right-to-left marks; None for no text at all."""
    if not isinstance(text, str):
        return None
    if not text.isprintable():  # nothing printable is a control character or a surrogate
        text = _CONTROL.sub(" ", _SURROGATE.sub("\ufffd", text))
    return text.strip()[:_LONGEST_NAME].rstrip() or None


def app_id(value: object, where: str, place: int) -> str:
    """The store's number of an app, written as text or as a number; PLACE in WHERE for who asks."""
    if isinstance(value, str) and is_app_store_id(value):
        return value
    if type(value) is int and 0 < value < 10**19:
        return str(value)
    raise ParseError(f"{where} {place} has no app id")


def entry(rank: int, number: object, name: object, developer: object) -> Entry:
    """The entry at RANK; refused where id or name is missing, a missing developer is None."""
    number = app_id(number, "rank", rank)
    name = clean(name)
    if name is None:
        raise ParseError(f"rank {rank} (app {number}) has no name")
    return Entry(rank, number, name, clean(developer))


def same(what: str, said: str, asked: str) -> None:
    """Refuse a payload that says it is of another storefront, ranking or genre."""
    if said.lower() != asked:
        raise ParseError(f"the {what} of the response is '{said}', not '{asked}'")


def check_link(rank: int, link: object, storefront: str) -> None:
    """Refuse the row at RANK where LINK leads into another storefront than the one asked.

    A link that is missing or names no storefront proves nothing, and is passed over.
    """
    match = _STORE_LINK.search(link[:_LONGEST_LINK]) if isinstance(link, str) else None
    if match and match[1].lower() != storefront:
        raise ParseError(
            f"the storefront of the response is '{match[1]}' (rank {rank} links to it), "
            f"not '{storefront}'"
        )


def check_size(rows: list[Any], most: int) -> None:
    """Refuse a feed of more than MOST rows: it is not the chart that was asked for."""
    if len(rows) > most:
        raise ParseError(f"{len(rows):,} rows came; this source has no chart of more than {most}")


def instant(read: Callable[[Any], datetime], said: object) -> datetime | None:
    """The payload's own time, by READ; None where it is absent, unreadable or unset."""
    try:
        time = utc(read(said))
    except (TypeError, ValueError, LookupError, OverflowError, OSError):
        return None
    return time if time >= _STORE_OPENED else None
