"""What is where in a folder of Parquet files, and the checks of a folder before it is used.

::

    DIR/apptrack.json    the format's number, and which database the folder is of
    DIR/README.md
    DIR/apps.parquet     DIR/names.parquet
    DIR/snapshots/storefront=us/ranking=top-free/month=2026-01/iphone-apps.parquet
    DIR/entries/storefront=us/ranking=top-free/month=2026-01/iphone-apps.parquet

Each file says in its own footer what it holds, so that no list of files can be wrong after a kill.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker.errors import InvalidValue, MissingExtra, StoreError
from tracker.model import Chart
from tracker.stores import DEVICES

if TYPE_CHECKING:
    import pyarrow
    import pyarrow.parquet

FORMAT = 1
#: In the order in which an export writes the files of a month.
KINDS = ("entries", "snapshots")
MARKER, README = "apptrack.json", "README.md"
TOP = (MARKER, README, "apps.parquet", "names.parquet")
NOT_OURS = "is not empty, and no folder of 'apptrack export parquet'"
#: Keys in the footer of a file: what it holds, the SHA-256 of all of it with the ranks, the stamp
#: of the partition in the database, how many entries belong to its snapshots, the last time of each
#: source, and the CRC-32 of all that is before the footer.
PART, DIGEST, STAMP, ENTRIES, SOURCES, CRC = (
    f"apptrack.{name}".encode()
    for name in ("partition", "digest", "stamp", "entries", "sources", "crc32")
)
_PATH = re.compile(
    r"storefront=([a-z]{2})/ranking=([a-z-]+)/month=(\d{4}-\d\d)/"
    rf"({'|'.join(DEVICES)})-([a-z-]+)\.parquet"
)


def need_pyarrow() -> None:
    """Raise ``MissingExtra`` where pyarrow is not installed."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise MissingExtra(
            "Parquet needs the extra 'parquet': pip install 'apptrack[parquet]'"
        ) from None


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """A chart and a month of UTC (``2026-01``): a file of snapshots and one of entries."""

    chart: Chart
    month: str

    @property
    def path(self) -> str:
        """Where both files are, below ``snapshots`` and ``entries``."""
        chart = self.chart
        return (
            f"storefront={chart.storefront}/ranking={chart.ranking}/month={self.month}/"
            f"{chart.device}-{chart.genre}.parquet"
        )

    @classmethod
    def at(cls, path: str) -> Part | None:
        """The part whose files are at PATH; None for a file that is none of ours."""
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        storefront, ranking, month, device, genre = match.groups()
        try:
            return cls(Chart(storefront, device, ranking, genre), month)
        except InvalidValue:
            return None

    def __str__(self) -> str:
        return f"{self.chart} {self.month}"


def is_address(text: str) -> bool:
    """Whether TEXT is an address such as ``S3://x`` or ``file:///x``, or the path made of one."""
    return bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(/|$)", text))


def is_ours(name: str) -> bool:
    """Whether an export writes a file NAME."""
    kind, _, path = name.partition("/")
    return name in TOP or (kind in KINDS and Part.at(path) is not None)


def names_in(folder: Path) -> list[str]:
    """The names of all files below ``entries`` and ``snapshots`` in FOLDER, links followed.

    Entries come first, as an export writes them, so that none seems to lack its snapshots. A folder
    named as a file is among them. ``StoreError`` where one cannot be read, or is there twice.
    """

    def fail(error: OSError) -> None:
        raise StoreError(f"{error.filename}: cannot be read: {error.strerror}")

    names, seen = [], set()
    for top in (folder / kind for kind in KINDS):
        for path, inner, files in (
            os.walk(top, onerror=fail, followlinks=True) if top.exists() else ()
        ):
            if (real := Path(path).resolve()) in seen:
                raise StoreError(f"{path}: is {real} again; remove the link")
            seen.add(real)
            there = files + [name for name in inner if name.endswith(".parquet")]
            names += [(Path(path) / name).relative_to(folder).as_posix() for name in there]
    return names


def parts_among(names: Iterable[str], where: object, kind: str = "snapshots") -> Iterator[Part]:
    """The parts with a file below KIND among NAMES, by path. ``StoreError`` for one not ours."""
    for name in sorted(names):
        if name.startswith(f"{kind}/") and name.endswith(".parquet"):
            part = Part.at(name.removeprefix(f"{kind}/"))
            if part is None:
                raise StoreError(
                    f"{where}/{name}: not a file of 'apptrack export parquet'; remove it"
                )
            yield part


def footer(file: Path) -> pyarrow.parquet.FileMetaData:
    """The footer of a Parquet file. ``StoreError`` where it is torn or damaged."""
    import pyarrow.parquet

    with _whole(file):
        return pyarrow.parquet.read_metadata(file)


def table(file: Path) -> pyarrow.Table:
    """All rows of a Parquet file. ``StoreError`` where it is torn or damaged."""
    import pyarrow.parquet

    check_bytes(file)
    with _whole(file):
        rows = pyarrow.parquet.ParquetFile(file).read()
        rows.validate(full=True)
        return rows


def check_bytes(file: Path) -> None:
    """Raise ``StoreError`` where a file is not as it was written; some damage can be read."""
    crc = (footer(file).metadata or {}).get(CRC)
    with _whole(file):
        content = file.read_bytes()
        end = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
        if crc and int(crc) != zlib.crc32(memoryview(content)[:end]):
            raise OSError("its bytes are not those that were written")


@contextmanager
def _whole(file: Path) -> Iterator[None]:
    import pyarrow

    try:
        yield
    except PermissionError:
        raise StoreError(f"{file}: cannot be read: Permission denied") from None
    except (OSError, pyarrow.ArrowException) as error:
        reason = " ".join(str(error).partition(". ")[0].split())[:150]
        raise StoreError(
            f"{file}: damaged or incomplete ({reason}); run 'apptrack export parquet --full' again"
        ) from None


def marker_of(folder: Path) -> dict[str, Any]:
    """What the marker of FOLDER says. ``StoreError`` for a folder that is not ours, or newer."""
    if is_address(str(folder)):
        raise StoreError(
            f"{folder}: only a folder can be asked; copy the files of the bucket to one"
        )
    try:
        if not folder.is_dir():
            raise StoreError(
                f"{folder}: there is no such folder; run 'apptrack export parquet {folder}'"
            )
        content = (folder / MARKER).read_bytes()
    except FileNotFoundError:
        raise StoreError(f"{folder}: not a folder of 'apptrack export parquet'") from None
    except OSError as error:
        raise StoreError(f"{folder / MARKER}: cannot be read: {error}") from None
    return read_marker(content, folder)


def read_marker(content: bytes, where: object) -> dict[str, Any]:
    """What a marker's CONTENT says. ``StoreError`` for one that is not ours, or newer."""
    try:
        marker = json.loads(content)
        number, database = marker["format"], marker["database"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{where}/{MARKER}: cannot be read: {error}") from None
    if type(number) is not int or number != FORMAT:  # True is 1, and no number of ours
        newer = type(number) is int and number > FORMAT
        do = "upgrade apptrack" if newer else "export to an empty folder"
        raise StoreError(f"{where} has format {number}, this apptrack has {FORMAT}; {do}")
    return {"format": number, "database": str(database)}
