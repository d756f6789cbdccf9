"""What the rules about ranks share: the series they are given, and the alert they make."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from tracker.alerts.facts import Alert, Background, News, Standing
from tracker.alerts.transitions import States, Transition, far_enough, transitions
from tracker.analysis import coverage_of, longest_normal_spacing
from tracker.evidence import Event
from tracker.model import Series, Timeline
from tracker.settings import Rule


@dataclass(frozen=True, slots=True)
class View:
    """The snapshots of one chart by one source, as series of the apps that a rule is about.

    For ``number-one`` they are all apps that were at rank 1. ``whole``: there was no data before
    the first of them; else ``best_before`` gives the first app's smallest rank before that, and
    ``month`` the snapshots of the month up to one of them.
    """

    series: tuple[Series, ...]
    whole: bool
    best_before: Callable[[], int | None]
    month: Callable[[datetime], Timeline]

    @property
    def timeline(self) -> Timeline:
        return self.series[0].timeline


class AlertRule(ABC):
    """A rule of the settings, applied to a view."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    @abstractmethod
    def changes(self, view: View) -> tuple[list[Transition], bool]:
        """The changes that the rule is about, and whether VIEW begins early enough for the
        newest.
        """

    def newest_changes(self, view: View) -> tuple[list[Transition], bool]:
        """The same, where only what the newest snapshot confirms matters."""
        return self.changes(view)

    @abstractmethod
    def news(self, change: Transition) -> News:
        """What a change is called."""

    def ranked(self, view: View, change: Transition) -> list[Series]:
        """The series whose ranks the alert states; the app that the news is about comes first."""
        return [view.series[0]]

    @abstractmethod
    def token(self, news: News, standing: Standing) -> str:
        """The last part of the alert's id."""

    def best(self, change: Transition) -> int | None:
        """The peak before a new one."""
        return None

    def event_id(self, timeline: Timeline, by: datetime, news: News, first: Standing,
                 second: Standing | None) -> str:  # fmt: skip
        """The alert's id, the same in every database; BY is the time that it names."""
        event = Event(timeline.source, timeline.chart, by)
        return f"{event};{first.app.app_id};{self.token(news, first)}"

    def alert(self, view: View, change: Transition) -> Alert:
        """The alert of one of ``changes``."""
        timeline, news = view.timeline, self.news(change)
        standings = tuple(
            Standing(series.app, series.ranks[change.last], series.ranks[change.first])
            for series in self.ranked(view, change)
        )
        confirmed = change.first if change.confirmed is None else change.confirmed
        by, confirmed_at = timeline.times[change.first], timeline.times[confirmed]
        second = standings[1] if len(standings) > 1 else None
        month = background(view.month(confirmed_at))
        between = pairwise(timeline.times[change.last : change.first + 1])
        return Alert(
            id=self.event_id(timeline, by, news, standings[0], second),
            news=news,
            rule=self.rule,
            chart=timeline.chart,
            source=timeline.source,
            after=timeline.times[change.last],
            by=by,
            confirmed_at=confirmed_at,
            standings=standings,
            depths=(timeline.depths[change.last], timeline.depths[change.first]),
            provenances=tuple(dict.fromkeys(timeline.provenances[change.last : confirmed + 1])),
            background=month,
            gap=any((end - start).total_seconds() > month.normal for start, end in between),
            best=self.best(change),
        )


class StateRule(AlertRule):
    """A rule about changes of a state that each snapshot shows."""

    @abstractmethod
    def states(self, view: View) -> States:
        """A state for each snapshot; None where the snapshot does not show it."""

    def known_from(self, view: View) -> int:
        """The index of the first snapshot whose state no earlier snapshot can change."""
        return 0

    def wanted(self, state: object) -> bool:
        """Whether the rule is about changes to STATE."""
        return True

    def changes(self, view: View) -> tuple[list[Transition], bool]:
        states = self.states(view)
        changes = [
            change for change in transitions(states, self.rule.confirm) if self.wanted(change.state)
        ]
        return changes, far_enough(states[self.known_from(view) :], self.rule.confirm)


def background(month: Timeline) -> Background:
    """The figures of the snapshots of a month."""
    return Background(longest_normal_spacing(month), coverage_of(month))
