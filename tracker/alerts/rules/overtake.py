"""``overtake``: one app passes another."""

from __future__ import annotations

from datetime import datetime

from tracker.alerts.facts import News, Standing
from tracker.alerts.rules.base import StateRule, View
from tracker.alerts.transitions import States, Transition
from tracker.analysis import leaders
from tracker.evidence import Event
from tracker.model import Series, Timeline


class Overtake(StateRule):
    """The state is which of the two series is ahead; docs/definitions.md has *overtake*."""

    def states(self, view: View) -> States:
        return leaders(view.series)

    def wanted(self, state: object) -> bool:
        return state == 0

    def news(self, change: Transition) -> News:
        return News.OVERTAKE

    def ranked(self, view: View, change: Transition) -> list[Series]:
        return list(view.series)

    def token(self, news: News, standing: Standing) -> str:
        return "overtake"

    def event_id(self, timeline: Timeline, by: datetime, news: News, first: Standing,
                 second: Standing | None) -> str:  # fmt: skip
        """The id that the overtake has in the ledger."""
        assert second is not None
        winner, loser = first.app.app_id, second.app.app_id
        return str(Event(timeline.source, timeline.chart, by, winner, loser))
