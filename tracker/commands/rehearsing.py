"""What rules would have sent over the history in a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from tracker.commands.common import print_table, printable
from tracker.model import Chart, Provenance, iso
from tracker.service import now
from tracker.settings import Rule, Settings, What

if TYPE_CHECKING:
    from tracker.alerts.facts import Alert
    from tracker.alerts.turns import Verdict
    from tracker.store import Reader

#: So many alerts are listed for people; --json has all.
_MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Tried:
    """What one rule would have sent on one chart; SOURCE is None where it was never observed.

    A chart is stale by this program's own looks only: one known from a file was never observed.
    """

    rule: Rule
    chart: Chart
    source: str | None
    told: tuple[tuple[Alert, Verdict], ...]

    @property
    def counts(self) -> Counter[str]:
        return Counter(verdict.value for _, verdict in self.told)


def try_all(reader: Reader, settings: Settings, since: datetime) -> Iterator[Tried]:
    from tracker.alerts.watch import named
    from tracker.store.moments import sources_with

    for rule in (named(reader, one) for one in settings.alerts):
        for chart in rule.charts:
            there = sources_with(reader, chart)
            order = [name for name in settings.sources if name in there] or there
            told = _try(reader, rule, chart, order[0]) if order else None
            kept = tuple(one for one in told or () if one[0].confirmed_at >= since)
            yield Tried(rule, chart, None if told is None else order[0], kept)


def _try(
    reader: Reader, rule: Rule, chart: Chart, source: str
) -> list[tuple[Alert, Verdict]] | None:
    """All that RULE would have told; None where nothing was looked at in a way that counts."""
    from tracker.alerts.rules import judged, stale
    from tracker.alerts.turns import Verdict
    from tracker.alerts.watch import view

    if rule.what is not What.STALE:
        return judged(rule, view(reader, rule, chart, source))
    own = (Provenance.RECORDED, Provenance.RECONSTRUCTED)
    times = reader.timeline(chart, source, provenances=own)[0].times
    found = stale(rule, chart, source, times, now()) if times else None
    return None if found is None else [(alert, Verdict.SENT) for alert in found]


def print_tried(tried: list[Tried], since: datetime) -> None:
    from tracker.alerts.turns import Verdict
    from tracker.alerts.words import rule_words, title

    columns = (
        "rule", "chart", "source", "would send", "flips held back", "returns held back", "pending",
    )  # fmt: skip
    rows = [
        (
            rule_words(one.rule),
            str(one.chart),
            one.source or "never observed",
            *(str(one.counts[verdict]) for verdict in Verdict),
        )
        for one in tried
    ]
    print_table(f"since {iso(since)}", columns, rows)
    sent = {
        alert.id: alert for one in tried for alert, verdict in one.told if verdict is Verdict.SENT
    }
    listed = sorted(sent.values(), key=lambda alert: (alert.confirmed_at, alert.id))
    if len(listed) > _MOST_LISTED:
        click.echo(f"the last {_MOST_LISTED} of {len(listed)} (--json lists all):")
    for alert in listed[-_MOST_LISTED:]:
        click.echo(f"{iso(alert.confirmed_at)}  {printable(title(alert))}")


def tried_json(one: Tried, since: datetime) -> dict[str, Any]:
    from tracker.alerts.facts import to_json
    from tracker.alerts.words import rule_words, title

    return {
        "rule": rule_words(one.rule),
        "what": one.rule.what.value,
        "chart": str(one.chart),
        "source": one.source,
        "since": iso(since),
        "sent": one.counts["sent"],
        "flips_held_back": one.counts["flip"],
        "returns_held_back": one.counts["back"],
        "pending": one.counts["pending"],
        "alerts": [
            {**to_json(alert), "title": title(alert), "verdict": verdict.value}
            for alert, verdict in one.told
        ],
    }
