"""A backup is whole and verified, or it is not there; whoever writes meanwhile, whatever fails."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import random
import resource
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.shop import apptrack
from tests.support.stored import CHART, at, change, dump, failure, receipt, snapshot
from tracker.cli import main
from tracker.errors import StoreError
from tracker.store import Reader, Store
from tracker.store import backup as backup_module
from tracker.store.backup import backup

DB, COPY = Path("apptrack.db"), Path("copy.db")
PROCESSES = multiprocessing.get_context("fork")


def fill(hours: int = 40, path: Path = DB) -> None:
    with Store(path) as store, store.transaction():
        for hour in range(hours):
            this_snapshot = snapshot(hour, range(hour + 1, hour + 101))
            store.save(this_snapshot, **receipt(this_snapshot, random.Random(hour).randbytes(2000)))
            store.record(failure(hour, b"refused %d" % hour))
        store.add_event(at(1), "A note", chart=CHART)


def run(*args: object) -> Result:
    return CliRunner().invoke(main, ["backup", "--db", str(DB), *map(str, args)])


def left() -> set[str]:
    """What lies here, but for the database and what SQLite and the daemon keep beside it."""
    ours = {"apptrack.db", "apptrack.db-wal", "apptrack.db-shm", "apptrack.db.lock"}
    return {file.name for file in Path().iterdir()} - ours


def sound(path: Path) -> int:
    """How many snapshots the copy has; each is whole, with its payload."""
    with Reader(path) as reader:
        assert reader.unsound() == []
        numbers = reader.snapshot_ids()
        for number in numbers:
            payload = reader.payload_of(number)
            assert reader.snapshot(number).depth
            assert payload is not None
    return len(numbers)


def test_a_copy_holds_what_the_database_holds_and_is_one_file() -> None:
    fill()
    result = run(COPY)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("copy.db: 0.")
    assert result.stdout.endswith(" MB, 40 snapshots, 80 fetches; verified\n")
    assert left() == {"copy.db"}
    assert dump(COPY) == dump(DB)
    assert sound(COPY) == 40


def test_the_database_is_only_read() -> None:
    fill()
    with Store(DB) as store:  # as a daemon has it open, with commits not yet merged into the file
        store.save(snapshot(99))
        files = [DB, DB.with_name("apptrack.db-wal")]
        before = [file.read_bytes() for file in files]
        assert before[1]
        backup(DB, COPY)
        assert [file.read_bytes() for file in files] == before
    assert dump(COPY) == dump(DB)


def test_what_a_killed_daemon_had_committed_is_in_the_copy() -> None:
    def save_and_die() -> None:
        store = Store(DB)
        this_snapshot = snapshot(99)
        store.save(this_snapshot, **receipt(this_snapshot))
        os.kill(os.getpid(), signal.SIGKILL)

    fill(1)
    child = PROCESSES.Process(target=save_and_die)
    child.start()
    child.join()
    files = [DB, DB.with_name("apptrack.db-wal")]
    before = [file.read_bytes() for file in files]
    assert before[1]
    backup(DB, COPY)
    assert [file.read_bytes() for file in files] == before, "the database is only read"
    assert sound(COPY) == 2


def test_a_copy_is_read_where_nothing_can_be_written() -> None:
    fill(1)
    backup(DB, COPY)
    with closing(sqlite3.connect("file:copy.db?mode=ro&immutable=1", uri=True)) as connection:
        assert connection.execute("SELECT count(*) FROM snapshots").fetchone() == (1,)
    # https://www.sqlite.org/fileformat.html#file_format_version_numbers: 1 is a journal, 2 is WAL.
    assert COPY.read_bytes()[18:20] == b"\x01\x01"


def test_the_copy_may_be_read_by_those_who_may_read_the_database() -> None:
    fill(1)
    DB.chmod(0o600)
    backup(DB, COPY)
    assert COPY.stat().st_mode & 0o777 == 0o600


def test_a_name_with_signs_that_addresses_use() -> None:
    strange = Path("a?b#c%20d.db")
    fill(1, strange)
    backup(strange, COPY)
    assert sound(COPY) == 1


# What is refused


def test_a_file_that_is_there_is_replaced_only_with_force() -> None:
    fill(2)
    COPY.write_text("mine")
    result = run(COPY)
    assert result.exit_code == 1
    assert "is there already; name another file, or say --force" in result.stderr
    assert COPY.read_text() == "mine"
    assert run(COPY, "--force").exit_code == 0
    assert sound(COPY) == 2


def test_the_database_is_never_its_own_backup() -> None:
    fill(1)
    before = dump(DB)
    Path("link.db").symlink_to(DB)
    with Store(DB) as store:
        store.save(snapshot(99))
        Path("hard.db").hardlink_to(DB)  # no file with two names is opened to be written
        for name in ("apptrack.db", "./apptrack.db", "link.db", "hard.db", "apptrack.db-wal"):
            result = run(name, "--force")
            assert result.exit_code == 1
            assert "is the database itself" in result.stderr, name
    assert dump(DB) != before


@pytest.mark.parametrize("ending", ["-wal", "-journal", "-shm"])
def test_what_sqlite_keeps_beside_another_database_is_never_read_into_a_copy(ending: str) -> None:
    fill(1)
    beside = Path(f"copy.db{ending}")
    beside.write_bytes(b"another database's pages")
    for force in ([], ["--force"]):
        result = run(COPY, *force)
        assert result.exit_code == 1
        assert "belongs to a database that is or was in use" in result.stderr
    assert left() == {beside.name}


def test_a_copy_that_is_open_elsewhere_is_not_replaced() -> None:
    fill(1)
    backup(DB, COPY)
    with Store(COPY) as store:
        store.save(snapshot(50))
        assert "is or was in use" in run(COPY, "--force").stderr
        assert len(store.snapshot_ids()) == 2


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("folder", "is a folder; name a file in it"),
        ("none/x.db", "is not a folder; make it first"),
        ("pipe", "is not a plain file"),
    ],
)
def test_a_place_that_is_none_is_reported(target: str, words: str) -> None:
    fill(1)
    Path("folder").mkdir()
    os.mkfifo("pipe")
    result = run(target, "--force")
    assert result.exit_code == 1
    assert words in result.stderr
    assert left() == {"folder", "pipe"}


def test_another_programs_database_and_no_database_are_refused() -> None:
    assert "there is no database" in run(COPY).stderr
    with closing(sqlite3.connect(DB)) as connection:
        connection.execute("CREATE TABLE t (x)")
    assert "is not a database of apptrack" in run(COPY).stderr
    DB.write_text("a text, and long enough not to be taken for an empty database" * 20)
    result = run(COPY)
    assert (result.exit_code, left()) == (1, set())
    assert "no backup was made: file is not a database" in result.stderr


@pytest.mark.parametrize("spoil", ["entry", "page", "index"])
def test_a_damaged_database_gives_no_backup_that_seems_sound(spoil: str) -> None:
    fill()
    if spoil == "entry":
        change(DB, "PRAGMA foreign_keys = OFF", "DELETE FROM apps WHERE id = 5")
    elif spoil == "index":
        change(
            DB,
            "PRAGMA writable_schema = ON",
            "UPDATE sqlite_schema SET sql = replace(sql, 'IS NOT NULL', 'IS NULL')"
            " WHERE name = 'snapshots_payload'",
        )
    else:
        change(DB, "PRAGMA wal_checkpoint(TRUNCATE)")
        with DB.open("r+b") as file:
            file.seek(4096 * 12)
            file.write(b"\xff" * 4096)
    COPY.write_text("an older backup")
    result = run(COPY, "--force")
    assert result.exit_code == 1
    assert "damaged" in result.stderr or "malformed" in result.stderr
    assert COPY.read_text() == "an older backup"
    assert left() == {"copy.db"}


# Two at once, and what a killed one left


def test_two_backups_into_one_file_do_not_mix() -> None:
    fill(1)
    part = Path("copy.db.part")
    with part.open("wb") as other:
        other.write(b"half of another backup")
        other.flush()
        fcntl.flock(other, fcntl.LOCK_SH)  # were it shared, two might write
        result = run(COPY)
        assert result.exit_code == 1
        assert "another backup is being written there; wait for it" in result.stderr
        assert part.read_bytes() == b"half of another backup"
    backup(DB, COPY)
    assert left() == {"copy.db"}


def test_what_a_killed_backup_left_is_not_read_into_the_next() -> None:
    fill(3)
    Path("copy.db.part").write_bytes(random.Random(1).randbytes(50_000))
    Path("copy.db.part-journal").write_bytes(random.Random(2).randbytes(50_000))
    with Store(Path("other.db")) as other:
        other.save(snapshot(50))
        Path("copy.db.part-wal").write_bytes(Path("other.db-wal").read_bytes())
    Path("other.db").unlink()
    backup(DB, COPY)
    assert left() == {"copy.db"}
    assert dump(COPY) == dump(DB)


# While others write


def _save_for_ever(path: Path, connection: Connection) -> None:
    with Store(path) as store:
        for hour in count(1000):
            this_snapshot = snapshot(hour, range(hour, hour + 50))
            store.save(this_snapshot, **receipt(this_snapshot, b"bytes of hour %d" % hour))
            connection.send(hour)


@contextmanager
def writer() -> Iterator[Callable[[], int]]:
    """A second process that saves for ever; the function tells how many it had saved."""
    heard, tell = PROCESSES.Pipe(duplex=False)
    child = PROCESSES.Process(target=_save_for_ever, args=(DB.absolute(), tell))
    child.start()
    saved = int(heard.recv()) - 999

    def so_far() -> int:
        nonlocal saved
        while heard.poll():
            saved = int(heard.recv()) - 999
        return saved

    try:
        yield so_far
    finally:
        child.kill()
        child.join()
        heard.close()
        tell.close()


@pytest.mark.parametrize("pages", [1, 7, 2048])
def test_a_copy_made_while_another_process_writes_is_one_instant_of_it(
    pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill()
    monkeypatch.setattr(backup_module, "_STEP", pages)
    with writer() as so_far:
        for _ in range(4):
            before = so_far()
            rows = backup(DB, COPY, force=True).rows
            assert 40 + before <= rows["snapshots"] <= 41 + so_far() + 1
            assert sound(COPY) == rows["snapshots"]
            assert rows["fetches"] == rows["snapshots"] + 40


def test_a_backup_ends_however_much_is_written_between_its_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each step waits for a commit of the other process; a copy that began anew would never end."""
    fill()
    steps = 0
    with writer() as so_far:

        def wait_for_a_commit(*_: object) -> None:
            nonlocal steps
            steps += 1
            assert steps < 1000, "it began anew"
            saved = so_far()
            while so_far() == saved:
                time.sleep(0.001)

        class Slow(sqlite3.Connection):
            def backup(self, target: sqlite3.Connection, **_: object) -> None:
                super().backup(target, pages=4, progress=wait_for_a_commit)

        real = sqlite3.connect
        with monkeypatch.context() as patch:
            patch.setattr(
                sqlite3, "connect", lambda *args, **more: real(*args, factory=Slow, **more)
            )
            rows = backup(DB, COPY).rows
    assert steps > 10
    assert sound(COPY) == rows["snapshots"]


def test_the_program_copies_beside_a_writer() -> None:
    fill()
    with writer():
        done = apptrack("backup", "--db", DB, COPY)
    assert (done.returncode, done.stderr) == (0, "")
    assert sound(COPY) > 40


# Whatever fails


def _backup_within(limit: int, connection: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        backup(DB, COPY, force=True)
        connection.send("done")
    except StoreError as error:
        connection.send(str(error))


def within(limit: int) -> str:
    """What a backup says in a process whose files may not grow beyond LIMIT bytes."""
    heard, tell = PROCESSES.Pipe(duplex=False)
    child = PROCESSES.Process(target=_backup_within, args=(limit, tell))
    child.start()
    said = str(heard.recv())
    child.join()
    heard.close()
    tell.close()
    return said


def test_whichever_write_finds_the_disk_full_nothing_is_left_and_the_old_copy_stays() -> None:
    fill(10)
    change(DB, "PRAGMA wal_checkpoint(TRUNCATE)")
    COPY.write_text("an older backup")
    size = DB.stat().st_size
    for limit in range(0, size, 4096):
        said = within(limit)
        assert "copy.db: no backup was made: " in said
        assert said.endswith("; free some space or name another place")
        assert "\n" not in said
        assert COPY.read_text() == "an older backup"
        assert left() == {"copy.db"}
    assert within(2 * size) == "done"
    assert sound(COPY) == 10


def _interrupted_at(fatal: int) -> bool:
    steps = count(1)

    def strike(*_: object) -> None:
        if next(steps) == fatal:
            raise KeyboardInterrupt

    real = sqlite3.connect

    class Struck(sqlite3.Connection):
        def execute(self, sql: str, *more: object) -> sqlite3.Cursor:
            strike()
            return super().execute(sql, *more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *args, **more: real(*args, factory=Struck, **more))
        try:
            backup(DB, COPY)
        except KeyboardInterrupt:
            return True
    return False


def test_ctrl_c_at_any_statement_leaves_nothing_behind() -> None:
    fill(3)
    for fatal in count(1):
        if not _interrupted_at(fatal):
            break
        assert left() == set()
    assert fatal > 10
    assert sound(COPY) == 3


def _back_up_for_ever(connection: Connection) -> None:
    for _ in count():
        backup(DB, COPY, force=True)
        connection.send(1)


def test_a_backup_killed_at_any_moment_leaves_a_whole_copy_and_the_next_goes_on() -> None:
    fill(20)
    chance = random.Random(7)
    for _ in range(15):
        heard, tell = PROCESSES.Pipe(duplex=False)
        child = PROCESSES.Process(target=_back_up_for_ever, args=(tell,))
        child.start()
        tell.close()
        heard.recv()
        time.sleep(chance.uniform(0, 0.03))
        child.kill()
        child.join()
        heard.close()
        with closing(sqlite3.connect("file:copy.db?mode=ro&immutable=1", uri=True)) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert copy.execute("SELECT count(*) FROM snapshots").fetchone() == (20,)
        backup(DB, COPY, force=True)
        assert left() == {"copy.db"}
    with Reader(DB) as reader:
        assert reader.unsound() == []
