"""Only what was asked to go goes, all of it or nothing; what stays can still be read."""

from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.shop import CHART, HASTY, Shop, body, pointed, ranked
from tests.support.stored import (
    OTHER_CHART,
    SOURCE,
    URL,
    at,
    change,
    dump,
    failure,
    receipt,
    snapshot,
)
from tracker.cli import main
from tracker.collect import collect
from tracker.errors import StoreError
from tracker.fetch import Fetcher
from tracker.loopback.server import Answer, LoopbackStore
from tracker.model import Outcome, Provenance, iso
from tracker.store import Reader, Store
from tracker.store.compression import LONGEST_CHAIN, compress
from tracker.store.prune import Limits, Pruning, prune, would_prune
from tracker.verify import verify

DB = Path("apptrack.db")


def fill(hours: int = 10) -> None:
    """A snapshot an hour, each payload leaning on the one before."""
    with Store(DB) as store, store.transaction():
        for hour in range(hours):
            this_snapshot = snapshot(hour, [hour + 1, 777])
            store.save(this_snapshot, **receipt(this_snapshot, b"payload of hour %d" % hour))


def run(*args: object, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, ["prune", "--db", str(DB), *map(str, args)], input=answer)


def rows(sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(DB)) as connection:
        return connection.execute(sql).fetchall()


def bodies() -> set[bytes]:
    """Every stored payload, read and checked."""
    with Reader(DB) as reader:
        assert reader.unsound() == []
        return {reader.body(number) for number in reader.payload_ids()}


def facts() -> list[tuple[Any, ...]]:
    """What is never dropped."""
    return [
        *rows("SELECT id, chart, source, observed_at, published_at, depth FROM snapshots"),
        *rows("SELECT * FROM entries"),
        *rows("SELECT * FROM apps"),
    ]


def _same(time: datetime) -> datetime:
    return time


PAYLOADS = "SELECT count(*) FROM payloads"


def test_old_payloads_go_and_those_that_later_ones_lean_on_stay() -> None:
    fill(LONGEST_CHAIN + 10)  # the chain begins anew with the payload of hour 51
    before = facts()
    result = run("--payloads-before", iso(at(55)), "--yes")
    assert result.exit_code == 0, result.output
    assert "51 snapshots stay, and can no longer be proved" in result.stdout
    assert "4 payloads as old stay: later ones depend on them" in result.stdout
    assert bodies() == {b"payload of hour %d" % hour for hour in range(51, LONGEST_CHAIN + 10)}
    assert facts() == before
    assert rows("SELECT count(*) FROM snapshots WHERE payload NOTNULL") == [(9,)]
    assert rows("SELECT count(*) FROM fetches WHERE payload NOTNULL") == [(9,)]


def test_what_cannot_be_proved_any_more_is_said_to_have_no_payload_and_is_no_finding() -> None:
    shop, times = Shop({}), [datetime(2026, 8, 17, hour, tzinfo=UTC) for hour in range(3)]
    with LoopbackStore(shop) as served:
        for number, time in enumerate(times):
            shop.charts[CHART] = ranked(number + 1, 7)
            with (
                Store(DB) as store,
                Fetcher(HASTY, clock=partial(_same, time)) as fetcher,
            ):
                collect([CHART], settings=pointed(served.base), store=store, fetcher=fetcher)
                if number == 0:  # nothing leans on it then
                    store.db.execute("UPDATE payloads SET links = 99")
                    store.db.conn.commit()
    assert run("--payloads-before", iso(times[1]), "--yes").exit_code == 0
    with Reader(DB) as reader:
        checked = verify(reader)
    assert (checked.proved, checked.without_payload, checked.findings) == (2, 1, ())
    event = f"apple-rss:{CHART}@{iso(times[0])}"
    proof = CliRunner().invoke(main, ["verify", event, "--db", str(DB)])
    assert proof.exit_code == 1
    assert "not proved" in proof.stdout
    assert "payload pruned: it was fetched" in proof.stdout
    assert checked.pruned == 1
    quoted = CliRunner().invoke(main, ["cite", event, "--db", str(DB)])
    assert "recorded, payload pruned" in quoted.stdout
    with Store(DB) as store:
        store.save(snapshot(1, provenance=Provenance.IMPORTED))  # it never had a receipt
    whole = CliRunner().invoke(main, ["verify", "--db", str(DB)])
    assert "2 snapshots proved from their payloads, 2 have none (1 pruned)" in whole.stdout
    assert whole.exit_code == 0
    assert "damaged" not in proof.stdout + proof.stderr
    assert "missing" not in proof.stdout + proof.stderr


def test_a_payload_goes_by_its_latest_use() -> None:
    with Store(DB) as store:
        for hour in (0, 1, 9):
            this_snapshot = snapshot(hour, [1, 2])
            store.save(this_snapshot, **receipt(this_snapshot, b"the same"))
        for hour in (2, 10):
            this_snapshot = snapshot(hour, [1, hour], source="web-charts")
            store.save(this_snapshot, **receipt(this_snapshot, b"web %d" % hour))
        assert would_prune(store, Limits(payloads=at(9))).unprovable == 0
        assert would_prune(store, Limits(payloads=at(9))).leaned_on == 1
        assert would_prune(store, Limits(payloads=at(9.5))).payloads == 0, "each is the newest"


def test_the_newest_payload_of_each_chart_and_source_stays_however_old() -> None:
    with Store(DB) as store:
        for chart, source in ((CHART, SOURCE), (OTHER_CHART, SOURCE), (CHART, "web-charts")):
            for hour in range(2):
                this_snapshot = snapshot(hour, [hour + 1], chart=chart, source=source)
                facts = receipt(this_snapshot, f"{chart} {source} {hour}".encode())
                store.save(this_snapshot, **facts)
    assert run("--payloads-before", iso(at(1000)), "--yes").exit_code == 0
    assert all(body.endswith((b" 1", b" 0")) for body in bodies())
    newest = "SELECT payload NOTNULL FROM snapshots WHERE observed_at LIKE '%T01%'"
    assert rows(newest) == [(1,)] * 3


def test_after_pruning_the_store_may_still_vouch_for_the_newest_answer() -> None:
    shop, now = Shop({}), datetime(2026, 8, 17, 4, tzinfo=UTC)
    answers = [
        Answer(body=body(CHART, ranked(1, 2, 3)), headers={"ETag": '"a"'}),
        Answer(304, headers={"ETag": '"a"'}, content_type=None),
    ]
    with LoopbackStore(shop) as served:
        for answer in answers:
            shop.charts[CHART] = answer
            now += timedelta(hours=1)
            with Store(DB) as store, Fetcher(HASTY, clock=partial(_same, now)) as fetcher:
                report = collect(
                    [CHART], settings=pointed(served.base), store=store, fetcher=fetcher
                )
                assert report.whole
                prune(store, Limits(payloads=now + timedelta(hours=1)))
    with Reader(DB) as reader:
        assert (verify(reader).proved, verify(reader).findings) == (2, ())


def test_the_same_bytes_come_again_and_are_stored_again() -> None:
    with Store(DB) as store:
        for hour, data in enumerate((b"a", b"b", b"c", b"a")):
            store.db.execute("UPDATE payloads SET links = 99")
            store.db.conn.commit()
            this_snapshot = snapshot(hour, [hour + 1])
            store.save(this_snapshot, **receipt(this_snapshot, data))
            if hour == 2:
                done = prune(store, Limits(payloads=at(2)))
                assert (done.payloads, done.unprovable) == (2, 2)
    assert bodies() == {b"c", b"a"}


# Failed and refused fetches


def trouble() -> None:
    with Store(DB) as store:
        for hour in range(6):
            store.record(failure(hour))
            store.record(replace(failure(hour, b"busy %d" % hour), outcome=Outcome.RETRIED))
            store.record(failure(hour, b"<html>%d" % hour))
            store.record(replace(failure(hour), outcome=Outcome.INTERRUPTED))


OUTCOMES = "SELECT outcome, count(*) FROM fetches GROUP BY outcome ORDER BY outcome"


def test_failed_fetches_go_with_what_they_brought_and_nothing_else() -> None:
    fill()
    trouble()
    result = run("--failed-fetches-before", iso(at(4)), "--yes")
    assert "gone: 12 failed fetches, 4 payloads" in result.stdout
    assert rows(OUTCOMES) == [
        ("failed", 2), ("interrupted", 2), ("refused", 6), ("retried", 2), ("saved", 10)
    ]  # fmt: skip
    assert {body for body in bodies() if body.startswith(b"busy")} == {b"busy 4", b"busy 5"}
    assert len({body for body in bodies() if body.startswith(b"payload")}) == 10


def test_refused_answers_may_become_snapshots_and_go_only_when_named() -> None:
    fill()
    trouble()
    run("--payloads-before", iso(at(100)), "--failed-fetches-before", iso(at(100)), "--yes")
    assert rows(OUTCOMES) == [("refused", 6), ("saved", 10)]
    assert {body for body in bodies() if body.startswith(b"<html>")} == {
        b"<html>%d" % hour for hour in range(6)
    }
    result = run("--refused-before", iso(at(4)), "--yes")
    assert "gone: 4 failed fetches" in result.stdout
    assert rows(OUTCOMES) == [("refused", 2), ("saved", 10)]


def test_a_reparsed_fetch_is_no_failed_one() -> None:
    feed = body(CHART, ranked(1, 2, 3))
    with Store(DB) as store:
        fetch = failure(1, feed)
        assert fetch.payload is not None
        store.record(replace(fetch, payload=replace(fetch.payload, url=URL)))
        store.save(snapshot(2), **receipt(snapshot(2)))
    CliRunner().invoke(main, ["reparse", "--db", str(DB)])
    assert run("--failed-fetches-before", iso(at(9)), "--refused-before", iso(at(9))).stdout == (
        "nothing is that old\n"
    )


def test_a_fetch_that_leads_to_a_snapshot_is_never_dropped() -> None:
    fill(2)
    change(DB, "UPDATE fetches SET outcome = 'failed'")
    assert run("--failed-fetches-before", iso(at(9)), "--yes").stdout == "nothing is that old\n"


# The command


def test_a_dry_run_shows_what_would_go_and_changes_nothing() -> None:
    fill(LONGEST_CHAIN + 10)
    trouble()
    before = dump(DB)
    args = ("--payloads-before", iso(at(55)), "--failed-fetches-before", iso(at(3)))
    dry = run(*args, "--dry-run")
    assert dry.exit_code == 0
    assert dump(DB) == before
    words = dry.stdout.removeprefix("would go: ")
    assert run(*args, "--yes").stdout == f"to go: {words}gone: {words}"


@pytest.mark.parametrize("answer", ["n\n", "\n", "", None])
def test_it_asks_and_without_a_yes_nothing_goes(answer: str | None) -> None:
    fill(LONGEST_CHAIN + 10)
    before = dump(DB)
    result = run("--payloads-before", iso(at(55)), answer=answer)
    assert result.exit_code == 1
    assert "Drop it for good?" in result.stderr
    assert dump(DB) == before
    assert run("--payloads-before", iso(at(55)), answer="y\n").exit_code == 0
    assert dump(DB) != before


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "say what to drop"),
        (["--dry-run", "--yes"], "say what to drop"),
        (["--payloads-before", "long ago"], "Invalid date"),
        (["--payloads-before", "2999-01-01"], "is in the future"),
        (["--refused-before", "2999-01-01", "--dry-run"], "is in the future"),
    ],
)
def test_misuse_drops_nothing(args: list[str], words: str) -> None:
    fill()
    before = dump(DB)
    result = run(*args)
    assert result.exit_code == 2
    assert words in result.stderr
    assert dump(DB) == before


def test_a_missing_database_is_an_error_and_none_is_made() -> None:
    assert run("--payloads-before", "2026-01-01", "--yes").exit_code == 1
    assert not DB.exists()


# Whatever fails, and whoever else works on the file


LIMITS = Limits(at(55), at(3), at(2))


def test_what_is_exactly_as_old_as_the_limit_stays() -> None:
    with Store(DB) as store:
        for hour in range(4):
            this_snapshot = snapshot(hour, [hour + 1, 777])
            store.save(this_snapshot, **receipt(this_snapshot, b"alone %d" % hour))
        # Nothing leans on anything: each goes or stays by its own time.
        store.db.execute("PRAGMA foreign_keys = OFF")
        with store.transaction():
            for number in store.payload_ids():
                body = store.body(number)
                sql = "UPDATE payloads SET base = NULL, links = 0, frame = ? WHERE id = ?"
                store.db.execute(sql, [compress(body), number])
        store.record(failure(1))
        store.record(failure(1, b"<html>"))
        imported = snapshot(1, [5], source="web-charts")  # no fetch brought it
        store.save(imported, payload=receipt(imported, b"imported")["payload"])
        with store.transaction():  # nothing leans on it then
            store.db.execute("UPDATE payloads SET links = 99 WHERE base IS NULL")
        newest = snapshot(3, [5], source="web-charts")
        store.save(newest, payload=receipt(newest, b"new")["payload"])
        assert would_prune(store, Limits(payloads=at(1))).payloads == 1
        prune(store, Limits(at(1), at(1), at(1)))
        assert {store.body(number) for number in store.payload_ids()} == {
            b"alone 1", b"alone 2", b"alone 3", b"<html>", b"imported", b"new",
        }  # fmt: skip
        assert store.db.execute("SELECT count(*) FROM fetches").fetchone() == (6,)
        later = at(1) + timedelta(seconds=1)
        prune(store, Limits(later, later, later))
        assert {store.body(number) for number in store.payload_ids()} == {
            b"alone 2", b"alone 3", b"new",
        }  # fmt: skip
        assert store.db.execute("SELECT count(*) FROM fetches").fetchone() == (4,)


def test_a_dry_run_that_fails_leaves_nothing_open() -> None:
    fill()
    with Store(DB) as store:
        store.db.conn.set_progress_handler(lambda: True, 1)
        with pytest.raises(StoreError, match="interrupted"):
            would_prune(store, LIMITS)
        store.db.conn.set_progress_handler(None, 0)
        assert not store.db.conn.in_transaction
        assert would_prune(store, LIMITS) == would_prune(store, LIMITS)


def _save_some(path: Path) -> None:
    with Store(path) as store:
        for hour in range(200, 260):
            this_snapshot = snapshot(hour, [hour, 777])
            store.save(this_snapshot, **receipt(this_snapshot, b"payload of hour %d" % hour))


def test_pruning_beside_a_writer_breaks_no_chain() -> None:
    fill(LONGEST_CHAIN + 10)
    child = multiprocessing.get_context("fork").Process(target=_save_some, args=(DB.absolute(),))
    child.start()
    with Store(DB) as store:
        for hour in (20, 40, 55, 59, 190, 210, 230, 300):
            prune(store, Limits(payloads=at(hour)))
    child.join(30)
    assert child.exitcode == 0
    with Store(DB) as store:
        prune(store, Limits(payloads=at(300)))
        assert len(store.snapshot_ids()) == LONGEST_CHAIN + 70
    assert bodies() >= {b"payload of hour 259"}


# For any history

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["save", "again", "fail", "refuse"]),
        st.sampled_from([CHART, OTHER_CHART]),
        st.integers(0, 5),
    ),
    max_size=40,
)
HOURS = st.none() | st.integers(0, 45)


@settings(max_examples=25, deadline=None)
@given(ACTS, HOURS, HOURS, HOURS)
def test_for_any_history_what_stays_is_whole_and_what_is_young_stays(
    acts: list[tuple[str, Any, int]], payloads: int | None, failed: int | None, refused: int | None
) -> None:
    for ending in ("", "-wal", "-shm"):
        DB.with_name(DB.name + ending).unlink(missing_ok=True)
    young: set[bytes] = set()
    with Store(DB) as store:
        for hour, (act, chart, number) in enumerate(acts):
            content = f"{act} {number if act == 'again' else hour}".encode()
            limit = {"fail": failed, "refuse": refused}.get(act)
            if act in ("save", "again"):
                this_snapshot = snapshot(hour, [hour + 1, 777], chart=chart)
                store.save(this_snapshot, **receipt(this_snapshot, content))
                if payloads is None or hour >= payloads:
                    young.add(content)
            else:
                kind = Outcome.FAILED if act == "fail" else Outcome.REFUSED
                one_fetch = replace(failure(hour, content), chart=chart, outcome=kind)
                store.record(one_fetch)
                old = act == "fail" and payloads is not None and hour < payloads
                if not old and (limit is None or hour >= limit):
                    young.add(content)
        limits = Limits(
            *(None if number is None else at(number) for number in (payloads, failed, refused))
        )
        before, planned = facts(), would_prune(store, limits)
        assert prune(store, limits) == planned
        assert would_prune(store, limits) == Pruning(0, 0, 0, 0, planned.leaned_on)
    assert facts() == before
    assert young <= bodies()
    assert rows(PAYLOADS)[0][0] == len(bodies())
