"""Two apps of one timeline, summed up: which is ahead now, since when, and by how much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tracker.analysis.facts import Bounds, Overtake, Status
from tracker.analysis.leads import Comparison
from tracker.analysis.ledger import never_ranked, overtakes, time_ahead
from tracker.model import App, Series, Timeline, iso

#: A lead is settled when it is confirmed and has lasted unbroken for this long.
SETTLED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Lead:
    """An unbroken lead: from the first snapshot that shows it to the last."""

    leader: App
    first: datetime
    last: datetime

    @property
    def seconds(self) -> float:
        return (self.last - self.first).total_seconds()


@dataclass(frozen=True, slots=True)
class Rivalry:
    """A compared with B from first to last snapshot.

    ``now`` is the lead that the last determined snapshot shows, None where no snapshot determines
    one; ``undetermined_since`` the last determined snapshot, where later ones have neither app.
    ``last`` is the overtake that began the present lead, None where it began with the first
    determined snapshot. ``margin`` is how many ranks the follower is behind, None where it is
    unranked; ``log_margin`` is ln(follower's rank / leader's rank). ``span_seconds`` runs from
    first to last snapshot. ``never_ranked`` are the apps that no snapshot has: then nothing is
    compared, and ``now``, ``last``, ``ahead`` and ``longest`` are None.
    """

    series: tuple[Series, Series]
    observed_at: datetime
    now: Lead | None
    undetermined_since: datetime | None
    last: Overtake | None
    margin: int | None
    log_margin: float | None
    ahead: tuple[Bounds, Bounds] | None
    span_seconds: float
    changes: int
    confirmed: int
    longest: Lead | None
    settled: bool
    never_ranked: tuple[App, ...] = ()

    @property
    def timeline(self) -> Timeline:
        """The snapshots compared."""
        return self.series[0].timeline

    @property
    def a(self) -> App:
        return self.series[0].app

    @property
    def b(self) -> App:
        return self.series[1].app

    def shares(self) -> tuple[Bounds, Bounds] | None:
        """The share, 0 to 1, of the span in which A was ahead, and B. None: not known."""
        if not self.span_seconds or self.ahead is None:
            return None
        a, b = (
            Bounds(bounds.lower / self.span_seconds, bounds.upper / self.span_seconds)
            for bounds in self.ahead
        )
        return a, b

    def to_json(self) -> dict[str, Any]:
        """The figures as plain values."""
        shares, ahead = self.shares(), self.ahead
        return {
            "a": self.a.name,
            "b": self.b.name,
            "a_id": self.a.app_id,
            "b_id": self.b.app_id,
            "observed_at": iso(self.observed_at),
            "ahead_now": self.now.leader.app_id if self.now else None,
            "ahead_after": iso(self.last.after) if self.last else None,
            "ahead_by": iso(self.now.first) if self.now else None,
            "undetermined_since": (
                iso(self.undetermined_since) if self.undetermined_since else None
            ),
            "margin_ranks": self.margin,
            "margin_ln": None if self.log_margin is None else round(self.log_margin, 4),
            "a_ahead_seconds_lower": int(ahead[0].lower) if ahead else None,
            "a_ahead_seconds_upper": int(ahead[0].upper) if ahead else None,
            "b_ahead_seconds_lower": int(ahead[1].lower) if ahead else None,
            "b_ahead_seconds_upper": int(ahead[1].upper) if ahead else None,
            "a_share_lower": _share(shares[0].lower if shares else None),
            "a_share_upper": _share(shares[0].upper if shares else None),
            "b_share_lower": _share(shares[1].lower if shares else None),
            "b_share_upper": _share(shares[1].upper if shares else None),
            "lead_changes": self.changes,
            "lead_changes_confirmed": self.confirmed,
            "longest_lead": self.longest.leader.app_id if self.longest else None,
            "longest_lead_seconds": int(self.longest.seconds) if self.longest else None,
            "settled": self.settled,
            "chart": self.timeline.chart.slug,
            "source": self.timeline.source,
            "never_ranked": [app.app_id for app in self.never_ranked],
        }


def rivalry(a: Series, b: Series, confirm: int = 2, settled: timedelta = SETTLED) -> Rivalry:
    """Sum up A against B. At least one snapshot."""
    times = a.timeline.times
    changes, never = overtakes(a, b, confirm), never_ranked((a, b))
    leads = [] if never else _leads(a, b)
    now = leads[-1] if leads else None
    last = changes[-1] if changes else None
    margin, log_margin = _margin(a, b, now)
    stands = now is not None and now.seconds >= settled.total_seconds()
    return Rivalry(
        series=(a, b),
        observed_at=times[-1],
        now=now,
        undetermined_since=now.last if now and now.last != times[-1] else None,
        last=last,
        margin=margin,
        log_margin=log_margin,
        ahead=None if never else (time_ahead(a, b), time_ahead(b, a)),
        span_seconds=(times[-1] - times[0]).total_seconds(),
        changes=len(changes),
        confirmed=sum(overtake.status is Status.CONFIRMED for overtake in changes),
        longest=max(leads, key=lambda lead: lead.seconds, default=None),
        settled=stands and (last is None or last.status is Status.CONFIRMED),
        never_ranked=never,
    )


def _leads(a: Series, b: Series) -> list[Lead]:
    """The unbroken leads in order of time; snapshots with neither app are passed over."""
    times = a.timeline.times
    return [
        Lead((b if b_leads else a).app, times[first], times[last])
        for b_leads, first, last, _ in Comparison((a, b)).leads(0, 1)
    ]


def _margin(a: Series, b: Series, now: Lead | None) -> tuple[int | None, float | None]:
    """Ranks and ln(rank ratio) at the last determined snapshot; None where one is unranked."""
    if now is None:
        return None, None
    index = a.timeline.times.index(now.last)
    first, second = a.ranks[index], b.ranks[index]
    if first is None or second is None:
        return None, None
    return abs(first - second), abs(math.log(second / first))


def _share(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
