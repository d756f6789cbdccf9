"""The copies of a web archive in a merge: addresses, what became of them, the index's answers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.archived import (
    APPS,
    CHATGPT,
    DB,
    DEEPSEEK,
    NOW,
    archive_of,
    at,
    everything,
    kept,
    planned,
    ran,
    ranks,
    states,
)
from tests.support.shop import apptrack
from tests.support.stored import change, dump
from tracker.loopback.archive import LoopbackArchive
from tracker.merge import merge
from tracker.model import Snapshot
from tracker.store import Store
from tracker.store.captures import Capture, Query, State, add, between, note_query, settle

FEED = kept(0, CHATGPT, DEEPSEEK)
COPIES = [FEED, replace(FEED, captured_at=at(2)), replace(kept(6, DEEPSEEK), body=b"<html>")]
ADDRESS = f"https://web.archive.org/web/20250124120000id_/{FEED.original}"


def moved(name: str) -> Path:
    return DB.rename(name)


def test_the_copies_of_a_backfill_are_merged_with_their_snapshots_and_the_index_is_known() -> None:
    with archive_of(LoopbackArchive(COPIES)) as base:
        planned(base, families=["apple-rss"])
        ran(base)
        whole = everything(base)
        filled = moved("filled.db")
        said = apptrack("merge", filled, "--db", DB)
        assert said.stdout == (
            "filled.db: 1 snapshot merged, 0 known already; "
            "2 fetches, 0 events, 3 archived copies\n"
        )
        assert everything(base) == whole
        before = dump(DB)
        assert apptrack("merge", filled, "--db", DB).stdout == (
            "filled.db: 0 snapshots merged, 1 known already; 0 fetches, 0 events\n"
        )
        assert dump(DB) == before
        assert planned(base, families=["apple-rss"]).pages == 0
        assert ran(base).requests == 0


def test_a_copy_saved_to_a_file_keeps_its_address() -> None:
    Path("copy.json").write_bytes(FEED.body)
    done = apptrack(
        "backfill", "import", "copy.json", "--url", FEED.original, "--captured-at",
        "2025-01-24T12:00:00Z", "--chart", APPS, "--db", "saved.db",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert apptrack("merge", "saved.db", "--db", DB).returncode == 0
    cited = apptrack("cite", f"archived-apple-rss:{APPS}@2025-01-24T11:59:20Z", "--db", DB)
    assert ADDRESS in cited.stdout


def test_a_copy_whose_snapshot_differs_is_left_and_the_index_will_be_asked_again() -> None:
    with archive_of(LoopbackArchive([FEED])) as base:
        planned(base, families=["apple-rss"])
        ran(base)
        filled = moved("filled.db")
        with Store(DB) as store, closing(sqlite3.connect(filled)) as connection:
            (time,) = connection.execute("SELECT observed_at FROM snapshots").fetchone()
            snapshot = Snapshot(APPS, "archived-apple-rss", at(0), ranks(DEEPSEEK, CHATGPT))
            store.save(snapshot)
        change(DB, f"UPDATE snapshots SET observed_at = '{time}'")
        assert apptrack("merge", filled, "--unverified", "--db", DB).returncode == 1
        assert states() == []
        assert planned(base, families=["apple-rss"]).added == 1


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
