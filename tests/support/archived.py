"""A loopback archive filled with charts, and a backfill that reads it within this process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from tests.support.shop import HASTY
from tracker.backfill.index import Per
from tracker.backfill.plan import Planned, plan, wish_of
from tracker.backfill.run import Ran, run
from tracker.fetch import Archive
from tracker.loopback.archive import LoopbackArchive, StoredCopy, copy_of
from tracker.loopback.server import LoopbackStore
from tracker.model import Chart, Entry
from tracker.settings import BackfillSettings
from tracker.store import Store

DB = Path("apptrack.db")
APPS = Chart.parse("us/iphone/top-free/apps")
ALL = Chart.parse("us/iphone/top-free/all")
START = datetime(2025, 1, 24, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 29, tzinfo=UTC)
QUICK = BackfillSettings(index_per_minute=0, copies_per_minute=0, pause=0.01, retry_wait=0.01)
DEEPSEEK, CHATGPT = "6737597349", "6448311069"


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def ranks(*first: str, depth: int = 20) -> tuple[Entry, ...]:
    """A chart of DEPTH apps that begins with the app ids FIRST; the rest are fillers."""
    ids = [*first, *(str(900_000_000 + number) for number in range(depth))][:depth]
    return tuple(
        Entry(rank, app_id, f"Filler {app_id}", "Filler Works")
        for rank, app_id in enumerate(ids, 1)
    )


def kept(hours: float, *first: str, family: str = "apple-rss", chart: Chart = APPS) -> StoredCopy:
    """A copy made so many hours after the start."""
    depth = 100 if family == "itunes-page" else 20
    return copy_of(family, chart, ranks(*first, depth=depth), at(hours))


@contextmanager
def archive_of(loopback: LoopbackArchive) -> Iterator[str]:
    """The address of a loopback archive."""
    with LoopbackStore(loopback) as served:
        yield served.base


def planned(
    base: str,
    charts: Sequence[Chart] = (APPS,),
    families: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    per: str = Per.HOUR,
    manners: BackfillSettings = QUICK,
    again: bool = False,
) -> Planned:
    wish = wish_of(base, charts, families, since or at(-24), until or at(24 * 6), Per(per))
    with Store(DB) as store, Archive(HASTY, manners, clock=lambda: NOW) as archive:
        plan(wish, done := Planned(), store=store, archive=archive, now=NOW, again=again)
        return done


def ran(
    base: str,
    *,
    most: int = 300,
    manners: BackfillSettings = QUICK,
    now: datetime = NOW,
    stop: Event | None = None,
    **fetch: float,
) -> Ran:
    settings = replace(HASTY, **fetch)  # type: ignore[arg-type]
    with Store(DB) as store, Archive(settings, manners, clock=lambda: now, stop=stop) as archive:
        return run(store, archive, base, most=most, now=lambda: now)


def rows(sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(DB)) as connection:
        return connection.execute(sql).fetchall()


def states() -> list[tuple[object, ...]]:
    """The state and reason of each copy, in order of time."""
    return rows("SELECT state, reason FROM captures ORDER BY captured_at, original, digest")


def everything(archive: str) -> list[tuple[object, ...]]:
    """What the database holds, by what is the same in every database; ARCHIVE's port left out."""
    return rows(
        f"""SELECT 'capture', replace(archive, '{archive}', ''), original, captured_at, digest,
                   family, slug, state, reason, attempts, snapshots.observed_at, sha256
            FROM captures JOIN charts ON charts.id = captures.chart
            LEFT JOIN snapshots ON snapshots.id = snapshot
            LEFT JOIN payloads ON payloads.id = captures.payload
            UNION ALL
            SELECT 'entry', snapshots.source, provenance, observed_at, published_at, rank, store_id,
                   name, depth, sha256, NULL, NULL
            FROM entries JOIN snapshots ON snapshots.id = snapshot JOIN apps ON apps.id = app
            JOIN payloads ON payloads.id = payload
            UNION ALL
            SELECT 'fetch', source, replace(url, '{archive}', ''), outcome, status, error, NULL,
                   NULL, NULL, NULL, NULL, NULL FROM fetches
            ORDER BY 1, 2, 3, 4, 5, 6, 7"""
    )
