"""A state for each snapshot becomes the changes from one state to another that last."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from operator import itemgetter

#: One for each snapshot; None where the snapshot does not show it, and is passed over.
States = Sequence[Hashable | None]


class Verdict(StrEnum):
    """What becomes of a change."""

    SENT = "sent"
    FLIP = "flip"  # undone, or exceeded, before it was confirmed
    BACK = "back"  # back to the state before, with nothing but flips between: no news
    PENDING = "pending"  # too early to decide


@dataclass(frozen=True, slots=True)
class Transition:
    """A change to STATE between two neighbouring snapshots that show one: LAST and FIRST, as
    indices.

    ``confirmed`` is the index of the snapshot that confirmed it, None where none did. For a peak
    ``best_before`` is the peak before it.
    """

    state: Hashable
    last: int
    first: int
    verdict: Verdict
    confirmed: int | None = None
    best_before: int | None = None


def _runs(states: States) -> list[tuple[Hashable, list[int]]]:
    """Each state with the indices of the snapshots in a row that show it."""
    shown = [(index, state) for index, state in enumerate(states) if state is not None]
    groups = groupby(shown, key=itemgetter(1))
    return [(state, [index for index, _ in group]) for state, group in groups]


def transitions(states: States, confirm: int) -> list[Transition]:
    """Every change in order of time; CONFIRM snapshots in a row confirm one.

    Those that are sent alternate: after one to a state the next is to another.
    """
    runs = _runs(states)
    settled = runs[0][0] if runs else None
    changes = []
    for number, ((_, before), (state, indices)) in enumerate(pairwise(runs), 2):
        if len(indices) < confirm:
            verdict = Verdict.FLIP if number < len(runs) else Verdict.PENDING
            changes.append(Transition(state, before[-1], indices[0], verdict))
            continue
        verdict = Verdict.BACK if state == settled else Verdict.SENT
        changes.append(Transition(state, before[-1], indices[0], verdict, indices[confirm - 1]))
        settled = state
    return changes


def far_enough(states: States, confirm: int) -> bool:
    """Whether snapshots before the first of STATES cannot change what the last one confirms."""
    runs = _runs(states)
    if states and states[-1] is None:
        return True
    if not runs:
        return False
    last = len(runs[-1][1])
    if last == confirm:
        return any(len(indices) >= confirm for _, indices in runs[:-1])
    return last > confirm or len(runs) > 1


def peaks(ranks: Sequence[int | None], confirm: int, best: int | None) -> list[Transition]:
    """Every rank smaller than all before it, as the change's state.

    BEST is the smallest rank before the first of RANKS, None where there is none: the first rank
    of all is not a peak. A peak is a flip when one of the CONFIRM - 1 snapshots after it has a
    smaller rank.
    """
    changes = []
    for index, rank in enumerate(ranks):
        if rank is None:
            continue
        if best is not None and rank < best:
            following = ranks[index + 1 : index + confirm]
            beaten = any(later is not None and later < rank for later in following)
            sure = not beaten and len(following) == confirm - 1
            verdict = Verdict.FLIP if beaten else (Verdict.SENT if sure else Verdict.PENDING)
            confirmed = index + confirm - 1 if sure else None
            changes.append(Transition(rank, index - 1, index, verdict, confirmed, best))
        best = rank if best is None else min(best, rank)
    return changes
