"""An open database: its connection, and the errors it can meet, in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tracker.errors import StoreError
from tracker.store.database import explained, open_read_only, state_of

if TYPE_CHECKING:
    from sqlite_utils import Database


class Opened:
    """A connection to the file at PATH, and rows as SQLite has them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unchanged: tuple[int, int] | None = None
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        connection, fixed = open_read_only(self.path)
        self._unchanged = state_of(self.path) if fixed else None
        return connection

    @cached_property
    def db(self) -> Database:
        """The open connection, with sqlite-utils' ways of using it."""
        from sqlite_utils import Database

        return Database(self._connection)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Explain what goes wrong while the database is read.

        A file that SQLite takes for one that never changes has no locks: where another process
        changed it all the same, what was read may be of two times.
        """
        with explained(self.path):
            yield
        if self._unchanged and state_of(self.path) != self._unchanged:
            raise StoreError(f"{self.path}: changed while it was read; run it again")

    def _rows(self, sql: str, *parameters: object) -> list[Any]:
        with self._asking():
            return self._connection.execute(sql, parameters).fetchall()

    def _row(self, sql: str, *parameters: object) -> Any:
        rows = self._rows(sql, *parameters)
        return rows[0] if rows else None
