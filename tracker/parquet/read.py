"""A folder of Parquet files, checked before it is asked: every file ours, whole, and only once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tracker.errors import StoreError
from tracker.model import Chart
from tracker.parquet.layout import (
    ENTRIES,
    PART,
    SOURCES,
    Part,
    footer,
    marker_of,
    need_pyarrow,
    parts_in,
)


@dataclass(frozen=True)
class Data:
    """The parts of a folder that ``apptrack export parquet`` wrote."""

    folder: Path
    parts: tuple[Part, ...]

    @cached_property
    def newest(self) -> dict[tuple[Chart, str], str]:
        """When each chart was last observed by each source."""
        newest: dict[tuple[Chart, str], str] = {}
        for part in self.parts:
            metadata = self._checked(part)
            for source, last in json.loads(metadata.get(SOURCES, b"{}")).items():
                newest[part.chart, source] = max(last, newest.get((part.chart, source), ""))
        return newest

    def files(self, charts: Iterable[Chart]) -> tuple[list[Path], list[Path]]:
        """The files of snapshots and of entries of CHARTS."""
        wanted = set(charts)
        paths = [part.path for part in self.parts if part.chart in wanted]
        snapshots, entries = (
            [self.folder / kind / path for path in paths] for kind in ("snapshots", "entries")
        )
        return snapshots, entries

    def rows(self, name: str) -> Iterator[tuple[Any, ...]]:
        """The rows of ``apps.parquet`` or ``names.parquet``."""
        import pyarrow.parquet

        file = self.folder / name
        footer(file)
        columns = pyarrow.parquet.read_table(file).to_pydict()
        return zip(*columns.values(), strict=True)

    def _checked(self, part: Part) -> dict[bytes, bytes]:
        """What the footer of a file of snapshots says, both files of PART being whole."""
        metadata: dict[bytes, bytes] = {}
        expected = 0
        for kind in ("snapshots", "entries"):
            file = self.folder / kind / part.path
            foot = footer(file)
            about = dict(foot.metadata or {})
            held = about.get(PART, b"nothing of 'apptrack export parquet'").decode()
            if held != str(part):
                raise StoreError(
                    f"{file} holds {held}, as {self._place(kind, held)} should; remove one of them"
                )
            if kind == "snapshots":
                metadata, expected = about, int(about[ENTRIES])
            elif foot.num_rows < expected:
                raise StoreError(
                    f"{file} has {foot.num_rows:,} ranks and its snapshots have {expected:,}; "
                    "run 'apptrack export parquet' again"
                )
        return metadata

    def _place(self, kind: str, held: str) -> str:
        slug, _, month = held.rpartition(" ")
        try:
            return str(self.folder / kind / Part(Chart.parse(slug), month).path)
        except ValueError:
            return "another file"


def open_data(folder: Path) -> Data:
    """Open FOLDER. ``StoreError`` where it is not ours, or has nothing."""
    need_pyarrow()
    marker_of(folder)
    parts = tuple(parts_in(folder))
    if not parts:
        raise StoreError(f"{folder} has no snapshots; run 'apptrack export parquet' again")
    return Data(folder, parts)
