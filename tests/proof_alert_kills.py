"""The program killed at random moments: every alert of what is stored arrives, under one id.

``python -m tests.nightly alerts-killed`` does the same more often.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable
from pathlib import Path

from tests.proof_kills import CHARTS, DB, sound
from tests.support.killing import Runner
from tests.support.receiver import Got, receiving
from tests.support.shop import Shop, ranked
from tracker.loopback.server import LoopbackStore
from tracker.store import Store
from tracker.store.outbox import undelivered

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
    time.sleep(1.05)
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
