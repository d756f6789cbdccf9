"""Alerts beside what else happens to a database: files, clocks, other rules, mergers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.alerting import A, B, rule
from tests.support.records import CHART, at
from tests.support.shop import Shop, body, pointed, ranked
from tests.support.stored import stored
from tests.test_outbox import events, save, snapshot, watch
from tracker.cli import main
from tracker.collect import collect
from tracker.fetch import Fetcher
from tracker.loopback.server import LoopbackStore
from tracker.model import Fetch, Outcome, Payload, Provenance, Snapshot
from tracker.reparse import reparse
from tracker.store import Store

OVERTAKES = rule("overtake", app=A, over=B)
AT_ONCE = replace(OVERTAKES, confirm=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "apptrack.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as store:
        yield store


def passed(hour: int, **changes: object) -> Snapshot:
    """A snapshot in which A is ahead of B."""
    return replace(snapshot(hour, "1", "2"), **changes)  # type: ignore[arg-type]


def behind(hour: int, **changes: object) -> Snapshot:
    return replace(snapshot(hour, "2", "1"), **changes)  # type: ignore[arg-type]


def by_hours(store: Store) -> list[int]:
    """The hour by which each alert's news had happened."""
    result = (json.loads(facts) for (facts,) in store.db.execute("SELECT facts FROM alerts"))
    return [int(row["by"][11:13]) for row in result]


# Files


def test_what_had_happened_by_a_snapshot_from_a_file_is_no_alert(store: Store) -> None:
    watching = watch(store, OVERTAKES, rule("peak", app=A), rule("number-one"))
    for taken in (behind(0), behind(1), passed(2)):
        store.save(replace(taken, provenance=Provenance.IMPORTED))
    for hour in (3, 4, 5):
        save(store, watching, passed(hour))
    assert events(store) == []


def test_what_happens_at_an_own_snapshot_is_compared_with_the_snapshot_from_a_file(
    store: Store,
) -> None:
    store.save(behind(0, provenance=Provenance.IMPORTED))
    save(store, watch(store, AT_ONCE), passed(1))
    (facts,) = store.db.execute("SELECT facts FROM alerts").fetchone()
    assert json.loads(facts)["after"] == "2026-08-17T00:00:00Z"
    assert json.loads(facts)["provenances"] == ["imported", "recorded"]


def test_a_file_imported_by_a_person_raises_nothing_and_sends_nothing() -> None:
    Path("apptrack.toml").write_text(
        '[[alerts]]\nrule = "overtake"\napp = "1"\nover = "2"\nconfirm = 1\n'
        '[delivery]\nwebhook = "http://127.0.0.1:1/hook"\n', "utf-8"
    )  # fmt: skip
    rows = ["observed_at,chart,source,rank,app_id,name"]
    for day, ids in (("01", "21"), ("02", "12")):
        rows += [
            f"2026-01-{day}T00:00:00Z,{CHART},apple-rss,{n},{app},App {app}"
            for n, app in enumerate(ids, 1)
        ]
    Path("x.csv").write_text("\n".join(rows), "utf-8")
    done = CliRunner().invoke(main, ["import", "x.csv", "--db", "x.db"])
    assert done.exit_code == 0, done.output
    with Store(Path("x.db")) as store:
        assert (len(stored(store)), events(store)) == (2, [])
    result = CliRunner().invoke(main, ["alerts", "test", "--since", "2026-01-01", "--db", "x.db"])
    assert "App 1 passed App 2" in result.stdout, "what it would have told live is told on demand"


# Refused answers read again


def refused(hour: int, *app_ids: str) -> Fetch:
    url = "http://127.0.0.1/feed"
    payload = Payload(CHART, "apple-rss", url, at(hour), body(CHART, ranked(*app_ids)))
    return Fetch(
        CHART, "apple-rss", url, at(hour), 0.0, Outcome.REFUSED, 200, "not understood", payload
    )


def test_answers_read_again_raise_what_they_would_have_raised(store: Store) -> None:
    watching = watch(store, OVERTAKES)
    save(store, watching, behind(0))
    for hour in (1, 2, 3):
        store.record(refused(hour, "1", "2"))
    assert len(reparse(store, on_saved=watching, dry_run=True)) == 3
    assert events(store) == []
    reparse(store, on_saved=watching)
    save(store, watching, passed(4))
    assert by_hours(store) == [1]


def test_answers_behind_snapshots_already_judged_raise_nothing(store: Store) -> None:
    watching = watch(store, OVERTAKES)
    save(store, watching, behind(0))
    for hour in (1, 2):
        store.record(refused(hour, "1", "2"))
    for hour in (3, 4):
        save(store, watching, passed(hour))
    reparse(store, on_saved=watching)
    assert by_hours(store) == [3], "told once, with the interval as it was known then"


# Clocks


def test_a_clock_once_ahead_keeps_no_alert_back(store: Store) -> None:
    watching = watch(store, OVERTAKES, rule("stale", after=timedelta(hours=2)))
    save(store, watching, behind(0))
    save(store, watching, behind(9000))
    for taken in (behind(1), passed(2), passed(3)):
        save(store, watching, taken)
    watching.write_stale([CHART], at(6))
    lines = [event.partition("@")[2] for event in events(store)]
    assert "2026-08-17T02:00:00Z,1,2" in lines
    assert "2026-08-17T03:00:00Z;stale-7200s" in lines


# Rules that change


def test_a_rule_that_is_changed_reports_nothing_again(store: Store) -> None:
    save(store, watch(store, OVERTAKES), behind(0))
    for hour in (1, 2):
        save(store, watch(store, OVERTAKES), passed(hour))
    for confirm in (3, 4):
        save(store, watch(store, replace(OVERTAKES, confirm=confirm)), passed(confirm))
    assert len(events(store)) == 1


def test_a_new_rule_reports_what_is_confirmed_from_then_on(store: Store) -> None:
    for taken in (behind(0), passed(1), passed(2)):
        store.save(taken)
    for taken in (passed(3), behind(4), behind(5), passed(6), passed(7)):
        save(store, watch(store, OVERTAKES), taken)
    assert by_hours(store) == [6]


# Two databases made one


def test_two_databases_with_the_same_snapshots_report_one_id(store: Store, tmp_path: Path) -> None:
    with Store(tmp_path / "other.db") as other:
        for each in (store, other):
            for taken in (behind(0), passed(1), passed(2)):
                save(each, watch(each, OVERTAKES), taken)
        other.db.execute("DELETE FROM deliveries")
        for hour in (3, 4):
            save(other, watch(other, OVERTAKES), behind(hour))
            store.save(behind(hour))
        assert events(store) == events(other)
    store.db.attach("other", tmp_path / "other.db")
    columns = "event, rule, chart, source, raised_at, title, text, facts, picture"
    with store.db.conn:
        store.db.execute(
            f"INSERT INTO alerts ({columns}) SELECT {columns} FROM other.alerts WHERE true"
            " ON CONFLICT (event) DO NOTHING"
        )
    for hour in (5, 6):
        save(store, watch(store, OVERTAKES), passed(hour))
    assert by_hours(store) == [1, 5]


# Two sources of one chart


def test_a_chart_fed_by_two_sources_is_judged_by_the_one_it_is_read_from(tmp_path: Path) -> None:
    """Their ranks differ for good: mixed, each snapshot would be an overtake."""
    first, second = ranked("2", "1"), ranked("1", "2")
    with LoopbackStore(shop := Shop({CHART: first})) as base, Store(tmp_path / "x.db") as store:
        watching = watch(store, AT_ONCE, rule("number-one", confirm=1))

        def collect_at(hour: int, source: str) -> None:
            shop.sources, settings = {CHART: source}, replace(pointed(base.base), sources=(source,))
            with Fetcher(settings.fetch, clock=lambda: at(hour)) as fetcher:
                report = collect(
                    [CHART], settings=settings, store=store, fetcher=fetcher, on_saved=watching
                )
            assert report.whole, report

        for hour in range(0, 6, 2):
            shop.charts[CHART] = first
            collect_at(hour, "apple-rss")
            shop.charts[CHART] = second
            collect_at(hour + 1, "web-charts")
        assert events(store) == []
        collect_at(6, "apple-rss")
        assert f"apple-rss:{CHART}@2026-08-17T06:00:00Z,1,2" in events(store)
        assert len(events(store)) == 2
