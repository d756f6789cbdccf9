"""Damage in a well-formed page: every command that reads it says so, and ends with exit code 1."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.stored import CHART, SOURCE, at, change, entries, snapshot
from tracker.cli import main
from tracker.errors import StoreError
from tracker.model import App, Provenance, Scope, Snapshot
from tracker.store import Reader, Store, blocks, completing
from tracker.store.checksums import Damaged, check_app_numbers, checksum_of
from tracker.store.completing import complete
from tracker.verify import verify

READING = (f"top {CHART}", "overtakes 1 2", "brief 1")
#: What would see to it that another program's statement is not damage.
GUARDS = (
    "DROP TRIGGER entry_changed", "DROP TRIGGER entry_removed", "DROP TRIGGER snapshot_unchecked",
    "DROP TRIGGER snapshot_changed", "DROP TRIGGER snapshot_uncounted",
    "DROP TRIGGER snapshot_removed", "DROP TRIGGER snapshot_moved",
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "some.db"
    with Store(path) as store:
        for hour in range(6):
            store.save(snapshot(hour, [1, 2, 3] if hour < 3 else [2, 1, 3]))
    return path


def said(path: Path, command: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, [*command.split(), "--db", str(path)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stderr


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE snapshots SET depth = 2 WHERE id = 6",
        "UPDATE snapshots SET provenance = 'importee' WHERE id = 6",
        "UPDATE snapshots SET published_at = '2026-01-01T04:59:59Z' WHERE id = 6",
        "UPDATE snapshots SET observed_at = '2026-01-01T05:00:01Z' WHERE id = 6",
        "UPDATE snapshots SET observed_at = 'r026-01-01T05:00:00Z' WHERE id = 6",
        "UPDATE entries SET rank = 4 WHERE snapshot = 6 AND rank = 2",
        "UPDATE entries SET app = 7 WHERE snapshot = 6 AND rank = 1",
        "DELETE FROM entries WHERE snapshot = 6 AND rank = 1",
        "DELETE FROM snapshots WHERE id = 6",
        "UPDATE apps SET store_id = '9' WHERE store_id = '1'",
        "UPDATE charts SET slug = 'us/iphone/top-free/games'",
        "UPDATE charts SET genre = 'games'",
    ],
)
def test_a_command_that_reads_damaged_data_says_so(path: Path, damage: str) -> None:
    change(path, *GUARDS, damage)
    answers = {command: said(path, command) for command in READING}
    for command, (code, words) in answers.items():
        assert code == 1, (command, words)
    assert any("restore it from a backup" in words for _, words in answers.values()), answers
    assert said(path, "verify")[0] == 1


@pytest.mark.parametrize("command", ["brief 7", "brief 8", f"movers {CHART}", "stats 7", "stats 8"])
def test_a_stay_that_the_index_of_entries_lost_is_not_one_that_never_was(
    tmp_path: Path, command: str
) -> None:
    path = tmp_path / "some.db"
    with Store(path) as store:
        for hour, apps in ((0, [1, 7, 8]), (24, [1, 2]), (48, [1, 7])):
            store.save(snapshot(hour, apps))
    assert said(path, command)[0] == 0
    lose_from_index(path, "snapshot = 1 AND rank > 1")
    code, words = said(path, command)
    assert (code, "malformed" in words) == (1, True), words
    assert said(path, "verify")[0] == 1


def lose_from_index(path: Path, rows: str) -> None:
    """Take ROWS of the entries out of the index by app, as damage to one of its pages may."""
    change(path, *GUARDS, f"CREATE TABLE lost AS SELECT * FROM entries WHERE {rows}")
    change(path, f"DELETE FROM entries WHERE {rows}")
    by_hand = "PRAGMA writable_schema = ON"
    change(
        path, by_hand,
        "CREATE TABLE hidden AS SELECT * FROM sqlite_schema WHERE name = 'entries_app'",
        "DELETE FROM sqlite_schema WHERE name = 'entries_app'",
    )  # fmt: skip
    change(path, "INSERT INTO entries SELECT * FROM lost")
    change(path, by_hand, "INSERT INTO sqlite_schema SELECT * FROM hidden")
    change(path, "DROP TABLE lost", "DROP TABLE hidden")


def test_a_date_of_publication_that_is_damaged_is_not_exported(path: Path) -> None:
    assert said(path, "export series 1")[0] == 0
    change(path, *GUARDS, "UPDATE snapshots SET published_at = '2025-12-31T00:00:00Z' WHERE id = 2")
    code, words = said(path, "export series 1")
    assert (code, "contradicts its checksum" in words) == (1, True), words
    assert said(path, "export series 1 --since 2026-01-01T02:00:00Z")[0] == 0


def test_what_is_not_read_does_not_matter(path: Path) -> None:
    change(path, *GUARDS, "UPDATE entries SET rank = 4 WHERE snapshot = 2 AND rank = 3")
    assert said(path, f"top {CHART}")[0] == 0
    assert said(path, "overtakes 1 2 --since 2026-01-01T02:00:00Z")[0] == 0
    assert said(path, "overtakes 1 2")[0] == 1


def test_a_statement_of_another_program_is_no_damage(path: Path) -> None:
    change(path, "DELETE FROM entries WHERE snapshot = 6 AND rank = 3")
    change(
        path, "UPDATE snapshots SET depth = 2 WHERE id = 6", "DELETE FROM snapshots WHERE id = 7"
    )
    assert said(path, f"top {CHART}")[0] == 0
    with Reader(path) as reader:
        assert verify(reader).findings == ()


def test_a_stored_time_that_cannot_be_true_is_damage_and_nothing_mistyped(path: Path) -> None:
    change(path, "UPDATE snapshots SET checksum = NULL", "DROP TRIGGER snapshot_unchecked")
    change(path, "UPDATE snapshots SET observed_at = '2026-01-01T05:00:99Z' WHERE id = 6")
    for command in READING:
        code, words = said(path, command)
        assert code == 1, (command, words)
        assert "Usage" not in words


def test_a_checksum_is_the_same_in_every_database_and_from_its_rows(path: Path) -> None:
    sparse = Snapshot(
        CHART, SOURCE, at(9), entries([5, 6, 7]), None, Provenance.IMPORTED, scope=Scope.SPARSE
    )
    with Store(path) as store:
        store.save(sparse)
        stored = dict(store.rows("SELECT id, checksum FROM snapshots"))
        assert all(stored[number] == checksum_of(store.snapshot(number)) for number in stored)
    change(path, "UPDATE snapshots SET checksum = NULL")
    with Store(path) as store:
        complete(store)
        assert dict(store.rows("SELECT id, checksum FROM snapshots")) == stored
        assert store.unsound() == []


def test_a_kill_while_checksums_are_computed_leaves_the_rest_to_the_next_time(path: Path) -> None:
    change(path, "UPDATE snapshots SET checksum = NULL WHERE id > 2")
    with Store(path) as store:
        complete(store, seconds=-1)  # no time at all
        assert store.row("SELECT count(*) FROM snapshots WHERE checksum IS NULL") == (4,)
        complete(store, seconds=5)
        assert store.row("SELECT count(*) FROM snapshots WHERE checksum IS NULL") == (0,)


@pytest.mark.parametrize("terminal", [False, True])
def test_migrate_shows_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    path = tmp_path / "some.db"
    with Store(path) as store:
        for hour in range(6):
            store.save(snapshot(hour))
    change(path, "UPDATE snapshots SET checksum = NULL")
    monkeypatch.setattr(blocks, "SIZE", 3)
    monkeypatch.setattr(completing, "A_WHILE", -1)  # whoever opens it has no time
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    result = CliRunner().invoke(main, ["migrate", "--db", str(path)])
    assert result.stdout == f"{path}: up to date\n"
    lines = ["computing 6 checksums of snapshots", "computing 2 blocks of ranks"]
    assert (result.stderr.splitlines() == lines) is not terminal
    if terminal:
        assert re.search(r"computing checksums of snapshots.*6/6", result.stderr)
        assert re.search(r"computing blocks of ranks.*2/2", result.stderr)
    with Reader(path) as reader:
        assert verify(reader).findings == ()
        assert reader.row("SELECT count(*) FROM blocks") == (2,)
    again = CliRunner().invoke(main, ["migrate", "--db", str(path)])
    assert again.stderr == ""


def test_a_snapshot_that_an_index_lost_has_no_date_of_publication(path: Path) -> None:
    with Reader(path) as reader:
        (series,) = reader.series(CHART, SOURCE, [App("1", "1")])
        line = replace(series.timeline, times=(*series.timeline.times[:-1], at(77)))
        with pytest.raises(StoreError, match="missing from an index"):
            reader.published(line)


BLOCK_DAMAGE = (
    "UPDATE block_ranks SET app = 77 WHERE app = (SELECT min(app) FROM block_ranks)",
    "UPDATE blocks SET first_at = '2025-01-01T00:00:00Z' WHERE id = 2",
    "UPDATE blocks SET code = 'H' WHERE id = 1",
    "UPDATE blocks SET source = 'other' WHERE id = 2",
    "DELETE FROM block_ranks WHERE block = 1; DELETE FROM blocks WHERE id = 1",
    "DELETE FROM block_ranks WHERE block = 2; DELETE FROM blocks WHERE id = 2",
    "UPDATE block_ranks SET ranks = (SELECT ranks FROM block_ranks WHERE app = 2)",
)


@pytest.mark.parametrize("damage", BLOCK_DAMAGE)
def test_a_damaged_block_changes_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setattr(blocks, "SIZE", 3)
    path = tmp_path / "some.db"
    with Store(path) as store:
        for hour in range(10):
            store.save(snapshot(hour, [1, 2] if hour % 4 else [2, 1]))
    right = [ranks(path, since) for since in range(-1, 11)]
    change(path, "PRAGMA foreign_keys = OFF", *damage.split("; "))
    assert [ranks(path, since) for since in range(-1, 11)] == right


def ranks(path: Path, since: int) -> list[Sequence[int | None]]:
    apps = [App("1", "1"), App("2", "2"), App("3", "3")]
    with Reader(path) as reader:
        return [series.ranks for series in reader.series(CHART, SOURCE, apps, since=at(since))]


def test_flipped_bits_give_the_right_answer_or_none(path: Path) -> None:
    """The nightly run has 600 files and ten commands."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sound, dice = path.read_bytes(), random.Random(4)
    right, reported = ranks(path, -1), 0
    for _ in range(150):
        damaged = bytearray(sound)
        for _ in range(dice.choice([1, 8, 64, 256])):
            damaged[dice.randrange(100, len(damaged))] ^= 1 << dice.randrange(8)
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        path.write_bytes(damaged)
        try:
            assert ranks(path, -1) == right
        except StoreError:
            reported += 1
    assert 20 < reported < 140


def test_an_app_that_its_index_has_lost_is_not_one_never_seen(path: Path) -> None:
    with Reader(path) as reader:
        check_app_numbers(reader.connection, ["1", "77"], {"1": 1})
        with pytest.raises(Damaged, match="missing from an index"):
            check_app_numbers(reader.connection, ["1", "77"], {})
        with pytest.raises(Damaged, match="contradicts an index"):
            check_app_numbers(reader.connection, ["2"], {"2": 1})
