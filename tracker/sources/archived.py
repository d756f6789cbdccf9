"""Copies of charts in a web archive: families of addresses, their parsers, and whose clock counts.

A family is a form in which Apple published charts. Its copies are a source of their own, so that
archived ranks never join a recorded series. Everything here is pure: ``Payload.url`` is the
address of the copy, ``…/web/20250127101500id_/https://apps.apple.com/…``, and names the time of
the copy, the original address and so the chart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tracker.errors import ParseError
from tracker.model import APPS, GENRES, Chart, Payload, Snapshot, iso
from tracker.sources import (
    apple_rss,
    archived_itunes_page,
    archived_itunes_xml,
    archived_rss_v1,
    itunes_rss,
    web_charts,
)
from tracker.sources.parsing import check_size, refusing
from tracker.sources.web_page import page_genre
from tracker.storefronts import NAMES, NUMBERS

#: A body's own time is the time of observation up to so long before the copy was made ...
STALE = timedelta(hours=24)
#: ... is called stale from here on, and may be later than the copy by so much.
FRESH, EARLY = timedelta(minutes=15), timedelta(minutes=5)
#: No chart is shorter: a few rows are the beginning of one, or another page.
LEAST = 10
_LONGEST_ADDRESS = 2000
_PLAYBACK = re.compile(r"(https?://[^\s]+?)/web/([0-9]{14})id_/(https?://[^\s]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Copy:
    """The address of a copy, taken apart: the archive, the time of the copy, what it is of."""

    archive: str
    captured_at: datetime
    original: str

    @property
    def url(self) -> str:
        """Where the copy is played back as it was captured: ``id_`` means without changes."""
        return f"{self.archive}/web/{self.captured_at:%Y%m%d%H%M%S}id_/{self.original}"

    @classmethod
    def parse(cls, url: str) -> Copy:
        match = _PLAYBACK.fullmatch(url) if len(url) <= _LONGEST_ADDRESS else None
        captured_at = read_timestamp(match[2]) if match else None
        if match is None or captured_at is None:
            raise ParseError("the address is not that of a copy in a web archive")
        return cls(match[1], captured_at, match[3])


def read_timestamp(text: str) -> datetime | None:
    """The instant of ``20250127101500``; None for what is none, such as a month 00."""
    if not re.fullmatch(r"[0-9]{14}", text, re.ASCII):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Held:
    """What an address has: the chart, and how many ranks it asks for (None: it does not say)."""

    chart: Chart
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """One form in which charts were published.

    ``prefixes(chart)`` are the beginnings of the addresses that may have the chart, without their
    scheme; none where the family has no such chart. ``held(original)`` is what an address has, None
    for any other page. ``dated``: its bodies state their own time, so that one with the same bytes
    is a copy of one observation. ``depth`` is the least and the most ranks of a whole chart.
    """

    name: str
    source: str
    prefixes: Callable[[Chart], tuple[str, ...]]
    held: Callable[[str], Held | None]
    read: Callable[[Payload], Snapshot]
    dated: bool
    depth: tuple[int, int]


def _address(pattern: str) -> re.Pattern[str]:
    """A pattern of whole addresses; scheme, ``www.`` and port vary between copies of one page."""
    return re.compile(rf"https?://{pattern}", re.ASCII | re.IGNORECASE)


def _chart(storefront: str, device: str, ranking: str, genre: str) -> Chart | None:
    """A chart, None where one of its parts is unknown."""
    known = storefront in NAMES and genre in (APPS, *GENRES)
    return Chart(storefront, device, ranking, genre) if known else None


def _held(chart: Chart | None, limit: str | None = None) -> Held | None:
    return Held(chart, int(limit) if limit else None) if chart else None


# A: www.apple.com/itunes/charts/free-apps/ (us), www.apple.com/uk/itunes/charts/paid-apps/
_PAGE = _address(
    r"(?:www\.)?apple\.com(?::[0-9]+)?(?:/([a-z]{2}))?/itunes/charts/"
    r"(free|paid|top-grossing)-apps/?(?:[?#].*)?"
)
_PAGE_RANKINGS = {"free": "top-free", "paid": "top-paid", "top-grossing": "top-grossing"}
#: Apple's site has its own code for one country; ``la`` there is Latin America, not Laos.
_SITES = {"uk": "gb"}
_NO_SITES = ("la", "gb")


def _page_prefixes(chart: Chart) -> tuple[str, ...]:
    if chart.device != "iphone" or chart.genre != "all" or chart.storefront in ("la",):
        return ()
    ranking = next(name for name, code in _PAGE_RANKINGS.items() if code == chart.ranking)
    sites = {front: site for site, front in _SITES.items()}
    site = sites.get(chart.storefront, chart.storefront)
    path = "" if site == "us" else f"/{site}"
    return (f"www.apple.com{path}/itunes/charts/{ranking}-apps",)


def _page_held(original: str) -> Held | None:
    match = _PAGE.fullmatch(original)
    site = (match[1] or "us").lower() if match else ""
    if match is None or site in _NO_SITES:
        return None
    ranking = _PAGE_RANKINGS[match[2].lower()]
    return _held(_chart(_SITES.get(site, site), "iphone", ranking, "all"))


# B: itunes.apple.com/us/rss/topfreeapplications/limit=100/genre=6007/json, parameters in any order;
# and earlier (ax.)itunes.apple.com/WebObjects/MZStoreServices.woa/ws/RSS/topfreeapplications/…/xml
_FEED = _address(
    r"(?:ax\.)?itunes\.apple\.com(?::[0-9]+)?/(?:([a-z]{2})/rss|WebObjects/MZStoreServices\.woa"
    r"/ws/RSS)/(topfree|toppaid|topgrossing)((?:ipad)?applications|macapps)"
    r"((?:/[a-z]+=[0-9a-z_]+)*)/(?:json|xml)/?(?:[?#].*)?"
)
_FEED_RANKINGS = {"topfree": "top-free", "toppaid": "top-paid", "topgrossing": "top-grossing"}
_FEED_DEVICES = {"applications": "iphone", "ipadapplications": "ipad", "macapps": "mac"}
_STOREFRONTS = {str(number): code for code, number in NUMBERS.items()}
_GENRES = {str(number): name for name, number in GENRES.items()}
_OLD_FEEDS = ("itunes.apple.com", "ax.itunes.apple.com")


def _feed_prefixes(chart: Chart) -> tuple[str, ...]:
    if not itunes_rss.SOURCE.carries(chart):
        return ()
    ranking = next(name for name, code in _FEED_RANKINGS.items() if code == chart.ranking)
    kind = next(name for name, code in _FEED_DEVICES.items() if code == chart.device)
    newer = f"itunes.apple.com/{chart.storefront}/rss/{ranking}{kind}/"
    if chart.storefront not in NUMBERS:
        return (newer,)
    older = f"/WebObjects/MZStoreServices.woa/ws/RSS/{ranking}{kind}/"
    return (newer, *(host + older for host in _OLD_FEEDS))


def _feed_held(original: str) -> Held | None:
    match = _FEED.fullmatch(original)
    if match is None:
        return None
    pairs = [pair.partition("=")[::2] for pair in match[4].lower().split("/")[1:]]
    values = dict(pairs)
    if len(values) != len(pairs) or values.keys() - {"limit", "genre", "sf", "lang"}:
        return None
    numbered = _STOREFRONTS.get(values["sf"]) if "sf" in values else None
    front = match[1].lower() if match[1] else numbered
    if front is None or ("sf" in values and numbered != front):
        return None  # an address without a country was answered by where the asker was
    genre = _GENRES.get(values.get("genre", str(GENRES["all"])))
    ranking, device = _FEED_RANKINGS[match[2].lower()], _FEED_DEVICES[match[3].lower()]
    chart = _chart(front, device, ranking, genre) if genre else None
    limit = values.get("limit", "")
    if chart is None or not itunes_rss.SOURCE.carries(chart) or not _is_limit(limit):
        return None
    return _held(chart, limit)


def _is_limit(text: str) -> bool:
    """Whether TEXT is a number of rows that a feed may ask for, or nothing."""
    return not text or (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) > 0)


# C: rss.itunes.apple.com/api/v1/us/ios-apps/top-free/all/100/explicit.json
_V1 = _address(
    r"rss\.itunes\.apple\.com(?::[0-9]+)?/api/v1/([a-z]{2})/ios-apps/(top-free|top-paid|top-grossing)"
    r"/(all|games)/([0-9]{1,4})/explicit\.json(?:[?#].*)?"
)


def _v1_prefixes(chart: Chart) -> tuple[str, ...]:
    if not archived_rss_v1.carries(chart):
        return ()
    path = f"{chart.storefront}/ios-apps/{chart.ranking}/{chart.genre}/"
    return (f"rss.itunes.apple.com/api/v1/{path}",)


def _v1_held(original: str) -> Held | None:
    match = _V1.fullmatch(original)
    if match is None or not _is_limit(match[4]):
        return None
    front, ranking, genre = match[1].lower(), match[2].lower(), match[3].lower()
    return _held(_chart(front, "iphone", ranking, genre), match[4])


# D: rss.applemarketingtools.com/api/v2/us/apps/top-free/100/apps.json, and the host after it
_V2_HOSTS = ("rss.applemarketingtools.com", "rss.marketingtools.apple.com")
_V2 = _address(
    rf"(?:{'|'.join(map(re.escape, _V2_HOSTS))})(?::[0-9]+)?/api/v2/([a-z]{{2}})/apps/"
    r"(top-free|top-paid)/([0-9]{1,4})/apps\.json(?:[?#].*)?"
)


def _v2_prefixes(chart: Chart) -> tuple[str, ...]:
    if not apple_rss.SOURCE.carries(chart):
        return ()
    path = f"/api/v2/{chart.storefront}/apps/{chart.ranking}/"
    return tuple(host + path for host in _V2_HOSTS)


def _v2_held(original: str) -> Held | None:
    match = _V2.fullmatch(original)
    if match is None or not _is_limit(match[3]):
        return None
    return _held(_chart(match[1].lower(), "iphone", match[2].lower(), APPS), match[3])


# E: apps.apple.com/us/charts/iphone/top-free-apps/36, …/productivity-apps/6007?chart=top-free
# F: apps.apple.com/us/iphone/charts/36?chart=top-free; without a genre: a page of several charts
_OLD_PAGE = _address(
    r"apps\.apple\.com(?::[0-9]+)?/([a-z]{2})/charts/(iphone|ipad)/([^/?#]+)/([0-9]{1,9})/?"
    r"(?:\?([^#]*))?(?:#.*)?"
)
_NEW_PAGE = _address(
    r"apps\.apple\.com(?::[0-9]+)?/([a-z]{2})/(iphone|ipad|mac)/charts(?:/([0-9]{1,9}))?/?"
    r"(?:\?([^#]*))?(?:#.*)?"
)
_CHART = re.compile(r"(?:^|&)chart=([a-z-]+)(?:&|$)", re.ASCII)


def _old_page_prefixes(chart: Chart) -> tuple[str, ...]:
    if chart.device == "mac" or not web_charts.SOURCE.carries(chart):
        return ()
    return (f"apps.apple.com/{chart.storefront}/charts/{chart.device}/",)


def _old_page_held(original: str) -> Held | None:
    match = _OLD_PAGE.fullmatch(original)
    if match is None:
        return None
    slug = match[3].lower()
    ranking = "top-paid" if slug.startswith("top-paid") else "top-free"
    return _web_held(match[1], match[2], match[4], match[5], ranking)


def _new_page_prefixes(chart: Chart) -> tuple[str, ...]:
    if not web_charts.SOURCE.carries(chart):
        return ()
    path = f"apps.apple.com/{chart.storefront}/{chart.device}/charts"
    return (path,) if chart.genre == APPS else (f"{path}/{page_genre(chart)}",)


def _new_page_held(original: str) -> Held | None:
    match = _NEW_PAGE.fullmatch(original)
    if match is None:
        return None
    return _web_held(match[1], match[2], match[3] or "36", match[4], "top-free")


def _web_held(front: str, device: str, genre: str, query: str | None, ranking: str) -> Held | None:
    """A page's chart; without ``chart=`` in its QUERY it opens on RANKING."""
    name = APPS if genre == str(GENRES["all"]) else _GENRES.get(genre)
    named = _CHART.search(query or "")
    ranking = named[1] if named else ranking
    if name is None or ranking not in ("top-free", "top-paid"):
        return None
    return _held(_chart(front.lower(), device.lower(), ranking, name))


FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family(
            "apple-rss", "archived-apple-rss", _v2_prefixes, _v2_held, apple_rss.read,
            dated=True, depth=(LEAST, 200),
        ),
        Family(
            "web-charts", "archived-web-charts", _new_page_prefixes, _new_page_held,
            web_charts.read, dated=False, depth=(LEAST, 200),
        ),
        Family(
            "web-charts-until-2025", "archived-web-charts", _old_page_prefixes, _old_page_held,
            web_charts.read, dated=True, depth=(LEAST, 100),
        ),
        Family(
            "itunes-rss", "archived-itunes-rss", _feed_prefixes, _feed_held,
            archived_itunes_xml.read, dated=True, depth=(LEAST, 400),
        ),
        Family(
            "rss-v1", "archived-rss-v1", _v1_prefixes, _v1_held, archived_rss_v1.read,
            dated=True, depth=(LEAST, 200),
        ),
        # A page cut short seems to be a short chart: nothing in it says how many rows it had.
        Family(
            "itunes-page", "archived-itunes-page", _page_prefixes, _page_held,
            archived_itunes_page.read, dated=False, depth=(100, 100),
        ),
    )
}  # fmt: skip


def families_of(chart: Chart) -> tuple[Family, ...]:
    """The families that may have CHART."""
    return tuple(family for family in FAMILIES.values() if family.prefixes(chart))


def held_by(source: str, original: str) -> tuple[Family, Held] | None:
    """The family of SOURCE that has the address ORIGINAL, and what that has; None for neither."""
    for family in FAMILIES.values():
        held = family.held(original) if family.source == source else None
        if held:
            return family, held
    return None


def _read(payload: Payload) -> Snapshot:
    copy = Copy.parse(payload.url)
    family_found = held_by(payload.source, copy.original)
    if family_found is None or family_found[1].chart != payload.chart:
        raise ParseError(f"the address of the copy is not one of {payload.chart}")
    family, held = family_found
    plain = replace(payload, url=copy.original, observed_at=copy.captured_at)
    snapshot = family.read(plain)
    least, most = family.depth
    check_size(list(snapshot.entries), min(most, held.limit or most))
    if snapshot.depth < min(least, held.limit or least):
        raise ParseError(f"{snapshot.depth} ranks came; a whole chart of this kind has {least}")
    at, remark = observed(copy.captured_at, snapshot.published_at)
    remarks = [text for text in (snapshot.remark, remark) if text]
    return replace(snapshot, observed_at=at, remark="; ".join(remarks) or None)


def observed(captured_at: datetime, published_at: datetime | None) -> tuple[datetime, str | None]:
    """When a copy's ranks were observed, by the body's own time, and a remark where it is stale.

    A body without a time was observed when it was copied. Raises ``ParseError`` for a body that is
    older than a day, or later than its copy.
    """
    if published_at is None:
        return captured_at, None
    age = captured_at - published_at
    if age < -EARLY:
        raise ParseError(
            f"the body's own date {iso(published_at)} is after the copy of {iso(captured_at)}"
        )
    if age > STALE:
        raise ParseError(
            f"the body's own date {iso(published_at)} is more than 24 h before the copy of "
            f"{iso(captured_at)}"
        )
    if age <= FRESH:
        return published_at, None
    return published_at, f"stale by {age.total_seconds() / 3600:.1f} h when it was copied"


def _carries(source: str) -> Callable[[Chart], bool]:
    mine = [family for family in FAMILIES.values() if family.source == source]
    return lambda chart: any(family.prefixes(chart) for family in mine)


#: What reads a copy, by the name of its source.
PARSERS: Mapping[str, Callable[[Payload], Snapshot]] = {
    source: refusing(source, _carries(source), _read)
    for source in dict.fromkeys(family.source for family in FAMILIES.values())
}
