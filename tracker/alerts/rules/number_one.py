"""``number-one``: an app is new at rank 1."""

from __future__ import annotations

from tracker.alerts.facts import News, Standing
from tracker.alerts.rules.base import StateRule, View
from tracker.alerts.transitions import States, Transition
from tracker.model import Series


class NumberOne(StateRule):
    """The state is the id of the app at rank 1. The alert states its rank and the former one's."""

    def states(self, view: View) -> States:
        ranks_of_snapshots = zip(*(series.ranks for series in view.series), strict=True)
        ids = [series.app.app_id for series in view.series]
        return [
            next((app_id for app_id, rank in zip(ids, ranks, strict=True) if rank == 1), None)
            for ranks in ranks_of_snapshots
        ]

    def wanted(self, state: object) -> bool:
        return self.rule.app is None or state == self.rule.app.app_id

    def news(self, change: Transition) -> News:
        return News.NUMBER_ONE

    def ranked(self, view: View, change: Transition) -> list[Series]:
        by_id = {series.app.app_id: series for series in view.series}
        former = next(series for series in view.series if series.ranks[change.last] == 1)
        return [by_id[str(change.state)], former]

    def token(self, news: News, standing: Standing) -> str:
        return "number-one"
