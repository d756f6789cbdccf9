"""The marks of the picture, one function for each kind; rows follow as named data.

Names of apps stand in rows, never in an expression.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt

from tracker.analysis import Status
from tracker.model import Provenance, Series
from tracker.plot.axes import UTC_SCALE, rank_axis, time_axis
from tracker.plot.colours import Theme
from tracker.plot.layout import Layout, lane_words
from tracker.plot.rows import band_name, line_name, note_words_name, words_name
from tracker.plot.size import SMALL, SMALL_LINE
from tracker.plot.typeset import Align

#: How opaque bands and their outlines are.
_FILL = {Status.CONFIRMED: 0.17, Status.FLIP: 0.07, Status.PENDING: 0.05}
_OUTLINE = {Status.CONFIRMED: 0.17, Status.FLIP: 0.07, Status.PENDING: 0.8}


def _rows(name: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(name=name))


def _once() -> alt.Chart:
    """One mark at a fixed place."""
    return _rows("once")


@dataclass(frozen=True, slots=True)
class Stroke:
    """How lines are drawn: their width, that of the halo, and the dash of what is not recorded."""

    width: float
    halo: float
    dash: tuple[float, float]


def stroke_of(placed: Layout) -> Stroke:
    """Thinner where ranks change every few points, so that the steps stay apart.

    Where they change in every point a halo would only hide the other lines.
    """
    changes = max(
        sum(a != b for a, b in pairwise(one.ranks)) for one in placed.scene.series
    )  # fmt: skip
    apart = placed.width / max(1, changes)
    if apart > 9:
        return Stroke(3, 6.5, (7, 4))
    return Stroke(2.2, 4.4, (5, 2.5)) if apart > 3 else Stroke(1.6, 0, (4, 2))


def _dashed(placed: Layout, stroke: Stroke) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of mark and encoding dashes what this program did not record itself.

    A solid line gets no dash at all: one of no gaps is drawn piece by piece, and takes long.
    """
    recorded = {kind == Provenance.RECORDED for kind in placed.scene.timeline.provenances}
    if recorded == {True}:
        return {}, {}
    if recorded == {False}:
        return {"strokeDash": list(stroke.dash)}, {}
    scale = alt.Scale(domain=[0, 1], range=[[9999, 0], list(stroke.dash)])
    return {}, {"strokeDash": alt.StrokeDash("d:O", scale=scale, legend=None)}


def line(
    placed: Layout, series: Series, colour: str, theme: Theme, stroke: Stroke
) -> list[alt.Chart]:
    """The steps of one app, on a halo of the background that lets crossings be told apart."""
    base = _rows(line_name(series)).encode(x=time_axis(placed, theme), y=rank_axis(placed, theme))
    shape: dict[str, Any] = {"interpolate": "step-after"}
    if stroke.halo:
        shape["strokeJoin"] = "round"
    dash, coded = _dashed(placed, stroke)
    drawn = base.mark_line(**shape, color=colour, strokeWidth=stroke.width, **dash).encode(
        **coded or {"detail": "d:O"}
    )
    if not stroke.halo:
        return [drawn]
    halo = base.mark_line(**shape, color=theme.background, strokeWidth=stroke.halo)
    return [halo.encode(detail="d:O"), drawn]


def context(placed: Layout, theme: Theme) -> alt.Chart:
    """Other apps of the chart, thin and grey, behind all that is told of."""
    chart: alt.Chart = (
        _rows("context")
        .mark_line(interpolate="step-after", color=theme.context, strokeWidth=1)
        .encode(x=time_axis(placed, theme), y=rank_axis(placed, theme), detail="app_id:N")
    )
    return chart


def lone_looks() -> alt.Chart:
    """A dot for what was seen once between two gaps."""
    chart: alt.Chart = (
        _rows("lone looks")
        .mark_point(size=26, filled=True, opacity=1)
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=alt.Y("y:Q", scale=None, axis=None),
            color=alt.Color("colour:N", scale=None),
        )
    )
    return chart


def gaps(placed: Layout, theme: Theme) -> list[alt.Chart]:
    base = _rows("gaps")
    x = alt.X("t:T", scale=UTC_SCALE)
    shade = base.mark_rect(color=theme.shade).encode(
        x=x, x2="t2:T", y=alt.value(placed.ranks.top - 8), y2=alt.value(placed.height)
    )
    words = [
        base.mark_text(color=theme.quiet, fontSize=SMALL, fontStyle="italic").encode(
            x=alt.X("m:T", scale=UTC_SCALE),
            y=alt.value(placed.ranks.middle + dy),
            text=f"{field}:N",
        )
        for field, dy in (("first", -SMALL_LINE / 2), ("then", SMALL_LINE / 2))
    ]
    return [shade, *words]


def lane(placed: Layout, theme: Theme, stroke: Stroke) -> list[alt.Chart]:
    """The lane of the unranked, with the depth in its name; nothing where all were ranked."""
    if placed.lane is None:
        return []
    lane = placed.lane
    dash, coded = _dashed(placed, stroke)
    ground = _once().mark_rect(color=theme.lane).encode(
        x=alt.value(0), x2=alt.value(placed.width), y=alt.value(lane.top), y2=alt.value(lane.bottom)
    )  # fmt: skip
    bars = (
        _rows("lane")
        .mark_rule(strokeWidth=4, strokeCap="butt", **dash)
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            x2="t2:T",
            y=alt.Y("y:Q", scale=None, axis=None),
            color=alt.Color("colour:N", scale=None),
            **coded,
        )
    )
    first, second = lane_words(placed.scene)
    middle, half = lane.middle, (SMALL_LINE - 2) / 2
    return [
        ground,
        bars,
        _beside(first, middle - half, theme),
        _beside(second, middle + half, theme),
    ]


def _beside(text: str, y: float, theme: Theme) -> alt.Chart:
    """Words left of the axis."""
    chart: alt.Chart = (
        _once()
        .mark_text(align="right", baseline="middle", color=theme.quiet, fontSize=SMALL)
        .encode(x=alt.value(-10), y=alt.value(y), text=alt.value(text))
    )
    return chart


def bands(status: Status, theme: Theme) -> alt.Chart:
    """Changes of the lead, each the interval in which it happened, in the winner's colour."""
    chart: alt.Chart = (
        _rows(band_name(status))
        .mark_rect(
            strokeWidth=1,
            fillOpacity=_FILL[status] * theme.veil,
            strokeOpacity=min(0.8, _OUTLINE[status] * theme.veil),
            strokeDash=[4, 3] if status == Status.PENDING else [1, 0],
        )
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            x2="t2:T",
            y=alt.Y("y:Q", scale=None, axis=None),
            y2="y2:Q",
            fill=alt.Fill("colour:N", scale=None),
            stroke=alt.Stroke("colour:N", scale=None),
        )
    )
    return chart


def words(align: Align) -> alt.Chart:
    """What bands mean, in words that begin, end, or have their middle at their place."""
    chart: alt.Chart = (
        _rows(words_name(align))
        .mark_text(align=align, baseline="middle", fontSize=SMALL, fontWeight="bold")
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=alt.Y("y:Q", scale=None, axis=None),
            text="text:N",
            color=alt.Color("colour:N", scale=None),
        )
    )
    return chart


def left() -> alt.Chart:
    """What a line's end means where its app left the chart."""
    chart: alt.Chart = (
        _rows("left")
        .mark_text(align="left", baseline="middle", fontSize=SMALL, dx=6)
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=alt.Y("y:Q", scale=None, axis=None),
            text="text:N",
            color=alt.Color("ink:N", scale=None),
        )
    )
    return chart


def notes(theme: Theme) -> alt.Chart:
    """Dated notes: fine upright lines from their words down to the lowest rank."""
    chart: alt.Chart = (
        _rows("notes")
        .mark_rule(strokeWidth=0.8, opacity=0.8, color=theme.quiet)
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=alt.Y("y:Q", scale=None, axis=None),
            y2="y2:Q",
        )
    )
    return chart


def note_words(align: Align, theme: Theme) -> alt.Chart:
    dx = {"left": 4, "right": -4, "center": 0}[align]
    chart: alt.Chart = (
        _rows(note_words_name(align))
        .mark_text(
            align=align, baseline="middle", fontSize=SMALL, fontStyle="italic",
            color=theme.ink, dx=dx,
        )
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=alt.Y("y:Q", scale=None, axis=None),
            text="text:N",
        )
    )  # fmt: skip
    return chart


def ends(placed: Layout, theme: Theme) -> list[alt.Chart]:
    """A dot where each line ends, hollow where the app is unranked, and its name beside it."""
    base = _rows("ends")
    dots = base.mark_point(size=64, filled=True, opacity=1, strokeWidth=2).encode(
        x=alt.X("t:T", scale=UTC_SCALE),
        y=alt.Y("y0:Q", scale=None, axis=None),
        stroke=alt.Stroke("colour:N", scale=None),
        fill=alt.condition(
            "datum.ranked", alt.Fill("colour:N", scale=None), alt.value(theme.background)
        ),
    )
    names = base.mark_text(
        align="left", baseline="middle", dx=12, fontSize=placed.type.label, fontWeight="bold"
    ).encode(
        x=alt.X("x:Q", scale=None, axis=None),
        y=alt.Y("y:Q", scale=None, axis=None),
        text="text:N",
        color=alt.Color("ink:N", scale=None),
    )
    return [dots, names]


def ahead(placed: Layout, rows: Collection[str], theme: Theme) -> list[alt.Chart]:
    """The strip of who was ahead; a dotted line where nobody could be said to be."""
    if placed.strip is None:
        return []
    strip, base = placed.strip, _rows("ahead")
    x, middle = alt.X("t:T", scale=UTC_SCALE), alt.value(strip.middle)
    spans = base.mark_rect().encode(
        x=x, x2="t2:T", y=alt.value(strip.top), y2=alt.value(strip.bottom),
        color=alt.Color("colour:N", scale=None),
    )  # fmt: skip
    names = base.mark_text(
        align="left", baseline="middle", dx=5, fontSize=SMALL - 1, fontWeight="bold"
    ).encode(x=x, y=middle, text="text:N", color=alt.Color("ink:N", scale=None))  # fmt: skip
    nobody = _rows("nobody ahead").mark_rule(
        strokeDash=[1, 4], strokeWidth=2, color=theme.quiet
    ).encode(x=x, x2="t2:T", y=middle)  # fmt: skip
    return [
        *((spans, names) if "ahead" in rows else ()),
        *((nobody,) if "nobody ahead" in rows else ()),
        _beside("Ahead", strip.middle, theme),
    ]


def footnote(placed: Layout, theme: Theme) -> alt.Chart:
    chart: alt.Chart = (
        _once()
        .mark_text(
            align="left", baseline="top", color=theme.quiet, fontSize=SMALL,
            lineHeight=SMALL_LINE,
        )
        .encode(
            x=alt.value(placed.type.pad - placed.left),
            y=alt.value(placed.footing),
            text=alt.value(list(placed.footnote)),
        )
    )  # fmt: skip
    return chart
