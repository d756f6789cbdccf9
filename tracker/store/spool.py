"""Sort rows on disk, in memory that does not grow with them."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from tracker.errors import StoreError

#: What SQLite may hold in memory, for its pages and again for its sorter, in KiB.
_MEMORY = 4_000

Run = tuple[str, str, str, int, str]


class Spool:
    """Runs of rows of one snapshot each: chart, source, observed_at, line, and the rows as text.

    They are given back by chart, source, time and line. The file is SQLite's own temporary one: it
    has no name, and is gone with the process. Raises ``StoreError`` where its disk is full.
    """

    def __init__(self) -> None:
        self.connection = sqlite3.connect("", isolation_level=None)
        for pragma in (f"cache_size = -{_MEMORY}", "journal_mode = OFF", "temp_store = FILE"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.execute("CREATE TABLE runs (chart, source, observed_at, line, rows)")

    def fill(self, runs: Iterable[Run]) -> None:
        """Store RUNS. An error of the iterator is raised here."""
        with _explained():
            self.connection.execute("BEGIN")
            self.connection.executemany("INSERT INTO runs VALUES (?, ?, ?, ?, ?)", runs)
            self.connection.execute("COMMIT")

    def __iter__(self) -> Iterator[Run]:
        with _explained():
            sql = "SELECT * FROM runs ORDER BY chart, source, observed_at, line"
            for run in self.connection.execute(sql):  # noqa: UP028 - a cursor left half-way is not closed
                yield run

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.connection.close()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(
            f"a temporary file cannot be written: {error}; free some space in "
            f"{tempfile.gettempdir()}, or name another folder with SQLITE_TMPDIR"
        ) from error
