"""Tables: the same options everywhere, one shape for programs, and no wider than the terminal."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.stored import CHART, SOURCE, at, entries
from tests.support.terminal import on_terminal
from tracker.cli import main
from tracker.commands.output import width
from tracker.model import App, Chart, Snapshot
from tracker.report.sparklines import sparklines
from tracker.store import Store

ROOT = Path(__file__).parents[1]
DB = Path("tables.db")
JP = Chart.parse("jp/iphone/top-free/apps")
LONG = "An app whose name is longer than any terminal is wide, 名前がとても長いアプリ, and goes on"
#: Each command that has a table, as a question with several rows.
COMMANDS = (
    ("overtakes", "1", "2", "3"), ("stats", "1", "2", "3"), ("versus", "1", "2", "--on", "*/*/*/*"),
    ("wave", "1", "2"), ("top",), ("standings", "1", "2", "3"), ("movers",), ("events", "list"),
    ("apps",), ("brief", "1"), ("heatmap", "1"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _stored() -> None:
    """Three days of two charts, in which the first three apps change places."""
    orders = ([1, 2, 3, 4], [2, 1, 3, 4], [3, 2, 1], [3, 2, 1, 4])
    with Store(DB) as store:
        for chart in (CHART, JP):
            for number, order in enumerate(orders):
                rows = entries(order, {"3": LONG})
                store.save(Snapshot(chart, SOURCE, at(24 * number), rows))
        for day in (1, 2):
            store.add_event(at(24 * day), f"Day {day}")


def ask(*args: str) -> Result:
    return CliRunner().invoke(main, [*args, *(() if args[0] == "apps" else ("--db", str(DB)))])


def rows_of(*args: str) -> list[dict[str, Any]]:
    done = ask(*args, "--json")
    assert done.exit_code == 0, done.output
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    assert isinstance(rows, list)
    return rows


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_table_has_the_same_options(command: tuple[str, ...]) -> None:
    helped = ask(*command[: 1 + (command[0] == "events")], "--help").stdout
    for option in ("--json", "--csv", "--sort COLUMN", "-n, --limit N", "-q, --quiet"):
        assert option in helped
    rows = rows_of(*command)
    assert rows
    table = list(csv.DictReader(io.StringIO(ask(*command, "--csv").stdout)))
    if "apps" not in rows[0]:
        assert list(table[0]) == list(rows[0])
    limited = list(csv.DictReader(io.StringIO(ask(*command, "--csv", "-n", "1").stdout)))
    assert len(limited) == (5 if command == ("movers",) else 1) or command == ("movers",)
    both = ask(*command, "--csv", "--json")
    assert (both.exit_code, both.stdout) == (2, "")
    column = next(iter(table[0]))
    down = [
        row[column]
        for row in csv.DictReader(
            io.StringIO(ask(*command, "--csv", "--sort", f"-{column}").stdout)
        )
    ]
    up = [
        row[column]
        for row in csv.DictReader(io.StringIO(ask(*command, "--csv", "--sort", column).stdout))
    ]
    if command[0] not in ("movers", "top", "standings"):
        assert sorted(up) == sorted(down) == sorted(row[column] for row in table)
        assert [bool(place) for place in up] == sorted((bool(place) for place in up), reverse=True)
    wrong = ask(*command, "--json", "--sort", "nonsense")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "no column 'nonsense': choose from" in wrong.output


def test_the_charts_of_status_are_a_table_within_an_object() -> None:
    """Its exit status and its problems are those of all charts, whatever is shown."""
    Path("apptrack.toml").write_text(f'charts = ["{CHART}", "{JP}", "fr/iphone/top-free/apps"]\n')
    whole = json.loads(ask("status", "--json").stdout)
    slugs = [chart["chart"] for chart in whole["charts"]]
    assert len(slugs) == 3
    last = json.loads(ask("status", "--json", "--sort", "-chart", "-n", "1").stdout)
    assert [chart["chart"] for chart in last["charts"]] == [max(slugs)]
    assert {**last, "charts": []} == {**whole, "charts": []} | {"now": last["now"]}
    table = list(csv.DictReader(io.StringIO(ask("status", "--csv", "--sort", "chart").stdout)))
    assert [row["chart"] for row in table] == sorted(slugs)
    assert all(row["problems"] and "{" not in "".join(row.values()) for row in table)
    assert {"coverage_day", "failed_week", "same_ranks_seconds", "flags"} <= set(table[0])
    quiet, loud = ask("status", "-q", "-n", "1"), ask("status", "-n", "1")
    assert quiet.exit_code == loud.exit_code == 1
    assert "problems: 3" in loud.stdout
    assert "problems" not in quiet.stdout
    assert loud.stdout.startswith(quiet.stdout)


def test_of_a_brief_and_of_a_heatmap_the_rows_are_picked(tmp_path: Path) -> None:
    assert [row["about"] for row in rows_of("brief", "1", "-n", "2")] == ["rank", "storefronts"]
    assert "Times are in" not in ask("brief", "1", "--quiet").stdout
    week = ask("brief", "--week", "--quiet")
    assert (week.exit_code, "--quiet is for the sentences" in week.output) == (2, True)
    days = rows_of("heatmap", "1", "--sort", "-day")
    assert [row["day"] for row in days] == sorted((row["day"] for row in days), reverse=True)
    drawn_rows = ask("heatmap", "1", "--sort", "day")
    assert (drawn_rows.exit_code, "go with --json and --csv" in drawn_rows.output) == (2, True)
    picture = ask("heatmap", "1", "--order", "name", "-q", "-o", str(tmp_path / "h.json"))
    assert (picture.exit_code, picture.stdout.strip()) == (0, str(tmp_path / "h.json"))


def test_rows_are_sorted_and_what_has_no_value_comes_last() -> None:
    for sort, ranks in (("rank", [1, 2, 3, None]), ("-rank", [3, 2, 1, None])):
        (listed,) = rows_of(
            "standings", "1", "2", "3", "4", "--at", "2026-01-03T12:00:00Z", "--sort", sort
        )
        assert [row["rank"] for row in listed["apps"]] == ranks
    (most,) = rows_of("top", "--sort", "-name", "-n", "2")
    assert [row["rank"] for row in most["apps"]] == [2, 1]
    assert [
        row["app_id"] for row in rows_of("stats", "1", "2", "3", "--sort", "-app_id", "-n", "2")
    ] == ["3", "2"]


@pytest.mark.parametrize(
    "command",
    [
        ("top",),
        ("standings", "1"),
        ("movers",),
        ("versus", "1", "2"),
        ("stats", "1"),
        ("overtakes", "1", "2"),
    ],
)
def test_several_charts_are_asked_for_alike(command: tuple[str, ...]) -> None:
    stored = (
        rows_of(*command) if command[0] != "stats" else [json.loads(ask(*command, "--json").stdout)]
    )
    both = rows_of(*command, "--on", str(CHART), "--on", "jp/*/top-free/apps")
    every = rows_of(*command, "--on", "*/iphone/top-free/apps")
    assert len(both) == len(every) == 2 * len(stored)
    assert {row["chart"] for row in both} == {str(CHART), str(JP)}
    if command[0] in ("top", "movers"):
        assert rows_of(*command, "jp/iphone/top-free/apps") == rows_of(*command, "--on", str(JP))
        assert len(rows_of(*command, str(CHART), "--on", str(JP))) == 2


def test_the_only_chart_of_the_settings_is_meant_where_none_is_named() -> None:
    assert rows_of("top")[0]["chart"] == str(CHART)
    Path("apptrack.toml").write_text(f'charts = ["{JP}"]\n')
    assert rows_of("top")[0]["chart"] == rows_of("standings", "1")[0]["chart"] == str(JP)
    assert rows_of("overtakes", "1", "2")[0]["chart"] == str(JP)
    assert rows_of("versus", "1", "2", "--on", str(CHART))[0]["chart"] == str(CHART)
    Path("apptrack.toml").write_text(f'charts = ["{JP}", "fr/iphone/top-free/apps"]\n')
    assert rows_of("top")[0]["chart"] == str(CHART)


def test_top_has_the_names_of_the_settings() -> None:
    Path("apptrack.toml").write_text('[[apps]]\nalias = "mine"\nid = 3\nname = "Mine"\n')
    assert rows_of("top")[0]["apps"][0]["name"] == "Mine"
    assert {row["name"] for row in rows_of("movers", "--at", "2026-01-03")[0]["apps"]} >= {"Mine"}


@pytest.mark.parametrize("command", COMMANDS[:7], ids=" ".join)
def test_quiet_leaves_the_table_alone(command: tuple[str, ...]) -> None:
    loud, quiet = ask(*command), ask(*command, "--quiet")
    assert quiet.exit_code == 0
    assert quiet.stderr == ""
    assert "times in UTC" in loud.stdout
    assert "times in UTC" not in quiet.stdout
    assert quiet.stdout.strip()


@pytest.mark.parametrize("columns", [80, 60])
@pytest.mark.parametrize(
    "args",
    [
        ("top", "-q"),
        ("standings", "1", "3", "-q"),
        ("movers", "-q", "--at", "2026-01-03"),
        ("overtakes", "1", "2", "3", "-q"),
    ],
    ids=" ".join,
)
def test_a_table_fits_its_terminal(columns: int, args: tuple[str, ...]) -> None:
    lines = on_terminal(columns, *args, "--db", str(DB))
    assert args[0] not in ("top", "standings") or any("An app whose" in line for line in lines)
    assert max(map(width, lines)) <= columns
    if args[0] == "standings":
        assert any("█" in line for line in lines)


def test_a_sparkline_distinguishes_unranked_from_unobserved() -> None:
    other = Chart.parse("fr/iphone/top-free/apps")
    with Store(DB) as store:
        every = store.series(CHART, SOURCE, [App("1", "One"), App("4", "Four")])
        for hour in (0, 24, 240):
            store.save(Snapshot(other, SOURCE, at(hour), entries([1, 2])))
        gap = store.series(other, SOURCE, [App("1", "One"), App("2", "Two")])
    assert sparklines(every) == {"1": "█▅▂▂", "4": "▁▁·▁"}
    assert sparklines(gap, cells=3) == {"1": "█ █", "2": "▁ ▁"}
    assert sparklines([]) == {}
