"""Whatever step fails, and whoever else works on the file: all of a save is stored, or nothing."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tests.support.failing import FULL, IOERR_FSYNC, IOERR_WRITE, Fault, failing
from tests.support.stored import CHART, OTHER_CHART, dump, failure, receipt, snapshot, stored
from tracker.errors import StoreError
from tracker.model import Chart, Outcome
from tracker.store import Store

#: Children share nothing with the test but the path: each opens the file for itself.
PROCESSES = multiprocessing.get_context("fork")
TABLES = ("apps", "charts", "payloads", "snapshots", "entries", "fetches", "alerts", "deliveries")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "apptrack.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A store with one snapshot in it, to be read, leaned on and renamed by the next."""
    with Store(path) as store:
        store.save(snapshot(0, [1, 2]), **receipt(snapshot(0, [1, 2]), b"one"))
        yield store


def save_next(store: Store) -> Outcome:
    """Save a snapshot of a new chart: a row is put into every table, and a name replaced."""
    new = snapshot(1, [2, 1, 3])
    named = replace(new.entries[0], name="Filler Renamed")
    new = replace(new, entries=(named, *new.entries[1:]), chart=replace(CHART, genre="all"))
    return store.save(new, **receipt(new, b"two"))


class Step:
    """Counts steps; ``strike`` is true at the one asked for."""

    def __init__(self, fatal: int) -> None:
        self.fatal = fatal
        self.steps = 0

    def strike(self, *_: object) -> bool:
        self.steps += 1
        return self.steps == self.fatal


def a_row_fails(store: Store, fault: Step) -> None:
    """The n-th row put into any table is refused."""
    store.db.conn.create_function("step", 0, fault.strike)
    for table in TABLES:
        store.db.execute(f"DROP TRIGGER IF EXISTS temp.fail_{table}")
        store.db.execute(
            f"CREATE TEMP TRIGGER fail_{table} BEFORE INSERT ON main.{table}"
            " BEGIN SELECT CASE WHEN step() THEN RAISE(ABORT, 'refused') END; END"
        )


def a_right_is_denied(store: Store, fault: Step) -> None:
    """The n-th thing SQLite asks leave for is denied: a read, a write, a transaction."""

    def judge(*_: object) -> int:
        return sqlite3.SQLITE_DENY if fault.strike() else sqlite3.SQLITE_OK

    store.db.conn.set_authorizer(judge)


def a_step_is_interrupted(store: Store, fault: Step) -> None:
    """SQLite is interrupted at the n-th instruction of its virtual machine."""
    store.db.conn.set_progress_handler(fault.strike, 1)


def heal(store: Store) -> None:
    store.db.conn.create_function("step", 0, lambda: False)
    store.db.conn.set_authorizer(None)
    store.db.conn.set_progress_handler(None, 0)


@pytest.mark.parametrize(
    ("arm", "least"),
    [(a_row_fails, 10), (a_right_is_denied, 40), (a_step_is_interrupted, 400)],
)
def test_whichever_step_fails_nothing_of_the_save_is_stored_and_the_next_goes_on(
    store: Store, path: Path, arm: Callable[[Store, Step], None], least: int
) -> None:
    before = dump(path)
    for fatal in count(1):
        if not _fails(store, arm, fatal):
            break
        assert not store.db.conn.in_transaction
        if dump(path) != before:
            # The very last instruction, when the commit was done: then all of it is stored.
            assert arm is a_step_is_interrupted
            assert not _fails(store, arm, fatal + 1)
            break
    assert fatal > least
    assert [snapshot.entries[0].name for snapshot in stored(store)] == [
        "Filler 1",
        "Filler Renamed",
    ]
    assert save_next(store) is Outcome.KNOWN
    assert store.save(snapshot(2)) is Outcome.SAVED
    assert store.unsound() == []


def _fails(store: Store, arm: Callable[[Store, Step], None], fatal: int) -> bool:
    """Whether the next save fails, in one line, when its FATAL-th step does."""
    fault = Step(fatal)
    arm(store, fault)
    try:
        save_next(store)
    except StoreError as error:
        assert fault.steps >= fatal
        assert "\n" not in str(error)  # noqa: PT017  # some steps are the last and do not fail
        return True
    finally:
        heal(store)
    return False


def test_a_full_disk_is_reported_and_costs_only_that_save(store: Store, path: Path) -> None:
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (pages,) = store.db.execute("PRAGMA page_count").fetchone()
    before = dump(path)
    large = snapshot(1, range(1, 3000))
    for room in range(4):
        store.db.execute(f"PRAGMA max_page_count = {pages + room}")
        with pytest.raises(StoreError, match=r"full: free some space; nothing was half-written"):
            store.save(large, **receipt(large, random.Random(1).randbytes(50_000)))
        assert dump(path) == before
    store.db.execute("PRAGMA max_page_count = 1000000")
    store.save(large)
    assert large in stored(store)


# The disk


def a_pass(path: Path) -> bool:
    """Open, save and close as a pass does; whether it ended well."""
    try:
        with Store(path) as store:
            save_next(store)
    except StoreError as error:
        assert "\n" not in str(error)  # noqa: PT017  # some steps are the last and do not fail
        return False
    return True


@pytest.fixture
def states(store: Store, path: Path, tmp_path: Path) -> tuple[Path, list[str], list[str]]:
    """A closed file, what it holds, and what it holds after a pass."""
    store.close()
    after = tmp_path / "after.db"
    shutil.copy(path, after)
    assert a_pass(after)
    return path, dump(path), dump(after)


def check_after_a_fault(path: Path, before: list[str], after: list[str], told_well: bool) -> None:
    """All of the pass is stored, or nothing, as reported; and the next goes on by itself."""
    assert dump(path) == (after if told_well else before)
    assert a_pass(path)
    assert told_well or dump(path) == after
    with Store(path) as store:
        assert store.unsound() == []
        assert save_next(store) is Outcome.KNOWN


DISKS = {
    "write fails": (Fault("write", 0, IOERR_WRITE), 20),
    "disk is full in the middle of a write": (Fault("write", 0, FULL, torn=True), 20),
    "sync fails": (Fault("sync", 0, IOERR_FSYNC), 2),
}


@pytest.mark.parametrize("name", DISKS)
def test_whichever_write_or_sync_fails_all_of_a_pass_is_stored_or_nothing(
    name: str, states: tuple[Path, list[str], list[str]], tmp_path: Path
) -> None:
    (like, least), (sound, before, after) = DISKS[name], states
    for fatal in count(1):
        path = Path(shutil.copy(sound, tmp_path / "struck.db"))
        fault = replace(like, fatal=fatal)
        with failing(fault):
            told_well = a_pass(path)
        if not fault.struck:
            break
        check_after_a_fault(path, before, after, told_well)
    assert fatal > least


def test_whichever_write_fails_while_a_new_file_is_made_the_next_pass_makes_it(
    tmp_path: Path,
) -> None:
    for fatal in count(1):
        path = tmp_path / f"{fatal}.db"
        fault = Fault("write", fatal, FULL, torn=True)
        with failing(fault):
            told_well = a_pass(path)
        if not fault.struck:
            break
        with Store(path) as store:
            assert save_next(store) is (Outcome.KNOWN if told_well else Outcome.SAVED)
            assert store.unsound() == []
    assert fatal > 40


def test_wherever_the_quota_ends_all_of_a_pass_is_stored_or_nothing(
    states: tuple[Path, list[str], list[str]], tmp_path: Path
) -> None:
    """No file may grow beyond so many bytes, really, for one number after another."""
    sound, before, after = states
    ended = []
    for most in count(0, 1500):
        path = Path(shutil.copy(sound, tmp_path / "struck.db"))
        ended.append(pass_with_quota(path, most))
        check_after_a_fault(path, before, after, ended[-1])
        if all(ended[-10:]) and len(ended) > 10:
            break
    assert ended.count(False) > 20


def pass_with_quota(path: Path, most: int) -> bool:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        return a_pass(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_failure_in_the_callers_block_takes_back_what_was_saved(store: Store, path: Path) -> None:
    before = dump(path)

    def interrupted() -> None:
        with store.transaction():
            save_next(store)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert dump(path) == before
    assert save_next(store) is Outcome.SAVED


# Other processes


def run_side_by_side(work: Callable[..., None], arguments: list[tuple[Any, ...]]) -> list[int]:
    """Run WORK in one process for each of ARGUMENTS, all let go at once; their exit codes."""
    gate = PROCESSES.Barrier(len(arguments))
    children = [PROCESSES.Process(target=work, args=(gate, *argument)) for argument in arguments]
    for child in children:
        child.start()
    for child in children:
        child.join(30)
    return [-1 if child.exitcode is None else child.exitcode for child in children]


def _open(gate: Any, path: Path) -> None:
    gate.wait()
    Store(path).close()


def _save_ten(gate: Any, path: Path, storefront: str) -> None:
    gate.wait()
    with Store(path) as store:
        for hour in range(10):
            this_snapshot = snapshot(
                hour, [hour + 1, 77], chart=replace(CHART, storefront=storefront)
            )
            store.save(this_snapshot, **receipt(this_snapshot, f"{storefront} {hour}".encode()))


def test_several_processes_may_make_the_same_new_file(tmp_path: Path) -> None:
    for turn in range(5):
        path = tmp_path / f"{turn}.db"
        assert run_side_by_side(_open, [(path,)] * 6) == [0] * 6
        with Store(path) as store:
            assert store.unsound() == []
            made = store.db.execute("SELECT name FROM _sqlite_migrations").fetchall()
            assert len(made) == len(set(made))


def test_several_processes_may_make_and_write_the_same_file(path: Path) -> None:
    fronts = ["us", "jp", "de", "fr"]
    assert run_side_by_side(_save_ten, [(path, front) for front in fronts]) == [0] * 4
    with Store(path) as store:
        assert [chart.storefront for chart in store.charts()] == sorted(fronts)
        assert len(stored(store)) == store.counts()["fetches"] == 40
        assert [store.body(number) for number in store.payload_ids()]
        assert store.unsound() == []


def test_two_processes_saving_the_same_snapshots_keep_each_once(path: Path) -> None:
    assert run_side_by_side(_save_ten, [(path, "us")] * 3) == [0] * 3
    with Store(path) as store:
        counts = store.counts()
        assert (counts["snapshots"], counts["payloads"], counts["fetches"]) == (10, 10, 30)


def test_a_reader_neither_waits_for_a_writer_nor_sees_half_of_its_work(
    store: Store, path: Path
) -> None:
    with store.transaction():
        save_next(store)
        with Store(path) as reader:
            assert len(stored(reader)) == 1
    with Store(path) as reader:
        cursor = reader.db.execute("SELECT * FROM entries")
        cursor.fetchone()
        assert store.save(snapshot(5)) is Outcome.SAVED  # a question half answered stops nobody
        assert len(stored(reader)) == 2, "it sees the file as it was when it began to ask"
        cursor.close()
        assert len(stored(reader)) == 3


def test_a_writer_that_holds_on_is_reported(store: Store, path: Path) -> None:
    with Store(path) as other:
        other.db.execute("PRAGMA busy_timeout = 20")
        with store.transaction():
            store.save(snapshot(1))
            with pytest.raises(StoreError, match="locked: another program keeps a write open"):
                other.save(snapshot(2))
        assert other.save(snapshot(2)) is Outcome.SAVED


def test_a_file_that_another_program_reads_for_ever_is_reported(path: Path) -> None:
    Store(path).close()
    with closing(sqlite3.connect(path)) as other:
        # Not WAL any more, so switching it needs the file for itself.
        other.execute("PRAGMA journal_mode = DELETE")
        cursor = other.execute("SELECT name FROM _sqlite_migrations")
        cursor.fetchone()
        with pytest.raises(StoreError, match="locked: another program"):
            Store(path, patience=0.05)
        cursor.close()
        Store(path).close()


def _save_for_ever(path: Path, connection: Connection) -> None:
    with Store(path) as store:
        for hour in count():
            this_snapshot = snapshot(hour, range(1, 40), chart=(CHART, OTHER_CHART)[hour % 2])
            store.save(this_snapshot, **receipt(this_snapshot, b"bytes of hour %d" % hour))
            connection.send(hour)
            store.record(failure(hour, b"refused %d" % hour))


def test_a_process_killed_at_any_moment_leaves_whole_snapshots(path: Path) -> None:
    for turn in range(12):
        path.unlink(missing_ok=True)
        heard, connection = PROCESSES.Pipe(duplex=False)
        child = PROCESSES.Process(target=_save_for_ever, args=(path, connection))
        child.start()
        connection.close()
        saved = heard.recv()
        time.sleep(random.Random(turn).uniform(0, 0.04))
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        while heard.poll():
            try:
                saved = heard.recv()
            except EOFError:
                break
        heard.close()
        _check_what_is_left(path, saved)


def _check_what_is_left(path: Path, saved: int) -> None:
    with Store(path) as store:
        assert store.unsound() == []
        numbers = store.snapshot_ids()
        # What was told of is there; at most one more was saved before it could be told.
        assert saved + 1 <= len(numbers) <= saved + 2
        for number in numbers:
            assert store.snapshot(number).depth == 39
            payload = store.payload_of(number)
            assert payload is not None
            assert payload.body.startswith(b"bytes of hour")
            assert payload.url
        assert store.save(snapshot(100_000, chart=Chart.parse("de/ipad/top-paid/all")))
