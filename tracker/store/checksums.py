"""A checksum for each snapshot: SQLite has none, and a flipped bit can leave a page well formed.

``snapshots.checksum`` joins two CRC-32s, of the snapshot's row and of its entries. Both are made of
the natural keys of charts and apps, so that they are the same in every database. A checksum is NULL
where none was computed yet and where another program changed the rows (triggers see to it):
``fill`` computes it. ``tallies`` counts the snapshots of each chart and source, so that one that
is lost is missed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from zlib import crc32

from tracker.model import Scope, Snapshot, iso

_ROW_BITS = 0x7FFFFFFF
_ENTRIES_BITS = 0xFFFFFFFF
#: By row id, from the tables themselves: an index is a second copy that may say otherwise.
_ROWS = """
    SELECT value, checksum, slug, source, observed_at, published_at, depth, provenance, scope
           {entries}
    FROM json_each(?) LEFT JOIN snapshots NOT INDEXED ON snapshots.id = value
    LEFT JOIN charts NOT INDEXED ON charts.id = chart ORDER BY key"""
_ENTRIES = """,
    (SELECT group_concat(CASE scope WHEN 'whole' THEN store_id ELSE rank || ' ' || store_id END)
            || '/' || max(rank)
     FROM entries NOT INDEXED CROSS JOIN apps NOT INDEXED ON apps.id = app
     WHERE snapshot = snapshots.id)"""
_COUNTS = """
    SELECT (SELECT count(*) FROM snapshots
            WHERE chart = charts.id AND source = ?2 AND observed_at < ?3)
         + (SELECT count(*) FROM snapshots
            WHERE chart = charts.id AND source = ?2 AND observed_at BETWEEN ?3 AND ?4)
         + (SELECT count(*) FROM snapshots
            WHERE chart = charts.id AND source = ?2 AND observed_at > ?4),
           (SELECT snapshots FROM tallies WHERE chart = charts.id AND source = ?2)
    FROM charts WHERE slug = ?1"""
_CHARTS = "SELECT id, slug, storefront, device, ranking, genre FROM charts NOT INDEXED"
_COUNTED = "SELECT DISTINCT chart FROM tallies"
_APPS = """
    SELECT value, store_id FROM json_each(?) LEFT JOIN apps NOT INDEXED ON apps.id = value"""


class Damaged(sqlite3.DatabaseError):
    """Stored rows contradict their checksum or each other; in words that SQLite would use."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: the database is malformed")


@dataclass(frozen=True, slots=True)
class Content:
    """What the rows of a snapshot say; ``ranks`` by app id, None where they were not read.

    ``depth`` is None where it has ranks of some apps only.
    """

    number: int
    observed_at: str
    published_at: str | None
    depth: int | None
    provenance: str
    ranks: Mapping[str, int] | None


def checksum_of(snapshot: Snapshot) -> int:
    """The checksum of SNAPSHOT, as it is stored."""
    published = iso(snapshot.published_at) if snapshot.published_at else None
    row = (
        snapshot.chart.slug,
        snapshot.source,
        iso(snapshot.observed_at),
        published,
        snapshot.depth,
        snapshot.provenance.value,
        snapshot.scope.value,
    )
    whole = snapshot.scope is Scope.WHOLE
    said = (entry.app_id if whole else f"{entry.rank} {entry.app_id}" for entry in snapshot.entries)
    return _joined(_of_row(row), _of_entries(f"{','.join(said)}/{snapshot.depth}"))


def _of_row(row: Sequence[object]) -> int:
    return crc32("\n".join(map(str, row)).encode()) & _ROW_BITS


def _of_entries(text: str) -> int:
    return crc32(text.encode())


def _joined(row: int, entries: int) -> int:
    return row << 32 | entries


def contents(
    connection: sqlite3.Connection, numbers: Iterable[int], *, entries: bool = True
) -> Iterator[Content]:
    """What the snapshots of these row ids say; raises ``Damaged`` where a checksum differs.

    ENTRIES: whether the entries are read and checked, too.
    """
    sql = _ROWS.format(entries=_ENTRIES if entries else ", NULL")
    for number, checksum, *row, text in connection.execute(sql, (json.dumps(list(numbers)),)):
        if row[0] is None:
            raise Damaged(f"snapshot {number} is missing")
        if checksum is not None and not (
            checksum >> 32 == _of_row(row)
            and (not entries or checksum & _ENTRIES_BITS == _of_entries(text or ""))
        ):
            raise Damaged(f"snapshot {number} contradicts its checksum")
        _, _, time, published, depth, provenance, scope = row
        whole = scope == Scope.WHOLE
        ranks = _ranks(text, whole) if entries else None
        yield Content(number, time, published, depth if whole else None, provenance, ranks)


def _ranks(text: str | None, whole: bool) -> dict[str, int]:
    apps = (text or "/").rpartition("/")[0].split(",")
    if whole:
        return {app: rank for rank, app in enumerate(apps, 1)}
    pairs = (app.split(" ", 1) for app in apps if " " in app)
    return {app: int(rank) for rank, app in pairs}


def check_row(connection: sqlite3.Connection, number: int) -> None:
    """Raise ``Damaged`` if the row or the entries of a snapshot contradict its checksum."""
    for _ in contents(connection, [number]):
        pass


def check_columns(
    connection: sqlite3.Connection,
    numbers: Sequence[int],
    rows: Sequence[tuple[Any, ...]],
    apps: Sequence[int | None],
    ranks: Sequence[Sequence[int | None]],
) -> None:
    """Raise ``Damaged`` where the tables contradict what an index said of snapshots.

    ROWS are their times, depths and provenances, RANKS those of each of APPS, by row id.
    """
    ids = app_ids(connection, apps)
    for place, content in enumerate(contents(connection, numbers, entries=bool(ids))):
        same = (content.observed_at, content.depth, content.provenance) == rows[place]
        if content.ranks is not None:
            same = same and all(
                content.ranks.get(app) == ranks[number][place] for number, app in enumerate(ids)
            )
        if not same:
            raise Damaged(f"snapshot {content.number} contradicts an index")


def app_ids(connection: sqlite3.Connection, apps: Sequence[int | None]) -> list[str]:
    """The app ids of row ids; an empty text for None, which no app has."""
    known = dict(connection.execute(_APPS, (json.dumps([a for a in apps if a is not None]),)))
    if None in known.values():
        raise Damaged("an app is missing")
    return ["" if app is None else known[app] for app in apps]


def check_app_numbers(
    connection: sqlite3.Connection, wanted: Sequence[str], numbers: Mapping[str, int]
) -> None:
    """Raise ``Damaged`` where the table of apps contradicts NUMBERS, which its index gave."""
    if app_ids(connection, list(numbers.values())) != list(numbers):
        raise Damaged("an app contradicts an index")
    missing = json.dumps([app for app in wanted if app not in numbers])
    sql = (
        "SELECT 1 FROM apps NOT INDEXED WHERE store_id IN (SELECT value FROM json_each(?)) LIMIT 1"
    )
    if missing != "[]" and connection.execute(sql, (missing,)).fetchone():
        raise Damaged("an app is missing from an index")


def check_charts(connection: sqlite3.Connection) -> None:
    """Raise ``Damaged`` where a chart's slug is not that of its parts or of its index."""
    rows = set()
    for number, slug, *parts in connection.execute(_CHARTS):
        if slug != "/".join(map(str, parts)):
            raise Damaged("a chart contradicts its parts")
        rows.add((number, slug))
    if rows != set(connection.execute("SELECT id, slug FROM charts ORDER BY slug")):
        raise Damaged("a chart contradicts an index")
    if {chart for (chart,) in connection.execute(_COUNTED)} - {number for number, _ in rows}:
        raise Damaged("a chart is missing")


def check_tally(
    connection: sqlite3.Connection, slug: str, source: str, first: str = "", last: str | bytes = ""
) -> None:
    """Raise ``Damaged`` if there are more or fewer snapshots than were stored.

    Those before FIRST, from then to LAST, and later ones are counted apart: a time out of order
    would end a search for those in between too early.
    """
    row = connection.execute(_COUNTS, (slug, source, first, last)).fetchone()
    if row and row[0] != (row[1] or 0):
        raise Damaged(f"{slug} from {source} has {row[0]:,} snapshots, not {row[1] or 0:,}")


def differing(connection: sqlite3.Connection) -> Iterator[str]:
    """Each snapshot that contradicts its checksum, and each chart that lacks one, in words."""
    numbers = (number for (number,) in connection.execute("SELECT id FROM snapshots").fetchall())
    while some := list(islice(numbers, 1000)):
        yield from _said(connection, some)
    pairs = connection.execute(
        "SELECT slug, source FROM charts JOIN tallies ON chart = charts.id"
        " UNION SELECT slug, source FROM charts JOIN snapshots ON chart = charts.id"
    ).fetchall()
    for slug, source in pairs:
        try:
            check_tally(connection, slug, source)
        except Damaged as damage:
            yield str(damage)


def _said(connection: sqlite3.Connection, numbers: Sequence[int]) -> Iterator[str]:
    try:
        for _ in contents(connection, numbers):
            pass
    except Damaged:
        for number in numbers:
            try:
                check_row(connection, number)
            except Damaged as damage:
                yield str(damage)


def set_checksums(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Compute the checksums of these snapshots from their rows. Call it within a transaction."""
    sql = _ROWS.format(entries=_ENTRIES)
    rows = connection.execute(sql, (json.dumps(list(numbers)),)).fetchall()
    connection.executemany(
        "UPDATE snapshots SET checksum = ? WHERE id = ?",
        (
            (_joined(_of_row(row), _of_entries(text or "")), number)
            for number, _, *row, text in rows
        ),
    )


def without_checksum(connection: sqlite3.Connection, most: int) -> list[int]:
    """The row ids of snapshots without a checksum, MOST at most."""
    sql = "SELECT id FROM snapshots WHERE checksum IS NULL LIMIT ?"
    return [number for (number,) in connection.execute(sql, (most,))]
