"""Rules, rehearsals and deliveries of alerts, in cells and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.alerts.messages import rule_words
from tracker.model import iso
from tracker.settings import Rule, What
from tracker.words import charts_words

if TYPE_CHECKING:
    from tracker.store.outbox import Delivery


def rule_json(rule: Rule) -> dict[str, Any]:
    """A rule as it is understood."""
    return {
        "rule": rule_words(rule),
        "what": rule.what.value,
        "charts": [str(chart) for chart in rule.charts],
        "confirm": None if rule.what is What.STALE else rule.confirm,
        "picture": rule.picture,
    }


def rule_cells(rule: Rule) -> tuple[str, ...]:
    """A rule, its charts, how many snapshots confirm it, whether it has a picture."""
    confirm = "" if rule.what is What.STALE else str(rule.confirm)
    return rule_words(rule), charts_words(rule.charts), confirm, "yes" if rule.picture else ""


#: The columns of ``delivery_json``.
DELIVERY_COLUMNS = (
    "id", "rule", "chart", "source", "raised_at", "title", "target", "state", "attempts", "error",
    "next_at", "message", "delivered_at",
)  # fmt: skip


def delivery_cells(delivery: Delivery) -> tuple[str, ...]:
    note = delivery.error or ""
    if delivery.next_at and delivery.state == "failed":
        note += f"; again from {iso(delivery.next_at)}"
    if delivery.delivered_at:
        note = f"at {iso(delivery.delivered_at)}" + (
            f", in {delivery.message}" if delivery.message != delivery.alert.event else ""
        )
    return (
        iso(delivery.alert.raised_at),
        delivery.state,
        delivery.target,
        str(delivery.attempts),
        delivery.alert.title,
        note,
    )


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.alert.event,
        "rule": delivery.alert.rule,
        "chart": str(delivery.alert.chart),
        "source": delivery.alert.source,
        "raised_at": iso(delivery.alert.raised_at),
        "title": delivery.alert.title,
        "target": delivery.target,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "error": delivery.error,
        "next_at": iso(delivery.next_at) if delivery.next_at else None,
        "message": delivery.message,
        "delivered_at": iso(delivery.delivered_at) if delivery.delivered_at else None,
    }
