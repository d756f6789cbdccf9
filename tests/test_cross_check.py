"""A second source: compared, reported, and never mixed with the first one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.shop import CHART, GENRE_CHART, PUBLISHED, environment, ranked
from tests.support.stored import at, snapshot
from tracker.analysis.health import Flag
from tracker.cli import main
from tracker.loopback.formats import render
from tracker.loopback.names import lookup_answer
from tracker.loopback.server import Answer, LoopbackStore, Request
from tracker.model import Chart
from tracker.sources import SOURCES, second_for
from tracker.status import disagreeing
from tracker.store import Reader, Store
from tracker.store.cross_checks import CrossCheck, cross_check

DB = Path("apptrack.db")
FIRST, SECOND = "apple-rss", "web-charts"
FEED, PAGE = range(1, 101), range(1, 201)


class TwoFaces:
    """A store that has one chart as a feed of 100 and, maybe otherwise, as a page of 200."""

    def __init__(self) -> None:
        self.feed: Sequence[int] = FEED
        self.page: Sequence[int] | Answer = PAGE
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Answer:
        if request.path.startswith("/lookup"):
            return lookup_answer(request, {})
        wanted = (FIRST, SECOND)
        (name,) = [text for text in wanted if SOURCES[text].url(CHART, "") == request.path]
        self.asked.append(name)
        numbers = self.feed if name == FIRST else self.page
        if isinstance(numbers, Answer):
            return numbers
        return Answer(body=render(name, CHART, ranked(*numbers), PUBLISHED))


class Program:
    """The program's commands, asking a store of two faces."""

    def __init__(self, shop: TwoFaces, base: str) -> None:
        self.shop, self.env = shop, environment(base)

    def __call__(self, *args: object) -> Result:
        command = [*map(str, args), "--db", str(DB)]
        return CliRunner().invoke(main, command, env=self.env, terminal_width=200)

    def status(self) -> list[Any]:
        result = self("status", CHART, "--cross-check", "--json")
        charts: list[Any] = json.loads(result.stdout)["charts"]
        assert result.exit_code == any(chart["flags"] for chart in charts)
        return charts


@pytest.fixture
def run() -> Iterator[Program]:
    shop = TwoFaces()
    with LoopbackStore(shop) as store:
        yield Program(shop, store.base)


def test_two_sources_that_agree_are_both_stored_and_all_is_well(run: Program) -> None:
    done = run("collect", CHART, "--cross-check")
    assert done.exit_code == 0, done.output
    assert done.stderr == "names of 100 apps looked up in us, 0 found\n"
    assert sorted(run.shop.asked) == [FIRST, SECOND]
    first, second = run.status()
    assert (first["source"], second["source"]) == (FIRST, SECOND)
    compared = first["cross_check"]
    assert (compared["source"], compared["compared"]) == (SECOND, 100)
    assert (compared["shared_apps"], compared["same_order"]) == (1, 1)
    assert second["cross_check"] is None
    words = run("status", CHART, "--cross-check")
    assert words.exit_code == 0
    assert "has 100% of its first 100 apps, 100% of their pairs in the same order" in words.stdout
    assert run("verify").exit_code == 0


def test_a_feed_without_the_bundles_of_the_page_agrees_though_every_rank_differs(
    run: Program,
) -> None:
    run.shop.feed = range(1, 98)
    run.shop.page = [501, *range(1, 41), 502, *range(41, 81), 503, *range(81, 198)]
    done = run("collect", CHART, "--cross-check")
    assert done.exit_code == 0
    assert "disagreeing" not in done.stderr
    first, _ = run.status()
    compared = first["cross_check"]
    assert (compared["compared"], compared["same_order"]) == (97, 1)
    assert compared["shared_apps"] == round(94 / 97, 4)
    assert first["flags"] == []


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (FEED[10:35], "has 60% of its first 25 apps, 100% of their pairs in the same order"),
        (FEED[24::-1], "has 100% of its first 25 apps, 0% of their pairs in the same order"),
        (range(500, 525), "has 0% of its first 25 apps"),
    ],
)
def test_a_second_source_that_disagrees_is_reported_and_never_mixed(
    run: Program, page: Sequence[int], words: str
) -> None:
    run.shop.page = page
    done = run("collect", CHART, "--cross-check")
    assert done.exit_code == 0
    assert f"disagreeing {CHART} {FIRST}: {SECOND}, " in done.stderr
    assert words in done.stderr
    first, second = run.status()
    assert (first["flags"], second["flags"]) == ([Flag.DISAGREEING], [])
    (problem,) = first["problems"]
    assert words in problem["what"]
    assert "compare both with the store's own chart" in problem["do"]
    with Reader(DB) as reader:
        depths = [reader.snapshot(number).depth for number in reader.snapshot_ids()]
    assert sorted(depths) == [25, 100]
    stats = json.loads(run("stats", "40", "--on", CHART, "--json").stdout)
    assert (stats["source"], stats["ranked"], stats["peak_rank"]) == (FIRST, 1, 40)


def test_a_second_source_that_fails_is_a_failure_and_is_watched(run: Program) -> None:
    run.shop.page = Answer(body=b"<html>a new design</html>")
    done = run("collect", CHART, "--cross-check")
    assert done.exit_code == 1
    first, second = run.status()
    assert (first["flags"], second["flags"]) == ([], [Flag.NEVER, Flag.REFUSED])
    assert first["cross_check"] is None


def test_without_the_option_no_source_is_asked_twice(run: Program) -> None:
    assert run("collect", CHART).exit_code == 0
    assert run.shop.asked == [FIRST]


def test_the_daemon_compares_with_a_second_source_when_the_settings_say_so(run: Program) -> None:
    run.shop.page = range(500, 525)
    command = [sys.executable, "-m", "tracker", "run", "--db", str(DB), str(CHART)]
    env = run.env | {"APPTRACK_CROSS_CHECK": "true"}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as daemon:
        assert daemon.stderr is not None
        result = []
        for line in daemon.stderr:
            result.append(line)
            if "pass done: 2 of 2" in line:
                daemon.terminate()
    assert daemon.returncode == 0
    assert any(f"WARNING disagreeing {CHART} {FIRST}: " in line for line in result), result


def test_where_no_second_source_carries_a_chart_the_option_is_refused(run: Program) -> None:
    done = run("collect", GENRE_CHART, "--cross-check")
    assert done.exit_code == 2
    assert "no chart here is carried by apple-rss and web-charts" in done.stderr
    run.env["APPTRACK_SOURCES"] = FIRST
    assert run("run", CHART, "--cross-check").exit_code == 2
    assert run("status", CHART, "--cross-check").exit_code == 2
    assert not DB.exists()
    assert run.shop.asked == []


@pytest.mark.parametrize(
    ("chart", "order", "expected"),
    [
        (CHART, tuple(SOURCES), SECOND),
        (CHART, (SECOND, FIRST), FIRST),
        (CHART, (FIRST,), None),
        (GENRE_CHART, tuple(SOURCES), None),
        (GENRE_CHART, (SECOND, FIRST), None),
        (Chart.parse("us/iphone/top-free/all"), tuple(SOURCES), None),
    ],
)
def test_which_source_is_compared_with(
    chart: Chart, order: Sequence[str], expected: str | None
) -> None:
    second = second_for(chart, order)
    assert (second.name if second else None) == expected


@pytest.mark.parametrize(
    ("hours", "expected"),
    [([0.4, 1.2], 0.4), ([-0.4], -0.4), ([0.3, 0.1, -0.2], 0.1), ([0.51, -0.51], None)],
)
def test_the_nearest_snapshot_within_half_an_hour_is_compared(
    hours: Sequence[float], expected: float | None
) -> None:
    with Store(DB) as store:
        store.save(snapshot(0, FEED))
        for hour in hours:
            store.save(snapshot(hour, FEED[:25], source=SECOND))
        comparison = cross_check(store, CHART, FIRST, at(0))
        assert (comparison and comparison.observed_at) == (
            None if expected is None else at(expected)
        )


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ([1, 2, 3, 4], [2, 1], (2, 1.0, 0.0)),
        ([1, 2, 3, 4], [3, 4], (2, 0.0, None)),
        ([1, 2], [3, 1, 2], (2, 0.5, None)),
        ([1, 2, 3, 4], [1, 3, 2, 5], (4, 0.75, 2 / 3)),
    ],
)
def test_charts_are_compared_down_to_the_end_of_the_shorter_one(
    here: list[int], there: list[int], expected: tuple[int, float, float | None]
) -> None:
    with Store(DB) as store:
        store.save(snapshot(0, here))
        store.save(snapshot(0, there, source=SECOND))
        comparison = cross_check(store, CHART, FIRST, at(0))
        assert comparison is not None
        assert (comparison.compared, comparison.apps) == expected[:2]
        assert comparison.order == (expected[2] and pytest.approx(expected[2]))


@pytest.mark.parametrize(
    ("apps", "order", "expected"),
    [(1, 1, False), (0.75, 0.75, False), (0.74, 1, True), (1, 0.74, True), (0.04, None, True)],
)
def test_from_where_on_two_sources_disagree(
    apps: float, order: float | None, expected: bool
) -> None:
    assert disagreeing(CrossCheck(SECOND, at(0), 25, apps, order)) is expected
