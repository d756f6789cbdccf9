"""What is said where there is nothing to answer: an unknown app, no snapshots then, none at all."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.shop import CHART, GENRE_CHART, PUBLISHED, apptrack
from tracker.model import Chart, Entry, Snapshot
from tracker.store import Store

DEEPSEEK, CHATGPT = "6737597349", "6448311069"
DB = Path("data/apptrack.db")
WINDOWED = (
    ("stats", "deepseek"), ("chart", "deepseek"), ("heatmap", "deepseek"),
    ("overtakes", "deepseek", "chatgpt"), ("overtakes", "--all"), ("versus", "deepseek", "chatgpt"),
    ("wave", "deepseek", "chatgpt"), ("heatmap", "--wave", "deepseek", "chatgpt"),
    ("chart", "deepseek", "--facet", "storefront"),
)  # fmt: skip
AT_A_MOMENT = (("standings",), ("brief", "deepseek"))
FIRST, LAST = "2026-08-17T04:00:00Z", "2026-08-17T07:00:00Z"
RULE = f'[[alerts]]\nrule = "overtake"\napp = "{{}}"\nover = "chatgpt"\ncharts = ["{CHART}"]\n'


def save(chart: Chart = CHART, ids: tuple[str, ...] = (DEEPSEEK, CHATGPT)) -> None:
    """Four snapshots an hour apart."""
    DB.parent.mkdir(exist_ok=True)
    with Store(DB) as store:
        for hour in range(4):
            entries = tuple(
                Entry(rank, app_id, f"App {app_id}") for rank, app_id in enumerate(ids, 1)
            )
            store.save(Snapshot(chart, "apple-rss", PUBLISHED + timedelta(hours=hour), entries))


def line_of(*args: str) -> str:
    """The one line with which a command ends with exit code 1 and no result."""
    done = apptrack(*args)
    assert (done.returncode, done.stdout) == (1, ""), done
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("command", WINDOWED, ids=" ".join)
def test_a_window_without_snapshots_is_said_to_be_that(command: tuple[str, ...]) -> None:
    save()
    late = line_of(*command, "--since", "2027-01-01")
    assert "observed from 2027-01-01T00:00:00Z on" in late
    assert late.endswith(f"the last snapshot before is of {LAST}")
    early = line_of(*command, "--until", "2026-01-01")
    assert "observed up to 2026-01-01T23:59:59Z" in early
    assert early.endswith(f"the first snapshot after is of {FIRST}")
    between = line_of(
        *command, "--since", "2026-08-17T04:10:00Z", "--until", "2026-08-17T04:20:00Z"
    )
    assert "between 2026-08-17T04:10:00Z and 2026-08-17T04:20:00Z" in between
    assert f"before is of {FIRST}, the first snapshot after is of 2026-08-17T05:00:00Z" in between


@pytest.mark.parametrize("command", AT_A_MOMENT, ids=" ".join)
def test_a_moment_before_the_first_snapshot_is_said_to_be_that(command: tuple[str, ...]) -> None:
    save()
    assert f"the first snapshot after it is of {FIRST}" in line_of(*command, "--at", "2026-01-01")
    done = apptrack(*command, "--at", "2027-01-01")
    assert done.returncode == 0
    assert "before the moment asked for, and there is no later snapshot" in done.stdout


@pytest.mark.parametrize("command", [*WINDOWED, *AT_A_MOMENT], ids=" ".join)
def test_a_chart_never_observed_is_said_to_be_that(command: tuple[str, ...]) -> None:
    save()
    line = line_of(*command, "--on", "us/iphone/top-free/travel")
    assert "was never observed" in line
    assert "run 'apptrack collect us/iphone/top-free/travel', or choose with --on: " in line
    assert "iphone/top-free/apps" in line.split("--on")[1]


@pytest.mark.parametrize("command", [*WINDOWED, *AT_A_MOMENT], ids=" ".join)
def test_an_empty_database_and_a_missing_one_are_said_to_be_that(command: tuple[str, ...]) -> None:
    assert f"there is no database at {DB} yet" in line_of(*command)
    DB.parent.mkdir()
    Store(DB).close()
    assert f"{DB} has no snapshots yet; run 'apptrack collect" in line_of(*command)


def test_a_chart_that_no_assistant_is_on_is_said_to_be_that() -> None:
    save()
    save(GENRE_CHART, ("7", "8"))
    on = ("--on", str(GENRE_CHART))
    result = apptrack("standings", *on)
    assert result.returncode == 0
    assert f"none of them is on {GENRE_CHART}" in result.stdout
    assert "none of the assistants was ranked on" in line_of("overtakes", "--all", *on)
    for command in (("stats", "deepseek"), ("heatmap", "deepseek")):
        done = apptrack(*command, *on)
        assert done.returncode == 0
        assert f"DeepSeek ({DEEPSEEK}) was not ranked" in done.stderr
        assert f"it was ranked on {CHART}" in done.stderr
    for pair in ("versus", "overtakes", "wave"):
        assert f"it was ranked on {CHART}" in line_of(pair, "deepseek", "chatgpt", *on)


def test_an_event_that_is_not_there_is_said_to_be_that() -> None:
    save()
    event = "{}:{}@{}"
    for command in ("cite", "verify"):
        text = line_of(command, event.format("apple-rss", CHART, "2027-01-01T00:00:00Z"))
        assert text.endswith(f"the last before is of {LAST}")
        text = line_of(command, event.format("web-charts", CHART, FIRST))
        assert text.endswith("only from apple-rss")
        text = line_of(command, event.format("apple-rss", GENRE_CHART, FIRST))
        assert text.endswith("it was never observed")
        text = line_of(command, event.format("apple-rss", CHART, FIRST) + f",999,{CHATGPT}")
        assert "999 was never ranked there" in text


def test_there_is_nothing_to_verify_in_an_empty_database() -> None:
    DB.parent.mkdir()
    Store(DB).close()
    assert "has no snapshots yet: there is nothing to verify" in apptrack("verify").stderr
    save()
    assert apptrack("verify").stderr == ""


def rehearse(app: str, *args: str) -> tuple[str, ...]:
    Path("apptrack.toml").write_text(RULE.format(app), encoding="utf-8")
    return ("alerts", "test", *args)


def test_a_rehearsal_over_an_empty_window_is_said_to_be_that() -> None:
    save()
    for more in ((), ("--json",)):
        line = line_of(*rehearse("deepseek", "--since", "2027-01-01", *more))
        assert f"{CHART} was not observed from 2027-01-01T00:00:00Z on" in line
        assert LAST in line
    done = apptrack(*rehearse("deepseek", "--since", FIRST, "--json"))
    (row,) = json.loads(done.stdout)
    assert (done.returncode, row["snapshots"], done.stderr) == (0, 4, "")


def test_a_rehearsal_in_an_empty_database_is_said_to_be_that() -> None:
    DB.parent.mkdir()
    Store(DB).close()
    assert "has no snapshots yet" in line_of(*rehearse("deepseek"))


def test_a_rehearsal_says_which_app_it_cannot_try() -> None:
    save()
    done = apptrack(*rehearse("grok", "--since", FIRST))
    assert done.returncode == 0
    assert f"Grok (6670324846) was not ranked on {CHART}" in done.stderr
    done = apptrack(*rehearse("999", "--since", FIRST))
    assert done.returncode == 1
    assert "no app has the id 999, neither in the catalogue nor in the database" in done.stderr
    assert "overtakes ChatGPT" in done.stdout
