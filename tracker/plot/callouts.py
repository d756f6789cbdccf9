"""Captions above a plot: words about overtakes and notes, or their marks.

Marks are numbers of overtakes and letters of notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tracker.plot.rows import Row, Rows
from tracker.plot.theme import SMALL, SMALL_LINE
from tracker.plot.typeset import width, wrap

#: So many captions are shown in words, the rest as marks and in a list.
MOST = 6
MARKS = 18.0  # points of a row of marks
#: Of more overtakes than these none has a mark: they say the same again and again.
MOST_CHANGES = 12
WIDEST = 190  # points of a line of a caption
#: Below so many points of width a page shows marks in place of words.
NARROW = 560
#: Points from one mark to the next, at least, and more for each further letter.
APART, LETTER = 12, 6
#: Widths of a page's plot, in points, for which it is known which marks find room; the last ones
#: are those of a plot of which a part of the time is shown.
WIDTHS = (180, 230, 290, 360, 450, NARROW, 700, 870, 1090, 2_000, 4_000, 8_000, 16_000, 32_000)


@dataclass(frozen=True, slots=True)
class Callouts:
    """``rows`` of the captions, the points ``above`` the plot that they need, and which items are
    shown as marks."""

    rows: Rows = field(default_factory=list)
    above: float = 0
    marked: tuple[Row, ...] = ()


def place(
    bands: Rows,
    notes: Rows,
    span: tuple[int, int],
    wide: float,
    beyond: float,
    most: float,
    *,
    live: bool = False,
) -> Callouts:
    """Captions of BANDS and NOTES above a plot WIDE points wide, in at most MOST points of height.

    BEYOND is the room right of the plot that words may use too. Where not all find room, notes are
    marks; where the overtakes do not either, these too. LIVE ones are for a page of any width.
    """
    captioned = bands if len(bands) <= MOST_CHANGES else []
    every = [*captioned, *notes]
    for worded, marked in ((every, []), (captioned, notes), ([], every)):
        base = MARKS if marked else 0.0
        for leftward in (False, True) if len(worded) <= MOST else ():
            words = _words(worded, span, wide, beyond, leftward=leftward)
            if words is None or words[1] + base > most:
                continue
            rows, above = words
            for row in rows:
                row["rise"] += base
            captions = [*rows, *map(_marked, marked)]
            captions.sort(key=lambda row: row["time"])
            fits = _fits(captions, span, WIDTHS if live else (wide,))
            for row, least in zip(captions, fits, strict=True):
                # Panels side by side are a little narrower than what this was measured with.
                row["fits"] = least if live or least > wide else 0
                row["least"] = NARROW if live else 0
            return Callouts(captions, above + base, tuple(marked))
    return Callouts()


class _Shape(NamedTuple):
    """A caption: its row, the instant of its line, its lines, and where they begin and end."""

    row: Row
    at: int
    lines: list[str]
    box: tuple[float, float]
    left: bool  # its words run to the left of its line


def _at(item: Row) -> int:
    """When the line of a caption is: a note's time, or the end of the interval of an overtake."""
    time: int = item["until"] if "until" in item else item["time"]
    return time


def _x(time: int, span: tuple[int, int], wide: float) -> float:
    return (time - span[0]) / (span[1] - span[0]) * wide


def _words(
    items: Sequence[Row], span: tuple[int, int], wide: float, beyond: float, *, leftward: bool
) -> tuple[Rows, float] | None:
    """Rows of ITEMS in words, and their height; None where a line would cross words, or words
    would leave the picture.

    Words run to the right of their line, or to the left where the plot ends; LEFTWARD ones to the
    left wherever there is room. Those nearer to the
    end towards which words run are lower, so that no line crosses the words of another.
    """
    shaped = []
    for item in items:
        bold = "app" in item
        lines = wrap(item["text"], WIDEST, SMALL, bold=bold)
        lines += [item["when"]] if "when" in item else []
        long = max(width(line, SMALL, bold=bold) for line in lines) + 8
        time = _at(item)
        x = _x(time, span, wide)
        left = x > long and (leftward or x + long > wide + beyond)
        if not left and x + long > wide + beyond:
            return None
        box = (x - long, x) if left else (x, x + long)
        shaped.append(_Shape(item, time, lines, box, left))
    to_right = sorted((s for s in shaped if not s.left), key=lambda s: -s.box[0])
    to_left = sorted((s for s in shaped if s.left), key=lambda s: s.box[1])
    levels: list[list[tuple[float, float]]] = []
    chosen: list[tuple[_Shape, int]] = []
    for group in (to_right, to_left):
        for shape in group:
            start, end = shape.box
            # Above every level that these words, or the line down from them, would cross.
            crossed = [
                n for n, level in enumerate(levels) if any(a < end and start < b for a, b in level)
            ]
            level = max(crossed, default=-1) + 1
            if level == len(levels):
                levels.append([])
            levels[level].append((start, end))
            chosen.append((shape, level))
    if any(_crosses(shape, at, chosen) for shape, at in chosen):
        return None
    heights = [
        max(len(shape.lines) for shape, at in chosen if at == level) * SMALL_LINE + 4
        for level in range(len(levels))
    ]
    rows = [
        {
            "time": at, "app": item.get("app", ""), "text": "\n".join(lines), "mark": item["mark"],
            "align": "right" if left else "left", "rise": sum(heights[: level + 1]),
            "long": round(end - start),
        }
        for (item, at, lines, (start, end), left), level in chosen
    ]  # fmt: skip
    return rows, sum(heights)


def _crosses(shape: _Shape, level: int, others: Sequence[tuple[_Shape, int]]) -> bool:
    """Whether the line down from SHAPE runs through the words of one that is lower."""
    x = shape.box[1] if shape.left else shape.box[0]
    return any(at < level and other.box[0] < x - 1 and x + 1 < other.box[1] for other, at in others)


def _marked(item: Row) -> Row:
    """The row of an ITEM whose mark is above the plot."""
    return {
        "time": _at(item), "app": item.get("app", ""), "text": item["mark"], "mark": item["mark"],
        "align": "center", "rise": 16.0, "long": 0,
    }  # fmt: skip


def _fits(rows: Rows, span: tuple[int, int], widths: Sequence[float]) -> list[float]:
    """The least of WIDTHS of a plot at which the mark of each of ROWS finds room beside those that
    are there at lesser widths; infinite where at none."""
    fits: dict[int, float] = {}
    for wide in widths:
        for number, row in enumerate(rows):
            x, long = _x(row["time"], span, wide), len(row["mark"])
            if number not in fits and all(
                abs(x - _x(rows[other]["time"], span, wide))
                >= APART + LETTER * (max(long, len(rows[other]["mark"])) - 1)
                for other in fits
            ):
                fits[number] = wide
    return [fits.get(number, 1e9) for number in range(len(rows))]
