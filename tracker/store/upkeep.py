"""Keeping the file: a verified copy of it, and what may be dropped from it on demand."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO

from tracker.errors import StoreError
from tracker.model import iso
from tracker.store.database import connect_read_only, explained, lost_rows, state_of
from tracker.store.identity import APPLICATION_ID
from tracker.store.place import beside
from tracker.store.reading import Reader
from tracker.store.turns import in_batches
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
        if flaws != [("ok",)] or lost_rows(copy):
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
    """Drop what is older than LIMITS, in short transactions. Never a snapshot, nor an entry.

    Payloads go by their latest use. These stay whatever their age: those that others lean on, the
    newest of each chart and source, which the next one is asked and kept against, and those of
    refused answers, which may become snapshots yet, unless LIMITS names these.

    Whenever it is ended, what is left is whole, and the next prune goes on. What others began to
    use since the beginning stays.
    """
    limit = iso(limits.payloads) if limits.payloads else ""
    with explained(store.path):
        store.db.execute("BEGIN")
        try:
            plan = _plan(store, limits)
            store.db.execute(
                "CREATE TEMP TABLE going AS SELECT id, links FROM payloads"
                " WHERE id NOT IN (SELECT id FROM temp.held)"
            )
            store.db.execute("CREATE INDEX temp.going_links ON going (links, id)")
            store.db.execute("COMMIT")
        except BaseException:
            store.db.rollback()
            raise
        try:
            fetches = in_batches(partial(_drop_fetches, store))
            gone = _Gone(store, limit)
            in_batches(gone.drop_some)
        finally:
            for table in ("dropped", "held", "going"):
                store.db.execute(f"DROP TABLE temp.{table}")
    return replace(
        plan, fetches=fetches, payloads=gone.payloads, bytes=gone.bytes, unprovable=gone.unprovable
    )


def _drop_fetches(store: Store, most: int) -> int:
    """Drop some of the fetches that go, unless their answer became a snapshot meanwhile."""
    with store.transaction():
        last = store._row(
            "SELECT max(id), count(*) FROM (SELECT id FROM temp.dropped ORDER BY id LIMIT ?)", most
        )
        store.db.execute(
            "DELETE FROM fetches WHERE snapshot IS NULL"
            " AND id IN (SELECT id FROM temp.dropped WHERE id <= ?)",
            [last[0]],
        )
        store.db.execute("DELETE FROM temp.dropped WHERE id <= ?", [last[0]])
    return int(last[1])


class _Gone:
    """The payloads of ``temp.going``, dropped some at a time; no later one leans on those."""

    def __init__(self, store: Store, limit: str) -> None:
        self._store = store
        self._limit = limit
        self.payloads = self.bytes = self.unprovable = 0

    def drop_some(self, most: int) -> int:
        db = self._store.db
        with self._store.transaction():
            rows = db.execute(_NEXT, [most]).fetchall()
            asked = json.dumps([number for (number,) in rows])
            free = db.execute(_FREE, {"asked": asked, "payloads": self._limit}).fetchall()
            numbers = json.dumps([number for number, _ in free])
            unproved = db.execute(_UNPROVE, [numbers])
            db.execute(_DETACH, [numbers])
            db.execute(_DROP, [numbers])
            db.execute(_DONE, [asked])
        self.payloads += len(free)
        self.bytes += sum(size for _, size in free)
        self.unprovable += unproved.rowcount
        return len(rows)


_UNPROVE = "UPDATE snapshots SET payload = NULL WHERE payload IN (SELECT value FROM json_each(?))"
_DETACH = "UPDATE fetches SET payload = NULL WHERE payload IN (SELECT value FROM json_each(?))"
_DROP = "DELETE FROM payloads WHERE id IN (SELECT value FROM json_each(?))"
_DONE = "DELETE FROM temp.going WHERE id IN (SELECT value FROM json_each(?))"
_NEXT = """
    SELECT id FROM temp.going WHERE links = (SELECT max(links) FROM temp.going)
    ORDER BY id LIMIT ?"""
#: Those that nobody needs now; others may have stored the same bytes since the plan was made.
_FREE = """
    SELECT id, length(frame) FROM payloads WHERE id IN (SELECT value FROM json_each(:asked))
    AND NOT EXISTS (SELECT 1 FROM payloads AS later WHERE later.base = payloads.id)
    AND NOT EXISTS (SELECT 1 FROM snapshots
                    WHERE payload = payloads.id AND observed_at >= :payloads)
    AND NOT EXISTS (SELECT 1 FROM fetches
                    WHERE payload = payloads.id AND (
                        started_at >= :payloads OR outcome = 'refused' AND snapshot IS NULL))"""


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
