"""Charts in the history of a git repository that the test makes."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest

from tests.support.archived import APPS, CHATGPT, DB, DEEPSEEK, at, ranks, rows
from tests.support.shop import apptrack
from tracker.imports.history import versions
from tracker.loopback.formats import render
from tracker.model import iso
from tracker.store import Reader
from tracker.verify import verify

REPO = Path("scraped")


def git(*args: str, at_hour: float = 0, written: float | None = None, **more: str) -> bytes:
    """Run git in the repository at a time, as a scheduled job would."""
    env = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull}
    for who, hour in (("COMMITTER", at_hour), ("AUTHOR", at_hour if written is None else written)):
        job = {"NAME": "job", "EMAIL": "job@example.org", "DATE": iso(at(hour))}
        env |= {f"GIT_{who}_{what}": job[what] for what in job}
    done = subprocess.run(
        ["git", "-C", str(REPO), *args], env=env | more, check=True, capture_output=True
    )
    return done.stdout


def commit(hours: float, files: dict[str, bytes], written: float | None = None) -> None:
    """Commit FILES at a time; WRITTEN is the author's time where that is another one."""
    for name, body in files.items():
        path = REPO / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    if not (REPO / ".git").exists():
        git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "scrape", at_hour=hours, written=written)


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
        (feed(0, CHATGPT).replace(b'"us"', b'"jp"'), 0.1, "storefront of the response is 'jp'"),
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
    signed = git("cat-file", "commit", "HEAD").replace(
        b"\n\n", b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n -----END PGP SIGNATURE-----\n\n", 1
    )
    Path("signed").write_bytes(signed)
    git("reset", "-q", "--soft", git("hash-object", "-tcommit", "-w", "../signed").decode().strip())
    for key in ("diff.evil.textconv", "filter.evil.smudge", "core.pager", "core.fsmonitor"):
        git("config", key, f"touch {mark} #")
    program = Path("program")
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    git("config", "gpg.program", str(program.resolve()))
    git("config", "log.showSignature", "true")
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


def instants() -> list[str]:
    """The instants of what was imported."""
    return [str(at) for (at,) in rows("SELECT observed_at FROM snapshots ORDER BY 1")]


FRONTS = ("--format", "by-storefront", "--chart", "us/iphone/top-free/apps")


def test_the_bytes_of_an_earlier_version_are_no_second_observation() -> None:
    """A file made executable, renamed, copied or restored was not scraped again."""
    REPO.mkdir()
    first, second = by_storefront(us=(CHATGPT,)), by_storefront(us=(DEEPSEEK,))
    commit(0, {"data/us.json": first})
    (REPO / "data/us.json").chmod(0o755)
    commit(1, {})
    git("mv", "data/us.json", "data/charts.json")
    commit(2, {})
    commit(3, {"data/charts.json": second, "data/copy.json": first})
    commit(4, {"data/charts.json": first})
    code, out, _ = imported("data", *FRONTS)
    assert (code, instants()) == (0, ["2025-01-24T12:00:00Z", "2025-01-24T15:00:00Z"])
    assert "3 versions refused: 3 × has the bytes of an earlier version" in out


def test_an_unchanged_chart_in_a_file_of_another_day_was_observed_again() -> None:
    REPO.mkdir()
    for day in range(2):
        commit(24 * day, {f"data/2025-01-{24 + day}.json": by_storefront(us=(CHATGPT,))})
    assert imported("data", *FRONTS)[0] == 0
    assert len(instants()) == 2


def test_what_was_committed_again_later_has_no_time() -> None:
    """As after a rebase, which gives the commits of a month the time of one minute."""
    REPO.mkdir()
    commit(40 * 24, {"us.json": by_storefront(us=(CHATGPT,))}, written=0)
    commit(41 * 24, {"us.json": by_storefront(us=(DEEPSEEK,))}, written=41 * 24 - 0.9)
    code, out, _ = imported("us.json", *FRONTS)
    assert (code, len(instants())) == (0, 1)
    assert "was written 2025-01-24T12:00:00Z and committed again 2025-03-05T12:00:00Z" in out


def test_both_sides_of_a_merge_are_read_at_their_own_times() -> None:
    REPO.mkdir()
    commit(0, {"us.json": by_storefront(us=("1",))})
    git("switch", "-q", "-c", "side")
    commit(1, {"jp.json": by_storefront(jp=("2",))})
    git("switch", "-q", "main")
    commit(2, {"us.json": by_storefront(us=("3",))})
    git("merge", "-q", "--no-ff", "-m", "both", "side", at_hour=9)
    for path, many in (("us.json", 2), ("jp.json", 1)):
        assert f"{many} snapshot" in imported(path, *FRONTS)[1]
    assert instants() == [iso(at(hour)) for hour in range(3)]


def test_a_shallow_clone_is_refused_for_its_first_commit_seems_to_add_everything() -> None:
    REPO.mkdir()
    commit(0, {"us.json": by_storefront(us=(CHATGPT,))})
    commit(900, {"README.md": b"no chart"})
    whole = REPO.rename("whole").resolve()
    REPO.mkdir()
    git("clone", "-q", "--depth", "1", f"file://{whole}", ".")
    code, out, err = imported("us.json", *FRONTS)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "is a shallow clone" in err


def test_links_submodules_and_hostile_names_are_no_trouble() -> None:
    REPO.mkdir()
    evil = os.fsdecode(b"data/\xff\n:100644 100644 a b A\ncommit 1 2\x1b[31m.json")
    commit(0, {"data/us.json": by_storefront(us=(CHATGPT,)), evil: b"\0\x01\x02\xff" * 99})
    (REPO / "data/link.json").symlink_to("us.json")
    commit(1, {})
    head = git("rev-parse", "HEAD").decode().strip()
    git("update-index", "--add", "--cacheinfo", f"160000,{head},data/sub")
    git("commit", "-q", "-m", "submodule", at_hour=2)
    code, out, err = imported("data", *FRONTS)
    assert (code, err, instants()) == (0, "", ["2025-01-24T12:00:00Z"])
    assert "1 version refused: 1 × is not JSON" in out


def test_git_is_not_led_elsewhere_by_its_variables() -> None:
    """As within a hook of another repository."""
    REPO.mkdir()
    commit(0, {"us.json": by_storefront(us=(CHATGPT,))})
    with mock.patch.dict(os.environ, {"GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/nowhere"}):
        assert imported("us.json", *FRONTS)[0] == 0


def test_a_version_whose_bytes_are_missing_or_damaged() -> None:
    REPO.mkdir()
    commit(0, {"us.json": by_storefront(us=(CHATGPT,))})
    commit(1, {"us.json": by_storefront(us=(DEEPSEEK,))})
    blob = git("rev-parse", "HEAD:us.json").decode().strip()
    file = REPO / ".git/objects" / blob[:2] / blob[2:]
    body = file.read_bytes()
    file.unlink()
    assert "1 version refused: 1 × is not in the clone" in imported("us.json", *FRONTS)[1]
    file.write_bytes(body[: len(body) // 2])
    code, _, err = imported("us.json", *FRONTS)
    assert (code, err.count("\n"), "git cannot read its objects" in err) == (1, 1, True)


def test_a_commit_at_a_time_that_cannot_be_is_refused() -> None:
    REPO.mkdir()
    body = by_storefront(us=(CHATGPT,))
    git("init", "-q", "-b", "main")
    stream = b"commit refs/heads/main\ncommitter job <j@example.org> 99999999999999 +0000\n"
    stream += b"data 1\nx\nM 100644 inline us.json\ndata %d\n%s\n" % (len(body), body)
    subprocess.run(
        ["git", "-C", str(REPO), "fast-import", "--quiet"], input=stream, check=True
    )  # fmt: skip
    code, _, err = imported("us.json", *FRONTS)
    assert (code, err.count("\n")) == (1, 1)
    assert "has not happened yet" in err
