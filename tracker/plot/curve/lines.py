"""The lines of the picture: ranks as steps, of the apps told of and of others behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import ne
from typing import Any

import altair as alt

from tracker.model import Provenance, Series
from tracker.plot.curve.axes import UTC_SCALE, rank_axis, time_axis
from tracker.plot.curve.layout import Layout
from tracker.plot.curve.rows import line_name
from tracker.plot.style.colours import Theme
from tracker.plot.style.size import SMALL

_STEPS: Mapping[str, Any] = {"interpolate": "step-after"}


def rows_named(name: str) -> alt.Chart:
    """Marks of the rows of that name."""
    return alt.Chart(alt.NamedData(name=name))


@dataclass(frozen=True, slots=True)
class Stroke:
    """How lines are drawn: how wide ranks and the jumps between them, the halo, and the dash."""

    rank: float
    jump: float
    halo: float
    dash: tuple[float, float]


def stroke_of(placed: Layout) -> Stroke:
    """Thinner where ranks change every few points, so that the steps stay apart.

    Where they change in every point a halo would only hide the other lines.
    """
    changes = max(sum(map(ne, one.ranks, one.ranks[1:])) for one in placed.scene.series)
    apart = placed.width / max(1, changes)
    if apart > 9:
        return Stroke(3.4, 1.3, 6, (8, 3))
    return Stroke(2.6, 0.9, 3.6, (6, 2)) if apart > 3 else Stroke(1.6, 1.6, 0, (4, 2))


def dashed(placed: Layout, stroke: Stroke) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of mark and encoding dashes what this program did not record itself.

    A solid line gets no dash at all: one of no gaps is drawn piece by piece, and takes long.
    """
    kinds = placed.scene.timeline.provenances
    recorded = kinds.count(Provenance.RECORDED)
    if recorded == len(kinds):
        return {}, {}
    if not recorded:
        return {"strokeDash": list(stroke.dash)}, {}
    scale = alt.Scale(domain=[0, 1], range=[[9999, 0], list(stroke.dash)])
    return {}, {"strokeDash": alt.StrokeDash("d:O", scale=scale, legend=None)}


def line(
    placed: Layout, series: Series, colour: str, theme: Theme, stroke: Stroke
) -> list[alt.Chart]:
    """The steps of one app: ranks seen drawn strong, the jumps between them thin.

    On a halo of the background, that crossings can be told apart. Where jumps are as many as
    points, ranks and jumps are one line.
    """
    base = rows_named(line_name(series)).encode(
        x=time_axis(placed, theme), y=rank_axis(placed, theme)
    )
    dash, coded = dashed(placed, stroke)
    if not stroke.halo:
        # Round corners of that many steps would take half as long again to draw.
        whole = base.mark_line(**_STEPS, color=colour, strokeWidth=stroke.jump, **dash)
        return [whole.encode(**coded)]
    halo = base.mark_line(
        **_STEPS, strokeJoin="round", color=theme.background, strokeWidth=stroke.halo
    )
    # Times that a window finds are numbers to Vega-Lite, those that are reckoned may be times.
    held = (
        base.transform_window(ends="lead(t)", r2="lead(r)", groupby=["d"])
        .transform_filter("datum.r != null && datum.r2 != null")
        .transform_calculate(t2="datum.ends")
    )
    jumps = held.mark_rule(color=colour, strokeWidth=stroke.jump, strokeCap="square")
    ranks = held.mark_rule(color=colour, strokeWidth=stroke.rank, **dash)
    return [
        halo.encode(detail=alt.Detail("d:O")),
        jumps.encode(x=alt.X("t2:T", scale=UTC_SCALE), y2=alt.Y2("r2:Q")),
        ranks.encode(x2=alt.X2("t2:T"), **coded),
    ]


def context(placed: Layout, theme: Theme) -> list[alt.Chart]:
    """Other apps of the chart, thin and grey, behind all that is told of."""
    lines = (
        rows_named("context")
        .mark_line(interpolate="step-after", color=theme.context, strokeWidth=1.2)
        .encode(
            x=time_axis(placed, theme), y=rank_axis(placed, theme), detail=alt.Detail("app_id:N")
        )
    )
    return [lines, context_names(theme)]


def context_names(theme: Theme) -> alt.Chart:
    """What the other apps are called, at their lines' ends."""
    chart: alt.Chart = (
        rows_named("context names")
        .mark_text(align="left", baseline="middle", dx=12, fontSize=SMALL - 1, color=theme.quiet)
        .encode(
            x=alt.X("x:Q", scale=None, axis=None),
            y=alt.Y("y:Q", scale=None, axis=None),
            text=alt.Text("text:N"),
        )
    )
    return chart


def lone_looks(stroke: Stroke) -> alt.Chart:
    """A dot for what was seen once between two gaps, hardly thicker than the lines."""
    chart: alt.Chart = (
        rows_named("lone looks")
        .mark_point(size=(1.4 * stroke.rank) ** 2, filled=True, opacity=1)
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=alt.Y("y:Q", scale=None, axis=None),
            color=alt.Color("colour:N", scale=None),
        )
    )
    return chart
