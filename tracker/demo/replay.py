"""Replay the script: the real scheduler collects from a loopback store over HTTP, fast."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.collect import Result, collect
from tracker.daemon import serve
from tracker.demo import script
from tracker.errors import StoreError
from tracker.fetch import Fetcher
from tracker.imports.reported import REPORTED, save_reports
from tracker.loopback.formats import render
from tracker.loopback.server import Answer, LoopbackStore, Request
from tracker.model import Provenance, Series
from tracker.picture import stored_notes
from tracker.settings import FetchSettings, Settings
from tracker.sources import SOURCES
from tracker.store import Store

#: Seconds from pass to pass, in which an hour of the play passes: 168 take ten seconds, or longer
#: on a slow machine, for which the play waits.
HOUR = 0.06
_SOURCES = {script.CHART: "apple-rss", script.PLAY_CHART: "google-play"}

if TYPE_CHECKING:
    from tracker.plot import Note


@dataclass(frozen=True, slots=True)
class Played:
    """The result: passes of the scheduler, snapshots stored, fetches that failed."""

    passes: int
    snapshots: int
    failed: int


class Clock:
    """The replay's own time: it does not move in a pass, and is an hour later at the next."""

    def __init__(self) -> None:
        self._hours = 0

    def __call__(self) -> datetime:
        return script.BEGIN + timedelta(hours=self._hours)

    def pass_an_hour(self) -> None:
        self._hours += 1


@contextmanager
def _waiting_is_no_news() -> Iterator[None]:
    """Suppress the warning for each late pass: the replay's clock waits for it."""
    loggers = [logging.getLogger(name) for name in ("apscheduler", "apptrack")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def play(
    db: Path,
    on_result: Callable[[Result], None] = lambda result: None,
    *,
    google_play: bool = False,
) -> Played:
    """Fill the new database DB with the script's days; ``KeyboardInterrupt`` when stopped.

    With GOOGLE_PLAY also with a simulated chart of that store.
    """
    charts = {script.CHART: Provenance.RECONSTRUCTED}
    if google_play:
        charts[script.PLAY_CHART] = Provenance.SIMULATED
    results: list[Result] = []
    passes = 0
    stop, clock = threading.Event(), Clock()

    def heard(result: Result) -> None:
        results.append(result)
        on_result(result)

    with (
        LoopbackStore(lambda request: _answer(request, clock())) as shop,
        # No pace and no retries: an hour is over before a retry would be due.
        Fetcher(FetchSettings(per_minute=0, retries=0), clock=clock, stop=stop) as fetcher,
    ):
        settings = Settings(
            db=db, charts=tuple(charts), sources=tuple(_SOURCES.values()),
            bases=dict.fromkeys(_SOURCES.values(), shop.base),
        )  # fmt: skip

        def one_pass() -> None:
            nonlocal passes
            if clock() >= script.END:
                stop.set()
                return
            passes += 1
            with Store(db) as store:
                for chart, provenance in charts.items():
                    collect(
                        [chart], settings=settings, store=store, fetcher=fetcher,
                        provenance=provenance, on_result=heard,
                    )  # fmt: skip
            clock.pass_an_hour()

        with _waiting_is_no_news():
            serve(one_pass, every=timedelta(seconds=HOUR), stop=stop)
    if clock() < script.END:
        raise KeyboardInterrupt
    report_facts(db)
    failed = sum(result.failed for result in results)
    return Played(passes, len(results) - failed, failed)


def _answer(request: Request, at: datetime) -> Answer:
    """The loopback store's answers at an instant of the script."""
    if script.OUTAGE[0] <= at < script.OUTAGE[1]:
        return Answer(status=503, body=b"down, on purpose")
    for chart, source in _SOURCES.items():
        if request.path == SOURCES[source].url(chart, ""):
            body = render(source, chart, script.entries_at(at, chart), published_at=at)
            return Answer(body=body, content_type="application/json")
    return Answer(status=404, body=b"not in this play")


def report_facts(db: Path) -> None:
    """Store the script's dated facts in DB as what they are: reported ranks, with their notes."""
    with Store(db) as store:
        save_reports(db, list(script.reports()), store)


def fresh(db: Path) -> Path:
    """A path beside DB to play into, so that DB is replaced only by a whole play.

    Raises ``StoreError`` where DB holds anything but an earlier play.
    """
    if db.exists():
        with Store(db) as store:
            if not _is_demo(store):
                raise StoreError(f"{db} holds more than a demo; name another file with --db")
    try:
        db.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{db.parent}: cannot be made: {error.strerror}") from None
    rough = db.with_name(f".{db.name}.playing")
    discard(rough)
    return rough


def _is_demo(store: Store) -> bool:
    """Whether STORE holds nothing but a play, and of reported ranks its own facts only."""
    kinds = {Provenance.RECONSTRUCTED, Provenance.REPORTED, Provenance.SIMULATED}
    if store.provenances() - kinds or set(store.charts()) - set(_SOURCES):
        return False
    timeline, _ = store.timeline(script.CHART, REPORTED)
    line = store.series(script.CHART, REPORTED, [fact.app for fact in script.facts()][:1])
    times = {*timeline.times, *line[0].timeline.times}
    return times <= {fact.at for fact in script.facts()}


def discard(db: Path) -> None:
    """Remove a database file and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        db.with_name(db.name + suffix).unlink(missing_ok=True)


def series_and_notes(db: Path) -> tuple[list[Series], list[Note]]:
    from tracker.catalog import Catalog
    from tracker.demo.script import CHART
    from tracker.store import Store

    find = Catalog().find
    # A writer leaves no log beside the file.
    with Store(db) as reader:
        source = reader.sources_of(CHART)[0]
        series = reader.series(CHART, source, [find("deepseek"), find("chatgpt")])
        return series, stored_notes(
            reader, series[0].timeline.chart, [one_series.app.app_id for one_series in series]
        )
