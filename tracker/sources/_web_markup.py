"""The chart page's markup, in both designs of the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tracker.errors import ParseError
from tracker.model import Chart, Entry
from tracker.sources._read import entry
from tracker.sources._web_reading import (
    APP_LINK,
    NotUnderstood,
    Reading,
    check_storefronts,
    explicit_rank,
)

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

#: Several times what a page of 100 rows has; rubbish is refused before it costs seconds.
_MOST_ROWS = 500
_MOST_PIECES = 50_000  # tags and character references
_MOST_LETTERS = 2_500_000

_RANK_CLASS = re.compile(r"class=\"(?:[^\"]*\s)?(?:we-lockup__rank|ordinal)[\s\"]")
# Python's HTML parser takes quadratic time on tags that never end, so it is given only rows in
# which each tag does. Every quantifier is possessive: one pass, no way back.
_ATTRIBUTE = r"[^\s\"'<>/=]++(?>\s*+=\s*+(?>\"[^\"]*+\"|'[^']*+'|[^\s\"'<>=`]++))?+"
_WELL_FORMED = re.compile(rf"(?>[^<]++|</?+[a-zA-Z][^\s\"'<>/=]*+(?>\s++|/|{_ATTRIBUTE})*+>)*+")


def read_markup(page: str, chart: Chart) -> Reading:
    """The chart in PAGE's rows. Another storefront is refused, any other flaw not read."""
    told = [_row(place, row) for place, row in enumerate(_rows(page), 1)]
    check_storefronts((storefront for _, storefront in told), chart)
    return Reading(tuple(one for one, _ in told))


def _rows(page: str) -> list[str]:
    """The list items that show a rank and link to an app, as text."""
    parts = _without(_without(page, "<script", "</script>"), "<!--", "-->").split("<li")
    rows = [part for part in parts[1:] if "/app/" in part and _RANK_CLASS.search(part)]
    if not rows:
        raise NotUnderstood("the markup has no rows with rank and app")
    _, _, behind = rows[-1].partition("</li")
    if "</ol" not in behind and "</ul" not in behind:
        raise NotUnderstood("the page is cut: its list of rows does not end")
    rows = ["<li" + row.partition("</li")[0] for row in rows]
    _check_size(rows)
    return rows


def _without(text: str, opening: str, closing: str) -> str:
    first, *rest = text.split(opening)
    return first + "".join(part.partition(closing)[2] for part in rest)


def _check_size(rows: list[str]) -> None:
    pieces = sum(row.count("<") + row.count("&") for row in rows)
    if len(rows) > _MOST_ROWS or pieces > _MOST_PIECES or sum(map(len, rows)) > _MOST_LETTERS:
        raise NotUnderstood(f"the markup has far more than a chart's rows ({len(rows)})")


# Until 2025-11-02:
# <ol class="l-row chart …"><li><a class="we-lockup …" href="https://apps.apple.com/us/app/…/id64…">
#   <p class="we-lockup__rank">1</p> <div class="we-lockup__title"><p>ChatGPT</p></div>
#   <div class="we-lockup__subtitle">OpenAI</div></a></li>
# Since 2025-11-03, no developer:
# <ul class="grid"><li><a href="https://apps.apple.com/us/app/chatgpt/id6448311069">
#   <p class="ordinal">1</p> <h3>ChatGPT</h3> …</a></li>
def _row(place: int, row: str) -> tuple[Entry, str | None]:
    if not _WELL_FORMED.fullmatch(row):
        raise NotUnderstood(f"row {place} of the markup has a tag that does not end")
    soup = _soup(f"{row}</li>")
    app_id, storefront = _link(place, soup)
    old = soup.find(class_="we-lockup__rank") is not None
    rank = explicit_rank(_text(soup, ".we-lockup__rank" if old else ".ordinal"), place)
    if rank != place:
        raise NotUnderstood(f"the markup has rank {rank} where {place} belongs")
    name = _text(soup, ".we-lockup__title" if old else "h3")
    return _entry(place, app_id, name, _text(soup, ".we-lockup__subtitle")), storefront


def _soup(row: str) -> BeautifulSoup:
    from bs4 import BeautifulSoup

    return BeautifulSoup(row, "html.parser")


def _link(place: int, soup: BeautifulSoup) -> tuple[str, str | None]:
    for link in soup.find_all("a", href=True):
        found = APP_LINK.search(str(link["href"]))
        if found:
            return found[2], found[1]
    raise NotUnderstood(f"row {place} of the markup has no app id")


def _text(soup: BeautifulSoup, selector: str) -> str | None:
    found = soup.select_one(selector)
    return found.get_text() if found else None


def _entry(place: int, app_id: str, name: str | None, developer: str | None) -> Entry:
    try:
        return entry(place, app_id, name, developer)
    except ParseError as error:
        raise NotUnderstood(f"in the markup {error}") from None
