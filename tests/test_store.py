"""What is saved can be read back, all of it, and saving it again changes nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.stored import (
    CHART,
    OTHER_CHART,
    SOURCE,
    URL,
    at,
    change,
    dump,
    entries,
    failure,
    receipt,
    snapshot,
    stored,
)
from tracker.errors import Conflict, InvalidValue, StoreError
from tracker.model import App, Chart, Entry, Outcome, Provenance, Snapshot
from tracker.sources import SOURCES
from tracker.store import Store

APP_IDS = ("1", "2", "3", "9999999999999999999", "6448311069")
CHARTS = (CHART, OTHER_CHART, Chart.parse("us/ipad/top-paid/games"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "apptrack.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as store:
        yield store


@st.composite
def histories(draw: st.DrawFn) -> list[Snapshot]:
    """Snapshots in any order, no two at the same key; an app has one name throughout."""
    letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    text = st.text(letters, min_size=1, max_size=12).filter(str.strip)
    names = draw(st.fixed_dictionaries(dict.fromkeys(APP_IDS, text)))
    keys = st.tuples(st.sampled_from(CHARTS), st.sampled_from(tuple(SOURCES)), st.integers(0, 9000))
    return [
        Snapshot(
            chart,
            source,
            at(hour),
            entries(draw(st.permutations(APP_IDS))[: draw(st.integers(1, len(APP_IDS)))], names),
            draw(st.none() | st.just(at(hour - 0.1))),
            draw(st.sampled_from(Provenance)),
        )
        for chart, source, hour in draw(st.lists(keys, unique=True, max_size=6))
    ]


@settings(max_examples=30, deadline=None)
@given(histories())
def test_any_snapshots_saved_in_any_order_are_read_back(history: list[Snapshot]) -> None:
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "a.db") as store:
        for snapshot in history:
            assert store.save(snapshot) is Outcome.SAVED
        read = stored(store)
        assert len(read) == len(history)
        assert set(read) == set(history)
        for chart in CHARTS:
            for source in SOURCES:
                _check_series(store, chart, source, history)


def _check_series(store: Store, chart: Chart, source: str, history: list[Snapshot]) -> None:
    snapshots = sorted(
        (snapshot for snapshot in history if (snapshot.chart, snapshot.source) == (chart, source)),
        key=lambda snapshot: snapshot.observed_at,
    )
    apps = [App(app_id, app_id) for app_id in (*APP_IDS, "777")]
    for series in store.series(chart, source, apps):
        ranked = [
            {entry.app_id: entry.rank for entry in snapshot.entries} for snapshot in snapshots
        ]
        assert list(series.ranks) == [ranks.get(series.app.app_id) for ranks in ranked]
        assert list(series.timeline.times) == [snapshot.observed_at for snapshot in snapshots]
        assert list(series.timeline.depths) == [snapshot.depth for snapshot in snapshots]
        assert list(series.timeline.provenances) == [snapshot.provenance for snapshot in snapshots]


def test_every_entry_of_a_long_chart_is_stored_in_its_order(store: Store) -> None:
    deep = snapshot(app_ids=range(200, 0, -1))
    store.save(deep)
    (number,) = store.snapshot_ids()
    assert store.snapshot(number) == deep


def test_unranked_is_none_and_unobserved_is_absent(store: Store) -> None:
    store.save(snapshot(0, [1, 2]))
    store.save(snapshot(1, [2, 3]))
    store.save(snapshot(2, [2, 3], chart=OTHER_CHART))
    (series,) = store.series(CHART, SOURCE, [App("1", "Filler 1")])
    assert series.ranks == (1, None)
    assert series.timeline.times == (at(0), at(1))


@pytest.mark.parametrize("brought", [{}, receipt(snapshot())])
def test_the_same_snapshot_twice_changes_nothing_but_its_fetch(
    store: Store, path: Path, brought: dict[str, object]
) -> None:
    assert store.save(snapshot(), **brought) is Outcome.SAVED  # type: ignore[arg-type]
    before = dump(path)
    assert store.save(snapshot(), **brought) is Outcome.KNOWN  # type: ignore[arg-type]
    new = [line for line in dump(path) if line not in before]
    assert len(new) == (1 if brought else 0)
    assert all('INSERT INTO "fetches"' in line and "'known'" in line for line in new)
    assert [line for line in dump(path) if line not in new] == before


def test_bytes_of_a_known_snapshot_are_not_stored_without_a_fetch(store: Store, path: Path) -> None:
    store.save(snapshot())
    before = dump(path)
    assert store.save(snapshot(), payload=receipt(snapshot())["payload"]) is Outcome.KNOWN
    assert dump(path) == before


@pytest.mark.parametrize("other", [[2, 1, 3], [1, 2], [1, 2, 3, 4], [1, 2, 4]])
def test_other_ranks_for_the_same_instant_are_a_conflict(
    store: Store, path: Path, other: list[int]
) -> None:
    store.save(snapshot(provenance=Provenance.IMPORTED))
    before = dump(path)
    with pytest.raises(Conflict, match=r"us/iphone/.* of 2026-01-01T00:00:00Z .*\(imported\)"):
        store.save(snapshot(0, other), **receipt(snapshot(), b"other bytes"))
    assert dump(path) == before


def test_another_chart_source_or_instant_is_no_conflict(store: Store) -> None:
    for changes in ({}, {"chart": OTHER_CHART}, {"source": "itunes-rss"}, {"observed_at": at(1)}):
        assert store.save(snapshot(0, [len(changes) + 1, 9], **changes)) is Outcome.SAVED
    assert store.counts()["snapshots"] == 4


def test_provenances_stand_side_by_side_and_can_be_chosen(store: Store) -> None:
    for hour, provenance in enumerate(Provenance):
        store.save(snapshot(hour, [1], provenance=provenance))
    line, _ = store.timeline(CHART, SOURCE)
    assert line.provenances == tuple(Provenance)
    chosen = (Provenance.RECORDED, Provenance.REPORTED)
    line, _ = store.timeline(CHART, SOURCE, provenances=chosen)
    assert line.provenances == chosen
    assert store.provenances() == set(Provenance)


def test_since_and_until_are_both_included(store: Store) -> None:
    for hour in range(5):
        store.save(snapshot(hour, [hour + 1]))
    (series,) = store.series(CHART, SOURCE, [App("2", "2")], since=at(1), until=at(3))
    assert series.timeline.times == (at(1), at(2), at(3))
    assert series.ranks == (1, None, None)


# Names


def _snapshot_at(
    hour: float, chart: Chart, name: str | None, developer: str | None = None
) -> Snapshot:
    return Snapshot(chart, SOURCE, at(hour), (Entry(1, "1", name, developer),))


@pytest.mark.parametrize(
    ("pairs", "name"),
    [
        pytest.param([(0, "us", "Old"), (1, "us", "New")], "New", id="later word replaces"),
        pytest.param([(1, "us", "New"), (0, "us", "Old")], "New", id="older word does not"),
        pytest.param([(0, "us", "Name"), (1, "jp", "名前")], "Name", id="other storefront's no"),
        pytest.param([(0, "us", None), (1, "jp", "名前")], "名前", id="unnamed takes any"),
        pytest.param([(0, "us", "Name"), (1, "us", None)], "Name", id="no word erases none"),
        pytest.param(
            [(0, "us", "Now"), (5, "us", "Now"), (3, "us", "Then")], "Now", id="told again later"
        ),
        pytest.param(
            [(0, "us", "A"), (1, "jp", "B"), (2, "us", "C"), (3, "jp", "D")], "C", id="both talk"
        ),
    ],
)
def test_a_name_is_the_last_word_of_one_storefront(
    store: Store, pairs: list[tuple[int, str, str | None]], name: str
) -> None:
    for hour, storefront, word in pairs:
        store.save(_snapshot_at(hour, replace(CHART, storefront=storefront), word))
    assert store.names(["1", "2"]) == {"1": name}
    assert store.apps_named("1") == [App("1", name)]


def test_a_source_without_developers_does_not_erase_them(store: Store) -> None:
    store.save(_snapshot_at(0, CHART, "Filler", "Filler Works"))
    store.save(replace(_snapshot_at(1, CHART, "Filler 2"), source="web-charts"))
    assert stored(store)[0].entries == (Entry(1, "1", "Filler 2", "Filler Works"),)
    store.save(_snapshot_at(2, CHART, "Filler 2", "Filler Works & Sons"))
    assert stored(store)[0].entries[0].developer == "Filler Works & Sons"


# Questions


def test_what_there_is(store: Store) -> None:
    assert store.charts() == []
    assert store.newest(CHART) is None
    store.save(snapshot(0, [1, 2]))
    store.save(snapshot(4, [2, 1], source="itunes-rss"))
    store.save(snapshot(2, [2], chart=OTHER_CHART))
    store.record(replace(failure(), chart=CHARTS[2]))
    assert store.charts() == [OTHER_CHART, CHART]
    assert store.sources_of(CHART) == ["apple-rss", "itunes-rss"]
    assert store.sources_of(CHARTS[2]) == []
    assert (store.newest(CHART), store.newest(CHART, SOURCE)) == (at(4), at(0))
    seen = [(seen.chart, seen.source, seen.times, seen.best, seen.last) for seen in store.seen("2")]
    assert sorted(seen) == [
        (OTHER_CHART, SOURCE, 1, 1, at(2)),
        (CHART, SOURCE, 1, 2, at(0)),
        (CHART, "itunes-rss", 1, 1, at(4)),
    ]
    assert store.seen("777") == []


def test_apps_are_found_by_id_and_by_part_of_a_name(store: Store) -> None:
    store.save(snapshot(0, [7, 70]))
    assert store.apps_named("70") == [App("70", "Filler 70")]
    assert store.apps_named("fILLER 7") == [App("7", "Filler 7"), App("70", "Filler 70")]
    assert store.apps_named("Filler%") == []


def test_a_failed_fetch_is_a_row_and_never_a_rank(store: Store) -> None:
    store.record(failure())
    store.record(failure(1, b"<html>"))
    counts = store.counts()
    assert (counts["fetches"], counts["payloads"]) == (2, 1)
    assert counts["snapshots"] == counts["entries"] == counts["apps"] == 0
    rows = store.db.execute("SELECT outcome, status, error FROM failures ORDER BY 1").fetchall()
    assert rows == [("failed", None, "no answer"), ("refused", 200, "not JSON")]
    assert store.body(1) == b"<html>"


def test_a_fetch_without_an_outcome_is_refused_and_nothing_of_it_stays(
    store: Store, path: Path
) -> None:
    before = dump(path)
    with pytest.raises(StoreError, match="was not judged"):
        store.record(replace(failure(1, b"<html>"), outcome=None))
    assert dump(path) == before


def test_the_validators_of_the_newest_answer_of_an_address(store: Store) -> None:
    assert store.validators(CHART, SOURCE, URL) is None
    store.save(snapshot(0), **receipt(snapshot(0), b"first", etag='"a"'))
    store.save(snapshot(1), **receipt(snapshot(1), b"second", last_modified="today"))
    store.record(failure(2, b"refused"))
    kept = store.validators(CHART, SOURCE, URL)
    assert kept is not None
    assert (store.body(kept.payload), kept.etag, kept.last_modified) == (b"second", None, "today")
    assert store.validators(CHART, SOURCE, URL + "?other") is None
    assert store.validators(OTHER_CHART, SOURCE, URL) is None
    store.save(snapshot(3), **receipt(snapshot(3), b"third"))
    assert store.validators(CHART, SOURCE, URL) is None, (
        "the newest answer came without a validator"
    )
    bare = replace(receipt(snapshot(4))["fetch"], payload=None, etag='"b"')
    store.save(snapshot(4), fetch=bare)
    assert store.validators(CHART, SOURCE, URL) is None, (
        "and without bytes there is nothing to vouch for"
    )


def test_a_receipt_is_found_by_its_snapshot(store: Store) -> None:
    brought = receipt(snapshot(0), b"bytes")
    store.save(snapshot(0), **brought)
    store.save(snapshot(1))
    first, second = store.snapshot_ids()
    assert store.payload_of(first) == brought["payload"]
    assert store.payload_of(second) is None
    assert store.payload_of(777) is None


def test_rows_that_are_no_whole_snapshot_are_not_read_as_one(store: Store, path: Path) -> None:
    store.save(snapshot(0, [1, 2, 3]))
    change(path, "DELETE FROM entries WHERE rank = 3")
    with pytest.raises(InvalidValue, match="end at 2 and its depth says 3"):
        store.snapshot(1)
    with pytest.raises(StoreError, match="snapshot 2 is missing"):
        store.snapshot(2)


def test_the_same_event_twice_is_one(store: Store) -> None:
    for _ in range(2):
        store.add_event(at(0), "A filler is released", app_id="1", chart=CHART, source="a page")
    store.add_event(at(0), "Another note")
    rows = store.db.execute("SELECT title, app, chart, source FROM events ORDER BY id").fetchall()
    assert rows == [("A filler is released", 1, 1, "a page"), ("Another note", None, None, None)]


def test_several_calls_can_be_one_transaction(store: Store, path: Path) -> None:
    before = dump(path)

    def save_three() -> None:
        with store.transaction():
            store.save(snapshot(0))
            store.record(failure())
            store.save(snapshot(0, [3, 2, 1]))

    with pytest.raises(Conflict):
        save_three()
    assert dump(path) == before
