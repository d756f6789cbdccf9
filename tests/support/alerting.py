"""What the tests of alerts share: rules, and views of a record's snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.support.records import APPS, CHART, Record, series
from tracker.alerts.facts import MONTH, Alert
from tracker.alerts.rules import View, fresh
from tracker.model import Series, Timeline
from tracker.settings import Rule, What

A, B, C = APPS
HOUR = timedelta(hours=1)


def rule(what: str, **fields: Any) -> Rule:
    return Rule(What(what), (CHART,), **fields)


#: One rule of each kind about ranks.
RULES: Mapping[str, Rule] = {
    "overtake": rule("overtake", app=A, over=B),
    "overtake-1": rule("overtake", app=A, over=B, confirm=1),
    "overtake-3": rule("overtake", app=B, over=A, confirm=3),
    "top": rule("top", app=A, top=4),
    "top-1": rule("top", app=A, top=4, confirm=1),
    "peak": rule("peak", app=A),
    "peak-3": rule("peak", app=A, top=8, confirm=3),
    "number-one": rule("number-one"),
    "number-one-of": rule("number-one", app=A),
    "move": rule("move", app=A, ranks=3, within=3 * HOUR),
    "move-1": rule("move", app=A, ranks=5, within=6 * HOUR, confirm=1),
}


def cut(series: Series, start: int, end: int) -> Series:
    """The snapshots from START up to, and without, END."""
    line = series.timeline
    piece = Timeline(
        line.chart, line.source, line.times[start:end], line.depths[start:end],
        line.provenances[start:end],
    )  # fmt: skip
    return Series(piece, series.app, series.ranks[start:end])


def about(rule: Rule, every: Sequence[Series]) -> list[Series]:
    """The series that RULE is about."""
    if rule.what is What.NUMBER_ONE:
        return list(every)
    by_id = {series.app.app_id: series for series in every}
    return [by_id[app.app_id] for app in (rule.app, rule.over) if app]


def view(rule: Rule, every: Sequence[Series], start: int = 0, end: int | None = None) -> View:
    """The snapshots from START up to END of a rule's series, all those before START being known."""
    mine = about(rule, every)
    stop = len(mine[0].ranks) if end is None else end

    def best_before() -> int | None:
        return min((rank for rank in mine[0].ranks[:start] if rank is not None), default=None)

    def month(until: datetime) -> Timeline:
        line = mine[0].timeline
        kept = [n for n, time in enumerate(line.times) if until - MONTH <= time <= until]
        return cut(mine[0], kept[0], kept[-1] + 1).timeline

    return View(tuple(cut(series, start, stop) for series in mine), start == 0, best_before, month)


def live(rule: Rule, record: Record) -> list[Alert]:
    """What would have been sent after each snapshot in turn, reading back no further than
    needed.
    """
    every, alerts = series(record), list[Alert]()
    for end in range(1, len(record) + 1):
        back = 1
        while (confirmed := fresh(rule, view(rule, every, max(0, end - back), end))) is None:
            back += 1
        alerts += confirmed
    return alerts


def crowned(record: Record) -> Record:
    """The same record with somebody at rank 1 in every snapshot: an app nobody asks about, if need
    be.

    The last app takes that part and stands nowhere else.
    """
    snapshots = {}
    for hour, (depth, ranks) in record.items():
        first = None if 1 in ranks else 1
        snapshots[hour] = (depth, (*ranks, first))
    return snapshots
