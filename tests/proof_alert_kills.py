"""The program killed at random moments and in the middle of a delivery: every alert of what is
stored arrives, under one id.

``python -m tests.nightly alerts-killed`` does the same more often.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.proof_kills import CHARTS, DB, sound
from tests.support.killing import Runner
from tests.support.receiver import Got, receiving
from tests.support.shop import CHART, Shop, apptrack, environment, ranked
from tests.support.waiting import another_second, wait_until
from tests.test_delivery import SECRET, is_signed
from tests.test_delivery import TOML as OVERTAKE
from tracker.loopback.server import LoopbackStore
from tracker.store import Store
from tracker.store.outbox import listed, undelivered

TIMES = 3
TOML = """
charts = [{charts}]
[[alerts]]
rule = "overtake"
app = "1"
over = "2"
confirm = 1
[[alerts]]
rule = "overtake"
app = "2"
over = "1"
confirm = 1
[delivery]
webhook = "{base}/hook"
secret_file = "secret.txt"
"""


def alerts_are_killed(times: int) -> int:
    """Kill so many passes that raise four alerts each; how many were killed in time."""
    dice, killed = random.Random(1), 0
    shop = Shop({})
    with receiving() as receiver, LoopbackStore(shop) as store, Runner(store.base) as run:
        Path("secret.txt").write_text("a secret of the tests", "utf-8")
        charts = ", ".join(f'"{chart}"' for chart in CHARTS)
        Path("apptrack.toml").write_text(TOML.format(charts=charts, base=receiver.base), "utf-8")
        turn(shop, 0)
        usual = run("collect", "--db", DB).seconds
        for number in range(1, times + 1):
            turn(shop, number)
            killed += run("collect", "--db", DB, kill_after=dice.uniform(0, 1.5 * usual)).killed
            sound(DB)
        turn(shop, times)
        assert run("collect", "--db", DB).code == 0
        would = run("alerts", "test", "--since", "2020-01-01", "--json", "--db", DB)
        assert would.code == 0, would
    check(receiver.got, json.loads(would.said))
    return killed


def turn(shop: Shop, number: int) -> None:
    """Let the other app be ahead on every chart, in a second of its own."""
    another_second()
    order = ("1", "2") if number % 2 else ("2", "1")
    shop.charts.update((chart, ranked(*order)) for chart in CHARTS)


def check(got: Iterable[Got], would: list[dict[str, list[dict[str, str]]]]) -> None:
    """What looking back tells of the database is what was raised with each snapshot, and
    arrived.
    """
    sent = {alert["id"] for rule in would for alert in rule["alerts"]}
    with Store(DB) as store:
        raised = {event for (event,) in store.db.execute("SELECT event FROM alerts")}
        assert undelivered(store) == {}
    assert raised == sent
    assert {fact["id"] for received in got for fact in received.json["alerts"]} == sent
    assert len(sent) >= len(CHARTS)


def test_alerts_are_killed() -> None:
    assert alerts_are_killed(TIMES) >= 1


def program(base: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tracker", *args, "--db", "x.db"],
        env=environment(base, APPTRACK_DELIVERY_SECRET=SECRET),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("command", [("collect",), ("run", "--every", "1s")])
def test_killed_between_send_and_mark_the_alert_comes_again_under_its_id(
    command: tuple[str, ...],
) -> None:
    victims: list[subprocess.Popen[str]] = []

    def answer(number: int) -> int | None:
        if number == 1:
            os.kill(victims[0].pid, signal.SIGKILL)
            return None
        return 200

    goods = Shop({CHART: ranked("2", "1")})
    with receiving(answer) as receiver, LoopbackStore(goods) as store:
        base = store.base
        Path("apptrack.toml").write_text(OVERTAKE.format(base=receiver.base), "utf-8")
        assert apptrack("collect", "--db", "x.db", base=base).returncode == 0
        goods.charts[CHART] = ranked("1", "2")
        another_second()
        victims.append(program(base, *command))
        assert victims[0].wait(30) == -signal.SIGKILL
        victims[0].communicate()
        with Store(Path("x.db")) as database:
            assert len(undelivered(database)) == 1
        second = program(base, *command)
        try:
            wait_until(lambda: len(receiver.got) == 2)
            if command[0] == "run":
                second.send_signal(signal.SIGTERM)
            _, said = second.communicate(timeout=300)
        finally:
            second.kill()
    assert second.returncode == 0, said
    assert "1 alert delivered to webhook-" in said
    assert len(set(receiver.ids)) == 1
    assert receiver.got[0].body == receiver.got[1].body
    assert all(is_signed(received) for received in receiver.got)
    with Store(Path("x.db")) as database:
        assert undelivered(database) == {}
        assert [delivery.attempts for delivery in listed(database, 9)] == [1]
