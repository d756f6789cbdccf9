"""From series to a Vega-Lite specification.

Marks are built without rows and validated so; the rows follow as named datasets, because
validating tens of thousands of them would take Altair many seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

import altair as alt

from tracker.analysis import Status
from tracker.model import Series
from tracker.plot.curve import ground, lines, marks, selector
from tracker.plot.curve.endlabels import LABEL_LINE
from tracker.plot.curve.layout import Layout, lay_out
from tracker.plot.curve.rows import Rows, datasets, time_rows
from tracker.plot.curve.telling import telling_rows
from tracker.plot.curve.upright import band_name, note_words_name, words_name
from tracker.plot.scene import Note, scene
from tracker.plot.style.colours import OF_WORDS, Theme, colours_of, readable, theme_named
from tracker.plot.style.frame import Frame, framed, layered, title, unchecked
from tracker.plot.style.size import checked, zoom_of
from tracker.plot.text.description import description
from tracker.plot.text.flags import ALIGNS
from tracker.plot.text.headline import headline_of
from tracker.plot.times.ticks import epoch
from tracker.plot.times.zones import is_utc
from tracker.plot.times.zoom import shown_param, tick_params

Spec = dict[str, Any]


def specifications(
    series: Sequence[Series],
    *,
    now: datetime | None,
    confirm: int,
    theme: str,
    sizes: Sequence[tuple[int, int]],
    interactive: bool,
    notes: Sequence[Note],
    context: Sequence[Series],
    zone: tzinfo,
) -> list[Spec]:
    """What ``tracker.plot.draw_each`` promises."""
    zooms, shades = [zoom_of(checked(size)) for size in sizes], theme_named(theme)
    drawn = scene(series, confirm, notes=notes, context=context, zone=zone)
    colours = colours_of([one.app for one in series], shades)
    by_id = {one.app.app_id: colour for one, colour in zip(series, colours, strict=True)}
    specs: list[Spec] = []
    shared: Mapping[str, Rows] = {}
    for size, zoom in zip(sizes, zooms, strict=True):
        sheet = (size[0] / zoom, size[1] / zoom)
        placed = lay_out(
            drawn, sheet, now, density=2 * zoom, selector=interactive, grows=bool(specs)
        )
        shared = shared or _shared(placed, by_id, shades, interactive=interactive)
        with unchecked():
            spec = _specification(placed, shared, by_id, shades)
        spec["usermeta"] |= {"size": [round(side * zoom) for side in placed.size], "zoom": zoom}
        specs.append(spec)
    return specs


def _shared(
    placed: Layout, colours: Mapping[str, str], theme: Theme, *, interactive: bool
) -> dict[str, Rows]:
    """The rows that are the same on every sheet, which are by far the most."""
    looks = {"looks": selector.look_rows(placed, colours, theme)} if interactive else {}
    return time_rows(placed) | looks


def _specification(
    placed: Layout,
    shared: Mapping[str, Rows],
    colours: Mapping[str, str],
    theme: Theme,
) -> Spec:
    """The picture on one sheet."""
    inks = {app_id: readable(colour, theme, OF_WORDS) for app_id, colour in colours.items()}
    rows = {
        **datasets(placed, colours, inks),
        **telling_rows(placed, shared, colours, inks),
        **shared,
    }
    frame, drawn = _frame(placed), placed.scene
    plot = layered(
        _plot(placed, rows, colours, theme),
        width=placed.width, height=placed.height, title=title(frame, theme),
    )  # fmt: skip
    interactive = placed.overview is not None
    picture = _interactive(plot, placed, colours, theme) if interactive else plot
    names = [*drawn.labels, *(note.title for note in drawn.notes)]
    spec: Spec = framed(picture, frame, theme, names)
    spec["usermeta"] = {"title": headline_of(drawn)}
    if interactive:
        selector.narrowed(spec["vconcat"][0]["layer"])
        selector.refitted(spec["vconcat"][0]["layer"], placed.width)
        zoned = not is_utc(drawn.zone)
        spec["params"] += (
            tick_params(drawn.zone, placed.span, placed.width)
            if zoned
            else [shown_param(placed.span)]
        )
        # Beneath this area is the padding, as in a picture without the strip.
        spec["usermeta"]["area"] = {"width": placed.width, "height": placed.height}
        spec["usermeta"]["span"] = [epoch(time) for time in placed.span]
        spec["usermeta"]["ends"] = {
            "apart": LABEL_LINE,
            "lane": "lane",
            **selector.heights_of(placed),
        }
    spec["datasets"] = rows
    return spec


def _plot(
    placed: Layout, rows: Mapping[str, Rows], colours: Mapping[str, str], theme: Theme
) -> list[alt.Chart]:
    """The marks, from behind to the front; one without ROWS is left out."""
    stroke, strip = lines.stroke_of(placed), "ahead" if "looks" in rows else "strip shapes"
    pointed = selector.note_pointer(placed.scene.zone, placed.span)
    return [
        *ground.lane_ground(placed, theme),
        *(ground.gaps(placed, theme) if "gaps" in rows else ()),
        *([ground.slits(placed, theme)] if "slits" in rows else ()),
        *marks.lane(placed, stroke),
        *(marks.bands(status, theme) for status in Status if band_name(status) in rows),
        *(ground.axis_break(theme) if "break" in rows else ()),
        *(lines.context(placed, rows["context"], theme) if "context" in rows else ()),
        *([marks.notes(theme)] if "notes" in rows else ()),
        *marks.lane_name(placed, theme),
        *(
            mark
            for one in placed.scene.series
            for mark in lines.line(placed, one, colours[one.app.app_id], theme, stroke)
        ),
        *(marks.shapes("line shapes", theme.background) if "line shapes" in rows else ()),
        *([lines.lone_looks(stroke)] if "lone looks" in rows else ()),
        *(marks.left(theme) if "left" in rows else ()),
        *marks.ends(placed, theme),
        *marks.ahead(placed, rows, theme),
        *(marks.strip_shapes(placed, strip) if "shape" in rows.get(strip, [{}])[0] else ()),
        *(marks.words(align) for align in ALIGNS if words_name(align) in rows),
        *(marks.note_words(align, theme) for align in ALIGNS if note_words_name(align) in rows),
        *([marks.note_numbers(theme)] if "note numbers" in rows else ()),
        *([selector.pointer(placed, theme)] if "looks" in rows else ()),
        *([pointed] if {"looks", "notes"} <= set(rows) else ()),
        marks.footnote(placed, theme),
    ]


def _interactive(plot: Spec, placed: Layout, colours: Mapping[str, str], theme: Theme) -> Spec:
    assert placed.overview is not None
    strip = selector.overview(placed, colours, theme)
    return selector.with_strip(plot, strip, placed.overview - placed.height)


def _frame(placed: Layout) -> Frame:
    return Frame(
        placed.title, placed.subtitle,
        description(placed.scene, placed.title, placed.subtitle), placed.type,
        placed.left, placed.top, placed.right, placed.bottom,
    )  # fmt: skip
