"""One overtake or snapshot: quoted with its receipts, and proved again from the bytes."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.shop import CHART, HASTY, Shop, apptrack, pointed, ranked
from tracker.collect import collect
from tracker.errors import InvalidValue, NothingToShow
from tracker.evidence import Event, cite
from tracker.fetch import Fetcher
from tracker.loopback.server import LoopbackStore
from tracker.model import GENRES, RANKINGS, Chart, Provenance
from tracker.store import Reader, Store

DB = Path("data/apptrack.db")
BEGIN = datetime(2026, 8, 17, 4, tzinfo=UTC)
#: 1 leads 2; neither is there; 2 leads 1, twice.
PASSES = (ranked(1, 2), ranked(8, 9), ranked(2, 1), ranked(2, 1))
OVERTAKE = "apple-rss:us/iphone/top-free/apps@2026-08-17T06:00:00Z,2,1"
SNAPSHOT = "apple-rss:us/iphone/top-free/apps@2026-08-17T04:00:00Z"
WITH_PAYLOAD = "apple-rss:us/iphone/top-free/apps@2026-08-17T05:00:00Z"


@pytest.fixture
def collected() -> None:
    DB.parent.mkdir()
    shop, now = Shop({}), BEGIN
    with (
        LoopbackStore(shop) as served,
        Store(DB) as store,
        Fetcher(HASTY, clock=lambda: now) as fetcher,
    ):
        for hour, entries in enumerate(PASSES):
            now, shop.charts[CHART] = BEGIN + timedelta(hours=hour), entries
            collect([CHART], settings=pointed(served.base), store=store, fetcher=fetcher)


@given(
    st.sampled_from(RANKINGS),
    st.sampled_from(sorted(GENRES)),
    st.datetimes(datetime(1901, 1, 1), datetime(9989, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  (hypothesis wants naive bounds)
    st.none() | st.tuples(st.integers(1), st.integers(1)),
)
def test_an_event_is_read_as_it_is_written(
    ranking: str, genre: str, time: datetime, pair: tuple[int, int] | None
) -> None:
    ids = tuple(map(str, pair)) if pair else (None, None)
    chart = Chart("us", "iphone", ranking, genre)
    event = Event("apple-rss", chart, time.replace(microsecond=0), *ids)
    assert Event.parse(str(event)) == event
    assert Event.parse(str(event).replace("@", "(at)")) == event


@pytest.mark.parametrize(
    "text",
    ["", "us/iphone/top-free/apps", "a:us@x", "a:us/iphone/top-free/apps@noon", OVERTAKE[:-2]],
)
def test_what_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        Event.parse(text)


def test_an_overtake_is_quoted_with_every_snapshot_it_rests_on(collected: None) -> None:
    with Reader(DB) as reader:
        citation = cite(reader, Event.parse(OVERTAKE))
    assert citation.sentence == (
        "Filler 2 (2) passed Filler 1 (1) on the chart App Store, United States · iPhone · "
        "top free · apps, games not included (us/iphone/top-free/apps) after 2026-08-17T04:00:00Z "
        "and by 2026-08-17T06:00:00Z, as apple-rss has it: rank 2 against rank 1 before, rank 1 "
        "against rank 2 after, 2 entries. When it happened is known to 2.0 h. Confirmed: no "
        "snapshot up to 2026-08-17T07:00:00Z contradicts it."
    )
    assert [cited.snapshot.observed_at.hour for cited in citation.snapshots] == [4, 5, 6, 7]
    assert all(
        cited.payload and cited.payload.url and cited.payload.url.startswith("http://127.0.0.1:")
        for cited in citation.snapshots
    )
    assert citation.proved


def test_a_snapshot_is_quoted(collected: None) -> None:
    with Reader(DB) as reader:
        citation = cite(reader, Event.parse(SNAPSHOT))
    assert citation.sentence.endswith(
        "as apple-rss has it, had 2 entries, the first being Filler 1 (1)."
    )
    assert citation.proved


def test_what_is_not_there_is_not_quoted(collected: None) -> None:
    with Reader(DB) as reader:
        for text in (
            OVERTAKE.replace("06:00", "07:00"),
            OVERTAKE.replace(",2,1", ",1,2"),
            SNAPSHOT.replace("04:00", "04:30"),
            SNAPSHOT.replace("us/", "jp/"),
        ):
            with pytest.raises(NothingToShow):
                cite(reader, Event.parse(text))


def test_the_program_cites_and_proves(collected: None) -> None:
    (row,) = json.loads(apptrack("overtakes", "1", "2", "--json").stdout)
    assert row["id"] == OVERTAKE
    stdout = apptrack("cite", OVERTAKE).stdout
    assert "Filler 2 (2) passed Filler 1 (1)" in stdout
    assert stdout.count("SHA-256") == 4
    assert f"apptrack verify '{OVERTAKE}'" in stdout
    quoted = json.loads(apptrack("cite", OVERTAKE, "--json").stdout)
    assert quoted["proved"] is True
    assert {snapshot["status"] for snapshot in quoted["snapshots"]} == {200}
    assert all(
        len(snapshot["sha256"]) == 64 and snapshot["fetched_at"] for snapshot in quoted["snapshots"]
    )
    done = apptrack("verify", OVERTAKE)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "proved from the stored payloads")


def change(statement: str) -> None:
    with closing(sqlite3.connect(DB)) as connection, connection:
        connection.execute(statement)


def test_a_changed_rank_is_not_proved(collected: None) -> None:
    change("UPDATE entries SET app = (SELECT id FROM apps WHERE store_id = '8') "
           "WHERE snapshot = 2 AND rank = 1 AND app <> 1")  # fmt: skip
    change("DELETE FROM entries WHERE snapshot = 2 AND rank = 2")
    change("UPDATE snapshots SET depth = 1 WHERE id = 2")
    done = apptrack("verify", OVERTAKE)
    assert done.returncode == 1
    assert "stored with depth 1, its payload has 2" in done.stdout
    assert done.stdout.splitlines()[-1] == "not proved"


def test_a_snapshot_without_payload_is_cited_and_not_proved(collected: None) -> None:
    change("UPDATE snapshots SET payload = NULL, provenance = 'imported' WHERE id = 1")
    stdout = apptrack("cite", OVERTAKE).stdout
    assert stdout.startswith("Imported from a file; not recorded by this program. ")
    assert "imported, no payload stored" in stdout
    assert stdout.endswith("\n  cannot be proved: no payload is stored for 1 of its 4 snapshots\n")
    quoted = apptrack("cite", SNAPSHOT).stdout
    assert quoted.endswith("\n  cannot be proved: no payload is stored\n")
    assert "apptrack verify" not in stdout + quoted
    assert f"to prove it: apptrack verify '{WITH_PAYLOAD}'" in apptrack("cite", WITH_PAYLOAD).stdout
    done = apptrack("verify", OVERTAKE)
    assert done.returncode == 1
    assert "stored as imported, without a payload" in done.stdout


def test_a_reconstruction_is_quoted_as_one_first_of_all(collected: None) -> None:
    change(f"UPDATE snapshots SET provenance = '{Provenance.RECONSTRUCTED}'")
    assert apptrack("cite", OVERTAKE).stdout.startswith("Reconstruction: ")


@pytest.mark.parametrize(
    ("event", "code", "words"),
    [
        ("nonsense", 2, "is not an event"),
        (OVERTAKE.replace("06:00", "07:00"), 1, "no such overtake"),
        (SNAPSHOT.replace("04:00", "04:30"), 1, "no snapshot of"),
    ],
)
def test_a_wrong_event_gets_a_line(collected: None, event: str, code: int, words: str) -> None:
    for command in ("cite", "verify"):
        done = apptrack(command, event)
        assert (done.returncode, done.stdout) == (code, "")
        assert words in done.stderr
