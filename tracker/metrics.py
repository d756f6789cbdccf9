"""Figures of the last pass, as a text file for Prometheus' node exporter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.errors import ApptrackError, MissingExtra
from tracker.model import Chart, Outcome

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a pass that ended at ``at`` and took ``seconds``.

    ``outcomes`` has one for each attempt; ``whole``: every chart was stored. ``successes`` has
    each chart and source with the time and depth of this program's own newest snapshot;
    ``undelivered`` the alerts that wait, by target.
    """

    at: datetime
    seconds: float
    whole: bool
    outcomes: Sequence[Outcome]
    successes: Iterable[tuple[Chart, str, datetime, int]]
    undelivered: dict[str, int]


def write(figures: Figures, path: Path) -> None:
    """Replace the file at PATH. Raises ``ApptrackError`` where that cannot be done."""
    try:
        from prometheus_client import CollectorRegistry, write_to_textfile
    except ImportError:
        raise MissingExtra(
            "'metrics_file' needs the extra 'metrics': pip install 'apptrack[metrics]'"
        ) from None
    registry = CollectorRegistry()
    _fill(registry, figures)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise ApptrackError(f"{path}: cannot be written: {error.strerror}") from None


def _fill(registry: CollectorRegistry, figures: Figures) -> None:
    from prometheus_client import Gauge

    def gauge(name: str, words: str, *labels: str) -> Gauge:
        return Gauge(f"apptrack_{name}", words, labels, registry=registry)

    success = gauge(
        "last_success_timestamp_seconds", "When the chart was last stored.", "chart", "source"
    )
    depth = gauge("depth_entries", "Entries of the newest snapshot.", "chart", "source")
    for chart, source, at, deep in figures.successes:
        success.labels(str(chart), source).set(at.timestamp())
        depth.labels(str(chart), source).set(deep)
    outcomes = gauge("last_pass_fetches", "Attempts of the last pass, by outcome.", "outcome")
    counted = Counter(figures.outcomes)
    for outcome in Outcome:
        outcomes.labels(outcome.value).set(counted[outcome])
    gauge("last_pass_timestamp_seconds", "When the last pass ended.").set(figures.at.timestamp())
    gauge("last_pass_duration_seconds", "How long the last pass took.").set(figures.seconds)
    gauge("last_pass_whole", "1 where every chart was stored, else 0.").set(figures.whole)
    waiting = gauge("undelivered_alerts", "Alerts that have not reached a target.", "target")
    for target, alerts in figures.undelivered.items():
        waiting.labels(target).set(alerts)
