"""The overtaking curve in letters and dots, for a person on a server.

Apps are known by a letter on their line as well as by colour; plotille leaves colours out where
``NO_COLOR`` is set or the output is no terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

from tracker.analysis import whole_spacings
from tracker.errors import MissingExtra, NothingToShow
from tracker.model import Series
from tracker.plot.rows import ranks_shown, stretches, tracks_of
from tracker.plot.ticks import SHORT, tick_words, time_ticks
from tracker.plot.view import RankScale
from tracker.report.naming import cells, unmarked
from tracker.report.picture import (
    headline_of,
    method_words,
    provenance_words,
    source_words,
    subtitle_of,
)
from tracker.report.scene import Scene, scene

if TYPE_CHECKING:
    from plotille import Canvas

#: The terminal's own colours, which its theme makes readable.
COLOURS = (
    "bright_blue", "bright_green", "bright_magenta", "yellow", "cyan", "red",
    "blue", "green", "magenta", "bright_yellow", "bright_cyan", "bright_red",
)  # fmt: skip
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NARROWEST, LEAST_ROWS, MOST_ROWS = 40, 8, 30
NUMBERS = 9  # columns left of the axis
LABEL, LABEL_SHARE = 22, 0.4  # columns at most right of the plot, and of all
LETTER_EVERY, LETTER_APART = 14, 7  # columns between letters on a line, and of several stretches
TICK = 9  # columns from one tick of the time axis to the next, at least
ACROSS, DOWN = 2, 4  # dots of one character
_BLANK = "\u2800"  # a character of no dots, which some fonts show


@dataclass(frozen=True)
class _Area:
    """The plot in characters: ``high`` rows of ranks, then one for each app ever unranked.

    The names right of it are ``label`` columns wide.
    """

    scene: Scene
    columns: int
    label: int
    high: int

    @cached_property
    def tracks(self) -> dict[str, int]:
        return tracks_of(self.scene.series)

    @cached_property
    def ranks(self) -> RankScale:
        return RankScale(*ranks_shown(self.scene.series))

    @property
    def rows(self) -> int:
        return self.high + len(self.tracks)

    def x(self, at: datetime) -> int:
        """Dots from the left."""
        share = (at - self.scene.first) / (self.scene.last - self.scene.first)
        return round(share * (self.columns * ACROSS - 1))

    def column(self, at: datetime) -> int:
        return self.x(at) // ACROSS

    def y(self, rank: int | None, series: Series) -> int:
        """Dots from the top."""
        if rank is None:
            return (self.high + self.tracks[series.app.app_id]) * DOWN + 1
        return round(self.ranks.share(rank) * (self.high * DOWN - 1))


def draw_terminal(
    series: Sequence[Series], size: tuple[int, int], *, confirm: int = 2, zone: tzinfo = UTC
) -> str:
    """SERIES of one timeline as text, for a terminal of SIZE: columns and rows.

    Headline, subtitle, the curve, who was ahead, times of ZONE, source and method. No character of
    an app's name drives a terminal. ``NothingToShow`` below two snapshots or 40 columns.
    """
    if size[0] < NARROWEST:
        raise NothingToShow(
            f"a terminal {size[0]} columns wide has no room for a curve: it takes {NARROWEST}"
        )
    facts = scene(series, confirm, zone=zone)
    wide = size[0] - 1
    names = [f"{LETTERS[n % 26]} {_clean(name)}" for n, name in enumerate(facts.names)]
    most = min(LABEL, int(LABEL_SHARE * wide))
    ends = [_cut(name, _last(each), most) for name, each in zip(names, facts.series, strict=True)]
    label = max(map(cells, ends))
    head = _wrapped([headline_of(facts), subtitle_of(facts)], wide)
    foot = _wrapped(_below(facts), wide)
    area = _Area(facts, wide - NUMBERS - 2 - label, label, 0)
    # Beside these: an empty line, the axis, who was ahead, the times, and the next prompt.
    room = size[1] - len(head) - area.rows - len(foot) - 5
    area = _Area(facts, area.columns, label, max(LEAST_ROWS, min(MOST_ROWS, room)))
    lines = [*head, "", *_curves(area, ends), _axis(area), *_ahead(area), _times(area), *foot]
    return "\n".join(lines)


def _below(facts: Scene) -> list[str]:
    """Source, method and provenance; here no overtake is a band, and nothing is dashed."""
    method = method_words(facts).partition(" A band is ")[0]
    method += " Blank: no data." if facts.gaps else ""
    if facts.comparable and any(span.leader is None for span in facts.spans):
        method += " ·: none of them ranked."
    kinds = provenance_words(set(facts.timeline.provenances)).replace("Dashed:", "In part")
    return [source_words(facts.timeline), method, kinds]


def _clean(text: str) -> str:
    """TEXT without what drives a terminal or turns its direction: names come from strangers."""
    visible = "".join(letter if letter.isprintable() else " " for letter in unmarked(text))
    return " ".join(visible.split())


def _wrapped(texts: Sequence[str], room: int) -> list[str]:
    """TEXTS in lines of at most ROOM columns; a word longer than that is cut."""
    lines: list[str] = []
    for text in texts:
        line = ""
        for word in map(_clean, text.split(" ")):
            while cells(word) > room:
                cut = next(n for n in range(len(word), 0, -1) if cells(word[:n]) <= room)
                lines += [line, word[:cut]]
                line, word = "", word[cut:]
            longer = f"{line} {word}".strip()
            if cells(longer) > room:
                lines.append(line)
            line = longer if cells(longer) <= room else word
        lines.append(line)
    return [line for line in lines if line]


def _last(series: Series) -> str:
    return "unranked" if series.ranks[-1] is None else f"#{series.ranks[-1]}"


def _cut(name: str, last: str, most: int) -> str:
    while cells(name) > most - len(last) - 1:
        name = f"{name.rstrip('…')[:-1]}…"
    return f"{name} {last}"


def _curves(area: _Area, ends: Sequence[str]) -> list[str]:
    """The axis of ranks, the curves, and the names beside the rows in which they end."""
    make_canvas, color = _library()
    wide, high = area.columns * ACROSS, area.rows * DOWN
    canvas = make_canvas(area.columns, area.rows, 0, 0, wide, high)
    whole = whole_spacings(area.scene.timeline)
    for number, series in enumerate(area.scene.series):
        letters = -LETTER_APART
        for part in stretches(series, whole):
            points = [
                (area.x(at), area.y(rank, series)) for at, rank in part.points(series, every=False)
            ]
            _steps(canvas, points, high - 1, COLOURS[number % len(COLOURS)])
            letters = _letters(canvas, points, high - 1, number, letters)
    first = area.scene.series[0]
    numbers = {area.y(rank, first) // DOWN: str(rank) for rank in reversed(area.ranks.ticks)}
    numbers |= {0: "No. 1"} if area.ranks.top == 1 else {}
    numbers |= {area.high: "unranked"} if area.tracks else {}
    beside = _beside(area)
    lines = []
    for row, text in enumerate(canvas.plot().replace(_BLANK, " ").split("\n")):
        axis = f"{numbers[row]} ┤" if row in numbers else "│"
        names = [color(ends[n], fg=COLOURS[n % len(COLOURS)]) for n in beside.get(row, ())]
        lines.append(f"{axis:>{NUMBERS + 1}}{text} {'  '.join(names)}".rstrip())
    return lines


def _library() -> tuple[type[Canvas], Callable[..., str]]:
    try:
        from plotille import Canvas, color
    except ImportError:
        raise MissingExtra(
            "drawing in the terminal needs plotille; install it with: "
            "pip install 'apptrack[terminal]'"
        ) from None
    return Canvas, color


Points = Sequence[tuple[int, int]]


def _steps(canvas: Canvas, points: Points, top: int, colour: str) -> None:
    before = points[0]
    for x, y in points:
        canvas.line(before[0], top - before[1], x, top - before[1], color=colour)
        canvas.line(x, top - before[1], x, top - y, color=colour)
        before = x, y


def _letters(canvas: Canvas, points: Points, top: int, number: int, last: int) -> int:
    """The app's letter on a stretch, every so often; LAST and the result are columns of letters.

    Letters of several apps begin side by side.
    """
    begin = points[0][0] // ACROSS + (number if len(points) > 1 else 0)
    following = max(begin, last + LETTER_APART)
    for (x, y), (end, _) in zip(points, [*points[1:], points[-1]], strict=True):
        for column in range(max(x // ACROSS, following), end // ACROSS + 1, LETTER_EVERY):
            canvas.text(
                column * ACROSS, top - y, LETTERS[number % 26], color=COLOURS[number % len(COLOURS)]
            )
            last, following = column, column + LETTER_EVERY
    return last


def _beside(area: _Area) -> dict[int, list[int]]:
    """The apps whose names are in each row: where their line ends, or as near as is free."""
    series = area.scene.series
    wanted = sorted((area.y(each.ranks[-1], each) // DOWN, n) for n, each in enumerate(series))
    rows: dict[int, list[int]] = {}
    for row, number in wanted:
        free = [other for other in range(area.rows) if other not in rows]
        near = min(free, key=lambda other: (abs(other - row), other), default=row)
        rows.setdefault(near, []).append(number)
    return rows


def _ticks(area: _Area) -> list[datetime]:
    facts = area.scene
    return time_ticks(facts.first, facts.last, area.columns, TICK, zone=facts.zone)


def _axis(area: _Area) -> str:
    """The time axis: broken where there was no data."""
    row = ["─"] * area.columns
    for gap in area.scene.gaps:
        for column in range(area.column(gap.start) + 1, area.column(gap.end)):
            row[column] = " "
    for tick in _ticks(area):
        row[area.column(tick)] = "┴"
    return f"{' ' * NUMBERS}└{''.join(row)}"


def _times(area: _Area) -> str:
    row = [" "] * (area.columns + 1 + area.label)
    free = 0
    short = area.scene.last - area.scene.first < SHORT
    for tick in _ticks(area):
        text, column = tick_words(tick, area.scene.zone, short=short), area.column(tick)
        if column >= free and column + len(text) <= len(row):
            row[column : column + len(text)] = text
            free = column + len(text) + 1
    return f"{' ' * NUMBERS} {''.join(row)}".rstrip()


def _ahead(area: _Area) -> list[str]:
    """Who was ahead, by letter; a dot where none of them was ranked."""
    facts = area.scene
    if not facts.comparable:
        return []
    apps = [series.app for series in facts.series]
    row = [" "] * area.columns
    # The shortest last, so that a lead of one snapshot is visible.
    for span in sorted(facts.spans, key=lambda span: span.start - span.end):
        letter = LETTERS[apps.index(span.leader) % 26] if span.leader else "·"
        for column in range(area.column(span.start), area.column(span.end) + 1):
            row[column] = letter
    return [f"{'ahead ':>{NUMBERS}} {''.join(row)}".rstrip()]
