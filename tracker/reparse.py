"""Refused payloads read again by today's parsers; those understood become their snapshots."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from tracker.errors import Conflict, EmptyChart, ParseError, StoreError
from tracker.model import Chart, Snapshot, iso
from tracker.sources import SOURCES
from tracker.store import Store, quarantine
from tracker.store.quarantine import Waiting
from tracker.store.turns import Turns


class _Undone(Exception):
    """Takes a dry run's transaction back, which has then shown all that a real one would."""


@dataclass(frozen=True, slots=True)
class Reread:
    """What came of one refused answer: the snapshot's ``depth``, or why it is refused still."""

    waiting: Waiting
    depth: int | None
    error: str | None

    @property
    def place(self) -> str:
        one = self.waiting
        return f"{one.chart} {one.source} {iso(one.arrived_at)}"


def reparse(
    store: Store,
    *,
    chart: Chart | None = None,
    source: str | None = None,
    dry_run: bool = False,
    tell: Callable[[Reread], None] = lambda reread: None,
    watch: Callable[[Snapshot], None] = lambda snapshot: None,
) -> tuple[Reread, ...]:
    """Read every refused payload again; each that is understood is stored in its own transaction.

    The answer of a chart that the store calls empty is noted as such and has no snapshot.

    Twice is as good as once: what was stored waits no more. TELL is called after each.
    WATCH is called, in that transaction, with each snapshot that is its chart's newest snapshot.
    """
    told, turns = [], Turns()
    for one in quarantine.waiting(store, chart, source):
        reread = _reread(store, one, dry_run, watch)
        turns.over()
        tell(reread)
        told.append(reread)
    return tuple(told)


def _reread(store: Store, one: Waiting, dry_run: bool, watch: Callable[[Snapshot], None]) -> Reread:
    if one.source not in SOURCES:
        return Reread(one, None, f"no parser for '{one.source}' here")
    try:
        payload = quarantine.payload_kept(store, one)
    except StoreError as error:  # a damaged receipt; what is wrong with the file itself is raised
        return Reread(one, None, str(error))
    try:
        parsed = SOURCES[one.source].parse(payload)
        snapshot = replace(parsed, provenance=quarantine.provenance_of(store, one))
        with suppress(_Undone), store.transaction():
            released = quarantine.release(store, one, snapshot, payload)
            # A snapshot behind ones already judged is no news.
            if released and store.newest(one.chart, one.source) == snapshot.observed_at:
                watch(snapshot)
            if dry_run:
                raise _Undone
    except EmptyChart as empty:
        if not dry_run:
            quarantine.call_empty(store, one, str(empty))
        return Reread(one, None, str(empty))
    except (ParseError, Conflict) as refusal:
        return Reread(one, None, str(refusal))
    return Reread(one, snapshot.depth, None)
