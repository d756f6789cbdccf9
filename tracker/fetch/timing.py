"""When to wait, and when waiting ends: the pace per host, and the watchdog over attempts."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any

from tracker.fetch.failures import Failed, Stopped

TICK = 0.05  # seconds between two checks
GRACE = 2.0  # seconds that a response under way may still take once the pass is stopped


class Deadline:
    """The deadline of one attempt. ``cut`` is why it was ended from outside; None while it was not.

    ``status`` is that of the response under way, None before it.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ends_at = monotonic() + seconds
        self.cut: Failed | None = None
        self.status: int | None = None


class Watchdog:
    """A context manager for one pass: a thread that ends whatever is overdue or stopped.

    A socket's own timeout begins anew with every byte, so it cannot bound an attempt against a
    store that trickles; shutting the socket from another thread can.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._halt = threading.Event()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._held: dict[Any, Deadline] = {}
        self._last = inf  # the instant after which nothing may go on
        self._thread = threading.Thread(target=self._run, name="fetch-watch", daemon=True)

    @property
    def halted(self) -> bool:
        """Whether no new attempt may start."""
        return self._halt.is_set() or self._stop.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait SECONDS; False, and at once, when the pass is stopped meanwhile."""
        return not (self.halted or self._halt.wait(seconds))

    def abandon(self) -> None:
        """End every wait and every attempt, without grace."""
        self._last = monotonic()
        self._halt.set()

    def hold(self, sock: Any, deadline: Deadline) -> None:
        """Apply DEADLINE to SOCK from now on, instead of an earlier one."""
        sock = getattr(sock, "socket", sock)  # TLS inside a proxy's TLS wraps the socket
        with self._lock:
            self._held[sock] = deadline

    def drop(self, deadline: Deadline) -> None:
        """Apply DEADLINE to no socket any more."""
        with self._lock:
            self._held = {sock: held for sock, held in self._held.items() if held is not deadline}

    def _run(self) -> None:
        while not self._over.wait(TICK):
            if self._stop.is_set() and not self._halt.is_set():
                self._last = monotonic() + GRACE
                self._halt.set()
            with self._lock:
                self._cut_overdue(monotonic())

    def _cut_overdue(self, now: float) -> None:
        for sock, deadline in self._held.items():
            if now >= min(deadline.ends_at, self._last):
                late = now >= deadline.ends_at
                deadline.cut = _late(deadline) if late else Stopped()
                with suppress(OSError):  # it may have ended by itself
                    # The plain socket's shutdown: an SSLSocket's own would take its TLS object
                    # away from the thread that is reading.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def __enter__(self) -> Watchdog:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def _late(deadline: Deadline) -> Failed:
    return Failed(f"took longer than {deadline.seconds:g} s", again=True)


class Pace:
    """At most PER_MINUTE requests per minute for each host, evenly spaced; 0: no limit."""

    def __init__(self, per_minute: float) -> None:
        self._spacing = 60.0 / per_minute if per_minute > 0 else 0.0
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, host: str, watchdog: Watchdog, own: float | None = None) -> bool:
        """Wait for HOST's next turn and take it; False when the pass is stopped first.

        OWN is a slower pace, in requests per minute, that holds where there is a pace at all.
        """
        spacing = max(self._spacing, 60.0 / own) if own and self._spacing else self._spacing
        while not watchdog.halted:
            with self._lock:
                now = monotonic()
                delay = self._next.get(host, now) - now
                if delay <= 0:
                    self._next[host] = now + spacing
                    return True
            watchdog.wait(delay)
        return False

    def postpone(self, host: str, seconds: float) -> None:
        """HOST gets no turn for SECONDS."""
        with self._lock:
            self._next[host] = max(self._next.get(host, 0.0), monotonic() + seconds)
