"""The iTunes search and lookup answers: names and ids of apps, never ranks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from tracker.errors import ParseError
from tracker.sources.parsing import app_id, at, clean, json_of, printable, text_of

BASE = "https://itunes.apple.com"
#: The store answers no search with more.
_MOST = 200


@dataclass(frozen=True, slots=True)
class FoundApp:
    """An app as a lookup returns it: localised names, None for what is missing."""

    app_id: str
    name: str
    developer: str | None = None
    bundle_id: str | None = None
    url: str | None = None


def search_url(text: str, storefront: str, base: str = BASE, limit: int = 25) -> str:
    """The address that answers with at most LIMIT apps (1 to 200) fitting TEXT."""
    wanted = {"term": text, "country": storefront, "entity": "software"}
    return _url(base, "search", {**wanted, "limit": str(max(1, min(limit, _MOST)))})


def lookup_url(ids: Iterable[str], storefront: str, base: str = BASE) -> str:
    """The address that answers with the apps of IDS, 150 at most; unknown ones vanish silently."""
    return _url(base, "lookup", {"id": ",".join(ids), "country": storefront})


def _url(base: str, path: str, wanted: dict[str, str]) -> str:
    return f"{base.rstrip('/')}/{path}?{urlencode(wanted, safe=',', errors='replace')}"


# \n\n\n{"resultCount": 1, "results": [{"trackId": 6448311069, "trackName": "ChatGPT",
#   "artistName": "OpenAI OpCo, LLC", "bundleId": "com.openai.chat", "wrapperType": "software",
#   "trackViewUrl": "https://apps.apple.com/us/app/chatgpt/id6448311069?uo=4", …}]}
def parse_found(body: bytes) -> tuple[FoundApp, ...]:
    """The apps of a search or lookup answer, in its order; none found is an empty tuple."""
    try:
        return _apps_of(json_of(text_of(body)))
    except ParseError as error:
        raise ParseError(f"iTunes search: {printable(str(error))}") from None


def _apps_of(answer: object) -> tuple[FoundApp, ...]:
    results = at(answer, "results")
    if not isinstance(results, list):
        said = clean(at(answer, "errorMessage"))
        raise ParseError(f"the store says '{said}'" if said else "'results' is missing")
    return tuple(_app(place, row) for place, row in enumerate(results, 1) if _is_software(row))


def _is_software(row: object) -> bool:
    """A lookup of a developer's id answers with the developer, too: that row is not an app."""
    return at(row, "wrapperType") in (None, "software")


def _app(place: int, row: object) -> FoundApp:
    number = app_id(at(row, "trackId"), "result", place)
    name = clean(at(row, "trackName"))
    if name is None:
        raise ParseError(f"result {place} (app {number}) has no name")
    return FoundApp(
        number,
        name,
        clean(at(row, "artistName")),
        clean(at(row, "bundleId")),
        clean(at(row, "trackViewUrl")),
    )
