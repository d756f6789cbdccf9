"""What was fetched while the database could not be written waits beside it, and is stored later."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from tests.support.shop import CHART, GENRE_CHART, Shop, apptrack, body, pointed, ranked
from tests.support.stored import at, failure, receipt, snapshot
from tests.support.waiting import another_second
from tests.test_store_file import OLDER
from tracker import held, service
from tracker.collect import Report
from tracker.collect import collect as one_pass
from tracker.commands import run
from tracker.errors import StoreError
from tracker.fetch import Fetcher
from tracker.held import Damaged, Held
from tracker.loopback.server import Answer, LoopbackStore
from tracker.model import Fetch, Outcome, Payload
from tracker.sources import SOURCES
from tracker.store import Reader, Store
from tracker.store.schema import migrations

collect = import_module("tracker.collect")  # in the package that name is a function
DB = Path("apptrack.db")
FOLDER = Path("apptrack.db.held")


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "PATIENCE", 0.05)


@pytest.fixture
def shop() -> Shop:
    return Shop({CHART: ranked(1, 2, 3), GENRE_CHART: ranked(4, 5)})


@pytest.fixture
def base(shop: Shop) -> Iterator[str]:
    with LoopbackStore(shop) as store:
        yield store.base


def rows(sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(DB)) as connection:
        return connection.execute(sql).fetchall()


@contextmanager
def written_by_another() -> Iterator[None]:
    """Another program has the write lock."""
    Store(DB).close()
    with closing(sqlite3.connect(DB, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def collected(base: str, *charts: object) -> Any:
    return apptrack("collect", "--db", DB, *(charts or (CHART,)), base=base)


def waits() -> int:
    return len(Held(DB).files())


def test_what_cannot_be_stored_is_held_and_stored_by_the_next_pass(base: str, shop: Shop) -> None:
    with written_by_another():
        done = collected(base, CHART, GENRE_CHART)
        assert done.returncode == 1
        assert done.stdout.count("held in ") == 2
        assert "database is locked" in done.stdout
        assert waits() == 2
        shop.charts[CHART] = ranked(3, 2, 1)
        another_second()
        assert collected(base).returncode == 1
        assert waits() == 3
    assert rows("SELECT count(*) FROM snapshots") == rows("SELECT count(*) FROM fetches") == [(0,)]
    shop.charts[CHART] = ranked(2, 1, 3)
    another_second()
    done = collected(base)
    assert done.returncode == 0, done
    assert done.stdout.count("saved") == 4
    assert not FOLDER.exists()
    sql = "SELECT group_concat(app_id) FROM observations WHERE chart LIKE ? GROUP BY snapshot"
    assert [row for (row,) in rows(sql.replace("?", "'%apps'"))] == ["1,2,3", "3,2,1", "2,1,3"]
    assert rows("SELECT outcome, count(*) FROM fetches GROUP BY 1") == [("saved", 4)]
    assert apptrack("verify", "--db", DB).returncode == 0


def test_when_the_lock_comes_free_within_the_pass_nothing_is_left(
    base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(DB).close()
    blocker = sqlite3.connect(DB, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    add = Held.add

    def held_then_free(self: Held, fetch: Fetch) -> None:
        add(self, fetch)
        blocker.close()

    monkeypatch.setattr(Held, "add", held_then_free)
    done = collected(base, CHART, GENRE_CHART)
    assert done.returncode == 0, done
    assert "held in " in done.stdout
    assert rows("SELECT count(*) FROM snapshots") == [(2,)]
    assert not FOLDER.exists()


def test_an_answer_that_vouches_is_held_with_the_bytes_it_vouched_for() -> None:
    tagged = Answer(body=body(CHART, ranked(1, 2)), headers={"ETag": '"one"'})
    shop = Shop({CHART: tagged})
    with LoopbackStore(shop) as store:
        assert collected(store.base).returncode == 0
        shop.charts[CHART] = Answer(304, b"", headers={"ETag": '"one"'})
        with written_by_another():
            assert collected(store.base).returncode == 1
        # Meanwhile another process stored a later answer with other bytes.
        later = snapshot(0, [2, 1], observed_at=at(9000))
        url = SOURCES["apple-rss"].url(CHART, store.base)
        payload = Payload(CHART, "apple-rss", url, later.observed_at, b"other bytes")
        fetch = replace(receipt(later)["fetch"], etag='"two"', url=url, payload=payload)
        with Store(DB) as other:
            other.save(later, fetch=fetch, payload=payload)
        shop.charts[CHART] = tagged
        assert collected(store.base).returncode == 0
    vouched = "SELECT count(DISTINCT payload) FROM fetches WHERE etag = '\"one\"'"
    assert rows(vouched) == [(1,)]
    assert rows("SELECT count(*) FROM fetches WHERE outcome = 'unchanged'") == [(1,)]


def test_one_that_was_stored_just_before_a_kill_is_not_stored_twice(base: str) -> None:
    with written_by_another():
        collected(base)
    shutil.copytree(FOLDER, "as it was")
    assert collected(base).returncode == 0
    assert rows("SELECT count(*) FROM fetches") == [(2,)]
    shutil.copytree("as it was", FOLDER)
    assert collected(base).returncode == 0
    assert rows("SELECT count(*) FROM fetches") == [(3,)]
    assert not FOLDER.exists()


def test_a_damaged_one_is_set_aside_and_said(base: str, caplog: pytest.LogCaptureFixture) -> None:
    with written_by_another():
        collected(base, CHART, GENRE_CHART)
    first, *_ = Held(DB).files()
    first.write_bytes(first.read_bytes()[:-1])
    another_second()
    assert collected(base).returncode == 0
    assert "is damaged, and what was in it is lost" in caplog.text
    assert [path.name for path in FOLDER.iterdir()] == ["000000000001.damaged"]
    assert rows("SELECT count(*) FROM snapshots") == [(2,)]


def test_there_is_an_end_to_what_is_held(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "MOST_FILES", 1)
    with written_by_another():
        done = collected(base, CHART, GENRE_CHART)
        assert "1 responses (0 MB) wait already, no more" in done.stdout
        assert waits() == 1
    monkeypatch.setattr(held, "MOST_FILES", 100)
    monkeypatch.setattr(held, "MOST_BYTES", 1)
    with written_by_another(), pytest.raises(StoreError, match="no more"):
        Held(DB).add(failure())


def test_failures_and_refusals_wait_as_well(shop: Shop) -> None:
    shop.charts = {CHART: Answer(503, b"busy"), GENRE_CHART: Answer(body=b"<html>")}
    with LoopbackStore(shop) as store:
        with written_by_another():
            assert collected(store.base, CHART, GENRE_CHART).returncode == 1
            assert waits() == 2
        collected(store.base)
    kinds = rows("SELECT outcome, count(*) FROM fetches GROUP BY 1 ORDER BY 1")
    assert kinds == [("failed", 2), ("refused", 1)]


BODY = b"\x00\xffbytes \n and lines"


@pytest.mark.parametrize(
    "fetch",
    [
        failure(1),
        failure(2, b"<html>"),
        replace(failure(3), outcome=None, payload=Payload(CHART, "x", "http://y/z", at(4), BODY)),
        replace(failure(5), served_at=at(5), etag='"é"', last_modified="x", status=304),
        replace(failure(6), outcome=Outcome.INTERRUPTED, error="a\nline"),
    ],
)
def test_what_is_held_comes_back_as_it_was(fetch: Fetch) -> None:
    if fetch.payload:
        fetch = replace(fetch, payload=replace(fetch.payload, source=fetch.source))
    Held(DB).add(fetch)
    ((file, back),) = Held(DB).waiting()
    assert not isinstance(back, Damaged)
    assert back == fetch
    Held(DB).drop(file)
    assert not FOLDER.exists()


def test_order_is_that_in_which_they_came() -> None:
    waiting = [replace(failure(hour), error=f"number {hour}") for hour in range(12)]
    for fetch in waiting:
        Held(DB).add(fetch)
    assert [fetch for _, fetch in Held(DB).waiting()] == waiting


def test_by_another_name_it_is_the_same(base: str) -> None:
    with written_by_another():
        collected(base)
    Path("link.db").symlink_to(DB)
    assert apptrack("collect", "--db", "link.db", CHART, base=base).returncode == 0
    assert not FOLDER.exists()
    with Reader(DB) as reader:
        assert reader.counts()["fetches"] == 2


def read(base: str, **how: Any) -> Report:
    """One pass over CHART, as the daemon makes it."""
    settings = pointed(base, DB)
    with Store(DB, patience=0.05) as store, Fetcher(settings.fetch, clock=clock) as fetcher:
        return one_pass([CHART], settings=settings, store=store, fetcher=fetcher, **how)


def clock() -> datetime:
    return datetime.now(UTC)


def test_a_short_pass_stores_some_of_what_waits_and_holds_what_comes_behind_it(base: str) -> None:
    with written_by_another():
        for _ in range(3):
            collected(base)
            another_second()
    waiting: list[int] = []
    for _ in range(2):
        read(base, patience=-1)
        waiting.append(waits())
        another_second()
    assert waiting == [2, 1]  # two are stored a pass, at its begin and end, and one comes
    assert read(base).whole
    assert waits() == 0
    assert rows("SELECT outcome, count(*) FROM fetches GROUP BY 1") == [("saved", 6)]


def test_a_stop_ends_the_waiting(base: str) -> None:
    stop = threading.Event()
    with written_by_another():
        threading.Timer(0.3, stop.set).start()
        begun = time.monotonic()
        report = read(base, patience=30, stop=stop)
    assert time.monotonic() - begun < 10
    assert report.failed == 1
    assert waits() == 1


def test_passes_of_a_daemon_beside_a_migration_are_held_and_stored(base: str) -> None:
    with closing(sqlite3.connect(DB, isolation_level=None)) as migrating:
        migrating.executescript(OLDER.read_text(encoding="utf-8"))
        before = rows("SELECT count(*) FROM snapshots")[0][0]
        migrating.execute("BEGIN IMMEDIATE")
        migrations.apply(Database(migrating))
        daemon_pass(base)
        assert (waits(), rows("SELECT count(*) FROM snapshots")) == (1, [(before,)])
        migrating.execute("COMMIT")
    another_second()
    daemon_pass(base)
    assert (waits(), rows("SELECT count(*) FROM snapshots")) == (0, [(before + 2,)])
    with Reader(DB) as reader:
        assert reader.unsound() == []


def daemon_pass(base: str) -> None:
    """A pass as ``apptrack run --every 1s`` makes it."""
    settings, stop = pointed(base, DB), threading.Event()
    with Fetcher(settings.fetch, clock=service.now, stop=stop) as fetcher:
        run._one_pass(settings, [CHART], fetcher, stop, timedelta(seconds=1))


def test_where_the_database_cannot_be_opened_what_comes_is_held(base: str) -> None:
    Store(DB).close()
    newer = "INSERT INTO _sqlite_migrations VALUES (99, 'apptrack', '9999_newer', '')"
    with closing(sqlite3.connect(DB)) as connection:
        connection.execute(newer)
        connection.commit()
    settings = pointed(base, DB)
    with Fetcher(settings.fetch, clock=clock) as fetcher:
        report = collect.collect_held([CHART], settings=settings, fetcher=fetcher, why="newer")
    assert [result.error for result in report.results] == [f"newer; held in {Held(DB).folder}"]
    with closing(sqlite3.connect(DB)) as connection:
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = '9999_newer'")
        connection.commit()
    done = apptrack("status", "--db", DB, CHART)
    assert done.returncode == 1
    assert "held: 1 waiting in" in done.stdout
    assert json.loads(apptrack("status", "--db", DB, CHART, "--json").stdout)["held"]["since"]
    assert collected(base).returncode == 0
    assert waits() == 0
    assert "held:" not in apptrack("status", "--db", DB, CHART).stdout
