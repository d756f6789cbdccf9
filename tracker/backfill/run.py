"""Planned copies asked for, one after another, each judged by the rules below and stored at once.

The first rule that applies decides:

1. Without ``Memento-Datetime`` a response is not a copy, whatever it says.
2. A copy of another time than the one asked for was offered instead.
3. A copy of a redirect or an error has no chart.
4. A body that is too large, or not a whole chart of that storefront, ranking and genre, is refused.
5. Its own time decides when it was observed; one a day older than the copy, or later, is refused.
6. The bytes of an earlier copy are the same observation.
7. What is stored for that chart, source and instant stays.
8. Nothing is observed in the future.

A snapshot, its entries, its payload, its fetch and the state of the copy are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from tracker.backfill.asking import Asker, HostExcluded, StoppedEarly
from tracker.errors import Conflict, EmptyChart, ParseError
from tracker.fetch import Archive, Reply
from tracker.model import Chart, Fetch, Outcome, Payload, Provenance, Snapshot, iso
from tracker.sources.archived import FAMILIES, PARSERS, Copy
from tracker.store import Reader, Store
from tracker.store.captures import (
    Capture,
    State,
    planned,
    record_attempt,
    settle,
    twin_of,
)
from tracker.store.payloads import snapshot_at

#: The most by which a copy's time may differ from the one asked for.
NEAR = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is made of a response: the copy's state and why; a snapshot where it is stored."""

    state: State
    reason: str | None = None
    snapshot: Snapshot | None = None
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one copy, for a line about it."""

    capture: Capture
    state: State
    reason: str | None
    depth: int | None = None


@dataclass(slots=True)
class Ran:
    """What a run came to: requests, copies by state, those left, and why it ended before its end.

    ``excluded`` are the hosts of which the archive plays nothing back.
    """

    requests: int = 0
    settled: dict[State, int] = field(default_factory=dict)
    left: int = 0
    stopped: str | None = None
    excluded: list[str] = field(default_factory=list)


def run(
    store: Store,
    archive: Archive,
    base: str,
    *,
    charts: Sequence[Chart] = (),
    most: int = 300,
    now: Callable[[], datetime],
    on_result: Callable[[Settled], None] = lambda settled: None,
) -> Ran:
    """Ask for the planned copies of CHARTS, or of all, MOST at most; each is stored as it comes."""
    ran, asker = Ran(), Asker(archive)
    waiting = planned(store, base, charts)
    left = len(waiting)
    try:
        for capture in waiting:
            if _host(capture) in ran.excluded:
                continue
            settled = _twin(store, capture)
            if settled is None:
                if ran.requests == most:
                    ran.stopped = f"{most} copies were read, the limit of --max; run it again"
                    break
                ran.requests += 1
                settled = _settled(store, asker, capture, now, ran)
            if settled:
                left -= 1
                ran.settled[settled.state] = ran.settled.get(settled.state, 0) + 1
                on_result(settled)
    except StoppedEarly as stopped:
        ran.stopped = str(stopped)
    ran.left = left
    return ran


def addresses(reader: Reader, base: str, charts: Sequence[Chart] = ()) -> list[str]:
    """Where the planned copies of CHARTS, or of all, are played back, in their order."""
    return [_copy(capture).url for capture in planned(reader, base, charts)]


def _copy(capture: Capture) -> Copy:
    return Copy(capture.archive, capture.captured_at, capture.original)


def _host(capture: Capture) -> str:
    return urlsplit(capture.original).hostname or ""


def _twin(store: Store, capture: Capture) -> Settled | None:
    """Rule 6, by the digest of the index, so that the same bytes are not asked for again.

    A page without a time of its own may stand still for a day; on another day it is asked for.
    """
    twin = twin_of(store, capture)
    if twin is None:
        return None
    if not FAMILIES[capture.family].dated and twin.captured_at.date() != capture.captured_at.date():
        return None
    reason = f"the bytes of the copy of {iso(twin.captured_at)}"
    with store.transaction():
        settle(store, capture, State.SAME, reason, attempted=False)
    return Settled(capture, State.SAME, reason)


def _settled(
    store: Store, asker: Asker, capture: Capture, now: Callable[[], datetime], ran: Ran
) -> Settled | None:
    """Request a copy and store the response; None where it stays planned."""
    url = _copy(capture).url

    def record(reply: Reply, last: bool) -> None:
        outcome = Outcome.FAILED if last else Outcome.RETRIED
        reason = reply.error or f"HTTP {reply.status}"
        record_attempt(store, capture, reason, _fetch(capture, reply, outcome, reason))

    reply = asker(asker.archive.copy, url, record)
    if reply is None:
        return None
    try:
        verdict = judge(capture, reply, now())
    except HostExcluded as excluded:
        ran.excluded.append(_host(capture))
        verdict = Verdict(State.UNPLAYABLE, str(excluded))
    return _stored(store, capture, reply, verdict)


def judge(capture: Capture, reply: Reply, now: datetime) -> Verdict:
    """What REPLY, to a request for CAPTURE, is by the rules 1 to 5 and 8. Pure."""
    not_copy = _not_copy(capture, reply)
    if not_copy:
        return Verdict(State.UNPLAYABLE, not_copy)
    if reply.status != 200:
        return Verdict(State.ARCHIVED_ERROR, f"the copy is of HTTP {reply.status}")
    if reply.body is None:
        return Verdict(State.REFUSED, reply.error)
    try:
        snapshot = PARSERS[_source(capture)](_payload(capture, reply))
    except EmptyChart as empty:
        return Verdict(State.REFUSED, str(empty), empty=True)
    except ParseError as refusal:
        return Verdict(State.REFUSED, str(refusal))
    if snapshot.observed_at > now:
        return Verdict(State.REFUSED, f"{iso(snapshot.observed_at)} has not happened yet")
    remarks = [snapshot.remark, _digest_words(capture, reply)]
    reason = "; ".join(remark for remark in remarks if remark) or None
    return Verdict(State.STORED, reason, replace(snapshot, provenance=Provenance.ARCHIVED))


def _not_copy(capture: Capture, reply: Reply) -> str | None:
    """Rules 1 and 2: why REPLY is not the copy asked for; None where it is."""
    if reply.memento is None:
        if reply.status in (200, 403):
            raise HostExcluded("the archive excludes this site, or shows a page of its own instead")
        if reply.status == 404:
            return "the archive has no such copy (HTTP 404)"
        where = f": {reply.remark}" if reply.remark else ""
        return f"HTTP {reply.status} without a copy{where}"
    if reply.memento_at is None:
        return "the time of the copy cannot be read"
    if abs(reply.memento_at - capture.captured_at) > NEAR:
        return f"another date was offered: {iso(reply.memento_at)}"
    return None


def _digest_words(capture: Capture, reply: Reply) -> str | None:
    """That the bytes are not those of the index; the archive may have packed them otherwise."""
    same = capture.digest in reply.digests
    return None if same else "its SHA-1 is not the one in the index"


def _stored(store: Store, capture: Capture, reply: Reply, verdict: Verdict) -> Settled:
    """Store a verdict in one transaction; rule 7 decides there."""
    if verdict.snapshot:
        try:
            return _saved(store, capture, reply, verdict, verdict.snapshot)
        except Conflict as conflict:
            verdict = Verdict(State.REFUSED, str(conflict))
    refused = verdict.state is State.REFUSED
    outcome = Outcome.EMPTY if verdict.empty else Outcome.REFUSED if refused else Outcome.FAILED
    fetch = _fetch(capture, reply, outcome, verdict.reason)
    with store.transaction():
        store.record(fetch)
        sha256 = fetch.payload.sha256 if fetch.payload else None
        settle(store, capture, verdict.state, verdict.reason, sha256=sha256)
    return Settled(capture, verdict.state, verdict.reason)


def _saved(
    store: Store, capture: Capture, reply: Reply, verdict: Verdict, snapshot: Snapshot
) -> Settled:
    fetch = _fetch(capture, reply, None, verdict.reason)
    assert fetch.payload is not None
    with store.transaction():
        outcome = store.save(snapshot, fetch=fetch, payload=fetch.payload)
        number = snapshot_at(store, snapshot.chart, snapshot.source, snapshot.observed_at)
        state, reason = State.STORED, verdict.reason
        if outcome is Outcome.KNOWN:
            state, reason = State.SAME, f"the observation of {iso(snapshot.observed_at)}"
        settle(store, capture, state, reason, sha256=fetch.payload.sha256, snapshot=number)
    return Settled(capture, state, reason, snapshot.depth)


def _source(capture: Capture) -> str:
    return FAMILIES[capture.family].source


def _payload(capture: Capture, reply: Reply) -> Payload:
    body = reply.body
    assert body is not None
    return Payload(capture.chart, _source(capture), reply.url, capture.captured_at, body)


def _fetch(capture: Capture, reply: Reply, outcome: Outcome | None, error: str | None) -> Fetch:
    """The request as it is stored; its payload only where a copy came."""
    kept = reply.body and reply.memento is not None
    return Fetch(
        capture.chart, _source(capture), reply.url, reply.started_at, reply.seconds, outcome,
        reply.status, error, _payload(capture, reply) if kept else None,
    )  # fmt: skip
