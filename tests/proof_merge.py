"""Merges that are killed, and databases and results of archived copies merged in either order."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.archived import APPS, CHATGPT, NOW, at, ranks
from tests.support.killing import Runner
from tests.support.shop import apptrack
from tests.support.stored import OTHER_CHART
from tests.test_merge import B, C, held, merged, sound, watch
from tracker.merge import merge
from tracker.model import Snapshot
from tracker.store import Store, batches, blocks
from tracker.store.captures import Capture, Query, State, add, between, note_query, settle


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of three snapshots, and no pause between transactions."""
    monkeypatch.setattr(blocks, "SIZE", 3)
    monkeypatch.setattr(batches, "PAUSE", 0)


def test_a_merge_that_is_killed_is_resumed() -> None:
    watch(B, range(150), events=3, copies=True)
    watch(B, range(150), OTHER_CHART)
    merged(C, B, verified=False)
    assert held(C)[:-1] == held(B)[:-1]
    killed = 0
    with Runner() as run:
        usual = run("merge", B, "--unverified", "--db", "whole.db").seconds
        dice = Random(1)
        for number in range(3):
            path = Path(f"killed-{number}.db")
            ended = run("merge", B, "--unverified", "--db", path, kill_after=dice.uniform(0, usual))
            killed += ended.killed
            if path.exists():
                with Store(path) as store:
                    assert store.unsound() == []
            assert run("merge", B, "--unverified", "--db", path).code == 0
            assert held(path)[:-1] == held(C)[:-1]
    assert killed


# Every pair of results, in either order

Result = tuple[State, str | None, int, bool]
Answer = tuple[str | None, int | None]
ARCHIVE, TEXT = "http://archive", "a question"
RESULTS = st.tuples(
    st.sampled_from(State), st.sampled_from((None, "a", "b")), st.integers(0, 2), st.booleans()
)
#: The states by how near they are to a snapshot.
NEARER = (
    State.PLANNED, State.ARCHIVED_ERROR, State.UNPLAYABLE, State.REFUSED, State.SAME, State.STORED,
)  # fmt: skip
ANSWERS = st.tuples(st.sampled_from((None, "k1", "k2")), st.sampled_from((None, 1, 2)))


def listed(path: Path, results: list[Result], answer: Answer) -> None:
    """Make a database with a copy an hour, and how far its index was read."""
    with Store(path) as store, store.transaction():
        for hour, (state, reason, attempts, pointed) in enumerate(results):
            copy = Capture(ARCHIVE, "http://store/feed", at(hour), "DIGEST", "apple-rss", APPS)
            add(store, copy)
            (stored,) = between(store, ARCHIVE, APPS, "apple-rss", at(hour), at(hour))
            number = None
            if pointed:
                store.save(Snapshot(APPS, "archived-apple-rss", at(hour), ranks(CHATGPT)))
                (number,) = store.row("SELECT max(id) FROM snapshots")
            for attempt in range(attempts + 1):
                settle(store, stored, state, reason, snapshot=number, attempted=attempt > 0)
        key, hours = answer
        ended = NOW + timedelta(hours=hours) if hours else None
        note_query(store, TEXT, Query(None if ended else key, ended))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(RESULTS, RESULTS), max_size=5), ANSWERS, ANSWERS)
def test_of_two_results_the_same_one_stays_in_either_order(
    pairs: list[tuple[Result, Result]], a: Answer, b: Answer
) -> None:
    with TemporaryDirectory() as name:
        held = []
        for first, second in ((0, 1), (1, 0)):
            paths = [Path(name) / f"{first}{place}.db" for place in (0, 1)]
            for place in (0, 1):
                listed(paths[place], [pair[place] for pair in pairs], (a, b)[place])
            for again in (False, True):
                (tally,) = merge(paths[first], [paths[second]], interleave=True, verified=False)
                assert not tally.conflicts
                assert not (again and tally.copies)
            with closing(sqlite3.connect(paths[first])) as connection:
                sql = """SELECT captured_at, state, reason, attempts, observed_at FROM captures
                         LEFT JOIN snapshots ON snapshots.id = snapshot ORDER BY captured_at"""
                rows = connection.execute(sql).fetchall()
                held.append((rows, connection.execute("SELECT * FROM capture_queries").fetchone()))
        assert held[0] == held[1]
        rows, (_, key, ended) = held[0]
        assert len(rows) == len(pairs)
        for (_, state, *_), (mine, other) in zip(rows, pairs, strict=True):
            assert state == max(mine[0], other[0], key=NEARER.index)
        assert bool(ended) is bool(a[1] or b[1])
        assert key == (a[0] if a == b and not ended else None)


HOURS = st.sets(st.integers(0, 60), max_size=6)


SHOWN = (
    ("overtakes", "1", "2", "--json"),
    ("stats", "1", "2", "3", "--json"),
    ("top", "--json"),
    ("wave", "1", "2", "--json"),
)


@settings(max_examples=6, deadline=None)
@given(HOURS, HOURS, HOURS, HOURS)
def test_the_order_of_a_merge_is_in_no_answer(
    a: set[int], b: set[int], other_a: set[int], other_b: set[int]
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        answers = []
        for first, second in ((0, 1), (1, 0)):
            paths = [folder / f"{first}{letter}.db" for letter in "ab"]
            for path, hours, others in zip(paths, (a, b), (other_a, other_b), strict=True):
                watch(path, sorted(hours), events=len(hours), copies=True)
                watch(path, sorted(others), OTHER_CHART)
            into, other = paths[first], paths[second]
            assert all(
                not left for *_, left in merged(into, other, interleave=True, verified=False)
            )
            sound(into)
            shown = [apptrack(*call, "--db", into).stdout for call in SHOWN]
            answers.append((held(into), shown))
        assert answers[0] == answers[1]
