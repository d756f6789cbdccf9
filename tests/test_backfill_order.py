"""Whatever the order of rows, and wherever a run is killed, the database is the same."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

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
from tests.support.shop import apptrack, environment
from tracker.backfill.asking import alone
from tracker.errors import AlreadyRunning
from tracker.loopback.archive import LoopbackArchive, Row, StoredCopy
from tracker.loopback.server import Answer, LoopbackStore, Request
from tracker.store import Store

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
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_index_rows_gives_the_same_database(seed: int, page: int) -> None:
    assert database(FATES, seed, page) == database(FATES, 0, 5000)
    assert {state for state, _ in states()} == {"stored", "same", "refused"}


# Killed


@contextmanager
def served(archive: LoopbackArchive, killed_at: int) -> Iterator[tuple[str, list[int]]]:
    """An archive that kills the process named last before it answers that request."""
    process: list[int] = []

    def answer(request: Request) -> Answer:
        found = archive(request)
        if process and sum(one.part == "copy" for one in archive.asked) == killed_at:
            os.kill(process.pop(), signal.SIGKILL)
        return found

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


def test_a_plan_that_ends_between_two_pages_goes_on_by_its_key() -> None:
    copies = [kept(hour, CHATGPT) for hour in range(6)]
    broken = LoopbackArchive(copies, page=3, repeats=False, index={2: Answer(503, b"busy"),
                             3: Answer(503, b"busy"), 4: Answer(503, b"busy")})  # fmt: skip
    with archive_of(broken) as base:
        assert planned(base, families=["apple-rss"]).failed == 1
        assert rows("SELECT count(*) FROM captures") == [(3,)]
        assert rows("SELECT resume_key NOTNULL, finished_at FROM capture_queries") == [
            (1, None), (0, "2026-11-29T00:00:00Z")
        ]  # fmt: skip
        done = planned(base, families=["apple-rss"])
    assert (done.pages, done.known, done.added) == (1, 1, 3)
    assert "resumeKey=" in broken.asked[-1].path


# Two at once


def test_a_second_backfill_of_one_database_is_refused() -> None:
    Store(DB).close()
    with alone(DB):
        done = apptrack("backfill", "run", "--db", DB)
    assert done.returncode == 1
    assert "another backfill is at work on" in done.stderr
    with alone(DB), pytest.raises(AlreadyRunning), alone(DB):
        pass


# The commands


def test_plan_run_and_status_say_what_there_is() -> None:
    archive = LoopbackArchive([kept(0, CHATGPT), kept(3, DEEPSEEK)])
    no_pace = {
        "APPTRACK_BACKFILL_COPIES_PER_MINUTE": "0", "APPTRACK_BACKFILL_INDEX_PER_MINUTE": "0"
    }  # fmt: skip

    with archive_of(archive) as base:

        def say(*args: str) -> tuple[int, str]:
            done = apptrack("backfill", *args, "--db", DB, base=base, **no_pace)
            return done.returncode, done.stdout

        window = ("--since", "2025-01-20", "--until", "2025-01-28", "us/iphone/top-free/apps")
        code, text = say("plan", *window)
        assert code == 0
        assert "2 copies listed, 2 left to read" in text
        assert say("run", "--dry-run")[1].count("/web/20250124") == 2
        assert archive.count("copy") == 0
        code, text = say("run", "--max", "1")
        assert (code, text.splitlines()[-1]) == (3, "1 copies asked for: 1 stored; 1 left")
        code, text = say("run", "--json")
        assert code == 0
        assert json.loads(text)["stored"] == 1
        code, text = say("status", "--json")
        assert [(day["day"], day["state"], day["copies"]) for day in json.loads(text)["days"]] == [
            ("2025-01-24", "stored", 2)
        ]


def test_a_copy_saved_to_a_file_is_stored_with_its_address() -> None:
    Path("page.json").write_bytes(FEED.body)
    args = (
        "backfill", "import", "page.json", "--url", FEED.original, "--captured-at",
        "2025-01-24T12:00:00Z", "--chart", "us/iphone/top-free/apps", "--db", DB,
    )  # fmt: skip
    done = apptrack(*args)
    assert (done.returncode, done.stdout) == (
        0,
        "page.json: 20 ranks of us/iphone/top-free/apps at 2025-01-24T11:59:20Z from "
        "archived-apple-rss, stored\n",
    )
    assert apptrack(*args).stdout.endswith("same\n")
    cited = apptrack(
        "cite", "archived-apple-rss:us/iphone/top-free/apps@2025-01-24T11:59:20Z", "--db", DB
    ).stdout
    assert f"https://web.archive.org/web/20250124120000id_/{FEED.original}" in cited
    assert cited.startswith("From copies kept by a web archive; not recorded by this program.")
    assert apptrack("verify", "--db", DB).stdout.startswith("1 snapshots proved")


@pytest.mark.parametrize(
    ("url", "chart", "words"),
    [
        ("https://example.org/", "us/iphone/top-free/apps", "the address of no known chart"),
        (FEED.original, "jp/iphone/top-free/apps", "is the address of us/iphone/top-free/apps"),
    ],
)
def test_a_saved_copy_of_another_chart_is_refused(url: str, chart: str, words: str) -> None:
    Path("page.json").write_bytes(FEED.body)
    done = apptrack(
        "backfill", "import", "page.json", "--url", url, "--captured-at", "2025-01-24T12:00:00Z",
        "--chart", chart, "--db", DB,
    )  # fmt: skip
    assert (done.returncode, words in done.stderr) == (2, True)
    assert not DB.exists()
