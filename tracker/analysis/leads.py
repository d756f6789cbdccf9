"""Series of one timeline, compared in pairs: the unbroken leads of each.

All snapshots of two series are compared in a few operations on long whole numbers, in which each
snapshot has a lane of its own, and the leads are found in the bytes of the result: for every two of
twenty apps in about a tenth of the time of a loop. ``benchmarks/README.md`` has the figures.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from itertools import chain

from tracker.errors import InvalidValue
from tracker.model import Series, Timeline

#: The state of two series in a snapshot: which of them is ahead, or that neither is ranked.
_A, _B, _NEITHER = 0x80, 0x00, 0xC0
#: An unbroken lead: whether it is B's, its first and its last snapshot as indices, and how many
#: snapshots it has without those that have neither app.
Leading = tuple[bool, int, int, int]
#: How many bytes a lane has, and struct's letter for that.
_LETTERS = {1: "B", 2: "H", 8: "Q"}


def same_timeline(series: Iterable[Series]) -> Timeline:
    """The timeline all of SERIES have; ``InvalidValue`` where they differ, or there are none."""
    lines = [one_series.timeline for one_series in series]
    if not lines or any(line is not lines[0] and line != lines[0] for line in lines):
        raise InvalidValue("only series of one timeline can be compared")
    return lines[0]


class Comparison:
    """Series of one timeline, ready to be compared. A series is named by its index."""

    def __init__(self, series: Sequence[Series]) -> None:
        line = same_timeline(series)
        deep = (
            chain.from_iterable(one_series.ranks for one_series in series)
            if line.sparse
            else line.depths
        )
        # The top bit of a lane is free, and its largest value means unranked, in this module only.
        deepest = max(filter(None, deep), default=0)
        self._bytes = next((many for many in _LETTERS if deepest < 2 ** (8 * many - 1) - 1), 8)
        self._looks = len(line.depths)
        top = int.from_bytes((bytes(self._bytes - 1) + b"\x80") * self._looks, "little")
        self._top, self._rest = top, top - (top >> (8 * self._bytes - 1))
        self._lanes = [self._in_lanes(one_series.ranks) for one_series in series]
        # With the top bit on, no lane borrows from the next when another lane is taken from it.
        self._raised = [lanes | top for lanes in self._lanes]

    def _in_lanes(self, ranks: Sequence[int | None]) -> int:
        unranked = 2 ** (8 * self._bytes - 1) - 1
        filled = [rank or unranked for rank in ranks]
        if self._bytes == 1:
            return int.from_bytes(bytes(filled), "little")
        shape = f"<{self._looks}{_LETTERS[self._bytes]}"
        return int.from_bytes(struct.pack(shape, *filled), "little")

    def _states(self, a: int, b: int) -> bytes:
        """The state of A and B in each snapshot: of equal ranks, as of none, neither is ahead."""
        differ = ((self._lanes[a] ^ self._lanes[b]) + self._rest) & self._top
        states = (self._raised[b] - self._lanes[a]) & self._top | (differ ^ self._top) >> 1
        return states.to_bytes(self._looks * self._bytes, "little")[self._bytes - 1 :: self._bytes]

    def leads(self, a: int, b: int) -> list[Leading]:
        """The unbroken leads of A and B, which alternate, in order of time."""
        states, unbroken = self._states(a, b), list[Leading]()
        first = len(states) - len(states.lstrip(bytes([_NEITHER])))
        while first < len(states):
            ahead = states[first]
            end = states.find(_A if ahead == _B else _B, first)
            if end < 0:
                end = len(states)
            last, determined = states.rfind(ahead, first, end), states.count(ahead, first, end)
            unbroken.append((ahead == _B, first, last, determined))
            first = end
        return unbroken
