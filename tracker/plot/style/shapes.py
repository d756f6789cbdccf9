"""Shapes that tell lines apart without colour: which app has which, and where along its line.

They know pixels only, so that every kind of picture can use them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from heapq import nlargest
from operator import itemgetter
from typing import NamedTuple

#: Vega's own names, and paths in a square from -1 to 1. The first ones differ most.
SHAPES = (
    "circle",
    "M-.9,-.9H.9V.9H-.9Z",
    "M0,-1.05L1.05,.85H-1.05Z",
    "M0,-1.2L1.2,0L0,1.2L-1.2,0Z",
    "M0,1.05L1.05,-.85H-1.05Z",
    "M-.4,-1.1H.4V-.4H1.1V.4H.4V1.1H-.4V.4H-1.1V-.4H-.4Z",
    "M0,-1.25L.37,-.42L1.24,-.36L.57,.21L.79,1.06L0,.62L-.79,1.06L-.57,.21L-1.24,-.36L-.37,-.42Z",
    "M-.45,-1.2H.45V1.2H-.45Z",
    "M-1.1,-.6L-.6,-1.1L0,-.5L.6,-1.1L1.1,-.6L.5,0L1.1,.6L.6,1.1L0,.5L-.6,1.1L-1.1,.6L-.5,0Z",
    "M-.95,-1.1H.95L-.95,1.1H.95Z",
    "M-.85,-1.05L1.05,0L-.85,1.05Z",
    "M.85,-1.05L-1.05,0L.85,1.05Z",
)
FEWEST = 3  # apps that have shapes: two lines are told apart by their ends
SLOT = 125  # points of a line that have one mark
SIDE = 9  # points, of the square a mark stands in
_TRIED = 8  # levels of a slot
#: Of a slot, from one line's marks to the next one's: the golden section keeps any number apart.
_STAGGER = 0.618


def shaped(apps: int) -> bool:
    """Whether a picture of so many APPS needs shapes."""
    return apps >= FEWEST


def shape_of(number: int) -> str:
    """The shape of the app drawn as the NUMBER-th, from 0."""
    return SHAPES[number % len(SHAPES)]


class Level(NamedTuple):
    """A level part of a line, from LEFT to RIGHT at the height Y."""

    left: float
    right: float
    y: float


Spot = tuple[float, float]


def spots(lines: Sequence[Sequence[Level]], wide: float) -> list[list[Spot]]:
    """For each of LINES the middles of its marks: on its longest levels, clear of all others.

    A level that ends where the next begins is followed by a jump. Where lines are so dense that
    no level is clear, a mark need only keep clear of other marks.
    """
    taken: list[Spot] = []
    found: list[list[Spot]] = [[] for _ in lines]
    for number, line in enumerate(lines):
        others = [other for n, other in enumerate(lines) if n != number]
        for slot in _slots(number, wide):
            best = _candidates(line, *slot)
            spot = next((one for one in best if _clear(one, taken) and _alone(one, others)), None)
            spot = spot or next((one for one in best if _clear(one, taken)), None)
            if spot:
                taken.append(spot)
                found[number].append(spot)
    return found


def _slots(number: int, wide: float) -> Iterator[tuple[float, float]]:
    left = -SLOT * (number * _STAGGER % 1)
    while left < wide:
        yield max(left, SIDE), min(left + SLOT, wide - 2 * SIDE)
        left += SLOT


def _between(line: Sequence[Level], left: float, right: float) -> Iterator[Level]:
    """The levels of LINE that reach into the room from LEFT to RIGHT."""
    first = max(0, bisect_right(line, left, key=itemgetter(0)) - 1)
    for number in range(first, len(line)):
        level = line[number]
        if level.left > right:
            return
        if level.right >= left:
            yield level


def _candidates(line: Sequence[Level], left: float, right: float) -> list[Spot]:
    """The middles of the levels of LINE between LEFT and RIGHT, of the longest ones."""
    within = [
        (max(level.left, left), min(level.right, right), level.y)
        for level in _between(line, left, right)
    ]
    longest = nlargest(_TRIED, within, key=lambda one: one[1] - one[0])
    return [((low + high) / 2, y) for low, high, y in longest]


def _clear(spot: Spot, taken: Sequence[Spot]) -> bool:
    return all(abs(spot[0] - x) > 1.6 * SIDE or abs(spot[1] - y) > 1.2 * SIDE for x, y in taken)


def _alone(spot: Spot, others: Sequence[Sequence[Level]]) -> bool:
    """Whether no other line passes beneath a mark."""
    x, y = spot
    for line in others:
        heights = [level.y for level in _between(line, x - SIDE, x + SIDE)]
        if heights and min(heights) - SIDE / 2 < y < max(heights) + SIDE / 2:
            return False
    return True
