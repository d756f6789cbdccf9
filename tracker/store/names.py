"""The names of apps over time: which storefront gave which name, and when first and last.

A name's ``last_at`` is written at most once a day, so that saving a snapshot stays cheap: the name
may have been observed for up to ``FRESH`` after it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tracker.model import Snapshot, iso
from tracker.store.stored import stored_time

if TYPE_CHECKING:
    from tracker.store.reading import Reader

#: For how long after its ``last_at`` a name counts as observed.
FRESH = timedelta(days=1)
#: More apps than this with alike names are not listed.
_MOST_ALIKE = 50

_OF_SNAPSHOT = """
    SELECT rank, name, developer, first_at, last_at
    FROM entries CROSS JOIN names ON names.app = entries.app AND storefront = ?2
    WHERE snapshot = ?1"""
_STORE = """
    INSERT INTO names (app, storefront, name, developer, first_at, last_at)
    SELECT app, ?2, ?4, ?5, ?6, ?6 FROM entries WHERE snapshot = ?1 AND rank = ?3
    ON CONFLICT DO UPDATE SET first_at = min(first_at, excluded.first_at),
                              last_at = max(last_at, excluded.last_at)"""
_AT = """
    SELECT store_id, names.name, names.developer
    FROM apps JOIN names ON names.app = apps.id AND names.storefront = ?2
    WHERE store_id IN (SELECT value FROM json_each(?1)) AND first_at <= ?3 AND last_at > ?4
    ORDER BY first_at"""


@dataclass(frozen=True, slots=True)
class Name:
    """A name that STOREFRONT gave an app, and when it was first and last observed.

    ``now`` is the app's name of today, by the storefront ``now_in``; None where it has none.
    """

    app_id: str
    storefront: str
    name: str
    first_at: datetime
    last_at: datetime
    now: str | None
    now_in: str | None


def store_names(connection: sqlite3.Connection, number: int, snapshot: Snapshot) -> None:
    """Store the names of SNAPSHOT, whose entries are stored under the row id NUMBER.

    Writes only where a name is new, was observed earlier than known, or not for a day.
    """
    front, at = snapshot.chart.storefront, snapshot.observed_at
    time, stale = iso(at), _stale(at)
    known = {
        (rank, name, developer)
        for rank, name, developer, first, last in connection.execute(_OF_SNAPSHOT, (number, front))
        if first <= time and last > stale
    }
    connection.executemany(
        _STORE,
        [
            (number, front, entry.rank, entry.name, entry.developer or "", time)
            for entry in snapshot.entries
            if entry.name and (entry.rank, entry.name, entry.developer or "") not in known
        ],
    )


def names_at(
    reader: Reader, app_ids: Iterable[str], storefront: str, at: datetime
) -> list[tuple[str, str, str | None]]:
    """App id, name and developer, as STOREFRONT gave them AT a time, the newest name last.

    The developer is None where the source gave none. Two sources may give two names at a time.
    """
    rows = reader.rows(_AT, json.dumps(list(app_ids)), storefront, iso(at), _stale(at))
    return [(app_id, name, developer or None) for app_id, name, developer in rows]


def names_like(reader: Reader, text: str, *, whole: bool) -> list[Name]:
    """The names that are TEXT, or unless WHOLE contain it, in any case of ASCII letters."""
    match = "lower(names.name) = lower(?)" if whole else "instr(lower(names.name), lower(?))"
    sql = f"""
        SELECT store_id, names.storefront, names.name, min(first_at), max(last_at),
               apps.name, apps.storefront
        FROM names JOIN apps ON apps.id = names.app WHERE {match}
        GROUP BY names.app, names.storefront, names.name
        ORDER BY max(last_at) DESC LIMIT {_MOST_ALIKE}"""  # noqa: S608 - constants only
    return [
        Name(app_id, front, name, stored_time(first), stored_time(last), *now)
        for app_id, front, name, first, last, *now in reader.rows(sql, text)
    ]


def names_stored(reader: Reader, number: int) -> bool:
    """Whether the names that a snapshot gives were stored with it, by its row id."""
    return bool(reader.rows("SELECT 1 FROM snapshots WHERE id = ? AND named", number))


def _stale(at: datetime) -> str:
    """A name last observed at this time, or before, does not count as observed AT that time."""
    try:
        return iso(at - FRESH)
    except OverflowError:  # the first day that a datetime can be
        return ""
