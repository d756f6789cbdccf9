"""The marks of the picture, one function for each kind; rows follow as named data.

Names of apps stand in rows, never in an expression.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import altair as alt

from tracker.analysis import Status
from tracker.model import Series
from tracker.plot import layout as at
from tracker.plot.axes import UTC_SCALE, rank_axis, time_axis
from tracker.plot.colours import Theme
from tracker.plot.layout import Layout, lane_words
from tracker.plot.rows import band_name, line_name, words_name
from tracker.plot.typeset import Align

#: How opaque bands and their outlines are.
_FILL = {Status.CONFIRMED: 0.17, Status.FLIP: 0.07, Status.PENDING: 0.05}
_OUTLINE = {Status.CONFIRMED: 0.17, Status.FLIP: 0.07, Status.PENDING: 0.8}
#: Vega-Lite's own tooltips tell local time, and miss names under a nearest selection, where the
#: row is the datum's datum.
_TOOLTIP = (
    "{'App': (datum.datum || datum).app, 'Rank': (datum.datum || datum).rank, "
    "'Seen (UTC)': utcFormat((datum.datum || datum).t, '%-d %b %Y %H:%M:%S')}"
)


def _rows(name: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(name=name))


def _once() -> alt.Chart:
    """One mark at a fixed place."""
    return _rows("once")


def _dashed() -> alt.StrokeDash:
    """What this program did not record itself is dashed."""
    scale = alt.Scale(domain=[0, 1], range=[[1, 0], [7, 4]])
    return alt.StrokeDash("d:O", scale=scale, legend=None)


def line(placed: Layout, series: Series, colour: str, theme: Theme) -> list[alt.Chart]:
    """The steps of one app, on a halo of the background that lets crossings be told apart."""
    base = _rows(line_name(series)).encode(x=time_axis(placed, theme), y=rank_axis(placed, theme))
    shape: dict[str, Any] = {"interpolate": "step-after", "strokeJoin": "round"}
    return [
        base.mark_line(**shape, color=theme.background, strokeWidth=6.5).encode(detail="d:O"),
        base.mark_line(**shape, color=colour, strokeWidth=3, clip=False).encode(
            strokeDash=_dashed()
        ),
    ]


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
        base.mark_text(color=theme.quiet, fontSize=at.SMALL, fontStyle="italic").encode(
            x=alt.X("m:T", scale=UTC_SCALE),
            y=alt.value(placed.ranks.middle + dy),
            text=f"{field}:N",
        )
        for field, dy in (("first", -at.SMALL_LINE / 2), ("then", at.SMALL_LINE / 2))
    ]
    return [shade, *words]


def lane(placed: Layout, theme: Theme) -> list[alt.Chart]:
    """The lane of the unranked, with the depth in its name; nothing where all were ranked."""
    if placed.lane is None:
        return []
    lane = placed.lane
    ground = _once().mark_rect(color=theme.lane).encode(
        x=alt.value(0), x2=alt.value(placed.width), y=alt.value(lane.top), y2=alt.value(lane.bottom)
    )  # fmt: skip
    bars = (
        _rows("lane")
        .mark_rule(strokeWidth=4, strokeCap="butt")
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            x2="t2:T",
            y=alt.Y("y:Q", scale=None, axis=None),
            color=alt.Color("colour:N", scale=None),
            strokeDash=_dashed(),
        )
    )
    first, second = lane_words(placed.scene)
    middle, half = lane.middle, (at.SMALL_LINE - 2) / 2
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
        .mark_text(align="right", baseline="middle", color=theme.quiet, fontSize=at.SMALL)
        .encode(x=alt.value(-10), y=alt.value(y), text=alt.value(text))
    )
    return chart


def bands(status: Status) -> alt.Chart:
    """Changes of the lead, each the interval in which it happened, in the winner's colour."""
    chart: alt.Chart = (
        _rows(band_name(status))
        .mark_rect(
            strokeWidth=1,
            fillOpacity=_FILL[status],
            strokeOpacity=_OUTLINE[status],
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
        .mark_text(align=align, baseline="middle", fontSize=at.SMALL, fontWeight="bold")
        .encode(**_pixels(), text="text:N", color=alt.Color("colour:N", scale=None))
    )
    return chart


def _pixels() -> dict[str, Any]:
    return {
        "x": alt.X("x:Q", scale=None, axis=None),
        "y": alt.Y("y:Q", scale=None, axis=None),
    }


def ends(theme: Theme) -> list[alt.Chart]:
    """A dot where each line ends, hollow where the app is unranked, and its name beside it."""
    base = _rows("ends")
    colour = alt.Color("colour:N", scale=None)
    dots = base.mark_point(size=64, filled=True, opacity=1, strokeWidth=2).encode(
        x=alt.X("x:Q", scale=None, axis=None),
        y=alt.Y("y0:Q", scale=None, axis=None),
        stroke=alt.Stroke("colour:N", scale=None),
        fill=alt.condition(
            "datum.ranked", alt.Fill("colour:N", scale=None), alt.value(theme.background)
        ),
    )
    names = base.mark_text(
        align="left", baseline="middle", dx=12, fontSize=at.LABEL, fontWeight="bold"
    ).encode(**_pixels(), text="text:N", color=colour)
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
        align="left", baseline="middle", dx=5, fontSize=at.SMALL - 1, fontWeight="bold"
    ).encode(x=x, y=middle, text="text:N", color=alt.Color("ink:N", scale=None))  # fmt: skip
    nobody = _rows("nobody ahead").mark_rule(
        strokeDash=[1, 4], strokeWidth=2, color=theme.quiet
    ).encode(x=x, x2="t2:T", y=middle)  # fmt: skip
    return [
        *((spans, names) if "ahead" in rows else ()),
        *((nobody,) if "nobody ahead" in rows else ()),
        _beside("Ahead", strip.middle, theme),
    ]


def pointer(theme: Theme) -> alt.Chart:
    """On a screen the look nearest to the pointer: a dot and a tooltip."""
    nearest = alt.selection_point(
        name="nearest", nearest=True, on="pointerover", clear="pointerout", empty=False,
        fields=["t", "app"],
    )  # fmt: skip
    chart: alt.Chart = (
        _rows("looks")
        .mark_point(size=90, filled=True, stroke=theme.background, strokeWidth=2)
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=alt.Y("y:Q", scale=None, axis=None),
            fill=alt.Fill("colour:N", scale=None),
            opacity=alt.condition(nearest, alt.value(1), alt.value(0), empty=False),
            tooltip=alt.value(alt.expr(_TOOLTIP)),
        )
        .add_params(nearest)
    )
    return chart


def footnote(placed: Layout, theme: Theme) -> alt.Chart:
    chart: alt.Chart = (
        _once()
        .mark_text(
            align="left", baseline="top", color=theme.quiet, fontSize=at.SMALL,
            lineHeight=at.SMALL_LINE,
        )
        .encode(
            x=alt.value(at.PAD - placed.left),
            y=alt.value(placed.height + 50),
            text=alt.value(list(placed.footnote)),
        )
    )  # fmt: skip
    return chart
