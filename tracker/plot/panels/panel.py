"""Several small plots in one picture: where each stands, and the rows it is drawn from.

Heights are points of one area; times are times, for which each column of plots has its own scale.
So a panel is rows and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tracker.analysis import Gap, gaps
from tracker.model import Series, Timeline
from tracker.plot.curve.layout import MOST_POINTS
from tracker.plot.curve.looks import told_looks
from tracker.plot.curve.ranks import Reach, depth
from tracker.plot.curve.rows import slit_rows
from tracker.plot.curve.thin import ENOUGH, Point, steps, thin
from tracker.plot.curve.upright import Row
from tracker.plot.scene import Stretch, stretches
from tracker.plot.style.typeset import spread
from tracker.plot.times.ticks import epoch

Rows = dict[str, list[Row]]
TRACK = 7  # of one app in the lane of the unranked
LANE_PAD, LANE = 4, 22  # in that lane, and how high it is at least: as its words
LABEL_LINE, LANE_LINE = 18, 13
HAIR = 3


@dataclass(frozen=True, slots=True)
class Panel:
    """A plot's place; ``lowest`` is the greatest number on its axis, ``tracks`` its unranked apps.

    ``log`` axes are those of ranks, broken above ``broken``; others count places. The lane lies
    beneath ``bottom``. ``column`` is which of the columns of plots it stands in.
    """

    left: float
    right: float
    top: float
    bottom: float
    first: datetime
    last: datetime
    lowest: int
    broken: int = 1
    log: bool = True
    tracks: tuple[str, ...] = ()
    column: int = 0

    @property
    def wide(self) -> float:
        return self.right - self.left

    @property
    def floor(self) -> float:
        """The lower edge, beneath the lane."""
        return self.bottom + (8 + self._lane if self.tracks else 6)

    @property
    def _lane(self) -> float:
        return max(LANE, 2 * LANE_PAD + TRACK * len(self.tracks))

    def x(self, time: datetime) -> float:
        """Points from the left edge of the area."""
        share = (time - self.first) / (self.last - self.first)
        return round(self.left + share * self.wide, 1)

    def y(self, number: int) -> float:
        high = self.bottom - self.top
        if self.log:
            return round(self.top + depth(number, self.reach, high), 1)
        return round(self.top + (number - 1) / max(1, self.lowest - 1) * high, 1)

    @property
    def reach(self) -> Reach:
        """The ranks on its axis."""
        return Reach(self.lowest, self.broken)

    def track(self, app_id: str) -> float:
        """The height of an unranked app's bars."""
        number = self.tracks.index(app_id) - len(self.tracks) / 2 + 0.5
        return self.bottom + 8 + self._lane / 2 + TRACK * number


def lane_words(deep: str) -> tuple[str, str]:
    """The lane's name in two lines, where looks are so DEEP: ``not in``, ``top 100``."""
    return "not in", f"top {deep}"


def unranked_of(series: Iterable[Series]) -> tuple[str, ...]:
    """The ids of the apps that some snapshot did not find."""
    return tuple(dict.fromkeys(one.app.app_id for one in series if None in one.ranks))


@dataclass(frozen=True, slots=True)
class Drawn:
    """How a picture's curves are drawn: colours by app id, and of ``lines`` in all panels.

    In a page, which is ``interactive``, a reader can look closer. ``shapes`` by app id tell the
    apps apart without colour; without one a line ends in a dot.
    """

    colours: Mapping[str, str]
    lines: int
    interactive: bool
    shapes: Mapping[str, str] = field(default_factory=dict)

    def columns(self, wide: float) -> int:
        """How many columns of pixels of a line WIDE points wide are worth telling apart."""
        closer = MOST_POINTS // (4 * self.lines) if self.interactive else 0
        return max(2 * int(wide), closer)


def curve_rows(
    panel: Panel,
    series: Sequence[Series],
    how: Drawn,
    *,
    name: str = "",
    key: str = "",
    shown: Callable[[int], str] = str,
) -> Rows:
    """The rows of one panel's curves: steps where ranked, bars where not, nothing elsewhere.

    SERIES share a timeline; KEY tells this panel's lines from those of others, and NAME is what a
    pointer is told of it; SHOWN says a rank.
    """
    found: Rows = {"bars": [], "dots": []}
    line = series[0].timeline
    unseen = gaps(line)
    for one in series:
        app_id, strokes = one.app.app_id, stretches(one)
        found[f"line {app_id}"] = _steps(panel, one, strokes, how, key)
        found["bars"] += _bars(panel, one, strokes, how.colours[app_id])
        found["dots"] += _lone(panel, one, strokes, how.colours[app_id])
    found["gaps"] = _gaps(panel, line, unseen)
    found["slits"] = _slits(panel, unseen)
    if how.interactive:
        found["looks"] = _looks(panel, series, unseen, how, name, shown)
    return found


def context_rows(panel: Panel, series: Iterable[Series], how: Drawn) -> Rows:
    """The lines of other apps, broken where they leave the panel's axis."""
    rows: list[Row] = []
    for one in series:
        for number, part in enumerate(stretches(one)):
            seen = [
                (time, rank if rank and rank <= panel.lowest else None)
                for time, rank in part.points
            ]
            points = thin(steps(seen), panel.first, panel.last, how.columns(panel.wide))
            rows += [
                {
                    "t": epoch(time),
                    "y": panel.y(rank) if rank and rank <= panel.lowest else None,
                    "g": f"{one.app.app_id} {number}",
                    "d": int(part.dashed),
                    "k": panel.column,
                }
                for time, rank in points
                if part.ranked
            ]
    return {"context": rows}


def merged(parts: Iterable[Rows]) -> Rows:
    """The rows of several panels together, without the empty ones."""
    found: Rows = {}
    for part in parts:
        for name, rows in part.items():
            found.setdefault(name, []).extend(rows)
    return {name: rows for name, rows in found.items() if rows}


def _steps(
    panel: Panel, series: Series, strokes: Sequence[Stretch], how: Drawn, key: str
) -> list[Row]:
    rows: list[Row] = []
    for number, part in enumerate(strokes):
        if not part.ranked:
            continue
        points: Sequence[Point] = part.points
        if len(series.ranks) > ENOUGH:
            points = thin(points, panel.first, panel.last, how.columns(panel.wide))
        group = {"g": f"{key} {number}", "d": int(part.dashed), "k": panel.column}
        rows += [
            {"t": epoch(time), "y": panel.y(rank), **group}
            for time, rank in points
            if rank is not None
        ]
    return rows


def _bars(panel: Panel, series: Series, strokes: Sequence[Stretch], colour: str) -> list[Row]:
    return [
        {
            "t": epoch(part.points[0][0]),
            "t2": epoch(part.points[-1][0]),
            "y": panel.track(series.app.app_id),
            "colour": colour,
            "d": int(part.dashed),
            "k": panel.column,
        }
        for part in strokes
        if not part.ranked
    ]


def _lone(panel: Panel, series: Series, strokes: Sequence[Stretch], colour: str) -> list[Row]:
    """Dots for looks that a stroke without length would not show."""
    rows: list[Row] = []
    for part in strokes:
        time, rank = part.points[0]
        if len(part.points) == 1:
            y = panel.track(series.app.app_id) if rank is None else panel.y(rank)
            rows.append({"t": epoch(time), "y": y, "colour": colour, "k": panel.column})
    return rows


def _gaps(panel: Panel, line: Timeline, unseen: Sequence[Gap]) -> list[Row]:
    """Where there was no data: between snapshots, and before the first and after the last.

    Charts are not observed in one instant: what is a hair's breadth at an end is not drawn.
    """
    spans = [(gap.start, gap.end) for gap in unseen]
    ends = [(panel.first, line.times[0]), (line.times[-1], panel.last)]
    spans += [span for span in ends if panel.x(span[1]) - panel.x(span[0]) > HAIR]
    return [
        {
            "t": epoch(start),
            "t2": epoch(end),
            "y": panel.top - 4,
            "y2": panel.floor,
            "k": panel.column,
        }
        for start, end in spans
        if end > start
    ]


def _slits(panel: Panel, unseen: Sequence[Gap]) -> list[Row]:
    spans = [(gap.start, gap.end) for gap in unseen]
    across = {"y": panel.top - 4, "y2": panel.floor, "k": panel.column}
    return [{**row, **across} for row in slit_rows(spans, panel.x)]


def _looks(
    panel: Panel,
    series: Sequence[Series],
    unseen: Sequence[Gap],
    how: Drawn,
    name: str,
    shown: Callable[[int], str],
) -> list[Row]:
    """What a pointer finds, and is told."""
    line = series[0].timeline
    told = told_looks(line, unseen, panel.wide, how.lines)
    return [
        {
            "t": epoch(line.times[number]),
            "y": panel.track(one.app.app_id) if rank is None else panel.y(rank),
            "app": one.app.name,
            "rank": f"not in the top {line.depths[number]}" if rank is None else shown(rank),
            "before": before,
            "holds": holds,
            "where": name,
            "colour": how.colours[one.app.app_id],
            "k": panel.column,
        }
        for one in series
        for number, (before, holds) in told.items()
        for rank in (one.ranks[number],)
    ]


def end_rows(
    panel: Panel,
    series: Sequence[Series],
    names: Sequence[str],
    texts: Sequence[str],
    how: Drawn,
    key: str = "",
) -> Rows:
    """A dot at each line's end, and beside it, pushed apart, its TEXTS: NAMES with a rank.

    With what a page finds the ends in a part of the time by; KEY is that of the lines.
    """
    if not series:
        return {}
    line = series[0].timeline
    anchors = [
        panel.track(one.app.app_id) if one.ranks[-1] is None else panel.y(one.ranks[-1])
        for one in series
    ]
    within = panel.top, max(panel.floor - 6, panel.top)
    places = spread(anchors, LABEL_LINE, *within)
    labels = zip(series, anchors, places, names, texts, strict=True)
    return {
        "ends": [
            {
                "t": epoch(line.times[-1]),
                "y0": anchor,
                "x": panel.right + 12,
                "y": round(place, 1),
                "name": name,
                "text": text,
                "colour": how.colours[one.app.app_id],
                "shape": how.shapes.get(one.app.app_id, "circle"),
                "ranked": int(one.ranks[-1] is not None),
                "of": f"line {one.app.app_id}",
                "key": key,
                "lane": panel.track(one.app.app_id) if one.app.app_id in panel.tracks else None,
                "within": list(within),
                "k": panel.column,
            }
            for one, anchor, place, name, text in labels
        ]
    }
