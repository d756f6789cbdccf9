"""Apps, and what the snapshots of a chart say of them by time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import gt, lt

from tracker.errors import InvalidValue
from tracker.model.values import Chart, Provenance


@dataclass(frozen=True, slots=True)
class App:
    """An app as the person knows it: ``alias`` is what they type, ``colour`` what plots draw."""

    app_id: str
    name: str
    alias: str | None = None
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What one snapshot says of one app: a rank, or None, not among its ``depth`` entries."""

    observed_at: datetime
    rank: int | None
    depth: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Timeline:
    """The snapshots of one chart from one source, by time: when it was looked at, how deep.

    Three columns of equal length. Any instant not in ``times`` is unobserved, for every app.
    """

    chart: Chart
    source: str
    times: tuple[datetime, ...]
    depths: tuple[int, ...]
    provenances: tuple[Provenance, ...]

    def __post_init__(self) -> None:
        if not len(self.times) == len(self.depths) == len(self.provenances):
            raise InvalidValue("a timeline's columns differ in length")
        if not all(map(lt, self.times, self.times[1:])):
            raise InvalidValue("a timeline's times do not ascend")


@dataclass(frozen=True, slots=True)
class Series:
    """All observations of one app on one chart from one source, by time.

    ``ranks`` runs beside ``timeline.times``: an int is *ranked*, None is *unranked* (looked, and
    not among the ``depths`` entries). *Unobserved* is not in a series at all.
    """

    timeline: Timeline
    app: App
    ranks: tuple[int | None, ...]

    def __post_init__(self) -> None:
        if len(self.ranks) != len(self.timeline.times):
            raise InvalidValue("a series needs one rank or None for each snapshot")
        depths, filled = self.timeline.depths, [rank or 0 for rank in self.ranks]
        # As good as the loop below over years of looks, at a third of its time.
        odd = filled.count(0) != self.ranks.count(None) or min(filled, default=0) < 0
        if not odd and not any(map(gt, filled, depths)):
            return
        for rank, depth in zip(self.ranks, depths, strict=True):
            if rank is not None and not 1 <= rank <= depth:
                raise InvalidValue(f"rank {rank} cannot be among {depth} entries")

    def __iter__(self) -> Iterator[Observation]:
        line = self.timeline
        columns = zip(line.times, self.ranks, line.depths, line.provenances, strict=True)
        return (Observation(*row) for row in columns)
