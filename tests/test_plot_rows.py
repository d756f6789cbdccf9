"""The rows that are drawn: what was seen, as long as it held, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given, settings

from tests.support.lines import DEEPSEEK, Ranks, at, pair, series, timeline, walk
from tests.support.plots import any_series
from tracker.analysis import gaps
from tracker.model import App, Provenance, Series, Timeline
from tracker.plot.rows import (
    band_rows,
    context_rows,
    gap_rows,
    lead_rows,
    letters,
    note_rows,
    ranks_shown,
    series_rows,
)
from tracker.plot.ticks import epoch
from tracker.report.picture import MOST_LINES
from tracker.report.scene import Note, scene

COLUMNS = 9_600


def rank_at(rows: Sequence[Mapping[str, Any]], time: int) -> int | None:
    """What a reader sees at TIME: the step that covers it, None where the line is broken."""
    seen = None
    for row, after in pairwise([*rows, {"time": math.inf, "rank": None}]):
        if row["rank"] is None:
            continue
        ends = after["rank"] is None
        if row["time"] == time or (row["time"] < time < after["time"] and not ends):
            seen = row["rank"]
    return seen


@settings(max_examples=60, deadline=None)
@given(any_series())
def test_a_line_shows_every_rank_as_it_was_and_none_that_was_not_seen(
    every: list[Series],
) -> None:
    without_data = {gap.start for gap in gaps(every[0].timeline)}
    drawing = scene(every)
    steps = series_rows(drawing, COLUMNS)["steps"]
    for app, name in zip(every, drawing.names, strict=True):
        rows = [row for row in steps if row["app"] == name]
        for snapshot, after in pairwise(app):
            if snapshot.rank is not None:
                assert rank_at(rows, epoch(snapshot.observed_at)) == snapshot.rank
            then = (epoch(snapshot.observed_at) + epoch(after.observed_at)) // 2
            # Solid and dashed parts are lines of their own, as Vega groups them.
            solid = snapshot.provenance.observed
            own, other = ([row for row in rows if row["observed"] is kind] for kind in
                          (solid, not solid))  # fmt: skip
            blank = snapshot.observed_at in without_data
            assert rank_at(own, then) == (None if blank else snapshot.rank)
            assert rank_at(other, then) is None


@settings(max_examples=60, deadline=None)
@given(any_series())
def test_unranked_is_a_bar_in_the_lane_and_never_a_rank(every: list[Series]) -> None:
    drawing = scene(every)
    datasets = series_rows(drawing, COLUMNS)
    without_data = {gap.start for gap in gaps(every[0].timeline)}
    assert all(row["rank"] is None or row["rank"] >= 1 for row in datasets["steps"])
    assert all("rank" not in row for row in datasets["lane"])
    for app, name in zip(every, drawing.names, strict=True):
        bars = [row for row in datasets["lane"] if row["app"] == name]
        for snapshot, after in pairwise(app):
            then = (epoch(snapshot.observed_at) + epoch(after.observed_at)) // 2
            covered = any(bar["time"] <= then <= bar["until"] for bar in bars)
            blank = snapshot.observed_at in without_data
            assert covered == (snapshot.rank is None and not blank)
        assert len({bar["track"] for bar in bars}) <= 1


def test_a_jump_from_observed_to_estimated_belongs_to_the_later_one() -> None:
    kinds = (Provenance.RECONSTRUCTED, Provenance.RECONSTRUCTED, Provenance.RECORDED)
    whole = timeline(range(3))
    line = Timeline(whole.chart, whole.source, whole.times, whole.depths, kinds)
    steps = series_rows(scene([Series(line, DEEPSEEK, (5, 5, 2))]), COLUMNS)["steps"]
    points = [(row["time"], row["rank"], row["observed"]) for row in steps]
    assert points == [
        (epoch(at(0)), 5, False),
        (epoch(at(1)), 5, False),
        (epoch(at(2)), 5, False),
        (epoch(at(2)), None, False),
        (epoch(at(2)), 5, True),
        (epoch(at(2)), 2, True),
        (epoch(at(2)), None, True),
    ]
    assert [row["snapshot"] for row in steps] == [True, True, False, False, False, True, False]


def test_a_snapshot_between_two_gaps_stands_alone() -> None:
    hours = [*range(12), 20, 28, *range(36, 56)]
    steps = series_rows(scene(pair([3] * 34, [1] * 34, hours)), COLUMNS)["steps"]
    alone = {row["time"] for row in steps if row["alone"]}
    assert alone == {epoch(at(20)), epoch(at(28))}


def test_bands_are_the_intervals_of_the_ledger() -> None:
    drawing = scene(pair([3, 3, 1, 1, 2], [2, 2, 2, 2, 1]))
    assert [
        (row["time"], row["until"], row["app"], row["status"]) for row in band_rows(drawing)
    ] == [
        (epoch(at(1)), epoch(at(2)), "DeepSeek", "confirmed"),
        (epoch(at(3)), epoch(at(4)), "ChatGPT", "pending"),
    ]
    assert band_rows(drawing)[0]["when"] == "26 Jan, 01:00–02:00"
    many = scene(pair([1, 3] * 50, [2] * 100))
    assert band_rows(many) == []


def test_gaps_are_named_and_leads_are_joined_only_where_no_column_shows() -> None:
    drawing = scene(pair([1] * 9 + [3] * 3, [2] * 12, [*range(9), 20, 21, 22]))
    (gap,) = gap_rows(drawing, (at(0), at(23)))
    assert (gap["time"], gap["until"], gap["text"]) == (
        epoch(at(8)), epoch(at(20)), "no data for 12 hours",
    )  # fmt: skip
    around = gap_rows(drawing, (at(-3), at(24)))[1:]
    assert [(row["time"], row["until"]) for row in around] == [
        (epoch(at(-3)), epoch(at(0))), (epoch(at(22)), epoch(at(24))),
    ]  # fmt: skip
    leads = [(row["time"], row["until"], row["app"]) for row in lead_rows(drawing, 1_000)]
    assert leads == [
        (epoch(at(0)), epoch(at(8)), "DeepSeek"), (epoch(at(20)), epoch(at(22)), "ChatGPT"),
    ]  # fmt: skip
    flips = scene(pair(([1] * 50 + [3]) * 20, [2] * 1020))
    assert len(lead_rows(flips, 10)) < 5 < len(lead_rows(flips, 10_000))
    # One app that was never ranked cannot be compared.
    assert lead_rows(scene(pair([1, 1], [None, None])), 100) == []


def test_notes_have_letters_and_those_outside_are_left_out() -> None:
    notes = [Note(at(3), "late\nnote"), Note(at(1), "early"), Note(at(99), "outside")]
    rows = note_rows(scene(pair([1] * 5, [2] * 5), notes=notes))
    assert [(row["mark"], row["text"]) for row in rows] == [("A", "early"), ("B", "late note")]
    assert [letters(number) for number in (26, 27, 52, 53)] == ["Z", "AA", "AZ", "BA"]


def test_a_few_other_apps_are_lines_and_more_are_one_band_of_real_ranks() -> None:
    pair_of_apps = pair([1] * 4, [2] * 4)
    line = pair_of_apps[0].timeline

    def others(*ranks: Ranks) -> list[Series]:
        return [Series(line, App(f"9{n}", f"C{n}"), tuple(r)) for n, r in enumerate(ranks)]

    few = context_rows(scene(pair_of_apps, context=others([3, 4, 4, None])), 1_000)["others"]
    assert [row["rank"] for row in few] == [3, 4, 4, 4, None]
    table: list[Ranks] = [[3] * 4, [5] * 4, [7, 7, 9, 9], [9] * 3 + [None], [None] * 4]
    assert len(table) > MOST_LINES
    (name,) = datasets = context_rows(scene(pair_of_apps, context=others(*table)), 1_000)
    assert name == "band"
    assert [tuple(row.values()) for row in datasets["band"]] == [
        (epoch(at(0)), 5, 7, 9), (epoch(at(2)), 5, 9, 9), (epoch(at(3)), 5, 9, None),
    ]  # fmt: skip


def test_the_axis_ends_with_the_largest_rank_drawn() -> None:
    assert ranks_shown(series(["A", "B"], [walk(9, 1), [4] * 9]))[0] == 4
    assert ranks_shown(series(["A"], [[None] * 3])) == (1, 100)
