"""What is put into the database: snapshots with their receipts, fetches, events."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from tracker.errors import Conflict, StoreError
from tracker.model import Chart, Fetch, Outcome, Payload, Snapshot, iso
from tracker.store.blocks import pack
from tracker.store.database import explained, open_database, writing
from tracker.store.names import store_names
from tracker.store.reading import Reader
from tracker.store.receipts import LONGEST_CHAIN, compress

APP_STORE = "app-store"


class Store(Reader):
    """A database opened to be written, made and brought up to date where need be.

    One transaction for each call that writes.
    """

    def _open(self) -> sqlite3.Connection:
        return open_database(self.path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several calls one transaction: all is kept, or nothing."""
        with explained(self.path), writing(self.db):
            yield

    def save(
        self, snapshot: Snapshot, *, fetch: Fetch | None = None, payload: Payload | None = None
    ) -> Outcome:
        """Keep a snapshot with its entries, payload and fetch.

        ``SAVED``; or ``KNOWN`` where this very snapshot is stored, and then nothing changes but
        that the fetch is noted. Raises ``Conflict`` where another one is stored for that chart,
        source and instant.
        """
        with self.transaction():
            chart = self._chart(snapshot.chart)
            known = self._known(chart, snapshot)
            # Bytes to which neither a snapshot nor a fetch would lead are not kept.
            receipt = self._receipt(chart, payload) if payload and (fetch or not known) else None
            number = known or self._insert(chart, snapshot, receipt)
            if not known:
                pack(self.db.conn, chart, snapshot.source, iso(snapshot.observed_at))
            outcome = Outcome.KNOWN if known else Outcome.SAVED
            if fetch:
                done = fetch if fetch.outcome else replace(fetch, outcome=outcome)
                self._note(chart, done, receipt, number)
        return outcome

    def record(self, fetch: Fetch) -> None:
        """Keep a fetch that led to no snapshot, and the payload it brought, if any."""
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
        """Keep a dated note for plots; the same note twice is one. SOURCE tells who says so."""
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

    # Rows

    def _insert_row(self, sql: str, row: list[Any]) -> int:
        number = self.db.execute(sql, row).lastrowid
        assert number is not None
        return number

    def _chart(self, chart: Chart) -> int:
        row = self._row("SELECT id FROM charts WHERE slug = ?", chart.slug)
        if row:
            return int(row[0])
        return self._insert_row(
            "INSERT INTO charts (slug, storefront, device, ranking, genre) VALUES (?, ?, ?, ?, ?)",
            [chart.slug, chart.storefront, chart.device, chart.ranking, chart.genre],
        )

    def _known(self, chart: int, snapshot: Snapshot) -> int | None:
        """The stored snapshot of that chart, source and instant; it must be the same one."""
        row = self._row(
            "SELECT id, provenance FROM snapshots"
            " WHERE chart = ? AND source = ? AND observed_at = ?",
            chart,
            snapshot.source,
            iso(snapshot.observed_at),
        )
        if row is None:
            return None
        stored = [(entry.rank, entry.app_id) for entry in self._entries(row[0])]
        if stored != [(entry.rank, entry.app_id) for entry in snapshot.entries]:
            raise Conflict(
                f"{snapshot.chart} of {iso(snapshot.observed_at)} from {snapshot.source} is stored "
                f"already with other ranks ({row[1]}); it was left as it is"
            )
        return int(row[0])

    def _insert(self, chart: int, snapshot: Snapshot, receipt: int | None) -> int:
        number = self._insert_row(
            "INSERT INTO snapshots (chart, source, observed_at, published_at, depth, provenance,"
            " payload, named) VALUES (?, ?, ?, ?, ?, ?, ?, 1)",
            [
                chart,
                snapshot.source,
                iso(snapshot.observed_at),
                iso(snapshot.published_at) if snapshot.published_at else None,
                snapshot.depth,
                snapshot.provenance,
                receipt,
            ],
        )
        self._name_apps(snapshot)
        stored = self.db.conn.executemany(
            "INSERT INTO entries (snapshot, rank, app)"
            " SELECT ?, ?, id FROM apps WHERE store_id = ? AND store = ?",
            [(number, entry.rank, entry.app_id, APP_STORE) for entry in snapshot.entries],
        )
        assert stored.rowcount == snapshot.depth  # a join can leave rows out without a word
        store_names(self.db.conn, number, snapshot)
        return number

    def _name_apps(self, snapshot: Snapshot) -> None:
        """Add the apps that are new; a name is replaced only by a later word of its storefront."""
        told = [snapshot.chart.storefront, iso(snapshot.observed_at)]
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
                (APP_STORE, entry.app_id, entry.name, entry.developer, *told)
                for entry in snapshot.entries
            ],
        )

    def _app(self, app_id: str) -> int:
        self.db.execute(
            "INSERT INTO apps (store, store_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [APP_STORE, app_id],
        )
        sql = "SELECT id FROM apps WHERE store_id = ? AND store = ?"
        return int(self._row(sql, app_id, APP_STORE)[0])

    def _receipt(self, chart: int, payload: Payload) -> int:
        """Keep the bytes once, leaning on the newest payload that became a snapshot."""
        sha256 = payload.sha256
        row = self._row("SELECT id FROM payloads WHERE sha256 = ?", sha256)
        if row:
            return int(row[0])
        base, links, body = self._base(chart, payload.source)
        return self._insert_row(
            "INSERT INTO payloads (sha256, size, base, links, frame) VALUES (?, ?, ?, ?, ?)",
            [sha256, len(payload.body), base, links, compress(payload.body, body)],
        )

    def _base(self, chart: int, source: str) -> tuple[int | None, int, bytes | None]:
        """The payload to lean on, the links of a payload that does, and the bytes of the base."""
        row = self._row(
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
            # A damaged receipt is for `verify` to tell; it must not cost the next one too.
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
