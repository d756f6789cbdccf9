"""``itunes-rss-derived``: top-grossing apps without games, left of the legacy feed of all genres.

No endpoint has that chart. It is derived: the rows of ``top-grossing/all`` whose first genre is not
games, in their order, so its depth is what is left. Where both are published, for top free and top
paid, the list without games and Apple's list of apps begin with the same ranks.
"""

from __future__ import annotations

from dataclasses import replace

from tracker.errors import ParseError
from tracker.model import APPS, GENRES, Chart, Entry, Payload, Snapshot
from tracker.sources import itunes_rss
from tracker.sources.parsing import refusing
from tracker.sources.source import Source

_NAME = "itunes-rss-derived"
_GAMES = str(GENRES["games"])
#: Rows. The store answers 200 at most, and the more it sends the more are left.
_LIMIT = 200


def _carries(chart: Chart) -> bool:
    return (
        chart.device in ("iphone", "ipad")
        and chart.ranking == "top-grossing"
        and chart.genre == APPS
    )


def _all(chart: Chart) -> Chart:
    return replace(chart, genre="all")


def _url(chart: Chart, base: str) -> str:
    return itunes_rss.address(_all(chart), base, _LIMIT)


def _read(payload: Payload) -> Snapshot:
    whole = itunes_rss.read(replace(payload, chart=_all(payload.chart)))
    genres = itunes_rss.first_genres(payload)
    left: list[Entry] = []
    for entry, genre in zip(whole.entries, genres, strict=True):
        if genre is None:
            raise ParseError(f"rank {entry.rank} names no genre, so games cannot be left out")
        if genre != _GAMES:
            left.append(replace(entry, rank=len(left) + 1))
    if not left:
        raise ParseError(f"all {whole.depth} rows are games")
    return replace(whole, chart=payload.chart, entries=tuple(left))


SOURCE = Source(
    name=_NAME,
    base=itunes_rss.SOURCE.base,
    hosts=itunes_rss.SOURCE.hosts,
    carries=_carries,
    url=_url,
    parse=refusing(_NAME, _carries, _read),
)
