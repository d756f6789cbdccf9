"""Which snapshots there are about a time: to say why there is no answer, or which app is meant."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tracker.model import Chart, Provenance, iso, parse_time
from tracker.store.reading import Reader

_OF = """
    FROM snapshots WHERE chart = (SELECT id FROM charts WHERE slug = ?1)
    AND (?2 IS NULL OR source = ?2) AND provenance IN (SELECT value FROM json_each(?3))"""


@dataclass(frozen=True, slots=True)
class Nearest:
    """When the last snapshot before a time is, and the first after it; None without one.

    ``any``: whether there is a snapshot at all.
    """

    before: datetime | None
    after: datetime | None
    any: bool


def nearest(
    reader: Reader,
    charts: Iterable[Chart],
    source: str | None,
    provenances: Iterable[Provenance],
    since: datetime | None,
    until: datetime | None,
) -> Nearest:
    """The snapshots of CHARTS before SINCE and after UNTIL, from SOURCE where it is named."""
    kinds, first, last, there = json.dumps(list(provenances)), None, None, False
    for chart in charts:
        place = (chart.slug, source, kinds)
        there = there or bool(reader._rows(f"SELECT 1 {_OF} LIMIT 1", *place))
        before = reader._rows(
            f"SELECT max(observed_at) {_OF} AND observed_at < ?4",
            *place,
            iso(since) if since else "",
        )[0][0]
        after = reader._rows(
            f"SELECT min(observed_at) {_OF} AND observed_at > ?4",
            *place,
            iso(until) if until else "~",
        )[0][0]
        first = max(filter(None, (first, before)), default=None)
        last = min(filter(None, (last, after)), default=None)
    return Nearest(parse_time(first) if first else None, parse_time(last) if last else None, there)


def ranked_between(
    reader: Reader,
    app_id: str,
    charts: Iterable[Chart],
    since: datetime | None,
    until: datetime | None,
) -> tuple[datetime, datetime] | None:
    """When an app was first and last ranked on CHARTS from SINCE to UNTIL; None for never."""
    rows = reader._rows(
        """SELECT min(observed_at), max(observed_at)
           FROM apps CROSS JOIN entries ON entries.app = apps.id
           JOIN snapshots ON snapshots.id = entries.snapshot
           JOIN charts ON charts.id = snapshots.chart
           WHERE store_id = ? AND slug IN (SELECT value FROM json_each(?))
           AND observed_at BETWEEN ? AND ?""",
        app_id,
        json.dumps([chart.slug for chart in charts]),
        iso(since) if since else "",
        iso(until) if until else "~",
    )
    first, last = rows[0]
    return (parse_time(first), parse_time(last)) if first else None
