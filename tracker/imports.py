"""Files in: charts as CSV, or a payload somebody saved. A file is taken whole or not at all."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import IO

from tracker.analysis.clocks import clock_behind
from tracker.errors import Conflict, ImportRefused, InvalidValue, ParseError
from tracker.model import Chart, Entry, Outcome, Payload, Provenance, Snapshot, iso, parse_time
from tracker.sources import SOURCES, clean
from tracker.store import Store
from tracker.store.incoming import taking_in

COLUMNS = ("observed_at", "chart", "source", "rank", "app_id", "name")
#: A payload is never larger than what may be fetched, nor a row longer than any name needs.
_LARGEST_PAYLOAD = 64_000_000
_LONGEST_LINE = 20_000
#: No chart is as deep, and all rows of a snapshot are in memory at once.
_DEEPEST = 10_000
#: Charts shrink to about a tenth; what unpacks to more than so many times its size is a bomb, as
#: soon as it has unpacked to so many letters.
_BOMB, _BOMB_FROM = 200, 1_000_000
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Taken:
    """How many snapshots of a file were new, and how many were stored already."""

    saved: int
    known: int


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a CSV, and its number for the one who has to mend it."""

    line: int
    key: tuple[str, str, str]  # observed_at, chart, source
    entry: Entry


def csv_file(path: Path, store: Store, now: datetime) -> Taken:
    """Store the snapshots of a CSV, plain or gzip, all or none; twice is as good as once.

    Rows of one snapshot stand together, in any order. Raises ``ImportRefused`` naming the line.
    """
    outcomes = []
    with _named(path), path.open("rb") as file, taking_in(store) as incoming:
        for line, snapshot in _snapshots(path, file):
            _not_from_the_future(path, f"line {line}: ", snapshot.observed_at, now)
            try:
                outcomes.append(incoming.save(snapshot))
            except Conflict as error:
                raise ImportRefused(f"{path}: line {line}: {error}") from None
        if not outcomes:
            raise ImportRefused(f"{path}: has no rows")
    saved = outcomes.count(Outcome.SAVED)
    return Taken(saved, len(outcomes) - saved)


def payload_file(
    path: Path, source: str, chart: Chart, at: datetime, store: Store, now: datetime
) -> Taken:
    """Store the snapshot of a saved payload, through the parser of SOURCE, with its receipt."""
    _not_from_the_future(path, "", at, now)
    if not SOURCES[source].carries(chart):
        raise ImportRefused(f"{path}: {source} does not carry {chart}")
    with _named(path), path.open("rb") as file:
        body = file.read(_LARGEST_PAYLOAD + 1)
    if len(body) > _LARGEST_PAYLOAD:
        raise ImportRefused(f"{path}: is larger than {_LARGEST_PAYLOAD:,} bytes")
    # No address answered, so nothing but the payload itself shows which chart it is.
    receipt = Payload(chart, source, "", at, body)
    try:
        snapshot = replace(SOURCES[source].parse(receipt), provenance=Provenance.IMPORTED)
        _not_before_it_was_published(path, snapshot)
        outcome = store.save(snapshot, payload=receipt)
    except (ParseError, Conflict) as error:
        raise ImportRefused(f"{path}: {error}") from None
    return Taken(int(outcome is Outcome.SAVED), int(outcome is Outcome.KNOWN))


def must_be_readable(path: Path) -> None:
    """Raise ``ImportRefused`` where PATH cannot be opened, before a database is made for it."""
    with _named(path), path.open("rb"):
        pass


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn what can go wrong while PATH is read into one line."""
    try:
        yield
    except OSError as error:  # gzip.BadGzipFile is one, without a strerror
        raise ImportRefused(f"{path}: cannot be read: {error.strerror or error}") from None
    except (EOFError, zlib.error) as error:
        raise ImportRefused(f"{path}: is a damaged gzip file: {error}") from None
    except UnicodeDecodeError:
        raise ImportRefused(f"{path}: is not UTF-8 text") from None


def _not_from_the_future(path: Path, where: str, at: datetime, now: datetime) -> None:
    if at > now:
        raise ImportRefused(f"{path}: {where}{at:%Y-%m-%dT%H:%M:%SZ} has not happened yet")


def _not_before_it_was_published(path: Path, snapshot: Snapshot) -> None:
    at, published = snapshot.observed_at, snapshot.published_at
    if published and clock_behind(at, published):
        raise ImportRefused(
            f"{path}: the feed's own date is {iso(published)}, after {iso(at)}; "
            "give --at the time at which it was fetched"
        )


def _snapshots(path: Path, file: IO[bytes]) -> Iterator[tuple[int, Snapshot]]:
    """Each snapshot of the file, and the line on which it ends."""
    for (time, chart, source), group in groupby(_rows(path, file), key=lambda row: row.key):
        rows = list(islice(group, _DEEPEST + 1))
        try:
            if len(rows) > _DEEPEST:
                raise InvalidValue(f"a snapshot of more than {_DEEPEST:,} entries is no chart")
            if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", source, re.ASCII):
                raise InvalidValue(f"{source[:60]!r} is no source, such as apple-rss")
            entries = tuple(sorted((row.entry for row in rows), key=lambda entry: entry.rank))
            snapshot = Snapshot(
                Chart.parse(chart), source, parse_time(time), entries,
                provenance=Provenance.IMPORTED,
            )  # fmt: skip
        except InvalidValue as error:
            raise ImportRefused(f"{path}: {_lines_of(rows)}: {error}") from None
        yield rows[-1].line, snapshot


def _lines_of(rows: list[_Row]) -> str:
    first, last = rows[0].line, rows[-1].line
    return f"line {first}" if first == last else f"lines {first}-{last}"


def _rows(path: Path, file: IO[bytes]) -> Iterator[_Row]:
    reader = csv.reader(_lines(path, file), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        missing = [column for column in COLUMNS if column not in header]
        if missing:
            raise ImportRefused(
                f"{path}: line 1: has no column {', '.join(missing)}; needed: {', '.join(COLUMNS)}"
            )
        places = [header.index(column) for column in COLUMNS]
        for cells in reader:
            if cells:
                yield _row(path, reader.line_num, len(header), cells, places)
    except csv.Error as error:
        raise ImportRefused(f"{path}: line {reader.line_num}: {error}") from None


def _row(path: Path, line: int, width: int, cells: list[str], places: list[int]) -> _Row:
    try:
        if len(cells) != width:
            raise InvalidValue(f"has {len(cells)} columns where the first line has {width}")
        time, chart, source, rank, app_id, name = (cells[place].strip() for place in places)
        if not re.fullmatch(r"\d{1,9}", rank, re.ASCII):
            raise InvalidValue(f"{rank[:60]!r} is no rank: a whole number from 1 up")
        return _Row(line, (time, chart, source), Entry(int(rank), app_id, clean(name)))
    except InvalidValue as error:
        raise ImportRefused(f"{path}: line {line}: {error}") from None


def _lines(path: Path, file: IO[bytes]) -> Iterator[str]:
    """The text's lines; one that never ends is refused before it fills the memory."""
    magic = file.read(2)
    most = max(_BOMB_FROM, _BOMB * file.seek(0, io.SEEK_END)) if magic == _GZIP else None
    file.seek(0)
    raw = gzip.GzipFile(fileobj=file) if magic == _GZIP else file
    with io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
        letters = 0
        for number, line in enumerate(iter(lambda: text.readline(_LONGEST_LINE), ""), 1):
            if len(line) == _LONGEST_LINE:
                raise ImportRefused(f"{path}: line {number}: is longer than any row")
            letters += len(line)
            if most and letters > most:
                raise ImportRefused(f"{path}: unpacks to more than {_BOMB} times its size")
            yield line
