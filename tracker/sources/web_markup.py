"""The chart page's markup, in both designs of the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tracker.errors import ParseError
from tracker.model import Chart, Entry
from tracker.sources.parsing import entry, same
from tracker.sources.web_page import (
    APP_LINK,
    PLATFORM,
    NotUnderstood,
    Reading,
    check_address,
    check_storefronts,
    explicit_rank,
    ranking_in,
)

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

#: Several times what a page of 100 rows has; rubbish is refused before it costs seconds.
_MOST_ROWS = 500
_MOST_PIECES = 50_000  # tags and character references
_MOST_LETTERS = 2_500_000

_RANK_CLASS = re.compile(r"class=\"(?:[^\"]*\s)?(?:we-lockup__rank|ordinal)[\s\"]")
_CANONICAL = re.compile(r"<link\b[^<>]{0,500}\brel=\"?canonical\b[^<>]{0,500}>", re.ASCII)
_HREF = re.compile(r"\bhref=\"([^\"]*)\"")
# Python's HTML parser takes quadratic time on tags that never end, so it is given only rows in
# which each tag does. Every quantifier is possessive: one pass, no way back.
_ATTRIBUTE = r"[^\s\"'<>/=]++(?>\s*+=\s*+(?>\"[^\"]*+\"|'[^']*+'|[^\s\"'<>=`]++))?+"
WELL_FORMED = re.compile(rf"(?>[^<]++|</?+[a-zA-Z][^\s\"'<>/=]*+(?>\s++|/|{_ATTRIBUTE})*+>)*+")


def read_markup(page: str, chart: Chart, addressed: bool) -> Reading:
    """The chart in PAGE's rows: the 25 that the page draws, 100 until 2025-11-02.

    Rows name neither genre nor ranking. ADDRESSED: the address that answered does; otherwise the
    page's own canonical link must. Another chart is refused, any other flaw not read.
    """
    rows = [_row(place, row, chart) for place, row in enumerate(_rows(page), 1)]
    check_storefronts((storefront for _, storefront in rows), chart)
    if not addressed and not _canonical_names(page, chart):
        raise NotUnderstood("nothing on the page names genre and ranking")
    remark = f"read from the page's markup alone, which draws the first {len(rows)} ranks"
    return Reading(tuple(entry for entry, _ in rows), remark=remark)


def _canonical_names(page: str, chart: Chart) -> bool:
    """Whether the page's canonical link names the whole chart; that of another is refused."""
    tag = _CANONICAL.search(page)
    href = _HREF.search(tag[0]) if tag else None
    if not href:
        return False
    named = check_address(href[1], chart, "the page's canonical link")
    ranking = ranking_in(href[1])
    if ranking:
        same("ranking", ranking, chart.ranking)
    return named and ranking is not None


def _rows(page: str) -> list[str]:
    """The list items that show a rank and link to an app, as text."""
    parts = _without(_without(page, "<script", "</script>"), "<!--", "-->").split("<li")
    rows = [
        part for part in parts[1:]
        if ("/app/" in part or "/app-bundle/" in part) and _RANK_CLASS.search(part)
    ]  # fmt: skip
    if not rows:
        raise NotUnderstood("the markup has no rows with rank and app")
    _, _, behind = rows[-1].partition("</li")
    if "</ol" not in behind and "</ul" not in behind:
        raise NotUnderstood("the page is cut: its list of rows does not end")
    rows = ["<li" + row.partition("</li")[0] for row in rows]
    check_rows(rows)
    return rows


def _without(text: str, opening: str, closing: str) -> str:
    first, *rest = text.split(opening)
    return first + "".join(part.partition(closing)[2] for part in rest)


def check_rows(rows: list[str]) -> None:
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
def _row(place: int, row: str, chart: Chart) -> tuple[Entry, str | None]:
    if not WELL_FORMED.fullmatch(row):
        raise NotUnderstood(f"row {place} of the markup has a tag that does not end")
    soup = soup_of(f"{row}</li>")
    app_id, storefront = _link(place, soup, chart)
    old = soup.find(class_="we-lockup__rank") is not None
    rank = explicit_rank(_text(soup, ".we-lockup__rank" if old else ".ordinal"), place)
    if rank != place:
        raise NotUnderstood(f"the markup has rank {rank} where {place} belongs")
    name = _text(soup, ".we-lockup__title" if old else "h3")
    return _entry(place, app_id, name, _text(soup, ".we-lockup__subtitle")), storefront


def soup_of(row: str) -> BeautifulSoup:
    from bs4 import BeautifulSoup

    return BeautifulSoup(row, "html.parser")


def _link(place: int, soup: BeautifulSoup, chart: Chart) -> tuple[str, str | None]:
    """The app id and the storefront in the row's link; one of another device is refused."""
    for link in soup.find_all("a", href=True):
        match = APP_LINK.search(str(link["href"]))
        if match:
            platform = PLATFORM.search(str(link["href"]))
            if platform:
                same("device", platform[1], chart.device)
            return match[2], match[1]
    raise NotUnderstood(f"row {place} of the markup has no app id")


def _text(soup: BeautifulSoup, selector: str) -> str | None:
    tag = soup.select_one(selector)
    return tag.get_text() if tag else None


def _entry(place: int, app_id: str, name: str | None, developer: str | None) -> Entry:
    try:
        return entry(place, app_id, name, developer)
    except ParseError as error:
        raise NotUnderstood(f"in the markup {error}") from None
