"""Rows as CSV, JSON lines or Excel: in a file that is written whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import IO, TypeVar

from tracker.errors import ApptrackError, MissingExtra

#: What JSON lets stand and a terminal obeys: C1 controls, and what turns the direction of writing.
_DRIVING = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

#: What a spreadsheet takes for the beginning of a formula, the wide letters of East Asia included.
_FORMULA = tuple("=+-@＝＋－＠")
#: How a printable text begins that may be a formula.
_UNSAFE = " " + "".join(_FORMULA)


def printable(text: str) -> str:
    """TEXT without what would drive a terminal: names come from strangers."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


@cache
def _encoder(indent: int | None) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=False, indent=indent)


def json_text(value: object, indent: int | None = None) -> str:
    """JSON in letters as they are, but for those that would drive a terminal."""
    text = _encoder(indent).encode(value)
    return _DRIVING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def csv_row(values: Iterable[object]) -> list[object]:
    """VALUES as they stand in a CSV.

    Almost every cell stands as it is; five years of every pair are 700,000 of them.
    """
    return [
        value
        if value is None
        or type(value) is int
        or (isinstance(value, str) and value.isprintable() and value[:1] not in _UNSAFE)
        else _csv_cell(value)
        for value in values
    ]


def csv_line(*values: object) -> str:
    """The cells of VALUES as they are written into a CSV, with commas between."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(csv_row(values))
    return text.getvalue()


def _csv_cell(value: object) -> object:
    """VALUE as it stands in a CSV: true and false, one line, and no formula.

    Names come from strangers, and a spreadsheet runs a cell that begins like a formula; an
    apostrophe before it makes it text. A list is text with spaces between, and what has parts of
    its own is JSON.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple) and not any(isinstance(part, list | dict) for part in value):
        value = " ".join(map(str, value))
    elif isinstance(value, list | tuple | dict):
        value = json_text(value)
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if begins_formula(text) else text


def begins_formula(text: str) -> bool:
    """Whether a spreadsheet takes TEXT for a formula."""
    return text.lstrip().startswith(_FORMULA)


#: The suffix of a file by its format.
SUFFIXES = {".csv": "csv", ".jsonl": "jsonl", ".xlsx": "xlsx"}


#: A sheet of Excel has no more rows, the heading included.
EXCEL_ROWS = 1_048_576


Row = Mapping[str, object]


AnyRow = TypeVar("AnyRow")


def check_output(output: Path | None, form: str, *, force: bool) -> None:
    """Raise an error where rows cannot be written, before any is read."""
    if form == "xlsx":
        _need_excel()
    if output and not force and os.path.lexists(output):
        raise ApptrackError(f"{output}: is there already; use --force to overwrite it")


def write_rows(rows: Iterator[Row], columns: Sequence[str], output: Path, form: str) -> int:
    """Write ROWS under the heading COLUMNS to the file OUTPUT, and return how many they are.

    Nothing is written before the first row is computed, so that a question without an answer leaves
    no file.
    """
    rows = started(rows)
    with written_whole(output) as part:
        if form == "xlsx":
            return write_excel(rows, columns, part)
        with part.open("w", encoding="utf-8", newline="") as file:
            return write_text(rows, columns, form, file)


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


def write_text(rows: Iterable[Row], columns: Sequence[str], form: str, file: IO[str]) -> int:
    many = 0
    if form == "jsonl":
        for row in rows:
            file.write(json_text(row) + "\n")
            many += 1
        return many
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(csv_row(row.values()))
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

    Every text in it is a text: an id is not a number, a name is not a formula.
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
