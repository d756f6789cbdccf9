"""What is true of every ledger, whatever was seen: a slow reading of it, mirrors, one snapshot
more.

Each test states the most that is true. What a careless reader expects and is not so, stands here
as an example: a gap is measured by the whole series, and a snapshot can break a lead in two.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support import records as seen
from tests.support.records import (
    Record,
    ahead,
    at,
    bare,
    heart,
    hour_of,
    ledger,
    records,
    series,
)
from tracker.analysis import (
    Kind,
    Overtake,
    Status,
    cadence,
    coverage,
    gaps,
    never_ranked,
    overtakes,
    stats,
    time_ahead,
)
from tracker.analysis.rivalry import rivalry

CONFIRM = st.integers(1, 4)
quick = settings(max_examples=40, deadline=None)


# The definitions


@settings(max_examples=150, deadline=None)
@given(records(), CONFIRM)
def test_the_ledger_is_what_the_definitions_say(what: Record, confirm: int) -> None:
    assert list(ledger(what, confirm)) == seen.slow_ledger(what, confirm)


@quick
@given(records())
def test_the_snapshots_are_what_the_definitions_say(what: Record) -> None:
    line = series(what)[0].timeline
    assert coverage(line) == pytest.approx(seen.slow_coverage(what))
    assert cadence(line) == seen.slow_cadence(what)
    assert [(hour_of(gap.start), hour_of(gap.end)) for gap in gaps(line)] == [
        (start, end) for start, end in pairwise(sorted(what)) if end - start > seen.normal(what)
    ]


@quick
@given(records())
def test_the_figures_are_what_the_definitions_say(what: Record) -> None:
    figures = stats(series(what)[0])
    ranks = {hour: both[0] for hour, (_, both) in what.items()}
    there = {hour: rank for hour, rank in ranks.items() if rank is not None}
    assert (figures.observed.snapshots, figures.ranked) == (len(ranks), len(there))
    assert figures.peak_rank == min(there.values(), default=None)
    first = [hour for hour, rank in there.items() if rank == figures.peak_rank]
    assert figures.peak_at == (at(min(first)) if first else None)
    assert figures.at_1 == seen.slow_bounds(what, {hour: ranks[hour] == 1 for hour in ranks})
    assert figures.top_10 == seen.slow_bounds(
        what, {hour: seen.in_top(what[hour]) for hour in what}
    )
    assert figures.on_chart == seen.slow_bounds(
        what, {hour: seen.there(what, hour) for hour in what}
    )
    assert figures.median_rank == seen.slow_median(what)
    assert figures.volatility_per_day == pytest.approx(seen.slow_volatility(what))
    assert [hour_of(out.by) for out in figures.drop_outs] == [
        hour for hour in what if seen.dropped(what, hour)
    ]


@quick
@given(records(), CONFIRM)
def test_two_apps_summed_up_are_their_ledger(what: Record, confirm: int) -> None:
    a, b = series(what)
    summary, changes = rivalry(a, b, confirm), overtakes(a, b, confirm)
    assert summary.last == (changes[-1] if changes else None)
    assert (summary.changes, summary.confirmed) == (
        len(changes),
        sum(overtake.status is Status.CONFIRMED for overtake in changes),
    )
    assert summary.never_ranked == never_ranked((a, b))
    assert (summary.ahead is None) is (summary.now is None) is bool(summary.never_ranked)
    for who, bounds in enumerate(summary.ahead or ()):
        holds = {hour: ahead(index) == who for hour, index in what.items()}
        assert bounds == seen.slow_bounds(what, holds)


# Mirrors


@quick
@given(records(), CONFIRM)
def test_swapping_the_two_mirrors_the_ledger(what: Record, confirm: int) -> None:
    swapped = {hour: (depth, both[::-1]) for hour, (depth, both) in what.items()}
    mirrored = [
        overtake._replace(winner=overtake.loser, loser=overtake.winner)
        for overtake in ledger(what, confirm)
    ]
    assert mirrored == list(ledger(swapped, confirm))
    assert time_ahead(*series(what)) == time_ahead(*reversed(series(swapped)))


BACKWARDS = {Kind.ENTRY: Kind.EXIT, Kind.EXIT: Kind.ENTRY}


@quick
@given(records())
def test_backwards_in_time_the_loser_wins_and_an_entry_is_an_exit(what: Record) -> None:
    end = max(what)
    back = ledger({end - hour: index for hour, index in what.items()})
    assert [
        (
            overtake.loser,
            end - hour_of(overtake.by),
            end - hour_of(overtake.after),
            overtake.kind,
            overtake.gap,
        )
        for overtake in reversed(back)
    ] == [
        (
            overtake.winner,
            hour_of(overtake.after),
            hour_of(overtake.by),
            BACKWARDS.get(overtake.kind, overtake.kind),
            overtake.gap,
        )
        for overtake in ledger(what)
    ]


@quick
@given(records(), st.integers(2, 5))
def test_the_same_snapshots_further_apart_give_the_same_ledger(what: Record, factor: int) -> None:
    slow = ledger({hour * factor: index for hour, index in what.items()})
    assert [
        (overtake.kind, overtake.status, overtake.gap, overtake.held_seconds) for overtake in slow
    ] == [
        (overtake.kind, overtake.status, overtake.gap, overtake.held_seconds * factor)
        for overtake in ledger(what)
    ]


@quick
@given(records(), st.sampled_from([2, 327, 2730, 2731, 5461, 5462, 10**9]))
def test_a_far_longer_chart_gives_the_same_ledger(what: Record, factor: int) -> None:
    """Ranks that many times as large, around the places where whole numbers grow by a byte."""
    far = {
        hour: (depth * factor, tuple(rank and rank * factor for rank in both))
        for hour, (depth, both) in what.items()
    }
    assert list(ledger(far)) == [
        overtake._replace(
            winner_rank_before=overtake.winner_rank_before and overtake.winner_rank_before * factor,
            winner_rank_after=overtake.winner_rank_after and overtake.winner_rank_after * factor,
            loser_rank_before=overtake.loser_rank_before and overtake.loser_rank_before * factor,
            loser_rank_after=overtake.loser_rank_after and overtake.loser_rank_after * factor,
            depth_before=(overtake.depth_before or 0) * factor,
            depth_after=(overtake.depth_after or 0) * factor,
        )
        for overtake in ledger(what)
    ]


# One snapshot more


@quick
@given(records(), CONFIRM, st.data())
def test_a_later_snapshot_changes_at_most_the_last_overtake(
    what: Record, confirm: int, data: st.DataObject
) -> None:
    last = max(what)
    hour = data.draw(st.integers(last + 1, last + 9))
    pair = data.draw(seen.snapshots())
    old, new = ledger(what, confirm), ledger({**what, hour: pair}, confirm)
    assert bare(new[: len(old) - 1]) == bare(old[:-1])
    assert len(new) - len(old) in (0, 1)
    if len(new) > len(old):
        assert hour_of(new[-1].by) == hour
    if old:
        then, now = old[-1], new[len(old) - 1]
        assert heart(now) == heart(then)
        assert then.status in (now.status, Status.PENDING)
        same = ahead(pair) is not None and len(new) == len(old)
        assert now.held_until == (at(hour) if same else then.held_until)


@quick
@given(records(), CONFIRM, st.data())
def test_an_earlier_snapshot_changes_nothing(
    what: Record, confirm: int, data: st.DataObject
) -> None:
    hour = data.draw(st.integers(-9, -1))
    old, new = ledger(what, confirm), ledger({hour: data.draw(seen.snapshots()), **what}, confirm)
    assert bare(new[len(new) - len(old) :]) == bare(old)
    assert all(hour_of(overtake.after) == hour for overtake in new[: len(new) - len(old)])
    assert len(new) - len(old) in (0, 1)


@quick
@given(records(), CONFIRM, st.data())
def test_a_snapshot_in_between_narrows_an_interval_or_breaks_a_lead_in_two(
    what: Record, confirm: int, data: st.DataObject
) -> None:
    assume(len(what) > 1)
    what = {2 * hour: index for hour, index in what.items()}
    hour = data.draw(st.integers(0, max(what) // 2 - 1)) * 2 + 1
    more = {**what, hour: data.draw(seen.snapshots())}
    old, new = ledger(what, confirm), ledger(more, confirm)
    for overtake in old:
        if overtake.after < at(hour) < overtake.by:
            assert_narrowed(overtake, new, more, hour)
        else:
            assert_kept(overtake, new, more, hour, confirm)
    around = [lead_before(what, hour), ahead(more[hour]), lead_after(what, hour)]
    assert len(new) - len(old) == turns(around) - turns([around[0], around[2]])


def lead_before(what: Record, hour: int) -> int | None:
    """Who led in the last determined snapshot before that hour."""
    return next((lead for past in sorted(what, reverse=True)
                 if past < hour and (lead := ahead(what[past])) is not None), None)  # fmt: skip


def lead_after(what: Record, hour: int) -> int | None:
    return next((lead for later in sorted(what)
                 if later > hour and (lead := ahead(what[later])) is not None), None)  # fmt: skip


def turns(leads: Sequence[int | None]) -> int:
    return sum(first != two for first, two in pairwise(lead for lead in leads if lead is not None))


def assert_narrowed(overtake: Overtake, new: Sequence[Overtake], more: Record, hour: int) -> None:
    """The new snapshot lies within the interval, which then ends or begins there, if it tells."""
    lead = ahead(more[hour])
    leader = None if lead is None else seen.APPS[lead]
    after = at(hour) if leader == overtake.loser else overtake.after
    by = at(hour) if leader == overtake.winner else overtake.by
    (now,) = [two for two in new if (two.after, two.by) == (after, by)]
    assert (now.winner, now.held_until) == (overtake.winner, overtake.held_until)
    assert overtake.status in (now.status, Status.FLIP, Status.PENDING)


def assert_kept(
    overtake: Overtake, new: Sequence[Overtake], more: Record, hour: int, confirm: int
) -> None:
    """The new snapshot lies outside the interval: the overtake stands, and only its lead may
    differ.
    """
    (now,) = [two for two in new if heart(two) == heart(overtake)]
    lead = ahead(more[hour])
    leader = None if lead is None else seen.APPS[lead]
    if overtake.by < at(hour) < overtake.held_until and leader == overtake.loser:
        before = [past for past in more if hour_of(overtake.by) <= past < hour]
        won = [past for past in before if ahead(more[past]) is not None]
        assert now.held_until == at(max(won))
        assert now.status is (Status.CONFIRMED if len(won) >= confirm else Status.FLIP)
    else:
        assert now.held_until in (overtake.held_until, at(hour))
        assert now.held_until >= overtake.held_until
        assert overtake.status is now.status or overtake.status is not Status.CONFIRMED


def test_a_snapshot_that_contradicts_a_lead_of_two_makes_it_a_flip() -> None:
    two = {0: (9, (2, 1)), 2: (9, (1, 2)), 6: (9, (1, 2))}
    assert [overtake.status for overtake in ledger(two)] == [Status.CONFIRMED]
    between = ledger({**two, 4: (9, (2, 1))})
    assert [overtake.status for overtake in between] == [Status.FLIP, Status.FLIP, Status.PENDING]
    assert (between[0].after, between[0].by) == (at(0), at(2))


@pytest.mark.parametrize(("waits", "wait"), [([1, 1, 2], 2), ([1, 1, 2, 3], 1)])
def test_a_snapshot_elsewhere_may_decide_whether_a_spacing_is_a_gap(
    waits: list[int], wait: int
) -> None:
    hours = [0, *(sum(waits[: n + 1]) for n in range(len(waits)))]
    what: dict[int, seen.Observed] = dict.fromkeys(hours[:-1], (9, (2, 1)))
    what[hours[-1]] = (9, (1, 2))
    (then,) = ledger(what)
    (now,) = ledger({**what, hours[-1] + wait: (9, (1, 2))})
    assert then.gap is not now.gap
    assert now._replace(gap=then.gap, held_seconds=0, status=then.status) == then
