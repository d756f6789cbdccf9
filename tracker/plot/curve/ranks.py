"""The axis of real ranks: 1 on top, logarithmic, and broken where all that is drawn is far from 1.

One function says how deep a rank stands, whatever draws it: a curve, a small plot, or a page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tracker.model import Series
from tracker.plot.style.size import SMALL

GRID = (1, 2, 3, 5, 10, 20, 50, 100, 200)
#: The axis never ends above this rank, or above the other where other apps are drawn.
SHALLOWEST, SHALLOWEST_OF_MANY = 3, 5
#: Of the height of a whole axis, above the best rank drawn: where there is more, it is broken; but
#: not so far down that what is left is less than so many times as deep as its upper end.
MOST_EMPTY, LEAST_FACTOR = 0.6, 1.1
FIRST_BREAK = 5
#: Points from rank 1 to the break's end, and their share of the height.
HEAD, HEAD_SHARE, LEAST_HEAD = 44, 1 / 6, 18
STEPS, STEP_ROOM = (1, 2, 5, 10, 20, 50), 28  # of ticks beneath a break, and points between two
TOOTH = 4  # points, half a tooth of the line that marks a break


@dataclass(frozen=True, slots=True)
class Reach:
    """An axis goes down to ``deepest``, and is broken above ``broken``: at 1 it is whole."""

    deepest: int
    broken: int = 1


def reach_of(series: Iterable[Series], context: Sequence[Series] = ()) -> Reach:
    """How far the axis of SERIES reaches: others of the chart, its CONTEXT, are drawn within it."""
    drawn = set(_ranks(series))
    deepest = max(SHALLOWEST_OF_MANY if context else SHALLOWEST, *drawn, 0)
    best = min((rank for rank in {*drawn, *_ranks(context)} if rank <= deepest), default=1)
    return Reach(deepest, _break(best, deepest))


def _ranks(series: Iterable[Series]) -> Iterator[int]:
    for one in series:
        # No rank is 0: what is filtered out are those that there are not.
        yield from filter(None, set(one.ranks))


def _break(best: int, deepest: int) -> int:
    """The round rank, not beneath the BEST one drawn, above which the axis is broken."""
    rounds = (FIRST_BREAK, *range(10, 50, 10), *range(50, best + 1, 5))
    least = min(best, deepest / LEAST_FACTOR)
    found = max((rank for rank in rounds if rank <= least), default=1)
    return found if math.log(found) > MOST_EMPTY * math.log(deepest) else 1


def head_of(reach: Reach, high: float) -> float:
    """Points of an axis HIGH points high from rank 1 to where it is whole."""
    return 0 if reach.broken == 1 else max(LEAST_HEAD, min(HEAD, HEAD_SHARE * high))


def depth(rank: float, reach: Reach, high: float) -> float:
    """Points from the top of an axis HIGH points high down to RANK."""
    head = head_of(reach, high)
    if rank < reach.broken:
        return head * math.log(rank) / math.log(reach.broken)
    return head + fall_of(reach, high) * math.log(rank / reach.broken)


def fall_of(reach: Reach, high: float) -> float:
    """Points that a rank e times as large lies deeper, beneath a break."""
    return (high - head_of(reach, high)) / math.log(reach.deepest / reach.broken)


def ticks(deepest: int) -> list[int]:
    """The ranks with a line in the grid; the deepest too, where it stands clear of the others."""
    found = [rank for rank in GRID if rank <= deepest]
    return [*found, deepest] if deepest > 1.25 * found[-1] else found


def clear_ticks(reach: Reach, high: float) -> list[int]:
    """Those ticks whose words stand clear of each other; the first and the last always."""
    found = ticks(reach.deepest) if reach.broken == 1 else _beneath(reach, high)
    first, *between, last = found
    kept, foot = [first], depth(last, reach, high)
    for rank in between:
        y = depth(rank, reach, high)
        if min(y - depth(kept[-1], reach, high), foot - y) >= SMALL + 1:
            kept.append(rank)
    return [*kept, last]


def _beneath(reach: Reach, high: float) -> list[int]:
    """The ticks of a broken axis: round ranks, as many as find room, and both of its ends."""
    fall, end = fall_of(reach, high), reach.deepest
    fine = (step for step in STEPS if fall * math.log1p(step / max(1, end - step)) >= STEP_ROOM)
    step = next(fine, end)
    first = -(-(reach.broken + step) // step) * step  # a whole step from the break, at least
    return [1, reach.broken, *range(first, end, step), end]


def break_words(reach: Reach) -> str:
    """What is said beneath a picture of an axis that is broken, with the space behind it."""
    return "" if reach.broken == 1 else f"The axis is broken above {reach.broken}. "


def break_rows(
    reach: Reach, across: tuple[float, float], top: float, high: float
) -> list[dict[str, object]]:
    """The line of teeth that marks the break ACROSS an axis that begins at TOP, if there is one."""
    if reach.broken == 1:
        return []
    wide = across[1] - across[0]
    many = max(1, round(wide / (2 * TOOTH)))
    half, middle = round(wide / many / 2, 3), top + head_of(reach, high) / 2
    teeth = f"M0,0{f'l{half},{-TOOTH}l{half},{TOOTH}' * many}"
    return [{"x": across[0], "y": middle + TOOTH / 2, "shape": teeth}]
