"""One app passing another, storefront after storefront."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.stored import CHART, SOURCE, at, entries
from tracker.analysis import Status, overtakes
from tracker.analysis.waves import Passing, wave
from tracker.cli import main
from tracker.model import App, Chart, Provenance, Series, Snapshot, Timeline
from tracker.store import Store

DEEPSEEK, CHATGPT = "6737597349", "6448311069"
DB = Path("some.db")
FRONTS = ("at", "be", "ch", "de", "es")
Leads = Sequence[bool | None]


def chart(front: str) -> Chart:
    return replace(CHART, storefront=front)


def pair(front: str, leads: Leads, first: int = 0) -> tuple[Series, Series]:
    """Snapshots an hour apart from hour FIRST on; each says whether A is ahead; None: neither."""
    line = Timeline(
        chart(front), SOURCE, tuple(at(first + hour) for hour in range(len(leads))),
        (100,) * len(leads), (Provenance.RECORDED,) * len(leads),
    )  # fmt: skip
    a = tuple(None if lead is None else 1 if lead else 2 for lead in leads)
    b = tuple(None if lead is None else 2 if lead else 1 for lead in leads)
    return Series(line, App("1", "A"), a), Series(line, App("2", "B"), b)


A, B, N = True, False, None


def test_each_state_is_another_and_they_stand_in_order() -> None:
    passages = wave(
        [
            pair("at", [N, N]), pair("be", [B, N, B]), pair("ch", [B, A]), pair("de", [A, B, A]),
            pair("es", [B, A, B, B, A, A]), pair("fr", [B, A, A]), pair("gb", [A, B, A, A]),
            pair("hk", [B, A, B, B]),
        ]
    )  # fmt: skip
    pairs = [
        (passage.chart.storefront, passage.passing.value, passage.surely_after)
        for passage in passages
    ]
    assert pairs == [
        ("fr", "passed", None), ("gb", "passed", True), ("es", "passed", True),
        ("de", "ahead from the first snapshot", None), ("ch", "not confirmed", None),
        ("hk", "not confirmed", None), ("be", "not passed", None), ("at", "never ranked", None),
    ]  # fmt: skip
    by = {passage.chart.storefront: passage for passage in passages}
    assert by["es"].overtake is not None
    assert (by["es"].overtake.after, by["es"].overtake.by) == (at(3), at(4))
    statuses = {text: passage.overtake.status for text, passage in by.items() if passage.overtake}
    assert (statuses["ch"], statuses["hk"]) == (Status.PENDING, Status.FLIP)
    assert (by["gb"].ahead_at_first, by["fr"].ahead_at_first) == (True, False)
    assert (by["de"].ahead_at_last, by["hk"].ahead_at_last) == (True, False)
    assert (by["at"].ahead_at_first, by["at"].ahead_at_last) == (None, None)


def test_no_order_is_claimed_between_intervals_that_overlap() -> None:
    passages = wave(
        [
            pair("at", [B, A, A], first=0), pair("be", [B, N, A, A], first=0),
            pair("ch", [B, A, A], first=2), pair("de", [B, N, N, A, A], first=1),
        ]
    )  # fmt: skip
    pairs = [(passage.chart.storefront, passage.surely_after) for passage in passages]
    assert pairs == [("at", None), ("be", False), ("ch", True), ("de", False)]


LEADS = st.lists(st.sampled_from([A, B, N]), min_size=1, max_size=8)


@settings(max_examples=100)
@given(st.lists(st.tuples(LEADS, st.integers(0, 3)), min_size=1, max_size=5), st.integers(1, 3))
def test_the_order_is_that_of_a_slow_reading(
    fronts: list[tuple[list[bool | None], int]], confirm: int
) -> None:
    pairs = [pair(front, *result) for front, result in zip(FRONTS, fronts, strict=False)]
    passages = wave(pairs, confirm)
    assert sorted(passage.chart for passage in passages) == sorted(
        a.timeline.chart for a, _ in pairs
    )
    passed = [passage.overtake for passage in passages if passage.passing is Passing.PASSED]
    for (a, b), flags in zip(pairs, map(list, (leads for leads, _ in fronts)), strict=True):
        (passage,) = (passage for passage in passages if passage.chart == a.timeline.chart)
        seen = [lead for lead in flags if lead is not None]
        runs = [lead for place, lead in enumerate(seen) if not place or lead != seen[place - 1]]
        won = [each for each in overtakes(a, b, confirm) if each.winner == a.app]
        sure = [each for each in won if each.status is Status.CONFIRMED]
        last = won[-1] if won and not seen[0] else None
        assert passage.overtake == (sure[0] if sure else last)
        expected = (
            Passing.PASSED if sure
            else Passing.NEVER_RANKED if not runs
            else Passing.AHEAD if runs[0]
            else Passing.UNCONFIRMED if A in runs
            else Passing.BEHIND
        )  # fmt: skip
        assert passage.passing is expected
    kinds = [list(Passing).index(passage.passing) for passage in passages]
    assert kinds == sorted(kinds)
    for place, passage in enumerate(passages[: len(passed)]):
        assert passage.overtake is not None
        above = [each for each in passed[:place] if each]
        assert all(each.by <= passage.overtake.by for each in above)
        surely = all(each.by <= passage.overtake.after for each in above) if above else None
        assert passage.surely_after == surely
    assert all(passage.surely_after is None for passage in passages[len(passed) :])


def save(
    front: str, *orders: Sequence[str], source: str = SOURCE, first: int = 0, **more: Any
) -> None:
    with Store(DB) as store:
        for hour, ids in enumerate(orders, first):
            snapshot = Snapshot(chart(front), source, at(hour), entries(ids))
            store.save(replace(snapshot, **more))


def run(*args: str) -> Result:
    return CliRunner().invoke(main, [*args, "--db", str(DB)])


LATE = ([CHATGPT, DEEPSEEK], [CHATGPT, DEEPSEEK], [DEEPSEEK, CHATGPT], [DEEPSEEK, CHATGPT])


def test_the_wave_is_printed_for_people_and_for_programs() -> None:
    save("us", *LATE)
    save("jp", *LATE[1:], LATE[-1])
    save("de", *LATE[2:])
    document = json.loads(run("wave", "deepseek", "chatgpt", "--json").stdout)
    assert [(row["storefront"], row["passing"], row["surely_after"]) for row in document] == [
        ("jp", "passed", None), ("us", "passed", True),
        ("de", "ahead from the first snapshot", None),
    ]  # fmt: skip
    assert document[0] == {
        "storefront": "jp", "chart": "jp/iphone/top-free/apps", "source": "apple-rss",
        "a_id": DEEPSEEK, "b_id": CHATGPT, "passing": "passed",
        "never_ranked": [], "surely_after": None,
        "id": f"apple-rss:jp/iphone/top-free/apps@2026-01-01T01:00:00Z,{DEEPSEEK},{CHATGPT}",
        "after": "2026-01-01T00:00:00Z", "by": "2026-01-01T01:00:00Z", "kind": "pass",
        "status": "confirmed", "gap": False, "winner_rank_before": 2, "winner_rank_after": 1,
        "loser_rank_before": 1, "loser_rank_after": 2, "held_seconds": 7200,
        "a_ahead_at_first": False, "a_ahead_at_last": True, "snapshots": 4,
        "first_snapshot": "2026-01-01T00:00:00Z", "last_snapshot": "2026-01-01T03:00:00Z",
        "provenances": ["recorded"],
    }  # fmt: skip
    assert json.loads(run("cite", document[0]["id"], "--json").stdout)["event"] == document[0]["id"]
    rows = list(csv.DictReader(io.StringIO(run("wave", "deepseek", "chatgpt", "--csv").stdout)))
    assert list(rows[0]) == list(document[0])
    assert [row["surely_after"] for row in rows] == ["", "true", ""]
    assert (rows[2]["by"], rows[2]["a_ahead_at_last"]) == ("", "true")
    table = run("wave", "deepseek", "chatgpt", "--tz", "Asia/Tokyo").stdout
    assert "DeepSeek passing ChatGPT, iphone/top-free/apps, times in Asia/Tokyo" in table
    assert "2026-01-01T09:00:00+09:00" in table
    back = json.loads(run("wave", "chatgpt", "deepseek", "--json").stdout)
    assert [row["passing"] for row in back] == ["ahead from the first snapshot"] * 2 + [
        "not passed"
    ]


def test_only_the_storefront_of_on_is_left_open() -> None:
    save("us", *LATE)
    save("jp", *LATE)
    with Store(DB) as store:
        for other in ({"genre": "productivity"}, {"device": "ipad"}, {"ranking": "top-paid"}):
            store.save(Snapshot(replace(CHART, **other), SOURCE, at(0), entries([DEEPSEEK])))
    every = ("wave", "deepseek", "chatgpt", "--json", "--on")
    for front in ("us", "gb"):
        document = json.loads(run(*every, f"{front}/iphone/top-free/apps").stdout)
        assert [row["storefront"] for row in document] == ["jp", "us"]
    (document,) = json.loads(run(*every, "gb/iphone/top-free/productivity").stdout)
    assert document["chart"] == "us/iphone/top-free/productivity"
    assert (document["passing"], document["never_ranked"]) == ("never ranked", [CHATGPT])


def test_a_storefront_that_never_ranked_one_of_them_counts_in_no_share() -> None:
    save("us", *LATE)
    with Store(DB) as store:
        for front, ids in (("jp", [DEEPSEEK]), ("de", [CHATGPT]), ("fr", ["9"])):
            store.save(Snapshot(chart(front), SOURCE, at(0), entries(ids)))
    done = run("wave", "deepseek", "chatgpt")
    assert done.output.splitlines()[1] == (
        "passed in 1 of 1 storefront that ranked both; "
        "never ranked: DeepSeek in de; DeepSeek and ChatGPT in fr; ChatGPT in jp"
    )
    assert "ahead" not in done.output.split("──")[-1].split("de ", 1)[1]
    rows = {
        row["storefront"]: row
        for row in json.loads(run("wave", "deepseek", "chatgpt", "--json").stdout)
    }
    assert {front: row["never_ranked"] for front, row in rows.items()} == {
        "us": [], "jp": [CHATGPT], "de": [DEEPSEEK], "fr": [DEEPSEEK, CHATGPT],
    }  # fmt: skip
    for front in ("jp", "de", "fr"):
        assert rows[front]["passing"] == "never ranked"
        assert (rows[front]["a_ahead_at_first"], rows[front]["a_ahead_at_last"]) == (None, None)
    table = csv.DictReader(io.StringIO(run("wave", "deepseek", "chatgpt", "--csv").stdout))
    by_front = {row["storefront"]: row for row in table}
    assert by_front["fr"]["never_ranked"] == f"{DEEPSEEK} {CHATGPT}"


def test_two_apps_that_no_storefront_ranks_make_no_wave() -> None:
    save("us", *LATE)
    done = run("wave", "claude", "grok")
    assert done.exit_code == 1
    assert "was not ranked on us/iphone/top-free/apps in these snapshots" in done.output


def test_each_storefront_has_one_source_and_what_is_no_recording_is_reported() -> None:
    save("us", *LATE, source="web-charts")
    save("us", LATE[0], LATE[0], provenance=Provenance.RECONSTRUCTED)
    save("jp", *LATE, source="web-charts")
    document = json.loads(run("wave", "deepseek", "chatgpt", "--json").stdout)
    assert [(row["storefront"], row["source"], row["passing"]) for row in document] == [
        ("jp", "web-charts", "passed"), ("us", "apple-rss", "not passed"),
    ]  # fmt: skip
    assert document[1]["provenances"] == ["reconstructed"]
    assert "us: reconstruction: played from a script" in run("wave", "deepseek", "chatgpt").output


def test_a_window_narrows_and_confirm_is_obeyed() -> None:
    save("us", *LATE)
    every = ("wave", "deepseek", "chatgpt", "--json")
    (document,) = json.loads(run(*every, "--confirm", "3").stdout)
    assert (document["passing"], document["status"]) == ("not confirmed", "pending")
    assert "not confirmed: pending" in run("wave", "deepseek", "chatgpt", "--confirm", "3").stdout
    (document,) = json.loads(run(*every, "--since", "2026-01-01T02:00:00Z").stdout)
    assert document["passing"] == "ahead from the first snapshot"
    (document,) = json.loads(run(*every, "--until", "2026-01-01T01:00:00Z").stdout)
    assert (document["passing"], document["by"]) == ("not passed", None)
    done = run(*every, "--since", "2027-01-01")
    assert (done.exit_code, done.stdout) == (1, "")
    assert (
        "no storefront's iphone/top-free/apps was observed from 2027-01-01T00:00:00Z on"
        in done.output
    )


def test_a_name_cannot_drive_the_terminal() -> None:
    names = {"7": "\x1b[31mRed\x1b[0m", "8": "\u202egnirts"}
    with Store(DB) as store:
        for hour, ids in enumerate((["7", "8"], ["8", "7"], ["8", "7"])):
            store.save(Snapshot(CHART, SOURCE, at(hour), entries(ids, names)))
    done = run("wave", "8", "7")
    assert done.exit_code == 0
    assert "\x1b" not in done.output
    assert "\u202e" not in done.output
    assert "Red" in done.output


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["deepseek"], "Missing argument 'B'"),
        (["deepseek", DEEPSEEK], "name two apps"),
        (["deepseek", "chatgpt", "--csv", "--json"], "choose one of --json and --csv"),
        (
            ["deepseek", "chatgpt", "--since", "2027-01-01", "--until", "2026-01-01"],
            "before --until",
        ),
    ],
)
def test_misuse(args: list[str], words: str) -> None:
    save("us", *LATE)
    done = run("wave", *args)
    assert done.exit_code == 2
    assert words in done.output
