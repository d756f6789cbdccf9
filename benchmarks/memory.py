"""The daemon's memory after many passes: a daemon runs for months."""

from __future__ import annotations

import logging
import multiprocessing
import os
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.shop import bases, charts, open_shop
from tracker.collect import collect
from tracker.daemon import serve
from tracker.fetch import Fetcher
from tracker.model import Chart
from tracker.settings import FetchSettings, Settings
from tracker.store import Store

_PROCESSES = multiprocessing.get_context("spawn")
_HOURS = 48  # that many different bodies of each chart, again and again
#: More than a pass takes, so that the scheduler has none to skip.
_CADENCE = timedelta(milliseconds=40)


def memory(passes: int = 1000, early: int = 100, count: int = 2) -> list[Figure]:
    """Resident memory after EARLY and after PASSES passes of the scheduler over COUNT charts."""
    wanted = charts(count)
    with open_shop(wanted, _HOURS) as base, tempfile.TemporaryDirectory() as folder:
        heard, connection = _PROCESSES.Pipe(duplex=False)
        settings = Settings(
            db=Path(folder) / "apptrack.db",
            fetch=FetchSettings(per_minute=0),
            bases=bases(base),
        )
        arguments = (settings, wanted, {early, passes}, connection)
        daemon = _PROCESSES.Process(target=_serve, args=arguments, daemon=True)
        daemon.start()
        connection.close()
        first, last = heard.recv(), heard.recv()
        daemon.join(30)
        heard.close()
        with Store(settings.db) as store:
            assert store.counts()["snapshots"] == passes * count
    return [
        Figure(f"daemon after {early} passes", first, "MB"),
        Figure(f"daemon after {passes} passes", last, "MB", first, 1.05),
    ]


def _serve(settings: Settings, wanted: list[Chart], tell_at: set[int], result: Connection) -> None:
    """The scheduler and the pass of ``apptrack run``, at a cadence no setting allows."""
    logging.disable(logging.WARNING)  # a pass that falls due during another is no news here
    stop = threading.Event()
    done = 0

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(hours=done)

    def one_pass() -> None:
        nonlocal done
        with Store(settings.db) as store:
            collect(wanted, settings=settings, store=store, fetcher=fetcher)
        done += 1
        if done in tell_at:
            result.send(resident())
        if done >= max(tell_at):
            stop.set()

    with Fetcher(settings.fetch, clock=clock, stop=stop) as fetcher:
        serve(one_pass, every=_CADENCE, stop=stop)


def resident() -> float:
    """This process's resident memory in MB (10 ** 6 bytes), as Linux tells it."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
