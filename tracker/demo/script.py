"""The script of the demo: the chart that the loopback store shows at each hour of those days.

Ranks on the dated facts of ``facts.csv`` are the press's; every rank between them, and ChatGPT's
before the 27th, is filled in. The other apps are fillers, and their names say so.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources

from tracker.catalog import Catalog
from tracker.imports.reported import Report, read_reports
from tracker.imports.times import Clock
from tracker.model import App, Chart, Entry
from tracker.stores import PLAY

CHART = Chart("us", "iphone", "top-free", "apps")
BEGIN = datetime(2025, 1, 22, tzinfo=UTC)
END = datetime(2025, 1, 29, tzinfo=UTC)
#: The store is down here, so that the picture has a time without data.
OUTAGE = (datetime(2025, 1, 23, 2, tzinfo=UTC), datetime(2025, 1, 23, 8, tzinfo=UTC))
DEPTH = 100
_FILLERS = 120
#: No dated fact of these days is at hand for Google Play: its chart is made up, the ranks of the
#: App Store's so much later, and is stored as a simulation.
PLAY_CHART = Chart("us", "android", "top-free", "apps")
PLAY_LATER = timedelta(hours=30)


@dataclass(frozen=True, slots=True)
class Fact:
    """A dated rank, with its source."""

    at: datetime
    title: str
    app: App
    rank: int
    source: str


@cache
def facts() -> tuple[Fact, ...]:
    """The dated facts, by time."""
    find = Catalog().find
    return tuple(
        Fact(report.at, report.title, find(report.app.app_id), report.rank, report.said_by)
        for report in reports()
    )


@cache
def reports() -> tuple[Report, ...]:
    """The same as the import of reported ranks reads them."""
    with resources.as_file(resources.files("tracker.demo") / "facts.csv") as file:
        return tuple(read_reports(file, Clock(), None, END))


def _at(day: int, hour: int) -> datetime:
    return datetime(2025, 1, day, hour, tzinfo=UTC)


#: From when on each app has which rank; None is not in the chart.
_RANKS: Mapping[str, Sequence[tuple[datetime, int | None]]] = {
    "deepseek": [
        (BEGIN, None), (_at(22, 15), 97), (_at(22, 19), 88), (_at(23, 1), 74), (_at(23, 9), 63),
        (_at(23, 15), 52), (_at(23, 21), 44), (_at(24, 5), 37), (_at(24, 12), 31),
        (_at(24, 19), 26), (_at(25, 2), 20), (_at(25, 9), 14), (_at(25, 14), 10), (_at(25, 18), 8),
        (_at(25, 23), 6), (_at(26, 5), 4), (_at(26, 10), 3), (_at(26, 16), 1),
    ],
    "chatgpt": [
        (BEGIN, 2), (_at(22, 20), 3), (_at(23, 12), 2), (_at(24, 8), 1), (_at(24, 22), 2),
        (_at(25, 16), 1), (_at(26, 16), 2),
    ],
    "gemini": [
        (BEGIN, 24), (_at(23, 10), 22), (_at(24, 6), 25), (_at(25, 4), 21), (_at(25, 20), 19),
        (_at(26, 12), 16), (_at(27, 0), 14), (_at(28, 9), 15),
    ],
}  # fmt: skip


def rank_of(alias: str, at: datetime) -> int | None:
    """The scripted rank of an app at an instant."""
    steps = _RANKS[alias]
    return steps[bisect_right([time for time, _ in steps], at) - 1][1]


def entries_at(at: datetime, chart: Chart = CHART) -> tuple[Entry, ...]:
    """The whole chart at an instant: the scripted apps at their ranks, fillers at all others."""
    find = Catalog().find
    if chart.store == PLAY:
        at = max(BEGIN, at - PLAY_LATER)
    apps = {rank_of(alias, at): find(alias, chart.store) for alias in _RANKS}
    fillers = iter(_fillers_at(at, chart.store))
    entries = []
    for rank in range(1, DEPTH + 1):
        app = apps.get(rank) or next(fillers)
        entries.append(Entry(rank, app.app_id, app.name, "Filler" if app.alias is None else None))
    return tuple(entries)


def _fillers_at(at: datetime, store: str) -> list[App]:
    """The fillers in an order that drifts from hour to hour, the same in every run."""
    hour = (at - BEGIN) // timedelta(hours=1)
    order = random.Random(hour)  # noqa: S311 - a play, no secret
    drift = {number: number + order.gauss(0, 0.7 + 0.03 * number) for number in range(_FILLERS)}
    prefix = "com.example.filler" if store == PLAY else "90000"
    return [
        App(f"{prefix}{number:05d}", f"Filler {number + 1:03d}")
        for number in sorted(drift, key=drift.__getitem__)
    ]
