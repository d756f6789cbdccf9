"""What there is to draw: the facts of the ledger, gathered once for words and marks alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, pairwise

from tracker.analysis import (
    Gap,
    LeadSpan,
    Overtake,
    gaps,
    lead_spans,
    leaders,
    overtakes,
    whole_spacings,
)
from tracker.errors import InvalidValue, NothingToShow
from tracker.model import App, Provenance, Series, Timeline
from tracker.plot.typeset import shorten, upright

#: How wide a name may be in a sentence, in ems.
BRIEF = 15.0
#: More bands than this would be one grey wall.
MOST_BANDS = 300


@dataclass(frozen=True, slots=True)
class Scene:
    """The series of one picture and what analysis says of them.

    ``labels`` are the apps' names, made different where two are equal; ``briefs`` the same, cut
    for headline and captions. ``changes`` are the overtakes in which the lead among the drawn
    apps changed hands: for two apps all of them.
    """

    series: tuple[Series, ...]
    labels: tuple[str, ...]
    briefs: tuple[str, ...]
    gaps: tuple[Gap, ...]
    changes: tuple[Overtake, ...]
    spans: tuple[LeadSpan, ...]

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


def scene(series: Sequence[Series], confirm: int = 2) -> Scene:
    """Gather the facts; NothingToShow below two snapshots, since one look draws no curve."""
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
    names = [upright(" ".join(one.app.name.split())) for one in series]
    return Scene(
        series=tuple(series),
        labels=unlike(names, series),
        briefs=unlike([upright(shorten(name, BRIEF, 1)) for name in names], series),
        gaps=gaps(line),
        changes=lead_changes(series, confirm),
        spans=lead_spans(series),
    )


def unlike(names: Sequence[str], series: Sequence[Series]) -> tuple[str, ...]:
    """NAMES, with the app's id behind those that are not the only ones of their kind."""
    return tuple(
        name if names.count(name) == 1 else f"{name} ({one.app.app_id})"
        for name, one in zip(names, series, strict=True)
    )


def lead_changes(series: Sequence[Series], confirm: int = 2) -> tuple[Overtake, ...]:
    """The overtakes between two of SERIES in which the lead among all of them changed hands."""
    if len(series) < 2:
        return ()
    line = series[0].timeline
    ahead = {
        time: None if lead is None else series[lead].app
        for time, lead in zip(line.times, leaders(series), strict=True)
    }
    found = [
        change
        for a, b in combinations(series, 2)
        for change in overtakes(a, b, confirm)
        if ahead[change.after] == change.loser and ahead[change.by] == change.winner
    ]
    return tuple(sorted(found, key=lambda change: change.by))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Looks in a row without a gap, all ranked or all unranked, all recorded or all not.

    ``points`` are times and ranks; the last one is where the last rank stops holding: at the next
    look, or at its own where a gap follows. Rank None throughout where unranked.
    """

    ranked: bool
    dashed: bool
    points: tuple[tuple[datetime, int | None], ...]


def stretches(series: Series) -> list[Stretch]:
    """What is drawn in one stroke each: the line is broken between them."""
    looks, found = list(series), []
    states = [(look.rank is not None, look.provenance != Provenance.RECORDED) for look in looks]
    whole = whole_spacings(series.timeline)
    breaks = [
        index + 1
        for index, (one, other) in enumerate(pairwise(states))
        if one != other or not whole[index]
    ]
    for first, end in pairwise((0, *breaks, len(looks))):
        points = [(look.observed_at, look.rank) for look in looks[first:end]]
        if end < len(looks) and whole[end - 1]:
            points.append((looks[end].observed_at, points[-1][1]))
        ranked, dashed = states[first]
        if first and whole[first - 1] and ranked and states[first - 1][0]:
            # Recorded and not recorded meet: the jump between them belongs to the later one.
            points.insert(0, (looks[first].observed_at, looks[first - 1].rank))
        found.append(Stretch(ranked, dashed, tuple(points)))
    return found
