"""The overtaking curve in letters and dots, for a person on a server.

Apps are told apart by a letter on their line as well as by colour; plotille leaves colours out
where ``NO_COLOR`` is set or nobody sees them.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from tracker.analysis import whole_spacings
from tracker.errors import MissingExtra, NothingToShow
from tracker.model import Series
from tracker.plot.curve.ranks import reach_of, ticks
from tracker.plot.panels.axis import rank_words
from tracker.plot.panels.panel import unranked_of
from tracker.plot.scene import Scene, Stretch, scene
from tracker.plot.style.typeset import unmarked
from tracker.plot.text.headline import headline_of
from tracker.plot.text.words import NOBODY_AHEAD, nobody_ahead, short_subtitle_of, subtitle_of
from tracker.plot.times.ticks import tick_words, time_ticks

if TYPE_CHECKING:
    from plotille import Canvas

#: The terminal's own colours, which its theme makes readable.
COLOURS = (
    "bright_blue", "bright_green", "bright_magenta", "yellow", "cyan", "red",
    "blue", "green", "magenta", "bright_yellow", "bright_cyan", "bright_red",
)  # fmt: skip
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NARROWEST, LEAST_ROWS, MOST_ROWS = 40, 8, 30
SHORT_BELOW = 70  # columns: a narrower terminal has the subtitle of a small picture
NUMBERS = 9  # columns left of the axis
LABEL, LABEL_SHARE = 22, 0.4  # columns at most right of the plot, and of all
LETTER_EVERY, LETTER_APART = 14, 7  # columns between letters on a line, and on several strokes
TICK = 6  # pixels that a column counts for the time axis
ACROSS, DOWN = 2, 4  # dots of one character
_MARKS = "Steps hold until the next snapshot; blank, and a broken axis: no data."
_BLANK = "\u2800"  # a character of no dots, which some fonts show


@dataclass(frozen=True, slots=True)
class _Plot:
    """The plot's area in characters: ``ranks`` rows of axis, then the lane's.

    The names right of it are ``label`` columns wide.
    """

    scene: Scene
    columns: int
    label: int
    ranks: int
    unranked: tuple[str, ...]
    deepest: int

    @property
    def rows(self) -> int:
        return self.ranks + len(self.unranked)

    def x(self, time: datetime) -> int:
        """Dots from the left."""
        times = self.scene.timeline.times
        share = (time - times[0]) / (times[-1] - times[0])
        return round(share * (self.columns * ACROSS - 1))

    def down(self, rank: int) -> int:
        """Dots from the top."""
        share = math.log(rank) / math.log(self.deepest)
        return round(share * (self.ranks * DOWN - 1))

    def lane(self, app_id: str) -> int:
        """The row of an unranked app, from the top."""
        return self.ranks + self.unranked.index(app_id)


def draw_terminal(
    series: Sequence[Series], size: tuple[int, int], *, confirm: int = 2, zone: tzinfo = UTC
) -> str:
    """SERIES of one timeline as text, for a terminal of SIZE: columns and rows.

    Headline, subtitle, the curve, who was ahead, and the time, told in ZONE. Nothing of an app's
    name can drive a terminal. NothingToShow below two snapshots, and where there is no room.
    """
    if size[0] < NARROWEST:
        raise NothingToShow(
            f"a terminal {size[0]} columns wide has no room for a curve: it takes {NARROWEST}"
        )
    drawn = scene(series, confirm, zone=zone)
    wide = size[0] - 1
    words = short_subtitle_of if size[0] < SHORT_BELOW else subtitle_of
    # Nothing is dashed here.
    told = [text.replace("Dashed:", "In part") for text in words(drawn)]
    head = [line for text in (headline_of(drawn), *told) for line in _wrapped(clean(text), wide)]
    names = [f"{LETTERS[n % 26]} {clean(name)}" for n, name in enumerate(drawn.briefs)]
    most = min(LABEL, int(LABEL_SHARE * wide))
    ends = [_cut(name, _last(one), most) for name, one in zip(names, drawn.series, strict=True)]
    label = max(_cells(end) for end in ends)
    unranked = unranked_of(drawn.series)
    foot = _wrapped(_MARKS + f" ·: {NOBODY_AHEAD}." * nobody_ahead(drawn), wide)
    # Beside these: an empty line, the axis, who was ahead, two of the time, and the next prompt.
    room = size[1] - len(head) - len(unranked) - len(foot) - 6
    plot = _Plot(
        scene=drawn,
        columns=wide - NUMBERS - 2 - label,
        label=label,
        ranks=max(LEAST_ROWS, min(MOST_ROWS, room)),
        unranked=unranked,
        deepest=reach_of(drawn.series).deepest,
    )
    return "\n".join([*head, "", *_picture(plot, ends), *_time(plot), *foot])


def clean(text: str) -> str:
    """TEXT without what drives a terminal or turns its direction: names come from strangers."""
    seen = "".join(letter if letter.isprintable() else " " for letter in unmarked(text))
    return " ".join(seen.split())


def _cells(text: str) -> int:
    """How many columns TEXT takes."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def _wrapped(text: str, room: int) -> list[str]:
    """TEXT in lines of at most ROOM columns; a word longer than that is cut."""
    lines = [""]
    for word in text.split():
        while _cells(word) > room:
            cut = next(n for n in range(len(word), 0, -1) if _cells(word[:n]) <= room)
            lines.append(word[:cut])
            word = word[cut:]
        longer = f"{lines[-1]} {word}".strip()
        if _cells(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]


def _last(series: Series) -> str:
    return "unranked" if series.ranks[-1] is None else f"#{series.ranks[-1]}"


def _cut(name: str, last: str, most: int) -> str:
    room = most - len(last) - 1
    while _cells(name) > room:
        name = f"{name[:-2]}…" if name.endswith("…") else f"{name[:-1]}…"
    return f"{name} {last}"


def _picture(plot: _Plot, ends: Sequence[str]) -> list[str]:
    """The axis, the curves, and the names beside the rows in which they end."""
    canvas_of, color = _library()
    wide, high = plot.columns * ACROSS, plot.rows * DOWN
    canvas = canvas_of(plot.columns, plot.rows, 0, 0, wide, high)
    for number, one in enumerate(plot.scene.series):
        last = -LETTER_APART
        for part in plot.scene.strokes[number]:
            points = _stroke(canvas, plot, one, part, number)
            last = _letters(canvas, points, plot.rows * DOWN - 1, number, last)
    labels = _beside(plot)
    numbers = {plot.down(rank) // DOWN: rank_words(rank) for rank in reversed(ticks(plot.deepest))}
    numbers |= {plot.ranks: "unranked"} if plot.unranked else {}
    lines = []
    for row, text in enumerate(canvas.plot().replace(_BLANK, " ").split("\n")):
        told = f"{numbers[row]} ┤" if row in numbers else "│"
        names = [
            color(ends[number], fg=COLOURS[number % len(COLOURS)]) for number in labels.get(row, ())
        ]
        lines.append(f"{told:>{NUMBERS + 1}}{text} {'  '.join(names)}".rstrip())
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


def _stroke(
    canvas: Canvas, plot: _Plot, series: Series, part: Stretch, number: int
) -> list[tuple[int, int]]:
    """One unbroken stretch: steps where ranked, a line in the lane where not. Its points."""
    colour, top = COLOURS[number % len(COLOURS)], plot.rows * DOWN - 1
    points = [
        (
            plot.x(time),
            plot.lane(series.app.app_id) * DOWN + 1 if rank is None else plot.down(rank),
        )
        for time, rank in part.points
    ]
    before = points[0]
    for x, y in points:
        canvas.line(before[0], top - before[1], x, top - before[1], color=colour)
        canvas.line(x, top - before[1], x, top - y, color=colour)
        before = x, y
    return points


def _letters(
    canvas: Canvas, points: Sequence[tuple[int, int]], top: int, number: int, last: int
) -> int:
    """The app's letter on a stroke, every so often, with LAST the column of the one before.

    Those of several apps stand side by side. The column of the last one.
    """
    colour, letter = COLOURS[number % len(COLOURS)], LETTERS[number % len(LETTERS)]
    begin = points[0][0] // ACROSS + (number if len(points) > 1 else 0)
    following = max(begin, last + LETTER_APART)
    for (x, y), (end, _) in zip(points, [*points[1:], points[-1]], strict=True):
        for column in range(max(x // ACROSS, following), end // ACROSS + 1, LETTER_EVERY):
            canvas.text(column * ACROSS, top - y, letter, color=colour)
            last, following = column, column + LETTER_EVERY
    return last


def _beside(plot: _Plot) -> dict[int, list[int]]:
    """The apps whose names stand in each row: where their line ends, or as near as is free."""
    wanted = sorted(
        (
            plot.lane(one.app.app_id)
            if one.ranks[-1] is None
            else plot.down(one.ranks[-1]) // DOWN,
            n,
        )
        for n, one in enumerate(plot.scene.series)
    )
    rows: dict[int, list[int]] = {}
    for row, number in wanted:
        free = [other for other in range(plot.rows) if other not in rows]
        near = min(free, key=lambda other: (abs(other - row), other), default=row)
        rows.setdefault(near, []).append(number)
    return rows


def _time(plot: _Plot) -> list[str]:
    """The time axis, broken where there was no data; who was ahead; and the times."""
    line, zone = plot.scene.timeline, plot.scene.zone
    axis = _strip(plot, dict.fromkeys(_gaps(plot), " "), "─")
    unit, found = time_ticks(line.times[0], line.times[-1], plot.columns * TICK, zone=zone)
    wide = plot.columns + 1 + plot.label
    rows = [[" "] * wide for _ in range(2)]
    for tick, told in zip(found, tick_words(unit, found, zone), strict=True):
        column = plot.x(tick) // ACROSS
        axis[column] = "┴"
        for row, words in zip(rows, told, strict=False):
            row[column : column + len(words)] = words
    left = " " * NUMBERS
    lines = [f"{left}└{''.join(axis)}", *(f"{left} {''.join(row[:wide])}" for row in rows)]
    return [lines[0], *_ahead(plot), *(text.rstrip() for text in lines[1:] if text.strip())]


def _gaps(plot: _Plot) -> list[tuple[datetime, datetime]]:
    line = plot.scene.timeline
    whole = whole_spacings(line)
    return [(line.times[n], line.times[n + 1]) for n, kept in enumerate(whole) if not kept]


def _strip(plot: _Plot, spans: dict[tuple[datetime, datetime], str], ground: str) -> list[str]:
    """One row of characters, with what is told of each span where it wholly is."""
    row = [ground] * plot.columns
    for (start, end), letter in spans.items():
        for column in range(plot.x(start) // ACROSS + 1, plot.x(end) // ACROSS):
            row[column] = letter
    return row


def _ahead(plot: _Plot) -> list[str]:
    """Who was ahead, by letter; a point where nobody could be said to be."""
    if not plot.scene.comparable:
        return []
    apps = [one.app for one in plot.scene.series]
    row = [" "] * plot.columns
    # The shortest last, so that a lead of one snapshot is seen.
    for span in sorted(plot.scene.spans, key=lambda span: span.start - span.end):
        letter = LETTERS[apps.index(span.leader) % 26] if span.leader else "·"
        for column in range(plot.x(span.start) // ACROSS, plot.x(span.end) // ACROSS + 1):
            row[column] = letter
    return [f"{'ahead ':>{NUMBERS}} {''.join(row)}".rstrip()]
