"""Copies of Apple's feed generator, version 1 (2017 to 2021): all apps or games of the iPhone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from tracker.errors import ParseError
from tracker.model import Chart, Payload, Snapshot
from tracker.sources.parsing import at, check_link, clean, entry, instant, json_of, same, text_of

#: /api/v1/us/ios-apps/top-free/all/100/explicit.json
_ADDRESS = re.compile(
    r"/api/(v[0-9])/([a-z]{2})/([a-z-]+)/([a-z-]+)/([a-z-]+)/[0-9]", re.ASCII | re.IGNORECASE
)


def carries(chart: Chart) -> bool:
    return chart.device == "iphone" and chart.genre in ("all", "games")


# {"feed": {
#   "id": "https://rss.itunes.apple.com/api/v1/hk/ios-apps/top-grossing/all/10/explicit.json",
#   "links": [{"self": "https://rss.itunes.apple.com/api/v1/hk/ios-apps/top-grossing/all/10/…"}],
#   "country": "hk", "updated": "2019-07-15T01:28:06.000-07:00",
#   "results": [{"artistName": "Garena Online Private Ltd", "id": "1089079153", "name": …}, …]}}
def read(payload: Payload) -> Snapshot:
    """The snapshot of the feed in PAYLOAD; refused where that is of another chart."""
    chart = payload.chart
    feed = at(json_of(text_of(payload.body)), "feed")
    _check_chart(feed, chart)
    rows = at(feed, "results")
    if not isinstance(rows, list) or not rows:
        raise ParseError("feed.results is missing or empty")
    for rank, row in enumerate(rows, 1):
        check_link(rank, at(row, "url"), chart.storefront)
    entries = tuple(
        entry(rank, at(row, "id"), at(row, "name"), at(row, "artistName"))
        for rank, row in enumerate(rows, 1)
    )
    published_at = instant(datetime.fromisoformat, clean(at(feed, "updated")) or "")
    return Snapshot(chart, payload.source, payload.observed_at, entries, published_at)


def _check_chart(feed: object, chart: Chart) -> None:
    country = at(feed, "country")
    if not isinstance(country, str):
        raise ParseError("feed.country is missing, so the storefront is unknown")
    same("storefront", country, chart.storefront)
    addresses = list(_own_addresses(feed))
    if not addresses:
        raise ParseError("the feed's own address is missing, so its chart is unknown")
    for address in addresses:
        match = _ADDRESS.search(address)
        if not match:
            raise ParseError("the feed's own address names no chart")
        same("version of the feed", match[1], "v1")
        same("storefront", match[2], chart.storefront)
        same("kind of feed", match[3], "ios-apps")
        same("ranking", match[4], chart.ranking)
        same("genre", match[5], chart.genre)


def _own_addresses(feed: object) -> Iterator[str]:
    links = at(feed, "links")
    stated = [at(feed, "id")]
    stated += [at(link, "self") for link in links] if isinstance(links, list) else []
    return (address for address in stated if isinstance(address, str))
