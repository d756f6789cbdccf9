"""Make snapshots of the rows of a CSV, in any order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import IO, NamedTuple

from tracker.errors import InvalidValue
from tracker.ids import check_app_ids
from tracker.imports.files import lines
from tracker.imports.table import Table
from tracker.imports.times import Clock, read_time
from tracker.model import Chart, Entry, Provenance, Scope, Snapshot, iso, parse_time
from tracker.sources import SOURCES, clean, google_play
from tracker.store.spool import Run, Spool
from tracker.stores import APP_STORE, IN_SENTENCE, PLAY, store_of

#: No chart is as long, and the rows of one snapshot are in memory at once.
_LONGEST = 10_000
_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_RANK = re.compile(r"\d{1,9}", re.ASCII)
#: Whole numbers as spreadsheets write them; ``1.000`` may be a thousand.
_DECIMAL_RANK = re.compile(r"(\d{1,9})[.,]0{1,2}", re.ASCII)
_DECIMAL_ID = re.compile(r"(\d+)\.0{1,2}", re.ASCII)
#: The message where charts are not whole.
_SPARSE = "; ranks of single apps, no whole charts, are imported with --sparse"
#: How many different texts of each column are read once only.
_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """How the user says that a CSV is to be read; None where the file shows it.

    SPARSE: it has the ranks of single apps, and no whole charts; they are from SOURCE where it has
    no such column.
    """

    delimiter: str | None = None
    encoding: str | None = None
    clock: Clock = field(default_factory=Clock)
    sparse: bool = False
    source: str | None = None


class _Key(NamedTuple):
    """The values that the rows of one snapshot share."""

    chart: Chart
    source: str
    observed_at: str


#: The rank, app id and name of a row, and its line, for messages about it.
_Row = tuple[int, str, str | None, int]
_RANK_AND_LINE, _LINE = itemgetter(0, 3), itemgetter(3)


@contextmanager
def read_csv(
    file: IO[bytes], reading: Reading, now: datetime
) -> Iterator[Iterator[_SnapshotAndPlace]]:
    """Read every row of FILE; then give its snapshots by chart, source and time.

    Memory holds the rows of one snapshot, of 10,000 entries at most, and 8 MB of the spool.
    Raises ``InvalidValue`` naming the line.
    """
    with Spool() as spool:
        spool.fill(_runs(_table(file, reading), reading, now))
        yield _snapshots(spool, Scope.SPARSE if reading.sparse else Scope.WHOLE)


def _table(file: IO[bytes], reading: Reading) -> Table:
    defaults = {"name": ""} if reading.sparse else {}
    if reading.source:
        defaults["source"] = reading.source
    table = Table(lines(file, reading.encoding), reading.delimiter, defaults)
    if reading.source and table.has("source"):
        raise InvalidValue("has a column source: leave out --source")
    return table


def _runs(table: Table, reading: Reading, now: datetime) -> Iterator[Run]:
    """Neighbouring rows of one snapshot, put together."""
    key_of = lru_cache(_REMEMBERED)(partial(_key, reading.clock, now))
    key: _Key | None = None
    rows: list[_Row] = []
    for line, cells in table:
        try:
            key_here = key_of(*cells[:3])
            app_id = _app_id(key_here.chart.device, cells[4])
            row = (_rank(cells[3], reading.sparse), app_id, _name(cells[5]), line)
        except InvalidValue as error:
            raise InvalidValue(f"line {line}: {error}") from None
        if key and (key_here != key or len(rows) > _LONGEST):
            yield _run(key, rows)
            rows = []
        key = key_here
        rows.append(row)
    if key:
        yield _run(key, rows)


def _run(key: _Key, rows: list[_Row]) -> Run:
    return key.chart.slug, key.source, key.observed_at, _LINE(rows[0]), json.dumps(rows)


def _key(clock: Clock, now: datetime, time: str, chart: str, source: str) -> _Key:
    at = read_time(time, clock)
    if at > now:
        raise InvalidValue(f"{iso(at)} has not happened yet")
    if not _SOURCE.fullmatch(source):
        raise InvalidValue(
            f"Invalid source {source[:60]!r}: use small letters, digits, hyphens, as apple-rss"
        )
    read = Chart.parse(chart)
    if source in SOURCES and (source == google_play.SOURCE.name) != (read.store == PLAY):
        raise InvalidValue(f"{source} has no charts of {IN_SENTENCE[read.store]}, such as {read}")
    return _Key(read, source, iso(at))


_name = lru_cache(_REMEMBERED)(clean)


@lru_cache(_REMEMBERED)
def _app_id(device: str, text: str) -> str:
    number = _DECIMAL_ID.fullmatch(text)
    if number and store_of(device) == APP_STORE:
        text = number[1]
    check_app_ids(device, [text])
    return text


@lru_cache(_REMEMBERED)
def _rank(text: str, sparse: bool) -> int:
    if sparse and not text:
        raise InvalidValue(
            "has no rank; that an app was unranked cannot be imported with --sparse, for how many "
            "ranks were checked is not known: delete the row"
        )
    if _RANK.fullmatch(text):
        number = int(text)
    elif decimal := _DECIMAL_RANK.fullmatch(text):
        number = int(decimal[1])
    else:
        number = 0
    if number < 1:
        raise InvalidValue(
            f"Invalid rank {text[:60]!r}: use a whole number from 1 up; "
            "an app that is not ranked has no row"
        )
    return number


#: A snapshot, and where its rows are, for messages.
_SnapshotAndPlace = tuple[str, Snapshot]


def _snapshots(runs: Iterable[Run], scope: Scope) -> Iterator[_SnapshotAndPlace]:
    for (slug, source, time), group in groupby(runs, key=lambda run: run[:3]):
        rows = chain.from_iterable(json.loads(run[4]) for run in group)
        mine = list(islice(rows, _LONGEST + 1))
        where = _lines_of(mine)
        try:
            entries = tuple(_entries(mine))
            snapshot = Snapshot(
                Chart.parse(slug), source, parse_time(time), entries,
                provenance=Provenance.IMPORTED, scope=scope,
            )  # fmt: skip
        except InvalidValue as error:
            hint = _SPARSE if scope is Scope.WHOLE and _has_holes(mine) else ""
            raise InvalidValue(f"{where}: {error}{hint}") from None
        yield where, snapshot


def _has_holes(rows: list[_Row]) -> bool:
    ranks = {rank for rank, *_ in rows}
    return len(ranks) < max(ranks)


def _lines_of(rows: list[_Row]) -> str:
    """``line 2``, ``lines 2-4``; with others between, ``lines 2, 4, 9`` or ``2, 4, …, 99``."""
    numbers = sorted(map(_LINE, rows))
    first, last = numbers[0], numbers[-1]
    if first == last:
        return f"line {first}"
    if last - first == len(numbers) - 1:
        return f"lines {first}-{last}"
    shown = numbers if len(numbers) <= 4 else [*numbers[:2], "…", last]
    return f"lines {', '.join(map(str, shown))}"


def _entries(rows: list[_Row]) -> Iterator[Entry]:
    """The entries of one snapshot by rank; a row that only repeats another counts once."""
    if len(rows) > _LONGEST:
        raise InvalidValue(f"a snapshot of more than {_LONGEST:,} entries is not a chart")
    rows.sort(key=_RANK_AND_LINE)
    rank_before, app_before, line_before = 0, "", 0
    for rank, app_id, name, line in rows:
        if rank != rank_before:
            yield Entry(rank, app_id, name)
        elif app_id != app_before:
            raise InvalidValue(
                f"rank {rank} is {app_before} on line {line_before} and {app_id} on line {line}"
            )
        rank_before, app_before, line_before = rank, app_id, line
