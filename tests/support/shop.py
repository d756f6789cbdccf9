"""A loopback store that serves whole charts, and settings that point every source at it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from click.testing import CliRunner

from tracker.cli import main
from tracker.loopback.formats import render
from tracker.loopback.server import Answer, Request
from tracker.model import Chart, Entry
from tracker.settings import DEFAULT_BASES, FetchSettings, Settings, variable
from tracker.sources import SOURCES

CHART = Chart.parse("us/iphone/top-free/apps")
GENRE_CHART = Chart.parse("us/iphone/top-free/productivity")
PUBLISHED = datetime(2026, 8, 17, 4, tzinfo=UTC)

#: No pace and no retries: what a test asks of a loopback store, on however busy a machine.
HASTY = FetchSettings(
    connect_timeout=20, read_timeout=20, total_timeout=40, retries=0, backoff=0.01, per_minute=0
)


def ranked(*app_ids: object) -> tuple[Entry, ...]:
    return tuple(
        Entry(rank, str(app_id), f"Filler {app_id}", "Filler Works")
        for rank, app_id in enumerate(app_ids, 1)
    )


def body(chart: Chart, entries: Sequence[Entry], source: str = "apple-rss") -> bytes:
    return render(source, chart, entries, PUBLISHED)


@dataclass
class Shop:
    """Answers each chart's address with what ``charts`` holds now; 404 for every other."""

    charts: dict[Chart, tuple[Entry, ...] | Answer]
    sources: Mapping[Chart, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Answer:
        self.asked.append(request.path)
        for chart, what in self.charts.items():
            source = self.sources.get(chart, source_name(chart))
            if request.path == SOURCES[source].url(chart, ""):
                if isinstance(what, Answer):
                    return what
                return Answer(body=body(chart, what, source))
        return Answer(404, b"no such chart")


class Changing:
    """A store whose chart is another one at each request; it remembers when each came."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def __call__(self, request: Request) -> Answer:
        self.asked.append(time.monotonic())
        return Shop({CHART: ranked(*range(len(self.asked), len(self.asked) + 5))})(request)


def source_name(chart: Chart) -> str:
    return next(name for name, source in SOURCES.items() if source.carries(chart))


def pointed(base: str, db: Path = Path("apptrack.db")) -> Settings:
    """Settings that read everything from BASE."""
    return Settings(db=db, fetch=HASTY, bases=dict.fromkeys(DEFAULT_BASES, base))


def environment(base: str | None = None, **more: str) -> dict[str, str]:
    """What a person would set so that the program reads everything from BASE."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("APPTRACK_")}
    if base:
        env |= {variable(f"base.{name}"): base for name in DEFAULT_BASES}
        env |= {"APPTRACK_FETCH_PER_MINUTE": "0", "APPTRACK_FETCH_RETRIES": "0"}
    return env | more


@dataclass(frozen=True)
class Said:
    """What a call of the program came to."""

    returncode: int
    stdout: str
    stderr: str


def apptrack(*args: object, base: str | None = None, **more: str) -> Said:
    """Call the program within this process, which saves most of a second each time.

    A warning is an error here as in every test, and a bug keeps its traceback.
    """
    with mock.patch.dict(os.environ, environment(base, **more), clear=True):
        result = CliRunner().invoke(main, [*map(str, args)], catch_exceptions=False)
    return Said(result.exit_code, result.stdout, result.stderr)


def as_process(
    *args: object, base: str | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the program as a person does, and wait for it."""
    return subprocess.run(
        [sys.executable, "-m", "tracker", *map(str, args)],
        env=environment(base, **more), capture_output=True, text=True, timeout=300, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
