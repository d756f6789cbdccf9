"""Archived charts beside recorded ones: apart, ignored by status and alerts, provable, prunable."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.archived import (
    APPS,
    CHATGPT,
    DB,
    DEEPSEEK,
    NOW,
    archive_of,
    at,
    kept,
    planned,
    ran,
    ranks,
    rows,
    states,
)
from tests.support.shop import apptrack
from tracker.loopback.archive import LoopbackArchive
from tracker.loopback.server import Answer
from tracker.model import Fetch, Outcome, Payload, Provenance, Snapshot
from tracker.reparse import reparse
from tracker.sources.archived import Copy
from tracker.store import Reader, Store
from tracker.store.captures import Capture, State, add, settle
from tracker.store.captures import planned as waiting
from tracker.store.prune import Limits, prune
from tracker.verify import verify


@pytest.fixture
def both() -> None:
    """ChatGPT leads in what is recorded; DeepSeek passes it in what is archived."""
    with archive_of(
        LoopbackArchive([kept(0, CHATGPT, DEEPSEEK), *(kept(h, DEEPSEEK, CHATGPT) for h in (5, 9))])
    ) as base:
        planned(base)
        ran(base)
    with Store(DB) as store:
        for hour in range(4):
            store.save(Snapshot(APPS, "apple-rss", at(hour), ranks(CHATGPT, DEEPSEEK)))


def test_a_question_is_answered_from_what_is_recorded_unless_a_source_is_named(both: None) -> None:
    ask = ("overtakes", DEEPSEEK, CHATGPT, "--json", "--db", DB)
    recorded = apptrack(*ask)
    assert json.loads(recorded.stdout) == []
    assert "also there: archived-apple-rss (choose with --source)" in recorded.stderr
    (citation,) = json.loads(apptrack(*ask, "--source", "archived-apple-rss").stdout)
    assert (citation["source"], citation["provenance_after"]) == ("archived-apple-rss", "archived")


def test_of_two_forms_of_copies_the_one_with_more_snapshots_answers() -> None:
    pages = [kept(hour, DEEPSEEK, str(hour + 1), family="web-charts") for hour in range(3)]
    with archive_of(LoopbackArchive([kept(0, CHATGPT, DEEPSEEK), *pages])) as base:
        planned(base)
        ran(base)
    done = apptrack("stats", DEEPSEEK, "--json", "--db", DB)
    assert '"archived-web-charts"' in done.stdout
    assert "series from archived-web-charts; also there: archived-apple-rss" in done.stderr


def test_no_series_has_both(both: None) -> None:
    with Reader(DB) as reader:
        for source, many in (("apple-rss", 4), ("archived-apple-rss", 3)):
            timeline, _ = reader.timeline(APPS, source)
            assert len(timeline.times) == many
            assert len(set(timeline.provenances)) == 1


def test_status_ignores_copies(both: None) -> None:
    document = json.loads(apptrack("status", "--json", "--db", DB).stdout)
    foreign = document.pop("foreign_charts")
    assert "archived" not in json.dumps(document)
    assert "2025-01-24T15:00:00Z" in json.dumps(document), "the newest that was recorded"
    assert [(row["provenance"], row["newest"]) for row in foreign] == [
        ("archived", "2025-01-24T20:59:20Z")
    ]


def test_archived_ranks_are_observations_and_reported_ones_are_not() -> None:
    assert Provenance.ARCHIVED.observed
    assert not Provenance.REPORTED.observed


def refused_copy() -> None:
    """A copy that an old parser refused though its payload is whole."""
    copy = kept(0, CHATGPT, DEEPSEEK)
    address = Copy("https://archive.example", copy.captured_at, copy.original)
    payload = Payload(APPS, "archived-apple-rss", address.url, NOW, copy.body)
    capture = Capture(
        address.archive, copy.original, copy.captured_at, copy.digest, "apple-rss", APPS
    )
    fetch = Fetch(
        APPS, "archived-apple-rss", address.url, NOW, 0.2, Outcome.REFUSED, 200, "not understood",
        payload,
    )  # fmt: skip
    with Store(DB) as store, store.transaction():
        add(store, capture)
        (stored,) = waiting(store, address.archive)
        store.record(fetch)
        settle(store, stored, State.REFUSED, "not understood", sha256=payload.sha256)


def test_a_refused_copy_that_is_understood_now_is_archived_and_raises_no_alert() -> None:
    refused_copy()
    heard: list[Snapshot] = []
    with Store(DB) as store:
        (reread,) = reparse(store, on_saved=heard.append)
    assert reread.depth == 20
    assert rows("SELECT source, provenance, observed_at FROM snapshots") == [
        ("archived-apple-rss", "archived", "2025-01-24T11:59:20Z")
    ]
    assert states() == [("stored", "first refused: not understood")]
    assert rows("SELECT snapshot FROM captures") == [(1,)]
    with Reader(DB) as reader:
        assert verify(reader).proved == 1


def test_a_rule_about_the_chart_raises_no_alert_for_a_copy() -> None:
    refused_copy()
    rule = '[{rule = "number-one", charts = ["us/iphone/top-free/apps"], confirm = 1}]'
    done = apptrack(
        "reparse", "--db", DB, APPTRACK_ALERTS=rule,
        APPTRACK_DELIVERY_WEBHOOK="http://127.0.0.1:9/hook",
    )  # fmt: skip
    assert done.stdout.endswith("1 snapshots stored, 0 still rejected\n")
    assert rows("SELECT count(*) FROM alerts") == [(0,)]


def test_the_response_of_a_refused_copy_can_be_dropped() -> None:
    refused_copy()
    with Store(DB) as store:
        assert prune(store, Limits(refused=NOW + timedelta(days=1))).payloads == 1
    assert rows("SELECT state, payload FROM captures") == [("refused", None)]
    assert rows("PRAGMA foreign_key_check") == []


def test_a_stored_time_that_its_copy_does_not_say_is_found(both: None) -> None:
    with Store(DB) as store, store.transaction():
        store.db.execute("UPDATE snapshots SET observed_at = '2025-01-24T11:00:00Z' WHERE id = 1")
    with Reader(DB) as reader:
        (finding, *_) = verify(reader).findings
    assert "its payload says 2025-01-24T11:59:20Z" in finding.what


def test_the_archives_own_error_page_leaves_no_payload() -> None:
    page = replace(kept(0, CHATGPT), status=200)
    archive = LoopbackArchive([page], plays={page.timestamp: Answer(404, b"<html>")})
    with archive_of(archive) as base:
        planned(base)
        ran(base)
    assert rows("SELECT count(*) FROM payloads") == [(0,)]
