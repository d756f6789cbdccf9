"""Charts to fetches: attempts and waits, several charts side by side."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from queue import Empty, SimpleQueue

from tracker.errors import FetchError
from tracker.fetch.client import Attempt, Client, Target, can_be_sent, host_of
from tracker.fetch.failures import Stopped
from tracker.fetch.timing import Pace, Watchdog
from tracker.model import Chart, Fetch, Outcome, Payload
from tracker.settings import FetchSettings


@dataclass(frozen=True, slots=True)
class Wanted:
    """One chart to read from one source.

    ``hosts`` are those that ``url`` may redirect to, besides its own; one at an unusual port is
    written ``name:port``. ``etag`` and ``last_modified`` are an earlier response's validators.
    What stands behind ``#`` in ``url`` is the form of a POST. ``complaint`` and ``per_minute`` are
    those of the source.
    """

    chart: Chart
    source: str
    url: str
    hosts: frozenset[str] = frozenset()
    etag: str | None = None
    last_modified: str | None = None
    complaint: Callable[[bytes], str | None] | None = None
    per_minute: float | None = None


#: What the workers report: an attempt, or that a chart is finished.
_Result = Fetch | Future[None]


class Fetcher:
    """Reads charts, politely; a context manager. ``clock`` gives the time with its zone.

    Setting ``stop`` ends every wait at once; a response under way gets two seconds to complete.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        clock: Callable[[], datetime],
        stop: threading.Event | None = None,
    ) -> None:
        self._settings = settings
        self._stop = stop or threading.Event()
        self._pace = Pace(settings.per_minute)
        self._client = Client(settings, self._pace, clock)

    def close(self) -> None:
        """Close the open connections."""
        self._client.close()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fetch(self, wanted: Wanted) -> list[Fetch]:
        """Every attempt to read one chart, the last being the final one; none when stopped."""
        return list(self.fetch_all([wanted]))

    def fetch_all(self, wanted: Iterable[Wanted]) -> Iterator[Fetch]:
        """Every attempt to read the charts, ``workers`` of them side by side, as they end.

        A chart's attempts come in their order: all but the last ``RETRIED``, the last with None
        (a body to be judged), ``UNCHANGED``, ``FAILED`` or ``INTERRUPTED``. A chart that was not
        begun when the pass was stopped yields nothing.
        """
        with closing(self.fetch_together(wanted)) as bunches:
            for fetches in bunches:
                yield from fetches

    def fetch_together(self, wanted: Iterable[Wanted]) -> Generator[list[Fetch], None, None]:
        """The same, in lists: those that arrived while the caller was busy with the list before."""
        results: SimpleQueue[_Result] = SimpleQueue()
        waiting = iter(wanted)
        with (
            Watchdog(self._stop) as watchdog,
            ThreadPoolExecutor(self._settings.workers) as workers,
        ):

            def begin(charts: int) -> int:
                begun = [
                    workers.submit(self._read, wanted, watchdog, results)
                    for wanted in islice(waiting, charts)
                ]
                for chart in begun:
                    chart.add_done_callback(results.put)
                return len(begun)

            try:
                # No further ahead of the present list, so that a slow caller does not fill memory.
                left = begin(2 * self._settings.workers)
                while left:
                    items = [results.get(), *_available(results)]
                    over = [item for item in items if not isinstance(item, Fetch)]
                    for chart in over:
                        chart.result()  # a bug in the worker is raised here
                    left += begin(len(over)) - len(over)
                    fetches = [item for item in items if isinstance(item, Fetch)]
                    if fetches:
                        yield fetches
            finally:
                watchdog.abandon()

    def get(self, url: str, hosts: frozenset[str] = frozenset()) -> bytes:
        """The body that answers with status 200; raises ``FetchError``."""
        with Watchdog(self._stop) as watchdog:
            attempts = [attempt for attempt, _ in self._attempts(Target(url, hosts), watchdog)]
        attempt = attempts[-1] if attempts else None
        if attempt is None or attempt.body is None or attempt.error:
            why = attempt.error if attempt else str(Stopped())
            raise FetchError(f"{host_of(url) or 'the address'}: {why}")
        return attempt.body

    def _read(self, wanted: Wanted, watchdog: Watchdog, results: SimpleQueue[_Result]) -> None:
        target = Target(
            wanted.url, wanted.hosts, _conditions(wanted), wanted.complaint, wanted.per_minute
        )
        for attempt, followed in self._attempts(target, watchdog):
            results.put(_fetch(wanted, attempt, followed))

    def _attempts(self, target: Target, watchdog: Watchdog) -> Iterator[tuple[Attempt, bool]]:
        """Each attempt, and whether another one follows it."""
        host = host_of(target.url)
        followed, retries = self._pace.take(host, watchdog, target.per_minute), 0
        while followed:
            attempt = self._client.send(target, watchdog)
            if target.headers and _may_be_the_validators(attempt):
                target = replace(target, headers={})
                followed = self._pace.take(host, watchdog, target.per_minute)
            else:
                followed = (
                    attempt.again
                    and retries < self._settings.retries
                    and self._wait(attempt, retries, target, watchdog)
                )
                retries += 1
            yield attempt, followed

    def _wait(self, attempt: Attempt, number: int, target: Target, watchdog: Watchdog) -> bool:
        """Wait before the retry of that NUMBER, counted from 0; False when stopped."""
        host = host_of(target.url)
        if attempt.status == 429:  # the limit of the host, for every chart
            self._pace.postpone(host, attempt.wait)
        longest = min(self._settings.longest_wait, self._settings.backoff * 2.0**number)
        jittered = random.uniform(0.0, longest)  # noqa: S311 - spreads load, guards nothing
        return watchdog.wait(max(attempt.wait, jittered)) and self._pace.take(
            host, watchdog, target.per_minute
        )


def _available(results: SimpleQueue[_Result]) -> Iterator[_Result]:
    """The items that are available without waiting."""
    with suppress(Empty):
        while True:
            yield results.get_nowait()


def _conditions(wanted: Wanted) -> dict[str, str]:
    if "#" in wanted.url:  # no response to a form can be confirmed
        return {}
    headers = {"If-None-Match": wanted.etag, "If-Modified-Since": wanted.last_modified}
    return {name: value for name, value in headers.items() if value and can_be_sent(value)}


def _may_be_the_validators(attempt: Attempt) -> bool:
    """Whether ATTEMPT, a conditional request, may have been refused for its conditions alone."""
    return attempt.status is not None and 400 <= attempt.status < 500 and attempt.status != 429


def _fetch(wanted: Wanted, attempt: Attempt, followed: bool) -> Fetch:
    unchanged = attempt.status == 304 and attempt.error is None
    return Fetch(
        chart=wanted.chart,
        source=wanted.source,
        url=wanted.url,
        started_at=attempt.started_at,
        seconds=attempt.seconds,
        outcome=_outcome(attempt, followed),
        status=attempt.status,
        error=attempt.error,
        payload=_payload(wanted, attempt),
        etag=attempt.etag or (wanted.etag if unchanged else None),
        last_modified=attempt.last_modified or (wanted.last_modified if unchanged else None),
        served_at=attempt.served_at,
    )


def _outcome(attempt: Attempt, followed: bool) -> Outcome | None:
    if followed:
        return Outcome.RETRIED
    if attempt.error:
        return Outcome.INTERRUPTED if attempt.stopped else Outcome.FAILED
    return Outcome.UNCHANGED if attempt.status == 304 else None


def _payload(wanted: Wanted, attempt: Attempt) -> Payload | None:
    if attempt.body is None or (not attempt.body and attempt.status != 200):
        return None
    return Payload(wanted.chart, wanted.source, attempt.url, attempt.ended_at, attempt.body)
