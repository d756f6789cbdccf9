"""The marks of a picture of several small plots; rows follow as named data, placed in pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import altair as alt

from tracker.plot.colours import Theme
from tracker.plot.panel import Rows
from tracker.plot.size import SMALL, SMALL_LINE, Type
from tracker.plot.typeset import font_for
from tracker.plot.zoom import Span, clock

_TOOLTIP = "{'Where': datum.where, 'App': datum.app, 'Rank': datum.rank, 'Seen (%s)': %s}"
X, Y = alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None)
COLOUR = alt.Color("c:N", scale=None)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole picture: its words, and an area of ``width`` by ``height`` points in its margins.

    ``lines`` are the colours of the apps by id, in the order they are drawn; ``stroke`` how thick
    their lines are, ``label`` how large the words at their ends; ``zoom`` pixels are a point.
    There are ``panels`` plots, each ``panel`` points wide, of the time ``span`` told in ``zone``.
    """

    title: Sequence[str]
    subtitle: Sequence[str]
    description: str
    type: Type
    width: float
    height: float
    top: float
    bottom: float
    lines: Mapping[str, str]
    stroke: float
    label: float
    zoom: float
    panels: int
    panel: float
    span: Span
    zone: tzinfo

    @property
    def size(self) -> list[float]:
        """The whole picture's width and height, in pixels."""
        wide = self.width + 2 * self.type.pad
        high = self.top + self.height + self.bottom
        return [round(side * self.zoom) for side in (wide, high)]


def draw_sheet(
    sheet: Sheet, rows: Rows, theme: Theme, *, interactive: bool = False
) -> dict[str, Any]:
    """The Vega-Lite specification; a mark without rows is left out, and unless INTERACTIVE so is
    what a pointer finds.
    """
    if not interactive:
        rows = {name: found for name, found in rows.items() if name != "looks"}
    layers = [
        *([_box("lanes", theme.lane)] if "lanes" in rows else ()),
        *([_box("gaps", theme.shade)] if "gaps" in rows else ()),
        *([_rule("grid", theme.grid)] if "grid" in rows else ()),
        *([_rule("axis", theme.quiet)] if "axis" in rows else ()),
        *([_bars(rows, sheet.stroke)] if "bars" in rows else ()),
        *(
            mark
            for app_id, colour in sheet.lines.items()
            if f"line {app_id}" in rows
            for mark in _line(sheet, rows, f"line {app_id}", colour, theme)
        ),
        *([_dots()] if "dots" in rows else ()),
        *(_ends(sheet, theme) if "ends" in rows else ()),
        *_texts(rows, theme),
        *([_pointer(sheet)] if "looks" in rows else ()),
    ]
    named = [*sheet.title, *sheet.subtitle, *(str(row["text"]) for row in rows.get("ends", ()))]
    kind = sheet.type
    spec: dict[str, Any] = (
        alt.layer(*layers)
        .properties(
            width=sheet.width,
            height=sheet.height,
            padding={"left": kind.pad, "top": sheet.top, "right": kind.pad, "bottom": sheet.bottom},
            autosize={"type": "none"},
            background=theme.background,
            title=_title(sheet, theme),
            description=sheet.description,
        )
        .configure(
            font=font_for(named), view=alt.ViewConfig(stroke=None), mark=alt.MarkConfig(aria=False)
        )
        .to_dict()
    )
    spec["datasets"] = rows
    spec["usermeta"] = {"title": " ".join(sheet.title), "size": sheet.size, "zoom": sheet.zoom}
    return spec


def _rows(name: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(name=name))


def _box(name: str, colour: str) -> alt.Chart:
    made: alt.Chart = _rows(name).mark_rect(color=colour).encode(x=X, x2="x2:Q", y=Y, y2="y2:Q")
    return made


def _rule(name: str, colour: str) -> alt.Chart:
    made: alt.Chart = _rows(name).mark_rule(color=colour).encode(x=X, x2="x2:Q", y=Y)
    return made


def _dashed(rows: Rows, name: str, stroke: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of mark and encoding dashes what this program did not record, as finely as its line.

    A solid line gets no dash at all: one of no gaps is drawn piece by piece, and takes long.
    """
    dash = [round(2.3 * stroke, 1), round(0.9 * stroke, 1)]
    kinds = {row["d"] for row in rows[name]}
    if kinds == {0}:
        return {}, {}
    if kinds == {1}:
        return {"strokeDash": dash}, {}
    scale = alt.Scale(domain=[0, 1], range=[[9999, 0], dash])
    return {}, {"strokeDash": alt.StrokeDash("d:O", scale=scale, legend=None)}


def _line(sheet: Sheet, rows: Rows, name: str, colour: str, theme: Theme) -> list[alt.Chart]:
    """Ranks strong and the jumps between them thin, on a halo that tells crossings apart.

    Thinner where ranks change every few points; where in every point, one line without a halo,
    which would only hide the others.
    """
    base = _rows(name).encode(x=X, y=Y, detail="g:N")
    apart = sheet.panels * sheet.panel / len(rows[name])
    stroke = sheet.stroke if apart > 9 else 0.8 * sheet.stroke
    dash, coded = _dashed(rows, name, stroke)
    shape: dict[str, Any] = {"interpolate": "step-after", "strokeJoin": "round"}
    if apart < 3:
        thin = base.mark_line(**shape, color=colour, strokeWidth=0.55 * sheet.stroke, **dash)
        return [thin.encode(**coded)]
    held = base.transform_window(
        x2="lead(x)", y2="lead(y)", groupby=["g"]
    ).transform_filter("datum.x2 != null")  # fmt: skip
    jumps = held.mark_rule(color=colour, strokeWidth=0.4 * stroke, strokeCap="square")
    ranks = held.mark_rule(color=colour, strokeWidth=stroke, **dash)
    return [
        base.mark_line(**shape, color=theme.background, strokeWidth=stroke + 3),
        jumps.encode(x=alt.X("x2:Q", scale=None, axis=None), y2="y2:Q"),
        ranks.encode(x2="x2:Q", **coded),
    ]


def _bars(rows: Rows, stroke: float) -> alt.Chart:
    dash, coded = _dashed(rows, "bars", stroke)
    made: alt.Chart = (
        _rows("bars")
        .mark_rule(strokeWidth=3, strokeCap="butt", **dash)
        .encode(x=X, x2="x2:Q", y=Y, color=COLOUR, **coded)
    )
    return made


def _dots() -> alt.Chart:
    made: alt.Chart = (
        _rows("dots").mark_point(size=22, filled=True, opacity=1).encode(x=X, y=Y, color=COLOUR)
    )
    return made


def _ends(sheet: Sheet, theme: Theme) -> list[alt.Chart]:
    """A dot where each line ends, hollow where the app is unranked, and its words."""
    base = _rows("ends")
    dots = base.mark_point(size=(sheet.stroke * 2.6) ** 2, opacity=1, strokeWidth=2).encode(
        x=X,
        y=alt.Y("y0:Q", scale=None, axis=None),
        stroke=alt.Stroke("c:N", scale=None),
        fill=alt.condition(
            "datum.ranked", alt.Fill("c:N", scale=None), alt.value(theme.background)
        ),
    )
    names = base.mark_text(
        align="left", baseline="middle", fontSize=sheet.label, fontWeight="bold"
    ).encode(x=alt.X("tx:Q", scale=None, axis=None), y=Y, text="text:N", color=COLOUR)
    return [dots, names]


def _texts(rows: Rows, theme: Theme) -> list[alt.Chart]:
    shapes: dict[str, dict[str, Any]] = {
        "numbers": {"align": "right", "baseline": "middle", "color": theme.quiet},
        "times": {"align": "center", "baseline": "top", "dy": 8, "color": theme.quiet},
        "heads": {"align": "left", "fontWeight": "bold", "color": theme.ink, "fontSize": 13.5},
        "whys": {"align": "center", "fontStyle": "italic", "color": theme.quiet},
        "feet": {"align": "left", "baseline": "top", "color": theme.quiet},
    }
    found = [
        _rows(name)
        .mark_text(**({"fontSize": SMALL, "lineHeight": SMALL_LINE - 2} | shape))
        .encode(x=X, y=Y, text="text:N")
        for name, shape in shapes.items()
        if name in rows
    ]
    if "keys" in rows:
        found.append(
            _rows("keys")
            .mark_text(align="left", baseline="middle", fontSize=14, fontWeight="bold")
            .encode(x=X, y=Y, text="text:N", color=COLOUR)
        )
    return found


def _pointer(sheet: Sheet) -> alt.Chart:
    seen = clock("datum.t", "%-d %b %Y %H:%M:%S", sheet.zone, sheet.span)
    made: alt.Chart = (
        _rows("looks")
        .mark_point(size=70, filled=True, opacity=0)
        .encode(x=X, y=Y, tooltip=alt.value(alt.expr(_TOOLTIP % (sheet.zone, seen))))
    )
    return made


def _title(sheet: Sheet, theme: Theme) -> alt.TitleParams:
    kind = sheet.type
    return alt.TitleParams(
        text=list(sheet.title),
        subtitle=list(sheet.subtitle),
        anchor="start",
        frame="group",
        offset=14,
        fontSize=kind.title,
        lineHeight=kind.title_line,
        fontWeight="bold",
        color=theme.ink,
        subtitleFontSize=kind.subtitle,
        subtitleLineHeight=kind.subtitle_line,
        subtitlePadding=8,
        subtitleColor=theme.quiet,
    )
