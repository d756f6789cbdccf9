"""Files in: whole or not at all, twice as good as once, a bad row named by its line."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.shop import CHART, GENRE_CHART, body, ranked
from tracker.analysis.clocks import CLOCK_TOLERANCE
from tracker.errors import ImportRefused
from tracker.imports import csv_file, payload_file
from tracker.model import App, Provenance, iso
from tracker.store import Store
from tracker.verify import verify

NOW = datetime(2026, 9, 1, tzinfo=UTC)
AT = datetime(2026, 8, 17, 4, tzinfo=UTC)
HEADER = "observed_at,chart,source,rank,app_id,name\n"
ROW = "2026-08-17T04:00:00Z,us/iphone/top-free/apps,apple-rss,{},{},{}\n"
GOOD = HEADER + ROW.format(1, 11, "One") + ROW.format(2, 22, '"Two, the ""second"""')


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(Path("apptrack.db")) as opened:
        yield opened


def write(text: str | bytes, name: str = "chart.csv") -> Path:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return Path(name)


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        gzip.compress(GOOD.encode(), mtime=0),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
        (HEADER + "".join(reversed(GOOD.splitlines(keepends=True)[1:]))).encode(),
        (GOOD + "\n\n").encode(),
        b"name,extra,rank,app_id,source,chart,observed_at\n"
        b"One,x,1,11,apple-rss,us/iphone/top-free/apps,2026-08-17T06:00:00+02:00\n"
        b'"Two, the ""second""",x,2,22,apple-rss,us/iphone/top-free/apps,'
        b"2026-08-17T06:00:00+02:00\n",
    ],
    ids=["plain", "gzip", "bom", "crlf", "any order", "empty lines", "any columns, any zone"],
)
def test_a_csv_is_taken_once(store: Store, content: bytes) -> None:
    path = write(content)
    first, again = csv_file(path, store, NOW), csv_file(path, store, NOW)
    assert (first.saved, first.known) == (1, 0)
    assert (again.saved, again.known) == (0, 1)
    (number,) = store.snapshot_ids()
    snapshot = store.snapshot(number)
    assert snapshot.provenance is Provenance.IMPORTED
    assert snapshot.observed_at == AT
    assert [(entry.app_id, entry.name) for entry in snapshot.entries] == [
        ("11", "One"),
        ("22", 'Two, the "second"'),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no rows"),
        (HEADER, "has no rows"),
        (HEADER.replace("rank", "place"), "line 1: has no column rank"),
        (GOOD + ROW.format(4, 44, "x"), "lines 2-4: .*rank 4 where 3 belongs"),
        (GOOD + ROW.format(2, 44, "x"), "lines 2-4: rank 2 is 22 on line . and 44 on line ."),
        (GOOD + ROW.format(3, 11, "x"), "lines 2-4: .*an app twice: 11"),
        (
            GOOD + ROW.format("first", 33, "x"),
            "line 4: Invalid rank 'first': use a whole",
        ),
        (GOOD + ROW.format(0, 33, "x"), "line 4: Invalid rank '0'"),
        (GOOD + ROW.format(-3, 33, "x"), "line 4: Invalid rank '-3'"),
        (GOOD + ROW.format("1" * 5000, 33, "x"), "line 4: Invalid rank '1111"),
        (GOOD + ROW.format(3, "", "x"), "line 4: Invalid app id '': it is empty"),
        (GOOD + ROW.format(3, "3 3", "x"), "line 4: Invalid app id '3 3': it is not a number"),
        (GOOD + "2026-08-17T04:00:00Z,us\n", "line 4: has 2 columns where the header has 6"),
        (GOOD + ROW.format(3, 33, "x,y"), "line 4: has 7 columns"),
        (GOOD + ROW.format(3, 33, '"x'), "line 4: "),
        (GOOD.replace("T04:00:00Z", "T04:00:00"), "line 2: .*no time zone"),
        (GOOD.replace("2026-08-17", "2026-17-08"), "line 2: Invalid time '2026-17-08T04:00:00Z'"),
        (GOOD.replace("2026-08-17", "2027-08-17"), "line 2: 2027-.* has not happened yet"),
        (GOOD.replace("us/", "uk/"), "line 2: Invalid storefront 'uk'"),
        (GOOD.replace("apple-rss", "Apple RSS"), "line 2: Invalid source 'Apple RSS'"),
        (
            HEADER + ROW.format(1, 11, "x").replace("us/", "uk/"),
            "csv: line 2: Invalid storefront 'uk'",
        ),
        (GOOD + "x" * 30_000, "line 4: is longer than any row"),
        (GOOD.encode() + b"\xff\xfe\n", "is not UTF-8 text"),
        (gzip.compress(GOOD.encode(), mtime=0)[:-9], "is damaged: "),
        (b"\x1f\x8b" + b"rubbish" * 9, "cannot be read|damaged"),
    ],
)
def test_a_bad_row_is_named_and_nothing_of_the_file_is_stored(
    store: Store, text: str | bytes, message: str
) -> None:
    good_then_bad = HEADER + ROW.format(1, 1, "x").replace("T04", "T03")
    if isinstance(text, str) and text.startswith(GOOD):
        text = text.replace(HEADER, good_then_bad, 1)
        message = message.replace("lines 2-4", "lines 3-5").replace("line 4", "line 5")
        message = message.replace("lines 2-3", "lines 3-4").replace("line 2", "line 3")
    with pytest.raises(ImportRefused, match=message) as caught:
        csv_file(write(text), store, NOW)
    assert str(caught.value).startswith("chart.csv: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    assert store.counts() == dict.fromkeys(store.counts(), 0)


def test_other_ranks_for_a_stored_instant_are_refused(store: Store) -> None:
    csv_file(write(GOOD), store, NOW)
    other = GOOD.replace(",1,11,", ",1,33,") + ROW.format(3, 44, "x").replace("T04", "T05")
    with pytest.raises(ImportRefused, match="lines 2-3: .*stored already with other ranks"):
        csv_file(write(other), store, NOW)
    assert store.counts()["snapshots"] == 1


def test_a_path_that_is_not_a_file_is_refused(store: Store) -> None:
    for path in (Path("none.csv"), Path()):
        with pytest.raises(ImportRefused, match="cannot be read"):
            csv_file(path, store, NOW)


def test_an_empty_name_is_no_name(store: Store) -> None:
    csv_file(write(HEADER + ROW.format(1, 11, "")), store, NOW)
    assert store.snapshot(store.snapshot_ids()[0]).entries[0].name is None


def test_a_saved_payload_goes_through_the_same_parser(store: Store) -> None:
    path = write(body(CHART, ranked(5, 6)), "feed.json")
    first = payload_file(path, "apple-rss", CHART, AT, store, NOW)
    again = payload_file(path, "apple-rss", CHART, AT, store, NOW)
    assert (first.saved, again.saved, again.known) == (1, 0, 1)
    snapshot = store.snapshot(store.snapshot_ids()[0])
    assert snapshot.provenance is Provenance.IMPORTED
    assert [entry.app_id for entry in snapshot.entries] == ["5", "6"]
    checked = verify(store)
    assert (checked.proved, checked.findings) == (1, ())


def test_a_payload_cannot_be_older_than_its_own_date(store: Store) -> None:
    path = write(body(CHART, ranked(1, 2)), "feed.json")  # dated AT
    early = AT - CLOCK_TOLERANCE - timedelta(seconds=1)
    line = f"{path}: the feed's own date is {iso(AT)}, after {iso(early)}; give --at the time"
    with pytest.raises(ImportRefused, match=re.escape(line)):
        payload_file(path, "apple-rss", CHART, early, store, NOW)
    assert store.counts()["snapshots"] == store.counts()["payloads"] == 0
    taken = payload_file(path, "apple-rss", CHART, AT - CLOCK_TOLERANCE, store, NOW)
    assert taken.saved == 1


@pytest.mark.parametrize(
    ("content", "chart", "at", "message"),
    [
        (b"{}", CHART, AT, "feed.json: apple-rss: "),
        (body(CHART, ranked(5))[:-9], CHART, AT, "feed.json: apple-rss: "),
        (body(CHART, ranked(5)), GENRE_CHART, AT, "apple-rss does not carry"),
        (body(CHART, ranked(5)), CHART, NOW.replace(year=2030), "has not happened yet"),
    ],
)
def test_a_bad_payload_is_refused(
    store: Store, content: bytes, chart: object, at: datetime, message: str
) -> None:
    with pytest.raises(ImportRefused, match=message):
        payload_file(write(content, "feed.json"), "apple-rss", chart, at, store, NOW)  # type: ignore[arg-type]
    assert store.counts()["snapshots"] == 0


SAMPLE = Path(__file__).parents[1] / "data" / "sample"
RECORDED = SAMPLE / "jp_iphone_top-free_finance_2025.csv.gz"


def test_a_recorded_chart_comes_back_row_by_row(store: Store) -> None:
    assert csv_file(RECORDED, store, NOW).saved == 60
    text = gzip.decompress(RECORDED.read_bytes()).decode()
    expected = {(row[0], row[3], row[4]) for row in csv.reader(text.splitlines()[1:])}
    (chart,) = store.charts()
    for app_id in ("1139755229", "1435783608", "6505085493"):
        (series,) = store.series(chart, "web-charts", [App(app_id, "x")])
        rows = {
            (iso(observation.observed_at), str(observation.rank), app_id)
            for observation in series
            if observation.rank is not None
        }
        assert rows == {row for row in expected if row[2] == app_id}


# Files of strangers


def test_a_name_is_one_line_of_letters_as_in_a_feed(store: Store) -> None:
    csv_file(write(HEADER + ROW.format(1, 11, "\0\x1b[31mRed\x9b" + "L" * 999)), store, NOW)
    assert store.names(["11"]) == {"11": "[31mRed " + "L" * 247}


def test_a_snapshot_without_end_is_refused_before_it_fills_the_memory(store: Store) -> None:
    rows = "".join(ROW.format(rank, rank, "x") for rank in range(1, 10_003))
    with pytest.raises(ImportRefused, match="more than 10,000 entries is not a chart"):
        csv_file(write(HEADER + rows), store, NOW)
    assert store.snapshot_ids() == []


def test_a_bomb_is_refused_by_what_it_unpacks_to(store: Store) -> None:
    bomb = gzip.compress(HEADER.encode() + b"\n" * 1_100_000, mtime=0)
    assert len(bomb) < 5_000
    with pytest.raises(ImportRefused, match="unpacks to more than 200 times its size"):
        csv_file(write(bomb), store, NOW)
    csv_file(write(gzip.compress((GOOD + "\n" * 900).encode(), mtime=0)), store, NOW)
    assert len(store.snapshot_ids()) == 1
