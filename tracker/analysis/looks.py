"""When a chart was looked at: spacings, gaps, coverage, and how long something lasted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import compress, pairwise

from tracker.analysis.facts import Bounds, Gap
from tracker.model import Timeline

#: A gap is longer than this many times the spacing at this percentile.
GAP_FACTOR = 1.5
GAP_PERCENTILE = 0.9


def spacings(timeline: Timeline) -> list[float]:
    """Seconds between neighbouring snapshots, one fewer than there are snapshots."""
    return list(_spacings(timeline))


@lru_cache(maxsize=2)
def _spacings(timeline: Timeline) -> tuple[float, ...]:
    """Reckoned once: gaps, coverage and cadence of one timeline all begin here."""
    return tuple((later - earlier).total_seconds() for earlier, later in pairwise(timeline.times))


@lru_cache(maxsize=2)
def _ordered(timeline: Timeline) -> tuple[float, ...]:
    """The spacings, shortest first."""
    return tuple(sorted(_spacings(timeline)))


def longest_normal_spacing(timeline: Timeline) -> float:
    """1.5 times the 90th-percentile spacing (nearest rank), in seconds; inf below two snapshots."""
    ordered = _ordered(timeline)
    if not ordered:
        return math.inf
    return GAP_FACTOR * ordered[math.ceil(GAP_PERCENTILE * len(ordered)) - 1]


def whole_spacings(timeline: Timeline) -> list[bool]:
    """For each spacing whether it is normal: True no gap, False a gap."""
    normal = longest_normal_spacing(timeline)
    return [one <= normal for one in _spacings(timeline)]


def gaps(timeline: Timeline) -> tuple[Gap, ...]:
    """The neighbouring snapshots that are further apart than the longest normal spacing."""
    pairs = zip(pairwise(timeline.times), whole_spacings(timeline), strict=True)
    return tuple(Gap(start, end) for (start, end), whole in pairs if not whole)


@lru_cache(maxsize=2)
def coverage(timeline: Timeline) -> float | None:
    """The share, 0 to 1, of the time from first to last snapshot that is not gap."""
    seconds = spacings(timeline)
    if not seconds:
        return None
    return sum(compress(seconds, whole_spacings(timeline))) / sum(seconds)


def cadence(timeline: Timeline) -> float | None:
    """The median spacing in seconds (the lower one of two); None below two snapshots."""
    ordered = _ordered(timeline)
    return ordered[(len(ordered) - 1) // 2] if ordered else None


def held(timeline: Timeline, holds: Sequence[bool | None]) -> Bounds:
    """How long something lasted of which each snapshot says whether it holds, or None: cannot say.

    Lower: spacings where it holds at both ends and that are no gap; upper: spacings where it holds,
    or may hold, at either end, gaps included.
    """
    lower = upper = 0.0
    for seconds, whole, (first, last) in zip(
        spacings(timeline), whole_spacings(timeline), pairwise(holds), strict=True
    ):
        lower += seconds if whole and first and last else 0
        upper += 0 if first is False and last is False else seconds
    return Bounds(lower, upper)
