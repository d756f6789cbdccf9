"""Positions among the apps drawn, above the curve of their real ranks."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lines import Ranks, pair, timeline
from tests.support.plots import rows, words
from tracker.errors import InvalidValue
from tracker.model import App, Series
from tracker.plot import specification
from tracker.plot.bump import bump, positions
from tracker.report.bump import ordinal

one_rank = st.none() | st.integers(1, 100)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 5).flatmap(lambda n: st.lists(
    st.lists(one_rank, min_size=n, max_size=n, unique_by=lambda rank: rank or object()),
    min_size=2, max_size=9,
)))  # fmt: skip
def test_a_position_counts_the_drawn_apps_only_and_unranked_has_none(table: list[Ranks]) -> None:
    line = timeline(range(len(table)))
    lines = [Series(line, App(str(n), f"F{n}"), tuple(row[n] for row in table))
             for n in range(len(table[0]))]  # fmt: skip
    placings = positions(lines)
    for number, ranks in enumerate(table):
        order = sorted(rank for rank in ranks if rank is not None)
        expected = [None if rank is None else order.index(rank) + 1 for rank in ranks]
        assert [placing.ranks[number] for placing in placings] == expected


def test_both_plots_are_named_and_the_lower_one_has_real_ranks() -> None:
    spec = specification(bump(pair([90, 20, None], [40, 40, 40])).chart())
    upper, lower = spec["concat"]
    said = words(spec)
    assert "Position among these 2 apps, not the chart’s rank" in said
    assert "Rank on the chart" in said
    ranks = {row["rank"] for row in rows(spec, "steps") if row["app"] == "DeepSeek"}
    assert ranks == {1, 2, 90, 20, None}
    assert {row["text"] for row in rows(spec, "ends")} == {"DeepSeek", "ChatGPT 1st", "ChatGPT #40"}
    assert upper["height"] < 0.5 * lower["height"]


def test_where_no_position_changed_there_are_the_ranks_alone_and_that_is_said() -> None:
    spec = specification(bump(pair([9, 8, 9], [4, 3, 4])).chart())
    assert "concat" not in spec
    assert "Positions among these apps never changed: 1st ChatGPT, 2nd DeepSeek" in words(spec)


def test_ordinals_and_too_little() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st",
    ]  # fmt: skip
    alone: Sequence[Series] = pair([1, 2], [2, 1])[:1]
    with pytest.raises(InvalidValue, match="name two at least"):
        bump(alone)
