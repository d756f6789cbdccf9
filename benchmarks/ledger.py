"""Questions put to five years of hourly charts, as whole processes: time, and peak memory."""

from __future__ import annotations

import csv
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from benchmarks import duck
from benchmarks.figures import Figure, in_turns, medians
from benchmarks.fiveyears import CHARTS, SOURCE, make
from benchmarks.machine import environment, used
from tracker.analysis import overtakes_of_all
from tracker.catalog import assistants
from tracker.cli import COMMANDS
from tracker.model import Series, iso, parse_time
from tracker.store import Reader

#: Files are made once and used again; the system clears the folder in its own time.
CACHE = Path(tempfile.gettempdir()) / "apptrack-benchmarks"
_CHART = CHARTS[0]
_PAIR = ("overtakes", "deepseek", "chatgpt")
_EVERYONE = ("overtakes", "--all")
_NOW = (("standings",), ("brief", "deepseek"))
_LARGEST = 200  # MB
_COLUMNS = (
    "winner_id", "loser_id", "after", "by", "kind", "status", "gap", "winner_rank_before",
    "winner_rank_after", "loser_rank_before", "loser_rank_after", "held_seconds",
)  # fmt: skip


def fiveyears(
    years: float = 5, count: int = 10, turns: int = 7, folder: Path = CACHE
) -> list[Figure]:
    """YEARS of COUNT hourly charts, made in FOLDER where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{years:g}-years-of-{count}-charts.db"
    if not path.exists():
        make(path, years, count)
    figures = [*_pair(path, years, turns), *_now(path, turns)]
    if find_spec("duckdb"):
        figures += _everyone(path, turns)
    else:
        print("nothing is put beside DuckDB: install it with pip install 'apptrack[bench]'")
    return figures + _memory(path)


def _pair(path: Path, years: float, turns: int) -> list[Figure]:
    month = _newest(path) - timedelta(days=30)
    ways = [partial(_ask, path, *_PAIR), partial(_ask, path, *_PAIR, "--since", iso(month))]
    long, short = medians(in_turns(ways, turns))
    return [Figure(f"overtakes A B, {years:g} years beside 30 days", long, "ms", short, 2)]


def _newest(path: Path) -> datetime:
    with closing(sqlite3.connect(path)) as connection:
        (time,) = connection.execute("SELECT max(observed_at) FROM snapshots").fetchone()
    return parse_time(time)


def _now(path: Path, turns: int) -> list[Figure]:
    """What is asked of one moment, beside a command that opens no database."""
    figures = []
    for command in _NOW:
        if command[0] in COMMANDS:
            ways = [partial(_ask, path, *command), partial(_ask, path, "apps")]
            ours, empty = medians(in_turns(ways, turns))
            figures.append(Figure(f"{command[0]} beside an empty command", ours, "ms", empty, 1.5))
    return figures


def _everyone(path: Path, turns: int) -> list[Figure]:
    """Every pair of assistants, beside DuckDB on the same rows as Parquet."""
    parquet = _parquet(path)
    series = _series(path)
    app_ids = [one_series.app.app_id for one_series in series]
    ours, theirs = path.with_suffix(".ours.csv"), path.with_suffix(".theirs.csv")
    question = [sys.executable, "-m", "benchmarks.duck", str(parquet), *app_ids]
    whole: list[Callable[[], object]] = [
        partial(_ask, path, *_EVERYONE, "--csv", to=ours),
        partial(_run, question, ours.parent, to=theirs),
    ]
    process, other_process = medians(in_turns(whole, turns))
    assert _ledger_of(ours) == _ledger_of(theirs), "the two ledgers differ"
    with duck.opened() as connection:
        inside: list[Callable[[], object]] = [
            lambda: overtakes_of_all(series),
            lambda: overtakes_of_all(_series(path)),
            lambda: duck.ledger(connection, parquet, app_ids),
        ]
        ready, read, asked = medians(in_turns(inside, turns))
    of_all = f"ledger of {len(series)} apps"
    return [
        Figure(f"{of_all}, --csv, processes, DuckDB", process, "ms", other_process, 0.7),
        Figure(f"{of_all}, of ready series, DuckDB", ready, "ms", asked, 0.5),
        Figure(f"{of_all}, series read first, DuckDB", read, "ms", asked),
    ]


def _series(path: Path) -> list[Series]:
    """Of the assistants that were ever ranked."""
    with Reader(path) as reader:
        every = reader.series(_CHART, SOURCE, [assistant.app for assistant in assistants()])
    return [series for series in every if any(series.ranks)]


def _parquet(path: Path) -> Path:
    """The first chart's ranks, as the view ``observations`` has them, made where not there yet."""
    parquet, rows = path.with_suffix(".parquet"), path.with_suffix(".csv")
    if not parquet.exists():
        with (
            closing(sqlite3.connect(path)) as connection,
            rows.open("w", encoding="utf-8", newline="") as file,
        ):
            sql = "SELECT * FROM observations WHERE chart = ? AND source = ?"
            cursor = connection.execute(sql, (_CHART.slug, SOURCE))
            csv.writer(file).writerows([[name for name, *_ in cursor.description]])
            csv.writer(file).writerows(cursor)
        duck.pack(rows, parquet)
        rows.unlink()
    return parquet


def _ledger_of(path: Path) -> list[tuple[str, ...]]:
    """The ledger in a CSV file, without the columns that only apptrack has."""
    with path.open(encoding="utf-8", newline="") as file:
        return sorted(tuple(row[name] for name in _COLUMNS) for row in csv.DictReader(file))


def _memory(path: Path) -> list[Figure]:
    """The peak memory of every command; an output for people and one for programs."""
    commands = [_PAIR, _EVERYONE, (*_EVERYONE, "--csv"), (*_EVERYONE, "--json"), *_NOW]
    figures = []
    for command in commands:
        if command[0] in COMMANDS:
            memory, _ = used(_command(path, *command), path.parent)
            what = f"{' '.join(command)}: peak memory"
            figures.append(Figure(what, memory, "MB", most=_LARGEST))
    return figures


def _ask(path: Path, *arguments: str, to: Path | None = None) -> None:
    _run(_command(path, *arguments), path.parent, to)


def _command(path: Path, *arguments: str) -> list[str]:
    database = [] if arguments[0] == "apps" else ["--db", str(path)]
    return [sys.executable, "-m", "tracker", *arguments, *database]


def _run(command: Sequence[str], folder: Path, to: Path | None = None) -> str:
    """Run to the end; its output is returned, or put into the file TO."""
    with (to or Path(os.devnull)).open("w") as file:
        done = subprocess.run(
            command,
            stdout=file if to else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=600,
            cwd=folder,
            env=environment(folder),
        )
    assert done.returncode == 0, done.stderr
    return done.stdout or ""
