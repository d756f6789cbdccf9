"""A whole pass from a loopback store, beside bare ``requests.get`` of the same addresses."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from benchmarks.figures import Figure, in_turns, medians
from benchmarks.shop import bases, charts, open_shop
from tracker.collect import collect
from tracker.fetch import Fetcher
from tracker.model import Chart
from tracker.settings import FetchSettings, Settings
from tracker.sources import source_for
from tracker.store import Store

#: As the program comes, but with no pace.
_FETCH = FetchSettings(per_minute=0)


def collecting(count: int = 350, turns: int = 5, away: float = 0.02) -> list[Figure]:
    """COUNT charts fetched, parsed and saved, and the same number of bare requests.

    Once from a store that answers at once, once from one that is AWAY seconds away.
    """
    return [
        _collecting(f"collect {count} charts, store answers at once", count, turns, 0.0),
        _collecting(f"collect {count} charts, store {1000 * away:g} ms away", count, turns, away),
    ]


def _collecting(what: str, count: int, turns: int, away: float) -> Figure:
    wanted = charts(count)
    with (
        open_shop(wanted, 2 * turns, away) as base,
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder) / "apptrack.db") as store,
    ):
        ways: list[Callable[[], object]] = [
            _Passes(wanted, base, store),
            lambda: _bare(wanted, base),
        ]
        ours, by_hand = medians(in_turns(ways, turns))
        assert store.counts()["snapshots"] == count * turns
    return Figure(what, ours, "ms", by_hand, 1.3)


class _Passes:
    """One pass each time it is called, an hour after the one before."""

    def __init__(self, wanted: list[Chart], base: str, store: Store) -> None:
        self._wanted = wanted
        self._settings = Settings(fetch=_FETCH, bases=bases(base))
        self._store = store
        self._hours = 0

    def _clock(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=self._hours)

    def __call__(self) -> None:
        self._hours += 1
        with Fetcher(self._settings.fetch, clock=self._clock) as fetcher:
            report = collect(
                self._wanted, settings=self._settings, store=self._store, fetcher=fetcher
            )
        assert report.whole, next(result for result in report.results if result.failed)


def _bare(wanted: list[Chart], base: str) -> None:
    urls = [source_for(chart).url(chart, base) for chart in wanted]
    with ThreadPoolExecutor(_FETCH.workers) as workers:
        for body in workers.map(_get, urls):
            assert len(body) > 1000


def _get(url: str) -> bytes:
    with requests.get(url, timeout=30) as answer:
        answer.raise_for_status()
        return answer.content
