"""Several series of one timeline: who is ahead, and when that changed."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations, pairwise
from operator import itemgetter

from tracker.analysis.coverage import held, whole_spacings
from tracker.analysis.facts import Bounds, Kind, LeadSpan, Overtake, Status
from tracker.analysis.leads import Comparison, Leading, same_timeline
from tracker.errors import InvalidValue, echo
from tracker.model import App, Series, reaches

#: Larger than any rank, and no index of a series.
_BEHIND_ALL, _GAP = 1 << 60, -1


def leaders(series: Sequence[Series]) -> list[int | None]:
    """For each snapshot the index of the series that is ahead of all others; None: undetermined."""
    same_timeline(series)
    many = len(series)
    # Rank and index as one number, so that the smallest has both.
    coded = [
        [_BEHIND_ALL if rank is None else rank * many + index for rank in one_series.ranks]
        for index, one_series in enumerate(series)
    ]
    least = coded[0] if many == 1 else map(min, *coded)
    return [None if code == _BEHIND_ALL else code % many for code in least]


def never_ranked(series: Iterable[Series]) -> tuple[App, ...]:
    """The apps that are in no snapshot of their series: no app can be called ahead of them."""
    return tuple(one_series.app for one_series in series if not any(one_series.ranks))


def time_ahead(a: Series, b: Series) -> Bounds:
    """How long A was ahead of B."""
    return held(a.timeline, [leader == 0 for leader in leaders((a, b))])


def overtakes(a: Series, b: Series, confirm: int = 2) -> tuple[Overtake, ...]:
    """Every overtake between two apps of one timeline, in order of time.

    CONFIRM is how many consecutive determined snapshots confirm one: see *overtake* in
    docs/definitions.md. Raises ``InvalidValue`` where the timelines differ.
    """
    return tuple(overtakes_of_all((a, b), confirm))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and value >= 1


def overtakes_of_all(series: Sequence[Series], confirm: int = 2) -> list[Overtake]:
    """The overtakes of every two of SERIES, all of one timeline, by time, as ``overtakes`` has it.

    Several in one interval are in the order of the pairs.
    """
    if not _is_count(confirm):
        raise InvalidValue(f"an overtake is confirmed by at least 1 snapshot, not {echo(confirm)}")
    compared = Comparison(series)
    after_gaps = bytes(not whole for whole in whole_spacings(series[0].timeline))
    ordered: list[tuple[int, Overtake]] = []
    with no_search_for_cycles():
        for a, b in combinations(range(len(series)), 2):
            leads = compared.leads(a, b)
            ordered += _of_pair((series[a], series[b]), leads, confirm, after_gaps)
    ordered.sort(key=itemgetter(0))
    return [overtake for _, overtake in ordered]


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Switch the search for cycles off: it took a third of the time, and there are none."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def _of_pair(
    pair: tuple[Series, Series], leads: Sequence[Leading], confirm: int, after_gaps: bytes
) -> Iterator[tuple[int, Overtake]]:
    """The overtakes of two series, whose LEADS alternate, each after a number to order them by.

    A snapshot with fewer entries than an app's rank in the other makes no entry and no exit: the
    app may have been below its last entry.
    """
    line = pair[0].timeline
    chart, source, times, depths, kinds = (
        line.chart, line.source, line.times, line.depths, line.provenances,
    )  # fmt: skip
    final = len(leads) - 1
    a, b = pair
    both = (a.app, b.app, a.ranks, b.ranks), (b.app, a.app, b.ranks, a.ranks)
    for number, ((_, _, last, _), (b_leads, first, end, determined)) in enumerate(
        pairwise(leads), 1
    ):
        winner, loser, winner_ranks, loser_ranks = both[b_leads]
        before, after = winner_ranks[last], winner_ranks[first]
        loser_before, loser_after = loser_ranks[last], loser_ranks[first]
        entered = before is None and reaches(depths[last], after or 0)
        left = loser_after is None and reaches(depths[first], loser_before or 0)
        unsure = _PENDING if number == final else _FLIP
        held_seconds = (times[end] - times[first]).total_seconds()
        yield first * len(times) + last, tuple.__new__(Overtake, (
            chart, source, winner, loser, times[last], times[first],
            _KINDS[entered, left], _CONFIRMED if determined >= confirm else unsure,
            after_gaps.find(1, last, first) >= 0,
            before, after, loser_before, loser_after, held_seconds, depths[last], depths[first],
            (kinds[last], kinds[first]),
        ))  # fmt: skip


#: As names: Python 3.11 runs code of ``enum`` whenever one is looked up in ``Status``.
_CONFIRMED, _FLIP, _PENDING = Status

#: By whether the winner entered, and whether the loser left.
_KINDS = {
    (False, False): Kind.PASS,
    (True, False): Kind.ENTRY,
    (False, True): Kind.EXIT,
    (True, True): Kind.EXCHANGE,
}


def lead_spans(series: Sequence[Series]) -> tuple[LeadSpan, ...]:
    """Who of the drawn apps was ahead: a lead holds until the next snapshot; gaps are left out.

    Neighbouring spans of one leader are merged, but never across a gap.
    """
    timeline = same_timeline(series)
    times, whole = timeline.times, whole_spacings(timeline)
    leads = [
        lead if unbroken else _GAP
        for lead, unbroken in zip(
            leaders(series), whole, strict=False
        )  # none after the last snapshot
    ]
    changes = [n for n, (previous, other) in enumerate(pairwise(leads), 1) if previous != other]
    return tuple(
        LeadSpan(times[first], times[end], None if lead is None else series[lead].app)
        for first, end in pairwise((0, *changes, len(leads)))
        if first < end and (lead := leads[first]) != _GAP
    )
