"""A copy that somebody saved from a web archive to a file: read as if it had been played back."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tracker.errors import Conflict, FetchError, ImportRefused, InvalidValue, ParseError
from tracker.fetch.archive import GZIP
from tracker.fetch.body import unzipped
from tracker.imports.files import explained
from tracker.model import Chart, Payload, Provenance, Snapshot, iso
from tracker.sources.archived import FAMILIES, PARSERS, Copy, Family
from tracker.store import Store
from tracker.store.captures import Capture, State, add, between, settle
from tracker.store.payloads import snapshot_at

#: A payload is never larger than what may be fetched.
_LARGEST = 64_000_000


def family_of(original: str, chart: Chart) -> Family:
    """The family in which the address ORIGINAL has CHART; ``InvalidValue`` where none has."""
    for family in FAMILIES.values():
        held = family.held(original)
        if held and held.chart == chart:
            return family
        if held:
            raise InvalidValue(f"Invalid --url: it is the address of {held.chart}, not of {chart}")
    raise InvalidValue(f"Invalid --url {original[:100]!r}: it is the address of no known chart")


def import_copy(
    path: Path,
    *,
    archive: str,
    original: str,
    captured_at: datetime,
    chart: Chart,
    store: Store,
    now: datetime,
) -> tuple[Snapshot, State]:
    """Store the chart in the file PATH, a copy of ORIGINAL; ``ImportRefused`` says why not."""
    family = family_of(original, chart)
    if captured_at > now:
        raise ImportRefused(f"{path}: {iso(captured_at)} has not happened yet")
    with explained(path), path.open("rb") as file:
        body = file.read(_LARGEST + 1)
    if len(body) > _LARGEST:
        raise ImportRefused(f"{path}: is larger than {_LARGEST:,} bytes")
    try:  # a browser unpacks what an archive plays back, other programs do not
        body = unzipped(body, _LARGEST) if body.startswith(GZIP) else body
    except FetchError as error:
        raise ImportRefused(f"{path}: {error}") from None
    copy = Copy(archive, captured_at, original)
    payload = Payload(chart, family.source, copy.url, captured_at, body)
    try:
        parsed = PARSERS[family.source](payload)
        snapshot = replace(parsed, provenance=Provenance.ARCHIVED)
        return snapshot, _save(store, copy, family, payload, snapshot)
    except (ParseError, Conflict) as error:
        raise ImportRefused(f"{path}: {error}") from None


def _save(store: Store, copy: Copy, family: Family, payload: Payload, snapshot: Snapshot) -> State:
    digest = b32encode(hashlib.sha1(payload.body, usedforsecurity=False).digest()).decode()
    capture = Capture(
        copy.archive, copy.original, copy.captured_at, digest, family.name, payload.chart
    )
    at = copy.captured_at
    with store.transaction():
        known = store.has(snapshot)
        store.save(snapshot, payload=payload)
        number = snapshot_at(store, snapshot.chart, snapshot.source, snapshot.observed_at)
        add(store, capture)
        (row,) = [
            capture
            for capture in between(store, copy.archive, payload.chart, family.name, at, at)
            if (capture.original, capture.digest) == (copy.original, digest)
        ]
        if row.state not in (State.STORED, State.SAME):
            state = State.SAME if known else State.STORED
            settle(
                store, row, state, "saved to a file, and imported",
                sha256=payload.sha256, snapshot=number, attempted=False,
            )  # fmt: skip
    return State.SAME if known else State.STORED
