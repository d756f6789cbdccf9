"""One SQLite file: opened, brought up to date, and written in whole transactions."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from tracker.errors import InvalidValue, StoreError, echo
from tracker.store.files import (
    APPLICATION_ID,
    beside,
    network_drive,
    real,
    refuse_hard_links,
    refuse_long_name,
    refuse_network_drive,
)

if TYPE_CHECKING:
    from sqlite_utils import Database

#: The names of ``schema.migrations``. A file that has them is opened without importing
#: sqlite-utils, which takes as long as half of a command's other imports.
MIGRATIONS = (
    "0001_tables",
    "0002_views",
    "0003_outbox",
    "0004_cross_checks",
    "0005_blocks",
    "0006_names",
    "0007_scope",
    "0008_served_at",
    "0009_incoming",
    "0010_lookups",
    "0011_captures",
    "0012_quick_views",
    "0013_checksums",
    "0014_by_time",
)
#: Seconds a writer waits for another process to finish its transaction.
PATIENCE = 30.0
#: Seconds of one try where the waiting can be ended: SQLite's own waiting cannot be interrupted.
TRY = 0.1
_NO_SHARED_MEMORY = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about the file at PATH, or a parameter, into one line to act on."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise StoreError(f"{path}: nothing was written, a row contradicts another: {error}") from (
            error
        )
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {_mend(str(error))}") from error
    except UnicodeDecodeError as error:  # in what SQLite itself says, such as a table's name
        raise StoreError(f"{path}: {_mend('malformed')}") from error
    except UnicodeEncodeError as error:  # of what is asked for, such as an argument in no encoding
        raise InvalidValue(f"Invalid text {echo(error.object)}: it is not Unicode") from None


@contextmanager
def possible(path: Path) -> Iterator[None]:
    """Turn stored values that cannot be true into one line that says what to do."""
    try:
        yield
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise StoreError(
            f"{path} has values that cannot be true ({type(error).__name__}: {str(error)[:100]}); "
            "'apptrack verify' says where"
        ) from error


def _mend(complaint: str) -> str:
    """SQLite's error, and what a person can do about it."""
    for words, advice in {
        "full": "free some space; nothing was half-written",
        "locked": "another program keeps a write open on it; end that one and try again",
        "readonly": "check the permissions of the file, of its -wal and -shm, and of the folder",
        "unable to open": "check that the folder exists and may be written",
        "not a database": "name another file with --db",
        "malformed": "restore it from a backup; 'sqlite3 FILE .recover' may save the rest",
        "disk i/o": "check the disk; nothing was half-written",
    }.items():
        if words in complaint.lower():
            return f"{complaint}: {advice}"
    return complaint


class Patience:
    """How long all transactions together may wait for other processes, until STOP is set."""

    def __init__(self, seconds: float, stop: threading.Event) -> None:
        self._seconds = seconds
        self._stop = stop

    def lasts_after(self, seconds: float) -> bool:
        """Whether waiting goes on when SECONDS more were waited."""
        self._seconds -= seconds
        return self._seconds > 0 and not self._stop.is_set()


def open_database(path: Path, patience: float = PATIENCE) -> sqlite3.Connection:
    """Open or create PATH, bring its tables up to date and set how it is written.

    PATIENCE is for how many seconds it waits for another process to finish its transaction.
    """
    refuse_long_name(path)
    refuse_network_drive(path)
    refuse_hard_links(path)
    with explained(path):
        connection = sqlite3.connect(path, timeout=patience)
        try:
            done = _migrations_of(connection, path)
            # A reader never waits for the writer, and a commit is on the disk when it returns.
            _write_ahead(connection, patience)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            if not done.issuperset(MIGRATIONS):
                _migrate(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def open_read_only(path: Path) -> tuple[sqlite3.Connection, bool]:
    """Open PATH without ever writing to it; and whether SQLite takes it for immutable.

    Raises ``StoreError`` where PATH is missing or lacks a table of this program's.
    """
    with explained(path):
        connection, fixed = connect_read_only(path)
    try:
        with explained(path):
            missing = [name for name in MIGRATIONS if name not in _migrations_of(connection, path)]
        if missing:
            raise StoreError(
                f"{path} has no tables or those of an older apptrack (it lacks {missing[0]}); "
                "run 'apptrack migrate', on a copy where it may not be written"
            )
    except BaseException:
        connection.close()
        raise
    return connection, fixed


def connect_read_only(path: Path) -> tuple[sqlite3.Connection, bool]:
    """The same, whatever tables PATH has, and with SQLite's own errors.

    Immutable only where SQLite cannot keep its shared memory beside the file: in a folder that may
    not be written, and on a network drive, where others would not see that memory.
    Then it has no locks, so the caller compares ``state_of`` afterwards.
    """
    if not real(path).is_file():
        raise StoreError(f"{path}: there is no such file; name another one with --db")
    if not network_drive(path):
        try:
            return _opened(path, "mode=ro"), False
        except sqlite3.OperationalError as error:
            # The low byte is the primary code.
            if error.sqlite_errorcode & 0xFF not in _NO_SHARED_MEMORY:
                raise
    _refuse_unread_log(path)
    return _opened(path, "immutable=1"), True


def lost_rows(connection: sqlite3.Connection) -> list[str]:
    """Rows that refer to missing rows, except those of an import that is under way."""
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    ).fetchall()
    incoming = "SELECT 1 FROM incoming WHERE snapshot BETWEEN first_snapshot AND last_snapshot"
    lost: list[str] = []
    for (table,) in tables:
        if table != "entries":
            rows = connection.execute("SELECT * FROM pragma_foreign_key_check(?)", (table,))
            lost += [
                f"{name} row {row} leads to no row of {parent}" for name, row, parent, _ in rows
            ]
    for column, parent in (("snapshot", "snapshots"), ("app", "apps")):
        rows = connection.execute(
            f"SELECT snapshot, rank FROM entries WHERE {column} NOT IN (SELECT id FROM {parent})"  # noqa: S608 - constants only
            + (f" AND NOT EXISTS ({incoming})" if ("incoming",) in tables else "")
        )
        lost += [
            f"entries row of snapshot {snapshot}, rank {rank}, leads to no row of {parent}"
            for snapshot, rank in rows
        ]
    return lost


def state_of(path: Path) -> tuple[int, int]:
    """When PATH was last written, in nanoseconds, and its size in bytes."""
    status = real(path).stat()
    return status.st_mtime_ns, status.st_size


def _opened(path: Path, how: str) -> sqlite3.Connection:
    address = f"file:{quote(str(real(path)))}?{how}"
    connection = sqlite3.connect(address, uri=True, timeout=PATIENCE)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # nothing is opened before
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_unread_log(path: Path) -> None:
    """Raise where the write-ahead log beside PATH holds what a reader would miss."""
    log = beside(path, "-wal")
    if not os.access(real(path), os.R_OK, effective_ids=True):
        raise StoreError(f"{path}: may not be read; check its permissions")
    if log.exists() and log.stat().st_size:
        raise StoreError(
            f"{path}: the newest part is in {log.name} beside it, which cannot be read in a folder "
            "that may not be written or is on a network drive; copy both to another folder and "
            "read them there"
        )


def _migrate(connection: sqlite3.Connection) -> None:
    from sqlite_utils import Database

    from tracker.store.schema import migrations

    db = Database(connection)
    with writing(db):
        migrations.apply(db)


def _write_ahead(connection: sqlite3.Connection, patience: float) -> None:
    """Switch the file to WAL; SQLite does not wait by itself where two processes do so at once."""
    end = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # The low byte is the primary code; the rest says which kind of busy it is.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(0.01)


@contextmanager
def writing(db: Database, patience: Patience | None = None) -> Iterator[None]:
    """One transaction: all of the block is stored, or nothing of it.

    It takes the write lock at once, so that two processes wait for each other instead of one
    finding half-way that what it read is no longer true. A block within a block belongs to it.
    """
    if db.conn.in_transaction:
        yield
        return
    try:
        # Within the block: an interrupt can strike when the transaction has begun already.
        _begin(db.conn, patience)
        yield
        db.conn.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


def _begin(connection: sqlite3.Connection, patience: Patience | None) -> None:
    while True:
        begun = time.monotonic()
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not (busy and patience and patience.lasts_after(time.monotonic() - begun)):
                raise


def _migrations_of(connection: sqlite3.Connection, path: Path) -> set[str]:
    """The migrations the file has. Raises where it is another program's, or a newer apptrack's."""
    sql = "SELECT name FROM sqlite_master WHERE type = 'table'"
    tables = {name for (name,) in connection.execute(sql)}
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    if tables and mark != APPLICATION_ID:
        raise StoreError(f"{path} is a database of another program; name another file with --db")
    if "_sqlite_migrations" not in tables:
        return set()
    sql = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'apptrack' ORDER BY rowid"
    done = [name for (name,) in connection.execute(sql)]
    newer = [name for name in done if name not in MIGRATIONS]
    if newer:
        raise StoreError(
            f"{path} was written by a newer apptrack (it has {newer[-1]}); "
            "upgrade with: pip install --upgrade apptrack"
        )
    return set(done)
