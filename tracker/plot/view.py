"""Where layers are drawn: the scales and axes of ranks and times, and a plot's width and height.

Positions come from Vega's scales; what stands beside an axis is at an expression of the width and
height, so that a page can have any size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from math import log
from operator import itemgetter
from typing import Any

import altair as alt

from tracker.plot.rows import Rows
from tracker.plot.theme import OF_WORDS, SMALL, Theme, readable

#: Ranks that may have a tick.
ROUND = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
#: Down to this rank the axis is linear.
LINEAR = 10
#: Added to a rank before its logarithm: without it ranks 1 and 2 would take a quarter of the axis.
SHIFT = 2
#: More rows of lines than these are lists in one row, which vl-convert reads in half of the time.
LONG = 5_000
HEADROOM = 7  # points above the best rank, for the thickness of its line
TRACK, LANE = 11, 12  # points of each unranked app's track, and around them
STRIP, STRIP_GAP = 16, 12  # the strip of who was ahead, and above it


@dataclass(frozen=True, slots=True)
class RankScale:
    """The axis of ranks: linear within the top ten, else the logarithm of ``SHIFT`` + rank.

    Rank 1 is on top.
    """

    best: int
    deepest: int

    @property
    def linear(self) -> bool:
        """Within the top ten, or far below it in a narrow range."""
        return self.deepest <= LINEAR or (self.best > LINEAR and self.deepest < 3 * self.best)

    @property
    def step(self) -> int:
        """From one tick of a linear axis to the next."""
        span = self.deepest - (self.best if self.best > LINEAR else 0)
        return next(step for step in (1, 2, 5, 10, 20, 50, 100, 500) if span <= 10 * step)

    @property
    def top(self) -> int:
        if self.best <= LINEAR:
            return 1
        if self.linear:
            return self.best // self.step * self.step
        return max(tick for tick in ROUND if tick <= self.best)

    @property
    def bottom(self) -> float:
        if self.deepest <= LINEAR:
            return max(self.deepest, 2)
        return self.deepest + self.step / 4 if self.linear else self.deepest * 1.06

    @property
    def ticks(self) -> list[int]:
        if self.linear:
            return list(range(self.top, int(self.bottom) + 1, self.step))
        return [tick for tick in ROUND if self.top <= tick <= self.bottom]

    def share(self, rank: float) -> float:
        """How far down RANK is, from 0 at the top to 1 at the bottom."""
        if self.linear:
            return (rank - self.top) / (self.bottom - self.top)
        return log((SHIFT + rank) / (SHIFT + self.top)) / log(
            (SHIFT + self.bottom) / (SHIFT + self.top)
        )


def _columns(rows: Rows) -> Rows:
    """ROWS of lines as one row with lists of times and ranks for each line."""
    lines = groupby(rows, key=itemgetter("app", "observed"))
    return [
        {"app": app, "observed": observed, "time": [row["time"] for row in points],
         "rank": [row["rank"] for row in points]}
        for (app, observed), points in ((line, list(points)) for line, points in lines)
    ]  # fmt: skip


class Data(alt.NamedData):
    """Rows under a name, which Altair puts beside the specification without a copy or a check.

    It takes 0.5 ms to validate a row, and rows are copied at each method of a chart.
    """

    def __init__(self, name: str, rows: Rows) -> None:
        super().__init__(name=name)
        # Altair's own attributes are properties of the specification.
        object.__setattr__(self, "rows", {name: rows})

    def __deepcopy__(self, memo: Any) -> Data:
        return self

    def to_dict(
        self, validate: bool = True, *, ignore: Any = None, context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        named: dict[str, Rows] = object.__getattribute__(self, "rows")
        if context is not None:
            context.setdefault("datasets", {}).update(named)
        return {"name": next(iter(named))}


@dataclass(frozen=True)
class View:
    """Where layers are drawn, and from which ``rows``.

    ``width`` and ``height`` are points, or on a page Vega's signals of these names. ``span`` is
    the time shown; ``tick_label`` an expression. A ``live`` view takes the part of the time that
    the page's ``shown`` has.
    """

    rows: dict[str, Rows]
    theme: Theme
    colours: Mapping[str, str]
    span: tuple[int, int]
    width: float | str
    height: float | str
    ticks: Sequence[int] = ()
    tick_label: str = "utcFormat(datum.value, '%-d %b %Y')"
    live: bool = False
    key: str = ""  # of the names of data, which must differ where plots are composed
    ranks: RankScale = RankScale(1, 10)
    tracks: int = 0
    strip: bool = False
    lines: bool = True  # False where a gap follows each snapshot: there are points alone
    stroke: float = 10  # points from one change of a rank to the next
    phone_stroke: float = 10  # the same on a phone that shows a page
    small: float = SMALL

    @property
    def lane(self) -> float:
        return self.tracks * TRACK + LANE if self.tracks else 0

    @property
    def foot(self) -> float:
        """Points below the ranks: the lane of the unranked and the strip of who was ahead."""
        return self.lane + (STRIP + STRIP_GAP if self.strip else 0)

    @property
    def floor(self) -> str:
        """An expression for the points from the top to the end of the ranks."""
        return f"{self.height} - {self.foot}"

    @property
    def clip(self) -> Any:
        """Whether marks are cut at the plot's edges: where a page shows a part of the time.

        A stroke or a dot on the edge is whole otherwise.
        """
        return alt.ExprRef(expr="isValid(shown)") if self.live else False

    def data(self, name: str) -> alt.Chart:
        """A chart of the rows of NAME; a page has its rows in one place, apart."""
        if self.live:
            return alt.Chart(alt.NamedData(name=name))
        rows = self.rows[name]
        if name != "steps" or len(rows) <= LONG:
            return alt.Chart(Data(f"{name}-{self.key}", rows))
        columns: alt.Chart = alt.Chart(Data(f"{name}-{self.key}", _columns(rows)))
        return columns.transform_flatten(["time", "rank"])

    @cached_property
    def time_scale(self) -> alt.Scale:
        shown = "shown ? shown[{n}] : {ms}" if self.live else "{ms}"
        # A domain given as a list is read otherwise for x2, which has no type, than for x.
        first, last = (alt.ExprRef(shown.format(n=n, ms=ms)) for n, ms in enumerate(self.span))
        return alt.Scale(type="utc", domainMin=first, domainMax=last, nice=False)

    @cached_property
    def time_axis(self) -> alt.Axis:
        values: Any = alt.ExprRef(expr="ticks") if self.live else list(self.ticks)
        return alt.Axis(
            title=None, values=values, labelExpr=self.tick_label, labelOverlap="greedy",
            labelSeparation=10, labelFlush=False, labelAngle=0, grid=False, domain=True,
            tickSize=5, domainColor=self.theme.quiet, tickColor=self.theme.quiet, labelPadding=5,
            labelColor=self.theme.quiet, labelFontSize=self.small,
        )  # fmt: skip

    def x(self, field: str = "time") -> alt.X:
        return alt.X(f"{field}:T", scale=self.time_scale, axis=self.time_axis)

    @cached_property
    def rank_scale(self) -> alt.Scale:
        bottom = alt.ExprRef(expr=f"{self.height} - {self.foot + HEADROOM}")
        kind: dict[str, Any] = {"type": "symlog", "constant": SHIFT}
        if self.ranks.linear:
            kind = {"type": "linear", "zero": False}
        # From the top, so that of labels that overlap the best rank's stays.
        domain = [self.ranks.top, self.ranks.bottom]
        return alt.Scale(**kind, domain=domain, range=[HEADROOM, bottom], nice=False)

    @cached_property
    def rank_axis(self) -> alt.Axis:
        return alt.Axis(
            title=None, values=self.ranks.ticks, grid=True, gridColor=self.theme.grid,
            domain=False, ticks=False, labelPadding=8, labelColor=self.theme.quiet,
            labelFontSize=self.small,
            labelExpr="datum.value == 1 ? 'No. 1' : format(datum.value, 'd')", labelOverlap=True,
        )  # fmt: skip

    def y(self, field: str = "rank") -> alt.Y:
        return alt.Y(f"{field}:Q", scale=self.rank_scale, axis=self.rank_axis)

    def place(self, rank: float) -> float:
        """Where RANK is, in points from the top, of a view whose height is a number."""
        room = float(self.height) - self.foot - 2 * HEADROOM
        return HEADROOM + self.ranks.share(rank) * room

    def colours_scale(self, least: float = 1) -> alt.Scale:
        """The apps' colours, with a contrast to the background of at least LEAST."""
        colours = [readable(colour, self.theme, least) for colour in self.colours.values()]
        return alt.Scale(domain=list(self.colours), range=colours)

    def colour(self, *, words: bool = False) -> alt.Color:
        return alt.Color("app:N", scale=self.colours_scale(OF_WORDS if words else 1), legend=None)


#: Altair finds the class of a value by itself, and that of a shorthand, but takes 8 ms for each.
_VALUES: Mapping[str, Any] = {
    "x": alt.XValue,
    "x2": alt.X2Value,
    "y": alt.YValue,
    "y2": alt.Y2Value,
    "text": alt.TextValue,
}


def fixed(channel: str, value: Any) -> Any:
    """A VALUE of CHANNEL that is the same for each mark."""
    return _VALUES[channel](value)


def at(channel: str, expression: str) -> Any:
    """A position or another value of CHANNEL that Vega computes."""
    return fixed(channel, alt.ExprRef(expression))
