"""Print: lines, tables, JSON and CSV, without what would drive a terminal."""

from __future__ import annotations

import csv
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from tracker.exports import csv_cell, json_text, printable

if TYPE_CHECKING:
    pass


def say(text: str) -> None:
    """Talk: to stderr, so that results on stdout can be piped."""
    click.echo(text, err=True)


def notify(line: str) -> None:
    """Say a line that may repeat a stranger's words."""
    say(printable(line))


def one_format(as_json: bool, as_csv: bool) -> None:
    """Refuse both of --json and --csv."""
    if as_json and as_csv:
        raise click.UsageError("choose one of --json and --csv")


def print_lines(lines: Sequence[str]) -> None:
    """Lines for people, without what would drive their terminal."""
    for line in lines:
        click.echo(printable(line))


def print_json(value: object) -> None:
    click.echo(json_text(value, indent=2))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table for people, as wide as the terminal; wide and right-to-left letters line up."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(Text(printable(column)), overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = Console()
    if not console.is_terminal:
        console.width = 200
    # Not the table's own title: that is folded to the width of the table.
    for line in title.splitlines():
        click.echo(printable(line))
    console.print(table)


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


def print_rows(rows: Sequence[Mapping[str, object]], columns: Sequence[str] = ()) -> None:
    """Flat values as CSV; COLUMNS are those of the heading where there is no row."""
    print_csv(list(rows[0]) if rows else columns, (map(csv_cell, row.values()) for row in rows))
