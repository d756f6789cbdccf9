"""``web-charts``: the App Store's chart pages, in the designs until and since 2025-11-03.

The embedded JSON is read. Only where a page has none is its markup, which shows fewer ranks.
"""

from __future__ import annotations

from tracker.errors import ParseError
from tracker.model import Chart, Payload, Snapshot
from tracker.sources.parsing import refusing, same, text_of
from tracker.sources.source import Source
from tracker.sources.web_embedded import SCRIPT, read_embedded
from tracker.sources.web_markup import read_markup
from tracker.sources.web_page import (
    NotUnderstood,
    Reading,
    check_address,
    page_genre,
    ranking_in,
    script,
)
from tracker.sources.web_until_2025 import read_until_2025
from tracker.stores import APP_STORE

_NAME = "web-charts"


def _carries(chart: Chart) -> bool:
    # Grossing has never been a page. Pages of 36 leave games out, so there is no ``all``.
    return (
        chart.store == APP_STORE
        and chart.ranking in ("top-free", "top-paid")
        and chart.genre != "all"
    )


def _url(chart: Chart, base: str) -> str:
    path = f"{chart.storefront}/{chart.device}/charts/{page_genre(chart)}"
    return f"{base.rstrip('/')}/{path}?chart={chart.ranking}"


def read(payload: Payload) -> Snapshot:
    """The snapshot of the page in PAYLOAD; refused where that is of another chart."""
    chart = payload.chart
    addressed = _check_answered(payload.url, chart)
    reading = _reading(text_of(payload.body), chart, addressed)
    return Snapshot(
        chart, payload.source, payload.observed_at, reading.entries, reading.published_at,
        remark=reading.remark,
    )  # fmt: skip


def _check_answered(address: str, chart: Chart) -> bool:
    """Refuse a page that answered from another chart's address; a file's name shows nothing.

    True where the address names storefront, device, genre and ranking.
    """
    if not address.startswith(("http://", "https://")):
        return False
    named, ranking = check_address(address, chart, "the address that answered"), ranking_in(address)
    if ranking:
        same("ranking", ranking, chart.ranking)
    return named and ranking is not None


def _reading(page: str, chart: Chart, addressed: bool) -> Reading:
    content = script(page, SCRIPT)
    if content is not None:
        return read_embedded(content, chart)
    reasons = [f"there is no script '{SCRIPT}'"]
    try:
        return read_until_2025(page, chart)
    except NotUnderstood as reason:
        reasons.append(str(reason))
    try:
        return read_markup(page, chart, addressed)
    except NotUnderstood as reason:
        raise ParseError("; ".join([*reasons, str(reason)])) from None


SOURCE = Source(
    name=_NAME,
    base="https://apps.apple.com",
    hosts=frozenset(),
    carries=_carries,
    url=_url,
    parse=refusing(_NAME, _carries, read),
)
