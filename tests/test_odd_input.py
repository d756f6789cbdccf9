"""What no picture, calendar or disk can hold is one clear line, or is drawn without it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.shop import apptrack
from tests.support.stored import change, snapshot
from tracker.plot.glyphs import legible_words
from tracker.store import Store

DB = Path("apptrack.db")
LONG = "x" * 300


def history() -> None:
    with Store(DB) as store:
        for hour in range(4):
            store.save(snapshot(hour, [1, 2] if hour < 2 else [2, 1]))


def one_line(said: str) -> None:
    assert said.startswith("apptrack: ")
    assert said.count("\n") == 1
    assert "Traceback" not in said


@pytest.mark.parametrize("suffix", [".png", ".svg", ".html"])
def test_names_with_what_xml_cannot_hold_are_drawn_without_it(suffix: str) -> None:
    history()
    change(DB, "UPDATE apps SET name = 'A' || char(65534) || ' B' || char(65535) WHERE id = 1")
    done = apptrack("chart", "1", "2", "--db", DB, "-o", f"plot{suffix}")
    assert done.returncode == 0, done
    assert Path(f"plot{suffix}").stat().st_size
    assert legible_words("A\ufffe B\uffff") == "A B"


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "UTC"])
def test_a_year_at_the_end_of_the_calendar_is_one_line(zone: str) -> None:
    history()
    change(DB, "UPDATE snapshots SET observed_at = '0001-01-01T00:00:00Z' WHERE id = 1")
    change(DB, "DELETE FROM block_ranks", "DELETE FROM blocks")
    for command in ("overtakes 1 2", "chart 1 2 -o plot.svg", "stats 1"):
        done = apptrack(*command.split(), "--tz", zone, "--db", DB)
        assert done.returncode == 1, done
        one_line(done.stderr)
        assert "use a year from 1900 to 9990" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        f"stats 1 --db {LONG}", f"collect us/iphone/top-free/apps --db {LONG}",
        f"import {LONG} --db {DB}", f"backup {LONG} --db {DB}", f"verify --db {LONG}/x",
        f"chart 1 2 --db {DB} -o {LONG}.svg", f"browse --db {LONG}",
        f"--settings {LONG} stats 1",
    ],
)  # fmt: skip
def test_a_name_that_no_file_can_have_is_one_line(command: str) -> None:
    history()
    done = apptrack(*command.split())
    assert done.returncode in (1, 2), done
    one_line(done.stderr)
    assert "too long" in done.stderr.lower() or "unable to open" in done.stderr


def test_a_home_folder_of_an_unknown_user_is_one_line() -> None:
    done = apptrack("stats", "1", APPTRACK_DB="~nouser/x")
    assert done.returncode == 2
    one_line(done.stderr)
    assert "home folder" in done.stderr


def test_stored_values_that_cannot_be_true_are_one_line() -> None:
    history()
    change(DB, "UPDATE snapshots SET observed_at = '2026-01-01T0q:00:00Z' WHERE id = 2")
    done = apptrack("versus", "1", "2", "--db", DB)
    assert done.returncode == 1
    one_line(done.stderr)
    assert "'apptrack verify' says where" in done.stderr
    done = apptrack("verify", "--db", DB)
    assert done.returncode == 1
    assert "snapshot 2: its rows cannot be true" in done.stdout
    change(DB, "UPDATE snapshots SET provenance = 'recorbed' WHERE id = 3")
    assert "snapshot 3: its rows cannot be true" in apptrack("verify", "--db", DB).stdout


@pytest.mark.parametrize(
    "value", ["9" * 5_000, f"0x{'f' * 5_000}", "[" * 100_000], ids=["digits", "hex", "nested"]
)
def test_settings_that_python_cannot_read_are_one_line(value: str) -> None:
    Path("apptrack.toml").write_text(f"cross_check = {value}\n", "utf-8")
    done = apptrack("top")
    assert done.returncode == 2, done
    one_line(done.stderr)
    assert len(done.stderr) < 200
    one_line(apptrack("top", "--db", DB, APPTRACK_APPS="[" * 20_000).stderr[:2_000])


def test_settings_are_a_regular_file_of_a_megabyte_at_most() -> None:
    os.mkfifo("pipe")
    Path("large.toml").write_text("#" * 1_000_001, "utf-8")
    for name, words in {
        "pipe": "not a regular file", "/dev/zero": "not a regular file",
        "large.toml": "larger than 1,000,000 bytes",
    }.items():  # fmt: skip
        done = apptrack("--settings", name, "top")
        assert done.returncode == 2, done
        one_line(done.stderr)
        assert words in done.stderr


@pytest.mark.parametrize("name", ["pipe", "/dev/zero"])
def test_an_import_of_what_is_no_regular_file_is_one_line(name: str) -> None:
    os.mkfifo("pipe")
    done = apptrack("import", name, "--db", DB)
    assert done.returncode == 1, done
    one_line(done.stderr)
    assert "is not a regular file" in done.stderr
    assert not DB.exists()


def test_a_path_with_a_nul_is_a_fault_of_the_settings() -> None:
    Path("apptrack.toml").write_text('db = "a\\u0000b"\n', "utf-8")
    done = apptrack("config", "check")
    assert done.returncode != 0
    assert "no path has a NUL character" in done.stdout + done.stderr


@pytest.mark.parametrize("option", ["--tz", "--since"])
def test_a_wrong_value_is_echoed_in_short(option: str) -> None:
    done = apptrack("overtakes", "1", "2", option, "x" * 9_000, "--db", DB)
    assert done.returncode == 2, done
    assert len(done.stderr) < 500


def test_a_long_base_address_is_a_fault_and_echoed_in_short() -> None:
    Path("apptrack.toml").write_text(
        f'[base]\napple-rss = "https://{"x" * 9_000}.example"\n', "utf-8"
    )
    done = apptrack("config", "check")
    assert done.returncode != 0
    assert "Invalid address" in done.stdout + done.stderr
    assert len(done.stdout + done.stderr) < 1_000


@pytest.mark.parametrize(
    "command",
    [
        "collect --db ~nouser/x.db", "chart 1 2 --db apptrack.db -o ~nouser/x.svg",
        "export series 1 --db apptrack.db -o ~nouser/x.csv", "demo --out ~nouser/x",
        "backup --db apptrack.db ~nouser/x.db",
    ],
)  # fmt: skip
def test_a_home_folder_of_an_unknown_user_is_refused_and_not_made(command: str) -> None:
    history()
    done = apptrack(*command.split())
    assert done.returncode == 2, done
    assert "unknown user 'nouser'" in done.stderr
    assert not Path("~nouser").exists()


def test_a_path_that_begins_with_a_tilde_is_in_the_home_folder(tmp_path: Path) -> None:
    history()
    home = tmp_path / "home"
    home.mkdir()
    done = apptrack("backup", "--db", DB, "~/copy.db", HOME=str(home))
    assert done.returncode == 0, done
    assert (home / "copy.db").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
@pytest.mark.parametrize("command", ["--help", "apps --json", "overtakes 1 2 --csv", "verify"])
def test_output_that_cannot_be_written_is_one_line(command: str) -> None:
    history()
    where = () if command.startswith(("-", "apps")) else ("--db", DB)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tracker", *command.split(), *where],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "apptrack: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize("command", ["apps --json", "overtakes 1 2 --csv", "verify"])
def test_results_are_not_lost_in_silence_where_stdout_is_closed(command: str) -> None:
    history()
    where = () if command.startswith("apps") else ("--db", DB)
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", sys.executable, "-m", "tracker", *command.split(), *where],
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "apptrack: the output cannot be written: Bad file descriptor\n"
