"""Text in columns, and CSV; by hand, for loading a library would cost more than the answer."""

from __future__ import annotations

import csv
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import click

from tracker.commands.common import printable

#: What a spreadsheet takes for the beginning of a formula, the wide letters of East Asia included.
_FORMULA = tuple("=+-@＝＋－＠")


def print_lines(lines: Sequence[str]) -> None:
    """Lines for people, without what would drive their terminal."""
    for line in lines:
        click.echo(printable(line))


def print_columns(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A heading and rows, each column as wide as its widest cell; the first is right-aligned."""
    cells = [[printable(cell) for cell in row] for row in (columns, *rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    for first, *rest in cells:
        padded = [" " * (widths[0] - width(first)) + first]
        padded += [
            cell + " " * (wide - width(cell)) for cell, wide in zip(rest, widths[1:], strict=True)
        ]
        click.echo("  ".join(padded).rstrip())


def width(text: str) -> int:
    """How many columns of a terminal TEXT takes: wide letters two, combining marks none."""
    return sum(0 if unicodedata.combining(letter) else 2 if _wide(letter) else 1 for letter in text)


def _wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def print_csv(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Rows under a heading that is always there; null is empty. See ``csv_cell``."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def csv_cell(value: object) -> object:
    """VALUE as it stands in a CSV: true and false, one line, and no formula.

    Names come from strangers, and a spreadsheet runs a cell that begins like a formula; an
    apostrophe before it makes it text.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value
    text = value if value.isprintable() else printable(value)
    return f"'{text}" if begins_formula(text) else text


def begins_formula(text: str) -> bool:
    """Whether a spreadsheet takes TEXT for a formula."""
    return text.lstrip().startswith(_FORMULA)


def print_rows(rows: Sequence[Mapping[str, object]], columns: Sequence[str] = ()) -> None:
    """Flat values as CSV; COLUMNS are those of the heading where there is no row."""
    print_csv(list(rows[0]) if rows else columns, (map(csv_cell, row.values()) for row in rows))
