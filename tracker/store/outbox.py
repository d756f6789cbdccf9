"""The outbox: alerts as they were raised, and their delivery to each target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.model import Chart, iso
from tracker.store.reading import Reader
from tracker.store.stored import stored_chart, stored_time
from tracker.store.writing import Store


@dataclass(frozen=True, slots=True)
class QueuedAlert:
    """An alert to be sent. ``event`` is its id in every database; ``facts`` are JSON.

    ``raised_at`` is when the snapshot that caused it was observed.
    """

    event: str
    rule: str
    chart: Chart
    source: str
    raised_at: datetime
    title: str
    text: str
    facts: str
    picture: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """The delivery of an alert to one target. ``error`` is why the last of ``attempts`` failed.

    ``next_at`` is when it may be tried again, ``message`` the id of the message that carried it.
    """

    alert: QueuedAlert
    target: str
    attempts: int
    next_at: datetime | None
    error: str | None
    message: str | None
    delivered_at: datetime | None

    @property
    def state(self) -> str:
        if self.delivered_at:
            return "delivered"
        return "failed" if self.attempts else "pending"


def put(store: Store, alert: QueuedAlert, targets: Iterable[str]) -> bool:
    """Keep LETTER for TARGETS; False, and nothing is done, where its event was raised before."""
    row = [
        alert.event, alert.rule, alert.source, iso(alert.raised_at), alert.title,
        alert.text, alert.facts, alert.picture,
    ]  # fmt: skip
    with store.transaction():
        done = store.db.execute(
            "INSERT INTO alerts (chart, event, rule, source, raised_at, title, text, facts,"
            " picture) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event) DO NOTHING",
            [store.chart_id(alert.chart), *row],
        )
        if not done.rowcount:
            return False
        store.db.conn.executemany(
            "INSERT INTO deliveries (alert, target, attempts) VALUES (?, ?, 0)",
            [(done.lastrowid, target) for target in dict.fromkeys(targets)],
        )
    return True


_DELIVERIES = """SELECT event, rule, slug, alerts.source, raised_at, title, text, facts, picture,
                 target, attempts, next_at, error, message, delivered_at
                 FROM deliveries JOIN alerts ON alerts.id = alert
                 JOIN charts ON charts.id = chart"""


def waiting(reader: Reader, target: str) -> list[Delivery]:
    """The alerts not yet delivered to TARGET, oldest first."""
    sql = f"{_DELIVERIES} WHERE target = ? AND delivered_at IS NULL ORDER BY alert"
    return [_delivery(row) for row in reader.rows(sql, target)]


def listed(reader: Reader, most: int) -> list[Delivery]:
    """All waiting deliveries and the newest done ones, MOST at most; newest first."""
    sql = f"{_DELIVERIES} ORDER BY delivered_at IS NOT NULL, alert DESC, target LIMIT ?"
    return [_delivery(row) for row in reader.rows(sql, most)]


def undelivered(reader: Reader) -> dict[str, int]:
    """How many wait, by target."""
    sql = "SELECT target, count(*) FROM deliveries WHERE delivered_at IS NULL GROUP BY target"
    return dict(reader.rows(sql))


def unsent(reader: Reader) -> int:
    """How many alerts were raised while there was no target."""
    sql = "SELECT count(*) FROM alerts WHERE id NOT IN (SELECT alert FROM deliveries)"
    return int(reader.row(sql)[0])


def redirect(store: Store, old: str, new: str) -> int:
    """Redirect deliveries from target OLD to NEW, each alert once; how many waited."""
    with store.transaction():
        many = undelivered(store).get(old, 0)
        store.db.execute(
            "UPDATE OR IGNORE deliveries SET target = ?, attempts = 0, next_at = NULL, error = NULL"
            " WHERE target = ? AND delivered_at IS NULL",
            [new, old],
        )
        # What is left is there for the new one already.
        store.db.execute("DELETE FROM deliveries WHERE target = ? AND delivered_at IS NULL", [old])
    return many


def mark_delivered(
    store: Store, deliveries: Sequence[Delivery], message: str, at: datetime
) -> None:
    """Mark DELIVERIES as delivered AT a time, in MESSAGE."""
    with store.transaction():
        store.db.conn.executemany(
            "UPDATE deliveries SET delivered_at = ?, message = ?, attempts = attempts + 1,"
            " next_at = NULL, error = NULL WHERE target = ?"
            " AND alert = (SELECT id FROM alerts WHERE event = ?)",
            [(iso(at), message, delivery.target, delivery.alert.event) for delivery in deliveries],
        )


def mark_failed(
    store: Store, deliveries: Sequence[Delivery], error: str, next_at: datetime
) -> None:
    """Mark DELIVERIES as failed with ERROR; the next attempt is at NEXT_AT."""
    with store.transaction():
        store.db.conn.executemany(
            "UPDATE deliveries SET attempts = attempts + 1, error = ?, next_at = ?"
            " WHERE target = ? AND alert = (SELECT id FROM alerts WHERE event = ?)",
            [
                (error, iso(next_at), delivery.target, delivery.alert.event)
                for delivery in deliveries
            ],
        )


def _delivery(row: Sequence[object]) -> Delivery:
    event, rule, slug, source, raised_at, title, text, facts, picture, *way = map(_text, row)
    target, attempts, next_at, error, message, delivered_at = way
    alert = QueuedAlert(
        event, rule, stored_chart(slug), source, stored_time(raised_at), title, text, facts,
        picture == "1",
    )  # fmt: skip
    return Delivery(
        alert, target, int(attempts), stored_time(next_at) if next_at else None, error or None,
        message or None, stored_time(delivered_at) if delivered_at else None,
    )  # fmt: skip


def _text(value: object) -> str:
    return "" if value is None else str(value)
