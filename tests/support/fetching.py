"""What the tests of fetch share: hasty settings, and one chart asked of a loopback store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from threading import Event
from time import monotonic
from typing import Any

from tracker.fetch import Fetcher, Wanted
from tracker.loopback.server import Answer, Answerer, LoopbackStore, Request
from tracker.model import Chart, Fetch
from tracker.settings import FetchSettings

CHART = Chart.parse("us/iphone/top-free/apps")
NOW = datetime(2026, 8, 17, 4, 50, 46, tzinfo=UTC)
BODY = b'{"feed": {"results": ["Filler 01"]}}'
HASTY = FetchSettings(
    connect_timeout=20.0, read_timeout=20.0, total_timeout=40.0, retries=0, backoff=0.01,
    longest_wait=0.05, per_minute=0, max_bytes=100_000, workers=8,
)  # fmt: skip


def hasty_fetcher(stop: Event | None = None, **settings: Any) -> Fetcher:
    return Fetcher(replace(HASTY, **settings), clock=lambda: NOW, stop=stop)


def wanted(base: str, path: str = "/chart", **more: Any) -> Wanted:
    return Wanted(CHART, "apple-rss", base + path, **more)


def read(answer: Answerer, *, asked: dict[str, Any] | None = None, **settings: Any) -> list[Fetch]:
    """Every attempt to read one chart from a store that answers so."""
    with LoopbackStore(answer) as store, hasty_fetcher(**settings) as fetcher:
        return fetcher.fetch(wanted(store.base, **(asked or {})))


def only(fetches: Iterable[Fetch]) -> Fetch:
    (fetch,) = fetches
    return fetch


def body_of(fetch: Fetch) -> bytes:
    assert fetch.payload is not None, fetch.error
    return fetch.payload.body


#: Seconds within which anything ends that does not wait for what takes half a minute, however busy
#: the machine is.
SOON = 12.0


@contextmanager
def sooner_than(seconds: float = SOON) -> Iterator[None]:
    begun = monotonic()
    yield
    assert monotonic() - begun < seconds


class Logged:
    """Answers like ANSWER, and writes down when each request came."""

    def __init__(self, answer: Answerer) -> None:
        self.answer = answer
        self.times: list[float] = []
        self.begun = monotonic()

    def __call__(self, request: Request) -> Answer:
        self.times.append(monotonic())
        return self.answer(request)

    @property
    def spacings(self) -> list[float]:
        return [later - earlier for earlier, later in pairwise(sorted(self.times))]

    def kept(self, spacing: float) -> bool:
        """Whether no request came before its turn, however late each may have been."""
        turns = enumerate(sorted(self.times))
        return all(time >= self.begun + number * spacing for number, time in turns)
