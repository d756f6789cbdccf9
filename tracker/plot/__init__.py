"""Facts in, a picture's specification out; ``render`` turns that into bytes. Writes no picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tracker.model import Series
from tracker.plot.headline import headline
from tracker.plot.render import SUFFIXES, render
from tracker.plot.scene import Note
from tracker.plot.size import SIZES, parse_size
from tracker.plot.table import data_table
from tracker.plot.words import subtitle
from tracker.words import chart_words

__all__ = [
    "SIZES",
    "SUFFIXES",
    "Note",
    "chart_words",
    "data_table",
    "draw",
    "headline",
    "parse_size",
    "render",
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
) -> dict[str, Any]:
    """The overtaking curve of SERIES, all of one timeline, as a Vega-Lite specification.

    SIZE is width and height in pixels; NOW, where given, dates the picture. An INTERACTIVE one has
    tooltips and a strip that selects the time. NOTES are marked where they fall in that time;
    CONTEXT are other apps of the chart, drawn behind. NothingToShow below two snapshots,
    InvalidValue for an unknown theme, a size out of bounds, or series of two timelines.
    """
    # Altair costs 0.4 s: whoever asks for a headline alone does not pay it.
    from tracker.plot.spec import specification

    return specification(
        series,
        now=now,
        confirm=confirm,
        theme=theme,
        size=size,
        interactive=interactive,
        notes=notes,
        context=context,
    )
