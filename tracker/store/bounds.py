"""Limits of memory for a connection whose SQL is written by strangers."""

from __future__ import annotations

import sqlite3
import sys
from typing import Any
from weakref import WeakKeyDictionary

#: Bytes. The largest value is a payload's frame; a page of 10,000 rows has about 2 MB.
LARGEST_VALUE = 10_000_000
LARGEST_ANSWER = 32_000_000
#: SQLite counts it for the whole process; what it sorts goes to temporary files.
_SQLITE_MEMORY = 128_000_000
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: LARGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


def bound(connection: sqlite3.Connection) -> None:
    """Limit the size of a value, of all rows of a query, and of SQLite's own memory."""
    for limit, most in _LIMITS.items():
        connection.setlimit(limit, most)
    connection.execute(f"PRAGMA hard_heap_limit = {_SQLITE_MEMORY}")
    sizes: WeakKeyDictionary[sqlite3.Cursor, int] = WeakKeyDictionary()

    def row(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> sqlite3.Row:
        size = sys.getsizeof(values) + sum(map(sys.getsizeof, values))
        sizes[cursor] = sizes.get(cursor, 0) + size
        if sizes[cursor] > LARGEST_ANSWER:
            raise sqlite3.OperationalError(f"the rows are larger than {LARGEST_ANSWER:,} bytes")
        return sqlite3.Row(cursor, values)

    connection.row_factory = row
