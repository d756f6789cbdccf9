"""Import charts from CSV, or a saved payload. A file is imported completely or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from tracker.analysis.clocks import clock_behind
from tracker.errors import Conflict, ImportRefused, InvalidValue, ParseError
from tracker.imports.files import explained
from tracker.imports.history import FORMATS, charts_of_versions
from tracker.imports.reported import read_reports, save_reports
from tracker.imports.rows import Reading, read_csv
from tracker.imports.table import COLUMNS
from tracker.imports.times import Clock
from tracker.model import Chart, Outcome, Payload, Provenance, Scope, Snapshot, iso
from tracker.sources import SOURCES
from tracker.store import Store
from tracker.store.incoming import importing

__all__ = [
    "COLUMNS",
    "FORMATS",
    "Imported",
    "Reading",
    "csv_file",
    "git_history",
    "must_be_readable",
    "payload_file",
    "reports_file",
]

#: A payload is never larger than what may be fetched.
_LARGEST_PAYLOAD = 64_000_000
#: Reasons of refused versions that are named.
_REASONS = 3


@dataclass(frozen=True, slots=True)
class Imported:
    """The content of a file: its snapshots, new and stored before, their charts, sources and times.

    ``repeats``: how many snapshots have the ranks of the one before them in the file, as where a
    publisher copied a day. ``sparse``: they have the ranks of single apps, and are no whole charts.
    ``remark`` says where a payload was read from less than it has.
    """

    saved: int
    known: int
    first: datetime
    last: datetime
    charts: tuple[Chart, ...]
    sources: tuple[str, ...]
    repeats: int
    sparse: bool
    remark: str | None = None


class _Tally:
    """Counts snapshots as they are stored, by chart, source and time."""

    def __init__(self) -> None:
        self._outcomes: Counter[Outcome] = Counter()
        self._times: tuple[datetime, ...] = ()  # the first and the last
        self._charts: set[Chart] = set()
        self._sources: set[str] = set()
        self._repeats = 0
        self._sparse = False
        self._previous: object = None

    def add(self, snapshot: Snapshot, outcome: Outcome) -> None:
        chart, source, at = snapshot.chart, snapshot.source, snapshot.observed_at
        self._outcomes[outcome] += 1
        self._charts.add(chart)
        self._sources.add(source)
        self._times = (min(at, *self._times), max(at, *self._times)) if self._times else (at, at)
        ranks = (chart, source, [(entry.rank, entry.app_id) for entry in snapshot.entries])
        self._repeats += ranks == self._previous
        self._previous = ranks
        self._sparse |= snapshot.scope is Scope.SPARSE

    @property
    def empty(self) -> bool:
        """Whether nothing was added."""
        return not self._times

    def imported(self) -> Imported:
        if self.empty:
            raise InvalidValue("has no rows")
        first, last = self._times
        return Imported(
            self._outcomes[Outcome.SAVED],
            self._outcomes[Outcome.KNOWN],
            first,
            last,
            tuple(sorted(self._charts)),
            tuple(sorted(self._sources)),
            self._repeats,
            self._sparse,
        )


def csv_file(path: Path, store: Store, now: datetime, reading: Reading | None = None) -> Imported:
    """Store the snapshots of a CSV, plain, gzip or zip, all or none; twice changes nothing.

    Rows may be in any order. Raises ``ImportRefused`` naming the line.
    """
    tally, reading = _Tally(), reading or Reading()
    with (
        explained(path),
        path.open("rb") as file,
        read_csv(file, reading, now) as snapshots,
        importing(store) as incoming,
    ):
        for where, snapshot in snapshots:
            try:
                tally.add(snapshot, incoming.save(snapshot))
            except Conflict as error:
                raise ImportRefused(f"{path}: {where}: {error}") from None
        return tally.imported()


def payload_file(
    path: Path, source: str, chart: Chart, at: datetime, store: Store, now: datetime
) -> Imported:
    """Store the snapshot of a saved payload, through the parser of SOURCE, with its receipt."""
    if at > now:
        raise ImportRefused(f"{path}: {iso(at)} has not happened yet")
    if not SOURCES[source].carries(chart):
        raise ImportRefused(f"{path}: {source} does not carry {chart}")
    with explained(path), path.open("rb") as file:
        body = file.read(_LARGEST_PAYLOAD + 1)
    if len(body) > _LARGEST_PAYLOAD:
        raise ImportRefused(f"{path}: is larger than {_LARGEST_PAYLOAD:,} bytes")
    # There is no address, so only the payload itself shows which chart it is.
    receipt = Payload(chart, source, "", at, body)
    try:
        snapshot = replace(SOURCES[source].parse(receipt), provenance=Provenance.IMPORTED)
        _not_before_it_was_published(path, snapshot)
        outcome = store.save(snapshot, payload=receipt)
    except (ParseError, Conflict) as error:
        raise ImportRefused(f"{path}: {error}") from None
    tally = _Tally()
    tally.add(snapshot, outcome)
    return replace(tally.imported(), remark=snapshot.remark)


def reports_file(
    path: Path, store: Store, now: datetime, clock: Clock, encoding: str | None
) -> Imported:
    """Store the reported ranks of a CSV with their notes, all or none; twice changes nothing."""
    tally = _Tally()
    reports = read_reports(path, clock, encoding, now)
    with explained(path):
        # The reports of one chart and instant are one snapshot, new where one of them is.
        by_instant: dict[tuple[Chart, datetime], tuple[Snapshot, Outcome]] = {}
        for snapshot, outcome in save_reports(path, reports, store):
            key = snapshot.chart, snapshot.observed_at
            if outcome is Outcome.SAVED or key not in by_instant:
                by_instant[key] = snapshot, outcome
        for snapshot, outcome in by_instant.values():
            tally.add(snapshot, outcome)
        remark = f"{len(reports)} report{'s' * (len(reports) != 1)}"
        return replace(tally.imported(), remark=remark)


def git_history(
    repository: Path, path: str, form: str, chart: Chart, store: Store, now: datetime
) -> Imported:
    """Store the charts of every commit of PATH in REPOSITORY, at the times of the commits.

    A version that is not a whole chart is counted and left out. Raises ``ImportRefused`` where no
    version has one.
    """
    tally, refused, late = _Tally(), Counter[str](), list[timedelta]()
    for version in charts_of_versions(repository, path, FORMATS[form], chart):
        late += [version.late] if version.late is not None else []
        for snapshot in version.snapshots:
            try:
                if snapshot.observed_at > now:
                    raise InvalidValue(f"{iso(snapshot.observed_at)} has not happened yet")
                imported = replace(snapshot, provenance=Provenance.IMPORTED)
                tally.add(imported, store.save(imported, payload=version.payload))
            except (InvalidValue, Conflict) as error:
                refused[str(error)] += 1
        if version.refused:
            refused[version.refused] += 1
    if tally.empty:
        why = next(iter(refused), f"the repository has no version of {path}")
        raise ImportRefused(f"{repository}: {why}")
    return replace(tally.imported(), remark=_of_commits(late, refused))


def _of_commits(late: Sequence[timedelta], refused: Counter[str]) -> str:
    """How precise the times of commits are, and how many versions were refused, and why."""
    words = "times are those of commits, "
    if late:
        least, most = (round(delay.total_seconds() / 60) for delay in (min(late), max(late)))
        words += f"{least} to {most} min after the feeds' own dates"
    else:
        words += "and how long before its commit a chart was read is not known"
    if refused:
        many = refused.total()
        reasons = [f"{count} × {why}" for why, count in refused.most_common(_REASONS)]
        more = ["…"] * (len(refused) > _REASONS)
        words += f"; {many} version{'s' * (many != 1)} refused: {'; '.join(reasons + more)}"
    return words


def must_be_readable(path: Path) -> None:
    """Raise ``ImportRefused`` where PATH cannot be opened, before a database is made for it."""
    with explained(path):
        if path.exists() and not path.is_file() and not path.is_dir():
            raise InvalidValue("is not a regular file; save what it has to a file and import that")
        with path.open("rb"):
            pass


def _not_before_it_was_published(path: Path, snapshot: Snapshot) -> None:
    at, published = snapshot.observed_at, snapshot.published_at
    if published and clock_behind(at, published):
        raise ImportRefused(
            f"{path}: the feed's own date is {iso(published)}, after {iso(at)}; "
            "give --at the time at which it was fetched"
        )
