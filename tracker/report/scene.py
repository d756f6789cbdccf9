"""The facts of one picture, collected once for its words and its marks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, tzinfo
from itertools import combinations

from tracker.analysis import (
    Gap,
    LeadSpan,
    Overtake,
    gaps,
    lead_spans,
    leaders,
    never_ranked,
    overtakes,
)
from tracker.errors import InvalidValue, NothingToShow
from tracker.model import App, Series, Timeline, reaches
from tracker.report.naming import briefs


@dataclass(frozen=True, slots=True)
class Note:
    """A dated note about something outside the chart; ``source`` names who reported it.

    ``at`` 00:00 UTC stands for a day without a time.
    """

    at: datetime
    title: str
    source: str | None = None

    def in_zone(self, zone: tzinfo) -> Note:
        """The note, a day without a time moved to where that day begins in ZONE."""
        return replace(self, at=day_in(self.at, zone))


def day_in(at: datetime, zone: tzinfo) -> datetime:
    """When a day that is stored as 00:00 UTC begins in ZONE; any other AT is unchanged."""
    at = at.astimezone(UTC)
    if at.time() != time():
        return at
    return datetime.combine(at.date(), time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Leaving:
    """An app last ranked, at RANK, in the snapshot at ``after``, and in none from ``by`` on."""

    app: App
    rank: int
    after: datetime
    by: datetime


@dataclass(frozen=True, slots=True)
class Scene:
    """The series of one picture and what analysis says about them.

    ``names`` are the apps' names, distinct and short. ``changes`` are the overtakes in which the
    lead among these apps changed hands: for two apps all of them. ``context`` are other apps of
    the chart; ``notes`` those within the time shown. Times are shown in ``zone``.
    """

    series: tuple[Series, ...]
    names: tuple[str, ...]
    gaps: tuple[Gap, ...]
    changes: tuple[Overtake, ...]
    spans: tuple[LeadSpan, ...]
    context: tuple[Series, ...] = ()
    notes: tuple[Note, ...] = ()
    zone: tzinfo = UTC

    @property
    def timeline(self) -> Timeline:
        return self.series[0].timeline

    @property
    def first(self) -> datetime:
        return self.timeline.times[0]

    @property
    def last(self) -> datetime:
        return self.timeline.times[-1]

    @property
    def leavings(self) -> tuple[Leaving, ...]:
        """Which apps left the chart and were not seen in it again, by time."""
        left = [leaving for series in self.series if (leaving := left_for_good(series))]
        return tuple(sorted(left, key=lambda leaving: leaving.after))

    @property
    def comparable(self) -> bool:
        """Whether at least two of the apps were ever ranked."""
        return len(self.series) - len(never_ranked(self.series)) > 1

    def name(self, app: App) -> str:
        ids = [series.app.app_id for series in self.series]
        return self.names[ids.index(app.app_id)]


def scene(
    series: Sequence[Series],
    confirm: int = 2,
    *,
    context: Sequence[Series] = (),
    notes: Sequence[Note] = (),
    zone: tzinfo = UTC,
) -> Scene:
    """Collect the facts about SERIES, all of one timeline.

    Raises ``NothingToShow`` below two snapshots, ``InvalidValue`` for an app named twice.
    """
    if not series:
        raise NothingToShow("no app to draw; name at least one")
    if len({each.app.app_id for each in series}) < len(series):
        raise InvalidValue("the same app was named twice; name each app once")
    line = series[0].timeline
    if len(line.times) < 2:
        raise NothingToShow(
            f"{len(line.times) or 'no'} snapshot of {line.chart} from {line.source}, and a curve "
            "needs two: 'apptrack collect' records the next one, 'apptrack run' keeps recording"
        )
    names = briefs([each.app for each in (*series, *context)])
    others = zip(context, names[len(series) :], strict=True)
    dated = sorted((note.in_zone(zone) for note in notes), key=lambda note: note.at)
    return Scene(
        series=tuple(series),
        names=names[: len(series)],
        gaps=gaps(line),
        changes=lead_changes(series, confirm),
        spans=lead_spans(series),
        context=tuple(replace(each, app=replace(each.app, name=name)) for each, name in others),
        notes=tuple(note for note in dated if line.times[0] <= note.at <= line.times[-1]),
        zone=zone,
    )


def lead_changes(series: Sequence[Series], confirm: int = 2) -> tuple[Overtake, ...]:
    """The overtakes between two of SERIES in which the lead among all of them changed hands."""
    if len(series) < 2:
        return ()
    times, ahead = series[0].timeline.times, leaders(series)

    def changed(change: Overtake) -> bool:
        """Whether its loser led them all, and then its winner, with none of them ranked between."""
        after, by = bisect_left(times, change.after), bisect_left(times, change.by)
        before, then = ahead[after], ahead[by]
        if (
            before is None
            or then is None
            or any(lead is not None for lead in ahead[after + 1 : by])
        ):
            return False
        return series[before].app == change.loser and series[then].app == change.winner

    changes = [
        change
        for a, b in combinations(series, 2)
        for change in overtakes(a, b, confirm)
        if changed(change)
    ]
    return tuple(sorted(changes, key=lambda change: change.by))


def left_for_good(series: Series) -> Leaving | None:
    """How the app left the chart; None unless two long enough snapshots lack it."""
    ranks, line = series.ranks, series.timeline
    last = next((n for n in range(len(ranks) - 1, -1, -1) if ranks[n] is not None), None)
    rank = None if last is None else ranks[last]
    if last is None or rank is None:
        return None
    missed = [n for n in range(last + 1, len(ranks)) if reaches(line.depths[n], rank)]
    if len(missed) < 2:
        return None
    return Leaving(series.app, rank, line.times[last], line.times[missed[0]])
