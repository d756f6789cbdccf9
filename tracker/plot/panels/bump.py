"""Places among the apps drawn, above their real ranks, so that neither is taken for the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from tracker.errors import InvalidValue
from tracker.model import Series
from tracker.plot.curve.endlabels import clear_labels
from tracker.plot.curve.layout import (
    FOOT_SHARE,
    NUMBERS,
    WORDS_SHARE,
    in_lines,
    wrap_together,
)
from tracker.plot.curve.ranks import break_words, reach_of
from tracker.plot.curve.upright import ABOVE, number_rows, upright_rows
from tracker.plot.panels.axis import frame_rows
from tracker.plot.panels.panel import (
    Drawn,
    Panel,
    Rows,
    context_rows,
    curve_rows,
    end_rows,
    lane_words,
    merged,
    unranked_of,
)
from tracker.plot.panels.shapes import shape_rows, shapes_of
from tracker.plot.scene import Note, Scene, scene
from tracker.plot.style.colours import inks_of, theme_named
from tracker.plot.style.size import (
    ROOMY,
    SIZES,
    SLIM,
    SMALL,
    SMALL_LINE,
    Type,
    checked,
    room_for_words,
    type_of,
    zoom_of,
)
from tracker.plot.style.typeset import width
from tracker.plot.text.captions import Caption, captions
from tracker.plot.text.endnames import context_texts, end_names
from tracker.plot.text.headline import headline_of
from tracker.plot.text.numbers import listed, numbers
from tracker.plot.text.words import depth_words, footnote, short_subtitle_of, subtitle_of

HEAD, HEAD_SIZE = 30, 13.5  # above a panel, for its name, and how large that is
BETWEEN = 14
MOST_LARGE = 8  # apps with names of the usual size
LEAST, FAIR = 70, 340  # of height for both panels, and where there may be as much as they need
MODEST = 100  # of height for both panels, below which words above them are left out
#: Of the height of both panels the upper one has so much, and so much more for each app.
PLACES_SHARE, EACH_SHARE, MOST_SHARE = 0.18, 0.06, 0.5


def places(series: Sequence[Series]) -> list[Series]:
    """SERIES of one timeline with places among themselves for ranks: 1 is the best of them.

    Unranked stays unranked: an app that is not in the chart has no place.
    """
    table = list(zip(*(one.ranks for one in series), strict=True))
    return [
        Series(one.timeline, one.app, tuple(_place(row, number) for row in table))
        for number, one in enumerate(series)
    ]


def _place(ranks: Sequence[int | None], number: int) -> int | None:
    own = ranks[number]
    if own is None:
        return None
    return 1 + sum(rank is not None and rank < own for rank in ranks)


def ordinal(place: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``11th``."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{'th' if place % 100 in (11, 12, 13) else ending}"


def draw_bump(
    series: Sequence[Series],
    *,
    now: datetime | None = None,
    confirm: int = 2,
    theme: str = "light",
    size: tuple[int, int] = SIZES["wide"],
    interactive: bool = False,
    notes: Sequence[Note] = (),
    context: Sequence[Series] = (),
    zone: tzinfo = UTC,
    grows: bool = False,
) -> dict[str, Any]:
    """SERIES of one timeline as places among themselves, and beneath them their ranks.

    The Vega-Lite specification, SIZE pixels large, its times told in ZONE; one that GROWS is higher
    where its words would leave both plots too little. An INTERACTIVE one has tooltips and a strip
    that selects the time. NOTES are marked in both plots, as changes of the lead are; CONTEXT are
    other apps of the chart, behind the ranks. InvalidValue for fewer than two
    apps, an unknown theme or a size out of bounds; NothingToShow below two snapshots.
    """
    drawn = scene(series, confirm, notes=notes, context=context, zone=zone)
    if len(series) < 2:
        raise InvalidValue("places are those among several apps; name two at least")
    # Altair costs 0.4 s: whoever is refused does not pay it.
    from tracker.plot.panels.sheet import Sheet, beneath, draw_sheet
    from tracker.plot.style.frame import Frame

    zoom, shades = zoom_of(checked(size)), theme_named(theme)
    kind = type_of(size[0] / zoom)
    wide = size[0] / zoom - 2 * kind.pad
    room = room_for_words(size[0] / zoom, page=interactive)
    title, told = _words(drawn, room, kind)
    top = kind.pad + len(title) * kind.title_line + len(told) * kind.subtitle_line + kind.gap
    left, high = _left_room(drawn), size[1] / zoom - top - kind.pad + 8
    for numbered in (False, True):
        foot = _foot(drawn, now, kind, (room, high), numbered=numbered)
        under = beneath(foot, interactive=interactive)
        high = max(high, _fair(drawn) + under) if grows else high
        words, upper, lower = _panels(drawn, kind, (wide - left, high - under), numbered=numbered)
        if not drawn.notes or any(isinstance(one.about, Note) for one in words):
            break
    apps = [one.app for one in series]
    how = Drawn(inks_of(apps, shades), 2 * len(series), interactive, shapes_of(apps))
    frame = Frame(
        title, told, _description(drawn, title, told), kind, kind.pad + left, top,
        wide - left - upper.right + kind.pad, under + kind.pad - 8,
    )  # fmt: skip
    sheet = Sheet(
        frame=frame,
        panels=(upper, lower),
        foot=foot,
        lines=how.colours,
        stroke=3.2,
        label=_label(drawn, kind),
        zoom=zoom,
        overview=lower,
        zone=zone,
    )
    rows = _rows(drawn, words, upper, lower, how, size[0] / zoom, numbered=numbered)
    return draw_sheet(sheet, rows, shades, interactive=interactive)


def _description(drawn: Scene, title: Sequence[str], told: Sequence[str]) -> str:
    last = ", ".join(_ends(drawn.briefs, places(drawn.series), ordinal))
    return (
        f"{' '.join(title)}. {'. '.join(told)}. Two step plots over time: above, the place of each "
        f"app among the {len(drawn.series)} drawn; beneath, its rank on the chart. "
        f"Places at the last snapshot: {last}."
    )


def _words(drawn: Scene, room: float, kind: Type) -> tuple[list[str], list[str]]:
    """What is told first of all is what the picture shows: a place is easily taken for a rank."""
    what = f"Places among the {len(drawn.series)} apps drawn"
    if kind is ROOMY:
        title = wrap_together(headline_of(drawn), room, kind.title)
        lines = (f"{what}, and beneath them their ranks", *subtitle_of(drawn))
    else:
        title = wrap_together(what, room, kind.title)
        lines = (headline_of(drawn), *short_subtitle_of(drawn))
    return title, [part for line in lines for part in in_lines(line, room, kind.subtitle)]


def _foot(
    drawn: Scene, now: datetime | None, kind: Type, room: tuple[float, float], *, numbered: bool
) -> list[str]:
    """What the marks mean, and the notes where these are NUMBERED, in a ROOM so wide and high."""
    brief = kind is not ROOMY
    others = "" if brief else "; other apps stand between them on the chart"
    told = f"A place counts the drawn apps only{others}."
    broken = break_words(reach_of(drawn.series, drawn.context))
    marks = footnote(drawn, now, brief=brief, numbered=numbered, dotted=False)
    told = f"{told} {broken}{marks}"
    most = int(FOOT_SHARE * room[1] / SMALL_LINE)
    if numbered and drawn.notes:
        key = listed(drawn.notes, told, room[0], most, most // 2, drawn.zone)
        return key or in_lines(told, room[0])
    return in_lines(told, room[0])


def _label(drawn: Scene, kind: Type) -> float:
    """The size of the names at the lines' ends: of many apps, small ones stand apart."""
    return kind.label - 1 if len(drawn.series) <= MOST_LARGE else SMALL


def _left_room(drawn: Scene) -> float:
    """What the numbers on the axes need."""
    lane = lane_words(depth_words(drawn.timeline)) if unranked_of(drawn.series) else ()
    return max(width(word, SMALL) for word in ("No. 1", *lane)) + 12


def _fair(drawn: Scene) -> float:
    """The height that both plots need to be read well, with the words above them."""
    return FAIR + 2 * (HEAD + _lane(drawn)) + BETWEEN + NUMBERS + ABOVE


def _lane(drawn: Scene) -> float:
    """The height of a plot without an axis: that of its lane for the unranked."""
    times, tracks = drawn.timeline.times, unranked_of(drawn.series)
    return Panel(0, 1, 0, 0, times[0], times[-1], 2, tracks=tracks).floor


def _panels(
    drawn: Scene, kind: Type, area: tuple[float, float], *, numbered: bool
) -> tuple[tuple[Caption, ...], Panel, Panel]:
    """The words above the upper plot, and both plots, in an AREA so wide and so high.

    Where notes are NUMBERED, not worded, their numbers stand there.
    """
    wide, high = area
    line, tracks = drawn.timeline, unranked_of(drawn.series)
    span = line.times[0], line.times[-1]
    sheet = wide + _left_room(drawn) + 2 * kind.pad
    ends = [text for told in _both(drawn, sheet) for text in told]
    names = [width(text, _label(drawn, kind), bold=True) * 1.05 for text in ends]
    names += [width(text, SMALL) for text in context_texts(drawn, sheet)]
    right = wide - max(names) - 14
    worded = replace(drawn, notes=()) if numbered else drawn
    lane = _lane(drawn)
    room = high - 2 * HEAD - BETWEEN - 2 * lane - NUMBERS * numbered
    most = min(WORDS_SHARE * high, room - ABOVE - MODEST) / SMALL_LINE
    words, rows = captions(worded, right, most=max(0, int(most)))
    above = HEAD + (rows * SMALL_LINE + ABOVE if rows else 0) + NUMBERS * numbered
    room -= above - HEAD - NUMBERS * numbered
    if room < LEAST:
        raise InvalidValue("two plots find no room there; give the picture more height with --size")
    share = min(MOST_SHARE, PLACES_SHARE + EACH_SHARE * len(drawn.series))
    upper = Panel(
        0, right, above, above + room * share, *span, len(drawn.series),
        log=False, tracks=tracks,
    )  # fmt: skip
    top = upper.floor + BETWEEN + HEAD
    bottom = top + room * (1 - share)
    reach = reach_of(drawn.series, drawn.context)
    lower = Panel(0, right, top, bottom, *span, reach.deepest, reach.broken, tracks=tracks)
    return tuple(replace(told, y=told.y + HEAD - ABOVE) for told in words), upper, lower


def _rows(
    drawn: Scene,
    words: Sequence[Caption],
    upper: Panel,
    lower: Panel,
    how: Drawn,
    wide: float,
    *,
    numbered: bool,
) -> Rows:
    series, many, inks = drawn.series, len(drawn.series), how.colours
    kind, left = type_of(wide), _left_room(drawn)
    placed = places(series)

    def of_all(place: int) -> str:
        return f"{ordinal(place)} of {many}"

    heads = f"Place among the {many} apps drawn", ", not the chart’s rank"
    fits = width("".join(heads), HEAD_SIZE, bold=True) <= wide - 2 * kind.pad - left
    above = "".join(heads[: 1 + fits])
    span = upper.first, upper.last
    told = numbers(list(enumerate(drawn.notes, 1)), span, upper.wide) if numbered else ()
    deep = depth_words(drawn.timeline)
    names, (firsts, ranks) = end_names(drawn, wide), _both(drawn, wide)
    ends = end_rows(lower, series, names, ranks, how, "rank")
    above_rows = curve_rows(
        upper, placed, how, name="place among those drawn", key="place", shown=of_all
    )
    below_rows = curve_rows(lower, series, how, name="chart", key="rank")
    return merged(
        [
            {
                "heads": [
                    {"x": 0, "y": HEAD - 18, "text": above},
                    {"x": 0, "y": lower.top - 18, "text": "Rank on the chart"},
                ]
            },
            frame_rows(upper, deep, told=ordinal),
            frame_rows(lower, deep),
            upright_rows(drawn, words, (upper.top, upper.floor), inks, inks),
            upright_rows(drawn, (), (lower.top, lower.floor), inks, inks),
            above_rows,
            below_rows,
            shape_rows(upper, placed, above_rows, how),
            shape_rows(lower, series, below_rows, how),
            context_rows(lower, drawn.context, how),
            _company(drawn, lower, ends, wide),
            {"note numbers": number_rows(told, upper.top - ABOVE - 16)},
            end_rows(upper, placed, names, firsts, how, "place"),
            ends,
        ]
    )


def _company(drawn: Scene, lower: Panel, ends: Rows, wide: float) -> Rows:
    """The names of the other apps, where they stand clear of the lines' ENDS."""
    taken = [float(str(row["y"])) for row in ends["ends"]]
    texts = context_texts(drawn, wide)
    found = clear_labels(drawn, texts, taken, lower.y, lower.lowest)
    return {"context names": [{"x": lower.right, "y": one.y, "text": one.text} for one in found]}


def _both(drawn: Scene, wide: float) -> tuple[list[str], list[str]]:
    """What stands at the lines' ends of the upper and the lower plot, on a sheet so WIDE."""
    names, slim = end_names(drawn, wide), type_of(wide) is SLIM
    return (
        _ends(names, places(drawn.series), ordinal, slim=slim),
        _ends(names, drawn.series, lambda rank: f"#{rank}", slim=slim),
    )


def _ends(
    names: Sequence[str], series: Sequence[Series], shown: Any, *, slim: bool = False
) -> list[str]:
    """Each app and its last rank; on a SLIM sheet the lane alone says that there is none."""
    none = "" if slim else " unranked"
    return [
        f"{name}{none if one.ranks[-1] is None else ' ' + shown(one.ranks[-1])}"
        for name, one in zip(names, series, strict=True)
    ]
