"""Answers that were refused and kept: asked for, and turned into the snapshots they always were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.errors import StoreError
from tracker.model import Chart, Outcome, Payload, Provenance, Snapshot, parse_time
from tracker.store.charts import readable
from tracker.store.reading import Reader
from tracker.store.witness import snapshot_at
from tracker.store.writing import Store


@dataclass(frozen=True, slots=True)
class Waiting:
    """A refused fetch by its row id, and where it stands; its payload is read one at a time."""

    number: int
    chart: Chart
    source: str
    url: str
    arrived_at: datetime
    payload: int


def waiting(reader: Reader, chart: Chart | None = None, source: str | None = None) -> list[Waiting]:
    """The refused fetches whose payload is kept, of CHART and SOURCE where named, oldest first."""
    sql = """SELECT fetches.id, slug, source, url, started_at, seconds, payload
             FROM fetches JOIN charts ON charts.id = chart
             WHERE outcome = 'refused' AND snapshot IS NULL AND payload NOTNULL
             AND ? IN ('', slug) AND ? IN ('', source) ORDER BY started_at, fetches.id"""
    return [
        Waiting(number, known, source, url, _arrived(started_at, seconds), payload)
        for number, slug, source, url, started_at, seconds, payload in reader._rows(
            sql, chart.slug if chart else "", source or ""
        )
        if (known := readable(slug))
    ]


def _arrived(started_at: str, seconds: float) -> datetime:
    """When the bytes had come, to a second: the start is kept in whole seconds, cut, not rounded.

    Half a second is what the cut took away on average, so this is the likeliest second.
    """
    whole = parse_time(started_at) + timedelta(seconds=seconds + 0.5)
    return whole.replace(microsecond=0)


def payload_kept(reader: Reader, one: Waiting) -> Payload:
    """The payload of a refused fetch as it came, for its parser."""
    return Payload(one.chart, one.source, one.url, one.arrived_at, reader.body(one.payload))


def provenance_of(reader: Reader, one: Waiting) -> Provenance:
    """That of the chart's other fetched snapshots: what a play brought is no recording."""
    rows = reader._rows(
        """SELECT provenance FROM snapshots JOIN charts ON charts.id = chart
           WHERE slug = ? AND source = ? AND snapshots.id IN (
               SELECT snapshot FROM fetches WHERE snapshot NOTNULL)
           ORDER BY observed_at DESC LIMIT 1""",
        one.chart.slug,
        one.source,
    )
    return Provenance(rows[0][0]) if rows else Provenance.RECORDED


def release(store: Store, one: Waiting, snapshot: Snapshot, payload: Payload) -> bool:
    """Store the snapshot of a refused fetch and call the fetch saved, in one transaction.

    The line that said why it was refused stays with it. False where another process was quicker.
    Raises ``Conflict`` where other ranks are stored for that instant; then nothing changes.
    """
    with store.transaction():
        outcome = store.save(snapshot, payload=payload)
        number = snapshot_at(store, snapshot.chart, snapshot.source, snapshot.observed_at)
        if number is None:
            raise StoreError(f"{store.path}: the snapshot just stored is not there")
        changed = store.db.execute(
            "UPDATE fetches SET outcome = ?, snapshot = ?, error = 'first refused: ' || error"
            " WHERE id = ? AND outcome = ? AND snapshot IS NULL",
            [outcome, number, one.number, Outcome.REFUSED],
        )
    return bool(changed.rowcount)


def call_empty(store: Store, one: Waiting, why: str) -> None:
    """Note that a refused fetch was the answer of a chart that the store calls empty."""
    with store.transaction():
        store.db.execute(
            "UPDATE fetches SET outcome = ?, error = ? WHERE id = ? AND outcome = ?",
            [Outcome.EMPTY, why, one.number, Outcome.REFUSED],
        )
