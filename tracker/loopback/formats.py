"""Snapshots out, in Apple's formats: what the sources read, this writes, with all its fields.

``parse(render(snapshot))`` gives the snapshot back. Names, ids and order are the snapshot's; every
other field is filler of the usual shape and size, made from the app id alone, so that the payloads
of one chart differ no more than the store's own do.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from tracker.model import GENRES, Chart, Entry
from tracker.sources import SOURCES

Json = dict[str, Any]

_WORDS = ("chat", "notes", "photos", "music", "daily", "smart", "simple", "share", "plan", "create")
_RANKING = {"top-free": "Top Free", "top-paid": "Top Paid", "top-grossing": "Top Grossing"}
_EARLIEST_RELEASE = date(2010, 1, 1)


def render(
    source: str, chart: Chart, entries: Sequence[Entry], published_at: datetime | None = None
) -> bytes:
    """The payload of SOURCE that tells ENTRIES; ``web-charts`` in the design since 2025-11-03."""
    return _RENDERERS[source](chart, entries, published_at)


def apple_rss(chart: Chart, entries: Sequence[Entry], published_at: datetime | None) -> bytes:
    """The feed of Apple's generator, version 2: about 40 kB for 100 entries."""
    address = _address("apple-rss", chart)
    feed: Json = {
        "title": f"{_RANKING[chart.ranking]} Apps",
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
    return _compact({"feed": feed})


def _v2_row(chart: Chart, entry: Entry) -> Json:
    return {
        **_if_told("artistName", entry.developer),
        "id": entry.app_id,
        "name": _name(entry),
        "releaseDate": _released(entry.app_id).isoformat(),
        "kind": "apps",
        "artworkUrl100": f"{_artwork(entry.app_id)}/100x100bb.png",
        "genres": [],
        "url": _link(chart, entry),
    }


def itunes_rss(chart: Chart, entries: Sequence[Entry], published_at: datetime | None) -> bytes:
    """The legacy feed; one entry stands as an object, and none leaves ``entry`` out."""
    address = _address("itunes-rss", chart)
    rows = [_legacy_row(chart, entry) for entry in entries]
    feed: Json = {
        "author": {
            "name": {"label": "iTunes Store"},
            "uri": {"label": "http://www.apple.com/itunes/"},
        },
        **({"entry": rows if len(rows) > 1 else rows[0]} if rows else {}),
        **({"updated": {"label": _pacific(published_at)}} if published_at else {}),
        "rights": {"label": "Copyright 2008 Apple Inc."},
        "title": {"label": f"iTunes Store: {_RANKING[chart.ranking]} Applications"},
        "icon": {"label": "http://itunes.apple.com/favicon.ico"},
        "link": [{"attributes": {"rel": "self", "href": address}}],
        "id": {"label": address},
    }
    return _compact({"feed": feed})


def _legacy_row(chart: Chart, entry: Entry) -> Json:
    genre = str(chart.genre_number if chart.genre != "all" else GENRES["productivity"])
    link, released = f"{_link(chart, entry)}?uo=2", _released(entry.app_id)
    return {
        "im:name": {"label": _name(entry)},
        "im:image": [_image(entry.app_id, height) for height in (53, 75, 100)],
        "summary": {"label": _prose(entry.app_id)},
        "im:price": {"label": "Get", "attributes": {"amount": "0.00", "currency": "USD"}},
        "im:contentType": {"attributes": {"term": "Application", "label": "Application"}},
        "rights": {"label": f"© {entry.developer or _name(entry)}"},
        "title": {"label": f"{_name(entry)} - {entry.developer or ''}"},
        "link": {"attributes": {"rel": "alternate", "type": "text/html", "href": link}},
        "id": {"label": link, "attributes": {"im:id": entry.app_id, "im:bundleId": _bundle(entry)}},
        **_if_told("im:artist", entry.developer and {"label": entry.developer}),
        "category": {"attributes": {"im:id": genre, "term": chart.genre, "label": chart.genre}},
        "im:releaseDate": {
            "label": f"{released}T00:00:00-07:00",
            "attributes": {"label": released.isoformat()},
        },
    }


def web_page(chart: Chart, entries: Sequence[Entry], published_at: datetime | None) -> bytes:
    """The chart page since 2025-11-03; it tells no developer and no time of its own."""
    shelf = {"id": "chart", "items": [_lockup(chart, entry) for entry in entries]}
    data = {"data": [{"intent": {"$kind": "ChartsPageIntent"}, "data": {"shelves": [shelf]}}]}
    rows = "".join(_new_row(chart, entry) for entry in entries)
    return _page(
        chart,
        f'<section class="shelf"><ul class="grid">{rows}</ul></section>',
        _script("serialized-server-data", "application/json", data),
    )


def _lockup(chart: Chart, entry: Entry) -> Json:
    return {
        "adamId": entry.app_id,
        "bundleId": _bundle(entry),
        "icon": {"template": _artwork(entry.app_id) + "/{w}x{h}{c}.{f}", "width": 1024},
        "ordinal": str(entry.rank),
        "title": _name(entry),
        "subtitle": _prose(entry.app_id)[:30],
        "clickAction": {"$kind": "flowAction", "pageUrl": _link(chart, entry)},
    }


def _new_row(chart: Chart, entry: Entry) -> str:
    return (
        f'<li class="svelte-1"><a class="lockup" href="{_link(chart, entry)}">'
        f'<img alt="" src="{_artwork(entry.app_id)}/146x146bb.webp">'
        f'<p class="ordinal svelte-2">{entry.rank}</p>'
        f"<h3>{escape(_name(entry))}</h3><!----></a></li>\n"
    )


def web_page_until_2025(
    chart: Chart, entries: Sequence[Entry], published_at: datetime | None
) -> bytes:
    """The chart page until 2025-11-02: developers are told, and the page's time is."""
    genre = chart.genre_number or GENRES["all"]
    key = (
        f".v1.catalog.{chart.storefront}.charts.types.apps.platform.{chart.device}"
        f".genre.{genre}.chart.{chart.ranking}.limit.100.sparselimit.100.l.en-us"
    )
    rows = [_catalogue_row(chart, entry, genre) for entry in entries]
    answer: Json = {"d": {"apps": [{"chart": chart.ranking, "data": rows}]}}
    if published_at is not None:
        answer = {"x": int(published_at.timestamp() * 1000), **answer}
    items = "".join(_old_row(chart, entry) for entry in entries)
    return _page(
        chart,
        f'<ol class="l-row chart">{items}</ol>',
        _script("shoebox-media-api-cache-apps", "fastboot/shoebox", {key: json.dumps(answer)}),
    )


def _catalogue_row(chart: Chart, entry: Entry, genre: int) -> Json:
    position = {"position": entry.rank, "genre": genre, "chart": chart.ranking}
    return {
        "id": entry.app_id,
        "type": "apps",
        "href": f"/v1/catalog/{chart.storefront}/apps/{entry.app_id}?l=en-US",
        "attributes": {
            "name": _name(entry),
            **_if_told("artistName", entry.developer),
            "url": _link(chart, entry),
            "chartPositions": {"appStore": position},
        },
    }


def _old_row(chart: Chart, entry: Entry) -> str:
    developer = escape(entry.developer) if entry.developer else ""
    subtitle = f'<div class="we-lockup__subtitle">{developer}</div>' if developer else ""
    return (
        f'<li class="l-column"><a class="we-lockup ember-view" href="{_link(chart, entry)}">\n'
        f'<p class="we-lockup__rank">{entry.rank}</p>\n'
        f'<div class="we-lockup__title "><p>{escape(_name(entry))}</p></div>{subtitle}</a></li>\n'
    )


def search_answer(entries: Iterable[Entry], storefront: str) -> bytes:
    """The answer to a search or lookup that found ENTRIES; the body starts with empty lines."""
    results = [_found(entry, storefront) for entry in entries]
    return b"\n\n\n" + _compact({"resultCount": len(results), "results": results}) + b"\n"


def _found(entry: Entry, storefront: str) -> Json:
    link = f"https://apps.apple.com/{storefront}/app/{_slug(entry)}/id{entry.app_id}"
    return {
        "wrapperType": "software",
        "kind": "software",
        "trackId": int(entry.app_id),
        "trackName": _name(entry),
        **_if_told("artistName", entry.developer),
        "bundleId": _bundle(entry),
        "trackViewUrl": f"{link}?uo=4",
        "artworkUrl100": f"{_artwork(entry.app_id)}/100x100bb.jpg",
    }


def _page(chart: Chart, body: str, script: str) -> bytes:
    title = f"{_RANKING[chart.ranking]} {chart.device} Apps"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"</head><body><main>{body}</main>{script}</body></html>\n"
    ).encode()


def _script(name: str, kind: str, data: Json) -> str:
    """A script element; ``<`` is written as an escape, so that no name can end the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003C")
    return f'<script type="{kind}" id="{name}">{text}</script>'


def _compact(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _address(source: str, chart: Chart) -> str:
    return SOURCES[source].url(chart, SOURCES[source].base)


def _name(entry: Entry) -> str:
    return entry.name or f"App {entry.app_id}"


def _if_told(key: str, value: object) -> Json:
    return {key: value} if value else {}


def _link(chart: Chart, entry: Entry) -> str:
    return f"https://apps.apple.com/{chart.storefront}/app/{_slug(entry)}/id{entry.app_id}"


def _slug(entry: Entry) -> str:
    return re.sub(r"[^a-z0-9]+", "-", _name(entry).lower()).strip("-") or "app"


def _bundle(entry: Entry) -> str:
    return f"com.example.app{entry.app_id}"


def _artwork(app_id: str) -> str:
    """An address of the usual shape that leads nowhere: its path is a digest of APP_ID."""
    told = hashlib.sha256(app_id.encode()).hexdigest()
    parts = "-".join((told[:8], told[8:12], told[12:16], told[16:20], told[20:32]))
    path = "/".join(
        (f"Purple{221 if told[0] < '8' else 211}", "v4", told[:2], told[2:4], told[4:6])
    )
    file = "AppIcon-0-0-1x_U007epad-0-1-0-85-220.png"
    return f"https://is1-ssl.mzstatic.com/image/thumb/{path}/{parts}/{file}"


def _image(app_id: str, height: int) -> Json:
    address = f"{_artwork(app_id)}/{height}x{height}bb.png"
    return {"label": address, "attributes": {"height": str(height)}}


def _released(app_id: str) -> date:
    return _EARLIEST_RELEASE + timedelta(days=int(app_id) % 5000)


def _prose(app_id: str) -> str:
    """About 600 letters of description, always the same for one app."""
    chosen = random.Random(app_id).choices(_WORDS, k=100)  # noqa: S311 - no secret
    return " ".join(chosen)


def _pacific(time: datetime) -> str:
    """``2015-11-09T23:04:45-07:00``: the feed keeps summer time all year."""
    return (time.astimezone(UTC) - timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%S-07:00")


_RENDERERS: dict[str, Callable[[Chart, Sequence[Entry], datetime | None], bytes]] = {
    "apple-rss": apple_rss,
    "itunes-rss": itunes_rss,
    "web-charts": web_page,
}
