"""A file that is up to date is opened without the library that would bring it up to date."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.stored import CHART, SOURCE, snapshot
from tracker.model import App
from tracker.store import Reader, Store
from tracker.store.database import MIGRATIONS
from tracker.store.schema import migrations

_OPEN = """
import sys
from pathlib import Path
from tracker.store import Reader
with Reader(Path(sys.argv[1])) as reader:
    reader.charts()
print("sqlite_utils" in sys.modules)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "apptrack.db"


def opened(path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _OPEN, str(path)],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    return done.stdout.strip()


def test_the_names_are_those_of_the_migrations(path: Path) -> None:
    with Store(path) as store:
        assert [done.name for done in migrations.applied(store.db)] == list(MIGRATIONS)


def test_a_file_that_is_up_to_date_is_opened_without_the_library(path: Path) -> None:
    Store(path).close()
    assert opened(path) == "False"


def test_more_apps_than_one_statement_joins_are_read(path: Path) -> None:
    with Store(path) as store:
        store.save(snapshot(0, list(range(1, 71))))
        store.save(snapshot(1, [70]))
        apps = [App(str(number), str(number)) for number in range(1, 131)]
        series = store.series(CHART, SOURCE, apps)
    ranks = {series.app.app_id: series.ranks for series in series}
    assert len(ranks) == 130
    assert ranks["1"] == (1, None)
    assert ranks["70"] == (70, 1)
    assert ranks["130"] == (None, None)


def test_no_snapshots_are_series_of_nothing(path: Path) -> None:
    Store(path).close()
    with Reader(path) as reader:
        (series,) = reader.series(CHART, SOURCE, [App("1", "Filler 1")])
    assert series.ranks == series.timeline.times == ()
