"""Series in, facts out: gaps, coverage, overtakes, leads and figures. No clock, no database.

The definitions are those of ARCHITECTURE.md; each function states its own.
"""

from __future__ import annotations

from tracker.analysis.facts import (
    Bounds,
    Debut,
    DropOut,
    Gap,
    Kind,
    LeadSpan,
    Overtake,
    Stats,
    Status,
    json_id,
)
from tracker.analysis.figures import stats
from tracker.analysis.ledger import (
    lead_spans,
    leaders,
    overtakes,
    overtakes_of_all,
    time_ahead,
)
from tracker.analysis.looks import (
    GAP_FACTOR,
    cadence,
    coverage,
    gaps,
    held,
    longest_normal_spacing,
    spacings,
    whole_spacings,
)

__all__ = [
    "GAP_FACTOR",
    "Bounds",
    "Debut",
    "DropOut",
    "Gap",
    "Kind",
    "LeadSpan",
    "Overtake",
    "Stats",
    "Status",
    "cadence",
    "coverage",
    "gaps",
    "held",
    "json_id",
    "lead_spans",
    "leaders",
    "longest_normal_spacing",
    "overtakes",
    "overtakes_of_all",
    "spacings",
    "stats",
    "time_ahead",
    "whole_spacings",
]
