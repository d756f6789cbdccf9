"""Copies of www.apple.com/itunes/charts (about 2011 to 2020): 100 ranks, games included.

Nothing on the page states its time. Songs, films and books had pages of the same design.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tracker.errors import ParseError
from tracker.model import Entry, Payload, Snapshot
from tracker.sources.parsing import entry, text_of
from tracker.sources.web_markup import WELL_FORMED, check_rows, soup_of
from tracker.sources.web_page import APP_LINK, check_storefronts

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

#: Its classes, in any order: ``section apps chart-grid``; in China ``section apps grid``.
_SECTION = re.compile(r"<section\b[^<>]{0,500}?\bclass=[\"']([^\"'<>]{0,200})[\"'][^<>]{0,500}>")
_GRIDS = {"chart-grid", "grid"}
_RANK = re.compile(r"\s*([0-9]{1,4})\.?\s*", re.ASCII)


# <section class="section apps chart-grid"><div class="section-content"><ul>
#   <li><strong>1.</strong>
#     <a href="https://itunes.apple.com/us/app/google-maps/id585027354?mt=8"><img alt="Google Maps">
#     </a><h3><a href="https://itunes.apple.com/us/app/google-maps/id585027354?mt=8">Google Maps</a>
#     </h3><h4><a href="https://itunes.apple.com/us/genre/ios-navigation/id6010?mt=8">…</a></h4></li>
def read(payload: Payload) -> Snapshot:
    """The snapshot of the page in PAYLOAD; refused where that is of another storefront."""
    rows = [_row(place, row) for place, row in enumerate(_rows(text_of(payload.body)), 1)]
    check_storefronts((storefront for _, storefront in rows), payload.chart)
    entries = tuple(entry for entry, _ in rows)
    return Snapshot(payload.chart, payload.source, payload.observed_at, entries)


def _rows(page: str) -> list[str]:
    """The list items of the page's one chart of apps, as text."""
    grids = [
        match for match in _SECTION.finditer(page)
        if "apps" in match[1].split() and _GRIDS & set(match[1].split())
    ]  # fmt: skip
    if len(grids) != 1:
        raise ParseError(f"the page has {len(grids)} charts of apps, not one")
    section, closed, _ = page[grids[0].end() :].partition("</section")
    if not closed:
        raise ParseError("the page is cut: its chart does not end")
    rows = ["<li" + part.partition("</li")[0] for part in section.split("<li")[1:]]
    if not rows:
        raise ParseError("the chart on the page has no rows")
    check_rows(rows)
    return rows


def _row(place: int, row: str) -> tuple[Entry, str | None]:
    """The entry in a row, and the storefront that its link names."""
    if not WELL_FORMED.fullmatch(row):
        raise ParseError(f"row {place} has a tag that does not end")
    soup = soup_of(f"{row}</li>")
    _check_rank(place, soup)
    links = [str(link["href"]) for link in soup.find_all("a", href=True)]
    match = next((match for link in links if (match := APP_LINK.search(link))), None)
    if match is None:
        raise ParseError(f"row {place} has no link to an app")
    return entry(place, match[2], _name(soup), None), match[1]


def _check_rank(place: int, soup: BeautifulSoup) -> None:
    """Refuse a row that states another rank than its place; some designs state none."""
    stated = soup.find("strong")
    text = stated.get_text() if stated else ""
    rank = _RANK.fullmatch(text)
    if stated and (rank is None or int(rank[1]) != place):
        raise ParseError(f"the page has rank {text.strip()[:20]!r} where {place} belongs")


def _name(soup: BeautifulSoup) -> str | None:
    title, image = soup.select_one("h3"), soup.select_one("img[alt]")
    name = title.get_text() if title else None
    return name or (str(image["alt"]) if image else None)
