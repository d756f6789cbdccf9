"""Names over time: stored with when they were observed, quoted, verified, and found again."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.shop import apptrack
from tests.support.stored import CHART, OTHER_CHART, SOURCE, at, change, snapshot
from tests.test_store_file import OLDER
from tracker.evidence import Event, cite
from tracker.loopback.formats import render
from tracker.model import App, Chart, Entry, Payload, Provenance, Snapshot
from tracker.sources import SOURCES
from tracker.store import Store
from tracker.store.names import names_at, names_like
from tracker.verify import verify
from tracker.words import with_distinct_names

DB = Path("data/apptrack.db")
LEGACY = Chart.parse("us/iphone/top-free/all")
JUNE = datetime(2026, 6, 1, 19, tzinfo=UTC)
OLD, NEW = "Plain Calculator", "Lucky Slots"
CITED = f"itunes-rss:{LEGACY}@2026-06-01T19:00:00Z"


def named(
    hour: float, name: str | None, developer: str | None = None, chart: Chart = CHART
) -> Snapshot:
    return Snapshot(chart, SOURCE, at(hour), (Entry(1, "1", name, developer),))


def rows(path: Path = DB) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT storefront, name, developer, first_at, last_at FROM names ORDER BY 4, 2"
        return connection.execute(sql).fetchall()


@pytest.fixture
def store() -> Iterator[Store]:
    DB.parent.mkdir()
    with Store(DB) as opened:
        yield opened


def iso(hour: float) -> str:
    return f"{at(hour):%Y-%m-%dT%H:%M:%SZ}"


# Stored


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        pytest.param([(0, "A"), (30, "A")], [("A", 0, 30)], id="extended"),
        pytest.param([(0, "A"), (24, "A")], [("A", 0, 24)], id="after a day"),
        pytest.param([(0, "A"), (23, "A")], [("A", 0, 0)], id="not within a day"),
        pytest.param([(0, "A"), (23, "A"), (25, "A")], [("A", 0, 25)], id="counted from the first"),
        pytest.param([(0, "A"), (1, "B")], [("A", 0, 0), ("B", 1, 1)], id="renamed"),
        pytest.param([(9, "B"), (0, "A")], [("A", 0, 0), ("B", 9, 9)], id="late, another name"),
        pytest.param([(9, "A"), (0, "A")], [("A", 0, 9)], id="late, the same name"),
        pytest.param([(0, "A"), (50, "B"), (100, "A")], [("A", 0, 100), ("B", 50, 50)], id="back"),
        pytest.param([(0, None), (1, "A")], [("A", 1, 1)], id="no name is none"),
    ],
)
def test_a_name_has_when_it_was_first_and_last_observed(
    store: Store, pairs: list[tuple[int, str | None]], expected: list[tuple[str, int, int]]
) -> None:
    for hour, name in pairs:
        store.save(named(hour, name))
    assert rows() == [("us", name, "", iso(first), iso(last)) for name, first, last in expected]


def test_a_storefront_and_a_developer_have_names_of_their_own(store: Store) -> None:
    store.save(named(0, "A", "Maker"))
    store.save(named(1, "A", "Buyer"))
    store.save(named(2, "名前", "Maker", OTHER_CHART))
    assert [row[:3] for row in rows()] == [
        ("us", "A", "Maker"), ("us", "A", "Buyer"), ("jp", "名前", "Maker"),
    ]  # fmt: skip
    assert names_at(store, ["1"], "us", at(2)) == [("1", "A", "Maker"), ("1", "A", "Buyer")]
    assert names_at(store, ["1"], "jp", at(2)) == [("1", "名前", "Maker")]


@pytest.mark.parametrize(("hour", "known"), [(-0.1, False), (0, True), (23.9, True), (24, False)])
def test_a_name_counts_for_less_than_a_day_after_it_was_written(
    store: Store, hour: float, known: bool
) -> None:
    store.save(named(0, "A"))
    assert bool(names_at(store, ["1"], "us", at(hour))) is known


def test_an_old_file_imported_late_does_not_replace_the_newest_name(store: Store) -> None:
    store.save(named(100, NEW))
    store.save(named(0, OLD))
    assert store.names(["1"]) == {"1": NEW}
    (old,) = names_like(store, OLD.lower(), whole=True)
    assert (old.app_id, old.now, old.first_at) == ("1", NEW, at(0))


def test_a_snapshot_that_is_not_saved_leaves_no_name(store: Store) -> None:
    def interrupted() -> None:
        with store.transaction():
            store.save(named(0, "A"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert rows() == []


def test_the_migration_knows_what_the_table_of_apps_knew(tmp_path: Path) -> None:
    path = tmp_path / "older.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLDER.read_text(encoding="utf-8"))
    Store(path).close()
    assert rows(path) == [
        ("us", f"Filler {number}", "Filler Works", iso(hour), iso(hour))
        for number, hour in ((1, 0), (2, 1), (3, 1))
    ]


# Quoted and verified


@pytest.fixture
def renamed() -> None:
    """An app renamed between two payloads, imported with the later one first."""
    DB.parent.mkdir()
    with Store(DB) as opened:
        for days, name in ((9, NEW), (0, OLD)):
            entries = (Entry(1, "111111111", name, "Maker"), Entry(2, "222222222", "Other", "Else"))
            time = JUNE + timedelta(days=days)
            body = render("itunes-rss", LEGACY, entries, time)
            source = SOURCES["itunes-rss"]
            payload = Payload(LEGACY, "itunes-rss", source.url(LEGACY, source.base), time, body)
            parsed = replace(source.parse(payload), provenance=Provenance.IMPORTED)
            opened.save(parsed, payload=payload)


def findings() -> list[str]:
    with Store(DB) as opened:
        return [finding.what for finding in verify(opened).findings]


def test_a_citation_has_the_names_of_its_payload(renamed: None) -> None:
    stdout = apptrack("cite", CITED).stdout
    assert "the first being Lucky Slots, then called Plain Calculator (111111111)." in stdout
    later = apptrack("cite", CITED.replace("06-01", "06-10")).stdout
    assert "the first being Lucky Slots (111111111)." in later
    quoted = json.loads(apptrack("cite", CITED, "--json").stdout)
    assert quoted["apps"] == [{"app_id": "111111111", "name": NEW, "name_then": OLD}]


def test_without_a_payload_the_names_stored_are_quoted(renamed: None) -> None:
    change(DB, "UPDATE snapshots SET payload = NULL")
    assert "then called Plain Calculator (111111111)" in apptrack("cite", CITED).stdout
    change(DB, "DELETE FROM names")
    assert "the first being Lucky Slots (111111111)" in apptrack("cite", CITED).stdout


def test_an_overtake_is_cited_with_the_names_of_its_time() -> None:
    DB.parent.mkdir()
    with Store(DB) as opened:
        for hour, ids in ((0, (1, 2)), (1, (2, 1)), (2, (2, 1))):
            opened.save(snapshot(hour, ids))
        late = snapshot(50, (2, 1))
        opened.save(replace(late, entries=(Entry(1, "2", "Renamed"), late.entries[1])))
        event = Event.parse(f"{SOURCE}:{CHART}@{iso(1)},2,1")
        citation = cite(opened, event)
    assert citation.sentence.startswith(
        "Renamed, then called Filler 2 (2) passed Filler 1 (1) on the chart"
    )
    assert [quoted.name_then for quoted in citation.apps] == ["Filler 2", "Filler 1"]


def test_the_names_of_payloads_are_proved(renamed: None) -> None:
    assert findings() == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE names SET name = 'Fair Calculator' WHERE name = 'Plain Calculator'",
            "app 111111111 is stored as 'Fair Calculator' by 'Maker' for that time, "
            "its payload says 'Plain Calculator' by 'Maker'",
        ),
        ("UPDATE names SET developer = 'Buyer' WHERE name = 'Other'", "'Other' by 'Buyer'"),
        ("UPDATE names SET storefront = 'jp' WHERE name = 'Other'", "stored as without a name"),
        ("DELETE FROM names WHERE name = 'Plain Calculator'", "111111111"),
        (
            "UPDATE names SET first_at = '2026-06-01T19:00:01Z', last_at = '2026-06-02T00:00:00Z' "
            "WHERE name = 'Plain Calculator'",
            "app 111111111 is stored as without a name",
        ),
        ("UPDATE names SET last_at = first_at WHERE name = 'Other'", "222222222"),
    ],
)
def test_a_name_that_differs_from_its_payload_is_found(
    renamed: None, statement: str, words: str
) -> None:
    change(DB, statement)
    assert any(words in line for line in findings()), findings()
    assert apptrack("verify").returncode == 1


def test_a_changed_name_is_found_by_the_proof_of_an_event(renamed: None) -> None:
    change(DB, "UPDATE names SET name = 'Other' WHERE name = 'Plain Calculator'")
    # The payload is quoted, not the row.
    assert "then called Plain Calculator (111111111)" in apptrack("cite", CITED).stdout
    done = apptrack("verify", CITED)
    assert done.returncode == 1
    assert "its payload says 'Plain Calculator' by 'Maker'" in done.stdout


def test_nothing_is_said_of_names_from_before_names_were_stored(renamed: None) -> None:
    change(DB, "DELETE FROM names", "UPDATE snapshots SET named = 0")
    assert findings() == []


# Found


def test_an_app_is_found_by_an_old_name(renamed: None) -> None:
    for text in (OLD, "plain calculator", "Plain"):
        done = apptrack("stats", text, "--on", str(LEGACY), "--json")
        assert json.loads(done.stdout)["name"] == NEW
        (line,) = done.stderr.splitlines()
        assert line == (
            "'Plain Calculator' (us, 2026-06-01 to 2026-06-01) is now called "
            "Lucky Slots (111111111)"
        )


def test_a_name_that_another_app_has_now_is_ambiguous(renamed: None) -> None:
    with Store(DB) as opened:
        late = Entry(1, "333333333", OLD)
        opened.save(Snapshot(LEGACY, "itunes-rss", JUNE + timedelta(days=20), (late,)))
    done = apptrack("stats", OLD, "--on", str(LEGACY), "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"'{OLD}' is {OLD} (333333333), and was another app: " in done.stderr
    assert "is now called Lucky Slots (111111111); name one by its id" in done.stderr


def test_an_app_has_its_id_where_any_other_app_has_its_name(renamed: None) -> None:
    with Store(DB) as opened:
        both = (Entry(1, "333333333", "Foo"), Entry(2, "444444444", "foo"))
        opened.save(Snapshot(LEGACY, "itunes-rss", JUNE + timedelta(days=20), both))
    for command in (("top", str(LEGACY)), ("brief", "444444444", "--on", str(LEGACY))):
        assert "foo (444444444)" in apptrack(*command).stdout
    assert "Foo (333333333)" in apptrack("top", str(LEGACY)).stdout


def test_an_old_name_beside_a_part_of_a_new_one_is_ambiguous(renamed: None) -> None:
    with Store(DB) as opened:
        late = Entry(1, "333333333", f"{OLD} Pro")
        opened.save(Snapshot(LEGACY, "itunes-rss", JUNE + timedelta(days=20), (late,)))
    done = apptrack("stats", OLD, "--on", str(LEGACY))
    assert done.returncode in (1, 2)
    assert "fits 2 apps" in done.stderr
    assert "111111111" in done.stderr
    assert "333333333" in done.stderr


def test_another_storefronts_name_is_no_former_name(renamed: None) -> None:
    with Store(DB) as opened:
        entry = Entry(1, "111111111", "計算機")
        chart = replace(LEGACY, storefront="jp")
        opened.save(Snapshot(chart, "itunes-rss", JUNE, (entry,)))
    done = apptrack("stats", "計算機", "--on", str(LEGACY), "--json")
    assert json.loads(done.stdout)["name"] == NEW
    assert "is called Lucky Slots (111111111) in us" in done.stderr
    assert "now" not in done.stderr


# Two apps of one name


NOTES = ("333333331", "333333332")


def notes(name: str = "Notes") -> None:
    DB.parent.mkdir(exist_ok=True)
    with Store(DB) as opened:
        for hour in range(4):
            ids = NOTES if hour < 2 else NOTES[::-1]
            entries = tuple(Entry(rank, app_id, name) for rank, app_id in enumerate(ids, 1))
            opened.save(Snapshot(CHART, SOURCE, at(hour), entries))


@pytest.mark.parametrize(
    "args",
    [
        ("stats",), ("overtakes",), ("versus",), ("wave",), ("chart", "-o", "-"),
        ("chart", "-o", "a.json"), ("chart", "--style", "bump", "-o", "b.json"),
        ("chart", "--facet", "storefront", "-o", "c.json"), ("heatmap", "--wave", "-o", "d.json"),
    ],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("name", ["Notes", "Notes: Write, Draw and Plan Together", "NOTES"])
def test_two_apps_of_one_name_are_shown_with_their_ids(args: tuple[str, ...], name: str) -> None:
    notes(name)
    done = apptrack(args[0], *NOTES, *args[1:])
    assert done.returncode == 0
    stdout = done.stdout
    if args[-1].endswith(".json"):
        stdout = Path(args[-1]).read_text("utf-8")
    shown = re.sub(r"[^a-z0-9()]+", " ", stdout.casefold())
    assert all(f"({app_id})" in shown for app_id in NOTES), stdout
    assert not re.search(r"\bnotes (?:passe[sd]|ahead|was|and) ", shown), stdout


def test_names_that_differ_in_case_alone_are_distinguished() -> None:
    apps = [App("1", "Notes"), App("2", "NOTES "), App("3", "Other")]
    assert [app.name for app in with_distinct_names(apps)] == ["Notes (1)", "NOTES  (2)", "Other"]
    assert with_distinct_names(with_distinct_names(apps)) == with_distinct_names(apps)


def test_an_app_behind_of_the_same_name_is_distinguished_too() -> None:
    notes()
    done = apptrack("chart", NOTES[0], "--context", "1", "-o", "x.json")
    assert done.returncode == 0
    text = Path("x.json").read_text("utf-8")
    assert "Notes (333333331)" in text
    assert "Notes (333333332)" in text


def test_an_assistant_and_an_own_app_of_its_name_stand_apart() -> None:
    Path("apptrack.toml").write_text(
        '[[apps]]\nalias = "other"\nid = 333333331\nname = "ChatGPT"\n', encoding="utf-8"
    )
    DB.parent.mkdir()
    with Store(DB) as opened:
        for hour, ids in enumerate((("6448311069", "333333331"), ("333333331", "6448311069"))):
            opened.save(snapshot(hour, ids))
    for command in (("standings",), ("overtakes", "--all"), ("brief", "other")):
        stdout = apptrack(*command).stdout
        assert "ChatGPT (6448311069)" in stdout
        assert "ChatGPT (333333331)" in stdout
