"""A private database with some rows of a larger store, to be asked as any other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from tracker.errors import StoreError
from tracker.model import Chart, Scope, iso
from tracker.store.database import explained
from tracker.store.writing import Store

_SNAPSHOT = """
    INSERT INTO snapshots (chart, source, observed_at, depth, provenance, scope)
    VALUES (?, ?, ?, ?, ?, ?)"""
_ENTRY = """
    INSERT INTO entries (snapshot, rank, app)
    VALUES (?, ?, (SELECT id FROM apps WHERE store_id = ? AND store = ?))"""


class Extract(Store):
    """A database of one process. It says nothing of what was not put into it."""

    packs = False
    complete = False

    def _open(self) -> sqlite3.Connection:
        with self._with_room():
            connection = super()._open()
            try:
                for pragma in ("journal_mode = OFF", "synchronous = OFF"):
                    connection.execute(f"PRAGMA {pragma}")
            except BaseException:
                connection.close()
                raise
        return connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._with_room(), super().transaction():
            yield

    @contextmanager
    def _with_room(self) -> Iterator[None]:
        """Say what to do where the disk is full, which no message about a database says here."""
        try:
            with explained(self.path):
                yield
        except StoreError as error:
            cause = error.__cause__
            if getattr(cause, "sqlite_errorcode", None) != sqlite3.SQLITE_FULL:
                raise
            # The folder is of this question alone, and goes with it.
            raise StoreError(
                f"no room in {self.path.parent.parent} for the rows of a question; "
                "free some space there, or name another folder with TMPDIR"
            ) from cause

    def add_apps(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add apps: store, app id, name, developer, storefront, time of the name."""
        with self.transaction():
            self.connection.executemany(
                "INSERT INTO apps (store, store_id, name, developer, storefront, named_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )

    def add_names(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add names: app id, storefront, name, developer, first and last observed."""
        with self.transaction():
            self.connection.executemany(
                "INSERT INTO names (app, storefront, name, developer, first_at, last_at)"
                " SELECT id, ?2, ?3, ?4, ?5, ?6 FROM apps WHERE store_id = ?1",
                rows,
            )

    def add_snapshots(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add snapshots with their entries, which are rows next to each other.

        A row: chart, source, seconds since 1970, depth, provenance, scope, rank, app id; the last
        two None for a snapshot without an entry that matters.
        """
        with self.transaction():
            for (slug, source, seconds), some in groupby(rows, key=itemgetter(0, 1, 2)):
                self._add(slug, source, _time(seconds), list(some))

    def add_newest(self, rows: Iterable[tuple[Chart, str, str]]) -> None:
        """Note that charts were observed by a source at a time, and nothing else about them."""
        with self.transaction():
            for chart, source, time in rows:
                row = (self.chart_id(chart), source, time, 1, "recorded", Scope.WHOLE)
                self.connection.execute(_SNAPSHOT + " ON CONFLICT DO NOTHING", row)

    def _add(self, slug: str, source: str, time: str, rows: list[Sequence[Any]]) -> None:
        _, _, _, depth, provenance, scope, *_ = rows[0]
        ranks = [(row[6], row[7]) for row in rows if row[6] is not None]
        depth = depth or max((rank for rank, _ in ranks), default=1)
        row = (self._chart_of(slug), source, time, depth, provenance, scope)
        number = self.connection.execute(_SNAPSHOT, row).lastrowid
        self.connection.executemany(
            _ENTRY, [(number, rank, app_id, Chart.parse(slug).store) for rank, app_id in ranks]
        )

    def _chart_of(self, slug: str) -> int:
        return self.chart_id(Chart.parse(slug))


def contradicts(error: StoreError) -> bool:
    """Whether rows that were added do not fit each other, or those that are there."""
    return isinstance(error.__cause__, sqlite3.IntegrityError)


@lru_cache(maxsize=2)
def _time(seconds: int) -> str:
    return iso(datetime.fromtimestamp(seconds, UTC))


def named_like(rows: Iterable[Sequence[Any]], texts: Iterable[str]) -> Iterator[Sequence[Any]]:
    """Those of ROWS of ``Extract.add_names`` whose name contains one of TEXTS, in any case."""
    wanted = [text.casefold() for text in texts]
    return (row for row in rows if any(text in row[2].casefold() for text in wanted))
