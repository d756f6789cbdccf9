"""Places among the apps drawn, above their real ranks, so that neither is taken for the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from tracker.errors import InvalidValue
from tracker.model import Series
from tracker.plot.colours import OF_WORDS, Theme, colours_of, readable, theme_named
from tracker.plot.headline import headline_of
from tracker.plot.layout import deepest_rank, wrap_together
from tracker.plot.panel import (
    Panel,
    Rows,
    curve_rows,
    end_rows,
    frame_rows,
    merged,
    time_rows,
    unranked_of,
)
from tracker.plot.scene import Scene, scene
from tracker.plot.size import ROOMY, SIZES, SMALL, SMALL_LINE, Type, checked, type_of, zoom_of
from tracker.plot.typeset import width, wrap
from tracker.plot.words import day, short_subtitle_of, subtitle_of

HEAD = 30  # above a panel, for its name
AXIS = 44  # beneath the lower one, for the time
BETWEEN = 14
LEAST = 70  # of height for both panels
PLACES_SHARE = 0.5  # of the height of both panels, for the upper one


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
    zone: tzinfo = UTC,
) -> dict[str, Any]:
    """SERIES of one timeline as places among themselves, and beneath them their ranks.

    The Vega-Lite specification, SIZE pixels large, its times told in ZONE; an INTERACTIVE one has
    tooltips. InvalidValue for fewer than two apps, an unknown theme or a size out of bounds;
    NothingToShow below two snapshots.
    """
    drawn = scene(series, confirm, zone=zone)
    if len(series) < 2:
        raise InvalidValue("places are those among several apps; name two at least")
    # Altair costs 0.4 s: whoever is refused does not pay it.
    from tracker.plot.panelmarks import Sheet, draw_sheet

    zoom, shades = zoom_of(checked(size)), theme_named(theme)
    kind = type_of(size[0] / zoom)
    wide = size[0] / zoom - 2 * kind.pad
    title, told = _words(drawn, wide, kind)
    foot = wrap(_footnote(drawn, now), wide, SMALL)
    top = kind.pad + len(title) * kind.title_line + len(told) * kind.subtitle_line + 22
    bottom = kind.pad - 8 + len(foot) * SMALL_LINE
    high = size[1] / zoom - top - bottom
    upper, lower = _panels(drawn, kind, (wide, high))
    by_id = _colours(series, shades)
    rows = _rows(drawn, upper, lower, by_id)
    rows["feet"] = [{"x": 0, "y": lower.floor + AXIS + 4, "text": foot}]
    sheet = Sheet(
        title=title,
        subtitle=told,
        description=_description(drawn, title, told),
        type=kind,
        width=wide,
        height=high,
        top=top,
        bottom=bottom,
        lines=by_id,
        stroke=3.2,
        label=kind.label - 1,
        zoom=zoom,
        panels=2,
        panel=upper.right - upper.left,
        span=(upper.first, upper.last),
        zone=zone,
    )
    return draw_sheet(sheet, rows, shades, interactive=interactive)


def _description(drawn: Scene, title: Sequence[str], told: Sequence[str]) -> str:
    last = ", ".join(_ends(drawn, places(drawn.series), ordinal))
    return (
        f"{' '.join(title)}. {'. '.join(told)}. Two step plots over time: above, the place of each "
        f"app among the {len(drawn.series)} drawn; beneath, its rank on the chart. "
        f"Places at the last look: {last}."
    )


def _colours(series: Sequence[Series], theme: Theme) -> dict[str, str]:
    apps = [one.app for one in series]
    return {
        app.app_id: readable(colour, theme, OF_WORDS)
        for app, colour in zip(apps, colours_of(apps, theme), strict=True)
    }


def _words(drawn: Scene, room: float, kind: Type) -> tuple[list[str], list[str]]:
    """The title names what the picture is: a place is easily taken for a rank."""
    what = f"laces among the {len(drawn.series)} apps drawn"
    if kind is ROOMY:
        title = wrap_together(f"{headline_of(drawn)} · p{what}", room, kind.title)
        lines = subtitle_of(drawn)
    else:
        title = wrap_together(f"P{what}", room, kind.title)
        lines = (headline_of(drawn), *short_subtitle_of(drawn))
    return title, [part for line in lines for part in wrap(line, room, kind.subtitle)]


def _footnote(drawn: Scene, now: datetime | None) -> str:
    told = [
        "A place counts the drawn apps only; other apps stand between them on the chart.",
        "Steps: it holds until the next look.",
    ]
    if drawn.gaps:
        told.append("Grey: nobody looked.")
    if now is not None:
        told.append(f"Drawn {day(now, drawn.zone)}.")
    return " ".join(told)


def _panels(drawn: Scene, kind: Type, area: tuple[float, float]) -> tuple[Panel, Panel]:
    wide, high = area
    line, tracks = drawn.timeline, unranked_of(drawn.series)
    left = max(width(word, SMALL) for word in ("No. 1", "unranked" if tracks else "No. 1")) + 12
    ends = [f"{name} unranked" for name in drawn.briefs]
    right = wide - max(width(text, kind.label - 1, bold=True) for text in ends) * 1.05 - 14
    lane = Panel(0, 1, 0, 0, line.times[0], line.times[-1], 2, tracks=tracks).floor
    room = high - 2 * HEAD - BETWEEN - AXIS - 2 * lane
    if room < LEAST:
        raise InvalidValue("two plots find no room there; give the picture more height with --size")
    upper = Panel(
        left, right, HEAD, HEAD + room * PLACES_SHARE, line.times[0], line.times[-1],
        len(drawn.series), log=False, tracks=tracks,
    )  # fmt: skip
    top = upper.floor + BETWEEN + HEAD
    lower = Panel(
        left, right, top, top + room * (1 - PLACES_SHARE), line.times[0], line.times[-1],
        deepest_rank(drawn), tracks=tracks,
    )  # fmt: skip
    return upper, lower


def _rows(drawn: Scene, upper: Panel, lower: Panel, colours: Mapping[str, str]) -> Rows:
    series, many = drawn.series, len(drawn.series)
    placed = places(series)

    def of_all(place: int) -> str:
        return f"{ordinal(place)} of {many}"

    above = f"Place among the {many} apps drawn, not the chart’s rank"
    heads: Rows = {
        "heads": [
            {"x": 0, "y": panel.top - 18, "text": text}
            for panel, text in ((upper, above), (lower, "Rank on the chart"))
        ]
    }
    return merged(
        [
            heads,
            frame_rows(upper, told=ordinal),
            frame_rows(lower),
            time_rows(lower, drawn.zone),
            curve_rows(
                upper, placed, colours, name="place among those drawn", key="place", shown=of_all
            ),
            curve_rows(lower, series, colours, name="chart", key="rank"),
            end_rows(upper, placed, _ends(drawn, placed, ordinal), colours),
            end_rows(lower, series, _ends(drawn, series, lambda rank: f"#{rank}"), colours),
        ]
    )


def _ends(drawn: Scene, series: Sequence[Series], shown: Any) -> list[str]:
    return [
        f"{name} {'unranked' if one.ranks[-1] is None else shown(one.ranks[-1])}"
        for name, one in zip(drawn.briefs, series, strict=True)
    ]
