"""``peak``: an app has a rank smaller than all before."""

from __future__ import annotations

from tracker.alerts.facts import News, Standing
from tracker.alerts.rules.base import AlertRule, View
from tracker.alerts.transitions import Transition, peaks


class Peak(AlertRule):
    """A new peak, of rank ``top`` or better where the rule has one."""

    def changes(self, view: View) -> tuple[list[Transition], bool]:
        best = None if view.whole else view.best_before()
        least = self.rule.top
        changes = [
            change
            for change in peaks(view.series[0].ranks, self.rule.confirm, best)
            if least is None or (isinstance(change.state, int) and change.state <= least)
        ]
        return changes, len(view.timeline.times) > self.rule.confirm

    def newest_changes(self, view: View) -> tuple[list[Transition], bool]:
        """None unless the snapshot to be confirmed has a smaller rank than those before it: only
        then is the best rank before the view read.
        """
        ranks, index = view.series[0].ranks, len(view.timeline.times) - self.rule.confirm
        rank = ranks[index] if index >= 0 else None
        if rank is not None and all(other is None or other > rank for other in ranks[:index]):
            return self.changes(view)
        return [], len(view.timeline.times) > self.rule.confirm

    def news(self, change: Transition) -> News:
        return News.PEAK

    def token(self, news: News, standing: Standing) -> str:
        return f"peak-{standing.now}"

    def best(self, change: Transition) -> int | None:
        return change.best_before
