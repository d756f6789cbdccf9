"""A brief: sentences on one app that can be printed, each computed, each with its caveat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.analysis import never_ranked
from tracker.analysis.movement import DAY, LATELY, MONTH, WEEK, reach, standing_wins
from tracker.model import App, Chart
from tracker.queries.as_of import Moment, moment_of, moves_of, observed
from tracker.report.sentences import (
    Sentence,
    before_sentence,
    never_sentence,
    none_passed_sentence,
    passed_sentence,
    rank_sentence,
    reach_sentence,
)
from tracker.store import Reader
from tracker.store.charts import observed_charts
from tracker.store.snapshots import (
    ChartSource,
    last_ranked,
    newest_snapshot,
    pairs_in,
    ranks_in,
    sources_with,
    timeline_of,
)

SPANS = {"day": DAY, "week": WEEK, "month": MONTH}


@dataclass(frozen=True, slots=True)
class _Question:
    """The OTHERS it may have passed, CONFIRM snapshots, and the ZONE in which times are written.

    UNSEEN are the storefronts that the settings watch and that have no snapshot.
    """

    others: Sequence[App]
    unseen: Sequence[str]
    confirm: int
    zone: ZoneInfo


def brief(
    reader: Reader,
    app: App,
    place: ChartSource,
    *,
    at: datetime | None,
    others: Iterable[App],
    watched: Sequence[Chart],
    order: Sequence[str],
    source: str | None,
    confirm: int,
    zone: ZoneInfo,
) -> list[Sentence]:
    """The sentences on APP as of AT, by default the newest snapshot of the chart in any storefront.

    OTHERS are the apps it may have passed; WATCHED the charts of the settings; ORDER that of their
    sources, of which SOURCE alone counts where it is given.
    """
    places = [place, *_siblings(reader, place, source, order)]
    moment = moment_of(reader, place, at or _newest(reader, places), SPANS)
    unseen = [] if at else _unseen(watched, places)
    ask = _Question(list(others), unseen, confirm, zone)
    return list(_sentences(reader, app, moment, places, ask))


def _siblings(
    reader: Reader, place: ChartSource, source: str | None, order: Sequence[str]
) -> Iterator[ChartSource]:
    """The same chart in the other storefronts, each by one source."""
    for chart in observed_charts(reader):
        if chart == place.chart or not chart.differs_only_in("storefront", place.chart):
            continue
        there = sources_with(reader, chart, place.app_id)
        chosen = [name for name in ([source] if source else [*order, *there]) if name in there]
        if chosen:
            yield replace(place, chart=chart, source=chosen[0])


def _unseen(watched: Sequence[Chart], places: Sequence[ChartSource]) -> list[str]:
    """The storefronts in which the same chart is watched and has no snapshot."""
    seen = {place.chart for place in places}
    return [
        chart.storefront
        for chart in sorted(set(watched) - seen)
        if chart.differs_only_in("storefront", places[0].chart)
    ]


def _newest(reader: Reader, places: Iterable[ChartSource]) -> datetime | None:
    newest = [newest_snapshot(reader, place, None, None) for place in places]
    return max((row.observed_at for row in newest if row), default=None)


def _sentences(
    reader: Reader, app: App, moment: Moment, places: Sequence[ChartSource], ask: _Question
) -> Iterator[Sentence]:
    """Every sentence on APP; PLACES are the storefronts watched."""
    place, until = moment.place, moment.as_of.at
    ranks = ranks_in(reader, moment.used, [app])
    rank = ranks.get((app.app_id, moment.snapshot.number))
    last = last_ranked(reader, place, app, until)
    line = timeline_of(place, moment.window)
    yield rank_sentence(app, moment, line, rank, last, ask.zone)
    if last is None:
        yield never_sentence(app, place, until, _seen(reader, app, place, until), ask.zone)
    yield _reach(reader, app, places, until, ask)
    if last is None:
        return
    for name, moved in moves_of(reader, moment, app, ranks).items():
        yield before_sentence(name, moment, moved, ask.zone)
    if rank is not None:
        yield from _passed(reader, app, moment, ask)


def _seen(
    reader: Reader, app: App, place: ChartSource, until: datetime
) -> list[tuple[ChartSource, datetime]]:
    """When APP was last ranked on each other chart and by each other source."""
    places = [
        replace(place, chart=chart, source=source)
        for chart in observed_charts(reader)
        for source in reader.sources_of(chart)
        if (chart, source) != (place.chart, place.source)
    ]
    last = [(place, last_ranked(reader, place, app, until)) for place in places]
    return [(place, time) for place, time in last if time]


def _reach(
    reader: Reader, app: App, places: Iterable[ChartSource], at: datetime, ask: _Question
) -> Sentence:
    newest = [(place, newest_snapshot(reader, place, None, at)) for place in places]
    with_snapshot = [(place, row) for place, row in newest if row]
    ranks = ranks_in(reader, [row for _, row in with_snapshot], [app])
    seen = [(place.chart.storefront, observed(row, app, ranks)) for place, row in with_snapshot]
    counted = [(place, row) for place, row in with_snapshot if row.observed_at >= at - LATELY]
    return reach_sentence(app, reach(seen, at), at, counted, ask.unseen, ask.zone)


def _passed(reader: Reader, app: App, moment: Moment, ask: _Question) -> Iterator[Sentence]:
    since = moment.snapshot.observed_at - WEEK
    # One snapshot before the week: what was passed by the week's first snapshot was passed after
    # that one.
    start = max(0, sum(row.observed_at < since for row in moment.window) - 1)
    others = [other for other in ask.others if other.app_id != app.app_id]
    snapshots = moment.window[start:]
    pairs = pairs_in(reader, moment.place, snapshots, app, others)
    won = standing_wins(pairs, since, ask.confirm)
    for overtake, line in won:
        yield passed_sentence(overtake, line, ask.zone)
    if not won:
        compared = [other for own, other in pairs if not never_ranked((own, other))]
        yield none_passed_sentence(compared, ask.zone)
