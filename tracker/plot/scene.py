"""What there is to draw: the facts of the ledger, gathered once for words and marks alike."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from itertools import combinations, pairwise
from operator import ne

from tracker.analysis import (
    Gap,
    LeadSpan,
    Overtake,
    gaps,
    lead_spans,
    leaders,
    never_ranked,
    overtakes,
    whole_spacings,
)
from tracker.errors import InvalidValue, NothingToShow
from tracker.model import App, Series, Timeline, reaches
from tracker.plot.style.typeset import inert, short_name, shorten, upright
from tracker.plot.times.zones import day_in
from tracker.words import unlike

#: How wide a name may be in a sentence, in ems.
BRIEF = 15.0
#: More bands than this would be one grey wall.
MOST_BANDS = 300


@dataclass(frozen=True, slots=True)
class Note:
    """A dated note: something that happened outside the chart; ``source`` says who tells so.

    ``at`` 00:00 UTC stands for a day without a time.
    """

    at: datetime
    title: str
    source: str | None = None

    def told_in(self, zone: tzinfo) -> Note:
        """The note as ZONE has it: one of a day where that day begins."""
        return replace(self, at=day_in(self.at, zone))


@dataclass(frozen=True, slots=True)
class Scene:
    """The series of one picture and what analysis says of them.

    ``labels`` are the apps' names, made different where two are equal; ``briefs`` what people call
    them, for headline and captions. ``changes`` are the overtakes in which the lead among the drawn
    apps changed hands: for two apps all of them. ``strokes`` are the stretches of each series;
    ``context`` other apps of the chart, over its whole snapshots; ``notes`` those within the drawn
    time. Times are told in ``zone``.
    """

    series: tuple[Series, ...]
    labels: tuple[str, ...]
    briefs: tuple[str, ...]
    gaps: tuple[Gap, ...]
    changes: tuple[Overtake, ...]
    spans: tuple[LeadSpan, ...]
    strokes: tuple[tuple[Stretch, ...], ...]
    context: tuple[Series, ...] = ()
    notes: tuple[Note, ...] = ()
    zone: tzinfo = UTC

    @property
    def leavings(self) -> tuple[Leaving, ...]:
        """Which apps left the chart and were not seen in it again, by time."""
        found = [leaving for one in self.series if (leaving := left_for_good(one))]
        return tuple(sorted(found, key=lambda leaving: leaving.after))

    @property
    def comparable(self) -> bool:
        """Whether two of the apps were ever ranked, so that one could be ahead of another."""
        return len(self.series) - len(never_ranked(self.series)) > 1

    @property
    def timeline(self) -> Timeline:
        return self.series[0].timeline

    @property
    def banded(self) -> tuple[Overtake, ...]:
        """The changes that are drawn as bands: all, or the longest-held of too many."""
        kept = sorted(self.changes, key=lambda change: -change.held_seconds)[:MOST_BANDS]
        return tuple(sorted(kept, key=lambda change: change.by))

    def brief(self, app: App) -> str:
        ids = [one.app.app_id for one in self.series]
        return self.briefs[ids.index(app.app_id)]


def scene(
    series: Sequence[Series],
    confirm: int = 2,
    *,
    context: Sequence[Series] = (),
    notes: Sequence[Note] = (),
    zone: tzinfo = UTC,
) -> Scene:
    """Gather the facts; NothingToShow below two snapshots, since one snapshot draws no curve."""
    if not series:
        raise NothingToShow("no app to draw; name at least one")
    if len({one.app.app_id for one in series}) < len(series):
        raise InvalidValue("an app is drawn once; it was named twice")
    line = series[0].timeline
    if len(line.times) < 2:
        looks = len(line.times) or "no"
        raise NothingToShow(
            f"{looks} snapshot of {line.chart} from {line.source}, and a curve needs two: "
            "'apptrack collect' takes the next one, 'apptrack run' keeps taking them"
        )
    every = (*series, *context)
    names = unlike([upright(inert(one.app.name)) for one in every], _ids(every))
    drawn, behind = names[: len(series)], names[len(series) :]
    whole = whole_spacings(line)
    return Scene(
        series=tuple(series),
        labels=drawn,
        briefs=_briefs(drawn, series),
        gaps=gaps(line),
        changes=lead_changes(series, confirm),
        spans=lead_spans(series),
        strokes=tuple(tuple(stretches(one, whole)) for one in series),
        context=tuple(
            replace(one, app=replace(one.app, name=name))
            for one, name in zip(context, behind, strict=True)
        ),
        notes=tuple(
            sorted(
                (
                    note
                    for note in (one.told_in(zone) for one in notes)
                    if line.times[0] <= note.at <= line.times[-1]
                ),
                key=lambda note: note.at,
            )
        ),
        zone=zone,
    )


def _briefs(names: Sequence[str], series: Sequence[Series]) -> tuple[str, ...]:
    """What people call the apps, where that tells them apart."""
    called = [short_name(name) for name in names]
    told = [
        short if called.count(short) == 1 else name
        for short, name in zip(called, names, strict=True)
    ]
    return unlike([upright(shorten(name, BRIEF, 1)) for name in told], _ids(series))


def _ids(series: Sequence[Series]) -> list[str]:
    return [one.app.app_id for one in series]


def lead_changes(series: Sequence[Series], confirm: int = 2) -> tuple[Overtake, ...]:
    """The overtakes between two of SERIES in which the lead among all of them changed hands."""
    if len(series) < 2:
        return ()
    times, ahead = series[0].timeline.times, leaders(series)

    def led(app: App, at: datetime) -> bool:
        lead = ahead[bisect_left(times, at)]
        return lead is not None and series[lead].app == app

    found = [
        change
        for a, b in combinations(series, 2)
        for change in overtakes(a, b, confirm)
        if led(change.loser, change.after) and led(change.winner, change.by)
    ]
    return tuple(sorted(found, key=lambda change: change.by))


@dataclass(frozen=True, slots=True)
class Leaving:
    """An app last ranked, at RANK, in the look at ``after``, and in none from ``by`` on."""

    app: App
    rank: int
    after: datetime
    by: datetime


def left_for_good(series: Series) -> Leaving | None:
    """How the app left the chart; None unless two snapshots deep enough to see it missed it
    since.
    """
    ranks, times = series.ranks, series.timeline.times
    last = next((n for n in range(len(ranks) - 1, -1, -1) if ranks[n] is not None), None)
    rank = None if last is None else ranks[last]
    if last is None or rank is None:
        return None
    missed = [n for n in range(last + 1, len(ranks)) if reaches(series.timeline.depths[n], rank)]
    return Leaving(series.app, rank, times[last], times[missed[0]]) if len(missed) > 1 else None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Looks in a row without a gap, all ranked or all unranked, all observed or none of them.

    ``points`` are times and ranks: the first snapshot, each that has another rank than the one
    before, and where the last rank stops holding: at the next snapshot, or at its own where a gap
    follows. Rank None throughout where unranked.
    """

    ranked: bool
    dashed: bool
    points: tuple[tuple[datetime, int | None], ...]


def stretches(series: Series, whole: Sequence[bool] | None = None) -> list[Stretch]:
    """What is drawn in one stroke each: the line is broken between them.

    WHOLE is ``whole_spacings`` of the timeline, for who knows it already.
    """
    line, ranks, found = series.timeline, series.ranks, []
    whole = whole_spacings(line) if whole is None else whole
    changes = [n for n, (a, b) in enumerate(pairwise(ranks), 1) if a != b]
    dashes = [not kind.observed for kind in line.provenances]
    breaks = {n for n, kept in enumerate(whole, 1) if not kept}
    breaks |= {n for n in changes if (ranks[n] is None) != (ranks[n - 1] is None)}
    breaks |= {n for n, new in enumerate(map(ne, dashes, dashes[1:]), 1) if new}
    for first, end in pairwise((0, *sorted(breaks), len(ranks))):
        between = changes[bisect_right(changes, first) : bisect_left(changes, end)]
        points = [(line.times[n], ranks[n]) for n in (first, *between)]
        held = end if end < len(ranks) and whole[end - 1] else end - 1
        if line.times[held] > points[-1][0]:
            points.append((line.times[held], points[-1][1]))
        ranked = ranks[first] is not None
        if first and whole[first - 1] and ranked and ranks[first - 1] not in (None, ranks[first]):
            # Observed and not observed meet: the jump between them belongs to the later one.
            points.insert(0, (line.times[first], ranks[first - 1]))
        found.append(Stretch(ranked, dashes[first], tuple(points)))
    return found
