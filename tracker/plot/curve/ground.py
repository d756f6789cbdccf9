"""What lies behind the lines: gaps, the snapshots between them, the lane, and the break of the
axis.
"""

from __future__ import annotations

import altair as alt

from tracker.plot.curve.axes import UTC_SCALE, x2_at, x_at, y2_at, y_at
from tracker.plot.curve.layout import Layout
from tracker.plot.curve.lines import rows_named
from tracker.plot.style.colours import Theme
from tracker.plot.style.size import SMALL, SMALL_LINE


def gaps(placed: Layout, theme: Theme) -> list[alt.Chart]:
    base = rows_named("gaps")
    x = alt.X("t:T", scale=UTC_SCALE)
    shade = base.mark_rect(color=theme.shade).encode(
        x=x, x2=alt.X2("t2:T"), y=y_at(placed.ranks.top - 8), y2=y2_at(placed.height)
    )
    words = base.mark_text(
        color=theme.quiet, fontSize=SMALL, fontStyle="italic", lineBreak="\n",
        lineHeight=SMALL_LINE, baseline="middle",
    ).encode(
        x=alt.X("m:T", scale=UTC_SCALE),
        y=y_at(placed.ranks.middle),
        text=alt.Text("text:N"),
        angle=alt.Angle("angle:Q", scale=None),
    )  # fmt: skip
    return [shade, words]


def slits(placed: Layout, theme: Theme) -> alt.Chart:
    """Looks between two gaps: the shade of these would else be one."""
    chart: alt.Chart = (
        rows_named("slits")
        .mark_rule(color=theme.background)
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=y_at(placed.ranks.top - 8),
            y2=y2_at(placed.height),
            strokeWidth=alt.StrokeWidth("wide:Q", scale=None),
        )
    )
    return chart


def lane_ground(placed: Layout, theme: Theme) -> list[alt.Chart]:
    """Where the unranked have their lane; nothing where all were ranked."""
    if placed.lane is None:
        return []
    lane = placed.lane
    ground = rows_named("once").mark_rect(color=theme.lane).encode(
        x=x_at(0), x2=x2_at(placed.width), y=y_at(lane.top), y2=y2_at(lane.bottom)
    )  # fmt: skip
    return [ground]


def axis_break(theme: Theme) -> list[alt.Chart]:
    """Teeth where ranks are pressed together, on a ground that cuts what passes."""
    base = rows_named("break").encode(
        x=alt.X("x:Q", scale=None, axis=None),
        y=alt.Y("y:Q", scale=None, axis=None),
        shape=alt.Shape("shape:N", scale=None),
    )
    # Of size 4, a shape is as large as its path says.
    return [
        base.mark_point(size=4, filled=False, opacity=1, stroke=colour, strokeWidth=wide)
        for colour, wide in ((theme.background, 7), (theme.quiet, 0.9))
    ]
