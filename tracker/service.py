"""One pass and what follows it: cross-check, alerts, metrics, heartbeat, names.

Nothing that follows a pass can fail it, or the next step: ``isolated`` runs each.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from tracker.errors import ApptrackError, InvalidValue, StoreError, unexpected
from tracker.logs import log
from tracker.model import Chart, Outcome, Series
from tracker.settings import Settings, expand_charts
from tracker.sources import CROSS_CHECKED, source_for

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from tracker.alerts.delivery import Picture, Sent
    from tracker.alerts.evaluation import AlertWriter
    from tracker.collect import Report, Result
    from tracker.fetch import Fetcher
    from tracker.store import Store


#: A picture takes two seconds.
_LONGEST_APART = 60


def now() -> datetime:
    return datetime.now(UTC)


def isolated(what: str, step: Callable[[], None], say: Callable[[str, bool], None]) -> None:
    """Run STEP. What goes wrong there is said or, being a bug, logged with its traceback."""
    try:
        step()
    except ApptrackError as error:
        say(f"{what} failed: {error}", True)
    except Exception as bug:
        log.exception("%s failed, by a bug: %s", what, unexpected(bug))


@dataclass(slots=True)
class Pass:
    """A pass over CHARTS into STORE.

    ON_RESULT is called after each attempt, SAY with a line, True if it is bad.
    """

    settings: Settings
    store: Store
    charts: Sequence[Chart]
    stop: threading.Event
    on_result: Callable[[Result], None]
    say: Callable[[str, bool], None]
    patience: float | None = None
    _outcomes: list[Outcome] = field(default_factory=list)

    def run(self, fetcher: Fetcher) -> Report:
        """Read the charts and do what follows; raises only for what ends the reading."""
        from tracker.collect import collect

        settings, store, begun = self.settings, self.store, monotonic()
        report = collect(
            self.charts, settings=settings, store=store, fetcher=fetcher, on_result=self._note,
            on_saved=alert_writer(settings, store), patience=self.patience, stop=self.stop,
        )  # fmt: skip
        seconds = monotonic() - begun
        isolated("clock check", lambda: self._check_clock(report), self.say)
        isolated("cross-check", lambda: self._cross_check(report), self.say)
        isolated("alerts", self._alert, self.say)
        isolated(
            "delivery", lambda: deliver_waiting(settings, store, self.stop, self.say), self.say
        )
        isolated("metrics", lambda: self._measure(report, seconds), self.say)
        if report.whole:
            isolated("heartbeat", self._ping, self.say)
        isolated("lookup of names", lambda: self._look_up_names(fetcher), self.say)
        return report

    def _note(self, result: Result) -> None:
        self._outcomes.append(result.outcome)
        self.on_result(result)

    def _check_clock(self, report: Report) -> None:
        """Say by how much this machine's clock is behind the store's, at worst."""
        from tracker.report.advice import clock_words

        worst = max(report.results, key=lambda result: result.clock_behind, default=None)
        if worst and worst.clock_behind:
            place = f"{worst.chart} {worst.source}"
            words = clock_words(worst.at, worst.clock_behind)
            self.say(
                f"clock behind the store: {place}: {words}; set this machine's clock right", True
            )

    def _cross_check(self, report: Report) -> None:
        """Report where the second source has another chart; both are stored, each as its own."""
        if not self.settings.cross_check:
            return
        from tracker.report.advice import cross_check_words
        from tracker.status import disagreeing
        from tracker.store.cross_checks import cross_check

        for result in report.results:
            second = cross_check(self.store, result.chart, result.source, result.at)
            if result.depth and second and disagreeing(second):
                place = f"{result.chart} {result.source}"
                self.say(f"disagreeing {place}: {cross_check_words(second)}", True)

    def _alert(self) -> None:
        if self.settings.alerts:
            alert_writer(self.settings, self.store).write_stale(self.charts, now())

    def _measure(self, report: Report, seconds: float) -> None:
        if not self.settings.metrics_file:
            return
        from tracker.metrics import Figures, write
        from tracker.store.health import last_success
        from tracker.store.outbox import undelivered

        pairs = [
            (chart, source.name) for chart, source in self.settings.charts_and_sources(self.charts)
        ]
        known = [(*pair, last_success(self.store, *pair)) for pair in pairs]
        figures = Figures(
            at=now(),
            seconds=seconds,
            whole=report.whole,
            outcomes=self._outcomes,
            successes=[(chart, source, *last) for chart, source, last in known if last],
            undelivered=undelivered(self.store),
        )
        write(figures, self.settings.metrics_file)

    def _look_up_names(self, fetcher: Fetcher) -> None:
        if self.settings.lookup_names:
            from tracker.lookup import look_up_names

            look_up_names(
                self.charts, settings=self.settings, store=self.store, fetcher=fetcher,
                clock=now, stop=self.stop, say=self.say,
            )  # fmt: skip

    def _ping(self) -> None:
        if self.settings.heartbeat and not self.stop.is_set():
            from tracker.notify.webhook import ping

            ping(self.settings.heartbeat.reveal(), stop=self.stop)


def alert_writer(settings: Settings, store: Store) -> AlertWriter:
    """What the rules of the settings make of each new snapshot."""
    from tracker.alerts.delivery import target_names
    from tracker.alerts.evaluation import AlertWriter

    return AlertWriter(store, settings.alerts, settings.sources, target_names(settings.delivery))


def deliver_waiting(
    settings: Settings, store: Store, stop: threading.Event, say: Callable[[str, bool], None]
) -> None:
    """Send what waits in the outbox and is due, unless another process is at it."""
    from tracker.alerts.delivery import deliver, targets_of
    from tracker.daemon import turn
    from tracker.store.outbox import undelivered

    delivery = settings.delivery
    if not delivery.anywhere or not undelivered(store):
        return

    def on_result(sent: Sent) -> None:
        alerts = f"{sent.alerts} alert{'s' if sent.alerts > 1 else ''}"
        if sent.error:
            say(f"{alerts} not delivered to {sent.target}: {sent.error}", True)
        else:
            say(f"{alerts} delivered to {sent.target}", False)

    with turn(settings.db, "delivery") as mine:
        if mine:
            deliver(
                store, targets_of(delivery, now, stop), delivery, clock=now,
                picture=picture_from(store), on_result=on_result, stop=stop,
            )  # fmt: skip


def picture_from(store: Store) -> Picture:
    """Draws an alert's apps over the week before it; None where that cannot be done."""
    from tracker.alerts.evaluation import series_of_picture
    from tracker.store.outbox import QueuedAlert

    def picture(queued: QueuedAlert) -> bytes | None:
        try:
            png: bytes = apart(_picture_of, series_of_picture(store, queued), now())
        except Exception as error:
            # No picture, whatever the reason, must keep the words from being sent.
            log.warning("no picture for %s: %s", queued.event, unexpected(error))
            return None
        return png

    return picture


def _picture_of(series: Sequence[Series], at: datetime) -> bytes:
    from tracker.plot import saved
    from tracker.plot.curve import curve

    return saved(curve(series, now=at), ".png")


def apart(work: Callable[..., Any], *args: object) -> Any:
    """What WORK returns or raises, done in a process of its own.

    That takes its memory with it, and may die: ``ApptrackError`` then, or after a minute.
    """
    from multiprocessing import get_context

    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(sender, work, args), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(_LONGEST_APART):
            raise ApptrackError(f"took longer than {_LONGEST_APART} s")
        result = receiver.recv()
    except EOFError:
        raise ApptrackError("its process died") from None
    finally:
        process.kill()
        process.join()
        receiver.close()
    if isinstance(result, Exception):
        raise result
    return result


def _answer(sender: Connection, work: Callable[..., object], args: Sequence[object]) -> None:
    try:
        sender.send(work(*args))
    except Exception as error:
        sender.send(error)


def charts_to_read(settings: Settings, texts: Sequence[str]) -> tuple[Chart, ...]:
    """The charts typed, else those of the settings; each has a source in use."""
    charts = expand_charts(texts, settings.storefronts) if texts else settings.charts
    for chart in charts:
        source_for(chart, settings.sources)
    return charts


def with_cross_check(settings: Settings, charts: Sequence[Chart], asked: bool) -> Settings:
    """The settings with a second source, if ASKED; an error where no chart has one."""
    if not asked:
        return settings
    checked = replace(settings, cross_check=True)
    if len(checked.charts_and_sources(charts)) == len(charts):
        raise InvalidValue(
            f"--cross-check: no chart here is carried by {' and '.join(CROSS_CHECKED)}, both in use"
        )
    return checked


def open_to_write(settings: Settings, patience: float | None = None) -> Store:
    """The database, made if it is not there; PATIENCE as of ``Store``.

    What earlier work left to be done is done, as far as that goes within half a second.
    """
    from tracker.store import Store
    from tracker.store.completing import A_WHILE, complete
    from tracker.store.files import make_folder
    from tracker.store.incoming import sweep_if_ended

    make_folder(settings.db)
    store = Store(settings.db) if patience is None else Store(settings.db, patience)
    with suppress(StoreError):  # another program is writing: the next time will do
        sweep_if_ended(store)
        complete(store, seconds=A_WHILE)
    return store


def until_first(settings: Settings, charts: Sequence[Chart], cadence: timedelta) -> timedelta:
    """Nothing, if some chart's newest snapshot is older than the cadence; else what is left."""
    with open_to_write(settings) as store:
        newest = [store.newest(chart) for chart in charts]
    seen = [time for time in newest if time]
    if len(seen) < len(newest):
        return timedelta(0)
    # A newest snapshot from the future (the clock was set back) must not put the pass off for long.
    return min(max(min(seen) + cadence - now(), timedelta(0)), cadence)


def collect_once(
    charts: Sequence[str] = (),
    *,
    settings: Settings,
    on_result: Callable[[Result], None] = lambda result: None,
    say: Callable[[str, bool], None] = lambda line, bad: None,
) -> Report:
    """One pass over CHARTS, by default those of the settings, and what follows it.

    ON_RESULT is called after each attempt, SAY with a line, True if it is bad.
    """
    from tracker.fetch import Fetcher

    wanted, stop = charts_to_read(settings, charts), threading.Event()
    with (
        open_to_write(settings) as store,
        Fetcher(settings.fetch, clock=now, stop=stop) as fetcher,
    ):
        return Pass(settings, store, wanted, stop, on_result, say).run(fetcher)
