"""The rows of the shapes that tell apps apart along the lines of a small plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from tracker.model import App, Series
from tracker.plot.panels.panel import Drawn, Panel, Rows
from tracker.plot.style.shapes import Level, shape_of, shaped, spots
from tracker.plot.times.ticks import epoch


def shapes_of(apps: Sequence[App]) -> dict[str, str]:
    """By id the shape of each of APPS, none where they are too few to need one."""
    many = {app.app_id: shape_of(number) for number, app in enumerate(apps)}
    return many if shaped(len(apps)) else {}


def shape_rows(panel: Panel, series: Sequence[Series], rows: Rows, how: Drawn) -> Rows:
    """A shape here and there along each line of SERIES, whose ROWS are those of PANEL."""
    if not how.shapes:
        return {}
    ids = [one.app.app_id for one in series]
    first, last = epoch(panel.first), epoch(panel.last)
    levels = [_levels(panel, app_id, rows) for app_id in ids]
    return {
        "marks": [
            {
                "t": round(first + x / panel.wide * (last - first)),
                "y": y,
                "shape": how.shapes[app_id],
                "colour": how.colours[app_id],
                "k": panel.column,
            }
            for app_id, found in zip(ids, spots(levels, panel.wide), strict=True)
            for x, y in found
        ]
    }


def _levels(
    panel: Panel, app_id: str, rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[Level]:
    """The level parts of a line, on the axis and in the lane, in points from its left end."""
    first, last = epoch(panel.first), epoch(panel.last)
    share = panel.wide / (last - first)
    track = panel.track(app_id) if app_id in panel.tracks else None
    held = [
        (row["t"], after["t"], row["y"])
        for row, after in pairwise(rows[f"line {app_id}"])
        if row["g"] == after["g"]
    ]
    held += [(row["t"], row["t2"], track) for row in rows["bars"] if row["y"] == track]
    return sorted(Level((t - first) * share, (t2 - first) * share, y) for t, t2, y in held)
