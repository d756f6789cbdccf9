"""One pass: fetch, keep the payload, parse, save; one chart's failure is never another's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.shop import CHART, GENRE_CHART, Shop, body, pointed, ranked
from tracker.collect import Report, Result, collect, plan
from tracker.errors import UnknownName
from tracker.fetch import Fetcher, Wanted
from tracker.loopback.server import Answer, LoopbackStore
from tracker.model import Chart, Fetch, Outcome, Payload, Provenance, Snapshot
from tracker.settings import Settings
from tracker.sources import SOURCES
from tracker.store import Store


class Pass:
    """A store of apps, a database, and a clock that goes on by an hour with each pass."""

    def __init__(self, shop: Shop, base: str) -> None:
        self.shop = shop
        self.settings: Settings = pointed(base)
        self.now = datetime(2026, 8, 17, 4, tzinfo=UTC)
        self.told: list[Result] = []

    def __call__(self, *charts: Chart, provenance: Provenance = Provenance.RECORDED) -> Report:
        self.now += timedelta(hours=1)
        with (
            Store(self.settings.db) as store,
            Fetcher(self.settings.fetch, clock=lambda: self.now) as fetcher,
        ):
            return collect(
                charts or (CHART,), settings=self.settings, store=store, fetcher=fetcher,
                provenance=provenance, on_result=self.told.append,
            )  # fmt: skip

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with Store(self.settings.db) as store:
            return list(store.db.execute(sql).fetchall())


@pytest.fixture
def one_pass() -> Iterator[Pass]:
    shop = Shop({CHART: ranked(1, 2, 3), GENRE_CHART: ranked(2, 3)})
    with LoopbackStore(shop) as store:
        yield Pass(shop, store.base)


def test_a_pass_stores_each_chart_with_its_fetch_and_receipt(one_pass: Pass) -> None:
    report = one_pass(CHART, GENRE_CHART)
    assert report.whole
    assert {
        (str(result.chart), result.source, result.outcome, result.depth)
        for result in report.results
    } == {
        ("us/iphone/top-free/apps", "apple-rss", Outcome.SAVED, 3),
        ("us/iphone/top-free/productivity", "itunes-rss", Outcome.SAVED, 2),
    }
    assert one_pass.rows(
        "SELECT slug, fetches.outcome, status, depth, provenance, payloads.size > 100"
        " FROM fetches JOIN snapshots ON snapshots.id = fetches.snapshot"
        " JOIN charts ON charts.id = fetches.chart"
        " JOIN payloads ON payloads.id = fetches.payload AND payloads.id = snapshots.payload"
        " ORDER BY slug"
    ) == [
        ("us/iphone/top-free/apps", "saved", 200, 3, "recorded", 1),
        ("us/iphone/top-free/productivity", "saved", 200, 2, "recorded", 1),
    ]


@pytest.mark.parametrize(
    ("answer", "outcome", "message"),
    [
        (Answer(404, b"gone"), "failed", "HTTP 404"),
        (Answer(503, b"busy"), "failed", "HTTP 503"),
        (Answer(body=b"<html>no</html>", content_type="text/html"), "refused", "HTML"),
        (Answer(body=b""), "refused", "empty"),
        (Answer(body=body(CHART, ranked(1, 2))[:-40]), "refused", "apple-rss"),
    ],
)
def test_a_failure_is_noted_with_its_payload_and_never_a_rank(
    one_pass: Pass, answer: Answer, outcome: str, message: str
) -> None:
    one_pass.shop.charts[CHART] = answer
    report = one_pass(CHART, GENRE_CHART)
    assert not report.whole
    assert report.failed == 1
    (failed,) = (result for result in report.results if result.failed)
    assert failed.chart == CHART
    assert message in (failed.error or "")
    assert failed.depth is None
    assert one_pass.rows("SELECT slug FROM snapshots JOIN charts ON charts.id = chart") == [
        (str(GENRE_CHART),)
    ]
    ((noted, error, size),) = one_pass.rows(
        "SELECT outcome, error, size FROM fetches LEFT JOIN payloads ON payloads.id = payload"
        " WHERE snapshot IS NULL"
    )
    assert noted == outcome
    assert message in str(error)
    assert size == (len(answer.body) or None) or answer.body == b""


def test_every_attempt_is_stored_and_reported(one_pass: Pass) -> None:
    one_pass.settings = replace(
        one_pass.settings, fetch=replace(one_pass.settings.fetch, retries=2)
    )
    one_pass.shop.charts[CHART] = Answer(503, b"busy")
    report = one_pass()
    assert [result.outcome for result in one_pass.told] == ["retried", "retried", "failed"]
    assert [result.outcome for result in report.results] == ["failed"]
    assert one_pass.rows("SELECT outcome FROM fetches ORDER BY id") == [
        ("retried",), ("retried",), ("failed",),
    ]  # fmt: skip


def test_the_same_bytes_later_are_another_snapshot_with_one_receipt(one_pass: Pass) -> None:
    assert one_pass().whole
    assert one_pass().whole
    assert one_pass.rows("SELECT count(*), count(DISTINCT payload) FROM snapshots") == [(2, 1)]


def test_the_same_instant_again_is_known(one_pass: Pass) -> None:
    one_pass()
    one_pass.now -= timedelta(hours=1)
    report = one_pass()
    assert report.whole
    assert [result.outcome for result in report.results] == [Outcome.KNOWN]
    assert one_pass.rows("SELECT count(*) FROM snapshots") == [(1,)]


def test_other_ranks_at_the_same_instant_are_refused_and_stored_as_payload(one_pass: Pass) -> None:
    one_pass()
    one_pass.now -= timedelta(hours=1)
    one_pass.shop.charts[CHART] = ranked(3, 2, 1)
    report = one_pass()
    assert [result.outcome for result in report.results] == [Outcome.REFUSED]
    assert one_pass.rows("SELECT count(*) FROM snapshots") == [(1,)]
    assert one_pass.rows("SELECT count(*) FROM payloads") == [(2,)]


def test_a_chart_that_the_store_vouches_for_is_observed_again(one_pass: Pass) -> None:
    feed = body(CHART, ranked(1, 2, 3))
    one_pass.shop.charts[CHART] = Answer(body=feed, headers={"ETag": '"a"'})
    assert one_pass().whole
    one_pass.shop.charts[CHART] = Answer(304, headers={"ETag": '"a"'}, content_type=None)
    for _ in range(2):
        report = one_pass()
        assert [(result.outcome, result.depth) for result in report.results] == [
            (Outcome.UNCHANGED, 3)
        ]
    assert one_pass.rows("SELECT observed_at, payload FROM snapshots ORDER BY observed_at") == [
        (f"2026-08-17T0{hour}:00:00Z", 1) for hour in (5, 6, 7)
    ]
    assert one_pass.rows("SELECT outcome, status FROM fetches ORDER BY id") == [
        ("saved", 200), ("unchanged", 304), ("unchanged", 304),
    ]  # fmt: skip


def test_a_refused_answer_is_never_vouched_for(one_pass: Pass) -> None:
    one_pass.shop.charts[CHART] = Answer(body=b"{}", headers={"ETag": '"bad"'})
    one_pass()
    with Store(one_pass.settings.db) as store:
        (wanted,) = plan([CHART], settings=one_pass.settings, store=store)
    assert wanted.etag is None
    one_pass.shop.charts[CHART] = Answer(304, content_type=None)
    assert [result.outcome for result in one_pass().results] == [Outcome.FAILED]


def test_the_provenance_is_the_callers(one_pass: Pass) -> None:
    one_pass(provenance=Provenance.RECONSTRUCTED)
    assert one_pass.rows("SELECT provenance FROM snapshots") == [("reconstructed",)]


def test_a_full_disk_fails_its_chart_in_words_and_keeps_the_rest(one_pass: Pass) -> None:
    one_pass.shop.charts = {chart: ranked(*range(1, 101)) for chart in (CHART, GENRE_CHART)}
    with Store(one_pass.settings.db) as store:
        store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = store.db.execute("PRAGMA page_count").fetchone()[0]
        store.db.execute(f"PRAGMA max_page_count = {pages}")
        with Fetcher(one_pass.settings.fetch, clock=lambda: one_pass.now) as fetcher:
            report = collect(
                [CHART, GENRE_CHART], settings=one_pass.settings, store=store, fetcher=fetcher
            )
    assert report.failed == 2
    assert all("free some space" in (result.error or "") for result in report.results)
    assert one_pass.rows("SELECT count(*) FROM fetches") == [(0,)]
    assert one_pass().whole


class Together(Fetcher):
    """The responses, as a reader gets them who was busy all the while: in one list."""

    def fetch_together(self, wanted: Iterable[Wanted]) -> Generator[list[Fetch], None, None]:
        yield [fetch for fetches in super().fetch_together(wanted) for fetch in fetches]


MANY = [Chart.parse(f"{storefront}/iphone/top-free/apps") for storefront in ("us", "jp", "de")]


def collect_together(one_pass: Pass, store: Store, on_result: Callable[[Result], None]) -> Report:
    with Together(one_pass.settings.fetch, clock=lambda: one_pass.now) as fetcher:
        return collect(
            MANY,
            settings=one_pass.settings,
            store=store,
            fetcher=fetcher,
            on_result=on_result,
        )


def test_responses_of_one_time_are_one_transaction_and_reported_after_it(one_pass: Pass) -> None:
    one_pass.shop.charts = {chart: ranked(1, 2) for chart in MANY}
    said: list[str] = []
    stored: list[object] = []
    with Store(one_pass.settings.db) as store:
        store.db.conn.set_trace_callback(said.append)
        count = "SELECT count(*) FROM snapshots"
        report = collect_together(
            one_pass, store, on_result=lambda result: stored.extend(one_pass.rows(count))
        )
    assert report.whole
    assert said.count("COMMIT") == 1
    assert stored == [(3,), (3,), (3,)]


@pytest.mark.parametrize("answer", [Answer(body=b"{}"), Answer(404, b"no such chart")])
def test_one_of_those_that_came_together_never_costs_another(
    one_pass: Pass, answer: Answer
) -> None:
    one_pass.shop.charts = {MANY[0]: ranked(1, 2), MANY[1]: answer, MANY[2]: ranked(2, 1)}
    with Store(one_pass.settings.db) as store:
        report = collect_together(one_pass, store, one_pass.told.append)
    assert [result.chart for result in report.results if result.failed] == [MANY[1]]
    assert one_pass.told == list(report.results)
    sql = "SELECT slug, outcome FROM fetches JOIN charts ON charts.id = chart ORDER BY fetches.id"
    assert one_pass.rows(sql) == [(result.chart.slug, result.outcome) for result in report.results]
    assert one_pass.rows("SELECT count(*) FROM snapshots") == [(2,)]


def test_a_full_disk_takes_back_only_what_had_no_room(one_pass: Pass) -> None:
    one_pass.shop.charts = {
        chart: ranked(*range(100 * number, 100 * number + 100))
        for number, chart in enumerate(MANY, 1)
    }
    with Store(one_pass.settings.db) as store:
        store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = store.db.execute("PRAGMA page_count").fetchone()[0]
        store.db.execute(f"PRAGMA max_page_count = {pages + 6}")
        report = collect_together(one_pass, store, one_pass.told.append)
    stored = [result.chart.slug for result in report.results if not result.failed]
    assert 0 < len(stored) < 3
    assert one_pass.rows("SELECT slug FROM snapshots JOIN charts ON charts.id = chart") == [
        (slug,) for slug in stored
    ]


def broken(snapshot: Snapshot) -> None:
    if snapshot.chart == MANY[1]:
        raise TypeError("a bug\x1b[31m\n" + "x" * 1000)


@pytest.mark.parametrize("fetcher", [Fetcher, Together])
@pytest.mark.parametrize("place", ["parse", "save"])
def test_a_bug_with_one_chart_is_that_charts_and_keeps_its_payload(
    one_pass: Pass, fetcher: type[Fetcher], place: str,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    one_pass.shop.charts = {chart: ranked(1, 2) for chart in MANY}
    source = SOURCES["apple-rss"]

    def parse(payload: Payload) -> Snapshot:
        snapshot = source.parse(payload)
        broken(snapshot)
        return snapshot

    if place == "parse":
        monkeypatch.setitem(SOURCES, "apple-rss", replace(source, parse=parse))
    with (
        Store(one_pass.settings.db) as store,
        fetcher(one_pass.settings.fetch, clock=lambda: one_pass.now) as fetching,
    ):
        report = collect(
            MANY, settings=one_pass.settings, store=store, fetcher=fetching,
            on_saved=broken if place == "save" else lambda snapshot: None,
        )  # fmt: skip
    assert {result.chart: result.outcome for result in report.results} == {
        MANY[0]: Outcome.SAVED, MANY[1]: Outcome.REFUSED, MANY[2]: Outcome.SAVED,
    }  # fmt: skip
    sql = "SELECT outcome, error, payload NOTNULL FROM fetches WHERE snapshot IS NULL"
    ((outcome, error, kept),) = one_pass.rows(sql)
    assert (outcome, kept) == ("refused", 1)
    assert str(error).startswith("unexpected TypeError: a bug?[31m xxx")
    assert str(error).isprintable()
    assert len(str(error)) == 200
    (logged,) = [record for record in caplog.records if record.exc_info]
    assert str(MANY[1]) in logged.getMessage()


def test_a_bug_within_an_attempt_is_noted_as_its_failure(
    one_pass: Pass, caplog: pytest.LogCaptureFixture
) -> None:
    """Hosts that cannot be compared are no part of what a store can do."""

    class Trapped(frozenset[str]):
        def __or__(self, other: object) -> NoReturn:
            raise RuntimeError("deep within")

    with (
        Store(one_pass.settings.db) as store,
        Fetcher(one_pass.settings.fetch, clock=lambda: one_pass.now) as fetcher,
    ):
        wanted = plan([CHART], settings=one_pass.settings, store=store)
        (fetch,) = fetcher.fetch(replace(wanted[0], hosts=Trapped()))
    assert (fetch.outcome, fetch.error) == (Outcome.FAILED, "unexpected RuntimeError: deep within")
    assert any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_program_ends_the_pass(one_pass: Pass, error: type[BaseException]) -> None:
    def end(snapshot: Snapshot) -> None:
        raise error

    with (
        Store(one_pass.settings.db) as store,
        Fetcher(one_pass.settings.fetch, clock=lambda: one_pass.now) as fetcher,
        pytest.raises(error),
    ):
        collect([CHART], settings=one_pass.settings, store=store, fetcher=fetcher, on_saved=end)
    assert one_pass.rows("SELECT count(*) FROM snapshots") == [(0,)]


def test_a_stopped_pass_says_that_it_is_not_whole(one_pass: Pass) -> None:
    stop = threading.Event()
    stop.set()
    with (
        Store(one_pass.settings.db) as store,
        Fetcher(one_pass.settings.fetch, clock=lambda: one_pass.now, stop=stop) as fetcher,
    ):
        report = collect([CHART], settings=one_pass.settings, store=store, fetcher=fetcher)
    assert (report.asked, report.results, report.whole) == (1, (), False)
    assert one_pass.shop.asked == []


def test_a_chart_no_source_carries_is_misuse(one_pass: Pass) -> None:
    with pytest.raises(UnknownName, match="no source in use"):
        one_pass(Chart.parse("us/mac/top-grossing/all"))
    assert not Path("apptrack.db").exists() or one_pass.rows("SELECT * FROM fetches") == []


def test_settings_choose_the_source(one_pass: Pass) -> None:
    one_pass.settings = replace(one_pass.settings, sources=("web-charts",))
    one_pass.shop.sources = {GENRE_CHART: "web-charts"}
    report = one_pass(GENRE_CHART)
    assert [(result.source, result.depth) for result in report.results] == [("web-charts", 2)]
