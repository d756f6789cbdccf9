"""Series of one timeline, compared in pairs: the unbroken leads of each.

All snapshots of two series are compared in a few operations on long whole numbers, in which each
snapshot has a lane of its own, and a pattern finds the leads. Five years of hourly snapshots take a
third of a millisecond a pair so, a sixth of what a loop takes; ``benchmarks/README.md`` has the
figures.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from tracker.errors import InvalidValue
from tracker.model import Series, Timeline

# The state of two series in each snapshot, as one byte: which of them is ahead, or that neither is
# ranked.
_LEADS = re.compile(rb"\x01[\x01\x03]*|\x02[\x02\x03]*")
_NEITHER = b"\x03"
#: How many bytes a lane has, and struct's letter for that.
_LETTERS = {1: "B", 2: "H", 8: "Q"}


class Leading(NamedTuple):
    """An unbroken lead from snapshot FIRST to LAST, as indices. DETERMINED counts its snapshots
    without those that have neither app."""

    b_leads: bool
    first: int
    last: int
    determined: int


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
        self._lanes = [self._in_lanes(one_series.ranks) for one_series in series]
        self._top = int.from_bytes((bytes(self._bytes - 1) + b"\x80") * self._looks, "little")

    def _in_lanes(self, ranks: Sequence[int | None]) -> int:
        unranked = 2 ** (8 * self._bytes - 1) - 1
        filled = [unranked if rank is None else rank for rank in ranks]
        shape = f"<{self._looks}{_LETTERS[self._bytes]}"
        return int.from_bytes(struct.pack(shape, *filled), "little")

    def _ahead(self, a: int, b: int) -> bytes:
        """For each snapshot 1: A is ahead, 2: B is, 3: neither is ranked."""
        first, other, top = self._lanes[a], self._lanes[b], self._top
        # With the top bit put on, no lane borrows from the next; it stays on where the first of
        # two is not the smaller one.
        a_not_behind = ((other | top) - first) & top
        b_not_behind = ((first | top) - other) & top
        free = 8 * self._bytes - 1
        bits = (a_not_behind >> free) | (b_not_behind >> (free - 1))
        return bits.to_bytes(self._looks * self._bytes, "little")[:: self._bytes]

    def leads(self, a: int, b: int) -> list[Leading]:
        """The unbroken leads of A and B, which alternate, in order of time."""
        unbroken = []
        states = self._ahead(a, b)
        if _NEITHER not in states:
            for lead in _LEADS.finditer(states):
                first, end = lead.span()
                unbroken.append(Leading(states[first] == 2, first, end - 1, end - first))
            return unbroken
        for lead in _LEADS.finditer(states):
            run, first = lead[0].rstrip(_NEITHER), lead.start()
            determined = len(run) - run.count(_NEITHER)
            unbroken.append(Leading(run[0] == 2, first, first + len(run) - 1, determined))
        return unbroken
