"""Invented charts that move as real ones do, hour by hour.

Recorded genre charts changed a median of 74 to 79 of 100 positions between neighbouring
snapshots, some hours apart, with about two newcomers, and two of the first ten places; this
does so within an hour, and from time to time an app never seen before comes in.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tracker.loopback.formats import render
from tracker.model import Chart, Entry, Payload, Snapshot
from tracker.sources import SOURCES, source_for
from tracker.stores import PLAY

CHART = Chart.parse("us/iphone/top-free/apps")
GENRE_CHART = Chart.parse("us/iphone/top-free/productivity")
PLAY_CHART = Chart.parse("us/android/top-free/apps")
START = datetime(2026, 1, 1, tzinfo=UTC)

_CONTENDERS = 160
_PULL = 0.02  # the share of an app's luck that is gone after an hour
_LUCK = 0.048  # how far an app's luck moves in an hour, in logarithms of downloads
_NEWCOMER = 0.25  # how probable an app never seen before is, each hour
_USES = ("notes", "photos and video", "maps", "daily planner", "music", "weather radar", "chat")


def orders(hours: int, depth: int = 100, seed: int = 1) -> Iterator[list[int]]:
    """For each hour the apps by rank, each a whole number of its own."""
    chance = random.Random(seed)
    apps = list(range(_CONTENDERS))
    luck = [chance.gauss(0, 0.2) for _ in apps]
    for _ in range(hours):
        luck = [value * (1 - _PULL) + chance.gauss(0, _LUCK) for value in luck]
        if chance.random() < _NEWCOMER:
            place = chance.randrange(depth // 2, _CONTENDERS)
            apps[place] = max(apps) + 1
        score = [value - math.log(place + 1.5) for place, value in enumerate(luck)]
        best = sorted(range(_CONTENDERS), key=score.__getitem__, reverse=True)[:depth]
        yield [apps[place] for place in best]


def snapshots(
    hours: int, chart: Chart = CHART, depth: int = 100, seed: int = 1
) -> Iterator[Snapshot]:
    """One snapshot an hour, from the source that carries CHART."""
    source = source_for(chart, tuple(SOURCES)).name
    for hour, order in enumerate(orders(hours, depth, seed)):
        at = START + timedelta(hours=hour)
        entries = tuple(_entry(chart, rank, app, seed) for rank, app in enumerate(order, 1))
        yield Snapshot(chart, source, at, entries, published_at=at - timedelta(minutes=7))


def payloads(
    hours: int, chart: Chart, source: str, depth: int = 100, seed: int = 1
) -> Iterator[tuple[Snapshot, Payload]]:
    """The same snapshots with the bytes SOURCE would send for them."""
    url = SOURCES[source].url(chart, SOURCES[source].base)
    for this_snapshot in snapshots(hours, chart, depth, seed):
        snapshot = replace(this_snapshot, source=source)
        body = render(source, chart, snapshot.entries, snapshot.published_at)
        yield snapshot, Payload(chart, source, url, snapshot.observed_at, body)


def _entry(chart: Chart, rank: int, app: int, seed: int) -> Entry:
    number = str(1_000_000_000 + seed * 1_000_000 + app)
    app_id = f"com.example.filler{number}" if chart.store == PLAY else number
    return Entry(rank, app_id, f"Filler {app:03}: {_USES[app % 7]}", f"Filler Works {app:03}")
