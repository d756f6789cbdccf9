"""The sentences of a brief: never more than the file holds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tests.support.stored import CHART, SOURCE, at, entries
from tracker.cli import main
from tracker.model import Provenance, Snapshot
from tracker.store import Store

DEEPSEEK, CHATGPT, CLAUDE = "6737597349", "6448311069", "6473753684"
DAY = 24
DB = Path("some.db")
NO_SNAPSHOT = {"move": "no snapshot then", "change": None, "rank_before": None}


def save(front: str, hour: float, ids: Sequence[object], **more: Any) -> None:
    chart = replace(CHART, storefront=front)
    with Store(DB) as store:
        store.save(replace(Snapshot(chart, SOURCE, at(hour), entries(ids)), **more))


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["brief", *args, "--db", str(DB)])


def printed(*args: str) -> dict[str, list[Any]]:
    """The sentences by what they are about."""
    done = run(*args, "--json")
    assert done.exit_code == 0, done.output
    facts: dict[str, list[Any]] = {}
    for row in json.loads(done.stdout):
        assert set(row) == {"about", "sentence", "caveat", "facts"}
        facts.setdefault(row["about"], []).append(row)
    return facts


def test_each_sentence_has_its_caveat_and_its_facts() -> None:
    save("us", -7 * DAY, [CHATGPT, 9, DEEPSEEK])
    save("us", 0, [CHATGPT, DEEPSEEK])
    save("us", 23, [CHATGPT, DEEPSEEK])
    save("us", 24, [DEEPSEEK, CHATGPT])
    save("us", 25, [DEEPSEEK, CHATGPT])
    brief = printed("deepseek")
    assert list(brief) == ["rank", "storefronts", "day", "week", "month", "passed"]
    rank, fronts, day, week, month, passed = (row for (row,) in brief.values())
    assert rank["sentence"] == (
        "DeepSeek was at rank 1 on the chart App Store, United States · iPhone · top free · "
        "apps, games not included (us/iphone/top-free/apps) at 2026-01-02T01:00:00Z."
    )
    assert rank["caveat"] == (
        "As apple-rss reported it, top 2; 5 snapshots in 8 days, at most 7 days apart, "
        "coverage 12.9% (1 gap), since 2025-12-25T00:00:00Z."
    )
    assert (rank["facts"]["rank"], rank["facts"]["cadence_seconds"]) == (1, 3600)
    assert fronts["sentence"] == (
        "DeepSeek was at number one in 1 (United States) and in the top ten in "
        "1 (United States) of the 1 storefront observed."
    )
    assert day["sentence"] == "25.0 h before, it was at rank 2, and has moved up 1 rank."
    assert day["caveat"].startswith(
        "Compared with the first 2 at 2026-01-01T00:00:00Z, 25.0 h before"
    )
    assert day["facts"]["movement"] == {"move": "up", "change": 1, "rank_before": 2}
    assert week["sentence"] == "8.0 d before, it was at rank 3, and has moved up 2 ranks."
    assert month["sentence"] == "Where it was a month (30 d) before is not known."
    assert month["facts"] == {"span": "month", "compared_with": None, "movement": NO_SNAPSHOT}
    assert passed["sentence"] == (
        "It passed ChatGPT after 2026-01-01T23:00:00Z and by 2026-01-02T00:00:00Z, and was "
        "still ahead at 2026-01-02T01:00:00Z."
    )
    assert passed["caveat"].startswith(
        "Confirmed; pass, 2→1 against 1→2; when is known to 60 min; 5 snapshots in 8 days"
    )
    assert passed["facts"]["loser_id"] == CHATGPT
    assert passed["facts"]["id"].endswith(f"@2026-01-02T00:00:00Z,{DEEPSEEK},{CHATGPT}")
    lines = run("deepseek", "--tz", "Asia/Tokyo").stdout.splitlines()
    assert lines[0].endswith("at 2026-01-02T10:00:00+09:00.")
    assert lines[1].startswith("    As apple-rss reported it")
    assert lines[-1] == "Times are in Asia/Tokyo."
    assert len(lines) == 2 * len(brief) + 1


def test_a_brief_of_a_time_knows_nothing_of_later_snapshots() -> None:
    save("us", 0, [CHATGPT, 9])
    save("us", 1, [CHATGPT, DEEPSEEK])
    save("jp", 1, [DEEPSEEK])
    early = printed("deepseek", "--at", "2026-01-01T00:30:00Z")
    assert list(early) == ["rank", "never ranked", "storefronts"]
    assert "was not among the first 2 of the chart" in early["rank"][0]["sentence"]
    assert early["never ranked"][0]["facts"] == {"ranked_on": []}
    assert "Nor has one of any other chart" in early["never ranked"][0]["caveat"]
    assert early["storefronts"][0]["facts"]["watched"] == ["us"]
    assert "30 min before the moment asked for" in early["rank"][0]["caveat"]


def test_an_app_never_ranked_there_is_said_to_be_elsewhere() -> None:
    save("us", 0, [CHATGPT])
    save("jp", -3, [DEEPSEEK])
    save("jp", 0, [9])
    brief = printed("deepseek")
    (never,) = brief["never ranked"]
    assert never["sentence"] == (
        "No snapshot of that chart up to 2026-01-01T00:00:00Z has DeepSeek."
    )
    assert (
        "it was ranked on jp/iphone/top-free/apps (apple-rss), last at 2025-12-31T21:00:00Z"
        in (never["caveat"])
    )
    assert (
        "at number one in none and in the top ten in none of the 2 storefronts"
        in (brief["storefronts"][0]["sentence"])
    )


def test_a_storefront_not_observed_lately_is_not_one_without_it() -> None:
    save("us", 100, [DEEPSEEK])
    save("jp", 100 - 36, [9, DEEPSEEK])
    save("de", 100 - 36.1, [DEEPSEEK])
    save("fr", 100, [9])
    save("gb", 100, list(range(1, 11)))
    save("kr", 101, [DEEPSEEK, CHATGPT], provenance=Provenance.IMPORTED)
    (row,) = printed("deepseek", "--at", "2026-01-05T04:00:00Z")["storefronts"]
    assert row["sentence"] == (
        "DeepSeek was at number one in 1 (United States) and in the top ten in "
        "2 (Japan, United States) of the 4 storefronts observed of 5 watched."
    )
    assert "not observed in that time, and not counted: Germany;" in row["caveat"]
    assert "less than rank 10, so that the top ten may have it: France" in row["caveat"]
    assert "imported from a file" not in row["caveat"]
    assert row["facts"]["watched"] == ["de", "fr", "gb", "jp", "us"]
    # The moment is the newest snapshot of any storefront, and the chart's own is older.
    later = printed("deepseek")
    assert later["storefronts"][0]["facts"]["number_one"] == ["kr", "us"]
    assert "imported from a file" in later["storefronts"][0]["caveat"]
    assert (
        "60 min before the moment asked for, and there is no later snapshot"
        in (later["rank"][0]["caveat"])
    )
    (late,) = printed("deepseek", "--at", "2027-01-01")["storefronts"]
    assert late["sentence"] == "In how many storefronts DeepSeek was in the top ten is not known."
    assert late["facts"]["observed"] == 0


def test_storefronts_are_those_of_the_same_list_each_by_one_source() -> None:
    save("us", 0, [DEEPSEEK])
    save("jp", 0, [9, 8], source="web-charts")
    with Store(DB) as store:
        for part in ({"genre": "productivity"}, {"device": "ipad"}, {"ranking": "top-paid"}):
            other = replace(CHART, storefront="de", **part)
            store.save(Snapshot(other, SOURCE, at(0), entries([DEEPSEEK])))
    (row,) = printed("deepseek")["storefronts"]
    assert row["facts"]["sources"] == {"us": "apple-rss", "jp": "web-charts"}
    assert row["facts"]["too_shallow"] == ["jp"]
    assert "as reported by apple-rss, web-charts" in row["caveat"]
    (row,) = printed("deepseek", "--source", "apple-rss")["storefronts"]
    assert row["facts"]["sources"] == {"us": "apple-rss"}


def test_what_it_passed_stands_still_and_is_of_the_last_week() -> None:
    week = 7 * DAY
    save("us", -1, [CHATGPT, CLAUDE, 9, DEEPSEEK])
    save("us", 0, [DEEPSEEK, CHATGPT, CLAUDE, 9])
    save("us", week - 1, [CLAUDE, DEEPSEEK, CHATGPT, 9])
    save("us", week, [DEEPSEEK, CLAUDE, CHATGPT, 9], provenance=Provenance.RECONSTRUCTED)
    brief = printed("deepseek")
    assert [row["facts"]["loser"] for row in brief["passed"]] == ["ChatGPT", "Claude by Anthropic"]
    first, last = brief["passed"]
    assert (first["facts"]["status"], last["facts"]["status"]) == ("confirmed", "pending")
    assert last["caveat"].startswith("Pending, too early to tell whether it lasts; pass, 2→1")
    assert "reconstruction: played from a script" in last["caveat"]
    assert printed("deepseek", "--confirm", "1")["passed"][1]["caveat"].startswith("Confirmed")
    save("us", week + 1, [CLAUDE, DEEPSEEK, CHATGPT, 9])
    (none,) = printed("deepseek")["passed"]
    assert none["sentence"] == (
        "In the 7 days before, it was seen to pass no assistant that it is still ahead of."
    )
    assert none["facts"]["compared"] == 2
    save("us", week + 2, [CLAUDE, 9])
    assert "passed" not in printed("deepseek")


def test_movements_are_put_in_words() -> None:
    save("us", 0, [9, DEEPSEEK, 7, CLAUDE])
    save("us", DAY, [CHATGPT, DEEPSEEK, 5])
    said = {app: printed(app)["day"][0]["sentence"] for app in ("deepseek", "chatgpt", "claude")}
    assert said == {
        "deepseek": "24.0 h before, it was at rank 2 too.",
        "chatgpt": "24.0 h before, it was not among the first 4; it is new, and no stay in the "
        "chart before this one was seen.",
        "claude": "24.0 h before, it was at rank 4; whether it has left is not known, for only 3 "
        "were observed.",
    }
    save("us", 2 * DAY, [CLAUDE, 9, DEEPSEEK, CHATGPT])
    said = {app: printed(app)["day"][0]["sentence"] for app in ("deepseek", "chatgpt", "claude")}
    assert said == {
        "deepseek": "24.0 h before, it was at rank 2, and has moved down 1 rank.",
        "chatgpt": "24.0 h before, it was at rank 1, and has moved down 3 ranks.",
        "claude": "24.0 h before, it was not among the first 3; it is back, for it had been seen "
        "in the chart before.",
    }
    save("us", 3 * DAY, [9, 8, 7, 6])
    save("us", 4 * DAY, [9, 8, 7, 6, CLAUDE])
    assert printed("deepseek", "--at", "2026-01-04")["day"][0]["sentence"] == (
        "24.0 h before, it was at rank 3, and has left the first 4."
    )
    assert printed("deepseek")["day"][0]["sentence"] == (
        "24.0 h before, it was not among the first 4 either."
    )
    assert (
        "it was last ranked there at 2026-01-03T00:00:00Z"
        in printed("deepseek")["rank"][0]["caveat"]
    )
    assert printed("claude")["day"][0]["sentence"] == (
        "24.0 h before, it was not among the first 4; whether it was ranked below that is not "
        "known."
    )


def test_a_name_cannot_drive_the_terminal() -> None:
    with Store(DB) as store:
        names = {"7": "\x1b[31mRed\x1b[0m\u202e"}
        store.save(Snapshot(CHART, SOURCE, at(0), entries(["7", DEEPSEEK], names)))
    done = run("7")
    assert done.exit_code == 0
    assert "Red" in done.stdout
    assert not {"\x1b", "\u202e"} & set(done.stdout)
