"""One pass over the charts: fetch, store the payload, parse, store the snapshot.

One chart's failure is never another's, whatever it is: an exception that nothing here expects is
noted like any other, and its traceback is logged.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracker.analysis.clocks import clock_behind
from tracker.errors import Conflict, EmptyChart, ParseError, StoreError, unexpected
from tracker.fetch import Fetcher, Wanted
from tracker.held import Damaged, Held
from tracker.logs import log
from tracker.model import Chart, Fetch, Outcome, Payload, Provenance, Snapshot
from tracker.settings import Settings
from tracker.sources import SOURCES, Source
from tracker.store import Store

#: Seconds that a pass waits for the database before it holds responses: long work of this program
#: lets others write every half second.
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one attempt in a pass: ``depth`` where it was stored, ``error`` where not.

    With ``depth``, ``error`` says what the snapshot lacks, as where a page's markup alone was read.

    ``status`` is the HTTP status, None without a response; ``seconds`` how long it took.
    ``clock_behind`` is by how much the store's own time (the feed's date or the HTTP Date) is after
    ``at``, this machine's; 0 within the tolerance.
    """

    chart: Chart
    source: str
    outcome: Outcome
    at: datetime
    depth: int | None = None
    error: str | None = None
    status: int | None = None
    seconds: float = 0.0
    clock_behind: timedelta = timedelta(0)

    @property
    def failed(self) -> bool:
        return self.outcome in (Outcome.FAILED, Outcome.REFUSED)

    @property
    def empty(self) -> bool:
        """Whether the store itself says that the chart has no entries."""
        return self.outcome is Outcome.EMPTY

    @property
    def interrupted(self) -> bool:
        """Whether the program was stopped within this attempt."""
        return self.outcome is Outcome.INTERRUPTED

    @property
    def over(self) -> bool:
        """Whether the pass is done with this chart; a retried attempt is followed by another."""
        return self.outcome is not Outcome.RETRIED


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a pass: one for each chart it got to."""

    asked: int
    results: tuple[Result, ...]

    @property
    def failed(self) -> int:
        return sum(result.failed for result in self.results)

    @property
    def empty(self) -> int:
        """How many charts have no entries, as the store itself states."""
        return sum(result.empty for result in self.results)

    @property
    def interrupted(self) -> int:
        """How many charts were under way when the program was stopped."""
        return sum(result.interrupted for result in self.results)

    @property
    def whole(self) -> bool:
        """Whether every chart asked for was stored, already known, or empty."""
        return not (self.failed or self.interrupted) and len(self.results) == self.asked


def collect(
    charts: Sequence[Chart],
    *,
    settings: Settings,
    store: Store,
    fetcher: Fetcher,
    provenance: Provenance = Provenance.RECORDED,
    on_result: Callable[[Result], None] = lambda result: None,
    on_saved: Callable[[Snapshot], None] = lambda snapshot: None,
    patience: float | None = None,
    stop: threading.Event | None = None,
) -> Report:
    """Read each of CHARTS once and store the responses. ON_RESULT is called after each attempt.

    What cannot be stored is held beside the database and stored by the next pass, before all else.

    ON_SAVED is called with each new snapshot in the transaction that stores it: what it writes is
    stored with the snapshot, or neither is.

    PATIENCE is for how many seconds the pass waits for the database in all, and takes to store what
    was held before, so that it is over before the next one is due; by default that is stored
    whatever it takes. STOP ends the waiting.
    """
    store.wait_at_most(PATIENCE if patience is None else patience, stop or threading.Event())
    writer = Writer(store, provenance, on_saved)
    for result in writer.store_held(patience, stop):
        on_result(result)
    wanted = plan(charts, settings=settings, store=store)
    results: dict[tuple[Chart, str], Result] = {}
    for fetches in fetcher.fetch_together(wanted):
        for result in writer.store_together(fetches):
            on_result(result)
            if result.over:
                results[result.chart, result.source] = result
    for result in writer.store_held(patience, stop) if writer.holding else ():
        on_result(result)
        earlier = results.get((result.chart, result.source))
        if earlier and result.over and not result.failed:
            results[result.chart, result.source] = result
    return Report(len(wanted), tuple(results.values()))


def collect_held(
    charts: Sequence[Chart],
    *,
    settings: Settings,
    fetcher: Fetcher,
    why: str,
    on_result: Callable[[Result], None] = lambda result: None,
) -> Report:
    """Read each of CHARTS once where the database cannot be opened, and hold the responses.

    WHY is what the opening says. The next pass that can open it stores what is held.
    """
    held, results = Held(settings.db), []
    wanted = [
        _wanted(chart, source, settings)
        for chart, source in settings.charts_and_sources(dict.fromkeys(charts))
    ]
    for fetches in fetcher.fetch_together(wanted):
        for fetch in fetches:
            result = _hold(fetch, held, why)
            on_result(result)
            if result.over:
                results.append(result)
    return Report(len(wanted), tuple(results))


def _hold(fetch: Fetch, held: Held, why: str) -> Result:
    try:
        held.add(fetch)
    except StoreError as error:
        return _result(fetch, Outcome.FAILED, error=f"{why}; {error}")
    return _result(fetch, Outcome.FAILED, error=f"{why}; held in {held.folder}")


def plan(charts: Iterable[Chart], *, settings: Settings, store: Store) -> list[Wanted]:
    """What to ask for each chart and source: the address, the validators of the last answer."""
    return list(_plan(dict.fromkeys(charts), settings, store))


def _plan(charts: Iterable[Chart], settings: Settings, store: Store) -> Iterator[Wanted]:
    for chart, source in settings.charts_and_sources(charts):
        wanted = _wanted(chart, source, settings)
        stored = store.validators(chart, source.name, wanted.url)
        etag, last_modified = (stored.etag, stored.last_modified) if stored else (None, None)
        yield replace(wanted, etag=etag, last_modified=last_modified)


def _wanted(chart: Chart, source: Source, settings: Settings) -> Wanted:
    """The request for CHART from SOURCE, without validators."""
    return Wanted(
        chart,
        source.name,
        source.url(chart, settings.bases[source.name]),
        source.hosts,
        complaint=source.complaint,
        per_minute=settings.own_pace(source),
    )


@dataclass(slots=True)
class Writer:
    """Stores responses in order; where the database cannot be written, in files beside it.

    ``holding``: something waits there, so that later responses wait too. A response to the
    validators of an earlier one is therefore never stored after a later one.
    """

    store: Store
    provenance: Provenance
    on_saved: Callable[[Snapshot], None]
    holding: bool = False
    _why: str = "earlier responses wait"

    @property
    def held(self) -> Held:
        return Held(self.store.path)

    def store_held(self, seconds: float | None, stop: threading.Event | None) -> Iterator[Result]:
        """Store what waits, unless another process does so, until the database refuses.

        After SECONDS, or where STOP is set, the rest is left to the next pass.
        """
        end = None if seconds is None else time.monotonic() + seconds
        self.holding = bool(self.held.files())
        if not self.holding:
            return
        with self.held.taking() as mine:
            for file, fetch in self.held.waiting() if mine else ():
                if isinstance(fetch, Damaged):
                    log.error("%s", fetch)
                    continue
                try:
                    if not self.store.has_fetch(fetch):  # stored by one that was killed just then
                        yield self._stored(fetch, self._watch_if_newest)
                except StoreError as error:
                    self._why = str(error)
                    log.warning("responses still wait in %s: %s", self.held.folder, error)
                    return
                self.held.drop(file)
                over = (end and time.monotonic() > end) or (stop and stop.is_set())
                if over and self.held.files():
                    self._why = "earlier responses are stored first"
                    return
            self.holding = not mine

    def _watch_if_newest(self, snapshot: Snapshot) -> None:
        if self.store.newest(snapshot.chart, snapshot.source) == snapshot.observed_at:
            self.on_saved(snapshot)

    def store_together(self, fetches: Sequence[Fetch]) -> Sequence[Result]:
        """Store the responses that arrived while the disk was busy in one transaction.

        Where any of them is refused or fails, each gets a transaction of its own.
        """
        if len(fetches) > 1 and not self.holding:
            with suppress(Exception), self.store.transaction():  # each is explained by itself
                return [
                    _store_fetch(fetch, self.store, self.provenance, self.on_saved)
                    for fetch in fetches
                ]
        return [self._store_or_hold(fetch) for fetch in fetches]

    def _store_or_hold(self, fetch: Fetch) -> Result:
        if not self.holding:
            try:
                return self._stored(fetch, self.on_saved)
            except StoreError as error:
                self._why = str(error)
        try:
            fetch = self._self_contained(fetch)
        except (StoreError, ParseError) as error:
            return _result(fetch, Outcome.FAILED, error=f"{self._why}; {error}")
        self.holding = True
        return _hold(fetch, self.held, self._why)

    def _self_contained(self, fetch: Fetch) -> Fetch:
        """FETCH with the payload that it confirms (304), which may not be the newest later."""
        if fetch.outcome is not Outcome.UNCHANGED or fetch.payload:
            return fetch
        return replace(fetch, payload=_payload(fetch, self.store))

    def _stored(self, fetch: Fetch, on_saved: Callable[[Snapshot], None]) -> Result:
        """The result of FETCH; raises ``StoreError`` where the database cannot be written."""
        try:
            return _store_fetch(fetch, self.store, self.provenance, on_saved)
        except EmptyChart as empty:
            return _note(fetch, self.store, Outcome.EMPTY, str(empty))
        except (ParseError, Conflict) as refusal:
            return _note(fetch, self.store, Outcome.REFUSED, str(refusal))
        except StoreError:
            raise
        except Exception as bug:
            log.exception("%s from %s could not be stored, by a bug", fetch.chart, fetch.source)
            return _note(fetch, self.store, Outcome.REFUSED, unexpected(bug))


def _store_fetch(
    fetch: Fetch, store: Store, provenance: Provenance, on_saved: Callable[[Snapshot], None]
) -> Result:
    """Store a fetch with its payload, as a snapshot or as a failure."""
    if fetch.outcome in (Outcome.FAILED, Outcome.RETRIED, Outcome.INTERRUPTED):
        return _store_failure(fetch, store)
    payload = _payload(fetch, store)
    snapshot = replace(SOURCES[fetch.source].parse(payload), provenance=provenance)
    return _save(fetch, payload, snapshot, store, on_saved)


def _store_failure(fetch: Fetch, store: Store) -> Result:
    store.record(fetch)
    return _result(fetch, fetch.outcome or Outcome.FAILED, error=fetch.error)


def _note(fetch: Fetch, store: Store, outcome: Outcome, why: str) -> Result:
    """Store a fetch that brought no snapshot, with its payload."""
    noted = replace(fetch, outcome=outcome, error=why)
    try:
        store.record(noted)
    except StoreError:
        raise
    except Exception as bug:
        log.exception("a fetch of %s from %s could not be noted", fetch.chart, fetch.source)
        return _result(fetch, Outcome.FAILED, error=f"{why}; and {unexpected(bug)}")
    return _result(noted, outcome, error=why)


def _save(
    fetch: Fetch,
    payload: Payload,
    snapshot: Snapshot,
    store: Store,
    on_saved: Callable[[Snapshot], None],
) -> Result:
    if snapshot.remark:
        fetch = replace(fetch, error=snapshot.remark)
    with store.transaction():
        outcome = store.save(snapshot, fetch=fetch, payload=payload)
        if outcome is Outcome.SAVED:
            on_saved(snapshot)
    if fetch.outcome is Outcome.UNCHANGED and outcome is Outcome.SAVED:
        outcome = Outcome.UNCHANGED
    at = snapshot.observed_at
    behind = clock_behind(at, snapshot.published_at, fetch.served_at)
    result = _result(fetch, outcome, depth=snapshot.depth, error=snapshot.remark)
    return replace(result, at=at, clock_behind=behind)


def _payload(fetch: Fetch, store: Store) -> Payload:
    """The payload of FETCH; of a 304 the earlier payload that it confirms."""
    if fetch.payload:
        return fetch.payload
    confirmed = store.validators(fetch.chart, fetch.source, fetch.url)
    if fetch.outcome is not Outcome.UNCHANGED or confirmed is None:
        raise ParseError(f"{fetch.source} sent no bytes for {fetch.chart}")
    body = store.body(confirmed.payload)
    return Payload(fetch.chart, fetch.source, fetch.url, fetch.started_at, body)


def _result(
    fetch: Fetch, outcome: Outcome, *, depth: int | None = None, error: str | None = None
) -> Result:
    return Result(
        fetch.chart,
        fetch.source,
        outcome,
        fetch.started_at,
        depth,
        error,
        fetch.status,
        fetch.seconds,
        clock_behind(fetch.started_at, fetch.served_at),
    )
