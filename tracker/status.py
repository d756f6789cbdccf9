"""The state of each chart that should be collected, judged by the database."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tracker.analysis import cadence
from tracker.analysis.health import ALIKE, WINDOWS, Flag, Health, health
from tracker.held import Held
from tracker.model import Chart, Outcome, Provenance
from tracker.store import Reader
from tracker.store import health as ask
from tracker.store.charts import unreadable
from tracker.store.cross_checks import CrossCheck, cross_check
from tracker.store.files import beside


@dataclass(frozen=True, slots=True)
class Holder:
    """The daemon that holds a database: its process, and since when, as it wrote them itself."""

    pid: int | None
    since: str | None


@dataclass(frozen=True, slots=True)
class Other:
    """A chart and source that were observed and are not asked for now."""

    chart: Chart
    source: str
    newest: datetime


@dataclass(frozen=True, slots=True)
class Foreign:
    """A chart and source whose snapshots this program did not take itself, such as imported ones.

    ``newest`` is the time of the newest, ``provenance`` where it is from.
    """

    chart: Chart
    source: str
    newest: datetime
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Watched:
    """One chart by one source: the judgement, and the facts that words are made of.

    ``spacing`` is the median time between snapshots in seconds; ``day`` and ``week`` count failed
    attempts by kind; ``unparsed`` counts the responses of a month that could not be parsed;
    ``second`` is another source's snapshot at about the time of the newest one.
    """

    chart: Chart
    source: str
    health: Health
    last: ask.Attempt | None
    due: datetime | None
    spacing: float | None
    day: dict[str, int]
    week: dict[str, int]
    unparsed: int
    second: CrossCheck | None

    @property
    def empty_at(self) -> datetime | None:
        """When the store said that the chart has no entries; None where it said otherwise since."""
        return _empty_at(self.last)

    @property
    def flags(self) -> tuple[Flag, ...]:
        differs = self.second is not None and disagreeing(self.second)
        return (*self.health.flags, *([Flag.DISAGREEING] if differs else []))


def _empty_at(last: ask.Attempt | None) -> datetime | None:
    return last.at if last and last.outcome is Outcome.EMPTY else None


def disagreeing(second: CrossCheck) -> bool:
    """Whether two sources show different charts: too few apps in common, or in another order."""
    return second.apps < ALIKE or (second.order is not None and second.order < ALIKE)


@dataclass(frozen=True, slots=True)
class Status:
    """The whole watch at one instant. SIZE in bytes; ``holder`` None where no daemon runs.

    ``unreadable``: stored charts that are of neither store, as an earlier version let in.
    ``held``: how many responses wait beside the database, and since when.
    """

    now: datetime
    every: timedelta
    path: Path
    size: int
    holder: Holder | None
    watched: tuple[Watched, ...]
    others: tuple[Other, ...]
    unreadable: tuple[str, ...] = ()
    held: int = 0
    held_since: datetime | None = None
    foreign: tuple[Foreign, ...] = ()

    @property
    def well(self) -> bool:
        return not self.held and not any(chart_state.flags for chart_state in self.watched)


def status(
    reader: Reader, pairs: Sequence[tuple[Chart, str]], *, now: datetime, every: timedelta
) -> Status:
    """Judge each chart and source of PAIRS by the cadence EVERY. Reads only."""
    others = tuple(
        Other(chart, source, newest)
        for chart, source, newest in ask.recorded_charts(reader)
        if (chart, source) not in pairs
    )
    watched = tuple(_watched(reader, *pair, now, every) for pair in pairs)
    size, holder = ask.file_bytes(reader.path), holder_of(reader.path)
    odd, held = tuple(unreadable(reader)), Held(reader.path)
    foreign = tuple(Foreign(*chart) for chart in ask.foreign_charts(reader))
    many, since = len(held.files()), held.since()
    return Status(now, every, reader.path, size, holder, watched, others, odd, many, since, foreign)


def _watched(reader: Reader, chart: Chart, source: str, now: datetime, every: timedelta) -> Watched:
    last = ask.last_attempt(reader, chart, source)
    refused = last is not None and last.outcome is Outcome.REFUSED
    empty_at = _empty_at(last)

    def judged(since: datetime | None) -> tuple[ask.OwnSnapshots, Health]:
        seen = ask.own_snapshots(reader, chart, source, since)
        columns = (seen.timeline, seen.published, seen.repeats)
        cadence = every.total_seconds()
        return seen, health(
            *columns, now=now, cadence=cadence, refused=refused, served=seen.served,
            empty_at=empty_at,
        )  # fmt: skip

    seen, state = judged(now - WINDOWS["month"])
    if state.suspect:  # still for longer than ever in a month; only then is the rest read too
        seen, state = judged(None)
    tried = [time for time in (state.newest, last.at if last else None) if time]
    day, week = (
        {
            failures.kind: failures.times
            for failures in ask.failures(reader, chart, source, now - WINDOWS[span])
        }
        for span in ("day", "week")
    )
    return Watched(
        chart, source, state, last,
        due=max(tried) + every if tried else None,
        spacing=cadence(seen.timeline),
        day=day, week=week,
        unparsed=ask.unparsed(reader, chart, source, now - WINDOWS["month"]),
        second=cross_check(reader, chart, source, state.newest) if state.newest else None,
    )  # fmt: skip


def holder_of(database: Path) -> Holder | None:
    """The daemon that holds DATABASE; None where none does."""
    try:
        with beside(database, ".lock").open(encoding="utf-8") as file:
            text = file.read(200)
            # A daemon empties the file when it ends; only one that was killed leaves its words.
            # Without words the lock is left alone, so that a daemon just starting gets it.
            if not text or _free(file.fileno()):
                return None
    except OSError:
        return None  # never locked, or not ours to read
    match = re.search(r"process (\d+), since (\S+)", text)
    return Holder(int(match[1]), match[2]) if match else Holder(None, None)


def _free(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
