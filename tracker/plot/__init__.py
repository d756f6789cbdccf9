"""Pictures of ranks: facts in, an Altair chart out; ``saved`` writes it. Writes no file itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from tracker.model import Series
from tracker.plot.save import SUFFIXES, render, saved, specification
from tracker.plot.table import data_table
from tracker.plot.theme import SIZES, parse_size
from tracker.report.picture import headline
from tracker.report.scene import Note

if TYPE_CHECKING:
    import altair

    from tracker.plot.curve import Options

__all__ = [
    "SIZES",
    "SUFFIXES",
    "Note",
    "data_table",
    "draw",
    "headline",
    "parse_size",
    "render",
    "saved",
    "specification",
]


def draw(
    series: Sequence[Series], *, size: tuple[int, int] = SIZES["wide"], **options: Unpack[Options]
) -> altair.LayerChart:
    """The overtaking curve of SERIES, all of one timeline, as an Altair chart of layers.

    A notebook shows it; it can be composed further, and Altair validates it. SIZE is width and
    height in pixels; ``Options`` lists the rest. Raises ``NothingToShow`` below two snapshots,
    ``InvalidValue`` for an unknown theme, a size out of bounds, or series of two timelines.
    """
    # Altair costs 0.4 s: who asks for a headline alone does not pay it.
    from tracker.plot.curve import curve

    chart: altair.LayerChart = curve(series, **options).chart(size)
    return chart
