"""The frozen facts that analysis returns; ``to_json`` gives each as flat JSON.

Durations are in seconds. ``after`` and ``by`` belong together: when something happened is known
only as the interval between two snapshots. The definitions are in docs/definitions.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from tracker.model import App, Chart, Provenance, iso

#: What one figure of a fact is in JSON.
Json = str | int | float | bool | None


class Kind(StrEnum):
    """How the lead changed hands."""

    PASS = "pass"  # noqa: S105 - no password; both were ranked before and after
    ENTRY = "entry"  # the winner was unranked before, in a snapshot that could have shown it
    EXIT = "exit"  # the loser is unranked after, in a snapshot that could have shown it
    EXCHANGE = "exchange"  # both


class Status(StrEnum):
    """Whether an overtake lasted."""

    CONFIRMED = "confirmed"  # ahead in enough consecutive determined snapshots
    FLIP = "flip"  # lost the lead sooner
    PENDING = "pending"  # too early to decide


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without data between two neighbouring snapshots; see docs/definitions.md."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of a chart from the first to the last of its ``snapshots``.

    ``seconds`` is that time; ``longest_spacing`` in seconds, None below two snapshots; ``share``
    is the share of that time, 0 to 1, that is not a gap, None below three; ``gaps`` how many.
    """

    snapshots: int
    seconds: float
    longest_spacing: float | None
    share: float | None
    gaps: int

    def to_json(self) -> dict[str, Json]:
        """The figures as flat values, durations in whole seconds, the share to four decimals."""
        return {
            "snapshots": self.snapshots,
            "longest_spacing_seconds": (
                None if self.longest_spacing is None else int(self.longest_spacing)
            ),
            "gaps": self.gaps,
            "coverage": _rounded(self.share),
        }


@dataclass(frozen=True, slots=True)
class Bounds:
    """A duration that is known only from below and from above, in seconds."""

    lower: float
    upper: float


class Overtake(NamedTuple):
    """WINNER was behind LOSER at ``after`` and ahead of it at ``by``, the next determined snapshot.

    ``gap``: whether a gap lies between. ``held_seconds``: from ``by`` to the last snapshot of the
    unbroken lead. A rank is None where the app is not among the ``depth_before`` or ``depth_after``
    entries; a depth is None where the snapshot has ranks of some apps only. ``provenances`` are
    those of the two snapshots. See *overtake* in docs/definitions.md.
    """

    chart: Chart
    source: str
    winner: App
    loser: App
    after: datetime
    by: datetime
    kind: Kind
    status: Status
    gap: bool
    winner_rank_before: int | None
    winner_rank_after: int | None
    loser_rank_before: int | None
    loser_rank_after: int | None
    held_seconds: float
    depth_before: int | None
    depth_after: int | None
    provenances: tuple[Provenance, Provenance]

    @property
    def held_until(self) -> datetime:
        """The last snapshot in which the winner was still ahead, without a break since ``by``."""
        return self.by + timedelta(seconds=self.held_seconds)

    @property
    def id(self) -> str:
        """The same in every database; ``apptrack cite`` and ``apptrack verify`` take it."""
        return _id(self.source, self.chart.slug, iso(self.by), self.winner, self.loser)

    def to_json(self) -> dict[str, Json]:
        """The fact as flat values: ids as text, times as ISO 8601."""
        by, slug, winner, loser = iso(self.by), self.chart.slug, self.winner, self.loser
        before, after = self.provenances
        return {
            "id": _id(self.source, slug, by, winner, loser),
            "winner_id": winner.app_id,
            "loser_id": loser.app_id,
            "after": iso(self.after),
            "by": by,
            "kind": self.kind,
            "status": self.status,
            "gap": self.gap,
            "winner_rank_before": self.winner_rank_before,
            "winner_rank_after": self.winner_rank_after,
            "loser_rank_before": self.loser_rank_before,
            "loser_rank_after": self.loser_rank_after,
            "held_seconds": int(self.held_seconds),
            "depth_before": self.depth_before,
            "depth_after": self.depth_after,
            "provenance_before": before,
            "provenance_after": after,
            "winner": winner.name,
            "loser": loser.name,
            "chart": slug,
            "source": self.source,
        }


def _id(source: str, slug: str, by: str, winner: App, loser: App) -> str:
    return f"{source}:{slug}@{by},{winner.app_id},{loser.app_id}"


@dataclass(frozen=True, slots=True)
class Debut:
    """The first snapshot that has an app: unranked at ``after``, RANK at ``by``.

    ``after`` is None where no earlier snapshot had enough entries to show that it was unranked.
    """

    after: datetime | None
    by: datetime
    rank: int


@dataclass(frozen=True, slots=True)
class DropOut:
    """An app at RANK at ``after``, and absent from a snapshot with as many entries at ``by``.

    ``back_by`` is the first later snapshot that has it again, None without one.
    """

    after: datetime
    by: datetime
    rank: int
    back_by: datetime | None


@dataclass(frozen=True, slots=True)
class Stats:
    """The figures of one series, by docs/definitions.md; None where one is not known.

    ``ranked`` counts the snapshots that have the app; ``peak_rank`` is the smallest rank and
    ``peak_at`` when it was first observed; ``at_1``, ``top_10`` and ``on_chart`` are the times at
    number one, in the top ten and in the chart; ``days_ranked`` counts the days of UTC with a
    snapshot that has it; ``observed`` is the coverage of the chart.
    """

    chart: Chart
    source: str
    app: App
    ranked: int
    peak_rank: int | None
    peak_at: datetime | None
    at_1: Bounds
    median_rank: int | None
    volatility_per_day: float | None
    observed: Coverage
    top_10: Bounds
    on_chart: Bounds
    days_ranked: int
    debut: Debut | None
    drop_outs: tuple[DropOut, ...]

    def to_json(self) -> dict[str, Any]:
        """The figures as plain values, volatility and coverage to four decimals."""
        return {
            "app_id": self.app.app_id,
            **self.observed.to_json(),
            "ranked": self.ranked,
            "peak_rank": self.peak_rank,
            "peak_at": _iso(self.peak_at),
            "at_1_seconds_lower": int(self.at_1.lower),
            "at_1_seconds_upper": int(self.at_1.upper),
            "median_rank": self.median_rank,
            "volatility_per_day": _rounded(self.volatility_per_day),
            "top_10_seconds_lower": int(self.top_10.lower),
            "top_10_seconds_upper": int(self.top_10.upper),
            "on_chart_seconds_lower": int(self.on_chart.lower),
            "on_chart_seconds_upper": int(self.on_chart.upper),
            "days_ranked": self.days_ranked,
            "debut_after": _iso(self.debut.after if self.debut else None),
            "debut_by": _iso(self.debut.by if self.debut else None),
            "drop_outs": [
                {
                    "after": iso(drop_out.after),
                    "by": iso(drop_out.by),
                    "rank": drop_out.rank,
                    "back_by": _iso(drop_out.back_by),
                }
                for drop_out in self.drop_outs
            ],
            "name": self.app.name,
            "chart": self.chart.slug,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class LeadSpan:
    """From one snapshot to a later one, ``leader`` was ahead of the others; None: undetermined."""

    start: datetime
    end: datetime
    leader: App | None


def _iso(time: datetime | None) -> str | None:
    return iso(time) if time else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
