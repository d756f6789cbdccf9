"""One series: its figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from tracker.analysis.facts import Stats
from tracker.analysis.looks import coverage, gaps, held, spacings, whole_spacings
from tracker.model import Series

DAY = 86_400


def stats(series: Series) -> Stats:
    """The figures of one series. An app never ranked has no peak; one look has no coverage."""
    timeline, ranks = series.timeline, series.ranks
    ranked = [rank for rank in ranks if rank is not None]
    peak = min(ranked, default=None)
    return Stats(
        app=series.app,
        snapshots=len(ranks),
        ranked=len(ranked),
        peak_rank=peak,
        peak_at=None if peak is None else timeline.times[ranks.index(peak)],
        at_1=held(timeline, [rank == 1 for rank in ranks]),
        median_rank=_median(ranks),
        volatility_per_day=_volatility(series),
        gaps=len(gaps(timeline)),
        coverage=coverage(timeline),
    )


def _median(ranks: Sequence[int | None]) -> int | None:
    """Unranked counts as larger than any rank; the lower of two medians."""
    ordered = sorted(math.inf if rank is None else rank for rank in ranks)
    if not ordered:
        return None
    median = ordered[(len(ordered) - 1) // 2]
    return None if math.isinf(median) else int(median)


def _volatility(series: Series) -> float | None:
    """The sum of abs(ln(r2 / r1)) over whole spacings ranked at both ends, per day of them."""
    line = series.timeline
    moved = days = 0.0
    for seconds, whole, (first, last) in zip(
        spacings(line), whole_spacings(line), pairwise(series.ranks), strict=True
    ):
        if whole and first is not None and last is not None:
            moved += abs(math.log(last / first))
            days += seconds / DAY
    return moved / days if days else None
