"""Dated notes from a CSV file: happened_at, title and, where there is one, source."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from tracker.errors import ImportRefused, InvalidValue
from tracker.model import parse_time

LONGEST_TITLE = 200
MOST_EVENTS = 10_000


class DatedNote(NamedTuple):
    """A line of a file of events."""

    happened_at: datetime
    title: str
    source: str | None


def checked_title(text: str) -> str:
    """TEXT in one line. InvalidValue where it is empty, too long, or cannot be stored."""
    title = one_line(text)
    if not title or len(title) > LONGEST_TITLE:
        raise InvalidValue(f"an event's title has 1 to {LONGEST_TITLE} letters, not {len(title)}")
    try:
        title.encode()
    except UnicodeEncodeError:
        raise InvalidValue(f"Invalid title {title[:60]!r}: it cannot be written as UTF-8") from None
    return title


def one_line(text: str | None) -> str:
    """TEXT in one line, without invisible characters."""
    printed = "".join(letter if letter.isprintable() else " " for letter in text or "")
    return " ".join(printed.split())


def read_events(path: Path) -> list[DatedNote]:
    """The notes of a CSV file: ``happened_at,title`` and, where there is one, ``source``.

    ImportRefused names the line that cannot be read; then none is taken.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_read(path, csv.DictReader(file, strict=True)))
    except OSError as error:
        raise ImportRefused(f"{path}: cannot be read: {error.strerror}") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise ImportRefused(f"{path}: is not a CSV file in UTF-8: {error}") from None


def _read(path: Path, rows: csv.DictReader[str]) -> Iterator[DatedNote]:
    missing = {"happened_at", "title"} - set(rows.fieldnames or ())
    if missing:
        raise ImportRefused(
            f"{path}: has no column {' or '.join(sorted(missing))}; "
            "its first line should be happened_at,title,source"
        )
    for count, row in enumerate(rows, 1):
        try:
            if count > MOST_EVENTS:
                raise InvalidValue(f"more than {MOST_EVENTS} events are too many for a plot")
            when = parse_time(row["happened_at"] or "")
            yield DatedNote(
                when, checked_title(row["title"] or ""), one_line(row.get("source")) or None
            )
        except InvalidValue as error:
            raise ImportRefused(f"{path}, line {rows.line_num}: {error}") from None
