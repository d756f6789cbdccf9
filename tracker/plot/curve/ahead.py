"""The rows of the strip that says who was ahead."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tracker.model import App
from tracker.plot.curve.layout import Layout
from tracker.plot.curve.runs import Run, Strip, strip_of
from tracker.plot.curve.upright import Row
from tracker.plot.style.colours import text_on
from tracker.plot.style.shapes import SIDE, shape_of, shaped
from tracker.plot.style.size import SMALL
from tracker.plot.style.typeset import width
from tracker.plot.times.ticks import epoch


def _strip(layout: Layout) -> Strip:
    return strip_of(layout.scene, layout.width) if layout.strip else Strip([], [], [])


def name_room(layout: Layout, leader: App) -> int:
    """How much room the name of who was ahead needs in the strip."""
    return math.ceil(width(layout.scene.brief(leader), SMALL - 1, bold=True)) + 10


def has_name(layout: Layout, run: Run) -> bool:
    """Whether the strip has room for the name of who was ahead."""
    return name_room(layout, run.leader) <= layout.x(run.end) - layout.x(run.start)


def ahead_rows(layout: Layout, colours: Mapping[str, str]) -> dict[str, list[Row]]:
    """The named rows of the strip."""
    found = _strip(layout)
    return {
        "ahead": [_ahead(layout, run, colours[run.leader.app_id]) for run in found.runs],
        "slits ahead": [{"t": epoch(start), "t2": epoch(end)} for start, end in found.slits],
        "nobody ahead": [{"t": epoch(start), "t2": epoch(end)} for start, end in found.nobody],
    }


def _ahead(layout: Layout, run: Run, colour: str) -> Row:
    """Who was ahead, with the name where it finds room.

    On a page always, and how much room is ``needed``: there may be more when a time is selected;
    and with the shape for where there is less.
    """
    selects, leader = layout.overview is not None, run.leader
    named = selects or has_name(layout, run)
    row: Row = {"t": epoch(run.start), "t2": epoch(run.end), "colour": colour}
    row |= {"ink": text_on(colour), "text": layout.scene.brief(leader) if named else ""}
    if selects:
        row["needed"] = name_room(layout, leader)
        if shaped(len(layout.scene.series)):
            ids = [one.app.app_id for one in layout.scene.series]
            row |= {"shape": shape_of(ids.index(leader.app_id))}
    return row


def key_rows(layout: Layout, shapes: Mapping[str, str], inks: Mapping[str, str]) -> list[Row]:
    """The shapes of those who were ahead for too short for their names.

    A page, in which a time can be selected, finds them by itself.
    """
    if layout.strip is None or layout.overview is not None:
        return []
    return [
        {
            "t": (epoch(run.start) + epoch(run.end)) // 2,
            "y": layout.strip.middle,
            "shape": shapes[run.leader.app_id],
            "ink": text_on(inks[run.leader.app_id]),
        }
        for run in _strip(layout).runs
        if not has_name(layout, run) and layout.x(run.end) - layout.x(run.start) > SIDE
    ]
