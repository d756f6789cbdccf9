"""Imports of large files, beside other writers, and compared with snapshots saved one by one."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.stored import CHART, OTHER_CHART, entries, snapshot, stored
from tests.test_import_forms import many, text_of, write
from tests.test_import_sparse import HEADER as SPARSE_HEADER
from tests.test_import_sparse import SOURCE, row, some
from tests.test_imports import GOOD, NOW
from tests.test_incoming import DB, rows, sound, take_in
from tracker.cli import main
from tracker.errors import ImportRefused
from tracker.imports import csv_file
from tracker.model import Snapshot
from tracker.store import Reader, Store


def test_memory_does_not_grow_with_a_file_in_any_order() -> None:
    def peak(times: int) -> int:
        plain = many(times, ("us",), depth=100)
        plain.sort(key=lambda row: (int(row[3]), row[0]))
        write(text_of(plain))
        code = (
            "import sys; from tracker.cli import main\n"
            "try: main.main(['import', 'chart.csv', '--db', f'{sys.argv[1]}.db'])\n"
            "except SystemExit as ended: assert not ended.code\n"
            "print([line for line in open('/proc/self/status') if line.startswith('VmHWM')][0])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(times)], capture_output=True, text=True, check=True
        )
        return int(done.stdout.split()[-2])  # kB

    small, large = peak(300), peak(1500)
    assert large - small < 8_000, (
        small,
        large,
    )  # 12 MB of text more, and ten times that as objects


def test_no_writer_waits_for_the_lock_for_long() -> None:
    Store(DB).close()
    waits: list[float] = []
    over = threading.Event()

    def probe() -> None:
        with closing(sqlite3.connect(DB, timeout=60, isolation_level=None)) as connection:
            while not over.is_set():
                begun = time.monotonic()
                connection.execute("BEGIN IMMEDIATE")
                waits.append(time.monotonic() - begun)
                connection.execute("ROLLBACK")
                time.sleep(0.02)

    prober = threading.Thread(target=probe)
    prober.start()
    try:
        take_in(DB, [snapshot(hour, range(hour + 1, hour + 101)) for hour in range(1500)])
    finally:
        over.set()
        prober.join()
    assert max(waits) < 5  # below one second on an idle machine
    assert rows("SELECT count(*) FROM observations") == [(150_000,)]
    sound()


NAMES = st.sampled_from(["A", "B", "C"])
MANY = st.lists(
    st.tuples(
        st.sampled_from([CHART, OTHER_CHART]),
        st.integers(0, 100),
        st.permutations([1, 2, 3, 4]).map(lambda order: order[:3]),
        NAMES,
    ),
    max_size=8,
    unique_by=lambda row: row[:2],
)


def made(row: tuple[Any, ...]) -> Snapshot:
    chart, hour, apps, name = row
    named = {str(app): f"{name}{app}" for app in apps}
    return replace(snapshot(hour * 13, chart=chart), entries=entries(apps, named))


def rows_of(path: Path) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return [
            connection.execute(sql).fetchall()
            for sql in (
                "SELECT observed_at, chart, source, rank, app_id FROM observations"
                " ORDER BY 1, 2, 3, 4",
                "SELECT store_id, name, storefront, developer FROM apps ORDER BY 1",
                "SELECT store_id, names.storefront, names.name, first_at FROM names"
                " JOIN apps ON apps.id = app ORDER BY 1, 2, 3",
            )
        ]


@settings(max_examples=40)
@given(before=MANY, after=MANY)
def test_a_file_is_as_good_as_its_snapshots_one_by_one(before: Any, after: Any) -> None:
    first = {row[:2] for row in before}
    wanted = [made(row) for row in after if row[:2] not in first]
    for name in ("one.db", "file.db"):
        for ending in ("", "-wal", "-shm"):
            Path(name + ending).unlink(missing_ok=True)
        with Store(Path(name)) as store:
            for row in before:
                store.save(made(row))
    with Store(Path("one.db")) as store:
        outcomes = [store.save(snapshot) for snapshot in wanted]
    assert take_in(Path("file.db"), wanted) == outcomes
    assert rows_of(Path("file.db")) == rows_of(Path("one.db"))
    with Reader(Path("file.db")) as reader:
        assert reader.unsound() == []


@settings(max_examples=15)
@given(
    st.dictionaries(
        st.tuples(st.integers(0, 5), st.sampled_from(["1", "2", "3"])), st.integers(0, 60),
        min_size=1,
    ),
    st.integers(1, 4),
    st.randoms(),
)  # fmt: skip
def test_rows_in_any_order_and_in_any_number_of_files_give_one_answer(
    facts: dict[tuple[int, str], int], parts: int, chance: Random
) -> None:
    # A rank of its own for each app, so that no two of an instant share one.
    ranks = {(hour, app): 3 * rank + int(app) for (hour, app), rank in facts.items()}
    lines = [row(hour, rank, app) for (hour, app), rank in ranks.items()]
    chance.shuffle(lines)
    hours = sorted({hour for hour, _ in ranks})
    expected = [
        some(hour, {app: rank for (at_hour, app), rank in ranks.items() if at_hour == hour})
        for hour in hours
    ]
    with TemporaryDirectory() as folder:
        db = Path(folder) / "some.db"
        for number in range(parts):
            part = lines[number::parts]
            if not part:
                continue
            file = Path(folder) / f"{number}.csv"
            file.write_text("\n".join([SPARSE_HEADER, *part, ""]), "utf-8")
            done = CliRunner().invoke(
                main, ["import", "--sparse", "--source", SOURCE, str(file), "--db", str(db)]
            )
            assert done.exit_code == 0, done.output
        with Reader(db) as reader:
            assert stored(reader) == expected
            assert reader.unsound() == []


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_taken_whole_or_refused(tail: bytes) -> None:
    path = Path("fuzz.db")
    for name in path.parent.glob("fuzz.db*"):
        name.unlink()
    with Store(path) as store:
        try:
            csv_file(write(GOOD.encode() + tail), store, NOW)
        except ImportRefused:
            assert store.counts()["entries"] == 0
        else:
            assert store.counts()["snapshots"] >= 1
