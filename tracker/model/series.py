"""Apps, and their ranks in the snapshots of a chart by time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import lt
from typing import Any

from tracker.errors import InvalidValue
from tracker.model.values import Chart, Provenance, iso
from tracker.results import Table


@dataclass(frozen=True, slots=True)
class App:
    """An app. Its only identity is ``app_id``, the store's own, always text.

    ``name`` is what people call it, ``alias`` the short name of the settings or the catalogue, and
    ``colour`` its colour in plots, such as ``#4d6bfe``; None where it has none.
    """

    app_id: str
    name: str
    alias: str | None = None
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """The rank of one app in one snapshot; None where it is unranked, not among ``depth`` entries.

    ``observed_at`` is when the response arrived, in UTC. ``depth`` is None where the snapshot has
    ranks of some apps only; then ``rank`` is not None.
    """

    observed_at: datetime
    rank: int | None
    depth: int | None
    provenance: Provenance


def reaches(depth: int | None, rank: float) -> bool:
    """Whether a snapshot of DEPTH shows every app down to RANK; None, some apps only, does not."""
    return depth is not None and depth >= rank


@dataclass(frozen=True, slots=True)
class Timeline:
    """The snapshots of one chart from one source that include the apps asked for, by time.

    Three columns of equal length; a depth is None where a snapshot has ranks of some apps only.
    Any instant not in ``times`` is unobserved, for every app of the series.
    """

    chart: Chart
    source: str
    times: tuple[datetime, ...]
    depths: tuple[int | None, ...]
    provenances: tuple[Provenance, ...]

    def __post_init__(self) -> None:
        if not len(self.times) == len(self.depths) == len(self.provenances):
            raise InvalidValue("a timeline's columns differ in length")
        if not all(map(lt, self.times, self.times[1:])):
            raise InvalidValue("a timeline's times do not ascend")

    def __hash__(self) -> int:
        """Hash the ends and the number of times, not years of them. Figures are cached by it."""
        return hash((self.chart, self.source, len(self.times), self.times[:1], self.times[-1:]))

    @property
    def whole_depths(self) -> tuple[int, ...]:
        """The depths of the whole charts among the snapshots."""
        return tuple(depth for depth in self.depths if depth is not None)

    @property
    def sparse(self) -> int:
        """How many of the snapshots have ranks of some apps only."""
        return self.depths.count(None)


@lru_cache(maxsize=2)
def _shallow(line: Timeline) -> tuple[int, list[tuple[int, int]]]:
    """The largest of LINE's depths, and the place and the depth of each smaller one.

    The largest is 0 where a snapshot has ranks of some apps only.
    """
    depths = line.depths
    most = 0 if None in depths else max(filter(None, depths), default=0)
    return most, [
        (n, depth) for n, depth in enumerate(depths) if depth is not None and depth < most
    ]


@dataclass(frozen=True, slots=True, repr=False)
class Series(Table):
    """All observations of one app on one chart from one source, by time.

    ``ranks`` runs beside ``timeline.times``: an int is *ranked*, None is *unranked* (observed, and
    not among the ``depths`` entries). *Unobserved* is not in a series at all. Iterate over it for
    each ``Observation``, or take it as a table, a row for each.
    """

    timeline: Timeline
    app: App
    ranks: tuple[int | None, ...]

    def __post_init__(self) -> None:
        if len(self.ranks) != len(self.timeline.times):
            raise InvalidValue("a series needs one rank or None for each snapshot")
        depths = self.timeline.depths
        # As good as the loop below over years of snapshots, in a third of its time.
        most, shallow = _shallow(self.timeline)
        sound = most and all(1 <= rank <= most for rank in set(self.ranks) if rank is not None)
        if sound and not any((self.ranks[place] or 0) > depth for place, depth in shallow):
            return
        for rank, depth in zip(self.ranks, depths, strict=True):
            if rank is None and depth is None:
                raise InvalidValue("a snapshot of some apps only cannot say that one is unranked")
            if rank is not None and (rank < 1 or not (depth is None or reaches(depth, rank))):
                raise InvalidValue(f"rank {rank} cannot be among {depth} entries")

    def __iter__(self) -> Iterator[Observation]:
        line = self.timeline
        columns = zip(line.times, self.ranks, line.depths, line.provenances, strict=True)
        return (Observation(*row) for row in columns)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return one dictionary for each observation, by time; an unranked rank is None."""
        return [
            {
                "observed_at": iso(seen.observed_at),
                "rank": seen.rank,
                "depth": seen.depth,
                "provenance": seen.provenance.value,
            }
            for seen in self
        ]
