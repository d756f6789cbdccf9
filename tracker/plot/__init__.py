"""Pictures of ranks: facts in, an Altair chart out; ``saved`` writes it. Writes no file itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from tracker.model import Series
from tracker.plot.save import SUFFIXES, render, saved, specification
from tracker.plot.table import data_table
from tracker.plot.theme import SIZES, parse_size
from tracker.report.picture import headline
from tracker.report.scene import Note

if TYPE_CHECKING:
    import altair

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
    series: Sequence[Series],
    *,
    now: datetime | None = None,
    confirm: int = 2,
    theme: str = "light",
    size: tuple[int, int] = SIZES["wide"],
    notes: Sequence[Note] = (),
    context: Sequence[Series] = (),
    zone: tzinfo = UTC,
    credit: str | None = None,
) -> altair.LayerChart:
    """The overtaking curve of SERIES, all of one timeline, as an Altair chart of layers.

    A notebook shows it; it can be composed further, and Altair validates it. SIZE is width and
    height in pixels; NOW, where given, dates the picture. NOTES are marked where they fall in that
    time; CONTEXT are other apps of the chart, drawn quietly. Times are shown in ZONE. Raises
    ``NothingToShow`` below two snapshots, ``InvalidValue`` for an unknown theme, a size out of
    bounds, or series of two timelines.
    """
    # Altair costs 0.4 s: who asks for a headline alone does not pay it.
    from tracker.plot.curve import curve

    plot = curve(
        series, now=now, confirm=confirm, theme=theme, notes=notes, context=context, zone=zone,
        credit=credit,
    )  # fmt: skip
    chart: altair.LayerChart = plot.chart(size)
    return chart
