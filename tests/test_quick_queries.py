"""Questions to years of data take as little as their answer, however many ranks there are.

SQLite counts the steps of its own machine, so that the figures are the same on every machine.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.stored import CHART, OTHER_CHART, SOURCE
from tracker.model import iso
from tracker.store import Reader, Store
from tracker.store.snapshots import has_sparse

HOURS, DEPTH = 1000, 100
#: Ranked first all the time; ranked once; and a time.
FIRST, ONCE, LATE = "1", "100000", "2026-02-01"
#: Steps of SQLite's machine. A hundred rows take a few thousand, all ranks of a chart 600,000.
MOST = 60_000


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Two charts of 1,000 hours: 200,000 ranks."""
    path = tmp_path_factory.mktemp("quick") / "ranks.db"
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        fill(connection)
    with Reader(path) as opened:
        yield opened


def fill(connection: sqlite3.Connection) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    ids = (*range(1, DEPTH + 1), int(ONCE))
    connection.executemany(
        "INSERT INTO apps (id, store, store_id, name) VALUES (?, 'app-store', ?, ?)",
        ((number, str(app_id), f"Filler {app_id}") for number, app_id in enumerate(ids, 1)),
    )
    for number, chart in enumerate((CHART, OTHER_CHART), 1):
        connection.execute(
            "INSERT INTO charts VALUES (?, ?, ?, ?, ?, ?)",
            (number, chart.slug, chart.storefront, chart.device, chart.ranking, chart.genre),
        )
    connection.executemany(
        "INSERT INTO snapshots (id, chart, source, observed_at, depth, provenance)"
        " VALUES (?, ?, ?, ?, ?, 'recorded')",
        (
            (2 * hour + chart, chart, SOURCE, iso(start + timedelta(hours=hour)), DEPTH)
            for hour in range(HOURS)
            for chart in (1, 2)
        ),
    )
    connection.executemany(
        "INSERT INTO entries VALUES (?, ?, ?)",
        (
            (number, rank, DEPTH + 1 if (number, rank) == (1, DEPTH) else rank)
            for number in range(1, 2 * HOURS + 1)
            for rank in range(1, DEPTH + 1)
        ),
    )
    connection.commit()


def steps(reader: Reader, ask: Callable[[], object], each: int = 1000) -> int:
    """How many steps ASK takes, rounded down to a multiple of EACH."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += each
        return 0

    reader.connection.set_progress_handler(count, each)
    try:
        ask()
    finally:
        reader.connection.set_progress_handler(None, 0)
    return taken


def rows(reader: Reader, where: str, order: str) -> list[tuple[object, ...]]:
    """What a page of Datasette has of the view: a hundred rows, and one to know of more."""
    return reader.rows(f"SELECT * FROM observations WHERE {where} ORDER BY {order} LIMIT 101")


APP, ON_CHART = f"app_id = '{FIRST}'", f"chart = '{CHART}'"


@pytest.mark.parametrize("order", ["observed_at", "observed_at DESC"])
@pytest.mark.parametrize(
    "where",
    [
        "true",
        ON_CHART,
        f"{APP} AND {ON_CHART}",
        f"app_id = '{ONCE}' AND {ON_CHART}",
        f"app_id = '{ONCE}'",
        f"source = '{SOURCE}'",
        "provenance = 'recorded'",
        "rank = 1",
        f"rank = 1 AND {ON_CHART}",
        f"observed_at > '{LATE}'",
        f"observed_at > '{LATE}' AND {ON_CHART}",
        f"observed_at > '{LATE}' AND {APP}",
    ],
)
def test_observations_by_time(reader: Reader, where: str, order: str) -> None:
    assert rows(reader, where, order)
    assert steps(reader, lambda: rows(reader, where, order)) < MOST


@pytest.mark.parametrize("order", ["NULL", "observed_at", "rank"])
@pytest.mark.parametrize(
    "where", ["source = 'web-charts'", "provenance = 'imported'", "scope = 'sparse'", "depth = 7"]
)
def test_that_no_observation_is_such(reader: Reader, where: str, order: str) -> None:
    assert not rows(reader, where, order)
    assert steps(reader, lambda: rows(reader, where, order)) < MOST


@pytest.mark.parametrize("order", ["rank", "source", "depth", "snapshot"])
def test_observations_of_an_app_by_another_column(reader: Reader, order: str) -> None:
    assert steps(reader, lambda: rows(reader, f"{APP} AND {ON_CHART}", order)) < MOST


def test_that_a_chart_has_no_sparse_snapshot(reader: Reader) -> None:
    assert steps(reader, lambda: has_sparse(reader, CHART), each=100) < 1000
