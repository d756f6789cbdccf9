"""Rules and series become alerts. Pure: no clock, no database. A rule is one class in one file.

Checking the newest snapshot after each pass (``fresh``) gives what checking all of them afterwards
(``judged``) gives: the same alerts, each once, with the same ids.
"""

from __future__ import annotations

from tracker.alerts.facts import Alert
from tracker.alerts.rules.base import AlertRule, View
from tracker.alerts.rules.move import Move
from tracker.alerts.rules.number_one import NumberOne
from tracker.alerts.rules.overtake import Overtake
from tracker.alerts.rules.peak import Peak
from tracker.alerts.rules.stale import Stale
from tracker.alerts.rules.top import Top
from tracker.alerts.transitions import Verdict
from tracker.settings import Rule, What

__all__ = ["Stale", "View", "fresh", "judged"]

#: ``What.STALE`` is about times of snapshots, not about ranks: ``Stale``.
CLASSES: dict[What, type[AlertRule]] = {
    What.OVERTAKE: Overtake,
    What.NUMBER_ONE: NumberOne,
    What.TOP: Top,
    What.PEAK: Peak,
    What.MOVE: Move,
}


def judged(rule: Rule, view: View) -> list[tuple[Alert, Verdict]]:
    """Every change that RULE is about, with its verdict. VIEW has all snapshots."""
    judge = CLASSES[rule.what](rule)
    return [(judge.alert(view, change), change.verdict) for change in judge.changes(view)[0]]


def fresh(rule: Rule, view: View) -> list[Alert] | None:
    """The alerts that the newest snapshot confirms; None where VIEW must begin earlier."""
    judge, newest = CLASSES[rule.what](rule), len(view.timeline.times) - 1
    changes, enough = judge.newest_changes(view)
    if not (enough or view.whole):
        return None
    return [
        judge.alert(view, change)
        for change in changes
        if change.confirmed == newest and change.verdict is Verdict.SENT
    ]
