"""The marks of the picture, one function for each kind; rows follow as named data.

Names of apps stand in rows, never in an expression.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import altair as alt

from tracker.analysis import Status
from tracker.plot.curve.axes import UTC_SCALE, words_at, x2_at, x_at, y2_at, y_at
from tracker.plot.curve.endlabels import KEY
from tracker.plot.curve.layout import LANE_WORDS, UNRANKED, Layout, lane_words
from tracker.plot.curve.lines import Stroke, dashed, rows_named
from tracker.plot.curve.upright import band_name, note_words_name, words_name
from tracker.plot.style.colours import Theme
from tracker.plot.style.shapes import SIDE, shaped
from tracker.plot.style.size import SMALL, SMALL_LINE
from tracker.plot.text.flags import Align

FAR = 3  # points from a line's end to its name, beyond which a stroke leads there
#: How opaque bands and their outlines are.
_FILL = {Status.CONFIRMED: 0.17, Status.FLIP: 0.07, Status.PENDING: 0.05}
_OUTLINE = {Status.CONFIRMED: 0.17, Status.FLIP: 0.07, Status.PENDING: 0.8}


def _once() -> alt.Chart:
    """One mark at a fixed place."""
    return rows_named("once")


def lane(placed: Layout, stroke: Stroke) -> list[alt.Chart]:
    """The unranked in their lane."""
    if placed.lane is None:
        return []
    dash, coded = dashed(placed, stroke)
    bars = (
        rows_named("lane")
        .mark_rule(strokeWidth=4, strokeCap="butt", **dash)
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            x2=alt.X2("t2:T"),
            y=alt.Y("y:Q", scale=None, axis=None),
            color=alt.Color("colour:N", scale=None),
            **coded,
        )
    )
    return [bars]


def lane_name(placed: Layout, theme: Theme) -> list[alt.Chart]:
    """How deep the lane's apps were looked for, on a halo that bands and notes do not cross.

    Beside a lane that has no room for it, less.
    """
    lane = placed.lane
    if lane is None:
        return []
    if placed.lane_name < LANE_WORDS:
        return [_beside(UNRANKED, lane.middle, theme)]
    words: dict[str, Any] = {"align": "left", "baseline": "middle", "fontSize": SMALL}
    return [
        _once()
        .mark_text(**words, **colours)
        .encode(
            x=x_at(6),
            y=y_at(lane.top + LANE_WORDS / 2 + 1),
            text=words_at(lane_words(placed.scene)),
        )
        for colours in (
            {"stroke": theme.lane, "strokeWidth": 6, "strokeJoin": "round"},
            {"color": theme.quiet},
        )
    ]


def _beside(text: str, y: float, theme: Theme) -> alt.Chart:
    """Words left of the axis."""
    chart: alt.Chart = (
        _once()
        .mark_text(align="right", baseline="middle", color=theme.quiet, fontSize=SMALL)
        .encode(x=x_at(-10), y=y_at(y), text=words_at(text))
    )
    return chart


def bands(status: Status, theme: Theme) -> alt.Chart:
    """Changes of the lead, each the interval in which it happened, in the winner's colour."""
    chart: alt.Chart = (
        rows_named(band_name(status))
        .mark_rect(
            strokeWidth=1,
            fillOpacity=_FILL[status] * theme.veil,
            strokeOpacity=min(0.8, _OUTLINE[status] * theme.veil),
            strokeDash=[4, 3] if status == Status.PENDING else [1, 0],
        )
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            x2=alt.X2("t2:T"),
            y=alt.Y("y:Q", scale=None, axis=None),
            y2=alt.Y2("y2:Q"),
            fill=alt.Fill("colour:N", scale=None),
            stroke=alt.Stroke("colour:N", scale=None),
        )
    )
    return chart


def words(align: Align) -> alt.Chart:
    """What bands mean, in words that begin, end, or have their middle at their place."""
    chart: alt.Chart = (
        rows_named(words_name(align))
        .mark_text(
            align=align,
            baseline="middle",
            fontSize=SMALL,
            fontWeight="bold",
            lineBreak="\n",
            lineHeight=SMALL_LINE,
        )
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=alt.Y("y:Q", scale=None, axis=None),
            text=alt.Text("text:N"),
            color=alt.Color("colour:N", scale=None),
        )
    )
    return chart


def left(theme: Theme) -> list[alt.Chart]:
    """A hollow shape, and words, where a line ends because its app left the chart."""
    x = alt.X("t:T", scale=UTC_SCALE)
    dots = rows_named("left").mark_point(
        size=36, filled=True, fill=theme.background, strokeWidth=2, opacity=1
    )
    words = rows_named("left").mark_text(
        align=alt.expr("datum.align"), baseline="middle", fontSize=SMALL, dx=alt.expr("datum.dx")
    )
    return [
        dots.encode(
            x=x,
            y=alt.Y("y0:Q", scale=None, axis=None),
            shape=alt.Shape("shape:N", scale=None),
            stroke=alt.Stroke("colour:N", scale=None),
        ),
        words.encode(
            x=x,
            y=alt.Y("y:Q", scale=None, axis=None),
            text=alt.Text("text:N"),
            color=alt.Color("ink:N", scale=None),
        ),
    ]


def notes(theme: Theme) -> alt.Chart:
    """Dated notes: fine upright lines from their words down to the lowest rank."""
    chart: alt.Chart = (
        rows_named("notes")
        .mark_rule(strokeWidth=0.8, opacity=0.8, color=theme.quiet)
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=alt.Y("y:Q", scale=None, axis=None),
            y2=alt.Y2("y2:Q"),
        )
    )
    return chart


def note_words(align: Align, theme: Theme) -> alt.Chart:
    dx = {"left": 4, "right": -4, "center": 0}[align]
    chart: alt.Chart = (
        rows_named(note_words_name(align))
        .mark_text(
            align=align, baseline="middle", fontSize=SMALL, fontStyle="italic",
            color=theme.ink, dx=dx, lineBreak="\n", lineHeight=SMALL_LINE,
        )
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=alt.Y("y:Q", scale=None, axis=None),
            text=alt.Text("text:N"),
        )
    )  # fmt: skip
    return chart


def note_numbers(theme: Theme) -> alt.Chart:
    """The numbers of notes at the feet of their lines."""
    chart: alt.Chart = (
        rows_named("note numbers")
        .mark_text(baseline="middle", fontSize=SMALL, color=theme.ink)
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=alt.Y("y:Q", scale=None, axis=None),
            text=alt.Text("text:N"),
        )
    )
    return chart


def ends(placed: Layout, theme: Theme) -> list[alt.Chart]:
    """Where each line ends a dot, or a stroke to its shape, hollow where the app is unranked; and
    its name.
    """
    base, keyed = rows_named("ends"), shaped(len(placed.scene.series))
    ranked = alt.condition(
        "datum.ranked", alt.Fill("colour:N", scale=None), alt.value(theme.background)
    )
    x, y = alt.X("t:T", scale=UTC_SCALE), alt.Y("y0:Q", scale=None, axis=None)
    stroke = alt.Stroke("colour:N", scale=None)
    dots = base.mark_point(size=64, filled=True, opacity=1, strokeWidth=2).encode(
        x=x, y=y, stroke=stroke, fill=ranked
    )
    names = base.mark_text(
        align="left", baseline="middle", dx=12, fontSize=placed.type.label, fontWeight="bold"
    ).encode(
        x=alt.X("x:Q", scale=None, axis=None),
        y=alt.Y("y:Q", scale=None, axis=None),
        text=alt.Text("text:N"),
        color=alt.Color("ink:N", scale=None),
    )
    first, last = (1, KEY - SIDE / 2 - 3) if keyed else (4, 11)
    led = base if keyed else base.transform_filter(f"abs(datum.y - datum.y0) > {FAR}")
    leaders = led.mark_rule(strokeWidth=1).encode(
        x=x_at(placed.width + first), x2=x2_at(placed.width + last),
        y=y, y2=alt.Y2("y:Q"), stroke=stroke,
    )  # fmt: skip
    key = base.mark_point(size=SIDE**2, filled=True, opacity=1, strokeWidth=1.5).encode(
        x=x_at(placed.width + KEY),
        y=alt.Y("y:Q", scale=None, axis=None),
        shape=alt.Shape("shape:N", scale=None),
        stroke=stroke,
        fill=ranked,
    )
    return [leaders, key if keyed else dots, names]


def shapes(name: str, halo: str) -> list[alt.Chart]:
    """The shapes that tell apps apart, on a HALO of that colour that tells them from lines."""
    base = rows_named(name).encode(
        x=alt.X("t:T", scale=UTC_SCALE),
        y=alt.Y("y:Q", scale=None, axis=None),
        shape=alt.Shape("shape:N", scale=None),
    )
    found = base.mark_point(size=SIDE**2, filled=True, opacity=1).encode(
        fill=alt.Fill("colour:N", scale=None)
    )
    return [base.mark_point(size=SIDE**2, opacity=1, stroke=halo, strokeWidth=3), found]


def strip_shapes(placed: Layout, name: str) -> list[alt.Chart]:
    """The shapes in the strip of who was ahead, from the rows of that NAME."""
    if placed.strip is None:
        return []
    mark = rows_named(name).mark_point(size=(0.85 * SIDE) ** 2, filled=True, opacity=1)
    shown = mark.encode(
        x=alt.X("t:T", scale=UTC_SCALE),
        y=y_at(placed.strip.middle),
        shape=alt.Shape("shape:N", scale=None),
        fill=alt.Fill("ink:N", scale=None),
    )
    return [shown]


def ahead(placed: Layout, rows: Collection[str], theme: Theme) -> list[alt.Chart]:
    """The strip of who was ahead; a dotted line where nobody could be said to be."""
    if placed.strip is None:
        return []
    strip, base = placed.strip, rows_named("ahead")
    x, middle = alt.X("t:T", scale=UTC_SCALE), y_at(strip.middle)
    spans = base.mark_rect().encode(
        x=x, x2=alt.X2("t2:T"), y=y_at(strip.top), y2=y2_at(strip.bottom),
        color=alt.Color("colour:N", scale=None),
    )  # fmt: skip
    names = base.mark_text(
        align="left", baseline="middle", dx=5, fontSize=SMALL - 1, fontWeight="bold"
    ).encode(x=x, y=middle, text=alt.Text("text:N"),
        color=alt.Color("ink:N", scale=None))  # fmt: skip
    # Letters keep the run's colour about them where a slit, as wide as it is, lies behind.
    halo = base.mark_text(
        align="left", baseline="middle", dx=5, fontSize=SMALL - 1, fontWeight="bold",
        strokeWidth=3, strokeJoin="round",
    ).encode(x=x, y=middle, text=alt.Text("text:N"),
        stroke=alt.Stroke("colour:N", scale=None))  # fmt: skip
    slits = rows_named("slits ahead").mark_rect(color=theme.background).encode(
        x=x, x2=alt.X2("t2:T"), y=y_at(strip.top), y2=y2_at(strip.bottom)
    )  # fmt: skip
    nobody = rows_named("nobody ahead").mark_rule(
        strokeDash=[1, 4], strokeWidth=2, color=theme.quiet
    ).encode(x=x, x2=alt.X2("t2:T"), y=middle)  # fmt: skip
    return [
        *([spans] if "ahead" in rows else ()),
        *([slits] if "slits ahead" in rows else ()),
        *([halo] if "slits ahead" in rows else ()),
        *([names] if "ahead" in rows else ()),
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
            x=x_at(placed.type.pad - placed.left),
            y=y_at(placed.footing),
            text=words_at(list(placed.footnote)),
        )
    )  # fmt: skip
    return chart
