"""Small multiples: the same apps on several charts, each with its own ranks, on shared axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal

from tracker.analysis import leaders
from tracker.errors import NothingToShow
from tracker.model import App, Chart, Provenance, Series
from tracker.plot.colours import OF_WORDS, Theme, colours_of, readable, theme_named
from tracker.plot.layout import SHALLOWEST, wrap_together
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
from tracker.plot.scene import BRIEF
from tracker.plot.size import SIZES, SMALL, SMALL_LINE, checked, type_of, zoom_of
from tracker.plot.typeset import short_name, shorten, upright, width, wrap
from tracker.plot.words import day, days
from tracker.storefronts import storefront_name
from tracker.words import PROVENANCES, chart_words, warned

Part = Literal["storefront", "ranking", "genre"]
PARTS: tuple[Part, ...] = ("storefront", "ranking", "genre")
#: Where each part stands in the words for a chart.
_PLACE = {"storefront": 0, "ranking": 2, "genre": 3}
LEAST_WIDE, MOST_COLUMNS = 210, 5  # of a panel, in pixels, and of panels side by side
HEAD, AXIS, KEYS = 34, 44, 26
HEAD_SIZE = 13.5
RANKS_HIGH = 120  # of a panel's axis
MARK = 3  # letters at most that tell an app from the others at its line's end
LAST_LABEL = 11.5


@dataclass(frozen=True, slots=True)
class Facet:
    """One chart; ``series`` are those of the apps drawn, empty where it was not observed.

    ``known``: whether it was observed at some other time, or by some other source.
    """

    chart: Chart
    series: tuple[Series, ...]
    known: bool = False

    @property
    def observed(self) -> bool:
        return bool(self.series and self.series[0].timeline.times)

    @property
    def why_empty(self) -> str | None:
        """Why there is no curve in it; None where there is one."""
        if not self.observed:
            return "not observed then" if self.known else "never observed"
        if any(rank is not None for one in self.series for rank in one.ranks):
            return None
        looks = len(self.series[0].timeline.times)
        return f"never ranked, in {looks} look{'s' * (looks != 1)}"


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
    plots need, times told in ZONE; an INTERACTIVE one has tooltips. NothingToShow where no chart
    has two looks or none has any of the apps, InvalidValue for an unknown theme or a size out of
    bounds.
    """
    shades, zoom = theme_named(theme), zoom_of(checked(size))
    wide = size[0] / zoom
    kind = type_of(wide)
    first, last = _span(facets)
    _refuse_unranked(apps, facets, part)
    # Altair costs 0.4 s: whoever is refused does not pay it.
    from tracker.plot.panelmarks import Sheet, draw_sheet

    room = wide - 2 * kind.pad
    title = wrap_together(facet_headline(apps, facets, part, zone), room, kind.title)
    lines = [_where(facets, part), _how(facets, zone), *_came(facets)]
    told = [text for line in lines for text in wrap(line, room, kind.subtitle)]
    colours = _colours(apps, shades)
    panels = _panels(facets, room, (first, last), part)
    rows = merged([_keys(apps, colours), *_rows(facets, panels, colours, part, zone)])
    foot = wrap(_footnote(now, zone), room, SMALL)
    floor = max(panel.floor for panel in panels) + AXIS
    rows["feet"] = [{"x": 0, "y": floor, "text": foot}]
    sheet = Sheet(
        title=title,
        subtitle=told,
        description=f"{' '.join(title)}. {'. '.join(told)}. A small step plot of rank over time "
        f"for each {part}, rank 1 on top. {_last_words(facets, part)}",
        type=kind,
        width=room,
        height=floor + len(foot) * SMALL_LINE,
        top=kind.pad + len(title) * kind.title_line + len(told) * kind.subtitle_line + 26,
        bottom=kind.pad - 8,
        lines=colours,
        stroke=2.2,
        label=LAST_LABEL,
        zoom=zoom,
        panels=len(panels),
        panel=panels[0].right - panels[0].left,
        span=(first, last),
        zone=zone,
    )
    return draw_sheet(sheet, rows, shades, interactive=interactive)


def _span(facets: Sequence[Facet]) -> tuple[datetime, datetime]:
    """From the first look at any chart to the last."""
    times = [time for one in facets if one.observed for time in one.series[0].timeline.times]
    if not times or min(times) == max(times):
        raise NothingToShow(
            "none of these charts was looked at twice, and a curve needs two looks: "
            "'apptrack collect' takes the next ones"
        )
    return min(times), max(times)


def _refuse_unranked(apps: Sequence[App], facets: Sequence[Facet], part: Part) -> None:
    if all(one.why_empty for one in facets):
        names = ", ".join(_brief(app) for app in apps)
        many = sum(one.observed for one in facets)
        raise NothingToShow(
            f"{names}: never ranked in the {many} {part}{'s' * (many != 1)} looked at then; "
            "choose the charts with --on"
        )


def name_of(chart: Chart, part: Part) -> str:
    """What a facet is called: ``Japan``, ``top free``, ``Productivity``."""
    if part == "storefront":
        return storefront_name(chart.storefront)
    return chart_words(chart).split(" · ")[_PLACE[part]].split(",")[0]


def _brief(app: App) -> str:
    return upright(shorten(short_name(" ".join(app.name.split())), BRIEF, 1))


def _colours(apps: Sequence[App], theme: Theme) -> dict[str, str]:
    return {
        app.app_id: readable(colour, theme, OF_WORDS)
        for app, colour in zip(apps, colours_of(apps, theme), strict=True)
    }


def facet_headline(
    apps: Sequence[App], facets: Sequence[Facet], part: Part, zone: tzinfo = UTC
) -> str:
    """Who was ahead in how many of the charts at their last look; of one app, where it peaked."""
    first, last = _span(facets)
    seen = [one for one in facets if one.observed]
    told = _one(apps[0], seen, part) if len(apps) == 1 else _several(apps, seen, part)
    told = f"{told}, {days(first, last, zone)}"
    kinds = {kind for one in seen for kind in one.series[0].timeline.provenances}
    return warned(told, kinds)


def _one(app: App, seen: Sequence[Facet], part: Part) -> str:
    peaks = [min(filter(None, one.series[0].ranks), default=None) for one in seen]
    ranked = [peak for peak in peaks if peak is not None]
    where = f"{len(seen)} {part}s" if len(seen) > 1 else f"one {part}"
    if not ranked:
        return f"{_brief(app)} was never ranked in {where}"
    best = min(ranked)
    rank = "one" if best == 1 else str(best)
    return f"{_brief(app)} peaked at number {rank} in {ranked.count(best)} of {where}"


def _several(apps: Sequence[App], seen: Sequence[Facet], part: Part) -> str:
    wins = [0] * len(apps)
    for one in seen:
        lead = leaders(one.series)[-1]
        if lead is not None:
            wins[lead] += 1
    best = max(wins)
    ahead = [_brief(app) for app, many in zip(apps, wins, strict=True) if many == best]
    where = f"{best} of {len(seen)} {part}s" if len(seen) > 1 else f"the one {part} here"
    if not best:
        return f"None of {len(apps)} apps was ranked at the last look in {len(seen)} {part}s"
    was, each = ("was", "") if len(ahead) == 1 else ("were", " each")
    return f"{' and '.join(ahead)} {was} ahead in {where}{each} at the last look"


def _where(facets: Sequence[Facet], part: Part) -> str:
    words = chart_words(facets[0].chart).split(" · ")
    del words[_PLACE[part]]
    return f"{' · '.join(words)} · by {part}; each plot has its own chart’s ranks"


def _how(facets: Sequence[Facet], zone: tzinfo) -> str:
    sources = sorted({one.series[0].timeline.source for one in facets if one.observed})
    looks = sum(len(one.series[0].timeline.times) for one in facets if one.observed)
    return (
        f"Source{'s' * (len(sources) != 1)}: {', '.join(sources)}; {looks:,} looks; times in {zone}"
    )


def _came(facets: Sequence[Facet]) -> list[str]:
    kinds = {kind for one in facets if one.observed for kind in one.series[0].timeline.provenances}
    told = "; ".join(PROVENANCES[kind] for kind in PROVENANCES if kind in kinds)
    if told and Provenance.RECORDED in kinds:
        return [f"Dashed: {told}"]
    return [told[0].upper() + told[1:]] if told else []


def _footnote(now: datetime | None, zone: tzinfo) -> str:
    told = "Steps: a rank holds until the next look. Grey: nobody looked."
    return f"{told} Drawn {day(now, zone)}." if now else told


def _panels(
    facets: Sequence[Facet], room: float, span: tuple[datetime, datetime], part: Part
) -> list[Panel]:
    """A panel for each facet, row by row, all of one width, span, axis and lane."""
    series = [one for facet in facets for one in facet.series]
    ranks = [rank for one in series for rank in one.ranks if rank is not None]
    tracks = unranked_of(series)
    left = width("unranked" if tracks else "No. 1", SMALL) + 10
    texts = [text for facet in facets for text in _lasts(facet)]
    labels = max((width(text, LAST_LABEL, bold=True) for text in texts), default=0) + 22
    columns = min(MOST_COLUMNS, len(facets), max(1, int(room / (LEAST_WIDE + labels))))
    columns = math.ceil(len(facets) / math.ceil(len(facets) / columns))
    each = (room - left) / columns
    panels = []
    for number in range(len(facets)):
        row, column = divmod(number, columns)
        lane = Panel(0, 1, 0, 0, *span, 2, tracks=tracks).floor
        top = KEYS + row * (HEAD + RANKS_HIGH + lane + 4) + HEAD
        x = left + column * each
        deepest = max(SHALLOWEST, *ranks) if ranks else SHALLOWEST
        panels.append(
            Panel(x, x + each - labels, top, top + RANKS_HIGH, *span, deepest, tracks=tracks)
        )
    return panels


def _keys(apps: Sequence[App], colours: Mapping[str, str]) -> Rows:
    """The apps' names in their colours, once, above all plots."""
    rows, x = [], 0.0
    for app, mark in zip(apps, marks_of(apps), strict=True):
        text = f"— {_brief(app)}{'' if _brief(app).startswith(mark) else f' ({mark})'}"
        rows.append({"x": x, "y": 6, "text": text, "c": colours[app.app_id]})
        x += width(text, 14, bold=True) + 18
    return {"keys": rows}


def _rows(
    facets: Sequence[Facet],
    panels: Sequence[Panel],
    colours: Mapping[str, str],
    part: Part,
    zone: tzinfo,
) -> list[Rows]:
    parts: list[Rows] = []
    for number, (facet, panel) in enumerate(zip(facets, panels, strict=True)):
        name = name_of(facet.chart, part)
        head = _head(facet.chart, part, panel.right - panel.left)
        parts.append(frame_rows(panel, words=panel.left == panels[0].left))
        parts.append({"heads": [{"x": panel.left, "y": panel.top - 12, "text": head}]})
        # Beneath the lowest plot of each column.
        beneath = next((p for p in panels[number + 1 :] if p.left == panel.left), None)
        parts.append(time_rows(panel, zone) if beneath is None else {})
        if facet.why_empty:
            middle = (panel.left + panel.right) / 2, (panel.top + panel.bottom) / 2
            why: Rows = {"whys": [{"x": middle[0], "y": middle[1], "text": facet.why_empty}]}
            parts.append(why)
        if facet.observed:
            parts.append(curve_rows(panel, facet.series, colours, name=name, key=str(number)))
            parts.append(end_rows(panel, facet.series, _lasts(facet), colours))
    return parts


def _head(chart: Chart, part: Part, room: float) -> str:
    """What stands above a facet: a storefront whose name finds no ROOM goes by its code."""
    name = name_of(chart, part)
    fits = part != "storefront" or width(name, HEAD_SIZE, bold=True) <= room
    return name if fits else chart.storefront.upper()


def _lasts(facet: Facet) -> list[str]:
    """``Ch #3``; the app alone where the hollow dot in the lane says the rest."""
    marks = marks_of([one.app for one in facet.series])
    return [
        f"{mark} #{one.ranks[-1]}".strip() if one.ranks[-1] else mark
        for mark, one in zip(marks, facet.series, strict=True)
    ]


def marks_of(apps: Sequence[App]) -> list[str]:
    """The first letters of each name that no other has, so that colour is not all that tells.

    ``D``, ``Ch``, ``Cl``; where three letters do not tell them apart, the place among the apps.
    Nothing for an app that is alone.
    """
    if len(apps) == 1:
        return [""]
    names = [_brief(app) for app in apps]
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


def _last_words(facets: Sequence[Facet], part: Part) -> str:
    """Each chart's last look, for those who do not see the picture."""
    told = []
    for facet in facets:
        if facet.why_empty:
            told.append(f"{name_of(facet.chart, part)}: {facet.why_empty}")
            continue
        ranks = (f"{_brief(one.app)} {one.ranks[-1] or 'unranked'}" for one in facet.series)
        told.append(f"{name_of(facet.chart, part)}: {', '.join(ranks)}")
    return f"At the last look {'; '.join(told)}."
