"""CSV as people have it: delimiters, encodings, headers, order, what stands above and below."""

from __future__ import annotations

import csv
import gzip
import io
import random
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.stored import CHART
from tracker.errors import ImportRefused, StoreError
from tracker.imports import Reading, csv_file
from tracker.imports.times import Clock, DateIs
from tracker.model import Chart, Provenance, Snapshot, iso
from tracker.store import Store
from tracker.store.spool import Spool

NOW = datetime(2026, 9, 1, tzinfo=UTC)
HEADER = ("observed_at", "chart", "source", "rank", "app_id", "name")
NAMES = ("ChatGPT", "Télé Loisirs", 'Quote " and ; , | inside')
IDS = ("6448311069", "6737597349", "6473753684")


def rows(time: str = "2026-06-01T12:00:00Z", names: Sequence[str] = NAMES) -> list[list[str]]:
    return [
        [time, str(CHART), "apple-rss", str(rank), app_id, name]
        for rank, (app_id, name) in enumerate(zip(IDS, names, strict=True), 1)
    ]


def text_of(
    body: Sequence[Sequence[str]],
    header: Sequence[str] = HEADER,
    divide: str = ",",
    end: str = "\n",
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=divide, lineterminator=end)
    writer.writerows([header, *body])
    return text.getvalue()


GOOD = text_of(rows())


def zipped(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(Path("apptrack.db")) as opened:
        yield opened


def write(content: str | bytes) -> Path:
    path = Path("chart.csv")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def stored(store: Store) -> list[Snapshot]:
    return [store.snapshot(number) for number in store.snapshot_ids()]


GOOD_FORMS = {
    "semicolon": text_of(rows(), divide=";"),
    "semicolon, BOM, CRLF": "\ufeff" + text_of(rows(), divide=";", end="\r\n"),
    "tab": text_of(rows(), divide="\t"),
    "pipe": text_of(rows(), divide="|"),
    "sep=,": "sep=,\n" + GOOD,
    "sep=; BOM CRLF": "\ufeffsep=;\r\n" + text_of(rows(), divide=";", end="\r\n"),
    "sep= saved again": "sep=;;;;;;\n" + text_of(rows(), divide=";"),
    "sep= of any character": "sep=^\n" + text_of(rows(), divide="^"),
    "UTF-16, tab": text_of(rows(), divide="\t").encode("utf-16"),
    "UTF-16, big end first": ("\ufeff" + GOOD).encode("utf-16-be"),
    "UTF-16, CRLF": text_of(rows(), end="\r\n").encode("utf-16"),
    "UTF-32": GOOD.encode("utf-32"),
    "gzip of UTF-16": gzip.compress(GOOD.encode("utf-16")),
    "CR only": text_of(rows(), end="\r"),
    "header in any case": text_of(
        rows(), ("Observed_At", "CHART", "Source", " rank", "App_ID", "Name ")
    ),
    "columns in any order, and more of them": text_of(
        [[*row[::-1], "x"] for row in rows()], (*HEADER[::-1], "extra")
    ),
    "an extra column twice": text_of(
        [[*row, "x", "y"] for row in rows()], (*HEADER, "note", "note")
    ),
    "comments and blank lines above": '# exported\n\n# by, "somebody\n' + GOOD,
    "blank lines and empty rows below": GOOD + "\n\r\n,,,,,\n , ,,,,\n",
    "decimal ranks": GOOD.replace(",1,", ",1.0,").replace(",2,", ",2.00,"),
    "decimal ranks with a comma": text_of(
        [[*row[:3], row[3] + ",0", *row[4:]] for row in rows()], divide=";"
    ),
    "ids of a spreadsheet": GOOD.replace("6448311069", "6448311069.0"),
    "storefront in capitals": GOOD.replace("us/", "US/"),
    "rows twice": text_of(rows() + rows()),
    "backwards": text_of(rows()[::-1]),
    "zip": zipped(("folder/", b""), ("folder/a.csv", GOOD.encode()), ("__MACOSX/._a.csv", b"\0")),
}


@pytest.mark.parametrize("content", GOOD_FORMS.values(), ids=GOOD_FORMS.keys())
def test_a_csv_as_people_have_it_is_read_as_it_is_meant(store: Store, content: str | bytes) -> None:
    assert csv_file(write(content), store, NOW).saved == 1
    (snapshot,) = stored(store)
    assert (snapshot.chart, iso(snapshot.observed_at)) == (CHART, "2026-06-01T12:00:00Z")
    assert [(entry.app_id, entry.name) for entry in snapshot.entries] == list(
        zip(IDS, NAMES, strict=True)
    )
    assert csv_file(write(content), store, NOW).known == 1


def test_a_name_may_have_a_line_end_and_then_lines_still_count(store: Store) -> None:
    named = rows(names=("A", "B\nC", "D"))
    csv_file(write(text_of(named)), store, NOW)
    assert stored(store)[0].entries[1].name == "B C"
    named[2][4] = "x"
    with pytest.raises(ImportRefused, match="line 5: Invalid app id 'x'"):
        csv_file(write(text_of(named)), store, NOW)


REFUSED = {
    "cp1252": (text_of(rows()).encode("cp1252"), "is not UTF-8 text; .*--encoding cp1252"),
    "UTF-16 without a mark": (GOOD.encode("utf-16-le"), "--encoding utf-16-le"),
    "UTF-16 without a mark, other end": (GOOD.encode("utf-16-be"), "--encoding utf-16-be"),
    "half a letter of UTF-16": (GOOD.encode("utf-16")[:-1], "is not UTF-16 text"),
    "another delimiter": (text_of(rows(), divide="^"), "line 1: has no column .*--delimiter"),
    "no header": (text_of(rows()[1:], rows()[0]), "line 1: has no column observed_at.*first line"),
    "a column missing": (
        text_of([row[:5] for row in rows()], HEADER[:5]),
        "line 1: has no column name, divided by comma",
    ),
    "a column missing, semicolons": (
        text_of([row[:5] for row in rows()], HEADER[:5], ";"),
        "no column name, divided by semicolon",
    ),
    "a column twice": (
        text_of([[*row, "9"] for row in rows()], (*HEADER, "Rank")),
        "line 1: has the column rank twice",
    ),
    "a total": (GOOD + "Total,,,,,\n", "line 5: has 'Total' alone in it; delete it"),
    "a total with a number": (GOOD + "Total,,,3,,\n", "line 5: .*'Total': it is a total"),
    "a comment below": (GOOD + "# end\n", "line 5: comments stand above the header"),
    "a comment below with commas": (GOOD + "#,1,2\n", "line 5: comments stand above the header"),
    "a cell too many": (GOOD.replace("ChatGPT", "Chat,GPT"), "line 2: has 7 columns"),
    "a quote without end": (GOOD + '2026,"', "line 5: "),
    "rank with thousands": (GOOD.replace(",1,", ',"1,000",'), "line 2: Invalid rank '1,000'"),
    "no rank": (GOOD.replace(",1,", ",-,"), "Invalid rank '-'.*not ranked has no row"),
    "a bundle id": (GOOD.replace("6448311069", "com.openai.chat"), "line 2: .*: it is a bundle id"),
    "a prefix": (GOOD.replace("6448311069", "id6448311069"), "line 2: .*the prefix 'id'"),
    "leading zeros": (GOOD.replace("6448311069", "06448311069"), "line 2: .*leading zeros"),
    "scientific": (GOOD.replace("6448311069", "6.44831E+09"), "line 2: .*scientific notation"),
    "a fraction": (GOOD.replace("6448311069", "6448311069.5"), "line 2: .*a fraction"),
    "a date": (GOOD.replace("T12:00:00Z", ""), "line 2: .* a date without a time; .*--date-is"),
    "no zone": (GOOD.replace("Z", ""), "line 2: .*it has no time zone; .*--tz"),
    "a country's name": (
        GOOD.replace("us/", "United States/"),
        "line 2: Invalid storefront .*nearest: us .United States",
    ),
    "no storefront": (GOOD.replace("us/", "an/"), "line 2: Invalid storefront 'an'.*nearest: na"),
    "two apps at a rank": (
        GOOD.replace(",2,", ",1,"),
        "lines 2-4: rank 1 is 6448311069 on line 2 and 6737597349 on line 3",
    ),
    "zip of two": (zipped(("a.csv", b"1"), ("b.csv", b"2")), "is a zip file of 2 files; unpack it"),
    "zip of none": (zipped(), "is a zip file of 0 files"),
    "a workbook": (zipped(("[Content_Types].xml", b"<x/>"), ("a.xml", b"")), "is a workbook; save"),
    "an open document": (zipped(("mimetype", b"app"), ("content.xml", b"")), "is a workbook"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "is a workbook; save"),
    "a damaged zip": (zipped(("a.csv", GOOD.encode()))[:-30], "is a zip file that cannot be read"),
    "a zip bomb": (
        zipped(("a.csv", (",".join(HEADER) + "\n" * 1_100_000).encode())),
        "unpacks to more than 200 times its size",
    ),
    "a payload": ('{"feed": {}}', "is not CSV; a saved payload is imported with --payload"),
    "only comments": ("# nothing\n\n", "has no rows"),
    "a header alone": (",".join(HEADER), "has no rows"),
    "empty": ("", "has no rows"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "line"), REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_refused_in_one_line_with_cause_and_remedy(
    store: Store, content: str | bytes, line: str
) -> None:
    with pytest.raises(ImportRefused, match=line) as caught:
        csv_file(write(content), store, NOW)
    assert str(caught.value).startswith("chart.csv: ")
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 300
    assert store.counts() == dict.fromkeys(store.counts(), 0)


@pytest.mark.parametrize(
    ("content", "reading"),
    [
        (GOOD.encode("cp1252"), Reading(encoding="cp1252")),
        (GOOD.encode("utf-16-le"), Reading(encoding="utf-16-le")),
        (GOOD.encode("utf-16"), Reading(encoding="utf-16-le")),
        (("\ufeff" + GOOD).encode(), Reading(encoding="utf-8")),
        (text_of(rows(), divide="^").encode(), Reading(delimiter="^")),
        (("sep=,\n" + text_of(rows(), divide=";")).encode(), Reading(delimiter=";")),
        (GOOD.replace("T12:00:00Z", " 14:00").encode(), None),
    ],
)  # fmt: skip
def test_what_the_user_names_goes_before_what_the_file_shows(
    store: Store, content: bytes, reading: Reading | None
) -> None:
    reading = reading or Reading(clock=Clock(ZoneInfo("Europe/Berlin")))
    csv_file(write(content), store, NOW, reading)
    (snapshot,) = stored(store)
    assert iso(snapshot.observed_at) == "2026-06-01T12:00:00Z"
    assert tuple(entry.name for entry in snapshot.entries) == NAMES


def test_a_delimiter_that_the_file_contradicts_is_named(store: Store) -> None:
    line = "line [12]: has no column observed_at, .*, divided by semicolon; needed: "
    with pytest.raises(ImportRefused, match=line):
        csv_file(write(GOOD), store, NOW, Reading(delimiter=";"))
    with pytest.raises(ImportRefused, match=line):
        csv_file(write("sep=;\n" + GOOD), store, NOW)


def test_an_encoding_that_the_file_contradicts_is_refused(store: Store) -> None:
    with pytest.raises(ImportRefused, match="begins with the mark of utf-16; leave --encoding"):
        csv_file(write(GOOD.encode("utf-16")), store, NOW, Reading(encoding="cp1252"))


@pytest.mark.parametrize(
    ("date_is", "time"),
    [(DateIs.START, "2026-06-01T00:00:00Z"), (DateIs.END, "2026-06-01T23:59:59Z")],
)
def test_dates_are_placed_as_chosen_and_again_change_nothing(
    store: Store, date_is: DateIs, time: str
) -> None:
    path, reading = write(GOOD.replace("T12:00:00Z", "")), Reading(clock=Clock(date_is=date_is))
    assert csv_file(path, store, NOW, reading).saved == 1
    assert csv_file(path, store, NOW, reading).known == 1
    assert [iso(snapshot.observed_at) for snapshot in stored(store)] == [time]


# Rows in any order


def many(times: int, fronts: Sequence[str] = ("us", "jp"), depth: int = 5) -> list[list[str]]:
    """Rows of a snapshot an hour of each storefront, of apps that move."""
    chance = random.Random(7)
    apps = list(range(1000, 1000 + depth + 3))
    lists = []
    for hour in range(times):
        chance.shuffle(apps)
        at = iso(datetime(2026, 6, 1, tzinfo=UTC) + timedelta(hours=hour))
        for front in fronts:
            lists += [
                [
                    at,
                    f"{front}/iphone/top-free/apps",
                    "apple-rss",
                    str(rank),
                    str(app),
                    f"App {app}",
                ]
                for rank, app in enumerate(apps[:depth], 1)
            ]
    return lists


ORDERS: dict[str, Callable[[list[str]], Any]] = {
    "by rank": lambda row: (row[3], row[0]),
    "by app": lambda row: (row[4], row[0]),
    "by chart and rank": lambda row: (row[1], row[3]),
    "newest first": lambda row: (row[0][::-1], row[1]),
    "at random": lambda row: sha256("".join(row).encode()).digest(),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_rows_in_any_order_are_the_same_snapshots(
    store: Store, order: Callable[[list[str]], Any]
) -> None:
    plain = many(20)
    with Store(Path("sorted.db")) as other:
        csv_file(write(text_of(plain)), other, NOW)
        expected = stored(other)
    assert len(expected) == 40
    plain.sort(key=order)
    assert csv_file(write(text_of(plain)), store, NOW).saved == 40
    assert stored(store) == expected
    assert {snapshot.provenance for snapshot in expected} == {Provenance.IMPORTED}


def test_a_bad_snapshot_among_scattered_rows_is_named_by_its_lines(store: Store) -> None:
    scattered = sorted(many(3, ("us",), depth=2), key=lambda row: row[3])
    scattered[-1][3] = "3"
    with pytest.raises(ImportRefused, match=r"lines 4, 7: .*rank 3 where 2 belongs"):
        csv_file(write(text_of(scattered)), store, NOW)
    assert store.snapshot_ids() == []


def test_the_report_counts_what_the_file_had(store: Store) -> None:
    plain = many(3, ("us",))
    copied = [["2026-06-02T00:00:00Z", *row[1:]] for row in plain[-5:]]
    copied += [["2026-06-03T00:00:00Z", *row[1:]] for row in copied]
    other = many(1, ("jp",))
    csv_file(write(text_of(other)), store, NOW)
    imported = csv_file(write(text_of(plain + copied + other)), store, NOW)
    assert (imported.saved, imported.known, imported.repeats) == (5, 1, 2)
    assert (iso(imported.first), iso(imported.last)) == (
        "2026-06-01T00:00:00Z", "2026-06-03T00:00:00Z",
    )  # fmt: skip
    assert imported.charts == (Chart.parse("jp/iphone/top-free/apps"), CHART)
    assert imported.sources == ("apple-rss",)


def test_a_full_disk_beneath_the_spool_is_one_line() -> None:
    with Spool() as spool:
        spool.connection.execute("PRAGMA max_page_count = 20")
        runs = (("us", "s", "t", line, "x" * 1000) for line in range(1000))
        with pytest.raises(StoreError, match="temporary file cannot be written: .*full; free"):
            spool.fill(runs)
