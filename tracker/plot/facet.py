"""Small multiples: the same apps on several charts, each with its own ranks, on shared axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from tracker.errors import NothingToShow
from tracker.model import App
from tracker.plot.compose import Plot, Words
from tracker.plot.curve import Curve
from tracker.plot.rows import ranks_shown, tracks_of
from tracker.plot.theme import colours_of, theme_named
from tracker.plot.view import LANE, TRACK, RankScale
from tracker.report.dates import day
from tracker.report.facets import (
    Facet,
    Part,
    facet_headline,
    footer,
    last_words,
    name_of,
    span_of,
    subtitle,
)
from tracker.report.naming import briefs
from tracker.report.picture import note_text
from tracker.report.scene import Note, scene

RANKS = 130  # points of the height of ranks, the same in each plot
WIDTH = 270  # points of a plot's width with its labels, at least


def facets(
    apps: Sequence[App],
    facets: Sequence[Facet],
    *,
    part: Part,
    now: datetime | None = None,
    theme: str = "light",
    zone: tzinfo = UTC,
    credit: str | None = None,
) -> Plot:
    """APPS on the charts of FACETS, which differ in PART: a small plot each, all of one scale.

    Charts without two snapshots that rank any of APPS are named below and not drawn. Raises
    ``NothingToShow`` where that is all of them, ``InvalidValue`` for an unknown theme.
    """
    shades = theme_named(theme)
    span = span_of(facets)
    shown = [facet for facet in facets if facet.why_empty is None]
    if not shown:
        _refuse(apps, facets, part)
    every = [series for facet in shown for series in facet.series]
    scale = RankScale(*ranks_shown(every))
    colours = dict(
        zip((app.alias or app.app_id for app in apps), colours_of(apps, shades), strict=True)
    )
    panels, notes = [], _notes(facets, zone)
    for facet in shown:
        tracks = len(tracks_of(facet.series))
        panels.append(
            Curve(
                scene(facet.series, notes=facet.notes, zone=zone),
                tuple(colours[series.app.alias or series.app.app_id] for series in facet.series),
                head=name_of(facet.chart, part),
                fixed=RANKS + (tracks * TRACK + LANE if tracks else 0),
                small=True,
                shared=scale,
                within=span,
                notes=notes,
            )
        )
    headline, above = facet_headline(apps, facets, part), subtitle(facets, part, zone)
    words = Words(
        headline=headline,
        subtitle=(above,),
        footer=footer(facets, part, now=now, zone=zone, credit=credit),
        description=f"{headline}. {above}. A small step plot of rank over time for each {part}, "
        f"rank 1 on top. {last_words(facets, part)}",
        notes=tuple(f"{day(note.at, zone)}: {note_text(note)}" for note in notes),
    )
    return Plot(panels, words, shades, least=WIDTH, names=briefs(apps), zone=zone)


def _refuse(apps: Sequence[App], facets: Sequence[Facet], part: Part) -> None:
    many = sum(facet.observed for facet in facets)
    where = f"{many} {part}s" if many > 1 else f"only {part}"
    raise NothingToShow(
        f"{', '.join(briefs(apps))}: never ranked in the {where} observed then; choose the charts "
        "with --on"
    )


def _notes(facets: Sequence[Facet], zone: tzinfo) -> list[Note]:
    """The notes of all charts within their time, each once."""
    notes = dict.fromkeys(replace(note).in_zone(zone) for facet in facets for note in facet.notes)
    first, last = span_of(facets)
    return sorted((n for n in notes if first <= n.at <= last), key=lambda note: note.at)
