"""``web-charts``: the App Store's chart pages, in the designs until and since 2025-11-03.

A page tells its chart twice: in embedded JSON, read first, and in its markup. Where only one of
them is understood, that one counts; where both are, they must agree.
"""

from __future__ import annotations

import re

from tracker.errors import ParseError
from tracker.model import Chart, Payload, Snapshot
from tracker.sources._read import refusing, same, text_of
from tracker.sources._web_embedded import read_embedded
from tracker.sources._web_markup import read_markup
from tracker.sources._web_reading import NotUnderstood, Reading, page_genre
from tracker.sources.source import Source

_NAME = "web-charts"
#: /us/iphone/charts/6007, and until 2025-11-02 /us/charts/iphone/productivity-apps/6007
_ADDRESS = re.compile(
    r"/([a-z]{2})/(?:(iphone|ipad)/charts|charts/(iphone|ipad))(?:/[^/?#]+)*?/([0-9]{1,9})(?![^/?#])",
    re.ASCII | re.IGNORECASE,
)
_RANKING = re.compile(r"[?&]chart=([a-z-]+)", re.ASCII)
_LONGEST_ADDRESS = 2000


def _carries(chart: Chart) -> bool:
    # Grossing has never been a page. Pages of 36 leave games out, so there is no ``all``.
    return chart.ranking in ("top-free", "top-paid") and chart.genre != "all"


def _url(chart: Chart, base: str) -> str:
    place = f"{chart.storefront}/{chart.device}/charts/{page_genre(chart)}"
    return f"{base.rstrip('/')}/{place}?chart={chart.ranking}"


def _read(payload: Payload) -> Snapshot:
    chart = payload.chart
    _check_address(payload.url[:_LONGEST_ADDRESS], chart)
    readings = _readings(text_of(payload.body), chart)
    _check_agreement(readings)
    first = readings[0]
    return Snapshot(chart, payload.source, payload.observed_at, first.entries, first.published_at)


def _check_address(address: str, chart: Chart) -> None:
    """Refuse a page that answered from another chart's address; a file's name tells nothing."""
    if not address.startswith(("http://", "https://")):
        return
    found = _ADDRESS.search(address)
    if not found:
        raise ParseError("the address that answered is no chart's")
    same("storefront", found[1], chart.storefront)
    same("device", found[2] or found[3], chart.device)
    same("genre", found[4], page_genre(chart))
    ranking = _RANKING.search(address)
    if ranking:
        same("ranking", ranking[1], chart.ranking)


def _readings(page: str, chart: Chart) -> list[Reading]:
    """What each telling of the page says; refused where neither is understood."""
    readings, reasons = [], []
    for read in (read_embedded, read_markup):
        try:
            readings.append(read(page, chart))
        except NotUnderstood as reason:
            reasons.append(str(reason))
    if not readings:
        raise ParseError("; ".join(reasons))
    return readings


def _check_agreement(readings: list[Reading]) -> None:
    """Refuse two tellings with different apps at one rank; one may be shorter."""
    for rows in zip(*(reading.entries for reading in readings), strict=False):
        if len({row.app_id for row in rows}) > 1:
            raise ParseError(f"embedded JSON and markup differ at rank {rows[0].rank}")


SOURCE = Source(
    name=_NAME,
    base="https://apps.apple.com",
    hosts=frozenset(),
    carries=_carries,
    url=_url,
    parse=refusing(_NAME, _carries, _read),
)
