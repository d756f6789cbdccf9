"""``itunes-rss``: the legacy iTunes feed, for genres, grossing, iPad and Mac.

Without a genre it ranks games too, so it has ``all`` and not ``apps``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tracker.errors import EmptyChart, ParseError
from tracker.model import APPS, GENRES, Chart, Entry, Payload, Snapshot
from tracker.sources.parsing import (
    DEPTH,
    at,
    check_link,
    check_size,
    clean,
    entry,
    instant,
    json_of,
    refusing,
    same,
    text_of,
)
from tracker.sources.source import Source
from tracker.storefronts import NUMBERS
from tracker.stores import APP_STORE

_NAME = "itunes-rss"
_FEED = {"top-free": "topfree", "top-paid": "toppaid", "top-grossing": "topgrossing"}
_KIND = {"iphone": "applications", "ipad": "ipadapplications", "mac": "macapps"}
#: /us/rss/topfreeapplications/limit=100/genre=6007/json, and in old files
#: /WebObjects/MZStoreServices.woa/ws/RSS/topfreeapplications/sf=143441/limit=100/genre=6007/json
_ADDRESS = re.compile(
    r"/([a-z]{2})/rss/([a-z]+)((?:/[a-z]+=[0-9a-z_]+)*)/(?:json|xml)", re.ASCII | re.IGNORECASE
)
_GENRE = re.compile(r"/genre=([0-9]{1,9})", re.ASCII | re.IGNORECASE)
_STOREFRONT = re.compile(r"/sf=([0-9]{1,9})", re.ASCII | re.IGNORECASE)
#: "Web service" in an old address. The App Store has no storefront of that code (Samoa's).
_NO_STOREFRONT = "ws"
_STOREFRONTS = {str(number): code for code, number in NUMBERS.items()}
#: Rows. The store answers a request for more than 200 with HTTP 400; programs of its first years
#: asked for 300.
_MOST = 300
#: What a feed consists of; one without entries has all of it but those.
_KEYS = {"author", "entry", "icon", "id", "link", "rights", "title", "updated"}
#: An app of one of the kinds of games has games as its first genre, not that kind.
_KINDS_OF_GAMES = range(7001, 7020)


def _carries(chart: Chart) -> bool:
    if chart.device == "mac":
        return chart.ranking in ("top-free", "top-paid") and chart.genre == "all"
    return chart.store == APP_STORE and chart.genre != APPS


def _feed_name(chart: Chart) -> str:
    return _FEED[chart.ranking] + _KIND[chart.device]


def address(chart: Chart, base: str, limit: int = DEPTH) -> str:
    """The address of CHART's feed of at most LIMIT rows (1 to 200)."""
    # The recorded feeds of all genres have no genre in their address; genre=36 is recorded nowhere.
    genre = "" if chart.genre == "all" else f"/genre={chart.genre_number}"
    feed = f"{chart.storefront}/rss/{_feed_name(chart)}"
    return f"{base.rstrip('/')}/{feed}/limit={limit}{genre}/json"


# {"feed": {
#   "id": {"label": "https://itunes.apple.com/us/rss/topfreeapplications/limit=100/genre=6007/json"},
#   "link": [{"attributes": {"rel": "self", "href": "https://itunes.apple.com/us/rss/…"}}, …],
#   "updated": {"label": "2015-11-09T23:04:45-07:00"},
#   "entry": [{"im:name": {"label": "ChatGPT"}, "im:artist": {"label": "OpenAI"},
#              "id": {"label": "…", "attributes": {"im:id": "6448311069", …}}, …}, …]}}
def read(payload: Payload) -> Snapshot:
    """The snapshot of the feed in PAYLOAD; refused where that is of another chart."""
    feed = _feed(payload)
    _check_chart(feed, payload.chart)
    return Snapshot(
        payload.chart,
        payload.source,
        payload.observed_at,
        _entries(feed, payload.chart),
        _published_at(feed),
    )


def first_genres(payload: Payload) -> list[str | None]:
    """The number of each row's first genre, by rank; None where a row has none."""
    genres = (at(row, "category", "attributes", "im:id") for row in _rows(_feed(payload)))
    return [genre if isinstance(genre, str) else None for genre in genres]


def _feed(payload: Payload) -> dict[str, Any]:
    feed = at(json_of(text_of(payload.body)), "feed")
    if not isinstance(feed, dict):
        raise ParseError("there is no 'feed' in the answer")
    return feed


def _published_at(feed: object) -> datetime | None:
    return instant(datetime.fromisoformat, clean(at(feed, "updated", "label")) or "")


def _check_chart(feed: object, chart: Chart) -> None:
    label = at(feed, "id", "label")
    if not isinstance(label, str) or not _ADDRESS.search(label):
        raise ParseError("feed.id.label is missing or names no chart")
    for address in (label, *_self_links(feed)):
        _check_address(address, chart)


def _check_address(address: str, chart: Chart) -> None:
    match = _ADDRESS.search(address)
    if not match:
        return
    genre = _GENRE.search(match[3])
    for storefront in _storefronts(match[1], match[3]):
        same("storefront", storefront, chart.storefront)
    same("feed", match[2], _feed_name(chart))
    same("genre", genre[1] if genre else str(GENRES["all"]), str(chart.genre_number))


def _storefronts(code: str, parameters: str) -> Iterator[str]:
    """Each storefront that an address names: by its code, by Apple's number, or by both."""
    number = _STOREFRONT.search(parameters)
    if code.lower() != _NO_STOREFRONT:
        yield code
    elif not number:
        raise ParseError("the feed's own address names no storefront")
    if number:
        if number[1] not in _STOREFRONTS:
            raise ParseError(f"the feed's own address has sf={number[1]}, an unknown storefront")
        yield _STOREFRONTS[number[1]]


def _self_links(feed: object) -> Iterator[str]:
    """The feed's own addresses; ``link`` is an object or a list of them."""
    link = at(feed, "link")
    for element in link if isinstance(link, list) else [link]:
        address = at(element, "attributes", "href")
        if at(element, "attributes", "rel") == "self" and isinstance(address, str):
            yield address


def _entries(feed: dict[str, Any], chart: Chart) -> tuple[Entry, ...]:
    """Rank is the position in feed.entry."""
    rows = _rows(feed)
    check_size(rows, _MOST)
    for rank, row in enumerate(rows, 1):
        for link in _links(row):
            check_link(rank, link, chart.storefront)
    _check_genre(rows, chart)
    return tuple(
        entry(
            rank,
            at(row, "id", "attributes", "im:id"),
            at(row, "im:name", "label"),
            at(row, "im:artist", "label"),
        )
        for rank, row in enumerate(rows, 1)
    )


def _rows(feed: dict[str, Any]) -> list[Any]:
    """The feed's rows; a single one comes as an object, none as no key."""
    if "entry" not in feed:
        _must_be_empty(feed)
    rows = feed.get("entry")
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list) or not rows:
        raise ParseError("feed.entry has no rows")
    return rows


def _must_be_empty(feed: dict[str, Any]) -> None:
    """Raise ``EmptyChart`` for a feed that is whole but for its rows; any other is refused."""
    unknown = sorted(set(feed) - _KEYS)
    if unknown:
        raise ParseError(f"feed.entry is missing, and '{unknown[0]}' is in the feed instead")
    if _published_at(feed) is None:
        raise ParseError("feed.entry is missing, and so is the feed's date")
    raise EmptyChart("the feed of this chart has no entries: the store calls it empty")


def _links(row: object) -> Iterator[object]:
    """Where a row leads: its id is an address; ``link`` is an object or a list of them."""
    yield at(row, "id", "label")
    link = at(row, "link")
    for element in link if isinstance(link, list) else [link]:
        yield at(element, "attributes", "href")


def _check_genre(rows: list[Any], chart: Chart) -> None:
    """Refuse the chart of all genres, with which the store answers a genre it does not know.

    A row has its app's first genre only, and apps of other first genres do rank in a genre's
    chart; so one row of the genre is enough. Rows without any genre prove nothing.
    """
    number = chart.genre_number
    if number is None or chart.genre == "all":
        return
    wanted = {str(number), str(GENRES["games"] if number in _KINDS_OF_GAMES else number)}
    ids = (at(row, "category", "attributes", "im:id") for row in rows)
    genres = {genre for genre in ids if isinstance(genre, str)}
    if genres and not genres & wanted:
        raise ParseError(
            f"none of {len(rows)} rows has the genre {number} ({chart.genre}): "
            "it seems to be the chart of all genres"
        )


SOURCE = Source(
    name=_NAME,
    base="https://itunes.apple.com",
    hosts=frozenset({"itunes.apple.com", "rss.itunes.apple.com", "apps.apple.com"}),
    carries=_carries,
    url=address,
    parse=refusing(_NAME, _carries, read),
)
