"""The watch over a chart is judged from its snapshots alone: age, coverage, depth, standstill."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.stored import CHART, SOURCE, at
from tracker.analysis.health import (
    SETTLED_CHANGES,
    Flag,
    coverage_until,
    health,
    standstill,
    usual_depth,
)
from tracker.model import Provenance, Timeline

SECONDS = 3600.0


def line(hours: Sequence[float], depths: Sequence[int] | None = None) -> Timeline:
    kinds = (Provenance.RECORDED,) * len(hours)
    times = tuple(at(hour) for hour in hours)
    return Timeline(CHART, SOURCE, times, tuple(depths or [100] * len(hours)), kinds)


def flags(hours: Sequence[float], now: float, depths: Sequence[int] | None = None) -> set[Flag]:
    seen = line(hours, depths)
    nothing, never = [None] * len(hours), [False] * len(hours)
    return set(health(seen, nothing, never, now=at(now), cadence=SECONDS).flags)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([0, 30, 6], ()),
        ([0, 30, 5.9], (Flag.OUTDATED,)),
        ([100, None, 5], (Flag.OUTDATED,)),
        ([100, 5, 6], (Flag.OUTDATED,)),
        ([100, 5, None], ()),
        ([None, None, 5], ()),
    ],
)
def test_a_feed_dated_before_an_earlier_one_is_an_old_copy(
    hours: Sequence[float | None], expected: tuple[Flag, ...]
) -> None:
    published = [None if hour is None else at(hour) for hour in hours]
    state = health(line([100, 101, 102]), published, [False] * 3, now=at(102.1), cadence=SECONDS)
    assert state.flags == expected


def test_what_was_never_observed_is_not_stale_but_never() -> None:
    assert flags([], 5) == {Flag.NEVER}


@pytest.mark.parametrize(("age", "expected"), [(1.5, set()), (1.51, {Flag.STALE})])
def test_stale_is_older_than_one_and_a_half_times_the_cadence(
    age: float, expected: set[Flag]
) -> None:
    assert flags([0, 1], 1 + age) == expected


def test_a_snapshot_from_the_future_is_reported_as_one() -> None:
    assert flags([0, 9], 1) == {Flag.AHEAD}


MINUTES = 1 / 60


@pytest.mark.parametrize(
    ("published", "served", "flagged", "misdated"),
    [
        ([None, None], [None, None], False, 0),
        ([0, 1], [0, 1], False, 0),
        ([None, 1 + 10 * MINUTES], [None, None], False, 0),  # as far as is taken for chance
        ([None, 1 + 10 * MINUTES + 1 / 3600], [None, None], True, 1),
        ([None, None], [None, 1 + 10 * MINUTES + 1 / 3600], True, 1),
        ([0, 700], [0, 1], True, 1),
        ([0, -50], [0, 700], True, 1),
        ([700, 700], [0, 1], True, 2),
        ([0, 1], [700, 1], False, 1),  # set right since
        ([-700, -700], [-700, -700], False, 0),  # old, as from a cache: no proof
    ],
)
def test_a_stamp_of_the_store_after_the_snapshot_proves_the_clock_wrong(
    published: Sequence[float | None],
    served: Sequence[float | None],
    flagged: bool,
    misdated: int,
) -> None:
    columns = [
        [None if hour is None else at(hour) for hour in hours] for hours in (published, served)
    ]
    state = health(
        line([0, 1]), columns[0], [False] * 2, now=at(1.1), cadence=SECONDS, served=columns[1]
    )
    assert (Flag.BEHIND in state.flags) == flagged
    assert state.misdated == misdated
    latest = max(hour for hour in (published[1], served[1], 1) if hour is not None)
    assert state.clock_behind == (at(latest) - at(1) if flagged else timedelta(0))


@pytest.mark.parametrize(
    ("hours", "covered"),
    [
        ([], 0),
        ([24], 0),
        ([0, *range(1, 25)], 1),
        (range(13), 12 / 24),  # the end from the last snapshot to now is not covered
        ([*range(11), *range(20, 25)], 14 / 24),  # nor is a gap, whole
        ([0, 1.5, 3, 4.6, 6], 4.4 / 24),
        (range(-30, 13), 12 / 24),  # snapshots before the window reach into it
        ([-0.5, 0.5], 0.5 / 24),
        ([*range(20, 25), 25, 26], 4 / 24),  # later snapshots cover nothing
    ],
)
def test_coverage_of_a_day(hours: Sequence[float], covered: float) -> None:
    times = [at(hour) for hour in hours]
    coverage = coverage_until(times, at(24), timedelta(days=1), 1.5 * SECONDS)
    assert coverage.share == (pytest.approx(covered) if len(times) > 2 else None)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(0, 40 * 24 * 60), unique=True).map(sorted),
    st.sampled_from([1, 7, 30]),
    st.integers(0, 40 * 24 * 60),
)
def test_coverage_is_what_a_walk_minute_by_minute_finds(
    minutes: list[int], days: int, now: int
) -> None:
    times = [at(minute / 60) for minute in minutes]
    coverage = coverage_until(times, at(now / 60), timedelta(days=days), 90 * 60.0)
    seen = {
        minute
        for first, two in pairwise(minutes)
        if two - first <= 90
        for minute in range(first, two)
    }
    window = range(now - days * 1440, now)
    share = sum(minute in seen for minute in window) / len(window)
    assert coverage.share == (pytest.approx(share) if len(minutes) > 2 else None)
    assert coverage.snapshots == sum(window.start <= minute <= now for minute in minutes)


@pytest.mark.parametrize(
    ("depths", "usual", "shrunk"),
    [
        ([100], None, False),
        ([100, 25], 100, True),
        ([100, 25, 25], 100, True),
        ([100, 89], 100, True),
        ([100, 90], 100, False),  # a row or two are missing every day
        ([100, 100, 100, 60], 100, True),
        ([25, 100], 25, False),
        ([100, 25, 25, 25], 25, False),  # by now that is what is usual
    ],
)
def test_shrunk_is_well_below_the_median_before(
    depths: list[int], usual: int | None, shrunk: bool
) -> None:
    hours = range(len(depths))
    assert usual_depth(line(hours, depths)) == usual
    assert (Flag.SHRUNK in flags(hours, len(depths) - 1, depths)) is shrunk


def test_what_was_usual_more_than_a_month_ago_is_not() -> None:
    month = 30 * 24
    assert usual_depth(line([0, 10, month + 5], [100, 25, 25])) == 25
    assert usual_depth(line([0, month + 5], [100, 25])) is None


def repeats(runs: Sequence[int]) -> list[bool]:
    """Snapshots an hour apart: so many in a row show the same, and the next ones something else."""
    return [number > 0 for run in runs for number in range(run)]


def test_a_standstill_is_bounded_from_below_and_earlier_ones_from_above() -> None:
    runs = [2, 3, 5]
    still = standstill([at(hour) for hour in range(10)], repeats(runs), 1.5 * SECONDS)
    assert still is not None
    # The second run was seen for 2 h, and may have begun and ended an hour outside of that.
    assert (still.since, still.snapshots, still.seconds, still.longest_before) == (
        at(5), 5, 4 * SECONDS, 4 * SECONDS,
    )  # fmt: skip
    assert not still.record
    still = standstill([at(hour) for hour in range(11)], repeats([2, 3, 6]), 1.5 * SECONDS)
    assert still is not None
    assert still.record
    assert not still.settled


def test_a_gap_within_a_standstill_is_no_standing_still() -> None:
    hours = [0, 1, 2, 3, 9, 10]
    still = standstill([at(hour) for hour in hours], [False, False, True, True, True, True], 5400)
    assert still is not None
    assert still.seconds == 3 * SECONDS


def frozen(runs: Sequence[int]) -> bool:
    hours = range(sum(runs))
    state = health(
        line(hours), [None] * len(hours), repeats(runs), now=at(len(hours) - 1), cadence=SECONDS
    )
    return Flag.FROZEN in state.flags


def test_frozen_is_a_record_among_enough() -> None:
    moving = [4] * SETTLED_CHANGES
    assert frozen([*moving, 7])
    assert not frozen([*moving, 6]), "no longer than an earlier one may have lasted"
    assert not frozen([4] * (SETTLED_CHANGES - 1) + [20]), "too few changes seen before"
    assert not frozen([2] * SETTLED_CHANGES + [20]), "watched for less than three days before"
    assert not frozen([*moving, 30, *moving, 20])
    assert not frozen([500])


def test_a_publishing_date_that_stands_still_is_frozen_too() -> None:
    hours = range(110)
    moving = [at(hour // 4) if hour < 90 else at(22) for hour in hours]
    never = [False] * len(hours)

    def judged(published: Sequence[datetime | None]) -> tuple[Flag, ...]:
        return health(line(hours), published, never, now=at(109), cadence=SECONDS).flags

    assert judged(moving) == (Flag.FROZEN,)
    assert judged([at(hour // 4) for hour in hours]) == ()
    assert judged([at(0)] * len(hours)) == (), "a date that never moved says nothing"
    assert judged([*moving[:-1], None]) == ()
    undated = [None if 40 <= hour < 70 else date for hour, date in enumerate(moving)]
    assert judged(undated) == (Flag.FROZEN,), "snapshots without a date are no standstill"
