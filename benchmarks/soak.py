"""``python -m benchmarks.soak [--passes N]``: years of passes from a store that often misbehaves.

One answer in five is a fault, chosen by a fixed seed. Afterwards each row of the database is held
against the store's own record of what it served; a difference ends the run with an AssertionError.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import multiprocessing
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.history import CHART, orders
from benchmarks.machine import machine
from benchmarks.memory import resident
from benchmarks.shop import bases, kept
from tracker.analysis import coverage
from tracker.collect import collect
from tracker.daemon import serve
from tracker.fetch import Fetcher
from tracker.loopback.faults import FAULTS, FROZEN, OK, Script, Served, Truth, chance
from tracker.loopback.server import LoopbackStore
from tracker.model import Chart, Entry, Provenance, Timeline
from tracker.settings import FetchSettings, Settings
from tracker.sources import SOURCES
from tracker.store import Store

_PROCESSES = multiprocessing.get_context("spawn")
_SOURCE = SOURCES["apple-rss"]
_CHARTS = (CHART, Chart.parse("jp/iphone/top-paid/apps"))
_START = datetime(2026, 1, 1, tzinfo=UTC)
_HOURS = 200  # that many different orders, again and again; every answer has a date of its own
_CADENCE = timedelta(milliseconds=15)
_SHARE = 0.2
_FETCH = FetchSettings(
    connect_timeout=5, read_timeout=5, total_timeout=20, retries=1, backoff=0, longest_wait=0.5,
    per_minute=0, max_bytes=500_000, workers=2,
)  # fmt: skip

#: What must become of an answer; a passing trouble is tried once more in the same pass.
_STORED = (OK, FROZEN, "last-week", "short-60", "short-25", "early-hints", "gzip-members")
_PASSING = (
    "reset", "reset-within", "hang-up", "cut", "gzip-cut", "429", "500", "503",
    "interim-endless", "negative-chunk", "not-http",
)  # fmt: skip
_LASTING = ("403", "404", "429-wait-long", "gzip-bomb", "endless", "elsewhere", "circle")
_REFUSED = (
    "html", "xml", "empty", "cut-json", "other-storefront", "short-0", "duplicates", "renamed",
    "without-ids",
)  # fmt: skip
_FAULTS = tuple(sorted({FROZEN, *_STORED[2:], *_PASSING, *_LASTING, *_REFUSED}))


@dataclass(frozen=True, slots=True)
class Row:
    """What must be in `fetches` for one answer, and in `snapshots` where ``at`` tells a time."""

    outcome: str
    word: str
    truth: Truth
    at: datetime | None = None


def soak(passes: int = 20_000, seed: int = 1) -> list[Figure]:
    """Let the daemon's loop run so many passes over two charts, and check every row."""
    with tempfile.TemporaryDirectory() as folder:
        record, db = Path(folder) / "served.jsonl", Path(folder) / "apptrack.db"
        with _shop(record, seed) as base:
            settings = Settings(db=db, fetch=_FETCH, bases=bases(base))
            begun = time.monotonic()
            marks = _run(settings, passes)
            seconds = time.monotonic() - begun
        served = [_served_line(line) for line in record.read_text("utf-8").splitlines()]
        figures = [
            Figure("passes", passes, ""),
            Figure("passes a second", passes / seconds, ""),
            Figure("answers served", len(served), ""),
            Figure(
                "of them faults", sum(served_response.word != OK for served_response in served), ""
            ),
        ]
        return figures + _compared(db, served, passes) + _flat(marks)


# The store


def _truth(path: str, number: int) -> Truth | None:
    """What the chart at PATH is when the store answers its NUMBER-th request."""
    for seed, chart in enumerate(_CHARTS, 1):
        if path == _SOURCE.url(chart, ""):
            published = _START + timedelta(minutes=number)
            return Truth(_SOURCE.name, chart, _entries(seed)[number % _HOURS], published)
    return None


@cache
def _entries(seed: int) -> list[tuple[Entry, ...]]:
    return [
        tuple(
            Entry(rank, str(1_000_000 + app), f"Filler {app}", "Filler Works")
            for rank, app in enumerate(order, 1)
        )
        for order in orders(_HOURS, seed=seed)
    ]


@contextmanager
def _shop(record: Path, seed: int) -> Iterator[str]:
    """The address of a store that writes down all it serves, in a process of its own."""
    with kept(_keep_shop, record, seed) as address:
        yield address


def _keep_shop(record: Path, seed: int, result: Connection) -> None:
    asked: Counter[str] = Counter()

    def truth(path: str) -> Truth | None:
        asked[path] += 1
        return _truth(path, asked[path])

    with record.open("w", encoding="utf-8", buffering=1) as file:

        def write(served_response: Served) -> None:
            minutes = int((served_response.truth.published_at - _START).total_seconds()) // 60
            print(json.dumps([served_response.path, served_response.word, minutes]), file=file)

        with LoopbackStore(Script(chance(_SHARE, _FAULTS, seed), truth, write)) as store:
            result.send(store.base)
            threading.Event().wait()


def _served_line(line: str) -> Served:
    path, word, number = json.loads(line)
    truth = _truth(path, number)
    assert truth is not None
    return Served(path, word, truth)


# The daemon


@dataclass(frozen=True, slots=True)
class Mark:
    """The daemon after so many passes: memory in MB, open files, threads."""

    passes: int
    memory: float
    files: int
    threads: int


def _run(settings: Settings, passes: int) -> list[Mark]:
    """The scheduler's loop in a process of its own; its marks, early, half-way and at the end."""
    heard, connection = _PROCESSES.Pipe(duplex=False)
    daemon = _PROCESSES.Process(target=_serve, args=(settings, passes, connection), daemon=True)
    daemon.start()
    connection.close()
    marks = [heard.recv() for _ in _milestones(passes)]
    daemon.join(60)
    heard.close()
    assert daemon.exitcode == 0, "the daemon's loop did not end well"
    return marks


def _milestones(passes: int) -> list[int]:
    return sorted({max(passes // 20, 1), max(passes // 2, 1), passes})


def _serve(settings: Settings, passes: int, result: Connection) -> None:
    stop, inside = threading.Event(), threading.Lock()
    done = 0
    logging.getLogger("apptrack").addHandler(_Bugs())
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # it tells of each skipped pass

    def one_pass() -> None:
        nonlocal done
        assert not inside.locked(), "two passes at once"
        with inside, Store(settings.db) as store:
            collect(_CHARTS, settings=settings, store=store, fetcher=fetcher)
        done += 1
        if done in _milestones(passes):
            files = len(list(Path("/proc/self/fd").iterdir()))
            result.send(Mark(done, resident(), files, threading.active_count()))
        if done >= passes:
            stop.set()

    with Fetcher(
        settings.fetch, clock=lambda: _START + timedelta(hours=done), stop=stop
    ) as fetcher:
        serve(one_pass, every=_CADENCE, stop=stop)


class _Bugs(logging.Handler):
    """Ends the process, in words, at what the loop calls an error: a pass that ended by a bug."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)

    def emit(self, record: logging.LogRecord) -> None:
        print(record.getMessage(), flush=True)
        os._exit(1)


def _flat(marks: Sequence[Mark]) -> list[Figure]:
    first, *_, last = marks
    figures = [
        Figure(f"{what} after {mark.passes} passes", value, unit)
        for mark in marks
        for what, value, unit in (
            ("memory", mark.memory, "MB"),
            ("open files", mark.files, ""),
            ("threads", mark.threads, ""),
        )
    ]
    assert last.files <= first.files + 3, f"open files grew: {marks}"
    assert last.threads <= first.threads + 1, f"threads grew: {marks}"
    grown = last.memory / first.memory
    return [*figures, Figure("memory, end against beginning", grown, "", most=1.1)]


# The comparison


def _expected(served: Sequence[Served]) -> Iterator[Row]:
    """The rows that one chart's answers must have become, in their order, pass by pass."""
    passes, again = 0, False
    for served_response in served:
        if served_response.word in _PASSING and not again:
            again = True
            yield Row("retried", served_response.word, served_response.truth)
            continue
        again = False
        at = _START + timedelta(hours=passes)
        passes += 1
        if served_response.word in _STORED:
            yield Row("saved", served_response.word, _as_served(served_response), at)
        else:
            yield Row(
                "refused" if served_response.word in _REFUSED else "failed",
                served_response.word,
                served_response.truth,
            )


def _as_served(served_response: Served) -> Truth:
    """The truth of an answer that is a whole chart, though not the one that it should be."""
    entries = served_response.truth.entries
    if served_response.word.startswith("short-"):
        entries = entries[: int(served_response.word.removeprefix("short-"))]
    if served_response.word == "last-week":
        entries = tuple(sorted(entries, key=lambda entry: entry.app_id))
    return replace(served_response.truth, entries=entries)


def _compared(db: Path, served: Sequence[Served], passes: int) -> list[Figure]:
    figures, outcomes, stored = [], Counter[str](), 0
    with Store(db) as store:
        assert store.unsound() == []
        for chart in _CHARTS:
            mine = [
                served_response
                for served_response in served
                if served_response.path == _SOURCE.url(chart, "")
            ]
            rows = list(_expected(mine))
            assert sum(row.outcome != "retried" for row in rows) == passes
            outcomes.update(row.outcome for row in rows)
            _same_fetches(store, chart, rows)
            line = _same_snapshots(store, chart, rows)
            stored += len(line.times)
            value, due = coverage(line), coverage(_line(chart, rows))
            assert value == due
            figures.append(Figure(f"coverage of {chart}", 100 * (value or 0), "%"))
        assert store.counts()["snapshots"] == stored
        assert store.counts()["entries"] == sum(
            store.snapshot(n).depth for n in store.snapshot_ids()
        )
    figures.append(Figure("passes that brought a chart", 100 * stored / passes / len(_CHARTS), "%"))
    figures += [Figure(f"fetches {name}", many, "") for name, many in sorted(outcomes.items())]
    return [*figures, Figure("database", db.stat().st_size / 1e6, "MB")]


def _same_fetches(store: Store, chart: Chart, rows: Sequence[Row]) -> None:
    """Each answer is one row, with the outcome that it must have, and its bytes if refused."""
    fetchall = store.db.execute(
        "SELECT outcome, sha256 FROM fetches JOIN charts ON charts.id = chart"
        " LEFT JOIN payloads ON payloads.id = payload WHERE slug = ? ORDER BY fetches.id",
        [chart.slug],
    ).fetchall()
    assert len(fetchall) == len(rows), f"{len(rows)} answers became {len(fetchall)} rows"
    for number, (row, (outcome, sha256)) in enumerate(zip(rows, fetchall, strict=True), 1):
        assert outcome == row.outcome, f"answer {number} of {chart}, {row.word}: {outcome}"
        if row.outcome == "refused":
            body = FAULTS[row.word].spoil(row.truth).body
            assert sha256 == hashlib.sha256(body).hexdigest(), f"answer {number}, {row.word}"


def _same_snapshots(store: Store, chart: Chart, rows: Sequence[Row]) -> Timeline:
    """Each whole answer is one snapshot at its time, rank by rank, and there is no other."""
    line, numbers = store.timeline(chart, _SOURCE.name)
    due = [row for row in rows if row.at]
    assert list(line.times) == [row.at for row in due]
    for number, row in zip(numbers, due, strict=True):
        snapshot = store.snapshot(number)
        assert [entry.app_id for entry in snapshot.entries] == [
            entry.app_id for entry in row.truth.entries
        ], f"{chart} of {row.at}, {row.word}"
    for number in numbers[:: max(len(numbers) // 100, 1)]:
        receipt = store.payload_of(number)
        assert receipt is not None
        assert _SOURCE.parse(receipt).depth == store.snapshot(number).depth
    return line


def _line(chart: Chart, rows: Sequence[Row]) -> Timeline:
    due = [row for row in rows if row.at]
    return Timeline(
        chart, _SOURCE.name, tuple(row.at for row in due if row.at),
        tuple(len(row.truth.entries) for row in due),
        (Provenance.RECORDED,) * len(due),
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    reader = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    reader.add_argument("--passes", type=int, default=20_000)
    reader.add_argument("--seed", type=int, default=1)
    options = reader.parse_args(arguments)
    print(", ".join(f"{what} {value}" for what, value in machine().items()), flush=True)
    print(*soak(options.passes, options.seed), sep="\n")


if __name__ == "__main__":
    main()
