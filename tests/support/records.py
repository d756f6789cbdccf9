"""What was seen of some apps, made up for properties, and the definitions read slowly over it.

A *record* is what was seen, by hour: how deep the snapshot was, and each app's rank or None. An
hour that is not in it is unobserved. The slow readings use none of the analysis and are as plain
as they can be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise, permutations, product

from hypothesis import strategies as st

from tracker.analysis import Bounds, Kind, Overtake, Status, overtakes
from tracker.model import App, Chart, Provenance, Series, Timeline

#: Its depth, and its ranks.
Observed = tuple[int, tuple[int | None, ...]]
Record = Mapping[int, Observed]
#: The depth of each snapshot, and the rank of each app, shown or not.
Truth = Mapping[int, tuple[int, tuple[int, ...]]]

START = datetime(2026, 8, 17, tzinfo=UTC)
CHART = Chart.parse("us/iphone/top-free/apps")
APPS = tuple(App(str(number), name) for number, name in enumerate("ABC", 1))
HOUR = 3600
WAITS = st.sampled_from([1, 1, 1, 1, 1, 1, 2, 7])
#: The largest depth; apps stand at 15 at worst, and are then unranked in every snapshot.
DEEP = 12


def series(record: Record) -> list[Series]:
    """One series for each app of a record."""
    hours = sorted(record)
    line = Timeline(
        CHART,
        "apple-rss",
        tuple(at(hour) for hour in hours),
        tuple(record[hour][0] for hour in hours),
        tuple(map(provenance_at, hours)),
    )
    many = max((len(ranks) for _, ranks in record.values()), default=2)
    return [
        Series(line, APPS[app], tuple(record[hour][1][app] for hour in hours))
        for app in range(many)
    ]


def provenance_at(hour: int) -> Provenance:
    """Some snapshots are the program's own, others came in a file."""
    return Provenance.IMPORTED if hour % 3 == 1 else Provenance.RECORDED


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def hour_of(time: datetime) -> int:
    return int((time - START).total_seconds()) // HOUR


def seen(depth: int, *ranks: int) -> Observed:
    """What a snapshot of that depth sees of apps that really stand at these ranks."""
    return depth, tuple(rank if rank <= depth else None for rank in ranks)


#: With those at the edge of the snapshots and of the top ten among them.
RANKS = (1, 2, 3, 5, 10, 11, 12, 13, 15)
#: Every way in which some apps may stand, and be observed; one draw of a whole snapshot is far
#: quicker than one of each of its parts.
TRUE_LOOKS = {
    apps: st.sampled_from(list(product((2, 5, 10, DEEP, DEEP), permutations(RANKS, apps))))
    for apps in (2, 3)
}


def snapshots(apps: int = 2) -> st.SearchStrategy[Observed]:
    """What one snapshot may see."""
    return TRUE_LOOKS[apps].map(lambda pair: seen(pair[0], *pair[1]))


def truths(apps: int = 2) -> st.SearchStrategy[Truth]:
    """Snapshots mostly an hour apart, now and then far more, of apps that move."""
    search_strategy = st.tuples(WAITS, TRUE_LOOKS[apps])
    # Below ten spacings there is no gap, so that half of the time there are more.
    few, many = (st.lists(search_strategy, min_size=least, max_size=16) for least in (1, 11))
    return (few | many).map(by_hour)


def by_hour(pairs: Sequence[tuple[int, tuple[int, tuple[int, ...]]]]) -> Truth:
    hours = accumulate((wait for wait, _ in pairs[1:]), initial=0)
    return {hour: pair for hour, (_, pair) in zip(hours, pairs, strict=True)}


def records(apps: int = 2) -> st.SearchStrategy[Record]:
    return truths(apps).map(view)


def view(truth: Truth) -> Record:
    return {hour: seen(depth, *ranks) for hour, (depth, ranks) in truth.items()}


# The definitions, read as slowly as they can be


def ahead(pair: Observed, number: int = 0, other: int = 1) -> int | None:
    """Ranked, and the other unranked or of a larger rank; None: undetermined."""
    ranks = {app: pair[1][app] for app in (number, other) if pair[1][app] is not None}
    return min(ranks, key=lambda app: ranks[app] or 0) if ranks else None


def normal(record: Record) -> float:
    """1.5 times the least spacing that three in four (rounded down) do not exceed, in hours."""
    spaces = [later - first for first, later in pairwise(sorted(record))]
    many = 3 * len(spaces) // 4
    fit = [space for space in spaces if sum(two <= space for two in spaces) >= many]
    return 1.5 * min(fit) if many else 0


def slow_ledger(record: Record, confirm: int) -> list[Overtake]:
    """Every two hours in turn: is that an overtake?"""
    overtakes = []
    determined = [hour for hour in sorted(record) if ahead(record[hour]) is not None]
    for after in determined:
        for by in determined:
            if after < by and not any(after < hour < by for hour in determined):
                overtakes += slow_overtake(record, after, by, confirm)
    return overtakes


KINDS = {
    (False, False): Kind.PASS,
    (True, False): Kind.ENTRY,
    (False, True): Kind.EXIT,
    (True, True): Kind.EXCHANGE,
}


def slow_overtake(record: Record, after: int, by: int, confirm: int) -> list[Overtake]:
    loser, winner = ahead(record[after]), ahead(record[by])
    if winner == loser:
        return []
    assert winner is not None
    assert loser is not None
    (depth_before, before), (depth_after, now) = record[after], record[by]
    old, new = before[loser], now[winner]
    assert old is not None
    assert new is not None
    later = [hour for hour in sorted(record) if hour >= by]
    lost = [hour for hour in later if ahead(record[hour]) == loser]
    end = min(lost, default=math.inf)
    held = [hour for hour in later if ahead(record[hour]) == winner and hour < end]
    entered = before[winner] is None and depth_before >= new
    left = now[loser] is None and depth_after >= old
    longest = normal(record)
    between = pairwise(hour for hour in sorted(record) if after <= hour <= by)
    return [
        Overtake(
            chart=CHART,
            source="apple-rss",
            winner=APPS[winner],
            loser=APPS[loser],
            after=at(after),
            by=at(by),
            kind=KINDS[entered, left],
            status=Status("confirmed" if len(held) >= confirm else "flip" if lost else "pending"),
            gap=any(end - start > longest for start, end in between),
            winner_rank_before=before[winner],
            winner_rank_after=new,
            loser_rank_before=old,
            loser_rank_after=now[loser],
            held_seconds=(held[-1] - by) * HOUR,
            depth_before=depth_before,
            depth_after=depth_after,
            provenances=(provenance_at(after), provenance_at(by)),
        )
    ]


def slow_coverage(record: Record) -> float | None:
    """The share of the time that is not gap."""
    spaces = [later - first for first, later in pairwise(sorted(record))]
    watched = sum(space for space in spaces if space <= normal(record))
    return watched / sum(spaces) if len(spaces) > 1 else None


def slow_cadence(record: Record) -> float | None:
    """The spacing in the middle, in seconds: of two the shorter one."""
    spaces = sorted(later - first for first, later in pairwise(sorted(record)))
    while len(spaces) > 2:
        spaces = spaces[1:-1]
    return spaces[0] * HOUR if spaces else None


def slow_bounds(record: Record, holds: Mapping[int, bool | None]) -> Bounds:
    pairs, longest = list(pairwise(sorted(record))), normal(record)
    sure = [b - a for a, b in pairs if holds[a] and holds[b] and b - a <= longest]
    maybe = [b - a for a, b in pairs if holds[a] is not False or holds[b] is not False]
    return Bounds(sum(sure) * HOUR, sum(maybe) * HOUR)


def in_top(pair: Observed) -> bool | None:
    """In the top ten; None where the snapshot was shallower than that and did not find it."""
    depth, (rank, *_) = pair
    if rank is not None:
        return rank <= 10
    return None if depth < 10 else False


def there(record: Record, hour: int) -> bool | None:
    """Looked for less deep than where it last stood, an app may be there; None says so."""
    depth, (rank, *_) = record[hour]
    if rank is not None:
        return True
    for past in sorted((number for number in record if number < hour), reverse=True):
        stood = record[past][1][0]
        if stood is not None:
            return None if depth < stood else False
        if there(record, past) is False:
            return False
    return False


def dropped(record: Record, hour: int) -> bool:
    """Known to be away, and not known to be away since it was last seen."""
    back = [number for number in record if number < hour and record[number][1][0] is not None]
    between = [number for number in record if max(back, default=hour) < number < hour]
    away = there(record, hour) is False
    return away and bool(back) and all(there(record, number) is None for number in between)


def slow_median(record: Record) -> int | None:
    """The least rank that half of the snapshots do not exceed, if every snapshot was deep enough
    to say.
    """
    ranks = [both[0] for _, both in record.values()]
    numbers = [rank for rank in ranks if rank is not None]
    fit = [number for number in numbers if 2 * sum(two <= number for two in numbers) >= len(ranks)]
    missed = [depth for depth, both in record.values() if both[0] is None]
    return min(fit) if fit and all(depth >= min(fit) for depth in missed) else None


def slow_volatility(record: Record) -> float | None:
    way = days = 0.0
    for start, end in pairwise(sorted(record)):
        first, two = record[start][1][0], record[end][1][0]
        if first is not None and two is not None and end - start <= normal(record):
            way += abs(math.log(two / first))
            days += (end - start) / 24
    return way / days if days else None


# Ledgers compared


def ledger(record: Record, confirm: int = 2) -> tuple[Overtake, ...]:
    """What the analysis makes of a record's first two apps."""
    a, b = series(record)[:2]
    return overtakes(a, b, confirm)


def bare(overtakes: Iterable[Overtake]) -> list[Overtake]:
    """Overtakes without what the whole series decides: whether a spacing is a gap."""
    return [overtake._replace(gap=False) for overtake in overtakes]


def heart(overtake: Overtake) -> Overtake:
    """Who, when, how and at which ranks; without what the snapshots around it decide."""
    return overtake._replace(gap=False, status=Status.PENDING, held_seconds=0)
