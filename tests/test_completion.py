"""What a shell completes, by a real bash; and what is meant by a misspelt command."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.shop import CHART, Shop, apptrack, environment, ranked
from tracker.cli import COMMANDS
from tracker.loopback.server import LoopbackStore

#: What the README asks for in ~/.bashrc, and then a word completed as bash does at the tab key.
SCRIPT = """
set -euo pipefail
eval "$(_APPTRACK_COMPLETE=bash_source apptrack)"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMPREPLY=()
_apptrack_completion apptrack
if [ ${#COMPREPLY[@]} -gt 0 ]; then printf '%s\\n' "${COMPREPLY[@]}"; fi
"""


def shell(**more: str) -> dict[str, str]:
    folder = str(Path(sys.executable).parent)
    return environment(PATH=f"{folder}:{os.environ['PATH']}", **more)


def completed(*words: str) -> list[str]:
    """What a bash offers where the last of WORDS is being typed."""
    done = subprocess.run(
        ["bash", "--norc", "-c", SCRIPT, "bash", "apptrack", *words],
        env=shell(), capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_commands_and_options_are_completed() -> None:
    assert completed("") == list(COMMANDS)
    assert completed("ov") == ["overtakes"]
    assert completed("apps", "a") == ["add"]
    assert {"--json", "--on", "--tz"} <= set(completed("stats", "--"))
    assert completed("run", "--log-format", "j") == ["json"]


def test_apps_and_charts_are_completed_from_catalogue_settings_and_database() -> None:
    with LoopbackStore(Shop({CHART: ranked(1)})) as store:
        apptrack("collect", CHART, "--db", "mine.db", base=store.base)
    Path("apptrack.toml").write_text(
        "db = 'mine.db'\ncharts = ['jp/iphone/top-free/apps']\n"
        "[[apps]]\nalias = 'deepthought'\nid = 7\nname = 'x'\n"
    )
    assert completed("chart", "deep") == ["deepthought", "deepseek"]
    assert completed("versus", "deepseek", "chat") == ["chatgpt"]
    assert completed("stats", "claude", "--on", "") == [
        "jp/iphone/top-free/apps", "us/iphone/top-free/apps",
    ]  # fmt: skip
    assert completed("collect", "us/") == ["us/iphone/top-free/apps"]


def test_what_is_wrong_in_settings_or_database_ends_no_completion() -> None:
    Path("apptrack.toml").write_text("evry = 1")
    assert completed("chart", "deeps") == ["deepseek"]
    Path("apptrack.toml").write_text("db = 'x.db'")
    Path("x.db").write_text("no database")
    assert completed("stats", "x", "--on", "us/iphone/top-free/p") == [
        "us/iphone/top-free/productivity"
    ]


def test_the_tab_key_of_an_interactive_bash_completes_a_command() -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"], env=shell(TERM="dumb", PS1="$ "),
        stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    os.write(leader, b'eval "$(_APPTRACK_COMPLETE=bash_source apptrack)"; echo re""ady\n')
    shown = until(leader, b"ready")
    os.write(leader, b"apptrack overta\t")
    shown += until(leader, b"overtakes")
    os.write(leader, b"\x15exit\n")
    process.wait(timeout=300)
    os.close(leader)
    assert b"overtakes" in shown


def until(leader: int, words: bytes) -> bytes:
    """What the terminal showed up to WORDS; a test that waits for longer than a minute fails."""
    shown, end = b"", time.monotonic() + 60
    while words not in shown:
        assert time.monotonic() < end, shown
        shown += os.read(leader, 10_000)
    return shown


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["ovetakes"], "No such command 'ovetakes'. Did you mean 'overtakes'?"),
        (["Overtakes"], "No such command 'Overtakes'. Did you mean 'overtakes'?"),
        (["zzzz"], "No such command 'zzzz'.\n"),
        (["x" * 500], "No such command 'xxxx"),
        (["--settngs", "x", "stats"], "Did you mean '--settings'?"),
        (["stats", "deepseek", "--sicne", "2026-01-01"], "'--since'"),
        (["chart", "deepseek", "--fmt"], "No such option '--fmt'"),
    ],
)
def test_a_misspelt_command_or_option_gets_the_nearest_suggested(
    args: list[str], words: str
) -> None:
    done = apptrack(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert max(map(len, done.stderr.splitlines())) < 200
