"""How long another writer waits beside a merge: a daemon must store what it fetched meanwhile."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.history import GENRE_CHART, payloads
from benchmarks.machine import ROOT
from tracker.model import Chart, Fetch
from tracker.store import Store

_CHARTS = tuple(
    replace(GENRE_CHART, storefront=storefront) for storefront in ("us", "jp", "de", "fr")
)
_SOURCE = "itunes-rss"


def merging(hours: int = 300) -> list[Figure]:
    """Merge HOURS of four charts, with responses, into a database in which another one writes."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        db, other = here / "db", here / "other.db"
        for number, chart in enumerate(_CHARTS):
            _record(other, chart, hours, number)
        _record(db, Chart.parse("gb/iphone/top-free/apps"), 5, 9)
        with Waiting(db) as waiting:
            begun = time.monotonic()
            subprocess.run(
                [sys.executable, "-m", "tracker", "merge", other, "--db", db],
                cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            seconds = time.monotonic() - begun
        with closing(sqlite3.connect(db)) as connection:
            (merged,) = connection.execute("SELECT count(*) FROM snapshots").fetchone()
        assert merged == len(_CHARTS) * hours + 5
    return [
        Figure(f"merge of {len(_CHARTS) * hours:,} snapshots", seconds, "s"),
        Figure("writes of another process meanwhile", len(waiting.waits), "times"),
        Figure("the longest wait of one", max(waiting.waits), "s", most=2),
    ]


def _record(db: Path, chart: Chart, hours: int, seed: int) -> None:
    with Store(db) as store:
        for snapshot, payload in payloads(hours, chart, _SOURCE, seed=seed):
            at = snapshot.observed_at
            fetch = Fetch(chart, _SOURCE, payload.url, at, 0.2, status=200, payload=payload)
            store.save(snapshot, fetch=fetch, payload=payload)


class Waiting(threading.Thread):
    """Takes the write lock of a database time and again, and remembers how long each took."""

    def __init__(self, db: Path) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._db = db
        self._over = threading.Event()

    def run(self) -> None:
        with closing(sqlite3.connect(self._db, timeout=60, isolation_level=None)) as connection:
            while not self._over.wait(0.05):
                begun = time.monotonic()
                connection.execute("BEGIN IMMEDIATE")
                self.waits.append(time.monotonic() - begun)
                connection.execute("COMMIT")

    def __enter__(self) -> Waiting:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self.join()
