"""What is asked of a database is what a slow reading of its snapshots finds, whatever they are.

And no command says more of an app than that.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.stored import CHART, OTHER_CHART, SOURCE, at, entries
from tests.test_analysis import JP, SHARED, recorded
from tests.test_sparse import APPS, some
from tests.test_sparse_commands import READING, calls_no_app_unranked_or_gone, files_in
from tracker.analysis import overtakes, stats
from tracker.analysis.movement import Move
from tracker.model import App, Provenance, Scope, Snapshot
from tracker.queries.as_of import moment_of, moves_of
from tracker.store import Reader, Store, blocks
from tracker.store import snapshots as ask

# Series and moments

#: Which apps are asked for together.
ASKED = ([0], [1], [0, 1], [0, 1, 2], [3], [0, 3])
#: The apps of a sparse snapshot, each with a rank of its own.
RANKS = st.dictionaries(st.sampled_from([1, 2, 3]), st.integers(0, 130), min_size=1).map(
    lambda facts: {app: 3 * rank + app for app, rank in facts.items()}
)
WHOLE = st.permutations([1, 2, 3]).flatmap(lambda ids: st.integers(1, 3).map(lambda n: ids[:n]))
#: By hour: app ids in order are a whole chart, ranks by app id are none.
SNAPSHOTS = st.dictionaries(st.integers(0, 25), WHOLE | RANKS)
WINDOWS = ((None, None), (None, 4), (1, None), (3, 3), (2, 7), (-5, -1), (30, 40), (4, 11))


def filed(hour: int, numbers: Sequence[int] | dict[int, int]) -> Snapshot:
    if isinstance(numbers, dict):
        return some(hour, numbers)
    kind = Provenance.RECORDED if hour % 3 else Provenance.IMPORTED
    return Snapshot(CHART, SOURCE, at(hour), entries(numbers), provenance=kind)


def ranks_of(snapshot: Snapshot) -> dict[str, int]:
    return {entry.app_id: entry.rank for entry in snapshot.entries}


def slow(
    filed: Iterable[Snapshot], ids: Sequence[str], *, sparse: bool = True
) -> list[tuple[Snapshot, list[int | None]]]:
    """The snapshots that speak of all apps, by time, and their ranks in each."""
    pairs = []
    for taken in sorted(filed, key=lambda taken: taken.observed_at):
        ranks = ranks_of(taken)
        if taken.scope is Scope.WHOLE or (sparse and all(app in ranks for app in ids)):
            pairs.append((taken, [ranks.get(app) for app in ids]))
    return pairs


def within(snapshot: Snapshot, hours: tuple[int | None, int | None]) -> bool:
    first, last = hours
    return (first is None or at(first) <= snapshot.observed_at) and (
        last is None or snapshot.observed_at <= at(last)
    )


@settings(max_examples=60, deadline=None)
@given(SNAPSHOTS, st.randoms())
def test_series_are_those_of_a_slow_reading_whatever_is_in_blocks(
    snapshots: dict[int, Sequence[int] | dict[int, int]], chance: Random
) -> None:
    """The first half comes in any order; the rest by time, so that there are blocks."""
    many = [filed(hour, numbers) for hour, numbers in sorted(snapshots.items())]
    late = many[: len(many) // 2]
    chance.shuffle(late)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "SIZE", 3)
        path = Path(folder) / "some.db"
        with Store(path) as store:
            for snapshot in [*late, *many[len(many) // 2 :]]:
                store.save(snapshot)
            assert store.unsound() == []
        with Reader(path) as reader:
            for asked in ASKED:
                for hours in WINDOWS:
                    for kinds in (tuple(Provenance), (Provenance.IMPORTED,)):
                        for sparse in (True, False):
                            expect(reader, many, asked, hours, kinds, sparse=sparse)


def expect(
    reader: Reader,
    many: Iterable[Snapshot],
    asked: Sequence[int],
    hours: tuple[int | None, int | None],
    kinds: tuple[Provenance, ...],
    *,
    sparse: bool,
) -> None:
    apps = [APPS[number] for number in asked]
    since, until = (None if hour is None else at(hour) for hour in hours)
    series = reader.series(
        CHART, SOURCE, apps, since=since, until=until, provenances=kinds, sparse=sparse
    )
    rows = slow(
        [snapshot for snapshot in many if within(snapshot, hours) and snapshot.provenance in kinds],
        [app.app_id for app in apps],
        sparse=sparse,
    )
    line = series[0].timeline
    assert line.times == tuple(snapshot.observed_at for snapshot, _ in rows)
    assert line.depths == tuple(
        snapshot.depth if snapshot.scope is Scope.WHOLE else None for snapshot, _ in rows
    )
    assert line.provenances == tuple(snapshot.provenance for snapshot, _ in rows)
    for number, one_series in enumerate(series):
        assert one_series.ranks == tuple(ranks[number] for _, ranks in rows)


@settings(max_examples=40, deadline=None)
@given(SNAPSHOTS)
def test_moments_are_those_of_a_slow_reading(
    snapshots: dict[int, Sequence[int] | dict[int, int]],
) -> None:
    many = [filed(hour, numbers) for hour, numbers in snapshots.items()]
    with TemporaryDirectory() as folder, Store(Path(folder) / "some.db") as store:
        for snapshot in many:
            store.save(snapshot)
        for app_id in (None, "1", "77"):
            place = ask.ChartSource(CHART, SOURCE, app_id=app_id)
            counted = slow(many, [app_id] if app_id else [], sparse=app_id is not None)
            times = [snapshot.observed_at for snapshot, _ in counted]
            assert ask.sources_with(store, CHART, app_id) == ([SOURCE] if times else [])
            assert [
                snapshot.observed_at
                for snapshot in ask.snapshots_between(store, place, at(3), at(9))
            ] == [time for time in times if at(3) <= time <= at(9)]
            for hour in (-1, 4, 30):
                newest = ask.newest_snapshot(store, place, None, at(hour))
                following = ask.next_snapshot(store, place, at(hour))
                before = [time for time in times if time <= at(hour)]
                after = [time for time in times if time > at(hour)]
                assert (newest.observed_at if newest else None) == max(before, default=None)
                assert (following.observed_at if following else None) == min(after, default=None)


# Movements

DB = Path("some.db")
LOOK = st.permutations(["1", "2", "3", "4"]).flatmap(
    lambda order: st.integers(1, 4).map(lambda depth: list(order[:depth]))
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.integers(-60, 60), LOOK, min_size=1, max_size=10), st.randoms())
def test_movements_over_a_file_are_those_of_a_slow_reading(
    snapshots: dict[int, list[str]], shuffler: Any
) -> None:
    DB.unlink(missing_ok=True)
    hours = list(snapshots)
    shuffler.shuffle(hours)
    with Store(DB) as store:
        for hour in hours:
            store.save(Snapshot(CHART, SOURCE, at(hour), entries(snapshots[hour])))
            store.save(Snapshot(CHART, "web-charts", at(hour), entries("1")))
            store.save(Snapshot(OTHER_CHART, SOURCE, at(hour), entries("12")))
    now = max(snapshots)
    near = [hour for hour in snapshots if now - 36 <= hour <= now - 12]
    then = min(near, key=lambda hour: (abs(now - 24 - hour), hour), default=None)
    place = ask.ChartSource(CHART, SOURCE)
    with Store(DB) as reader:
        moment = moment_of(reader, place, None, {"day": at(24) - at(0)})
        for name in "1234":
            app = App(name, name)
            movement = moves_of(reader, moment, app, ask.ranks_in(reader, moment.used, [app]))[
                "day"
            ]
            assert (movement.move if movement else None) == slowly(snapshots, name, now, then)


def slowly(snapshots: dict[int, list[str]], app: str, now: int, then: int | None) -> Move | None:
    def rank(hour: int) -> int | None:
        return snapshots[hour].index(app) + 1 if app in snapshots[hour] else None

    here = rank(now)
    if then is None:
        return Move.UNSEEN if here else None
    there = rank(then)
    if here and there:
        return Move.SAME if here == there else Move.UP if here < there else Move.DOWN
    if there:
        return Move.LEFT if len(snapshots[now]) >= there else Move.BEYOND
    if not here:
        return None
    if len(snapshots[then]) < here:
        return Move.BEYOND
    if any(rank(hour) for hour in snapshots if hour < then):
        return Move.BACK
    stood = gone = None
    for hour in sorted(hour for hour in snapshots if hour > then):
        if rank(hour) and gone:
            return Move.BACK
        stood = rank(hour) or stood
        gone = gone or (stood and not rank(hour) and len(snapshots[hour]) >= stood)
    return Move.NEW


# Commands


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return files_in(tmp_path_factory.mktemp("sparse"))


@pytest.mark.parametrize("words", READING)
@pytest.mark.parametrize("name", ["beside", "apart"])
def test_no_command_calls_an_app_unranked_or_gone(
    files: dict[str, Path], name: str, words: str
) -> None:
    calls_no_app_unranked_or_gone(files, name, words)


# Recordings of real charts, where they are present


US = "us_iphone_top-free_photo-video_2026.csv.gz"


def oracle() -> ModuleType:
    path = SHARED / "acceptance" / "oracle.py"
    if not path.exists():
        pytest.skip("the shared oracle is not here")
    spec = importlib.util.spec_from_file_location("oracle", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "a", "b", "changes"),
    [
        (US, "1500855883", "460177396", 4),  # CapCut and Twitch, twice each way
        (US, "1500855883", "6478868302", 2),  # AI Video for a day
        (US, "1558240027", "460177396", 1),  # Meta AI leaves for good
        (JP, "1139755229", "1435783608", 27),
    ],
)
def test_recorded_charts_are_read_as_the_oracle_reads_them(
    name: str, a: str, b: str, changes: int
) -> None:
    path = SHARED / "data" / "recorded" / name
    yardstick = oracle()
    shown, other = recorded(path, [a, b])
    rows = [change.to_json() for change in overtakes(shown, other)]
    wanted = yardstick.overtakes(path, a, b)
    assert len(rows) == changes
    assert [{key: facts[key] for key in wanted[0]} for facts in rows] == wanted
    for series, app_id in ((shown, a), (other, b)):
        facts, expected = stats(series).to_json(), yardstick.stats(path, app_id)
        assert {key: facts[key] for key in expected} == expected
