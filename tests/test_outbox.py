"""The outbox: written with the snapshot or not at all, emptied at least once, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.alerting import RULES, A, B, crowned, rule
from tests.support.records import CHART, Record, at, records
from tests.support.shop import Shop, pointed, ranked
from tests.support.stored import stored
from tracker.alerts.delivery import Message, Target, batches, deliver
from tracker.alerts.evaluation import AlertWriter, confirmed, view
from tracker.alerts.rules import judged
from tracker.alerts.transitions import Verdict
from tracker.collect import Report, collect
from tracker.errors import FetchError, StoreError
from tracker.fetch import Fetcher
from tracker.loopback.server import LoopbackStore
from tracker.model import Entry, Fetch, Outcome, Provenance, Snapshot
from tracker.settings import DeliverySettings, Rule
from tracker.store import Store
from tracker.store.outbox import (
    Delivery,
    QueuedAlert,
    listed,
    mark_failed,
    put,
    undelivered,
    waiting,
)

SOURCES = ("apple-rss", "itunes-rss", "web-charts")
DELIVERY = DeliverySettings(digest_over=3, digest_after=timedelta(hours=6))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "apptrack.db") as store:
        yield store


def snapshot(hour: int, *app_ids: str, source: str = "apple-rss") -> Snapshot:
    return Snapshot(CHART, source, at(hour), ranked(*app_ids))


def queued(number: int, hour: int = 0) -> QueuedAlert:
    return QueuedAlert(f"event-{number}", "peak", CHART, "apple-rss", at(hour), f"Title {number}",
                  "Text", f'{{"id": "event-{number}", "apps": []}}', False)  # fmt: skip


def watch(store: Store, *rules: Rule, targets: tuple[str, ...] = ("one",)) -> AlertWriter:
    return AlertWriter(store, rules, SOURCES, targets)


def save(store: Store, watch: AlertWriter, snapshot: Snapshot) -> None:
    with store.transaction():
        store.save(snapshot)
        watch(snapshot)


def events(store: Store) -> list[str]:
    return [event for (event,) in store.db.execute("SELECT event FROM alerts ORDER BY id")]


# Raised with the snapshot


def whole(record: Record, hour: int) -> Snapshot:
    """A snapshot of a record as a snapshot, with fillers where none of its apps stands."""
    depth, ranks = record[hour]
    apps = {rank: str(number) for number, rank in enumerate(ranks, 1) if rank is not None}
    return Snapshot(
        CHART, "apple-rss", at(hour),
        tuple(Entry(rank, apps.get(rank, f"9{rank}")) for rank in range(1, depth + 1)),
    )  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(records(2).filter(bool).map(crowned), st.sampled_from(sorted(RULES)))
def test_a_rehearsal_over_a_database_reports_what_was_raised_with_each_snapshot(
    record: Record, name: str
) -> None:
    with TemporaryDirectory() as folder, Store(Path(folder) / "x.db") as store:
        watching, rule = watch(store, RULES[name]), RULES[name]
        for hour in sorted(record):
            save(store, watching, whole(record, hour))
        every = view(store, rule, CHART, "apple-rss")
        alerts = [alert for alert, verdict in judged(rule, every) if verdict is Verdict.SENT]
        assert events(store) == [alert.id for alert in alerts]
        for alert in alerts:
            assert alert in confirmed(store, rule, CHART, "apple-rss", alert.confirmed_at)


def test_an_alert_that_cannot_be_stored_costs_the_snapshot_too(store: Store) -> None:
    """They are one transaction: without its alert a snapshot is not stored, and comes again."""
    store.db.execute(
        "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.deliveries"
        " BEGIN SELECT RAISE(ABORT, 'refused'); END"
    )
    watching = watch(store, rule("overtake", app=A, over=B, confirm=1))
    save(store, watching, snapshot(0, "2", "1"))
    with pytest.raises(StoreError):
        save(store, watching, snapshot(1, "1", "2"))
    assert (len(stored(store)), events(store)) == (1, [])
    store.db.execute("DROP TRIGGER temp.refuse")
    save(store, watching, snapshot(1, "1", "2"))
    assert len(events(store)) == 1


def test_a_bug_in_a_rule_costs_the_alert_and_not_the_ranks(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    broken = rule("top", app=A, top=4, confirm=0)  # no such rule comes out of the settings
    save(store, watch(store, broken), snapshot(0, "1"))
    save(store, watch(store, replace(broken, what="nonsense")), snapshot(1, "1"))  # type: ignore[arg-type]
    assert len(stored(store)) == 2
    assert any("were not computed, by a bug" in line for line in caplog.messages)


def test_a_second_sources_snapshots_are_no_second_alert(store: Store) -> None:
    watching = watch(store, rule("overtake", app=A, over=B, confirm=1))
    for source in ("apple-rss", "web-charts"):
        save(store, watching, snapshot(0, "2", "1", source=source))
        save(store, watching, snapshot(1, "1", "2", source=source))
    assert events(store) == ["apple-rss:us/iphone/top-free/apps@2026-08-17T01:00:00Z,1,2"]


def test_an_event_is_stored_once(store: Store) -> None:
    assert put(store, queued(1), ["one", "two", "one"])
    assert not put(store, replace(queued(1), title="Other"), ["three"])
    assert undelivered(store) == {"one": 1, "two": 1}
    assert [delivery.alert.title for delivery in waiting(store, "one")] == ["Title 1"]


def test_an_app_known_by_its_id_alone_is_named_as_the_store_names_it(store: Store) -> None:
    watching = watch(store, rule("number-one", confirm=1))
    save(store, watching, snapshot(0, "2", "1"))
    save(store, watching, snapshot(1, "1", "2"))
    ((title,),) = store.db.execute("SELECT title FROM alerts").fetchall()
    assert title.startswith("Filler 1 is new at number one")


def test_a_collected_chart_raises_its_alert_and_a_known_one_none(tmp_path: Path) -> None:
    shop = Shop({CHART: ranked("2", "1")})
    with LoopbackStore(shop) as base, Store(tmp_path / "x.db") as store:
        settings, tested = pointed(base.base), rule("overtake", app=A, over=B, confirm=1)

        def collected(hour: int) -> Report:
            with Fetcher(settings.fetch, clock=lambda: at(hour)) as fetcher:
                return collect(
                    [CHART],
                    settings=settings,
                    store=store,
                    fetcher=fetcher,
                    on_saved=watch(store, tested),
                )

        collected(0)
        shop.charts[CHART] = ranked("1", "2")
        for hour in (1, 1, 2):
            assert collected(hour).whole
        assert len(events(store)) == 1
        facts = json.loads(waiting(store, "one")[0].alert.facts)
        assert facts["provenances"] == [Provenance.RECORDED]


def test_a_stale_chart_is_reported_once_for_each_time_it_is(store: Store) -> None:
    watching = watch(store, rule("stale", after=timedelta(hours=2)))
    watching.write_stale([CHART], at(0))
    assert events(store) == []
    store.save(snapshot(0, "1"))
    for hour in (1, 2, 3, 4):
        watching.write_stale([CHART], at(hour))
    watching.write_stale([], at(4))
    store.save(snapshot(5, "1"))
    watching.write_stale([CHART], at(6))
    watching.write_stale([CHART], at(8))
    assert [event.partition("@")[2] for event in events(store)] == [
        "2026-08-17T00:00:00Z;stale-7200s", "2026-08-17T05:00:00Z;stale-7200s",
    ]  # fmt: skip


def test_that_a_chart_is_observed_again_is_reported_with_the_snapshot_that_ends_it(
    store: Store,
) -> None:
    watching = watch(store, rule("stale", after=timedelta(hours=2)))
    save(store, watching, snapshot(0, "1"))
    save(store, watching, snapshot(2, "1"))
    store.save(replace(snapshot(4, "1"), provenance=Provenance.IMPORTED))
    assert events(store) == []
    watching.write_stale([CHART], at(5))
    save(store, watching, snapshot(6, "1"))
    save(store, watching, snapshot(7, "1"))
    assert [event.partition("@")[2] for event in events(store)] == [
        "2026-08-17T02:00:00Z;stale-7200s", "2026-08-17T06:00:00Z;again-7200s",
    ]  # fmt: skip


def test_a_chart_that_failed_from_the_first_is_observed_at_last(store: Store) -> None:
    failed = Fetch(CHART, "apple-rss", "http://127.0.0.1", at(0), 1.0, Outcome.FAILED, error="no")
    store.record(failed)
    save(store, watch(store, rule("stale", after=timedelta(hours=2))), snapshot(3, "1"))
    assert [event.partition("@")[2] for event in events(store)] == [
        "2026-08-17T03:00:00Z;again-7200s"
    ]


# Sent from it


class Faulty:
    """A target that fails so often, and keeps what reaches it."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.got: list[Message] = []

    def __call__(self, message: Message) -> None:
        if self.failures:
            self.failures -= 1
            raise FetchError("HTTP 503 Service Unavailable")
        self.got.append(message)


def send(store: Store, hour: float, **targets: Faulty) -> bool:
    reached = [Target(name, each) for name, each in targets.items()]
    when = at(0) + timedelta(hours=hour)
    return deliver(store, reached, DELIVERY, clock=lambda: when)


def test_what_fails_is_tried_again_after_ever_longer_waits(store: Store) -> None:
    put(store, queued(1), ["one", "two"])
    first, two = Faulty(3), Faulty()
    assert not send(store, 0, one=first, two=two)
    assert (len(two.got), first.failures) == (1, 2)
    (pending,) = waiting(store, "one")
    assert (pending.state, pending.error) == ("failed", "HTTP 503 Service Unavailable")
    for minutes, left in ((0.9, 2), (1, 1), (2.9, 1), (3, 0), (6.9, 0)):
        assert not send(store, minutes / 60, one=first, two=two)
        assert first.failures == left
        assert not first.got
    assert send(store, 7 / 60, one=first, two=two)
    assert [message.id for message in first.got] == ["event-1"]
    assert len(two.got) == 1
    assert send(store, 9, one=first, two=two)
    assert len(first.got) == 1


def test_the_longest_wait_is_waited_to_its_end(store: Store) -> None:
    """Exactly an hour: what is due later than that can only be a clock that was set back."""
    put(store, queued(1), ["one"])
    mark_failed(store, waiting(store, "one"), "HTTP 503 Service Unavailable", at(1))
    faulty = Faulty()
    assert not send(store, 0, one=faulty)
    assert send(store, 1, one=faulty)
    assert len(faulty.got) == 1


def test_a_clock_set_back_puts_no_try_off_for_long(store: Store) -> None:
    put(store, queued(1), ["one"])
    faulty = Faulty(1)
    assert not send(store, 1000, one=faulty)
    assert send(store, 0, one=faulty)


def test_after_a_long_outage_there_is_one_digest(store: Store) -> None:
    for number in range(4):
        put(store, queued(number), ["one"])
    faulty = Faulty()
    assert send(store, 0, one=faulty)
    (message,) = faulty.got
    assert message.kind == "digest"
    assert message.title == "apptrack: 4 alerts since 2026-08-17T00:00:00Z"
    assert message.text.startswith("In one message, because more than 3 were waiting:\n2026-08-17T")
    assert [dict(fact)["id"] for fact in message.facts] == [f"event-{n}" for n in range(4)]  # type: ignore[call-overload]
    assert {delivery.message for delivery in listed(store, 9)} == {message.id}


def test_two_that_waited_long_are_a_digest_and_one_is_not(store: Store) -> None:
    faulty = Faulty()
    put(store, queued(1), ["one"])
    assert send(store, 7, one=faulty)
    for number in (2, 3):
        put(store, queued(number), ["one"])
    assert send(store, 7, one=faulty)
    assert [message.kind for message in faulty.got] == ["alert", "digest"]
    assert "because the oldest had waited longer than 6 h" in faulty.got[1].text


def test_few_and_fresh_go_one_by_one_in_order(store: Store) -> None:
    faulty = Faulty()
    for number in (1, 2, 3):
        put(store, queued(number), ["one"])
    assert send(store, 6, one=faulty)
    assert [message.id for message in faulty.got] == ["event-1", "event-2", "event-3"]


@given(st.lists(st.integers(0, 100), max_size=1200), st.integers(1, 9))
def test_every_letter_is_in_one_batch_in_order(hours: list[int], over: int) -> None:
    pending = [
        Delivery(queued(number, hour), "one", 0, None, None, None, None)
        for number, hour in enumerate(hours)
    ]
    pairs = batches(pending, at(100), over, timedelta(hours=6))
    assert [delivery for batch, _ in pairs for delivery in batch] == pending
    assert len(pairs) <= max(over, 3)


def test_a_digest_lists_some_and_counts_the_rest(store: Store) -> None:
    for number in range(30):
        put(store, queued(number), ["one"])
    faulty = Faulty()
    send(store, 0, one=faulty)
    assert len(faulty.got[0].text.splitlines()) == 22
    assert faulty.got[0].text.endswith("and 10 more: apptrack alerts outbox")
    assert len(faulty.got[0].facts) == 30


def test_each_line_of_a_digest_names_interval_ranks_chart_and_coverage(store: Store) -> None:
    watching = watch(store, rule("overtake", app=A, over=B), rule("top", app=A, top=1),
                     rule("number-one"), rule("peak", app=A))  # fmt: skip
    for hour, ids in enumerate([("2", "1"), ("2", "1"), ("1", "2"), ("1", "2")]):
        save(store, watching, snapshot(hour, *ids))
    faulty = Faulty()
    assert send(store, 4, one=faulty)
    (message,) = faulty.got
    assert message.text.splitlines()[1] == (
        "2026-08-17T03:00:00Z  A passed B · App Store, United States · iPhone · top free · "
        "apps, games not included: after 2026-08-17T01:00:00Z and by 2026-08-17T02:00:00Z; "
        "A 2→1; B 1→2; 4 snapshots, at most 1 h apart, coverage 100%"
    )


def test_a_picture_that_may_be_what_is_refused_is_left_out_of_the_fourth_try(store: Store) -> None:
    put(store, replace(queued(1), picture=True), ["one"])
    seen: list[bytes | None] = []

    def picky(message: Message) -> None:
        seen.append(message.picture)
        if message.picture:
            raise FetchError("HTTP 413 Content Too Large")

    for hour in range(4):
        deliver(
            store, [Target("one", picky)], DELIVERY, picture=lambda item: b"png",
            clock=lambda hour=hour: at(hour),  # type: ignore[misc]
        )  # fmt: skip
    assert seen == [b"png", b"png", b"png", None]
    assert undelivered(store) == {}


def test_the_outbox_lists_what_waits_before_what_arrived(store: Store) -> None:
    for number in (1, 2, 3):
        put(store, queued(number), ["one"])
        if number == 2:
            send(store, 0, one=Faulty())
    assert [(delivery.alert.event, delivery.state) for delivery in listed(store, 2)] == [
        ("event-3", "pending"), ("event-2", "delivered"),
    ]  # fmt: skip
    assert listed(store, 2)[1].delivered_at == datetime(2026, 8, 17, tzinfo=UTC)
