"""What a database has, at a glance: its charts, the names in it, one payload, one app's ranks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tracker.model import Chart, Provenance, parse_time
from tracker.store.places import PLACES
from tracker.store.reading import Reader

_NEWEST = f"""{PLACES},
    newest (chart, source, snapshot) AS (
        SELECT chart, source,
               (SELECT id FROM snapshots AS one
                WHERE one.chart = places.chart AND one.source = places.source AND scope = 'whole'
                ORDER BY observed_at DESC LIMIT 1)
        FROM places WHERE source NOTNULL
    )"""  # noqa: S608 - constants only
#: Days before the newest snapshot in which snapshots are counted.
COUNTED = 30


@dataclass(frozen=True, slots=True)
class Observed:
    """A chart from one source: its first and its last whole snapshot, and what the last one is.

    ``snapshots`` counts those of the ``COUNTED`` days up to the last.
    """

    chart: Chart
    source: str
    snapshots: int
    first: datetime
    last: datetime
    provenance: Provenance
    depth: int


def observed(reader: Reader) -> list[Observed]:
    """Every chart and source with a whole snapshot, by the chart's name."""
    rows = reader.rows(
        f"""{_NEWEST}
        SELECT slug, newest.source,
               (SELECT count(*) FROM snapshots AS one
                WHERE one.chart = newest.chart AND one.source = newest.source
                AND one.observed_at > strftime('%Y-%m-%dT%H:%M:%SZ', last.observed_at,
                                               '-{COUNTED} days')),
               (SELECT min(observed_at) FROM snapshots AS one
                WHERE one.chart = newest.chart AND one.source = newest.source),
               last.observed_at, last.provenance, last.depth
        FROM newest JOIN snapshots AS last ON last.id = newest.snapshot
        JOIN charts ON charts.id = newest.chart ORDER BY slug, newest.source"""  # noqa: S608 - constants only
    )
    return [
        Observed(
            Chart.parse(slug), source, many, parse_time(first), parse_time(last),
            Provenance(provenance), depth,
        )
        for slug, source, many, first, last, provenance, depth in rows
    ]  # fmt: skip


def every_name(reader: Reader) -> Iterator[tuple[str, str]]:
    """The id and the name of each app, and each name that it ever had."""
    return (
        (app_id, name)
        for app_id, name in reader.rows(
            """SELECT store_id, name FROM apps WHERE name NOTNULL
               UNION SELECT store_id, names.name FROM names JOIN apps ON apps.id = names.app"""
        )
    )


def payload_by(reader: Reader, sha256: str) -> tuple[bytes, str] | None:
    """The response with that SHA-256, checked, and the source it came from; None without one."""
    rows = reader.rows(
        """SELECT payloads.id, coalesce(
                  (SELECT source FROM fetches WHERE payload = payloads.id LIMIT 1),
                  (SELECT source FROM snapshots WHERE payload = payloads.id LIMIT 1), '')
           FROM payloads WHERE sha256 = ?""",
        sha256,
    )
    return (reader.body(rows[0][0]), rows[0][1]) if rows else None


def newest_ranks(reader: Reader, app_id: str) -> dict[tuple[str, str], int]:
    """The rank of an app in the newest whole snapshot of each chart and source that has it."""
    rows = reader.rows(
        f"""{_NEWEST}
        SELECT slug, newest.source, rank
        FROM newest CROSS JOIN apps ON store_id = ?
        JOIN entries ON entries.app = apps.id AND entries.snapshot = newest.snapshot
        JOIN charts ON charts.id = newest.chart""",  # noqa: S608 - constants only
        app_id,
    )
    return {(slug, source): rank for slug, source, rank in rows}
