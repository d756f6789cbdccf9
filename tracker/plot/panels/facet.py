"""Small multiples: the same apps on several charts, each with its own ranks, on shared axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from tracker.errors import NothingToShow
from tracker.model import App, Chart
from tracker.plot.curve.layout import in_lines, wrap_together
from tracker.plot.curve.ranks import Reach, break_words, reach_of
from tracker.plot.curve.upright import Row
from tracker.plot.panels.arrange import NOTED, Plots, arranged
from tracker.plot.panels.axis import frame_rows
from tracker.plot.panels.panel import (
    Drawn,
    Panel,
    Rows,
    curve_rows,
    end_rows,
    merged,
    unranked_of,
)
from tracker.plot.scene import Note
from tracker.plot.style.colours import inks_of, theme_named
from tracker.plot.style.size import ROOMY, SIZES, Type, checked, room_for_words, type_of, zoom_of
from tracker.plot.style.typeset import upright, width
from tracker.plot.text.facets import (
    Facet,
    Part,
    brief,
    briefs,
    came,
    facet_headline,
    footnote,
    how_seen,
    last_words,
    name_of,
    span_of,
    timelines,
    where,
)
from tracker.plot.text.numbers import listed, numbers
from tracker.plot.text.words import depth_words
from tracker.plot.times.ticks import epoch

KEY, KEY_LINE = 14, 20  # how large a key is, and from one line of them to the next
HEAD_SIZE = 13.5
MARK = 3  # letters at most that tell an app from the others at its line's end
LAST_LABEL = 11.5
#: Beneath all plots, with the key of the notes; and where each has a line of its own.
MOST_LINES, FAIR_LINES = 30, 14


def draw_facets(
    apps: Sequence[App],
    facets: Sequence[Facet],
    *,
    part: Part,
    now: datetime | None = None,
    theme: str = "light",
    size: tuple[int, int] = SIZES["wide"],
    interactive: bool = False,
    zone: tzinfo = UTC,
) -> dict[str, Any]:
    """APPS on the charts of FACETS, which differ in PART; one small plot each, all of one scale.

    Ranks are each chart's own. The Vega-Lite specification, as wide as SIZE and as high as the
    plots need, times told in ZONE; an INTERACTIVE one has tooltips and a strip that selects the
    time of all. NothingToShow where no chart has two snapshots or none has any of the apps,
    InvalidValue for an unknown theme or a size out of bounds.
    """
    shades, zoom = theme_named(theme), zoom_of(checked(size))
    wide = size[0] / zoom
    kind = type_of(wide)
    facets = [replace(one, notes=tuple(note.told_in(zone) for note in one.notes)) for one in facets]
    first, last = span_of(facets)
    _refuse_unranked(apps, facets, part)
    # Altair costs 0.4 s: whoever is refused does not pay it.
    from tracker.plot.panels.sheet import Sheet, beneath, draw_sheet
    from tracker.plot.style.frame import Frame

    room = room_for_words(wide, page=interactive)
    title = wrap_together(facet_headline(apps, facets, part, zone), room, kind.title)
    lines = [where(facets, part), how_seen(facets, part, zone), *came(facets)]
    told = [text for line in lines for text in in_lines(line, room, kind.subtitle)]
    notes = _notes(facets, (first, last))
    reach = reach_of(one for facet in facets for one in facet.series)
    beneath_it = break_words(reach) + footnote(facets, now, zone)
    foot = in_lines(beneath_it, room)
    if notes:
        foot = listed(notes, beneath_it, room, MOST_LINES, FAIR_LINES, zone)
    keys = _key_places(apps, room)
    top = kind.pad + len(title) * kind.title_line + len(told) * kind.subtitle_line + 26
    bottom = kind.pad - 8 + beneath(foot, interactive=interactive)
    # A page is as high as its plots need, and so is a picture that is wide.
    fits = None if interactive or kind is ROOMY else size[1] / zoom - top - bottom
    room = wide - 2 * kind.pad
    plots = _plots(facets, reach, room, kind, fits, keys[-1][1], noted=bool(notes))
    left, (panels, axes) = plots.left, arranged(plots)
    drawn = sum(len(one.series) for one in facets)
    how = Drawn(inks_of(apps, shades), drawn, interactive)
    description = (
        f"{' '.join(title)}. {'. '.join(told)}. A small step plot of rank over time "
        f"for each {part}, rank 1 on top. {last_words(facets, part)}"
    )
    frame = Frame(
        title, told, description, kind, kind.pad + left, top,
        wide - kind.pad - left - max(panel.right for panel in panels), bottom,
    )  # fmt: skip
    sheet = Sheet(
        frame=frame,
        panels=panels,
        foot=foot,
        lines=how.colours,
        stroke=2.2,
        label=LAST_LABEL,
        zoom=zoom,
        zone=zone,
        axes=axes,
    )
    keyed = _keys(apps, how.colours, keys, left)
    rows = merged([keyed, *_rows(facets, panels, how, part, plots, notes)])
    return draw_sheet(sheet, rows, shades, interactive=interactive)


def _refuse_unranked(apps: Sequence[App], facets: Sequence[Facet], part: Part) -> None:
    if all(one.why_empty for one in facets):
        names = ", ".join(briefs(apps))
        many = sum(one.observed for one in facets)
        raise NothingToShow(
            f"{names}: never ranked in the {f'{many} {part}s' if many > 1 else f'one {part}'} "
            "looked at then; "
            "choose the charts with --on"
        )


def _notes(facets: Sequence[Facet], span: tuple[datetime, datetime]) -> list[Note]:
    """The notes of all charts that fall into the time drawn, each once, in order."""
    found = dict.fromkeys(note for one in facets for note in one.notes)
    return sorted((note for note in found if span[0] <= note.at <= span[1]), key=lambda n: n.at)


def _plots(
    facets: Sequence[Facet],
    reach: Reach,
    room: float,
    kind: Type,
    fits: float | None,
    keys: float,
    *,
    noted: bool,
) -> Plots:
    """What the plots of FACETS have in common."""
    series = [one for facet in facets for one in facet.series]
    texts = [text for facet in facets for text in _lasts(facet)]
    return Plots(
        many=len(facets),
        room=room,
        kind=kind,
        span=span_of(facets),
        reach=reach,
        deep=depth_words(*timelines(facets)),
        tracks=unranked_of(series),
        labels=max((width(text, LAST_LABEL, bold=True) for text in texts), default=0) + 22,
        keys=keys,
        noted=noted,
        fits=fits,
    )


def _key(name: str, mark: str) -> str:
    return f"— {name}{'' if name.startswith(mark) else f' ({mark})'}"


def _key_places(apps: Sequence[App], room: float) -> list[tuple[float, float]]:
    """Where the name of each of APPS stands, in as many lines as that much ROOM asks for."""
    found: list[tuple[float, float]] = []
    x, y = 0.0, 6.0
    for name, mark in zip(briefs(apps), marks_of(apps), strict=True):
        wide = width(_key(name, mark), KEY, bold=True)
        if x and x + wide > room:
            x, y = 0.0, y + KEY_LINE
        found.append((x, y))
        x += wide + 18
    return found


def _keys(
    apps: Sequence[App],
    colours: Mapping[str, str],
    places: Sequence[tuple[float, float]],
    left: float,
) -> Rows:
    """The apps' names in their colours, once, above all plots, which begin LEFT of theirs."""
    rows: list[Row] = [
        {"x": x - left, "y": y, "text": _key(name, mark), "colour": colours[app.app_id]}
        for app, name, mark, (x, y) in zip(apps, briefs(apps), marks_of(apps), places, strict=True)
    ]
    return {"keys": rows}


def _rows(
    facets: Sequence[Facet],
    panels: Sequence[Panel],
    how: Drawn,
    part: Part,
    plots: Plots,
    notes: Sequence[Note],
) -> list[Rows]:
    parts: list[Rows] = []
    above = 12 + NOTED * bool(notes)
    for number, (facet, panel) in enumerate(zip(facets, panels, strict=True)):
        name = name_of(facet.chart, part)
        # Beside a plot stand the words at the lines' ends, and nothing above them.
        head = _head(facet.chart, part, panel.wide + plots.labels - 12)
        parts.append(frame_rows(panel, plots.deep, words=panel.column == 0))
        parts.append({"heads": [{"x": panel.left, "y": panel.top - above, "text": head}]})
        if facet.why_empty:
            middle = (panel.left + panel.right) / 2, (panel.top + panel.bottom) / 2
            why: Rows = {"whys": [{"x": middle[0], "y": middle[1], "text": facet.why_empty}]}
            parts.append(why)
        if facet.observed:
            names = marks_of([one.app for one in facet.series])
            parts.append(curve_rows(panel, facet.series, how, name=name, key=str(number)))
            parts.append(end_rows(panel, facet.series, names, _lasts(facet), how, str(number)))
        parts.append(
            _note_rows(panel, [one for one in enumerate(notes, 1) if one[1] in facet.notes])
        )
    return parts


def _head(chart: Chart, part: Part, room: float) -> str:
    """What stands above a facet: a storefront whose name finds no ROOM goes by its code."""
    name = name_of(chart, part)
    fits = part != "storefront" or width(name, HEAD_SIZE, bold=True) <= room
    return name if fits else chart.storefront.upper()


def _note_rows(panel: Panel, notes: Sequence[tuple[int, Note]]) -> Rows:
    """An upright line for each note, and above it the number that it has in the key beneath."""
    lines: list[Row] = [
        {
            "t": epoch(note.at),
            "y": panel.top - 4,
            "y2": panel.floor,
            "title": note.title,
            "source": note.source or "not told",
            "k": panel.column,
        }
        for _, note in notes
    ]
    told: list[Row] = [
        {"t": epoch(one.at), "y": panel.top - 10, "text": one.text, "k": panel.column}
        for one in numbers(notes, (panel.first, panel.last), panel.wide)
    ]
    return {"notes": lines, "note numbers": told}


def _lasts(facet: Facet) -> list[str]:
    """``Ch #3``; the app alone where the hollow dot in the lane says the rest."""
    marks = marks_of([one.app for one in facet.series])
    return [
        f"{upright(mark)} #{one.ranks[-1]}".strip() if one.ranks[-1] else mark
        for mark, one in zip(marks, facet.series, strict=True)
    ]


def marks_of(apps: Sequence[App]) -> list[str]:
    """The first letters of each name that no other has, so that colour is not all that tells.

    ``D``, ``Ch``, ``Cl``; where three letters do not tell them apart, the place among the apps.
    Nothing for an app that is alone.
    """
    if len(apps) == 1:
        return [""]
    names = [brief(app) for app in apps]
    marks = []
    for number, name in enumerate(names):
        others = names[:number] + names[number + 1 :]
        heads = (name[:length] for length in range(1, MARK + 1))
        unlike = (
            head for head in heads
            if head.isalnum() and not any(other.startswith(head) for other in others)
        )  # fmt: skip
        marks.append(next(unlike, str(number + 1)))
    return marks
