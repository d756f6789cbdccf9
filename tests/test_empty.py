"""A chart that the store itself calls empty: no failure, no snapshot, and everything says so."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.shop import CHART, GENRE_CHART, PUBLISHED, Said, Shop, apptrack, ranked
from tests.support.shop import body as body_of
from tracker.analysis.health import Flag
from tracker.loopback.formats import render
from tracker.loopback.server import Answer, LoopbackStore
from tracker.model import Chart, Fetch, Outcome, Payload
from tracker.sources import SOURCES
from tracker.store import Store

DB = Path("apptrack.db")
MAC = Chart.parse("us/mac/top-paid/all")
EMPTY = Answer(body=render("itunes-rss", MAC, (), PUBLISHED))
LINE = "itunes-rss: the feed of this chart has no entries: the store calls it empty"


class Program:
    def __init__(self, shop: Shop, base: str) -> None:
        self.shop, self.base = shop, base

    def __call__(self, *args: object, **env: str) -> Said:
        return apptrack(*args, "--db", DB, base=self.base, **env)

    def status(self, chart: Chart) -> tuple[int, Any]:
        said = self("status", chart, "--json")
        (row,) = json.loads(said.stdout)["charts"]
        return said.returncode, row


@pytest.fixture
def run() -> Iterator[Program]:
    shop = Shop({MAC: EMPTY, CHART: ranked(1, 2, 3)})
    with LoopbackStore(shop) as store:
        yield Program(shop, store.base)


def an_hour_passes() -> None:
    """What is stored becomes an hour older."""
    earlier = "strftime('%Y-%m-%dT%H:%M:%SZ', {0}, '-1 hour')"
    with closing(sqlite3.connect(DB)) as connection, connection:
        for table, column in (("snapshots", "observed_at"), ("fetches", "started_at")):
            connection.execute(f"UPDATE {table} SET {column} = {earlier.format(column)}")


def rows(sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(DB)) as connection:
        return connection.execute(sql).fetchall()


def test_an_empty_chart_is_no_failure_and_its_payload_is_stored(run: Program) -> None:
    said = run("collect", MAC, CHART)
    assert (said.returncode, said.stderr) == (0, "")
    assert f"empty     {MAC}  itunes-rss  {LINE}" in said.stdout
    fetches = rows("SELECT outcome, status, error, payload NOTNULL, snapshot FROM fetches"
                   " WHERE source = 'itunes-rss'")  # fmt: skip
    assert fetches == [("empty", 200, LINE, 1, None)]
    assert rows("SELECT * FROM failures") == []
    assert rows("SELECT count(*) FROM snapshots") == [(1,)]
    assert run("verify").returncode == 0


def test_log_metrics_and_heartbeat_count_no_failure(run: Program) -> None:
    pings: list[str] = []

    def ping(request: Any) -> Answer:
        pings.append(request.path)
        return Answer()

    with LoopbackStore(ping) as beat:
        env = {"APPTRACK_METRICS_FILE": "out.prom", "APPTRACK_HEARTBEAT": f"{beat.base}/beat"}
        said = run("collect", MAC, CHART, "--log-format", "json", **env)
    assert said.returncode == 0
    lines = [json.loads(line) for line in said.stderr.splitlines()]
    assert {line["level"] for line in lines} == {"info"}
    assert any("pass done: 1 of 2 charts stored, 1 empty, 0 failed" in str(line) for line in lines)
    assert pings == ["/beat"]
    metrics = Path("out.prom").read_text(encoding="utf-8")
    assert 'apptrack_last_pass_fetches{outcome="empty"} 1.0' in metrics
    assert "apptrack_last_pass_whole 1.0" in metrics


def test_status_says_empty_and_all_is_well(run: Program) -> None:
    run("collect", MAC)
    code, row = run.status(MAC)
    assert (code, row["flags"], row["last_success"]) == (0, [], None)
    assert row["empty_at"] == row["last_attempt"]
    said = run("status", MAC)
    assert "empty" in said.stdout
    assert row["empty_at"] in said.stdout
    assert "all is well" in said.stdout


def test_a_chart_that_was_last_called_empty_long_ago_is_stale(run: Program) -> None:
    run("collect", MAC)
    with closing(sqlite3.connect(DB)) as connection, connection:
        connection.execute("UPDATE fetches SET started_at = '2026-01-01T00:00:00Z'")
    code, row = run.status(MAC)
    assert (code, row["flags"]) == (1, [Flag.STALE])
    assert "last observed" in row["problems"][0]["what"]


def test_a_chart_that_had_entries_before_is_shrunk_when_it_is_called_empty(run: Program) -> None:
    run.shop.charts[MAC] = ranked(5, 6)
    run("collect", MAC)
    an_hour_passes()
    run.shop.charts[MAC] = EMPTY
    assert run("collect", MAC).returncode == 0
    code, row = run.status(MAC)
    assert (code, row["flags"], row["depth"]) == (1, [Flag.SHRUNK], 2)
    assert (
        "the store calls it empty; the snapshot before had 2 entries"
        in (row["problems"][0]["what"])
    )
    an_hour_passes()
    run.shop.charts[MAC] = ranked(5, 6, 7)
    run("collect", MAC)
    code, row = run.status(MAC)
    assert (code, row["flags"], row["empty_at"]) == (0, [], None)


@pytest.mark.parametrize(
    ("chart", "answer", "line"),
    [
        (CHART, Answer(body=render("apple-rss", CHART, (), PUBLISHED)), "feed.results is empty"),
        (GENRE_CHART, Answer(body=render("itunes-rss", MAC, (), PUBLISHED)),
         "feed of the response is 'toppaidmacapps'"),
        (MAC, Answer(body=EMPTY.body.replace(b'"updated"', b'"changed"')),
         "'changed' is in the feed instead"),
        (MAC, Answer(body=b""), "the body is empty"),
    ],
)  # fmt: skip
def test_what_only_seems_empty_is_refused(
    run: Program, chart: Chart, answer: Answer, line: str
) -> None:
    run.shop.charts[chart] = answer
    said = run("collect", chart)
    assert said.returncode == 1
    assert said.stdout.startswith("refused")
    assert line in said.stdout


def test_an_empty_feed_cannot_be_imported(run: Program) -> None:
    path = Path("empty.json")
    path.write_bytes(EMPTY.body)
    said = run("import", path, "--payload", "itunes-rss", "--chart", MAC,
               "--at", "2026-09-01T00:00:00Z")  # fmt: skip
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == f"apptrack: empty.json: {LINE}\n"


def test_reparse_calls_empty_what_an_earlier_version_refused(run: Program) -> None:
    url = SOURCES["itunes-rss"].url(MAC, run.base)
    payload = Payload(MAC, "itunes-rss", url, PUBLISHED, EMPTY.body)
    fetch = Fetch(MAC, "itunes-rss", url, PUBLISHED, 0.1, Outcome.REFUSED, 200, "is empty")
    with Store(DB) as store:
        store.record(replace(fetch, payload=payload))
    run("reparse", "--dry-run")
    assert rows("SELECT outcome FROM fetches") == [("refused",)]
    run("reparse")
    assert rows("SELECT outcome, error, snapshot FROM fetches") == [("empty", LINE, None)]
    assert "0 snapshots" in run("reparse").stdout


def test_the_loopback_store_renders_what_is_called_empty() -> None:
    assert body_of(MAC, (), "itunes-rss") == EMPTY.body
