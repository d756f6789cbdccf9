"""What may be dropped from the database on demand: old payloads and failed fetches."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from tracker.model import iso
from tracker.store.batches import in_batches
from tracker.store.database import explained
from tracker.store.reading import Reader
from tracker.store.writing import Store


@dataclass(frozen=True, slots=True)
class Limits:
    """Before when something may be dropped; None: nothing of it."""

    payloads: datetime | None = None
    failed: datetime | None = None
    refused: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pruning:
    """What is dropped, or would be: failed fetches, payloads and their bytes on the disk.

    ``unprovable`` snapshots lose the payload that proves them; ``leaned_on`` payloads are old
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

    A payload's age is that of its latest use. These stay whatever their age: those that others are
    compressed against, the newest of each chart and source, which the next one needs, and refused
    ones, which may become snapshots, unless LIMITS names these.

    It may be stopped at any time: the rest remains readable, and the next prune continues. What
    another process began to use meanwhile stays.
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
    """Drop some of the fetches to drop, unless they became snapshots meanwhile."""
    with store.transaction():
        last = store.row(
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
    """Drops the payloads of ``temp.going``, some at a time, dependent ones first."""

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
#: Those that are not used now; another process may have stored the same bytes since the plan.
_FREE = """
    SELECT id, length(frame) FROM payloads WHERE id IN (SELECT value FROM json_each(:asked))
    AND NOT EXISTS (SELECT 1 FROM payloads AS later WHERE later.base = payloads.id)
    AND NOT EXISTS (SELECT 1 FROM snapshots
                    WHERE payload = payloads.id AND observed_at >= :payloads)
    AND NOT EXISTS (SELECT 1 FROM fetches
                    WHERE payload = payloads.id AND (
                        started_at >= :payloads OR outcome = 'refused' AND snapshot IS NULL))"""


def _plan(reader: Reader, limits: Limits) -> Pruning:
    """Fill ``temp.dropped`` with fetches to drop and ``temp.held`` with payloads to keep."""
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
    (wanted,) = reader.row("SELECT count(*) FROM temp.held")
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
    payloads, size = reader.row(
        "SELECT count(*), coalesce(sum(length(frame)), 0) FROM payloads"
        " WHERE id NOT IN (SELECT id FROM temp.held)"
    )
    (unprovable,) = reader.row(
        "SELECT count(*) FROM snapshots WHERE payload NOT IN (SELECT id FROM temp.held)"
    )
    (fetches,) = reader.row("SELECT count(*) FROM temp.dropped")
    (held,) = reader.row("SELECT count(*) FROM temp.held")
    return Pruning(fetches, payloads, size, unprovable, held - wanted)
