"""A verified copy of the database."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tracker.errors import StoreError
from tracker.store.database import connect_read_only, lost_rows, state_of
from tracker.store.files import APPLICATION_ID, beside, sync_folder

#: Pages copied at a time, 8 MB: between two steps Ctrl-C has its effect.
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
            sync_folder(target.parent)
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
    return "; 'apptrack verify' checks all of the database"


def _refuse(source: Path, target: Path, force: bool) -> None:
    """Raise where a file at TARGET would be lost, or would be read wrongly."""
    if target.is_dir():
        raise StoreError(f"{target} is a folder; name a file in it")
    if not target.parent.is_dir():
        raise StoreError(f"{target.parent} is not a folder; make it first")
    ours = [beside(source, ending) for ending in ("", ".lock", *_BESIDE)]
    if target.exists() and any(path.exists() and path.samefile(target) for path in ours):
        raise StoreError(f"{target} is the database itself; name another file")
    if target.exists() and not target.is_file():
        raise StoreError(f"{target} is not a plain file; name another one")
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
    """Delete PART and its companions at the end of the block."""
    try:
        yield
    finally:
        for ending in ("", *_BESIDE):
            part.with_name(part.name + ending).unlink(missing_ok=True)


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
            raise StoreError(f"{source} is not a database of apptrack; name one with --db")
        rows = table_sizes(origin)
        origin.backup(copy, pages=_STEP, progress=lambda *_: None)
        # One file, readable even where nothing can be written; opening it to write switches back.
        copy.execute("PRAGMA journal_mode = DELETE")
        flaws = copy.execute("PRAGMA integrity_check").fetchall()
        if flaws != [("ok",)] or lost_rows(copy):
            raise StoreError(f"{source} is damaged, and so is its copy; see 'apptrack verify'")
        if table_sizes(copy) != rows or (fixed and state_of(source) != before):
            raise StoreError(f"{source}: the copy has other rows than the database; try again")
    return rows


def table_sizes(connection: sqlite3.Connection) -> dict[str, int]:
    tables = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    ).fetchall()
    return {
        name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608 - SQLite's own list of tables
        for (name,) in tables
    }
