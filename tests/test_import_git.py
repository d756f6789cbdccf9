"""Charts in the history of a git repository that the test makes."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.archived import APPS, CHATGPT, DB, DEEPSEEK, at, ranks, rows
from tests.support.shop import apptrack
from tracker.imports.history import versions
from tracker.loopback.formats import render
from tracker.model import iso
from tracker.store import Reader
from tracker.verify import verify

REPO = Path("scraped")


def commit(hours: float, files: dict[str, bytes]) -> None:
    """Commit FILES at a time, as a scheduled job would."""
    for name, body in files.items():
        path = REPO / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    stamp = iso(at(hours))
    job = {"NAME": "job", "EMAIL": "job@example.org", "DATE": stamp}
    env = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull}
    env |= {f"GIT_{who}_{what}": job[what] for who in ("AUTHOR", "COMMITTER") for what in job}
    init = [] if (REPO / ".git").exists() else [["init", "-q"]]
    for args in (*init, ["add", "-A"], ["commit", "-q", "-m", "scrape"]):
        subprocess.run(["git", "-C", str(REPO), *args], env=env, check=True, capture_output=True)


def feed(hours: float, *first: str) -> bytes:
    return render("apple-rss", APPS, ranks(*first), at(hours))


def imported(*args: str) -> tuple[int, str, str]:
    done = apptrack("import", "--git", REPO, *args, "--db", DB)
    return done.returncode, done.stdout, done.stderr


FEEDS = ("us/top-free.json", "--format", "apple-rss", "--chart", "us/iphone/top-free/apps")


def test_answers_stored_as_files_are_read_by_their_own_parser_at_the_times_of_commits() -> None:
    REPO.mkdir()
    commit(0, {"us/top-free.json": feed(-0.1, CHATGPT, DEEPSEEK), "other.txt": b"x"})
    commit(1, {"other.txt": b"y"})
    commit(2, {"us/top-free.json": feed(1.5, DEEPSEEK, CHATGPT)})
    commit(3, {"us/top-free.json": b"<html>the job met an error page</html>"})
    code, out, err = imported(*FEEDS)
    assert (code, err) == (0, "")
    assert "2 snapshots imported, 0 known already" in out
    assert "1 version refused" in out
    assert "times are those of commits, 6 to 30 min after the feeds' own dates" in out
    assert rows("SELECT observed_at, published_at, source, provenance FROM snapshots") == [
        ("2025-01-24T12:00:00Z", "2025-01-24T11:54:00Z", "apple-rss", "imported"),
        ("2025-01-24T14:00:00Z", "2025-01-24T13:30:00Z", "apple-rss", "imported"),
    ]
    with Reader(DB) as reader:
        assert verify(reader).proved == 2
    assert "0 snapshots imported, 2 known already" in imported(*FEEDS)[1]


def by_storefront(**fronts: tuple[str, ...]) -> bytes:
    return json.dumps(
        {
            front: [
                {"rank": entry.rank, "id": entry.app_id, "name": entry.name}
                for entry in ranks(*first, depth=10)
            ]
            for front, first in fronts.items()
        }
    ).encode()


def test_files_by_date_have_several_storefronts_within() -> None:
    REPO.mkdir()
    both = by_storefront(us=(DEEPSEEK, CHATGPT), jp=(CHATGPT,))
    commit(0, {"data/2025-01-24.json": both, "data/README.md": b"charts"})
    commit(24, {"data/2025-01-25.json": by_storefront(us=(CHATGPT,))})
    code, out, _ = imported(
        "data", "--format", "by-storefront", "--chart", "us/iphone/top-free/apps"
    )
    assert code == 0
    assert "3 snapshots imported" in out
    assert "how long before its commit a chart was read is not known" in out
    sql = "SELECT slug, observed_at, depth FROM snapshots JOIN charts ON charts.id = chart"
    assert rows(f"{sql} ORDER BY 2, 1") == [
        ("jp/iphone/top-free/apps", "2025-01-24T12:00:00Z", 10),
        ("us/iphone/top-free/apps", "2025-01-24T12:00:00Z", 10),
        ("us/iphone/top-free/apps", "2025-01-25T12:00:00Z", 10),
    ]


@pytest.mark.parametrize(
    ("body", "hours", "words"),
    [
        (feed(-25, CHATGPT), 0.0, "the feed's own date is"),
        (feed(1, CHATGPT), 0.0, "the feed's own date is"),
        (feed(0, CHATGPT).replace(b'"us"', b'"jp"'), 0.1, "storefront that came is 'jp'"),
        (b" " * 8_000_001, 0.0, "is larger than 8,000,000 bytes"),
    ],
    ids=["a day old", "later than its commit", "another storefront", "too large"],
)
def test_a_version_that_cannot_be_true_is_refused(body: bytes, hours: float, words: str) -> None:
    REPO.mkdir()
    commit(hours, {"us/top-free.json": body})
    code, _, err = imported(*FEEDS)
    assert code == 1
    assert words in err
    assert not DB.exists() or rows("SELECT count(*) FROM snapshots") == [(0,)]


def test_a_file_named_after_another_day_than_its_commit_is_refused() -> None:
    REPO.mkdir()
    commit(24 * 9, {"data/2025-01-24.json": by_storefront(us=(CHATGPT,))})
    code, _, err = imported(
        "data", "--format", "by-storefront", "--chart", "us/iphone/top-free/apps"
    )
    assert (code, "is named after 2025-01-24" in err) == (1, True)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        ((*FEEDS[:1], "--format", "apple-rs", *FEEDS[3:]), 2, "apple-rs"),
        ((*FEEDS[:3],), 2, "--git needs"),
        ((*FEEDS, "--sparse"), 2, "--git"),
        (("missing.json", *FEEDS[1:]), 1, "no version of missing.json"),
    ],
)
def test_what_cannot_be_asked_of_a_repository(args: tuple[str, ...], code: int, words: str) -> None:
    REPO.mkdir()
    commit(0, {"us/top-free.json": feed(0, CHATGPT)})
    exit_code, out, err = imported(*args)
    assert (exit_code, out) == (code, "")
    assert words in err


def test_a_folder_that_is_no_repository_is_one_line() -> None:
    REPO.mkdir()
    code, out, err = imported(*FEEDS)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1


def test_nothing_of_the_repository_is_run() -> None:
    """Neither a filter, nor a textconv, nor a hook, nor a pager of its configuration."""
    REPO.mkdir()
    commit(
        0,
        {
            "us/top-free.json": feed(-0.1, CHATGPT),
            ".gitattributes": b"*.json diff=evil filter=evil\n",
        },
    )
    mark = Path("ran").resolve()
    for key in ("diff.evil.textconv", "filter.evil.smudge", "core.pager", "core.fsmonitor"):
        subprocess.run(["git", "-C", str(REPO), "config", key, f"touch {mark} #"], check=True)
    assert imported(*FEEDS)[0] == 0
    assert not mark.exists()


def test_versions_are_in_the_order_of_commits() -> None:
    REPO.mkdir()
    for hour in range(3):
        commit(hour, {"a b/ü.json": str(hour).encode()})
    commits = list(versions(REPO, "a b"))
    assert [version.at for version in commits] == [at(hour) for hour in range(3)]
    assert {version.path for version in commits} == {"a b/ü.json"}
    assert timedelta(0) < commits[1].at - commits[0].at
