"""A loopback store in a process of its own, so that its work is not counted as the program's."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection

from benchmarks.history import payloads
from tracker.loopback.server import Answer, LoopbackStore, Request
from tracker.model import Chart
from tracker.sources import SOURCES, source_for
from tracker.storefronts import NAMES

# A fresh interpreter: the store shares neither threads nor memory with what is measured.
_PROCESSES = multiprocessing.get_context("spawn")


def charts(count: int) -> list[Chart]:
    """COUNT charts of the v2 feed: top free and top paid of as many storefronts as it takes."""
    slugs = (f"{code}/iphone/top-{kind}/apps" for code in NAMES for kind in ("free", "paid"))
    return list(map(Chart.parse, islice(slugs, count)))


@contextmanager
def kept(keep: Callable[..., None], *args: object) -> Iterator[str]:
    """The address that KEEP, called with ARGS and a pipe in a process of its own, tells by it."""
    heard, connection = _PROCESSES.Pipe(duplex=False)
    keeper = _PROCESSES.Process(target=keep, args=(*args, connection), daemon=True)
    keeper.start()
    connection.close()  # so that a store that could not open ends the wait for its address
    try:
        yield heard.recv()
    finally:
        keeper.terminate()
        keeper.join()
        heard.close()


@contextmanager
def open_shop(wanted: Sequence[Chart], hours: int, away: float = 0.0) -> Iterator[str]:
    """The base address of a store where each request for a chart gets its next hour.

    After HOURS hours it starts again with the first. An answer comes AWAY seconds late.
    """
    with kept(_keep_shop, wanted, hours, away) as address:
        yield address


def _keep_shop(wanted: Sequence[Chart], hours: int, away: float, result: Connection) -> None:
    bodies = {
        source_for(chart).url(chart, ""): [
            payload.body for _, payload in payloads(hours, chart, source_for(chart).name, seed=seed)
        ]
        for seed, chart in enumerate(wanted, 1)
    }
    asked: Counter[str] = Counter()

    def answer(request: Request) -> Answer:
        hour = asked[request.path]
        asked[request.path] += 1
        return Answer(body=bodies[request.path][hour % hours], hang=away)

    with LoopbackStore(answer) as store:
        result.send(store.base)
        threading.Event().wait()


def bases(base: str) -> dict[str, str]:
    """The settings that send every source to BASE."""
    return dict.fromkeys(SOURCES, base)
