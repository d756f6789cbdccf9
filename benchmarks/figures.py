"""One measured figure, and timings of two ways of doing the same thing in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value. ``bare`` is the same of the bare way, in the same unit.

    ``most`` is the goal: the largest ratio where there is a bare way, else the largest value.
    """

    what: str
    value: float
    unit: str
    bare: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.bare if self.bare else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        if self.most is None:
            return None
        return (self.value if self.bare is None else self.value / self.bare) <= self.most

    def __str__(self) -> str:
        line = f"{self.what:<58} {self.value:>9.3f} {self.unit:<5}"
        if self.ratio:
            line += f" bare {self.bare:>9.3f}  ratio {self.ratio:.2f}"
        if self.most is not None:
            line += f"  goal {self.most:g}: {'met' if self.met else 'MISSED'}"
        return line


def timed(work: Callable[[], object]) -> float:
    """Milliseconds WORK takes, once."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def in_turns(ways: Sequence[Callable[[], object]], turns: int) -> list[list[float]]:
    """Milliseconds of each turn of each of WAYS; they alternate, so that a slow moment hits all."""
    times: list[list[float]] = [[] for _ in ways]
    for turn in range(turns):
        # Whoever comes second may find caches warmed by the first: each is first in its turn.
        for number in sorted(range(len(ways)), key=lambda way: (way + turn) % len(ways)):
            times[number].append(timed(ways[number]))
    return times


def medians(times: Sequence[Sequence[float]]) -> list[float]:
    return [statistics.median(each) for each in times]
