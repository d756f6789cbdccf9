"""DuckDB, with a limit on memory, a limit on disk, and a private folder for what it spills."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tracker.errors import MissingExtra, StoreError
from tracker.scale.engine import Engine

#: The share of the memory that it may use, and how much it may write to disk beyond that.
MEMORY_SHARE = 0.7
SPILL = "2GB"


class Duck(Engine):
    """A DuckDB in this process."""

    def __init__(self) -> None:
        try:
            import duckdb
        except ImportError:
            raise MissingExtra(
                "--engine duckdb needs the extra 'duckdb': pip install 'apptrack[duckdb]'"
            ) from None
        self._error = duckdb.Error
        self.name = f"DuckDB {duckdb.__version__}"
        self._folder = tempfile.mkdtemp(prefix="apptrack-duckdb-")
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        self._limit = f"{memory * MEMORY_SHARE / 1e6:.0f}MB"
        self._connection = duckdb.connect(
            config={
                "memory_limit": self._limit,
                "temp_directory": self._folder,
                "max_temp_directory_size": SPILL,
            }
        )

    def close(self) -> None:
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def execute(self, sql: str) -> None:
        with self._explained():
            self._connection.execute(sql)

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        with self._explained():
            cursor = self._connection.execute(sql)
        while True:
            with self._explained():
                some = cursor.fetchmany(10_000)
            if not some:
                return
            yield from some

    def files(self, name: str, paths: Sequence[Path], columns: Mapping[str, str]) -> None:
        listed = ", ".join(self.quoted(str(path)) for path in paths)
        self.view(
            name,
            f"SELECT {_columns(columns, 'CAST(epoch(observed_at) AS BIGINT)')} "  # noqa: S608 - quoted
            f"FROM read_parquet([{listed}], hive_partitioning = false)",
        )

    def quoted(self, text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            reason = " ".join(str(error).split())[:200]
            if "Out of Memory" in reason or "max_temp_directory_size" in reason:
                raise StoreError(
                    f"DuckDB needs more than {self._limit} of memory and {SPILL} of disk for this; "
                    "ask about fewer charts, or use --engine spark"
                ) from None
            raise StoreError(f"DuckDB: {reason}") from None


def _columns(columns: Mapping[str, str], seconds: str) -> str:
    """The columns of a view as they are in a file."""
    names = {"t": f"{seconds} AS t", "r": "rank AS r"}
    return ", ".join(names.get(name, name) for name in columns)
