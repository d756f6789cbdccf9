"""``apple-rss``: Apple's feed generator, version 2. First choice where it has the chart.

iPhone only, top free and top paid, all genres but games in one list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tracker.errors import ParseError
from tracker.model import APPS, Chart, Entry, Payload, Snapshot
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

_NAME = "apple-rss"
#: /api/v2/us/apps/top-free/100/apps.json; podcasts, music and books have feeds of the same shape
_ADDRESS = re.compile(r"/api/(v[0-9])/([a-z]{2})/([a-z-]+)/([a-z-]+)/", re.ASCII | re.IGNORECASE)
#: Rows. The generator answers a request for more than 100 with HTTP 500; a feed this far beyond
#: is not what was asked for.
_MOST = 200


def _carries(chart: Chart) -> bool:
    return (
        chart.device == "iphone"
        and chart.ranking in ("top-free", "top-paid")
        and chart.genre == APPS
    )


def _url(chart: Chart, base: str) -> str:
    return f"{base.rstrip('/')}/api/v2/{chart.storefront}/apps/{chart.ranking}/{DEPTH}/apps.json"


# {"feed": {
#   "id": "https://rss.marketingtools.apple.com/api/v2/us/apps/top-free/100/apps.json",
#   "links": [{"self": "https://rss.marketingtools.apple.com/api/v2/us/apps/top-free/100/…"}],
#   "country": "us", "updated": "Tue, 17 Feb 2026 01:36:01 +0000",
#   "results": [{"id": "6448311069", "name": "ChatGPT", "artistName": "OpenAI OpCo, LLC", …}, …]}}
def read(payload: Payload) -> Snapshot:
    """The snapshot of the feed in PAYLOAD; refused where that is of another chart."""
    from email.utils import parsedate_to_datetime

    feed = at(json_of(text_of(payload.body)), "feed")
    if not isinstance(feed, dict):
        raise ParseError("there is no 'feed' in the answer")
    _check_chart(feed, payload.chart)
    published_at = instant(parsedate_to_datetime, clean(at(feed, "updated")) or "")
    return Snapshot(
        payload.chart,
        payload.source,
        payload.observed_at,
        _entries(feed, payload.chart),
        published_at,
    )


def _check_chart(feed: object, chart: Chart) -> None:
    country = at(feed, "country")
    if not isinstance(country, str):
        raise ParseError("feed.country is missing, so the storefront is not known")
    same("storefront", country, chart.storefront)
    for address in _own_addresses(feed):
        match = _ADDRESS.search(address)
        if not match:
            raise ParseError("the feed's own address names no ranking")
        same("version of the feed", match[1], "v2")
        same("storefront", match[2], chart.storefront)
        same("kind of feed", match[3], "apps")
        same("ranking", match[4], chart.ranking)


def _own_addresses(feed: object) -> Iterator[str]:
    links = at(feed, "links")
    addresses = [at(feed, "id")]
    addresses += [at(link, "self") for link in links] if isinstance(links, list) else []
    return (address for address in addresses if isinstance(address, str))


def _entries(feed: object, chart: Chart) -> tuple[Entry, ...]:
    """Rank is the position in feed.results; nothing in a row repeats it."""
    results = at(feed, "results")
    if not isinstance(results, list):
        raise ParseError("feed.results is missing")
    if not results:
        raise ParseError("feed.results is empty")
    check_size(results, _MOST)
    for rank, row in enumerate(results, 1):
        check_link(rank, at(row, "url"), chart.storefront)
    return tuple(
        entry(rank, at(row, "id"), at(row, "name"), at(row, "artistName"))
        for rank, row in enumerate(results, 1)
    )


SOURCE = Source(
    name=_NAME,
    base="https://rss.marketingtools.apple.com",
    # The older host answers 301 to the newer one.
    hosts=frozenset({"rss.marketingtools.apple.com", "rss.applemarketingtools.com"}),
    carries=_carries,
    url=_url,
    parse=refusing(_NAME, _carries, read),
)
