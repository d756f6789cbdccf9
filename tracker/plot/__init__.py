"""Facts in, a picture's specification out; ``render`` turns that into bytes. Writes no picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from tracker.model import Series
from tracker.plot.files.render import SUFFIXES, render
from tracker.plot.files.table import data_table
from tracker.plot.scene import Note
from tracker.plot.style.size import SIZES, parse_size, sheets
from tracker.plot.text.headline import headline
from tracker.plot.text.words import subtitle
from tracker.words import chart_words

__all__ = [
    "SIZES",
    "SUFFIXES",
    "Note",
    "chart_words",
    "data_table",
    "draw",
    "draw_each",
    "headline",
    "parse_size",
    "render",
    "sheets",
    "subtitle",
]


def draw(
    series: Sequence[Series],
    *,
    now: datetime | None = None,
    confirm: int = 2,
    theme: str = "light",
    size: tuple[int, int] = SIZES["wide"],
    interactive: bool = False,
    notes: Sequence[Note] = (),
    context: Sequence[Series] = (),
    zone: tzinfo = UTC,
) -> dict[str, Any]:
    """The overtaking curve of SERIES, all of one timeline, as a Vega-Lite specification.

    SIZE is width and height in pixels; NOW, where given, dates the picture. An INTERACTIVE one has
    tooltips and a strip that selects the time. NOTES are marked where they fall in that time;
    CONTEXT are other apps of the chart, drawn behind. Times are told in ZONE. NothingToShow below
    two snapshots, InvalidValue for an unknown theme, a size out of bounds, or series of two
    timelines.
    """
    (spec,) = draw_each(
        series,
        sizes=[size],
        now=now,
        confirm=confirm,
        theme=theme,
        interactive=interactive,
        notes=notes,
        context=context,
        zone=zone,
    )
    return spec


def draw_each(
    series: Sequence[Series],
    *,
    sizes: Sequence[tuple[int, int]],
    now: datetime | None = None,
    confirm: int = 2,
    theme: str = "light",
    interactive: bool = False,
    notes: Sequence[Note] = (),
    context: Sequence[Series] = (),
    zone: tzinfo = UTC,
) -> list[dict[str, Any]]:
    """What ``draw`` does, once for each of SIZES, widest first: one picture for several screens.

    The ledger is read once, and what does not depend on a size is the same object in all.
    """
    # Altair costs 0.4 s: whoever asks for a headline alone does not pay it.
    from tracker.plot.curve.spec import specifications

    return specifications(
        series,
        sizes=sizes,
        now=now,
        confirm=confirm,
        theme=theme,
        interactive=interactive,
        notes=notes,
        context=context,
        zone=zone,
    )
