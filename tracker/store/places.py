"""Each chart and source that has a snapshot, for views and questions about all of them."""

from __future__ import annotations

#: From one name to the next: GROUP BY would walk all snapshots. The last of a chart is NULL.
PLACES = """
        WITH RECURSIVE places (chart, source) AS (
            SELECT id, (SELECT min(source) FROM snapshots WHERE chart = charts.id) FROM charts
            UNION ALL
            SELECT chart, (SELECT min(source) FROM snapshots AS later
                           WHERE later.chart = places.chart AND later.source > places.source)
            FROM places WHERE source NOTNULL
        )"""
