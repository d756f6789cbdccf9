"""``python -m benchmarks.load``: 700 charts in a pass, while 20 readers browse the same file.

The passes are those of the real `apptrack run`, from a loopback store without a pace; the readers
ask the real `apptrack browse`. A chart that failed, a page that was refused or a pass that began
within another ends the run.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median, quantiles
from typing import cast
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

from benchmarks.figures import Figure, timed
from benchmarks.history import START, orders
from benchmarks.machine import machine
from benchmarks.shop import bases, charts, kept
from tracker.loopback.faults import Truth
from tracker.loopback.server import Answer, LoopbackStore, Request
from tracker.model import Chart, Entry
from tracker.settings import variable
from tracker.sources import source_for
from tracker.store import Store

#: Two from each of the two feeds.
_KINDS = (
    "iphone/top-free/apps", "iphone/top-paid/apps", "iphone/top-free/productivity",
    "iphone/top-grossing/games",
)  # fmt: skip
_ALL = tuple(f"*/{kind}" for kind in _KINDS)
_PAGES = (
    ".json?" + urlencode({"sql": "SELECT count(*) FROM entries"}),
    "/latest.json?_size=20&_nocount=1",
    "/fetches.json?_size=20&_sort_desc=id",
    "/snapshots.json?_size=20&_sort_desc=observed_at",
    "/entries?_size=20",
    "/apps?_size=20",
)


def load(
    storefronts: int = 175, readers: int = 20, passes: int = 5, every: int = 15
) -> list[Figure]:
    """A first pass alone, and PASSES of a daemon, one EVERY so many seconds, beside READERS."""
    fronts = list(dict.fromkeys(chart.storefront for chart in charts(2 * storefronts)))
    many = len(fronts) * len(_KINDS)
    with tempfile.TemporaryDirectory() as folder, _shop(fronts) as base:
        db = Path(folder) / "apptrack.db"
        alone = timed(partial(_collect, fronts, base, db))
        with browsing(db) as address, _reading(address, readers) as waits:
            log = _daemon(fronts, base, db, passes, every)
        with Store(db) as store:
            assert store.unsound() == []
            assert store.counts()["snapshots"] >= (1 + passes) * many
            beside = _passes(store, many)[1 : passes + 1]
    return [
        Figure("charts in a pass", many, ""),
        Figure("pass alone", alone / 1000, "s"),
        Figure(f"passes beside {readers} readers", len(beside), ""),
        Figure("the shortest of them", min(beside), "s"),
        Figure("the longest", max(beside), "s"),
        Figure("one due every", every, "s"),
        Figure("put off because one still ran", sum("pass skipped" in text for text in log), ""),
        Figure("begun within another, charts failed", 0, ""),
        Figure("pages answered meanwhile", len(waits), ""),
        Figure("pages refused", 0, ""),
        Figure("page, median", median(waits), "ms"),
        Figure("page, one in twenty longer than", quantiles(waits, n=20)[-1], "ms"),
        Figure("page, longest", max(waits), "ms"),
    ]


def _passes(store: Store, many: int) -> list[float]:
    """Seconds of each whole pass over MANY charts; a pass within another is an AssertionError."""
    rows = store.db.execute(
        "SELECT chart, CAST(strftime('%s', started_at) AS INTEGER), seconds, outcome"
        " FROM fetches ORDER BY id"
    ).fetchall()
    assert {outcome for *_, outcome in rows} == {"saved"}
    lengths, ended = [], 0.0
    for first in range(0, len(rows), many):
        block = rows[first : first + many]
        assert len({chart for chart, *_ in block}) == len(block), "a chart twice in one pass"
        begun = min(at for _, at, *_ in block)
        assert begun >= int(ended), "a pass began within another"
        ended = max(at + seconds for _, at, seconds, _ in block)
        if len(block) == many:
            lengths.append(ended - begun)
    return lengths


# The store


@contextmanager
def _shop(fronts: Sequence[str]) -> Iterator[str]:
    """The address of a store that has all the charts, in a process of its own."""
    with kept(_keep_shop, fronts) as address:
        yield address


def _keep_shop(fronts: Sequence[str], connection: Connection) -> None:
    wanted = [Chart.parse(f"{front}/{kind}") for front in fronts for kind in _KINDS]
    bodies = {
        source_for(chart).url(chart, ""): _bodies(chart, seed) for seed, chart in enumerate(wanted)
    }

    def answer(request: Request) -> Answer:
        return Answer(body=next(bodies[request.path]))

    with LoopbackStore(answer) as store:
        connection.send(store.base)
        threading.Event().wait()


def _bodies(chart: Chart, seed: int) -> Iterator[bytes]:
    """One hour of CHART after another, made before it is asked for."""
    hours = [
        tuple(
            Entry(rank, str(1_000_000 + 1000 * (seed % 50) + app), f"Filler {app}", "Filler Works")
            for rank, app in enumerate(order, 1)
        )
        for order in orders(2, seed=seed)
    ]
    return cycle([Truth(source_for(chart).name, chart, hour, START).body for hour in hours])


# The passes


def _collect(fronts: Sequence[str], base: str, db: Path) -> None:
    command = [sys.executable, "-m", "tracker", "collect", "--db", str(db), *_ALL]
    done = subprocess.run(
        command, env=_pointed(fronts, base), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _daemon(fronts: Sequence[str], base: str, db: Path, passes: int, every: int) -> list[str]:
    """Let `apptrack run` make so many passes, and end it; what it logged of them."""
    command = [sys.executable, "-m", "tracker", "run", "--db", str(db), "--every", f"{every}s"]
    env, log = _pointed(fronts, base), list[str]()
    with subprocess.Popen([*command, *_ALL], env=env, stderr=subprocess.PIPE, text=True) as daemon:
        try:
            for line in cast(Iterator[str], daemon.stderr):
                assert not re.search(r" (ERROR|failed|refused) ", line), line
                log.append(line)
                if "pass done" in line and sum("pass done" in text for text in log) == passes:
                    daemon.terminate()  # once: a second signal would not wait for the chart in hand
            assert daemon.wait() == 0, log[-5:]
        finally:
            daemon.kill()
    return log


def _pointed(fronts: Sequence[str], base: str) -> dict[str, str]:
    env = _environment() | {variable(f"base.{name}"): url for name, url in bases(base).items()}
    return env | {"APPTRACK_STOREFRONTS": ",".join(fronts), "APPTRACK_FETCH_PER_MINUTE": "0"}


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("APPTRACK_")}


# The readers


@contextmanager
def browsing(db: Path) -> Iterator[str]:
    """The address of DB in the real `apptrack browse`."""
    command = [sys.executable, "-m", "tracker", "browse", "--db", str(db), "--port", "0"]
    with subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, text=True) as site:
        try:
            assert site.stdout is not None
            address = site.stdout.readline().strip()
            assert address, "apptrack browse did not start: pip install 'apptrack[browse]'"
            yield address
        finally:
            site.terminate()


@contextmanager
def _reading(address: str, readers: int) -> Iterator[list[float]]:
    """READERS at work within the block; afterwards the milliseconds of each page answered."""
    over, waits = threading.Event(), list[float]()
    with ThreadPoolExecutor(readers) as people:
        reading = [people.submit(_read, address, number, over) for number in range(readers)]
        try:
            yield waits
        finally:
            over.set()
    waits += [wait for future in reading for wait in future.result()]


def _read(address: str, number: int, over: threading.Event) -> list[float]:
    """One page after another, each reader beginning with another one; a refusal is raised."""
    waits = []
    opener = build_opener(ProxyHandler({}))
    for page in cycle([*_PAGES[number % len(_PAGES) :], *_PAGES[: number % len(_PAGES)]]):
        begun = time.perf_counter()
        with opener.open(address + page, timeout=60) as answer:
            answer.read()
        waits.append((time.perf_counter() - begun) * 1000)
        if over.wait(0.05):
            break
    return waits


def main(arguments: Sequence[str] | None = None) -> None:
    reader = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    reader.add_argument("--storefronts", type=int, default=175)
    reader.add_argument("--readers", type=int, default=20)
    reader.add_argument("--passes", type=int, default=5)
    reader.add_argument("--every", type=int, default=15, help="seconds")
    options = reader.parse_args(arguments)
    print(", ".join(f"{what} {value}" for what, value in machine().items()), flush=True)
    print(*load(options.storefronts, options.readers, options.passes, options.every), sep="\n")


if __name__ == "__main__":
    main()
