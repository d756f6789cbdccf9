"""The chart pages of a whole store, read over HTTP by the real commands."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.shop import Said, apptrack, ranked
from tracker.loopback.names import lookup_answer
from tracker.loopback.pages import web_page
from tracker.loopback.server import Answer, LoopbackStore, Request
from tracker.model import Chart

CHART = Chart.parse("us/iphone/top-free/apps")
DB = Path("apptrack.db")
PATH = "us/iphone/charts/6015"
FULL = ranked(*range(2_000_000_001, 2_000_000_201))


class Store:
    """A store that answers every page's address with ``page``, and remembers what was asked."""

    def __init__(self) -> None:
        self.page: Callable[[Request], Answer] = lambda request: html(web_page(CHART, FULL))
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Answer:
        if request.path.startswith("/lookup"):
            return lookup_answer(request, {entry.app_id: entry for entry in FULL})
        self.asked.append(request.path)
        return self.page(request)


def html(body: bytes) -> Answer:
    return Answer(body=body, content_type="text/html; charset=utf-8")


class Program:
    """The program reading all charts from the pages of a store."""

    def __init__(self, store: Store, base: str) -> None:
        self.store, self.base = store, base

    def __call__(self, *args: object) -> Said:
        settings = {"APPTRACK_SOURCES": "web-charts"}
        return apptrack(*args, "--db", DB, base=self.base, **settings)


@pytest.fixture
def run() -> Iterator[Program]:
    store = Store()
    with LoopbackStore(store) as loopback:
        yield Program(store, loopback.base)


def fetches() -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(DB)) as connection:
        return connection.execute("SELECT outcome, error, payload NOTNULL FROM fetches").fetchall()


@pytest.mark.parametrize(
    "slug",
    [
        "us/iphone/top-free/apps", "us/iphone/top-paid/productivity", "gb/ipad/top-free/games",
        "jp/iphone/top-free/finance",
    ],
)  # fmt: skip
def test_a_page_gives_200_ranks(run: Program, slug: str) -> None:
    chart = Chart.parse(slug)
    run.store.page = lambda request: html(web_page(chart, FULL, bundles={FULL[3].app_id}))
    said = run("collect", slug)
    assert said.returncode == 0
    assert "200 entries" in said.stdout
    assert said.stderr.startswith(f"names of 150 apps looked up in {chart.storefront}, 150 found")
    genre = chart.genre_number or 36
    storefront, device, ranking = slug.split("/")[:3]
    assert run.store.asked == [f"/{storefront}/{device}/charts/{genre}?chart={ranking}"]
    deepest = json.loads(run("stats", FULL[-1].app_id, "--on", slug, "--json").stdout)
    assert (deepest["peak_rank"], deepest["source"]) == (200, "web-charts")
    assert run("verify").returncode == 0


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (web_page(Chart.parse("us/iphone/top-free/finance"), FULL),
         "the genre of the response is '6015', not '36'"),
        (web_page(Chart.parse("us/ipad/top-free/apps"), FULL),
         "the device of the response is 'ipad', not 'iphone'"),
        (web_page(Chart.parse("jp/iphone/top-free/apps"), FULL),
         "the storefront of the response is 'jp', not 'us'"),
        (web_page(CHART, FULL, age_band="1"), "this is the kids chart of age band 1"),
    ],
)  # fmt: skip
def test_a_page_of_another_chart_is_refused_and_its_bytes_are_stored(
    run: Program, body: bytes, line: str
) -> None:
    run.store.page = lambda request: html(body)
    said = run("collect", CHART)
    assert said.returncode == 1
    assert line in said.stdout
    assert fetches() == [("refused", f"web-charts: {line}", 1)]


def test_a_page_that_draws_the_other_ranking_is_read_by_its_segments(run: Program) -> None:
    paid = Chart.parse("us/iphone/top-paid/apps")
    run.store.page = lambda request: html(web_page(paid, FULL))
    assert run("collect", CHART, paid).returncode == 0
    with closing(sqlite3.connect(DB)) as connection:
        tops = dict(connection.execute("SELECT chart, app_id FROM latest WHERE rank = 1"))
    assert tops[str(paid)] == FULL[0].app_id
    assert tops[str(CHART)] not in {entry.app_id for entry in FULL}


def test_a_redirect_to_another_storefront_is_refused(run: Program) -> None:
    china = Chart.parse("cn/iphone/top-free/apps")

    def moved(request: Request) -> Answer:
        if request.path.startswith("/us/"):
            return Answer(302, headers={"Location": request.path.replace("/us/", "/cn/")})
        return html(web_page(china, FULL))

    run.store.page = moved
    said = run("collect", CHART)
    assert said.returncode == 1
    assert "web-charts: the storefront of the response is 'cn', not 'us'" in said.stdout
    assert len(run.store.asked) == 2


def test_a_redirect_to_a_hub_is_read_for_its_genre(run: Program) -> None:
    def hub(request: Request) -> Answer:
        if "/charts/" in request.path:
            return Answer(302, headers={"Location": "/us/iphone/charts?chart=top-free"})
        return html(web_page(CHART, FULL, hub={"6014": FULL[::-1]}))

    run.store.page = hub
    assert "200 entries" in run("collect", CHART).stdout


def test_a_page_without_json_is_read_from_its_markup_and_everything_says_so(run: Program) -> None:
    run.store.page = lambda request: html(web_page(CHART, FULL, markup_only=True))
    said = run("collect", CHART)
    remark = "read from the page's markup alone, which draws the first 25 ranks"
    assert said.returncode == 0
    assert f"25 entries, {remark}" in said.stdout
    assert fetches() == [("saved", remark, 1)]
    logged = run("collect", CHART, "--log-format", "json").stderr.splitlines()
    (attempt,) = [row for row in map(json.loads, logged) if row.get("outcome")]
    assert (attempt["depth"], attempt["error"]) == (25, remark)


def test_a_saved_page_is_imported_by_what_it_says_of_itself(run: Program) -> None:
    page, at = Path("page.html"), "2026-11-01T12:00:00Z"
    page.write_bytes(web_page(Chart.parse("us/iphone/top-free/finance"), FULL))
    wrong = ("us/iphone/top-free/productivity", "us/ipad/top-free/finance")
    for slug in wrong:
        said = run("import", page, "--payload", "web-charts", "--chart", slug, "--at", at)
        assert said.returncode == 1
        assert "page.html: web-charts: the " in said.stderr
    slug = "us/iphone/top-free/finance"
    assert run("import", page, "--payload", "web-charts", "--chart", slug, "--at", at).stdout
    page.write_bytes(web_page(Chart.parse(slug), FULL, markup_only=True))
    said = run("import", page, "--payload", "web-charts", "--chart", slug, "--at", at)
    assert said.returncode == 1
    assert "nothing on the page names genre and ranking" in said.stderr
    link = f'<link rel="canonical" href="https://apps.apple.com/{PATH}?chart=top-free"></head>'
    page.write_bytes(page.read_bytes().replace(b"</head>", link.encode()))
    later = "2026-11-02T12:00:00Z"
    said = run("import", page, "--payload", "web-charts", "--chart", slug, "--at", later)
    assert said.returncode == 0
    assert "; read from the page's markup alone, which draws the first 25 ranks" in said.stdout
    assert run("verify").returncode == 0
