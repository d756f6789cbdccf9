"""Captions above a plot: where the words about overtakes and notes stand, or their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from tracker.plot.rows import Row, Rows
from tracker.plot.theme import SMALL, SMALL_LINE
from tracker.plot.typeset import width, wrap

#: So many captions are shown in words, the rest by number and in a list.
MOST = 6
#: Of more overtakes than these none has a number: they say the same again and again.
MOST_CHANGES = 12
WIDEST = 190  # points of a line of a caption
#: Below so many points of width a page shows numbers in place of words.
NARROW = 560
#: Two numbers are at least so many points apart; of more items than these none has a number.
APART, MOST_NUMBERS = 12, 40


@dataclass(frozen=True, slots=True)
class Callouts:
    """``rows`` of the captions, the points ``above`` the plot that they need, and which items are
    shown by number."""

    rows: Rows = field(default_factory=list)
    above: float = 0
    numbered: tuple[Row, ...] = ()


def place(
    bands: Rows, notes: Rows, span: tuple[int, int], wide: float, beyond: float, most: float
) -> Callouts:
    """Captions of BANDS and NOTES above a plot WIDE points wide, in at most MOST points of height.

    BEYOND is the room right of the plot that words may use too. Where not all find room, notes have
    numbers; where the overtakes do not either, these too.
    """
    captioned = bands if len(bands) <= MOST_CHANGES else []
    every = [*captioned, *notes]
    for worded, numbered in ((every, []), (captioned, notes), ([], every)):
        base = 18.0 if numbered else 0.0
        for leftward in (False, True) if len(worded) <= MOST else ():
            words = _words(worded, span, wide, beyond, leftward=leftward)
            if words is None or words[1] + base > most:
                continue
            rows, above = words
            for row in rows:
                row["rise"] += base
            placed = [*rows, *_numbers(numbered, span, wide)]
            placed.sort(key=lambda row: row["time"])
            for before, row in pairwise(placed):
                row["since"] = row["time"] - before["time"]
            return Callouts(placed, above + base, tuple(numbered))
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
    rows = []
    for (item, at, lines, _, left), level in chosen:
        rows.append(
            {
                "time": at,
                "app": item.get("app", ""),
                "text": "\n".join(lines),
                "number": item["number"],
                "align": "right" if left else "left",
                "rise": sum(heights[: level + 1]),
                "least": 0,
                "since": span[1],
            }
        )
    return rows, sum(heights)


def _crosses(shape: _Shape, level: int, others: Sequence[tuple[_Shape, int]]) -> bool:
    """Whether the line down from SHAPE runs through the words of one that is lower."""
    x = shape.box[1] if shape.left else shape.box[0]
    return any(at < level and other.box[0] < x - 1 and x + 1 < other.box[1] for other, at in others)


def _numbers(items: Sequence[Row], span: tuple[int, int], wide: float) -> Rows:
    """Rows of ITEMS as numbers in one line above the plot, those left out that would collide."""
    rows: Rows = []
    last = -float(APART)
    for item in sorted(items, key=lambda item: item["time"])[: MOST_NUMBERS if items else 0]:
        x = _x(_at(item), span, wide)
        # The wider of two neighbours is the later one.
        if x - last < APART + 6 * (len(str(item["number"])) - 1):
            continue
        last = x
        rows.append(
            {
                "time": _at(item),
                "app": item.get("app", ""),
                "text": str(item["number"]),
                "number": item["number"],
                "align": "center",
                "rise": 16.0,
                "least": 0,
                "since": span[1],
            }
        )
    return rows
