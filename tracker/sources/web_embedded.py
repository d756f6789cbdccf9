"""The chart page's embedded JSON since 2025-11-03."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tracker.errors import ParseError
from tracker.model import Chart, Entry
from tracker.sources.parsing import app_id, at, clean, same
from tracker.sources.web_page import (
    APP_LINK,
    PLATFORM,
    Reading,
    check_address,
    explicit_rank,
    page_genre,
    script_json,
)

SCRIPT = "serialized-server-data"
#: A page lists 200 ranks; far more than that cannot be a chart.
_MOST_ROWS = 1000
_LONGEST_LINK = 2000
_KINDS = ("apps", "app-bundles")
_CATALOGUE = re.compile(r"/catalog/([a-z]{2})/", re.ASCII)


# {"data": [{"data": {                                             (earlier the list alone)
#   "genreId": "6007", "ageBandId": null,
#   "canonicalURL": "https://apps.apple.com/us/iphone/charts/6007?chart=top-free",
#   "segments": [
#     {"chart": "top-free",
#      "shelves": [{"items": [
#        {"adamId": "6448311069", "title": "ChatGPT", "developerName": "OpenAI OpCo, LLC",
#         "ordinal": 1,                                           (may be missing)
#         "clickAction": {"pageUrl": "https://apps.apple.com/us/app/chatgpt/id6448311069"}, …},
#        …]}],                                                    (the 25 that are drawn)
#      "nextPage": {"remainingContent": [
#        {"id": "1223471316", "type": "apps", "href": "/v1/catalog/us/apps/1223471316"}, …]}},
#     {"chart": "top-paid", …}]}}]}                               (both rankings on every page)
# A hub has no genre in its address, and instead of segments
#   "charts": [{"genreId": "36", "segments": […]}, …]
def read_embedded(content: str, chart: Chart) -> Reading:
    """The chart in the content of the page's script. Another chart or a hole is refused."""
    page = _page(script_json(content, SCRIPT))
    canonical = at(page, "canonicalURL")
    if not isinstance(canonical, str):
        raise ParseError("the page does not say which chart it is: canonicalURL is missing")
    named = check_address(canonical, chart, "the page's canonicalURL")
    _no_kids(page)
    part = _part_of(page, chart, named)
    _no_kids(part)
    entries = tuple(_entries(_segment(part, chart), chart))
    if not entries:
        raise ParseError(f"the page's segment '{chart.ranking}' has no rows")
    return Reading(entries)


def _page(tree: object) -> dict[str, Any]:
    """The one part of the script's data that is a page of charts."""
    parts = at(tree, "data") if isinstance(tree, dict) else tree
    rows = [at(part, "data") for part in parts] if isinstance(parts, list) else []
    pages = [row for row in rows if isinstance(row, dict) and {"segments", "charts"} & set(row)]
    if len(pages) != 1:
        raise ParseError(f"script '{SCRIPT}' has {len(pages)} pages of charts, not one")
    return pages[0]


def _no_kids(part: dict[str, Any]) -> None:
    if part.get("ageBandId") is not None:
        raise ParseError(f"this is the kids chart of age band {part['ageBandId']}")


def _part_of(page: dict[str, Any], chart: Chart, named: bool) -> dict[str, Any]:
    """PAGE itself, or on a hub the chart of the genre. NAMED: its address has the genre."""
    if isinstance(page.get("segments"), list):
        genre = page.get("genreId")
        if genre is None and not named:
            raise ParseError("the page names no genre")
        if genre is not None:
            same("genre", str(genre), page_genre(chart))
        return page
    charts = page.get("charts")
    rows = charts if isinstance(charts, list) else []
    wanted = [row for row in rows if str(at(row, "genreId")) == page_genre(chart)]
    if len(wanted) != 1:
        genres = ", ".join(str(at(row, "genreId")) for row in rows[:30]) or "none"
        raise ParseError(f"the hub has no single chart of genre {page_genre(chart)} (has {genres})")
    return dict(wanted[0])


def _segment(part: dict[str, Any], chart: Chart) -> dict[str, Any]:
    """The segment of the ranking; every page has those of both."""
    segments = part.get("segments")
    rows = segments if isinstance(segments, list) else []
    wanted = [row for row in rows if at(row, "chart") == chart.ranking]
    if len(wanted) != 1:
        rankings = ", ".join(str(at(row, "chart")) for row in rows[:10]) or "none"
        raise ParseError(f"the page has no single segment '{chart.ranking}' (has {rankings})")
    return dict(wanted[0])


def _entries(segment: dict[str, Any], chart: Chart) -> Iterator[Entry]:
    """The rows that are drawn, then the ids of the rest. The position is the rank."""
    items = [item for shelf in _list(segment, "shelves") for item in _list(shelf, "items")]
    rest = _list(segment.get("nextPage") or {}, "remainingContent")
    if len(items) + len(rest) > _MOST_ROWS:
        raise ParseError(f"the page lists {len(items) + len(rest)} ranks, far more than a chart's")
    for rank, row in enumerate(items, 1):
        yield _entry_of(rank, row, chart)
    for rank, row in enumerate(rest, len(items) + 1):
        yield _listed(rank, row, chart)


def _list(value: object, key: str) -> list[Any]:
    """The list at KEY; an empty one where the key is absent or null."""
    rows = at(value, key)
    if rows is None and isinstance(value, dict):
        return []
    if not isinstance(rows, list):
        raise ParseError(f"the page's '{key}' is not a list")
    return rows


def _entry_of(rank: int, row: object, chart: Chart) -> Entry:
    number = app_id(at(row, "adamId"), "rank", rank)
    ordinal = at(row, "ordinal")
    if ordinal is not None and explicit_rank(ordinal, rank) != rank:
        raise ParseError(f"the embedded JSON has rank {ordinal} where {rank} belongs")
    link = at(row, "clickAction", "pageUrl")
    if isinstance(link, str):
        _check_link(link[:_LONGEST_LINK], rank, number, chart)
    return Entry(rank, number, clean(at(row, "title")), clean(at(row, "developerName")))


def _check_link(link: str, rank: int, number: str, chart: Chart) -> None:
    """Refuse a row whose link leads to another app, storefront or device."""
    match, platform = APP_LINK.search(link), PLATFORM.search(link)
    if match and match[2] != number:
        raise ParseError(f"rank {rank} is app {number}, and its link leads to {match[2]}")
    if match and match[1]:
        same("storefront", match[1], chart.storefront)
    if platform:
        same("device", platform[1], chart.device)


def _listed(rank: int, row: object, chart: Chart) -> Entry:
    """An entry without a name; a bundle of apps holds its rank like an app."""
    kind, href = at(row, "type"), at(row, "href")
    if kind not in _KINDS:
        raise ParseError(f"rank {rank} is '{kind}', neither an app nor a bundle of apps")
    match = _CATALOGUE.search(href[:_LONGEST_LINK]) if isinstance(href, str) else None
    if match:
        same("storefront", match[1], chart.storefront)
    return Entry(rank, app_id(at(row, "id"), "rank", rank))
