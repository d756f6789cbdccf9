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


def delivery_cells(one: Delivery) -> tuple[str, ...]:
    note = one.error or ""
    if one.next_at and one.state == "failed":
        note += f"; again from {iso(one.next_at)}"
    if one.delivered_at:
        note = f"at {iso(one.delivered_at)}" + (
            f", in {one.message}" if one.message != one.alert.event else ""
        )
    return (
        iso(one.alert.raised_at), one.state, one.target, str(one.attempts), one.alert.title, note,
    )  # fmt: skip


def delivery_json(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.alert.event,
        "rule": one.alert.rule,
        "chart": str(one.alert.chart),
        "source": one.alert.source,
        "raised_at": iso(one.alert.raised_at),
        "title": one.alert.title,
        "target": one.target,
        "state": one.state,
        "attempts": one.attempts,
        "error": one.error,
        "next_at": iso(one.next_at) if one.next_at else None,
        "message": one.message,
        "delivered_at": iso(one.delivered_at) if one.delivered_at else None,
    }
