"""Names of apps that a page has by id alone, looked up over HTTP after a pass."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.shop import HASTY, Said, apptrack, pointed, ranked
from tracker.fetch import Fetcher
from tracker.lookup import BATCH, CALLS, look_up_names
from tracker.loopback.names import lookup_answer
from tracker.loopback.pages import web_page
from tracker.loopback.server import Answer, LoopbackStore, Request
from tracker.model import Chart, Entry, Snapshot
from tracker.store import Reader, Store
from tracker.store.lookups import AGAIN, unnamed

DB = Path("apptrack.db")
CHART = Chart.parse("us/iphone/top-free/apps")
JAPAN = Chart.parse("jp/iphone/top-free/apps")
FULL = ranked(*range(2_000_000_001, 2_000_000_201))
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class Shop:
    """A store of one page for every address, and a lookup of ``apps``."""

    def __init__(self) -> None:
        self.apps = {entry.app_id: entry for entry in FULL}
        self.lookup: Answer | None = None
        self.asked: list[list[str]] = []

    def __call__(self, request: Request) -> Answer:
        if not request.path.startswith("/lookup"):
            return Answer(body=web_page(CHART, FULL), content_type="text/html")
        self.asked.append(parse_qs(urlsplit(request.path).query)["id"][0].split(","))
        return self.lookup or lookup_answer(request, self.apps)


class Program:
    def __init__(self, shop: Shop, base: str) -> None:
        self.shop, self.base = shop, base

    def __call__(self, *args: object, **env: str) -> Said:
        settings = {"APPTRACK_SOURCES": "web-charts", **env}
        return apptrack(*args, "--db", DB, base=self.base, **settings)


@pytest.fixture
def run() -> Iterator[Program]:
    shop = Shop()
    with LoopbackStore(shop) as store:
        yield Program(shop, store.base)


def rows(sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(DB)) as connection:
        return connection.execute(sql).fetchall()


def nameless() -> int:
    ((apps,),) = rows("SELECT count(*) FROM apps WHERE name IS NULL")
    return int(apps)


def test_after_a_pass_every_app_has_its_name_of_the_store(run: Program) -> None:
    said = run("collect", CHART)
    assert said.returncode == 0
    assert said.stderr.splitlines() == [
        "names of 150 apps looked up in us, 150 found",
        "names of 25 apps looked up in us, 25 found",
    ]
    assert nameless() == 0
    ids = [entry.app_id for entry in FULL[25:]]
    assert run.shop.asked == [ids[:150], ids[150:]]
    last = FULL[-1]
    ((name, developer, storefront, named_at),) = rows(
        f"SELECT name, developer, storefront, named_at FROM apps WHERE store_id = '{last.app_id}'"
    )
    assert (name, developer, storefront) == (last.name, last.developer, "us")
    assert now() - timedelta(minutes=1) < datetime.fromisoformat(named_at) <= now()
    assert rows("SELECT count(*) FROM names") == [(200,)]
    assert rows("SELECT count(*) FROM fetches") == [(1,)]  # a lookup is not a fetch of a chart
    assert run("verify").returncode == 0
    assert str(last.name) in run("stats", str(last.name), "--on", CHART).stdout


def test_a_name_is_looked_up_once(run: Program) -> None:
    run("collect", CHART)
    run.shop.asked.clear()
    assert "names" not in run("collect", CHART).stderr
    assert run.shop.asked == []


def test_ids_that_the_store_leaves_out_are_asked_for_again_after_a_week(run: Program) -> None:
    unknown = FULL[199].app_id
    del run.shop.apps[unknown]
    assert "names of 25 apps looked up in us, 24 found" in run("collect", CHART).stderr
    assert nameless() == 1
    with Reader(DB) as reader:
        assert unnamed(reader, CHART, "web-charts", now()) == []
        later = now() + AGAIN + timedelta(seconds=1)
        assert unnamed(reader, CHART, "web-charts", later) == [unknown]
        assert unnamed(reader, CHART, "apple-rss", later) == []


def test_one_setting_turns_it_off(run: Program) -> None:
    said = run("collect", CHART, APPTRACK_LOOKUP_NAMES="false")
    assert (said.returncode, said.stderr) == (0, "")
    assert run.shop.asked == []
    assert nameless() == 175
    Path("apptrack.toml").write_text("lookup_names = 3\n", encoding="utf-8")
    refused = run("collect", CHART)
    assert refused.returncode == 2
    assert "lookup_names: " in refused.stderr


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (Answer(503, b"busy"), "lookup of names failed: 127.0.0.1"),
        (Answer(body=b"<html>"), "names of 150 apps in us: iTunes search: "),
        (Answer(body=b'{"errorMessage": "no"}'), "the store says 'no'"),
    ],
)
def test_a_lookup_that_fails_fails_no_pass_and_stores_no_name(
    run: Program, answer: Answer, line: str
) -> None:
    run.shop.lookup = answer
    said = run("collect", CHART)
    assert (said.returncode, nameless()) == (0, 175)
    assert line in said.stderr


def test_what_cannot_be_read_is_not_asked_for_again_at_once(run: Program) -> None:
    run.shop.lookup = Answer(body=b"not JSON")
    run("collect", CHART)
    assert len(run.shop.asked) == 2
    with Reader(DB) as reader:
        assert unnamed(reader, CHART, "web-charts", now()) == []


def test_a_name_for_an_app_that_was_not_asked_for_is_not_stored(run: Program) -> None:
    stranger = Entry(1, "77", "Not asked for")
    run.shop.lookup = lookup_answer(
        Request("GET", "/lookup?id=77&country=us", {}, 1), {"77": stranger}
    )
    assert "150 apps looked up in us, 0 found" in run("collect", CHART).stderr
    assert rows("SELECT * FROM apps WHERE store_id = '77'") == []
    assert nameless() == 175


def nameless_chart(chart: Chart, size: int) -> Snapshot:
    entries = tuple(Entry(rank, str(1000 + rank)) for rank in range(1, size + 1))
    return Snapshot(chart, "web-charts", NOW, entries)


def test_calls_are_bounded_and_the_next_pass_goes_on(run: Program) -> None:
    run.shop.lookup = Answer(body=b'\n\n{"resultCount": 0, "results": []}')
    lines: list[str] = []
    stop = threading.Event()
    settings = replace(pointed(run.base, DB), sources=("web-charts",))
    with Store(DB) as store, Fetcher(HASTY, clock=lambda: NOW, stop=stop) as fetcher:
        store.save(nameless_chart(CHART, BATCH * CALLS + 10))
        store.save(nameless_chart(JAPAN, BATCH * CALLS + 30))

        def one_pass() -> list[int]:
            run.shop.asked.clear()
            look_up_names(
                [CHART, JAPAN], settings=settings, store=store, fetcher=fetcher,
                clock=lambda: NOW, stop=stop, say=lambda line, bad: lines.append(line),
            )  # fmt: skip
            return [len(ids) for ids in run.shop.asked]

        assert one_pass() == [BATCH] * CALLS
        lines.clear()
        one_pass()
        assert lines[0] == "names of 10 apps looked up in us, 0 found"
        assert lines[1] == "names of 150 apps looked up in jp, 0 found"
        stop.set()
        assert one_pass() == []
