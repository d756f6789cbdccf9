"""Rows as CSV, JSON lines or Excel, on stdout or in a file that is written whole or not at all."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from typing import IO, TypeVar

import click

from tracker.commands.output import begins_formula, csv_cell, json_text, printable
from tracker.errors import ApptrackError, MissingExtra

#: The suffix of a file by its format.
SUFFIXES = {".csv": "csv", ".jsonl": "jsonl", ".xlsx": "xlsx"}
#: A sheet of Excel has no more rows, the heading included.
EXCEL_ROWS = 1_048_576

Row = Mapping[str, object]
AnyRow = TypeVar("AnyRow")


def format_of(output: Path | None, form: str | None) -> str:
    """The format of OUTPUT by its suffix; of stdout FORM, by default CSV. ``UsageError``."""
    if output is None:
        return form or "csv"
    if form:
        raise click.UsageError("--format is for stdout: the suffix of FILE names its format")
    if output.suffix.lower() not in SUFFIXES:
        raise click.UsageError(f"{output}: FILE should end in {', '.join(SUFFIXES)}")
    return SUFFIXES[output.suffix.lower()]


def check_output(output: Path | None, form: str, *, force: bool) -> None:
    """Raise where rows cannot be written: before anything is read for them."""
    if form == "xlsx":
        _need_excel()
    if output and not force and os.path.lexists(output):
        raise ApptrackError(f"{output}: is there already; use --force to overwrite it")


def write_rows(
    rows: Iterator[Row], columns: Sequence[str], output: Path | None, form: str
) -> int | None:
    """Write ROWS under the heading COLUMNS, and return how many; None where they went to stdout.

    Nothing is written before the first row is there, so that what has no answer leaves no file.
    """
    rows = started(rows)
    if output is None:
        _print(rows, columns, form)
        return None
    with written_whole(output) as part:
        if form == "xlsx":
            return write_excel(rows, columns, part)
        with part.open("w", encoding="utf-8", newline="") as file:
            return _write_text(rows, columns, form, file)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A file beside PATH to write to; PATH becomes it when all is written, else it is removed."""
    target = Path(os.path.realpath(path))
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ApptrackError(f"{path}: cannot be written: {error.strerror or error}") from None


def started(rows: Iterator[AnyRow]) -> Iterator[AnyRow]:
    """ROWS, of which the first is computed: what has no answer raises here."""
    return chain([*islice(rows, 1)], rows)


def _print(rows: Iterable[Row], columns: Sequence[str], form: str) -> None:
    try:
        _write_text(rows, columns, form, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has enough; click ends quietly
        raise
    except OSError as error:
        raise ApptrackError(f"stdout: cannot be written: {error.strerror}") from None


def _write_text(rows: Iterable[Row], columns: Sequence[str], form: str, file: IO[str]) -> int:
    many = 0
    if form == "jsonl":
        for row in rows:
            file.write(json_text(row) + "\n")
            many += 1
        return many
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(map(csv_cell, row.values()))
        many += 1
    return many


def _need_excel() -> None:
    try:
        import openpyxl  # noqa: F401
    except ImportError:
        raise MissingExtra(
            "a .xlsx file needs the extra 'excel': pip install 'apptrack[excel]'"
        ) from None


def write_excel(
    rows: Iterable[Row], columns: Sequence[str], path: Path, most: int = EXCEL_ROWS
) -> int:
    """Write one sheet of MOST rows at most, with the heading, and return how many rows it has.

    Every text in it is a text: an id is no number, a name is no formula.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("apptrack")
    sheet.freeze_panes = "A2"

    def cell(value: object) -> object:
        if not isinstance(value, str):
            return value
        text = printable(value)
        filled = WriteOnlyCell(sheet, text)
        filled.data_type = "s"
        filled.quotePrefix = begins_formula(text)  # a text also when somebody edits it
        return filled

    many = 0
    try:
        sheet.append(list(columns))
        for many, row in enumerate(rows, 1):
            if many == most:
                raise ApptrackError(
                    f"more than {most - 1:,} rows, which is all that a sheet of Excel holds: "
                    "write a .csv or .jsonl file, or choose with --since and --until"
                )
            sheet.append([cell(value) for value in row.values()])
        book.save(path)
    except BaseException:
        with suppress(Exception):  # else its half of the work ends with a warning, at any time
            sheet.close()
        raise
    return many
