"""What sparse snapshots of a chart speak of, to say why a question has no answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from tracker.model import Chart, iso
from tracker.store.reading import Reader

_OF = "chart = (SELECT id FROM charts WHERE slug = ?1) AND source = ?2 AND scope = 'sparse'"


def sparse_apps(
    reader: Reader,
    chart: Chart,
    source: str,
    since: datetime | None = None,
    until: datetime | None = None,
    app_ids: Sequence[str] | None = None,
) -> dict[str, int]:
    """In how many sparse snapshots each app is, by app id, the most frequent first.

    From SINCE to UNTIL, both included; of APP_IDS only, where they are given. Empty where CHART
    has no sparse snapshot from SOURCE then.
    """
    sql = f"""SELECT store_id, count(*) AS many FROM snapshots
              JOIN entries ON entries.snapshot = snapshots.id JOIN apps ON apps.id = entries.app
              WHERE {_OF} AND observed_at BETWEEN ?3 AND ?4
              AND (?5 IS NULL OR store_id IN (SELECT value FROM json_each(?5)))
              GROUP BY store_id ORDER BY many DESC, store_id"""  # noqa: S608 - constants only
    window = iso(since) if since else "0000", iso(until) if until else "9999"
    asked = None if app_ids is None else json.dumps(app_ids)
    return dict(reader._rows(sql, chart.slug, source, *window, asked))


def has_sparse(reader: Reader, chart: Chart, source: str | None = None) -> bool:
    """Whether CHART has a sparse snapshot, from SOURCE where it is named."""
    sql = """SELECT 1 FROM snapshots JOIN charts ON charts.id = chart
             WHERE slug = ? AND ? IN ('', source) AND scope = 'sparse' LIMIT 1"""
    return reader._row(sql, chart.slug, source or "") is not None
