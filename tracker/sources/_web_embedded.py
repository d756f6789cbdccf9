"""The chart page's embedded JSON, in both designs of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tracker.errors import ParseError
from tracker.model import Chart, Entry
from tracker.sources._read import at, entry, instant, json_of, same
from tracker.sources._web_reading import (
    APP_LINK,
    NotUnderstood,
    Reading,
    check_storefronts,
    explicit_rank,
    page_genre,
)

_NEW = "serialized-server-data"
_OLD = "shoebox-media-api-cache-apps"
#: How far before its id a script's tag may begin, in characters.
_TAG = 500
_LONGEST_LINK = 2000
_CHARTS_KEY = re.compile(r"\.v1\.catalog\.([a-z]{2})\.charts\.", re.ASCII)
_KEY_WORDS = {
    "storefront": _CHARTS_KEY,
    "device": re.compile(r"\.platform\.([a-z]+)", re.ASCII),
    "genre": re.compile(r"\.genre\.([0-9]+)", re.ASCII),
    "ranking": re.compile(r"\.chart\.([a-z-]+)", re.ASCII),
}


def read_embedded(page: str, chart: Chart) -> Reading:
    """The chart in PAGE's scripts. A hole or another chart is refused, another shape not read."""
    for name, read in ((_NEW, _read_new), (_OLD, _read_old)):
        script = _script(page, name)
        if script is not None:
            return read(_json(script, name), chart)
    raise NotUnderstood(f"there is no script '{_NEW}' or '{_OLD}'")


def _script(page: str, name: str) -> str | None:
    """The content of the script element with id NAME; None where absent or cut.

    Looked up without an HTML parser: Python's takes quadratic time on some rubbish.
    """
    for found in re.finditer(rf"\bid=[\"']?{name}[\"'\s>]", page):
        tag = page.rfind("<", max(0, found.start() - _TAG), found.start())
        if page.startswith("<script", tag):
            _, _, rest = page[found.end() - 1 :].partition(">")
            content, closed, _ = rest.partition("</script")
            return content if closed else None
    return None


def _json(script: str, name: str) -> object:
    try:
        return json_of(script)
    except ParseError as error:
        raise NotUnderstood(f"script '{name}': {error}") from None


def _whole(rows: Iterator[tuple[int, Entry]]) -> tuple[Entry, ...]:
    """The entries of (rank told, entry at that place); a hole in the ranks is refused."""
    entries = []
    for rank, one in rows:
        if rank != one.rank:
            raise ParseError(f"the embedded JSON has rank {rank} where {one.rank} belongs")
        entries.append(one)
    return tuple(entries)


def _entry(place: int, app_id: object, name: object, developer: object) -> Entry:
    try:
        return entry(place, app_id, name, developer)
    except ParseError as error:
        raise NotUnderstood(f"in the embedded JSON {error}") from None


# Until 2025-11-02, in script#shoebox-media-api-cache-apps; each value is JSON in a string:
# {".v1.catalog.us.charts.types.apps.platform.iphone.genre.6007.chart.top-free.limit.100…":
#   "{"x": 1736874059044, "d": {"apps": [{"chart": "top-free", "data": [
#      {"id": "6448311069", "attributes": {"name": "ChatGPT", "artistName": "OpenAI",
#       "chartPositions": {"appStore": {"position": 1, "genre": 6007, "chart": "top-free", …}}}}
#   ]}]}}"}
def _read_old(cache: object, chart: Chart) -> Reading:
    key = _charts_key(cache, chart)
    value = at(cache, key)
    answer = _json(value, _OLD) if isinstance(value, str) else value
    rows = enumerate(_old_rows(answer, chart), 1)
    entries = _whole(_old_row(place, row, chart) for place, row in rows)
    return Reading(entries, instant(_of_milliseconds, at(answer, "x")))


def _charts_key(cache: object, chart: Chart) -> str:
    """The key of CHART; a page of other charts only is refused for the first of them."""
    names = list(map(str, cache)) if isinstance(cache, dict) else []
    keys = [name for name in names if _CHARTS_KEY.search(name)]
    if not keys:
        raise NotUnderstood(f"script '{_OLD}' has no key '.v1.catalog.{chart.storefront}.charts'")
    asked = _asked(chart)
    key = next((key for key in keys if _told(key).items() <= asked.items()), keys[0])
    for what, said in _told(key).items():
        same(what, said, asked[what])
    return key


def _told(key: str) -> dict[str, str]:
    """What a key says of its chart, as far as it says it."""
    found = {what: word.search(key) for what, word in _KEY_WORDS.items()}
    return {what: match[1] for what, match in found.items() if match}


def _asked(chart: Chart) -> dict[str, str]:
    return {
        "storefront": chart.storefront,
        "device": chart.device,
        "genre": page_genre(chart),
        "ranking": chart.ranking,
    }


def _old_rows(answer: object, chart: Chart) -> list[Any]:
    apps = at(answer, "d", "apps")
    first = apps[0] if isinstance(apps, list) and apps else None
    _same_if_told("ranking", at(first, "chart"), chart.ranking)
    rows = at(first, "data")
    if not isinstance(rows, list) or not rows:
        raise NotUnderstood(f"script '{_OLD}' has no d.apps[0].data")
    return rows


def _old_row(place: int, row: object, chart: Chart) -> tuple[int, Entry]:
    position = at(row, "attributes", "chartPositions", "appStore")
    _same_if_told("genre", at(position, "genre"), page_genre(chart))
    _same_if_told("ranking", at(position, "chart"), chart.ranking)
    name, developer = at(row, "attributes", "name"), at(row, "attributes", "artistName")
    rank = explicit_rank(at(position, "position"), place)
    return rank, _entry(place, at(row, "id"), name, developer)


def _same_if_told(what: str, said: object, asked: str) -> None:
    if isinstance(said, str | int):
        same(what, str(said), asked)


def _of_milliseconds(said: Any) -> datetime:
    return datetime.fromtimestamp(said / 1000, UTC)


# Since 2025-11-03, in script#serialized-server-data. Where in it the chart stands is established
# nowhere, so the tree is walked for the one list of such objects:
# {"adamId": "6448311069", "title": "ChatGPT", "ordinal": "1",
#  "clickAction": {"pageUrl": "https://apps.apple.com/us/app/chatgpt/id6448311069"}, …}
def _read_new(tree: object, chart: Chart) -> Reading:
    lists = list(_lists_of_ranked(tree))
    if len(lists) != 1:
        raise NotUnderstood(
            f"script '{_NEW}' has {len(lists)} lists of objects with Adam id, title and ordinal"
        )
    rows = [_lockup(row) for row in lists[0]]
    entries = _whole(_new_row(place, row) for place, row in enumerate(rows, 1))
    check_storefronts(
        (_storefront_of(row, one.app_id) for row, one in zip(rows, entries, strict=True)), chart
    )
    return Reading(entries)


def _lists_of_ranked(tree: object) -> Iterator[list[Any]]:
    todo = [tree]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)
            if any(_is_ranked(_lockup(one)) for one in value):
                yield value


def _lockup(item: object) -> object:
    """The object that names the app: the list's item itself, or its ``lockup``."""
    return at(item, "lockup") or item


def _is_ranked(row: object) -> bool:
    told = (at(row, "adamId") or at(row, "id"), at(row, "title"), at(row, "ordinal"))
    return None not in told


def _new_row(place: int, row: object) -> tuple[int, Entry]:
    # The page names no developer; ``subtitle`` is the app's slogan.
    rank = explicit_rank(at(row, "ordinal"), place)
    return rank, _entry(place, at(row, "adamId") or at(row, "id"), at(row, "title"), None)


def _storefront_of(row: object, app_id: str) -> str | None:
    """The storefront in the row's links to its own app; None where there is none."""
    todo = [row]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)
        elif isinstance(value, str) and len(value) < _LONGEST_LINK:
            found = APP_LINK.search(value)
            if found and found[1] and found[2] == app_id:
                return found[1]
    return None
