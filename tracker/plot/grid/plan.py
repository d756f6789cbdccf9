"""Storefronts by day: a row each, a cell a day. What the cells mean is told by whoever draws them.

Three states look different without their colours too: a filled cell, a flat cell with a line
through it (looked, and nothing to be said), and nothing but dots (no data).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tracker.plot.curve.layout import in_lines, wrap_together
from tracker.plot.style.colours import Theme, theme_named
from tracker.plot.style.size import (
    SMALL,
    SMALL_LINE,
    Type,
    checked,
    room_for_words,
    type_of,
    zoom_of,
)
from tracker.plot.style.typeset import width
from tracker.plot.times.ticks import epoch
from tracker.storefronts import storefront_name

Row = dict[str, str | int | float]

LEGEND_GAP, LEGEND_LINE = 12, 24
AXIS = 50  # points beneath the rows
TALLEST, LOWEST_ROW = 28, 11  # of a row, in points
USUAL_HEIGHT = 620  # of the rows together, where there is room
LEAST_CELL = 2.0  # points: a day narrower than this is drawn as part of its week
WIDE_CELL = 24  # from here on a tick stands under the middle of its day
SWATCH = (20, 14)
MOST_NAME = 0.25  # of the width at most, for the names of the rows
USUAL_NAME = 140  # points, by which it is decided whether days find room
LEGENDS = ("legend fill", "legend low", "legend flat", "legend unobserved", "legend mark")
#: The fill of days that were observed and of which nothing else can be said.
FLAT = {"light": "#D3D6DB", "dark": "#3C424C"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of one row; ``kind`` counts into the legend, None for a flat cell.

    ``told`` is what the tooltip's expression reads of it. ``marked`` cells carry a dot.
    """

    day: date
    kind: int | None
    told: Row
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its storefront and its cells by day; a day without a cell was not observed."""

    code: str
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return storefront_name(self.code)


@dataclass(frozen=True, slots=True)
class Grid:
    """All that is to be drawn; ``legend`` are fills and their names, in order.

    ``span`` is the days of a cell, ``flat`` the name of the flat cells, ``marked`` that of the
    mark, None where there is none. ``tooltip`` is a Vega expression over a row. Cells of a kind
    in ``low`` fill half of their row's height.
    """

    title: str
    subtitle: tuple[str, ...]
    description: str
    footnote: str
    lines: tuple[Line, ...]
    legend: tuple[tuple[str, str], ...]
    flat: str
    span: int
    tooltip: str
    marked: str | None = None
    low: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """Points: of the picture, and of its inner area of ``width`` by ``height``.

    ``zoom`` pixels are a point.
    ``named``: whether there is room for the rows' names, and not for codes only.
    """

    grid: Grid
    theme: Theme
    type: Type
    zoom: float
    flat: str
    named: bool
    left: float
    top: float
    width: float
    row: float
    first: date
    end: date
    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    footnote: tuple[str, ...]
    legend: tuple[tuple[str, Row], ...]

    @property
    def height(self) -> float:
        return self.row * len(self.grid.lines)

    @property
    def beneath(self) -> float:
        """The room beneath the rows."""
        return beneath(self.footnote)

    @property
    def days(self) -> list[date]:
        """The first day of every column."""
        many = (self.end - self.first).days // self.grid.span
        return [self.first + timedelta(days=n * self.grid.span) for n in range(many)]

    def column(self, cell: Cell) -> int:
        """Which column a cell is in, from 0."""
        return (cell.day - self.first).days // self.grid.span


def cell_days(days: int, size: tuple[int, int]) -> int:
    """1, or 7 where each of DAYS would get less than two points of a picture of SIZE."""
    wide = size[0] / zoom_of(size)
    name = min(USUAL_NAME, MOST_NAME * wide)
    return 1 if days * LEAST_CELL <= wide - 2 * type_of(wide).pad - name else 7


def beneath(foot: Sequence[str]) -> float:
    """The room beneath the rows: for the time, and for the lines of FOOT."""
    return AXIS + len(foot) * SMALL_LINE


def place(grid: Grid, theme: str, size: tuple[int, int], *, page: bool = False) -> Placed:
    """Give every part its place in a picture as wide as SIZE, and as high as its rows need.

    On a PAGE words are those of its reader's faces, and need more room.
    InvalidValue for a size out of bounds or an unknown theme.
    """
    shades, zoom = theme_named(theme), zoom_of(checked(size))
    wide = size[0] / zoom
    kind = type_of(wide)
    room = room_for_words(wide, page=page)
    title = wrap_together(grid.title, room, kind.title)
    subtitle = [part for line in grid.subtitle for part in in_lines(line, room, kind.subtitle)]
    foot = in_lines(grid.footnote, room)
    named = max(width(line.name, SMALL) for line in grid.lines) <= MOST_NAME * wide
    names = [line.name if named else line.code.upper() for line in grid.lines]
    left = kind.pad + max(width(name, SMALL) for name in names) + 10
    legend, lines = _legend(grid, FLAT[theme], room)
    above = len(title) * kind.title_line + len(subtitle) * kind.subtitle_line + 16 + LEGEND_GAP
    top = kind.pad + above + lines * LEGEND_LINE
    high = max(USUAL_HEIGHT, size[1] / zoom - top - beneath(foot) - kind.pad + 8)
    days = [cell.day for line in grid.lines for cell in line.cells]
    return Placed(
        grid=grid,
        theme=shades,
        type=kind,
        zoom=zoom,
        flat=FLAT[theme],
        named=named,
        left=left,
        top=top,
        width=wide - left - kind.pad,
        row=max(LOWEST_ROW, min(TALLEST, high / len(grid.lines))),
        first=min(days),
        end=max(days) + timedelta(days=grid.span),
        title=tuple(title),
        subtitle=tuple(subtitle),
        footnote=tuple(foot),
        legend=tuple((name, row | _shifted(row, left - kind.pad, lines)) for name, row in legend),
    )


def _shifted(row: Row, right: float, lines: int) -> Row:
    """From the legend's own left top to the inner area's, which is below it and to its RIGHT."""
    up = lines * LEGEND_LINE + LEGEND_GAP - 6
    return {"x": float(row["x"]) - right, "y": float(row["y"]) - up}


def _legend(grid: Grid, flat: str, room: float) -> tuple[list[tuple[str, Row]], int]:
    """A swatch and a name for each fill and state, in as many lines as they need.

    Each with the name of its rows; places count from the legend's left top.
    """
    items = [
        ("legend low" if number in grid.low else "legend fill", fill, name)
        for number, (fill, name) in enumerate(grid.legend)
    ]
    items += [("legend flat", flat, grid.flat)] if grid.flat else []
    items += [("legend unobserved", "", "no data")]
    items += [("legend mark", "", grid.marked)] if grid.marked else []
    rows: list[tuple[str, Row]] = []
    x, line = 0.0, 0
    for kind, fill, name in items:
        wide = SWATCH[0] + 6 + width(name, SMALL)
        if x and x + wide > room:
            x, line = 0.0, line + 1
        rows.append((kind, {"x": x, "y": line * LEGEND_LINE, "fill": fill, "name": name}))
        x += wide + 16
    return rows, line + 1


def midnight(day: date) -> int:
    """Milliseconds since 1970 of it; days are drawn as days of UTC whatever their zone."""
    return epoch(datetime.combine(day, time(), UTC))


def rows_of(placed: Placed) -> dict[str, list[Row]]:
    """The named rows that the marks are drawn from, without the empty ones."""
    grid = placed.grid
    found: dict[str, list[Row]] = {"flat cells": [], "cells": [], "low cells": []}
    found |= {"flat runs": [], "unobserved runs": [], "changes": []}
    found |= {name: [row for kind, row in placed.legend if kind == name] for name in LEGENDS}
    for line in grid.lines:
        for cell in line.cells:
            found[_layer(grid, cell)].append(_cell_row(placed, line, cell))
        flat = [cell.day for cell in line.cells if cell.kind is None]
        found["flat runs"] += _runs(line.code, flat, grid.span)
        found["unobserved runs"] += _runs(line.code, _missing(placed, line), grid.span)
        found["changes"] += [_cell_row(placed, line, cell) for cell in line.cells if cell.marked]
    return {name: rows for name, rows in found.items() if rows}


def _layer(grid: Grid, cell: Cell) -> str:
    if cell.kind is None:
        return "flat cells"
    return "low cells" if cell.kind in grid.low else "cells"


def _cell_row(placed: Placed, line: Line, cell: Cell) -> Row:
    """``{"s": "us", "c": 3, "k": 0, …}``: a few letters each, for there may be 60,000."""
    row: Row = {"s": line.code, "c": placed.column(cell)}
    return row | ({} if cell.kind is None else {"k": cell.kind}) | cell.told


def _missing(placed: Placed, line: Line) -> list[date]:
    seen = {cell.day for cell in line.cells}
    return [day for day in placed.days if day not in seen]


def _runs(code: str, days: Sequence[date], span: int) -> list[Row]:
    """DAYS, which ascend, as stretches of neighbours from ``t`` to ``u``."""
    step = timedelta(days=span)
    runs: list[tuple[date, date]] = []
    for day in days:
        start = runs.pop()[0] if runs and runs[-1][1] == day else day
        runs.append((start, day + step))
    return [{"s": code, "t": midnight(start), "u": midnight(end)} for start, end in runs]
