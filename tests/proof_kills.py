"""The program killed at random moments: what it reported is stored, completely or not at all.

``python -m tests.nightly`` does the same more often.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlite_utils import Database

from tests.support.killing import Ended, Runner
from tests.support.shop import ranked
from tests.support.stored import change, snapshot
from tracker.loopback.formats import render
from tracker.loopback.server import Answer, LoopbackStore, Request
from tracker.model import Chart, Snapshot, iso
from tracker.sources import SOURCES
from tracker.store import Store
from tracker.store.schema import migrations
from tracker.verify import verify

DB, COPY, CSV = Path("apptrack.db"), Path("copy.db"), Path("charts.csv")
CHARTS = [Chart.parse(f"{front}/iphone/top-free/apps") for front in ("us", "jp", "de", "fr")]
SOURCE = SOURCES["apple-rss"]
IMPORTED = 30
TIMES = 5


class Pages:
    """Answers each chart with the same 100 ranks, and a date that no two answers share."""

    def __init__(self) -> None:
        self._count = count()
        self._charts = {SOURCE.url(chart, ""): chart for chart in CHARTS}

    def __call__(self, request: Request) -> Answer:
        published = datetime(2026, 8, 17, tzinfo=UTC) + timedelta(minutes=next(self._count))
        chart = self._charts[request.path]
        return Answer(body=render(SOURCE.name, chart, ranked(*range(1, 101)), published))


@pytest.fixture
def run() -> Iterator[Runner]:
    with LoopbackStore(Pages()) as store, Runner(store.base) as runner:
        yield runner


Kill = Callable[[Runner, float], Ended]


def at_random_moments(run: Runner, times: int, seconds: float, kill: Kill, seed: int = 1) -> int:
    """KILL so often, each time within SECONDS of the beginning; how many were killed in time."""
    dice = random.Random(seed)
    killed = 0
    for _ in range(times):
        ended = kill(run, dice.uniform(0, seconds))
        assert ended.killed or ended.code == 0, ended
        killed += ended.killed
    return killed


def sound(path: Path) -> None:
    with Store(path) as store:
        assert store.unsound() == []


# collect


def kill_a_pass(run: Runner, after: float) -> Ended:
    before = snapshots(DB)
    ended = run("collect", "--db", DB, *CHARTS, kill_after=after)
    sound(DB)
    new = snapshots(DB) - before
    assert ended.said.count("saved") <= len(new) <= len(CHARTS), (ended, new)
    whole(new)
    again = run("collect", "--db", DB, *CHARTS)
    assert again.code == 0, again
    assert again.said.count("100 entries") == len(CHARTS), again
    return ended


def snapshots(path: Path) -> set[int]:
    with Store(path) as store:
        return set(store.snapshot_ids())


def whole(numbers: set[int]) -> None:
    """Each of the snapshots has its entries, and a receipt that tells the same."""
    with Store(DB) as store:
        for number in numbers:
            receipt = store.payload_of(number)
            assert receipt is not None
            entries = SOURCE.parse(receipt).entries
            assert [entry.app_id for entry in entries] == [
                entry.app_id for entry in store.snapshot(number).entries
            ]


def collect_is_killed(run: Runner, times: int) -> int:
    run("collect", "--db", DB, *CHARTS)
    usual = run("collect", "--db", DB, *CHARTS).seconds
    killed = at_random_moments(run, times, usual, kill_a_pass)
    with Store(DB) as store:
        assert verify(store).findings == ()
    return killed


def test_collect_is_killed(run: Runner) -> None:
    assert collect_is_killed(run, TIMES) >= TIMES // 3


# import


def kill_an_import(run: Runner, after: float) -> Ended:
    DB.unlink(missing_ok=True)
    ended = run("import", CSV, "--db", DB, kill_after=after)
    if DB.exists():
        sound(DB)
        assert len(snapshots(DB)) in (0, IMPORTED)
    again = run("import", CSV, "--db", DB)
    assert again.code == 0, again
    assert len(snapshots(DB)) == IMPORTED
    sound(DB)
    return ended


def write_csv(wanted: Iterable[Snapshot]) -> None:
    rows = [
        f"{iso(snapshot.observed_at)},{snapshot.chart},apple-rss,{entry.rank},{entry.app_id},{entry.name}\n"
        for snapshot in wanted
        for entry in snapshot.entries
    ]
    CSV.write_text("observed_at,chart,source,rank,app_id,name\n" + "".join(rows), "utf-8")


def import_is_killed(run: Runner, times: int) -> int:
    write_csv(snapshot(hour, range(1, 51)) for hour in range(IMPORTED))
    usual = run("import", CSV, "--db", DB).seconds
    return at_random_moments(run, times, usual, kill_an_import)


def test_import_is_killed(run: Runner) -> None:
    assert import_is_killed(run, TIMES) >= TIMES // 3


# migration


def an_old_file(path: Path, migrated: int) -> None:
    """A file with the first so many migrations, and a row in it; no file without any."""
    for beside in ("", "-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    if migrated:
        with closing(Database(path)) as db:
            names = [migration.name for migration in migrations.pending(db)]
            migrations.apply(db, stop_before=names[migrated])
        change(
            path,
            "PRAGMA journal_mode = WAL",
            "INSERT INTO charts (slug, storefront, device, ranking, genre)"
            " VALUES ('us/iphone/top-free/apps', 'us', 'iphone', 'top-free', 'apps')",
        )


def kill_a_migration(run: Runner, after: float) -> Ended:
    steps = len(migrations.pending(Database(memory=True)))
    migrated = int(after * 1e6) % steps
    an_old_file(DB, migrated)
    ended = run("import", CSV, "--db", DB, kill_after=after)
    sound(DB)
    with Store(DB) as store:
        assert not migrations.pending(store.db)
        assert store.counts()["charts"] >= bool(migrated)
    again = run("collect", "--db", DB, *CHARTS)
    assert again.code == 0, again
    return ended


def migration_is_killed(run: Runner, times: int) -> int:
    write_csv([snapshot()])
    usual = run("import", CSV, "--db", DB).seconds
    return at_random_moments(run, times, usual, kill_a_migration)


def test_migration_is_killed(run: Runner) -> None:
    assert migration_is_killed(run, TIMES) >= TIMES // 3


# backup


def kill_a_backup(run: Runner, after: float) -> Ended:
    COPY.unlink(missing_ok=True)
    ended = run("backup", COPY, "--db", DB, kill_after=after)
    if COPY.exists():
        assert snapshots(COPY) == snapshots(DB)
        sound(COPY)
    with suppress(FileNotFoundError):
        COPY.unlink()
    again = run("backup", COPY, "--db", DB)
    assert again.code == 0, again
    assert not list(Path().glob("copy.db.*"))
    sound(DB)
    return ended


def backup_is_killed(run: Runner, times: int) -> int:
    with Store(DB) as store, store.transaction():
        for hour in range(60):
            store.save(snapshot(hour, range(1, 101)))
    usual = run("backup", COPY, "--db", DB).seconds
    return at_random_moments(run, times, usual, kill_a_backup)


def test_backup_is_killed(run: Runner) -> None:
    assert backup_is_killed(run, TIMES) >= TIMES // 3
