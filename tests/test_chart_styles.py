"""The kinds of picture that ``apptrack chart`` draws, as a person asks for them."""

from __future__ import annotations

import html
import json
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.plots import rows, words
from tests.support.stored import at, entries
from tracker.cli import main
from tracker.model import Chart, Snapshot, iso
from tracker.store import Store

DEEPSEEK, CHATGPT = "6737597349", "6448311069"
#: The ids of each storefront's chart, at two hours.
CHARTS: dict[str, Sequence[Sequence[object]]] = {
    "us/iphone/top-free/apps": ([1, CHATGPT, DEEPSEEK], [1, DEEPSEEK, CHATGPT]),
    "de/iphone/top-free/apps": ([CHATGPT, 1, 2], [CHATGPT, DEEPSEEK, 2]),
    "us/iphone/top-free/productivity": ([DEEPSEEK, 1, 2], [DEEPSEEK, 1, 2]),
    "jp/iphone/top-free/apps": ([1, 2, 3], [1, 2, 3]),
}
PAIR = ("deepseek", "chatgpt")
FACETS = ("--facet", "storefront")


@pytest.fixture(autouse=True)
def _a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPTRACK_DB", "a.db")
    with Store(Path("a.db")) as store:
        for slug, snapshots in CHARTS.items():
            for hour, ids in enumerate(snapshots):
                store.save(Snapshot(Chart.parse(slug), "apple-rss", at(hour), entries(ids)))


def asked(*args: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, ["chart", *args], env=env, catch_exceptions=False)


def spec_of(*args: str) -> dict[str, Any]:
    """The specification that the command writes."""
    done = asked(*args, "-o", "p.json")
    assert done.exit_code == 0, done.stderr
    facts: dict[str, Any] = json.loads(Path("p.json").read_text("utf-8"))
    return facts


def test_positions_stand_above_the_ranks_and_are_called_so() -> None:
    done = asked(*PAIR, "--style", "bump", "-o", "p.json")
    path, headline = done.stdout.splitlines()
    assert path == "p.json"
    spec = json.loads(Path("p.json").read_text("utf-8"))
    assert headline == spec["usermeta"]["headline"]
    assert "Position among these 2 apps, not the chart’s rank" in words(spec)
    assert [row["text"] for row in rows(spec, "ends")] == [
        "DeepSeek 1st", "ChatGPT 2nd", "DeepSeek #2", "ChatGPT #3",
    ]  # fmt: skip
    dark = spec_of(*PAIR, "--style", "bump", "--theme", "dark", "--size", "square")
    assert dark["background"] != spec["background"]
    assert dark["usermeta"]["size"] == [1080, 1080]


def test_a_page_has_a_table_a_credit_and_the_command_of_its_data() -> None:
    done = asked(*PAIR, "--style", "bump", "--table", "--credit", "Chart: A. Analyst")
    assert done.stdout.splitlines()[0] == "charts/bump-deepseek-chatgpt.html"
    page = Path("charts/bump-deepseek-chatgpt.html").read_text("utf-8")
    assert page.count('<tr><th scope="row">') == 2
    assert "Chart: A. Analyst." in page
    command = re.search(r"Data: <code>apptrack (.*?)</code>", page)
    assert command
    exported = CliRunner().invoke(main, shlex.split(html.unescape(command[1])))
    assert exported.exit_code == 0, exported.stderr
    assert len(exported.stdout.splitlines()) == 1 + 2 * 2


def test_a_small_plot_for_each_storefront_ranking_or_genre() -> None:
    spec = spec_of(*PAIR, *FACETS)
    assert {"United States", "Germany"} <= set(words(spec).split("\n"))
    assert "Not drawn: Japan (never ranked, in 2 snapshots)." in words(spec)
    assert "by storefront" in words(spec)
    assert {"apps", "Productivity"} <= set(words(spec_of(*PAIR, "--facet", "genre")).split("\n"))
    # No other ranking was observed.
    assert "concat" not in spec_of(*PAIR, "--facet", "ranking")
    done = asked(*PAIR, *FACETS)
    assert done.stdout.splitlines()[0] == "charts/storefronts-deepseek-chatgpt.html"


def test_the_terminal_shows_the_curve_and_no_file_is_written() -> None:
    done = asked(*PAIR, "-o", "-", env={"COLUMNS": "80", "LINES": "24"})
    lines = done.stdout.splitlines()
    assert lines[0].startswith("DeepSeek passed ChatGPT")
    assert any(line.endswith("A DeepSeek #2") for line in lines)
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    assert not Path("charts").exists()
    assert not Path("-").exists()
    wide = asked(*PAIR, "-o", "-", "--style", "curve", env={"COLUMNS": "160", "LINES": "50"})
    assert max(map(len, wide.stdout.splitlines())) > 120


@pytest.mark.parametrize("style", [(), ("--style", "bump"), FACETS])
def test_a_zone_moves_what_is_said_and_not_the_data(style: tuple[str, ...]) -> None:
    utc, tokyo = spec_of(*PAIR, *style), spec_of(*PAIR, *style, "--tz", "Asia/Tokyo")
    assert "UTC" in words(utc)
    assert "times in Asia/Tokyo" in words(tokyo)
    if style == ():
        assert "1 Jan, 00:00–01:00" in words(utc)
        assert "1 Jan, 09:00–10:00" in words(tokyo)
    assert rows(tokyo, "steps") == rows(utc, "steps")


def test_the_terminal_and_the_table_have_the_zone() -> None:
    shown = asked(*PAIR, "--tz", "Asia/Kolkata", "-o", "-").stdout
    assert "1 Jan 2026, times in Asia/Kolkata" in " ".join(shown.replace("\u00a0", " ").split())
    assert re.search(r"05:30 .* 06:00 .* 06:30", shown)
    asked(*PAIR, "--tz", "Asia/Kolkata", "--table", "-o", "p.html")
    page = Path("p.html").read_text("utf-8")
    assert '<th scope="col">Time (Asia/Kolkata)</th>' in page
    assert '<time datetime="2026-01-01T00:00:00Z">2026-01-01 05:30</time>' in page


def test_what_is_no_zone_is_refused_in_a_line() -> None:
    done = asked(*PAIR, "--tz", "Mars/Base")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].endswith(
        "Invalid time zone 'Mars/Base': use UTC or Asia/Tokyo"
    )


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotille", None)
    done = asked(*PAIR, "-o", "-")
    assert done.exit_code == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "pip install 'apptrack[terminal]'" in line


@pytest.mark.parametrize("kind", [("--style", "bump"), FACETS])
def test_every_picture_marks_the_notes_stored_and_those_of_a_file(kind: tuple[str, str]) -> None:
    german = ("--on", "de/iphone/top-free/apps")
    for note in (("Kept for all", "--source", "a paper"), ("Kept for Germany", *german)):
        done = CliRunner().invoke(main, ["events", "add", iso(at(0.5)), *note])
        assert done.exit_code == 0, done.stderr
    Path("e.csv").write_text(f"happened_at,title,source\n{iso(at(0.7))},Of a file,it\n", "utf-8")
    spec = spec_of(*PAIR, *kind, "--events", "e.csv")
    texts = [row["text"] for row in rows(spec, "notes")]
    assert texts.count("Kept for all") == texts.count("Of a file") == 2
    assert texts.count("Kept for Germany") == (kind == FACETS)


def test_other_apps_stand_behind_the_ranks_of_a_bump() -> None:
    spec = spec_of(*PAIR, "--style", "bump", "--context", "1")
    assert {row["app"] for row in rows(spec, "others")} == {"Filler 1"}


def test_a_page_of_small_plots_has_a_table_for_each_chart_drawn() -> None:
    asked(*PAIR, *FACETS, "--table")
    page = Path("charts/storefronts-deepseek-chatgpt.html").read_text("utf-8")
    assert page.count("<caption>") == 2
    assert page.count('<tr><th scope="row">') == 4


@pytest.mark.parametrize(
    ("args", "pair"),
    [
        (("-o", "-", "--style", "bump"), ("-o -", "--style")),
        (("-o", "-", *FACETS), ("-o -", "--facet")),
        (("-o", "-", "--theme", "light"), ("-o -", "--theme")),
        (("-o", "-", "--size", "wide"), ("-o -", "--size")),
        (("-o", "-", "--table"), ("-o -", "--table")),
        (("-o", "-", "--context", "2"), ("-o -", "--context")),
        (("-o", "-", "--events", "e.csv"), ("-o -", "--events")),
        ((*FACETS, "--style", "bump"), ("--facet", "--style")),
        ((*FACETS, "--context", "2"), ("--facet", "--context")),
    ],
)
def test_what_does_not_go_together_is_refused(args: tuple[str, ...], pair: tuple[str, str]) -> None:
    done = asked(*PAIR, *args)
    assert done.exit_code == 2
    assert f"{pair[0]} and {pair[1]} do not go together" in done.stderr.splitlines()[-1]
    assert not Path("charts").exists()


def test_what_cannot_be_drawn_is_reported_in_a_line() -> None:
    for args, expected in (
        (("deepseek", "--style", "bump"), "name two at least"),
        (
            (*PAIR, *FACETS, "--since", "2027-01-01"),
            "no storefront's chart like us/.* was observed",
        ),
        (("claude", *FACETS), "never ranked in the 3 storefronts"),
        ((*PAIR, *FACETS, "--on", "us/ipad/top-free/apps"), "was never observed; run"),
        (("claude", "-o", "-"), "was not ranked"),
    ):
        done = asked(*args)
        assert done.exit_code == (2 if "name two" in expected else 1), args
        (line,) = done.stderr.splitlines()
        assert re.search(expected, line), line
        assert not Path("charts").exists()
    assert "or be - for the terminal" in asked(*PAIR, "-o", "p.gif").stderr


def test_a_picture_says_the_day_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1785542400")
    assert "Drawn 1 Aug 2026." in words(spec_of(*PAIR, "--style", "bump"))
    for nonsense in ("today", "9" * 30, "1e3"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", nonsense)
        done = asked(*PAIR, "-o", "q.json")
        assert done.exit_code == 2
        (line,) = done.stderr.splitlines()
        assert "SOURCE_DATE_EPOCH" in line
        assert not Path("q.json").exists()
