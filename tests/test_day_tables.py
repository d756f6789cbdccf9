"""The table beneath a heatmap: ranked, unranked and unobserved distinguished in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from tests.support.lines import CHATGPT, DEEPSEEK
from tests.support.stored import at, entries
from tracker.analysis.days import lead_days, rank_days
from tracker.cli import main
from tracker.model import App, Chart, Provenance, Series, Snapshot, Timeline
from tracker.plot.heatmap import lead_table, rank_table
from tracker.store import Store

START = datetime(2025, 3, 7, tzinfo=UTC)
Ranks = Mapping[int, int | None]


def series(
    front: str, ranks: Ranks, app: App = DEEPSEEK, kind: Provenance = Provenance.RECORDED
) -> Series:
    """A snapshot a day, at midnight, on the days of RANKS."""
    times = tuple(START + timedelta(days=day) for day in ranks)
    chart = Chart(front, "iphone", "top-free", "apps")
    line = Timeline(chart, "apple-rss", times, (100,) * len(times), (kind,) * len(times))
    return Series(line, app, tuple(ranks.values()))


def cells(table: str) -> list[list[str]]:
    """The words of its cells, row by row."""
    findall = re.findall(r"<tr>(.*?)</tr>", table)
    return [re.findall(r">([^<]+)</t[hd]>", row) for row in findall]


def test_the_three_states_of_a_day_are_distinguished_in_words() -> None:
    rows = [rank_days(series(*given)) for given in (("us", {0: 7, 2: 1}), ("nl", {0: None, 3: 2}))]
    table = rank_table(DEEPSEEK, rows, UTC)
    assert cells(table) == [
        ["Day (UTC)", "United States", "Netherlands"],
        ["2025-03-07", "7", "not in the top 100"],
        ["2025-03-08", "no data", "no data"],
        ["2025-03-09", "1", "no data"],
        ["2025-03-10", "no data", "2"],
    ]
    assert "The best rank of DeepSeek on each day, iPhone · top free · apps" in table


def test_days_are_those_of_the_zone_and_what_was_not_recorded_is_said() -> None:
    rows = [rank_days(series("us", {0: 7}, kind=Provenance.SIMULATED), ZoneInfo("America/Chicago"))]
    table = rank_table(DEEPSEEK, rows, ZoneInfo("America/Chicago"))
    assert cells(table)[0][0] == "Day (America/Chicago)"
    assert cells(table)[1] == ["2025-03-06", "7"]
    assert "<span>Simulation: The best rank" in table
    assert "Simulation: made up by a random generator" in table


def test_of_two_apps_it_shows_who_was_ahead() -> None:
    pair = series("us", {0: 7, 1: None, 3: 2}), series("us", {0: 3, 1: None, 3: 5}, CHATGPT)
    assert cells(lead_table((DEEPSEEK, CHATGPT), lead_days([pair]), UTC))[1:] == [
        ["2025-03-07", "ChatGPT"],
        ["2025-03-08", "neither in the top 100"],
        ["2025-03-09", "no data"],
        ["2025-03-10", "DeepSeek"],
    ]


def test_a_name_is_no_markup() -> None:
    app = App("1", "<img src=x onerror=alert(1)>")
    pair = series("us", {0: 1}, app), series("us", {0: 2}, CHATGPT)
    tables = (
        rank_table(app, [rank_days(pair[0])], UTC),
        lead_table((app, CHATGPT), lead_days([pair]), UTC),
    )
    assert all("&lt;img" in table and "<img" not in table for table in tables)


def asked(*args: str) -> Result:
    return CliRunner().invoke(main, ["heatmap", "--db", "a.db", *args], catch_exceptions=False)


@pytest.mark.parametrize("apps", [("deepseek",), ("--wave", "deepseek", "chatgpt")])
def test_the_command_puts_it_beneath_a_page_and_nothing_else(apps: tuple[str, ...]) -> None:
    with Store(Path("a.db")) as store:
        ids = [DEEPSEEK.app_id, CHATGPT.app_id]
        chart = Chart.parse("us/iphone/top-free/apps")
        store.save(Snapshot(chart, "apple-rss", at(0), entries(ids)))
    assert 'class="table"' not in Path(asked(*apps, "-o", "p.html").stdout.split()[0]).read_text(
        "utf-8"
    )
    assert asked(*apps, "--table", "-o", "p.html").exit_code == 0
    (table,) = re.findall(r'<section class="table.*?</section>', Path("p.html").read_text("utf-8"))
    (row,) = cells(table)[1:]
    assert row == [f"{at(0):%Y-%m-%d}", "DeepSeek" if "--wave" in apps else "1"]
    refused = asked(*apps, "--table", "-o", "p.png")
    assert refused.exit_code == 2
    assert "--table goes with a .html file" in refused.stderr
