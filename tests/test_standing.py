"""The standings and the brief, asked of real files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.stored import CHART, SOURCE, at, entries
from tracker.cli import main
from tracker.model import Provenance, Snapshot
from tracker.store import Store

DEEPSEEK, CHATGPT, CLAUDE = "6737597349", "6448311069", "6473753684"
DAY, WEEK = 24, 168
DB = Path("some.db")


def save(hour: float, ids: Sequence[object], **more: Any) -> None:
    with Store(DB) as store:
        store.save(replace(Snapshot(CHART, SOURCE, at(hour), entries(ids)), **more))


def run(*args: str) -> Result:
    return CliRunner().invoke(main, [*args, "--db", str(DB)])


def printed(*args: str) -> Any:
    done = run(*args, "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    return answer[0] if args[0] == "standings" else answer


def moves(answer: Any, span: str = "day") -> dict[str, Any]:
    return {
        row["alias"]: (row[span]["move"], row[span]["change"]) if row[span] else None
        for row in answer["apps"]
    }


def test_each_movement_is_distinguished() -> None:
    save(-DAY, [9, CLAUDE])
    save(0, [CHATGPT, 8, 7, 6, DEEPSEEK])
    save(DAY, [7, CHATGPT, DEEPSEEK, CLAUDE, 5])
    answer = printed("standings")
    assert [(row["rank"], row["alias"]) for row in answer["apps"]] == [
        (2, "chatgpt"), (3, "deepseek"), (4, "claude"),
    ]  # fmt: skip
    assert moves(answer) == {
        "chatgpt": ("down", -1),
        "deepseek": ("up", 2),
        "claude": ("back", None),
    }
    assert set(moves(answer, "week").values()) == {("no snapshot then", None)}
    assert answer["compared_with"] == {
        "day": {
            "observed_at": "2026-01-01T00:00:00Z", "before_seconds": 86400, "depth": 5,
            "provenance": "recorded",
        },
        "week": None,
    }  # fmt: skip
    assert answer["watched"] - answer["not_in_chart"] == 3
    save(2 * DAY, [DEEPSEEK, 8, CHATGPT, 6, 5, "6477489729"])
    answer = printed("standings")
    assert moves(answer) == {
        "deepseek": ("up", 2), "chatgpt": ("down", -1), "gemini": ("undetermined", None),
        "claude": ("left", None),
    }  # fmt: skip
    assert answer["apps"][-1]["rank"] is None
    assert answer["apps"][-1]["day"]["rank_before"] == 4


def test_new_is_no_stay_seen_before_and_no_other() -> None:
    save(0, [9, 8, 7])
    save(DAY, [DEEPSEEK, 9, 8])
    assert moves(printed("standings")) == {"deepseek": ("new", None)}
    save(DAY + 1, [DEEPSEEK, 9, 8])
    assert moves(printed("standings")) == {"deepseek": ("new", None)}
    save(DAY + 2, [9])
    save(DAY + 3, [DEEPSEEK, 9, 8])
    assert moves(printed("standings")) == {"deepseek": ("back", None)}


def test_a_short_snapshot_shows_nothing_that_left() -> None:
    save(0, [9, 8, DEEPSEEK, CHATGPT])
    save(DAY, [9, 8, 7])
    answer = printed("standings")
    assert moves(answer) == {"chatgpt": ("undetermined", None), "deepseek": ("left", None)}
    text = run("standings").stdout
    assert "undetermined (was 4)" in text
    assert "left (was 3)" in text
    assert "22 of 22 apps not in the top 3" in text


@pytest.mark.parametrize(("span", "hours"), [("day", DAY), ("week", WEEK)])
def test_what_is_compared_is_the_nearest_and_at_most_half_a_span_off(span: str, hours: int) -> None:
    def before() -> int | None:
        then = printed("standings")["compared_with"][span]
        return int(then["before_seconds"]) if then else None

    save(0, [DEEPSEEK])
    save(0.49 * hours, [DEEPSEEK])
    assert before() is None
    save(0.51 * hours, [DEEPSEEK])
    assert before() == round(0.51 * hours * 3600)
    save(1.25 * hours, [9, DEEPSEEK])
    assert before() == round(0.76 * hours * 3600)
    save(1.5 * hours, [DEEPSEEK])
    assert before() == round(1.01 * hours * 3600)
    save(3 * hours, [DEEPSEEK])
    assert before() == round(1.5 * hours * 3600)
    save(4.51 * hours, [DEEPSEEK])
    assert before() is None


def test_text_shows_how_old_everything_is_in_the_zone_asked_for() -> None:
    save(0, [9, DEEPSEEK])
    save(DAY, [DEEPSEEK])
    lines = run("standings", "--tz", "Asia/Tokyo").stdout.splitlines()
    assert lines[0] == (
        "us/iphone/top-free/apps, apple-rss, the first 1 at 2026-01-02T09:00:00+09:00, "
        "times in Asia/Tokyo"
    )
    assert lines[1:3] == [
        "a day before: the first 2 at 2026-01-01T09:00:00+09:00, 24.0 h before",
        "a week before: no snapshot then",
    ]
    assert lines[4].split() == ["rank", "app", "over", "a", "day", "over", "a", "week"]
    assert lines[5].split() == ["1", "DeepSeek", "+1", "no", "snapshot", "then"]
    assert lines[-1] == "21 of 22 apps not in the top 1"


def test_a_moment_shows_how_near_its_snapshot_is() -> None:
    for hour in (0, 1, 2, 3, 10, 11):
        save(hour, [DEEPSEEK])
    near = printed("standings", "--at", "2026-01-01T02:30:00Z")
    assert (near["observed_at"], near["age_seconds"]) == ("2026-01-01T02:00:00Z", 1800)
    assert (near["next_observed_at"], near["in_gap"]) == ("2026-01-01T03:00:00Z", False)
    gap = printed("standings", "--at", "2026-01-01T05:00:00Z")
    assert (gap["age_seconds"], gap["in_gap"], gap["after_last"]) == (7200, True, False)
    text = run("standings", "--at", "2026-01-01T05:00:00Z").stdout
    assert (
        "warning: that is 2.0 h before the moment asked for, in a gap without data until "
        "2026-01-01T10:00:00Z"
    ) in text
    late = printed("standings", "--at", "2026-02-01")
    assert (late["in_gap"], late["after_last"], late["next_observed_at"]) == (True, True, None)
    assert "and there is no later snapshot" in run("standings", "--at", "2026-02-01").stdout
    exact = printed("standings", "--at", "2026-01-01T03:00:00Z")
    assert (exact["age_seconds"], exact["in_gap"]) == (0, False)
    assert "moment asked for" not in run("standings", "--at", "2026-01-01T03:00:00Z").stdout


def test_nothing_is_shown_of_a_time_before_the_first_snapshot() -> None:
    save(0, [DEEPSEEK])
    for args in (("standings",), ("brief", "deepseek")):
        done = run(*args, "--at", "2025-12-31")
        assert (done.exit_code, done.stdout) == (1, "")
        assert "was not observed by 2025-12-31T23:59:59Z; the first snapshot after it is of" in (
            done.output
        )


def test_a_source_is_never_compared_with_another() -> None:
    save(0, [DEEPSEEK, 9])
    save(2, [CHATGPT, DEEPSEEK], source="web-charts")
    save(DAY, [9, DEEPSEEK])
    answer = printed("standings", "--source", "apple-rss")
    assert moves(answer) == {"deepseek": ("down", -1)}
    done = run("standings")
    assert "series from apple-rss; also there: web-charts" in done.output
    answer = printed("standings", "--source", "web-charts")
    assert (answer["source"], answer["observed_at"]) == ("web-charts", "2026-01-01T02:00:00Z")
    assert moves(answer)["chatgpt"] == ("no snapshot then", None)
    done = run("standings", "--source", "itunes-rss")
    assert done.exit_code == 1
    assert "no snapshots from 'itunes-rss', only from apple-rss, web-charts" in done.output


def test_provenance_narrows_and_is_reported() -> None:
    save(0, [DEEPSEEK, 9], provenance=Provenance.RECONSTRUCTED)
    save(13, [9, DEEPSEEK])
    save(DAY, [9, 8, DEEPSEEK])
    text = run("standings").stdout
    assert "reconstruction: played from a script between dated facts" in text
    assert printed("standings")["compared_with"]["day"]["provenance"] == "reconstructed"
    assert printed("standings", "--provenance", "recorded")["compared_with"]["day"] is None
    assert printed("standings", "--provenance", "reconstructed")["observed_at"].endswith(
        "T00:00:00Z"
    )
    done = run("standings", "--provenance", "archived")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "was not observed by that provenance" in done.output


def test_the_persons_own_apps_are_watched_too_and_their_names_are_no_code() -> None:
    Path("apptrack.toml").write_text(
        '[[apps]]\nalias = "mine"\nid = 77\nname = "\\u001b[31mMine 中"\n'
        f'[[apps]]\nalias = "seek"\nid = {DEEPSEEK}\nname = "Seek"\n'
    )
    save(0, [77, DEEPSEEK])
    answer = printed("standings")
    assert [(row["alias"], row["app_id"]) for row in answer["apps"]] == [
        ("mine", "77"), ("seek", DEEPSEEK),
    ]  # fmt: skip
    assert answer["watched"] == 23
    done = run("standings")
    assert "\x1b" not in done.output
    mine, seek = (line for line in done.stdout.splitlines() if "no snapshot then  " in line)
    assert mine.index("no snapshot") == seek.index("no snapshot") - 1  # one wide letter


def test_a_chart_without_assistants_is_said_to_be_one() -> None:
    save(0, [9, 8])
    assert printed("standings")["apps"] == []
    assert run("standings").stdout.endswith("\n22 of 22 apps not in the top 2\n")
