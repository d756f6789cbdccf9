"""Import a file completely or not at all, while other processes write.

The file is first stored in a private database. Its entries are then copied in short
transactions, under row ids that no snapshot has yet, so that no query finds them: a
rank is read through its snapshot. The last transaction adds the snapshots, and is short as well.
The table ``incoming`` has the row ids while that lasts; what a killed process left there is
deleted by the next process that opens the database to write.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from tracker.errors import StoreError
from tracker.model import Outcome, Snapshot
from tracker.store.batches import in_batches
from tracker.store.blocks import pack
from tracker.store.database import explained
from tracker.store.files import beside, locked
from tracker.store.reading import Reader
from tracker.store.writing import Store

#: Seconds for the deletion of such rows when the database is opened to write.
_SWEEPING = 0.5
_LOCK = "import.lock"
_ENDINGS = ("", "-wal", "-shm", "-journal")


class Staging(Store):
    """A private database for one file; it ends with the process that made it."""

    packs = False

    def _open(self) -> sqlite3.Connection:
        connection = super()._open()
        # Nothing of it is ever read again after a crash.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("DROP INDEX entries_app")
        return connection


class Incoming:
    """The snapshots of one file on their way into a database."""

    def __init__(self, store: Store, staging: Staging) -> None:
        self._store = store
        self._staging = staging
        self.late: list[Snapshot] = []

    def save(self, snapshot: Snapshot) -> Outcome:
        """Store as ``Store.save`` does, invisible until the whole file is imported."""
        if self._store.has(snapshot):
            outcome = self._store.would_save(snapshot)
            if outcome is Outcome.SAVED:  # it adds to a stored one
                self.late.append(snapshot)
            return outcome
        return self._staging.save(snapshot)


@contextmanager
def importing(store: Store) -> Iterator[Incoming]:
    """Import what is saved in the block, all of it at its end, or nothing where it raises."""
    with ExitStack() as stack:
        path = beside(store.path, ".import")
        try:
            lock = stack.enter_context(locked(store.path, _LOCK))
        except OSError as error:
            raise StoreError(f"{path.parent}: cannot be written: {error.strerror}") from None
        if lock is None:
            raise StoreError(f"{store.path}: another import is under way; wait for its end")
        _drop(path)
        stack.callback(_drop, path)
        with Staging(path) as staging:
            incoming = Incoming(store, staging)
            with staging.transaction():
                yield incoming
        with Store(store.path) as target:
            sweep(target, seconds=None)
            try:
                _Merge(target, path).run(incoming.late)
            except BaseException:
                with suppress(StoreError):  # what is left now is swept by the next writer
                    sweep(target, seconds=_SWEEPING)
                raise


def _drop(path: Path) -> None:
    for ending in _ENDINGS:
        path.with_name(path.name + ending).unlink(missing_ok=True)


def sweep_if_ended(store: Store) -> None:
    """Delete what a killed import left, for half a second at most."""
    if not store.rows(_LEFT):
        return
    with ExitStack() as stack, explained(store.path):
        try:
            lock = stack.enter_context(locked(store.path, _LOCK))
        except OSError:
            return
        if lock is not None:
            sweep(store, seconds=_SWEEPING)


def sweep(store: Store, seconds: float | None) -> None:
    """Delete what killed imports left, for SECONDS or until it is done. Needs the import lock."""
    end = time.monotonic() + seconds if seconds is not None else None

    def some(most: int) -> int:
        if end and time.monotonic() > end:
            return 0
        with store.transaction():
            row = store.db.conn.execute(_LEFT).fetchone()
            if row is None:
                return 0
            number, first, last = row
            done = store.db.conn.execute(_SWEEP, (first, last, most * 100)).rowcount
            if not done:
                store.db.conn.execute(_SWEEP_APPS, {"incoming": number})
                store.db.conn.execute("DELETE FROM incoming WHERE id = ?", (number,))
            return 1

    with _without_references(store):
        in_batches(some)


_LEFT = "SELECT id, first_snapshot, last_snapshot FROM incoming LIMIT 1"
_SWEEP = """
    DELETE FROM entries WHERE (snapshot, rank) IN (
        SELECT snapshot, rank FROM entries WHERE snapshot BETWEEN ? AND ? LIMIT ?)"""
#: Apps that the import added and that nothing else refers to.
_SWEEP_APPS = """
    DELETE FROM apps WHERE name IS NULL
    AND id BETWEEN (SELECT first_app FROM incoming WHERE id = :incoming)
               AND (SELECT last_app FROM incoming WHERE id = :incoming)
    AND id NOT IN (SELECT app FROM events WHERE app NOTNULL)
    AND id NOT IN (SELECT app FROM names) AND id NOT IN (SELECT app FROM lookups)
    AND NOT EXISTS (SELECT 1 FROM entries WHERE app = apps.id)"""


@contextmanager
def _without_references(store: Store) -> Iterator[None]:
    """Switch foreign keys off: entries are copied before their snapshots exist."""
    store.db.conn.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        store.db.conn.execute("PRAGMA foreign_keys = ON")


class _Merge:
    """A staged file copied into the database of STORE, a connection of its own."""

    def __init__(self, store: Store, staged: Path) -> None:
        self._store = store
        self._staged = staged
        self._db = store.db.conn
        self._db.isolation_level = None

    def run(self, late: list[Snapshot]) -> None:
        with explained(self._store.path):
            self._db.execute("ATTACH ? AS staged", (str(self._staged),))
            (many,) = self._db.execute("SELECT count(*) FROM staged.snapshots").fetchone()
            if many or late:
                base = self._reserve(many)
                self._map_apps()
                with _without_references(self._store):
                    self._copy_entries(base, many)
                self._show(base, late)
                self._pack()

    def _reserve(self, many: int) -> int:
        """Add the apps that are new and take row ids for snapshots; the last that is not ours."""
        with self._store.transaction():
            base = self._store.newest_row() or 0
            (first_app,) = self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM apps").fetchone()
            self._db.execute(
                "INSERT INTO main.apps (store, store_id) SELECT store, store_id FROM staged.apps"
                " WHERE true ON CONFLICT (store_id, store) DO NOTHING"
            )
            (last_app,) = self._db.execute("SELECT coalesce(max(id), 0) FROM apps").fetchone()
            self._db.execute(
                "INSERT INTO incoming (first_snapshot, last_snapshot, first_app, last_app)"
                " VALUES (?, ?, ?, ?)",
                (base + 1, base + many, first_app, last_app),
            )
        return base

    def _map_apps(self) -> None:
        self._db.execute(
            "CREATE TEMP TABLE app_of (staged INTEGER PRIMARY KEY, app INTEGER NOT NULL)"
        )
        self._db.execute(
            "INSERT INTO temp.app_of SELECT theirs.id, ours.id FROM staged.apps AS theirs"
            " JOIN main.apps AS ours ON ours.store_id = theirs.store_id"
            " AND ours.store = theirs.store"
        )

    def _copy_entries(self, base: int, many: int) -> None:
        copied = 0

        def some(snapshots: int) -> int:
            nonlocal copied
            with self._store.transaction():
                self._db.execute(_COPY, (base, copied + 1, copied + snapshots))
            copied += snapshots
            return int(copied < many)

        in_batches(some)

    def _show(self, base: int, late: list[Snapshot]) -> None:
        """Add the snapshots, which makes the import visible; in one short transaction."""
        columns = [
            name for _, name, *_ in self._db.execute("PRAGMA main.table_info(snapshots)")
            if name not in ("id", "chart", "payload")
        ]  # fmt: skip
        listed = ", ".join(columns)
        with self._store.transaction():
            self._db.execute(_CHARTS)
            known = self._db.execute(_MEANWHILE).fetchall()
            again = [*late, *self._snapshots([number for (number,) in known])]
            for (number,) in known:
                self._db.execute("DELETE FROM main.entries WHERE snapshot = ?", (base + number,))
            for statement in (_NAME, _NAME_IN_ITS_STOREFRONT, _NAMES):
                self._db.execute(statement)
            skipped = ", ".join(str(number) for (number,) in known)
            self._db.execute(_SHOW.format(columns=listed, skipped=skipped), (base,))
            self._db.execute("DELETE FROM incoming WHERE first_snapshot = ?", (base + 1,))
            for snapshot in again:
                self._store.save(snapshot)

    def _snapshots(self, numbers: list[int]) -> list[Snapshot]:
        """Staged snapshots that another process has stored meanwhile."""
        if not numbers:
            return []
        with Reader(self._staged) as staged:
            return [staged.snapshot(number) for number in numbers]

    def _pack(self) -> None:
        """Make the blocks that are due; they may be made at any time."""
        pairs = self._db.execute(
            "SELECT DISTINCT ours.id, source FROM staged.snapshots"
            " JOIN staged.charts AS theirs ON theirs.id = chart"
            " JOIN main.charts AS ours ON ours.slug = theirs.slug"
        ).fetchall()
        for chart, source in pairs:
            in_batches(partial(self._pack_one, chart, source))

    def _pack_one(self, chart: int, source: str, _: int) -> int:
        with self._store.transaction():
            return int(pack(self._db, chart, source, "9999"))


_COPY = """
    INSERT INTO main.entries (snapshot, rank, app)
    SELECT snapshot + ?, rank, app_of.app
    FROM staged.entries JOIN temp.app_of ON staged = staged.entries.app
    WHERE snapshot BETWEEN ? AND ?"""
_CHARTS = """
    INSERT INTO main.charts (slug, storefront, device, ranking, genre)
    SELECT slug, storefront, device, ranking, genre FROM staged.charts
    WHERE true ON CONFLICT DO NOTHING"""
_MEANWHILE = """
    SELECT theirs.id FROM staged.snapshots AS theirs
    JOIN staged.charts ON staged.charts.id = theirs.chart
    JOIN main.charts AS chart ON chart.slug = staged.charts.slug
    JOIN main.snapshots AS ours ON ours.chart = chart.id
         AND ours.source = theirs.source AND ours.observed_at = theirs.observed_at"""
#: A name is replaced only by a later one of its storefront.
_NAME = """
    UPDATE main.apps SET name = new.name, storefront = new.storefront, named_at = new.named_at,
        developer = coalesce(new.developer, main.apps.developer)
    FROM (SELECT app_of.app, name, developer, storefront, named_at FROM staged.apps
          JOIN temp.app_of ON staged = staged.apps.id WHERE name NOTNULL) AS new
    WHERE main.apps.id = new.app
    AND (main.apps.name IS NULL
         OR main.apps.storefront = new.storefront AND main.apps.named_at < new.named_at)"""
#: The same where the file first has the name of another storefront.
_NAME_IN_ITS_STOREFRONT = """
    UPDATE main.apps SET name = new.name, named_at = new.last_at,
        developer = coalesce(nullif(new.developer, ''), main.apps.developer)
    FROM (SELECT app_of.app, storefront, name, developer, max(last_at) AS last_at
          FROM staged.names JOIN temp.app_of ON staged = staged.names.app
          GROUP BY app_of.app, storefront) AS new
    WHERE main.apps.id = new.app AND main.apps.storefront = new.storefront
    AND main.apps.named_at < new.last_at"""
_NAMES = """
    INSERT INTO main.names (app, storefront, name, developer, first_at, last_at)
    SELECT app_of.app, storefront, name, developer, first_at, last_at
    FROM staged.names JOIN temp.app_of ON staged = staged.names.app
    WHERE true
    ON CONFLICT DO UPDATE SET first_at = min(first_at, excluded.first_at),
                              last_at = max(last_at, excluded.last_at)"""
_SHOW = """
    INSERT INTO main.snapshots (id, chart, {columns})
    SELECT theirs.id + ?, ours.id, {columns}
    FROM staged.snapshots AS theirs JOIN staged.charts AS chart ON chart.id = theirs.chart
    JOIN main.charts AS ours ON ours.slug = chart.slug
    WHERE theirs.id NOT IN ({skipped})"""
