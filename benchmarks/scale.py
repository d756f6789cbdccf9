"""Every overtake of every pair on ten charts, by SQLite, DuckDB and Spark, at 1, 4 and 16 times.

Whole processes that write CSV. Spark takes part where the extra ``spark`` and Java are installed:
a cluster on loopback, whose start is not counted.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.cluster import Cluster, Watch, cluster
from benchmarks.figures import Figure
from benchmarks.fiveyears import make
from benchmarks.ledger import CACHE
from benchmarks.machine import environment, used

#: Years of ten hourly charts: about 2.7, 10.7 and 43 million ranks.
YEARS = (0.3125, 1.25, 5.0)
_CALL = ("overtakes", "--all", "--on", "*/*/*/*", "--csv")


@dataclass(frozen=True, slots=True)
class _Run:
    """What a process took, and the SHA-256 and the lines of what it wrote."""

    seconds: float
    processors: float
    memory: float  # MB
    answer: str
    lines: int


def scale(years: tuple[float, ...] = YEARS, charts: int = 10, folder: Path = CACHE) -> list[Figure]:
    """Files are made in FOLDER where they are not there yet. The answers must be the same."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = []
    for size in years:
        db = folder / f"{size:g}-years-of-{charts}-charts.db"
        data = db.with_suffix(".parquet.d")
        if not db.exists():
            make(db, size, charts)
        with closing(sqlite3.connect(db)) as connection:
            (ranks,) = connection.execute("SELECT sum(depth) FROM snapshots").fetchone()
        what = f"{ranks / 1e6:.1f} M ranks"
        figures += _exports(what, ranks, db, data)
        runs = {"SQLite": _run(folder, *_CALL, "--db", db)}
        runs["DuckDB"] = _run(folder, *_CALL, "--data", data)
        if find_spec("pyspark") and shutil.which("java"):
            runs["Spark"], spilled = _on_a_cluster(folder, data)
            figures.append(Figure(f"{what}, Spark: files of its own", spilled / 1e6, "MB"))
        assert len({run.answer for run in runs.values()}) == 1, "the answers differ"
        figures.append(Figure(f"{what}: overtakes", runs["SQLite"].lines - 1, "rows"))
        for name, run in runs.items():
            bare = None if name == "SQLite" else runs["SQLite"].processors
            figures += [
                Figure(f"{what}, {name}", run.seconds, "s"),
                Figure(f"{what}, {name}: of processors", run.processors, "s", bare),
                Figure(f"{what}, {name}: peak memory", run.memory, "MB"),
            ]
    return figures


def _exports(what: str, ranks: int, db: Path, data: Path) -> list[Figure]:
    """A whole export to DATA, and one without a change."""
    shutil.rmtree(data, ignore_errors=True)
    export = _run(db.parent, "export", "parquet", data, "--db", db)
    size = sum(file.stat().st_size for file in data.rglob("*.parquet"))
    again = _run(db.parent, "export", "parquet", data, "--db", db)
    return [
        Figure(f"{what}, Parquet: bytes a rank", size / ranks, "bytes", most=1.1),
        Figure(f"{what}, export: peak memory", export.memory, "MB"),
        Figure(
            f"{what}, export again, of processors", again.processors, "s", export.processors, 0.03
        ),
    ]


def _on_a_cluster(folder: Path, data: Path) -> tuple[_Run, int]:
    """Ask a cluster that is started for it; the most bytes of its files."""
    files = folder / "cluster"
    try:
        with cluster(files) as running:
            where = ("--data", data, "--engine", "spark", "--master", running.url)
            return _watched(running, folder, *_CALL, *where)
    finally:
        shutil.rmtree(files, ignore_errors=True)


def _watched(running: Cluster, folder: Path, *call: object) -> tuple[_Run, int]:
    """As ``_run``; what the cluster takes is counted, too."""
    answer = folder / "answer"
    begun = time.monotonic()
    with answer.open("wb") as file:
        process = subprocess.Popen(
            _command(call), env=environment(folder) | running.environment, cwd=folder,
            stdout=file, start_new_session=True,
        )  # fmt: skip
        with Watch((process.pid, *running.sessions), running.folder) as watch:
            process.wait()
    seconds = time.monotonic() - begun
    assert process.returncode == 0, f"Spark failed, with {watch.spilled:,} bytes of its own files"
    return _Run(seconds, watch.seconds, watch.peak / 1e6, *_read(answer)), watch.spilled


def _run(folder: Path, *call: object) -> _Run:
    """Run the program to its end."""
    answer = folder / "answer"
    begun = time.monotonic()
    memory, processors = used(_command(call), folder, answer)
    seconds = time.monotonic() - begun
    return _Run(seconds, processors, memory, *_read(answer))


def _command(call: Sequence[object]) -> list[str]:
    return [sys.executable, "-m", "tracker", *map(str, call)]


def _read(answer: Path) -> tuple[str, int]:
    """The SHA-256 of an answer and its lines. It is removed."""
    with answer.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        lines = sum(1 for _ in file)
    answer.unlink()
    return digest, lines
