"""What rules would have sent over the history in a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from tracker.errors import NothingToShow, UnknownName
from tracker.model import App, Chart, Provenance, iso
from tracker.queries.no_data import never_observed, never_ranked_words, not_observed_then
from tracker.settings import Rule, Settings, What

if TYPE_CHECKING:
    from tracker.alerts.facts import Alert
    from tracker.alerts.transitions import Verdict
    from tracker.catalog import Catalog
    from tracker.store import Reader


@dataclass(frozen=True, slots=True)
class Tried:
    """What one rule would have sent on one chart; SOURCE is None where it was never observed.

    ``snapshots`` of the window count, and ``unranked`` are the rule's apps that the chart never
    had. Whether a chart is stale is judged by this program's own snapshots, not by imported ones.
    """

    rule: Rule
    chart: Chart
    source: str | None
    verdicts: tuple[tuple[Alert, Verdict], ...]
    snapshots: int
    unranked: tuple[App, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there was nothing to try the rule on."""
        return not self.snapshots and not self.verdicts

    @property
    def counts(self) -> Counter[str]:
        return Counter(verdict.value for _, verdict in self.verdicts)


def try_all(reader: Reader, settings: Settings, since: datetime, now: datetime) -> Iterator[Tried]:
    """What each rule of the settings would have sent SINCE then, chart by chart."""
    from tracker.alerts.evaluation import named
    from tracker.store.snapshots import sources_with

    charts_of = cache(lambda app: {seen.chart for seen in reader.seen(app.app_id)})
    for rule in (named(reader, rule) for rule in settings.alerts):
        for chart in rule.charts:
            there = sources_with(reader, chart)
            order = [name for name in settings.sources if name in there] or there
            results = _try(reader, rule, chart, order[0], now) if order else None
            kept = tuple(pair for pair in results or () if pair[0].confirmed_at >= since)
            source = None if results is None else order[0]
            times = reader.timeline(chart, source, since=since)[0].times if source else ()
            apps = [app for app in (rule.app, rule.over) if app]
            unranked = tuple(app for app in apps if chart not in charts_of(app))
            yield Tried(rule, chart, source, kept, len(times), unranked)


def tell_empty(reader: Reader, tried: Sequence[Tried], since: datetime) -> Iterator[str]:
    """A line for each chart that has no snapshot since then, and each app that was never on one.

    Raises ``NothingToShow`` where that leaves nothing to try any rule on.
    """
    lines = dict.fromkeys(_empty_words(reader, trial, since) for trial in tried if trial.empty)
    if all(trial.empty for trial in tried):
        raise NothingToShow("; ".join(lines))
    yield from lines
    unranked = {(app, trial.chart) for trial in tried if not trial.empty for app in trial.unranked}
    for app, chart in sorted(unranked, key=lambda pair: (pair[0].app_id, pair[1])):
        yield never_ranked_words(reader, app, f"on {chart}", [chart])


def _empty_words(reader: Reader, trial: Tried, since: datetime) -> str:
    if trial.source is None:
        return never_observed(reader, trial.chart)
    what = f"{trial.chart} was not observed"
    return not_observed_then(reader, what, [trial.chart], trial.source, (), since, None)


def unknown_apps(settings: Settings, catalog: Catalog) -> Iterator[str]:
    """A line for each app of the rules that neither the catalogue nor the database knows."""
    for app in dict.fromkeys(app for rule in settings.alerts for app in (rule.app, rule.over)):
        try:
            if app:
                catalog.find(app.app_id)
        except UnknownName as error:
            yield f"a rule can report nothing about this app: {error}"


def _try(
    reader: Reader, rule: Rule, chart: Chart, source: str, now: datetime
) -> list[tuple[Alert, Verdict]] | None:
    """All alerts that RULE would have sent; None where there is no snapshot that counts."""
    from tracker.alerts.evaluation import view
    from tracker.alerts.rules import Stale, judged
    from tracker.alerts.transitions import Verdict

    if rule.what is not What.STALE:
        return judged(rule, view(reader, rule, chart, source))
    own = (Provenance.RECORDED, Provenance.RECONSTRUCTED)
    times = reader.timeline(chart, source, provenances=own)[0].times
    alerts = Stale(rule).alerts(chart, source, times, now) if times else None
    return None if alerts is None else [(alert, Verdict.SENT) for alert in alerts]


def tried_json(trial: Tried, since: datetime) -> dict[str, Any]:
    from tracker.alerts.facts import to_json
    from tracker.alerts.messages import rule_words, title

    return {
        "rule": rule_words(trial.rule),
        "what": trial.rule.what.value,
        "chart": str(trial.chart),
        "source": trial.source,
        "since": iso(since),
        "snapshots": trial.snapshots,
        "sent": trial.counts["sent"],
        "flips_held_back": trial.counts["flip"],
        "returns_held_back": trial.counts["back"],
        "pending": trial.counts["pending"],
        "alerts": [
            {**to_json(alert), "title": title(alert), "verdict": verdict.value}
            for alert, verdict in trial.verdicts
        ],
    }
