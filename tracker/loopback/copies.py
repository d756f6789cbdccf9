"""Charts in the forms that only a web archive still has: what ``sources/archived`` reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from html import escape

from tracker.loopback.filler import (
    RANKING_TITLES,
    Json,
    bundle_of,
    compact,
    if_stated,
    link_to,
    name_of,
    pacific,
    slug_of,
)
from tracker.loopback.formats import apple_rss, itunes_rss
from tracker.loopback.pages import web_page, web_page_until_2025
from tracker.model import GENRES, Chart, Entry

_SITES = {"gb": "uk"}


def itunes_page(
    chart: Chart, entries: Sequence[Entry], published_at: datetime | None = None
) -> bytes:
    """www.apple.com/itunes/charts as it was about 2011 to 2020; it has no time of its own."""
    rows = "\n".join(_grid_row(chart, entry) for entry in entries)
    name = "section apps grid" if chart.storefront == "cn" else "section apps chart-grid"
    return (
        f"<!DOCTYPE html>\n<html><head><title>{RANKING_TITLES[chart.ranking]} Apps</title></head>\n"
        f'<body><section class="{name}"><div class="section-content"><ul>\n{rows}\n</ul></div>'
        "</section></body></html>\n"
    ).encode()


def _grid_row(chart: Chart, entry: Entry) -> str:
    name = escape(name_of(entry))
    front = f"https://itunes.apple.com/{chart.storefront}"
    link = f"{front}/app/{slug_of(entry)}/id{entry.app_id}?mt=8"
    genre = f"{front}/genre/id{GENRES['productivity']}?mt=8"
    return (
        f'<li><strong>{entry.rank}.</strong><a href="{link}"><img src="/i/{entry.app_id}.jpg" '
        f'alt="{name}"></a><h3><a href="{link}">{name}</a></h3><h4><a href="{genre}">Productivity'
        f'</a></h4><a class="more" href="{link}">Get this app</a></li>'
    )


def itunes_xml(
    chart: Chart, entries: Sequence[Entry], published_at: datetime | None, address: str
) -> bytes:
    """The legacy feed as XML (Atom); its own address is ADDRESS."""
    updated = f"<updated>{pacific(published_at)}</updated>" if published_at else ""
    rows = "\n".join(_atom_row(chart, entry) for entry in entries)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns:im="http://itunes.apple.com/rss" xmlns="http://www.w3.org/2005/Atom" '
        f'xml:lang="en"><id>{address}</id><title>iTunes Store: {RANKING_TITLES[chart.ranking]} '
        f'Applications</title>{updated}<link rel="self" href="{address}"/>\n{rows}\n</feed>\n'
    ).encode()


def _atom_row(chart: Chart, entry: Entry) -> str:
    link = escape(f"{link_to(chart, entry)}?mt=8&uo=2")
    genre = chart.genre_number if chart.genre != "all" else GENRES["productivity"]
    artist = f"<im:artist>{escape(entry.developer)}</im:artist>" if entry.developer else ""
    return (
        f'<entry><id im:id="{entry.app_id}" im:bundleId="{bundle_of(entry)}">{link}</id>'
        f"<title>{escape(name_of(entry))}</title><im:name>{escape(name_of(entry))}</im:name>"
        f'{artist}<category im:id="{genre}" term="{chart.genre}"/>'
        f'<link rel="alternate" type="text/html" href="{link}"/></entry>'
    )


def rss_v1(
    chart: Chart, entries: Sequence[Entry], published_at: datetime | None, limit: int = 100
) -> bytes:
    """The feed of Apple's generator, version 1."""
    path = f"{chart.storefront}/ios-apps/{chart.ranking}/{chart.genre}/{limit}/explicit.json"
    address = f"https://rss.itunes.apple.com/api/v1/{path}"
    feed: Json = {
        "title": f"{RANKING_TITLES[chart.ranking]} iPhone Apps",
        "id": address,
        "author": {"name": "Apple", "url": "https://www.apple.com/"},
        "links": [{"self": address}],
        "country": chart.storefront,
    }
    if published_at is not None:
        feed["updated"] = pacific(published_at).replace("-07:00", ".000-07:00")
    feed["results"] = [
        {
            **if_stated("artistName", entry.developer),
            "id": entry.app_id,
            "name": name_of(entry),
            "kind": "iosSoftware",
            "url": link_to(chart, entry).replace("apps.apple", "itunes.apple"),
        }
        for entry in entries
    ]
    return compact({"feed": feed})


#: A family's address of a chart, and the body that was there at a time.
Renderer = Callable[[Chart, Sequence[Entry], datetime], tuple[str, bytes]]


def _v2(chart: Chart, entries: Sequence[Entry], at: datetime) -> tuple[str, bytes]:
    path = f"/api/v2/{chart.storefront}/apps/{chart.ranking}/100/apps.json"
    return f"https://rss.applemarketingtools.com{path}", apple_rss(chart, entries, at)


def _page(chart: Chart, entries: Sequence[Entry], at: datetime) -> tuple[str, bytes]:
    genre = chart.genre_number or GENRES["all"]
    path = f"{chart.storefront}/{chart.device}/charts/{genre}?chart={chart.ranking}"
    return f"https://apps.apple.com/{path}", web_page(chart, entries)


def _old_page(chart: Chart, entries: Sequence[Entry], at: datetime) -> tuple[str, bytes]:
    genre = chart.genre_number or GENRES["all"]
    slug = f"{chart.ranking}-apps" if genre == GENRES["all"] else f"{chart.genre}-apps"
    path = f"{chart.storefront}/charts/{chart.device}/{slug}/{genre}?chart={chart.ranking}"
    return f"https://apps.apple.com/{path}", web_page_until_2025(chart, entries, at)


def _legacy(chart: Chart, entries: Sequence[Entry], at: datetime) -> tuple[str, bytes]:
    name = chart.ranking.replace("-", "") + ("ipad" if chart.device == "ipad" else "")
    genre = "" if chart.genre == "all" else f"/genre={chart.genre_number}"
    path = f"/{chart.storefront}/rss/{name}applications/limit=100{genre}/json"
    return f"https://itunes.apple.com{path}", itunes_rss(chart, entries, at)


def _v1(chart: Chart, entries: Sequence[Entry], at: datetime) -> tuple[str, bytes]:
    path = f"{chart.storefront}/ios-apps/{chart.ranking}/{chart.genre}/100/explicit.json"
    return f"https://rss.itunes.apple.com/api/v1/{path}", rss_v1(chart, entries, at)


def _grid(chart: Chart, entries: Sequence[Entry], at: datetime) -> tuple[str, bytes]:
    site = _SITES.get(chart.storefront, chart.storefront)
    name = chart.ranking.removeprefix("top-") if chart.ranking != "top-grossing" else chart.ranking
    path = f"{'' if site == 'us' else f'/{site}'}/itunes/charts/{name}-apps/"
    return f"https://www.apple.com{path}", itunes_page(chart, entries)


RENDERERS: dict[str, Renderer] = {
    "apple-rss": _v2,
    "web-charts": _page,
    "web-charts-until-2025": _old_page,
    "itunes-rss": _legacy,
    "rss-v1": _v1,
    "itunes-page": _grid,
}
#: By how much a feed's own date is before the instant at which a copy of it is made.
BEFORE = timedelta(seconds=40)
