"""``top``: an app enters or leaves the top N."""

from __future__ import annotations

from tracker.alerts.facts import News, Standing
from tracker.alerts.rules.base import StateRule, View
from tracker.alerts.transitions import States, Transition
from tracker.model import reaches


class Top(StateRule):
    """The state is whether the app is within the ranks 1 to N; None where a snapshot that does not
    have the app has fewer than N entries.
    """

    def states(self, view: View) -> States:
        top, series = self.rule.top, view.series[0]
        assert top is not None
        states: list[News | None] = []
        for rank, depth in zip(series.ranks, series.timeline.depths, strict=True):
            out = News.LEAVES if reaches(depth, top) else None
            states.append(out if rank is None else News.ENTERS if rank <= top else News.LEAVES)
        return states

    def news(self, change: Transition) -> News:
        assert isinstance(change.state, News)
        return change.state

    def token(self, news: News, standing: Standing) -> str:
        return f"{'enters' if news is News.ENTERS else 'leaves'}-top-{self.rule.top}"
