"""Write snapshots in the stores' formats, the inverse of the sources, with all fields.

``parse(render(snapshot))`` gives the snapshot back. Names, ids and order are the snapshot's; every
other field is filler of the usual shape and size, made from the app id alone, so that the payloads
of one chart differ no more than the store's own do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime

from tracker.loopback.filler import (
    RANKING_TITLES,
    Json,
    artwork_of,
    bundle_of,
    compact,
    if_stated,
    image_of,
    link_to,
    name_of,
    pacific,
    prose_of,
    release_of,
    slug_of,
)
from tracker.loopback.pages import web_page
from tracker.loopback.play import google_play
from tracker.model import GENRES, Chart, Entry
from tracker.sources import SOURCES

#: App ids from here on are those of games beside a derived chart; real ids are smaller.
_GAME = 10**19 - 10_000


def render(
    source: str, chart: Chart, entries: Sequence[Entry], published_at: datetime | None = None
) -> bytes:
    """The payload of SOURCE with ENTRIES; ``web-charts`` in the design since 2025-11-03."""
    return _RENDERERS[source](chart, entries, published_at)


def apple_rss(chart: Chart, entries: Sequence[Entry], published_at: datetime | None) -> bytes:
    """The feed of Apple's generator, version 2: about 40 kB for 100 entries."""
    address = _address("apple-rss", chart)
    feed: Json = {
        "title": f"{RANKING_TITLES[chart.ranking]} Apps",
        "id": address,
        "author": {"name": "Apple", "url": "https://www.apple.com/"},
        "links": [{"self": address}],
        "copyright": "Copyright © 2026 Apple Inc. All rights reserved.",
        "country": chart.storefront,
        "icon": "https://www.apple.com/favicon.ico",
    }
    if published_at is not None:
        feed["updated"] = format_datetime(published_at.astimezone(UTC))
    feed["results"] = [_v2_row(chart, entry) for entry in entries]
    return compact({"feed": feed})


def _v2_row(chart: Chart, entry: Entry) -> Json:
    return {
        **if_stated("artistName", entry.developer),
        "id": entry.app_id,
        "name": name_of(entry),
        "releaseDate": release_of(entry.app_id).isoformat(),
        "kind": "apps",
        "artworkUrl100": f"{artwork_of(entry.app_id)}/100x100bb.png",
        "genres": [],
        "url": link_to(chart, entry),
    }


def itunes_rss(chart: Chart, entries: Sequence[Entry], published_at: datetime | None) -> bytes:
    """The legacy feed; one entry is an object instead of a list, and none leaves ``entry`` out."""
    rows = [_legacy_row(chart, entry) for entry in entries]
    return _legacy_feed(chart, _address("itunes-rss", chart), rows, published_at)


def itunes_rss_derived(
    chart: Chart, entries: Sequence[Entry], published_at: datetime | None
) -> bytes:
    """The legacy feed of all genres: ENTRIES with a game before each."""
    games = replace(chart, genre="games")
    rows = []
    for entry in entries:
        game = Entry(entry.rank, str(_GAME + entry.rank), f"Game {entry.rank}", "Filler Works")
        rows += [_legacy_row(games, game), _legacy_row(replace(chart, genre="all"), entry)]
    return _legacy_feed(chart, _address("itunes-rss-derived", chart), rows, published_at)


def _legacy_feed(
    chart: Chart, address: str, rows: Sequence[Json], published_at: datetime | None
) -> bytes:
    feed: Json = {
        "author": {
            "name": {"label": "iTunes Store"},
            "uri": {"label": "http://www.apple.com/itunes/"},
        },
        **({"entry": rows if len(rows) > 1 else rows[0]} if rows else {}),
        **({"updated": {"label": pacific(published_at)}} if published_at else {}),
        "rights": {"label": "Copyright 2008 Apple Inc."},
        "title": {"label": f"iTunes Store: {RANKING_TITLES[chart.ranking]} Applications"},
        "icon": {"label": "http://itunes.apple.com/favicon.ico"},
        "link": [{"attributes": {"rel": "self", "href": address}}],
        "id": {"label": address},
    }
    return compact({"feed": feed})


def _legacy_row(chart: Chart, entry: Entry) -> Json:
    genre = str(chart.genre_number if chart.genre != "all" else GENRES["productivity"])
    link, released = f"{link_to(chart, entry)}?uo=2", release_of(entry.app_id)
    return {
        "im:name": {"label": name_of(entry)},
        "im:image": [image_of(entry.app_id, height) for height in (53, 75, 100)],
        "summary": {"label": prose_of(entry.app_id)},
        "im:price": {"label": "Get", "attributes": {"amount": "0.00", "currency": "USD"}},
        "im:contentType": {"attributes": {"term": "Application", "label": "Application"}},
        "rights": {"label": f"© {entry.developer or name_of(entry)}"},
        "title": {"label": f"{name_of(entry)} - {entry.developer or ''}"},
        "link": {"attributes": {"rel": "alternate", "type": "text/html", "href": link}},
        "id": {
            "label": link,
            "attributes": {"im:id": entry.app_id, "im:bundleId": bundle_of(entry)},
        },
        **if_stated("im:artist", entry.developer and {"label": entry.developer}),
        "category": {"attributes": {"im:id": genre, "term": chart.genre, "label": chart.genre}},
        "im:releaseDate": {
            "label": f"{released}T00:00:00-07:00",
            "attributes": {"label": released.isoformat()},
        },
    }


def search_answer(entries: Iterable[Entry], storefront: str) -> bytes:
    """The answer to a search or lookup that found ENTRIES; the body starts with empty lines."""
    results = [_search_result(entry, storefront) for entry in entries]
    return b"\n\n\n" + compact({"resultCount": len(results), "results": results}) + b"\n"


def _search_result(entry: Entry, storefront: str) -> Json:
    link = f"https://apps.apple.com/{storefront}/app/{slug_of(entry)}/id{entry.app_id}"
    return {
        "wrapperType": "software",
        "kind": "software",
        "trackId": int(entry.app_id),
        "trackName": name_of(entry),
        **if_stated("artistName", entry.developer),
        "bundleId": bundle_of(entry),
        "trackViewUrl": f"{link}?uo=4",
        "artworkUrl100": f"{artwork_of(entry.app_id)}/100x100bb.jpg",
    }


def _address(source: str, chart: Chart) -> str:
    return SOURCES[source].url(chart, SOURCES[source].base)


_RENDERERS: dict[str, Callable[[Chart, Sequence[Entry], datetime | None], bytes]] = {
    "apple-rss": apple_rss,
    "itunes-rss": itunes_rss,
    "web-charts": web_page,
    "itunes-rss-derived": itunes_rss_derived,
    "google-play": lambda chart, entries, published_at: google_play(chart, entries),
}
