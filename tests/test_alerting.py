"""`apptrack alerts`: what a person sees of rules, targets and outbox."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.receiver import receiving
from tests.support.shop import CHART, ranked
from tests.support.stored import at
from tests.test_outbox import queued
from tracker.cli import main
from tracker.model import Provenance, Snapshot
from tracker.settings import Secret
from tracker.store import Store
from tracker.store.outbox import (
    listed,
    mark_delivered,
    mark_failed,
    put,
    undelivered,
    waiting,
)

DB = Path("x.db")
RULES = """
charts = ["us/iphone/top-free/apps"]
db = "x.db"

[[alerts]]
rule = "overtake"
app = "deepseek"
over = "chatgpt"

[[alerts]]
rule = "number-one"
charts = ["us/iphone/top-free/apps", "jp/iphone/top-free/apps"]
picture = true

[[alerts]]
rule = "stale"
after = "6h"
"""
DEEPSEEK, CHATGPT = "6737597349", "6448311069"
LEADS = "CCDCCDDCDD"  # who was at rank 1, hour by hour


def configure(more: str = "") -> None:
    Path("apptrack.toml").write_text(RULES + more, "utf-8")


def record() -> None:
    with Store(DB) as store:
        for hour, lead in enumerate(LEADS):
            ids = (DEEPSEEK, CHATGPT) if lead == "D" else (CHATGPT, DEEPSEEK)
            store.save(Snapshot(CHART, "apple-rss", at(hour), ranked(*ids, "7")))


def alerts(*args: str, **env: str) -> Result:
    return CliRunner().invoke(main, ["alerts", *args], env=env)


def printed(*args: str) -> Any:
    result = alerts(*args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_test_shows_what_would_have_been_sent_and_held_back() -> None:
    configure()
    record()
    overtake, first, elsewhere, stale = printed("test", "--since", "2026-01-01")
    assert [overtake[key] for key in ("sent", "flips_held_back", "returns_held_back")] == [1, 1, 1]
    assert [(alert["by"], alert["verdict"]) for alert in overtake["alerts"]] == [
        ("2026-01-01T02:00:00Z", "flip"), ("2026-01-01T05:00:00Z", "sent"),
        ("2026-01-01T08:00:00Z", "back"),
    ]  # fmt: skip
    assert first["sent"] == 1
    assert (elsewhere["source"], elsewhere["alerts"]) == (None, [])
    assert [alert["after"] for alert in stale["alerts"]] == ["2026-01-01T09:00:00Z"]
    with Store(DB) as store:
        assert listed(store, 9) == []


def test_test_in_words() -> None:
    configure()
    record()
    result = alerts("test", "--since", "2026-01-01T00:00:00Z")
    assert result.exit_code == 0
    assert re.search(
        r"DeepSeek overtakes ChatGPT +us/iphone/top-free/apps +apple-rss +[1-9]\d* +1 +1 +1 +0",
        result.stdout,
    )
    assert re.search(r"jp/iphone/top-free/apps +never observed +0", result.stdout)
    assert "2026-01-01T06:00:00Z  DeepSeek passed ChatGPT · App Store, United" in result.stdout
    assert "DeepSeek passed" not in alerts("test", "--since", "1d").stdout


def test_test_names_apps_as_the_store_does_and_is_silent_on_what_a_file_left_out() -> None:
    configure('[[alerts]]\nrule = "peak"\napp = "7"\n')
    with Store(DB) as store:
        for hour in (0, 9):
            snapshot = Snapshot(CHART, "apple-rss", at(hour), ranked("7"))
            store.save(replace(snapshot, provenance=Provenance.IMPORTED))
    stale, peak = printed("test", "--since", "2026-01-01")[3:]
    assert (stale["source"], stale["alerts"]) == (None, []), "this program never looked"
    assert peak["rule"] == "Filler 7 has a new peak"


def test_what_would_be_sent_is_what_overtakes_says_is_confirmed() -> None:
    configure()
    record()
    result = CliRunner().invoke(main, ["overtakes", "deepseek", "chatgpt", "--json"])
    confirmed = {
        row["id"]
        for row in json.loads(result.stdout)
        if row["status"] == "confirmed" and str(row["winner_id"]) == DEEPSEEK
    }
    overtake = printed("test", "--since", "2026-01-01")[0]["alerts"]
    assert confirmed == {row["id"] for row in overtake if row["verdict"] in ("sent", "back")}
    for row in confirmed:
        assert CliRunner().invoke(main, ["cite", row]).exit_code in (0, 1)


@pytest.mark.parametrize("command", ["test", "list"])
def test_without_rules_a_line_says_how_to_write_one(command: str) -> None:
    result = alerts(command)
    assert result.exit_code == 1
    assert "write [[alerts]] tables" in result.stderr


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # Apprise looks for it
def test_list_shows_rules_targets_and_what_is_wrong() -> None:
    configure('[delivery]\nwebhook = "https://h.example/HIDDEN"\napprise = ["nonsense://HIDDEN"]\n')
    result = alerts("list")
    assert result.exit_code == 1
    assert "any app is new at number one" in result.stdout
    assert "nothing stored for longer than 6 h" in result.stdout
    assert f"target: webhook-{Secret('https://h.example/HIDDEN').mark}" in result.stdout
    assert "Apprise does not know this address" in result.stderr
    assert "needs a secret" in result.stderr
    assert "jp/iphone/top-free/apps is in a rule and not in 'charts'" in result.stderr
    assert "HIDDEN" not in result.output + result.stderr
    configure()
    assert "there is no target" in alerts("list").stderr
    configure('[delivery]\nwebhook = "https://h.example/HIDDEN"\n')
    assert alerts("list", "--json", APPTRACK_DELIVERY_SECRET="x" * 16).exit_code == 0


def test_list_counts_charts_rather_than_fill_the_screen_with_them() -> None:
    Path("apptrack.toml").write_text(
        'storefronts = ["us", "jp", "de", "fr", "gb"]\ncharts = ["*/iphone/top-free/apps"]\n'
        '[[alerts]]\nrule = "number-one"\n', "utf-8"
    )  # fmt: skip
    assert "jp/iphone/top-free/apps, de/iphone/top-free/apps, and 2 more" in alerts("list").stdout
    rules = json.loads(alerts("list", "--json").stdout)["rules"]
    assert len(rules[0]["charts"]) == 5


def test_send_test_tries_each_target_and_fails_if_one_does() -> None:
    with receiving() as receiver:
        configure(f'[delivery]\nwebhook = "{receiver.base}/hook"\n')
        result = alerts("send-test", APPTRACK_DELIVERY_SECRET="x" * 16)
        assert (result.exit_code, result.stdout[:13]) == (0, "sent  webhook")
        (got,) = receiver.got
        assert (got.json["kind"], got.json["alerts"]) == ("test", [])
        result = alerts("send-test")
        assert result.exit_code == 1
        assert "needs a secret" in result.stdout
    result = alerts("send-test", APPTRACK_DELIVERY_SECRET="x" * 16)
    assert result.exit_code == 1
    assert "connection refused" in result.stdout
    configure()
    assert "there is no target" in alerts("send-test").stderr


def test_the_outbox_shows_the_state_of_each() -> None:
    configure('[delivery]\nwebhook = "https://h.example/HIDDEN"\n')
    name = f"webhook-{Secret('https://h.example/HIDDEN').mark}"
    with Store(DB) as store:
        for number in (1, 2, 3):
            put(store, queued(number), [name])
            if number == 1:
                mark_delivered(store, waiting(store, name), "event-1", at(1))
            if number == 2:
                mark_failed(store, waiting(store, name), "HTTP 503 Service Unavailable", at(2))
        put(store, queued(4), [])
        put(store, queued(5), ["gone-1234"])
    facts = {row["id"]: row for row in printed("outbox")}
    assert [facts[f"event-{n}"]["state"] for n in (1, 2, 3)] == ["delivered", "failed", "pending"]
    assert facts["event-2"]["error"] == "HTTP 503 Service Unavailable"
    assert facts["event-2"]["next_at"] == "2026-01-01T02:00:00Z"
    result = alerts("outbox")
    assert "HTTP 503 Service Unavailable; again from 2026-01-01T02:00:00Z" in result.stdout
    assert "not delivered: 3" in result.stdout
    assert "1 wait for gone-1234, which is not a target of the settings any more" in result.stderr
    assert f"{name}' is still a target" in alerts("redirect", name, name).stderr
    assert f"not a target of the settings (one of {name})" in alerts("redirect", "x", "y").stderr
    with Store(DB) as store:
        mark_failed(store, waiting(store, "gone-1234"), "HTTP 410 Gone", at(999))
        put(store, queued(6), ["gone-1234", name])
    assert alerts("redirect", "gone-1234", name).stdout == f"2 redirected to {name}\n"
    assert alerts("redirect", "gone-1234", name).stdout == f"0 redirected to {name}\n"
    with Store(DB) as store:
        assert undelivered(store) == {name: 4}, "letter 6 is there once"
        (moved,) = [
            delivery for delivery in waiting(store, name) if delivery.alert.event == "event-5"
        ]
        assert (moved.attempts, moved.next_at, moved.error) == (0, None, None), "it is due at once"
    assert "1 were raised while there was no target" in result.stderr
    assert "HIDDEN" not in result.output + result.stderr


def test_an_empty_outbox_and_no_database() -> None:
    configure()
    assert alerts("outbox").exit_code == 1
    record()
    assert printed("outbox") == []
