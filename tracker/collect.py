"""One pass over the charts: fetch, keep the payload, parse, save.

One chart's failure is never another's, whatever it is: an exception that nothing here expects is
noted like any other, and its traceback is logged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracker.analysis.clocks import clock_behind
from tracker.errors import Conflict, EmptyChart, ParseError, StoreError, unexpected
from tracker.fetch import Fetcher, Wanted
from tracker.logs import log
from tracker.model import Chart, Fetch, Outcome, Payload, Provenance, Snapshot
from tracker.settings import Settings
from tracker.sources import SOURCES
from tracker.store import Store


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one attempt in a pass: ``depth`` where it was stored, ``error`` where not.

    With ``depth``, ``error`` says what the snapshot lacks, as where a page's markup alone was read.

    ``status`` is the HTTP status, None where no answer came; ``seconds`` how long it took.
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
    """What came of a pass: one result for each chart it got to."""

    asked: int
    results: tuple[Result, ...]

    @property
    def failed(self) -> int:
        return sum(result.failed for result in self.results)

    @property
    def empty(self) -> int:
        """How many charts have no entries, by the store's own word."""
        return sum(result.empty for result in self.results)

    @property
    def interrupted(self) -> int:
        """How many charts were under way when the program was stopped."""
        return sum(result.interrupted for result in self.results)

    @property
    def whole(self) -> bool:
        """Whether every chart asked for was stored, already known, or empty by the store's word."""
        return not (self.failed or self.interrupted) and len(self.results) == self.asked


def collect(
    charts: Sequence[Chart],
    *,
    settings: Settings,
    store: Store,
    fetcher: Fetcher,
    provenance: Provenance = Provenance.RECORDED,
    tell: Callable[[Result], None] = lambda result: None,
    watch: Callable[[Snapshot], None] = lambda snapshot: None,
) -> Report:
    """Read each of CHARTS once and keep what came. TELL is called after each attempt.

    WATCH is called with each new snapshot in the transaction that stores it: what it writes is
    kept with the snapshot, or neither is.
    """
    wanted = plan(charts, settings=settings, store=store)
    results = []
    for fetches in fetcher.fetch_together(wanted):
        for result in _keep_together(fetches, store, provenance, watch):
            tell(result)
            if result.over:
                results.append(result)
    return Report(len(wanted), tuple(results))


def plan(charts: Iterable[Chart], *, settings: Settings, store: Store) -> list[Wanted]:
    """What to ask for each chart and source: the address, the validators of the last answer."""
    return list(_plan(dict.fromkeys(charts), settings, store))


def _plan(charts: Iterable[Chart], settings: Settings, store: Store) -> Iterator[Wanted]:
    for chart, source in settings.looks(charts):
        url = source.url(chart, settings.bases[source.name])
        kept = store.kept(chart, source.name, url)
        validators = (kept.etag, kept.last_modified) if kept else (None, None)
        yield Wanted(chart, source.name, url, source.hosts, *validators)


def _keep_together(
    fetches: Sequence[Fetch],
    store: Store,
    provenance: Provenance,
    watch: Callable[[Snapshot], None],
) -> Sequence[Result]:
    """Store what came while the disk was busy in one transaction, so that one wait does for all.

    Where any of it is refused or fails nothing of that is kept, and each has its own transaction.
    """
    if len(fetches) > 1:
        with suppress(Exception), store.transaction():  # each is explained when it is kept alone
            return [_kept(fetch, store, provenance, watch) for fetch in fetches]
    return [_keep(fetch, store, provenance, watch) for fetch in fetches]


def _keep(
    fetch: Fetch, store: Store, provenance: Provenance, watch: Callable[[Snapshot], None]
) -> Result:
    try:
        return _kept(fetch, store, provenance, watch)
    except EmptyChart as empty:
        return _note(fetch, store, Outcome.EMPTY, str(empty))
    except (ParseError, Conflict) as refusal:
        return _note(fetch, store, Outcome.REFUSED, str(refusal))
    except StoreError as error:
        return _result(fetch, Outcome.FAILED, error=str(error))
    except Exception as bug:
        log.exception("%s from %s could not be stored, by a bug", fetch.chart, fetch.source)
        return _note(fetch, store, Outcome.REFUSED, unexpected(bug))


def _kept(
    fetch: Fetch, store: Store, provenance: Provenance, watch: Callable[[Snapshot], None]
) -> Result:
    """Store what a fetch brought: a snapshot with its receipt, or the failure with its receipt."""
    if fetch.outcome in (Outcome.FAILED, Outcome.RETRIED, Outcome.INTERRUPTED):
        return _fail(fetch, store)
    payload = _payload(fetch, store)
    snapshot = replace(SOURCES[fetch.source].parse(payload), provenance=provenance)
    return _save(fetch, payload, snapshot, store, watch)


def _fail(fetch: Fetch, store: Store) -> Result:
    store.record(fetch)
    return _result(fetch, fetch.outcome or Outcome.FAILED, error=fetch.error)


def _note(fetch: Fetch, store: Store, outcome: Outcome, why: str) -> Result:
    """Store a fetch that brought no snapshot, with its payload."""
    noted = replace(fetch, outcome=outcome, error=why)
    try:
        store.record(noted)
    except StoreError as error:
        return _result(fetch, Outcome.FAILED, error=f"{why}; and {error}")
    except Exception as bug:
        log.exception("a fetch of %s from %s could not be noted", fetch.chart, fetch.source)
        return _result(fetch, Outcome.FAILED, error=f"{why}; and {unexpected(bug)}")
    return _result(noted, outcome, error=why)


def _save(
    fetch: Fetch,
    payload: Payload,
    snapshot: Snapshot,
    store: Store,
    watch: Callable[[Snapshot], None],
) -> Result:
    if snapshot.remark:
        fetch = replace(fetch, error=snapshot.remark)
    with store.transaction():
        outcome = store.save(snapshot, fetch=fetch, payload=payload)
        if outcome is Outcome.SAVED:
            watch(snapshot)
    if fetch.outcome is Outcome.UNCHANGED and outcome is Outcome.SAVED:
        outcome = Outcome.UNCHANGED
    at = snapshot.observed_at
    behind = clock_behind(at, snapshot.published_at, fetch.served_at)
    result = _result(fetch, outcome, depth=snapshot.depth, error=snapshot.remark)
    return replace(result, at=at, clock_behind=behind)


def _payload(fetch: Fetch, store: Store) -> Payload:
    """The bytes that came; or those of the earlier answer that the App Store vouched for."""
    if fetch.payload:
        return fetch.payload
    kept = store.kept(fetch.chart, fetch.source, fetch.url)
    if fetch.outcome is not Outcome.UNCHANGED or kept is None:
        raise ParseError(f"{fetch.source} sent no bytes for {fetch.chart}")
    body = store.body(kept.payload)
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
