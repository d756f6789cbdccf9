"""Which other apps stood in a chart, and how well."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.model import App, Timeline, iso
from tracker.store.reading import Reader


def company(reader: Reader, line: Timeline, without: Sequence[str], most: int) -> list[App]:
    """The apps with the greatest presence in the whole snapshots of LINE, at most that many.

    Presence is the sum of 1 / rank over the snapshots an app is ranked in; of equals the smaller
    app id. WITHOUT are app ids to leave out.
    """
    if not line.times or most < 1:
        return []
    kinds = sorted(set(line.provenances))
    sql = f"""SELECT store_id, coalesce(name, store_id), total(1.0 / rank) AS presence
              FROM snapshots JOIN charts ON charts.id = snapshots.chart
              JOIN entries ON entries.snapshot = snapshots.id
              JOIN apps ON apps.id = entries.app
              WHERE slug = ? AND source = ? AND observed_at BETWEEN ? AND ? AND scope = 'whole'
              AND provenance IN ({",".join("?" * len(kinds))})
              AND store_id NOT IN ({",".join("?" * len(without))})
              GROUP BY apps.id ORDER BY presence DESC, store_id LIMIT ?"""  # noqa: S608 - constants and marks only
    span = (iso(line.times[0]), iso(line.times[-1]))
    rows = reader._rows(sql, line.chart.slug, line.source, *span, *kinds, *without, most)
    return [App(app_id, name) for app_id, name, _ in rows]
