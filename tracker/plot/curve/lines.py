"""The lines of the picture: ranks as steps, of the apps told of and of others behind them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import ne
from typing import Any

import altair as alt

from tracker.model import Series
from tracker.plot.curve.axes import UTC_SCALE, rank_axis, time_axis
from tracker.plot.curve.layout import Layout
from tracker.plot.curve.rows import line_name
from tracker.plot.curve.upright import Row
from tracker.plot.style.colours import Theme
from tracker.plot.style.size import SMALL
from tracker.plot.times.ticks import epoch

DENSE = 1.6  # points, of lines whose ranks change in every point
#: Of lines behind: from so many points between two ranks on, how thick and how opaque.
_BEHIND = ((9, 1.2, 1.0), (3, 0.9, 0.8), (-1, 0.5, 0.5))
THIN = 0.5  # of a line, where solid though not observed
LONG = 7  # points of a level, from which on it shows dashes
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
    return Stroke(2.6, 0.9, 3.6, (6, 2)) if apart > 3 else Stroke(DENSE, DENSE, 0, (4, 2))


def dashed(placed: Layout, stroke: Stroke) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of mark and encoding dashes what is no observation.

    A solid line gets no dash at all: one of no gaps is drawn piece by piece, and takes long.
    """
    kinds = placed.scene.timeline.provenances
    observed = sum(kind.observed for kind in kinds)
    if observed == len(kinds):
        return {}, {}
    if not observed:
        return {"strokeDash": list(stroke.dash)}, {}
    scale = alt.Scale(domain=[0, 1], range=[[9999, 0], list(stroke.dash)])
    return {}, {"strokeDash": alt.StrokeDash("d:O", scale=scale, legend=None)}


def steps(base: alt.Chart, kinds: Collection[int], stroke: float, **looks: Any) -> list[alt.Chart]:
    """Whole lines as thick as STROKE, those not observed thin; all of them solid.

    KINDS are what there is of the field ``d``.
    """
    # A line of Vega-Lite's has one thickness; and a scale of them would be that of all its lines.
    return [
        (base.transform_filter(f"datum.d == {kind}") if len(kinds) > 1 else base).mark_line(
            interpolate="step-after", strokeWidth=THIN * stroke if kind else stroke, **looks
        )
        for kind in kinds
    ]


def levels(base: alt.Chart, height: str, line: Sequence[str]) -> alt.Chart:
    """The level parts of the steps of BASE, up to ``t2``; HEIGHT and those of a LINE are fields."""
    # Times that a window finds are numbers to Vega-Lite, those that are reckoned may be times.
    held: alt.Chart = (
        base.transform_window(ends="lead(t)", next=f"lead({height})", groupby=list(line))
        .transform_filter(f"isValid(datum.{height}) && isValid(datum.next)")
        .transform_calculate(t2="datum.ends")
    )
    return held


def held_long(placed: Layout) -> int:
    """How many milliseconds are long enough to show dashes."""
    return long_in(placed.span, placed.width)


def long_in(span: tuple[datetime, datetime], wide: float) -> int:
    """The same of a SPAN drawn WIDE points wide."""
    return round((epoch(span[1]) - epoch(span[0])) / wide * LONG)


def long_dashes(
    held: alt.Chart, least: int, colour: str, theme: Theme, stroke: float = DENSE
) -> list[alt.Chart]:
    """Dashes of what was HELD for LEAST milliseconds, and not observed, in place of a thin line."""
    long = held.transform_filter(f"datum.d == 1 && datum.ends - datum.t >= {least}").encode(
        x2=alt.X2("t2:T")
    )
    return [
        long.mark_rule(color=theme.background, strokeWidth=2 * stroke),
        long.mark_rule(color=colour, strokeWidth=stroke, strokeDash=[2.5 * stroke, 1.5 * stroke]),
    ]


def line(
    placed: Layout, series: Series, colour: str, theme: Theme, stroke: Stroke
) -> list[alt.Chart]:
    """The steps of one app: ranks seen drawn strong, the jumps between them thin.

    On a halo of the background, that crossings can be told apart. Where jumps are as many as
    points, ranks and jumps are one line, thin and solid where it was not observed, for dashes of
    many jumps would be one weave; they are there where a rank held long enough to show them.
    """
    base = rows_named(line_name(series)).encode(
        x=time_axis(placed, theme), y=rank_axis(placed, theme)
    )
    dash, coded = dashed(placed, stroke)
    told = set(placed.scene.timeline.provenances)
    kinds = {int(not kind.observed) for kind in told}
    held = levels(base, "r", ["d"])
    if not stroke.halo:
        # Round corners of that many steps would take half as long again to draw.
        whole, least = steps(base, kinds, stroke.jump, color=colour), held_long(placed)
        return [*whole, *(long_dashes(held, least, colour, theme) if 1 in kinds else ())]
    halo = base.mark_line(
        **_STEPS, strokeJoin="round", color=theme.background, strokeWidth=stroke.halo
    )
    jumps = held.mark_rule(color=colour, strokeWidth=stroke.jump, strokeCap="square")
    ranks = held.mark_rule(color=colour, strokeWidth=stroke.rank, **dash)
    return [
        halo.encode(detail=alt.Detail("d:O")),
        jumps.encode(x=alt.X("t2:T", scale=UTC_SCALE), y2=alt.Y2("next:Q")),
        ranks.encode(x2=alt.X2("t2:T"), **coded),
    ]


def context(placed: Layout, rows: Sequence[Row], theme: Theme) -> list[alt.Chart]:
    """Other apps of the chart, behind all that is told of; ROWS are those of their lines."""
    base = rows_named("context").encode(x=time_axis(placed, theme), y=rank_axis(placed, theme))
    apart = placed.width * len(placed.scene.context) / len(rows)
    return [
        *behind(base, rows, ("r", "app_id"), apart, held_long(placed), theme),
        context_names(theme),
    ]


def behind(
    base: alt.Chart,
    rows: Sequence[Row],
    fields: tuple[str, str],
    apart: float,
    least: int,
    theme: Theme,
) -> list[alt.Chart]:
    """Thin grey lines of ROWS, thinner and fainter where ranks are few points APART.

    FIELDS are those of heights and of lines. What was not observed and held for LEAST is dashed.
    """
    height, line = fields
    kinds = {int(row.get("d") == 1) for row in rows}
    stroke, opacity = next(look for room, *look in _BEHIND if apart > room)
    looks = {"color": theme.context, "opacity": opacity}
    whole = steps(base.encode(detail=alt.Detail(f"{line}:N")), kinds, stroke, **looks)
    held = levels(base, height, [line, "d"])
    dashes = long_dashes(held, least, theme.context, theme, stroke) if 1 in kinds else ()
    return [*whole, *dashes]


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
