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
from tracker.fetch.trouble import Stopped
from tracker.fetch.watch import Pace, Watch
from tracker.fetch.wire import Answer, Asked, Wire, can_be_sent, host_of
from tracker.model import Chart, Fetch, Outcome, Payload
from tracker.settings import FetchSettings


@dataclass(frozen=True, slots=True)
class Wanted:
    """One chart to read from one source.

    ``hosts`` are those that ``url`` may redirect to, besides its own; one at an unusual port is
    written ``name:port``. ``etag`` and ``last_modified`` are an earlier answer's validators.
    """

    chart: Chart
    source: str
    url: str
    hosts: frozenset[str] = frozenset()
    etag: str | None = None
    last_modified: str | None = None


#: What the workers tell: an attempt, or that a chart is over and done with.
_Told = Fetch | Future[None]


class Fetcher:
    """Reads charts, politely; a context manager. ``clock`` gives the time with its zone.

    Setting ``stop`` ends every wait at once; an answer under way gets two seconds to come whole.
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
        self._wire = Wire(settings, self._pace, clock)

    def close(self) -> None:
        """Close the connections kept open."""
        self._wire.close()

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
        """The same, in lists: those that came while the reader was busy with the list before."""
        told: SimpleQueue[_Told] = SimpleQueue()
        waiting = iter(wanted)
        with Watch(self._stop) as watch, ThreadPoolExecutor(self._settings.workers) as workers:

            def begin(charts: int) -> int:
                begun = [
                    workers.submit(self._read, one, watch, told) for one in islice(waiting, charts)
                ]
                for chart in begun:
                    chart.add_done_callback(told.put)
                return len(begun)

            try:
                # No further ahead of the list in hand, so that a slow reader does not fill memory.
                left = begin(2 * self._settings.workers)
                while left:
                    items = [told.get(), *_at_hand(told)]
                    over = [item for item in items if not isinstance(item, Fetch)]
                    for chart in over:
                        chart.result()  # a bug in the worker is raised here
                    left += begin(len(over)) - len(over)
                    fetches = [item for item in items if isinstance(item, Fetch)]
                    if fetches:
                        yield fetches
            finally:
                watch.abandon()

    def get(self, url: str, hosts: frozenset[str] = frozenset()) -> bytes:
        """The body that answers with status 200; raises ``FetchError``."""
        with Watch(self._stop) as watch:
            answers = [answer for answer, _ in self._attempts(Asked(url, hosts), watch)]
        answer = answers[-1] if answers else None
        if answer is None or answer.body is None or answer.error:
            why = answer.error if answer else str(Stopped())
            raise FetchError(f"{host_of(url) or 'the address'}: {why}")
        return answer.body

    def _read(self, wanted: Wanted, watch: Watch, told: SimpleQueue[_Told]) -> None:
        asked = Asked(wanted.url, wanted.hosts, _conditions(wanted))
        for answer, followed in self._attempts(asked, watch):
            told.put(_fetch(wanted, answer, followed))

    def _attempts(self, asked: Asked, watch: Watch) -> Iterator[tuple[Answer, bool]]:
        """Each answer, and whether another attempt followed it."""
        host = host_of(asked.url)
        followed, retries = self._pace.take(host, watch), 0
        while followed:
            answer = self._wire.attempt(asked, watch)
            if asked.headers and _may_be_the_validators(answer):
                asked = replace(asked, headers={})
                followed = self._pace.take(host, watch)
            else:
                followed = (
                    answer.again
                    and retries < self._settings.retries
                    and self._wait(answer, retries, host, watch)
                )
                retries += 1
            yield answer, followed

    def _wait(self, answer: Answer, number: int, host: str, watch: Watch) -> bool:
        """Wait before the retry of that NUMBER, counted from 0; False when stopped."""
        if answer.status == 429:  # it is we who ask too often, whichever chart we ask for
            self._pace.postpone(host, answer.wait)
        longest = min(self._settings.longest_wait, self._settings.backoff * 2.0**number)
        jittered = random.uniform(0.0, longest)  # noqa: S311 - spreads load, guards nothing
        return watch.wait(max(answer.wait, jittered)) and self._pace.take(host, watch)


def _at_hand(told: SimpleQueue[_Told]) -> Iterator[_Told]:
    """What can be had without waiting."""
    with suppress(Empty):
        while True:
            yield told.get_nowait()


def _conditions(wanted: Wanted) -> dict[str, str]:
    headers = {"If-None-Match": wanted.etag, "If-Modified-Since": wanted.last_modified}
    return {name: value for name, value in headers.items() if value and can_be_sent(value)}


def _may_be_the_validators(answer: Answer) -> bool:
    """Whether ANSWER, to a conditional request, may refuse nothing but the conditions."""
    return answer.status is not None and 400 <= answer.status < 500 and answer.status != 429


def _fetch(wanted: Wanted, answer: Answer, followed: bool) -> Fetch:
    unchanged = answer.status == 304 and answer.error is None
    return Fetch(
        chart=wanted.chart,
        source=wanted.source,
        url=wanted.url,
        started_at=answer.started_at,
        seconds=answer.seconds,
        outcome=_outcome(answer, followed),
        status=answer.status,
        error=answer.error,
        payload=_payload(wanted, answer),
        etag=answer.etag or (wanted.etag if unchanged else None),
        last_modified=answer.last_modified or (wanted.last_modified if unchanged else None),
        served_at=answer.served_at,
    )


def _outcome(answer: Answer, followed: bool) -> Outcome | None:
    if followed:
        return Outcome.RETRIED
    if answer.error:
        return Outcome.INTERRUPTED if answer.stopped else Outcome.FAILED
    return Outcome.UNCHANGED if answer.status == 304 else None


def _payload(wanted: Wanted, answer: Answer) -> Payload | None:
    if answer.body is None or (not answer.body and answer.status != 200):
        return None
    return Payload(wanted.chart, wanted.source, answer.url, answer.ended_at, answer.body)
