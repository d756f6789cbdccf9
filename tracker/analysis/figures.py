"""One series: its figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from tracker.analysis.coverage import coverage_of, held, spacings, whole_spacings
from tracker.analysis.facts import Debut, DropOut, Stats
from tracker.model import Series, reaches

DAY = 86_400


#: What "the top ten" means.
TOP = 10


def stats(series: Series) -> Stats:
    """The figures of one series, by docs/definitions.md. An app never ranked has no peak."""
    timeline, ranks = series.timeline, series.ranks
    times = timeline.times
    ranked = [rank for rank in ranks if rank is not None]
    peak = min(ranked, default=None)
    return Stats(
        chart=timeline.chart,
        source=timeline.source,
        app=series.app,
        ranked=len(ranked),
        peak_rank=peak,
        peak_at=None if peak is None else times[ranks.index(peak)],
        at_1=held(timeline, [rank == 1 for rank in ranks]),
        median_rank=_median(ranks, timeline.depths),
        volatility_per_day=_volatility(series),
        observed=coverage_of(timeline),
        top_10=held(timeline, _in_the_top(series)),
        on_chart=held(timeline, _there(series)),
        days_ranked=len({time.date() for time, rank in zip(times, ranks, strict=True) if rank}),
        debut=_debut(series),
        drop_outs=_drop_outs(series),
    )


def _in_the_top(series: Series) -> list[bool | None]:
    """For each snapshot whether the app was in the top ten; None where it has too few entries."""
    pairs = zip(series.ranks, series.timeline.depths, strict=True)
    return [
        rank <= TOP if rank is not None else (False if reaches(depth, TOP) else None)
        for rank, depth in pairs
    ]


def _there(series: Series) -> list[bool | None]:
    """For each snapshot whether the app was in the chart; None where that is not known.

    An app absent from a snapshot may still have its last rank if that is below the last entry.
    """
    there: list[bool | None] = []
    last: int | None = None
    for rank, depth in zip(series.ranks, series.timeline.depths, strict=True):
        shallow = rank is None and last is not None and not reaches(depth, last)
        there.append(None if shallow else rank is not None)
        last = last if shallow else rank
    return there


def _debut(series: Series) -> Debut | None:
    index = next((index for index, rank in enumerate(series.ranks) if rank is not None), None)
    if index is None:
        return None
    times, depths, rank = series.timeline.times, series.timeline.depths, series.ranks[index]
    assert rank is not None
    missed = [times[earlier] for earlier in range(index) if reaches(depths[earlier], rank)]
    return Debut(missed[-1] if missed else None, times[index], rank)


def _drop_outs(series: Series) -> tuple[DropOut, ...]:
    drop_outs: list[DropOut] = []
    stood: tuple[datetime, int] | None = None
    for time, rank, there in zip(series.timeline.times, series.ranks, _there(series), strict=True):
        if rank is not None:
            if drop_outs and drop_outs[-1].back_by is None:
                drop_outs[-1] = replace(drop_outs[-1], back_by=time)
            stood = (time, rank)
        elif there is False and stood:
            drop_outs.append(DropOut(stood[0], time, stood[1], None))
            stood = None
    return tuple(drop_outs)


def _median(ranks: Sequence[int | None], depths: Sequence[int | None]) -> int | None:
    """*median rank* of docs/definitions.md.

    None too where a snapshot without the app has fewer entries than the median rank.
    """
    ordered = sorted(math.inf if rank is None else rank for rank in ranks)
    if not ordered:
        return None
    median = ordered[(len(ordered) - 1) // 2]
    if math.isinf(median):
        return None
    missed = (depth for rank, depth in zip(ranks, depths, strict=True) if rank is None)
    return int(median) if all(reaches(depth, int(median)) for depth in missed) else None


def _volatility(series: Series) -> float | None:
    """*volatility* of docs/definitions.md."""
    line = series.timeline
    moved = days = 0.0
    for seconds, whole, (first, last) in zip(
        spacings(line), whole_spacings(line), pairwise(series.ranks), strict=True
    ):
        if whole and first is not None and last is not None:
            moved += abs(math.log(last / first))
            days += seconds / DAY
    return moved / days if days else None
