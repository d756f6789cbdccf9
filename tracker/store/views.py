"""Queries of the views that tell whole snapshots from sparse ones."""

from __future__ import annotations

#: {0} and {1} are what more is asked of the second and of the first snapshot.
CROSS_CHECKS = """
        SELECT charts.slug AS chart, first.source, first.observed_at,
               second.source AS other_source, second.observed_at AS other_observed_at,
               min(first.depth, second.depth) AS compared,
               (SELECT count(*)
                FROM entries AS here
                JOIN entries AS there ON there.snapshot = second.id AND there.app = here.app
                WHERE here.snapshot = first.id AND here.rank <= min(first.depth, second.depth)
                  AND there.rank <= min(first.depth, second.depth)) AS shared,
               (SELECT count(*)
                FROM entries AS here
                JOIN entries AS there ON there.snapshot = second.id AND there.app = here.app
                JOIN entries AS below ON below.snapshot = first.id AND below.rank > here.rank
                     AND below.rank <= min(first.depth, second.depth)
                JOIN entries AS under ON under.snapshot = second.id AND under.app = below.app
                WHERE here.snapshot = first.id AND here.rank < min(first.depth, second.depth)
                  AND under.rank > there.rank AND under.rank <= min(first.depth, second.depth)
               ) AS pairs_in_order,
               first.id AS snapshot, second.id AS other_snapshot
        FROM (SELECT id, chart, source, observed_at, depth,
                     (SELECT id
                      FROM (SELECT near.id, abs(julianday(near.observed_at)
                                                - julianday(snapshots.observed_at)) AS away
                            FROM snapshots AS near
                            WHERE near.chart = snapshots.chart AND near.source = 'web-charts'{0}
                              AND near.observed_at >= strftime(
                                  '%Y-%m-%dT%H:%M:%SZ', snapshots.observed_at, '-30 minutes')
                              AND near.observed_at <= strftime(
                                  '%Y-%m-%dT%H:%M:%SZ', snapshots.observed_at, '+30 minutes')
                            ORDER BY away LIMIT 1)) AS nearest
              FROM snapshots WHERE source <> 'web-charts'{1}) AS first
        JOIN charts ON charts.id = first.chart
        JOIN snapshots AS second ON second.id = first.nearest
        """
OBSERVATIONS = """
        SELECT snapshots.observed_at, charts.slug AS chart, snapshots.source, entries.rank,
               apps.store_id AS app_id, apps.name, snapshots.depth, snapshots.provenance,
               entries.snapshot, snapshots.scope
        FROM entries
        JOIN snapshots ON snapshots.id = entries.snapshot
        JOIN charts ON charts.id = snapshots.chart
        JOIN apps ON apps.id = entries.app
        """
LATEST = """
        SELECT charts.slug AS chart, snapshots.source, snapshots.observed_at, entries.rank,
               apps.store_id AS app_id, apps.name, snapshots.depth, snapshots.provenance,
               snapshots.id AS snapshot
        FROM (SELECT chart, source, max(observed_at) AS observed_at
              FROM snapshots WHERE scope = 'whole' GROUP BY chart, source) AS newest
        JOIN snapshots USING (chart, source, observed_at)
        JOIN charts ON charts.id = snapshots.chart
        JOIN entries ON entries.snapshot = snapshots.id
        JOIN apps ON apps.id = entries.app
        """
