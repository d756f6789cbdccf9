"""A moment of a chart: the pure facts against slow readings, the queries against whole files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.stored import CHART, OTHER_CHART, SOURCE, START, at, entries, snapshot
from tracker.analysis.movement import (
    AsOf,
    Move,
    Movement,
    movement,
    reach,
    returned,
    standing_wins,
)
from tracker.model import App, Observation, Provenance, Scope, Series, Snapshot, Timeline
from tracker.store import Reader, Store, charts
from tracker.store import snapshots as ask
from tracker.store.reading import SOURCES

HOUR = timedelta(hours=1)


def saw(rank: int | None, depth: int = 100, hour: float = 0) -> Observation:
    return Observation(at(hour), rank, depth, Provenance.RECORDED)


def in_short(moved: Movement | None) -> tuple[str, int | None] | None:
    return (moved.move.value, moved.change) if moved else None


@pytest.mark.parametrize(
    ("now", "then", "stayed", "expected"),
    [
        (saw(3), saw(5), False, ("up", 2)),
        (saw(5), saw(3), False, ("down", -2)),
        (saw(5), saw(5), False, ("same", 0)),
        (saw(5), saw(None), False, ("new", None)),
        (saw(5), saw(None), True, ("back", None)),
        (saw(5), None, True, ("no snapshot then", None)),
        (saw(None), saw(5), False, ("left", None)),
        (saw(None, 5), saw(5), False, ("left", None)),
        (saw(None, 4), saw(5), False, ("undetermined", None)),
        (saw(5), saw(None, 5), False, ("new", None)),
        (saw(5), saw(None, 4), False, ("undetermined", None)),
        (saw(None), saw(None), False, None),
        (saw(None), None, False, None),
    ],
)
def test_each_kind_of_movement_is_another(
    now: Observation, then: Observation | None, stayed: bool, expected: object
) -> None:
    assert in_short(movement(now, then, lambda: stayed)) == expected


def test_the_past_is_asked_for_only_where_it_matters() -> None:
    def never() -> bool:
        raise AssertionError("asked")

    for now, then in ((3, 5), (3, 3), (None, 5), (None, None)):
        movement(saw(now), saw(then), never)
    movement(saw(50), saw(None, 25), never)
    movement(saw(3), None, never)


DEPTH = st.integers(1, 6)
LOOK = DEPTH.flatmap(lambda depth: st.tuples(st.just(depth), st.none() | st.integers(1, depth)))


@given(LOOK, LOOK, st.booleans())
def test_a_movement_is_all_that_the_two_snapshots_allow_and_no_more(
    now: tuple[int, int | None], then: tuple[int, int | None], stayed: bool
) -> None:
    """Read as sets: an unranked app may stand anywhere below the depth, or nowhere."""
    moved = movement(saw(now[1], now[0]), saw(then[1], then[0]), lambda: stayed)
    here, there = ({rank} if rank else set(range(depth + 1, 9)) for depth, rank in (now, then))
    if now[1] is None and then[1] is None:
        assert moved is None
        return
    assert moved is not None
    ways = {(a < b) - (a > b) for a in here for b in there}
    if now[1] and then[1]:
        assert moved.change == then[1] - now[1]
        assert {Move.UP: {1}, Move.DOWN: {-1}, Move.SAME: {0}}[moved.move] == ways
    elif moved.move in (Move.NEW, Move.BACK):
        assert ways == {1}
        assert moved.move is (Move.BACK if stayed else Move.NEW)
    elif moved.move is Move.LEFT:
        assert ways == {-1}
    else:
        assert moved.move is Move.BEYOND
        assert len(ways) > 1


def series(snapshots: Sequence[tuple[int, int | None]], app: str = "1") -> Series:
    line = Timeline(
        CHART, SOURCE, tuple(at(hour) for hour in range(len(snapshots))),
        tuple(depth for depth, _ in snapshots), (Provenance.RECORDED,) * len(snapshots),
    )  # fmt: skip
    return Series(line, App(app, app), tuple(rank for _, rank in snapshots))


@given(st.lists(LOOK, max_size=8))
def test_an_app_returned_when_a_snapshot_down_to_its_rank_missed_it(
    snapshots: list[tuple[int, int | None]],
) -> None:
    def gone_between(first: int, last: int) -> bool:
        stood = snapshots[first][1]
        return stood is not None and any(depth >= stood for depth, _ in snapshots[first + 1 : last])

    ranked = [place for place, (_, rank) in enumerate(snapshots) if rank]
    neighbours = pairwise(ranked)
    assert returned(series(snapshots)) == any(gone_between(*pair) for pair in neighbours)


def test_how_near_a_moment_was_observed() -> None:
    def view(asked: float, looked: float, following: float | None, normal: float) -> AsOf:
        return AsOf(at(asked), at(looked), None if following is None else at(following), normal)

    exact = view(5, 5, 6, 5400)
    assert (exact.age_seconds, exact.in_gap, exact.after_last) == (0, False, False)
    near = view(5.5, 5, 6, 5400)
    assert (near.age_seconds, near.in_gap, near.after_last) == (1800, False, False)
    gap = view(5.5, 5, 9, 5400)
    assert (gap.in_gap, gap.after_last) == (True, False)
    soon, late = view(6, 5, None, 5400), view(9, 5, None, 5400)
    assert (soon.in_gap, soon.after_last) == (False, True)
    assert (late.in_gap, late.after_last) == (True, True)
    assert view(9, 5, None, 0).in_gap is None
    newest = view(5, 5, None, 0)
    assert (newest.in_gap, newest.after_last) == (False, False)


def test_storefronts_are_counted_by_what_was_observed_lately() -> None:
    counts = reach(
        [
            ("us", saw(1, hour=36)), ("jp", saw(10, hour=0)), ("de", saw(11, hour=36)),
            ("fr", saw(1, hour=-1 / 60)), ("gb", saw(None, 9, 36)), ("kr", saw(None, 10, 36)),
        ],
        at(36),
    )  # fmt: skip
    assert counts.watched == ("de", "fr", "gb", "jp", "kr", "us")
    assert (counts.observed, counts.stale, counts.shallow) == (5, ("fr",), ("gb",))
    assert (counts.first, counts.top) == (("us",), ("jp", "us"))


RANKS = st.permutations([1, 2, 3]).flatmap(
    lambda ranks: st.tuples(*(st.sampled_from([rank, None]) for rank in ranks))
)


@settings(max_examples=100)
@given(st.lists(RANKS, min_size=1, max_size=9), st.integers(0, 8), st.integers(1, 3))
def test_overtakes_that_still_stand_are_those_of_a_slow_reading(
    snapshots: list[tuple[int | None, ...]], since: int, confirm: int
) -> None:
    app, *others = (
        series([(5, ranks[column]) for ranks in snapshots], str(column)) for column in range(3)
    )
    expected = set()
    for other in others:
        leads = [
            (hour, (mine or 99) < (its or 99))
            for hour, (mine, its) in enumerate(zip(app.ranks, other.ranks, strict=True))
            if mine or its
        ]
        behind = [place for place, (_, lead) in enumerate(leads) if not lead]
        if not leads or leads[-1] != (len(snapshots) - 1, True) or not behind:
            continue
        after, by = leads[behind[-1]][0], leads[behind[-1] + 1][0]
        status = "confirmed" if len(leads) - behind[-1] - 1 >= confirm else "pending"
        if by >= since:
            expected.add((other.app.app_id, at(after), at(by), status))
    pairs = [(app, other) for other in others]
    won = [win for win, line in standing_wins(pairs, at(since), confirm) if line == app.timeline]
    assert {
        (overtake.loser.app_id, overtake.after, overtake.by, overtake.status.value)
        for overtake in won
    } == expected
    assert [overtake.by for overtake in won] == sorted(overtake.by for overtake in won)


class Watched(Reader):
    """A reader that keeps what it was asked."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked: list[tuple[str, tuple[object, ...]]] = []

    def rows(self, sql: str, *parameters: object) -> list[Any]:
        self.asked.append((sql, parameters))
        return super().rows(sql, *parameters)


#: Imported late: row ids run against time. Two sources, two charts, two provenances.
FILED = (
    snapshot(9, (1, 2, 3)),
    snapshot(3, (2, 1)),
    snapshot(6, (3,), provenance=Provenance.IMPORTED),
    snapshot(1, (4, 1)),
    snapshot(5, (9, 4), source="web-charts"),
    snapshot(8, (5,), source="web-charts"),
    snapshot(7, (1, 4), chart=OTHER_CHART),
)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Watched]:
    with Store(tmp_path / "some.db") as store:
        for snapshot in FILED:
            store.save(snapshot)
    with Watched(tmp_path / "some.db") as opened:
        yield opened


def filed(place: ask.ChartSource, first: datetime, last: datetime) -> list[Snapshot]:
    """A slow reading of FILED."""
    return sorted(
        (
            snapshot
            for snapshot in FILED
            if (snapshot.chart, snapshot.source) == (place.chart, place.source)
            and snapshot.provenance in place.provenances
            and first <= snapshot.observed_at <= last
        ),
        key=lambda snapshot: snapshot.observed_at,
    )


PLACES = [
    ask.ChartSource(CHART, SOURCE),
    ask.ChartSource(CHART, "web-charts"),
    ask.ChartSource(CHART, SOURCE, (Provenance.IMPORTED,)),
    ask.ChartSource(CHART, SOURCE, (Provenance.RECORDED, Provenance.ARCHIVED)),
    ask.ChartSource(OTHER_CHART, SOURCE),
    ask.ChartSource(OTHER_CHART, "nobody"),
]


@pytest.mark.parametrize("lately", [1, 1000])
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_what_is_asked_of_a_moment_is_what_the_file_holds(
    reader: Watched, place: ask.ChartSource, lately: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask, "_LATELY", lately * HOUR)
    for hour in range(11):
        by_then = filed(place, START, at(hour))
        newest = ask.newest_snapshot(reader, place, None, at(hour))
        assert (newest.observed_at if newest else None) == (
            by_then[-1].observed_at if by_then else None
        )
        near = ask.newest_snapshot(reader, place, at(hour - 2), at(hour))
        assert bool(near) == bool(filed(place, at(hour - 2), at(hour)))
        later = filed(place, at(hour) + HOUR / 60, at(99))
        following = ask.next_snapshot(reader, place, at(hour))
        assert (following.observed_at if following else None) == (
            later[0].observed_at if later else None
        )
        for app in map(str, (1, 2, 3, 4, 5, 9, 77)):
            there = [
                snapshot.observed_at
                for snapshot in by_then
                if app in [entry.app_id for entry in snapshot.entries]
            ]
            last = ask.last_ranked(reader, place, App(app, app), at(hour))
            assert last == (there[-1] if there else None)
        before = filed(place, START, at(hour) - HOUR / 60)
        assert ask.stayed_before(reader, place, ["1", "3", "5", "77"], at(hour)) == {
            entry.app_id for snapshot in before for entry in snapshot.entries
        } & {"1", "3", "5", "77"}
    window = ask.snapshots_between(reader, place, at(2), at(8))
    expected = filed(place, at(2), at(8))
    assert [(snapshot.observed_at, snapshot.depth, snapshot.provenance) for snapshot in window] == [
        (snapshot.observed_at, snapshot.depth, snapshot.provenance) for snapshot in expected
    ]
    for line in ask.series_in(reader, place, window, [App("1", "A"), App("3", "C")]):
        assert line.ranks == tuple(
            next((e.rank for e in snapshot.entries if e.app_id == line.app.app_id), None)
            for snapshot in expected
        )


def test_a_stay_in_a_sparse_snapshot_is_one(tmp_path: Path) -> None:
    sparse = Snapshot(
        CHART, SOURCE, at(2), entries([7]), None, Provenance.IMPORTED, scope=Scope.SPARSE
    )
    with Store(tmp_path / "sparse.db") as store:
        for each in (snapshot(1, (1, 2)), sparse, snapshot(4, (2, 7))):
            store.save(each)
        stayed = partial(ask.stayed_before, store, PLACES[0], ["1", "7", "8"])
        assert stayed(at(4)) == {"1", "7"}
        assert stayed(at(2)) == {"1"}


def test_sources_and_charts_are_those_with_snapshots(reader: Watched) -> None:
    assert reader.sources_of(CHART) == ["apple-rss", "web-charts"]
    assert reader.sources_of(OTHER_CHART) == ["apple-rss"]
    never = OTHER_CHART.parse("de/iphone/top-free/apps")
    assert reader.sources_of(never) == []
    assert charts.observed_charts(reader) == [OTHER_CHART, CHART]


def test_no_question_walks_all_snapshots_or_entries(reader: Watched) -> None:
    place, apps = PLACES[0], [App("1", "A"), App("2", "B")]
    charts.observed_charts(reader)
    reader.sources_of(CHART)
    ask.newest_snapshot(reader, place, None, None)
    ask.next_snapshot(reader, place, at(2))
    ask.series_in(reader, place, ask.snapshots_between(reader, place, at(0), at(9)), apps)
    constants = [*vars(charts).items(), *vars(ask).items(), ("SOURCES", SOURCES)]
    queries = [text for name, text in constants if _is_query(name, text)]
    assert {sql for sql, _ in reader.asked} == set(queries)
    for sql, parameters in list(reader.asked):
        plan = [row[3] for row in reader.rows(f"EXPLAIN QUERY PLAN {sql}", *parameters)]
        assert plan
        for step in plan:
            assert not re.search(r"SCAN (snapshots|entries|apps)\b", step), (sql, plan)
            assert "TEMP B-TREE" not in step, (sql, plan)
            if step.startswith("SEARCH snapshots") and "PRIMARY KEY" not in step:
                assert re.search(r"\(chart=\?", step), (sql, plan)
            if step.startswith("SEARCH entries"):
                assert re.search(r"\(app=\?", step), (sql, plan)


#: Parts of queries, and queries that other tests ask.
PARTS = {
    "_CHART", "_WHOLE", "_KINDS", "_SPEAKS", "_SNAPSHOT", "_OF_CHART", "_SPARSE", "_ENTRIES",
}  # fmt: skip


def _is_query(name: str, text: object) -> bool:
    return name not in PARTS and isinstance(text, str) and "SELECT" in text
