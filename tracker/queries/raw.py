"""Series and whole charts as flat rows, one for each observation: what ``apptrack export`` writes.

A row's ``state`` is ``ranked``, with a rank, or ``unranked``, not among the ``depth`` entries of
the snapshot. A time without a snapshot has no row. ``gap_before``: a gap lies between the snapshot
before and this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tracker.analysis.coverage import whole_spacings
from tracker.model import Scope, Series, Snapshot, Timeline, iso

COLUMNS = (
    "observed_at", "published_at", "chart", "source", "provenance", "scope", "depth", "app_id",
    "name", "state", "rank", "gap_before",
)  # fmt: skip

#: The columns of a row, by name.
Row = dict[str, str | int | bool | None]


def gaps_before(timeline: Timeline) -> list[bool]:
    """For each snapshot whether a gap lies before it; the first has none."""
    return [False, *(not whole for whole in whole_spacings(timeline))] if timeline.times else []


def series_rows(
    each: Sequence[Series], published: Mapping[datetime, datetime], *, ranked: bool = False
) -> Iterator[Row]:
    """The observations of apps on one timeline: app by app, by time. RANKED: no unranked ones."""
    line = each[0].timeline
    gaps = gaps_before(line)
    for series in each:
        for seen, gap in zip(series, gaps, strict=True):
            if seen.rank is None and ranked:
                continue
            at = published.get(seen.observed_at)
            yield {
                "observed_at": iso(seen.observed_at),
                "published_at": iso(at) if at else None,
                "chart": line.chart.slug,
                "source": line.source,
                "provenance": seen.provenance.value,
                "scope": (Scope.SPARSE if seen.depth is None else Scope.WHOLE).value,
                "depth": seen.depth,
                "app_id": series.app.app_id,
                "name": series.app.name,
                "state": "unranked" if seen.rank is None else "ranked",
                "rank": seen.rank,
                "gap_before": gap,
            }


def entry_rows(snapshot: Snapshot, gap_before: bool) -> Iterator[Row]:
    """The entries of a whole snapshot, by rank."""
    at = snapshot.published_at
    for entry in snapshot.entries:
        yield {
            "observed_at": iso(snapshot.observed_at),
            "published_at": iso(at) if at else None,
            "chart": snapshot.chart.slug,
            "source": snapshot.source,
            "provenance": snapshot.provenance.value,
            "scope": snapshot.scope.value,
            "depth": snapshot.depth,
            "app_id": entry.app_id,
            "name": entry.name,
            "state": "ranked",
            "rank": entry.rank,
            "gap_before": gap_before,
        }
