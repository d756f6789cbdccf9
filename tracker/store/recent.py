"""Point questions on the newest looks at one chart by one source, each answered from an index.

Only whole snapshots count here.
"""

from __future__ import annotations

from datetime import datetime

from tracker.model import Chart, Provenance, iso, parse_time
from tracker.store.reading import Reader

_OF = "chart = (SELECT id FROM charts WHERE slug = ?1) AND source = ?2"
_WHOLE = f"{_OF} AND scope = 'whole'"
_OWN = f"scope = 'whole' AND provenance IN ('{Provenance.RECORDED}', '{Provenance.RECONSTRUCTED}')"


def nth_look_back(
    reader: Reader, chart: Chart, source: str, until: datetime, looks: int
) -> datetime | None:
    """When the LOOKS-th newest snapshot by UNTIL was; None where there are fewer."""
    sql = f"""SELECT observed_at FROM snapshots WHERE {_WHOLE} AND observed_at <= ?3
              ORDER BY observed_at DESC LIMIT 1 OFFSET ?4"""  # noqa: S608 - constants only
    row = reader._row(sql, chart.slug, source, iso(until), looks - 1)
    return parse_time(row[0]) if row else None


def firsts(
    reader: Reader, chart: Chart, source: str, since: datetime | None, until: datetime | None
) -> list[str]:
    """The ids of the apps at rank 1 in the snapshots from SINCE to UNTIL, each once."""
    sql = f"""SELECT DISTINCT store_id FROM snapshots
              JOIN entries ON snapshot = snapshots.id AND rank = 1 JOIN apps ON apps.id = app
              WHERE {_WHOLE} AND observed_at BETWEEN ?3 AND ?4"""  # noqa: S608 - constants only
    first, last = iso(since) if since else "0000", iso(until) if until else "9999"
    return [app_id for (app_id,) in reader._rows(sql, chart.slug, source, first, last)]


def best_rank(
    reader: Reader, chart: Chart, source: str, app_id: str, before: datetime
) -> int | None:
    """The smallest rank of an app BEFORE a time; None for never ranked. Reads all its ranks."""
    sql = f"""SELECT min(rank) FROM entries JOIN snapshots ON snapshots.id = snapshot
              WHERE app = (SELECT id FROM apps WHERE store_id = ?3) AND {_WHOLE}
              AND observed_at < ?4"""  # noqa: S608 - constants only
    rank = reader._row(sql, chart.slug, source, app_id, iso(before))[0]
    return None if rank is None else int(rank)


def last_success(
    reader: Reader, chart: Chart, source: str, until: datetime | None = None
) -> tuple[datetime, int] | None:
    """When this program's own newest snapshot (by UNTIL) was, and how deep; None for never."""
    sql = f"""SELECT observed_at, depth FROM snapshots WHERE {_OF} AND {_OWN}
              AND observed_at <= ?3 ORDER BY observed_at DESC LIMIT 1"""  # noqa: S608 - constants only
    row = reader._row(sql, chart.slug, source, iso(until) if until else "9999")
    return (parse_time(row[0]), row[1]) if row else None


def is_own(reader: Reader, chart: Chart, source: str, at: datetime) -> bool:
    """Whether the snapshot AT a time was this program's own, and came from no file."""
    sql = f"SELECT 1 FROM snapshots WHERE {_OF} AND {_OWN} AND observed_at = ?3"  # noqa: S608 - constants only
    return reader._row(sql, chart.slug, source, iso(at)) is not None


def first_attempt(reader: Reader, chart: Chart, source: str) -> datetime | None:
    """When the chart was first asked for; None for never."""
    sql = f"SELECT min(started_at) FROM fetches WHERE {_OF}"  # noqa: S608 - constants only
    time = reader._row(sql, chart.slug, source)[0]
    return parse_time(time) if time else None
