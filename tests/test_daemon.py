"""Cadence, signals, one process a database: with the real scheduler and real processes."""

from __future__ import annotations

import logging
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

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from tests.support.shop import CHART, GENRE_CHART, Shop, as_process, environment, ranked
from tests.support.waiting import wait_until
from tracker.daemon import (
    _interval,
    alone,
    in_a_second_of_its_own,
    minding_the_clock,
    notify,
    serve,
)
from tracker.errors import AlreadyRunning, StoreError
from tracker.loopback.server import Answer, LoopbackStore
from tracker.model import Entry, Snapshot
from tracker.store import Store

DB = Path("apptrack.db")
TICK = timedelta(seconds=0.05)


# serve


def test_passes_come_at_the_cadence_until_stopped() -> None:
    stop, times = threading.Event(), []

    def one_pass() -> None:
        times.append(time.monotonic())
        if len(times) == 5:
            stop.set()

    begun = time.monotonic()
    serve(one_pass, every=TICK, stop=stop)
    assert len(times) == 5
    assert times[-1] - begun >= 4 * 0.05 - 0.02


def test_the_first_pass_waits_as_long_as_it_is_set() -> None:
    stop, begun = threading.Event(), time.monotonic()
    times: list[float] = []

    def one_pass() -> None:
        times.append(time.monotonic() - begun)
        stop.set()

    serve(one_pass, every=timedelta(hours=1), first=timedelta(seconds=0.3), stop=stop)
    assert times[0] >= 0.3


def test_passes_never_overlap_and_a_skipped_one_is_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stop, inside, most = threading.Event(), 0, 0
    passes = 0

    def one_pass() -> None:
        nonlocal inside, most, passes
        inside += 1
        most = max(most, inside)
        time.sleep(0.18)
        inside -= 1
        passes += 1
        if passes == 3:
            stop.set()

    with caplog.at_level(logging.WARNING, "apptrack"):
        serve(one_pass, every=TICK, stop=stop)
    assert most == 1
    assert "pass skipped: the one before it is still running" in caplog.messages


def test_a_pass_that_follows_at_once_begins_in_another_second() -> None:
    times, stop = list[tuple[int, int]](), threading.Event()

    def one_pass() -> None:
        begun = int(time.time())
        time.sleep(0.01)
        times.append((begun, int(time.time())))

    spaced = in_a_second_of_its_own(one_pass, stop)
    for _ in range(3):
        spaced()
    (_, first), (second, second_end), (third, _) = times
    assert first < second <= second_end < third
    stop.set()
    begun = time.monotonic()
    spaced()
    assert time.monotonic() - begun < 0.5


def test_what_is_due_comes_earlier_by_what_the_clock_is_set_back() -> None:
    off = 0.0
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.start(paused=True)
    job = scheduler.add_job(print, IntervalTrigger(hours=2, timezone=UTC))
    due = job.next_run_time
    glances: list[float] = []

    def clock() -> float:
        glances.append(off)
        return time.time() + off

    with minding_the_clock(scheduler, clock, 0.01):
        off = 7 * 86_400
        wait_until(lambda: glances.count(off) > 1)
        assert job.next_run_time == due
        off -= 3600
        wait_until(lambda: job.next_run_time != due)
        assert abs(due - job.next_run_time - timedelta(hours=1)) < timedelta(seconds=1)
    scheduler.shutdown()


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


def test_a_bug_in_a_pass_is_reported_in_one_line_and_the_next_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stop, passes = threading.Event(), 0

    def one_pass() -> None:
        nonlocal passes
        passes += 1
        if passes == 2:
            stop.set()
        raise ZeroDivisionError("a bug")

    with caplog.at_level(logging.ERROR, "apptrack"):
        serve(one_pass, every=TICK, stop=stop)
    assert passes == 2
    lines = [message for message in caplog.messages if "ZeroDivisionError" in message]
    assert lines
    assert not any("\n" in message for message in lines)
    assert "one_pass" in lines[0]


# One daemon a database


def test_a_second_daemon_says_who_holds_the_database() -> None:
    with alone(DB):
        with (
            pytest.raises(AlreadyRunning, match=rf"process {os.getpid()}, since 20\d\d-"),
            alone(DB),
        ):
            pass
        with alone(Path("other.db")):
            pass
    with alone(DB):
        pass


def test_a_lock_that_cannot_be_written_is_reported() -> None:
    with pytest.raises(StoreError, match="cannot be written"), alone(Path("none/x.db")):
        pass


# The program


@contextmanager
def daemon(base: str, *args: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", "run", "--db", str(DB), *args, str(CHART)],
        env=environment(base, **more), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def stored(table: str = "snapshots") -> int:
    if not DB.exists():
        return 0
    with Store(DB) as store:
        return store.counts()[table]


LINE = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ (INFO|WARNING|ERROR) \S.*")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_daemon_collects_and_ends_on_a_signal(number: signal.Signals) -> None:
    with (
        LoopbackStore(Shop({CHART: ranked(1, 2, 3)})) as store,
        daemon(store.base, "--every", "1s") as process,
    ):
        wait_until(lambda: stored() >= 2)
        process.send_signal(number)
        begun = time.monotonic()
        out, err = process.communicate(timeout=300)
        assert time.monotonic() - begun < 20
    assert process.returncode == 0
    assert out == ""
    lines = err.splitlines()
    assert all(LINE.fullmatch(line) for line in lines), err
    assert "started: 1 charts into apptrack.db" in lines[0]
    assert "ready: first pass in 0 s, then every 0:00:01" in lines[1]
    assert any("saved us/iphone/top-free/apps apple-rss 3 entries" in line for line in lines)
    assert any(f"stopping: {number.name}" in line for line in lines)
    assert lines[-1].endswith("INFO stopped")


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


def test_a_service_manager_that_is_gone_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    notify("READY=1")


def test_a_signal_that_comes_while_a_lock_is_held_ends_it_all_the_same() -> None:
    """What wakes the scheduler needs a lock that the main thread may hold in that very moment."""
    program = (
        "import os, signal, threading\n"
        "from tracker.daemon import _interval, stopping_on_signals\n"
        "stop, lock, woken = threading.Event(), threading.Lock(), threading.Event()\n"
        "def wake():\n"
        "    with lock: woken.set()\n"
        "with stopping_on_signals(stop, wake):\n"
        "    with lock: os.kill(os.getpid(), signal.SIGTERM)\n"
        "    assert woken.wait(5) and stop.is_set()\n"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, timeout=300, check=False).returncode == 0


def test_what_was_missed_in_years_is_passed_over_in_one_step() -> None:
    trigger = _interval(timedelta(seconds=2), None)
    before, now = datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
    last = trigger.get_next_fire_time(before, now)
    assert last == datetime(2026, 1, 1, tzinfo=UTC)
    assert trigger.get_next_fire_time(last, now) == last + timedelta(seconds=2)
    assert trigger.get_next_fire_time(before, before) == before + timedelta(seconds=2)
