"""What is true of every ledger, whatever was seen: a slow reading of it, mirrors, one snapshot
more.

Each test states the most that is true. What a careless reader expects and is not so, stands here
as an example: a gap is measured by the whole series, and a snapshot can break a lead in two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
def test_the_looks_are_what_the_definitions_say(what: Record) -> None:
    line = series(what)[0].timeline
    assert coverage(line) == pytest.approx(seen.slow_coverage(what))
    assert cadence(line) == seen.slow_cadence(what)
    assert [(hour_of(gap.start), hour_of(gap.end)) for gap in gaps(line)] == [
        (start, end) for start, end in pairwise(sorted(what)) if end - start > seen.normal(what)
    ]


@quick
@given(records())
def test_the_figures_are_what_the_definitions_say(what: Record) -> None:
    told = stats(series(what)[0])
    ranks = {hour: both[0] for hour, (_, both) in what.items()}
    there = {hour: rank for hour, rank in ranks.items() if rank is not None}
    assert (told.observed.snapshots, told.ranked) == (len(ranks), len(there))
    assert told.peak_rank == min(there.values(), default=None)
    first = [hour for hour, rank in there.items() if rank == told.peak_rank]
    assert told.peak_at == (at(min(first)) if first else None)
    assert told.at_1 == seen.slow_bounds(what, {hour: ranks[hour] == 1 for hour in ranks})
    assert told.top_10 == seen.slow_bounds(what, {hour: seen.in_top(what[hour]) for hour in what})
    assert told.on_chart == seen.slow_bounds(what, {hour: seen.there(what, hour) for hour in what})
    assert told.median_rank == seen.slow_median(what)
    assert told.volatility_per_day == pytest.approx(seen.slow_volatility(what))
    assert [hour_of(out.by) for out in told.drop_outs] == [
        hour for hour in what if seen.dropped(what, hour)
    ]


@quick
@given(records(), CONFIRM)
def test_two_apps_summed_up_are_their_ledger(what: Record, confirm: int) -> None:
    a, b = series(what)
    told, found = rivalry(a, b, confirm), overtakes(a, b, confirm)
    assert told.last == (found[-1] if found else None)
    assert (told.changes, told.confirmed) == (
        len(found),
        sum(one.status is Status.CONFIRMED for one in found),
    )
    assert told.never_ranked == never_ranked((a, b))
    assert (told.ahead is None) is (told.now is None) is bool(told.never_ranked)
    for who, bounds in enumerate(told.ahead or ()):
        holds = {hour: ahead(look) == who for hour, look in what.items()}
        assert bounds == seen.slow_bounds(what, holds)


# Mirrors


@quick
@given(records(), CONFIRM)
def test_swapping_the_two_mirrors_the_ledger(what: Record, confirm: int) -> None:
    swapped = {hour: (depth, both[::-1]) for hour, (depth, both) in what.items()}
    mirrored = [replace(one, winner=one.loser, loser=one.winner) for one in ledger(what, confirm)]
    assert mirrored == list(ledger(swapped, confirm))
    assert time_ahead(*series(what)) == time_ahead(*reversed(series(swapped)))


BACKWARDS = {Kind.ENTRY: Kind.EXIT, Kind.EXIT: Kind.ENTRY}


@quick
@given(records())
def test_backwards_in_time_the_loser_wins_and_an_entry_is_an_exit(what: Record) -> None:
    end = max(what)
    back = ledger({end - hour: look for hour, look in what.items()})
    assert [
        (one.loser, end - hour_of(one.by), end - hour_of(one.after), one.kind, one.gap)
        for one in reversed(back)
    ] == [
        (
            one.winner,
            hour_of(one.after),
            hour_of(one.by),
            BACKWARDS.get(one.kind, one.kind),
            one.gap,
        )
        for one in ledger(what)
    ]


@quick
@given(records(), st.integers(2, 5))
def test_the_same_looks_further_apart_give_the_same_ledger(what: Record, factor: int) -> None:
    slow = ledger({hour * factor: look for hour, look in what.items()})
    assert [(one.kind, one.status, one.gap, one.held_seconds) for one in slow] == [
        (one.kind, one.status, one.gap, one.held_seconds * factor) for one in ledger(what)
    ]


@quick
@given(records(), st.sampled_from([2, 327, 2730, 2731, 5461, 5462, 10**9]))
def test_a_chart_far_deeper_gives_the_same_ledger(what: Record, factor: int) -> None:
    """Ranks that many times as large, around the places where whole numbers grow by a byte."""
    far = {
        hour: (depth * factor, tuple(rank and rank * factor for rank in both))
        for hour, (depth, both) in what.items()
    }
    assert list(ledger(far)) == [
        replace(
            one,
            winner_rank_before=one.winner_rank_before and one.winner_rank_before * factor,
            winner_rank_after=one.winner_rank_after and one.winner_rank_after * factor,
            loser_rank_before=one.loser_rank_before and one.loser_rank_before * factor,
            loser_rank_after=one.loser_rank_after and one.loser_rank_after * factor,
            depth_before=(one.depth_before or 0) * factor,
            depth_after=(one.depth_after or 0) * factor,
        )
        for one in ledger(what)
    ]


# One snapshot more


@quick
@given(records(), CONFIRM, st.data())
def test_a_later_look_changes_at_most_the_last_overtake(
    what: Record, confirm: int, data: st.DataObject
) -> None:
    last = max(what)
    hour = data.draw(st.integers(last + 1, last + 9))
    look = data.draw(seen.looks())
    old, new = ledger(what, confirm), ledger({**what, hour: look}, confirm)
    assert bare(new[: len(old) - 1]) == bare(old[:-1])
    assert len(new) - len(old) in (0, 1)
    if len(new) > len(old):
        assert hour_of(new[-1].by) == hour
    if old:
        then, now = old[-1], new[len(old) - 1]
        assert heart(now) == heart(then)
        assert then.status in (now.status, Status.PENDING)
        same = ahead(look) is not None and len(new) == len(old)
        assert now.held_until == (at(hour) if same else then.held_until)


@quick
@given(records(), CONFIRM, st.data())
def test_an_earlier_look_changes_nothing(what: Record, confirm: int, data: st.DataObject) -> None:
    hour = data.draw(st.integers(-9, -1))
    old, new = ledger(what, confirm), ledger({hour: data.draw(seen.looks()), **what}, confirm)
    assert bare(new[len(new) - len(old) :]) == bare(old)
    assert all(hour_of(one.after) == hour for one in new[: len(new) - len(old)])
    assert len(new) - len(old) in (0, 1)


@quick
@given(records(), CONFIRM, st.data())
def test_a_look_in_between_narrows_an_interval_or_breaks_a_lead_in_two(
    what: Record, confirm: int, data: st.DataObject
) -> None:
    assume(len(what) > 1)
    what = {2 * hour: look for hour, look in what.items()}
    hour = data.draw(st.integers(0, max(what) // 2 - 1)) * 2 + 1
    more = {**what, hour: data.draw(seen.looks())}
    old, new = ledger(what, confirm), ledger(more, confirm)
    for one in old:
        if one.after < at(hour) < one.by:
            assert_narrowed(one, new, more, hour)
        else:
            assert_kept(one, new, more, hour, confirm)
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
    return sum(one != two for one, two in pairwise(lead for lead in leads if lead is not None))


def assert_narrowed(one: Overtake, new: Sequence[Overtake], more: Record, hour: int) -> None:
    """The new snapshot lies within the interval, which then ends or begins there, if it tells."""
    lead = ahead(more[hour])
    leader = None if lead is None else seen.APPS[lead]
    after = at(hour) if leader == one.loser else one.after
    by = at(hour) if leader == one.winner else one.by
    (now,) = [two for two in new if (two.after, two.by) == (after, by)]
    assert (now.winner, now.held_until) == (one.winner, one.held_until)
    assert one.status in (now.status, Status.FLIP, Status.PENDING)


def assert_kept(
    one: Overtake, new: Sequence[Overtake], more: Record, hour: int, confirm: int
) -> None:
    """The new snapshot lies outside the interval: the overtake stands, and only its lead may
    differ.
    """
    (now,) = [two for two in new if heart(two) == heart(one)]
    lead = ahead(more[hour])
    leader = None if lead is None else seen.APPS[lead]
    if one.by < at(hour) < one.held_until and leader == one.loser:
        before = [past for past in more if hour_of(one.by) <= past < hour]
        won = [past for past in before if ahead(more[past]) is not None]
        assert now.held_until == at(max(won))
        assert now.status is (Status.CONFIRMED if len(won) >= confirm else Status.FLIP)
    else:
        assert now.held_until in (one.held_until, at(hour))
        assert now.held_until >= one.held_until
        assert one.status is now.status or one.status is not Status.CONFIRMED


def test_a_look_that_contradicts_a_lead_of_two_makes_it_a_flip() -> None:
    two = {0: (9, (2, 1)), 2: (9, (1, 2)), 6: (9, (1, 2))}
    assert [one.status for one in ledger(two)] == [Status.CONFIRMED]
    between = ledger({**two, 4: (9, (2, 1))})
    assert [one.status for one in between] == [Status.FLIP, Status.FLIP, Status.PENDING]
    assert (between[0].after, between[0].by) == (at(0), at(2))


@pytest.mark.parametrize(("waits", "wait"), [([1, 1, 2], 2), ([1, 1, 2, 3], 1)])
def test_a_look_elsewhere_may_decide_whether_a_spacing_is_a_gap(
    waits: list[int], wait: int
) -> None:
    hours = [0, *(sum(waits[: n + 1]) for n in range(len(waits)))]
    what: dict[int, seen.Look] = dict.fromkeys(hours[:-1], (9, (2, 1)))
    what[hours[-1]] = (9, (1, 2))
    (then,) = ledger(what)
    (now,) = ledger({**what, hours[-1] + wait: (9, (1, 2))})
    assert then.gap is not now.gap
    assert replace(now, gap=then.gap, held_seconds=0, status=then.status) == then
