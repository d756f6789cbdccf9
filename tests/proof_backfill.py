"""Whatever the order of rows, and wherever a run is killed, the database is the same.

Longer than a test of the suite may take: a run is killed as a process of its own.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.archived import (
    CHATGPT,
    DB,
    DEEPSEEK,
    archive_of,
    at,
    everything,
    kept,
    planned,
    ran,
    rows,
    states,
)
from tests.support.shop import as_process, environment
from tests.test_backfill_commands import PACE
from tracker.loopback.archive import LoopbackArchive, Row, StoredCopy
from tracker.loopback.server import Answer, LoopbackStore, Request

ROOT = Path(__file__).parents[1]
FEED = kept(0, CHATGPT, DEEPSEEK)
#: Copies of every fate: stored, the same bytes, other ranks of one instant, cut, another address.
FATES = [
    FEED,
    replace(FEED, captured_at=at(2)),
    replace(kept(0, DEEPSEEK, CHATGPT), captured_at=at(4)),
    replace(kept(6, DEEPSEEK), body=b"<html>"),
    replace(kept(6.5, CHATGPT), original=FEED.original.replace("/100/", "/10/")),
    kept(7, DEEPSEEK, CHATGPT),
    replace(kept(7.2, DEEPSEEK), original=FEED.original.replace("/100/", "/25/")),
]


def database(copies: list[StoredCopy], seed: int, page: int) -> list[tuple[object, ...]]:
    """What a plan and a run make of COPIES whose rows come in an order of their own."""
    for ending in ("", "-wal", "-shm"):
        DB.with_name(DB.name + ending).unlink(missing_ok=True)

    def shuffle(lines: list[Row]) -> list[Row]:
        mixed = list(lines)
        random.Random(seed).shuffle(mixed)
        return mixed

    with archive_of(LoopbackArchive(copies, page=page, shuffle=shuffle)) as base:
        planned(base, families=["apple-rss"])
        ran(base)
        return everything(base)


@given(seed=st.integers(0, 10**9), page=st.sampled_from([2, 3, 5000]))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_index_rows_gives_the_same_database(seed: int, page: int) -> None:
    assert database(FATES, seed, page) == database(FATES, 0, 5000)
    assert {state for state, _ in states()} == {"stored", "same", "refused"}


# Killed


@contextmanager
def served(archive: LoopbackArchive, killed_at: int) -> Iterator[tuple[str, list[int]]]:
    """An archive that kills the process named last before it answers that request."""
    process: list[int] = []

    def answer(request: Request) -> Answer:
        response = archive(request)
        if process and sum(asked.part == "copy" for asked in archive.asked) == killed_at:
            os.kill(process.pop(), signal.SIGKILL)
        return response

    with LoopbackStore(answer) as loopback:
        yield loopback.base, process


@pytest.mark.parametrize("killed_at", [1, 2, 4])
def test_a_run_that_is_killed_goes_on_where_it_was(killed_at: int) -> None:
    archive = LoopbackArchive([kept(hour, CHATGPT, str(hour + 1)) for hour in range(4)])
    with served(archive, killed_at) as (base, process):
        planned(base)
        command = [sys.executable, "-m", "tracker", "backfill", "run", "--db", str(DB)]
        quick = {"APPTRACK_BACKFILL_COPIES_PER_MINUTE": "0"}
        with subprocess.Popen(
            command, env=environment(base, PYTHONPATH=str(ROOT), **quick),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as running:  # fmt: skip
            process.append(running.pid)
            assert running.wait(60) == -signal.SIGKILL
        stored = rows("SELECT count(*) FROM captures WHERE state = 'stored'")
        assert stored == [(killed_at - 1,)], "what was answered before is stored whole"
        assert rows("SELECT count(*) FROM snapshots") == stored
        assert rows("SELECT count(*) FROM fetches") == stored
        before = archive.count("copy")
        done = ran(base)
        assert (done.left, archive.count("copy") - before) == (0, 4 - (killed_at - 1))
    assert [state for state, _ in states()] == ["stored"] * 4


# A complaint of the archive


def test_a_rate_limit_is_answered_with_a_minute_of_silence_and_status_3() -> None:
    """A second backfill is refused meanwhile, and a reader is not."""
    copies = [kept(hour, CHATGPT, str(hour + 1)) for hour in (0, 3, 6)]
    archive = LoopbackArchive(copies, plays={copies[1].timestamp: Answer(429, b"slow down")})
    with archive_of(archive) as base:
        planned(base)
        quick = {"APPTRACK_BACKFILL_COPIES_PER_MINUTE": "0", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tracker", "backfill"]
        with subprocess.Popen(
            [*command, "run", "--db", str(DB)], env=environment(base, **quick), text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        ) as running:  # fmt: skip
            while archive.count("copy") < 2:
                sleep(0.05)
            begun = monotonic()
            for args, code in ((("run",), 1), (("status",), 0)):
                assert as_process("backfill", *args, "--db", DB, base=base).returncode == code
            _, err = running.communicate(timeout=300)
        assert monotonic() - begun >= 59
    assert (running.returncode, archive.count("copy")) == (3, 2)
    assert err.endswith("(HTTP 429); wait an hour, then run it again\n")
    assert [state for state, _ in states()] == ["stored", "planned", "planned"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_after_what_was_read_is_stored(
    number: signal.Signals, code: int
) -> None:
    archive = LoopbackArchive([kept(hour, CHATGPT, str(hour + 1)) for hour in range(3)])
    with archive_of(archive) as base:
        planned(base)
        with subprocess.Popen(
            [sys.executable, "-m", "tracker", "backfill", "run", "--db", str(DB)],
            env=environment(base, **dict.fromkeys(PACE, "1")), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            first = process.stdout.readline()  # the second copy has its turn in a minute
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
    assert (process.returncode, archive.count("copy")) == (code, 1), err
    assert "stored  20 ranks" in first
    assert "2 left" in out
    assert err.endswith("stopped: interrupted; run it again\n")
    assert rows("SELECT state FROM captures") == [("stored",), ("planned",), ("planned",)]
