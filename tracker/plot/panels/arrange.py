"""Where small plots stand: in how many columns, how high, and beneath which the time is told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from tracker.plot.curve.ranks import Reach
from tracker.plot.panels.panel import Panel, lane_words
from tracker.plot.style.size import NARROW, ROOMY, SLIM, SMALL, Type
from tracker.plot.style.typeset import width

MOST_COLUMNS = 5
#: Of a plot by the sheet's type: how narrow it may be where there is height enough, and how high
#: its axis is.
LEAST_WIDE = {ROOMY: 210, NARROW: 150, SLIM: 88}
RANKS_HIGH = {ROOMY: 120, NARROW: 104, SLIM: 88}
#: The same where a picture for a phone has not height enough.
SQUEEZED_WIDE, SQUEEZED_HIGH = 84, 50
HEAD, LOW_HEAD = 34, 26  # above a plot
KEYS = 20  # beneath the last key
NOTED = 12  # of height, for the numbers of notes above a plot
BETWEEN = 4
AXIS_ROOM = 42  # beneath a row of plots that has the time beneath it
SCREEN = {ROOMY: 980, NARROW: 680, SLIM: 600}  # points at most from one such axis to the next


@dataclass(frozen=True, slots=True)
class Plots:
    """What all plots of one sheet share, and the ROOM, in points, that is as wide as the sheet.

    ``labels`` is what the words at the lines' ends need; ``keys`` the height at which the last key
    stands; ``fits`` the height that there is, None where the sheet is as high as its plots need.
    """

    many: int
    room: float
    kind: Type
    span: tuple[datetime, datetime]
    reach: Reach
    deep: str
    tracks: tuple[str, ...]
    labels: float
    keys: float
    noted: bool
    fits: float | None

    @property
    def left(self) -> float:
        """What the numbers on the axes need."""
        lane = lane_words(self.deep) if self.tracks else ()
        return max(width(word, SMALL) for word in ("No. 1", *lane)) + 10

    @property
    def lane(self) -> float:
        """The height of a plot without an axis: that of its lane for the unranked."""
        return Panel(0, 1, 0, 0, *self.span, 2, tracks=self.tracks).floor

    def columns(self, least: float) -> int:
        """How many columns of plots LEAST points wide there may be, none of them needless."""
        most = int((self.room - self.left) / (least + self.labels))
        columns = max(1, min(MOST_COLUMNS, self.many, most))
        return math.ceil(self.many / math.ceil(self.many / columns))


def arranged(plots: Plots) -> tuple[list[Panel], list[Panel]]:
    """The panels row by row, of one width, span, axis and lane; and which have the time beneath.

    The latter without the last of each column, which always has it. So no plot is farther from the
    time than a screen is high.
    """
    columns, head, high = _measured(plots)
    each = (plots.room - plots.left) / columns
    step = head + high + plots.lane + BETWEEN
    rows = math.ceil(plots.many / columns)
    together = _together(rows, step, plots.kind)
    panels, reach = [], plots.reach
    for number in range(plots.many):
        row, column = divmod(number, columns)
        top = plots.keys + KEYS + row * step + row // together * AXIS_ROOM + head
        x = column * each
        panels.append(
            Panel(x, x + each - plots.labels, top, top + high, *plots.span, reach.deepest,
                  reach.broken, tracks=plots.tracks, column=column)
        )  # fmt: skip
    axes = [
        panel
        for number, panel in enumerate(panels[:-columns])
        if (number // columns + 1) % together == 0
    ]
    return panels, axes


def _measured(plots: Plots) -> tuple[int, float, float]:
    """How many columns, how much room above a plot, and how high its axis."""
    kind = plots.kind
    columns, noted = plots.columns(LEAST_WIDE[kind]), NOTED * plots.noted
    high = RANKS_HIGH[kind]
    if plots.fits is None or _height(plots, columns, HEAD + noted, high) <= plots.fits:
        return columns, HEAD + noted, high
    # More columns, and lower plots, but neither more than can be read.
    head = LOW_HEAD + noted
    for many in range(columns, max(columns, plots.columns(SQUEEZED_WIDE)) + 1):
        rest = plots.fits - _height(plots, many, head, 0)
        each = math.floor(rest / math.ceil(plots.many / many))
        if each >= SQUEEZED_HIGH:
            break
    return many, head, max(SQUEEZED_HIGH, min(high, each))


def _height(plots: Plots, columns: int, head: float, high: float) -> float:
    """Of all plots with what stands above and between them."""
    rows, step = math.ceil(plots.many / columns), head + high + plots.lane + BETWEEN
    axes = math.ceil(rows / _together(rows, step, plots.kind)) - 1
    return plots.keys + KEYS + rows * step + axes * AXIS_ROOM


def _together(rows: int, step: float, kind: Type) -> int:
    """How many rows have one time beneath them, so that none is a screen away from its own."""
    most = max(1, int(SCREEN[kind] / step))
    return math.ceil(rows / math.ceil(rows / most))
