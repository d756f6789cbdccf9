"""A chart at an instant: the newest snapshot by then, and those a day, a week, a month before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tracker.analysis.coverage import longest_normal_spacing
from tracker.analysis.movement import MONTH, STRETCH, AsOf, Movement, movement, returned
from tracker.errors import NothingToShow
from tracker.model import App, Chart, Observation, Provenance, iso
from tracker.queries.selection import Notify, quiet, source_of
from tracker.store import Reader
from tracker.store.snapshots import (
    ChartSource,
    SnapshotRow,
    has_sparse,
    last_ranked,
    newest_snapshot,
    next_snapshot,
    series_in,
    snapshots_between,
    sources_with,
    sparse_apps,
    timeline_of,
)
from tracker.words import SINGLE_APPS


@dataclass(frozen=True, slots=True)
class Moment:
    """A chart at an instant: its snapshot, those of the spans before, those of the window.

    ``earlier`` has None for a span before which there was no data; ``window`` is the 30 days up to
    the snapshot.
    """

    place: ChartSource
    as_of: AsOf
    snapshot: SnapshotRow
    earlier: Mapping[str, SnapshotRow | None]
    window: Sequence[SnapshotRow]

    @property
    def used(self) -> list[SnapshotRow]:
        """The snapshot and those that it is compared with."""
        return [self.snapshot, *(snapshot for snapshot in self.earlier.values() if snapshot)]


def chart_source_of(
    reader: Reader,
    chart: Chart,
    source: str | None,
    provenances: Iterable[str],
    order: Sequence[str],
    app_id: str | None = None,
    notify: Notify = quiet,
) -> ChartSource:
    """CHART from one source: the one asked for, else the first in the settings' order.

    Sparse snapshots count where they have the app of APP_ID.
    """
    there = reader.sources_of(chart)
    sources = there if len(there) == 1 or source else sources_with(reader, chart, app_id)
    only = sources[0] if len(sources) == 1 else None
    chosen = source if source in there else None if source else only
    chosen = chosen or source_of(reader, chart, source, order, sources, notify)
    kinds = tuple(Provenance(provenance) for provenance in provenances)
    return ChartSource(chart, chosen, kinds or tuple(Provenance), app_id)


def moment_of(
    reader: Reader, place: ChartSource, at: datetime | None, spans: Mapping[str, timedelta]
) -> Moment:
    """PLACE at the newest snapshot by AT, or at the newest; ``NothingToShow`` where there is
    none.
    """
    snapshot = newest_snapshot(reader, place, None, at)
    if snapshot is None:
        raise NothingToShow(_not_by_then(reader, place, at))
    seen = snapshot.observed_at
    window = snapshots_between(reader, place, seen - MONTH, seen)
    following = next_snapshot(reader, place, seen) if at else None
    normal = longest_normal_spacing(timeline_of(place, window))
    earlier = {name: _look_before(reader, place, seen, span) for name, span in spans.items()}
    as_of = AsOf(at or seen, seen, following.observed_at if following else None, normal)
    return Moment(place, as_of, snapshot, earlier, window)


def _look_before(
    reader: Reader, place: ChartSource, seen: datetime, span: timedelta
) -> SnapshotRow | None:
    """The snapshot nearest to SPAN before SEEN, at most half of SPAN off; None where there is
    none.
    """
    middle = seen - span
    sooner = newest_snapshot(reader, place, seen - STRETCH * span, middle)
    later = next_snapshot(reader, place, middle)
    if later is None or later.observed_at > seen - span / 2:
        return sooner
    if sooner and middle - sooner.observed_at <= later.observed_at - middle:
        return sooner
    return later


def _not_by_then(reader: Reader, place: ChartSource, at: datetime | None) -> str:
    first = next_snapshot(reader, place, at) if at else None
    if first is None or at is None:
        if has_sparse(reader, place.chart, place.source):
            return _single_words(reader, place)
        return f"{place.chart} was not observed by that provenance"
    return (
        f"{place.chart} was not observed by {iso(at)}; "
        f"the first snapshot after it is of {iso(first.observed_at)}"
    )


def _single_words(reader: Reader, place: ChartSource) -> str:
    """That PLACE has no whole chart, and of which apps it has ranks."""
    ids = list(sparse_apps(reader, place.chart, place.source))
    names = reader.names(ids[:5])
    listed = ", ".join(names.get(app_id, app_id) for app_id in ids[:5])
    more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
    return (
        f"{place.chart} from {place.source} has {SINGLE_APPS}, of {listed}{more}: "
        "ask for one of them, as in 'apptrack stats APP'"
    )


def observed(snapshot: SnapshotRow, app: App, ranks: Mapping[tuple[str, int], int]) -> Observation:
    """The rank of APP in SNAPSHOT."""
    rank = ranks.get((app.app_id, snapshot.number))
    return Observation(snapshot.observed_at, rank, snapshot.depth, snapshot.provenance)


def moves_of(
    reader: Reader, moment: Moment, app: App, ranks: Mapping[tuple[str, int], int]
) -> dict[str, Movement | None]:
    """How APP moved over each span up to the moment."""
    now, place = moment.snapshot, moment.place

    def moved(then: SnapshotRow | None) -> Movement | None:
        def stayed_before() -> bool:
            assert then is not None
            if last_ranked(reader, place, app, then.observed_at):
                return True
            between = snapshots_between(reader, place, then.observed_at, now.observed_at)
            return returned(series_in(reader, place, between, [app])[0])

        before = observed(then, app, ranks) if then else None
        return movement(observed(now, app, ranks), before, stayed_before)

    return {name: moved(then) for name, then in moment.earlier.items()}


def moment_json(moment: Moment) -> dict[str, Any]:
    """The snapshot of the moment, as flat values."""
    view = moment.as_of
    return {
        "chart": moment.place.chart.slug,
        "source": moment.place.source,
        "at": iso(view.at),
        "observed_at": iso(view.observed_at),
        "age_seconds": int(view.age_seconds),
        "next_observed_at": iso(view.following) if view.following else None,
        "in_gap": view.in_gap,
        "after_last": view.after_last,
        "depth": moment.snapshot.depth,
        "provenance": moment.snapshot.provenance.value,
    }


def snapshot_json(then: SnapshotRow | None, now: SnapshotRow) -> dict[str, Any] | None:
    """An earlier snapshot, and how long before it was; None where there was no data."""
    if then is None:
        return None
    return {
        "observed_at": iso(then.observed_at),
        "before_seconds": int((now.observed_at - then.observed_at).total_seconds()),
        "depth": then.depth,
        "provenance": then.provenance.value,
    }


def move_json(moved: Movement | None) -> dict[str, Any] | None:
    """A movement; None where the app was ranked neither then nor now."""
    if moved is None:
        return None
    rank = moved.then.rank if moved.then else None
    return {"move": moved.move.value, "change": moved.change, "rank_before": rank}
