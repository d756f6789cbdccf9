"""The marks of small plots; rows follow as named data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import altair as alt

from tracker.plot.curve import selector
from tracker.plot.curve.axes import UTC_SCALE
from tracker.plot.curve.lines import behind, levels, long_dashes, long_in, rows_named, steps
from tracker.plot.curve.upright import Row
from tracker.plot.panels.panel import Panel, Rows
from tracker.plot.style.colours import Theme
from tracker.plot.style.size import SMALL, SMALL_LINE
from tracker.plot.times.zoom import Span

_TOOLTIP = (
    f"{{'Where': datum.where, 'App': datum.app, 'Rank': datum.rank, %s, {selector.LOOK_TOLD}}}"
)
T, Y = alt.X("t:T", scale=UTC_SCALE), alt.Y("y:Q", scale=None, axis=None)
X = alt.X("x:Q", scale=None, axis=None)
COLOUR = alt.Color("colour:N", scale=None)


def time(axis: alt.Axis, high: float) -> alt.Chart:
    """Nothing to be seen but the AXIS of time, in an area that is HIGH.

    Its mark has a scale of heights: where several columns of a page have axes, Vega-Lite tells
    Vega the area's height once for each that has none, which Vega refuses.
    """
    heights = alt.Scale(domain=[0, high], range=[0, high], nice=False, zero=False)
    made: alt.Chart = (
        rows_named("time")
        .mark_point(opacity=0)
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE, axis=axis), y=alt.YDatum(0, scale=heights, axis=None)
        )
    )
    return made


def gaps(theme: Theme) -> alt.Chart:
    made: alt.Chart = (
        rows_named("gaps").mark_rect(color=theme.shade).encode(x=T, x2="t2:T", y=Y, y2="y2:Q")
    )
    return made


def slits(theme: Theme) -> alt.Chart:
    """Looks between two gaps."""
    made: alt.Chart = (
        rows_named("slits")
        .mark_rule(color=theme.background)
        .encode(x=T, y=Y, y2="y2:Q", strokeWidth=alt.StrokeWidth("wide:Q", scale=None))
    )
    return made


def context(rows: Sequence[Row], panel: Panel, theme: Theme) -> list[alt.Chart]:
    """Other apps behind those of PANEL; ROWS are those of their lines."""
    apps = {str(row["g"]).split()[0] for row in rows}
    base, apart = rows_named("context").encode(x=T, y=Y), panel.wide * len(apps) / len(rows)
    least = long_in((panel.first, panel.last), panel.wide)
    return behind(base, rows, ("y", "g"), apart, least, theme)


def box(name: str, colour: str) -> alt.Chart:
    made: alt.Chart = (
        rows_named(name).mark_rect(color=colour).encode(x=X, x2="x2:Q", y=Y, y2="y2:Q")
    )
    return made


def rule(name: str, colour: str) -> alt.Chart:
    made: alt.Chart = rows_named(name).mark_rule(color=colour).encode(x=X, x2="x2:Q", y=Y)
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


def line(
    rows: Rows, name: str, colour: str, theme: Theme, most: float, room: float, least: int
) -> list[alt.Chart]:
    """Ranks strong and the jumps between them thin, on a halo that tells crossings apart.

    At MOST that thick, and thinner where ranks change every few points of the ROOM in all plots;
    where in every point, one line without a halo, which would only hide the others, and of what was
    not recorded only that is dashed which held for LEAST milliseconds.
    """
    base = rows_named(name).encode(x=T, y=Y, detail="g:N")
    apart = room / len(rows[name])
    stroke = most if apart > 9 else 0.8 * most
    dash, coded = _dashed(rows, name, stroke)
    shape: dict[str, Any] = {"interpolate": "step-after", "strokeJoin": "round"}
    held = levels(base, "y", ["g"])
    if apart < 3:
        kinds = {int(row["d"] == 1) for row in rows[name]}
        whole = steps(base, kinds, 0.55 * most, color=colour, strokeJoin="round")
        dashes = long_dashes(held, least, colour, theme, 0.55 * most) if 1 in kinds else ()
        return [*whole, *dashes]
    jumps = held.mark_rule(color=colour, strokeWidth=0.4 * stroke, strokeCap="square")
    ranks = held.mark_rule(color=colour, strokeWidth=stroke, **dash)
    return [
        base.mark_line(**shape, color=theme.background, strokeWidth=stroke + 3),
        jumps.encode(x=alt.X("t2:T", scale=UTC_SCALE), y2="next:Q"),
        ranks.encode(x2="t2:T", **coded),
    ]


def bars(rows: Rows, stroke: float) -> alt.Chart:
    dash, coded = _dashed(rows, "bars", stroke)
    made: alt.Chart = (
        rows_named("bars")
        .mark_rule(strokeWidth=3, strokeCap="butt", **dash)
        .encode(x=T, x2="t2:T", y=Y, color=COLOUR, **coded)
    )
    return made


def dots() -> alt.Chart:
    made: alt.Chart = (
        rows_named("dots")
        .mark_point(size=22, filled=True, opacity=1)
        .encode(x=T, y=Y, color=COLOUR)
    )
    return made


def ends(stroke: float, theme: Theme) -> alt.Chart:
    """A dot or the app's shape where each line ends, hollow where it is unranked."""
    made: alt.Chart = (
        rows_named("ends")
        .mark_point(size=(stroke * 2.6) ** 2, filled=True, opacity=1, strokeWidth=2)
        .encode(
            x=T,
            y=alt.Y("y0:Q", scale=None, axis=None),
            shape=alt.Shape("shape:N", scale=None),
            stroke=alt.Stroke("colour:N", scale=None),
            fill=alt.condition(
                "datum.ranked", alt.Fill("colour:N", scale=None), alt.value(theme.background)
            ),
        )
    )
    return made


def names(size: float) -> alt.Chart:
    """The words beside the lines' ends."""
    made: alt.Chart = (
        rows_named("ends")
        .mark_text(align="left", baseline="middle", fontSize=size, fontWeight="bold")
        .encode(x=X, y=Y, text="text:N", color=COLOUR)
    )
    return made


def texts(rows: Rows, theme: Theme) -> list[alt.Chart]:
    shapes: dict[str, dict[str, Any]] = {
        "numbers": {"align": "right", "baseline": "middle", "color": theme.quiet},
        "heads": {"align": "left", "fontWeight": "bold", "color": theme.ink, "fontSize": 13.5},
        "whys": {"align": "center", "fontStyle": "italic", "color": theme.quiet},
        "feet": {"align": "left", "baseline": "top", "color": theme.quiet},
    }
    found = [
        rows_named(name)
        .mark_text(**({"fontSize": SMALL, "lineHeight": SMALL_LINE - 2} | shape))
        .encode(x=X, y=Y, text="text:N")
        for name, shape in shapes.items()
        if name in rows
    ]
    if "keys" in rows:
        found.append(
            rows_named("keys")
            .mark_text(align="left", baseline="middle", fontSize=14, fontWeight="bold")
            .encode(x=X, y=Y, text="text:N", color=COLOUR)
        )
    return found


def pointer(zone: tzinfo, span: Span) -> alt.Chart:
    seen = selector.when("Seen", "datum.t", "%-d %b %Y %H:%M:%S", zone, span)
    made: alt.Chart = (
        rows_named("looks")
        .mark_point(size=70, filled=True, opacity=0)
        .encode(x=T, y=Y, tooltip=alt.value(alt.expr(_TOOLTIP % seen)))
    )
    return made
