"""Ranks by app, in blocks of snapshots: years of one app's ranks are read as fast as a month.

The snapshots of all charts are interleaved, so that each rank of an app on one chart costs a step
down an index. A block has ``SNAPSHOTS`` neighbouring snapshots of one chart and source, and for
each app in them its ranks in a row. Blocks are a cache and may be dropped at any time: they are
made of the whole snapshots and their entries, in the transaction that saves the last of them, and
triggers drop them with whatever contradicts them. They cover a chart's whole snapshots from the
first on, without a hole; sparse ones are in no block, and are read beside them.
``differing`` compares them with the snapshots.
"""

from __future__ import annotations

import json
import re
import sqlite3
import struct
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from typing import Any

#: How many snapshots a block has: ten days of hours. What is in no block yet is read with all
#: entries, for their checksums.
SIZE = 240
#: How a rank is written, by struct's letters, the first that fits the depth; the largest value of
#: each means unranked, in this module only.
_CODES = {"B": 2**8 - 1, "H": 2**16 - 1, "Q": 2**64 - 1}
#: How many bytes name the app before its ranks.
_OWNER = 8
#: Ranks in a byte each, and the snapshots without the app that follow.
_RUNS = re.compile(rb"([^\xff]*)(\xff*)")

_LAST = "SELECT max(last_at) FROM blocks WHERE chart = ? AND source = ?"
_LATER = """
    SELECT 1 FROM snapshots
    WHERE chart = ? AND source = ? AND observed_at > ? AND scope = 'whole' LIMIT 1"""
_DUE = """
    SELECT 1 FROM snapshots
    WHERE chart = ? AND source = ? AND observed_at > ? AND scope = 'whole'
    ORDER BY observed_at LIMIT 1 OFFSET ?"""
_NEXT = """
    SELECT id, observed_at, depth, provenance FROM snapshots
    WHERE chart = ? AND source = ? AND observed_at > ? AND scope = 'whole'
    ORDER BY observed_at LIMIT ?"""
_ENTRIES = """
    SELECT key, app, rank FROM json_each(?) CROSS JOIN entries ON entries.snapshot = value"""
# One statement, so that all of it is of one instant; what is the same for every app of a block is
# in the row of the first.
_COLUMNS = """
    SELECT CASE WHEN key = 0 THEN looks END, code, ranks, value, first_at, last_at
    FROM blocks CROSS JOIN json_each(?)
    LEFT JOIN block_ranks ON block_ranks.block = blocks.id AND app = value
    WHERE chart = (SELECT id FROM charts WHERE slug = ?) AND source = ?
    AND last_at >= ? AND first_at <= ? ORDER BY last_at, key"""
_BLOCKS = """
    SELECT blocks.id, chart, slug, source, first_at, last_at, looks, code
    FROM blocks JOIN charts ON charts.id = chart ORDER BY chart, source, last_at"""


@dataclass(frozen=True, slots=True)
class Columns:
    """Snapshots by time, as they are stored: times, depths, provenances, the ranks of each app.

    A depth is None where the snapshot has ranks of some apps only.
    """

    times: Sequence[str]
    depths: Sequence[int | None]
    provenances: Sequence[str]
    ranks: Sequence[Sequence[int | None]]

    def cut(self, first: str, last: str | bytes, provenances: Collection[str]) -> Columns:
        """The snapshots from FIRST to LAST of these provenances."""
        start, end = bisect_left(self.times, first), len(self.times)
        if isinstance(last, str):
            end = bisect_right(self.times, last)
        whole = (start, end) == (0, len(self.times))
        kept = self if whole else self._each(lambda column: column[start:end])
        if set(kept.provenances) <= set(provenances):
            return kept
        wanted = [provenance in provenances for provenance in kept.provenances]
        return kept._each(lambda column: list(compress(column, wanted)))

    def ranking_all(self) -> Columns:
        """Those of the snapshots that rank every app."""
        whole = [None not in ranks for ranks in zip(*self.ranks, strict=True)]
        return self._each(lambda column: list(compress(column, whole)))

    def _each(self, change: Callable[[Sequence[Any]], Sequence[Any]]) -> Columns:
        ranks = [change(column) for column in self.ranks]
        return Columns(change(self.times), change(self.depths), change(self.provenances), ranks)

    def merged(self, others: Columns) -> Columns:
        """These snapshots and OTHERS of the same apps, by time."""
        both = self.then(others)
        order = sorted(range(len(both.times)), key=both.times.__getitem__)
        return both._each(lambda column: [column[number] for number in order])

    def then(self, later: Columns) -> Columns:
        """These snapshots and LATER ones of the same apps."""
        return Columns(
            (*self.times, *later.times),
            (*self.depths, *later.depths),
            (*self.provenances, *later.provenances),
            [(*column, *more) for column, more in zip(self.ranks, later.ranks, strict=True)],
        )


def pack(connection: sqlite3.Connection, chart: int, source: str, saved: str) -> bool:
    """Make the next block of a chart and source if it is due; whether it was.

    CHART is a row id. Call it within the transaction that saves a snapshot, with the time of that
    one as SAVED. No block is made for one that is not the newest: more of that age may follow, and
    each would drop the block again.
    """
    if connection.execute(_LATER, (chart, source, saved)).fetchone():
        return False
    last = connection.execute(_LAST, (chart, source)).fetchone()[0] or ""
    if not connection.execute(_DUE, (chart, source, last, SIZE - 1)).fetchone():
        return False
    rows = connection.execute(_NEXT, (chart, source, last, SIZE)).fetchall()
    packed = _packed(connection, rows, _head(connection, chart, source, last))
    sql = """INSERT INTO blocks (chart, source, first_at, last_at, looks, code)
             VALUES (?, ?, ?, ?, ?, ?)"""
    head = chart, source, rows[0][1], rows[-1][1], zlib.compress(packed.looks), packed.code
    block = connection.execute(sql, head).lastrowid
    connection.executemany(
        "INSERT INTO block_ranks (block, app, ranks) VALUES (?, ?, ?)",
        ((block, app, zlib.compress(ranks)) for app, ranks in packed.ranks.items()),
    )
    return True


@dataclass(frozen=True, slots=True)
class _Packed:
    """The content of a block before compression: its snapshots, and the ranks of each app's row
    id, written in CODE. Compressed bytes may differ between versions of zlib.
    """

    looks: bytes
    code: str
    ranks: dict[int, bytes]


_Head = list[str]


def _head(connection: sqlite3.Connection, chart: int, source: str, before: str) -> _Head:
    """What a block is of: slug and source; and when the block before it ends, '' for the first."""
    (slug,) = connection.execute("SELECT slug FROM charts WHERE id = ?", (chart,)).fetchone()
    return [slug, source, before]


def _packed(
    connection: sqlite3.Connection, rows: Sequence[tuple[int, str, int, str]], head: _Head
) -> _Packed:
    ids, *columns = zip(*rows, strict=True)
    code = next(code for code, unranked in _CODES.items() if max(columns[1]) < unranked)
    nowhere = [_CODES[code]] * len(rows)
    ranks: dict[int, list[int]] = {}
    for index, app, rank in connection.execute(_ENTRIES, (json.dumps(ids),)):
        if app not in ranks:
            ranks[app] = nowhere.copy()
        ranks[app][index] = rank
    shape = f"<Q{len(rows)}{code}"
    apps = sorted(ranks)
    return _Packed(
        json.dumps([*columns, apps, [*head, code]]).encode(),
        code,
        {app: struct.pack(shape, app, *ranks[app]) for app in apps},
    )


def columns(
    connection: sqlite3.Connection,
    slug: str,
    source: str,
    apps: Sequence[int | None],
    since: str,
    until: str | bytes,
) -> Columns | None:
    """The blocks of a chart and source that have snapshots from SINCE to UNTIL; None without one.

    They are whole, so that the first and the last may have snapshots before and after as well.
    APPS are row ids, one at least, None for one never seen.
    """
    asked = json.dumps(apps)
    rows = connection.execute(_COLUMNS, (asked, slug, source, since, until)).fetchall()
    try:
        return _read(rows, len(apps), (slug, source, since)) if rows else None
    except (zlib.error, struct.error, ValueError, TypeError, KeyError):
        return None  # damaged, as ``differing`` reports; the entries are read instead


def _read(rows: Sequence[Any], many: int, asked: tuple[str, str, str]) -> Columns:
    heads = rows[::many]
    times, depths, provenances, inside, said = zip(
        *(json.loads(zlib.decompress(row[0])) for row in heads), strict=True
    )
    _check_chain(heads, times, said, asked)
    lengths = [len(of_block) for of_block in times]
    return Columns(
        list(chain.from_iterable(times)),
        list(chain.from_iterable(depths)),
        list(chain.from_iterable(provenances)),
        [_unpacked(rows[app::many], lengths, inside) for app in range(many)],
    )


def _check_chain(
    heads: Sequence[Any],
    times: Sequence[list[str]],
    said: Sequence[list[str]],
    asked: Sequence[str],
) -> None:
    """Raise ``ValueError`` where a block is not of this chart, or one before it is missing."""
    slug, source, since = asked
    last = None
    for (_, code, _, _, first_at, last_at), within, (*head, before, written) in zip(
        heads, times, said, strict=True
    ):
        whole = [*head, written] == [slug, source, code]
        whole = whole and (first_at, last_at) == (within[0], within[-1])
        if not whole or (before >= since and before if last is None else before != last):
            raise ValueError("a block is damaged or missing")
        last = last_at


def _unpacked(
    rows: Sequence[Any], lengths: Sequence[int], inside: Sequence[list[int]]
) -> list[int | None]:
    """An app's ranks, block after block; INSIDE are the apps of each block, by row id."""
    ranks: list[int | None] = []
    for (_, code, squeezed, app, *_), length, apps in zip(rows, lengths, inside, strict=True):
        place = bisect_left(apps, app) if app is not None else len(apps)
        if (place < len(apps) and apps[place] == app) != (squeezed is not None):
            raise ValueError("an app is in a block and not in its list, or the other way round")
        if squeezed is None:
            ranks += [None] * length
            continue
        unranked = _CODES[code]
        unpacked = zlib.decompress(squeezed)
        owner, packed = unpacked[:_OWNER], unpacked[_OWNER:]
        if owner != struct.pack("<Q", app):
            raise ValueError("ranks of another app")
        if code == "B" and len(packed) == length:
            for ranked, without in _RUNS.findall(packed):
                ranks += ranked
                ranks += [None] * len(without)
            continue
        values = struct.unpack(f"<{length}{code}", packed)
        ranks += [None if rank == unranked else rank for rank in values]
    return ranks


def differing(connection: sqlite3.Connection) -> Iterator[str]:
    """A line for each block that differs from its snapshots."""
    before: tuple[int, str, str] | None = None
    for block, chart, slug, source, first, last, packed_columns, code in connection.execute(
        _BLOCKS
    ):
        start = before[2] if before and before[:2] == (chart, source) else ""
        before = chart, source, last
        sql = _NEXT.replace("> ?", "> ? AND observed_at <= ?")
        rows = connection.execute(sql, (chart, source, start, last, -1)).fetchall()
        ends = [row[1] for row in rows[:1] + rows[-1:]]
        packed = _unsqueezed(connection, block, packed_columns, code)
        head = [slug, source, start]
        if ends != [first, last] or _packed(connection, rows, head) != packed:
            yield f"block of {slug} from {source}, {first} to {last}: its snapshots say otherwise"


def _unsqueezed(
    connection: sqlite3.Connection, block: int, packed_columns: bytes, code: str
) -> _Packed | None:
    """The content of a stored block; None where it is damaged."""
    sql = "SELECT app, ranks FROM block_ranks WHERE block = ?"
    try:
        ranks = {app: zlib.decompress(packed) for app, packed in connection.execute(sql, (block,))}
        return _Packed(zlib.decompress(packed_columns), code, ranks)
    except (zlib.error, TypeError):
        return None
