"""What no picture, calendar or disk can hold is one clear line, or is drawn without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.shop import apptrack
from tests.support.stored import change, snapshot
from tracker.plot.style.glyphs import legible_words
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


def test_a_home_folder_that_nobody_has_is_one_line() -> None:
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
