"""Leads found by comparing all snapshots at once are those that a loop over the snapshots finds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations, groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.analysis import overtakes, overtakes_of_all
from tracker.analysis.leads import Comparison
from tracker.errors import InvalidValue
from tracker.model import App, Chart, Provenance, Series, Timeline

CHART = Chart.parse("us/iphone/top-free/apps")
START = datetime(2026, 1, 1, tzinfo=UTC)
#: The deepest charts that fit one and two bytes a snapshot, and those around them.
EDGES = (100, 126, 127, 128, 2**15 - 2, 2**15 - 1, 2**15, 2**16, 10**9)

Ranks = Sequence[int | None]


def series_of(columns: Sequence[Ranks], depth: int) -> list[Series]:
    many = len(columns[0])
    times = tuple(START + timedelta(hours=hour) for hour in range(many))
    line = Timeline(CHART, "apple-rss", times, (depth,) * many, (Provenance.RECORDED,) * many)
    return [
        Series(line, App(str(n), f"App {n}"), tuple(column)) for n, column in enumerate(columns)
    ]


@st.composite
def charts(draw: st.DrawFn) -> list[Series]:
    """Up to four series; at each snapshot some are unranked.

    A chart has no ties, but a series made by hand may.
    """
    depth, apps = draw(st.sampled_from(EDGES)), draw(st.integers(2, 4))
    near_the_end = [*range(1, 5), *range(depth - 4, depth + 1)]
    ranks_of_one = st.permutations(near_the_end) | st.sampled_from([[4] * 4, [1, 2, 2, 1]])
    snapshots = st.lists(ranks_of_one.map(lambda ranks: ranks[:apps]), min_size=1, max_size=12)
    hidden = draw(st.lists(st.booleans(), min_size=48, max_size=48))
    rows = [
        [None if hidden[4 * index + app] else rank for app, rank in enumerate(ranks)]
        for index, ranks in enumerate(draw(snapshots))
    ]
    return series_of(list(zip(*rows, strict=True)), depth)


def slowly(a: Ranks, b: Ranks) -> list[tuple[bool, int, int, int]]:
    """Whether B leads, first snapshot, last snapshot and how many determined ones, lead by lead."""
    pairs = [
        (index, number is None or (other is not None and other < number))
        for index, (number, other) in enumerate(zip(a, b, strict=True))
        if number != other
    ]
    leads = []
    for b_leads, group in groupby(pairs, key=lambda each: each[1]):
        snapshots = [index for index, _ in group]
        leads.append((b_leads, snapshots[0], snapshots[-1], len(snapshots)))
    return leads


@given(charts())
def test_every_lead_of_every_two_is_found(several: list[Series]) -> None:
    compared = Comparison(several)
    for a, b in combinations(range(len(several)), 2):
        assert compared.leads(a, b) == slowly(several[a].ranks, several[b].ranks)


@given(charts(), st.integers(1, 3))
def test_the_ledger_of_all_is_that_of_every_two_by_time(
    several: list[Series], confirm: int
) -> None:
    pairs = [overtake for a, b in combinations(several, 2) for overtake in overtakes(a, b, confirm)]
    pairs.sort(key=lambda overtake: (overtake.by, overtake.after))
    assert overtakes_of_all(several, confirm) == pairs


def test_no_snapshots_are_no_leads() -> None:
    assert Comparison(series_of([(), ()], 100)).leads(0, 1) == []


def test_series_of_two_timelines_are_not_compared() -> None:
    (a, _), (_, b) = series_of([(1,), (2,)], 5), series_of([(1,), (2,)], 6)
    with pytest.raises(InvalidValue, match="one timeline"):
        Comparison([a, b])
    with pytest.raises(InvalidValue, match="one timeline"):
        overtakes_of_all([])
