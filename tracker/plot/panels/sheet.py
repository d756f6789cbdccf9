"""A picture of several small plots: its specification, from panels and their rows.

Each column of plots has its own scale of time: a reader who selects a time, selects it for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import altair as alt

from tracker.analysis import Status
from tracker.plot.curve import ground, marks, selector
from tracker.plot.curve.axes import axis_of
from tracker.plot.curve.layout import AXIS, OVERVIEW, OVERVIEW_WORDS
from tracker.plot.curve.lines import context_names, long_in, rows_named
from tracker.plot.curve.upright import Row, band_name, note_words_name, words_name
from tracker.plot.panels import marks as small
from tracker.plot.panels.panel import LABEL_LINE, Panel, Rows
from tracker.plot.style.colours import Theme
from tracker.plot.style.frame import Frame, framed, layered, title, unchecked
from tracker.plot.style.size import SMALL_LINE
from tracker.plot.text.flags import ALIGNS
from tracker.plot.times.ticks import epoch
from tracker.plot.times.zones import is_utc
from tracker.plot.times.zoom import tick_params

#: Points from one tick of time to the next, and about so many where the reader chooses the time.
TICK_ROOM, CHOSEN_ROOM = 44, 80
#: Narrower plots have more ticks than words for them: those that find no room are left out.
NARROW, NARROW_TICK_ROOM = 130, 20


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole picture: its frame, and ``panels`` in an area that begins at 0, 0.

    ``foot`` are the lines beneath. ``lines`` are the colours of the apps by id, in the order they
    are drawn; ``stroke`` how thick their lines are, ``label`` how large the words at their ends;
    ``zoom`` pixels are a point. ``overview`` is the panel whose lines are drawn small on the strip
    that selects the time, None where that has ticks instead; times are told in ``zone``. The time
    stands beneath each column, and beneath the panels of ``axes``.
    """

    frame: Frame
    panels: Sequence[Panel]
    foot: Sequence[str]
    lines: Mapping[str, str]
    stroke: float
    label: float
    zoom: float
    overview: Panel | None = None
    zone: tzinfo = UTC
    axes: Sequence[Panel] = ()

    @property
    def width(self) -> float:
        return max(panel.right for panel in self.panels)

    @property
    def height(self) -> float:
        return max(panel.floor for panel in self.panels)

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.panels[0].first, self.panels[0].last

    @property
    def columns(self) -> list[Panel]:
        """The lowest panel of each column, from left to right."""
        return [found for _, found in sorted({one.column: one for one in self.panels}.items())]

    @property
    def size(self) -> list[float]:
        """The whole picture's width and height, in pixels."""
        frame = self.frame
        wide = frame.left + self.width + frame.right
        high = frame.top + self.height + frame.bottom
        return [round(side * self.zoom) for side in (wide, high)]


def beneath(foot: Sequence[str], *, interactive: bool) -> float:
    """The room beneath the panels: for the time, for what selects it in a page, and for words."""
    strip = OVERVIEW + OVERVIEW_WORDS if interactive else 0
    return AXIS + strip + len(foot) * SMALL_LINE


def draw_sheet(
    sheet: Sheet, rows: Rows, theme: Theme, *, interactive: bool = False
) -> dict[str, Any]:
    """The Vega-Lite specification; a mark without rows is left out.

    An INTERACTIVE one has a strip that selects the time, and what a pointer finds.
    """
    frame = sheet.frame
    foot = {"x": frame.type.pad - frame.left, "text": list(sheet.foot),
            "y": sheet.height + beneath((), interactive=interactive)}  # fmt: skip
    whole: list[Row] = [{"t": epoch(time)} for time in sheet.span]
    rows = {**rows, "feet": [foot], "time": whole, "once": [{}]}
    with unchecked():
        picture = _plot(sheet, rows, theme, interactive=interactive)
        if interactive:
            picture = selector.with_strip(picture, _strip(sheet, theme), AXIS - 4)
    named = [str(row["text"]) for name in ("ends", "context names") for row in rows.get(name, ())]
    spec = framed(picture, frame, theme, named)
    if interactive and not is_utc(sheet.zone):
        spec["params"] += tick_params(sheet.zone, sheet.span, sheet.panels[0].wide)
    told = {"title": " ".join(frame.title), "size": sheet.size, "zoom": sheet.zoom}
    spec["usermeta"] = told
    if interactive:
        spec["usermeta"] |= {
            "area": {"width": sheet.width, "height": sheet.height},
            "span": [epoch(time) for time in sheet.span],
            "ends": {"apart": LABEL_LINE, "lane": "bars"},
        }
    spec["datasets"] = rows
    return spec


def _plot(sheet: Sheet, rows: Rows, theme: Theme, *, interactive: bool) -> dict[str, Any]:
    """The plots, from behind to the front: what stands still, and between it what has a time."""
    behind = [
        *([small.box("lanes", theme.lane)] if "lanes" in rows else ()),
        *([small.rule("grid", theme.grid)] if "grid" in rows else ()),
    ]
    before = [
        *(ground.axis_break(theme) if "break" in rows else ()),
        *([small.names(sheet.label)] if "ends" in rows else ()),
        *([context_names(theme)] if "context names" in rows else ()),
        *small.texts(rows, theme),
    ]
    still = layered([*behind, *before])["layer"]
    if interactive:
        selector.narrowed(still)
    timed = layered(_timed(sheet, rows, theme, interactive=interactive))["layer"]
    columns = _in_columns(timed, sheet, interactive=interactive)
    return layered(
        [*still[: len(behind)], *columns, *still[len(behind) :]],
        width=sheet.width, height=sheet.height, title=title(sheet.frame, theme),
        resolve={"scale": {"x": "independent"}, "axis": {"x": "independent"}},
    )  # fmt: skip


def _timed(sheet: Sheet, rows: Rows, theme: Theme, *, interactive: bool) -> list[alt.Chart]:
    """All that has a time, of one column of plots."""
    wide = sheet.panels[0].wide
    chosen = CHOSEN_ROOM if interactive else None
    room = TICK_ROOM if wide >= NARROW else NARROW_TICK_ROOM
    axis = axis_of(sheet.span, wide, theme, sheet.zone, chosen=chosen, room=room)
    length, pointed = len(sheet.panels) * wide, selector.note_pointer(sheet.zone, sheet.span)
    least = long_in(sheet.span, wide)
    return [
        small.time(axis, sheet.height),
        *([small.gaps(theme)] if "gaps" in rows else ()),
        *([small.slits(theme)] if "slits" in rows else ()),
        *(marks.bands(status, theme) for status in Status if band_name(status) in rows),
        *(small.context(rows["context"], sheet.panels[0], theme) if "context" in rows else ()),
        *([marks.notes(theme)] if "notes" in rows else ()),
        *([small.bars(rows, sheet.stroke)] if "bars" in rows else ()),
        *(
            mark
            for app_id, colour in sheet.lines.items()
            if f"line {app_id}" in rows
            for mark in small.line(
                rows, f"line {app_id}", colour, theme, sheet.stroke, length, least
            )
        ),
        *([small.dots()] if "dots" in rows else ()),
        *(marks.shapes("marks", theme.background) if "marks" in rows else ()),
        *([small.ends(sheet.stroke, theme)] if "ends" in rows else ()),
        *(marks.words(align) for align in ALIGNS if words_name(align) in rows),
        *(marks.note_words(align, theme) for align in ALIGNS if note_words_name(align) in rows),
        *([marks.note_numbers(theme)] if "note numbers" in rows else ()),
        *([small.pointer(sheet.zone, sheet.span)] if interactive else ()),
        *([pointed] if interactive and "notes" in rows else ()),
    ]


def _in_columns(
    layers: list[dict[str, Any]], sheet: Sheet, *, interactive: bool
) -> Iterator[dict[str, Any]]:
    """LAYERS, which all have a time, once for each column, of its rows and with its scale.

    And the axis once more beneath each of the panels that have one of their own.
    """
    for number, column in enumerate(sheet.columns):
        timed = deepcopy(layers)
        _placed(timed, column, sheet.height, number if len(sheet.columns) > 1 else None)
        if interactive:
            for one in timed:
                selector.narrowed([one], _edge(sheet, column, one))
                _pointed(one, number)
        yield {"layer": timed}
    for panel in sheet.axes:
        (axis,) = deepcopy([one for one in layers if one["data"]["name"] == "time"])
        _placed([axis], panel, sheet.height, None)
        if interactive:
            selector.narrowed([axis], _edge(sheet, panel, axis))
        yield {"layer": [axis]}


def _pointed(layer: dict[str, Any], number: int) -> None:
    """What a pointer finds in the column of that NUMBER has a name of its own."""
    for param in layer.get("params", ()):
        param["name"] += f"_{number}"
        layer["encoding"]["opacity"]["condition"]["param"] = param["name"]


def _edge(sheet: Sheet, column: Panel, layer: Mapping[str, Any]) -> dict[str, str]:
    """What clips the marks of LAYER in COLUMN: Vega-Lite knows but the edges of the whole area.

    Words may go on above the names at the lines' ends; a pointer finds looks at the very edge.
    """
    around = beyond = 6 if layer["data"]["name"] == "looks" else 0
    if layer["mark"]["type"] == "text":
        around, beyond = 6, round(sheet.frame.right - sheet.frame.type.pad)
    wide = around + column.wide + beyond
    path = f"M{column.left - around},-99h{wide}V{sheet.height}h{-wide}Z"
    return {"expr": f"pathShape('{path}')"}


def _placed(
    layers: Sequence[dict[str, Any]], column: Panel, high: float, number: int | None
) -> None:
    """Put the marks of LAYERS on the scale of COLUMN, and of several leave it its NUMBER's rows.

    The axis stands beneath it, in an area that is HIGH.
    """
    span = [epoch(column.first), epoch(column.last)]
    for layer in layers:
        axis = layer["data"]["name"] == "time"
        if number is not None and not axis:
            mine = {"filter": f"datum.k == {number}"}
            layer["transform"] = [mine, *layer.get("transform", ())]
        scale = layer["encoding"]["x"]["scale"]
        scale["range"] = [column.left, column.right]
        if axis:
            scale["domain"] = span
            layer["encoding"]["x"]["axis"]["offset"] = column.floor - high


def _strip(sheet: Sheet, theme: Theme) -> dict[str, Any]:
    """All of the time, small: the lines of one panel, or ticks."""
    panel, frame = sheet.overview, sheet.frame
    hint = selector.hint_for(sheet.width + frame.right - frame.type.pad)
    if panel is None:
        inside: dict[str, Any] = {"offset": -OVERVIEW, "labelPadding": 0, "zindex": 1}
        axis = axis_of(sheet.span, sheet.width, theme, sheet.zone, domain=False, **inside)
        mark = rows_named("time").mark_point(opacity=0)
        return selector.strip([mark], sheet.width, sheet.span, theme, hint=hint, axis=axis)
    scale = alt.Scale(domain=[panel.top, panel.bottom], range=[4, OVERVIEW - 4], nice=False)
    lines = [
        rows_named(f"line {app_id}")
        .transform_filter(f"datum.y > {panel.top - 1}")
        .mark_line(interpolate="step-after", strokeWidth=1.2, color=colour)
        .encode(y=alt.Y("y:Q", scale=scale, axis=None), detail="g:N")
        for app_id, colour in sheet.lines.items()
    ]
    return selector.strip(lines, sheet.width, sheet.span, theme, hint=hint)
