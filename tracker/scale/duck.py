"""DuckDB, with a limit on memory, a limit on disk, and a private folder for what it spills."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tracker.errors import MissingExtra, StoreError
from tracker.scale.engine import Engine
from tracker.settings import DuckdbSettings

#: The share of the machine's memory that it may use, where no limit is set.
MEMORY_SHARE = 0.7


class Duck(Engine):
    """A DuckDB in this process."""

    def __init__(self, limits: DuckdbSettings) -> None:
        try:
            import duckdb
        except ImportError:
            raise MissingExtra(
                "--engine duckdb needs the extra 'duckdb': pip install 'apptrack[duckdb]'"
            ) from None
        self._error = duckdb.Error
        self.name = f"DuckDB {duckdb.__version__}"
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        self._memory = _megabytes(limits.memory or int(machine * MEMORY_SHARE))
        self._spill = _megabytes(limits.spill)
        self._folder = TemporaryDirectory(prefix="apptrack-duckdb-", ignore_cleanup_errors=True)
        try:
            with self._explained():
                self._connection = duckdb.connect(
                    config={
                        "memory_limit": self._memory,
                        "temp_directory": self._folder.name,
                        "max_temp_directory_size": self._spill,
                    }
                )
        except StoreError:
            self._folder.cleanup()
            raise

    def close(self) -> None:
        self._connection.close()
        self._folder.cleanup()

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
        listed = ", ".join(self.quoted(_pattern(path)) for path in paths)
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
                    f"DuckDB needs more than {self._memory} of memory and {self._spill} of disk "
                    "for this; ask about fewer charts, or set duckdb.memory and duckdb.spill"
                ) from None
            raise StoreError(f"DuckDB: {reason}") from None


def _megabytes(size: int) -> str:
    return f"{max(1, size // 1_000_000)}MB"


def _pattern(path: Path) -> str:
    """A pattern that only PATH fits; DuckDB takes every path for one."""
    name = str(path.absolute())
    pattern = re.sub(r"[*?[]", r"[\g<0>]", name)
    if pattern != name and "\\" in name:
        raise StoreError(
            f"{path}: DuckDB reads no path with a backslash and one of * ? [; rename the folder"
        )
    return pattern


def _columns(columns: Mapping[str, str], seconds: str) -> str:
    """The columns of a view as they are in a file."""
    names = {"t": f"{seconds} AS t", "r": "rank AS r"}
    return ", ".join(names.get(name, name) for name in columns)
