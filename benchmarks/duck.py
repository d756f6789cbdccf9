"""``python -m benchmarks.duck PARQUET APP_ID…``: the ledger of every two apps, by DuckDB, as CSV.

The opponent of ``apptrack overtakes --all --csv``. It has the ranks of one chart as Parquet, in
order of time, and the question as SQL that was written to be fast: two apps are joined snapshot by
snapshot, with the snapshot before beside each, so that only snapshots that changed something
go on to the window functions. Over every snapshot, those took four times as long.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

#: As many as the program's own process may use on the machine of the kept run.
THREADS = 2

#: A snapshot in which an app is unranked counts as this rank, in comparisons only.
_QUESTION = """
WITH spaced AS (
    SELECT observed_at, any_value(depth) AS depth, row_number() OVER (ORDER BY observed_at) AS look,
           epoch(lead(observed_at) OVER (ORDER BY observed_at)) - epoch(observed_at) AS seconds
    FROM read_parquet($file) GROUP BY observed_at
), normal AS (
    SELECT 1.5 * CASE WHEN count(seconds) < 2 THEN 0
           ELSE list_sort(list(seconds))[3 * count(seconds) // 4] END AS longest
    FROM spaced WHERE seconds IS NOT NULL
), looks AS (
    SELECT observed_at, depth, look,
           coalesce(sum((seconds > longest)::INT) OVER (
               ORDER BY look ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS gaps
    FROM spaced, normal
), seen AS (
    SELECT app_id, look, rank FROM read_parquet($file) JOIN looks USING (observed_at)
    WHERE app_id IN (SELECT unnest($apps))
), apps AS (
    SELECT app_id, row_number() OVER (ORDER BY list_position($apps, app_id)) AS app
    FROM (SELECT DISTINCT app_id FROM seen)
), cells AS (
    SELECT app, look, coalesce(rank, 1000000) AS rank,
           lag(coalesce(rank, 1000000)) OVER (PARTITION BY app ORDER BY look) AS was
    FROM (SELECT app, app_id, look FROM apps CROSS JOIN looks) LEFT JOIN seen USING (app_id, look)
), changes AS (
    SELECT a.app AS a, b.app AS b, look, sign(a.rank - b.rank) AS lead,
           a.rank AS a_rank, b.rank AS b_rank, a.was AS a_was, b.was AS b_was
    FROM cells AS a JOIN cells AS b USING (look)
    WHERE a.app < b.app AND sign(a.rank - b.rank) IS DISTINCT FROM sign(a.was - b.was)
), runs AS (
    SELECT a, b, lead, look AS first, a_rank, b_rank,
           coalesce(lead(look) OVER pair - 1, (SELECT max(look) FROM looks)) AS last,
           lead(a_was) OVER pair AS a_last, lead(b_was) OVER pair AS b_last
    FROM changes WINDOW pair AS (PARTITION BY a, b ORDER BY look)
), marked AS (
    SELECT *, lead IS DISTINCT FROM lag(lead) OVER (PARTITION BY a, b ORDER BY first) AS fresh
    FROM runs WHERE lead <> 0
), numbered AS (
    SELECT *, count(*) FILTER (fresh) OVER (PARTITION BY a, b ORDER BY first) AS number FROM marked
), leads AS (
    SELECT a, b, number, any_value(lead) AS lead, min(first) AS first, max(last) AS last,
           sum(last - first + 1) AS determined,
           arg_min(a_rank, first) AS a_rank, arg_min(b_rank, first) AS b_rank,
           arg_max(a_last, last) AS a_last, arg_max(b_last, last) AS b_last
    FROM numbered GROUP BY a, b, number
), turns AS (
    SELECT if(lead < 0, a, b) AS winner, if(lead < 0, b, a) AS loser, first, last, determined,
           lag(last) OVER pair AS before, lead(first) OVER pair IS NOT NULL AS ended,
           nullif(lag(a_last) OVER pair, 1000000) AS a_before,
           nullif(lag(b_last) OVER pair, 1000000) AS b_before,
           nullif(a_rank, 1000000) AS a_after, nullif(b_rank, 1000000) AS b_after, lead < 0 AS a_won
    FROM leads WINDOW pair AS (PARTITION BY a, b ORDER BY number)
), told AS (
    SELECT winner, loser, old.observed_at AS old_at, new.observed_at AS new_at, determined, ended,
           if(a_won, a_before, b_before) AS winner_rank_before,
           if(a_won, a_after, b_after) AS winner_rank_after,
           if(a_won, b_before, a_before) AS loser_rank_before,
           if(a_won, b_after, a_after) AS loser_rank_after,
           winner_rank_before IS NULL AND old.depth >= winner_rank_after AS entered,
           loser_rank_after IS NULL AND new.depth >= loser_rank_before AS gone,
           new.gaps > old.gaps AS gap,
           (epoch(held.observed_at) - epoch(new.observed_at))::BIGINT AS held_seconds
    FROM turns JOIN looks AS old ON old.look = before JOIN looks AS new ON new.look = first
    JOIN looks AS held ON held.look = last
)
SELECT w.app_id AS winner_id, l.app_id AS loser_id,
       strftime(old_at, '%Y-%m-%dT%H:%M:%SZ') AS "after",
       strftime(new_at, '%Y-%m-%dT%H:%M:%SZ') AS "by",
       CASE WHEN entered AND gone THEN 'exchange' WHEN entered THEN 'entry' WHEN gone THEN 'exit'
            ELSE 'pass' END AS kind,
       CASE WHEN determined >= 2 THEN 'confirmed' WHEN ended THEN 'flip' ELSE 'pending' END
            AS status,
       gap, winner_rank_before, winner_rank_after, loser_rank_before, loser_rank_after, held_seconds
FROM told JOIN apps AS w ON w.app = winner JOIN apps AS l ON l.app = loser
ORDER BY new_at, old_at, winner, loser
"""


def opened() -> duckdb.DuckDBPyConnection:
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = {THREADS}")
    return connection


def pack(rows: Path, parquet: Path) -> None:
    """Make of ROWS, a CSV of ``observations``, a Parquet file in order of time and rank."""
    with opened() as connection:
        connection.execute(
            f"""COPY (SELECT * FROM read_csv($rows, types = {{'app_id': 'VARCHAR'}})
                ORDER BY observed_at, rank) TO '{parquet}' (FORMAT parquet)""",
            {"rows": str(rows)},
        )


def ledger(
    connection: duckdb.DuckDBPyConnection, parquet: Path, app_ids: Sequence[str]
) -> list[tuple[object, ...]]:
    """Every overtake of every two apps, by time, as ``overtakes --csv`` has them."""
    facts = {"file": str(parquet), "apps": list(app_ids)}
    return connection.execute(_QUESTION, facts).fetchall()


def print_ledger(parquet: Path, app_ids: Sequence[str]) -> None:
    with opened() as connection:
        facts = {"file": str(parquet), "apps": list(app_ids)}
        connection.execute(f"COPY ({_QUESTION}) TO '/dev/stdout' (FORMAT csv)", facts)


if __name__ == "__main__":
    print_ledger(Path(sys.argv[1]), sys.argv[2:])
