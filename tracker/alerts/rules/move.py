"""``move``: an app moves by so many ranks or more within a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tracker.alerts.facts import News, Standing
from tracker.alerts.rules.base import StateRule, View
from tracker.alerts.transitions import States, Transition
from tracker.model import Series, Timeline

#: The state of an app that did not move far; no news is about it.
STILL = News.STALE


class Move(StateRule):
    """The state is up, down or still: the widest move since a snapshot within the time."""

    def states(self, view: View) -> States:
        return [self._move(view, index)[0] for index in range(len(view.timeline.times))]

    def changes(self, view: View) -> tuple[list[Transition], bool]:
        """Each has as ``last`` the snapshot that the move is measured against."""
        changes, enough = super().changes(view)
        measured = [(change, self._move(view, change.first)[1]) for change in changes]
        return [
            change if against is None else replace(change, last=against)
            for change, against in measured
        ], enough

    def known_from(self, view: View) -> int:
        assert self.rule.within is not None
        return 0 if view.whole else first_after(view.timeline, self.rule.within)

    def wanted(self, state: object) -> bool:
        return state is not STILL

    def news(self, change: Transition) -> News:
        assert isinstance(change.state, News)
        return change.state

    def token(self, news: News, standing: Standing) -> str:
        assert self.rule.within is not None
        return f"{news}-{self.rule.ranks}-in-{self.rule.within.total_seconds():.0f}s"

    def _move(self, view: View, index: int) -> tuple[News | None, int | None]:
        assert self.rule.ranks is not None
        assert self.rule.within is not None
        return widest_move(view.series[0], index, self.rule.ranks, self.rule.within)


def widest_move(
    series: Series, index: int, least: int, within: timedelta
) -> tuple[News | None, int | None]:
    """Up or down by at least LEAST ranks at the snapshot INDEX, and the snapshot it is measured
    against: the one of the widest move, the latest of equals.

    None where no snapshot WITHIN the time before bounds a move.
    """
    times, widest, against = series.timeline.times, 0, None
    for past in range(index - 1, -1, -1):
        if times[index] - times[past] > within:
            break
        ranks = ranks_up(series, past, index)
        if ranks is not None and (against is None or abs(ranks) > abs(widest)):
            widest, against = ranks, past
    if against is None:
        return None, None
    if abs(widest) < least:
        return STILL, against
    return (News.UP if widest > 0 else News.DOWN), against


def ranks_up(series: Series, past: int, index: int) -> int | None:
    """The ranks an app surely moved up between two snapshots, negative for down; None where it is
    unranked in both.

    Unranked, it was below the snapshot's last entry, which bounds the move from below. A snapshot
    with too few entries to bound it gives 0: the app may not have moved.
    """
    before, now, depths = series.ranks[past], series.ranks[index], series.timeline.depths
    if before is not None and now is not None:
        return before - now
    if now is not None:
        return max(0, (depths[past] or 0) + 1 - now)
    if before is not None:
        return -max(0, (depths[index] or 0) + 1 - before)
    return None


def first_after(timeline: Timeline, span: timedelta) -> int:
    """The index of the first snapshot that has a whole SPAN of snapshots before it."""
    start = timeline.times[0] + span
    times = enumerate(timeline.times)
    return next((index for index, time in times if time >= start), len(timeline.times))
