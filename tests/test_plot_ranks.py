"""The axis of ranks, whole or broken: one function for whatever draws it."""

from __future__ import annotations

import re
from itertools import pairwise
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.lines import CHATGPT, DEEPSEEK, pair, series, timeline
from tracker.model import Series
from tracker.plot import draw, render
from tracker.plot.curve.layout import lay_out
from tracker.plot.curve.ranks import (
    HEAD_SHARE,
    LEAST_HEAD,
    break_words,
    clear_ticks,
    depth,
    head_of,
    reach_of,
)
from tracker.plot.curve.selector import _height
from tracker.plot.panels.bump import draw_bump
from tracker.plot.scene import scene
from tracker.plot.style.size import SMALL

LOW = ((70, 74, 81, 99, 83), (64, 66, 90, 88, 61))


@given(st.lists(st.integers(1, 200), min_size=1), st.floats(60, 900))
def test_every_rank_has_its_place_and_every_tick_room(ranks: list[int], high: float) -> None:
    reach = reach_of([Series(timeline(range(len(ranks)), depth=200), DEEPSEEK, tuple(ranks))])
    heights = [depth(rank, reach, high) for rank in range(1, reach.deepest + 1)]
    assert heights[0] == 0
    assert heights[-1] == pytest.approx(high)
    assert all(a < b for a, b in pairwise(heights))
    assert max(ranks) <= reach.deepest
    kept = clear_ticks(reach, high)
    assert kept[0] == 1
    assert {1, *kept} <= set(range(1, reach.deepest + 1))
    places = [heights[rank - 1] for rank in kept]
    assert all(b - a > SMALL for a, b in pairwise(places))
    # What is drawn lies beneath a break, which has a number and takes little of the height.
    assert reach.broken <= min(ranks)
    assert reach.broken in kept
    assert head_of(reach, high) <= max(LEAST_HEAD, high * HEAD_SHARE)


@pytest.mark.parametrize(
    ("best", "deepest", "broken"),
    [
        (1, 100, 1),
        (3, 5, 1),
        (9, 100, 1),
        (10, 40, 10),
        (64, 100, 60),
        (65, 100, 65),
        (80, 84, 75),
        (99, 100, 90),
        (95, 95, 85),
    ],
)
def test_an_axis_is_broken_where_most_of_it_would_be_empty(
    best: int, deepest: int, broken: int
) -> None:
    reach = reach_of(pair([best, deepest], [deepest, best]))
    assert (reach.deepest, reach.broken) == (deepest, broken)
    assert bool(break_words(reach)) == (broken > 1)


def test_other_apps_of_the_chart_that_are_drawn_count_too() -> None:
    line = timeline(range(5))
    first, second = pair(*LOW)
    near, far = (Series(line, CHATGPT, (rank,) * 5) for rank in (2, 100))
    assert reach_of([first], [second]).broken == 60 < reach_of([first], [far]).broken
    assert reach_of([first], [near]).broken == 1


def test_where_only_the_first_ranks_are_drawn_the_axis_is_short() -> None:
    assert reach_of(pair([1, 2], [2, 1])).deepest == 3
    assert reach_of(pair([None, None], [None, None])).deepest == 3


def test_what_is_drawn_stands_where_the_layout_says() -> None:
    drawn = pair(*LOW)
    placed, spec = lay_out(scene(drawn), (1200, 675)), draw(drawn)
    svg = render(spec, ".svg").decode()
    levels = {
        round(float(y), 2)
        for y, high in re.findall(
            r'translate\([-\d.e]+,([-\d.e]+)\)" x2="[-\d.e]+" y2="([-\d.e]+)" '
            r'stroke="[^"]+" stroke-width="3.4"', svg
        )
        if high == "0"
    }  # fmt: skip
    wanted = {round(placed.y(rank), 2) for one in LOW for rank in one[:-1]}
    assert len(levels) == len(wanted)
    assert all(min(abs(y - want) for y in levels) < 0.02 for want in wanted)
    assert " ".join(placed.footnote).startswith("The axis is broken above 60.")
    (teeth,) = spec["datasets"]["break"]
    assert placed.y(1) < teeth["y"] < placed.y(60)
    assert "break" not in draw(pair([1, 70], [2, 60]))["datasets"]


def test_a_pointer_finds_ranks_where_they_are_drawn() -> None:
    placed = lay_out(scene(pair(*LOW)), (1200, 675))
    told = _height(placed).replace("datum.r", "rank")
    for rank in {rank for one in LOW for rank in one}:
        assert eval(told, {"log": log, "rank": rank}) == pytest.approx(placed.y(rank), abs=0.01)


def test_the_lower_of_two_plots_is_broken_alike() -> None:
    spec = draw_bump(series(["One", "Two"], LOW))
    numbers = [row["text"] for row in spec["datasets"]["numbers"]]
    assert numbers[2:4] == ["No. 1", "60"]
    assert len(spec["datasets"]["break"]) == 1
    (foot,) = spec["datasets"]["feet"]
    assert "The axis is broken above 60." in " ".join(foot["text"])
