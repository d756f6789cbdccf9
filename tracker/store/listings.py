"""Whole charts: every entry of a snapshot, and which apps were in a chart before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from tracker.model import App, iso
from tracker.store.moments import Place
from tracker.store.reading import Reader

_ENTRIES = """
    SELECT rank, store_id, coalesce(name, store_id) FROM entries JOIN apps ON apps.id = entries.app
    WHERE snapshot = ? ORDER BY rank"""
# Searched from the app's own entries: an app that has just come into a chart has few of them.
_BEFORE = """
    SELECT store_id FROM apps
    WHERE store_id IN (SELECT value FROM json_each(?1)) AND EXISTS (
        SELECT 1 FROM entries JOIN snapshots ON snapshots.id = entries.snapshot
        WHERE entries.app = apps.id AND source = ?3 AND observed_at < ?4
          AND chart = (SELECT id FROM charts WHERE slug = ?2)
          AND provenance IN (SELECT value FROM json_each(?5)))"""


def entries_of(reader: Reader, snapshot: int) -> list[tuple[int, App]]:
    """The rank and app of every entry of the snapshot with that row id, by rank."""
    return [(rank, App(app_id, name)) for rank, app_id, name in reader._rows(_ENTRIES, snapshot)]


def stayed_before(
    reader: Reader, place: Place, app_ids: Sequence[str], before: datetime
) -> list[str]:
    """Those of APP_IDS that a snapshot of PLACE older than BEFORE has."""
    kinds = json.dumps(place.provenances)
    chart, source = place.chart.slug, place.source
    rows = reader._rows(_BEFORE, json.dumps(app_ids), chart, source, iso(before), kinds)
    return [app_id for (app_id,) in rows]
