"""A shallower snapshot is not an exit: what it cannot tell stays untold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.analysis import Bounds, Kind, overtakes, stats
from tracker.model import App, Chart, Provenance, Series, Timeline

BEGIN = datetime(2026, 8, 17, tzinfo=UTC)
CHART = Chart.parse("us/iphone/top-free/apps")
HOUR = 3600


def line(depths: Sequence[int]) -> Timeline:
    times = tuple(BEGIN + timedelta(hours=hour) for hour in range(len(depths)))
    return Timeline(CHART, "apple-rss", times, tuple(depths), (Provenance.RECORDED,) * len(depths))


def pair(
    depths: Sequence[int], a: Sequence[int | None], b: Sequence[int | None]
) -> tuple[Series, Series]:
    shared = line(depths)
    return (
        Series(shared, App("1", "A"), tuple(a)),
        Series(shared, App("2", "B"), tuple(b)),
    )


def series_of_depths(depths: Sequence[int], ranks: Sequence[int | None]) -> Series:
    return pair(depths, ranks, ranks)[0]


def at(hour: int) -> datetime:
    return BEGIN + timedelta(hours=hour)


def test_a_short_snapshot_between_long_ones_is_no_fall() -> None:
    series = series_of_depths([100, 25, 100], [60, None, 61])
    figures = stats(series)
    assert figures.drop_outs == ()
    assert figures.on_chart == Bounds(0, 2 * HOUR)
    assert figures.median_rank is None


def test_a_long_snapshot_that_misses_it_is_one_and_the_return_is_reported() -> None:
    figures = stats(series_of_depths([100, 100, 25, 100], [60, None, None, 80]))
    (out,) = figures.drop_outs
    assert (out.after, out.by, out.rank, out.back_by) == (at(0), at(1), 60, at(3))
    assert figures.on_chart == Bounds(0, 2 * HOUR)


def test_a_snapshot_down_to_the_apps_last_rank_shows_that_it_left() -> None:
    (out,) = stats(series_of_depths([100, 25], [25, None])).drop_outs
    assert (out.by, out.back_by) == (at(1), None)
    assert stats(series_of_depths([100, 25], [26, None])).drop_outs == ()


def test_a_debut_is_after_the_last_snapshot_that_was_long_enough_to_miss_it() -> None:
    debut = stats(series_of_depths([100, 25, 100], [None, None, 60])).debut
    assert debut is not None
    assert (debut.after, debut.by, debut.rank) == (at(0), at(2), 60)
    debut = stats(series_of_depths([25, 100], [None, 60])).debut
    assert debut is not None
    assert debut.after is None


@pytest.mark.parametrize(
    ("depths", "lower", "upper"),
    [([100, 100, 100], 0, 0), ([100, 5, 100], 0, 2 * HOUR), ([5, 5, 5], 0, 2 * HOUR)],
)
def test_time_in_the_top_ten_may_be_where_the_snapshot_was_shallower(
    depths: list[int], lower: int, upper: int
) -> None:
    ranks = [None if depth == 5 else 11 for depth in depths]
    assert stats(series_of_depths(depths, ranks)).top_10 == Bounds(lower, upper)


def test_the_median_is_known_where_no_snapshot_was_too_short_for_it() -> None:
    assert stats(series_of_depths([100, 25, 100, 100], [3, None, 4, 5])).median_rank == 4
    assert stats(series_of_depths([100, 25, 100, 100], [30, None, 31, 32])).median_rank is None
    assert stats(series_of_depths([100, 100, 100, 100], [30, None, 31, 32])).median_rank == 31


@pytest.mark.parametrize(
    ("depths", "a", "b", "kind"),
    [
        ([100, 25], [60, 10], [5, None], Kind.EXIT),  # b stood at 5, and 25 were observed
        ([100, 25], [60, 10], [50, None], Kind.PASS),  # b may still stand at 50
        ([25, 100], [None, 40], [10, 50], Kind.PASS),  # a may have stood at 40 all along
        ([25, 100], [None, 20], [10, 30], Kind.ENTRY),
        ([100, 100], [None, 20], [10, 30], Kind.ENTRY),
        ([100, 100], [None, 20], [10, None], Kind.EXCHANGE),
        ([25, 25], [None, 20], [10, None], Kind.EXCHANGE),
    ],
)
def test_the_kind_of_an_overtake_says_no_more_than_was_observed(
    depths: list[int], a: list[int | None], b: list[int | None], kind: Kind
) -> None:
    (overtake,) = overtakes(*pair(depths, a, b))
    assert overtake.kind is kind
    assert overtake.winner.name == "A"


def test_two_apps_below_a_shallow_snapshot_are_undetermined_there() -> None:
    assert overtakes(*pair([100, 25, 100], [60, None, 60], [70, None, 70])) == ()
    (overtake,) = overtakes(*pair([100, 25, 100], [60, None, 80], [70, None, 70]))
    assert (overtake.after, overtake.by) == (at(0), at(2))


RANKS = st.integers(1, 100)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(RANKS, RANKS.filter(bool)), min_size=2, max_size=30), st.data())
def test_a_shorter_snapshot_makes_up_no_overtake_and_no_time_at_the_top(
    snapshots: list[tuple[int, int]], data: st.DataObject
) -> None:
    """The same days seen whole and seen through shallow snapshots: nothing is made up."""
    a = [first for first, _ in snapshots]
    b = [second if second != first else second % 100 + 1 for first, second in snapshots]
    depths = data.draw(
        st.lists(st.sampled_from([10, 25, 50, 100]), min_size=len(a), max_size=len(a))
    )
    whole = pair([100] * len(a), a, b)
    seen = pair(
        depths,
        [rank if rank <= depth else None for rank, depth in zip(a, depths, strict=True)],
        [rank if rank <= depth else None for rank, depth in zip(b, depths, strict=True)],
    )
    true = overtakes(*whole)
    for overtake in overtakes(*seen):
        assert any(
            overtake.after <= other.after
            and other.by <= overtake.by
            and other.winner == overtake.winner
            for other in true
        )
    for series, truth in zip(seen, whole, strict=True):
        figures, real = stats(series), stats(truth)
        assert figures.on_chart.lower <= real.on_chart.lower
        assert (
            figures.top_10.lower <= real.top_10.lower <= real.top_10.upper <= figures.top_10.upper
        )
        assert figures.at_1 == real.at_1
        if figures.median_rank is not None:
            assert figures.median_rank == real.median_rank
