"""The rows of the shapes that tell apps apart: along their lines, and in the strip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from tracker.plot.curve.ahead import key_rows
from tracker.plot.curve.layout import Layout
from tracker.plot.curve.rows import Rows, line_name
from tracker.plot.scene import Stretch
from tracker.plot.style.shapes import Level, shape_of, shaped, spots
from tracker.plot.times.ticks import epoch


def telling_rows(
    layout: Layout, lines: Mapping[str, Rows], colours: Mapping[str, str], inks: Mapping[str, str]
) -> dict[str, Rows]:
    """Every named set of rows, none where the apps are too few to need shapes.

    LINES has the rows of the lines, COLOURS those of lines and INKS those of words by app id.
    """
    drawn = layout.scene
    if not shaped(len(drawn.series)):
        return {}
    shapes = {one.app.app_id: shape_of(number) for number, one in enumerate(drawn.series)}
    found = {
        "line shapes": _marks(layout, lines, colours),
        "strip shapes": key_rows(layout, shapes, inks),
    }
    return {name: rows for name, rows in found.items() if rows}


def _marks(layout: Layout, lines: Mapping[str, Rows], colours: Mapping[str, str]) -> Rows:
    """The shapes along the lines."""
    drawn = layout.scene
    levels = [
        _levels(layout, lines[line_name(one)], layout.tracks.get(one.app.app_id, 0), strokes)
        for one, strokes in zip(drawn.series, drawn.strokes, strict=True)
    ]
    first, last = (epoch(drawn.timeline.times[end]) for end in (0, -1))
    return [
        {
            "t": round(first + x / layout.width * (last - first)),
            "y": y,
            "shape": shape_of(number),
            "colour": colours[drawn.series[number].app.app_id],
        }
        for number, found in enumerate(spots(levels, layout.width))
        for x, y in found
    ]


def _levels(
    layout: Layout, rows: Sequence[Mapping[str, Any]], track: float, strokes: Sequence[Stretch]
) -> list[Level]:
    """The level parts of a line, in the axis and in the lane, from left to right."""
    times = layout.scene.timeline.times
    first, share = epoch(times[0]), layout.width / (epoch(times[-1]) - epoch(times[0]))
    heights = {rank: layout.y(rank) for rank in range(1, layout.deepest + 1)}
    found = [
        Level((row["t"] - first) * share, (after["t"] - first) * share, heights[row["r"]])
        for row, after in pairwise(rows)
        if row["r"] is not None and after["r"] is not None
    ]
    found += [
        Level(layout.x(part.points[0][0]), layout.x(part.points[-1][0]), track)
        for part in strokes
        if not part.ranked
    ]
    return sorted(found)
