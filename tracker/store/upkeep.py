"""Keeping the file: a verified copy of it, and what may be dropped from it on demand."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from tracker.errors import StoreError
from tracker.model import iso
from tracker.store.database import connect_read_only, explained, state_of
from tracker.store.identity import APPLICATION_ID
from tracker.store.place import beside
from tracker.store.reading import Reader
from tracker.store.writing import Store

#: Pages copied at a time, 8 MB: between two steps Ctrl-C is heard.
_STEP = 2048
#: What SQLite keeps beside a file; it would be read into another file of that name.
_BESIDE = ("-wal", "-journal", "-shm")


@dataclass(frozen=True, slots=True)
class Copy:
    """A backup that was verified: its size in bytes, and the rows of each table."""

    path: Path
    size: int
    rows: dict[str, int]


def backup(source: Path, target: Path, *, force: bool = False) -> Copy:
    """Copy the database SOURCE, as it is at this instant, to TARGET; others may write meanwhile.

    TARGET appears whole and verified, or not at all. Raises ``StoreError`` where it cannot be made,
    and where it is there already, unless FORCE.
    """
    try:
        _refuse(source, target, force)
        part = target.with_name(target.name + ".part")
        with _claimed(part) as file, _cleared(part):
            os.fchmod(file.fileno(), source.stat().st_mode & 0o777 | 0o200)
            rows = _copy(source, part)
            os.fsync(file.fileno())
            _refuse(source, target, force)
            size = part.stat().st_size
            part.replace(target)
            _sync_folder(target.parent)
    except sqlite3.Error as error:
        raise StoreError(f"{target}: no backup was made: {error}{_mend(error)}") from error
    except OSError as error:
        raise StoreError(f"{target}: no backup was made: {error.strerror or error}") from error
    return Copy(target, size, rows)


def _mend(error: sqlite3.Error) -> str:
    # The low byte is the primary code.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return "; free some space or name another place"
    return "; 'apptrack verify' tells more of the database"


def _refuse(source: Path, target: Path, force: bool) -> None:
    """Raise where a file at TARGET would be lost, or would be read wrongly."""
    if target.is_dir():
        raise StoreError(f"{target} is a folder; name a file in it")
    if not target.parent.is_dir():
        raise StoreError(f"{target.parent} is no folder; make it first")
    ours = [beside(source, ending) for ending in ("", ".lock", *_BESIDE)]
    if target.exists() and any(one.exists() and one.samefile(target) for one in ours):
        raise StoreError(f"{target} is the database itself; name another file")
    if target.exists() and not target.is_file():
        raise StoreError(f"{target} is no plain file; name another one")
    if target.exists() and not force:
        raise StoreError(f"{target} is there already; name another file, or say --force")
    for other in (target.with_name(target.name + ending) for ending in _BESIDE):
        if other.exists():
            raise StoreError(
                f"{other} belongs to a database that is or was in use; name another file"
            )


@contextmanager
def _claimed(part: Path) -> Iterator[IO[bytes]]:
    """PART, empty and this process's alone; what a killed one left in it is dropped."""
    with part.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(file.fileno()), part.stat()):
                raise BlockingIOError  # the other one was done just now, and this is its backup
        except (BlockingIOError, FileNotFoundError):
            raise StoreError(f"{part}: another backup is being written there; wait for it") from (
                None
            )
        file.truncate(0)  # beside an empty file SQLite reads no journal that an earlier one left
        yield file


@contextmanager
def _cleared(part: Path) -> Iterator[None]:
    """Leave nothing of PART behind, whatever happens."""
    try:
        yield
    finally:
        for one in ("", *_BESIDE):
            part.with_name(part.name + one).unlink(missing_ok=True)


def _copy(source: Path, part: Path) -> dict[str, int]:
    """Copy and verify; the rows of each table."""
    origin, fixed = connect_read_only(source)
    before = state_of(source)
    with closing(origin), closing(sqlite3.connect(part, isolation_level=None)) as copy:
        origin.isolation_level = None
        # Held open, it keeps every step of the copy at this instant; otherwise each commit of
        # another process would start the copy anew, and a busy daemon would do so for ever.
        origin.execute("BEGIN")
        if origin.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise StoreError(f"{source} is no database of apptrack; name one with --db")
        rows = _rows(origin)
        origin.backup(copy, pages=_STEP, progress=lambda *_: None)
        # One file, readable even where nothing can be written; opening it to write switches back.
        copy.execute("PRAGMA journal_mode = DELETE")
        flaws = copy.execute("PRAGMA integrity_check").fetchall()
        if flaws != [("ok",)] or copy.execute("PRAGMA foreign_key_check").fetchall():
            raise StoreError(f"{source} is damaged, and so is its copy; see 'apptrack verify'")
        if _rows(copy) != rows or (fixed and state_of(source) != before):
            raise StoreError(f"{source}: the copy has other rows than the database; try again")
    return rows


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    tables = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    ).fetchall()
    return {
        name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608 - SQLite's own list of tables
        for (name,) in tables
    }


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@dataclass(frozen=True, slots=True)
class Limits:
    """Before when something may be dropped; None: nothing of it."""

    payloads: datetime | None = None
    failed: datetime | None = None
    refused: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pruning:
    """What goes, or would go: fetches that brought nothing, payloads and their bytes on the disk.

    ``unprovable`` snapshots lose the receipt that proves them; ``leaned_on`` payloads are old
    enough and stay, because later ones cannot be read without them.
    """

    fetches: int
    payloads: int
    bytes: int
    unprovable: int
    leaned_on: int

    @property
    def nothing(self) -> bool:
        return not self.fetches and not self.payloads


def would_prune(reader: Reader, limits: Limits) -> Pruning:
    """What ``prune`` would drop; changes nothing."""
    with explained(reader.path):
        reader.db.execute("BEGIN")
        try:
            return _plan(reader, limits)
        finally:
            reader.db.rollback()


def prune(store: Store, limits: Limits) -> Pruning:
    """Drop what is older than LIMITS, in one transaction. Never a snapshot, nor an entry.

    Payloads go by their latest use. These stay whatever their age: those that others lean on, the
    newest of each chart and source, which the next one is asked and kept against, and those of
    refused answers, which may become snapshots yet, unless LIMITS names these.
    """
    with store.transaction():
        pruning = _plan(store, limits)
        # Each payload that goes is looked for in these columns, to hold the foreign keys.
        for name, column in (("fetches", "payload"), ("payloads", "base")):
            store.db.execute(
                f"CREATE INDEX prune_{name} ON {name} ({column}) WHERE {column} NOTNULL"
            )
        for statement in (
            "DELETE FROM fetches WHERE id IN (SELECT id FROM temp.dropped)",
            "UPDATE snapshots SET payload = NULL WHERE payload NOT IN (SELECT id FROM temp.held)",
            "UPDATE fetches SET payload = NULL WHERE payload NOT IN (SELECT id FROM temp.held)",
            "DELETE FROM payloads WHERE id NOT IN (SELECT id FROM temp.held)",
            "DROP INDEX prune_fetches",
            "DROP INDEX prune_payloads",
            "DROP TABLE temp.dropped",
            "DROP TABLE temp.held",
        ):
            store.db.execute(statement)
    return pruning


def _plan(reader: Reader, limits: Limits) -> Pruning:
    """Put the fetches that go into ``temp.dropped``, the payloads that stay into ``temp.held``."""
    db = reader.db
    db.execute("CREATE TEMP TABLE dropped (id INTEGER PRIMARY KEY)")
    db.execute("CREATE TEMP TABLE held (id INTEGER PRIMARY KEY)")
    times = {
        name: iso(time) if time else ""
        for name, time in (
            ("payloads", limits.payloads), ("failed", limits.failed), ("refused", limits.refused)
        )
    }  # fmt: skip
    db.execute(
        """
        INSERT INTO temp.dropped SELECT id FROM fetches WHERE snapshot IS NULL AND (
            outcome IN ('failed', 'retried', 'interrupted') AND started_at < :failed
            OR outcome = 'refused' AND started_at < :refused)
        """,
        times,
    )
    db.execute(
        """
        INSERT INTO temp.held
        SELECT payload FROM snapshots WHERE observed_at >= :payloads AND payload NOTNULL
        UNION
        SELECT payload FROM fetches WHERE payload NOTNULL AND id NOT IN (SELECT id FROM dropped)
        AND (started_at >= :payloads OR outcome = 'refused' AND snapshot IS NULL)
        UNION
        SELECT payload FROM (
            SELECT payload, max(observed_at) FROM snapshots WHERE payload NOTNULL
            GROUP BY chart, source)
        """,
        times,
    )
    (wanted,) = reader._row("SELECT count(*) FROM temp.held")
    db.execute(
        """
        INSERT OR IGNORE INTO temp.held
        WITH RECURSIVE chain (id) AS (
            SELECT base FROM payloads WHERE id IN (SELECT id FROM held)
            UNION
            SELECT base FROM payloads JOIN chain USING (id)
        ) SELECT id FROM chain WHERE id NOTNULL
        """
    )
    payloads, size = reader._row(
        "SELECT count(*), coalesce(sum(length(frame)), 0) FROM payloads"
        " WHERE id NOT IN (SELECT id FROM temp.held)"
    )
    (unprovable,) = reader._row(
        "SELECT count(*) FROM snapshots WHERE payload NOT IN (SELECT id FROM temp.held)"
    )
    (fetches,) = reader._row("SELECT count(*) FROM temp.dropped")
    (held,) = reader._row("SELECT count(*) FROM temp.held")
    return Pruning(fetches, payloads, size, unprovable, held - wanted)
