"""The database in partitions, one for each chart and month: what an export to Parquet writes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from tracker.model import Chart
from tracker.store.reading import Reader

#: In the order of the table, which is several times as fast as that of its index.
_STAMPS = """
    SELECT slug, substr(observed_at, 1, 7) AS month, count(*) = count(checksum),
           group_concat(snapshots.id || ' ' || checksum || ' ' || coalesce(payload, ''))
    FROM snapshots NOT INDEXED JOIN charts ON charts.id = chart GROUP BY chart, month"""
_SNAPSHOTS = """
    SELECT snapshots.id, source, observed_at, published_at, depth, provenance, scope, sha256
    FROM snapshots JOIN charts ON charts.id = chart LEFT JOIN payloads ON payloads.id = payload
    WHERE slug = ? AND observed_at BETWEEN ? AND ? ORDER BY observed_at, source"""
_ENTRIES = """
    SELECT key, rank, app FROM json_each(?) CROSS JOIN entries ON entries.snapshot = value
    ORDER BY key, rank"""


class StoredSnapshot(NamedTuple):
    """A row of ``snapshots``, times as stored; ``sha256`` is the payload's, None without one."""

    number: int
    source: str
    observed_at: str
    published_at: str | None
    depth: int
    provenance: str
    scope: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Partition:
    """The snapshots of one chart in one month of UTC (``2026-01``), by time."""

    chart: Chart
    month: str
    rows: tuple[tuple[Any, ...], ...]

    @property
    def snapshots(self) -> list[StoredSnapshot]:
        """The rows by name."""
        return list(map(StoredSnapshot._make, self.rows))


def stamps(reader: Reader) -> dict[str, dict[str, str | None]]:
    """The stamp of each month of each chart, by slug, then by month in order.

    A stamp changes with every snapshot that is added or removed, with its response, and with
    everything that its checksum covers, ranks included. It is None where a checksum is missing,
    because another program changed a row: then only the rows say whether anything changed.
    """
    stamps: dict[str, dict[str, str | None]] = {}
    for slug, month, whole, text in sorted(reader.rows(_STAMPS)):
        stamp = hashlib.sha256(text.encode()).hexdigest() if whole else None
        stamps.setdefault(slug, {})[month] = stamp
    return stamps


def partition(reader: Reader, chart: Chart, month: str) -> Partition:
    """The snapshots of CHART in MONTH."""
    return Partition(chart, month, tuple(reader.rows(_SNAPSHOTS, chart.slug, month, f"{month}~")))


def entries_of(reader: Reader, partition: Partition) -> list[tuple[int, int, int]]:
    """The entries of a partition: the place of the snapshot in it, the rank, the app's row id."""
    return reader.rows(_ENTRIES, json.dumps([row[0] for row in partition.rows]))


def app_ids(reader: Reader) -> dict[int, str]:
    """The app id of every app, by row id."""
    return dict(reader.rows("SELECT id, store_id FROM apps"))


def made_at(reader: Reader) -> str:
    """When this database was made, to the microsecond: the same in its copies, in no other one."""
    sql = "SELECT min(applied_at) FROM _sqlite_migrations WHERE migration_set = 'apptrack'"
    return str(reader.row(sql)[0])


def app_rows(
    reader: Reader,
) -> list[tuple[str | None, ...]]:
    """Every app: store, app id, name, developer, storefront and time of the name, by app id."""
    sql = """SELECT store, store_id, name, developer, storefront, named_at FROM apps
             ORDER BY store, store_id"""
    return reader.rows(sql)


def name_rows(reader: Reader) -> list[tuple[str | None, ...]]:
    """Every name: app id, storefront, name, developer, first and last observed."""
    sql = """SELECT store_id, names.storefront, names.name, names.developer, first_at, last_at
             FROM names JOIN apps ON apps.id = app
             ORDER BY store_id, names.storefront, first_at, names.name, names.developer"""
    return reader.rows(sql)
