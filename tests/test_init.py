"""init: a first apptrack.toml, which is valid, commented, and never overwritten unasked."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.shop import CHART, Shop, apptrack, as_process, environment, ranked
from tracker.loopback.server import LoopbackStore
from tracker.settings import KEYS, Settings, load
from tracker.settings.writing import Choices, new_settings

FILE = Path("apptrack.toml")


def test_without_a_terminal_the_defaults_are_written_and_they_are_valid() -> None:
    done = as_process("init")
    assert (done.returncode, Path("data").is_dir()) == (0, True)
    assert done.stdout.splitlines()[:2] == [
        "wrote apptrack.toml; the database will be data/apptrack.db",
        "apptrack.toml: valid",
    ]
    assert apptrack("config", "check").returncode == 0
    settings = load(env={})
    assert [app.alias for app in settings.apps] == ["chatgpt", "deepseek", "claude", "gemini"]
    assert settings.charts == Settings().charts
    assert (settings.every, settings.sources) == (Settings().every, Settings().sources)


def test_options_alone_choose_everything() -> None:
    done = apptrack(
        "init", "--yes", "--storefronts", "G7, br", "--apps", "deepseek,kimi", "--every", "30m",
        "--sources", "web-charts",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "one pass reads 16 charts with 16 requests:" in done.stdout
    settings = load(env={})
    assert settings.storefronts == ("ca", "de", "fr", "gb", "it", "jp", "us", "br")
    assert 'storefronts = ["g7", "br"]' in FILE.read_text("utf-8")
    assert settings.every == timedelta(minutes=30)
    assert settings.sources == ("web-charts",)
    assert [app.app_id for app in settings.apps] == ["6737597349", "6474233312"]
    assert '#app = "deepseek"\n#over = "kimi"\n' in FILE.read_text("utf-8")


def test_charts_that_no_chosen_source_carries_are_left_out() -> None:
    assert apptrack("init", "--sources", "apple-rss").returncode == 0
    assert load(env={}).charts == (CHART,)
    done = apptrack("init", "--force", "--sources", "itunes-rss-derived")
    assert (done.returncode, load(env={}).charts) == (2, (CHART,))
    assert "carries none of us/iphone/top-free/apps" in done.stderr


def test_a_store_can_be_collected_from_what_was_written() -> None:
    apptrack("init", "--sources", "apple-rss", "--storefronts", "us")
    with LoopbackStore(Shop({CHART: ranked(1, 2)})) as store:
        done = apptrack("collect", base=store.base)
    assert (done.returncode, Path("data/apptrack.db").exists()) == (0, True)


def test_a_file_that_is_there_is_left_without_force() -> None:
    FILE.write_text("every = '2h'", "utf-8")
    done = apptrack("init", "--yes")
    assert (done.returncode, done.stdout, Path("data").exists()) == (2, "", False)
    assert done.stderr == (
        "apptrack: apptrack.toml: is there already; use --force to overwrite it\n"
    )
    assert FILE.read_text("utf-8") == "every = '2h'"
    FILE.chmod(0o640)
    assert apptrack("init", "--yes", "--force").returncode == 0
    assert load(env={}).every == timedelta(hours=1)
    assert FILE.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in Path().iterdir()) == ["apptrack.toml", "data"]


def test_a_link_stays_a_link_and_a_dangling_one_counts_as_a_file() -> None:
    FILE.symlink_to("elsewhere.toml")
    assert apptrack("init", "--yes").returncode == 2
    assert apptrack("init", "--yes", "--force").returncode == 0
    assert FILE.is_symlink()
    assert Path("elsewhere.toml").is_file()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--storefronts", "uk"), "Invalid storefront 'uk': .* nearest: gb .*; groups: all, asean"),
        (("--storefronts", ","), "Name at least one storefront"),
        (("--apps", "depseek"), "Unknown assistant 'depseek'; did you mean 'deepseek'"),
        (("--apps", "6448311069"), "Other apps: 'apptrack apps add'"),
        (("--every", "hourly"), "Invalid duration 'hourly': use 90s, 30m, 1h or 1d"),
        (
            ("--sources", "appel-rss"),
            "Invalid source 'appel-rss': use .*; did you mean 'apple-rss'",
        ),
    ],
)
def test_a_wrong_option_is_a_line_and_nothing_is_written(args: tuple[str, ...], words: str) -> None:
    done = apptrack("init", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(words, done.stderr)
    assert list(Path().iterdir()) == []


def test_a_folder_that_is_not_there_is_named() -> None:
    done = apptrack("--settings", "none/apptrack.toml", "init")
    assert done.returncode == 2
    assert (
        done.stderr
        == "apptrack: none/apptrack.toml: cannot be written: No such file or directory\n"
    )


def answered(answers: str) -> tuple[int | None, str]:
    """What init comes to on a terminal where ANSWERS are typed, and what it printed there."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", "init"], env=environment(),
        stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    os.write(leader, answers.encode())
    shown = b""
    try:
        while read := os.read(leader, 10_000):
            shown += read
    except OSError:  # Linux says so when the other side is closed
        pass
    os.close(leader)
    return process.wait(timeout=300), shown.decode()


def test_on_a_terminal_it_asks_and_asks_again_where_an_answer_is_wrong() -> None:
    code, shown = answered("uk\ngb,jp\n\n15m\n\n")
    assert code == 0, shown
    assert "Storefronts: codes, and groups such as g7, eu or all [us]:" in shown
    assert "Invalid storefront 'uk'" in shown
    settings = load(env={})
    assert (settings.storefronts, settings.every) == (("gb", "jp"), timedelta(minutes=15))
    assert len(settings.apps) == 4


def test_input_that_ends_before_the_last_answer_writes_nothing() -> None:
    code, shown = answered("us\n\x04")
    assert (code, list(Path().iterdir())) == (1, []), shown
    assert "Aborted!" in shown


def test_every_setting_is_in_the_file_and_valid_once_it_is_in_use() -> None:
    text = new_settings(Choices())
    for key in KEYS:
        table, _, last = key.rpartition(".")
        if table != "base":
            assert re.search(rf"^(#?\[\[{last}\]\]|#?{last} = )", text, re.MULTILINE), key
    Path("secret.txt").write_text("0123456789abcdef", "utf-8")
    FILE.write_text(re.sub(r"(?m)^#(?=\S)", "", text), "utf-8")
    settings, default = load(env={}), Settings()
    assert (settings.fetch, settings.jitter) == (default.fetch, default.jitter)
    assert (settings.cross_check, settings.lookup_names) == (
        default.cross_check, default.lookup_names,
    )  # fmt: skip
    assert settings.delivery.digest_after == default.delivery.digest_after
    assert len(settings.alerts) == 1
    assert apptrack("config", "check").returncode == 0


def test_a_write_that_fails_half_way_leaves_the_old_file_and_no_other() -> None:
    FILE.write_text("old", "utf-8")
    command = f"ulimit -f 1; exec {sys.executable} -m tracker init --yes --force"  # 1,024 bytes
    done = subprocess.run(
        ["bash", "-c", command], env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "apptrack: apptrack.toml: cannot be written: File too large\n"
    assert FILE.read_text("utf-8") == "old"
    assert sorted(path.name for path in Path().iterdir()) == ["apptrack.toml", "data"]


def test_a_folder_in_place_of_the_file_is_refused() -> None:
    Path("folder").mkdir()
    done = apptrack("init", "--force", APPTRACK_SETTINGS="folder")
    assert done.returncode == 2
    assert done.stderr == "apptrack: folder: cannot be written: Is a directory\n"
    assert sorted(path.name for path in Path().iterdir()) == ["data", "folder"]
