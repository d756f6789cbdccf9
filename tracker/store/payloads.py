"""The payloads of snapshots, and refused payloads that may become snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.errors import StoreError
from tracker.model import Chart, Outcome, Payload, Provenance, Snapshot, iso
from tracker.store.captures import released
from tracker.store.reading import COPY_ADDRESS, Reader, readable
from tracker.store.stored import stored_provenance, stored_time
from tracker.store.writing import Store


@dataclass(frozen=True, slots=True)
class StoredPayload:
    """A payload that a snapshot was parsed from, and the fetch that brought it.

    SHA256 in hex, SIZE in bytes. ``url``, ``fetched_at`` and ``status`` are None where the payload
    was imported, for nothing was fetched.
    """

    sha256: str
    size: int
    url: str | None
    fetched_at: datetime | None
    status: int | None


def snapshot_at(reader: Reader, chart: Chart, source: str, time: datetime) -> int | None:
    """The row id of the snapshot of CHART from SOURCE at that instant; None if there is none."""
    rows = reader.rows(
        """SELECT snapshots.id FROM snapshots JOIN charts ON charts.id = chart
           WHERE slug = ? AND source = ? AND observed_at = ?""",
        chart.slug,
        source,
        iso(time),
    )
    return int(rows[0][0]) if rows else None


def was_pruned(reader: Reader, snapshot: int) -> bool:
    """Whether a snapshot by its row id was fetched, and so had a payload, and has none any more."""
    rows = reader.rows(
        """SELECT 1 FROM snapshots JOIN fetches ON fetches.snapshot = snapshots.id
           WHERE snapshots.id = ? AND snapshots.payload IS NULL
           AND provenance IN ('recorded', 'archived', 'reconstructed')
           AND outcome IN ('saved', 'unchanged') LIMIT 1""",
        snapshot,
    )
    return bool(rows)


def stored_payload_of(reader: Reader, snapshot: int) -> StoredPayload | None:
    """The payload of a snapshot by its row id; None where none is stored."""
    rows = reader.rows(
        f"""SELECT sha256, size, coalesce(url, {COPY_ADDRESS}), started_at, status
           FROM snapshots JOIN payloads ON payloads.id = snapshots.payload
           LEFT JOIN fetches ON fetches.snapshot = snapshots.id
           WHERE snapshots.id = ? ORDER BY started_at, url LIMIT 1""",  # noqa: S608 - constants only
        snapshot,
    )
    if not rows:
        return None
    sha256, size, url, fetched_at, status = rows[0]
    return StoredPayload(sha256, size, url, stored_time(fetched_at) if fetched_at else None, status)


@dataclass(frozen=True, slots=True)
class RefusedFetch:
    """A refused fetch by its row id; ``payload`` is the row id of its payload."""

    number: int
    chart: Chart
    source: str
    url: str
    arrived_at: datetime
    payload: int


def refused_fetches(
    reader: Reader, chart: Chart | None = None, source: str | None = None
) -> list[RefusedFetch]:
    """The refused fetches with a stored payload, of CHART and SOURCE where named, oldest first."""
    sql = """SELECT fetches.id, slug, source, url, started_at, seconds, payload
             FROM fetches JOIN charts ON charts.id = chart
             WHERE outcome = 'refused' AND snapshot IS NULL AND payload NOTNULL
             AND ? IN ('', slug) AND ? IN ('', source) ORDER BY started_at, fetches.id"""
    return [
        RefusedFetch(number, known, source, url, _arrived(started_at, seconds), payload)
        for number, slug, source, url, started_at, seconds, payload in reader.rows(
            sql, chart.slug if chart else "", source or ""
        )
        if (known := readable(slug))
    ]


def _arrived(started_at: str, seconds: float) -> datetime:
    """When the response was complete, to a second: starts are stored rounded down.

    Half a second is what the cut took away on average, so this is the likeliest second.
    """
    whole = stored_time(started_at) + timedelta(seconds=seconds + 0.5)
    return whole.replace(microsecond=0)


def payload_of_refused(reader: Reader, refused_fetch: RefusedFetch) -> Payload:
    """The payload of a refused fetch, for its parser."""
    return Payload(
        refused_fetch.chart,
        refused_fetch.source,
        refused_fetch.url,
        refused_fetch.arrived_at,
        reader.body(refused_fetch.payload),
    )


def provenance_of(reader: Reader, refused_fetch: RefusedFetch) -> Provenance:
    """The provenance of the chart's other fetched snapshots, as a demo's are not recordings."""
    rows = reader.rows(
        """SELECT provenance FROM snapshots JOIN charts ON charts.id = chart
           WHERE slug = ? AND source = ? AND snapshots.id IN (
               SELECT snapshot FROM fetches WHERE snapshot NOTNULL)
           ORDER BY observed_at DESC LIMIT 1""",
        refused_fetch.chart.slug,
        refused_fetch.source,
    )
    if rows:
        return stored_provenance(rows[0][0])
    archived = refused_fetch.source.startswith("archived-")
    return Provenance.ARCHIVED if archived else Provenance.RECORDED


def store_refused(
    store: Store, refused: RefusedFetch, snapshot: Snapshot, payload: Payload
) -> bool:
    """Store the snapshot of a refused fetch and call the fetch saved, in one transaction.

    The line that said why it was refused stays with it. False where another process was quicker.
    Raises ``Conflict`` where other ranks are stored for that instant; then nothing changes.
    """
    with store.transaction():
        outcome = store.save(snapshot, payload=payload)
        number = snapshot_at(store, snapshot.chart, snapshot.source, snapshot.observed_at)
        if number is None:
            raise StoreError(f"{store.path}: the snapshot just stored is not there")
        released(store, refused.url, number)
        changed = store.db.execute(
            "UPDATE fetches SET outcome = ?, snapshot = ?, error = 'first refused: ' || error"
            " WHERE id = ? AND outcome = ? AND snapshot IS NULL",
            [outcome, number, refused.number, Outcome.REFUSED],
        )
    return bool(changed.rowcount)


def mark_empty(store: Store, refused_fetch: RefusedFetch, why: str) -> None:
    """Mark a refused fetch as the answer for a chart without entries."""
    with store.transaction():
        store.db.execute(
            "UPDATE fetches SET outcome = ?, error = ? WHERE id = ? AND outcome = ?",
            [Outcome.EMPTY, why, refused_fetch.number, Outcome.REFUSED],
        )
