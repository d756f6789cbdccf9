"""From a layout to a Vega-Lite specification, one function for each kind of mark.

Marks are built without rows and validated so; the rows follow as named datasets, because
validating tens of thousands of them would take Altair many seconds. Names of apps stand in rows
and titles only, never in an expression.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import altair as alt

from tracker.analysis import Status
from tracker.errors import InvalidValue
from tracker.model import Series
from tracker.plot import layout as at
from tracker.plot.colours import Theme, colours_of, theme_named
from tracker.plot.layout import Layout, lane_words, lay_out
from tracker.plot.rows import band_name, datasets, epoch, line_name, words_name
from tracker.plot.scene import scene
from tracker.plot.typeset import ALIGNS, FONT, Align

Spec = dict[str, Any]
SMALLEST = (320, 320)
#: How opaque bands and their outlines are.
_FILL = {Status.CONFIRMED: 0.17, Status.FLIP: 0.07, Status.PENDING: 0.05}
_OUTLINE = {Status.CONFIRMED: 0.17, Status.FLIP: 0.07, Status.PENDING: 0.8}


def specification(
    series: Sequence[Series],
    *,
    now: datetime | None,
    confirm: int,
    theme: str,
    size: tuple[int, int],
) -> Spec:
    """What ``tracker.plot.draw`` promises."""
    if size[0] < SMALLEST[0] or size[1] < SMALLEST[1]:
        raise InvalidValue(f"a picture is at least {SMALLEST[0]}x{SMALLEST[1]} pixels")
    shades = theme_named(theme)
    placed = lay_out(scene(series, confirm), size, now)
    colours = colours_of([one.app for one in series], shades)
    by_id = {one.app.app_id: colour for one, colour in zip(series, colours, strict=True)}
    rows = datasets(placed, by_id)
    spec: Spec = _picture(placed, rows, by_id, shades).to_dict()
    spec["datasets"] = rows
    return spec


def _picture(
    placed: Layout, rows: Collection[str], colours: Mapping[str, str], theme: Theme
) -> alt.LayerChart:
    """ROWS are the names of the sets of rows there are; a mark without rows is left out."""
    layers = [
        *(_gaps(placed, theme) if "gaps" in rows else ()),
        *_lane(placed, theme),
        *(_bands(placed, status) for status in Status if band_name(status) in rows),
        *(
            mark
            for one in placed.scene.series
            for mark in _line(placed, one, colours[one.app.app_id], theme)
        ),
        *_ends(theme),
        *_ahead(placed, theme),
        *(_words(align) for align in ALIGNS if words_name(align) in rows),
        _pointer(placed, theme),
        _footnote(placed, theme),
    ]
    picture: alt.LayerChart = (
        alt.layer(*layers)
        .properties(
            width=placed.width,
            height=placed.height,
            padding={
                "left": placed.left, "top": placed.top,
                "right": placed.right, "bottom": placed.bottom,
            },
            autosize={"type": "none"},
            background=theme.background,
            title=_title(placed, theme),
            description=description(placed),
        )
        .configure(font=FONT, view=alt.ViewConfig(stroke=None))
    )  # fmt: skip
    return picture


def description(placed: Layout) -> str:
    """The picture in words, for those who do not see it."""
    drawn = placed.scene
    last = [
        f"{label} " + ("is unranked" if one.ranks[-1] is None else f"is number {one.ranks[-1]}")
        for label, one in zip(drawn.labels, drawn.series, strict=True)
    ]
    return (
        f"{' '.join(placed.title)}. {'. '.join(placed.subtitle)}. "
        f"A step line of rank over time for each app, rank 1 on top. "
        f"At the last look {', '.join(last)}."
    )


def _title(placed: Layout, theme: Theme) -> alt.TitleParams:
    return alt.TitleParams(
        text=list(placed.title),
        subtitle=list(placed.subtitle),
        anchor="start",
        frame="group",
        dx=at.PAD - placed.left,
        offset=18,
        fontSize=placed.title_size,
        lineHeight=at.title_line(placed.title_size),
        fontWeight="bold",
        color=theme.ink,
        subtitleFontSize=at.SUBTITLE,
        subtitleLineHeight=at.SUBTITLE_LINE,
        subtitlePadding=8,
        subtitleColor=theme.quiet,
    )


def _rows(name: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(name=name))


def _once() -> alt.Chart:
    """One mark at a fixed place."""
    return _rows("once")


def _at(placed: Layout, field: str = "t", **axis: alt.Axis) -> alt.X:
    """The time in FIELD, on the one scale of the whole picture."""
    times = placed.scene.timeline.times
    scale = alt.Scale(type="utc", nice=False, domain=[epoch(times[0]), epoch(times[-1])])
    return alt.X(f"{field}:T", scale=scale, **axis)


def _time(placed: Layout, theme: Theme) -> alt.X:
    unit, step = at.time_step(placed)
    axis = alt.Axis(
        title=None,
        labelExpr=_time_words(unit),
        tickCount={"interval": unit, "step": step},
        labelColor=theme.quiet,
        labelFontSize=at.SMALL,
        labelLineHeight=at.SMALL_LINE - 2,
        labelPadding=6,
        labelOverlap="greedy",
        labelFlush=False,
        tickColor=theme.quiet,
        tickSize=4,
        domainColor=theme.quiet,
        grid=False,
    )
    return _at(placed, axis=axis)


def _time_words(unit: str) -> str:
    """An expression: what changes from tick to tick, and beneath it, once, what stays."""
    first = "datum.index == 0"
    if unit == "year":
        return _utc_words("%Y")
    if unit == "month":
        january = f"{_utc_words('%m')} == '01'"
        return f"[{_utc_words('%b')}, ({first} || {january}) ? {_utc_words('%Y')} : '']"
    if unit in ("week", "day"):
        new_year = f"{_utc_words('%j')} == '001'"
        return f"[{_utc_words('%-d %b')}, ({first} || {new_year}) ? {_utc_words('%Y')} : '']"
    clock = _utc_words("%H:%M:%S" if unit == "second" else "%H:%M")
    midnight = f"{_utc_words('%H:%M:%S')} == '00:00:00'"
    return f"[{clock}, ({first} || {midnight}) ? {_utc_words('%-d %b %Y')} : '']"


def _utc_words(form: str) -> str:
    return f"utcFormat(datum.value, '{form}')"


def _rank(placed: Layout, theme: Theme) -> alt.Y:
    """The reversed logarithmic axis of real ranks: 1 on top, the deepest one drawn at the foot."""
    axis = alt.Axis(
        title=None,
        values=at.ticks(placed.deepest),
        labelExpr="datum.value == 1 ? 'No. 1' : format(datum.value, 'd')",
        labelColor=theme.quiet,
        labelFontSize=at.SMALL,
        labelPadding=10,
        labelOverlap=False,
        grid=True,
        gridColor=theme.grid,
        domain=False,
        ticks=False,
    )
    scale = alt.Scale(
        type="log",
        domain=[1, placed.deepest],
        range=[placed.ranks.top, placed.ranks.bottom],
        nice=False,
    )
    return alt.Y("r:Q", scale=scale, axis=axis)


def _dashed() -> alt.StrokeDash:
    """What this program did not record itself is dashed."""
    scale = alt.Scale(domain=[0, 1], range=[[1, 0], [7, 4]])
    return alt.StrokeDash("d:O", scale=scale, legend=None)


def _line(placed: Layout, series: Series, colour: str, theme: Theme) -> list[alt.Chart]:
    """The steps of one app, on a halo of the background that lets crossings be told apart."""
    base = _rows(line_name(series)).encode(x=_time(placed, theme), y=_rank(placed, theme))
    shape: dict[str, Any] = {"interpolate": "step-after", "strokeJoin": "round"}
    return [
        base.mark_line(**shape, color=theme.background, strokeWidth=6.5).encode(detail="d:O"),
        base.mark_line(**shape, color=colour, strokeWidth=3, clip=False).encode(
            strokeDash=_dashed()
        ),
    ]


def _gaps(placed: Layout, theme: Theme) -> list[alt.Chart]:
    base = _rows("gaps")
    x = _at(placed)
    shade = base.mark_rect(color=theme.shade).encode(
        x=x, x2="t2:T", y=alt.value(placed.ranks.top - 8), y2=alt.value(placed.height)
    )
    words = [
        base.mark_text(color=theme.quiet, fontSize=at.SMALL, fontStyle="italic").encode(
            x=_at(placed, "m"),
            y=alt.value(placed.ranks.middle + dy),
            text=f"{field}:N",
        )
        for field, dy in (("first", -at.SMALL_LINE / 2), ("then", at.SMALL_LINE / 2))
    ]
    return [shade, *words]


def _lane(placed: Layout, theme: Theme) -> list[alt.Chart]:
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
            x=_at(placed),
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


def _bands(placed: Layout, status: Status) -> alt.Chart:
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
            x=_at(placed),
            x2="t2:T",
            y=alt.Y("y:Q", scale=None, axis=None),
            y2="y2:Q",
            fill=alt.Fill("colour:N", scale=None),
            stroke=alt.Stroke("colour:N", scale=None),
        )
    )
    return chart


def _words(align: Align) -> alt.Chart:
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


def _ends(theme: Theme) -> list[alt.Chart]:
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


def _ahead(placed: Layout, theme: Theme) -> list[alt.Chart]:
    """The strip of who was ahead; a dotted line where nobody could be said to be."""
    if placed.strip is None:
        return []
    strip, base = placed.strip, _rows("ahead")
    x, middle = _at(placed), alt.value(strip.middle)
    spans = base.transform_filter("datum.colour != null").mark_rect().encode(
        x=x, x2="t2:T", y=alt.value(strip.top), y2=alt.value(strip.bottom),
        color=alt.Color("colour:N", scale=None),
    )  # fmt: skip
    nobody = base.transform_filter("datum.colour == null").mark_rule(
        strokeDash=[1, 4], strokeWidth=2, color=theme.quiet
    ).encode(x=x, x2="t2:T", y=middle)  # fmt: skip
    names = base.transform_filter("datum.text != ''").mark_text(
        align="left", baseline="middle", dx=5, fontSize=at.SMALL - 1, fontWeight="bold"
    ).encode(x=x, y=middle, text="text:N", color=alt.Color("ink:N", scale=None))  # fmt: skip
    return [spans, nobody, names, _beside("Ahead", strip.middle, theme)]


def _pointer(placed: Layout, theme: Theme) -> alt.Chart:
    """On a screen the look nearest to the pointer: a dot and a tooltip."""
    nearest = alt.selection_point(
        name="nearest", nearest=True, on="pointerover", clear="pointerout", empty=False,
        fields=["t", "app"],
    )  # fmt: skip
    chart: alt.Chart = (
        _rows("looks")
        .mark_point(size=90, filled=True, stroke=theme.background, strokeWidth=2)
        .encode(
            x=_at(placed),
            y=alt.Y("y:Q", scale=None, axis=None),
            fill=alt.Fill("colour:N", scale=None),
            opacity=alt.condition(nearest, alt.value(1), alt.value(0), empty=False),
            tooltip=[
                alt.Tooltip("app:N", title="App"),
                alt.Tooltip("rank:N", title="Rank"),
                alt.Tooltip("t:T", title="Seen (UTC)", format="%-d %b %Y %H:%M:%S"),
            ],
        )
        .add_params(nearest)
    )
    return chart


def _footnote(placed: Layout, theme: Theme) -> alt.Chart:
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
