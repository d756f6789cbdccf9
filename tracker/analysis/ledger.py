"""Several series of one timeline: who is ahead, and when that changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from tracker.analysis.facts import Bounds, Kind, LeadSpan, Overtake, Status
from tracker.analysis.looks import held, whole_spacings
from tracker.errors import InvalidValue
from tracker.model import Series, Timeline


def _same_timeline(series: Iterable[Series]) -> Timeline:
    lines = [one.timeline for one in series]
    if not lines or any(line != lines[0] for line in lines):
        raise InvalidValue("only series of one timeline can be compared")
    return lines[0]


def leaders(series: Sequence[Series]) -> list[int | None]:
    """For each snapshot the index of the series that is ahead of all others; None: undetermined."""
    _same_timeline(series)
    return [_leader(ranks) for ranks in zip(*(one.ranks for one in series), strict=True)]


def _leader(ranks: Sequence[int | None]) -> int | None:
    ranked = [(rank, index) for index, rank in enumerate(ranks) if rank is not None]
    return min(ranked)[1] if ranked else None


def time_ahead(a: Series, b: Series) -> Bounds:
    """How long A was ahead of B."""
    return held(a.timeline, [leader == 0 for leader in leaders((a, b))])


def overtakes(a: Series, b: Series, confirm: int = 2) -> tuple[Overtake, ...]:
    """Every overtake between two apps of one timeline, in order of time.

    A new leader is confirmed when it is ahead in at least CONFIRM consecutive determined
    snapshots; those in which neither app is ranked are passed over.
    """
    if confirm < 1:
        raise InvalidValue(f"an overtake is confirmed by at least 1 snapshot, not {confirm}")
    determined = [(look, lead) for look, lead in enumerate(leaders((a, b))) if lead is not None]
    leads = [
        (lead, [look for look, _ in looks])
        for lead, looks in groupby(determined, key=lambda pair: pair[1])
    ]
    gap_starts = _gap_starts(a.timeline)
    found = []
    for number, ((_, before), (lead, looks)) in enumerate(pairwise(leads), start=2):
        winner, loser = (a, b) if lead == 0 else (b, a)
        status = _status(len(looks), confirm, ended=number < len(leads))
        found.append(_overtake(winner, loser, before[-1], looks, status, gap_starts))
    return tuple(found)


def _gap_starts(timeline: Timeline) -> set[int]:
    """The indices of the snapshots after which a gap follows."""
    return {look for look, whole in enumerate(whole_spacings(timeline)) if not whole}


def _status(looks: int, confirm: int, *, ended: bool) -> Status:
    if looks >= confirm:
        return Status.CONFIRMED
    return Status.FLIP if ended else Status.PENDING


def _overtake(
    winner: Series,
    loser: Series,
    last: int,
    looks: Sequence[int],
    status: Status,
    gap_starts: set[int],
) -> Overtake:
    """LAST is the old lead's last look, LOOKS those of the new lead; all are indices."""
    line, first = winner.timeline, looks[0]
    times, depths = line.times, line.depths
    return Overtake(
        winner=winner.app,
        loser=loser.app,
        after=times[last],
        by=times[first],
        kind=_kind(
            entered=_missing(winner.ranks[last], depths[last], winner.ranks[first]),
            left=_missing(loser.ranks[first], depths[first], loser.ranks[last]),
        ),
        status=status,
        gap=any(look in gap_starts for look in range(last, first)),
        winner_rank_before=winner.ranks[last],
        winner_rank_after=winner.ranks[first],
        loser_rank_before=loser.ranks[last],
        loser_rank_after=loser.ranks[first],
        held_seconds=(times[looks[-1]] - times[first]).total_seconds(),
    )


def _missing(rank: int | None, depth: int, elsewhere: int | None) -> bool:
    """Whether an app was looked for at least as deep as where it stood, and was not there.

    A shallower snapshot is no exit and no entry: the app may have stood below its last line.
    """
    return rank is None and (elsewhere is None or depth >= elsewhere)


def _kind(*, entered: bool, left: bool) -> Kind:
    if entered:
        return Kind.EXCHANGE if left else Kind.ENTRY
    return Kind.EXIT if left else Kind.PASS


def lead_spans(series: Sequence[Series]) -> tuple[LeadSpan, ...]:
    """Who of the drawn apps was ahead: a lead holds until the next look; gaps are left out.

    Neighbouring spans of one leader are merged, but never across a gap.
    """
    timeline = _same_timeline(series)
    spans: list[LeadSpan] = []
    for (start, end), lead, whole in zip(
        pairwise(timeline.times), leaders(series)[:-1], whole_spacings(timeline), strict=True
    ):
        leader = None if lead is None else series[lead].app
        if not whole:
            continue
        if spans and spans[-1].end == start and spans[-1].leader == leader:
            start = spans.pop().start
        spans.append(LeadSpan(start, end, leader))
    return tuple(spans)
