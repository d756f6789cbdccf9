"""The process of `apptrack browse`: what it refuses, beside whom it runs, how it ends."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.support.browsing import Site, browsing, fill
from tests.support.shop import apptrack, environment
from tests.support.stored import CHART, at, dump, snapshot
from tracker.browse import SETTINGS
from tracker.model import iso
from tracker.store import Store

DB = Path("small.db")
METADATA = Path(__file__).parents[1] / "tracker" / "browse" / "metadata.yaml"
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
        (opened,) = json.loads(site.page("/-/databases.json"))
        assert opened["is_mutable"]


def test_a_refused_page_is_told_on_the_page_alone() -> None:
    fill(DB)
    with browsing(DB) as site:
        assert site.refusal("GET", sql="DROP TABLE apps") == 400
        assert site.refusal("GET", "/no-such-table") == 404
        site.process.send_signal(signal.SIGTERM)
        out, said = site.process.communicate(timeout=10)
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
        assert time.monotonic() - begun < 3


def test_a_signal_ends_it_under_more_endless_queries_than_it_has_threads() -> None:
    fill(DB)
    with browsing(DB) as site:
        site.page()
        asking = [threading.Thread(target=_ask_in_vain, args=(site,)) for _ in range(6)]
        for one in asking:
            one.start()
        time.sleep(0.4)
        begun = time.monotonic()
        code, said = site.end(signal.SIGTERM)
        assert time.monotonic() - begun < 5
        for one in asking:
            one.join()
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


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
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
        timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "apptrack: browse needs Datasette; install it with: pip install 'apptrack[browse]'\n"
    )


def test_a_datasette_of_ones_own_reads_the_shipped_metadata() -> None:
    fill(Path("apptrack.db"))
    command = [sys.executable, "-m", "datasette", "apptrack.db", "-m", str(METADATA), "--get"]
    done = subprocess.run(
        [*command, "/apptrack/coverage.json?_shape=array"], env=environment(),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert {row["chart"] for row in json.loads(done.stdout)} >= {CHART.slug}
