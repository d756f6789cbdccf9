"""The copies of a web archive in a merge: addresses, what became of them, the index's answers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tests.support.archived import (
    APPS,
    CHATGPT,
    DB,
    DEEPSEEK,
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
from tracker.model import Snapshot
from tracker.store import Store

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
