"""Fewer points, the same picture: what one column of pixels cannot show apart is left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

Point = tuple[datetime, int | None]

#: A series of no more points than this is drawn whole.
ENOUGH = 2_000


def steps(points: Sequence[Point]) -> list[Point]:
    """The points at which the rank changes, and the last: a step line needs no others."""
    kept = [
        point for before, point in zip((None, *points), points, strict=False)
        if before is None or before[1] != point[1]
    ]  # fmt: skip
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]


def thin(points: Sequence[Point], start: datetime, end: datetime, columns: int) -> list[Point]:
    """Of each of COLUMNS between START and END the first, last, least and greatest point.

    Drawn as steps in that many columns of pixels, they cover what all points would (the M4 idea
    of Jugel and others, 2014).
    """
    whole = (end - start).total_seconds()
    grouped = groupby(points, lambda p: int((p[0] - start).total_seconds() / whole * columns))
    return [point for _, group in grouped for point in _extremes(list(group))]


def _extremes(column: Sequence[Point]) -> list[Point]:
    indices = range(len(column))
    least = min(indices, key=lambda index: column[index][1] or 0)
    greatest = max(indices, key=lambda index: column[index][1] or 0)
    return [column[index] for index in sorted({0, least, greatest, len(column) - 1})]
