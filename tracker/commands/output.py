"""Print: lines, tables, JSON and CSV, without what would drive a terminal."""

from __future__ import annotations

import csv
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import click

from tracker.exports import csv_row, json_text, printable, started

AnyFact = TypeVar("AnyFact")
#: Gives the values of a fact, by column.
ToRow = Callable[[AnyFact], Mapping[str, object]]
#: No column of a table that is cut to fit a terminal is narrower.
_NARROWEST = 6


def to_json(fact: Any) -> Mapping[str, object]:
    """The values of a FACT that knows them."""
    row: Mapping[str, object] = fact.to_json()
    return row


def say(text: str) -> None:
    """Print a message to stderr, so that results on stdout can be piped."""
    click.echo(text, err=True)


def notify(line: str) -> None:
    """Print a message that may repeat a stranger's words."""
    say(printable(line))


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
    """A heading and rows, each column as wide as its widest cell; the first is right-aligned.

    On a terminal the widest columns are cut until a row fits it.
    """
    cells = [[printable(cell) for cell in row] for row in (columns, *rows)]
    widths = _fitted([max(map(width, column)) for column in zip(*cells, strict=True)])
    for row in cells:
        first, *rest = (_cut(cell, most) for cell, most in zip(row, widths, strict=True))
        padded = [" " * (widths[0] - width(first)) + first]
        padded += [
            cell + " " * (most - width(cell)) for cell, most in zip(rest, widths[1:], strict=True)
        ]
        click.echo("  ".join(padded).rstrip())


def _fitted(widths: list[int]) -> list[int]:
    """WIDTHS of columns, the widest made narrower until they fit the terminal there is."""
    if sys.stdout.isatty():
        from shutil import get_terminal_size

        over = sum(widths) + 2 * (len(widths) - 1) - get_terminal_size().columns
        for _ in range(over):
            widest = widths.index(max(widths))
            widths[widest] = max(widths[widest] - 1, _NARROWEST)
    return widths


def _cut(cell: str, most: int) -> str:
    if width(cell) <= most:
        return cell
    while width(cell) >= most:
        cell = cell[:-1]
    return f"{cell}…"


def folded(text: str, most: int) -> list[str]:
    """TEXT in lines of at most MOST columns, broken between words."""
    lines = [""]
    for word in printable(text).split():
        line = f"{lines[-1]} {word}".lstrip()
        if width(line) <= most:
            lines[-1] = line
        else:
            lines.append(word)
    return [line for line in lines if line]


def draws_blocks() -> bool:
    """Whether stdout is a terminal that shows block elements."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return sys.stdout.isatty() and encoding.startswith("utf")


def width(text: str) -> int:
    """How many columns of a terminal TEXT takes: wide letters two, combining marks none."""
    return sum(0 if unicodedata.combining(letter) else 2 if _wide(letter) else 1 for letter in text)


def _wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


@dataclass(frozen=True, slots=True)
class Table:
    """How a table was asked for: its format, order and length, and whether it comes alone."""

    as_json: bool
    as_csv: bool
    sort: str | None
    limit: int | None
    quiet: bool

    def __post_init__(self) -> None:
        if self.as_json and self.as_csv:
            raise click.UsageError("choose one of --json and --csv")

    @property
    def asked(self) -> str:
        """The first option of a table that was given; empty where none was."""
        given = (self.as_json, self.as_csv, self.sort, self.limit, self.quiet)
        names = ("--json", "--csv", "--sort", "--limit", "--quiet")
        return next((name for name, value in zip(names, given, strict=True) if value), "")

    @property
    def for_programs(self) -> bool:
        return self.as_json or self.as_csv

    def pick(self, facts: Iterable[AnyFact], row: ToRow[AnyFact] = to_json) -> Iterator[AnyFact]:
        """FACTS in the order of --sort, at most --limit; ROW has the values of a fact by column."""
        if self.sort:
            name, down = self.sort.removeprefix("-"), self.sort.startswith("-")
            facts = list(facts)
            facts = sorted(facts, key=_key(name, list(map(row, facts[:1])), row), reverse=down)
            # What has no value comes last, whatever the order.
            facts.sort(key=lambda fact: row(fact)[name] is None)
        return islice(facts, self.limit)

    def heading(self, *lines: str) -> None:
        """Lines around the table, unless it is to come alone."""
        if not self.quiet:
            print_lines(lines)

    def write(self, rows: Iterable[Mapping[str, object]], columns: Sequence[str] = ()) -> None:
        """ROWS for programs: a JSON list, an object a line; or CSV, of COLUMNS where there is none.

        In CSV a list is text with spaces between, and what has parts of its own is JSON.
        """
        rows = started(iter(rows))
        if self.as_json:
            _print_list(rows)
            return
        writer = csv.writer(sys.stdout, lineterminator="\n")
        for number, row in enumerate(rows):
            if not number:
                writer.writerow(row)
            writer.writerow(csv_row(row.values()))
            columns = ()
        if columns:
            writer.writerow(columns)


def _key(
    name: str, first: Sequence[Mapping[str, object]], row: ToRow[AnyFact]
) -> Callable[[AnyFact], Any]:
    """What facts are sorted by; refused where that is not a column, or has parts."""
    columns = [column for column, value in first[0].items() if _plain(value)] if first else [name]
    if name not in columns:
        raise click.UsageError(f"--sort: no column '{name}': choose from {', '.join(columns)}")

    def key(fact: AnyFact) -> Any:
        value = row(fact)[name]
        return (value is not None, value if value is not None else 0)

    return key


def _plain(value: object) -> bool:
    return not isinstance(value, list | dict)


def _print_list(rows: Iterable[Mapping[str, object]]) -> None:
    """A list of objects, one on each line; five years of every pair are 30,000 of them."""
    between = "[\n "
    for row in rows:
        click.echo(f"{between}{json_text(row)}", nl=False)
        between = ",\n "
    click.echo("\n]" if between.startswith(",") else "[]")
