"""Which looks a pointer finds in a page, and what it is told of each."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection, Iterable

from tracker.analysis import Gap
from tracker.model import Timeline
from tracker.plot.curve.thin import ENOUGH
from tracker.plot.text.words import lasting

#: What a pointer finds, about, where of all lines there were more snapshots than that many.
MOST_LOOKS, MANY_LOOKS = 6_000, 24_000


def told_looks(
    line: Timeline, gaps: Collection[Gap], width: float, lines: int
) -> dict[int, tuple[str, str]]:
    """The number of each snapshot that is found on a plot WIDTH points wide, one of so many LINES.

    With how long before it the last one was, and how long what it saw holds.
    """
    starts = {gap.start for gap in gaps}
    return {number: _ages(line, starts, number) for number in _numbers(line, width, lines)}


def _numbers(line: Timeline, width: float, lines: int) -> Iterable[int]:
    """All snapshots, or the last of each column of pixels."""
    times = line.times
    if len(times) <= min(ENOUGH, MANY_LOOKS / lines):
        return range(len(times))
    column = max(1, math.ceil(lines * width / MOST_LOOKS))
    many = math.ceil(width / column)
    each = (times[-1] - times[0]) * column / width
    ends = (bisect_left(times, times[0] + each * number) - 1 for number in range(1, many + 1))
    return dict.fromkeys([*ends, len(times) - 1])


def _ages(line: Timeline, gaps: Collection[object], number: int) -> tuple[str, str]:
    times, before, holds = line.times, "none", "latest snapshot"
    if number:
        before = f"{lasting((times[number] - times[number - 1]).total_seconds())} earlier"
    if number + 1 < len(times):
        span = lasting((times[number + 1] - times[number]).total_seconds())
        unseen = times[number] in gaps
        holds = f"unknown: no data for {span}" if unseen else f"{span}, until the next snapshot"
    return before, holds
