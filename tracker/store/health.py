"""Queries of ``status``: when each chart was observed, what failed, how large the file is.

Only snapshots that this program fetched itself count here: a file imported today does not show
that the daemon runs. Each query is answered from an index, chart by chart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tracker.model import Chart, Outcome, Provenance, Timeline, iso
from tracker.store.reading import Reader, readable
from tracker.store.stored import stored_outcome, stored_provenance, stored_time

_OWN = f"scope = 'whole' AND provenance IN ('{Provenance.RECORDED}', '{Provenance.RECONSTRUCTED}')"
#: The first parameter of each question.
_CHART = "chart = (SELECT id FROM charts WHERE slug = ?1)"


@dataclass(frozen=True, slots=True)
class OwnSnapshots:
    """The snapshots of one chart by one source, by time, and three columns beside them.

    ``published`` is what the feed said of itself; ``repeats`` whether the ranks are those of the
    snapshot before, False for the first; ``served`` the HTTP Date of the response.
    """

    timeline: Timeline
    published: tuple[datetime | None, ...]
    repeats: tuple[bool, ...]
    served: tuple[datetime | None, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One fetch: when, its outcome, its error."""

    at: datetime
    outcome: Outcome
    error: str | None


@dataclass(frozen=True, slots=True)
class Failures:
    """How many attempts failed in one way, and the latest of them: when, and its line."""

    kind: str
    times: int
    last: Attempt


def recorded_charts(reader: Reader) -> list[tuple[Chart, str, datetime]]:
    """Every chart and source with a snapshot of this program's own, and the newest one's time."""
    charts = (
        (chart, source, _newest(reader, chart, source)) for chart, source in _observed(reader)
    )
    return [(chart, source, newest) for chart, source, newest in charts if newest]


def foreign_charts(reader: Reader) -> list[tuple[Chart, str, datetime, Provenance]]:
    """Every chart and source whose snapshots are all from elsewhere: the newest, and where from."""
    sql = f"""SELECT observed_at, provenance FROM snapshots WHERE {_CHART} AND source = ?2
              ORDER BY observed_at DESC LIMIT 1"""  # noqa: S608 - constants only
    charts = []
    for chart, source in _observed(reader):
        if _newest(reader, chart, source) is None:
            time, provenance = reader.row(sql, chart.slug, source)
            charts.append((chart, source, stored_time(time), stored_provenance(provenance)))
    return charts


def _observed(reader: Reader) -> Iterator[tuple[Chart, str]]:
    """Every chart and source with a snapshot."""
    for number, slug in reader.rows("SELECT id, slug FROM charts ORDER BY slug"):
        source = ""
        # From one source to the next in the index; DISTINCT would read every snapshot.
        while source := reader.row(
            "SELECT min(source) FROM snapshots WHERE chart = ? AND source > ?", number, source
        )[0]:
            if chart := readable(slug):
                yield chart, source


def _newest(reader: Reader, chart: Chart, source: str) -> datetime | None:
    row = reader.row(
        f"SELECT observed_at FROM snapshots WHERE {_CHART} AND source = ? AND {_OWN}"  # noqa: S608 - constants only
        " ORDER BY observed_at DESC LIMIT 1",
        chart.slug,
        source,
    )
    return stored_time(row[0]) if row else None


def own_snapshots(
    reader: Reader, chart: Chart, source: str, since: datetime | None = None
) -> OwnSnapshots:
    """The snapshots from the last one before SINCE on; all of them without SINCE."""
    # Two snapshots differ by the first rank that does, and most do so within the first few.
    sql = f"""
        WITH mine AS (
            SELECT id, observed_at, published_at, depth, provenance, payload,
                   lag(id) OVER by_time AS id_before, lag(depth) OVER by_time AS depth_before,
                   lag(payload) OVER by_time AS payload_before
            FROM snapshots
            WHERE {_CHART} AND source = ?2 AND {_OWN}
              AND observed_at >= coalesce((
                  SELECT max(observed_at) FROM snapshots
                  WHERE {_CHART} AND source = ?2 AND {_OWN} AND observed_at < ?3), '')
            WINDOW by_time AS (ORDER BY observed_at)
        )
        SELECT observed_at, published_at, depth, provenance,
               CASE WHEN id_before IS NULL OR depth <> depth_before THEN 0
                    WHEN payload = payload_before THEN 1
                    ELSE NOT EXISTS (
                        SELECT 1 FROM entries AS now JOIN entries AS before
                        ON before.snapshot = id_before AND before.rank = now.rank
                        WHERE now.snapshot = mine.id AND now.app <> before.app)
               END,
               (SELECT max(served_at) FROM fetches WHERE snapshot = mine.id)
        FROM mine ORDER BY observed_at"""  # noqa: S608 - constants only
    rows = reader.rows(sql, chart.slug, source, iso(since) if since else "")
    line = Timeline(
        chart,
        source,
        tuple(stored_time(row[0]) for row in rows),
        tuple(row[2] for row in rows),
        tuple(stored_provenance(row[3]) for row in rows),
    )
    published, served = (
        tuple(stored_time(row[column]) if row[column] else None for row in rows)
        for column in (1, 5)
    )
    return OwnSnapshots(line, published, tuple(bool(row[4]) for row in rows), served)


def last_attempt(reader: Reader, chart: Chart, source: str) -> Attempt | None:
    """The newest fetch of CHART from SOURCE; None where there is none.

    An interrupted one says nothing of the source: it is returned only where there is no other.
    """
    for which in ("<>", "="):
        row = reader.row(
            f"SELECT started_at, outcome, error FROM fetches WHERE {_CHART} AND source = ?"  # noqa: S608 - constants only
            f" AND outcome {which} '{Outcome.INTERRUPTED}'"
            " ORDER BY started_at DESC, id DESC LIMIT 1",
            chart.slug,
            source,
        )
        if row:
            return Attempt(stored_time(row[0]), stored_outcome(row[1]), row[2])
    return None


def failures(reader: Reader, chart: Chart, source: str, since: datetime) -> list[Failures]:
    """The failed attempts since then, by kind, the most frequent first.

    A kind is ``refused``, ``HTTP 503``, or the error line.
    """
    sql = f"""
        SELECT CASE WHEN outcome = 'refused' THEN 'refused'
                    WHEN status <> 200 THEN 'HTTP ' || status
                    ELSE coalesce(error, outcome) END AS kind,
               count(*) AS times, max(started_at), outcome, error
        FROM fetches WHERE {_CHART} AND source = ? AND started_at >= ?
        AND outcome IN ('failed', 'refused', 'retried')
        GROUP BY kind ORDER BY times DESC, kind"""  # noqa: S608 - constants only
    return [
        Failures(kind, times, Attempt(stored_time(last), stored_outcome(outcome), error))
        for kind, times, last, outcome, error in reader.rows(sql, chart.slug, source, iso(since))
    ]


def unparsed(reader: Reader, chart: Chart, source: str, since: datetime) -> int:
    """How many refused payloads since then may still become snapshots by ``reparse``."""
    sql = f"""SELECT count(*) FROM fetches WHERE {_CHART} AND source = ? AND started_at >= ?
              AND outcome = 'refused' AND payload NOTNULL AND snapshot IS NULL"""  # noqa: S608 - constants only
    return int(reader.row(sql, chart.slug, source, iso(since))[0])


def file_bytes(path: Path) -> int:
    """The size of the database on disk, its write-ahead log included."""
    beside = (path.with_name(path.name + ending) for ending in ("", "-wal"))
    return sum(file.stat().st_size for file in beside if file.exists())


def last_success(
    reader: Reader, chart: Chart, source: str, until: datetime | None = None
) -> tuple[datetime, int] | None:
    """Time and depth of this program's own newest snapshot (by UNTIL); None for never."""
    sql = f"""SELECT observed_at, depth FROM snapshots WHERE {_CHART} AND source = ?2 AND {_OWN}
              AND observed_at <= ?3 ORDER BY observed_at DESC LIMIT 1"""  # noqa: S608 - constants only
    row = reader.row(sql, chart.slug, source, iso(until) if until else "9999")
    return (stored_time(row[0]), row[1]) if row else None


def is_own(reader: Reader, chart: Chart, source: str, at: datetime) -> bool:
    """Whether the snapshot AT a time was fetched by this program, not imported."""
    sql = f"SELECT 1 FROM snapshots WHERE {_CHART} AND source = ?2 AND {_OWN} AND observed_at = ?3"  # noqa: S608 - constants only
    return reader.row(sql, chart.slug, source, iso(at)) is not None


def first_attempt(reader: Reader, chart: Chart, source: str) -> datetime | None:
    """When the chart was first fetched; None for never."""
    sql = f"SELECT min(started_at) FROM fetches WHERE {_CHART} AND source = ?2"  # noqa: S608 - constants only
    time = reader.row(sql, chart.slug, source)[0]
    return stored_time(time) if time else None
