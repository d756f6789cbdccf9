"""Snapshots that have the ranks of some apps only: stored, and read beside whole charts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.stored import CHART, SOURCE, at, change, snapshot, stored
from tracker.browse.description import metadata_for
from tracker.errors import Conflict, InvalidValue
from tracker.model import (
    App,
    Entry,
    Observation,
    Outcome,
    Provenance,
    Scope,
    Series,
    Snapshot,
    Timeline,
    reaches,
)
from tracker.store import Store, blocks
from tracker.store.snapshots import best_rank, has_sparse, nth_newest, number_ones, sparse_apps
from tracker.verify import verify

APPS = [App(str(number), str(number)) for number in (1, 2, 3, 77)]


def some(hour: float, ranks: dict[int, int], **changes: Any) -> Snapshot:
    """A sparse snapshot of CHART: the rank of each app by its id."""
    rows = sorted((rank, str(app)) for app, rank in ranks.items())
    entries = tuple(Entry(rank, app, f"Filler {app}", "Filler Works") for rank, app in rows)
    imported = Snapshot(
        CHART, SOURCE, at(hour), entries, provenance=Provenance.IMPORTED, scope=Scope.SPARSE
    )
    return replace(imported, **changes)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as opened:
        yield opened


# The values


def test_a_sparse_snapshot_has_holes_and_its_largest_rank_as_depth() -> None:
    snapshot = some(0, {7: 12, 9: 3})
    assert [(entry.rank, entry.app_id) for entry in snapshot.entries] == [(3, "9"), (12, "7")]
    assert snapshot.depth == 12


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([(3, "1"), (3, "2")], "rank 3 for two apps: 1 and 2"),
        ([(4, "1"), (3, "2")], "rank 3 after 4"),
        ([(3, "1"), (4, "1")], "an app twice: 1"),
        ([], "no entries"),
    ],
)
def test_a_sparse_snapshot_that_cannot_be_true_is_refused(
    rows: list[tuple[int, str]], line: str
) -> None:
    entries = tuple(Entry(rank, app) for rank, app in rows)
    with pytest.raises(InvalidValue, match=line):
        Snapshot(CHART, SOURCE, at(0), entries, scope=Scope.SPARSE)


def test_a_whole_snapshot_has_no_holes_still() -> None:
    with pytest.raises(InvalidValue, match="rank 3 where 1 belongs"):
        some(0, {9: 3}, scope=Scope.WHOLE)
    with pytest.raises(InvalidValue, match="Invalid scope"):
        Scope("half")


def test_an_app_is_never_unranked_in_ranks_of_single_apps() -> None:
    line = Timeline(CHART, SOURCE, (at(0), at(1)), (100, None), (Provenance.IMPORTED,) * 2)
    assert (line.whole_depths, line.sparse) == ((100,), 1)
    assert [reaches(depth, 100) for depth in (100, 99, None)] == [True, False, False]
    (_, last) = Series(line, APPS[0], (None, 300))
    assert last == Observation(at(1), 300, None, Provenance.IMPORTED)
    with pytest.raises(InvalidValue, match="cannot say that one is unranked"):
        Series(line, APPS[0], (3, None))
    with pytest.raises(InvalidValue, match="rank 0"):
        Series(line, APPS[0], (3, 0))
    with pytest.raises(InvalidValue, match="rank 101 cannot be among 100"):
        Series(line, APPS[0], (101, 3))


# Stored


def test_it_is_stored_and_read_again(store: Store) -> None:
    snapshot = some(0, {7: 12, 9: 3})
    assert store.save(snapshot) is Outcome.SAVED
    assert store.save(snapshot) is Outcome.KNOWN
    assert stored(store) == [snapshot]
    assert verify(store).findings == ()


def test_ranks_of_other_apps_at_the_same_instant_are_added(store: Store) -> None:
    store.save(some(0, {7: 12}))
    assert store.save(some(0, {9: 3, 7: 12})) is Outcome.SAVED
    assert store.save(some(0, {8: 40})) is Outcome.SAVED
    assert store.save(some(0, {9: 3})) is Outcome.KNOWN
    assert stored(store) == [some(0, {7: 12, 9: 3, 8: 40})]
    assert verify(store).findings == ()


@pytest.mark.parametrize(
    ("first", "second", "line"),
    [
        (some(0, {7: 12}), some(0, {7: 13}), "with other ranks"),
        (some(0, {7: 12}), some(0, {8: 12}), "with other ranks"),
        (some(0, {7: 12}), some(0, {8: 1, 7: 13}), "with other ranks"),
        (snapshot(0, [7, 8]), some(0, {7: 1}), "as a whole chart"),
        (some(0, {7: 1}), snapshot(0, [7]), "as ranks of single apps"),
        (some(0, {7: 1}, provenance=Provenance.REPORTED), some(0, {8: 2}), "reported"),
    ],
)
def test_what_contradicts_what_is_stored_is_a_conflict(
    store: Store, first: Snapshot, second: Snapshot, line: str
) -> None:
    store.save(first)
    with pytest.raises(Conflict, match=line):
        store.save(second)
    assert stored(store) == [first]


def test_a_scope_that_the_entries_contradict_is_found(store: Store, path: Path) -> None:
    store.save(some(0, {7: 12}))
    store.save(snapshot(1, [1, 2]))
    change(path, "UPDATE snapshots SET scope = 'whole' WHERE id = 1")
    (finding,) = verify(store).findings
    assert finding.what == (
        "its rows cannot be true: a snapshot of us/iphone/top-free/apps has rank 12 where 1 belongs"
    )
    with pytest.raises(sqlite3.IntegrityError):
        change(path, "UPDATE snapshots SET scope = 'half' WHERE id = 1")


def test_views_never_take_it_for_a_whole_chart(store: Store, path: Path) -> None:
    store.save(snapshot(0, [1, 2]))
    store.save(snapshot(0.1, [1, 2], source="web-charts"))
    store.save(some(0.2, {1: 1, 2: 2}, source="web-charts"))
    store.save(some(9, {1: 40}))
    with closing(sqlite3.connect(path)) as connection:
        latest = connection.execute("SELECT DISTINCT observed_at FROM latest").fetchall()
        checks = connection.execute("SELECT compared, other_snapshot FROM cross_checks").fetchall()
        scopes = connection.execute("SELECT scope, count(*) FROM observations GROUP BY scope")
        assert scopes.fetchall() == [("sparse", 3), ("whole", 4)]
    assert latest == [("2026-01-01T00:00:00Z",), ("2026-01-01T00:06:00Z",)]
    assert checks == [(2, 2)]


# Read


def test_a_sparse_snapshot_drops_no_block(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "SIZE", 3)
    for hour in range(9):
        store.save(snapshot(hour, [1, 2]))
    store.save(some(1.5, {1: 30}))
    store.save(some(1.5, {2: 40}))
    store.save(some(20, {1: 7}))
    store.save(snapshot(9, [1, 2]))
    change(path, "UPDATE snapshots SET depth = 41 WHERE scope = 'sparse' AND depth = 40")
    change(path, "UPDATE snapshots SET depth = 40 WHERE scope = 'sparse' AND depth = 41")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM blocks").fetchone() == (3,)
    assert store.unsound() == []
    (series,) = store.series(CHART, SOURCE, [APPS[0]], since=at(1), until=at(2))
    assert (series.timeline.times, series.ranks) == ((at(1), at(1.5), at(2)), (1, 30, 1))
    change(path, "UPDATE snapshots SET scope = 'sparse' WHERE observed_at LIKE '%T04%'")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM blocks").fetchone() == (1,)


def test_the_index_of_sparse_snapshots_is_used(store: Store) -> None:
    store.save(some(0, {1: 3}))
    asked: list[str] = []
    store.connection.set_trace_callback(asked.append)
    store.series(CHART, SOURCE, APPS[:2])
    store.connection.set_trace_callback(None)
    (sql,) = [text for text in asked if "scope = 'sparse'" in text and "FROM snapshots" in text]
    plan = [row[3] for row in store.rows(f"EXPLAIN QUERY PLAN {sql}")]
    assert any("snapshots_sparse" in step for step in plan), plan
    assert not any("SCAN" in step for step in plan), plan


def test_questions_about_the_whole_chart_pass_it_over(store: Store) -> None:
    store.save(snapshot(0, [1, 2]))
    store.save(some(3, {3: 1, 2: 2}))
    assert store.newest(CHART) == at(0)
    assert store.timeline(CHART, SOURCE)[0].times == (at(0),)
    assert number_ones(store, CHART, SOURCE, None, None) == ["1"]
    assert best_rank(store, CHART, SOURCE, "3", at(9)) is None
    assert nth_newest(store, CHART, SOURCE, at(9), 1) == at(0)


def test_what_sparse_snapshots_speak_of(store: Store) -> None:
    store.save(snapshot(0, [1, 2]))
    assert not has_sparse(store, CHART)
    store.save(some(3, {3: 1, 2: 2}))
    store.save(some(5, {2: 2}))
    assert has_sparse(store, CHART)
    assert has_sparse(store, CHART, SOURCE)
    assert not has_sparse(store, CHART, "web-charts")
    assert sparse_apps(store, CHART, SOURCE) == {"2": 2, "3": 1}
    assert sparse_apps(store, CHART, SOURCE, at(4), at(6)) == {"2": 1}
    assert sparse_apps(store, CHART, SOURCE, app_ids=["3", "1"]) == {"3": 1}
    assert sparse_apps(store, CHART, "web-charts") == {}


# Datasette's queries


def asked(path: Path, query: str, **parameters: str) -> list[dict[str, Any]]:
    """The rows of one of the queries that Datasette offers."""
    described = metadata_for("x")["databases"]["x"]["queries"][query]
    sql = described["sql"]
    parameters = dict.fromkeys(described.get("params", ()), "") | parameters
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql, parameters)]


def test_the_queries_in_datasette_distinguish_whole_charts_from_single_apps(
    store: Store, path: Path
) -> None:
    deepseek, chatgpt = "6737597349", "6448311069"
    store.save(snapshot(0, [chatgpt, 1]))
    store.save(snapshot(1, [deepseek, chatgpt]))
    store.save(some(2, {int(chatgpt): 40}))
    (ahead,) = asked(path, "who_is_ahead", chart="", app_a="", app_b="")
    assert (ahead["observed_at"][11:16], ahead["rank_a"], ahead["rank_b"]) == ("01:00", 1, 2)
    assert {row["observed_at"][11:16] for row in asked(path, "assistants", chart="")} == {"01:00"}
    assert {row["observed_at"][11:16] for row in asked(path, "latest_chart", chart="")} == {"01:00"}

    def ranks(app_id: str) -> list[tuple[Any, ...]]:
        rows = asked(path, "app_ranks", chart=str(CHART), app_id=app_id)
        return [(row["rank"], row["state"], row["depth"], row["scope"]) for row in rows]

    assert ranks(deepseek) == [(1, "ranked", 2, "whole"), (None, "unranked", 2, "whole")]
    assert ranks(chatgpt) == [
        (40, "ranked", None, "sparse"), (2, "ranked", 2, "whole"), (1, "ranked", 2, "whole"),
    ]  # fmt: skip
    assert len(ranks("")) == 3  # the first app of the snapshot stored last, which has no rank 1
    (coverage,) = asked(path, "coverage")
    assert (coverage["snapshots"], coverage["sparse_snapshots"]) == (2, 1)
    assert (coverage["depths"], coverage["last"][11:16]) == ("2 to 2", "01:00")
