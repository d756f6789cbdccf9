"""From series to a Vega-Lite specification.

Marks are built without rows and validated so; the rows follow as named datasets, because
validating tens of thousands of them would take Altair many seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import altair as alt

from tracker.analysis import Status
from tracker.model import Series
from tracker.plot import lines, marks, selector
from tracker.plot.colours import OF_WORDS, Theme, colours_of, readable, theme_named
from tracker.plot.frame import Frame, framed, title
from tracker.plot.headline import headline_of
from tracker.plot.layout import Layout, lay_out
from tracker.plot.rows import Rows, datasets
from tracker.plot.scene import Note, scene
from tracker.plot.size import checked, zoom_of
from tracker.plot.timeaxis import epoch
from tracker.plot.typeset import ALIGNS
from tracker.plot.upright import band_name, note_words_name, words_name

Spec = dict[str, Any]


def specification(
    series: Sequence[Series],
    *,
    now: datetime | None,
    confirm: int,
    theme: str,
    size: tuple[int, int],
    interactive: bool,
    notes: Sequence[Note],
    context: Sequence[Series],
) -> Spec:
    """What ``tracker.plot.draw`` promises."""
    zoom, shades = zoom_of(checked(size)), theme_named(theme)
    placed = lay_out(
        scene(series, confirm, notes=notes, context=context),
        (size[0] / zoom, size[1] / zoom),
        now,
        density=2 * zoom,
        selector=interactive,
    )
    colours = colours_of([one.app for one in series], shades)
    by_id = {one.app.app_id: colour for one, colour in zip(series, colours, strict=True)}
    inks = {app_id: readable(colour, shades, OF_WORDS) for app_id, colour in by_id.items()}
    rows = datasets(placed, by_id, inks)
    if interactive:
        rows["looks"] = selector.look_rows(placed, by_id, shades)
    frame = _frame(placed)
    plot = _plot(placed, rows, by_id, shades).properties(title=title(frame, shades))
    picture = _interactive(plot, placed, by_id, shades) if interactive else plot
    drawn = placed.scene
    names = [*drawn.labels, *(note.title for note in drawn.notes)]
    spec: Spec = framed(picture, frame, shades, names)
    spec["usermeta"] = {"title": headline_of(placed.scene), "size": list(size), "zoom": zoom}
    if interactive:
        selector.narrowed(spec["vconcat"][0], epoch(placed.scene.timeline.times[-1]))
        # Beneath this area is the padding, as in a picture without the strip.
        spec["usermeta"]["area"] = {"width": placed.width, "height": placed.height}
    spec["datasets"] = rows
    return spec


def _plot(
    placed: Layout, rows: Mapping[str, Rows], colours: Mapping[str, str], theme: Theme
) -> alt.LayerChart:
    """A mark without ROWS is left out."""
    stroke = lines.stroke_of(placed)
    layers = [
        *marks.lane_ground(placed, theme),
        *(marks.gaps(placed, theme) if "gaps" in rows else ()),
        *marks.lane(placed, theme, stroke),
        *(marks.bands(status, theme) for status in Status if band_name(status) in rows),
        *(lines.context(placed, theme) if "context" in rows else ()),
        *([marks.notes(theme)] if "notes" in rows else ()),
        *(
            mark
            for one in placed.scene.series
            for mark in lines.line(placed, one, colours[one.app.app_id], theme, stroke)
        ),
        *([lines.lone_looks()] if "lone looks" in rows else ()),
        *(marks.left(theme) if "left" in rows else ()),
        *marks.ends(placed, rows, theme),
        *marks.ahead(placed, rows, theme),
        *(marks.words(align) for align in ALIGNS if words_name(align) in rows),
        *(marks.note_words(align, theme) for align in ALIGNS if note_words_name(align) in rows),
        *([selector.pointer(theme)] if "looks" in rows else ()),
        *([selector.note_pointer()] if {"looks", "notes"} <= set(rows) else ()),
        marks.footnote(placed, theme),
    ]
    plot = cast("alt.LayerChart", alt.layer(*layers))
    return plot.properties(width=placed.width, height=placed.height)


def _interactive(
    plot: alt.LayerChart, placed: Layout, colours: Mapping[str, str], theme: Theme
) -> alt.VConcatChart:
    assert placed.overview is not None
    strip = selector.overview(placed, colours, theme)
    both: alt.VConcatChart = alt.vconcat(
        plot, strip, spacing=placed.overview - placed.height, bounds="flush"
    )
    return both


def _frame(placed: Layout) -> Frame:
    return Frame(
        placed.title, placed.subtitle, description(placed), placed.type,
        placed.left, placed.top, placed.right, placed.bottom,
    )  # fmt: skip


def description(placed: Layout) -> str:
    """The picture in words, for those who do not see it."""
    drawn = placed.scene
    last = [
        f"{label} " + ("is unranked" if one.ranks[-1] is None else f"is number {one.ranks[-1]}")
        for label, one in zip(drawn.labels, drawn.series, strict=True)
    ]
    return (
        f"{' '.join(placed.title)}. {'. '.join(placed.subtitle)}. "
        f"A step line of rank over time for each app, rank 1 on top. "
        f"At the last look {', '.join(last)}."
    )
