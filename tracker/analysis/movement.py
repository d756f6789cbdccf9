"""A chart at an instant: how far an app has moved since, and how near the snapshot is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracker.analysis.facts import Overtake
from tracker.analysis.figures import stats
from tracker.analysis.ledger import overtakes
from tracker.model import Observation, Series, Timeline, reaches

DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
#: The snapshot of "a span before" is at most this many times the span old, and at least half of it.
STRETCH = 1.5
#: A storefront not observed for longer than this is not counted.
LATELY = STRETCH * DAY
TOP = 10


class Move(StrEnum):
    """What became of an app between two snapshots of one chart."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    NEW = "new"  # unranked then; its present stay in the chart is the first one observed
    BACK = "back"  # unranked then; an earlier stay was observed
    LEFT = "left"  # ranked then, and absent now from a snapshot with as many entries
    BEYOND = "undetermined"  # one of the two snapshots has too few entries
    UNSEEN = "no snapshot then"


@dataclass(frozen=True, slots=True)
class Movement:
    """MOVE since THEN. ``change`` is positive for up, None where it was not ranked both times."""

    move: Move
    then: Observation | None
    change: int | None = None


def movement(
    now: Observation, then: Observation | None, stayed_before: Callable[[], bool]
) -> Movement | None:
    """How an app moved from THEN to NOW; None where neither snapshot has it.

    THEN is None where there was no data. STAYED_BEFORE says whether an earlier stay in the chart
    was observed; it may be costly, and is called only for an app that entered.
    """
    if then is None:
        return Movement(Move.UNSEEN, None) if now.rank is not None else None
    if now.rank is not None and then.rank is not None:
        change = then.rank - now.rank
        move = Move.UP if change > 0 else Move.DOWN if change else Move.SAME
        return Movement(move, then, change)
    if now.rank is not None:
        if not reaches(then.depth, now.rank):
            return Movement(Move.BEYOND, then)
        return Movement(Move.BACK if stayed_before() else Move.NEW, then)
    if then.rank is not None:
        return Movement(Move.LEFT if reaches(now.depth, then.rank) else Move.BEYOND, then)
    return None


def returned(series: Series) -> bool:
    """Whether an app left the chart and returned within these snapshots."""
    return any(out.back_by for out in stats(series).drop_outs)


@dataclass(frozen=True, slots=True)
class AsOf:
    """An instant among the snapshots: the last one by then, and the one after it.

    ``normal`` is the longest normal spacing before ``observed_at`` in seconds, 0 where there
    is not a cadence; ``following`` is the next snapshot, None without one.
    """

    at: datetime
    observed_at: datetime
    following: datetime | None
    normal: float

    @property
    def age_seconds(self) -> float:
        return (self.at - self.observed_at).total_seconds()

    @property
    def in_gap(self) -> bool | None:
        """Whether the moment lies in a gap; None where there is no cadence."""
        if not self.age_seconds:
            return False
        if not self.normal:
            return None
        silent = (self.following or self.at) - self.observed_at
        return silent.total_seconds() > self.normal

    @property
    def after_last(self) -> bool:
        """Whether the moment is later than every snapshot, so that nothing of it is known."""
        return self.following is None and self.age_seconds > 0


@dataclass(frozen=True, slots=True)
class Reach:
    """Storefronts counted: of ``watched`` ones, those ``stale`` were not observed lately.

    ``first`` and ``top`` name those in which the app was at number one and in the top ten;
    ``shallow`` those whose snapshot has too few entries to show whether it was in the top ten.
    """

    watched: tuple[str, ...]
    stale: tuple[str, ...]
    shallow: tuple[str, ...]
    first: tuple[str, ...]
    top: tuple[str, ...]

    @property
    def observed(self) -> int:
        return len(self.watched) - len(self.stale)


def reach(seen: Iterable[tuple[str, Observation]], at: datetime) -> Reach:
    """Count storefronts by an app's rank at AT; SEEN has the newest observation by then of each."""
    every = sorted(seen, key=lambda pair: pair[0])
    fresh = [
        (front, observation)
        for front, observation in every
        if observation.observed_at >= at - LATELY
    ]
    ranked = [
        (front, observation.rank) for front, observation in fresh if observation.rank is not None
    ]
    return Reach(
        watched=tuple(front for front, _ in every),
        stale=tuple(front for front, observation in every if observation.observed_at < at - LATELY),
        shallow=tuple(
            front
            for front, observation in fresh
            if observation.rank is None and not reaches(observation.depth, TOP)
        ),
        first=tuple(front for front, rank in ranked if rank == 1),
        top=tuple(front for front, rank in ranked if rank <= TOP),
    )


def standing_wins(
    pairs: Iterable[tuple[Series, Series]], since: datetime, confirm: int = 2
) -> list[tuple[Overtake, Timeline]]:
    """The overtakes that an app won at SINCE or later and whose lead lasts to the last snapshot.

    Each of PAIRS is the app and another one, over the snapshots that cover both. Of each pair
    the last overtake only, for an earlier one was undone, with its timeline; by time.
    """
    wins = []
    for app, other in pairs:
        for last in overtakes(app, other, confirm)[-1:]:
            stands = last.held_until == app.timeline.times[-1]
            if last.winner == app.app and last.by >= since and stands:
                wins.append((last, app.timeline))
    return sorted(wins, key=lambda pair: (pair[0].by, pair[0].after, pair[0].loser.app_id))
