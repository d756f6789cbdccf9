"""The chart page's embedded JSON until 2025-11-02."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from tracker.errors import ParseError
from tracker.model import Chart, Entry
from tracker.sources.parsing import at, entry, instant, same
from tracker.sources.web_page import (
    NotUnderstood,
    Reading,
    explicit_rank,
    page_genre,
    script,
    script_json,
)

_SCRIPT = "shoebox-media-api-cache-apps"
_CHARTS_KEY = re.compile(r"\.v1\.catalog\.([a-z]{2})\.charts\.", re.ASCII)
_KEY_WORDS = {
    "storefront": _CHARTS_KEY,
    "device": re.compile(r"\.platform\.([a-z]+)", re.ASCII),
    "genre": re.compile(r"\.genre\.([0-9]+)", re.ASCII),
    "ranking": re.compile(r"\.chart\.([a-z-]+)", re.ASCII),
}


# Until 2025-11-02, in script#shoebox-media-api-cache-apps; each value is JSON in a string:
# {".v1.catalog.us.charts.types.apps.platform.iphone.genre.6007.chart.top-free.limit.100…":
#   "{"x": 1736874059044, "d": {"apps": [{"chart": "top-free", "data": [
#      {"id": "6448311069", "attributes": {"name": "ChatGPT", "artistName": "OpenAI",
#       "chartPositions": {"appStore": {"position": 1, "genre": 6007, "chart": "top-free", …}}}}
#   ]}]}}"}
def read_until_2025(page: str, chart: Chart) -> Reading:
    """The chart in PAGE's script. A hole or another chart is refused, another shape not read."""
    content = script(page, _SCRIPT)
    if content is None:
        raise NotUnderstood(f"there is no script '{_SCRIPT}'")
    cache = script_json(content, _SCRIPT)
    key = _charts_key(cache, chart)
    value = at(cache, key)
    answer = script_json(value, _SCRIPT) if isinstance(value, str) else value
    rows = enumerate(_rows(answer, chart), 1)
    entries = tuple(_row(place, row, chart) for place, row in rows)
    return Reading(entries, instant(_of_milliseconds, at(answer, "x")))


def _charts_key(cache: object, chart: Chart) -> str:
    """The key of CHART; a page of other charts only is refused for the first of them."""
    names = list(map(str, cache)) if isinstance(cache, dict) else []
    keys = [name for name in names if _CHARTS_KEY.search(name)]
    if not keys:
        raise NotUnderstood(
            f"script '{_SCRIPT}' has no key '.v1.catalog.{chart.storefront}.charts'"
        )
    asked = _asked(chart)
    key = next((key for key in keys if _stated(key).items() <= asked.items()), keys[0])
    for what, said in _stated(key).items():
        same(what, said, asked[what])
    return key


def _stated(key: str) -> dict[str, str]:
    """The parts of its chart that a key names."""
    matches = {what: word.search(key) for what, word in _KEY_WORDS.items()}
    return {what: match[1] for what, match in matches.items() if match}


def _asked(chart: Chart) -> dict[str, str]:
    return {
        "storefront": chart.storefront,
        "device": chart.device,
        "genre": page_genre(chart),
        "ranking": chart.ranking,
    }


def _rows(answer: object, chart: Chart) -> list[Any]:
    apps = at(answer, "d", "apps")
    first = apps[0] if isinstance(apps, list) and apps else None
    _same_if_stated("ranking", at(first, "chart"), chart.ranking)
    rows = at(first, "data")
    if not isinstance(rows, list) or not rows:
        raise NotUnderstood(f"script '{_SCRIPT}' has no d.apps[0].data")
    return rows


def _row(place: int, row: object, chart: Chart) -> Entry:
    position = at(row, "attributes", "chartPositions", "appStore")
    _same_if_stated("genre", at(position, "genre"), page_genre(chart))
    _same_if_stated("ranking", at(position, "chart"), chart.ranking)
    rank = explicit_rank(at(position, "position"), place)
    if rank != place:
        raise ParseError(f"the embedded JSON has rank {rank} where {place} belongs")
    name, developer = at(row, "attributes", "name"), at(row, "attributes", "artistName")
    try:
        return entry(place, at(row, "id"), name, developer)
    except ParseError as error:
        raise NotUnderstood(f"in the embedded JSON {error}") from None


def _same_if_stated(what: str, said: object, asked: str) -> None:
    if isinstance(said, str | int):
        same(what, str(said), asked)


def _of_milliseconds(said: Any) -> datetime:
    return datetime.fromtimestamp(said / 1000, UTC)
