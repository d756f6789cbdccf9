"""A folder of Parquet files, checked before it is asked: every file ours, whole, and only once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker.errors import StoreError
from tracker.model import Chart
from tracker.parquet.layout import (
    ENTRIES,
    PART,
    SOURCES,
    Part,
    check_bytes,
    footer,
    marker_of,
    names_in,
    need_pyarrow,
    parts_among,
    table,
)


@dataclass(frozen=True)
class Data:
    """The parts of a folder that ``apptrack export parquet`` wrote."""

    folder: Path
    parts: tuple[Part, ...]
    #: When each chart was last observed by each source.
    newest: Mapping[tuple[Chart, str], str]

    def files(self, charts: Iterable[Chart]) -> tuple[list[Path], list[Path]]:
        """The files of snapshots and of entries of CHARTS, their bytes checked."""
        wanted = set(charts)
        paths = [part.path for part in self.parts if part.chart in wanted]
        snapshots, entries = (
            [self.folder / kind / path for path in paths] for kind in ("snapshots", "entries")
        )
        for file in (*snapshots, *entries):
            check_bytes(file)
        return snapshots, entries

    def rows(self, name: str) -> Iterator[tuple[Any, ...]]:
        """The rows of ``apps.parquet`` or ``names.parquet``."""
        return zip(*table(self.folder / name).to_pydict().values(), strict=True)


def open_data(folder: Path) -> Data:
    """Open FOLDER and check its files. ``StoreError`` where one is missing, damaged or not ours."""
    need_pyarrow()
    marker_of(folder)
    names = names_in(folder)
    parts = tuple(parts_among(names, folder))
    if not parts:
        raise StoreError(f"{folder} has no snapshots; run 'apptrack export parquet' again")
    for part in sorted(set(parts_among(names, folder, "entries")).difference(parts)):
        _about(folder, "entries", part)
        raise StoreError(
            f"{folder}/snapshots/{part.path}: is missing, and its entries are there; "
            "run 'apptrack export parquet' again"
        )
    newest: dict[tuple[Chart, str], str] = {}
    for part in parts:
        metadata = _checked(folder, part)
        for source, last in json.loads(metadata.get(SOURCES, b"{}")).items():
            newest[part.chart, source] = max(last, newest.get((part.chart, source), ""))
    return Data(folder, parts, newest)


def _checked(folder: Path, part: Part) -> dict[bytes, bytes]:
    """What the footer of a file of snapshots says, both files of PART being whole."""
    about, _ = _about(folder, "snapshots", part)
    _, ranks = _about(folder, "entries", part)
    if ranks < (expected := int(about[ENTRIES])):
        raise StoreError(
            f"{folder}/entries/{part.path} has {ranks:,} ranks and its snapshots have "
            f"{expected:,}; run 'apptrack export parquet' again"
        )
    return about


def _about(folder: Path, kind: str, part: Part) -> tuple[dict[bytes, bytes], int]:
    """What the footer of a file of PART says, and how many rows it has."""
    file = folder / kind / part.path
    foot = footer(file)
    about = dict(foot.metadata or {})
    held = about.get(PART, b"nothing of 'apptrack export parquet'").decode()
    if held != str(part):
        raise StoreError(
            f"{file} holds {held}, as {_place(folder, kind, held)} should; remove one of them"
        )
    return about, foot.num_rows


def _place(folder: Path, kind: str, held: str) -> str:
    slug, _, month = held.rpartition(" ")
    try:
        return str(folder / kind / Part(Chart.parse(slug), month).path)
    except ValueError:
        return "another file"
