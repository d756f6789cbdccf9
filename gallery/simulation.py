"""Charts that never were: six apps in twenty storefronts, made up by a random generator.

The same in every run. The apps are trees, the source is called ``simulation``, and every snapshot's
provenance is ``simulated``, so that no row and no picture passes for a store's.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from tracker.model import Chart, Entry, Provenance, Snapshot
from tracker.store import Store

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
DAYS, DEPTH = 120, 50
SOURCE = "simulation"
SEED = 20260301
#: How many days after the first each storefront hears of Alder.
LAGS: Mapping[str, int] = {
    "us": 0, "ca": 2, "gb": 4, "ie": 5, "au": 6, "nz": 7, "de": 9, "at": 10, "nl": 12, "se": 13,
    "fr": 15, "es": 17, "it": 19, "pl": 22, "br": 26, "mx": 28, "in": 33, "id": 38, "kr": 48,
    "jp": 55,
}  # fmt: skip
LAUNCH = 14  # days after BEGIN, where the lag is nothing
#: Days on which there was no data: anywhere, then in one storefront each, which may begin late.
OUTAGE = range(52, 56)
AWAY: Mapping[str, range] = {"br": range(21), "pl": range(70, 88), "id": range(40)}
_FILLERS = 70
#: What an app that is not in a chart has for a rank before chance has its say.
_NOWHERE = 400.0


def _alder(day: float, front: str) -> float:
    """The newcomer: nowhere, then up within three weeks; in two storefronts never to the top."""
    since = day - LAUNCH - LAGS[front]
    best = 3.4 if front in ("kr", "jp") else 1.0
    return _NOWHERE if since < 0 else best + 60 * math.exp(-since / 4)


def _birch(day: float, front: str) -> float:
    """The one to pass: first for long, and worn down."""
    return 1.15 + 0.012 * day


def _cedar(day: float, front: str) -> float:
    """Steady, with three days of fame."""
    return 1.0 if 96 <= day < 99 else 6 + 1.5 * math.sin(day / 9 + LAGS[front])


def _damson(day: float, front: str) -> float:
    """Leaves the chart from a good rank and for good, a month earlier where it was banned."""
    return _NOWHERE if day >= (60 if front in ("it", "kr") else 90) else 11 + day / 30


def _elder(day: float, front: str) -> float:
    """Comes and goes at the lower edge."""
    return 44 + 9 * math.sin(day / 11 + LAGS[front] / 5)


def _fir(day: float, front: str) -> float:
    """Falls slowly."""
    return 3 * math.exp(day / 55)


#: Each app's expected rank by day and storefront.
APPS: Mapping[str, Callable[[float, str], float]] = {
    "Alder": _alder, "Birch": _birch, "Cedar": _cedar, "Damson": _damson, "Elder": _elder,
    "Fir": _fir,
}  # fmt: skip


def app_id(name: str) -> str:
    """The id of an app of the simulation: too short for one of the store."""
    names = ["", *APPS]  # no id is 0
    return str(names.index(name) if name in APPS else len(names) + int(name.split()[1]))


def simulate(store: Store) -> None:
    """Fill STORE: a snapshot a day in every storefront, and four a day in the first."""
    with store.transaction():
        for front in LAGS:
            for snapshot in snapshots(front, observations=4 if front == "us" else 1):
                store.save(snapshot)


def snapshots(front: str, observations: int) -> Iterator[Snapshot]:
    """The chart of FRONT, OBSERVATIONS times a day, but for the days on which there was no data."""
    chance = random.Random(f"{SEED} {front}")  # noqa: S311 - no secret
    chart = Chart(front, "iphone", "top-free", "apps")
    late = chance.randrange(3600)  # of a snapshot: an interval begins where the last one ended
    for number in range(DAYS * observations):
        entries = _entries(number / observations, front, chance)
        if number // observations in OUTAGE or number // observations in AWAY.get(front, ()):
            continue
        at = BEGIN + timedelta(days=number / observations, seconds=late + chance.randrange(240))
        yield Snapshot(chart, SOURCE, at, entries, provenance=Provenance.SIMULATED)


def _entries(day: float, front: str, chance: random.Random) -> tuple[Entry, ...]:
    """Everybody in the order of what was expected of them, shaken a little."""
    expected = {name: rank_of(day, front) for name, rank_of in APPS.items()}
    fillers = {f"Filler {number:03d}": number + 0.5 for number in range(2, _FILLERS)}
    score = {
        name: math.log(rank) + chance.gauss(0, 0.05) for name, rank in (expected | fillers).items()
    }
    there = sorted(score, key=score.__getitem__)[:DEPTH]
    return tuple(Entry(rank, app_id(name), name, "Simulated") for rank, name in enumerate(there, 1))
