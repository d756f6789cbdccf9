"""Parse every stored payload again and report where it differs from the stored rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tracker.errors import ApptrackError, InvalidValue, ParseError, StoreError
from tracker.model import Payload, Snapshot, iso
from tracker.sources import SOURCES, parser_of
from tracker.store import Reader
from tracker.store.names import names_at, names_stored
from tracker.store.payloads import was_pruned


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold. ``where`` names the snapshot or row."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked: snapshots proved by their payload, and those that have none.

    ``pruned`` of those without had one that was dropped on demand.
    """

    proved: int
    without_payload: int
    payloads: int
    findings: tuple[Finding, ...]
    pruned: int = 0


def verify(reader: Reader) -> Checked:
    """Verify the database by its payloads. Reads only; takes time in proportion to its size."""
    findings = [Finding(str(reader.path), what) for what in reader.unsound()]
    proved = bare = pruned = 0
    for number in reader.snapshot_ids():
        try:
            snapshot = reader.snapshot(number)
        except InvalidValue as error:
            findings.append(Finding(f"snapshot {number}", f"its rows cannot be true: {error}"))
            continue
        try:
            payload = reader.payload_of(number)
        except ApptrackError as error:
            findings.append(Finding(_named(snapshot), str(error)))
            continue
        if payload is None:
            bare += 1
            pruned += was_pruned(reader, number)
            continue
        _, contradictions = compared(reader, number, snapshot, payload)
        findings += [Finding(_named(snapshot), what) for what in contradictions]
        proved += not contradictions
    return Checked(proved, bare, *_payloads(reader, findings), pruned)


def _payloads(reader: Reader, findings: list[Finding]) -> tuple[int, tuple[Finding, ...]]:
    """Read the payloads of failed and refused fetches too."""
    numbers = reader.payload_ids()
    for number in numbers:
        try:
            reader.body(number)
        except StoreError as error:
            findings.append(Finding(f"payload {number}", str(error)))
    return len(numbers), tuple(dict.fromkeys(findings))


def _named(snapshot: Snapshot) -> str:
    return f"{snapshot.chart} {iso(snapshot.observed_at)} {snapshot.source}"


def compared(
    reader: Reader, number: int, stored: Snapshot, payload: Payload
) -> tuple[Snapshot | None, list[str]]:
    """What PAYLOAD says, None where it is refused; and where that differs from the rows stored.

    NUMBER is the row id of the snapshot STORED. A line for each difference.
    """
    try:
        parsed = reread(stored, payload)
    except ParseError as error:
        return None, [str(error)]
    lines = list(differences(stored, parsed))
    if names_stored(reader, number):
        lines += _other_names(reader, parsed)
    return parsed, lines


def reread(stored: Snapshot, payload: Payload) -> Snapshot:
    """The snapshot that PAYLOAD holds, by today's parser; ``ParseError`` says why there is none."""
    parse = parser_of(stored.source)
    if parse is None:
        raise ParseError(f"no parser for '{stored.source}' here; its payload cannot be read again")
    source = SOURCES.get(stored.source)
    if source and not payload.url:  # imported: read as if the source's own address had been asked
        payload = replace(payload, url=source.url(stored.chart, source.base))
    try:
        return parse(payload)
    except ParseError as error:
        raise ParseError(f"its payload is refused now: {error}") from None


def differences(stored: Snapshot, parsed: Snapshot) -> Iterator[str]:
    """Where the snapshot PARSED from a payload differs from the stored rows, a line each."""
    if parsed.scope is not stored.scope:
        yield f"stored as {stored.scope}, its payload is {parsed.scope}"
    if parsed.depth != stored.depth:
        yield f"stored with depth {stored.depth}, its payload has {parsed.depth}"
    if parsed.observed_at != stored.observed_at:
        yield f"stored as of {iso(stored.observed_at)}, its payload says {iso(parsed.observed_at)}"
    if parsed.published_at != stored.published_at:
        yield f"stored as published {stored.published_at}, its payload says {parsed.published_at}"
    for ours, theirs in zip(stored.entries, parsed.entries, strict=False):
        if ours.app_id != theirs.app_id:
            yield f"rank {ours.rank} is stored as {ours.app_id}, its payload says {theirs.app_id}"


def _other_names(reader: Reader, parsed: Snapshot) -> Iterator[str]:
    """The names of PARSED that are not among the names stored of its storefront for its time."""
    named = [entry for entry in parsed.entries if entry.name]
    stored: dict[str, set[tuple[str, str | None]]] = {entry.app_id: set() for entry in named}
    front, at = parsed.chart.storefront, parsed.observed_at
    for app_id, name, developer in names_at(reader, stored, front, at):
        stored[app_id].add((name, developer))
    for entry in named:
        if (entry.name, entry.developer) not in stored[entry.app_id]:
            names = " or ".join(sorted(_who(*pair) for pair in stored[entry.app_id]))
            yield (
                f"app {entry.app_id} is stored as {names or 'without a name'} for that time, "
                f"its payload says {_who(entry.name, entry.developer)}"
            )


def _who(name: str | None, developer: str | None) -> str:
    return f"'{name}' by '{developer}'" if developer else f"'{name}'"
