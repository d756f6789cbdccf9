"""What a saved snapshot costs: in time, beside bare ``executemany``, and in bytes a rank."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, in_turns, medians
from benchmarks.history import CHART, payloads, snapshots
from tracker.model import Chart, Fetch, Payload, Snapshot, iso
from tracker.store import Store

_CHARTS = tuple(map(Chart.parse, (CHART.slug, "jp/iphone/top-free/apps", "us/ipad/top-paid/all")))
_Rows = list[tuple[object, ...]]


def saving(hours: int = 1000) -> list[Figure]:
    """A snapshot of 100 entries: rows alone beside the same rows by hand, then with its receipt."""
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        with (
            Store(there / "rows.db") as rows,
            Store(there / "all.db") as whole,
            closing(Bare(there / "bare.db")) as bare,
        ):
            feed = payloads(hours, CHART, "apple-rss")
            times = [_save_one(rows, whole, bare, *item, hour) for hour, item in enumerate(feed)]
        assert entries_of(there / "rows.db") == entries_of(there / "bare.db")
    ours, by_hand, with_receipt = medians(list(zip(*times, strict=True)))
    return [
        Figure("save a snapshot, rows alone", ours, "ms", by_hand, 1.5),
        Figure("save a snapshot with payload and fetch", with_receipt, "ms", by_hand),
        Figure("of that, the payload and the fetch", with_receipt - ours, "ms"),
    ]


def _save_one(
    rows: Store, whole: Store, bare: Bare, snapshot: Snapshot, payload: Payload, hour: int
) -> tuple[float, float, float]:
    """Milliseconds of each way; they take turns at being first."""
    at, source = snapshot.observed_at, snapshot.source
    fetch = Fetch(snapshot.chart, source, payload.url, at, 0.2, status=200, payload=payload)
    ways: list[Callable[[], object]] = [
        partial(rows.save, snapshot),
        partial(bare.save, *bare.prepare(snapshot)),
        partial(whole.save, snapshot, fetch=fetch, payload=payload),
    ]
    shift = hour % 3
    times = [each for (each,) in in_turns(ways[shift:] + ways[:shift], turns=1)]
    ours, by_hand, with_receipt = times[3 - shift :] + times[: 3 - shift]
    return ours, by_hand, with_receipt


class Bare:
    """The same entries into the same tables, as durably, and nothing asked: ids are known."""

    def __init__(self, path: Path) -> None:
        Store(path).close()
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._apps: dict[str, int] = {}
        self._snapshots = 0
        chart = (CHART.slug, CHART.storefront, CHART.device, CHART.ranking, CHART.genre)
        self._connection.execute("INSERT INTO charts VALUES (1, ?, ?, ?, ?, ?)", chart)

    def close(self) -> None:
        self._connection.close()

    def prepare(self, snapshot: Snapshot) -> tuple[_Rows, _Rows, _Rows]:
        """The rows of the apps that are new, of the snapshot, and of its entries."""
        self._snapshots += 1
        at = iso(snapshot.observed_at)
        published = iso(snapshot.published_at) if snapshot.published_at else None
        apps: _Rows = []
        for entry in snapshot.entries:
            if entry.app_id not in self._apps:
                number = self._apps[entry.app_id] = len(self._apps) + 1
                pair = (entry.app_id, entry.name, entry.developer)
                apps.append((number, "app-store", *pair, "us", at))
        source, depth, provenance = snapshot.source, snapshot.depth, snapshot.provenance
        head = (self._snapshots, 1, source, at, published, depth, provenance, None)
        ranks: _Rows = [
            (self._snapshots, entry.rank, self._apps[entry.app_id]) for entry in snapshot.entries
        ]
        return apps, [head], ranks

    def save(self, apps: _Rows, head: _Rows, ranks: _Rows) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO apps VALUES (?, ?, ?, ?, ?, ?, ?)", apps)
        self._connection.executemany(
            "INSERT INTO snapshots (id, chart, source, observed_at, published_at, depth,"
            " provenance, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            head,
        )
        self._connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", ranks)
        self._connection.execute("COMMIT")


def entries_of(path: Path) -> list[tuple[object, ...]]:
    """Every rank stored, as the view has it."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM observations ORDER BY snapshot, rank").fetchall()


def rank_bytes(hours: int = 4000) -> list[Figure]:
    """The whole file of three charts, nothing but snapshots in it, divided by its ranks."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "apptrack.db"
        with Store(path) as store:
            for snapshot in _side_by_side(hours):
                # Many in a transaction: how they were written does not show in the bytes.
                store.save(snapshot)
            ranks = store.counts()["entries"]
        grown = path.stat().st_size / ranks
        with closing(sqlite3.connect(path)) as connection:
            alone = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'entries%'"
            (entries,) = connection.execute(alone).fetchone()
            connection.execute("VACUUM")
        packed = path.stat().st_size / ranks
    return [
        Figure("bytes a stored rank, whole file", grown, "B", most=31),
        Figure("of that, the entries and their index", entries / ranks, "B"),
        Figure("bytes a stored rank, after VACUUM", packed, "B"),
    ]


def _side_by_side(hours: int) -> Iterator[Snapshot]:
    """Three charts hour by hour, as a pass stores them; each has apps of its own."""
    feeds = [snapshots(hours, chart, seed=seed) for seed, chart in enumerate(_CHARTS, 1)]
    for several in zip(*feeds, strict=True):
        yield from several
