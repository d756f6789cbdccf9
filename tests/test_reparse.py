"""What a parser refused and a fixed one understands becomes the snapshot it always was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.shop import CHART, GENRE_CHART, HASTY, Shop, body, pointed, ranked
from tests.support.stored import at, change, dump
from tracker.cli import main
from tracker.collect import Report, collect
from tracker.errors import ParseError
from tracker.fetch import Fetcher
from tracker.loopback.server import Answer, LoopbackStore
from tracker.model import Chart, Fetch, Outcome, Payload, Provenance, Snapshot, iso
from tracker.reparse import reparse
from tracker.sources import SOURCES
from tracker.store import Reader, Store
from tracker.store.payloads import refused_fetches
from tracker.verify import verify

DB = Path("apptrack.db")
FEED = body(CHART, ranked(1, 2, 3))


def refused(
    hour: float, body: bytes = FEED, chart: Chart = CHART, source: str = "apple-rss", **more: object
) -> Fetch:
    """A fetch that an old parser refused though its payload is whole."""
    url = SOURCES[source].url(chart, "http://127.0.0.1")
    payload = Payload(chart, source, url, at(hour), body)
    fetch = Fetch(
        chart, source, url, at(hour), 0.25, Outcome.REFUSED, 200, "not understood", payload
    )
    return replace(fetch, **more)  # type: ignore[arg-type]


def run(*args: object) -> Result:
    return CliRunner().invoke(main, ["reparse", "--db", str(DB), *map(str, args)])


def rows(sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(DB)) as connection:
        return connection.execute(sql).fetchall()


FETCHES = "SELECT outcome, error, snapshot, payload FROM fetches ORDER BY id"


def test_a_payload_that_parses_now_becomes_its_snapshot_at_its_time() -> None:
    with Store(DB) as store:
        store.record(refused(5))
    result = run()
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        f"{CHART} apple-rss 2026-01-01T05:00:00Z  3 entries",
        "1 snapshots stored, 0 still rejected",
    ]
    assert rows(FETCHES) == [("saved", "first refused: not understood", 1, 1)]
    with Reader(DB) as reader:
        stored = reader.snapshot(1)
        assert (stored.observed_at, stored.provenance) == (at(5), Provenance.RECORDED)
        assert [entry.app_id for entry in stored.entries] == ["1", "2", "3"]
        payload = reader.payload_of(1)
        assert payload is not None
        assert payload.body == FEED
        assert (verify(reader).proved, verify(reader).findings) == (1, ())


def test_twice_is_as_good_as_once() -> None:
    with Store(DB) as store:
        store.record(refused(6))
        store.record(refused(5))
    lines = run().stdout.splitlines()
    assert [line.split()[2][11:13] for line in lines[:2]] == ["05", "06"], "in order of time"
    once = dump(DB)
    assert run().stdout == "0 snapshots stored, 0 still rejected\n"
    assert dump(DB) == once
    assert len(rows("SELECT * FROM snapshots")) == 2, (
        "the same bytes at two times are two snapshots"
    )


def test_a_dry_run_reports_the_same_and_changes_nothing() -> None:
    with Store(DB) as store:
        store.record(refused(5))
        store.record(refused(6, b"{}"))
    before = dump(DB)
    dry = run("--dry-run")
    assert dry.stdout.splitlines()[-1] == "1 snapshots would be stored, 1 still rejected"
    assert dump(DB) == before
    assert dry.stdout == run().stdout.replace("snapshots stored", "snapshots would be stored")


def test_what_is_still_refused_is_counted_by_reason() -> None:
    with Store(DB) as store:
        for hour in range(3):
            store.record(refused(hour, b"<html>%d" % hour))
        store.record(refused(4, body(GENRE_CHART, ranked(1), "itunes-rss")))
        store.record(refused(5))
        store.record(refused(6, source="apple-rss"))
    change(DB, "UPDATE fetches SET source = 'gone-rss' WHERE id = 6")
    before = rows(FETCHES)
    result = run()
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "1 snapshots stored, 5 still rejected"
    lines = result.stderr.splitlines()
    assert lines[0].startswith("still rejected, 3: ")
    assert "still rejected, 1: no parser for 'gone-rss' here" in lines
    assert [row for row in rows(FETCHES) if row[0] == "refused"] == before[:4] + before[5:]


def test_only_what_is_asked_for_is_read() -> None:
    with Store(DB) as store:
        store.record(refused(1))
        other = body(GENRE_CHART, ranked(4), "itunes-rss")
        store.record(refused(2, other, GENRE_CHART, "itunes-rss"))
    assert "0 snapshots" in run("--chart", GENRE_CHART, "--source", "apple-rss").stdout
    assert "1 snapshots" in run("--chart", GENRE_CHART).stdout
    assert "0 snapshots" in run("--source", "itunes-rss").stdout
    assert "1 snapshots" in run("--source", "apple-rss").stdout


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.RETRIED])
def test_an_error_page_is_never_read_as_a_chart(outcome: Outcome) -> None:
    with Store(DB) as store:
        store.record(refused(1, outcome=outcome, status=503))
        assert refused_fetches(store) == []
        assert reparse(store) == ()


def test_other_ranks_at_that_instant_stay_and_the_answer_is_refused_still() -> None:
    with Store(DB) as store:
        store.save(Snapshot(CHART, "apple-rss", at(5), ranked(9)))
        store.record(refused(5))
    before = dump(DB)
    result = run()
    assert result.exit_code == 0
    assert "is stored already with other ranks" in result.stderr
    assert dump(DB) == before


def test_the_same_snapshot_known_from_elsewhere_is_linked() -> None:
    with Store(DB) as store:
        store.save(Snapshot(CHART, "apple-rss", at(5), ranked(1, 2, 3)))
        store.record(refused(5))
    run()
    assert rows(FETCHES) == [("known", "first refused: not understood", 1, 1)]
    assert rows("SELECT count(*) FROM snapshots") == [(1,)]


def test_what_a_play_brought_is_no_recording_afterwards() -> None:
    with Store(DB) as store:
        played = Snapshot(
            CHART, "apple-rss", at(4), ranked(3, 2, 1), provenance=Provenance.RECONSTRUCTED
        )
        receipt = Payload(CHART, "apple-rss", "http://127.0.0.1/", at(4), b"played")
        done = Fetch(CHART, "apple-rss", receipt.url, at(4), 0.1, payload=receipt)
        store.save(played, fetch=done, payload=receipt)
        store.record(refused(5))
    run()
    assert rows("SELECT DISTINCT provenance FROM snapshots") == [("reconstructed",)]


@pytest.mark.parametrize(
    ("began", "seconds", "arrived"),
    [(0.0, 0.2, 0), (0.0, 0.6, 1), (0.0, 3.4, 3), (0.0, 3.6, 4), (0.0, 0.0, 0)],
)
def test_the_time_is_the_likeliest_second_in_which_the_bytes_had_come(
    began: float, seconds: float, arrived: int
) -> None:
    with Store(DB) as store:
        store.record(refused(began, seconds=seconds))
        (refused_fetch,) = refused_fetches(store)
    assert refused_fetch.arrived_at == at(0) + timedelta(seconds=arrived)


def test_a_damaged_payload_is_reported_and_costs_only_itself() -> None:
    with Store(DB) as store:
        store.record(refused(1, body(CHART, ranked(4))))
        store.record(refused(2))
    change(DB, "UPDATE payloads SET frame = x'00' WHERE id = 1")
    result = run()
    assert "is damaged" in result.stderr
    assert result.stdout.splitlines()[-1] == "1 snapshots stored, 1 still rejected"


def test_a_missing_database_is_an_error_and_none_is_made() -> None:
    result = run()
    assert (result.exit_code, DB.exists()) == (1, False)
    assert "there is no database" in result.stderr


# A page that changes, and a parser that is fixed


class Passes:
    """Passes from a loopback store, an hour apart."""

    def __init__(self, shop: Shop, base: str) -> None:
        self.shop, self.base = shop, base
        self.now = datetime(2026, 8, 17, 4, tzinfo=UTC)

    def __call__(self, answer: Answer) -> Report:
        self.now += timedelta(hours=1)
        self.shop.charts[CHART] = answer
        with Store(DB) as store, Fetcher(HASTY, clock=lambda: self.now) as fetcher:
            return collect([CHART], settings=pointed(self.base), store=store, fetcher=fetcher)


def test_a_page_that_changed_is_stored_until_the_parser_is_fixed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = SOURCES["apple-rss"]

    def strict(payload: Payload) -> Snapshot:
        if b"Filler 9" in payload.body:
            raise ParseError("apple-rss: a shape that is not known")
        return real.parse(payload)

    shop = Shop({})
    feeds = [body(CHART, ranked(*ids)) for ids in ((1, 2, 3), (9, 1, 2), (1, 9, 2), (2, 1, 3))]
    with LoopbackStore(shop) as served:
        one_pass = Passes(shop, served.base)
        with monkeypatch.context() as old:
            old.setitem(SOURCES, "apple-rss", replace(real, parse=strict))
            reports = [one_pass(Answer(body=feed)) for feed in feeds]
            one_pass(Answer(body=b"<html>broken</html>"))
            one_pass(Answer(503, b"busy"))
            assert [report.failed for report in reports] == [0, 1, 1, 0]
            assert run().stdout == "0 snapshots stored, 3 still rejected\n", "with the old parser"
        result = run()
    assert result.stdout.splitlines()[-1] == "2 snapshots stored, 1 still rejected"
    with Reader(DB) as reader:
        snapshots = [reader.snapshot(number) for number in reader.snapshot_ids()]
        assert verify(reader).proved == 4
        assert verify(reader).findings == ()
    # As if no page had ever changed: each at the time the collector would have given it.
    assert [(iso(snapshot.observed_at), snapshot.entries[0].app_id) for snapshot in snapshots] == [
        ("2026-08-17T05:00:00Z", "1"),
        ("2026-08-17T06:00:00Z", "9"),
        ("2026-08-17T07:00:00Z", "1"),
        ("2026-08-17T08:00:00Z", "2"),
    ]
    assert [row[0] for row in rows(FETCHES)] == [
        "saved", "saved", "saved", "saved", "refused", "failed",
    ]  # fmt: skip
