"""What it takes to read every chart of the world: requests, hours, machines, bytes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from tracker.errors import UnknownName
from tracker.model import DEVICES, GENRES_OF, RANKINGS, Chart
from tracker.settings import Settings
from tracker.sources import Source, source_for
from tracker.storefronts import CODES

#: Bytes of a rank in the database, its response included, and in Parquet: docs/scale.md.
SQLITE, PARQUET = 36, 1.03
DEPTH = 100
YEAR = 365 * 86_400
#: What a database may grow in a year to stay easy to copy and to back up.
MOST_BYTES_A_YEAR = 50e9


@dataclass(frozen=True, slots=True)
class World:
    """A pass over all charts that a source carries. The pace is that of all machines together."""

    storefronts: int
    charts: int
    seconds: float
    passes_a_year: float
    ranks_a_year: float
    sqlite_bytes: float
    parquet_bytes: float
    machines: int


def world(settings: Settings) -> World:
    """The plan under SETTINGS: one pass after the other, at the pace of one machine."""
    charts = Counter[Source]()
    fronts: set[str] = set()
    for chart, source in _kinds(settings):
        charts[source] += len(CODES[chart.store])
        fronts.update(CODES[chart.store])
    seconds = _seconds(charts, settings)
    passes = YEAR / max(seconds, settings.every.total_seconds())
    ranks = charts.total() * DEPTH * passes
    return World(
        storefronts=len(fronts),
        charts=charts.total(),
        seconds=seconds,
        passes_a_year=passes,
        ranks_a_year=ranks,
        sqlite_bytes=ranks * SQLITE,
        parquet_bytes=ranks * PARQUET,
        machines=max(1, math.ceil(ranks * SQLITE / MOST_BYTES_A_YEAR)),
    )


def _seconds(charts: Mapping[Source, int], settings: Settings) -> float:
    """How long a pass takes at the pace of all machines; sources with a pace of their own beside.

    The hosts of the App Store count as one.
    """
    pace = settings.fetch.per_minute * settings.shard.count
    if not pace:
        return 0.0
    shared = sum(many for source, many in charts.items() if source.per_minute is None)
    own = [
        many * 60 / min(pace, source.per_minute)
        for source, many in charts.items()
        if source.per_minute is not None
    ]
    return max(shared * 60 / pace, *own, 0.0)


def _kinds(settings: Settings) -> Iterator[tuple[Chart, Source]]:
    """A chart of each device, ranking and genre that a source of SETTINGS carries, and which."""
    for device, store in DEVICES.items():
        for ranking, genre in product(RANKINGS, GENRES_OF[store]):
            chart = Chart("us", device, ranking, genre)
            try:
                yield chart, source_for(chart, settings.sources)
            except UnknownName:
                continue
