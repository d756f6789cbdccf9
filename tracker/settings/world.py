"""What it takes to read every chart of the world: requests, hours, machines, bytes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tracker.errors import UnknownName
from tracker.model import APPS, DEVICES, GENRES, RANKINGS, Chart
from tracker.settings import Settings
from tracker.sources import source_for
from tracker.storefronts import expand_storefronts

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
    fronts = expand_storefronts(["all"])
    charts = len(fronts) * sum(1 for _ in _kinds(settings))
    pace = settings.fetch.per_minute * settings.shard.count
    seconds = charts * 60 / pace if pace else 0.0
    passes = YEAR / max(seconds, settings.every.total_seconds())
    ranks = charts * DEPTH * passes
    return World(
        storefronts=len(fronts),
        charts=charts,
        seconds=seconds,
        passes_a_year=passes,
        ranks_a_year=ranks,
        sqlite_bytes=ranks * SQLITE,
        parquet_bytes=ranks * PARQUET,
        machines=max(1, math.ceil(ranks * SQLITE / MOST_BYTES_A_YEAR)),
    )


def _kinds(settings: Settings) -> Iterator[Chart]:
    """A chart of each device, ranking and genre that a source of SETTINGS carries."""
    for device, ranking, genre in product(DEVICES, RANKINGS, (APPS, *GENRES)):
        chart = Chart("us", device, ranking, genre)
        try:
            source_for(chart, settings.sources)
        except UnknownName:
            continue
        yield chart
