"""Text in columns, aligned by hand: loading a library for it would cost more than the answer."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import click

from tracker.commands.common import printable


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
