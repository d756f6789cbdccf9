"""Every overtake of every pair on ten charts, by SQLite, DuckDB and Spark, at 1, 4 and 16 times.

Whole processes that write CSV. Spark takes part where the extra ``spark`` is installed; it runs on
this machine, or on the cluster that SPARK_MASTER names.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.fiveyears import make
from benchmarks.ledger import CACHE
from benchmarks.machine import ROOT

#: Years of ten hourly charts: about 2.7, 10.7 and 43 million ranks.
YEARS = (0.3125, 1.25, 5.0)
_CALL = ("overtakes", "--all", "--on", "*/*/*/*", "--csv")


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
        _, export, *_ = _timed(folder, "export", "parquet", data, "--db", db)
        written = sum(file.stat().st_size for file in data.rglob("*.parquet"))
        figures.append(Figure(f"{what}, Parquet: bytes a rank", written / ranks, "bytes", most=1.1))
        _, again, *_ = _timed(folder, "export", "parquet", data, "--db", db)
        figures.append(Figure(f"{what}, export again, of processors", again, "s", export, 0.03))
        ways: dict[str, tuple[object, ...]] = {
            "SQLite": ("--db", db),
            "DuckDB": ("--data", data),
        }
        if find_spec("pyspark"):
            master = os.environ.get("SPARK_MASTER", "local[*]")
            ways["Spark"] = ("--data", data, "--engine", "spark", "--master", master)
        answers = set()
        for name, where in ways.items():
            seconds, processor, memory, answer = _timed(folder, *_CALL, *where)
            answers.add(answer)
            figures.append(Figure(f"{what}, {name}", seconds, "s"))
            figures.append(Figure(f"{what}, {name}: of processors", processor, "s"))
            figures.append(Figure(f"{what}, {name}: peak memory", memory, "MB"))
        assert len(answers) == 1, "the answers differ"
    return figures


def _timed(folder: Path, *call: object) -> tuple[float, float, float, str]:
    """Run the program: seconds, those of processors, peak memory in MB, SHA-256 of its output."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env |= {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    answer = folder / "answer"
    begun = time.monotonic()
    with answer.open("wb") as file:
        command = [sys.executable, "-m", "tracker", *map(str, call)]
        process = subprocess.Popen(command, env=env, cwd=folder, stdout=file)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - begun
    assert process.returncode == 0, f"{' '.join(command)} failed"
    with answer.open("rb") as file:
        said = hashlib.file_digest(file, "sha256").hexdigest()
    answer.unlink()
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000, said
