"""The daemon as a process: signals, locks, a service manager, its log and its heartbeat."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import DB, daemon, stored
from tests.support.receiver import receiving
from tests.support.shop import CHART, GENRE_CHART, Shop, apptrack, as_process, environment, ranked
from tests.support.waiting import wait_until
from tests.test_daemon import TICK, collects_and_ends_on
from tests.test_delivery import SECRET
from tests.test_logs import fetches
from tracker.daemon import serve
from tracker.loopback.server import Answer, LoopbackStore
from tracker.model import Entry, Snapshot
from tracker.store import Store
from tracker.store.outbox import listed


def _tick(path: Path) -> None:
    with path.open("w", encoding="utf-8", buffering=1) as file:
        serve(lambda: print(time.monotonic(), file=file), every=TICK, stop=threading.Event())


def test_passes_that_were_slept_through_are_made_up_for_once() -> None:
    path = Path("ticks.txt")
    child = multiprocessing.get_context("fork").Process(target=_tick, args=(path,))
    child.start()
    try:
        wait_until(lambda: path.exists() and len(path.read_text().splitlines()) > 2)
        assert child.pid is not None
        os.kill(child.pid, signal.SIGSTOP)
        time.sleep(20 * TICK.total_seconds())
        before = len(path.read_text().splitlines())
        os.kill(child.pid, signal.SIGCONT)
        wait_until(lambda: len(path.read_text().splitlines()) >= before + 8)
    finally:
        child.kill()
        child.join()
    late = [float(line) for line in path.read_text().splitlines()[before : before + 8]]
    # One for the many, then at the cadence; they would all come at once.
    assert late[-1] - late[0] > 4 * TICK.total_seconds()


def test_a_daemon_collects_and_ends_on_ctrl_c() -> None:
    collects_and_ends_on(signal.SIGINT)


def test_a_daemon_that_waits_for_an_answer_ends_within_seconds_and_calls_it_interrupted() -> None:
    shop = Shop({CHART: Answer(body=b"late", hang=30)})
    slow = {"APPTRACK_FETCH_READ_TIMEOUT": "60"}
    with LoopbackStore(shop) as store, daemon(store.base, **slow) as process:
        wait_until(lambda: shop.asked)
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        _, err = process.communicate(timeout=300)
        assert time.monotonic() - begun < 20
    assert process.returncode == 0, err
    assert "INFO stopping: SIGTERM; a request under way gets 2 s more" in err
    assert "WARNING" not in err
    assert "INFO pass done: 0 of 1 charts stored, 0 failed, 1 interrupted" in err
    with Store(DB) as opened:
        assert opened.db.execute("SELECT outcome, status FROM fetches").fetchall() == [
            ("interrupted", None)
        ]
        assert opened.db.execute("SELECT count(*) FROM failures").fetchone() == (0,)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("logged", [True, False])
def test_a_collect_that_is_stopped_says_so_and_is_no_failure_of_the_store(
    number: signal.Signals, code: int, logged: bool
) -> None:
    shop = Shop({CHART: Answer(body=b"late", hang=30), GENRE_CHART: ranked(1, 2)})
    slow = {"APPTRACK_FETCH_READ_TIMEOUT": "60", "APPTRACK_FETCH_WORKERS": "1"}
    options = ["--log-format", "text"] if logged else []
    charts = [GENRE_CHART, CHART, replace(CHART, storefront="de")]
    with LoopbackStore(shop) as store:
        process = subprocess.Popen(
            [sys.executable, "-m", "tracker", "collect", *options, "--db", DB, *map(str, charts)],
            env=environment(store.base, **slow), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        wait_until(lambda: len(shop.asked) == 2)
        process.send_signal(number)
        _, err = process.communicate(timeout=300)
    assert process.returncode == code, err
    assert "a request under way gets 2 s more" in err
    assert ("0 failed, 1 interrupted, 1 not read" in err) is logged
    assert ("0 of 3 charts failed, 1 interrupted, 1 not read" in err) is not logged
    with Store(DB) as opened:
        outcomes = opened.db.execute("SELECT outcome FROM fetches ORDER BY id").fetchall()
    assert outcomes == [("saved",), ("interrupted",)]


def test_a_second_program_on_the_same_database_is_refused_and_a_killed_one_leaves_no_lock() -> None:
    with LoopbackStore(Shop({CHART: ranked(1)})) as store:
        with daemon(store.base) as process:
            wait_until(stored)
            second = as_process("run", "--db", DB, CHART, base=store.base)
            assert second.returncode == 1
            assert f"has a daemon already: process {process.pid}, since" in second.stderr
            assert as_process("collect", "--db", DB, CHART, base=store.base).returncode == 0
            process.kill()
            process.wait()
        seen = stored("fetches")
        DB.unlink()
        with daemon(store.base):
            wait_until(stored)
        assert seen >= 2


def test_a_hard_link_made_while_the_daemon_runs_ends_its_writing_until_it_is_gone() -> None:
    with (
        LoopbackStore(Shop({CHART: ranked(1)})) as store,
        daemon(store.base, "--every", "1s") as process,
    ):
        wait_until(stored)
        os.link(DB, "second.db")
        assert process.stderr
        lines = islice(process.stderr, 20)
        assert any(
            "cannot be opened: apptrack.db has 2 names (hard links)" in line for line in lines
        )
        Path("second.db").unlink()
        before = stored("fetches")
        wait_until(lambda: stored("fetches") > before)


def test_the_first_pass_is_at_once_only_if_the_newest_snapshot_is_old() -> None:
    def save(age: timedelta) -> None:
        with Store(DB) as store:
            now = datetime.now(UTC)
            store.save(Snapshot(CHART, "apple-rss", now - age, (Entry(1, "1"),)))

    shop = Shop({CHART: ranked(1)})
    with LoopbackStore(shop) as store:
        save(timedelta(minutes=20))
        with daemon(store.base, "--every", "1h") as process:
            assert process.stderr
            text = process.stderr.readline() + process.stderr.readline()
            waits = re.search(r"first pass in (\d+) s", text)
            assert waits
            assert 2300 < int(waits[1]) <= 2400
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        assert shop.asked == []
        with daemon(store.base, "--every", "10m") as process:
            wait_until(lambda: shop.asked)


def test_a_failed_fetch_is_a_warning_and_no_end() -> None:
    shop = Shop({CHART: Answer(503, b"busy")})
    with LoopbackStore(shop) as store, daemon(store.base, "--every", "1s") as process:
        wait_until(lambda: len(shop.asked) >= 2)
        shop.charts[CHART] = ranked(1)
        wait_until(stored)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=300)
    assert process.returncode == 0
    assert re.search(r"WARNING failed us/iphone/top-free/apps apple-rss HTTP 503", err)
    assert "WARNING pass done: 0 of 1 charts stored, 1 failed" in err
    assert "INFO pass done: 1 of 1 charts stored, 0 failed" in err


@contextmanager
def manager() -> Iterator[tuple[socket.socket, str]]:
    """What a service manager listens on, and its address: a socket in no folder."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        name = f"apptrack-{os.getpid()}"
        listening.bind("\0" + name)
        listening.settimeout(20)
        yield listening, "@" + name


def test_a_service_manager_hears_that_we_are_ready_live_and_stop() -> None:
    shop = Shop({CHART: ranked(1, 2, 3)})
    with LoopbackStore(shop) as store, manager() as (listening, address):
        facts = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "300000"}
        with daemon(store.base, "--every", "1h", **facts) as process:
            signs = [listening.recv(100) for _ in range(5)]
            process.send_signal(signal.SIGTERM)
            while signs[-1] != b"STOPPING=1":
                signs.append(listening.recv(100))
            _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert signs[0] == b"READY=1"
    assert set(signs[1:-1]) == {b"WATCHDOG=1"}
    assert not re.search("WARNING|ERROR", err), err


def test_a_pass_that_hangs_gives_no_sign_of_life() -> None:
    shop = Shop({CHART: Answer(body=b"late", hang=30)})
    with LoopbackStore(shop) as store, manager() as (listening, address):
        facts = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "300000"}
        with daemon(store.base, "--every", "1h", APPTRACK_FETCH_READ_TIMEOUT="60", **facts):
            assert listening.recv(100) == b"READY=1"
            wait_until(lambda: shop.asked)
            listening.settimeout(0.2)
            with suppress(TimeoutError):  # what was given before the pass began
                listening.recv(100)
            listening.settimeout(1)
            with pytest.raises(TimeoutError):
                listening.recv(100)


# Heartbeat and log


@pytest.fixture
def shop() -> Iterator[tuple[Shop, str]]:
    goods = Shop({CHART: ranked("1", "2"), GENRE_CHART: ranked("3")})
    with LoopbackStore(goods) as store:
        yield goods, store.base


def ran(base: str, *args: str, until: Any, **more: str) -> str:
    """All that the daemon says until something is so."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", "run", "--every", "1s", "--db", "x.db", *args],
        env=environment(base, APPTRACK_DELIVERY_SECRET=SECRET, **more),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        wait_until(until)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == 0, said
    return said


def test_a_daemon_pings_after_each_pass(shop: tuple[Shop, str]) -> None:
    with receiving() as receiver:
        address = f"{receiver.base}/HIDDEN"
        said = ran(shop[1], until=lambda: len(receiver.got) >= 2, APPTRACK_HEARTBEAT=address)
    assert "HIDDEN" not in said
    assert Path("x.db").exists()


#: What must never be seen: of the webhook, the heartbeat, Apprise's address, and the key.
HIDDEN = ("HIDDEN-hook", "HIDDEN-beat", "HIDDEN-user", "HIDDEN-pass", "HIDDEN-topic", SECRET)
TOML = """
charts = ["us/iphone/top-free/apps", "us/iphone/top-free/productivity"]
heartbeat = "{base}/HIDDEN-beat"
[[alerts]]
rule = "number-one"
confirm = 1
[delivery]
webhook = "{base}/HIDDEN-hook?token=HIDDEN-hook"
apprise = ["json://HIDDEN-user:HIDDEN-pass@{host}/HIDDEN-topic"]
"""


def test_a_daemons_log_of_json_has_a_line_for_each_fetch(shop: tuple[Shop, str]) -> None:
    def fetched() -> int:
        if not Path("x.db").exists():
            return 0
        with Store(Path("x.db")) as store:
            return store.counts()["fetches"]

    shop[0].charts[GENRE_CHART] = Answer(503, b"busy")
    said = ran(shop[1], "--log-format", "json", until=lambda: fetched() >= 4)
    assert len(fetches(said)) == fetched()


# Apprise looks for a module of Python's that is on its way out.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
@pytest.mark.parametrize(("form", "status"), [("text", 500), ("json", 200)])
def test_no_secret_is_in_anything_the_program_says(
    shop: tuple[Shop, str], form: str, status: int | None
) -> None:
    """Nor in the database, whether the messages arrive or fail."""
    goods, base = shop
    before, after = ranked("1", "2"), ranked("2", "1")

    def is_reported() -> bool:
        """After some passes another app is first; then targets and heartbeat were asked."""
        goods.charts[CHART] = after if len(goods.asked) > 3 else before
        return len({received.path.partition("?")[0] for received in receiver.got}) == 3

    with receiving(lambda number: status) as receiver:
        host = receiver.base.removeprefix("http://")
        Path("apptrack.toml").write_text(TOML.format(base=receiver.base, host=host), "utf-8")
        said = ran(base, "--log-format", form, until=is_reported)
        for command in (("list",), ("outbox", "--db", "x.db"), ("send-test",)):
            done = apptrack("alerts", *command, APPTRACK_DELIVERY_SECRET=SECRET)
            said += done.stdout + done.stderr
    with Store(Path("x.db")) as store:
        assert listed(store, 99)
        said += "\n".join(store.db.conn.iterdump())
    assert [text for text in HIDDEN if text in said] == []
