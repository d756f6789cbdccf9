"""Waiting for another process, and for another second."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 300
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def another_second() -> None:
    """Wait until the second in which snapshots were stored is over: no two are of one."""
    time.sleep(1.01 - time.time() % 1)
