"""Fewer points, the same picture: what one column of pixels cannot show apart is left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

Point = tuple[datetime, int | None]

#: A series of no more points than this is drawn whole.
ENOUGH = 2_000
#: Columns in a pixel. Strokes are smoothed at their edges, so that what happens within a pixel can
#: be seen; with one column in a pixel up to 4 % of a picture's pixels differ, with these 0.05 %.
FINE = 8


def thin(points: Sequence[Point], start: datetime, end: datetime, columns: int) -> list[Point]:
    """Of each of COLUMNS between START and END the first, last, least and greatest point.

    And the point after each of the last two, where their rank ceases. This is the M4 idea of Jugel
    and others, 2014, made for steps.
    """
    begin, span = start.timestamp(), (end - start).total_seconds()
    # Divided first: a point on the border of two columns would else fall into the wrong one.
    numbers = [int((time.timestamp() - begin) / span * columns) for time, _ in points]
    borders = [at for at, (before, other) in enumerate(pairwise(numbers), 1) if before != other]
    rest: list[Point] = []
    for first, last in pairwise((0, *borders, len(points))):
        rest += _telling(points[first:last])
    return rest


def _telling(column: Sequence[Point]) -> Sequence[Point]:
    if len(column) <= 3:
        return column
    ranks = [rank or 0 for _, rank in column]
    least, greatest = ranks.index(min(ranks)), ranks.index(max(ranks))
    rest = {0, least, least + 1, greatest, greatest + 1, len(column) - 1}
    return [column[index] for index in sorted(rest) if index < len(column)]
