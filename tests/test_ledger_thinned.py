"""What is true of every ledger when less is seen: fewer snapshots, a window, shorter ones.

Each test states the most that is true; tests/test_ledger_properties.py has the rest of it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from itertools import combinations, pairwise, permutations
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support import records as seen
from tests.support.records import (
    HOUR,
    Record,
    ahead,
    at,
    bare,
    heart,
    hour_of,
    ledger,
    records,
    series,
    truths,
    view,
)
from tests.support.shop import apptrack
from tracker.analysis import (
    Kind,
    Overtake,
    Status,
    coverage,
    leaders,
    overtakes,
    overtakes_of_all,
    stats,
    time_ahead,
)
from tracker.model import Series, iso

CONFIRM = st.integers(1, 4)
quick = settings(max_examples=40, deadline=None)


# Fewer snapshots


@quick
@given(records(), CONFIRM, st.data())
def test_fewer_snapshots_show_each_turn_that_did_not_turn_back(
    what: Record, confirm: int, data: st.DataObject
) -> None:
    """Between two snapshots that were kept: an overtake, if the whole ledger has an odd number."""
    keep = data.draw(st.lists(st.sampled_from(sorted(what)), min_size=1, unique=True))
    thin = {hour: what[hour] for hour in sorted(keep)}
    whole, facts = (
        ledger(what, confirm),
        {overtake.after: overtake for overtake in ledger(thin, confirm)},
    )
    determined = [at(hour) for hour in thin if ahead(thin[hour]) is not None]
    for start, end in pairwise(determined):
        inside = [overtake for overtake in whole if start <= overtake.after and overtake.by <= end]
        assert (start in facts) == (len(inside) % 2 == 1)
        if start in facts:
            assert facts[start].by == end
            assert {inside[0].winner, inside[-1].winner} == {facts[start].winner}
    assert len(facts) <= len(whole)


def test_fewer_snapshots_may_confirm_what_never_held() -> None:
    flipping: Record = {hour: (9, (1, 2) if hour % 2 else (2, 1)) for hour in range(5)}
    assert {overtake.status for overtake in ledger(flipping)} == {Status.FLIP, Status.PENDING}
    (overtake,) = ledger({hour: flipping[hour] for hour in (0, 1, 3)})
    assert overtake.status is Status.CONFIRMED


@quick
@given(records(), CONFIRM, st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted))
def test_a_window_never_invents_an_overtake(
    what: Record, confirm: int, window: Sequence[int]
) -> None:
    since, until = window
    cut = {hour: index for hour, index in what.items() if since <= hour <= until}
    assume(cut)
    full = [
        overtake
        for overtake in ledger(what, confirm)
        if at(since) <= overtake.after and overtake.by <= at(until)
    ]
    overtakes = ledger(cut, confirm)
    assert bare(overtakes[:-1]) == bare(full[:-1])
    assert [heart(overtake) for overtake in overtakes] == [heart(overtake) for overtake in full]
    for overtake, other in zip(overtakes[-1:], full[-1:], strict=True):
        determined = [hour for hour in cut if ahead(cut[hour]) is not None]
        assert overtake.held_until == min(other.held_until, at(max(determined)))
        assert overtake.status in (other.status, Status.PENDING)


# Shorter snapshots


@quick
@given(truths(), CONFIRM)
def test_a_shallow_snapshot_is_one_snapshot_less_and_makes_up_no_entry_and_no_exit(
    truth: seen.Truth, confirm: int
) -> None:
    overtakes = ledger(view(truth), confirm)
    deep = {hour: index for hour, index in truth.items() if min(index[1]) <= index[0]}
    real = ledger({hour: (99, ranks) for hour, (_, ranks) in deep.items()}, confirm)
    assert [(o.winner, o.after, o.by, o.status, o.held_seconds) for o in overtakes] == [
        (o.winner, o.after, o.by, o.status, o.held_seconds) for o in real
    ]
    for overtake, true in zip(overtakes, real, strict=True):
        depths = [truth[hour_of(time)][0] for time in (overtake.after, overtake.by)]
        ranks = (overtake.winner_rank_after or 0, overtake.loser_rank_before or 0)
        if overtake.kind in (Kind.ENTRY, Kind.EXCHANGE):
            assert (true.winner_rank_before or 0) > depths[0] >= ranks[0]
        if overtake.kind in (Kind.EXIT, Kind.EXCHANGE):
            assert (true.loser_rank_after or 0) > depths[1] >= ranks[1]


@quick
@given(truths())
def test_a_drop_out_and_a_debut_are_true_whatever_the_depth(truth: seen.Truth) -> None:
    figures = stats(series(view(truth))[0])
    real = {at(hour): ranks[0] for hour, (_, ranks) in truth.items()}
    for out in figures.drop_outs:
        assert real[out.after] == out.rank < real[out.by]
    if figures.debut and figures.debut.after:
        assert real[figures.debut.after] > figures.debut.rank == real[figures.debut.by]


# Three apps


@quick
@given(records(3))
def test_three_ledgers_are_one_order(what: Record) -> None:
    """At every snapshot, whoever is ahead of one who is ahead of a third is ahead of that one
    too.
    """
    three = series(what)
    pairs = {pair: standing(*(three[app] for app in pair)) for pair in combinations(range(3), 2)}
    best = leaders(three)
    for index in range(len(what)):
        above = {(a, b) for (a, b), leads in pairs.items() if leads[index] == 0}
        above |= {(b, a) for (a, b), leads in pairs.items() if leads[index] == 1}
        for a, b, c in permutations(range(3)):
            assert (a, b) not in above or (b, c) not in above or (a, c) in above
        assert best[index] == next(
            (a for a in range(3) if [p[0] for p in above].count(a) == 2), None
        )


def standing(a: Series, b: Series) -> list[int | None]:
    """Who was ahead at each snapshot, by the ledger alone; None where neither was ranked."""
    changes = overtakes(a, b)
    lead = next((lead for lead in leaders((a, b)) if lead is not None), None)
    now: list[int | None] = []
    for time, first, two in zip(a.timeline.times, a.ranks, b.ranks, strict=True):
        if any(change.by == time for change in changes):
            lead = 1 - (lead or 0)
        now.append(None if first is None and two is None else lead)
    return now


@settings(max_examples=100, deadline=None)
@given(records(3))
def test_a_pass_from_behind_a_third_moves_that_one_as_well(what: Record) -> None:
    """C ahead of B ahead of A, and then A ahead of C: A passed B meanwhile, or B passed C."""
    three = series(what)
    for a, b, c in permutations(range(3)):
        steps = [*won(three[a], three[b]), *won(three[b], three[c])]
        for overtake in won(three[a], three[c]):
            before = what[hour_of(overtake.after)]
            if ahead(before, a, b) == b and ahead(before, b, c) == c:
                assert any(overtake.after <= two.after and two.by <= overtake.by for two in steps)


@quick
@given(records(3), CONFIRM)
def test_the_ledger_of_all_is_every_pair_by_time(what: Record, confirm: int) -> None:
    three = series(what)
    pairs = [overtake for a, b in combinations(three, 2) for overtake in overtakes(a, b, confirm)]
    assert overtakes_of_all(three, confirm) == sorted(
        pairs, key=lambda overtake: (overtake.by, overtake.after)
    )


def won(a: Series, b: Series) -> list[Overtake]:
    return [overtake for overtake in overtakes(a, b) if overtake.winner == a.app]


# Bounds


@quick
@given(records())
def test_each_overtake_begins_where_the_lead_before_it_ended(what: Record) -> None:
    overtakes = ledger(what)
    for first, two in pairwise(overtakes):
        assert (first.held_until, first.winner) == (two.after, two.loser)
        assert first.status is not Status.PENDING
    for first in overtakes:
        assert first.after < first.by <= first.held_until <= at(max(what))


@quick
@given(records())
def test_the_bounds_of_two_leads_fit_into_the_time_between_the_snapshots(what: Record) -> None:
    a, b = series(what)
    first, two = time_ahead(a, b), time_ahead(b, a)
    span = max(what) * HOUR
    assert 0 <= first.lower <= first.upper <= span
    assert first.lower + two.lower <= span * (coverage(a.timeline) or 0) + 1e-6
    assert first.lower + two.upper <= span
    if all(ahead(index) is not None for index in what.values()):
        assert first.upper + two.upper >= span
        if coverage(a.timeline) == 1:
            assert first.lower + two.upper == first.upper + two.lower == span


@quick
@given(records())
def test_number_one_is_in_the_top_ten_and_that_is_on_the_chart(what: Record) -> None:
    figures = stats(series(what)[0])
    assert figures.at_1.lower <= figures.top_10.lower <= figures.on_chart.lower <= max(what) * HOUR
    assert figures.at_1.upper <= figures.top_10.upper <= max(what) * HOUR
    if min(depth for depth, _ in what.values()) >= 10:
        assert figures.top_10.upper <= figures.on_chart.upper


# From a file, through the database


def test_a_window_asked_of_the_program_invents_nothing(tmp_path: Path) -> None:
    file = tmp_path / "ranks.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["observed_at", "chart", "source", "rank", "app_id", "name"])
        for hour, order in enumerate(["12", "21", "21", "12", "21", "12", "12"]):
            for rank, app in enumerate(order, 1):
                rows.writerow([iso(at(hour)), seen.CHART, "apple-rss", rank, app, f"App {app}"])
    assert apptrack("import", file).returncode == 0
    whole = json.loads(apptrack("overtakes", "1", "2", "--json").stdout)
    result = apptrack("overtakes", "1", "2", "--json", "--since", iso(at(1)), "--until", iso(at(4)))
    keys = ("winner_id", "after", "by", "kind")
    assert [[row[key] for key in keys] for row in json.loads(result.stdout)] == [
        [row[key] for key in keys] for row in whole[1:3]
    ]
    assert [row["status"] for row in json.loads(result.stdout)] == ["flip", "pending"]
    assert [row["status"] for row in whole] == ["confirmed", "flip", "flip", "confirmed"]
