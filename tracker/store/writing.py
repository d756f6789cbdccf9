"""Writes to the database: snapshots with their payloads, fetches, events."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tracker.errors import Conflict, StoreError
from tracker.ids import store_of_id
from tracker.model import Chart, Entry, Fetch, Outcome, Payload, Scope, Snapshot, iso
from tracker.store.blocks import pack
from tracker.store.checksums import checksum_of, set_checksums
from tracker.store.compression import LONGEST_CHAIN, compress
from tracker.store.database import (
    PATIENCE,
    TRY,
    Patience,
    explained,
    open_database,
    writing,
)
from tracker.store.names import store_names
from tracker.store.reading import Reader


class _TakenBack(Exception):
    """Rolls a transaction back."""


#: What a snapshot of each scope is called.
_SCOPES = {Scope.WHOLE: "a whole chart", Scope.SPARSE: "ranks of single apps"}


class _Stored(NamedTuple):
    """What is stored of a snapshot: its row id, and its ranks, each with its app id."""

    number: int
    scope: Scope
    provenance: str
    ranks: Set[tuple[int, str]]


def _ranks(entries: Iterable[Entry]) -> Set[tuple[int, str]]:
    return {(entry.rank, entry.app_id) for entry in entries}


def _conflict(snapshot: Snapshot, how: str) -> Conflict:
    return Conflict(
        f"{snapshot.chart} of {iso(snapshot.observed_at)} from {snapshot.source} is stored already "
        f"{how}; it was left as it is"
    )


class Store(Reader):
    """A database opened to be written, created and migrated where needed.

    One transaction for each call that writes.
    """

    #: Whether saving a snapshot makes the block that is due then.
    packs = True

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        """Open PATH; wait PATIENCE seconds where another process has it locked."""
        self._seconds = patience
        self._patience: Patience | None = None
        super().__init__(path)

    def _open(self) -> sqlite3.Connection:
        return open_database(self.path, self._seconds)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several calls one transaction: all is stored, or nothing."""
        with explained(self.path), writing(self.db, self._patience):
            yield

    def save(
        self, snapshot: Snapshot, *, fetch: Fetch | None = None, payload: Payload | None = None
    ) -> Outcome:
        """Store a snapshot with its entries, payload and fetch.

        ``SAVED``; or ``KNOWN`` where this very snapshot is stored, and then nothing changes but
        that the fetch is noted. Raises ``Conflict`` where another one is stored for that chart,
        source and instant; but the apps of a sparse one are added to those of a stored sparse one.
        """
        with self.transaction():
            chart = self._chart(snapshot.chart)
            if snapshot.scope is Scope.SPARSE:
                assert fetch is None, "no source reads the ranks of single apps"
                return self._save_sparse(chart, snapshot)
            known = self._known(chart, snapshot)
            # A payload that neither a snapshot nor a fetch would refer to is not stored.
            receipt = self._receipt(chart, payload) if payload and (fetch or not known) else None
            number = known or self._insert(chart, snapshot, receipt)
            if not known and self.packs:
                pack(self.db.conn, chart, snapshot.source, iso(snapshot.observed_at))
            outcome = Outcome.KNOWN if known else Outcome.SAVED
            if fetch:
                done = fetch if fetch.outcome else replace(fetch, outcome=outcome)
                self._note(chart, done, receipt, number)
        return outcome

    def would_save(self, snapshot: Snapshot) -> Outcome:
        """What ``save`` would return, or raise; nothing changes."""
        with suppress(_TakenBack), self.transaction():
            outcome = self.save(snapshot)
            raise _TakenBack
        return outcome

    def has(self, snapshot: Snapshot) -> bool:
        """Whether some snapshot of that chart, source and instant is stored."""
        row = self.row(
            "SELECT 1 FROM snapshots JOIN charts ON charts.id = chart"
            " WHERE slug = ? AND source = ? AND observed_at = ?",
            snapshot.chart.slug,
            snapshot.source,
            iso(snapshot.observed_at),
        )
        return row is not None

    def newest_row(self) -> int | None:
        """The largest row id of a snapshot, those of files on their way in included."""
        row = self.row(
            "SELECT max(id) FROM (SELECT max(id) AS id FROM snapshots"
            " UNION ALL SELECT max(last_snapshot) FROM incoming)"
        )
        return None if row[0] is None else int(row[0])

    def has_fetch(self, fetch: Fetch) -> bool:
        """Whether this very attempt is stored."""
        row = self.row(
            "SELECT 1 FROM fetches JOIN charts ON charts.id = chart"
            " LEFT JOIN payloads ON payloads.id = payload"
            " WHERE slug = ? AND source = ? AND started_at = ? AND seconds = ?"
            " AND ? IN (outcome, '') AND ifnull(sha256, '') = ?",
            fetch.chart.slug,
            fetch.source,
            iso(fetch.started_at),
            round(fetch.seconds, 3),
            fetch.outcome or "",
            fetch.payload.sha256 if fetch.payload else "",
        )
        return row is not None

    def wait_at_most(self, seconds: float, stop: threading.Event) -> None:
        """Let all transactions together wait so long for other processes, or until STOP is set."""
        self.db.execute(f"PRAGMA busy_timeout = {round(1000 * TRY)}")
        self._patience = Patience(seconds, stop)

    def record(self, fetch: Fetch) -> None:
        """Store a fetch without a snapshot, and its payload, if any."""
        with self.transaction():
            chart = self._chart(fetch.chart)
            receipt = self._receipt(chart, fetch.payload) if fetch.payload else None
            self._note(chart, fetch, receipt, None)

    def add_event(
        self,
        happened_at: datetime,
        title: str,
        *,
        app_id: str | None = None,
        chart: Chart | None = None,
        source: str | None = None,
    ) -> None:
        """Store a dated note for plots, the same one once. SOURCE is where it comes from."""
        with self.transaction():
            app = self._app(app_id) if app_id else None
            self.db.execute(
                "INSERT INTO events (happened_at, title, app, chart, source) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                [iso(happened_at), title, app, self._chart(chart) if chart else None, source],
            )

    def chart_id(self, chart: Chart) -> int:
        """The row id of CHART, made where there is none. Call it within a transaction."""
        return self._chart(chart)

    def payload_id(self, chart: Chart, payload: Payload) -> int:
        """The row id of PAYLOAD, stored where it is not. Call it within a transaction."""
        return self._receipt(self._chart(chart), payload)

    # Rows

    def _insert_row(self, sql: str, row: list[Any]) -> int:
        number = self.db.execute(sql, row).lastrowid
        assert number is not None
        return number

    def _chart(self, chart: Chart) -> int:
        row = self.row("SELECT id FROM charts WHERE slug = ?", chart.slug)
        if row:
            return int(row[0])
        return self._insert_row(
            "INSERT INTO charts (slug, storefront, device, ranking, genre) VALUES (?, ?, ?, ?, ?)",
            [chart.slug, chart.storefront, chart.device, chart.ranking, chart.genre],
        )

    def _known(self, chart: int, snapshot: Snapshot) -> int | None:
        """The stored snapshot of that chart, source and instant; it must be the same one."""
        stored = self._stored_at(chart, snapshot)
        if stored is None:
            return None
        if stored.scope is not snapshot.scope:
            raise _conflict(snapshot, f"as {_SCOPES[stored.scope]} ({stored.provenance})")
        if stored.ranks != _ranks(snapshot.entries):
            raise _conflict(snapshot, f"with other ranks ({stored.provenance})")
        return stored.number

    def _stored_at(self, chart: int, snapshot: Snapshot) -> _Stored | None:
        """The stored snapshot of the chart, source and instant of SNAPSHOT."""
        row = self.row(
            "SELECT id, scope, provenance FROM snapshots"
            " WHERE chart = ? AND source = ? AND observed_at = ?",
            chart,
            snapshot.source,
            iso(snapshot.observed_at),
        )
        if row is None:
            return None
        number, scope, provenance = row
        return _Stored(number, Scope(scope), provenance, _ranks(self._entries(number)))

    def _save_sparse(self, chart: int, snapshot: Snapshot) -> Outcome:
        """Store a sparse snapshot, or add its apps to a stored one."""
        stored = self._stored_at(chart, snapshot)
        if stored is None:
            self._insert(chart, snapshot, None)
            return Outcome.SAVED
        if stored.scope is not Scope.SPARSE or stored.provenance != snapshot.provenance:
            raise _conflict(snapshot, f"as {_SCOPES[stored.scope]} ({stored.provenance})")
        more = _ranks(snapshot.entries) - stored.ranks
        apps, ranks = ({pair[place] for pair in more} for place in (1, 0))
        if any(rank in ranks or app_id in apps for rank, app_id in stored.ranks):
            raise _conflict(snapshot, f"with other ranks ({stored.provenance})")
        if not more:
            return Outcome.KNOWN
        added = [entry for entry in snapshot.entries if (entry.rank, entry.app_id) in more]
        self._add_entries(stored.number, replace(snapshot, entries=tuple(added)))
        self.db.execute(
            "UPDATE snapshots SET depth = ? WHERE id = ? AND depth < ?",
            [snapshot.depth, stored.number, snapshot.depth],
        )
        set_checksums(self.db.conn, [stored.number])
        return Outcome.SAVED

    def _insert(self, chart: int, snapshot: Snapshot, receipt: int | None) -> int:
        number = self._insert_row(
            "INSERT INTO snapshots (id, chart, source, observed_at, published_at, depth,"
            " provenance, payload, named, scope, checksum)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)",
            [
                self._next_row(),
                chart,
                snapshot.source,
                iso(snapshot.observed_at),
                iso(snapshot.published_at) if snapshot.published_at else None,
                snapshot.depth,
                snapshot.provenance,
                receipt,
                snapshot.scope,
                checksum_of(snapshot),
            ],
        )
        self._add_entries(number, snapshot)
        return number

    def _add_entries(self, number: int, snapshot: Snapshot) -> None:
        """Store the entries of SNAPSHOT, whose row id is NUMBER, and the names of their apps."""
        self._name_apps(snapshot)
        stored = self.db.conn.executemany(
            "INSERT INTO entries (snapshot, rank, app)"
            " SELECT ?, ?, id FROM apps WHERE store_id = ? AND store = ?",
            [
                (number, entry.rank, entry.app_id, snapshot.chart.store)
                for entry in snapshot.entries
            ],
        )
        # A join can leave rows out silently.
        assert stored.rowcount == len(snapshot.entries)
        store_names(self.db.conn, number, snapshot)

    def _next_row(self) -> int | None:
        """The row id of a new snapshot; None for SQLite's own choice, where no file comes in."""
        if self.row("SELECT 1 FROM incoming LIMIT 1") is None:
            return None
        return (self.newest_row() or 0) + 1

    def _name_apps(self, snapshot: Snapshot) -> None:
        """Add the apps that are new; a name is replaced only by a later one of its storefront."""
        origin = [snapshot.chart.storefront, iso(snapshot.observed_at)]
        self.db.conn.executemany(
            """
            INSERT INTO apps (store, store_id, name, developer, storefront, named_at)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (store_id, store) DO UPDATE
            SET name = excluded.name, developer = coalesce(excluded.developer, developer),
                storefront = excluded.storefront, named_at = excluded.named_at
            WHERE excluded.name NOTNULL
              AND (name IS NULL
                   OR storefront = excluded.storefront AND named_at < excluded.named_at)
            """,
            [
                (snapshot.chart.store, entry.app_id, entry.name, entry.developer, *origin)
                for entry in snapshot.entries
            ],
        )

    def _app(self, app_id: str) -> int:
        store = store_of_id(app_id)
        self.db.execute(
            "INSERT INTO apps (store, store_id) VALUES (?, ?)"
            " ON CONFLICT (store_id, store) DO NOTHING",
            [store, app_id],
        )
        sql = "SELECT id FROM apps WHERE store_id = ? AND store = ?"
        return int(self.row(sql, app_id, store)[0])

    def _receipt(self, chart: int, payload: Payload) -> int:
        """Store PAYLOAD once, compressed against the newest payload of a snapshot; its row id."""
        sha256 = payload.sha256
        row = self.row("SELECT id FROM payloads WHERE sha256 = ?", sha256)
        if row:
            return int(row[0])
        base, links, body = self._base(chart, payload.source)
        return self._insert_row(
            "INSERT INTO payloads (sha256, size, base, links, frame) VALUES (?, ?, ?, ?, ?)",
            [sha256, len(payload.body), base, links, compress(payload.body, body)],
        )

    def _base(self, chart: int, source: str) -> tuple[int | None, int, bytes | None]:
        """The payload to compress against, the links of one that is, and the bytes of the base."""
        row = self.row(
            "SELECT payloads.id, links FROM snapshots JOIN payloads ON payloads.id = payload"
            " WHERE chart = ? AND source = ? ORDER BY observed_at DESC LIMIT 1",
            chart,
            source,
        )
        if row is None or row[1] >= LONGEST_CHAIN:
            return None, 0, None
        try:
            return row[0], row[1] + 1, self.body(row[0])
        except StoreError:
            # A damaged payload is reported by `verify`; it must not cost the next one too.
            return None, 0, None

    def _note(self, chart: int, fetch: Fetch, receipt: int | None, snapshot: int | None) -> None:
        if fetch.outcome is None:
            raise StoreError(f"a fetch of {fetch.chart} was not judged")
        self._insert_row(
            "INSERT INTO fetches (chart, source, url, started_at, seconds, outcome, status, error,"
            " etag, last_modified, payload, snapshot, served_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                chart,
                fetch.source,
                fetch.payload.url if fetch.payload else fetch.url,
                iso(fetch.started_at),
                round(fetch.seconds, 3),
                fetch.outcome,
                fetch.status,
                fetch.error,
                fetch.etag,
                fetch.last_modified,
                receipt,
                snapshot,
                iso(fetch.served_at) if fetch.served_at else None,
            ],
        )
