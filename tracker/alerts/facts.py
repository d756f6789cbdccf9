"""The values of an alert."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracker.analysis import Coverage
from tracker.model import App, Chart, Provenance, iso
from tracker.settings import Rule

#: Coverage and gaps are computed from the snapshots of this long before an alert.
MONTH = timedelta(days=30)


class News(StrEnum):
    """What an alert reports."""

    OVERTAKE = "overtake"
    ENTERS = "enters the top"
    LEAVES = "leaves the top"
    PEAK = "peak"
    NUMBER_ONE = "number one"
    UP = "up"
    DOWN = "down"
    STALE = "stale"
    AGAIN = "observed again"


@dataclass(frozen=True, slots=True)
class Standing:
    """An app's rank at ``after`` and at ``by``; None: unranked."""

    app: App
    before: int | None
    now: int | None


@dataclass(frozen=True, slots=True)
class Background:
    """The coverage of the chart in the month up to a snapshot.

    ``normal`` is the longest spacing that is not a gap, in seconds.
    """

    normal: float
    observed: Coverage


@dataclass(frozen=True, slots=True)
class Alert:
    """An event to be sent once. It happened after ``after`` and by ``by``.

    In ``standings`` the app of the news comes first; ``best`` is the peak before a new one.
    ``depths`` are those of the two snapshots. ``gap``: a gap lies between them.
    A stale chart has its last snapshot as ``after``, one observed again the snapshot before as
    ``after`` and the new one as ``by``; neither has standings, depths or background.
    """

    id: str
    news: News
    rule: Rule
    chart: Chart
    source: str
    after: datetime
    by: datetime
    confirmed_at: datetime
    standings: tuple[Standing, ...] = ()
    depths: tuple[int | None, int | None] | None = None
    provenances: tuple[Provenance, ...] = ()
    background: Background | None = None
    gap: bool = False
    best: int | None = None


def to_json(alert: Alert) -> dict[str, object]:
    """The alert as flat values, for programs; times as ISO 8601, durations in seconds."""
    background = alert.background
    return {
        "id": alert.id,
        "rule": alert.rule.what.value,
        "news": alert.news.value,
        "chart": str(alert.chart),
        "source": alert.source,
        "after": iso(alert.after),
        "by": iso(alert.by),
        "confirmed_at": iso(alert.confirmed_at),
        "apps": [
            {
                "app_id": standing.app.app_id,
                "name": standing.app.name,
                "rank_before": standing.before,
                "rank_after": standing.now,
            }
            for standing in alert.standings
        ],
        "peak_before": alert.best,
        "depth_before": alert.depths[0] if alert.depths else None,
        "depth_after": alert.depths[1] if alert.depths else None,
        "gap": alert.gap,
        **(background.observed.to_json() if background else {}),
        "provenances": [str(provenance) for provenance in alert.provenances],
    }
