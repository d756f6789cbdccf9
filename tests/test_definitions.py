"""docs/definitions.md: each example's table of snapshots, read and computed again.

A table that begins with ``observed_at`` is what was seen; each table after it, up to the next
such one, is what apptrack makes of it, and its first heading says which function is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.test_analysis import JP, SHARED, recorded
from tracker.analysis import (
    Kind,
    Status,
    cadence,
    coverage,
    gaps,
    leaders,
    longest_normal_spacing,
    overtakes,
    stats,
)
from tracker.analysis.movement import Move, movement, returned
from tracker.analysis.rivalry import rivalry
from tracker.model import (
    App,
    Chart,
    Observation,
    Provenance,
    Series,
    Timeline,
    iso,
    parse_time,
    reaches,
)

PAGE = (Path(__file__).parents[1] / "docs" / "definitions.md").read_text("utf-8")
CHART = Chart.parse("jp/iphone/top-free/finance")

Row = Sequence[str]
Table = list[Row]


def tables(text: str) -> Iterator[Table]:
    """The Markdown tables of a page: the heading and the rows, without the line of dashes."""
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        lines = [
            [cell.strip(" `") for cell in line.split("|")[1:-1]] for line in block.splitlines()
        ]
        yield [lines[0], *lines[2:]]


#: The short names of the page, and the store's ids.
APPS = {
    name: App(app_id, name)
    for head, *rows in tables(PAGE)
    if head[0] == "app"
    for name, app_id, _ in rows
}


@dataclass(frozen=True)
class Example:
    """What was seen, and one table of what is made of it."""

    line: Timeline
    series: dict[str, Series]
    result: Table

    @property
    def words(self) -> str:
        return self.result[0][0]


def read_snapshots(table: Table) -> tuple[Timeline, dict[str, Series]]:
    (_, *names, _), *rows = table
    line = Timeline(
        CHART,
        "web-charts",
        tuple(parse_time(row[0]) for row in rows),
        tuple(None if row[-1] == "none" else int(row[-1]) for row in rows),
        (Provenance.IMPORTED,) * len(rows),
    )
    ranks = {name: [rank_of(row[1 + place]) for row in rows] for place, name in enumerate(names)}
    return line, {name: Series(line, APPS[name], tuple(ranks[name])) for name in names}


def rank_of(cell: str) -> int | None:
    return None if cell == "unranked" else int(cell)


@cache
def whole() -> tuple[Timeline, dict[str, Series]]:
    """The whole recording, as long as it is here."""
    path = SHARED / "data" / "recorded" / JP
    recorded_series = recorded(path, [app.app_id for app in APPS.values()])
    named = (
        Series(series.timeline, APPS[name], series.ranks)
        for name, series in zip(APPS, recorded_series, strict=True)
    )
    series = {series.app.name: series for series in named}
    return recorded_series[0].timeline, series


def examples() -> Iterator[Example]:
    line, series = Timeline(CHART, "web-charts", (), (), ()), dict[str, Series]()
    for table in tables(PAGE.split("## The whole recording")[0]):
        if table[0][0] == "observed_at":
            line, series = read_snapshots(table)
        elif table[0][0] in (*ASKED, "now"):
            yield Example(line, series, table)


def text(value: Any) -> str:
    """A value as the page writes it: as in JSON, an app by its name."""
    if isinstance(value, bool | None):
        return {None: "null", True: "true", False: "false"}[value]
    names = {app.app_id: name for name, app in APPS.items()}
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return names.get(str(value), str(value))


# What is asked, and answers with the rows of the table


def ask_overtakes(line: Timeline, series: dict[str, Series], head: Row) -> Table:
    a, b = series.values()
    table: Table = []
    for number, overtake in enumerate(overtakes(a, b), 1):
        row = overtake.to_json() | {"winner": overtake.winner.name, "loser": overtake.loser.name}
        table.append([str(number), *(text(row[key]) for key in head[1:])])
    return table


def ask_ahead(line: Timeline, series: dict[str, Series], head: Row) -> Table:
    names = list(series)
    return [
        [iso(time), "undetermined" if lead is None else names[lead]]
        for time, lead in zip(line.times, leaders(list(series.values())), strict=True)
    ]


def ask_snapshots(line: Timeline, series: dict[str, Series], head: Row) -> Table:
    facts = {
        "snapshots": len(line.times),
        "cadence": cadence(line),
        "longest normal spacing": longest_normal_spacing(line),
        "gaps": len(gaps(line)),
        "coverage": coverage(line),
    }
    return [[key, text(value)] for key, value in facts.items()]


def ask_stats(line: Timeline, series: dict[str, Series], head: Row) -> Table:
    return [[key, text(value)] for key, value in flat(stats(series[head[1]]).to_json())]


def ask_versus(line: Timeline, series: dict[str, Series], head: Row) -> Table:
    a, b = (series[name] for name in head[1].split(", "))
    return [[key, text(value)] for key, value in rivalry(a, b).to_json().items()]


def flat(facts: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in facts.items():
        if key != "drop_outs":
            yield key, value
            continue
        yield "drop_outs", len(value)
        for number, out in enumerate(value, 1):
            yield from ((f"drop-out {number}: {inner}", row) for inner, row in out.items())


ASKED: dict[str, Callable[[Timeline, dict[str, Series], Row], Table]] = {
    "overtakes": ask_overtakes,
    "at": ask_ahead,
    "snapshots": ask_snapshots,
    "stats": ask_stats,
    "versus": ask_versus,
}


@pytest.mark.parametrize(
    "example", list(examples()), ids=lambda row: f"{row.words}-{row.line.times[0]:%m-%d}"
)
def test_an_example_is_what_apptrack_makes_of_its_snapshots(example: Example) -> None:
    head, *rows = example.result
    if example.words == "now":
        for row in rows:
            assert moved(example, row) == list(row)
        return
    answer = ASKED[example.words](example.line, example.series, head)
    if example.words in ("stats", "versus"):  # the page tells only what it speaks of
        values = {row[0]: row[1] for row in answer}
        answer = [[key, values[key]] for key, _ in rows]
    assert answer == [list(row) for row in rows]


def moved(example: Example, row: Row) -> list[str]:
    """One row of movement: from the snapshot it names, none for a time there was no data, to
    another.
    """
    (series,) = example.series.values()
    snapshots = {iso(observation.observed_at): observation for observation in series}
    now, then = snapshots[row[0]], snapshots.get(row[1])
    result = movement(now, then, lambda: returned(up_to(series, now)))
    assert result is not None
    return [row[0], row[1], str(result.move), text(result.change)]


def up_to(series: Series, now: Observation) -> Series:
    """The series as it was known at NOW."""
    line = series.timeline
    many = sum(time <= now.observed_at for time in line.times)
    cut = Timeline(
        line.chart, line.source, line.times[:many], line.depths[:many], line.provenances[:many]
    )
    return Series(cut, series.app, series.ranks[:many])


def test_every_kind_status_and_move_has_an_example() -> None:
    matching = [example for example in examples() if example.words == "overtakes"]
    cells = {cell for example in matching for row in example.result[1:] for cell in row}
    assert {*map(str, Kind), *map(str, Status), "true", "false"} <= cells
    moves = {
        row[2] for example in examples() if example.words == "now" for row in example.result[1:]
    }
    assert moves == set(map(str, Move))
    assert {example.words for example in examples()} == {*ASKED, "now"}
    assert any(min(example.line.whole_depths) < 100 for example in examples())


@pytest.mark.parametrize(
    "table", [t for t in tables(PAGE) if t[0][0] == "observed_at"], ids=lambda t: t[1][0][:10]
)
def test_the_observations_are_those_of_the_recording(table: Table) -> None:
    line, series = read_snapshots(table)
    every, real = whole()
    for index, (time, depth) in enumerate(zip(line.times, line.depths, strict=True)):
        number = every.times.index(time)
        for name, one_series in series.items():
            rank = real[name].ranks[number]
            # A snapshot that the page cuts to its first rows no longer finds what stood below.
            missed = rank is None or not (depth is None or reaches(depth, rank))
            assert one_series.ranks[index] == (None if missed else rank)


def test_the_whole_recording_is_summed_up_as_the_page_says() -> None:
    line, series = whole()
    for table in tables(PAGE.split("## The whole recording")[1]):
        head, *rows = table
        if head[0] == "snapshots":
            assert ask_snapshots(line, series, head) == [list(row) for row in rows]
        elif head[0] == "overtakes":
            a, b = (series[name] for name in head[1].split(", "))
            lines = [str(overtake.status) for overtake in overtakes(a, b)]
            counts = {"lead changes": len(lines)} | {s: lines.count(s) for s in map(str, Status)}
            assert [[key, str(many)] for key, many in counts.items()] == [list(row) for row in rows]
        else:
            answer = {row[0]: row[1] for row in ASKED[head[0]](line, series, head)}
            assert [[key, answer[key]] for key, _ in rows] == [list(row) for row in rows]


def test_a_page_that_drifts_is_noticed() -> None:
    example = next(example for example in examples() if example.words == "overtakes")
    head, *rows = example.result
    other = Example(
        example.line, example.series, [head, ["1", *["x"] * (len(head) - 1)], *rows[1:]]
    )
    with pytest.raises(AssertionError):
        test_an_example_is_what_apptrack_makes_of_its_snapshots(other)
