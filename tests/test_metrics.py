"""Figures for Prometheus: read back by its own parser, written whole or not at all."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.shop import CHART, GENRE_CHART, Shop, apptrack, ranked
from tracker.errors import ApptrackError, MissingExtra
from tracker.loopback.server import Answer, LoopbackStore
from tracker.metrics import Figures, write
from tracker.model import Outcome

FILE = Path("metrics/apptrack.prom")
NOW = datetime(2026, 8, 17, 4, 50, 46, tzinfo=UTC)
FIGURES = Figures(
    at=NOW, seconds=1.5, whole=False, outcomes=[Outcome.SAVED, Outcome.RETRIED, Outcome.SAVED],
    successes=[(CHART, "apple-rss", NOW, 100)], undelivered={"slack-1a2b3c4d": 3},
)  # fmt: skip


def figures_in(path: Path = FILE) -> dict[tuple[str, ...], float]:
    """Every figure of a file, by its name and its labels' values."""
    families = text_string_to_metric_families(path.read_text("utf-8"))
    return {
        (sample.name.removeprefix("apptrack_"), *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_figures_of_a_pass() -> None:
    write(FIGURES, FILE)
    assert figures_in() == {
        ("last_success_timestamp_seconds", str(CHART), "apple-rss"): NOW.timestamp(),
        ("depth_entries", str(CHART), "apple-rss"): 100,
        ("last_pass_fetches", "saved"): 2,
        ("last_pass_fetches", "retried"): 1,
        ("last_pass_fetches", "known"): 0,
        ("last_pass_fetches", "unchanged"): 0,
        ("last_pass_fetches", "failed"): 0,
        ("last_pass_fetches", "refused"): 0,
        ("last_pass_fetches", "empty"): 0,
        ("last_pass_fetches", "interrupted"): 0,
        ("last_pass_timestamp_seconds",): NOW.timestamp(),
        ("last_pass_duration_seconds",): 1.5,
        ("last_pass_whole",): 0,
        ("undelivered_alerts", "slack-1a2b3c4d"): 3,
    }


def test_a_file_that_cannot_be_written_is_reported_and_the_old_one_stays() -> None:
    write(FIGURES, FILE)
    before = FILE.read_bytes()
    Path("file").touch()
    with pytest.raises(ApptrackError, match="cannot be written"):
        write(FIGURES, Path("file/x.prom"))
    FILE.with_name("folder.prom").mkdir()
    with pytest.raises(ApptrackError, match="cannot be written"):
        write(FIGURES, FILE.with_name("folder.prom"))
    assert FILE.read_bytes() == before
    assert sorted(path.name for path in FILE.parent.iterdir()) == ["apptrack.prom", "folder.prom"]


def test_without_the_library_a_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MissingExtra, match=r"pip install 'apptrack\[metrics\]'"):
        write(FIGURES, FILE)


def test_a_pass_writes_them_whatever_came_of_it() -> None:
    shop = Shop({CHART: ranked("1", "2"), GENRE_CHART: Answer(503, b"busy")})
    with LoopbackStore(shop) as store:
        done = apptrack("collect", "--db", "x.db", base=store.base, APPTRACK_METRICS_FILE=str(FILE))
    assert done.returncode == 1
    facts = figures_in()
    assert facts["depth_entries", str(CHART), "apple-rss"] == 2
    assert ("depth_entries", str(GENRE_CHART), "itunes-rss") not in facts
    assert (facts["last_pass_fetches", "saved"], facts["last_pass_fetches", "failed"]) == (1, 1)
    assert facts["last_pass_whole",] == 0


def test_metrics_that_cannot_be_written_fail_no_pass() -> None:
    Path("file").touch()
    with LoopbackStore(Shop({CHART: ranked("1")})) as store:
        done = apptrack(
            "collect", CHART, "--db", "x.db", base=store.base, APPTRACK_METRICS_FILE="file/x"
        )
    assert done.returncode == 0
    assert "metrics failed: file/x: cannot be written" in done.stderr
