"""Whoever works on the file beside the daemon gets what they came for, and so does the daemon."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.proof_kills import CHARTS, CSV, DB, Pages, sound, write_csv
from tests.support.killing import Runner
from tests.support.shop import environment
from tests.support.stored import snapshot
from tracker.loopback.server import LoopbackStore

QUESTIONS = (
    "SELECT count(*) FROM observations",
    "SELECT * FROM latest ORDER BY 1 LIMIT 50",
    "SELECT outcome, count(*) FROM fetches GROUP BY outcome",
)


@contextmanager
def a_daemon(base: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tracker", "run", "--db", str(DB), "--every", "1s"]
    with subprocess.Popen(
        [*command, *map(str, CHARTS)], env=environment(base), stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


class Browser(threading.Thread):
    """Asks one question after another, as Datasette does: read-only, by connections kept open."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = 0
        self.trouble: list[str] = []
        self._over = threading.Event()

    def run(self) -> None:
        address = f"file:{DB.absolute()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=0)) as connection:
            while not self._over.is_set():
                for question in QUESTIONS:
                    try:
                        connection.execute(question).fetchall()
                    except sqlite3.Error as error:
                        self.trouble.append(str(error))
                    self.answers += 1
                    self._over.wait(0.005)

    def end(self) -> None:
        self._over.set()
        self.join()


def read_until(process: subprocess.Popen[str], words: str, times: int) -> str:
    """What the process says until WORDS came so many TIMES, or it ends or is silent."""
    assert process.stderr
    said = ""
    silent = threading.Timer(20, process.kill)
    silent.start()
    while said.count(words) < times and (line := process.stderr.readline()):
        said += line
    silent.cancel()
    return said


@pytest.fixture
def run() -> Iterator[Runner]:
    passed = f" of {len(CHARTS)} charts stored, 0 failed"
    with (
        LoopbackStore(Pages()) as store,
        Runner(store.base) as runner,
        a_daemon(store.base) as process,
    ):
        first = process.stderr.readline() if process.stderr else ""
        assert "started" in first, first
        yield runner
        said = read_until(process, passed, 2)
        process.send_signal(signal.SIGTERM)
        said += process.communicate(timeout=300)[1]
        assert process.returncode == 0, said
        assert "locked" not in said
        assert "pass failed" not in said
        # What 'collect' stored within the same second is known to the daemon, and not stored twice.
        assert said.count(passed) >= 2, said


def test_collect_import_chart_and_readers_work_beside_the_daemon(run: Runner) -> None:
    write_csv(
        snapshot(hour, range(1, 51), chart=chart) for chart in CHARTS[:2] for hour in range(30)
    )
    browsers = [Browser(), Browser()]
    for browser in browsers:
        browser.start()
    try:
        for command in (
            ["import", CSV],
            ["collect", *CHARTS],
            ["chart", "1", "2", "--on", CHARTS[0], "-o", "plot.json"],
            ["backup", "copy.db"],
            ["verify"],
        ):
            done = run(*command, "--db", DB)
            assert done.code == 0, (command, done.said)
    finally:
        for browser in browsers:
            browser.end()
    for browser in browsers:
        assert browser.trouble == []
        assert browser.answers > len(QUESTIONS)
    second = run("run", "--db", DB, CHARTS[0])
    assert second.code == 1
    assert "has a daemon already: process" in second.said
    sound(DB)


def test_the_words_of_a_dead_process_lock_no_one_out(tmp_path: Path) -> None:
    lock = DB.with_name(DB.name + ".lock")
    lock.write_text("process 1, since 2020-01-01T00:00:00Z\n", "utf-8")
    with LoopbackStore(Pages()) as store, a_daemon(store.base) as process:
        assert process.stderr
        assert "started" in process.stderr.readline()
        assert f"process {process.pid}, since" in lock.read_text("utf-8")
        process.kill()
        process.wait()
        assert f"process {process.pid}, since" in lock.read_text("utf-8")
        with a_daemon(store.base) as heir:
            assert heir.stderr
            assert "started" in heir.stderr.readline()
