"""One storefront by days: an app's best rank on each day, or which of two apps was ahead.

A day without a snapshot is *unobserved* and absent; a day on which no snapshot has the app is
*unranked* and has the rank None.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import groupby
from typing import Any, TypeVar

from tracker.analysis.facts import Overtake
from tracker.analysis.ledger import leaders, never_ranked, overtakes
from tracker.analysis.waves import Passage, wave
from tracker.model import App, Chart, Provenance, Series, Timeline, iso

DAY, WEEK = 1, 7
Date = date  # which a field of that name hides


@dataclass(frozen=True, slots=True)
class Day:
    """The snapshots of one day, or of the week that begins with it.

    ``best`` is the smallest rank and ``at`` the first snapshot that shows it; where no snapshot has
    the app, ``best`` is None and ``at`` the last snapshot. ``snapshots`` is how many,
    ``ranked`` those that have the app; ``depth`` is the largest, None where each has ranks of some
    apps only.
    ``provenances`` are those of the snapshots. ``seen`` are the days with a snapshot, of which
    ``at_best`` many show that rank: one, except in a week.
    """

    date: date
    snapshots: int
    ranked: int
    best: int | None
    at: datetime
    depth: int | None
    provenances: frozenset[Provenance]
    seen: tuple[Date, ...]
    at_best: int

    def to_json(self) -> dict[str, Any]:
        """The day as plain values."""
        return {
            "day": self.date.isoformat(),
            "state": "unranked" if self.best is None else "ranked",
            "best_rank": self.best,
            "at": iso(self.at),
            "snapshots": self.snapshots,
            "ranked_snapshots": self.ranked,
            "depth": self.depth,
            "provenances": sorted(self.provenances),
        }


@dataclass(frozen=True, slots=True)
class LeadDay:
    """Who was ahead at a day's last determined snapshot, and when that was.

    ``leader`` is None where no snapshot of the day has either app, or one of them was never ranked
    in that storefront; ``at`` is then the last snapshot.
    ``changes`` are the overtakes that had happened *by* a snapshot of this day. ``seen`` are the
    days with a snapshot: one, but of a week.
    """

    date: date
    snapshots: int
    leader: App | None
    at: datetime
    depth: int | None
    changes: tuple[Overtake, ...]
    provenances: frozenset[Provenance]
    seen: tuple[Date, ...]

    def to_json(self) -> dict[str, Any]:
        """The day as plain values."""
        return {
            "day": self.date.isoformat(),
            "state": "undetermined" if self.leader is None else "determined",
            "leader_id": self.leader.app_id if self.leader else None,
            "leader": self.leader.name if self.leader else None,
            "at": iso(self.at),
            "snapshots": self.snapshots,
            "changes": len(self.changes),
            "depth": self.depth,
            "provenances": sorted(self.provenances),
        }


AnyDay = TypeVar("AnyDay", Day, LeadDay)


@dataclass(frozen=True, slots=True)
class RankDays:
    """One storefront's chart, day by day, for one app."""

    timeline: Timeline
    days: tuple[Day, ...]

    @property
    def chart(self) -> Chart:
        return self.timeline.chart

    @property
    def source(self) -> str:
        return self.timeline.source

    @property
    def peak(self) -> Day | None:
        """The first day with the best rank; None where the app was never ranked."""
        ranked = [day for day in self.days if day.best is not None]
        return min(ranked, key=lambda day: (day.best, day.date), default=None)

    @property
    def debut(self) -> Day | None:
        """The first day with a snapshot that has the app."""
        return next((day for day in self.days if day.best is not None), None)


@dataclass(frozen=True, slots=True)
class LeadDays:
    """One storefront's chart, day by day, for a ``pair``; ``passage``: the first overtake."""

    pair: tuple[Series, Series]
    passage: Passage
    days: tuple[LeadDay, ...]

    @property
    def timeline(self) -> Timeline:
        return self.passage.timeline

    @property
    def chart(self) -> Chart:
        return self.timeline.chart

    @property
    def source(self) -> str:
        return self.timeline.source


def rank_days(series: Series, zone: tzinfo = UTC, span: int = DAY) -> RankDays:
    """The days (or weeks) of ZONE on which the chart was observed, each with the best rank."""
    days = [_day(date, series, indices) for date, indices in _by_day(series.timeline, zone)]
    cells = days if span == DAY else [_week(week) for week in _by_week(days)]
    return RankDays(series.timeline, tuple(cells))


def _by_day(line: Timeline, zone: tzinfo) -> Iterator[tuple[date, list[int]]]:
    """Each day with a snapshot, and the indices of its snapshots."""
    indices = range(len(line.times))
    for day, group in groupby(indices, key=lambda index: line.times[index].astimezone(zone).date()):
        yield day, list(group)


def _by_week(days: Iterable[AnyDay]) -> Iterator[list[AnyDay]]:
    """DAYS, which ascend, those of a week together."""
    for _, group in groupby(days, key=lambda day: _monday(day.date)):
        yield list(group)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _day(date: date, series: Series, indices: list[int]) -> Day:
    line = series.timeline
    ranked = [(rank, index) for index in indices if (rank := series.ranks[index]) is not None]
    best, at = min(ranked) if ranked else (None, indices[-1])
    return Day(
        date=date,
        snapshots=len(indices),
        ranked=len(ranked),
        best=best,
        at=line.times[at],
        depth=_deepest(line.depths[index] for index in indices),
        provenances=frozenset(line.provenances[index] for index in indices),
        seen=(date,),
        at_best=int(best is not None),
    )


def _deepest(depths: Iterable[int | None]) -> int | None:
    return max((depth for depth in depths if depth is not None), default=None)


def _week(days: Sequence[Day]) -> Day:
    best = min((day.best for day in days if day.best is not None), default=None)
    shown = [day for day in days if best is not None and day.best == best]
    return Day(
        date=_monday(days[0].date),
        snapshots=sum(day.snapshots for day in days),
        ranked=sum(day.ranked for day in days),
        best=best,
        at=shown[0].at if shown else days[-1].at,
        depth=_deepest(day.depth for day in days),
        provenances=frozenset().union(*(day.provenances for day in days)),
        seen=tuple(day.date for day in days),
        at_best=len(shown),
    )


def lead_days(
    pairs: Iterable[tuple[Series, Series]], zone: tzinfo = UTC, span: int = DAY, confirm: int = 2
) -> tuple[LeadDays, ...]:
    """Who of each pair was ahead, on the days (or weeks) of ZONE on which its chart was observed.

    A pair for each storefront; they come back in the order of ``waves.wave``: as the first app
    passed the second.
    """
    by_chart = {a.timeline.chart: (a, b) for a, b in pairs}
    charts = []
    for passage in wave(by_chart.values(), confirm):
        pair = by_chart[passage.chart]
        days = list(_lead_days(*pair, zone, confirm))
        cells = days if span == DAY else [_lead_week(week) for week in _by_week(days)]
        charts.append(LeadDays(pair, passage, tuple(cells)))
    return tuple(charts)


def _lead_days(a: Series, b: Series, zone: tzinfo, confirm: int) -> Iterator[LeadDay]:
    line, leads = a.timeline, leaders((a, b))
    if never_ranked((a, b)):
        leads = [None] * len(leads)
    changes: dict[date, list[Overtake]] = {}
    for change in overtakes(a, b, confirm):
        changes.setdefault(change.by.astimezone(zone).date(), []).append(change)
    for day, indices in _by_day(line, zone):
        at = next((index for index in reversed(indices) if leads[index] is not None), indices[-1])
        lead = leads[at]
        yield LeadDay(
            date=day,
            snapshots=len(indices),
            leader=None if lead is None else (a, b)[lead].app,
            at=line.times[at],
            depth=_deepest(line.depths[index] for index in indices),
            changes=tuple(changes.get(day, ())),
            provenances=frozenset(line.provenances[index] for index in indices),
            seen=(day,),
        )


def _lead_week(days: Sequence[LeadDay]) -> LeadDay:
    last = next((day for day in reversed(days) if day.leader is not None), days[-1])
    return LeadDay(
        date=_monday(days[0].date),
        snapshots=sum(day.snapshots for day in days),
        leader=last.leader,
        at=last.at,
        depth=_deepest(day.depth for day in days),
        changes=tuple(change for day in days for change in day.changes),
        provenances=frozenset().union(*(day.provenances for day in days)),
        seen=tuple(day.date for day in days),
    )
