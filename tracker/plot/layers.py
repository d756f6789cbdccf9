"""Layers: small functions from tidy rows to Altair charts, with real encodings and scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from tracker.plot.theme import OF_WORDS, SMALL, SMALL_LINE, readable, text_on
from tracker.plot.view import LANE, STRIP, STRIP_GAP, TRACK, View, at, fixed

#: Line width, halo, dash, by the points from one change of a rank to the next.
_STROKES = ((9, 2.6, 3.2, (6, 3)), (3, 2.0, 2.0, (4, 2)), (0, 1.4, 0, (3, 1.5)))
MARKED = 24  # points between two snapshots from which on each has a marker
POINT = 64  # square points of a rank in a picture without lines
MANY_NOTES, TICK = 12, 9  # of more notes than these each is a tick of so many points
PHONE = 330  # points of a plot, below which the names beside it are smaller
#: Of more lines than these the one that is pointed at stays, and the others are so opaque.
CROWD, FAINT = 4, 0.15
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
UNTIL = alt.X2(field="until")
#: Whether a row is outside of the time that a page shows.
_HIDDEN = "shown && (datum.time < shown[0] || datum.time > shown[1])"


def grid(view: View) -> list[alt.Chart]:
    """Nothing but the axes: what is left of a plot whose rows are all empty."""
    data: Any = {"values": [{"time": view.span[0], "rank": view.ranks.top}]}
    return [alt.Chart(data).mark_point(opacity=0).encode(x=view.x(), y=view.y())]


def gaps(view: View) -> list[alt.Chart]:
    """Times without data: named where there is room, and shaded where there are lines between."""
    if not view.rows.get("gaps"):
        return []
    base = view.data("gaps")
    foot = f"{view.height} - {STRIP + STRIP_GAP if view.strip else 0}"
    shade = base.mark_rect(color=view.theme.shade, clip=view.clip)
    shade = shade.encode(x=view.x(), x2=UNTIL, y=fixed("y", 0), y2=at("y2", foot))
    tall = 7.0 * max(len(row["text"]) for row in view.rows["gaps"])
    least = f"({view.floor} > {tall} ? {SMALL_LINE} : {tall})"
    name = base.mark_text(
        color=view.theme.quiet,
        fontSize=view.small,
        fontStyle="italic",
        clip=view.clip,
        angle=alt.ExprRef(expr=f"{_share(view)} > {tall} ? 0 : 270"),
    ).encode(
        x=at("x", f"scale('x', ({' + '.join(_part(view))}) / 2)")
        if view.live
        else view.x("middle"),
        y=at("y", f"({view.floor}) / 2"),
        text=at("text", f"{_share(view)} > {least} ? datum.text : ''"),
    )
    return [shade, name] if view.lines else [name]


def _part(view: View) -> tuple[str, str]:
    """Expressions for the begin and the end of what is shown of a row."""
    if not view.live:
        return "datum.time", "datum.until"
    return (
        "(shown ? max(datum.time, shown[0]) : +datum.time)",
        "(shown ? min(datum.until, shown[1]) : +datum.until)",
    )


def _stretch(view: View) -> str:
    """An expression for the points that the whole of the time would take, as it is shown."""
    whole = view.span[1] - view.span[0]
    part = f" * (shown ? {whole} / (shown[1] - shown[0]) : 1)" if view.live else ""
    return f"{view.width}{part}"


def _share(view: View) -> str:
    """An expression for the points that are shown from ``time`` to ``until`` of a row."""
    begin, end = _part(view)
    return f"({end} - {begin}) / {view.span[1] - view.span[0]} * {_stretch(view)}"


def lane(view: View) -> list[alt.Chart]:
    """The lane of the unranked: a bar while an app is not in the chart."""
    if not view.tracks:
        return []
    top = f"({view.floor})"
    ground = alt.Chart(_once()).mark_rect(color=view.theme.lane)
    ground = ground.encode(
        x=fixed("x", 0), x2=at("x2", f"{view.width}"), y=at("y", top),
        y2=at("y2", f"{top} + {view.lane}"),
    )  # fmt: skip
    bars = view.data("lane").mark_rule(strokeWidth=4, strokeCap="round", clip=view.clip)
    bars = bars.encode(
        x=view.x(), x2=UNTIL, color=view.colour(), strokeDash=_dash((5, 6), view, "lane"),
        y=at("y", f"{top} + {LANE / 2 + TRACK / 2} + datum.track * {TRACK}"),
    )  # fmt: skip
    return [ground, _beside(view, "unranked", f"{top} + {view.lane / 2}", -6), bars]


def _colour(colours: Mapping[str, str]) -> alt.Color:
    """The colour of each app, by its name."""
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color("app:N", scale=scale, legend=None)


def _dash(dash: Sequence[float], view: View, name: str) -> Any:
    """Solid for what a store was observed to show, dashed for anything else."""
    kinds = {row["observed"] for row in view.rows[name]}
    if kinds <= {True}:
        return alt.Undefined
    if kinds == {False}:
        return alt.StrokeDashValue(list(dash))
    scale = alt.Scale(domain=[True, False], range=[[1, 0], list(dash)])
    return alt.StrokeDash("observed:N", scale=scale, legend=None)


def stroke(apart: float) -> tuple[float, float, tuple[float, float]]:
    """Width, halo and dash of lines whose ranks change every APART points: few are thin."""
    return next((wide, halo, dash) for least, wide, halo, dash in _STROKES if apart >= least)


def _by_width(view: View, wide: float, slim: float) -> Any:
    """WIDE, and on a page that a phone shows SLIM."""
    return alt.ExprRef(f"{view.width} < {PHONE} ? {slim} : {wide}") if view.live else wide


def steps(view: View, name: str = "steps", *, field: str = "rank") -> list[alt.Chart]:
    """The lines: a rank holds until the next snapshot; nothing where there was no data.

    On a halo of the background, so that lines that cross stay apart.
    """
    if not view.rows.get(name):
        return []
    (wide, halo, dash), (slim, faint, _) = stroke(view.stroke), stroke(view.phone_stroke)
    base = view.data(name).encode(x=view.x(), y=view.y(field), detail=alt.Detail("app:N"))
    # Round corners take a third of the time to draw, and are not seen on thin lines.
    step: Mapping[str, Any] = {
        "interpolate": "step-after",
        "clip": view.clip,
        "strokeJoin": "round" if halo else "miter",
    }
    dim = f"picked && datum.app !== picked ? {FAINT} : 1"
    lines = base.mark_line(
        strokeWidth=_by_width(view, wide, slim),
        opacity=alt.ExprRef(dim) if view.live and len(view.colours) > CROWD else alt.Undefined,
        **step,
    ).encode(color=view.colour(), strokeDash=_dash(dash, view, name))
    around = _by_width(view, wide + halo, slim + faint)
    under = base.mark_line(strokeWidth=around, color=view.theme.background, **step)
    if _dash(dash, view, name) is not alt.Undefined:
        under = under.encode(detail=[alt.Detail("app:N"), alt.Detail("observed:N")])
    return [under, lines] if halo else [lines]


def alone(view: View) -> list[alt.Chart]:
    """A dot at each rank between two gaps."""
    if not view.rows.get("alone"):
        return []
    size = (2.2 * stroke(view.stroke)[0]) ** 2 if view.lines else POINT
    dot = view.data("alone").mark_point(filled=True, opacity=1, size=size, clip=view.clip)
    return [dot.encode(x=view.x(), y=view.y(), color=view.colour())]


def markers(view: View, snapshots: int) -> list[alt.Chart]:
    """A dot at each of so many SNAPSHOTS, where these are few for the width."""
    room = f"{view.width} / {snapshots}"
    base = view.data("steps").transform_filter("datum.snapshot && !datum.alone")
    return [
        base.mark_point(
            filled=True,
            opacity=alt.ExprRef(expr=f"{room} < {MARKED} ? 0 : 1") if view.live else 1,
            size=34,
            clip=view.clip,
            stroke=view.theme.background,
            strokeWidth=1,
        ).encode(x=view.x(), y=view.y(), color=view.colour())
    ]


def context(view: View) -> list[alt.Chart]:
    """Other apps, quietly: lines of a few with their names, or the middle half of many."""
    quiet: Mapping[str, Any] = {"interpolate": "step-after", "clip": view.clip}
    if view.rows.get("others"):
        base = view.data("others").encode(x=view.x(), y=view.y(), detail=alt.Detail("app:N"))
        return [base.mark_line(color=view.theme.context, strokeWidth=1.2, **quiet)]
    if not view.rows.get("band"):
        return []
    base = view.data("band").encode(x=view.x())
    area = base.mark_area(color=view.theme.context, opacity=0.22, **quiet)
    line = base.mark_line(color=view.theme.context, strokeWidth=1.4, **quiet)
    low = alt.Y2(field="low")
    return [area.encode(y=view.y("high"), y2=low), line.encode(y=view.y("median"))]


def names_of_context(view: View) -> list[alt.Chart]:
    """Their names, in front of all lines; none where a page shows a part of the time."""
    if not view.rows.get("other names"):
        return []
    style: Mapping[str, Any] = {"align": "right", "dx": -8, "dy": -7, "fontSize": view.small - 1}
    base = view.data("other names")
    x = at("x", f"shown ? -9999 : {view.width}") if view.live else view.x()
    ground: Mapping[str, Any] = {"stroke": view.theme.background, "strokeWidth": 3}
    return [
        base.mark_text(color=view.theme.quiet, **style, **around).encode(
            x=x, y=view.y(), text=alt.Text("app:N")
        )
        for around in (ground, {})
    ]


def bands(view: View) -> list[alt.Chart]:
    """The interval of each overtake, in the winner's colour, at least a point wide.

    Fainter where the lead was lost again soon. In a picture without lines bands are broad, and all
    of them fainter.
    """
    if not view.rows.get("bands"):
        return []
    tall = {"color": view.colour(), "y": fixed("y", 0), "y2": at("y2", view.floor)}
    dense = view.theme.veil if view.lines else view.theme.veil / 2
    veil = alt.ExprRef(f"datum.status == 'flip' ? {dense / 2} : {dense}")
    fill = view.data("bands").mark_rect(clip=view.clip, strokeWidth=0, opacity=veil)
    edge = view.data("bands").mark_rule(clip=view.clip, strokeWidth=1, opacity=0.75)
    return [fill.encode(x=view.x(), x2=UNTIL, **tall), edge.encode(x=view.x("until"), **tall)]


def notes(view: View) -> list[alt.Chart]:
    """A thin line at each dated note; a tick at the top where there are many."""
    if not view.rows.get("notes"):
        return []
    foot = view.floor if len(view.rows["notes"]) <= MANY_NOTES else f"{TICK}"
    rule = view.data("notes").mark_rule(
        color=view.theme.quiet, strokeWidth=1, strokeDash=[2, 3], clip=view.clip
    )
    return [rule.encode(x=view.x(), y=fixed("y", 0), y2=at("y2", foot))]


def callouts(view: View) -> list[alt.Chart]:
    """Words or numbers above the plot, each with a line down to it; see ``callouts.place``."""
    if not view.rows.get("callouts"):
        return []
    base = view.data("callouts")
    hidden = _HIDDEN if view.live else "false"
    colours = {**view.colours, "": view.theme.quiet}
    ink = _colour({app: readable(c, view.theme, OF_WORDS) for app, c in colours.items()})
    narrow = f"{view.width} < datum.least"
    crowded = f"({narrow} || datum.align == 'center') && {_stretch(view)} < datum.fits"
    align = "datum.align"
    if view.live:  # in a part of the time words run to where there is room
        x = "scale('x', datum.time)"
        beyond = f"{x} + datum.long > {view.width} ? 'right' : {x} < datum.long ? 'left' : {align}"
        align = f"(shown && datum.long ? {beyond} : {align})"
    words = base.mark_text(
        align=alt.ExprRef(expr=f"{narrow} ? 'center' : {align}"),
        dx=alt.ExprRef(expr=f"{narrow} ? 0 : {{left: 5, right: -5, center: 0}}[{align}]"),
        baseline="top",
        fontSize=SMALL,
        lineHeight=SMALL_LINE,
        fontWeight=alt.ExprRef(expr="datum.app ? 'bold' : 'normal'"),
        lineBreak="\n",
    ).encode(
        x=view.x(),
        y=at("y", f"{narrow} ? -16 : -datum.rise"),
        color=ink,
        text=at("text", f"{hidden} || {crowded} ? '' : {narrow} ? datum.mark : datum.text"),
    )
    short = f"{narrow} || datum.align == 'center' ? 0"
    line = base.mark_rule(strokeWidth=1, opacity=alt.ExprRef(expr=f"{hidden} ? 0 : 0.75")).encode(
        x=view.x(), y=at("y", f"{short} : -datum.rise"), y2=fixed("y2", 0), color=ink
    )
    return [line, words]


def strip(view: View) -> list[alt.Chart]:
    """Who was ahead, by time: a strip of colour below the ranks, with names where they fit."""
    if not view.strip:
        return []
    top = f"({view.height} - {STRIP})"
    base = view.data("leads")
    bars = base.mark_rect(clip=view.clip, strokeWidth=0).encode(
        x=view.x(),
        x2=UNTIL,
        y=at("y", top),
        y2=at("y2", f"{top} + {STRIP - 2}"),
        color=view.colour(),
    )
    label = base.mark_text(
        align="left",
        dx=6,
        fontSize=11,
        fontWeight="bold",
        baseline="middle",
        clip=view.clip,
    ).encode(
        x=at("x", "max(0, scale('x', datum.time))") if view.live else view.x(),
        y=at("y", f"{top} + {STRIP / 2 - 1}"),
        text=at("text", f"{_share(view)} > datum.room ? datum.app : ''"),
        color=_colour({app: text_on(colour) for app, colour in view.colours.items()}),
    )
    return [bars, label, _beside(view, "Ahead", f"{top} + {STRIP / 2 - 1}", -8)]


def _beside(view: View, text: str, y: str, x: float) -> alt.Chart:
    """TEXT left of the plot, at the expression Y."""
    mark = alt.Chart(_once()).mark_text(
        align="right", color=view.theme.quiet, fontSize=view.small - 1, baseline="middle"
    )
    words: alt.Chart = mark.encode(x=fixed("x", x), y=at("y", y), text=fixed("text", text))
    return words


def _once() -> Any:
    return {"values": [{}]}


def ends(view: View, size: float = 14) -> list[alt.Chart]:
    """The names at the lines' ends, apart from each other, in place of a legend."""
    if not (view.live or view.rows.get("ends")):
        return []
    base = view.data("ends")
    several = len(view.colours) > 2
    domain = list(view.colours)
    shape = alt.Shape(
        "app:N",
        legend=None,
        scale=alt.Scale(domain=domain, range=[SHAPES[n % len(SHAPES)] for n in range(len(domain))]),
    )
    hollow = {"test": "!datum.ranked", "value": view.theme.background}
    dot = base.mark_point(size=70 if size > 12 else 36, opacity=1, strokeWidth=1.5).encode(
        x=at("x", "datum.x"),
        y=at("y", "datum.from"),
        color=view.colour(),
        fill=alt.Fill("app:N", scale=view.colours_scale(), legend=None, condition=hollow),
        **({"shape": shape} if several else {}),
    )
    tie = (
        base.transform_filter("abs(datum.at - datum.from) > 2")
        .mark_rule(strokeWidth=1, opacity=0.6)
        .encode(
            x=at("x", f"{view.width} + 6"),
            x2=at("x2", f"{view.width} + 9"),
            y=at("y", "datum.from"),
            y2=at("y2", "datum.at"),
            color=view.colour(),
        )
    )
    type_size = alt.ExprRef(f"{view.width} < {PHONE} ? {min(size, SMALL - 1)} : {size}")
    words = base.mark_text(
        align="left", baseline="middle", fontSize=type_size, fontWeight="bold"
    ).encode(
        x=at("x", f"{view.width} + 10"),
        y=at("y", "datum.at"),
        text=alt.Text("text:N"),
        color=view.colour(words=True),
    )
    return [dot, tie, words]
