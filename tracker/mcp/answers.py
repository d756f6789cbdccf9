"""The typed answers of the tools. Times are UTC, ids are text, durations are in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from tracker.analysis import Bounds, Coverage, Overtake, coverage_of
from tracker.model import App, Chart, Provenance, Timeline, iso
from tracker.words import PROVENANCES, duration_words, unproved_words


@dataclass(frozen=True)
class Ranked:
    """In the chart, at this rank; 1 is best."""

    state: Literal["ranked"]
    rank: int


@dataclass(frozen=True)
class Unranked:
    """No entry among the first TOP, which were observed. How far below is not known."""

    state: Literal["unranked"]
    top: int | None


@dataclass(frozen=True)
class Unobserved:
    """Nothing is known: no snapshot shows it."""

    state: Literal["unobserved"]
    why: str


Position = Ranked | Unranked | Unobserved


def position(rank: int | None, top: int | None) -> Position:
    return Unranked("unranked", top) if rank is None else Ranked("ranked", rank)


def unobserved(why: str) -> Unobserved:
    return Unobserved("unobserved", why)


@dataclass(frozen=True)
class AppName:
    app_id: str
    name: str


def named(app: App) -> AppName:
    return AppName(app.app_id, app.name)


@dataclass(frozen=True)
class Basis:
    """The snapshots that an answer rests on. Repeat WARNINGS wherever the answer is reported."""

    chart: str
    source: str
    first: str
    last: str
    snapshots: int
    coverage: float | None
    longest_spacing_seconds: int | None
    gaps: int
    age_seconds: int
    provenances: list[str]
    warnings: list[str]


def basis(line: Timeline, normal: float, *, current: bool = True) -> Basis:
    """What LINE is; where the answer is CURRENT, old snapshots are warned of.

    NORMAL is the longest usual spacing, in seconds.
    """
    observed: Coverage = coverage_of(line)
    age = (datetime.now(UTC) - line.times[-1]).total_seconds()
    kinds = set(line.provenances)
    stale = [f"stale: the newest snapshot is {duration_words(age)} old"]
    return Basis(
        line.chart.slug, line.source, iso(line.times[0]), iso(line.times[-1]), observed.snapshots,
        None if observed.share is None else round(observed.share, 4),
        None if observed.longest_spacing is None else int(observed.longest_spacing),
        observed.gaps, int(age), sorted(kind.value for kind in kinds),
        [*(stale if current and age > max(normal, 3600) else []), *warnings_of(kinds, line.chart)],
    )  # fmt: skip


def warnings_of(kinds: set[Provenance], chart: Chart) -> list[str]:
    """What must be said of snapshots of CHART: how they came, and what no response states."""
    unproved = unproved_words(chart)
    came = [words for kind, words in PROVENANCES.items() if kind in kinds]
    return [*came, *([unproved] if unproved else [])]


@dataclass(frozen=True)
class Span:
    """A duration that is known only from below and from above."""

    lower_seconds: int
    upper_seconds: int


def span(bounds: Bounds) -> Span:
    return Span(int(bounds.lower), int(bounds.upper))


@dataclass(frozen=True)
class ChartRow:
    chart: str
    words: str
    source: str
    snapshots_in_30_days: int
    first: str
    last: str
    age_seconds: int
    provenance: str


@dataclass(frozen=True)
class Charts:
    charts: list[ChartRow]
    left_out: int


@dataclass(frozen=True)
class AppRow:
    app_id: str
    name: str
    alias: str | None


@dataclass(frozen=True)
class Apps:
    apps: list[AppRow]
    left_out: int


@dataclass(frozen=True)
class Change:
    """From the snapshot about a day or a week before. ``ranks`` is positive for up."""

    move: str
    ranks: int | None
    before: Position


@dataclass(frozen=True)
class Standing:
    app: AppName
    now: Position
    day: Change | None
    week: Change | None


@dataclass(frozen=True)
class Listing:
    """A chart at ``observed_at``; ``left_out`` entries are not listed.

    ``day`` and ``week`` are null where an app was unranked then and is so now.
    """

    basis: Basis
    observed_at: str
    top: int | None
    rows: list[Standing]
    left_out: int


@dataclass(frozen=True)
class Observation:
    observed_at: str
    position: Position
    gap_before: bool


@dataclass(frozen=True)
class Series:
    """Ask again with ``since`` = ``next_since`` for the rest; null where this is all."""

    basis: Basis
    app: AppName
    observations: list[Observation]
    next_since: str | None


@dataclass(frozen=True)
class OvertakeRow:
    """WINNER was behind at ``after`` and ahead at ``by``; when in between is not known."""

    id: str
    winner: AppName
    loser: AppName
    after: str
    by: str
    kind: str
    status: str
    gap: bool
    winner_before: Position
    winner_after: Position
    loser_before: Position
    loser_after: Position
    held_seconds: int
    provenances: list[str]


def overtake_row(overtake: Overtake) -> OvertakeRow:
    return OvertakeRow(
        overtake.id, named(overtake.winner), named(overtake.loser), iso(overtake.after),
        iso(overtake.by), overtake.kind.value, overtake.status.value, overtake.gap,
        position(overtake.winner_rank_before, overtake.depth_before),
        position(overtake.winner_rank_after, overtake.depth_after),
        position(overtake.loser_rank_before, overtake.depth_before),
        position(overtake.loser_rank_after, overtake.depth_after),
        int(overtake.held_seconds), [kind.value for kind in overtake.provenances],
    )  # fmt: skip


@dataclass(frozen=True)
class Overtakes:
    """The newest last. ``left_out`` earlier ones are not listed: ask with ``until``."""

    basis: Basis
    comparable: bool
    overtakes: list[OvertakeRow]
    left_out: int


@dataclass(frozen=True)
class Figures:
    basis: Basis
    app: AppName
    ranked_in: int
    peak: Position
    peak_at: str | None
    at_number_one: Span
    in_top_ten: Span
    on_chart: Span
    median: Position
    drop_outs: int


@dataclass(frozen=True)
class Versus:
    """``ahead`` is null where no snapshot determines it, or an app was never ranked there."""

    basis: Basis
    a: AppName
    b: AppName
    ahead: AppName | None
    ahead_after: str | None
    ahead_by: str | None
    a_ahead: Span | None
    b_ahead: Span | None
    lead_changes: int
    lead_changes_confirmed: int
    settled: bool
    never_ranked: list[AppName]


@dataclass(frozen=True)
class MoverRow:
    app: AppName
    move: str
    now: Position
    before: Position
    ranks: int | None


@dataclass(frozen=True)
class Movers:
    basis: Basis
    compared_with: str
    rows: list[MoverRow]
    left_out: int


@dataclass(frozen=True)
class Statement:
    """A sentence that can be printed, with its caveat."""

    about: str
    sentence: str
    caveat: str


@dataclass(frozen=True)
class Brief:
    app: AppName
    sentences: list[Statement]


@dataclass(frozen=True)
class Proof:
    observed_at: str
    provenance: str
    sha256: str | None
    size: int | None
    url: str | None
    payload: str
    flaws: list[str]


@dataclass(frozen=True)
class Citation:
    """SENTENCE can be quoted as it stands. PROVED: the stored response of each snapshot says so."""

    event: str
    sentence: str
    proved: bool
    snapshots: list[Proof]
    warnings: list[str]
