"""Browse: each page and each query of a small database, asked of the real command over HTTP."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from tests.support.browsing import (
    CHATGPT,
    CHECKED,
    DEEPSEEK,
    IS_1_0,
    NAMES,
    UNSEEN,
    Site,
    browsing,
    fill,
)
from tests.support.stored import CHART, OTHER_CHART, START, at, entries
from tracker import analysis
from tracker.browse.description import metadata_for
from tracker.catalog import assistants
from tracker.model import Payload, Provenance, Snapshot, Timeline, iso
from tracker.store import Store
from tracker.store.schema import migrations

SHIPPED = metadata_for("small")["databases"]["small"]
QUERIES, TABLES = SHIPPED["queries"], SHIPPED["tables"]
VIEWS = {"observations", "latest", "failures", "cross_checks"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("browse") / "small.db"
    fill(path)
    return path


@pytest.fixture(scope="module")
def site(small: Path) -> Iterator[Site]:
    with browsing(small) as running:
        yield running


# Pages


def test_the_address_is_the_database_on_loopback(site: Site) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/small", site.address)
    page = site.page("/")
    assert "<h1>apptrack</h1>" in page
    assert 'href="/small"' in page


def test_the_page_of_the_database_offers_the_queries_and_hides_what_is_not_data(site: Site) -> None:
    page = site.page()
    assert "<h1>App store charts, as observed</h1>" in page
    queries = site.page("/-/queries") if IS_1_0 else page
    for name, query in QUERIES.items():
        assert f'href="/small/{name}"' in queries
        assert query["title"] in queries
    shown = set(re.findall(r'<h3><a href="/small/(\w+)"', page))
    assert shown == {name for name in TABLES if not TABLES[name].get("hidden")} - VIEWS
    assert {"_sqlite_migrations", "blocks", "block_ranks", "incoming"}.isdisjoint(shown)


@pytest.mark.parametrize("table", [name for name in TABLES if not TABLES[name].get("hidden")])
def test_every_table_has_a_title_and_a_word_on_each_column(site: Site, table: str) -> None:
    page = site.page(f"/{table}")
    assert TABLES[table]["title"] in page
    columns = list(site.rows(f"/{table}")[0])
    assert [name for name in columns if name not in ("id", "rowid")] == list(
        TABLES[table]["columns"]
    )


def test_no_table_is_left_out(small: Path) -> None:
    with closing(sqlite3.connect(small)) as connection:
        there = connection.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
        assert {name for (name,) in there} == set(TABLES)


def test_foreign_keys_show_names(site: Site) -> None:
    def labels(table: str, **asked: object) -> dict[str, Any]:
        row = site.rows(f"/{table}", _labels="on", **asked)[0]
        return {key: value["label"] for key, value in row.items() if isinstance(value, dict)}

    assert labels("entries", app=1) == {"snapshot": iso(at(3)), "app": NAMES["1"]}
    newest = labels("fetches", outcome="saved")
    assert newest["chart"] == CHART.slug
    assert newest["snapshot"] == iso(at(20))
    assert re.fullmatch("[0-9a-f]{64}", newest["payload"])
    assert labels("events") == {"app": "Filler 8", "chart": CHART.slug}
    assert f">{CHART.slug}</a>" in site.page("/snapshots")


def test_units_stand_beside_numbers(site: Site) -> None:
    assert "1.5&nbsp;s" in site.page("/fetches", outcome="failed")
    assert "9&nbsp;B" in site.page("/payloads", size=9)


def test_a_rank_leads_to_its_snapshot_and_a_payload_to_its_bytes(site: Site) -> None:
    own = "/-/apptrack/small"
    sha256 = Payload(CHART, "", "", at(20), b"payload 20").sha256
    link = f'<a href="{own}/payload/{sha256}" title="{sha256}" download><code>{sha256[:12]}…'
    for path in ("/payloads", "/snapshots", "/fetches", "/receipt"):
        assert link in site.page(path)
    assert site.page(f"{own}/payload/{sha256}") == "payload 20"
    (newest,) = {row["snapshot"] for row in site.rows("/latest", app_id=10, chart=CHART.slug)}
    for path in ("/latest", "/observations", "/app_ranks", "/entries"):
        assert re.search(rf'<a href="{own}/snapshot/\d+">', site.page(path))
    assert f'<a href="{own}/snapshot/{newest}">{newest}</a>' in site.page("/latest")
    assert f'<a href="{own}/app?app={DEEPSEEK}">{DEEPSEEK}</a>' in site.page("/apps")


def test_a_frame_is_no_wall_of_bytes(site: Site) -> None:
    page = site.page("/payloads")
    assert "&lt;Binary:&nbsp;" in page
    assert 'class="blob-download"' in page


def test_names_from_strangers_are_text(site: Site) -> None:
    for path in ("/apps", "/latest", "/latest_chart", "/entries"):
        page = site.page(path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
        assert NAMES["2"] in page
        assert NAMES["3"] in page
    stored = {row["store_id"]: row["name"] for row in site.rows("/apps")}
    assert {app_id: stored[app_id] for app_id in NAMES} == NAMES


# Queries


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_answers_with_nothing_typed_and_says_what_it_does_not_claim(
    site: Site, name: str
) -> None:
    query = QUERIES[name]
    assert site.rows(f"/{name}")
    assert re.search(r"never|nothing|\bnot\b|only|\bno\b", query["description"], re.IGNORECASE)
    assert sorted(set(re.findall(r":(\w+)", query["sql"]))) == sorted(query.get("params", []))
    assert "write" not in query
    page = site.page(f"/{name}")
    assert escape(query["title"]) in page
    assert (
        str(escape(query["description"])).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
        in page
    )


def test_latest_chart(site: Site) -> None:
    everything = site.rows("/latest_chart")
    assert {(row["chart"], row["source"]) for row in everything} == {
        (CHART.slug, "apple-rss"), (CHART.slug, "itunes-rss"), (OTHER_CHART.slug, "apple-rss"),
        (CHECKED.slug, "apple-rss"), (CHECKED.slug, "web-charts"),
    }  # fmt: skip
    assert max(row["rank"] for row in everything) == 10
    assert len(site.rows("/latest_chart", chart=OTHER_CHART.slug)) == 12
    newest = site.rows("/latest_chart", chart=f" {CHART.slug} ")
    assert [(row["source"], row["rank"], row["app_id"]) for row in newest] == [
        ("apple-rss", 1, "8"), ("apple-rss", 2, "9"), ("apple-rss", 3, "10"),
        ("itunes-rss", 1, DEEPSEEK), ("itunes-rss", 2, "8"), ("itunes-rss", 3, CHATGPT),
    ]  # fmt: skip
    assert newest[0]["observed_at"] == iso(at(20))
    assert site.rows("/latest_chart", chart="no such chart") == []


def test_ranks_of_an_app_distinguish_unranked_from_unobserved(site: Site) -> None:
    rows = site.rows("/app_ranks", chart=CHART.slug, app_id=DEEPSEEK)
    rows = [row for row in rows if row["source"] == "apple-rss"]
    assert [(row["observed_at"], row["rank"], row["state"]) for row in rows] == [
        (iso(at(20)), None, "unranked"),
        *((iso(at(hour)), 2, "ranked") for hour in (10, 9)),
        *((iso(at(hour)), 1, "ranked") for hour in range(8, 0, -1)),
        (iso(at(0)), None, "unranked"),
    ]
    assert [row["hours_since_previous"] for row in rows] == [10, *[1] * 10, None]
    never = site.rows("/app_ranks", chart=CHART.slug, app_id="404")
    assert {(row["name"], row["rank"]) for row in never} == {(None, None)}
    assert {row["source"] for row in never} == {"apple-rss", "itunes-rss"}
    assert {row["app_id"] for row in site.rows("/app_ranks")} == {"8"}
    assert {row["app_id"] for row in site.rows("/app_ranks", chart=OTHER_CHART.slug)} == {"1"}


def test_ranks_of_an_app_go_on_before_a_time(site: Site) -> None:
    asked = {"chart": CHART.slug, "app_id": DEEPSEEK, "before": iso(at(3))}
    rows = [row for row in site.rows("/app_ranks", **asked) if row["source"] == "apple-rss"]
    assert [row["observed_at"] for row in rows] == [iso(at(hour)) for hour in (2, 1, 0)]


def ahead(site: Site, **asked: object) -> dict[str, str]:
    return {row["source"]: row["ahead"] for row in site.rows("/who_is_ahead", **asked)}


def test_who_is_ahead(site: Site) -> None:
    assert ahead(site) == {"apple-rss": "undetermined", "itunes-rss": f"Filler {DEEPSEEK}"}
    assert ahead(site, app_a=8, app_b=9)["apple-rss"] == "Filler 8"
    assert ahead(site, app_a=9, app_b=8) == {"apple-rss": "Filler 8", "itunes-rss": "Filler 8"}
    assert ahead(site, app_a=DEEPSEEK, app_b=10)["apple-rss"] == "Filler 10"
    assert ahead(site, app_a=10, app_b=DEEPSEEK)["apple-rss"] == "Filler 10"
    assert ahead(site, app_a=8, app_b=8)["apple-rss"] == "the same app"
    assert ahead(site, app_a=2, app_b=1, chart=OTHER_CHART.slug) == {"apple-rss": NAMES["1"]}
    assert ahead(site, chart="no such chart") == {}


def test_apps_are_asked_for_by_name_and_a_name_of_none_or_of_two_is_not_compared(
    site: Site,
) -> None:
    assert ahead(site, app_a="filler 8", app_b="Filler 9")["apple-rss"] == "Filler 8"
    assert ahead(site, app_a="ER 8", app_b="9")["apple-rss"] == "Filler 8"
    for name in ("Filler", "nobody"):
        assert ahead(site, app_a=name, app_b="9")["apple-rss"].startswith("not compared: no app")
    (row, *_) = site.rows("/app_ranks", chart=CHART.slug, app_id="filler 8")
    assert (row["app_id"], row["state"]) == ("8", "ranked")
    (row, *_) = site.rows("/app_ranks", chart=CHART.slug, app_id="nobody")
    assert (row["rank"], row["state"]) == (None, "no app, or more than one, has that name")


def test_the_assistants_are_the_catalogue(site: Site) -> None:
    rows = site.rows("/assistants", chart=CHART.slug)
    pairs = {(row["alias"], row["app_id"]) for row in rows}
    assert pairs == {(assistant.app.alias, assistant.app.app_id) for assistant in assistants()}
    assert len(rows) == 2 * len(assistants())
    ranked = [(row["source"], row["rank"], row["alias"]) for row in rows if row["rank"]]
    assert ranked == [("itunes-rss", 1, "deepseek"), ("itunes-rss", 3, "chatgpt")]
    assert {row["state"] for row in rows if row["rank"] is None} == {"unranked"}


def test_find_app(site: Site) -> None:
    assert [row["app_id"] for row in site.rows("/find_app", text="FILLER 10")] == ["10"]
    assert "2" in {row["app_id"] for row in site.rows("/find_app", text=" 2 ")}
    assert site.rows("/find_app", text="100%") == []


def test_an_app_is_found_by_a_former_name_and_by_that_of_another_storefront(tmp_path: Path) -> None:
    path = tmp_path / "renamed.db"
    with Store(path) as store:
        for hour, name in ((0, "Plain Calculator"), (30, "Plain Calculator"), (40, "Lucky Slots")):
            store.save(Snapshot(CHART, "apple-rss", at(hour), entries((1, 2), {"1": name})))
        front = replace(CHART, storefront="jp")
        store.save(Snapshot(front, "apple-rss", at(5), entries((1,), {"1": "Calc Japan"})))
    nothing = dict.fromkeys(("former_name", "name_elsewhere", "elsewhere", "first_at", "last_at"))
    now = {"app_id": "1", "name": "Lucky Slots", "storefront": "us", "named_at": iso(at(40))}
    with browsing(path) as site:

        def answer(text: str) -> list[dict[str, Any]]:
            rows = site.rows("/find_app", text=text)
            return [{key: row[key] for key in (*now, *nothing)} for row in rows]

        current = now | nothing
        former = current | {
            "former_name": "Plain Calculator", "first_at": iso(at(0)), "last_at": iso(at(30)),
        }  # fmt: skip
        foreign = current | {
            "name_elsewhere": "Calc Japan", "elsewhere": "jp",
            "first_at": iso(at(5)), "last_at": iso(at(5)),
        }  # fmt: skip
        assert answer("plain calc") == [former]
        assert answer("Calc Japan") == [foreign]
        assert answer("calc") == [former, foreign]
        assert answer("lucky") == [current]
        assert answer("1") == [current, former, foreign]


def test_coverage_shows_what_was_tried_and_never_observed(site: Site) -> None:
    (few,) = site.rows("/coverage", chart=OTHER_CHART.slug, days="7")
    assert (few["snapshots"], few["coverage"]) == (1, None)
    rows = {(row["chart"], row["source"]): row for row in site.rows("/coverage")}
    unseen, hourly = rows[UNSEEN.slug, None], rows[CHART.slug, "apple-rss"]
    assert (unseen["snapshots"], unseen["first"]) == (0, None)
    assert (hourly["snapshots"], hourly["gaps"], hourly["coverage"]) == (12, 1, 0.5)
    assert (hourly["gap_above_hours"], hourly["depths"]) == (1.5, "3 to 3")
    assert (hourly["first"], hourly["last"]) == (iso(at(0)), iso(at(20)))
    assert rows[CHART.slug, "itunes-rss"]["coverage"] is None
    assert rows[OTHER_CHART.slug, "apple-rss"]["provenances"] == "imported"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=30).map(lambda some: [0, *some]))
def test_coverage_is_what_analysis_says(waits: list[int]) -> None:
    times: list[datetime] = [START]
    for wait in waits[1:]:
        times.append(times[-1] + timedelta(seconds=wait))
    many = len(times)
    line = Timeline(CHART, "x", tuple(times), (1,) * many, (Provenance.RECORDED,) * many)
    with closing(Database(memory=True)) as db:
        migrations.apply(db)
        db.execute("INSERT INTO charts VALUES (1, 'us/a', 'us', 'a', 'b', 'c')")
        db.conn.executemany(
            "INSERT INTO snapshots (chart, source, observed_at, depth, provenance)"
            " VALUES (1, 'x', ?, 1, 'recorded')",
            [(iso(time),) for time in times],
        )
        (row,) = db.query(QUERIES["coverage"]["sql"], {"chart": "", "days": "36500"})
    assert row["coverage"] == pytest.approx(analysis.coverage(line), abs=1e-4)
    assert row["gaps"] == len(analysis.gaps(line))


def test_failed_fetches(site: Site) -> None:
    rows = site.rows("/failed_fetches")
    assert [row["outcome"] for row in rows] == ["refused", "failed", "retried"]
    assert rows[0]["payload"] is not None
    assert [row["status"] for row in site.rows("/failed_fetches", chart=UNSEEN.slug)] == [503, 503]


def test_receipt(site: Site) -> None:
    newest = site.rows("/snapshots", observed_at=iso(at(20)))[0]["id"]
    (row,) = site.rows("/receipt", snapshot=newest)
    assert row["payload_sha256"] == Payload(CHART, "", "", at(20), b"payload 20").sha256
    assert (row["payload_bytes"], row["url"]) == (10, "http://127.0.0.1/chart.json")
    assert (row["started_at"], row["seconds"], row["outcome"]) == (iso(at(20)), 0.25, "saved")
    (imported,) = site.rows("/receipt", snapshot=1)
    assert imported["observed_at"] == iso(at(3))
    assert imported["payload_sha256"] is imported["url"] is imported["started_at"] is None
    assert len(site.rows("/receipt")) == 16
