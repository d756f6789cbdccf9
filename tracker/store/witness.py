"""What is kept of one snapshot: which row it is, and where its bytes came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracker.model import Chart, iso, parse_time
from tracker.store.reading import Reader


@dataclass(frozen=True, slots=True)
class Receipt:
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
    rows = reader._rows(
        """SELECT snapshots.id FROM snapshots JOIN charts ON charts.id = chart
           WHERE slug = ? AND source = ? AND observed_at = ?""",
        chart.slug,
        source,
        iso(time),
    )
    return int(rows[0][0]) if rows else None


def was_pruned(reader: Reader, snapshot: int) -> bool:
    """Whether a snapshot by its row id was fetched, and so had a payload, and has none any more."""
    rows = reader._rows(
        """SELECT 1 FROM snapshots JOIN fetches ON fetches.snapshot = snapshots.id
           WHERE snapshots.id = ? AND snapshots.payload IS NULL
           AND provenance IN ('recorded', 'reconstructed')
           AND outcome IN ('saved', 'unchanged') LIMIT 1""",
        snapshot,
    )
    return bool(rows)


def receipt_of(reader: Reader, snapshot: int) -> Receipt | None:
    """The receipt of a snapshot by its row id; None where no payload is kept."""
    rows = reader._rows(
        """SELECT sha256, size, url, started_at, status
           FROM snapshots JOIN payloads ON payloads.id = snapshots.payload
           LEFT JOIN fetches ON fetches.snapshot = snapshots.id
           WHERE snapshots.id = ? ORDER BY fetches.id LIMIT 1""",
        snapshot,
    )
    if not rows:
        return None
    sha256, size, url, fetched_at, status = rows[0]
    return Receipt(sha256, size, url, parse_time(fetched_at) if fetched_at else None, status)
