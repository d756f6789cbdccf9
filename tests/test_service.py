"""What follows a pass: a step that breaks is logged with its traceback and stops nothing else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.receiver import receiving
from tests.support.shop import CHART, Shop, pointed, ranked
from tests.test_outbox import Faulty, queued
from tracker.alerts.delivery import Message, Target, deliver, target_names
from tracker.collect import Report
from tracker.errors import ApptrackError
from tracker.fetch import Fetcher
from tracker.loopback.server import LoopbackStore
from tracker.service import Pass, isolated, now
from tracker.settings import DeliverySettings, Rule, Secret, Settings, What
from tracker.store import Store
from tracker.store.outbox import put, undelivered, waiting

METRICS = Path("apptrack.prom")
STALE = Rule(What.STALE, (CHART,), after=timedelta(hours=1))


class CrossCheckBroken(Pass):
    def _cross_check(self, report: Report) -> None:
        raise TypeError("a bug in the cross-check")


class AlertsBroken(Pass):
    def _alert(self) -> None:
        raise KeyError("a bug in the alerts")


class MetricsBroken(Pass):
    def _measure(self, report: Report, seconds: float) -> None:
        raise RecursionError("a bug in the metrics")


class HeartbeatBroken(Pass):
    def _ping(self) -> None:
        raise MemoryError("a bug in the heartbeat")


def settings_for(base: str, receiver: str) -> Settings:
    return replace(
        pointed(base, Path("x.db")),
        alerts=(STALE,),
        metrics_file=METRICS,
        heartbeat=Secret(f"{receiver}/beat"),
        delivery=DeliverySettings(
            webhook=Secret(f"{receiver}/hook"), secret=Secret("a secret of the tests")
        ),
    )


def run(kind: type[Pass], settings: Settings) -> tuple[Report, list[str]]:
    said: list[str] = []
    with Store(settings.db) as store, Fetcher(settings.fetch, clock=now) as fetcher:
        put(store, queued(1), target_names(settings.delivery))
        a_pass = kind(
            settings, store, (CHART,), threading.Event(), lambda result: None,
            lambda line, bad: said.append(line),
        )  # fmt: skip
        return a_pass.run(fetcher), said


@pytest.mark.parametrize(
    "kind", [Pass, CrossCheckBroken, AlertsBroken, MetricsBroken, HeartbeatBroken]
)
def test_a_step_that_breaks_stops_no_other(
    kind: type[Pass], caplog: pytest.LogCaptureFixture
) -> None:
    with LoopbackStore(Shop({CHART: ranked(1, 2)})) as shop, receiving() as receiver:
        report, said = run(kind, settings_for(shop.base, receiver.base))
        paths = [got.path for got in receiver.got]
    assert report.whole
    assert ("/hook" in paths, "/beat" in paths) == (True, kind is not HeartbeatBroken)
    assert METRICS.exists() is (kind is not MetricsBroken)
    assert said == [f"1 alert delivered to {said[0].rpartition(' ')[2]}"]
    traces = [record for record in caplog.records if record.exc_info]
    assert len(traces) == (kind is not Pass)
    assert all("failed, by a bug: unexpected" in record.getMessage() for record in traces)
    with Store(Path("x.db")) as store:
        assert undelivered(store) == {}
        assert len(store.snapshot_ids()) == 1


def test_an_expected_error_is_said_in_one_line_and_logged_nowhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said: list[tuple[str, bool]] = []

    def step() -> None:
        raise ApptrackError("no room")

    isolated("metrics", step, lambda line, bad: said.append((line, bad)))
    assert said == [("metrics failed: no room", True)]
    assert caplog.records == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_program_is_no_bug_of_a_step(error: type[BaseException]) -> None:
    def step() -> None:
        raise error

    with pytest.raises(error):
        isolated("metrics", step, lambda line, bad: None)


def failing(why: Callable[[], object]) -> Callable[[Message], None]:
    def send(message: Message) -> None:
        why()

    return send


def test_a_bug_in_one_notifier_is_that_targets_failure_and_waits_like_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def bug() -> None:
        raise TypeError("unsupported operand")

    fine, at = Faulty(), now().replace(microsecond=0)
    targets = [Target("broken", failing(bug)), Target("fine", fine)]
    with Store(tmp_path / "x.db") as store:
        put(store, queued(1), [target.name for target in targets])
        assert not deliver(store, targets, DeliverySettings(), clock=lambda: at)
        (left,) = waiting(store, "broken")
        assert waiting(store, "fine") == []
    assert len(fine.got) == 1
    assert (left.attempts, left.error) == (1, "unexpected TypeError: unsupported operand")
    assert left.next_at == at + timedelta(minutes=1)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info
