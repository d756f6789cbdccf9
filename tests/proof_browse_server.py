"""The process of `apptrack browse`: what it refuses, beside whom it runs, how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.support.browsing import IS_1_0, Site, browsing, fill
from tests.support.shop import apptrack, environment
from tests.support.stored import CHART, at, dump, snapshot
from tracker.browse import SETTINGS
from tracker.browse.description import metadata_for
from tracker.model import iso
from tracker.store import Store

DB = Path("small.db")
OLDER = Path(__file__).parent / "data" / "store_0001.sql"
TITLE_OF_SNAPSHOTS = "A chart at one instant from one source"
SLOW = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("browse") / "small.db"
    fill(path)
    return path


@pytest.fixture(scope="module")
def site(small: Path) -> Iterator[Site]:
    with browsing(small) as running:
        yield running


# Nothing is written


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO events (happened_at, title) VALUES ('2026', 'x')",
        "WITH x AS (SELECT 1) DELETE FROM entries",
        "WITH x AS (SELECT 1) UPDATE apps SET name = 'x'",
        "PRAGMA user_version = 7",
        "DROP TABLE entries",
    ],
)
def test_sql_that_writes_is_refused(site: Site, small: Path, sql: str) -> None:
    before = dump(small)
    assert site.refusal("GET", ".json", sql=sql) == 400
    assert site.refusal("POST", ".json", sql=sql) == 405
    assert dump(small) == before


def test_no_page_writes_and_nothing_can_be_posted_to(site: Site, small: Path) -> None:
    before, body = dump(small), small.read_bytes()
    for path in ("", "/apps", "/entries", "/latest_chart", "/coverage"):
        site.page(path)
    for path in ("/apps", "/apps/1", "/latest_chart"):
        site.refusal("POST", path)
    assert small.read_bytes() == body
    assert dump(small) == before


def test_the_settings_are_taken(site: Site) -> None:
    assert json.loads(site.page("/-/settings.json")).items() >= SETTINGS.items()


def test_it_reads_beside_a_writer_and_shows_what_was_committed() -> None:
    fill(DB)
    with browsing(DB) as site, Store(DB) as store:
        with store.transaction():
            store.save(snapshot(30, (77, 78)))
            assert site.rows("/latest_chart", chart=CHART.slug)[0]["observed_at"] == iso(at(20))
        assert site.rows("/latest_chart", chart=CHART.slug)[0]["observed_at"] == iso(at(30))
        listed = json.loads(site.page("/-/databases.json"))
        (opened,) = listed["databases"] if IS_1_0 else listed
        assert opened["is_mutable"]


def test_a_refused_page_is_reported_on_the_page_alone() -> None:
    fill(DB)
    with browsing(DB) as site:
        assert site.refusal("GET", sql="DROP TABLE apps") == 400
        assert site.refusal("GET", "/no-such-table") == 404
        site.process.send_signal(signal.SIGTERM)
        out, said = site.process.communicate(timeout=300)
    assert (out, said.count("\n")) == ("", 1)


# On this machine only


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
def test_it_listens_on_loopback_only(site: Site) -> None:
    port = int(site.root.rsplit(":", 1)[1])
    socket.create_connection(("127.0.0.1", port), timeout=2).close()
    # A server on every address of the machine would answer on this one too.
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", port), timeout=2)


# How it begins and ends


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    fill(DB)
    with browsing(DB) as site:
        site.page()
        begun = time.monotonic()
        assert site.end(number) == (0, "small.db in Datasette, read-only; Ctrl-C ends it\n")
        assert time.monotonic() - begun < 20


def test_a_signal_ends_it_under_more_endless_queries_than_it_has_threads() -> None:
    fill(DB)
    with browsing(DB) as site:
        site.page()
        asking = [threading.Thread(target=_ask_in_vain, args=(site,)) for _ in range(6)]
        for thread in asking:
            thread.start()
        time.sleep(0.4)
        begun = time.monotonic()
        code, said = site.end(signal.SIGTERM)
        assert time.monotonic() - begun < 20  # and not for ever
        for thread in asking:
            thread.join()
    assert (code, said.count("\n")) == (0, 1), said


def _ask_in_vain(site: Site) -> None:
    with suppress(OSError):
        site.refusal("GET", sql=SLOW)


def test_a_name_that_needs_quoting_is_in_the_address() -> None:
    path = Path("my charts, näher.db")
    fill(path)
    with browsing(path) as site:
        assert " " not in site.address
        assert "my charts" in unquote(site.address.replace("~", "%").replace("+", " "))
        assert site.rows("/coverage")


def test_a_port_that_is_taken_is_reported_in_one_line() -> None:
    fill(DB)
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        done = apptrack("browse", "--db", DB, "--port", port)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"apptrack: port {port} of 127.0.0.1 cannot be had: Address already in use; "
        "choose another with --port, or a free one with --port 0\n"
    )


@pytest.mark.parametrize("name", ["a?b.db", "a#b.db", "a%41.db"])
def test_a_path_that_datasette_would_misread_is_refused(name: str) -> None:
    fill(Path(name))
    done = apptrack("browse", "--db", name, "--port", 0)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(rf"apptrack: {re.escape(name)}: Datasette opens no path .*\n", done.stderr)


@pytest.mark.parametrize("absent", ["datasette", "uvicorn"])
def test_without_datasette_the_extra_is_named(absent: str) -> None:
    fill(DB)
    program = (
        f"import sys; sys.modules[{absent!r}] = None; from tracker.cli import main; "
        f"main(['browse', '--db', {str(DB)!r}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "apptrack: browse needs Datasette; install it with: pip install 'apptrack[browse]'\n"
    )


# The plugin in a Datasette of one's own


def answer(*files: object, path: str, **more: str) -> Any:
    """What a bare ``datasette FILE…`` answers to a GET of PATH."""
    command = [sys.executable, "-m", "datasette", *map(str, files), "--get", path]
    done = subprocess.run(
        command, env=environment(**more), capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_bare_datasette_knows_a_file_by_what_it_is_and_not_by_its_name() -> None:
    fill(Path("renamed.sqlite3"))
    rows = json.loads(answer("renamed.sqlite3", path="/renamed/coverage.json?_shape=array"))
    assert {row["chart"] for row in rows} >= {CHART.slug}
    page = answer("renamed.sqlite3", path="/renamed/snapshots")
    assert TITLE_OF_SNAPSHOTS in page
    tables = json.loads(answer("renamed.sqlite3", path="/renamed.json"))["tables"]
    hidden = {table["name"] for table in tables if table["hidden"]}
    described = metadata_for("x")["databases"]["x"]["tables"]
    assert hidden == {name for name in described if described[name].get("hidden")}
    assert hidden >= {"_sqlite_migrations", "blocks", "block_ranks", "incoming"}


def test_several_files_are_described_and_a_file_of_another_program_is_not() -> None:
    for name in ("one.db", "two.db"):
        fill(Path(name))
    with closing(sqlite3.connect("other.db")) as connection:
        connection.execute("CREATE TABLE snapshots (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("INSERT INTO snapshots VALUES (1, 'https://example.com/')")
        connection.commit()
    files = ("one.db", "two.db", "other.db")
    for name in ("one", "two"):
        assert json.loads(answer(*files, path=f"/{name}/coverage.json?_shape=array"))
        assert TITLE_OF_SNAPSHOTS in answer(*files, path=f"/{name}/snapshots")
    page = answer(*files, path="/other/snapshots")
    assert TITLE_OF_SNAPSHOTS not in page
    assert '<a href="https://example.com/">' in page


def test_a_file_of_an_older_apptrack_is_shown_without_description_and_says_what_to_run() -> None:
    with closing(sqlite3.connect("old.db")) as connection:
        connection.executescript(OLDER.read_text("utf-8"))
    assert TITLE_OF_SNAPSHOTS not in answer("old.db", path="/old/snapshots")
    fill(DB)
    assert TITLE_OF_SNAPSHOTS in answer("old.db", DB, path="/small/snapshots")
    said = _refused("old.db", path="/-/apptrack/old/home.json")
    assert "run 'apptrack migrate'" in said
    assert "Traceback" not in said


def _refused(*files: object, path: str) -> str:
    """What a bare Datasette says, on both streams, to a GET of PATH that it refuses."""
    command = [sys.executable, "-m", "datasette", *map(str, files), "--get", path]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    return done.stdout + done.stderr


def test_a_page_that_is_not_there_takes_no_traceback_to_say_so() -> None:
    fill(DB)
    for path in ("/small/nothing", "/-/apptrack/small/nothing/at/all", "/-/apptrack/other"):
        said = _refused(DB, path=path)
        assert "404" in said
        assert "locals" not in said
        assert len(said) < 10_000


def test_what_the_user_wrote_of_a_table_wins() -> None:
    fill(Path("small.db"))
    words = {"databases": {"small": {"tables": {"snapshots": {"title": "Mine"}}}}}
    Path("own.json").write_text(json.dumps(words), "utf-8")
    page = answer("small.db", "-m", "own.json", path="/small/snapshots")
    assert "<h1>Mine</h1>" in re.sub(r"\s*(<h1)[^>]*>\s*", r"\1>", page).replace("\n", "")
    assert "A chart at one instant from one source" in page


def test_a_table_as_csv_is_whole() -> None:
    with Store(DB) as store:
        for hour in range(30):
            store.save(snapshot(hour, range(1, 41)))
    with browsing(DB) as site:
        for asked in ({}, {"_size": "max"}):
            rows = site.page("/entries.csv", **asked).splitlines()
            assert len(rows) == 1 + 30 * 40
        assert len(site.page("/entries.csv", _size=10).splitlines()) == 11
        assert len(site.page("/latest_chart.csv").splitlines()) == 11
        own = {"sql": "SELECT snapshot, rank FROM entries"}
        for asked in (own, own | {"_size": "max"}):
            assert len(site.page(".csv", **asked).splitlines()) == 1 + 30 * 40
        assert len(site.rows("", **own)) == 1000  # and says so
        assert site.refusal("GET", ".csv", sql=SLOW) == 400


def test_the_pages_of_a_backup_and_beside_a_writer(tmp_path: Path) -> None:
    fill(DB)
    copy = tmp_path / "copy.db"
    assert apptrack("backup", copy, "--db", DB).returncode == 0
    with browsing(DB, copy) as site, Store(DB) as store:
        home = json.loads(site.page("/-/apptrack/copy/home.json", chart=CHART.slug))
        assert home["observed_at"] == iso(at(20))
        with store.transaction():
            store.save(snapshot(30, (77, 78)))
            within = json.loads(site.page("/-/apptrack/small/home.json", chart=CHART.slug))
        after = json.loads(site.page("/-/apptrack/small/home.json", chart=CHART.slug))
    assert (within["observed_at"], after["observed_at"]) == (iso(at(20)), iso(at(30)))


def test_pages_do_not_wait_for_a_picture_that_hangs() -> None:
    fill(DB)
    own = "/-/apptrack/small"
    asked = {"app": ["6737597349", "8"], "chart": CHART.slug}
    with browsing(DB) as site, ThreadPoolExecutor(1) as beside:
        assert site.page(f"{own}/curve.svg", **asked).startswith("<svg")
        drawing = _worker(site, nice=os.nice(0) + 10)
        os.kill(drawing, signal.SIGSTOP)
        curve = beside.submit(site.page, f"{own}/curve.svg", **asked)
        try:
            for _ in range(3):
                assert json.loads(site.page(f"{own}/home.json"))["chart"]
            assert site.page("/snapshots")
            assert not curve.done()
        finally:
            os.kill(drawing, signal.SIGCONT)
        assert curve.result().startswith("<svg")


def _worker(site: Site, nice: int) -> int:
    """The process of SITE that has this niceness."""
    (pid,) = (
        int(path.name)
        for path in Path("/proc").glob("[0-9]*")
        if (path / "stat").exists()
        and int((stat := (path / "stat").read_text().rpartition(")")[2].split())[1])
        == site.process.pid
        and int(stat[16]) == nice
    )
    return pid


def test_browse_serves_several_files() -> None:
    for name in ("one.db", "two.db"):
        fill(Path(name))
    with browsing(Path("one.db"), Path("two.db")) as site:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", site.address)
        page = site.page("/")
        assert 'href="/one"' in page
        assert 'href="/two"' in page
