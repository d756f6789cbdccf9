"""Questions about a moment. Each walks an index from where it must to where it may stop, so that no
answer costs more because a chart has been observed for years.

Row ids say nothing of time, for files are imported late; only ``observed_at`` orders snapshots.
Whole snapshots count; of a place that names an app those sparse ones as well that speak of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.model import App, Chart, Provenance, Series, Timeline, iso, parse_time
from tracker.store.charts import readable
from tracker.store.reading import Reader

#: An app with fewer entries than this is searched for among its entries, any other among the
#: chart's snapshots, newest first. Either way stops early for all but an app that is often seen
#: on other charts and never on this one.
FEW = 1000

#: From one name to the next; DISTINCT would walk every snapshot of the chart.
_SOURCES = """
    WITH RECURSIVE
    place (chart) AS (SELECT id FROM charts WHERE slug = ?1),
    named (source) AS (
        SELECT (SELECT min(source) FROM snapshots WHERE chart = (SELECT chart FROM place))
        UNION ALL
        SELECT (SELECT min(source) FROM snapshots
                WHERE chart = (SELECT chart FROM place) AND source > named.source)
        FROM named WHERE named.source NOTNULL
    ) SELECT source FROM named WHERE source NOTNULL"""
_OBSERVED = """
    SELECT slug FROM charts WHERE EXISTS (SELECT 1 FROM snapshots WHERE chart = charts.id)
    ORDER BY slug"""
_CHART = "chart = (SELECT id FROM charts WHERE slug = ?1) AND source = ?2"
_KINDS = "provenance IN (SELECT value FROM json_each(?3))"
#: The scope is asked again, so that a whole snapshot costs no search among the entries.
_SPEAKS = """
    (scope = 'whole' OR scope = 'sparse' AND EXISTS (
        SELECT 1 FROM entries INDEXED BY entries_app
        WHERE app IN (SELECT id FROM apps WHERE store_id = ?4) AND snapshot = snapshots.id))"""
_LOOK = "SELECT id, observed_at, CASE scope WHEN 'whole' THEN depth END, provenance FROM snapshots"
_LOOKS = f"""
    {_LOOK}
    WHERE {_CHART} AND {_KINDS} AND observed_at BETWEEN ?5 AND ?6 AND {_SPEAKS}
    ORDER BY observed_at"""
_NEWEST = f"{_LOOKS} DESC LIMIT 1"
_NEXT = f"""
    {_LOOK}
    WHERE {_CHART} AND {_KINDS} AND observed_at > ?5 AND {_SPEAKS}
    ORDER BY observed_at LIMIT 1"""
_RANKS = """
    SELECT store_id, snapshot, rank FROM apps CROSS JOIN entries ON entries.app = apps.id
    WHERE store_id IN (SELECT value FROM json_each(?1))
    AND snapshot IN (SELECT value FROM json_each(?2))"""
_MANY = """
    SELECT count(*) FROM (
        SELECT 1 FROM entries WHERE app IN (SELECT id FROM apps WHERE store_id = ?1) LIMIT ?2
    )"""
_LAST_OF_FEW = f"""
    SELECT max(observed_at) FROM entries CROSS JOIN snapshots ON snapshots.id = entries.snapshot
    WHERE app IN (SELECT id FROM apps WHERE store_id = ?6) AND {_CHART} AND {_KINDS}
    AND observed_at <= ?5"""  # noqa: S608 - constants only
# CASE, because a snapshot's row is read for its provenance only where its entries have the app:
# the index tells the rest.
_LAST_OF_MANY = f"""
    SELECT observed_at FROM snapshots
    WHERE {_CHART} AND observed_at <= ?5 AND CASE
        WHEN EXISTS (
            SELECT 1 FROM entries INDEXED BY entries_app
            WHERE app IN (SELECT id FROM apps WHERE store_id = ?6) AND snapshot = snapshots.id
        ) THEN {_KINDS}
    END
    ORDER BY observed_at DESC LIMIT 1"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Place:
    """Where is looked: a chart as one source tells it, and the provenances that count.

    ``app_id`` names the app whose sparse snapshots count too.
    """

    chart: Chart
    source: str
    provenances: tuple[Provenance, ...] = tuple(Provenance)
    app_id: str | None = None

    @property
    def _named(self) -> tuple[str, str, str, str | None]:
        return self.chart.slug, self.source, json.dumps(self.provenances), self.app_id


@dataclass(frozen=True, slots=True)
class Look:
    """A snapshot without its entries; ``number`` is its row id.

    ``depth`` is None where it has ranks of some apps only.
    """

    number: int
    observed_at: datetime
    depth: int | None
    provenance: Provenance


def _looks(rows: Iterable[tuple[int, str, int | None, str]]) -> list[Look]:
    return [
        Look(number, parse_time(time), depth, Provenance(provenance))
        for number, time, depth, provenance in rows
    ]


def observed_charts(reader: Reader) -> list[Chart]:
    """Every chart with a snapshot, by slug."""
    return [chart for (slug,) in reader._rows(_OBSERVED) if (chart := readable(slug))]


def sources_at(reader: Reader, chart: Chart) -> list[str]:
    """The sources with snapshots of CHART, whole or sparse, by name."""
    return [source for (source,) in reader._rows(_SOURCES, chart.slug)]


def sources_with(reader: Reader, chart: Chart, app_id: str | None = None) -> list[str]:
    """Those with a whole snapshot of CHART, or a sparse one that speaks of the app, by name."""
    return [
        source
        for source in sources_at(reader, chart)
        if newest_look(reader, Place(chart, source, app_id=app_id), None, None)
    ]


def newest_look(
    reader: Reader, place: Place, since: datetime | None, until: datetime | None
) -> Look | None:
    """The newest snapshot from SINCE to UNTIL, both included; None where there was no data."""
    first, last = iso(since) if since else "0000", iso(until) if until else "9999"
    found = _looks(reader._rows(_NEWEST, *place._named, first, last))
    return found[0] if found else None


def next_look(reader: Reader, place: Place, after: datetime) -> Look | None:
    """The first snapshot later than AFTER; None where there is none yet."""
    found = _looks(reader._rows(_NEXT, *place._named, iso(after)))
    return found[0] if found else None


def looks(reader: Reader, place: Place, since: datetime, until: datetime) -> list[Look]:
    """The snapshots from SINCE to UNTIL, both included, by time."""
    return _looks(reader._rows(_LOOKS, *place._named, iso(since), iso(until)))


def ranks_in(
    reader: Reader, snapshots: Iterable[Look], apps: Iterable[App]
) -> dict[tuple[str, int], int]:
    """The rank of each app id in each snapshot, by row id; absent where it is not in it."""
    ids = json.dumps([app.app_id for app in apps])
    rows = reader._rows(_RANKS, ids, json.dumps([look.number for look in snapshots]))
    return {(app_id, number): rank for app_id, number, rank in rows}


def series_in(
    reader: Reader, place: Place, snapshots: Sequence[Look], apps: Sequence[App]
) -> list[Series]:
    """One series for each of APPS over SNAPSHOTS of PLACE, which are in order of time.

    A sparse one speaks of all of them.
    """
    return series_from(place, snapshots, apps, ranks_in(reader, snapshots, apps))


def pairs_in(
    reader: Reader, place: Place, snapshots: Sequence[Look], app: App, others: Iterable[App]
) -> list[tuple[Series, Series]]:
    """APP beside each of OTHERS, over those of SNAPSHOTS that speak of both; none without one."""
    others = list(others)
    ranks = ranks_in(reader, snapshots, [app, *others])
    pairs = []
    for other in others:
        both = [
            look
            for look in snapshots
            if look.depth is not None
            or {(app.app_id, look.number), (other.app_id, look.number)} <= ranks.keys()
        ]
        if both:
            first, second = series_from(place, both, [app, other], ranks)
            pairs.append((first, second))
    return pairs


def series_from(
    place: Place,
    snapshots: Sequence[Look],
    apps: Sequence[App],
    ranks: Mapping[tuple[str, int], int],
) -> list[Series]:
    """One series for each of APPS over SNAPSHOTS, of RANKS by app id and row id."""
    line = timeline_of(place, snapshots)
    return [
        Series(line, app, tuple(ranks.get((app.app_id, look.number)) for look in snapshots))
        for app in apps
    ]


def timeline_of(place: Place, snapshots: Sequence[Look]) -> Timeline:
    """When PLACE was observed, and how deep."""
    return Timeline(
        place.chart,
        place.source,
        tuple(look.observed_at for look in snapshots),
        tuple(look.depth for look in snapshots),
        tuple(look.provenance for look in snapshots),
    )


def last_ranked(
    reader: Reader, place: Place, app: App, until: datetime, few: int = FEW
) -> datetime | None:
    """When an app was last ranked, up to UNTIL, in a sparse snapshot too; None for never.

    FEW decides which way is searched, not what is found.
    """
    many = reader._rows(_MANY, app.app_id, few)[0][0] == few
    sql = _LAST_OF_MANY if many else _LAST_OF_FEW
    rows = reader._rows(sql, *place._named, iso(until), app.app_id)
    return parse_time(rows[0][0]) if rows and rows[0][0] else None
