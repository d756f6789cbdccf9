"""What changed and stayed so: a state for each snapshot becomes the turns from one to another."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from operator import itemgetter

#: One for each snapshot; None where the snapshot does not tell, and is passed over.
States = Sequence[Hashable | None]


class Verdict(StrEnum):
    """What becomes of a turn."""

    SENT = "sent"
    FLIP = "flip"  # undone, or outdone, before it was confirmed
    BACK = "back"  # back to what was so before, with nothing but flips between: no news
    PENDING = "pending"  # too early to tell


@dataclass(frozen=True, slots=True)
class Turn:
    """A change to STATE between two neighbouring snapshots that tell: LAST and FIRST, as indices.

    ``confirmed`` is the snapshot that confirmed it, None where none did.
    """

    state: Hashable
    last: int
    first: int
    verdict: Verdict
    confirmed: int | None = None


def _runs(states: States) -> list[tuple[Hashable, list[int]]]:
    told = [(look, state) for look, state in enumerate(states) if state is not None]
    groups = groupby(told, key=itemgetter(1))
    return [(state, [look for look, _ in group]) for state, group in groups]


def turns(states: States, confirm: int) -> list[Turn]:
    """Every turn in order of time; CONFIRM looks in a row make one sure.

    Those that are sent alternate: after one to a state the next is to another.
    """
    runs = _runs(states)
    standing = runs[0][0] if runs else None
    found = []
    for number, ((_, before), (state, looks)) in enumerate(pairwise(runs), 2):
        if len(looks) < confirm:
            verdict = Verdict.FLIP if number < len(runs) else Verdict.PENDING
            found.append(Turn(state, before[-1], looks[0], verdict))
            continue
        verdict = Verdict.BACK if state == standing else Verdict.SENT
        found.append(Turn(state, before[-1], looks[0], verdict, looks[confirm - 1]))
        standing = state
    return found


def far_enough(states: States, confirm: int) -> bool:
    """Whether looks before the first of STATES cannot change what the last of them confirms."""
    runs = _runs(states)
    if states and states[-1] is None:
        return True
    if not runs:
        return False
    last = len(runs[-1][1])
    if last == confirm:
        return any(len(looks) >= confirm for _, looks in runs[:-1])
    return last > confirm or len(runs) > 1


def peaks(ranks: Sequence[int | None], confirm: int, best: int | None) -> list[tuple[Turn, int]]:
    """Every rank smaller than all before it, as the turn's state, and the best until then.

    BEST is the smallest rank before the first of RANKS, None where there is none: the first rank
    of all beats nothing. A peak is a flip when one of the CONFIRM - 1 snapshots after it beats it.
    """
    found = []
    for look, rank in enumerate(ranks):
        if rank is None:
            continue
        if best is not None and rank < best:
            following = ranks[look + 1 : look + confirm]
            beaten = any(one is not None and one < rank for one in following)
            sure = not beaten and len(following) == confirm - 1
            verdict = Verdict.FLIP if beaten else (Verdict.SENT if sure else Verdict.PENDING)
            confirmed = look + confirm - 1 if sure else None
            found.append((Turn(rank, look - 1, look, verdict, confirmed), best))
        best = rank if best is None else min(best, rank)
    return found
