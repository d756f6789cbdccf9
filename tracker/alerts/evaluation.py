"""The alerts of a new snapshot, written into the outbox in the snapshot's own transaction."""

from __future__ import annotations

import json
import logging
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracker.alerts.facts import MONTH, Alert, News, to_json
from tracker.alerts.messages import text, title
from tracker.alerts.rules import Stale, View, fresh
from tracker.errors import StoreError
from tracker.model import App, Chart, Series, Snapshot, Timeline
from tracker.settings import Rule, What
from tracker.sources import source_for
from tracker.store import Reader, Store
from tracker.store.health import first_attempt, is_own, last_success
from tracker.store.outbox import QueuedAlert, put
from tracker.store.snapshots import best_rank, nth_newest, number_ones
from tracker.words import with_distinct_names

log = logging.getLogger("apptrack")


@dataclass(frozen=True, slots=True)
class AlertWriter:
    """Writes the alerts of RULES for TARGETS (names). SOURCES are those in use, in their order.

    A chart is judged by the source it is read from; another one's raise no second alert.
    A snapshot imported from a file raises no alert: what it shows is history.
    """

    store: Store
    rules: Sequence[Rule]
    sources: Sequence[str]
    targets: Sequence[str]

    def __call__(self, snapshot: Snapshot) -> None:
        """Put into the outbox what SNAPSHOT confirms. It is stored already."""
        for alert in self._raised(snapshot):
            put(self.store, queued_alert(alert, snapshot.observed_at), self.targets)

    def _raised(self, snapshot: Snapshot) -> list[Alert]:
        mine = [rule for rule in self.rules if snapshot.chart in rule.charts]
        if not mine or source_for(snapshot.chart, self.sources).name != snapshot.source:
            return []
        try:
            return [alert for rule in mine for alert in self._news(rule, snapshot)]
        except StoreError:
            raise
        except Exception:
            # A bug in a rule must not cost the ranks: the snapshot is stored, the bug is logged.
            log.exception("alerts of %s were not computed, by a bug", snapshot.chart)
            return []

    def _news(self, rule: Rule, snapshot: Snapshot) -> list[Alert]:
        chart, source, at = snapshot.chart, snapshot.source, snapshot.observed_at
        if rule.what is What.STALE:
            last = self._last(chart, source, at - timedelta(seconds=1))
            alerts = Stale(rule).alerts(chart, source, [last, at], at) if last else []
            return [alert for alert in alerts if alert.news is News.AGAIN]
        alerts = confirmed(self.store, rule, chart, source, at)
        return [alert for alert in alerts if is_own(self.store, chart, source, alert.by)]

    def _last(self, chart: Chart, source: str, until: datetime) -> datetime | None:
        """The newest success by UNTIL, else the first attempt; a clock once ahead left later."""
        success = last_success(self.store, chart, source, until)
        return success[0] if success else first_attempt(self.store, chart, source)

    def write_stale(self, charts: Sequence[Chart], now: datetime) -> None:
        """Put into the outbox which of CHARTS had no successful fetch for too long."""
        for rule in (rule for rule in self.rules if rule.what is What.STALE):
            for chart in (chart for chart in rule.charts if chart in charts):
                source = source_for(chart, self.sources).name
                last = self._last(chart, source, now)
                for alert in Stale(rule).alerts(chart, source, [last] if last else [], now):
                    put(self.store, queued_alert(alert, now), self.targets)


def queued_alert(alert: Alert, raised_at: datetime) -> QueuedAlert:
    """The alert as a row of the outbox."""
    return QueuedAlert(
        event=alert.id,
        rule=alert.rule.what,
        chart=alert.chart,
        source=alert.source,
        raised_at=raised_at,
        title=title(alert),
        text=text(alert),
        facts=json.dumps(to_json(alert), ensure_ascii=False),
        picture=alert.rule.picture and bool(alert.standings),
    )


def confirmed(reader: Reader, rule: Rule, chart: Chart, source: str, last: datetime) -> list[Alert]:
    """The alerts of RULE that the snapshot at LAST confirms; reads as few snapshots as needed."""
    for since in _back(reader, rule, chart, source, last):
        alerts = fresh(rule, view(reader, rule, chart, source, since, last))
        if alerts is not None:
            return alerts
    raise AssertionError("all the snapshots there are were not enough")


def _back(
    reader: Reader, rule: Rule, chart: Chart, source: str, last: datetime
) -> Iterator[datetime | None]:
    """Ever earlier times to read from; None, the first snapshot, is the last of them."""
    number, reach = 2 * rule.confirm + 2, rule.within or timedelta(0)
    while (since := nth_newest(reader, chart, source, last, number)) is not None:
        yield since - reach
        number *= 4
    yield None


def view(
    reader: Reader,
    rule: Rule,
    chart: Chart,
    source: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> View:
    """The snapshots from SINCE to UNTIL of the apps that RULE is about; from the first one without.

    Whole charts only, which are what a pass reads.
    """
    apps = _apps(reader, rule, chart, source, since, until)
    series = reader.series(chart, source, apps, since=since, until=until, sparse=False)
    line = series[0].timeline

    def best_before() -> int | None:
        return best_rank(reader, chart, source, series[0].app.app_id, line.times[0])

    def month(end: datetime) -> Timeline:
        if since is None:
            return _between(line, end - MONTH, end)
        return reader.timeline(chart, source, since=end - MONTH, until=end)[0]

    return View(tuple(series), since is None, best_before, month)


def _apps(
    reader: Reader,
    rule: Rule,
    chart: Chart,
    source: str,
    since: datetime | None,
    until: datetime | None,
) -> list[App]:
    """The apps that RULE is about, by the store's name where the person gave none."""
    apps = _apps_of_rule(rule)
    if rule.what is What.NUMBER_ONE:
        known = {app.app_id: app for app in apps}
        ids = number_ones(reader, chart, source, since, until)
        apps = [known.get(app_id, App(app_id, app_id)) for app_id in ids]
    return _by_name(reader, apps)


def named(reader: Reader, rule: Rule) -> Rule:
    """RULE with its apps by name."""
    named_apps = dict(
        zip(
            _apps_of_rule(rule),
            with_distinct_names(_by_name(reader, _apps_of_rule(rule))),
            strict=True,
        )
    )
    app, over = (named_apps[app] if app else None for app in (rule.app, rule.over))
    return replace(rule, app=app, over=over)


def _apps_of_rule(rule: Rule) -> list[App]:
    return [app for app in (rule.app, rule.over) if app]


def _by_name(reader: Reader, apps: Sequence[App]) -> list[App]:
    """APPS by the store's name where they are known by their ids alone."""
    unnamed = [app.app_id for app in apps if app.name == app.app_id]
    names = reader.names(unnamed) if unnamed else {}
    return [App(app.app_id, names.get(app.app_id, app.name), app.alias) for app in apps]


def _between(line: Timeline, start: datetime, end: datetime) -> Timeline:
    first, after = bisect_left(line.times, start), bisect_right(line.times, end)
    return Timeline(
        line.chart,
        line.source,
        line.times[first:after],
        line.depths[first:after],
        line.provenances[first:after],
    )


def series_of_picture(
    reader: Reader, queued: QueuedAlert, before: timedelta = timedelta(days=7)
) -> list[Series]:
    """The series of an alert's picture: its apps, over the week up to it."""
    apps = [App(app["app_id"], app["name"]) for app in json.loads(queued.facts)["apps"]]
    start = queued.raised_at - before
    return reader.series(
        queued.chart, queued.source, apps, since=start, until=queued.raised_at, sparse=False
    )
