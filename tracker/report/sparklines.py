"""The ranks of apps over a window as a line of blocks each, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from tracker.model import Series

BLOCKS = "▁▂▃▄▅▆▇█"
UNRANKED = "·"
#: How many blocks a line has at most.
CELLS = 20


def sparklines(series: Sequence[Series], cells: int = CELLS) -> dict[str, str]:
    """A line for each app id, all on one scale: the best rank is the highest block.

    A block is the best rank in its part of the window, on a logarithmic scale; ``·`` is unranked,
    and a space a time without a snapshot.
    """
    ranks = [rank for line in series for rank in line.ranks if rank]
    if not ranks:
        return {}
    least, most = math.log(min(ranks)), math.log(max(ranks))
    times = series[0].timeline.times
    cells = min(cells, len(times))
    slots = [_slot(time, times[0], times[-1], cells) for time in times]

    def block(ranks_then: Sequence[int | None]) -> str:
        best = min((rank for rank in ranks_then if rank), default=None)
        if best is None:
            return UNRANKED if ranks_then else " "
        share = (most - math.log(best)) / (most - least) if most > least else 1.0
        return BLOCKS[round(share * (len(BLOCKS) - 1))]

    return {
        line.app.app_id: "".join(
            block([rank for rank, slot in zip(line.ranks, slots, strict=True) if slot == cell])
            for cell in range(cells)
        )
        for line in series
    }


def _slot(time: datetime, first: datetime, last: datetime, cells: int) -> int:
    whole = (last - first).total_seconds()
    share = (time - first).total_seconds() / whole if whole else 0.0
    return min(int(share * cells), cells - 1)
