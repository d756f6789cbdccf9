"""What a picture has on a screen only: a strip that selects the time, and what a pointer finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from math import log
from typing import Any

import altair as alt

from tracker.analysis import gaps
from tracker.model import Series
from tracker.plot.curve import layout as at
from tracker.plot.curve.axes import UTC_SCALE, told_at, words_at, x2_at, x_at, y2_at, y_at
from tracker.plot.curve.layout import TRACK, Layout
from tracker.plot.curve.looks import told_looks
from tracker.plot.curve.ranks import fall_of
from tracker.plot.curve.rows import Rows, line_name
from tracker.plot.curve.upright import Row
from tracker.plot.style.colours import Theme
from tracker.plot.style.frame import layered
from tracker.plot.style.shapes import SIDE
from tracker.plot.style.size import SMALL
from tracker.plot.style.typeset import width
from tracker.plot.times.ticks import epoch
from tracker.plot.times.zoom import BRUSH, SHOWN, Span, clock

HINT = "Drag along the strip to look closer; a click on it shows all again."
SHORT_HINT = "Drag along the strip to look closer; tap to see all."
#: Vega-Lite's own tooltips tell local time, and miss names under a nearest selection, where the
#: row is the datum's datum.
_AGE = "(now() - (datum.datum || datum).t)"
_RANK = "(datum.datum || datum).r || 'not in the top ' + (datum.datum || datum).depth"
LOOK_TOLD = (
    f"'Age': {_AGE} < 7.2e6 ? round({_AGE} / 6e4) + ' minutes' : {_AGE} < 1.728e8 "
    f"? round({_AGE} / 3.6e6) + ' hours' : round({_AGE} / 8.64e7) + ' days', "
    "'Snapshot before': (datum.datum || datum).before, 'Holds': (datum.datum || datum).holds"
)
_TOOLTIP = f"{{'App': (datum.datum || datum).app, 'Rank': {_RANK}, %s, {LOOK_TOLD}}}"
_NOTE_TOOLTIP = "{'Note': datum.title, %s, 'Told by': datum.source}"


def look_rows(layout: Layout, colours: Mapping[str, str], theme: Theme) -> Rows:
    """What a pointer finds: one row for each snapshot of each app, or the last of each column.

    Where it stands is reckoned from the rank ``r`` or, of an unranked app, from its ``track`` in
    the lane: so the rows are the same whatever they are drawn on. ``before`` is how long ago the
    chart was observed before, ``holds`` how long the rank stands.
    """
    drawn = layout.scene
    lines = len(drawn.series) + len(drawn.context)
    ages = told_looks(drawn.timeline, drawn.gaps, layout.width, lines)
    rows = [
        row
        for one, label in zip(drawn.series, drawn.labels, strict=True)
        for row in _looks(layout, one, label, colours[one.app.app_id], ages)
    ]
    if drawn.context:
        line = drawn.context[0].timeline
        ages = told_looks(line, gaps(line), layout.width, lines)
    for one in drawn.context:
        rows += _looks(layout, one, one.app.name, theme.quiet, ages)
    return rows


def _looks(
    layout: Layout, series: Series, label: str, colour: str, ages: Mapping[int, tuple[str, str]]
) -> Rows:
    line = series.timeline
    app_id, tracks = series.app.app_id, list(layout.tracks)
    track = tracks.index(app_id) if app_id in tracks else None
    rows = []
    for number, (before, holds) in ages.items():
        rank = series.ranks[number]
        if track is None if rank is None else rank > layout.deepest:
            continue  # of an app in the background only what is drawn is found
        row: Row = {
            "t": epoch(line.times[number]),
            "r": rank,
            "track": track if rank is None else None,
            "depth": line.depths[number],
            "app": label,
            "before": before,
            "holds": holds,
            "colour": colour,
        }
        rows.append(row)
    return rows


def heights_of(layout: Layout) -> dict[str, float]:
    """By what a page reckons how high a rank stands: where number ``one`` would, and the ``fall``.

    Above a break there is nothing to be found.
    """
    fall = fall_of(layout.reach, layout.ranks.high)
    return {"one": layout.ranks.bottom - fall * log(layout.deepest), "fall": fall}


def _height(layout: Layout) -> str:
    """An expression: how high the snapshot of a row is drawn."""
    axis = heights_of(layout)
    ranked = f"{axis['one']:.7g} + log(datum.r) * {axis['fall']:.7g}"
    if layout.lane is None:
        return ranked
    lane = layout.lane.top + layout.lane_name + TRACK / 2
    return f"datum.r === null ? {lane:g} + {TRACK} * datum.track : {ranked}"


def pointer(placed: Layout, theme: Theme) -> alt.Chart:
    """The snapshot nearest to the pointer: a dot and a tooltip."""
    nearest = alt.selection_point(
        name="nearest", nearest=True, on="pointerover", clear="pointerout", empty=False,
        fields=["t", "app"],
    )  # fmt: skip
    time, form = "(datum.datum || datum).t", "%-d %b %Y %H:%M:%S"
    seen = when("Seen", time, form, placed.scene.zone, placed.span)
    chart: alt.Chart = (
        alt.Chart(alt.NamedData(name="looks"))
        .transform_calculate(y=_height(placed))
        .mark_point(size=90, filled=True, stroke=theme.background, strokeWidth=2)
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=alt.Y("y:Q", scale=None, axis=None),
            fill=alt.Fill("colour:N", scale=None),
            opacity=alt.condition(nearest, alt.value(1), alt.value(0), empty=False),
            tooltip=told_at(alt.expr(_TOOLTIP % seen)),
        )
        .add_params(nearest)
    )
    return chart


def when(name: str, value: str, form: str, zone: tzinfo, span: Span) -> str:
    """A line of a tooltip: the time VALUE within SPAN, by the zone's name."""
    return f"'{name} ({zone})': {clock(value, form, zone, span)}"


def note_pointer(zone: tzinfo, span: Span) -> alt.Chart:
    """What a pointer finds on a note's line, which is too fine to be met."""
    at_its_time = when("When", "datum.t", "%-d %b %Y %H:%M", zone, span)
    chart: alt.Chart = (
        alt.Chart(alt.NamedData(name="notes"))
        .mark_rule(strokeWidth=9, opacity=0)
        .encode(
            x=alt.X("t:T", scale=UTC_SCALE),
            y=alt.Y("y:Q", scale=None, axis=None),
            y2=alt.Y2("y2:Q"),
            tooltip=told_at(alt.expr(_NOTE_TOOLTIP % at_its_time)),
        )
    )
    return chart


def overview(placed: Layout, colours: Mapping[str, str], theme: Theme) -> dict[str, Any]:
    """All of the time of the curve, small."""
    scale = alt.Scale(
        type="log",
        domain=[placed.reach.broken, placed.deepest],
        range=[4, at.OVERVIEW - 4],
        nice=False,
    )
    times = placed.scene.timeline.times
    lines = [
        alt.Chart(alt.NamedData(name=line_name(one)))
        .mark_line(interpolate="step-after", strokeWidth=1.2, color=colours[one.app.app_id])
        .encode(y=alt.Y("r:Q", scale=scale, axis=None), detail=alt.Detail("d:O"))
        for one in placed.scene.series
    ]
    hint = hint_for(placed.width + placed.right - placed.type.pad)
    return strip(lines, placed.width, (times[0], times[-1]), theme, hint=hint)


def strip(
    lines: Sequence[alt.Chart],
    wide: float,
    span: Span,
    theme: Theme,
    *,
    hint: str,
    axis: alt.Axis | None = None,
) -> dict[str, Any]:
    """All of the time of LINES, whose x it is; what is dragged over on it is that of the plot.

    HINT stands beneath it.
    """
    brush = alt.selection_interval(
        name=BRUSH, encodings=["x"],
        mark=alt.BrushConfig(fill=theme.ink, fillOpacity=0.14, stroke=theme.quiet),
    )  # fmt: skip
    whole = alt.Scale(type="utc", nice=False, domain=[epoch(time) for time in span])
    timed = [line.encode(x=alt.X("t:T", scale=whole, axis=axis)) for line in lines]
    ground = (
        alt.Chart(alt.NamedData(name="once"))
        .mark_rect(color=theme.lane, stroke=theme.grid)
        .encode(x=x_at(0), x2=x2_at(wide), y=y_at(0),
                y2=y2_at(at.OVERVIEW))
    )  # fmt: skip
    words = (
        alt.Chart(alt.NamedData(name="once"))
        .mark_text(align="left", baseline="top", color=theme.quiet, fontSize=SMALL - 1)
        .encode(x=x_at(0), y=y_at(at.OVERVIEW + 5), text=words_at(hint))
    )
    timed[0] = timed[0].add_params(brush)
    return layered([ground, *timed, words], width=wide, height=at.OVERVIEW)


def with_strip(plot: dict[str, Any], strip: dict[str, Any], spacing: float) -> dict[str, Any]:
    """PLOT above STRIP, the selection in which is told of the whole, where a page finds it."""
    timed = next(layer for layer in strip["layer"] if "params" in layer)
    (brush,) = timed.pop("params")
    timed["name"] = "strip"
    params = [{**brush, "views": ["strip"]}]
    return {"params": params, "vconcat": [plot, strip], "spacing": spacing, "bounds": "flush"}


def hint_for(room: float) -> str:
    """What to do with the strip, in as many words as there is ROOM for."""
    return HINT if width(HINT, SMALL - 1) <= room else SHORT_HINT


def narrowed(layers: Sequence[dict[str, Any]], clip: bool | dict[str, str] = True) -> None:
    """Show of LAYERS the time selected, and nothing outside it, by the CLIP of a mark.

    The page's own program puts the ends of lines where they are in it. The names of other apps are
    left out, for their lines end elsewhere.
    """
    gone = f"isArray({BRUSH}.t) && ({BRUSH}.t[1] < datum.t || datum.t < {BRUSH}.t[0])"
    for layer in layers:
        code, name = layer["encoding"], layer["data"]["name"]
        timed = code.get("x", {}).get("type") == "temporal"
        # Words begin within the plot and may go on beside it, where nothing else stands.
        words = clip is True and name.startswith(("words ", "note words "))
        # Said of every mark: where it is not, Vega-Lite clips all in a plot with a selected domain.
        layer["mark"]["clip"] = clip if timed and name != "ends" and not words else False
        if timed:
            code["x"]["scale"]["domain"] = {"param": BRUSH}
        hidden = {"ends": timed and gone, "context names": f"isArray({BRUSH}.t)"}.get(name)
        hidden = gone if words else hidden
        if hidden:
            code["opacity"] = {"condition": {"test": hidden, "value": 0}, "value": 1}


def refitted(layers: Sequence[dict[str, Any]], wide: float) -> None:
    """Name in the strip WIDE points wide who was ahead, where there is room in the time selected.

    Where there is none, there may be room for a shape.
    """
    named = "datum.room >= datum.needed"
    seen = {"s": f"max(datum.t, {SHOWN}[0])", "e": f"min(datum.t2, {SHOWN}[1])"}
    room = f"(datum.e - datum.s) / ({SHOWN}[1] - {SHOWN}[0]) * {wide}"
    told = seen | {"room": room, "m": "(datum.s + datum.e) / 2"}
    steps = [{"calculate": expression, "as": name} for name, expression in told.items()]
    # Hidden, not filtered out: where no row is left Vega warns of it.
    shown = {"text": ("s", named), "point": ("m", f"!({named}) && datum.room > {SIDE}")}
    for layer in layers:
        if layer["data"]["name"] == "ahead" and layer["mark"]["type"] in shown:
            field, test = shown[layer["mark"]["type"]]
            layer["encoding"]["x"]["field"] = field
            layer["encoding"]["opacity"] = {"condition": {"test": test, "value": 1}, "value": 0}
            layer["transform"] = steps
