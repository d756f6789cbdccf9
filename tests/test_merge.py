"""Databases merged by natural keys: every row once, no answer that depends on the order."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.shop import apptrack
from tests.support.stored import (
    CHART,
    OTHER_CHART,
    SOURCE,
    at,
    change,
    dump,
    entries,
    failure,
    receipt,
    snapshot,
)
from tracker.merge import merge, overlap
from tracker.model import Chart, Entry, Provenance, Scope, Snapshot
from tracker.store import Reader, Store, batches, blocks
from tracker.store.captures import Capture, Query, State, add, between, note_query, settle
from tracker.store.payloads import snapshot_at
from tracker.verify import verify

A, B, C = Path("a.db"), Path("b.db"), Path("c.db")
#: Everything a database holds that is the same in every database, by natural keys.
_HELD = (
    """SELECT slug, source, observed_at, published_at, snapshots.depth, provenance, scope, named,
              sha256
       FROM snapshots JOIN charts ON charts.id = chart
       LEFT JOIN payloads ON payloads.id = payload""",
    "SELECT observed_at, chart, source, rank, app_id, name, provenance FROM observations",
    "SELECT store, store_id, name, developer, storefront, named_at FROM apps",
    """SELECT store_id, names.storefront, names.name, names.developer, first_at, last_at
       FROM names JOIN apps ON apps.id = app""",
    """SELECT slug, fetches.source, url, started_at, seconds, outcome, status, error, sha256,
              observed_at
       FROM fetches JOIN charts ON charts.id = fetches.chart
       LEFT JOIN payloads ON payloads.id = fetches.payload
       LEFT JOIN snapshots ON snapshots.id = fetches.snapshot""",
    """SELECT happened_at, title, store_id, slug, events.source FROM events
       LEFT JOIN apps ON apps.id = app LEFT JOIN charts ON charts.id = chart""",
    "SELECT sha256, size FROM payloads",
    """SELECT archive, original, captured_at, digest, family, slug, state, reason, attempts,
              observed_at, sha256
       FROM captures JOIN charts ON charts.id = captures.chart
       LEFT JOIN payloads ON payloads.id = captures.payload
       LEFT JOIN snapshots ON snapshots.id = captures.snapshot""",
    "SELECT query, resume_key, finished_at FROM capture_queries",
    """SELECT slug, source, first_at, last_at FROM blocks JOIN charts ON charts.id = chart""",
)


def held(path: Path) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return [sorted(connection.execute(sql).fetchall(), key=str) for sql in _HELD]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of three snapshots, and no pause between transactions."""
    monkeypatch.setattr(blocks, "SIZE", 3)
    monkeypatch.setattr(batches, "PAUSE", 0)


def world(chart: Chart, hour: int) -> Snapshot:
    """What the store shows on CHART at an hour: the same whoever asks."""
    dice = Random(f"{chart} {hour}")
    ids = dice.sample(range(1, 8), 5)
    names = {
        str(app_id): f"{chart.storefront} {app_id} {hour // 20}" for app_id in ids if app_id != 7
    }
    named = tuple(
        Entry(entry.rank, entry.app_id, names.get(entry.app_id), dice.choice((None, "Works")))
        for entry in entries(ids)
    )
    return Snapshot(chart, SOURCE, at(hour), named, at(hour - 1))


def watch(
    path: Path,
    hours: Sequence[int],
    chart: Chart = CHART,
    *,
    events: int = 0,
    copies: bool = False,
) -> None:
    """Record CHART at HOURS, with a response each, a failure at every third.

    COPIES: an archive's copy at each hour, planned, or stored at odd ones; its index was read.
    """
    with Store(path) as store:
        for hour in hours:
            seen = world(chart, hour)
            what = receipt(seen, f"{chart} {hour} {'x' * 300}".encode())
            store.save(seen, **what)
            if copies:
                with store.transaction():
                    copy = Capture("http://web", f"http://{chart}", at(hour), "SHA", "feed", chart)
                    add(store, copy)
                    note_query(store, f"{chart}", Query(None, at(hour)))
                    if hour % 2:
                        number = snapshot_at(store, chart, SOURCE, at(hour))
                        (row,) = between(store, "http://web", chart, "feed", at(hour), at(hour))
                        sha256 = what["payload"].sha256
                        settle(store, row, State.STORED, None, sha256=sha256, snapshot=number)
            if hour % 3 == 0:
                store.record(replace(failure(hour, b"{" if hour % 2 else None), chart=chart))
        for number in range(events):
            store.add_event(at(number), f"event {number}", app_id="1", chart=CHART, source="press")


def merged(into: Path, *others: Path, **how: bool) -> list[tuple[int, int, list[str]]]:
    return [(t.merged, t.known, t.conflicts) for t in merge(into, others, **how)]


def sound(path: Path) -> None:
    with Reader(path) as reader:
        # The payloads of these tests are not feeds: only what the file says of itself counts.
        assert reader.unsound() == []
        for number in reader.payload_ids():
            reader.body(number)


def test_two_charts_become_one_database_with_everything() -> None:
    watch(A, range(8), events=1)
    watch(B, range(4, 12), OTHER_CHART, events=2)
    before = dump(B)
    said = apptrack("merge", B, "--unverified", "--db", A)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout == "b.db: 8 snapshots merged, 0 known already; 10 fetches, 1 event\n"
    watch(C, range(8), events=1)
    watch(C, range(4, 12), OTHER_CHART, events=2)
    assert held(A) == held(C)
    assert dump(B) == before
    sound(A)


def test_an_id_that_is_in_the_other_store_here_is_reported() -> None:
    for path in (A, B):
        with Store(path) as store:
            store.save(snapshot(5))
    change(A, "UPDATE apps SET store = 'play' WHERE store_id = '2'")
    before = dump(A)
    said = apptrack("merge", B, "--unverified", "--db", A)
    assert said.returncode == 1
    assert "UNIQUE constraint failed: apps.store_id" in said.stderr
    assert "Traceback" not in said.stderr
    assert dump(A) == before


def test_merging_again_changes_nothing() -> None:
    watch(A, range(0, 8, 2))
    watch(B, range(20, 30), events=2)
    apptrack("merge", B, "--unverified", "--db", A)
    before = dump(A)
    said = apptrack("merge", "--unverified", B, Path("../corner/b.db"), "--db", A)
    assert (said.returncode, said.stderr) == (
        2,
        "apptrack: ../corner/b.db and b.db are the same file\n",
    )
    said = apptrack("merge", B, "--unverified", "--db", A)
    assert said.stdout == "b.db: 0 snapshots merged, 10 known already; 0 fetches, 0 events\n"
    assert dump(A) == before


def test_one_database_that_saw_everything_says_the_same() -> None:
    watch(A, [0, 1, 2, 6, 7, 8])
    watch(B, [2, 3, 4, 5, 30])
    watch(C, [*range(9), 30])
    assert merged(A, B, interleave=True, verified=False) == [(4, 1, [])]
    # A name's last time is written once a day, and failures came at other hours.
    for place in (0, 1, 2, 7):
        assert held(A)[place] == held(C)[place]


@pytest.mark.parametrize(
    ("how", "change_it"),
    [
        ("with other ranks", {"entries": entries([3, 2, 1])}),
        ("as imported, not as recorded", {"provenance": Provenance.IMPORTED}),
        ("with another date of publication", {"published_at": at(0)}),
        ("as sparse", {"scope": Scope.SPARSE}),
    ],
)
def test_what_differs_is_reported_and_left(how: str, change_it: dict[str, Any]) -> None:
    with Store(A) as store:
        store.save(snapshot(5, **change_it))
    with Store(B) as store:
        store.save(snapshot(5))
        store.save(snapshot(6))
    said = apptrack("merge", B, "--unverified", "--db", A)
    assert said.returncode == 1
    assert said.stdout.startswith("b.db: 1 snapshot merged, 0 known already;")
    assert said.stderr == (
        "us/iphone/top-free/apps of 2026-01-01T05:00:00Z from apple-rss is stored "
        f"{how}; it was left as it is\n"
        "apptrack: 1 conflict; everything else is merged\n"
    )
    with Store(A) as store:
        assert store.snapshot(store.snapshot_ids()[0]) == snapshot(5, **change_it)
        assert len(store.snapshot_ids()) == 2


def test_another_response_is_a_conflict_and_a_missing_one_is_added() -> None:
    first, two = snapshot(1), snapshot(2)
    with Store(A) as store:
        store.save(first, **receipt(first, b"one"))
        store.save(two)
    with Store(B) as store:
        store.save(first, **receipt(first, b"another"))
        store.save(two, **receipt(two, b"two"))
    ((new, known, left),) = merged(A, B, verified=False)
    assert (new, known, len(left)) == (0, 1, 1)
    assert "with another response" in left[0]
    with Reader(A) as reader:
        bodies = [reader.payload_of(number) for number in reader.snapshot_ids()]
    assert [body.body for body in bodies if body] == [b"one", b"two"]


def test_an_event_that_differs_is_a_conflict() -> None:
    for path, source in ((A, "one"), (B, "two")):
        with Store(path) as store:
            store.add_event(at(0), "A release", source=source)
    ((_, _, left),) = merged(A, B)
    assert left == [
        "event 'A release' of 2026-01-01T00:00:00Z is stored with another app, chart or source; "
        "it was left as it is"
    ]


def test_ranks_of_single_apps_are_joined() -> None:
    for path, ids in ((A, (1,)), (B, (2, 3))):
        with Store(path) as store:
            some = tuple(Entry(number * 10, str(number)) for number in ids)
            store.save(snapshot(0, entries=some, scope=Scope.SPARSE))
    assert merged(A, B) == [(1, 0, [])]
    with Store(A) as store:
        (stored,) = map(store.snapshot, store.snapshot_ids())
    assert [(entry.rank, entry.app_id) for entry in stored.entries] == [
        (10, "1"),
        (20, "2"),
        (30, "3"),
    ]


def test_two_watches_of_one_chart_at_a_time_are_refused_unless_meant() -> None:
    watch(A, range(0, 10, 2))
    watch(B, range(1, 11, 2))
    before = dump(A)
    said = apptrack("merge", B, "--unverified", "--db", A)
    assert said.returncode == 1
    assert said.stderr == (
        "apptrack: two databases watched us/iphone/top-free/apps from apple-rss in the same time: "
        "merged, they are one series with another cadence and other gaps. --interleave merges them "
        "all the same\n"
    )
    assert dump(A) == before
    new = Path("new/deep/x.db")
    said = apptrack("merge", A, B, "--unverified", "--db", new)
    assert said.returncode == 1
    assert "in the same time" in said.stderr
    assert not new.parents[1].exists()
    assert apptrack("merge", B, "--unverified", "--interleave", "--db", A).returncode == 0
    assert apptrack("merge", A, "--unverified", "--db", new).returncode == 0


def test_times_overlap_only_where_each_has_some_of_its_own() -> None:
    assert not overlap({"1", "2"}, {"3", "4"})
    assert not overlap({"3", "4"}, {"1", "2"})
    assert not overlap({"1", "2", "3"}, {"2", "3", "4"})
    assert overlap({"1", "3"}, {"2"})
    assert overlap({"2"}, {"1", "3"})


def test_a_dry_run_says_the_same_and_writes_nothing() -> None:
    watch(A, range(4))
    watch(B, range(2, 8), events=1)
    before = dump(A)
    said = apptrack("merge", B, "--unverified", "--dry-run", "--json", "--db", A)
    (document,) = json.loads(said.stdout)
    assert (document["merged"], document["known"], document["events"], document["conflicts"]) == (
        4,
        2,
        1,
        [],
    )
    assert dump(A) == before
    assert apptrack("merge", B, "--dry-run", "--db", "none.db").returncode == 1
    assert not Path("none.db").exists()


def bad() -> Iterator[tuple[str, str]]:
    yield "none.db", "none.db: there is no such file"
    yield "text.db", "file is not a database"
    yield "empty.db", "empty.db has no tables"
    yield "foreign.db", "is a database of another program"
    yield "newer.db", "was written by a newer apptrack (it has 9999_later)"
    yield "damaged.db", "does not pass 'apptrack verify': us/iphone/top-free/apps"
    yield "a.db", "are the same file"


@pytest.mark.parametrize(("name", "words"), [*bad()])
def test_what_cannot_be_merged_is_refused_before_anything_is_written(name: str, words: str) -> None:
    watch(A, [1])
    watch(B, [9])
    Path("text.db").write_text("no database, but long enough to be taken for one" * 20)
    Path("empty.db").touch()
    change(Path("foreign.db"), "CREATE TABLE x (y)")
    for path in ("newer.db", "damaged.db"):
        with Store(Path(path)) as store:
            store.save(snapshot(20))
    sql = "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('apptrack', '9999_later')"
    change(Path("newer.db"), sql)
    change(Path("damaged.db"), "DELETE FROM entries WHERE rank = 2")
    before = dump(A)
    said = apptrack("merge", B, name, "--db", A)
    assert said.returncode in (1, 2)
    assert said.stdout == ""
    assert words in said.stderr
    assert said.stderr.count("\n") == 1
    assert dump(A) == before
    new = Path("new/deep/x.db")
    if name != str(A):
        assert apptrack("merge", B, name, "--db", new).returncode == 1
    assert not new.parents[1].exists()


def test_a_damaged_row_is_left_out_where_nothing_is_verified() -> None:
    with Store(B) as store:
        store.save(snapshot(1))
        store.save(snapshot(2))
    change(B, "DELETE FROM entries WHERE rank = 2 AND snapshot = 1")
    ((new, _, left),) = merged(A, B, verified=False)
    assert (new, left) == (1, [
        "snapshot 1 of b.db: a snapshot of us/iphone/top-free/apps has rank 3 where 2 belongs"
    ])  # fmt: skip


def test_what_was_collected_is_verified_and_merged(tmp_path: Path) -> None:
    """Real feeds: the merged database proves every snapshot from its response."""
    from tests.support.shop import HASTY, Shop, pointed, ranked
    from tracker.collect import collect
    from tracker.fetch import Fetcher
    from tracker.loopback.server import LoopbackStore

    for path, chart, hours in ((A, CHART, (0, 1)), (B, OTHER_CHART, (0, 1, 2))):
        shop = Shop({})
        with LoopbackStore(shop) as served, Store(path) as store:
            for hour in hours:
                with Fetcher(HASTY, clock=lambda hour=hour: at(hour)) as fetcher:  # type: ignore[misc]
                    shop.charts[chart] = ranked(*range(1 + hour, 9 + hour))
                    collect([chart], settings=pointed(served.base), store=store, fetcher=fetcher)
    assert apptrack("merge", B, "--db", A).returncode == 0
    with Reader(A) as reader:
        checked = verify(reader)
    assert (checked.proved, checked.findings) == (5, ())
