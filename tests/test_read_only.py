"""Reading never writes: no file is made, changed or migrated, and a folder need not be writable."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.shop import apptrack
from tests.support.stored import CHART, change, dump, snapshot, stored
from tracker.errors import StoreError
from tracker.store import Reader, Store
from tracker.store.backup import backup

DB = Path("apptrack.db")
OLDER = Path(__file__).parent / "data" / "store_0001.sql"
NOBODY = 65534
READING = (
    ("overtakes", "1", "2"), ("versus", "1", "2"), ("stats", "1"), ("standings",), ("brief", "2"),
    ("wave", "1", "2"), ("status", CHART), ("verify",), ("events", "list"), ("alerts", "outbox"),
    ("chart", "1", "2", "--table"), ("heatmap", "1", "--table"), ("backup", "copy.db"),
    ("prune", "--dry-run", "--payloads-before", "2026-01-02"),
)  # fmt: skip


def history(path: Path) -> None:
    with Store(path) as store:
        for hour in range(6):
            store.save(snapshot(hour, [1, 2, 3] if hour < 3 else [2, 1, 3]))


def folder_of(path: Path) -> dict[str, bytes]:
    """Each file beside PATH with its bytes, without SQLite's memory for those who share a file."""
    return {
        this_path.name: this_path.read_bytes()
        for this_path in path.parent.iterdir()
        if this_path.is_file() and not this_path.name.endswith(("-shm", "-wal", "copy.db"))
    }


@pytest.fixture
def shut() -> Iterator[Path]:
    """A folder in which this process, no longer root, may read and write nothing."""
    folder = Path(tempfile.mkdtemp())
    history(folder / "apptrack.db")
    was = os.geteuid()
    yield folder
    os.seteuid(was)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def shut_in(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)


@pytest.mark.parametrize("command", READING, ids=lambda command: command[0])
def test_a_reading_command_changes_nothing(command: tuple[object, ...]) -> None:
    history(DB)
    before = folder_of(DB.absolute())
    done = apptrack(*command, "--db", DB)
    assert done.returncode == (command[0] == "status"), done
    assert folder_of(DB.absolute()) == before


@pytest.mark.parametrize("command", READING, ids=lambda command: command[0])
def test_a_missing_file_is_not_made(command: tuple[object, ...]) -> None:
    done = apptrack(*command, "--db", DB)
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no database" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not DB.exists()
    with pytest.raises(StoreError, match="there is no such file"):
        Reader(DB)
    assert not DB.exists()


@pytest.mark.parametrize("command", READING, ids=lambda command: command[0])
def test_an_older_file_is_named_with_what_to_run_and_left_as_it_is(
    command: tuple[object, ...],
) -> None:
    with closing(sqlite3.connect(DB)) as connection:
        connection.executescript(OLDER.read_text(encoding="utf-8"))
    before = dump(DB)
    done = apptrack(*command, "--db", DB)
    if command[0] != "backup":  # a backup is what one makes before
        assert (done.returncode, done.stdout) == (1, "")
        assert "run 'apptrack migrate'" in done.stderr
        assert done.stderr.count("\n") == 1
    assert dump(DB) == before


def test_migrate_brings_it_up_to_date() -> None:
    with closing(sqlite3.connect(DB)) as connection:
        connection.executescript(OLDER.read_text(encoding="utf-8"))
    assert apptrack("migrate", "--db", DB).stdout == f"{DB}: up to date\n"
    assert apptrack("stats", "2", "--db", DB).returncode == 0
    assert apptrack("migrate", "--db", "none.db").returncode == 1
    assert not Path("none.db").exists()


def test_an_empty_file_is_refused_and_stays_empty() -> None:
    DB.touch()
    with pytest.raises(StoreError, match="has no tables"):
        Reader(DB)
    assert DB.read_bytes() == b""


def test_a_reader_cannot_write() -> None:
    history(DB)
    with Reader(DB) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.db.execute("DELETE FROM entries")


def test_a_folder_that_may_not_be_written_is_read(shut: Path) -> None:
    shut_in(shut)
    with Reader(shut / "apptrack.db") as reader:
        assert len(stored(reader)) == 6
        assert reader.unsound() == []
    assert [path.name for path in shut.iterdir()] == ["apptrack.db"]
    with tempfile.TemporaryDirectory() as folder:
        assert backup(shut / "apptrack.db", Path(folder) / "copy.db").rows["snapshots"] == 6


def test_what_changes_under_a_reader_without_locks_is_no_answer(shut: Path) -> None:
    path = shut / "apptrack.db"
    shut_in(shut)
    with Reader(path) as reader:
        assert len(stored(reader)) == 6
        os.seteuid(os.getuid())
        shut.chmod(0o755)
        path.chmod(0o644)
        with Store(path) as store:
            store.save(snapshot(9))
        with pytest.raises(StoreError, match="changed while it was read; run it again"):
            stored(reader)


def test_an_unread_log_where_nothing_may_be_written_is_never_passed_over(shut: Path) -> None:
    path = shut / "apptrack.db"
    # Ends without closing, as a kill does: the newest commit is in the log alone.
    script = f"""
import os, sqlite3
connection = sqlite3.connect({str(path)!r})
connection.execute("DELETE FROM block_ranks")
connection.execute("UPDATE snapshots SET published_at = '2026-01-01T00:00:00Z'")
connection.commit()
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    assert path.with_name("apptrack.db-wal").stat().st_size
    shut_in(shut)
    with Reader(path) as reader:  # the shared memory beside it leads into the log
        assert stored(reader)[0].published_at is not None
    os.seteuid(os.getuid())
    shut.chmod(0o755)
    path.with_name("apptrack.db-shm").unlink()
    shut_in(shut)
    with pytest.raises(StoreError, match=r"the newest part is in apptrack.db-wal beside it"):
        Reader(path)


def test_a_file_that_may_not_be_read_is_named(shut: Path) -> None:
    shut_in(shut)
    path = shut / "apptrack.db"
    os.seteuid(os.getuid())
    path.chmod(0)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
    with pytest.raises(StoreError, match="may not be read; check its permissions"):
        Reader(path)


def test_a_backup_is_read_where_it_is_and_stays_one_file(shut: Path) -> None:
    folder = Path("backups")
    folder.mkdir()
    backup(shut / "apptrack.db", folder / "copy.db")
    change(folder / "copy.db", "PRAGMA user_version = 0")
    with Reader(folder / "copy.db") as reader:
        assert len(stored(reader)) == 6
    assert [path.name for path in folder.iterdir()] == ["copy.db"]
