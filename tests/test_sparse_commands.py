"""Every command that reads, over files with ranks of single apps: none calls an app unranked.

Three files: ranks of single apps only; the same beside whole charts of the same chart and source;
two apps at instants of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.plots import rows
from tests.support.stored import CHART, OTHER_CHART, SOURCE, at
from tracker.alerts.evaluation import view
from tracker.analysis import Kind, overtakes, stats
from tracker.cli import main
from tracker.model import App, Chart, Entry, Provenance, Scope, Snapshot
from tracker.plot import draw
from tracker.report.scene import left_for_good
from tracker.settings import Rule, What
from tracker.store import Store

DEEPSEEK, CHATGPT, CLAUDE = "6737597349", "6448311069", "6473753684"
NAMES = {DEEPSEEK: "DeepSeek", CHATGPT: "ChatGPT", CLAUDE: "Claude by Anthropic"}
DAY = 24
SINGLE = "ranks of single apps, no whole charts"
CITED = "apple-rss:us/iphone/top-free/apps@2026-01-02T00:00:00Z"

#: Each command with what it needs; ``OUT`` is a picture's path.
READING = (
    "stats deepseek", "stats deepseek chatgpt", "overtakes deepseek chatgpt", "overtakes --all",
    "versus deepseek chatgpt", "wave deepseek chatgpt", "standings", "brief deepseek",
    "brief chatgpt", "brief claude", "status us/iphone/top-free/apps", "heatmap deepseek -o OUT",
    "heatmap deepseek --json", "heatmap deepseek chatgpt --wave -o OUT", "chart deepseek -o -",
    "chart deepseek chatgpt -o -", "chart deepseek chatgpt -o OUT", "chart claude -o OUT",
    "chart deepseek --context 3 -o OUT", "chart deepseek chatgpt --style bump -o OUT",
    "chart deepseek chatgpt --facet storefront -o OUT", f"cite {CITED}", "verify",
    "overtakes deepseek chatgpt --csv",
    "top", "top --json", "movers", "movers --over week --json",
    "stats chatgpt --json", "standings --json",
)  # fmt: skip


#: What whole charts say of apps that they have not, where there are any.
OF_WHOLE_CHARTS = (
    "movers",
    "brief claude",
    "chart claude -o OUT",
    "standings",
    "heatmap deepseek -o OUT",
)


def some(hour: float, ranks: Mapping[str, int], chart: Chart = CHART) -> Snapshot:
    rows = sorted((rank, app) for app, rank in ranks.items())
    entries = tuple(Entry(rank, app, NAMES.get(app)) for rank, app in rows)
    return Snapshot(
        chart, SOURCE, at(hour), entries, provenance=Provenance.IMPORTED, scope=Scope.SPARSE
    )


def whole(hour: float, ranks: Mapping[str, int], depth: int) -> Snapshot:
    by_rank = {rank: app for app, rank in ranks.items()}
    ids = [by_rank.get(rank, str(1000 + rank)) for rank in range(1, depth + 1)]
    entries = tuple(Entry(rank, app, NAMES.get(app)) for rank, app in enumerate(ids, 1))
    return Snapshot(CHART, SOURCE, at(hour), entries)


def only_sparse() -> Iterable[Snapshot]:
    """DeepSeek climbs from 130 past ChatGPT, in two storefronts; Claude is stated now and then."""
    for day in range(14):
        claude = {CLAUDE: 61} if day % 5 else {}
        climbing = 130 - 10 * day if day < 13 else 1
        yield some(day * DAY, {DEEPSEEK: climbing, CHATGPT: 9 + day % 2} | claude)
        yield some(day * DAY + 12, {DEEPSEEK: 128 - 9 * day})
        yield some(day * DAY, {DEEPSEEK: 4 + day, CHATGPT: 40}, OTHER_CHART)


def beside_whole() -> Iterable[Snapshot]:
    """A week of single apps, then whole charts of 40 in which DeepSeek is always ranked."""
    for day in range(7):
        yield some(day * DAY, {DEEPSEEK: 61 - 2 * day, CHATGPT: 12})
    for day in range(7, 14):
        yield whole(day * DAY, {DEEPSEEK: 40 - day, CHATGPT: 5}, 40)
        yield some(day * DAY + 6, {DEEPSEEK: 41 - day})
    yield some(14 * DAY, {CLAUDE: 77})


def apart() -> Iterable[Snapshot]:
    for day in range(7):
        yield some(day * DAY, {DEEPSEEK: 20 + day})
        yield some(day * DAY + 6, {CHATGPT: 10 + day})


FILES = {"only": only_sparse, "beside": beside_whole, "apart": apart}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return files_in(tmp_path_factory.mktemp("sparse"))


def files_in(folder: Path) -> dict[str, Path]:
    for name, snapshots in FILES.items():
        with Store(folder / f"{name}.db") as store:
            for snapshot in snapshots():
                store.save(snapshot)
    return {name: folder / f"{name}.db" for name in FILES}


def run(db: Path, words: str) -> Result:
    args = words.replace("OUT", "picture.svg").split()
    return CliRunner().invoke(main, [*args, "--db", str(db)])


@pytest.mark.parametrize("words", READING)
def test_no_command_calls_an_app_unranked_or_gone(files: dict[str, Path], words: str) -> None:
    calls_no_app_unranked_or_gone(files, "only", words)


def calls_no_app_unranked_or_gone(files: dict[str, Path], name: str, words: str) -> None:
    done = run(files[name], words)
    assert not isinstance(done.exception, Exception), done.exception
    said = done.output
    if "OUT" in words and done.exit_code == 0:
        said += Path("picture.svg").read_text("utf-8")
    if name != "beside" or words not in OF_WHOLE_CHARTS:
        assert not re.search(r"unranked|never ranked|not in the top|not among the first", said), (
            said
        )
    assert not re.search(r"left the chart|leaves|enters|entered|\bexit\b(?! code)|drop-out 1", said)
    assert "was observed in that time; run" not in said
    assert "was observed twice" not in said
    assert "top 130" not in said
    if name != "beside":
        assert not re.search(r"\d deep|first \d+ at|\bdepth \d|top \d", said), said


@pytest.mark.parametrize(
    "words",
    ["stats deepseek chatgpt", "overtakes deepseek chatgpt", "versus deepseek chatgpt",
     "wave deepseek chatgpt", "chart deepseek chatgpt -o OUT", "heatmap deepseek chatgpt --wave",
     "chart deepseek chatgpt --facet storefront", "chart deepseek chatgpt -o -"],
)  # fmt: skip
def test_two_apps_without_a_common_instant_have_a_line_that_says_why(
    files: dict[str, Path], words: str
) -> None:
    done = run(files["apart"], words)
    assert done.exit_code == 1
    assert done.stderr == (
        f"apptrack: {CHART} from apple-rss has {SINGLE} in that time, and no snapshot has both: "
        "DeepSeek is in 7, ChatGPT is in 7\n"
    )


def test_an_app_that_no_sparse_snapshot_has_is_unobserved(files: dict[str, Path]) -> None:
    done = run(files["apart"], "stats claude")
    assert (done.exit_code, done.stderr) == (
        1,
        f"apptrack: {CHART} from apple-rss has {SINGLE} in that time, and no snapshot has "
        "Claude by Anthropic\n",
    )
    done = run(files["apart"], "stats deepseek --since 2027-01-01")
    assert f"{CHART} was not observed from 2027-01-01T00:00:00Z on: the last" in done.stderr


@pytest.mark.parametrize("words", ["standings", "brief claude"])
def test_what_asks_for_a_whole_chart_names_the_apps_there_are(
    files: dict[str, Path], words: str
) -> None:
    done = run(files["apart"], words)
    assert (done.exit_code, done.stderr) == (
        1,
        f"apptrack: {CHART} from apple-rss has {SINGLE}, of ChatGPT, DeepSeek: "
        "ask for one of them, as in 'apptrack stats APP'\n",
    )


def test_overtakes_of_all_are_of_whole_charts(files: dict[str, Path]) -> None:
    done = run(files["only"], "overtakes --all")
    assert done.stderr == (
        f"apptrack: {CHART} from apple-rss has {SINGLE} in that time: name the apps to compare\n"
    )
    done = run(files["beside"], "overtakes --all")
    assert done.exit_code == 0
    assert "7 snapshots" in done.stdout
    assert done.stderr == f"left out: {SINGLE}; name apps to compare them there too\n"


def test_a_series_has_the_snapshots_that_speak_of_every_app(files: dict[str, Path]) -> None:
    alone = json.loads(run(files["only"], "stats deepseek --json").stdout)
    both = json.loads(run(files["only"], "stats deepseek chatgpt --json").stdout)
    assert (alone["snapshots"], alone["ranked"]) == (28, 28)
    assert [(row["snapshots"], row["ranked"]) for row in both] == [(14, 14)] * 2
    assert alone["drop_outs"] == []
    heading = run(files["only"], "stats deepseek").stdout.splitlines()[:3]
    assert heading[2] == SINGLE
    heading = run(files["beside"], "stats deepseek").stdout.splitlines()[:3]
    assert heading[2] == f"14 of 21 snapshots: {SINGLE}"


def test_an_overtake_in_ranks_of_single_apps_has_no_depth(files: dict[str, Path]) -> None:
    (document,) = json.loads(run(files["only"], "overtakes deepseek chatgpt --json").stdout)
    assert (document["kind"], document["depth_before"], document["depth_after"]) == (
        "pass",
        None,
        None,
    )
    assert (document["winner_rank_after"], document["loser_rank_after"]) == (1, 10)
    cited = run(files["only"], f"cite {document['id']}").stdout
    assert f"10 against 10 after, {SINGLE}." in cited or f", {SINGLE}." in cited


def test_a_citation_states_the_ranks_of_some_apps_only(files: dict[str, Path]) -> None:
    done = run(files["only"], f"cite {CITED}")
    assert (
        "At 2026-01-02T00:00:00Z apple-rss stated the ranks of 3 apps only: ChatGPT (6448311069) "
        "at rank 10, Claude by Anthropic (6473753684) at rank 61, DeepSeek (6737597349) at rank "
        "120 on the chart App Store, United States · iPhone · top free · apps, games not included "
        f"({CHART}); it is not a whole chart and says nothing of any other app."
    ) in done.stdout
    (shown,) = json.loads(run(files["only"], f"cite {CITED} --json").stdout)["snapshots"]
    assert shown["scope"] == "sparse"


def test_a_brief_compares_with_whole_and_sparse_snapshots_of_the_app(
    files: dict[str, Path],
) -> None:
    document = json.loads(run(files["only"], "brief deepseek --json").stdout)
    about = {row["about"]: row for row in document}
    assert about["rank"]["sentence"].startswith("DeepSeek was at rank 11 on the chart")
    assert SINGLE in about["rank"]["caveat"]
    assert about["rank"]["facts"]["depth"] is None
    assert about["day"]["facts"]["movement"]["move"] == "up"
    assert about["week"]["sentence"].startswith("7.0 d before, it was at rank 74")
    document = json.loads(run(files["apart"], "brief deepseek --json").stdout)
    (passed,) = [row for row in document if row["about"] == "passed"]
    assert passed["sentence"] == "Whom it passed in the 7 days before is not known."


def test_a_brief_has_whom_it_passed_in_snapshots_that_have_both(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        for hour, ranks in enumerate(((9, 3), (8, 3), (2, 3), (1, 3))):
            store.save(some(hour, dict(zip((DEEPSEEK, CHATGPT), ranks, strict=True))))
            store.save(some(hour + 0.5, {DEEPSEEK: ranks[0]}))
    document = json.loads(run(tmp_path / "a.db", "brief deepseek --json").stdout)
    (passed,) = [row for row in document if row["about"] == "passed"]
    assert passed["sentence"].startswith("It passed ChatGPT after 2026-01-01T01:00:00Z and by")
    assert "4 snapshots in 3 h" in passed["caveat"]


def test_a_brief_counts_the_snapshots_in_which_it_was_compared(tmp_path: Path) -> None:
    def passed(path: Path) -> Any:
        (sentence,) = [
            sentence
            for sentence in json.loads(run(path, "brief deepseek --json").stdout)
            if sentence["about"] == "passed"
        ]
        assert "it was seen to pass no assistant" in sentence["sentence"]
        return sentence

    path = tmp_path / "a.db"
    with Store(path) as store:
        for hour in range(6):
            store.save(some(hour, {DEEPSEEK: 3} | ({CHATGPT: 1} if hour % 3 == 1 else {})))
    row = passed(path)
    assert row["caveat"].startswith(
        "Compared with the 1 other assistant that was ranked there in that time; "
        "2 snapshots in 3 h, 3 h apart, since 2026-01-01T01:00:00Z"
    )
    (pair,) = row["facts"]["pairs"]
    assert (pair["app_id"], pair["snapshots"]) == (CHATGPT, 2)
    with Store(path) as store:
        for hour in range(6, 10):
            store.save(some(hour, {DEEPSEEK: 3, CLAUDE: 2}))
    two = passed(path)
    assert two["caveat"].startswith(
        "Compared with the 2 other assistants that were ranked there in that time; "
        "2–4 snapshots each, at most 3 h apart, coverage 100% where known, "
        "since 2026-01-01T01:00:00Z at the earliest"
    )
    assert two["facts"]["compared"] == 2
    counts = {pair["app_id"]: pair["snapshots"] for pair in two["facts"]["pairs"]}
    assert counts == {CHATGPT: 2, CLAUDE: 4}


def test_status_and_the_newest_snapshot_pass_it_over(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        store.save(whole(0, {DEEPSEEK: 3}, 40))
        store.save(some(5, {DEEPSEEK: 200}))
        store.save(replace(some(6, {DEEPSEEK: 9}), provenance=Provenance.RECORDED))
    document = json.loads(run(tmp_path / "a.db", f"status {CHART} --json").stdout)
    assert document["charts"][0]["last_success"] == "2026-01-01T00:00:00Z"
    assert document["charts"][0]["depth"] == 40
    (standings,) = json.loads(run(tmp_path / "a.db", "standings --json").stdout)
    assert (standings["observed_at"], standings["depth"]) == ("2026-01-01T00:00:00Z", 40)


def test_a_heatmap_has_no_depth_where_no_chart_is_whole(files: dict[str, Path]) -> None:
    days = json.loads(run(files["only"], "heatmap deepseek --json").stdout)
    assert {(day["state"], day["depth"]) for day in days} == {("ranked", None)}
    days = json.loads(run(files["beside"], "heatmap deepseek --json").stdout)
    assert {day["depth"] for day in days} == {None, 40}
    done = run(files["only"], "heatmap deepseek -o OUT")
    assert done.exit_code == 0
    assert "looked, not in" not in Path("picture.svg").read_text("utf-8")


def test_a_picture_says_that_these_are_no_whole_charts(files: dict[str, Path]) -> None:
    for name, words in (("only", SINGLE), ("beside", f"top 40 (7 of 14 snapshots: {SINGLE})")):
        for command in ("chart deepseek chatgpt -o -", "heatmap deepseek chatgpt --wave -o OUT"):
            done = run(files[name], command)
            assert done.exit_code == 0, done.output
            said = done.output + (
                Path("picture.svg").read_text("utf-8") if "OUT" in command else ""
            )
            assert words in " ".join(said.split()), said


def test_other_apps_are_those_of_the_whole_charts(files: dict[str, Path]) -> None:
    done = run(files["only"], "chart deepseek --context 3 -o OUT")
    assert (done.exit_code, done.stderr) == (0, f"no other apps: there are {SINGLE}\n")
    done = CliRunner().invoke(
        main, ["chart", "deepseek", "--context", "2", "-o", "a.json", "--db", str(files["beside"])]
    )
    assert done.exit_code == 0, done.output
    text = Path("a.json").read_text("utf-8")
    assert "the 2 other apps that ranked highest" in text
    assert rows(json.loads(text), "other names")


def test_no_app_leaves_by_a_sparse_snapshot(tmp_path: Path) -> None:
    apps = [App(DEEPSEEK, "DeepSeek"), App(CHATGPT, "ChatGPT")]
    with Store(tmp_path / "a.db") as store:
        store.save(whole(0, {DEEPSEEK: 3, CHATGPT: 9}, 10))
        store.save(some(1, {CHATGPT: 1, "77": 2}))
        store.save(some(2, {CHATGPT: 1, DEEPSEEK: 300}))
        store.save(some(3, {CHATGPT: 1, DEEPSEEK: 301}))
        store.save(whole(4, {CHATGPT: 2}, 10))
        series = store.series(CHART, SOURCE, apps)
    assert series[0].ranks == (3, 300, 301, None)
    assert series[0].timeline.depths == (10, None, None, 10)
    (change,) = overtakes(series[0], series[1])
    assert (change.kind, change.depth_before, change.depth_after) == (Kind.PASS, 10, None)
    assert stats(series[0]).drop_outs == ()  # 301st, it may be so still: the last snapshot had ten
    assert left_for_good(series[0]) is None
    assert "300" in json.dumps(draw(series).to_dict())


def test_other_apps_are_drawn_at_their_own_instants(tmp_path: Path) -> None:
    db = tmp_path / "a.db"
    with Store(db) as store:
        for hour in range(3):
            store.save(whole(2 * hour, {DEEPSEEK: 8}, 10))
            store.save(some(2 * hour + 1, {DEEPSEEK: 9, "1001": 7}))
    for name in ("a.html", "a.json"):
        command = ["chart", "deepseek", "--context", "1", "-o", name, "--db", str(db)]
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output
    others = rows(json.loads(Path("a.json").read_text("utf-8")), "others")
    assert {row["rank"] for row in others} == {1, None}


def test_a_whole_chart_of_another_source_is_asked_before_single_apps(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        store.save(some(5, {DEEPSEEK: 9}))
        store.save(replace(whole(0, {DEEPSEEK: 3}, 40), source="itunes-rss"))
    (standings,) = json.loads(run(tmp_path / "a.db", "standings --json").stdout)
    assert (standings["source"], standings["depth"]) == ("itunes-rss", 40)
    brief = json.loads(run(tmp_path / "a.db", "brief deepseek --json").stdout)
    assert brief[0]["facts"]["source"] == "apple-rss"
    done = run(tmp_path / "a.db", "standings --source apple-rss")
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"has {SINGLE}, of DeepSeek" in done.stderr


def test_alerts_are_about_whole_charts(tmp_path: Path) -> None:
    app = App(DEEPSEEK, "DeepSeek")
    rule = Rule(What.TOP, (CHART,), app=app, top=10)
    with Store(tmp_path / "a.db") as store:
        store.save(whole(0, {DEEPSEEK: 3}, 40))
        store.save(some(1, {DEEPSEEK: 90}))
        assert view(store, rule, CHART, SOURCE).timeline.times == (at(0),)
