"""Parquet files of a database: all of it, only what changed, whole at any moment."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest

from tests.support.shop import apptrack
from tests.support.stored import CHART, OTHER_CHART, at, change, receipt, snapshot
from tracker.errors import StoreError
from tracker.model import Entry, Provenance, Scope, iso
from tracker.parquet.export import Exported, export
from tracker.parquet.layout import Part, footer, marker_of, names_in, parts_among
from tracker.parquet.places import Folder
from tracker.store import Reader, Store
from tracker.store.completing import complete

DB, FOLDER = Path("apptrack.db"), Path("data")
HOURS = (0, 1, 2, 30, 800, 1500)


@pytest.fixture
def database() -> None:
    """Two charts in three months, with a sparse snapshot and a payload."""
    with Store(DB) as store:
        for hour in HOURS:
            seen = snapshot(hour, (1, 2, 3 + hour), published_at=at(hour - 1))
            store.save(seen, **receipt(seen, f"{hour}".encode()))
        for hour in HOURS[:2]:
            kind = Provenance.IMPORTED
            store.save(snapshot(hour, (5, 6), chart=OTHER_CHART, provenance=kind))
        some = (Entry(4, "9"), Entry(17, "10"))
        store.save(snapshot(3, chart=OTHER_CHART, entries=some, scope=Scope.SPARSE))


def exported(**how: Any) -> Exported:
    with Reader(DB) as reader:
        return export(reader, Folder(FOLDER), reader.charts(), **how)


def files() -> dict[str, bytes]:
    return {
        file.relative_to(FOLDER).as_posix(): file.read_bytes()
        for file in sorted(FOLDER.rglob("*"))
        if file.is_file()
    }


def parts() -> Iterator[Part]:
    return parts_among(names_in(FOLDER), FOLDER)


def read(kind: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for file in sorted((FOLDER / kind).rglob("*.parquet")):
        rows += pyarrow.parquet.ParquetFile(file).read().to_pylist()
    return rows


def test_the_files_say_what_the_database_says(database: None) -> None:
    said = apptrack("export", "parquet", FOLDER, "--db", DB)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("data: 4 chart months written, 0 unchanged; 24 ranks, 0.0 MB\n")
    key = ("chart", "source", "observed_at")
    ranks: dict[Any, set[tuple[int, str]]] = {}
    for row in read("entries"):
        here = ranks.setdefault(tuple(row[name] for name in key), set())
        here.add((row["rank"], row["app_id"]))
    with Reader(DB) as reader:
        stored = [reader.snapshot(number) for number in reader.snapshot_ids()]
        names = reader.names(["1", "9", "10"])
    rows = read("snapshots")
    assert len(rows) == len(stored) == len(ranks)
    for row in rows:
        (taken,) = (
            taken
            for taken in stored
            if (taken.chart.slug, taken.source, taken.observed_at)
            == tuple(row[name] for name in key)
        )  # fmt: skip
        assert ranks[tuple(row[name] for name in key)] == {
            (entry.rank, entry.app_id) for entry in taken.entries
        }
        assert row["depth"] == (None if taken.scope is Scope.SPARSE else taken.depth)
        assert (row["provenance"], row["scope"]) == (taken.provenance, taken.scope)
        assert row["published_at"] == taken.published_at
        assert (row["sha256"] is None) == (taken.chart == OTHER_CHART)
    apps = pyarrow.parquet.read_table(FOLDER / "apps.parquet").to_pylist()
    assert {row["app_id"]: row["name"] for row in apps if row["app_id"] in names} == names


def test_again_writes_nothing_and_a_late_snapshot_two_files(database: None) -> None:
    assert exported().written == 4
    before = files()
    for full in (False, True):
        again = exported(full=full)
        assert (again.written, again.unchanged) == (0, 4)
        assert files() == before
    with Store(DB) as store:
        store.save(snapshot(5, (1, 2, 3)))
    again = exported()
    assert (again.written, again.unchanged) == (1, 3)
    changed = [name for name, data in files().items() if before[name] != data and "/" in name]
    part = "storefront=us/ranking=top-free/month=2026-01/iphone-apps.parquet"
    assert changed == [f"entries/{part}", f"snapshots/{part}"]


def test_two_exports_to_two_folders_are_the_same_bytes(database: None) -> None:
    exported()
    before = files()
    shutil.rmtree(FOLDER)
    exported()
    assert files() == before


@pytest.mark.parametrize("rank", [3, 4], ids=["whole", "sparse"])
def test_a_rank_changed_by_hand_is_seen_until_its_checksum_is_there_again(
    rank: int, database: None
) -> None:
    exported()
    change(DB, f"UPDATE entries SET rank = 77 WHERE rank = {rank} AND snapshot IN (1, 9)")
    assert exported().written == 1
    assert exported().unchanged == 4
    with Store(DB) as store:
        complete(store)
    assert exported().written == 1  # for its stamp
    assert exported().unchanged == 4


def test_an_app_id_changed_by_hand_is_seen_with_full(database: None) -> None:
    exported()
    change(DB, "UPDATE apps SET store_id = '99' WHERE store_id = '9'")
    assert exported().written == 0
    assert exported(full=True).written == 1


def test_what_is_stored_meanwhile_is_left_to_the_next_export(database: None) -> None:
    """An app and a chart, new with the first chart's export: nothing of them half in the files."""
    exported()
    before = files()
    shutil.rmtree(FOLDER)
    news = iter([snapshot(7, ("77", "1")), snapshot(7, ("78", "1"), chart=OTHER_CHART)])

    def store_more() -> None:
        with Store(DB) as store:
            store.save(next(news))

    assert exported(step=store_more).written == 4
    assert files() == before
    assert exported().written == 2


def test_a_response_that_is_gone_is_seen(database: None) -> None:
    exported()
    change(DB, "UPDATE snapshots SET payload = NULL WHERE id = 5")
    assert exported().written == 1


def test_a_month_that_is_gone_is_reported_and_left(database: None) -> None:
    exported()
    before = files()
    change(
        DB, "DELETE FROM fetches", "DELETE FROM entries WHERE snapshot = 6",
        "DELETE FROM snapshots WHERE id = 6",
    )  # fmt: skip
    said = apptrack("export", "parquet", FOLDER, "--db", DB)
    assert said.stderr == (
        "left: us/iphone/top-free/apps 2026-03 is in data, and no longer in the database\n"
    )
    assert files() == before


class Killed(BaseException):
    """Ends an export as a SIGKILL does: nothing after it runs but this test."""


def kills(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the export end before its STEP-th replacement, leaving its unfinished file."""
    steps = iter(range(1000))
    real_replace, real_unlink = os.replace, Path.unlink

    def replace(source: Any, target: Any) -> None:
        if next(steps) == step:
            monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
            raise Killed
        real_replace(source, target)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(Path, "unlink", real_unlink)


def test_killed_at_each_replacement_it_is_resumed(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported()
    whole = files()
    for step in range(12):
        shutil.rmtree(FOLDER)
        with monkeypatch.context() as patched:
            kills(patched, step)
            with pytest.raises(Killed):
                exported()
        assert any(FOLDER.rglob("*.unfinished"))
        assert not (FOLDER / "entries").exists() or (FOLDER / "apps.parquet").exists()
        for part in parts():  # no snapshot without its ranks
            ranks = footer(FOLDER / "entries" / part.path)
            assert ranks.metadata[b"apptrack.entries"] == str(ranks.num_rows).encode()
        again = exported()
        assert again.written + again.unchanged == 4
        assert files() == whole
        assert not any(FOLDER.rglob("*.unfinished"))


def test_a_torn_file_is_written_again(database: None) -> None:
    exported()
    whole = files()
    (file,) = (FOLDER / "entries").rglob("month=2026-02/*")
    file.write_bytes(file.read_bytes()[:-9])
    assert exported().written == 1
    assert files() == whole


def test_only_some_charts_are_written_where_asked(database: None) -> None:
    said = apptrack("export", "parquet", FOLDER, "--on", "jp/*/*/*", "--json", "--db", DB)
    document = json.loads(said.stdout)
    assert (document["written"], document["ranks"], document["left"]) == (1, 6, [])
    assert [str(part) for part in parts()] == ["jp/iphone/top-free/apps 2026-01"]


def refused() -> Iterator[tuple[str, str]]:
    yield "Directory 'data' is a file", "file"
    yield "data: is not empty, and no folder of 'apptrack export parquet'", "foreign"
    yield "data: is of another database; export this one to another folder", "other"
    yield "data has format 2, this apptrack has 1; upgrade apptrack", "newer"
    yield "data/apptrack.json: cannot be read", "marker"
    yield "data has format True, this apptrack has 1; export to an empty folder", "true"
    yield "data: is a link to a folder that is not there; make that one", "dangling"
    yield "stray.parquet: not a file of 'apptrack export parquet'; remove it", "stray snapshots"
    yield "stray.parquet: not a file of 'apptrack export parquet'; remove it", "stray entries"
    yield "data: another export is running; wait until it ends", "locked"
    yield "data: cannot be written: No space left on device", "full"
    yield "Parquet needs the extra 'parquet': pip install 'apptrack[parquet]'", "missing"


MARKERS = {
    "other": '{"format": 1, "database": "another"}',
    "newer": '{"format": 2, "database": "another"}',
    "true": '{"format": true, "database": "another"}',
    "marker": "{",
}


@pytest.mark.parametrize(("words", "what"), [*refused()])
def test_a_folder_that_cannot_be_used_is_refused_in_a_line(
    words: str, what: str, database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if what == "file":
        FOLDER.write_text("x")
    elif what == "foreign":
        FOLDER.mkdir()
        (FOLDER / "mine.txt").write_text("x")
    elif what == "dangling":
        FOLDER.symlink_to("nowhere")
    elif what == "missing":
        monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    else:
        exported()
    if what in MARKERS:
        (FOLDER / "apptrack.json").write_text(MARKERS[what])
    elif what.startswith("stray"):
        below = FOLDER / what.removeprefix("stray ")
        shutil.copy(next(below.rglob("*.parquet")), below / "stray.parquet")
    elif what == "full":
        usage = shutil.disk_usage(FOLDER)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
        shutil.rmtree(FOLDER / "snapshots")
    before = files() if FOLDER.is_dir() else {}
    with (FOLDER / ".lock" if what == "locked" else Path("held")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = apptrack("export", "parquet", FOLDER, "--db", DB)
    assert said.returncode == (2 if what == "file" else 1)
    assert words in said.stderr
    assert what == "file" or said.stderr.count("\n") == 1
    assert (files() if FOLDER.is_dir() else {}) == before


@pytest.mark.parametrize(
    "address", ["S3://bucket/x", "s3:/bucket", "file:///tmp/x", "gs://b", "s3:"]
)
def test_an_address_is_not_taken_for_a_folder(address: str, database: None) -> None:
    said = apptrack("export", "parquet", address, "--db", DB)
    assert (said.returncode, said.stderr) == (
        1,
        f"apptrack: {address}: write s3://BUCKET or s3://BUCKET/FOLDER, or a folder's path\n",
    )
    assert not any(Path().glob("*:"))
    assert "only a folder can be asked" in apptrack("standings", "--data", address).stderr


def test_unfinished_files_of_others_stay(database: None) -> None:
    exported()
    (FOLDER / "my.unfinished").mkdir()
    mine = FOLDER / "notes.unfinished", FOLDER / "entries" / "my.parquet.unfinished"
    ours = (
        FOLDER / "apps.parquet.unfinished",
        FOLDER / "entries" / f"{next(parts()).path}.unfinished",
    )
    for file in (*mine, *ours):
        file.write_text("x")
    assert exported().unchanged == 4
    assert [file.exists() for file in (*mine, *ours)] == [True, True, False, False]


def test_a_folder_that_is_not_there_is_not_ours_and_a_bucket_is_none() -> None:
    with pytest.raises(StoreError, match="there is no such folder"):
        marker_of(FOLDER)
    said = apptrack("standings", "--data", "s3://bucket/folder")
    assert said.stderr == (
        "apptrack: s3:/bucket/folder: only a folder can be asked; "
        "copy the files of the bucket to one\n"
    )


def test_others_read_the_files_as_the_page_shows(database: None) -> None:
    """The examples of docs/scale.md, run as they stand."""
    import polars

    exported()
    sql = """SELECT observed_at, rank FROM 'data/entries/**/*.parquet'
             WHERE chart = 'us/iphone/top-free/apps' AND app_id = '1' ORDER BY observed_at"""
    seen = duckdb.execute(sql).fetchall()
    assert [(iso(time), rank) for time, rank in seen] == [(iso(at(hour)), 1) for hour in HOURS]
    frame = (
        polars.scan_parquet("data/entries/**/*.parquet")
        .filter((polars.col("chart") == CHART.slug) & (polars.col("app_id") == "2"))
        .sort("observed_at").collect()
    )  # fmt: skip
    assert frame["rank"].to_list() == [2] * len(HOURS)
    times: list[datetime] = frame["observed_at"].to_list()
    assert [iso(time) for time in times] == [iso(at(hour)) for hour in HOURS]
