"""Blocks of ranks by app: quick to read, and always equal to the snapshots."""

from __future__ import annotations

import json
import sqlite3
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.stored import CHART, OTHER_CHART, SOURCE, at, change, entries, snapshot
from tracker.evidence import Event, cite
from tracker.model import App, Provenance, Series, Snapshot
from tracker.store import Reader, Store, blocks
from tracker.verify import verify

APPS = [App(str(number), str(number)) for number in (1, 2, 3, 77)]
OVERTAKE = "apple-rss:us/iphone/top-free/apps@2026-01-01T01:00:00Z,2,1"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of three snapshots, so that a few make several."""
    monkeypatch.setattr(blocks, "SIZE", 3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.db"


def fill(path: Path, snapshots: Mapping[int, Sequence[int]]) -> None:
    """A snapshot an hour, the app ids in their order; every third came in a file."""
    with Store(path) as store:
        for hour, ids in snapshots.items():
            kind = Provenance.RECORDED if hour % 3 else Provenance.IMPORTED
            store.save(Snapshot(CHART, SOURCE, at(hour), entries(ids), provenance=kind))


def made(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT first_at, last_at FROM blocks ORDER BY chart, source, last_at"
        return connection.execute(sql).fetchall()


def drop(path: Path) -> None:
    change(path, "DELETE FROM block_ranks", "DELETE FROM blocks")


#: Before all snapshots and after them, at an edge of a block, within one, and in between.
WINDOWS = ((None, None), (None, 4), (1, None), (3, 3), (2, 7), (-5, -1), (30, 40), (4, 11))


def read(path: Path) -> Iterator[list[Series]]:
    """The series of several apps, in several windows and of several provenances."""
    with Reader(path) as reader:
        for hours in WINDOWS:
            since, until = (None if hour is None else at(hour) for hour in hours)
            for kinds in (tuple(Provenance), (Provenance.IMPORTED,)):
                yield reader.series(
                    CHART, SOURCE, APPS, since=since, until=until, provenances=kinds
                )


SNAPSHOTS = st.permutations([1, 2, 3]).flatmap(lambda ids: st.integers(1, 3).map(lambda n: ids[:n]))


@settings(max_examples=20, deadline=None)
@given(
    st.dictionaries(st.integers(0, 12), SNAPSHOTS, max_size=9),
    st.lists(SNAPSHOTS, min_size=3, max_size=7),
    st.randoms(),
)
def test_blocks_change_no_answer_in_whatever_order_snapshots_come(
    snapshots: dict[int, list[int]], later: list[list[int]], chance: Random
) -> None:
    """The first come in any order; those that come by time after them make blocks of them all."""
    hours = list(snapshots)
    chance.shuffle(hours)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "some.db"
        fill(path, {hour: snapshots[hour] for hour in hours})
        fill(path, dict(enumerate(later, 13)))
        assert made(path)
        with Reader(path) as reader:
            assert reader.unsound() == []
        quick = list(read(path))
        drop(path)
        assert list(read(path)) == quick


def test_a_block_is_made_when_its_last_snapshot_comes(path: Path) -> None:
    fill(path, {hour: [1, 2] for hour in range(8)})
    assert [first for first, _ in made(path)] == ["2026-01-01T00:00:00Z", "2026-01-01T03:00:00Z"]
    assert [last for _, last in made(path)] == ["2026-01-01T02:00:00Z", "2026-01-01T05:00:00Z"]
    drop(path)
    for many, hour in enumerate((8, 9, 10, 11), 1):
        fill(path, {hour: [1, 2]})
        assert len(made(path)) == many  # one a snapshot, so that no pass takes long
    with Store(path) as store:
        store.save(snapshot(0, [9], chart=OTHER_CHART))
        store.save(snapshot(0, [9], source="web-charts"))
    assert len(made(path)) == 4


def test_snapshots_that_come_late_make_no_block_until_a_new_one_does(path: Path) -> None:
    fill(path, {hour: [1, 2] for hour in range(20, 29)})
    assert len(made(path)) == 3
    fill(path, {hour: [2, 1] for hour in range(6)})
    assert made(path) == []
    fill(path, {30: [1, 2]})
    assert made(path) == [("2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z")]


def test_blocks_are_read_and_not_only_made(path: Path) -> None:
    fill(path, {hour: [1, 2] for hour in range(3)})
    for trigger in ("entry_changed", "entry_removed"):
        change(path, f"DROP TRIGGER {trigger}")
    change(path, "DELETE FROM entries WHERE rank = 2")
    with Reader(path) as reader:
        assert [series.ranks for series in reader.series(CHART, SOURCE, APPS[:2])] == [
            (1, 1, 1),
            (2, 2, 2),
        ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET app = 3 WHERE snapshot = 4 AND rank = 1",
        "DELETE FROM entries WHERE snapshot = 4 AND rank = 2",
        "UPDATE snapshots SET depth = 4 WHERE id = 4",
        "UPDATE snapshots SET provenance = 'archived' WHERE id = 4",
        "UPDATE snapshots SET observed_at = '2026-01-01T03:30:00Z' WHERE id = 4",
        "UPDATE snapshots SET source = 'web-charts' WHERE id = 4",
        "INSERT INTO snapshots (chart, source, observed_at, depth, provenance) "
        "VALUES (1, 'apple-rss', '2026-01-01T03:30:00Z', 1, 'imported')",
    ],
)
def test_what_contradicts_a_block_drops_it_and_those_after_it(path: Path, statement: str) -> None:
    fill(path, {hour: [2, 1] for hour in range(9)})
    with Store(path) as store:
        store.save(snapshot(20, [3]))
    assert len(made(path)) == 3
    change(path, statement)
    assert [last for _, last in made(path)] == ["2026-01-01T02:00:00Z"]
    with closing(sqlite3.connect(path)) as connection:
        (many,) = connection.execute("SELECT count(*) FROM block_ranks").fetchone()
    assert many == 2


def test_a_snapshot_that_is_not_stored_leaves_no_block(path: Path) -> None:
    fill(path, {0: [1], 1: [1]})
    with Store(path) as store, suppress(KeyboardInterrupt), store.transaction():
        store.save(snapshot(2, [1]))
        raise KeyboardInterrupt
    assert made(path) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE block_ranks SET ranks = (SELECT ranks FROM block_ranks WHERE app = 2)",
        "DELETE FROM block_ranks WHERE app = 1",
        "UPDATE block_ranks SET ranks = x'00'",
        "UPDATE blocks SET looks = x'00'",
        "UPDATE blocks SET first_at = '2026-01-01T00:30:00Z'",
        "DELETE FROM block_ranks WHERE block = 1; DELETE FROM blocks WHERE id = 1",
    ],
)
def test_a_block_that_says_otherwise_is_found(path: Path, statement: str) -> None:
    fill(path, {hour: [1, 2] for hour in range(6)})
    with Reader(path) as reader:
        assert verify(reader).findings == ()
    change(path, *statement.split(";"))
    with Reader(path) as reader:
        (first, *_) = verify(reader).findings
    assert "block of us/iphone/top-free/apps from apple-rss, 2026-01-01T0" in first.what
    assert first.what.endswith("its snapshots say otherwise")


TWO_RANKS = zlib.compress(struct.pack("<QBB", 1, 1, 1)).hex()  # in a block of three snapshots


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE block_ranks SET ranks = x'0102'",
        f"UPDATE block_ranks SET ranks = x'{TWO_RANKS}' WHERE app = 1",
        "UPDATE blocks SET looks = x'0102'",
    ],
)
def test_a_damaged_block_is_passed_over(path: Path, statement: str) -> None:
    fill(path, {hour: [1, 2] for hour in range(6)})
    whole = list(read(path))
    change(path, statement)
    assert list(read(path)) == whole


def test_a_block_of_an_unknown_form_is_passed_over(path: Path) -> None:
    fill(path, {hour: [1, 2] for hour in range(6)})
    whole = list(read(path))
    with closing(sqlite3.connect(path)) as connection, connection:
        for number, packed in connection.execute("SELECT id, looks FROM blocks").fetchall():
            looks = json.loads(zlib.decompress(packed))
            looks[-1][-1] = "x"  # struct's letter for a byte that says nothing
            forged = zlib.compress(json.dumps(looks).encode())
            sql = "UPDATE blocks SET code = 'x', looks = ? WHERE id = ?"
            connection.execute(sql, (forged, number))
    assert list(read(path)) == whole


def test_nothing_is_proved_where_a_block_and_the_entries_differ(path: Path) -> None:
    fill(path, {0: [1, 2], 1: [2, 1], 2: [2, 1]})
    with Reader(path) as reader:
        assert [cited.flaws for cited in cite(reader, Event.parse(OVERTAKE)).snapshots] == [()] * 3
    change(path, "DROP TRIGGER entry_removed")
    change(path, "DELETE FROM entries WHERE snapshot = 2 AND rank = 2")
    change(path, "DROP TRIGGER snapshot_changed")
    change(path, "UPDATE snapshots SET depth = 1 WHERE id = 2")
    with Reader(path) as reader:
        flaws = [cited.flaws for cited in cite(reader, Event.parse(OVERTAKE)).snapshots]
    assert flaws[1] == ("1 is at unranked in its entries, and at rank 2 in the series",)


@pytest.mark.parametrize("depth", [254, 255, 300])
def test_a_long_chart_has_wider_blocks(path: Path, depth: int) -> None:
    all_of_them = [*range(1, depth + 1)]
    fill(path, dict.fromkeys(range(4), all_of_them) | {1: [*all_of_them[:-1], depth + 1]})
    last = App(str(depth), "last")
    with Reader(path) as reader:
        (series,) = reader.series(CHART, SOURCE, [last])
        assert series.ranks == (depth, None, depth, depth)
        assert reader.unsound() == []
