"""What the readers of the chart page share: the result, the page's address, and their checks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tracker.errors import ParseError
from tracker.model import GENRES, Chart, Entry
from tracker.sources.parsing import json_of, same

#: https://apps.apple.com/us/app/chatgpt/id6448311069, with or without host, storefront and name;
#: a bundle of apps holds a rank too: https://apps.apple.com/us/app-bundle/notes-pro/id1500000000
APP_LINK = re.compile(
    r"(?:/([a-z]{2}))?/app(?:-bundle)?/(?:[^/?#\s]+/)?id([0-9]{1,19})(?![0-9])", re.ASCII
)
#: Links on pages of other devices than the iPhone end in ``?platform=ipad``.
PLATFORM = re.compile(r"[?&]platform=([a-z]+)", re.ASCII)
#: /us/iphone/charts/6007, and until 2025-11-02 /us/charts/iphone/productivity-apps/6007. A hub of
#: several genres has no genre in its address: /us/iphone/charts
_ADDRESS = re.compile(
    r"/([a-z]{2})/(?:([a-z]+)/charts|charts/([a-z]+))(?:(?:/[^/?#]+)*?/([0-9]{1,9}))?/?(?![^?#])",
    re.ASCII | re.IGNORECASE,
)
_RANKING = re.compile(r"[?&]chart=([a-z-]+)", re.ASCII)
_LONGEST_ADDRESS = 2000
#: How far before its id a script's tag may begin, in characters.
_TAG = 500


class NotUnderstood(ParseError):
    """This form of the page is absent or unreadable; try the next one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The entries of a page, and the page's own time where it has one.

    ``remark`` says where the page was read from less than its embedded JSON; else None.
    """

    entries: tuple[Entry, ...]
    published_at: datetime | None = None
    remark: str | None = None


def page_genre(chart: Chart) -> str:
    """The genre's number on the page, where 36 is all genres but games: ``apps``, not ``all``."""
    return str(chart.genre_number or GENRES["all"])


def check_address(address: str, chart: Chart, what: str) -> bool:
    """Refuse an address of another chart; True where it names the genre, False for a hub."""
    match = _ADDRESS.search(address[:_LONGEST_ADDRESS])
    if not match:
        raise ParseError(f"{what} is not a chart's")
    same("storefront", match[1], chart.storefront)
    same("device", match[2] or match[3], chart.device)
    if match[4]:
        same("genre", match[4], page_genre(chart))
    return bool(match[4])


def ranking_in(address: str) -> str | None:
    """The ranking that ADDRESS asks for; None where it leaves that open."""
    match = _RANKING.search(address[:_LONGEST_ADDRESS])
    return match[1] if match else None


def script(page: str, name: str) -> str | None:
    """The content of the script element with id NAME; None where there is none.

    Looked up without an HTML parser: Python's takes quadratic time on some rubbish.
    """
    for match in re.finditer(rf"\bid=[\"']?{name}[\"'\s>]", page):
        tag = page.rfind("<", max(0, match.start() - _TAG), match.start())
        if page.startswith("<script", tag):
            _, _, rest = page[match.end() - 1 :].partition(">")
            content, closed, _ = rest.partition("</script")
            if not closed:
                raise ParseError(f"the page is cut: its script '{name}' does not end")
            return content
    return None


def script_json(content: str, name: str) -> object:
    """The value of the JSON in the script NAME."""
    try:
        return json_of(content)
    except ParseError as error:
        raise NotUnderstood(f"script '{name}': {error}") from None


def explicit_rank(said: object, place: int) -> int:
    """The rank a row states, as number or text (some storefronts write other digits)."""
    if type(said) is int and 0 < said < 10_000:
        return said
    text = said.strip() if isinstance(said, str) else ""
    if re.fullmatch(r"\d{1,4}", text) and int(text):
        return int(text)
    raise NotUnderstood(f"row {place} states no rank")


def check_storefronts(storefronts: Iterable[str | None], chart: Chart) -> None:
    """Refuse links into another storefront, and a page none of whose links names one.

    An unknown storefront is answered with the page of ``us``, at the address that was asked.
    """
    named = [storefront for storefront in storefronts if storefront]
    if not named:
        raise NotUnderstood("no link of a row names the storefront")
    for storefront in named:
        same("storefront", storefront, chart.storefront)
