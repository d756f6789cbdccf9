"""Cadence, signals, one process a database: with the real scheduler and real processes."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from tests.support.daemon import DB, daemon, stored
from tests.support.shop import CHART, Shop, ranked
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
from tracker.loopback.server import LoopbackStore

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


LINE = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ (INFO|WARNING|ERROR) \S.*")


def test_a_daemon_collects_and_ends_on_a_signal() -> None:
    collects_and_ends_on(signal.SIGTERM)


def collects_and_ends_on(number: signal.Signals) -> None:
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
