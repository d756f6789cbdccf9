"""Dated notes for plots: events outside the charts, each with its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracker.model import Chart, iso
from tracker.store.reading import Reader
from tracker.store.stored import stored_chart, stored_time
from tracker.store.writing import Store

_SELECT = """SELECT events.id, happened_at, title, events.source, store_id, slug
             FROM events LEFT JOIN apps ON apps.id = events.app
             LEFT JOIN charts ON charts.id = events.chart"""


@dataclass(frozen=True, slots=True)
class StoredNote:
    """A note by its row id; of every app or chart where ``app_id`` or ``chart`` is None."""

    number: int
    happened_at: datetime
    title: str
    source: str | None
    app_id: str | None
    chart: Chart | None

    def to_json(self) -> dict[str, Any]:
        """The note as plain values."""
        return {
            "number": self.number,
            "happened_at": iso(self.happened_at),
            "title": self.title,
            "app_id": self.app_id,
            "chart": str(self.chart) if self.chart else None,
            "source": self.source,
        }


def notes(reader: Reader) -> list[StoredNote]:
    """Every note, by time."""
    return _notes_of(reader.rows(f"{_SELECT} ORDER BY happened_at, events.id"))


def notes_for(reader: Reader, chart: Chart, app_ids: Sequence[str]) -> list[StoredNote]:
    """The notes that a plot of these apps on CHART concerns, by time."""
    marks = ",".join("?" * len(app_ids))
    sql = f"""{_SELECT} WHERE (events.chart ISNULL OR slug = ?)
              AND (events.app ISNULL OR store_id IN ({marks}))
              ORDER BY happened_at, events.id"""
    return _notes_of(reader.rows(sql, chart.slug, *app_ids))


def note_at(reader: Reader, at: datetime, title: str) -> StoredNote | None:
    """The note of that instant and title."""
    sql = f"{_SELECT} WHERE happened_at = ? AND title = ?"
    notes = _notes_of(reader.rows(sql, iso(at), title))
    return notes[0] if notes else None


def remove_note(store: Store, number: int) -> bool:
    """Delete the note with that row id; False where there is none."""
    with store.transaction():
        return bool(store.db.execute("DELETE FROM events WHERE id = ?", [number]).rowcount)


def _notes_of(rows: list[Any]) -> list[StoredNote]:
    return [
        StoredNote(
            number, stored_time(time), title, source, app_id, stored_chart(slug) if slug else None
        )
        for number, time, title, source, app_id, slug in rows
    ]
