"""A database of one chart, without payloads, for those who want to show the raw data elsewhere."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from tracker.model import Chart
from tracker.store.writing import Store

_COPY = (
    "INSERT INTO charts SELECT * FROM whole.charts WHERE slug = ?",
    """INSERT INTO snapshots
       (id, chart, source, observed_at, published_at, depth, provenance, scope)
       SELECT id, chart, source, observed_at, published_at, depth, provenance, scope
       FROM whole.snapshots WHERE chart IN (SELECT id FROM charts)""",
    """INSERT INTO apps SELECT * FROM whole.apps WHERE id IN (
           SELECT app FROM whole.entries WHERE snapshot IN (SELECT id FROM snapshots))""",
    """INSERT INTO entries SELECT snapshot, rank, app FROM whole.entries
       WHERE snapshot IN (SELECT id FROM snapshots)""",
    """INSERT INTO names SELECT * FROM whole.names
       WHERE app IN (SELECT id FROM apps)""",
)


def excerpt(origin: Path, copy: Path, chart: Chart) -> None:
    """Write the snapshots, entries, apps and names of CHART to a new database COPY."""
    Store(copy).close()
    with closing(sqlite3.connect(f"file:{quote(str(copy))}", uri=True)) as connection:
        connection.execute("ATTACH ? AS whole", (f"file:{quote(str(origin))}?mode=ro",))
        connection.execute("PRAGMA foreign_keys = OFF")
        with connection:
            for number, statement in enumerate(_COPY):
                connection.execute(statement, (chart.slug,) if number == 0 else ())
            # When the file was made is no part of the data: the same data give the same bytes.
            connection.execute("UPDATE _sqlite_migrations SET applied_at = '1970-01-01'")
        connection.execute("DETACH whole")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("VACUUM")
