"""Copies of the legacy iTunes feed, as JSON or as XML (Atom), which has the same fields."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from tracker.errors import ParseError
from tracker.model import Payload, Snapshot
from tracker.sources import itunes_rss
from tracker.sources.parsing import text_of

_ATOM, _IM = "{http://www.w3.org/2005/Atom}", "{http://itunes.apple.com/rss}"
#: Elements, and the levels of their nesting: many times what a feed of 400 rows has.
_MOST_ELEMENTS, _DEEPEST = 50_000, 12
_NUMBER = re.compile(r"/id([0-9]{1,19})(?![0-9])", re.ASCII)


def read(payload: Payload) -> Snapshot:
    """The snapshot of the feed in PAYLOAD; refused where that is of another chart."""
    if payload.body.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        feed = _feed(text_of(payload.body))
        payload = replace(payload, body=json.dumps({"feed": feed}).encode())
    return itunes_rss.read(payload)


class _Bounded(ElementTree.TreeBuilder):
    """Builds a tree of bounded size."""

    def __init__(self) -> None:
        super().__init__()
        self._elements = self._depth = 0

    def start(self, tag: Any, attrs: Any, /) -> Any:
        self._elements, self._depth = self._elements + 1, self._depth + 1
        if self._elements > _MOST_ELEMENTS or self._depth > _DEEPEST:
            raise ParseError("the XML has far more elements, or more levels, than a feed")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Any:
        self._depth -= 1
        return super().end(tag)


# <feed xmlns:im="http://itunes.apple.com/rss" xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
#   <id>http://itunes.apple.com/us/rss/topfreeapplications/limit=100/xml</id>
#   <updated>2013-02-26T21:13:38-07:00</updated>
#   <link rel="self" href="http://itunes.apple.com/us/rss/topfreeapplications/limit=100/xml"/>
#   <entry>
#     <id im:id="1103240542" im:bundleId="…">https://itunes.apple.com/us/app/…/id1103240542?mt=8</id>
#     <im:name>…</im:name> <im:artist href="…">…</im:artist>
#     <category im:id="6007" term="Productivity"/>
#     <link rel="alternate" type="text/html" href="https://itunes.apple.com/us/app/…"/>
#   </entry> …
def _feed(text: str) -> dict[str, Any]:
    """The feed as its JSON twin has it."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ParseError("an XML document with declarations of its own came, not a feed")
    parser = ElementTree.XMLParser(target=_Bounded())  # noqa: S314 - no entities, bounded size
    try:
        parser.feed(text)
        root = parser.close()
    except (ElementTree.ParseError, ValueError) as error:
        raise ParseError(f"not XML: {error}") from None
    if root.tag != f"{_ATOM}feed":
        raise ParseError("XML came that is not a feed")
    entries = [_entry(row) for row in root.findall(f"{_ATOM}entry")]
    return {
        "id": {"label": root.findtext(f"{_ATOM}id")},
        "updated": {"label": root.findtext(f"{_ATOM}updated")},
        "link": [_link(link) for link in root.findall(f"{_ATOM}link")],
        **({"entry": entries} if entries else {}),
    }


def _entry(row: ElementTree.Element) -> dict[str, Any]:
    address = row.find(f"{_ATOM}id")
    category = row.find(f"{_ATOM}category")
    text = (address.text if address is not None else None) or ""
    number = address.get(f"{_IM}id") if address is not None else None
    if number is None:  # the first feeds have the number in the address only
        match = _NUMBER.search(text)
        number = match[1] if match else None
    genre = category.get(f"{_IM}id") if category is not None else None
    return {
        "id": {"label": text, "attributes": {"im:id": number}},
        "im:name": {"label": row.findtext(f"{_IM}name")},
        "im:artist": {"label": row.findtext(f"{_IM}artist")},
        "category": {"attributes": {"im:id": genre}},
        "link": [_link(link) for link in row.findall(f"{_ATOM}link")],
    }


def _link(link: ElementTree.Element) -> dict[str, Any]:
    return {"attributes": {"rel": link.get("rel"), "href": link.get("href")}}
