"""The file itself: made, brought up to date, linked, and refused where it is not ours."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.stored import (
    CHART,
    OTHER_CHART,
    SOURCE,
    at,
    change,
    dump,
    entries,
    receipt,
    snapshot,
    stored,
)
from tracker.errors import StoreError
from tracker.model import App, Snapshot
from tracker.store import Store
from tracker.store.files import APPLICATION_ID

OLDER = Path(__file__).parent / "data" / "store_0001.sql"
NOBODY = 65534
#: Whole numbers that count or measure; every other one must lead to a row.
MEASURES = {
    "attempts",
    "id",
    "rank",
    "depth",
    "checksum",
    "snapshots",
    "size",
    "links",
    "status",
    "picture",
    "named",
    "first_snapshot",
    "last_snapshot",
    "first_app",
    "last_app",
}
#: Tables to which later migrations add columns: their rows are compared by column.
_WIDENED = ("snapshots", "fetches")
VIEWS = ("observations", "latest", "failures", "cross_checks")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "apptrack.db"


@pytest.fixture
def older(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLDER.read_text(encoding="utf-8"))
    return path


def ask(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def tables(path: Path) -> list[str]:
    sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'"
    return [str(name) for (name,) in ask(path, sql)]


def undated(lines: list[str]) -> list[str]:
    """The lines of a dump without those that tell when a migration ran."""
    return [line for line in lines if not line.startswith('INSERT INTO "_sqlite_migrations"')]


def refusal(path: Path) -> str:
    """The one line with which a file is refused."""
    with pytest.raises(StoreError) as refused:
        Store(path).close()
    line = str(refused.value)
    assert line.startswith(str(path))
    assert "\n" not in line
    return line


# A new file


@pytest.mark.parametrize("name", ["a.db", "with space.db", "100%?mode=ro#.db", "表.db"])
def test_a_new_file_has_every_table_and_view(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / name
    Store(path).close()
    assert set(tables(path)) == {
        "alerts", "apps", "block_ranks", "blocks", "capture_queries", "captures", "charts",
        "deliveries", "entries", "events", "fetches", "incoming", "lookups", "names", "payloads",
        "snapshots", "tallies",
    }  # fmt: skip
    assert {
        name for (name,) in ask(path, "SELECT name FROM sqlite_master WHERE type = 'view'")
    } == {*VIEWS}
    assert ask(path, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert [path.name for path in folder.iterdir()] == [name]


def test_an_empty_file_is_a_new_one(path: Path, tmp_path: Path) -> None:
    path.touch()
    Store(path).close()
    Store(tmp_path / "fresh.db").close()
    assert undated(dump(path)) == undated(dump(tmp_path / "fresh.db"))


def test_opening_again_changes_nothing(path: Path) -> None:
    with Store(path) as store:
        store.save(snapshot())
    before = dump(path)
    Store(path).close()
    assert dump(path) == before


def test_a_commit_is_on_the_disk_and_readers_do_not_wait(path: Path) -> None:
    with Store(path) as store:
        assert store.db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert store.db.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert ask(path, "PRAGMA journal_mode") == [("wal",)]


def test_every_whole_number_leads_to_a_row_or_measures(path: Path) -> None:
    Store(path).close()
    led = 0
    for table in tables(path):
        links = {str(link[3]): link[2] for link in ask(path, f"PRAGMA foreign_key_list({table})")}
        numbers = {
            str(column[1])
            for column in ask(path, f"PRAGMA table_info({table})")
            if column[2] == "INTEGER"
        }
        assert numbers - MEASURES == set(links), table
        assert set(links.values()) <= set(tables(path))
        led += len(links)
    assert led == 21


def test_a_row_that_leads_nowhere_is_refused_in_one_line(path: Path) -> None:
    with Store(path) as store:
        store.save(snapshot())
        for sql in (
            "INSERT INTO entries (snapshot, rank, app) VALUES (777, 1, 1)",
            "UPDATE snapshots SET payload = 777",
            "DELETE FROM apps WHERE id = 1",
        ):
            with pytest.raises(StoreError, match="contradicts another"), store.transaction():
                store.db.execute(sql)
        assert store.unsound() == []


def test_the_views_answer(path: Path) -> None:
    newest = snapshot(1, [2, 1])
    with Store(path) as store:
        store.save(snapshot(0, [1, 2]), **receipt(snapshot(0, [1, 2])))
        store.save(newest)
    where = ("us/iphone/top-free/apps", "apple-rss")
    first = "2026-01-01T00:00:00Z"
    second = "2026-01-01T01:00:00Z"
    assert ask(path, "SELECT * FROM observations ORDER BY observed_at, rank") == [
        (first, *where, 1, "1", "Filler 1", 2, "recorded", 1, "whole"),
        (first, *where, 2, "2", "Filler 2", 2, "recorded", 1, "whole"),
        (second, *where, 1, "2", "Filler 2", 2, "recorded", 2, "whole"),
        (second, *where, 2, "1", "Filler 1", 2, "recorded", 2, "whole"),
    ]
    assert ask(path, "SELECT observed_at, rank, app_id FROM latest ORDER BY rank") == [
        (second, 1, "2"),
        (second, 2, "1"),
    ]
    assert ask(path, "SELECT * FROM failures") == []


# An older file


def test_an_older_file_is_brought_up_to_date_and_keeps_its_data(
    older: Path, tmp_path: Path
) -> None:
    widened = tuple(
        start.format(table)
        for table in _WIDENED
        for start in ("CREATE TABLE {} ", 'INSERT INTO "{}" ')
    )
    before = {line for line in dump(older) if not line.startswith(widened)}
    columns = {
        table: ", ".join(str(column[1]) for column in ask(older, f"PRAGMA table_info({table})"))
        for table in _WIDENED
    }
    rows = {table: ask(older, f"SELECT {columns[table]} FROM {table}") for table in _WIDENED}
    with Store(older) as store:
        assert stored(store) == [snapshot(0, [1, 2]), snapshot(1, [2, 3])]
        assert [store.body(number) for number in store.payload_ids()] == [
            b"a first payload, kept whole",
            b"a second payload, that leans on the first",
        ]
        (series,) = store.series(CHART, SOURCE, [App("2", "Filler 2")])
        assert series.ranks == (2, 1)
        store.save(snapshot(2, [9]), **receipt(snapshot(2, [9]), b"a third"))
        store.save(snapshot(2, [9], source="web-charts"))
    assert before <= set(dump(older))
    for table in _WIDENED:
        assert set(rows[table]) <= set(ask(older, f"SELECT {columns[table]} FROM {table}"))
    for view in VIEWS:
        assert ask(older, f"SELECT count(*) > 0 FROM {view}") == [(1,)]
    Store(tmp_path / "fresh.db").close()
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
    assert ask(older, schema) == ask(tmp_path / "fresh.db", schema)


@pytest.mark.parametrize(
    ("broken", "named", "repaired"),
    [
        # The views are made in turn; this table stands where the second one belongs.
        ("CREATE TABLE latest (mine)", "latest", "DROP TABLE latest"),
        (
            "INSERT INTO apps (store, store_id) VALUES ('play', '2')",
            "the app id '2'",
            "DELETE FROM apps WHERE store = 'play'",
        ),
    ],
)
def test_a_migration_that_fails_half_way_leaves_the_file_as_it_was(
    older: Path, broken: str, named: str, repaired: str
) -> None:
    change(older, broken)
    before = dump(older)
    assert named in refusal(older)
    assert dump(older) == before
    change(older, repaired)
    with Store(older) as store:
        assert len(stored(store)) == 2


# A file that is not ours


def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    with Store(path) as store:
        store.save(snapshot())
    change(path, "INSERT INTO _sqlite_migrations VALUES (99, 'apptrack', '0999_later', 'x')")
    before = path.read_bytes()
    assert "newer apptrack (it has 0999_later); upgrade with:" in refusal(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mark", [0, 0x12345678])
def test_another_programs_database_is_refused_and_left_alone(path: Path, mark: int) -> None:
    change(path, "CREATE TABLE charts (id)", f"PRAGMA application_id = {mark}")
    before = path.read_bytes()
    assert "another program" in refusal(path)
    assert path.read_bytes() == before


def test_a_text_file_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("observed_at,chart,source,rank,app_id,name\n" * 50)
    before = path.read_bytes()
    assert "--db" in refusal(path)
    assert path.read_bytes() == before


def test_a_folder_a_missing_folder_and_a_file_for_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    before = sorted(tmp_path.iterdir())
    for path in (tmp_path, tmp_path / "missing" / "a.db", tmp_path / "file" / "a.db"):
        assert "check that the folder exists" in refusal(path)
    assert sorted(tmp_path.iterdir()) == before


def test_a_file_cut_short_is_refused(path: Path) -> None:
    with Store(path) as store:
        store.save(snapshot(0, range(1, 200)))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with (
        pytest.raises(StoreError, match=r"malformed: restore it from a backup"),
        Store(path) as cut,
    ):
        cut.save(snapshot(1, range(1, 200)))


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder anyone may enter, while this process is one whom permissions stop."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    was = os.geteuid()
    if was == 0:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        os.seteuid(was)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_file_that_may_not_be_written_can_still_be_read(unprivileged: Path) -> None:
    path = unprivileged / "apptrack.db"
    with Store(path) as store:
        store.save(snapshot(0))
    path.chmod(0o444)
    with Store(path) as store:
        assert stored(store) == [snapshot(0)]
        with pytest.raises(StoreError, match=r"readonly database: check the permissions"):
            store.save(snapshot(1))
    for this_path in unprivileged.iterdir():  # the -wal and -shm took over the file's permissions
        this_path.chmod(0o644)
    with Store(path) as store:
        store.save(snapshot(1))


def test_a_new_file_in_a_folder_that_may_not_be_written_is_refused(unprivileged: Path) -> None:
    unprivileged.chmod(0o555)
    assert "check that the folder exists and may be written" in refusal(unprivileged / "new.db")


def test_what_sqlite_finds_wrong_is_reported(path: Path) -> None:
    with Store(path) as store:
        store.save(snapshot())
        assert store.unsound() == []
    change(path, "UPDATE entries SET app = 777 WHERE rank = 2")
    with Store(path) as store:
        (line,) = store.unsound()
        assert line.startswith("entries row ")
        assert line.endswith(" leads to no row of apps")


def test_the_same_app_on_two_charts_is_one_row(path: Path) -> None:
    with Store(path) as store:
        store.save(snapshot())
        store.save(Snapshot(OTHER_CHART, SOURCE, at(0), entries([1, 2, 3])))
        assert store.counts()["apps"] == 3
