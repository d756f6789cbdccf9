"""Series in, facts out: gaps, coverage, overtakes, leads and figures. No clock, no database.

The definitions, with examples, are in docs/definitions.md, which tests compare with the functions.
"""

from __future__ import annotations

from tracker.analysis.coverage import (
    GAP_FACTOR,
    cadence,
    coverage,
    coverage_of,
    gaps,
    held,
    longest_normal_spacing,
    spacings,
    whole_spacings,
)
from tracker.analysis.facts import (
    Bounds,
    Coverage,
    Debut,
    DropOut,
    Gap,
    Kind,
    LeadSpan,
    Overtake,
    Stats,
    Status,
)
from tracker.analysis.figures import stats
from tracker.analysis.ledger import (
    lead_spans,
    leaders,
    never_ranked,
    overtakes,
    overtakes_of_all,
    time_ahead,
)

__all__ = [
    "GAP_FACTOR",
    "Bounds",
    "Coverage",
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
    "coverage_of",
    "gaps",
    "held",
    "lead_spans",
    "leaders",
    "longest_normal_spacing",
    "never_ranked",
    "overtakes",
    "overtakes_of_all",
    "spacings",
    "stats",
    "time_ahead",
    "whole_spacings",
]
