"""What an archive's index lists and the result of each copy: the tables of ``backfill``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tracker.model import Chart, Fetch, iso
from tracker.store.reading import PLAYBACK, Reader, readable
from tracker.store.stored import stored_time
from tracker.store.writing import Store


class State(StrEnum):
    """What became of a copy."""

    PLANNED = "planned"  # listed, and not asked for yet
    STORED = "stored"  # it has a snapshot
    SAME = "same"  # another copy of an observation that is stored
    REFUSED = "refused"  # a copy came and is not a whole chart; its payload is stored
    UNPLAYABLE = "unplayable"  # the archive lists it and does not play it back
    ARCHIVED_ERROR = "archived-error"  # the copy is of a redirect or an error of the store


@dataclass(frozen=True, slots=True)
class Capture:
    """A copy as the index lists it. ``family`` is the form of its address; ``digest`` the SHA-1 of
    its bytes in base32. ``number`` is its row id, None for one that is not stored.
    """

    archive: str
    original: str
    captured_at: datetime
    digest: str
    family: str
    chart: Chart
    state: State = State.PLANNED
    reason: str | None = None
    attempts: int = 0
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A question to the index: how far it was answered, and when the answer ended."""

    resume_key: str | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many copies of one chart and family, captured on DAY, are in STATE, and why."""

    chart: Chart
    family: str
    day: str
    state: State
    reason: str | None
    copies: int


_COPIES = """SELECT archive, original, captured_at, digest, family, slug, state, reason, attempts,
                    captures.id
             FROM captures JOIN charts ON charts.id = chart"""

_RELEASED = "state = 'stored', snapshot = ?, reason = 'first refused: ' || reason"


def query_of(reader: Reader, text: str) -> Query:
    """The question TEXT; one without an answer where it was not put yet."""
    row = reader.row("SELECT resume_key, finished_at FROM capture_queries WHERE query = ?", text)
    if row is None:
        return Query(None, None)
    return Query(row[0], stored_time(row[1]) if row[1] else None)


def note_query(store: Store, text: str, query: Query) -> None:
    """Store how far the question TEXT is answered. Call it within a transaction."""
    store.db.execute(
        "INSERT INTO capture_queries (query, resume_key, finished_at) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET resume_key = excluded.resume_key,"
        " finished_at = excluded.finished_at",
        [text, query.resume_key, iso(query.finished_at) if query.finished_at else None],
    )


def add(store: Store, capture: Capture) -> bool:
    """Plan a copy; False where it is there already. Call it within a transaction."""
    added = store.db.execute(
        "INSERT INTO captures (archive, original, captured_at, digest, family, chart, state)"
        " VALUES (?, ?, ?, ?, ?, ?, 'planned') ON CONFLICT DO NOTHING",
        [
            capture.archive, capture.original, iso(capture.captured_at), capture.digest,
            capture.family, store.chart_id(capture.chart),
        ],
    )  # fmt: skip
    return bool(added.rowcount)


def remove_planned(store: Store, capture: Capture) -> None:
    """Take a copy that was never asked for off the plan. Call it within a transaction."""
    store.db.execute(
        "DELETE FROM captures WHERE id = ? AND state = 'planned' AND attempts = 0",
        [capture.number],
    )


def between(
    reader: Reader, archive: str, chart: Chart, family: str, first: datetime, last: datetime
) -> list[Capture]:
    """The copies of CHART in FAMILY that were captured from FIRST to LAST."""
    return _captures(
        reader,
        "WHERE archive = ? AND slug = ? AND family = ? AND captured_at BETWEEN ? AND ?",
        archive, chart.slug, family, iso(first), iso(last),
    )  # fmt: skip


def planned(reader: Reader, archive: str, charts: Sequence[Chart] = ()) -> list[Capture]:
    """The copies to ask for, of CHARTS or of all, in order of time."""
    return _captures(
        reader,
        "WHERE archive = ? AND state = 'planned'"
        " AND (? OR slug IN (SELECT value FROM json_each(?)))",
        archive, not charts, json.dumps([chart.slug for chart in charts]),
    )  # fmt: skip


def twin_of(reader: Reader, capture: Capture) -> Capture | None:
    """The latest copy before CAPTURE with the same bytes that is stored, or equals a stored one."""
    twins = _captures(
        reader,
        "WHERE archive = ? AND slug = ? AND family = ? AND digest = ? AND captured_at < ?"
        " AND state IN ('stored', 'same')",
        capture.archive, capture.chart.slug, capture.family, capture.digest,
        iso(capture.captured_at),
    )  # fmt: skip
    return twins[-1] if twins else None


def _captures(reader: Reader, where: str, *parameters: object) -> list[Capture]:
    rows = reader.rows(f"{_COPIES} {where} ORDER BY captured_at, original, digest", *parameters)
    return [
        Capture(archive, original, stored_time(at), digest, family, chart, State(state), *more)
        for archive, original, at, digest, family, slug, state, *more in rows
        if (chart := readable(slug))
    ]


def settle(
    store: Store,
    capture: Capture,
    state: State,
    reason: str | None,
    *,
    sha256: str | None = None,
    snapshot: int | None = None,
    attempted: bool = True,
) -> None:
    """Store what became of a copy; SHA256 is that of its payload. Call it within a transaction."""
    store.db.execute(
        "UPDATE captures SET state = ?, reason = ?, attempts = attempts + ?, snapshot = ?,"
        " payload = (SELECT id FROM payloads WHERE sha256 = ?) WHERE id = ?",
        [state, reason, attempted, snapshot, sha256, capture.number],
    )


def record_attempt(store: Store, capture: Capture, reason: str, fetch: Fetch) -> None:
    """Store an attempt that settled nothing: the copy stays planned. One transaction."""
    with store.transaction():
        store.record(fetch)
        settle(store, capture, State.PLANNED, reason)


def released(store: Store, url: str, snapshot: int) -> None:
    """Note that the refused copy at URL has a snapshot now. Call it within a transaction."""
    sql = f"UPDATE captures SET {_RELEASED} WHERE state = 'refused' AND {PLAYBACK} = ?"  # noqa: S608 - constants only
    store.db.execute(sql, [snapshot, url])


def counts(reader: Reader) -> list[Count]:
    """Every copy that was ever listed, counted by chart, family, day, state and reason."""
    rows = reader.rows(
        "SELECT slug, family, substr(captured_at, 1, 10) AS day, state, reason, count(*)"
        " FROM captures JOIN charts ON charts.id = chart"
        " GROUP BY slug, family, day, state, reason ORDER BY slug, family, day, state, reason"
    )
    return [
        Count(chart, family, day, State(state), reason, copies)
        for slug, family, day, state, reason, copies in rows
        if (chart := readable(slug))
    ]


def unfinished(reader: Reader) -> list[str]:
    """The questions to the index whose answer did not end."""
    sql = "SELECT query FROM capture_queries WHERE finished_at IS NULL ORDER BY query"
    return [text for (text,) in reader.rows(sql)]


def by_state(counted: Iterable[Count]) -> Mapping[State, int]:
    """How many copies are in each state."""
    totals = dict.fromkeys(State, 0)
    for count in counted:
        totals[count.state] += count.copies
    return totals
