"""The log: one line an event, for people or for programs, and no secret in any of it."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.shop import CHART, GENRE_CHART, Shop, environment, ranked
from tracker.logs import fields, log, log_in_utc
from tracker.loopback.server import Answer, LoopbackStore
from tracker.settings import Secret
from tracker.store import Store

TIME = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    root, level = logging.getLogger(), log.level
    handlers, root_level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(root_level)
    log.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_a_line_of_text_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    log_in_utc()
    log.info("two\nlines", extra=fields(chart="x"))
    try:
        raise ZeroDivisionError("a\nbug")
    except ZeroDivisionError:
        log.exception("it broke")
    first, second = lines(capsys)
    assert re.fullmatch(TIME + r" INFO two \| lines", first)
    assert re.search(r"ERROR it broke \| Traceback.*ZeroDivisionError: a \| bug$", second)


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_name_drives_a_terminal_or_forges_a_line(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log_in_utc(form)
    log.warning(
        "no picture of %s", "\x1b[2J\x9b31m\u202e\u2028\r\n2026-01-01T00:00:00Z ERROR forged"
    )
    (line,) = lines(capsys)
    assert line.isprintable()
    assert not line.startswith("2026-01-01")


def test_a_line_of_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    log_in_utc("json")
    log.warning("failed %s", "x", extra=fields(chart="x", status=503, error=None))
    try:
        raise ZeroDivisionError("a\nbug")
    except ZeroDivisionError:
        log.exception("it broke")
    first, second = map(json.loads, lines(capsys))
    assert re.fullmatch(TIME, first.pop("time"))
    assert first == {
        "level": "warning", "event": "failed x", "chart": "x", "status": 503, "error": None,
    }  # fmt: skip
    assert second["trace"].endswith("ZeroDivisionError: a\nbug")


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_a_library_repeats_of_a_secret_is_veiled(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = Secret("https://user:HIDDEN-pass@h.example:8443/HIDDEN-a/b?token=HIDDEN-q")
    log_in_utc(form, [secret])
    for part in secret.parts:
        log.error("Max retries exceeded with url: %s", part, extra=fields(error=f"at {part}"))
    assert len(secret.parts) >= 4
    said = lines(capsys)
    assert len(said) == len(secret.parts)
    assert not [line for line in said if "HIDDEN" in line]
    assert all("(secret)" in line for line in said)


@pytest.fixture
def shop() -> Iterator[tuple[Shop, str]]:
    shop = Shop({CHART: ranked("1", "2"), GENRE_CHART: Answer(503, b"busy")})
    with LoopbackStore(shop) as store:
        yield shop, store.base


def fetches(said: str) -> list[dict[str, Any]]:
    every = [json.loads(line) for line in said.splitlines()]
    assert all({"time", "level", "event"} <= set(row) for row in every)
    return [row for row in every if "outcome" in row]


def test_one_line_of_json_for_each_fetch(shop: tuple[Shop, str]) -> None:
    with_retry = environment(shop[1], APPTRACK_FETCH_RETRIES="1", APPTRACK_FETCH_BACKOFF="0")
    done = subprocess.run(
        [sys.executable, "-m", "tracker", "collect", "--db", "x.db", "--log-format", "json"],
        env=with_retry, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    rows = sorted(fetches(done.stderr), key=lambda facts: (facts["chart"], facts["outcome"]))
    assert [
        (facts["chart"], facts["outcome"], facts["status"], facts["depth"]) for facts in rows
    ] == [
        (str(CHART), "saved", 200, 2),
        (str(GENRE_CHART), "failed", 503, None),
        (str(GENRE_CHART), "retried", 503, None),
    ]
    assert [facts["error"] for facts in rows] == [None, *["HTTP 503 Service Unavailable"] * 2]
    assert all(facts["seconds"] >= 0 and facts["source"] for facts in rows)
    with Store(Path("x.db")) as store:
        assert store.counts()["fetches"] == len(rows)
