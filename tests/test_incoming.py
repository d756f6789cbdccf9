"""A file comes in whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.shop import apptrack
from tests.support.stored import (
    at,
    change,
    receipt,
    snapshot,
    stored,
)
from tracker.errors import Conflict, StoreError
from tracker.model import Outcome, Snapshot
from tracker.store import Reader, Store, blocks
from tracker.store.files import locked
from tracker.store.incoming import importing, sweep_if_ended

DB = Path("apptrack.db")


def rows(sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(DB)) as connection:
        return connection.execute(sql).fetchall()


def take_in(path: Path, wanted: Sequence[Snapshot]) -> list[Outcome]:
    with Store(path) as store, importing(store) as incoming:
        return [incoming.save(snapshot) for snapshot in wanted]


def sound() -> None:
    with Reader(DB) as reader:
        assert reader.unsound() == []
    assert rows("SELECT * FROM incoming") == []
    assert list(Path().glob("*.import")) == []


def test_no_reader_sees_any_of_it_before_its_end() -> None:
    with Store(DB) as store, importing(store) as incoming:
        for hour in range(5):
            assert incoming.save(snapshot(hour)) is Outcome.SAVED
        with Reader(DB) as reader:
            assert stored(reader) == []
    with Reader(DB) as reader:
        assert len(stored(reader)) == 5
    sound()


def test_an_error_within_leaves_nothing() -> None:
    def fails() -> None:
        with Store(DB) as store, importing(store) as incoming:
            incoming.save(snapshot())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert rows("SELECT count(*) FROM apps") == rows("SELECT count(*) FROM entries") == [(0,)]
    sound()


def test_what_is_known_stays_and_what_differs_refuses_the_file() -> None:
    assert take_in(DB, [snapshot(0), snapshot(1)]) == [Outcome.SAVED] * 2
    assert take_in(DB, [snapshot(0), snapshot(2)]) == [Outcome.KNOWN, Outcome.SAVED]
    with pytest.raises(Conflict, match="stored already with other ranks"):
        take_in(DB, [snapshot(3), snapshot(0, [9])])
    with pytest.raises(Conflict, match="stored already with other ranks"):
        take_in(DB, [snapshot(4), snapshot(4, [9])])
    assert rows("SELECT count(*) FROM snapshots") == [(3,)]
    sound()


def test_an_id_that_is_in_the_other_store_refuses_the_file() -> None:
    assert take_in(DB, [snapshot(0)]) == [Outcome.SAVED]
    change(DB, "UPDATE apps SET store = 'play' WHERE store_id = '2'")
    with pytest.raises(StoreError, match="UNIQUE constraint failed: apps.store_id"):
        take_in(DB, [snapshot(1)])
    assert rows("SELECT count(*) FROM snapshots") == [(1,)]
    assert rows("SELECT count(*) FROM entries") == [(3,)]
    assert rows("SELECT * FROM incoming") == []


def test_what_another_one_stores_meanwhile_is_known_then() -> None:
    with Store(DB) as store, Store(DB) as other, importing(store) as incoming:
        for hour in range(3):
            incoming.save(snapshot(hour, [7, 8]))
        other.save(snapshot(1, [7, 8]), **receipt(snapshot(1, [7, 8])))
    with Reader(DB) as reader:
        assert [snapshot.observed_at for snapshot in stored(reader)] == [at(0), at(1), at(2)]
    assert rows("SELECT count(*) FROM snapshots WHERE payload NOTNULL") == [(1,)]
    sound()


def test_what_another_one_stores_otherwise_meanwhile_refuses_the_file() -> None:
    def meets() -> None:
        with Store(DB) as store, Store(DB) as other, importing(store) as incoming:
            incoming.save(snapshot(0, [7, 8]))
            incoming.save(snapshot(1, [7, 8]))
            other.save(snapshot(1, [8, 7]))

    with pytest.raises(Conflict, match="other ranks"):
        meets()
    with Reader(DB) as reader:
        assert stored(reader) == [snapshot(1, [8, 7])]
    sound()


def test_one_file_at_a_time() -> None:
    with Store(DB) as store, importing(store) as incoming:
        incoming.save(snapshot())
        with (
            pytest.raises(StoreError, match="another import is under way"),
            Store(DB) as other,
            importing(other),
        ):
            pass
    sound()


# What a killed one leaves


def left_behind(apps: Sequence[int] = (1, 2, 77)) -> None:
    """A stored snapshot of apps 1 and 2, and half of a file, as a kill leaves it."""
    with Store(DB) as store:
        store.save(snapshot(0, [1, 2]))
    change(
        DB,
        "INSERT INTO incoming VALUES (1, 2, 4, 3, 3)",
        "INSERT INTO apps (id, store, store_id) VALUES (3, 'app-store', '77')",
        *(
            f"INSERT INTO entries VALUES ({number}, {rank}, {rank})"
            for number in (2, 3)
            for rank in range(1, len(apps) + 1)
        ),
    )


def test_what_is_on_its_way_is_neither_seen_nor_a_flaw() -> None:
    left_behind()
    with Reader(DB) as reader:
        assert stored(reader) == [snapshot(0, [1, 2])]
        assert reader.unsound() == []
    assert apptrack("backup", "copy.db", "--db", DB).returncode == 0
    assert rows("SELECT count(*) FROM observations") == [(2,)]


def test_the_next_one_who_writes_sweeps_it_away() -> None:
    left_behind()
    assert apptrack("events", "add", "2026-01-01", "A note", "--db", DB).returncode == 0
    assert rows("SELECT count(*) FROM entries") == [(2,)]
    assert rows("SELECT store_id FROM apps ORDER BY id") == [("1",), ("2",)]
    sound()


def test_the_next_file_sweeps_it_away_too() -> None:
    left_behind()
    assert take_in(DB, [snapshot(5, [77, 1])]) == [Outcome.SAVED]
    with Reader(DB) as reader:
        assert stored(reader) == [snapshot(0, [1, 2]), snapshot(5, [77, 1])]
    sound()


def test_what_is_still_under_way_is_left_alone() -> None:
    left_behind()
    with locked(DB, "import.lock") as lock, Store(DB) as store:
        assert lock
        sweep_if_ended(store)
        assert rows("SELECT count(*) FROM entries") == [(8,)]
        store.save(snapshot(9, [5]))
        # Row ids that the file has taken are nobody else's.
        assert rows("SELECT id FROM snapshots ORDER BY id") == [(1,), (5,)]
    with Store(DB) as store:
        sweep_if_ended(store)
        assert stored(store) == [snapshot(0, [1, 2]), snapshot(9, [5])]
    sound()


def test_the_blocks_that_are_due_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "SIZE", 4)
    take_in(DB, [snapshot(hour, [1, 2, hour + 3]) for hour in range(11)])
    assert rows("SELECT count(*) FROM blocks") == [(2,)]
    sound()
