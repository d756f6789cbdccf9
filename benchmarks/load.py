"""``python -m benchmarks.load``: 700 charts in a pass, while 20 readers browse the same file.

The pass is the real `apptrack collect`, from a loopback store without a pace; the readers ask the
real `apptrack browse`. A chart that failed or a page that was refused ends the run.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
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
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

from benchmarks.figures import Figure, timed
from benchmarks.history import START, orders
from benchmarks.machine import machine
from benchmarks.shop import bases, charts
from tracker.loopback.faults import Truth
from tracker.loopback.server import Answer, LoopbackStore, Request
from tracker.model import Chart, Entry
from tracker.settings import variable
from tracker.sources import source_for
from tracker.store import Store

_PROCESSES = multiprocessing.get_context("spawn")
#: Two from each of the two feeds.
_KINDS = (
    "iphone/top-free/apps", "iphone/top-paid/apps", "iphone/top-free/productivity",
    "iphone/top-grossing/games",
)  # fmt: skip
_PAGES = (
    ".json?" + urlencode({"sql": "SELECT count(*) FROM entries"}),
    "/latest.json?_size=20&_nocount=1",
    "/fetches.json?_size=20&_sort_desc=id",
    "/snapshots.json?_size=20&_sort_desc=observed_at",
    "/entries?_size=20",
    "/apps?_size=20",
)


def load(storefronts: int = 175, readers: int = 20) -> list[Figure]:
    """A first pass alone, and a second one beside READERS."""
    fronts = list(dict.fromkeys(one.storefront for one in charts(2 * storefronts)))
    many = len(fronts) * len(_KINDS)
    with tempfile.TemporaryDirectory() as folder, _shop(fronts) as base:
        db = Path(folder) / "apptrack.db"
        one_pass = partial(_collect, fronts, base, db)
        alone = timed(one_pass)
        with _browsing(db) as address:
            beside, waits = _beside(one_pass, address, readers)
        with Store(db) as store:
            counts = store.counts()
            assert (counts["snapshots"], counts["fetches"]) == (2 * many, 2 * many)
            assert store.unsound() == []
    return [
        Figure("charts in a pass", many, ""),
        Figure("pass alone", alone / 1000, "s"),
        Figure(f"pass beside {readers} readers", beside / 1000, "s"),
        Figure("pages answered meanwhile", len(waits), ""),
        Figure("pages refused, charts failed", 0, ""),
        Figure("page, median", median(waits), "ms"),
        Figure("page, one in twenty longer than", quantiles(waits, n=20)[-1], "ms"),
    ]


# The store


@contextmanager
def _shop(fronts: Sequence[str]) -> Iterator[str]:
    """The address of a store that has all the charts, in a process of its own."""
    heard, told = _PROCESSES.Pipe(duplex=False)
    keeper = _PROCESSES.Process(target=_keep_shop, args=(fronts, told), daemon=True)
    keeper.start()
    told.close()
    try:
        yield heard.recv()
    finally:
        keeper.terminate()
        keeper.join()
        heard.close()


def _keep_shop(fronts: Sequence[str], told: Connection) -> None:
    wanted = [Chart.parse(f"{front}/{kind}") for front in fronts for kind in _KINDS]
    bodies = {source_for(one).url(one, ""): _bodies(one, seed) for seed, one in enumerate(wanted)}

    def answer(request: Request) -> Answer:
        return Answer(body=next(bodies[request.path]))

    with LoopbackStore(answer) as store:
        told.send(store.base)
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
    return cycle([Truth(source_for(chart).name, chart, one, START).body for one in hours])


# The pass


def _collect(fronts: Sequence[str], base: str, db: Path) -> None:
    env = _environment() | {variable(f"base.{name}"): url for name, url in bases(base).items()}
    env |= {"APPTRACK_STOREFRONTS": ",".join(fronts), "APPTRACK_FETCH_PER_MINUTE": "0"}
    command = [sys.executable, "-m", "tracker", "collect", "--db", str(db)]
    done = subprocess.run(
        [*command, *(f"*/{kind}" for kind in _KINDS)], env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("APPTRACK_")}


# The readers


@contextmanager
def _browsing(db: Path) -> Iterator[str]:
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


def _beside(one_pass: partial[None], address: str, readers: int) -> tuple[float, list[float]]:
    """Milliseconds of the pass, and of each page that was answered meanwhile."""
    over = threading.Event()
    with ThreadPoolExecutor(readers) as people:
        reading = [people.submit(_read, address, number, over) for number in range(readers)]
        try:
            milliseconds = timed(one_pass)
        finally:
            over.set()
        return milliseconds, [wait for one in reading for wait in one.result()]


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
    told = reader.parse_args(arguments)
    print(", ".join(f"{what} {value}" for what, value in machine().items()), flush=True)
    print(*load(told.storefronts, told.readers), sep="\n")


if __name__ == "__main__":
    main()
