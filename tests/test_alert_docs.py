"""docs/alerts.md says what the program says, and its receiver knows a genuine message."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from tests.support.alerting import HOUR, RULES, rule, view
from tests.support.receiver import Got, receiving
from tests.support.records import CHART, at, seen, series
from tests.test_delivery import MESSAGE, SECRET, webhook
from tracker.alerts.delivery import targets_of
from tracker.alerts.facts import Alert
from tracker.alerts.messages import title
from tracker.alerts.rules import Stale, judged
from tracker.alerts.transitions import Verdict
from tracker.settings import What

PAGE = (Path(__file__).parents[1] / "docs" / "alerts.md").read_text("utf-8")

#: Snapshots of A and B, an hour apart, that give rise to what the page's table says.
EXAMPLES: Mapping[str, list[tuple[int, int]]] = {
    "overtake": [(2, 1), (2, 1), (1, 2), (1, 2)],
    "top": [(3, 1), (3, 1), (7, 1), (7, 1), (3, 1), (3, 1)],
    "peak": [(9, 1), (9, 1), (5, 1), (5, 1)],
    "number-one": [(2, 1), (2, 1), (1, 2), (1, 2)],
    "move": [(10, 1), (10, 1), (5, 1), (5, 1), (5, 1), (5, 1), (12, 1), (12, 1)],
}


def examples(what: str) -> list[Alert]:
    if what == "stale":
        times = [at(0), at(3), at(4)]
        return Stale(rule("stale", after=2 * HOUR)).alerts(CHART, "apple-rss", times, at(4))
    snapshots = series({hour: seen(10, *ranks) for hour, ranks in enumerate(EXAMPLES[what])})
    pairs = judged(RULES[what], view(RULES[what], snapshots))
    return [alert for alert, verdict in pairs if verdict is Verdict.SENT]


@pytest.mark.parametrize("what", list(What))
def test_the_page_has_what_each_rule_says(what: What) -> None:
    (row,) = re.findall(rf"^\| `{what}` .*$", PAGE, re.MULTILINE)
    alerts = examples(what)
    assert alerts
    said = re.findall(r"`([^`]+)`", row)
    for alert in alerts:
        assert title(alert).partition(" · ")[0] in said
        assert any(alert.id.endswith(end) for end in said)


def is_genuine() -> Callable[..., bool]:
    """The page's own receiver."""
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(block, names)
    is_genuine: Callable[..., bool] = names["is_genuine"]
    return is_genuine


def received(sent_at: datetime) -> Got:
    with receiving() as receiver:
        for target in targets_of(webhook(receiver.base), lambda: sent_at):
            target.send(MESSAGE)
    return receiver.got[0]


def test_the_pages_receiver_knows_a_genuine_message() -> None:
    check, secret = is_genuine(), SECRET.encode()
    got = received(datetime.now(UTC))
    headers = CaseInsensitiveDict(got.headers)
    assert check(headers, got.body, secret)
    assert not check(headers, got.body + b" ", secret)
    assert not check(headers, got.body, b"another secret of the tests")
    later = str(int(headers["Apptrack-Timestamp"]) + 1)
    assert not check(
        CaseInsensitiveDict(headers, **{"Apptrack-Timestamp": later}), got.body, secret
    )
    old = received(datetime.now(UTC) - timedelta(hours=1))
    assert not check(CaseInsensitiveDict(old.headers), old.body, secret)
