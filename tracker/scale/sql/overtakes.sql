-- Every overtake of every two of the apps asked for, on every chart at once: the definition of docs/definitions.md.
-- One text for DuckDB and Spark. An engine is asked for a small known ledger first, because some differ: where lead()
-- ends in 0 instead of NULL, the last lead of every pair is lost.
--
-- snapshots(chart, source, place, t, depth, provenance): those that count; `place` numbers the charts in the order of
-- the answer, one source each; `t` is in seconds since 1970. entries(chart, source, t, r, app_id). apps(id, place).
-- :confirm is a whole number.
--
-- `snapshot` is a number that is unique over all charts: a join on chart, source and time, as it stands, is taken
-- apart by the optimizers into one on the chart alone, and explodes. An app without a rank has 1000000 in comparisons.
WITH numbers AS (
    SELECT chart, source, t, depth, provenance,
           ROW_NUMBER() OVER (ORDER BY place, t) AS snapshot, place AS timeline
    FROM snapshots
), spaced AS (
    SELECT chart, source, t, depth, provenance, snapshot, timeline,
           LEAD(t) OVER (PARTITION BY timeline ORDER BY snapshot) - t AS seconds
    FROM numbers
), ordered AS (
    SELECT timeline, seconds, ROW_NUMBER() OVER (PARTITION BY timeline ORDER BY seconds) AS place,
           COUNT(*) OVER (PARTITION BY timeline) AS total
    FROM spaced WHERE seconds IS NOT NULL
), normal AS (
    SELECT timeline, 3 * seconds AS longest_twice
    FROM ordered WHERE 4 * place <= 3 * total AND 4 * (place + 1) > 3 * total
), numbered AS (
    SELECT s.chart AS chart, s.source AS source, s.t AS t, s.depth AS depth,
           s.provenance AS provenance, s.snapshot AS snapshot, s.timeline AS timeline,
           COALESCE(SUM(CASE WHEN 2 * s.seconds > COALESCE(n.longest_twice, 0) THEN 1 ELSE 0 END) OVER (
               PARTITION BY s.timeline ORDER BY s.snapshot
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS gaps
    FROM spaced s LEFT JOIN normal n ON n.timeline = s.timeline
), ours AS (
    SELECT e.chart AS chart, e.source AS source, e.t AS t, a.place AS app, e.r AS r
    FROM entries e JOIN apps a ON a.id = e.app_id
), seen AS (
    SELECT n.timeline AS timeline, n.snapshot AS snapshot, o.app AS app, o.r AS r
    FROM ours o JOIN numbered n ON n.t = o.t AND n.chart = o.chart AND n.source = o.source
), present AS (
    SELECT DISTINCT timeline, app FROM seen
), grid AS (
    SELECT n.timeline AS timeline, n.snapshot AS snapshot, p.app AS app
    FROM numbered n JOIN present p ON p.timeline = n.timeline
), cells AS (
    SELECT g.timeline AS timeline, g.snapshot AS snapshot, g.app AS app, COALESCE(s.r, 1000000) AS r,
           LAG(COALESCE(s.r, 1000000)) OVER (PARTITION BY g.timeline, g.app ORDER BY g.snapshot) AS was
    FROM grid g LEFT JOIN seen s ON s.snapshot = g.snapshot AND s.app = g.app
), changes AS (
    SELECT x.timeline AS timeline, x.app AS a, y.app AS b, x.snapshot AS snapshot,
           SIGN(x.r - y.r) AS ahead, x.r AS a_r, y.r AS b_r, x.was AS a_was, y.was AS b_was
    FROM cells x JOIN cells y ON y.snapshot = x.snapshot
    WHERE x.app < y.app AND (x.was IS NULL OR SIGN(x.r - y.r) <> SIGN(x.was - y.was))
), ends AS (
    SELECT timeline, MAX(snapshot) AS final FROM numbered GROUP BY timeline
), runs AS (
    SELECT c.timeline AS timeline, c.a AS a, c.b AS b, c.ahead AS ahead,
           c.snapshot AS first_snapshot, c.a_r AS a_r, c.b_r AS b_r,
           COALESCE(LEAD(c.snapshot) OVER (PARTITION BY c.timeline, c.a, c.b ORDER BY c.snapshot) - 1,
                    e.final) AS last_snapshot,
           LEAD(c.a_was) OVER (PARTITION BY c.timeline, c.a, c.b ORDER BY c.snapshot) AS a_last,
           LEAD(c.b_was) OVER (PARTITION BY c.timeline, c.a, c.b ORDER BY c.snapshot) AS b_last
    FROM changes c JOIN ends e ON e.timeline = c.timeline
), led AS (
    SELECT timeline, a, b, ahead, first_snapshot, a_r, b_r,
           LAG(ahead) OVER (PARTITION BY timeline, a, b ORDER BY first_snapshot) AS before_ahead,
           LAG(last_snapshot) OVER (PARTITION BY timeline, a, b ORDER BY first_snapshot) AS before_snapshot,
           LAG(a_last) OVER (PARTITION BY timeline, a, b ORDER BY first_snapshot) AS a_before,
           LAG(b_last) OVER (PARTITION BY timeline, a, b ORDER BY first_snapshot) AS b_before,
           COALESCE(SUM(last_snapshot - first_snapshot + 1) OVER (
               PARTITION BY timeline, a, b ORDER BY first_snapshot
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS counted,
           SUM(last_snapshot - first_snapshot + 1) OVER (PARTITION BY timeline, a, b) AS all_counted,
           MAX(last_snapshot) OVER (PARTITION BY timeline, a, b) AS final_snapshot
    FROM runs WHERE ahead <> 0
), turns AS (
    SELECT timeline, a, b, ahead, first_snapshot, a_r, b_r, before_snapshot, a_before, b_before,
           COALESCE(LEAD(counted) OVER (PARTITION BY timeline, a, b ORDER BY first_snapshot),
                    all_counted) - counted AS determined,
           COALESCE(LEAD(before_snapshot) OVER (PARTITION BY timeline, a, b ORDER BY first_snapshot),
                    final_snapshot) AS held_snapshot,
           LEAD(first_snapshot) OVER (PARTITION BY timeline, a, b ORDER BY first_snapshot) AS next_snapshot
    FROM led WHERE before_ahead IS NULL OR before_ahead <> ahead
), sides AS (
    SELECT n.chart AS chart, n.source AS source, n.timeline AS timeline,
           CASE WHEN t.ahead < 0 THEN t.a ELSE t.b END AS winner,
           CASE WHEN t.ahead < 0 THEN t.b ELSE t.a END AS loser,
           NULLIF(CASE WHEN t.ahead < 0 THEN t.a_before ELSE t.b_before END, 1000000) AS w_before,
           NULLIF(CASE WHEN t.ahead < 0 THEN t.a_r ELSE t.b_r END, 1000000) AS w_after,
           NULLIF(CASE WHEN t.ahead < 0 THEN t.b_before ELSE t.a_before END, 1000000) AS l_before,
           NULLIF(CASE WHEN t.ahead < 0 THEN t.b_r ELSE t.a_r END, 1000000) AS l_after,
           t.determined AS determined, t.next_snapshot AS next_snapshot,
           o.t AS after_t, n.t AS by_t, h.t - n.t AS held, n.gaps > o.gaps AS gap,
           o.depth AS depth_before, n.depth AS depth_after,
           o.provenance AS provenance_before, n.provenance AS provenance_after
    FROM turns t
    JOIN numbered o ON o.snapshot = t.before_snapshot
    JOIN numbered n ON n.snapshot = t.first_snapshot
    JOIN numbered h ON h.snapshot = t.held_snapshot
)
SELECT s.chart AS chart, s.source AS source, w.id AS winner_id, l.id AS loser_id,
       s.after_t AS after_t, s.by_t AS by_t,
       CASE WHEN s.w_before IS NULL AND s.depth_before >= s.w_after THEN
                CASE WHEN s.l_after IS NULL AND s.depth_after >= s.l_before
                     THEN 'exchange' ELSE 'entry' END
            WHEN s.l_after IS NULL AND s.depth_after >= s.l_before THEN 'exit'
            ELSE 'pass' END AS kind,
       CASE WHEN s.determined >= :confirm THEN 'confirmed' WHEN s.next_snapshot IS NOT NULL THEN 'flip'
            ELSE 'pending' END AS status,
       s.gap AS gap, s.w_before AS winner_rank_before, s.w_after AS winner_rank_after,
       s.l_before AS loser_rank_before, s.l_after AS loser_rank_after, s.held AS held_seconds,
       s.depth_before AS depth_before, s.depth_after AS depth_after,
       s.provenance_before AS provenance_before, s.provenance_after AS provenance_after
FROM sides s JOIN apps w ON w.place = s.winner JOIN apps l ON l.place = s.loser
ORDER BY s.timeline, s.by_t, s.after_t, LEAST(w.place, l.place), GREATEST(w.place, l.place)
