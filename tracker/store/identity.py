"""Whether a file is apptrack's."""

from __future__ import annotations

import sqlite3

from tracker.store.database import MIGRATIONS
from tracker.store.files import APPLICATION_ID


def is_apptrack(connection: sqlite3.Connection) -> bool:
    """Whether CONNECTION is to an apptrack file; a file that cannot be read is none."""
    try:
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
    except sqlite3.Error:
        return False
    return bool(mark == APPLICATION_ID)


def is_older(connection: sqlite3.Connection) -> bool:
    """Whether an apptrack file lacks a table of this version."""
    sql = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'apptrack'"
    try:
        return not {name for (name,) in connection.execute(sql)}.issuperset(MIGRATIONS)
    except sqlite3.Error:
        return True
