-- Which of the apps were ranked in the snapshots that count, chart by chart. snapshots(chart, source, t, ...),
-- entries(chart, source, t, r, app_id), apps(id, place).
SELECT DISTINCT s.chart AS chart, e.app_id AS app_id
FROM entries e JOIN apps a ON a.id = e.app_id
JOIN snapshots s ON s.t = e.t AND s.chart = e.chart AND s.source = e.source
