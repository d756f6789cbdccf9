"""Parse refused payloads again; those that are understood now become snapshots."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from tracker.errors import Conflict, EmptyChart, ParseError, StoreError
from tracker.model import Chart, Snapshot, iso
from tracker.sources import parser_of
from tracker.store import Store
from tracker.store.batches import Pacer
from tracker.store.payloads import (
    RefusedFetch,
    mark_empty,
    payload_of_refused,
    provenance_of,
    refused_fetches,
    store_refused,
)


class _Undone(Exception):
    """Rolls the transaction of a dry run back, which then reports what a real one would."""


@dataclass(frozen=True, slots=True)
class Reread:
    """The result for one refused payload: the snapshot's ``depth``, or why it is still refused."""

    refused: RefusedFetch
    depth: int | None
    error: str | None

    @property
    def place(self) -> str:
        refused_fetch = self.refused
        return f"{refused_fetch.chart} {refused_fetch.source} {iso(refused_fetch.arrived_at)}"


def reparse(
    store: Store,
    *,
    chart: Chart | None = None,
    source: str | None = None,
    dry_run: bool = False,
    on_result: Callable[[Reread], None] = lambda reread: None,
    on_saved: Callable[[Snapshot], None] = lambda snapshot: None,
) -> tuple[Reread, ...]:
    """Read every refused payload again; each that is understood is stored in its own transaction.

    The answer of a chart that the store calls empty is noted as such and has no snapshot.

    A second run does nothing more. ON_RESULT is called after each.
    ON_SAVED is called, in that transaction, with each snapshot that is its chart's newest snapshot.
    """
    rereads, turns = [], Pacer()
    for refused_fetch in refused_fetches(store, chart, source):
        reread = _reread(store, refused_fetch, dry_run, on_saved)
        turns.over()
        on_result(reread)
        rereads.append(reread)
    return tuple(rereads)


def _reread(
    store: Store, refused_fetch: RefusedFetch, dry_run: bool, on_saved: Callable[[Snapshot], None]
) -> Reread:
    parse = parser_of(refused_fetch.source)
    if parse is None:
        return Reread(refused_fetch, None, f"no parser for '{refused_fetch.source}' here")
    try:
        payload = payload_of_refused(store, refused_fetch)
    except StoreError as error:  # a damaged receipt; what is wrong with the file itself is raised
        return Reread(refused_fetch, None, str(error))
    try:
        parsed = parse(payload)
        snapshot = replace(parsed, provenance=provenance_of(store, refused_fetch))
        with suppress(_Undone), store.transaction():
            released = store_refused(store, refused_fetch, snapshot, payload)
            # A snapshot behind ones already judged is no news.
            if (
                released
                and store.newest(refused_fetch.chart, refused_fetch.source) == snapshot.observed_at
            ):
                on_saved(snapshot)
            if dry_run:
                raise _Undone
    except EmptyChart as empty:
        if not dry_run:
            mark_empty(store, refused_fetch, str(empty))
        return Reread(refused_fetch, None, str(empty))
    except (ParseError, Conflict) as refusal:
        return Reread(refused_fetch, None, str(refusal))
    return Reread(refused_fetch, snapshot.depth, None)
