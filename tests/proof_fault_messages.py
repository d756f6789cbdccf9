"""Targets that fail for days, floods of alerts, and a kill within them: what arrives, and when."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.receiver import Got, receiving
from tests.support.shop import CHART, Shop, environment, ranked
from tracker.alerts.delivery import Sent, deliver, target_names, targets_of
from tracker.loopback.server import Answer, LoopbackStore
from tracker.settings import DeliverySettings, Secret
from tracker.store import Store
from tracker.store.outbox import QueuedAlert, put, undelivered, waiting

START = datetime(2026, 8, 17, tzinfo=UTC)
SECRET = "a secret of the tests"
CERTIFICATE = Path(__file__).parent / "support" / "wrong.pem"
DAY = 24 * 60


@dataclass(frozen=True)
class Case:
    """ALERTS are raised one every EVERY minutes; the target fails for so long, in its own way.

    ``tries`` is how many requests were made in vain, ``messages`` and ``arrived`` how many came
    through and the alerts in them; ``late`` the minutes from the target's recovery to the last.
    """

    words: str
    alerts: int
    every: int
    fails: int
    answer: int | None
    tries: int
    messages: int
    arrived: int
    late: int | None
    error: str | None
    door: str = "open"


CASES = {
    "503": Case("503 for three days, an alert every six hours", 12, 360, 3 * DAY, 503,
                77, 1, 12, 3, "HTTP 503 Service Unavailable"),
    "silent": Case("the connection is closed without an answer for a day", 4, 360, DAY, None,
                   29, 1, 4, 3, "connection closed without an answer"),
    "redirect": Case("307 to another host for a day", 4, 360, DAY, 307,
                     29, 1, 4, 3, "HTTP 307 Temporary Redirect, which is not followed"),
    "certificate": Case("a TLS certificate that no authority signed, for a day", 4, 360, DAY, 200,
                        29, 0, 0, None, "the TLS certificate is wrong: self-signed certificate",
                        door="unvouched"),
    "flood": Case("5,000 alerts at once", 5000, 0, 0, 200, 0, 10, 5000, 0, None),
    "flood-503": Case("5,000 alerts at once, and 503 for a day", 5000, 0, DAY, 503,
                      29, 10, 5000, 3, "HTTP 503 Service Unavailable"),
}  # fmt: skip

HEAD = """
## Messages

A webhook fails for days, or thousands of alerts are raised at once; delivery is tried every minute
by a simulated clock. A failure is tried again after 1, 2, 4 … minutes and then every hour.
*In vain* counts requests that failed, *late* is the time from the target's recovery to the last
message. More than five waiting alerts go as digests of at most 500. Nothing arrives twice.

| the target | alerts | in vain | messages that arrive | alerts in them | late | the outbox says |
| --- | --- | --- | --- | --- | --- | --- |
"""
TAIL = """
The real program, killed with SIGKILL while it sends the second of four such digests: the next pass
sends that one again under its ids and the two after it; the first does not come again. `python -m
tests.nightly alerts-killed` kills at random moments.
"""


def page() -> str:
    """The part of docs/faults.md about messages."""
    return HEAD + "".join(map(_line, CASES.values())) + TAIL


def _line(case: Case) -> str:
    late = "not before it is fixed" if case.late is None else f"{case.late} min"
    error = f"*{case.error}*" if case.error else "nothing"
    return (
        f"| {case.words} | {case.alerts:,} | {case.tries} | {case.messages} | {case.arrived:,} "
        f"| {late} | {error} |\n"
    )


def queued(number: int, at: datetime) -> QueuedAlert:
    name = f"event-{number}"
    facts = (
        f'{{"id": "{name}", "apps": [{{"app_id": "1", "name": "An app", "rank_before": 2, '
        f'"rank_after": 1}}], "after": "{at:%FT%TZ}", "by": "{at:%FT%TZ}"}}'
    )
    return QueuedAlert(
        name, "peak", CHART, "apple-rss", at, f"Title {number}", "Text", facts, False
    )


@contextmanager
def target(case: Case, failing: Callable[[], bool]) -> Iterator[tuple[str, list[Got]]]:
    """Its address, and what it got; the host that a redirect leads to must get nothing."""
    if case.door == "unvouched":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(CERTIFICATE)
        with LoopbackStore(lambda request: Answer(), tls=tls) as store:
            yield store.base, []
        return
    with (
        receiving() as other,
        receiving(lambda number: case.answer if failing() else 200, f"{other.base}/x") as receiver,
    ):
        yield receiver.base, receiver.got
        assert other.got == []


@pytest.mark.parametrize("name", CASES)
def test_what_a_bad_target_or_a_flood_comes_to(name: str, tmp_path: Path) -> None:
    case, minute, sent = CASES[name], 0, Counter[str]()
    errors: list[Sent] = []
    ends = case.fails if case.late is None else case.fails + 61

    with (
        target(case, lambda: minute < case.fails) as (base, got),
        Store(tmp_path / "x.db") as store,
    ):
        delivery = DeliverySettings(webhook=Secret(f"{base}/hook"), secret=Secret(SECRET))
        names, raised = target_names(delivery), 0
        arrived: list[int] = []

        def clock() -> datetime:
            return START + timedelta(minutes=minute)

        def tell(sent: Sent) -> None:
            if sent.error:
                errors.append(sent)
            else:
                arrived.append(minute)

        targets = targets_of(delivery, clock)
        while minute < ends:
            with store.transaction():
                while raised < case.alerts and raised * case.every <= minute:
                    put(store, queued(raised, clock()), names)
                    raised += 1
            deliver(store, targets, delivery, clock=clock, on_result=tell)
            # On to the next minute in which there is anything to do.
            next_raise = raised * case.every if raised < case.alerts else ends
            due = [delivery.next_at for delivery in waiting(store, names[0]) if delivery.next_at]
            next_try = (max(due) - START) // timedelta(minutes=1) if due else ends
            minute = max(minute + 1, min(next_raise, next_try))
        left = undelivered(store).get(names[0], 0)
    taken = [received for received in got if case.arrived][len(errors) :]
    for received in taken:
        sent.update(fact["id"] for fact in received.json["alerts"])
    assert len(errors) == case.tries
    assert {sent.error for sent in errors} == ({case.error} if case.error else set())
    assert (len(taken), len(sent), left) == (case.messages, case.arrived, case.alerts - len(sent))
    assert set(sent.values()) <= {1}
    assert (arrived[-1] - case.fails if arrived else None) == case.late


def test_a_flood_that_is_killed_within_goes_on_where_it_was(tmp_path: Path) -> None:
    victims: list[subprocess.Popen[bytes]] = []

    def answer(number: int) -> int | None:
        if number == 2:
            os.kill(victims[0].pid, signal.SIGKILL)
            return None
        return 200

    db = tmp_path / "x.db"
    with receiving(answer) as receiver, LoopbackStore(Shop({CHART: ranked(1, 2)})) as shop:
        hook = f"{receiver.base}/hook"
        (name,) = target_names(DeliverySettings(webhook=Secret(hook)))
        with Store(db) as store, store.transaction():
            for number in range(2000):
                put(store, queued(number, START), [name])
        env = environment(
            shop.base, APPTRACK_DELIVERY_WEBHOOK=hook, APPTRACK_DELIVERY_SECRET=SECRET
        )
        command = [sys.executable, "-m", "tracker", "collect", "--db", str(db), str(CHART)]
        victims.append(subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL))
        assert victims[0].wait(60) == -signal.SIGKILL
        again = subprocess.run(command, env=env, capture_output=True, check=False)
        assert again.returncode == 0, again.stderr
    ids = [[fact["id"] for fact in got.json["alerts"]] for got in receiver.got]
    assert [len(app_id) for app_id in ids] == [500] * 5
    assert ids[1] == ids[2]
    assert len({event for app_id in ids for event in app_id}) == 2000
    with Store(db) as store:
        assert undelivered(store) == {}
