"""In which storefronts one app passed another, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from tracker.analysis.facts import Overtake, Status
from tracker.analysis.ledger import leaders, never_ranked, overtakes
from tracker.model import App, Chart, Series, Timeline, iso


class Passing(StrEnum):
    """What is known of A passing B in one storefront."""

    PASSED = "passed"  # a confirmed overtake was seen
    AHEAD = "ahead from the first snapshot"  # an overtake, if there was one, lies before it
    UNCONFIRMED = "not confirmed"  # passed, and undone sooner or too early to decide
    BEHIND = "not passed"
    NEVER_RANKED = "never ranked"  # one of them, or both: there is nothing to compare


@dataclass(frozen=True, slots=True)
class Passage:
    """What is known of A passing B in one storefront.

    ``overtake`` is the first confirmed one; where ``passing`` is unconfirmed, the last one.
    ``never_ranked`` are the apps that no snapshot has. ``ahead_at_first`` and ``ahead_at_last``
    say whether A was ahead of B in the first and last determined snapshot, None where one was
    never ranked. ``surely_after``: whether the overtake happened after those of all storefronts
    before this one; None for the first, and where A has not passed.
    """

    a: App
    b: App
    timeline: Timeline
    passing: Passing
    overtake: Overtake | None
    ahead_at_first: bool | None
    ahead_at_last: bool | None
    surely_after: bool | None = None
    never_ranked: tuple[App, ...] = ()

    @property
    def chart(self) -> Chart:
        return self.timeline.chart

    def to_json(self) -> dict[str, Any]:
        """The passage as plain values; what is known of an overtake is None without one."""
        line, event = self.timeline, self.overtake.to_json() if self.overtake else {}
        return {
            "storefront": line.chart.storefront,
            "chart": line.chart.slug,
            "source": line.source,
            "a_id": self.a.app_id,
            "b_id": self.b.app_id,
            "passing": self.passing.value,
            "never_ranked": [app.app_id for app in self.never_ranked],
            "surely_after": self.surely_after,
            **{key: event.get(key) for key in _OF_OVERTAKE},
            "a_ahead_at_first": self.ahead_at_first,
            "a_ahead_at_last": self.ahead_at_last,
            "snapshots": len(line.times),
            "first_snapshot": iso(line.times[0]),
            "last_snapshot": iso(line.times[-1]),
            "provenances": sorted({kind.value for kind in line.provenances}),
        }


_OF_OVERTAKE = (
    "id", "after", "by", "kind", "status", "gap", "winner_rank_before", "winner_rank_after",
    "loser_rank_before", "loser_rank_after", "held_seconds",
)  # fmt: skip


def passage(a: Series, b: Series, confirm: int = 2) -> Passage:
    """What is known of A passing B on one chart."""
    if never := never_ranked((a, b)):
        return Passage(
            a.app, b.app, a.timeline, Passing.NEVER_RANKED, None, None, None, never_ranked=never
        )
    leads = [lead == 0 for lead in leaders((a, b)) if lead is not None]
    won = [overtake for overtake in overtakes(a, b, confirm) if overtake.winner == a.app]
    first = next((overtake for overtake in won if overtake.status is Status.CONFIRMED), None)
    if first:
        passing, overtake = Passing.PASSED, first
    elif leads[0]:
        passing, overtake = Passing.AHEAD, None
    else:
        passing = Passing.UNCONFIRMED if won else Passing.BEHIND
        overtake = won[-1] if won else None
    return Passage(a.app, b.app, a.timeline, passing, overtake, leads[0], leads[-1])


def wave(pairs: Iterable[tuple[Series, Series]], confirm: int = 2) -> tuple[Passage, ...]:
    """The storefronts in the order in which the first of each pair passed the second.

    Those passed come first, by the time *by* which it had happened; then the others by what is
    known of them. Intervals may overlap: an overtake surely happened after the one before only
    where ``surely_after`` is True.
    """
    passages = [passage(a, b, confirm) for a, b in pairs]
    passed = [passage for passage in passages if passage.passing is Passing.PASSED]
    others = [passage for passage in passages if passage.passing is not Passing.PASSED]
    states = list(Passing)
    others.sort(key=lambda passage: (states.index(passage.passing), passage.chart))
    return (*_in_order(passed), *others)


def _in_order(passed: Sequence[Passage]) -> list[Passage]:
    ordered = sorted(passed, key=_interval)
    passages: list[Passage] = []
    for passage in ordered:
        # `by` ascends, so that of the one before is the last of all before.
        surely = _interval(passage)[1] >= _interval(passages[-1])[0] if passages else None
        passages.append(replace(passage, surely_after=surely))
    return passages


def _interval(passage: Passage) -> tuple[datetime, datetime, Chart]:
    assert passage.overtake is not None
    return passage.overtake.by, passage.overtake.after, passage.chart
