"""Each benchmark runs, small, and measures what it says. No figure is judged here."""

from __future__ import annotations

import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import fiveyears
from benchmarks.__main__ import BENCHMARKS, LONG, main
from benchmarks.collecting import collecting
from benchmarks.figures import Figure, in_turns
from benchmarks.history import CHART, GENRE_CHART, PLAY_CHART, orders, payloads
from benchmarks.ledger import fiveyears as ask_fiveyears
from benchmarks.machine import keep, machine
from benchmarks.memory import memory
from benchmarks.merging import merging
from benchmarks.parsing import parsing
from benchmarks.payloads import payload_bytes
from benchmarks.plotting import plotting
from benchmarks.saving import entries_of, rank_bytes, saving
from benchmarks.shop import charts
from benchmarks.startup import startup
from tracker.model import Chart
from tracker.sources import DEFAULT_SOURCES, SOURCES
from tracker.store import Reader


def _ask_small_years() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        return ask_fiveyears(years=0.01, count=2, turns=1, folder=Path(folder))


SMALL: dict[str, Callable[[], list[Figure]]] = {
    "startup": lambda: startup(turns=1),
    "parsing": lambda: parsing(turns=1),
    "saving": lambda: saving(hours=4),
    "payloads": lambda: payload_bytes(chains=1, longest=2),
    "ranks": lambda: rank_bytes(hours=5),
    "collecting": lambda: collecting(count=3, turns=2, away=0.001),
    "memory": lambda: memory(passes=3, early=1, count=1),
    "merging": lambda: merging(hours=3),
    "fiveyears": _ask_small_years,
    "plotting": lambda: plotting(years=0.01, turns=1, warm=False),
}
#: Beside DuckDB, where it is installed, two more.
GOALS = {
    "saving": 1, "payloads": 1, "ranks": 1, "collecting": 2, "startup": 1, "memory": 1,
    "merging": 1,
    "fiveyears": 11 if find_spec("duckdb") else 9,
    "plotting": 5,
}  # fmt: skip


def test_every_benchmark_is_tried() -> None:
    assert set(SMALL) == set(BENCHMARKS) - LONG  # those are in proof_soak.py


@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_measures(name: str) -> None:
    figures = SMALL[name]()
    assert len({figure.what for figure in figures}) == len(figures) > 1
    differences = [figure for figure in figures if figure.what.startswith("of that")]
    assert all(figure.value > 0 for figure in figures if figure not in differences)
    assert all(figure.bare is None or figure.bare > 0 for figure in figures)
    assert sum(figure.most is not None for figure in figures) == GOALS.get(name, 0)


def test_ways_take_turns_at_being_first() -> None:
    order: list[str] = []
    times = in_turns([lambda: order.append("a"), lambda: order.append("b")], turns=3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert [len(each) for each in times] == [3, 3]


@pytest.mark.parametrize(
    ("figure", "ratio", "met"),
    [
        (Figure("a", 3.0, "ms", 2.0, 1.5), 1.5, True),
        (Figure("a", 3.1, "ms", 2.0, 1.5), 1.55, False),
        (Figure("a", 30.0, "B", most=30), None, True),
        (Figure("a", 31.0, "B", most=30), None, False),
        (Figure("a", 3.0, "ms", 2.0), 1.5, None),
        (Figure("a", 3.0, "ms"), None, None),
    ],
)
def test_a_goal_is_a_ratio_where_there_is_a_bare_way(
    figure: Figure, ratio: float | None, met: bool | None
) -> None:
    assert figure.ratio == pytest.approx(ratio)
    assert figure.met is met
    assert ("MISSED" in str(figure)) is (met is False)


def test_invented_charts_move_as_recorded_ones_do() -> None:
    hours = list(orders(120))
    assert hours == list(orders(120))
    changed = [sum(a != b for a, b in zip(*two, strict=True)) for two in pairwise(hours)]
    assert 70 <= statistics.median(changed) <= 80
    new = [len(set(later) - set(earlier)) for earlier, later in pairwise(hours)]
    assert 1 <= statistics.mean(new) <= 4
    assert all(len(set(hour)) == 100 for hour in hours)


def test_invented_years_are_a_database_of_the_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, again = tmp_path / "a.db", tmp_path / "b.db"
    for file in (path, again):
        fiveyears.main([str(file), "--years", "0.1", "--charts", "2"])
    assert "three hours later" in capsys.readouterr().out
    assert entries_of(path) == entries_of(again)
    assert 0.65 <= fiveyears.changed(path) <= 0.85
    with Reader(path) as reader:
        assert reader.unsound() == []
        assert reader.charts() == sorted(fiveyears.CHARTS[:2])
        every = [reader.snapshot(number) for number in reader.snapshot_ids()[::100]]
        line, _ = reader.timeline(fiveyears.CHARTS[0], fiveyears.SOURCE)
    assert {snapshot.depth for snapshot in every} <= set(range(25, 101))
    assert min(line.whole_depths) < 100
    assert 0.9 < len(line.times) / (0.1 * fiveyears.HOURS_A_YEAR) < 1
    with closing(sqlite3.connect(path)) as connection:
        sql = """SELECT count(DISTINCT snapshot) FROM entries JOIN apps ON apps.id = app
                 WHERE name = 'DeepSeek'"""
        (seen,) = connection.execute(sql).fetchone()
        assert 0 < seen < len(line.times) * 2


def test_without_duckdb_the_rest_is_measured_and_a_line_says_so(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['duckdb'] = None; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path; from benchmarks.ledger import fiveyears\n"
        "print(*fiveyears(0.01, 1, 1, Path(sys.argv[1])), sep='\\n')"
    )
    root = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), root],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert "pip install 'apptrack[bench]'" in done.stdout
    assert "peak memory" in done.stdout


GROSSING = Chart.parse("us/iphone/top-grossing/apps")


@pytest.mark.parametrize("source", DEFAULT_SOURCES)  # ids of the App Store are invented
def test_invented_payloads_are_what_the_source_reads(source: str) -> None:
    chart = next(
        chart
        for chart in (CHART, GENRE_CHART, GROSSING, PLAY_CHART)
        if SOURCES[source].carries(chart)
    )
    for snapshot, payload in payloads(2, chart, source, depth=25):
        read = SOURCES[source].parse(payload)
        assert [entry.app_id for entry in read.entries] == [
            entry.app_id for entry in snapshot.entries
        ]
        assert (read.source, read.observed_at) == (snapshot.source, snapshot.observed_at)


def test_as_many_charts_as_asked_for() -> None:
    assert len(set(charts(350))) == 350


def test_a_run_is_stored_with_its_machine(tmp_path: Path) -> None:
    path = keep({"saving": [Figure("a", 3.0, "ms", 2.0, 1.0)]}, tmp_path)
    document = json.loads(path.read_text("utf-8"))
    assert document["machine"] == machine()
    assert document["commit"]
    (figure,) = document["figures"]["saving"]
    assert (figure["value"], figure["ratio"], figure["met"]) == (3.0, 1.5, False)


def _one_figure(name: str) -> list[Figure]:
    return [Figure(name, 1.0, "ms")]


def test_a_benchmark_is_chosen_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in SMALL:
        monkeypatch.setitem(BENCHMARKS, name, partial(_one_figure, name))
    main(["parsing", "memory"])
    out = capsys.readouterr().out
    assert "processor" in out
    assert [line.split()[0] for line in out.splitlines()[1:] if line] == [
        "parsing", "parsing", "memory", "memory",
    ]  # fmt: skip
    main([])  # the long ones, which are as they were, only by name
    assert len(capsys.readouterr().out.split()) > 2 * len(SMALL)
    with pytest.raises(SystemExit):
        main(["nothing"])
    assert "no benchmark named nothing" in capsys.readouterr().err
