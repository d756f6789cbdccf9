"""The overtaking curve: real ranks as steps, rank 1 on top, unranked in a lane of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from operator import ne
from typing import Any, ClassVar, TypedDict, Unpack
from zlib import crc32

import altair as alt

from tracker.model import Series
from tracker.plot import callouts, layers
from tracker.plot.compose import Margins, Plot, Words
from tracker.plot.rows import (
    Rows,
    band_rows,
    context_rows,
    gap_rows,
    lead_rows,
    note_rows,
    ranks_of_context,
    ranks_shown,
    series_rows,
    tracks_of,
)
from tracker.plot.theme import SMALL, Theme, colours_of, theme_named
from tracker.plot.thin import FINE
from tracker.plot.ticks import epoch, tick_label, time_ticks
from tracker.plot.typeset import shorten, shorten_middle, spread, width
from tracker.plot.view import LANE, STRIP, STRIP_GAP, TRACK, RankScale, View
from tracker.report.dates import day
from tracker.report.naming import isolated
from tracker.report.picture import (
    change_words,
    description_of,
    footer_of,
    headline_of,
    method_words,
    note_text,
    subtitle_of,
    unranked_words,
)
from tracker.report.scene import Note, Scene, scene

#: Points left of the plot for ranks, on a phone too, and for the name of the lane.
NUMBERS, PHONE_NUMBERS, UNRANKED = 46.0, 38.0, 50.0
LABEL = 14  # points of the names at the lines' ends
#: Points of the widest label, and its share of a panel: in a window, on a phone, of a small panel.
WIDEST_LABEL, LABEL_SHARE, PHONE_SHARE, SMALL_SHARE = 190, 0.2, 0.206, 0.26
CAPTIONS = 0.3  # of the height, at most, for captions above the plot
#: A page is set in its reader's font, which may be wider; a small panel has room for that.
READERS = 1.12
#: Points of the widest plot, which rows are thinned for.
COLUMNS = 1040
SMALL_ROOM, PHONE_ROOM = 300, 235  # points of a small panel's plot on a page, and on a phone


@dataclass(frozen=True)
class Curve:
    """A panel with the series of a scene."""

    scene: Scene
    colours: tuple[str, ...]
    head: str = ""
    fixed: float | None = None
    place: str = "No. %"  # what a page says of a rank
    small: bool = False  # a facet or a panel beside others: no bands, no strip, smaller type
    captions: bool = True
    shared: RankScale | None = None  # of panels that are compared
    within: tuple[datetime, datetime] | None = None  # the time of all panels
    notes: Sequence[Note] = ()  # of all panels
    last: Callable[[int], str] = "#{}".format  # a rank behind a name
    cursor: ClassVar = True

    @cached_property
    def span(self) -> tuple[int, int]:
        first, last = self.times
        return epoch(first), epoch(last)

    @property
    def times(self) -> tuple[datetime, datetime]:
        return self.within or (self.scene.first, self.scene.last)

    @cached_property
    def ranks(self) -> RankScale:
        if self.shared:
            return self.shared
        ranks = [*ranks_shown(self.scene.series), *ranks_of_context(self.context)]
        return RankScale(min(ranks), max(ranks))

    @cached_property
    def context(self) -> dict[str, Rows]:
        return context_rows(self.scene, COLUMNS)

    @cached_property
    def rows(self) -> dict[str, Rows]:
        for row in self.context.get("band", ()):
            if row["low"] is None or row["low"] > self.ranks.bottom:
                row["low"] = None if row["median"] is None else self.ranks.bottom
        return {
            **series_rows(self.scene, COLUMNS * FINE),
            **self.context,
            "gaps": gap_rows(self.scene, self.times),
            "leads": lead_rows(self.scene, COLUMNS),
            "bands": band_rows(self.scene),
            "notes": note_rows(self.scene, self.notes),
        }

    def height(self, wide: float) -> float | None:
        return self.fixed

    def labels(self, wide: float) -> list[str]:
        """Name and last rank at each line's end, names cut to fit a panel WIDE."""
        return [name + rank for name, rank in zip(self._names(wide), self._ranks, strict=True)]

    @property
    def _every_rank(self) -> set[int | None]:
        return {rank for series in self.scene.series for rank in set(series.ranks)}

    @property
    def _ranks(self) -> list[str]:
        lasts = [series.ranks[-1] for series in self.scene.series]
        return [f" {self.last(rank)}" if rank else "" for rank in lasts]

    def _names(self, wide: float) -> list[str]:
        """The apps' names, cut to fit the labels of a panel WIDE.

        Where two would be the same, they are cut in the middle.
        """
        size = self.label_size(wide)
        share = SMALL_SHARE if self.small else PHONE_SHARE if _slim(wide) else LABEL_SHARE
        most = min(WIDEST_LABEL, share * wide + UNRANKED - self._left(wide))
        for cut in (shorten, shorten_middle):
            names = [
                cut(name, most - width(rank, size, bold=True), size, bold=True)
                for name, rank in zip(self.scene.names, self._ranks, strict=True)
            ]
            if len(set(names)) == len(names):
                break
        return [isolated(name) for name in names]

    def label_size(self, wide: float) -> float:
        return min(self.label, SMALL - 1) if _slim(wide) else self.label

    def _left(self, wide: float) -> float:
        return UNRANKED if self.tracks else PHONE_NUMBERS if _slim(wide) else NUMBERS

    @property
    def label(self) -> float:
        return 12 if self.small else LABEL

    def margins(self, wide: float, high: float, *, live: bool = False) -> Margins:
        size = self.label_size(wide)
        right = 10.0 if _slim(wide) else 13.0
        right += max(width(label, size, bold=True) for label in self.labels(wide))
        right *= READERS if live and self.small else 1
        left = self._left(wide)
        alone = self.small or not self.captions
        captions = callouts.place(
            [] if alone else self.rows["bands"], self.rows["notes"], self.span,
            wide - left - right, right + 8, callouts.MARKS if alone else CAPTIONS * high, live=live,
        )  # fmt: skip
        return Margins(left, right, captions.above, captions)

    def key(self, *size: float | str) -> str:
        line = self.scene.timeline
        about = (line.chart.slug, line.source, self.span, self.scene.names, self.head, size)
        return f"{crc32(repr(about).encode()):08x}"

    @cached_property
    def tracks(self) -> dict[str, int]:
        return tracks_of(self.scene.series)

    @cached_property
    def strip(self) -> bool:
        return not self.small and bool(self.rows["leads"])

    def _room(self, wide: float | str) -> float:
        """Points of a plot WIDE; about as many as a page has for it."""
        if isinstance(wide, str):
            return SMALL_ROOM if self.small else COLUMNS
        return wide

    def view(self, wide: float | str, high: float | str, theme: Theme) -> View:
        live = isinstance(wide, str)
        room = self._room(wide)
        (first, last), zone = self.times, self.scene.zone
        changes = max(sum(map(ne, s.ranks, s.ranks[1:])) for s in self.scene.series)
        return View(
            rows=dict(self.rows), theme=theme,
            colours=dict(zip(self.scene.names, self.colours, strict=True)), span=self.span,
            width=wide, height=high,
            ticks=[epoch(tick) for tick in time_ticks(first, last, room, zone=zone)],
            tick_label=tick_label(zone, first, last, live=live), live=live,
            key=self.key(wide, high), ranks=self.ranks, tracks=len(self.tracks), strip=self.strip,
            lines=len(self.scene.gaps) < len(self.scene.timeline.times) - 1,
            stroke=room / max(1, changes), phone_stroke=min(room, PHONE_ROOM) / max(1, changes),
            small=SMALL - 1 if self.small else SMALL,
        )  # fmt: skip

    def layers(self, view: View, margins: Margins) -> list[alt.Chart]:
        """From behind to the front."""
        wide = self._room(view.width)
        view.rows["callouts"] = margins.callouts.rows
        view.rows["ends"] = [] if view.live else self._ends(view, wide, margins)
        snapshots = len(self.scene.timeline.times)
        return [
            *layers.grid(view),
            *layers.gaps(view),
            *layers.lane(view),
            *layers.context(view),
            *([] if self.small else layers.bands(view)),
            *(layers.notes(view) if margins.callouts.rows else []),
            *layers.steps(view),
            *layers.alone(view),
            *(layers.markers(view, snapshots) if wide / snapshots >= layers.MARKED else []),
            *layers.names_of_context(view),
            *layers.strip(view),
            *layers.ends(view, self.label),
            *layers.callouts(view),
        ]

    def live(self, view: View, widths: tuple[float, float]) -> dict[str, Any]:
        labels = [self._names(wide) for wide in widths]
        names = zip(view.colours.items(), *labels, strict=True)
        return {
            "apps": [
                {"name": name, "colour": colour, "wide": wide, "slim": slim}
                for (name, colour), wide, slim in names
            ],
            "room": {
                "foot": view.foot, "lane": LANE, "track": TRACK, "apart": self.label + 4,
                "below": view.foot - view.lane,
            },
            "place": self.place,
            "last": {rank: self.last(rank) for rank in self._every_rank if rank},
            "unranked": unranked_words(self.scene.timeline),
        }  # fmt: skip

    def _ends(self, view: View, wide: float, margins: Margins) -> Rows:
        series = self.scene.series
        tracks = [self.tracks.get(each.app.app_id, 0) for each in series]
        ranks = [each.ranks[-1] for each in series]
        lasts = list(zip(self.scene.names, tracks, ranks, strict=True))
        first, last = self.span
        share = (epoch(self.scene.last) - first) / (last - first)
        rows = end_rows(view, lasts, self.label + 4, share)
        labels = self.labels(wide + margins.left + margins.right)
        return [row | {"text": label} for row, label in zip(rows, labels, strict=True)]


def _slim(wide: float) -> bool:
    """Whether a panel WIDE is one for a phone."""
    return wide < layers.PHONE / 0.6


def end_rows(
    view: View, lasts: Sequence[tuple[str, int, int | None]], apart: float, share: float
) -> Rows:
    """Where the names stand: LASTS are app, track and last rank; a row for each.

    The lines end after SHARE of the time.
    """
    room = float(view.height) - (STRIP + STRIP_GAP if view.strip else 0)
    lane_top = room - view.lane
    wanted = [
        view.place(rank) if rank is not None else lane_top + LANE / 2 + TRACK / 2 + track * TRACK
        for _, track, rank in lasts
    ]
    captions = spread(wanted, apart, 2, max(room - 4, apart * (len(lasts) - 1)))
    return [
        {
            "app": app, "x": share * float(view.width), "from": round(start, 1),
            "at": round(place, 1), "ranked": rank is not None,
        }
        for (app, _, rank), start, place in zip(lasts, wanted, captions, strict=True)
    ]  # fmt: skip


class Options(TypedDict, total=False):
    """What a picture of a chart may be given beside its series."""

    now: datetime | None  # dates the picture
    confirm: int  # snapshots that confirm an overtake; 2
    theme: str  # "light" or "dark"
    notes: Sequence[Note]  # marked where they fall in the time of the series
    context: Sequence[Series]  # other apps of the chart, drawn quietly
    zone: tzinfo  # of the times shown; UTC
    credit: str | None  # who made the picture


def curve(series: Sequence[Series], **options: Unpack[Options]) -> Plot:
    """The overtaking curve of SERIES, all of one timeline.

    Raises ``NothingToShow`` below two snapshots, ``InvalidValue`` for an unknown theme or series of
    two timelines.
    """
    return plotted(series, lambda panel: (panel,), **options)


def plotted(
    series: Sequence[Series],
    panels: Callable[[Curve], Sequence[Curve]],
    *,
    now: datetime | None = None,
    confirm: int = 2,
    theme: str = "light",
    notes: Sequence[Note] = (),
    context: Sequence[Series] = (),
    zone: tzinfo = UTC,
    credit: str | None = None,
) -> Plot:
    """A plot with the words about SERIES, and PANELS made of their curve, below each other."""
    shades = theme_named(theme)
    facts = scene(series, confirm, context=context, notes=notes, zone=zone)
    colours = tuple(colours_of([each.app for each in series], shades))
    every = panels(Curve(facts, colours))
    words = words_of(facts, now, credit)
    return Plot(every, words, shades, columns=1, names=facts.names, zone=zone)


def words_of(facts: Scene, now: datetime | None, credit: str | None) -> Words:
    return Words(
        headline=headline_of(facts),
        subtitle=(subtitle_of(facts),),
        footer=footer_of(facts, now=now, credit=credit),
        method=method_words(facts),
        description=description_of(facts),
        changes=tuple(change_words(facts, change) for change in facts.changes),
        notes=tuple(f"{day(note.at, facts.zone)}: {note_text(note)}" for note in facts.notes),
    )
