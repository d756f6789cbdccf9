"""What both readers of the chart page hand back, and the checks they share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tracker.errors import ParseError
from tracker.model import GENRES, Chart, Entry
from tracker.sources._read import same

#: https://apps.apple.com/us/app/chatgpt/id6448311069, with or without host, storefront and name
APP_LINK = re.compile(r"(?:/([a-z]{2}))?/app/(?:[^/?#\s]+/)?id([0-9]{1,19})(?![0-9])", re.ASCII)


class NotUnderstood(ParseError):
    """One of the two tellings of the page is absent or in no known shape; try the other."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One telling of the page: the entries, and the page's own time where it has one."""

    entries: tuple[Entry, ...]
    published_at: datetime | None = None


def page_genre(chart: Chart) -> str:
    """The genre's number on the page, where 36 is all genres but games: ``apps``, not ``all``."""
    return str(chart.genre_number or GENRES["all"])


def explicit_rank(said: object, place: int) -> int:
    """The rank a row tells of itself, as number or text (some storefronts write other digits)."""
    if type(said) is int and 0 < said < 10_000:
        return said
    text = said.strip() if isinstance(said, str) else ""
    if re.fullmatch(r"\d{1,4}", text) and int(text):
        return int(text)
    raise NotUnderstood(f"row {place} tells no rank")


def check_storefronts(told: Iterable[str | None], chart: Chart) -> None:
    """Refuse links into another storefront, and a page none of whose links names one.

    An unknown storefront is answered with the page of ``us``, at the address that was asked.
    """
    named = [storefront for storefront in told if storefront]
    if not named:
        raise NotUnderstood("no link of a row names the storefront")
    for storefront in named:
        same("storefront", storefront, chart.storefront)
