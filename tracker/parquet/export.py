"""Write a database as Parquet files, again and again: only what changed is written.

A file is written beside its place, put on the disk, and moved there. The entries of a partition
are replaced before its snapshots, so that who joins from snapshots finds the ranks of each. What
a killed export left is written again by the next one.
"""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tracker.errors import StoreError
from tracker.model import Chart
from tracker.parquet.layout import (
    CRC,
    DIGEST,
    ENTRIES,
    FORMAT,
    KINDS,
    MARKER,
    PART,
    README,
    SOURCES,
    STAMP,
    Part,
    parts_among,
    read_marker,
)
from tracker.parquet.places import Place
from tracker.store import Reader
from tracker.store.partitions import (
    Partition,
    app_ids,
    app_rows,
    entries_of,
    made_at,
    name_rows,
    stamps,
)
from tracker.store.partitions import partition as partition_of

if TYPE_CHECKING:
    import pyarrow

#: Bytes of a rank and of a file, about, to see whether the disk has room.
_RANK, _FILE = 2, 8_000


@dataclass(slots=True)
class Exported:
    """What an export did. Parts in ``left`` have files, and no snapshots in the database."""

    written: int = 0
    unchanged: int = 0
    ranks: int = 0
    size: int = 0
    left: list[Part] = field(default_factory=list)


def export(
    reader: Reader,
    place: Place,
    charts: Sequence[Chart],
    *,
    full: bool = False,
    step: Callable[[], object] = lambda: None,
) -> Exported:
    """Write CHARTS of the database of READER into PLACE, one chart's month at a time.

    A partition is written if its snapshots changed; with FULL all files are read and compared. STEP
    is called after each chart. Raises ``StoreError`` for a place of another database or program.
    """
    done = Exported()
    # At one instant: an entry of an app that came meanwhile would be of an unknown one.
    with place.explained(), place.held(), reader.instant():
        _mark(reader, place)
        _write_names(reader, place, full=full)  # first: names that no entry needs do no harm
        names = place.names()
        there = {part for kind in KINDS for part in parts_among(names, place, kind)}
        every = stamps(reader)
        known = app_ids(reader)
        for chart in charts:
            months = every.get(chart.slug, {})
            for month, stamp in months.items():
                _write_part(reader, place, Part(chart, month), stamp, known, done, full=full)
            seen = {Part(chart, month) for month in months}
            done.left += sorted(part for part in there - seen if part.chart == chart)
            step()
        observed = set(reader.charts())
        done.left += sorted(part for part in there if part.chart not in observed)
    return done


def _write_part(
    reader: Reader,
    place: Place,
    part: Part,
    stamp: str | None,
    known: dict[int, str],
    done: Exported,
    *,
    full: bool,
) -> None:
    names = [f"{kind}/{part.path}" for kind in KINDS]
    entries, snapshots = map(place.about, names)
    checked = CRC in entries and CRC in snapshots
    whole = checked and snapshots.get(DIGEST) == entries.get(DIGEST)
    same = stamp is None or snapshots.get(STAMP) == stamp.encode()
    if whole and same and stamp and not full:
        done.unchanged += 1
        return
    partition = partition_of(reader, part.chart, part.month)
    # Twice what is needed, about, so that a disk is not filled to its last byte.
    place.need_room(2 * (sum(row.depth for row in partition.snapshots) * _RANK + _FILE))
    rows = entries_of(reader, partition)
    digest = _digest(partition, rows, known).encode()
    if whole and same and snapshots.get(DIGEST) == digest and not full:
        done.unchanged += 1
        return
    about = {
        PART: str(part).encode(), DIGEST: digest, STAMP: (stamp or "").encode(),
        ENTRIES: str(len(rows)).encode(),
        SOURCES: json.dumps({row.source: row.observed_at for row in partition.snapshots}).encode(),
    }  # fmt: skip
    tables = _entries(part, partition, rows, known), _snapshots(part, partition)
    contents = [_packed(table, about) for table in tables]
    if full and contents == [place.read(name) for name in names]:
        done.unchanged += 1
        return
    for name, content in zip(names, contents, strict=True):
        place.put(name, content)
        done.size += len(content)
    done.written += 1
    done.ranks += len(rows)


def _digest(
    partition: Partition, rows: Sequence[tuple[int, int, int]], known: dict[int, str]
) -> str:
    """The SHA-256 of a partition without local row ids: its snapshots and their ranks."""
    digest = hashlib.sha256(repr([row[1:] for row in partition.rows]).encode())
    digest.update(array("q", [number for row in rows for number in row[:2]]).tobytes())
    digest.update("\n".join([known[app] for _, _, app in rows]).encode())
    return digest.hexdigest()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _snapshots(part: Part, partition: Partition) -> pyarrow.Table:
    import pyarrow as pa

    rows = partition.snapshots
    time = pa.timestamp("s", "UTC")
    sparse = [row.scope == "sparse" for row in rows]
    return pa.table(
        {
            "chart": pa.repeat(part.chart.slug, len(rows)),
            "source": pa.array([row.source for row in rows], pa.string()),
            "observed_at": pa.array([_time(row.observed_at) for row in rows], time),
            "published_at": pa.array([_time(row.published_at) for row in rows], time),
            "depth": pa.array(
                [None if bare else row.depth for row, bare in zip(rows, sparse, strict=True)],
                pa.int32(),
            ),
            "provenance": pa.array([row.provenance for row in rows], pa.string()),
            "scope": pa.array([row.scope for row in rows], pa.string()),
            "sha256": pa.array([row.sha256 for row in rows], pa.string()),
        }
    )


def _entries(
    part: Part,
    partition: Partition,
    rows: Sequence[tuple[int, int, int]],
    known: dict[int, str],
) -> pyarrow.Table:
    import pyarrow as pa

    places = pa.array([place for place, _, _ in rows], pa.int32())
    times = pa.array(
        [_time(row.observed_at) for row in partition.snapshots], pa.timestamp("s", "UTC")
    )
    sources = pa.array([row.source for row in partition.snapshots], pa.string())
    return pa.table(
        {
            "chart": pa.repeat(part.chart.slug, len(rows)),
            "source": sources.take(places),
            "observed_at": times.take(places),
            "rank": pa.array([rank for _, rank, _ in rows], pa.int32()),
            "app_id": pa.array([known[app] for _, _, app in rows], pa.string()),
        }
    )


def _write_names(reader: Reader, place: Place, *, full: bool) -> None:
    """Write the apps and their names, where they changed; with FULL, where the file differs."""
    import pyarrow as pa

    columns = ("store", "app_id", "name", "developer", "storefront", "named_at")
    names = ("app_id", "storefront", "name", "developer", "first_at", "last_at")
    for file, heading, rows in (
        ("apps.parquet", columns, app_rows(reader)),
        ("names.parquet", names, name_rows(reader)),
    ):
        digest = hashlib.sha256(repr(rows).encode()).hexdigest().encode()
        if not full and place.about(file).get(DIGEST) == digest:
            continue
        table = pa.table(
            {
                name: pa.array([row[place] for row in rows], pa.string())
                for place, name in enumerate(heading)
            }
        )
        content = _packed(table, {DIGEST: digest})
        if not full or place.read(file) != content:
            place.put(file, content)


def _packed(table: pyarrow.Table, about: dict[bytes, bytes]) -> bytes:
    """TABLE as a Parquet file with ABOUT, and the CRC-32 of what is before it, in its footer."""
    from pyarrow.parquet import ParquetWriter

    stream = io.BytesIO()
    with ParquetWriter(
        stream, table.schema, compression="zstd", compression_level=3, store_schema=False
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(about | {CRC: str(zlib.crc32(stream.getbuffer())).encode()})
    return stream.getvalue()


def _mark(reader: Reader, place: Place) -> None:
    """Mark PLACE as one of this database. ``StoreError`` where it is one of another."""
    marker = {"format": FORMAT, "database": hashlib.sha256(made_at(reader).encode()).hexdigest()}
    there = place.read(MARKER)
    if there is not None and read_marker(there, place) != marker:
        raise StoreError(f"{place}: is of another database; export this one to another folder")
    for name, text in ((MARKER, json.dumps(marker) + "\n"), (README, ABOUT)):
        if place.read(name) != text.encode():
            place.put(name, text.encode())


ABOUT = """\
# App store charts as Parquet files

Written by `apptrack export parquet`, which replaces what changed when it runs again. Do not edit.

| file | a row is |
| --- | --- |
| `snapshots/storefront=…/ranking=…/month=…/DEVICE-GENRE.parquet` | a chart at an instant |
| `entries/…` (the same names) | a rank of a snapshot |
| `apps.parquet` | an app, with its newest name |
| `names.parquet` | a name that a storefront gave an app, first and last observed |

Join `entries` to `snapshots` on `chart`, `source` and `observed_at`. Times and months are UTC, ids
are text.

**Ranked, unranked and unobserved are three different states.** An app is unranked in a snapshot
of scope `whole` that has no entry of it. A time without a snapshot is unobserved, not unranked: so
start from `snapshots`, because `entries` alone cannot show that an app was absent. A snapshot of
scope `sparse` has the ranks of some apps only and no depth; any other app is unobserved in it.

`sha256` is that of the raw response, which stays in the database. `provenance` says how a snapshot
came: only `recorded`, `archived` and `imported` were read from the store.

In DuckDB:

    SELECT observed_at, rank FROM 'entries/**/*.parquet'
    WHERE chart = 'us/iphone/top-free/apps' AND app_id = '6448311069' ORDER BY observed_at;
"""
