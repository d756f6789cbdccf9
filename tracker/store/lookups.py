"""Apps without a name: which to look up, and the names that the store returned."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tracker.model import Chart, iso
from tracker.store.reading import Reader
from tracker.store.writing import Store

#: An app that was looked up in a storefront is not looked up there again for so long.
AGAIN = timedelta(days=7)

_UNNAMED = """
    SELECT store_id FROM entries CROSS JOIN apps ON apps.id = entries.app
    WHERE snapshot = (
        SELECT id FROM snapshots
        WHERE chart = (SELECT id FROM charts WHERE slug = ?1) AND source = ?2
        ORDER BY observed_at DESC LIMIT 1)
    AND apps.name IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM lookups
        WHERE lookups.app = apps.id AND lookups.storefront = ?3 AND asked_at > ?4)
    ORDER BY rank"""
_ASKED = """
    INSERT INTO lookups (app, storefront, asked_at)
    SELECT id, ?2, ?3 FROM apps WHERE store_id IN (SELECT value FROM json_each(?1))
    ON CONFLICT DO UPDATE SET asked_at = excluded.asked_at"""
_NAMED = """
    UPDATE apps SET name = ?2, developer = ?3, storefront = ?4, named_at = ?5
    WHERE store_id = ?1 AND name IS NULL"""
_STORED = """
    INSERT INTO names (app, storefront, name, developer, first_at, last_at)
    SELECT id, ?4, ?2, coalesce(?3, ''), ?5, ?5 FROM apps WHERE store_id = ?1
    ON CONFLICT DO UPDATE SET last_at = max(last_at, excluded.last_at)"""


def unnamed(reader: Reader, chart: Chart, source: str, now: datetime) -> list[str]:
    """The ids of the apps without a name in the newest snapshot of CHART from SOURCE, by rank.

    Those that were looked up in its storefront within ``AGAIN`` of NOW are left out.
    """
    since = iso(now - AGAIN)
    rows = reader.rows(_UNNAMED, chart.slug, source, chart.storefront, since)
    return [app_id for (app_id,) in rows]


def store_found(
    store: Store,
    storefront: str,
    at: datetime,
    asked: Sequence[str],
    names: Iterable[tuple[str, str, str | None]],
) -> int:
    """Store the NAMES (app id, name, developer) that STOREFRONT gave AT a time; return how many.

    ASKED are all ids that were looked up: those without an answer are noted as asked, and a name
    of any other app is not stored.
    """
    time, wanted = iso(at), set(asked)
    rows = [(*name, storefront, time) for name in names if name[0] in wanted]
    with store.transaction():
        store.db.execute(_ASKED, [json.dumps(list(asked)), storefront, time])
        store.db.conn.executemany(_NAMED, rows)
        store.db.conn.executemany(_STORED, rows)
    return len(rows)
