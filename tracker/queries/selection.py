"""Select snapshots: the source, the window, the series of the apps asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.errors import InvalidValue, NothingToShow, UnknownName
from tracker.model import App, Chart, Provenance, Series, Timeline
from tracker.queries.no_data import never_observed, not_observed_then
from tracker.store import Reader
from tracker.store.charts import snapshots_by_source
from tracker.store.snapshots import has_sparse, sparse_apps
from tracker.words import SINGLE_APPS

#: Called with a line for the person beside the answer, such as which other sources there are.
Notify = Callable[[str], None]


def quiet(line: str) -> None:
    """Ignore the message."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which snapshots of a chart count.

    ``source`` None: the first of ``order`` that has snapshots. ``provenances`` empty: all. From
    ``since`` to ``until``, both included; None: no limit. ``sparse`` snapshots count where they
    have every app asked for.
    """

    source: str | None = None
    provenances: tuple[Provenance, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    sparse: bool = True
    order: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.since and self.until and self.since >= self.until:
            raise InvalidValue("--since must be before --until")

    @property
    def kinds(self) -> tuple[Provenance, ...]:
        """The provenances that count."""
        return self.provenances or tuple(Provenance)


def source_of(
    reader: Reader,
    chart: Chart,
    wanted: str | None,
    order: Sequence[str],
    there: Sequence[str] = (),
    notify: Notify = quiet,
) -> str:
    """The one source a series comes from: the one asked for, else the first that has snapshots.

    THERE are the sources that count, by default all with a snapshot; NOTIFY gets a line that names
    the others. ``NothingToShow`` where the chart was never observed.
    """
    there = there or reader.sources_of(chart)
    if not there:
        raise NothingToShow(never_observed(reader, chart))
    if wanted:
        if wanted not in there:
            raise UnknownName(
                f"{chart} has no snapshots from '{wanted}', only from {', '.join(there)}"
            )
        return wanted
    ranked = [name for name in order if name in there]
    if not ranked:  # such as copies of an archive in several forms
        ranked = sorted(there, key=snapshots_by_source(reader, chart).__getitem__, reverse=True)
    others = [name for name in there if name != ranked[0]]
    if others:
        notify(f"series from {ranked[0]}; also there: {', '.join(others)} (choose with --source)")
    return ranked[0]


def series_of(
    reader: Reader, apps: Sequence[App], chart: Chart, select: Selection, notify: Notify = quiet
) -> list[Series]:
    """The series of APPS on one timeline; at least one snapshot, or ``NothingToShow``."""
    source = source_of(reader, chart, select.source, select.order, notify=notify)
    series = reader.series(
        chart,
        source,
        apps,
        since=select.since,
        until=select.until,
        provenances=select.kinds,
        sparse=select.sparse,
    )
    if not series or not series[0].timeline.times:
        raise NothingToShow(_nothing(reader, chart, source, apps, select))
    return series


def whole_snapshots(
    reader: Reader, chart: Chart, select: Selection, notify: Notify = quiet
) -> tuple[Timeline, list[int]]:
    """The whole snapshots of CHART and their row ids; at least one, or ``NothingToShow``."""
    source = source_of(reader, chart, select.source, select.order, notify=notify)
    timeline, numbers = reader.timeline(
        chart, source, since=select.since, until=select.until, provenances=select.kinds
    )
    if not numbers:
        raise NothingToShow(_nothing(reader, chart, source, (), select))
    if has_sparse(reader, chart, source):
        notify(f"left out of {chart}: {SINGLE_APPS}; 'apptrack export series' has them")
    return timeline, numbers


def _nothing(
    reader: Reader, chart: Chart, source: str, apps: Sequence[App], select: Selection
) -> str:
    """Why there is no snapshot of APPS on CHART then."""
    since, until = select.since, select.until
    some = apps if select.sparse else ()
    what = f"{chart} was not observed"
    return apart_words(reader, chart, source, some, since, until) or not_observed_then(
        reader, what, [chart], source, select.provenances, since, until
    )


def series_of_each(
    reader: Reader,
    charts: Iterable[Chart],
    apps: Sequence[App],
    select: Selection,
    twins: Callable[[Sequence[App], Chart], Sequence[App]] = lambda apps, chart: apps,
) -> Iterator[list[Series]]:
    """The series of APPS on each of CHARTS that was observed then, by the chart's own source.

    A chart without the source asked for is left out. TWINS gives the apps as a chart's store has
    them; where it has none of them, the chart is left out too.
    """
    for chart in charts:
        there_too = twins(apps, chart)
        if not there_too:
            continue
        there = reader.sources_of(chart)
        order = [select.source] if select.source else [*select.order, *there]
        source = next((name for name in order if name in there), None)
        if source is None:
            continue
        series = reader.series(
            chart,
            source,
            there_too,
            since=select.since,
            until=select.until,
            provenances=select.kinds,
        )
        if series[0].timeline.times:
            yield series


def apart_words(
    reader: Reader,
    chart: Chart,
    source: str,
    apps: Sequence[App],
    since: datetime | None = None,
    until: datetime | None = None,
) -> str | None:
    """Why sparse snapshots give no series of APPS; None where there is no sparse snapshot then.

    Without APPS, why they give nothing of the chart.
    """
    if not sparse_apps(reader, chart, source, since, until):
        return None
    if not apps:
        return f"{chart} from {source} has {SINGLE_APPS} in that time: name the apps to compare"
    counts = sparse_apps(reader, chart, source, since, until, [app.app_id for app in apps])
    words = f"{chart} from {source} has {SINGLE_APPS} in that time, and no snapshot has"
    if len(apps) == 1:
        return f"{words} {apps[0].name}"
    each = [f"{app.name} is in {counts.get(app.app_id, 0)}" for app in apps[:5]]
    more = f", … ({len(apps)} apps)" if len(apps) > len(each) else ""
    return f"{words} {'both' if len(apps) == 2 else 'all of them'}: {', '.join(each)}{more}"


def apart_in(
    reader: Reader,
    charts: Sequence[Chart],
    apps: Sequence[App],
    since: datetime | None,
    until: datetime | None,
) -> str:
    """Why the sparse snapshots of CHARTS give no series of APPS, chart by chart; may be empty."""
    lines = [
        apart_words(reader, chart, source, apps, since, until)
        for chart in charts
        for source in reader.sources_of(chart)
    ]
    return "; ".join(words for words in lines if words)
