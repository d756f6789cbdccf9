"""Small snapshots for tests of the database, and what a whole file holds, to be compared."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tracker.model import Chart, Entry, Fetch, Outcome, Payload, Snapshot
from tracker.store import Reader

CHART = Chart.parse("us/iphone/top-free/apps")
OTHER_CHART = Chart.parse("jp/iphone/top-free/apps")
SOURCE = "apple-rss"
URL = "http://127.0.0.1/chart.json"
START = datetime(2026, 1, 1, tzinfo=UTC)
MARK = "PRAGMA application_id"


def at(hour: float) -> datetime:
    """That many hours after the start of 2026."""
    return START + timedelta(hours=hour)


def entries(app_ids: Iterable[object], names: Mapping[str, str] | None = None) -> tuple[Entry, ...]:
    """Entries in the order given, named ``Filler 7`` where NAMES says nothing else."""
    names = names or {}
    return tuple(
        Entry(rank, app_id, names.get(app_id, f"Filler {app_id}"), "Filler Works")
        for rank, app_id in enumerate(map(str, app_ids), 1)
    )


def snapshot(hour: float = 0, app_ids: Iterable[object] = (1, 2, 3), **changes: Any) -> Snapshot:
    """A snapshot of CHART from SOURCE, that many hours after START."""
    return replace(Snapshot(CHART, SOURCE, at(hour), entries(app_ids)), **changes)


def receipt(of: Snapshot, body: bytes = b"a payload", **changes: Any) -> dict[str, Any]:
    """The fetch and the payload that brought a snapshot, as ``Store.save`` takes them."""
    payload = Payload(of.chart, of.source, URL, of.observed_at, body)
    fetch = Fetch(of.chart, of.source, URL, of.observed_at, 0.25, status=200, payload=payload)
    return {"fetch": replace(fetch, **changes), "payload": payload}


def failure(hour: float = 0, body: bytes | None = None) -> Fetch:
    """A refused fetch with a body, or a failed one without."""
    fetch = Fetch(CHART, SOURCE, URL, at(hour), 1.5, Outcome.FAILED, error="no answer")
    if body is None:
        return fetch
    payload = Payload(CHART, SOURCE, URL, at(hour), body)
    return replace(fetch, outcome=Outcome.REFUSED, status=200, error="not JSON", payload=payload)


def stored(reader: Reader) -> list[Snapshot]:
    """Every snapshot of an open database."""
    return [reader.snapshot(number) for number in reader.snapshot_ids()]


def dump(path: Path) -> list[str]:
    """Everything a file holds, as SQL: its mark, its schema and its rows."""
    with closing(sqlite3.connect(path)) as connection:
        return [f"{MARK} = {connection.execute(MARK).fetchone()[0]};", *connection.iterdump()]


def change(path: Path, *statements: str) -> None:
    """Run statements on a file behind the program's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
