"""When a chart was observed: spacings, gaps, coverage, and how long something lasted.

The definitions, with examples, are in docs/definitions.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from itertools import compress, pairwise
from operator import sub

from tracker.analysis.facts import Bounds, Coverage, Gap
from tracker.model import Provenance, Timeline

#: A gap is longer than this many times the third-quartile spacing.
GAP_FACTOR = 1.5


def spacings(timeline: Timeline) -> list[float]:
    """Seconds between neighbouring snapshots, one fewer than there are snapshots."""
    return list(_spacings(timeline))


@lru_cache(maxsize=2)
def _spacings(timeline: Timeline) -> tuple[float, ...]:
    """Computed once: gaps, coverage and cadence of one timeline all use them."""
    times = timeline.times
    return tuple(map(timedelta.total_seconds, map(sub, times[1:], times)))


@lru_cache(maxsize=2)
def _ordered(timeline: Timeline) -> tuple[float, ...]:
    """The spacings, shortest first."""
    return tuple(sorted(_spacings(timeline)))


def longest_normal_spacing(timeline: Timeline) -> float:
    """The longest spacing that is not a gap, in seconds; 0 below three snapshots.

    See *gap* in docs/definitions.md.
    """
    ordered = _ordered(timeline)
    if len(ordered) < 2:
        return 0.0
    return GAP_FACTOR * ordered[3 * len(ordered) // 4 - 1]


def whole_spacings(timeline: Timeline) -> list[bool]:
    """For each spacing whether it is normal: True no gap, False a gap.

    A rank that the press reported is a point: nothing is known beside it, so a spacing that begins
    or ends with one is a gap.
    """
    normal = longest_normal_spacing(timeline)
    whole = [spacing <= normal for spacing in _spacings(timeline)]
    if Provenance.REPORTED not in timeline.provenances:
        return whole
    points = [kind is Provenance.REPORTED for kind in timeline.provenances]
    return [
        whole_spacing and not any(ends)
        for whole_spacing, ends in zip(whole, pairwise(points), strict=True)
    ]


def gaps(timeline: Timeline) -> tuple[Gap, ...]:
    """The neighbouring snapshots that are further apart than the longest normal spacing."""
    pairs = zip(pairwise(timeline.times), whole_spacings(timeline), strict=True)
    return tuple(Gap(start, end) for (start, end), whole in pairs if not whole)


@lru_cache(maxsize=2)
def coverage(timeline: Timeline) -> float | None:
    """The share, 0 to 1, of the time from first to last snapshot that is not gap.

    None below three snapshots. See *coverage* in docs/definitions.md.
    """
    seconds = spacings(timeline)
    if len(seconds) < 2:
        return None
    return sum(compress(seconds, whole_spacings(timeline))) / sum(seconds)


def coverage_of(timeline: Timeline) -> Coverage:
    """Coverage, and what it must be shown with: how many snapshots, and how far apart."""
    seconds = _spacings(timeline)
    return Coverage(
        snapshots=len(timeline.times),
        seconds=sum(seconds),
        longest_spacing=max(seconds, default=None),
        share=coverage(timeline),
        gaps=whole_spacings(timeline).count(False),
    )


def cadence(timeline: Timeline) -> float | None:
    """The median spacing in seconds (the lower one of two); None below two snapshots."""
    ordered = _ordered(timeline)
    return ordered[(len(ordered) - 1) // 2] if ordered else None


def held(timeline: Timeline, holds: Sequence[bool | None]) -> Bounds:
    """How long something lasted, in seconds. HOLDS says for each snapshot whether it was so, None
    where the snapshot does not show it.

    The bounds are those of *time at number one* in docs/definitions.md.
    """
    lower = upper = 0.0
    for seconds, whole, (first, last) in zip(
        spacings(timeline), whole_spacings(timeline), pairwise(holds), strict=True
    ):
        lower += seconds if whole and first and last else 0
        upper += 0 if first is False and last is False else seconds
    return Bounds(lower, upper)
