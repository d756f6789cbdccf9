"""The figures of one app, in words."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tracker.analysis import Bounds, Debut, Stats
from tracker.report.times import shown
from tracker.words import at_most, duration_words, share_words

LABELS = (
    "snapshots (ranked in)", "first in the chart", "peak", "first at peak",
    "time at number one", "time in the top ten", "time on the chart", "days (UTC) seen on it",
    "drop-outs", "median rank", "volatility, |ln(rank ratio)| a day", "longest spacing",
    "coverage",
)  # fmt: skip


def figures(stats: Stats, zone: ZoneInfo) -> Sequence[str]:
    """What stands beside each of LABELS."""
    spacing = stats.observed.longest_spacing
    return (
        f"{stats.observed.snapshots} ({stats.ranked})",
        _debut(stats.debut, zone),
        "never ranked" if stats.peak_rank is None else str(stats.peak_rank),
        "" if stats.peak_at is None else shown(stats.peak_at, zone),
        *(_bounds(bounds) for bounds in (stats.at_1, stats.top_10, stats.on_chart)),
        str(stats.days_ranked),
        str(len(stats.drop_outs)),
        _median(stats),
        "not known" if stats.volatility_per_day is None else f"{stats.volatility_per_day:.4f}",
        "" if spacing is None else at_most(spacing),
        share_words(stats.observed).removeprefix("coverage "),
    )


def _median(stats: Stats) -> str:
    if stats.median_rank is not None:
        return str(stats.median_rank)
    missing = is_mostly_unranked(stats)
    return "unranked" if missing else "not known: some snapshots are too shallow"


def is_mostly_unranked(stats: Stats) -> bool:
    """Whether the app is unranked in more than half of the snapshots, and so is the median.

    Of an even number of snapshots the lower median counts: ranked in half of them is enough.
    """
    return 2 * stats.ranked < stats.observed.snapshots


def _bounds(bounds: Bounds) -> str:
    return f"{duration_words(bounds.lower)} to {duration_words(bounds.upper)}"


def _debut(debut: Debut | None, zone: ZoneInfo) -> str:
    if debut is None:
        return "never seen"
    after = f"after {shown(debut.after, zone)}, " if debut.after else "at the first snapshot, "
    return f"{after}by {shown(debut.by, zone)}"
