"""A plan that ends early goes on; two at once; and what the commands print."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.support.archived import (
    CHATGPT,
    DB,
    DEEPSEEK,
    archive_of,
    kept,
    planned,
    ran,
    rows,
    states,
)
from tests.support.shop import Said, apptrack
from tracker.backfill.asking import alone
from tracker.errors import AlreadyRunning
from tracker.loopback.archive import LoopbackArchive
from tracker.loopback.server import Answer
from tracker.store import Store

FEED = kept(0, CHATGPT, DEEPSEEK)


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
        assert (code, text.splitlines()[-1]) == (3, "1 copy asked for: 1 stored; 1 left")
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
    Path("page.json").write_bytes(gzip.compress(FEED.body))  # as curl saves what is played back
    assert apptrack(*args).stdout.endswith("same\n")
    Path("page.json").write_bytes(gzip.compress(FEED.body)[:-99])
    damaged = apptrack(*args)
    assert (damaged.returncode, damaged.stderr.count("\n")) == (1, 1)
    assert "page.json: " in damaged.stderr
    cited = apptrack(
        "cite", "archived-apple-rss:us/iphone/top-free/apps@2025-01-24T11:59:20Z", "--db", DB
    ).stdout
    assert f"https://web.archive.org/web/20250124120000id_/{FEED.original}" in cited
    assert cited.startswith("From the copies of a web archive; not recorded by this program.")
    assert apptrack("verify", "--db", DB).stdout.startswith("1 snapshots proved")


def test_a_copy_that_was_refused_is_stored_once_it_is_saved_whole() -> None:
    """Played back cut it is refused; what a person saves of it has the digest of the index."""
    cut = Answer(body=FEED.body[:-400], headers=FEED.answer().headers)
    with archive_of(LoopbackArchive([FEED], plays={FEED.timestamp: cut})) as base:
        planned(base)
        ran(base)
        assert states()[0][0] == "refused"
        Path("page.json").write_bytes(FEED.body)
        done = apptrack(
            "backfill", "import", "page.json", "--url", FEED.original, "--captured-at",
            FEED.timestamp, "--chart", "us/iphone/top-free/apps", "--db", DB, base=base,
        )  # fmt: skip
    assert done.returncode == 0
    assert states() == [("stored", "saved to a file, and imported")]


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


# How a command ends

WINDOW = ("--since", "2025-01-20", "--until", "2025-01-28", "us/iphone/top-free/apps")
PACE = "APPTRACK_BACKFILL_COPIES_PER_MINUTE", "APPTRACK_BACKFILL_INDEX_PER_MINUTE"
NO_PACE = dict.fromkeys(PACE, "0")


def backfill(base: str, *args: str) -> Said:
    return apptrack("backfill", *args, "--db", DB, base=base, **NO_PACE)


def test_a_site_that_the_index_excludes_does_not_hide_the_others() -> None:
    """The first question is about one host, the third about the pages of another."""
    page = kept(0, CHATGPT, family="web-charts-until-2025")
    blocked = Answer(403, b"AdministrativeAccessControlException: Blocked Site Error")
    archive = LoopbackArchive([FEED, page], index={1: blocked})
    with archive_of(archive) as base:
        done = backfill(base, "plan", *WINDOW)
        assert done.returncode == 1
        assert "the archive excludes rss.applemarketingtools.com from its index" in done.stderr
        assert rows("SELECT original FROM captures") == [(page.original,)]
        assert archive.count("index") == 4
        assert backfill(base, "plan", *WINDOW).returncode == 0
        assert archive.count("index") == 5, "only the question without an answer is put again"
    assert rows("SELECT count(*) FROM captures") == [(2,)]


def test_a_run_that_meets_an_excluded_site_reads_the_others_and_ends_with_status_1() -> None:
    page = kept(1, CHATGPT, family="web-charts-until-2025")
    archive = LoopbackArchive([FEED, kept(3), page], plays={FEED.timestamp: Answer(403, b"no")})
    with archive_of(archive) as base:
        backfill(base, "plan", *WINDOW)
        done = backfill(base, "run")
    assert (done.returncode, archive.count("copy")) == (1, 2)
    assert done.stdout.endswith("2 copies asked for: 1 stored, 1 unplayable; 1 left\n")
    assert "plays nothing of rss.applemarketingtools.com back" in done.stderr


@pytest.mark.parametrize("command", [("plan", *WINDOW, "--again"), ("run",)])
def test_an_archive_that_refuses_connections_ends_a_command_with_status_3(
    command: tuple[str, ...],
) -> None:
    with archive_of(LoopbackArchive([kept(hour) for hour in (0, 3, 6)])) as base:
        backfill(base, "plan", *WINDOW)
    done = backfill(base, *command)
    assert done.returncode == 3
    assert (
        "stopped: the archive refused two connections in a row; wait an hour, then run it again\n"
        in done.stderr
    )


def test_a_plan_asked_again_begins_again_where_an_answer_did_not_end() -> None:
    """An archive may forget a key; without it nothing is lost but time."""
    copies = [kept(hour, CHATGPT) for hour in range(6)]
    busy = dict.fromkeys((2, 3, 4), Answer(503, b"busy"))
    archive = LoopbackArchive(copies, page=3, repeats=False, index=busy)
    with archive_of(archive) as base:
        planned(base, families=["apple-rss"])
        planned(base, families=["apple-rss"], again=True)
    assert "resumeKey=" not in archive.asked[5].path
    assert rows("SELECT count(*) FROM captures") == [(6,)]


@pytest.mark.parametrize("since", ["2027-01-01", "2025-02-01"])
def test_days_that_cannot_be_are_refused_before_there_is_a_database(since: str) -> None:
    done = backfill("http://127.0.0.1:9", "plan", WINDOW[4], "--since", since, *WINDOW[2:4])
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not DB.exists()
