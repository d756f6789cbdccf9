-- The snapshots that count, by chart and time. snapshots(chart, source, place, t, depth, provenance).
SELECT chart, t, depth, provenance FROM snapshots ORDER BY place, t
