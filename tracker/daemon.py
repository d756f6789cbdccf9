"""Cadence, signals, one process a database. Knows nothing of what a pass does."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from apscheduler import events
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers import SchedulerNotRunningError
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger

from tracker.errors import AlreadyRunning, StoreError
from tracker.fetch import GRACE
from tracker.logs import log
from tracker.model import iso
from tracker.store.files import beside, locked

#: What a stop does, in the log and on a terminal.
STOPPING = f"a request under way gets {GRACE:g} s more; a second signal ends it at once"


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Hold DATABASE's daemon lock; raise ``AlreadyRunning`` saying who holds it.

    There is one lock for all names that lead to the file. What is written in it is for people.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(locked(database, "lock"))
        except OSError as error:
            path = beside(database, ".lock")
            raise StoreError(f"{path}: cannot be written: {error.strerror}") from None
        if file is None:
            raise AlreadyRunning(
                f"{database} has a daemon already: {_holder(database)}; end that one first"
            )
        words = f"process {os.getpid()}, since {iso(datetime.now(UTC))}\n"
        file.truncate(0)
        with suppress(OSError):  # on a full disk the lock holds without words
            os.write(file.fileno(), words.encode())
        yield
        file.truncate(0)


def _holder(database: Path) -> str:
    with beside(database, ".lock").open(encoding="utf-8") as file:
        return file.read(200).strip() or "another process"


@contextmanager
def turn(database: Path, what: str) -> Iterator[bool]:
    """Whether this process alone does WHAT for DATABASE now; False where another one is at it."""
    with ExitStack() as stack:
        try:
            mine = stack.enter_context(locked(database, f"{what}.lock")) is not None
        except OSError:
            mine = True  # without a lock, twice is better than never
        yield mine


def notify(state: str) -> None:
    """Notify the service manager, where there is one: READY=1, WATCHDOG=1 or STOPPING=1."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # a name in no folder
        address = "\0" + address[1:]
    # A service manager that cannot be notified is no reason to end: it ends the process itself.
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.sendto(state.encode(), address)


@contextmanager
def stopping_on_signals(stop: threading.Event, wake: Callable[[], None]) -> Iterator[list[int]]:
    """Let SIGTERM and Ctrl-C set STOP and call WAKE; a second one ends the process at once.

    Yields a list that holds the signal's number once one came.

    WAKE is called in a thread of its own: the signal may have come while this one held the very
    lock that WAKE, or a line of the log, needs.
    """
    telling: list[threading.Thread] = []
    numbers: list[int] = []

    def announce(number: int) -> None:
        log.info("stopping: %s; %s", signal.Signals(number).name, STOPPING)
        notify("STOPPING=1")
        wake()

    def on_signal(number: int, frame: FrameType | None) -> None:
        numbers.append(number)
        stop.set()
        for other in before:
            signal.signal(other, signal.SIG_DFL)
        telling.append(threading.Thread(target=announce, args=[number], name="stopping"))
        telling[-1].start()

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, on_signal)
    try:
        yield numbers
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for thread in telling:
            thread.join()


def in_a_second_of_its_own(
    one_pass: Callable[[], None], stop: threading.Event
) -> Callable[[], None]:
    """ONE_PASS, begun in a later second than the one in which it ended before.

    After a pass that was late, or made up for, the next is due at once. Both would read a chart
    within one second, of which there is one snapshot: the second response would be refused.
    """
    ended = 0.0

    def spaced() -> None:
        nonlocal ended
        if int(time.time()) == int(ended):
            stop.wait(1 - ended % 1)
        one_pass()
        ended = time.time()

    return spaced


def serve(
    one_pass: Callable[[], None],
    *,
    every: timedelta,
    first: timedelta = timedelta(0),
    jitter: timedelta = timedelta(0),
    stop: threading.Event,
    chore: Callable[[], None] | None = None,
    chore_every: timedelta = timedelta(minutes=1),
) -> None:
    """Call ONE_PASS every EVERY, the first time after FIRST, until STOP is set or a signal comes.

    CHORE is what cannot wait for the next pass; it is called between passes, never beside one.

    Passes never overlap and none is dropped silently: one that falls due while another runs is
    skipped and the log says so; those that fell due while the machine slept are made up for once.
    Where the clock is set back the next one does not wait until it has caught up.
    ONE_PASS should check STOP too; the pass under way is waited for.

    A service manager's watchdog hears of us between passes; within one, ONE_PASS sees to it.
    """
    scheduler = BlockingScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(1)},
        # The default grace of one second would skip a late run with a log line only.
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    scheduler.add_listener(_tell, _REPORTED_EVENTS)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # its warnings are logged in our words

    def wake() -> None:
        # The pass in hand may have ended it meanwhile.
        with suppress(SchedulerNotRunningError):
            scheduler.shutdown(wait=False)

    # A signal may come between the handlers' setting and the scheduler's start.
    def started(event: events.SchedulerEvent) -> None:
        notify("READY=1")
        if stop.is_set():
            wake()

    scheduler.add_listener(started, events.EVENT_SCHEDULER_STARTED)
    pass_in_hand = threading.Lock()

    def guarded(work: Callable[[], None]) -> None:
        with pass_in_hand:
            if not stop.is_set():
                work()
            if stop.is_set():
                wake()

    start = datetime.now(UTC) + first
    trigger = _interval(every, start, jitter)
    scheduler.add_job(guarded, trigger, [one_pass], next_run_time=start, id="pass", name="pass")
    if chore:
        scheduler.add_job(guarded, _interval(chore_every, None), [chore], id=_CHORE, name=_CHORE)

    if patience := _watchdog():
        # In the one thread of the passes, so that the service manager misses it when a pass hangs.
        sign = _interval(patience / 3, None)
        scheduler.add_job(notify, sign, ["WATCHDOG=1"], id=_SIGN, name=_SIGN)

    with stopping_on_signals(stop, wake):
        log.info("ready: first pass in %d s, then every %s", first.total_seconds(), every)
        with minding_the_clock(scheduler):
            scheduler.start()
        with pass_in_hand:
            pass


@contextmanager
def minding_the_clock(
    scheduler: BaseScheduler, clock: Callable[[], float] = time.time, glance: float = 2.0
) -> Iterator[None]:
    """Let what is due come as much earlier as the clock is set back; the scheduler knows no other.

    A clock set ahead makes due what it passes over, and that is as it should be. CLOCK is observed
    every GLANCE seconds.
    """
    over = threading.Event()

    def mind() -> None:
        ahead = clock() - time.monotonic()
        while not over.wait(glance):
            before, ahead = ahead, clock() - time.monotonic()
            if (step := timedelta(seconds=ahead - before)) < -_STEP:
                log.warning("the clock was set back by %d s", -step.total_seconds())
                for job in scheduler.get_jobs():
                    job.modify(next_run_time=job.next_run_time + step)

    minder = threading.Thread(target=mind, name="clock", daemon=True)
    minder.start()
    try:
        yield
    finally:
        over.set()
        minder.join()


#: What is a step of the clock, and no correction by a hair.
_STEP = timedelta(seconds=1)


class _Interval(IntervalTrigger):  # type: ignore[misc, unused-ignore]
    """An interval that passes over all times missed but the last in one step.

    APScheduler would list each: a clock that begins in 1970 and is set right is millions behind.
    """

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        if previous_fire_time and now - previous_fire_time > 2 * self.interval:
            missed = (now - previous_fire_time) // self.interval
            previous_fire_time += (missed - 1) * self.interval
        following: datetime | None = super().get_next_fire_time(previous_fire_time, now)
        return following


def _interval(
    every: timedelta, start: datetime | None, jitter: timedelta = timedelta(0)
) -> IntervalTrigger:
    return _Interval(
        seconds=every.total_seconds(),
        start_date=start,
        timezone=UTC,
        jitter=jitter.total_seconds() or None,
    )


def _watchdog() -> timedelta | None:
    """How long the service manager waits for a sign of life; None where it does not."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return (
        timedelta(microseconds=int(microseconds))
        if microseconds.isdecimal() and int(microseconds)
        else None
    )


_CHORE, _SIGN = "chore", "sign of life"
_REPORTED_EVENTS = events.EVENT_JOB_ERROR | events.EVENT_JOB_MISSED | events.EVENT_JOB_MAX_INSTANCES


def _tell(event: events.JobEvent) -> None:
    """A line for what the scheduler would otherwise keep to itself."""
    if event.code == events.EVENT_JOB_ERROR:
        trace = " | ".join(str(event.traceback).split("\n"))
        what = event.job_id
        log.error("%s ended by a bug, the next one goes on: %r %s", what, event.exception, trace)
    elif event.job_id in (_CHORE, _SIGN):
        return  # it waits for the pass in hand, as it should
    elif event.code == events.EVENT_JOB_MISSED:
        log.warning("pass missed: due %s", iso(event.scheduled_run_time))
    else:
        log.warning("pass skipped: the one before it is still running")
