"""Short transactions for long work, so that other writers wait for one of them at most."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Seconds of work between two pauses, about; the write lock is never held for longer by a batch.
TURN = 0.3
#: Seconds of a pause: more than SQLite sleeps between two attempts at the lock, 0.1 at most.
PAUSE = 0.12
#: The largest batch.
_MOST = 20_000


class Pacer:
    """Paces long work. Call ``over`` after each transaction."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def over(self) -> None:
        """Pause, if ``TURN`` seconds have passed, so that other processes get the lock."""
        if time.monotonic() - self._since >= TURN:
            time.sleep(PAUSE)
            self._since = time.monotonic()


def in_batches(work: Callable[[int], int], size: int = 50) -> int:
    """Call WORK with the size of a batch until it returns 0; the sum of what it returned.

    Each call is a transaction of its own, and the sizes are such that it takes about ``TURN``.
    """
    done, turns = 0, Pacer()
    while True:
        begun = time.monotonic()
        some = work(size)
        done += some
        if not some:
            return done
        seconds = max(time.monotonic() - begun, 0.001)
        size = max(1, min(2 * size, _MOST, round(size * TURN / seconds)))
        turns.over()
