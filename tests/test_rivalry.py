"""Two apps summed up, and the options of the ledger."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.shop import apptrack
from tests.test_asking import A_THEN_D, CHATGPT, DEEPSEEK, save
from tracker.analysis import Bounds
from tracker.analysis.rivalry import rivalry
from tracker.model import App, Chart, Provenance, Series, Timeline

BEGIN = datetime(2026, 8, 17, tzinfo=UTC)
HOUR = 3600
Ranks = list[int | None]


def pair(a: Ranks, b: Ranks) -> tuple[Series, Series]:
    times = tuple(BEGIN + timedelta(hours=hour) for hour in range(len(a)))
    many = len(times)
    line = Timeline(
        Chart.parse("us/iphone/top-free/apps"), "apple-rss", times, (100,) * many,
        (Provenance.RECORDED,) * many,
    )  # fmt: skip
    return Series(line, App("1", "A"), tuple(a)), Series(line, App("2", "B"), tuple(b))


def at(hour: int) -> datetime:
    return BEGIN + timedelta(hours=hour)


def test_who_is_ahead_now_since_when_and_by_how_much() -> None:
    summary = rivalry(*pair([5, 4, 2, 2], [1, 3, 3, 8]))
    assert summary.now is not None
    assert summary.now.leader.name == "A"
    assert summary.last is not None
    assert (summary.last.after, summary.last.by) == (at(1), at(2))
    assert summary.margin == 6
    assert summary.log_margin == pytest.approx(math.log(8 / 2))
    assert summary.ahead == (Bounds(HOUR, 2 * HOUR), Bounds(HOUR, 2 * HOUR))
    assert summary.shares() == (Bounds(1 / 3, 2 / 3), Bounds(1 / 3, 2 / 3))
    assert (summary.changes, summary.confirmed) == (1, 1)


def test_a_snapshot_that_finds_neither_is_undetermined_not_a_lead() -> None:
    summary = rivalry(*pair([1, 1, None], [2, 2, None]))
    assert summary.undetermined_since == at(1)
    assert summary.now is not None
    assert summary.now.last == at(1)
    none = rivalry(*pair([None, None], [None, None]))
    assert (none.now, none.last, none.longest, none.margin, none.settled) == (
        None, None, None, None, False,
    )  # fmt: skip


def test_no_margin_where_one_is_unranked() -> None:
    summary = rivalry(*pair([1, 1], [2, None]))
    assert (summary.margin, summary.log_margin) == (None, None)


def test_one_snapshot_has_no_shares() -> None:
    assert rivalry(*pair([1], [2])).shares() is None


@pytest.mark.parametrize(
    ("a", "b", "hours", "settled"),
    [
        ([1] * 6, [2] * 6, 5, True),
        ([1] * 6, [2] * 6, 6, False),
        ([3, 1, 1, 1], [2, 2, 2, 2], 2, True),
        ([3, 3, 3, 1], [2, 2, 2, 2], 1, False),
    ],
)
def test_a_lead_is_settled_when_it_has_lasted_unbroken(
    a: Ranks, b: Ranks, hours: int, settled: bool
) -> None:
    assert rivalry(*pair(a, b), settled=timedelta(hours=hours)).settled is settled


RANK = st.none() | st.integers(1, 6)


@settings(max_examples=75, deadline=None)
@given(
    st.lists(
        st.tuples(RANK, RANK).filter(lambda two: two[0] != two[1] or two[0] is None),
        min_size=1,
        max_size=25,
    )
)
def test_swapping_the_two_mirrors_everything(
    snapshots: list[tuple[int | None, int | None]],
) -> None:
    a, b = pair([number for number, _ in snapshots], [two for _, two in snapshots])
    there, back = rivalry(a, b), rivalry(b, a)
    assert there.ahead == (back.ahead[::-1] if back.ahead else None)
    assert there.never_ranked == back.never_ranked[::-1]
    assert there.now == back.now
    assert (there.margin, there.changes, there.confirmed) == (
        back.margin,
        back.changes,
        back.confirmed,
    )
    assert there.longest == back.longest
    assert there.settled == back.settled
    for bounds in there.ahead or ():
        assert 0 <= bounds.lower <= bounds.upper <= there.span_seconds


def test_versus_is_printed_for_people_and_for_programs() -> None:
    save(*A_THEN_D)
    (document,) = json.loads(apptrack("versus", "deepseek", "chatgpt", "--json").stdout)
    assert document["ahead_now"] == DEEPSEEK
    assert (document["ahead_after"], document["ahead_by"]) == (
        "2026-08-17T05:00:00Z",
        "2026-08-17T06:00:00Z",
    )
    assert (document["margin_ranks"], document["margin_ln"]) == (1, 0.6931)
    assert document["settled"] is False
    table = apptrack("versus", "deepseek", "chatgpt", "--tz", "Asia/Tokyo").stdout
    assert "after 2026-08-17T14:00:00+09:00 and by 2026-08-17T15:00:00+09:00" in table
    assert "times in Asia/Tokyo" in table
    assert "1 place, ln(rank ratio) 0.693" in table
    assert "contested" in table
    assert "settled: ahead at each of 2 snapshots in 60 min, of 60 min needed" in apptrack(
        "versus", "deepseek", "chatgpt", "--settled", "1h"
    ).stdout  # fmt: skip


def test_the_ledger_of_everyone_and_its_filters() -> None:
    claude = "6473753684"
    save([CHATGPT, claude], [CHATGPT, DEEPSEEK, claude], [DEEPSEEK, CHATGPT], [DEEPSEEK, claude])
    every = json.loads(apptrack("overtakes", "--all", "--json").stdout)
    pairs = [(row["winner"], row["loser"], row["kind"], row["status"]) for row in every]
    assert pairs == [
        ("DeepSeek", "Claude by Anthropic", "entry", "confirmed"),
        ("DeepSeek", "ChatGPT", "pass", "confirmed"),
        ("Claude by Anthropic", "ChatGPT", "exchange", "pending"),
    ]
    entries = json.loads(apptrack("overtakes", "--all", "--json", "--kind", "entry").stdout)
    assert entries == every[:1]
    narrow = ("--status", "pending", "--status", "flip", "--kind", "pass", "--kind", "exchange")
    assert json.loads(apptrack("overtakes", "--all", "--json", *narrow).stdout) == every[2:]
    rows = list(csv.DictReader(io.StringIO(apptrack("overtakes", "--all", "--csv").stdout)))
    assert [row["id"] for row in rows] == [row["id"] for row in every]
    assert {row["gap"] for row in rows} == {"false"}
    assert rows[0]["loser_rank_after"] == "3"
    assert rows[0]["winner_rank_before"] == ""


def test_an_empty_ledger_still_has_its_columns() -> None:
    save([CHATGPT, DEEPSEEK], [CHATGPT, DEEPSEEK])
    empty = apptrack("overtakes", "deepseek", "chatgpt", "--csv").stdout
    save(*A_THEN_D, begin=5)
    full = apptrack("overtakes", "deepseek", "chatgpt", "--csv").stdout
    assert len(full.splitlines()) > 1
    assert empty.splitlines() == full.splitlines()[:1]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["overtakes"], "name two apps at least, or --all"),
        (["overtakes", "deepseek", "--all"], "name two apps at least, or --all"),
        (["overtakes", "--all", "--csv", "--json"], "choose one of --json and --csv"),
        (["overtakes", "--all", "--kind", "leap"], "'leap' is not one of"),
        (
            ["overtakes", "deepseek", "chatgpt", "--tz", "Mars/Olympus"],
            "Invalid time zone 'Mars/Olympus'",
        ),
        (["versus", "deepseek", "deepseek"], "name two apps at least"),
        (["versus", "deepseek"], "Missing argument"),
    ],
)
def test_misuse(args: list[str], words: str) -> None:
    save(*A_THEN_D)
    done = apptrack(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_fewer_than_two_assistants_are_an_error_in_a_line() -> None:
    save(["7", CHATGPT], ["7", CHATGPT])
    done = apptrack("overtakes", "--all")
    assert (done.returncode, done.stdout) == (1, "")
    assert "of the assistants only ChatGPT was ranked" in done.stderr


def test_two_apps_of_which_one_was_never_ranked_are_not_compared() -> None:
    save([DEEPSEEK, "7"], [DEEPSEEK, "7"])
    done = apptrack("versus", "deepseek", "chatgpt")
    assert done.returncode == 0
    assert "ranked in 2 of 2 snapshots" in done.stdout
    assert "never ranked" in done.stdout
    assert "not compared" in done.stdout
    assert "% of the time" not in done.stdout
    assert f"ChatGPT ({CHATGPT}) was not ranked on us/iphone/top-free/apps" in done.stderr
    (document,) = json.loads(apptrack("versus", "deepseek", "chatgpt", "--json").stdout)
    assert document["never_ranked"] == [CHATGPT]
    for name in ("ahead_now", "a_share_lower", "a_ahead_seconds_upper", "longest_lead"):
        assert document[name] is None, name
    ledger = apptrack("overtakes", "deepseek", "chatgpt").stdout
    assert "no overtake: only one of them was ever ranked in these snapshots" in ledger


def test_two_apps_that_were_never_ranked_have_no_answer() -> None:
    save(["7"], ["7"])
    for command in ("versus", "overtakes"):
        done = apptrack(command, "deepseek", "chatgpt", "--json")
        assert (done.returncode, done.stdout) == (1, "")
        assert f"DeepSeek ({DEEPSEEK}) was not ranked on" in done.stderr
        assert f"ChatGPT ({CHATGPT}) was not ranked on" in done.stderr
