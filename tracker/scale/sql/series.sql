-- The snapshots of some charts with the ranks of the apps asked for; a snapshot without any of them is one row without
-- a rank. What `stats` and `wave` compute from. snapshots(chart, source, t, depth, provenance, scope),
-- entries(chart, source, t, r, app_id), apps(id, place).
SELECT s.chart AS chart, s.source AS source, s.t AS t, s.depth AS depth, s.provenance AS provenance,
       s.scope AS scope, e.r AS r, e.app_id AS app_id
FROM snapshots s LEFT JOIN (
    SELECT chart, source, t, r, app_id FROM entries WHERE app_id IN (SELECT id FROM apps)
) e ON e.t = s.t AND e.chart = s.chart AND e.source = s.source
ORDER BY chart, source, t, r
