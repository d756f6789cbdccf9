"""``stale``: nothing of a chart was stored for too long, and the snapshot that ended that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from tracker.alerts.facts import Alert, News
from tracker.evidence import Event
from tracker.model import Chart
from tracker.settings import Rule


class Stale:
    """A rule about the times of a chart's snapshots."""

    def __init__(self, rule: Rule) -> None:
        assert rule.after is not None
        self.rule, self.after = rule, rule.after

    def alerts(
        self, chart: Chart, source: str, times: Sequence[datetime], now: datetime
    ) -> list[Alert]:
        """Each time that nothing was stored for longer than the rule allows, and each snapshot that
        ended it. TIMES are those of the stored snapshots.
        """
        span = f"{self.after.total_seconds():.0f}s"
        alerts = []
        for number, (last, following) in enumerate(pairwise((*times, now)), 1):
            if following - last <= self.after:
                continue
            noticed = last + self.after
            name = f"{Event(source, chart, last)};stale-{span}"
            alerts.append(Alert(name, News.STALE, self.rule, chart, source, last, noticed, noticed))
            if number < len(times):
                name = f"{Event(source, chart, following)};again-{span}"
                alerts.append(
                    Alert(name, News.AGAIN, self.rule, chart, source, last, following, following)
                )
        return alerts
