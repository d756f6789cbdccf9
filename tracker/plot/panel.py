"""Several small plots in one picture: where each stands, and the rows it is drawn from.

Everything is placed in pixels of one area, so that a panel is rows and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from tracker.analysis import gaps
from tracker.model import Series
from tracker.plot.layout import ticks as rank_ticks
from tracker.plot.scene import stretches
from tracker.plot.thin import ENOUGH, steps, thin
from tracker.plot.timeaxis import tick_words, time_ticks
from tracker.plot.typeset import spread

Row = dict[str, object]
Rows = dict[str, list[Row]]
TRACK = 7  # of one app in the lane of the unranked
LANE_PAD = 4
LABEL_LINE = 18
HAIR = 3
ROOM = 12  # from one number on an axis to the next
TICK_ROOM = 44  # from one tick of time to the next


@dataclass(frozen=True, slots=True)
class Panel:
    """A plot's place; ``lowest`` is the greatest number on its axis, ``tracks`` its unranked apps.

    ``log`` axes are those of ranks; others count places. The lane lies beneath ``bottom``.
    """

    left: float
    right: float
    top: float
    bottom: float
    first: datetime
    last: datetime
    lowest: int
    log: bool = True
    tracks: tuple[str, ...] = ()

    @property
    def floor(self) -> float:
        """The lower edge, beneath the lane."""
        many = len(self.tracks)
        return self.bottom + (8 + 2 * LANE_PAD + TRACK * many if many else 6)

    def x(self, time: datetime) -> float:
        share = (time - self.first) / (self.last - self.first)
        return round(self.left + share * (self.right - self.left), 1)

    def y(self, number: int) -> float:
        if self.log:
            share = math.log(number) / math.log(self.lowest)
        else:
            share = (number - 1) / max(1, self.lowest - 1)
        return round(self.top + share * (self.bottom - self.top), 1)

    def track(self, app_id: str) -> float:
        """The height of an unranked app's bars."""
        return self.bottom + 8 + LANE_PAD + TRACK * (self.tracks.index(app_id) + 0.5)


def unranked_of(series: Iterable[Series]) -> tuple[str, ...]:
    """The ids of the apps that some look did not find."""
    return tuple(dict.fromkeys(one.app.app_id for one in series if None in one.ranks))


def curve_rows(
    panel: Panel,
    series: Sequence[Series],
    colours: Mapping[str, str],
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
    for one in series:
        app_id = one.app.app_id
        found[f"line {app_id}"] = _steps(panel, one, key)
        found["bars"] += _bars(panel, one, colours[app_id])
        found["dots"] += _lone(panel, one, colours[app_id])
    found["gaps"] = _gaps(panel, series)
    found["looks"] = [row for one in series for row in _looks(panel, one, name, colours, shown)]
    return found


def merged(parts: Iterable[Rows]) -> Rows:
    """The rows of several panels together, without the empty ones."""
    found: Rows = {}
    for part in parts:
        for name, rows in part.items():
            found.setdefault(name, []).extend(rows)
    return {name: rows for name, rows in found.items() if rows}


def _steps(panel: Panel, series: Series, key: str) -> list[Row]:
    rows: list[Row] = []
    columns = int(2 * (panel.right - panel.left))
    for number, part in enumerate(stretches(series)):
        if not part.ranked:
            continue
        points = steps(part.points)
        if len(series.ranks) > ENOUGH:
            points = thin(points, panel.first, panel.last, columns)
        group = {"g": f"{key} {number}", "d": int(part.dashed)}
        rows += [
            {"x": panel.x(time), "y": panel.y(rank), **group}
            for time, rank in points
            if rank is not None
        ]
    return rows


def _bars(panel: Panel, series: Series, colour: str) -> list[Row]:
    return [
        {
            "x": panel.x(part.points[0][0]),
            "x2": panel.x(part.points[-1][0]),
            "y": panel.track(series.app.app_id),
            "c": colour,
            "d": int(part.dashed),
        }
        for part in stretches(series)
        if not part.ranked
    ]


def _lone(panel: Panel, series: Series, colour: str) -> list[Row]:
    """Dots for looks that a stroke without length would not show."""
    rows: list[Row] = []
    for part in stretches(series):
        time, rank = part.points[0]
        if len(part.points) == 1:
            y = panel.track(series.app.app_id) if rank is None else panel.y(rank)
            rows.append({"x": panel.x(time), "y": y, "c": colour})
    return rows


def _gaps(panel: Panel, series: Sequence[Series]) -> list[Row]:
    """Where nobody looked: between looks, and before the first and after the last.

    Charts are not looked at in one instant: what is a hair's breadth at an end is not drawn.
    """
    line = series[0].timeline
    spans = [(gap.start, gap.end) for gap in gaps(line)]
    ends = [(panel.first, line.times[0]), (line.times[-1], panel.last)]
    spans += [span for span in ends if panel.x(span[1]) - panel.x(span[0]) > HAIR]
    return [
        {"x": panel.x(start), "x2": panel.x(end), "y": panel.top - 4, "y2": panel.floor}
        for start, end in spans
        if end > start
    ]


def _looks(
    panel: Panel,
    series: Series,
    name: str,
    colours: Mapping[str, str],
    shown: Callable[[int], str],
) -> list[Row]:
    """What a pointer finds: the last look of each column of pixels."""
    app = series.app
    looks = {round(panel.x(look.observed_at)): look for look in series}
    return [
        {
            "x": panel.x(look.observed_at),
            "y": panel.track(app.app_id) if look.rank is None else panel.y(look.rank),
            "app": app.name,
            "rank": f"not in the top {look.depth}" if look.rank is None else shown(look.rank),
            "t": int(look.observed_at.timestamp()) * 1000,
            "where": name,
            "c": colours[app.app_id],
        }
        for look in looks.values()
    ]


def rank_words(rank: int) -> str:
    """What the axis of ranks calls a rank."""
    return "No. 1" if rank == 1 else str(rank)


def frame_rows(
    panel: Panel, *, words: bool = True, told: Callable[[int], str] = rank_words
) -> Rows:
    """The grid of an axis with its numbers, and the lane's ground; WORDS left of it."""
    found: Rows = {"grid": [], "numbers": [], "lanes": []}
    for number in ticks(panel):
        y = panel.y(number)
        found["grid"].append({"x": panel.left, "x2": panel.right, "y": y})
        if words:
            found["numbers"].append({"x": panel.left - 8, "y": y, "text": told(number)})
    if panel.tracks:
        y, y2 = panel.bottom + 8, panel.floor
        found["lanes"].append({"x": panel.left, "x2": panel.right, "y": y, "y2": y2})
        if words:
            middle = (y + y2) / 2
            found["numbers"].append({"x": panel.left - 8, "y": middle, "text": "unranked"})
    return found


def ticks(panel: Panel) -> list[int]:
    """The numbers with a line in the grid, as many as find room for their words."""
    kept: list[int] = []
    for number in rank_ticks(panel.lowest) if panel.log else range(1, panel.lowest + 1):
        if not kept or panel.y(number) - panel.y(kept[-1]) >= ROOM:
            kept.append(number)
    return kept


def time_rows(panel: Panel, zone: tzinfo = UTC) -> Rows:
    """The time axis beneath a panel."""
    unit, ticks = time_ticks(panel.first, panel.last, panel.right - panel.left, TICK_ROOM, zone)
    y = panel.floor
    return {
        "axis": [{"x": panel.left, "x2": panel.right, "y": y}],
        "times": [
            {"x": panel.x(tick), "y": y, "text": text}
            for tick, text in zip(ticks, tick_words(unit, ticks, zone), strict=True)
        ],
    }


def end_rows(
    panel: Panel, series: Sequence[Series], texts: Sequence[str], colours: Mapping[str, str]
) -> Rows:
    """A dot at each line's end, and its words beside it, pushed apart."""
    if not series:
        return {}
    line = series[0].timeline
    anchors = [
        panel.track(one.app.app_id) if one.ranks[-1] is None else panel.y(one.ranks[-1])
        for one in series
    ]
    places = spread(anchors, LABEL_LINE, panel.top, max(panel.floor - 6, panel.top))
    return {
        "ends": [
            {
                "x": panel.x(line.times[-1]),
                "y0": anchor,
                "tx": panel.right + 12,
                "y": round(place, 1),
                "text": text,
                "c": colours[one.app.app_id],
                "ranked": int(one.ranks[-1] is not None),
            }
            for one, anchor, place, text in zip(series, anchors, places, texts, strict=True)
        ]
    }
