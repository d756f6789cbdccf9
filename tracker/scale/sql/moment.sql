-- A chart at :at: its newest snapshot by then from each source, those of :window seconds before, the next one, and of
-- each app listed there the newest snapshot before that has it: whether it is new on the chart, or back. What `top` and
-- `standings` compute from. snapshots(chart, source, t, depth, provenance, scope), of which those with `counts` are of
-- the provenances asked for; entries(chart, source, t, r, app_id).
WITH counted AS (
    SELECT source, t, scope FROM snapshots WHERE counts = 1
), newest AS (
    SELECT source, MAX(t) AS t FROM counted WHERE scope = 'whole' AND t <= :at GROUP BY source
), recent AS (
    SELECT s.source AS source, s.t AS t FROM snapshots s JOIN newest n ON n.source = s.source
    WHERE s.t BETWEEN n.t - :window AND n.t
), listed AS (
    SELECT DISTINCT e.source AS source, e.app_id AS app_id
    FROM entries e JOIN recent r ON r.t = e.t AND r.source = e.source
), older AS (
    SELECT e.source AS source, MAX(e.t) AS t
    FROM entries e JOIN listed l ON l.app_id = e.app_id AND l.source = e.source
    JOIN counted c ON c.t = e.t AND c.source = e.source
    JOIN newest n ON n.source = e.source
    WHERE e.t < n.t - :window GROUP BY e.source, e.app_id
), wanted AS (
    SELECT source, t FROM recent UNION SELECT source, t FROM older
    UNION SELECT source, MIN(t) AS t FROM counted WHERE t > :at GROUP BY source
    UNION SELECT source, MAX(t) AS t FROM snapshots GROUP BY source
)
SELECT s.chart AS chart, s.source AS source, s.t AS t, s.depth AS depth, s.provenance AS provenance,
       s.scope AS scope, e.r AS r, e.app_id AS app_id
FROM snapshots s JOIN wanted w ON w.t = s.t AND w.source = s.source
LEFT JOIN entries e ON e.t = s.t AND e.source = s.source
ORDER BY chart, source, t, r
