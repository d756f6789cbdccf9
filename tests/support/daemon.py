"""A real daemon, and what it has stored."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.shop import CHART, environment
from tracker.store import Store

DB = Path("apptrack.db")


@contextmanager
def daemon(base: str, *args: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", "run", "--db", str(DB), *args, str(CHART)],
        env=environment(base, **more), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def stored(table: str = "snapshots") -> int:
    if not DB.exists():
        return 0
    with Store(DB) as store:
        return store.counts()[table]
