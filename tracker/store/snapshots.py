"""Queries of single snapshots by time. Each uses an index and stops early, so that none is slower
because a chart has been observed for years.

Row ids have no order in time, for files are imported late; only ``observed_at`` orders snapshots.
Whole snapshots count; where an app is named, sparse ones that have it count too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.model import App, Chart, Provenance, Series, Timeline, iso
from tracker.store.checksums import Damaged
from tracker.store.database import possible
from tracker.store.reading import Reader
from tracker.store.stored import stored_provenance, stored_time

#: An app is first searched for in the snapshots of this time, then in all before.
_LATELY = timedelta(days=31)

_CHART = "chart = (SELECT id FROM charts WHERE slug = ?1) AND source = ?2"
_WHOLE = f"{_CHART} AND scope = 'whole'"
#: What does not count is left out, so that a damaged word does not go unseen.
_KINDS = "provenance NOT IN (SELECT value FROM json_each(?3))"
#: The scope is asked again, so that a whole snapshot costs no search among the entries.
_SPEAKS = """
    (scope <> 'sparse' OR EXISTS (
        SELECT 1 FROM entries INDEXED BY entries_app
        WHERE app IN (SELECT id FROM apps WHERE store_id = ?4) AND snapshot = snapshots.id))"""
_SNAPSHOT = """
    SELECT id, observed_at, CASE scope WHEN 'whole' THEN depth END, provenance FROM snapshots"""
_BETWEEN = f"""
    {_SNAPSHOT}
    WHERE {_CHART} AND {_KINDS} AND observed_at BETWEEN ?5 AND ?6 AND {_SPEAKS}
    ORDER BY observed_at"""
_NEWEST = f"{_BETWEEN} DESC LIMIT 1"
_NEXT = f"""
    {_SNAPSHOT}
    WHERE {_CHART} AND {_KINDS} AND observed_at > ?5 AND {_SPEAKS}
    ORDER BY observed_at LIMIT 1"""
_RANKS = """
    SELECT store_id, snapshot, rank FROM apps CROSS JOIN entries ON entries.app = apps.id
    WHERE store_id IN (SELECT value FROM json_each(?1))
    AND snapshot IN (SELECT value FROM json_each(?2))"""


@dataclass(frozen=True, slots=True)
class ChartSource:
    """A chart from one source, and the provenances that count.

    ``app_id`` names the app whose sparse snapshots count too.
    """

    chart: Chart
    source: str
    provenances: tuple[Provenance, ...] = tuple(Provenance)
    app_id: str | None = None

    @property
    def parameters(self) -> tuple[str, str, str, str | None]:
        others = [provenance for provenance in Provenance if provenance not in self.provenances]
        return self.chart.slug, self.source, json.dumps(others), self.app_id


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """A snapshot without its entries; ``number`` is its row id.

    ``depth`` is None where it has ranks of some apps only.
    """

    number: int
    observed_at: datetime
    depth: int | None
    provenance: Provenance


def _snapshot_rows(
    reader: Reader, rows: Sequence[tuple[int, str, int | None, str]]
) -> list[SnapshotRow]:
    """Check ROWS, which an index led to, by the table and its checksums."""
    said = reader.contents((row[0] for row in rows), entries=False)
    with reader.checked():
        if [
            (snapshot.number, snapshot.observed_at, snapshot.depth, snapshot.provenance)
            for snapshot in said
        ] != rows:
            raise Damaged("a snapshot contradicts an index")
    with possible(reader.path):
        return [
            SnapshotRow(number, stored_time(time), depth, stored_provenance(provenance))
            for number, time, depth, provenance in rows
        ]


def sources_with(reader: Reader, chart: Chart, app_id: str | None = None) -> list[str]:
    """Those with a whole snapshot of CHART, or a sparse one that has the app, by name."""
    return [
        source
        for source in reader.sources_of(chart)
        if newest_snapshot(reader, ChartSource(chart, source, app_id=app_id), None, None)
    ]


def newest_snapshot(
    reader: Reader, place: ChartSource, since: datetime | None, until: datetime | None
) -> SnapshotRow | None:
    """The newest snapshot from SINCE to UNTIL, both included; None where there is none."""
    first, last = iso(since) if since else "", iso(until) if until else b""
    reader.check(place.chart, place.source)
    snapshots = _snapshot_rows(reader, reader.rows(_NEWEST, *place.parameters, first, last))
    return snapshots[0] if snapshots else None


def next_snapshot(reader: Reader, place: ChartSource, after: datetime) -> SnapshotRow | None:
    """The first snapshot later than AFTER; None where there is none yet."""
    reader.check(place.chart, place.source)
    snapshots = _snapshot_rows(reader, reader.rows(_NEXT, *place.parameters, iso(after)))
    return snapshots[0] if snapshots else None


def snapshots_between(
    reader: Reader, place: ChartSource, since: datetime, until: datetime
) -> list[SnapshotRow]:
    """The snapshots from SINCE to UNTIL, both included, by time."""
    reader.check(place.chart, place.source, iso(since), iso(until))
    rows = reader.rows(_BETWEEN, *place.parameters, iso(since), iso(until))
    return _snapshot_rows(reader, rows)


def ranks_in(
    reader: Reader, snapshots: Iterable[SnapshotRow], apps: Iterable[App]
) -> dict[tuple[str, int], int]:
    """The rank of each app id in each snapshot, by row id; absent where it is not in it."""
    ids, numbers = [app.app_id for app in apps], [snapshot.number for snapshot in snapshots]
    rows = reader.rows(_RANKS, json.dumps(ids), json.dumps(numbers))
    ranks = {(app_id, number): rank for app_id, number, rank in rows}
    said = {
        (app_id, content.number): content.ranks[app_id]
        for content in reader.contents(numbers)
        for app_id in ids
        if content.ranks and app_id in content.ranks
    }
    with reader.checked():
        if ranks != said:
            raise Damaged("a rank contradicts an index")
    return ranks


def series_in(
    reader: Reader, place: ChartSource, snapshots: Sequence[SnapshotRow], apps: Sequence[App]
) -> list[Series]:
    """One series for each of APPS over SNAPSHOTS of PLACE, which are in order of time.

    A sparse one has all of them.
    """
    return series_from(place, snapshots, apps, ranks_in(reader, snapshots, apps))


def pairs_in(
    reader: Reader,
    place: ChartSource,
    snapshots: Sequence[SnapshotRow],
    app: App,
    others: Iterable[App],
) -> list[tuple[Series, Series]]:
    """APP beside each of OTHERS, over those of SNAPSHOTS that cover both; none without one."""
    others = list(others)
    ranks = ranks_in(reader, snapshots, [app, *others])
    pairs = []
    for other in others:
        both = [
            snapshot
            for snapshot in snapshots
            if snapshot.depth is not None
            or {(app.app_id, snapshot.number), (other.app_id, snapshot.number)} <= ranks.keys()
        ]
        if both:
            first, second = series_from(place, both, [app, other], ranks)
            pairs.append((first, second))
    return pairs


def series_from(
    place: ChartSource,
    snapshots: Sequence[SnapshotRow],
    apps: Sequence[App],
    ranks: Mapping[tuple[str, int], int],
) -> list[Series]:
    """One series for each of APPS over SNAPSHOTS, of RANKS by app id and row id."""
    line = timeline_of(place, snapshots)
    return [
        Series(line, app, tuple(ranks.get((app.app_id, snapshot.number)) for snapshot in snapshots))
        for app in apps
    ]


def timeline_of(place: ChartSource, snapshots: Sequence[SnapshotRow]) -> Timeline:
    """The times and depths of SNAPSHOTS of PLACE."""
    return Timeline(
        place.chart,
        place.source,
        tuple(snapshot.observed_at for snapshot in snapshots),
        tuple(snapshot.depth for snapshot in snapshots),
        tuple(snapshot.provenance for snapshot in snapshots),
    )


def last_ranked(reader: Reader, place: ChartSource, app: App, until: datetime) -> datetime | None:
    """When an app was last ranked, up to UNTIL, in a sparse snapshot too; None for never.

    Read from its series, whose every rank is checked: an index that lost an entry would make a stay
    one that never was.
    """
    if not reader.has_app(app.app_id):
        return None
    lately = until - _LATELY
    for since, to in ((lately, until), (None, lately)):
        (series,) = reader.series(
            place.chart, place.source, [app], since=since, until=to, provenances=place.provenances
        )
        times = zip(series.timeline.times, series.ranks, strict=True)
        last = max((time for time, rank in times if rank is not None), default=None)
        if last:
            return last
    return None


_OF_CHART = """
    FROM snapshots WHERE chart = (SELECT id FROM charts WHERE slug = ?1)
    AND (?2 IS NULL OR source = ?2) AND provenance IN (SELECT value FROM json_each(?3))"""


@dataclass(frozen=True, slots=True)
class NearestSnapshots:
    """When the last snapshot before a time is, and the first after it; None without one.

    ``any``: whether there is a snapshot at all.
    """

    before: datetime | None
    after: datetime | None
    any: bool


def nearest_snapshots(
    reader: Reader,
    charts: Iterable[Chart],
    source: str | None,
    provenances: Iterable[Provenance],
    since: datetime | None,
    until: datetime | None,
) -> NearestSnapshots:
    """The snapshots of CHARTS before SINCE and after UNTIL, from SOURCE where it is named."""
    kinds, first, last, there = json.dumps(list(provenances)), None, None, False
    for chart in charts:
        place = (chart.slug, source, kinds)
        there = there or bool(reader.rows(f"SELECT 1 {_OF_CHART} LIMIT 1", *place))
        before = reader.rows(
            f"SELECT max(observed_at) {_OF_CHART} AND observed_at < ?4",
            *place,
            iso(since) if since else "",
        )[0][0]
        after = reader.rows(
            f"SELECT min(observed_at) {_OF_CHART} AND observed_at > ?4",
            *place,
            iso(until) if until else "~",
        )[0][0]
        first = max(filter(None, (first, before)), default=None)
        last = min(filter(None, (last, after)), default=None)
    return NearestSnapshots(
        stored_time(first) if first else None, stored_time(last) if last else None, there
    )


def ranked_between(
    reader: Reader,
    app_id: str,
    charts: Iterable[Chart],
    since: datetime | None,
    until: datetime | None,
) -> tuple[datetime, datetime] | None:
    """When an app was first and last ranked on CHARTS from SINCE to UNTIL; None for never."""
    rows = reader.rows(
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
    return (stored_time(first), stored_time(last)) if first else None


_SPARSE = "chart = (SELECT id FROM charts WHERE slug = ?1) AND source = ?2 AND scope = 'sparse'"


def sparse_apps(
    reader: Reader,
    chart: Chart,
    source: str,
    since: datetime | None = None,
    until: datetime | None = None,
    app_ids: Sequence[str] | None = None,
) -> dict[str, int]:
    """In how many sparse snapshots each app is, by app id, the most frequent first.

    From SINCE to UNTIL, both included; of APP_IDS only, where they are given. Empty where CHART
    has no sparse snapshot from SOURCE then.
    """
    sql = f"""SELECT store_id, count(*) AS many FROM snapshots
              JOIN entries ON entries.snapshot = snapshots.id JOIN apps ON apps.id = entries.app
              WHERE {_SPARSE} AND observed_at BETWEEN ?3 AND ?4
              AND (?5 IS NULL OR store_id IN (SELECT value FROM json_each(?5)))
              GROUP BY store_id ORDER BY many DESC, store_id"""  # noqa: S608 - constants only
    window = iso(since) if since else "0000", iso(until) if until else "9999"
    asked = None if app_ids is None else json.dumps(app_ids)
    return dict(reader.rows(sql, chart.slug, source, *window, asked))


def has_sparse(reader: Reader, chart: Chart, source: str | None = None) -> bool:
    """Whether CHART has a sparse snapshot, from SOURCE where it is named."""
    sql = """SELECT 1 FROM charts
             JOIN snapshots INDEXED BY snapshots_sparse ON snapshots.chart = charts.id
             WHERE slug = ? AND ? IN ('', source) AND scope = 'sparse' LIMIT 1"""
    return reader.row(sql, chart.slug, source or "") is not None


_ENTRIES = """
    SELECT rank, store_id, coalesce(name, store_id) FROM entries JOIN apps ON apps.id = entries.app
    WHERE snapshot = ? ORDER BY rank"""


def entries_of(reader: Reader, snapshot: int) -> list[tuple[int, App]]:
    """The rank and app of every entry of the snapshot with that row id, by rank."""
    reader.contents([snapshot])
    return [(rank, App(app_id, name)) for rank, app_id, name in reader.rows(_ENTRIES, snapshot)]


def stayed_before(
    reader: Reader, place: ChartSource, app_ids: Sequence[str], before: datetime
) -> set[str]:
    """Those of APP_IDS that a snapshot of PLACE older than BEFORE has."""
    until = before - timedelta(seconds=1)
    whole = reader.series(
        place.chart,
        place.source,
        [App(app_id, app_id) for app_id in app_ids],
        until=until,
        provenances=place.provenances,
        sparse=False,
    )
    stayed = {series.app.app_id for series in whole if any(series.ranks)}
    if has_sparse(reader, place.chart, place.source):
        others = set(app_ids) - stayed
        stayed |= {
            app_id for app_id in others if last_ranked(reader, place, App(app_id, app_id), until)
        }
    return stayed


def most_present(reader: Reader, line: Timeline, without: Sequence[str], most: int) -> list[App]:
    """The apps with the greatest presence in the whole snapshots of LINE, at most that many.

    Presence is the sum of 1 / rank over the snapshots an app is ranked in; of equals the smaller
    app id. WITHOUT are app ids to leave out.
    """
    if not line.times or most < 1:
        return []
    kinds = sorted(set(line.provenances))
    sql = f"""SELECT store_id, coalesce(name, store_id), total(1.0 / rank) AS presence
              FROM snapshots JOIN charts ON charts.id = snapshots.chart
              JOIN entries ON entries.snapshot = snapshots.id
              JOIN apps ON apps.id = entries.app
              WHERE slug = ? AND source = ? AND observed_at BETWEEN ? AND ? AND scope = 'whole'
              AND provenance IN ({",".join("?" * len(kinds))})
              AND store_id NOT IN ({",".join("?" * len(without))})
              GROUP BY apps.id ORDER BY presence DESC, store_id LIMIT ?"""  # noqa: S608 - constants and marks only
    span = (iso(line.times[0]), iso(line.times[-1]))
    rows = reader.rows(sql, line.chart.slug, line.source, *span, *kinds, *without, most)
    return [App(app_id, name) for app_id, name, _ in rows]


def nth_newest(
    reader: Reader, chart: Chart, source: str, until: datetime, number: int
) -> datetime | None:
    """When the NUMBER-th newest snapshot by UNTIL was; None where there are fewer."""
    sql = f"""SELECT observed_at FROM snapshots WHERE {_WHOLE} AND observed_at <= ?3
              ORDER BY observed_at DESC LIMIT 1 OFFSET ?4"""  # noqa: S608 - constants only
    row = reader.row(sql, chart.slug, source, iso(until), number - 1)
    return stored_time(row[0]) if row else None


def number_ones(
    reader: Reader, chart: Chart, source: str, since: datetime | None, until: datetime | None
) -> list[str]:
    """The ids of the apps at rank 1 in the snapshots from SINCE to UNTIL, each once."""
    sql = f"""SELECT DISTINCT store_id FROM snapshots
              JOIN entries ON snapshot = snapshots.id AND rank = 1 JOIN apps ON apps.id = app
              WHERE {_WHOLE} AND observed_at BETWEEN ?3 AND ?4"""  # noqa: S608 - constants only
    first, last = iso(since) if since else "0000", iso(until) if until else "9999"
    return [app_id for (app_id,) in reader.rows(sql, chart.slug, source, first, last)]


def best_rank(
    reader: Reader, chart: Chart, source: str, app_id: str, before: datetime
) -> int | None:
    """The smallest rank of an app BEFORE a time; None for never ranked. Reads all its ranks."""
    sql = f"""SELECT min(rank) FROM entries JOIN snapshots ON snapshots.id = snapshot
              WHERE app = (SELECT id FROM apps WHERE store_id = ?3) AND {_WHOLE}
              AND observed_at < ?4"""  # noqa: S608 - constants only
    rank = reader.row(sql, chart.slug, source, app_id, iso(before))[0]
    return None if rank is None else int(rank)
