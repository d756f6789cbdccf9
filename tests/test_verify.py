"""Every stored row is proved from the stored response; any row that differs is named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.shop import CHART, HASTY, PUBLISHED, Shop, pointed, ranked
from tracker.collect import collect
from tracker.fetch import Fetcher
from tracker.loopback.server import Answer, LoopbackStore
from tracker.store import Reader, Store
from tracker.verify import Checked, verify

DB = Path("apptrack.db")


@pytest.fixture
def collected() -> None:
    """Three snapshots and a refused fetch, each with its receipt."""
    shop = Shop({})
    now = datetime(2026, 8, 17, 4, tzinfo=UTC)
    with (
        LoopbackStore(shop) as served,
        Store(DB) as store,
        Fetcher(HASTY, clock=lambda: now) as fetcher,
    ):
        for hour, ids in enumerate(((1, 2, 3), (1, 3, 2), (), (3, 1, 2))):
            now = datetime(2026, 8, 17, 4, tzinfo=UTC) + timedelta(hours=hour)
            shop.charts[CHART] = ranked(*ids) if ids else Answer(body=b"{}")
            collect([CHART], settings=pointed(served.base), store=store, fetcher=fetcher)


def checked() -> Checked:
    with Reader(DB) as reader:
        return verify(reader)


def findings_after(*statements: str) -> list[str]:
    with closing(sqlite3.connect(DB)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return [f"{finding.where}: {finding.what}" for finding in checked().findings]


def test_what_was_collected_is_proved(collected: None) -> None:
    assert checked() == Checked(proved=3, without_payload=0, payloads=4, findings=())


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE entries SET app = (SELECT id FROM apps WHERE store_id = '9') "
            "WHERE snapshot = 1 AND rank = 2",
            "us/iphone/top-free/apps 2026-08-17T04:00:00Z apple-rss: "
            "rank 2 is stored as 9, its payload says 2",
        ),
        (
            "DELETE FROM entries WHERE snapshot = 2 AND rank = 3",
            "its ranks end at 2 and its depth says 3",
        ),
        ("DELETE FROM entries WHERE snapshot = 2 AND rank = 2", "rank 3 where 2 belongs"),
        ("DELETE FROM entries WHERE snapshot = 2", "no entries"),
        ("UPDATE snapshots SET published_at = NULL WHERE id = 1", f"its payload says {PUBLISHED}"),
        ("UPDATE snapshots SET source = 'itunes-rss' WHERE id = 1", "refused now: itunes-rss"),
        ("UPDATE snapshots SET source = 'elsewhere' WHERE id = 1", "no parser for 'elsewhere'"),
        ("UPDATE snapshots SET provenance = 'dreamt' WHERE id = 1", "cannot be true"),
        ("UPDATE snapshots SET observed_at = 'noon' WHERE id = 1", "Invalid time 'noon'"),
        ("UPDATE snapshots SET payload = 99 WHERE id = 1", "payload 99 is missing"),
        ("UPDATE snapshots SET payload = 3 WHERE id = 1", "refused now"),
        ("UPDATE payloads SET frame = x'00' WHERE id = 3", "payload 3: stored payload"),
        ("UPDATE payloads SET frame = x'00' WHERE id = 1", "is damaged"),
        ("UPDATE payloads SET sha256 = 'f00' WHERE id = 1", "another SHA-256"),
        ("UPDATE entries SET app = 99 WHERE rank = 1", "leads to no row of apps"),
    ],
)
def test_any_row_that_differs_is_named(collected: None, statement: str, words: str) -> None:
    findings = findings_after(
        "INSERT INTO apps (store, store_id) VALUES ('app-store', '9')", statement
    )
    assert any(words in finding for finding in findings), findings


def test_a_snapshot_without_payload_is_counted_not_proved(collected: None) -> None:
    assert findings_after("UPDATE snapshots SET payload = NULL WHERE id = 1") == []
    assert (checked().proved, checked().without_payload) == (2, 1)
