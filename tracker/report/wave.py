"""A wave of overtakes over the storefronts, in words."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tracker.analysis.waves import Passage, Passing
from tracker.report.times import shown


def wave_words(passages: Sequence[Passage]) -> str:
    """``passed in 1 of 2 storefronts that ranked both; never ranked: B in jp, A and B in fr``."""
    both = [one for one in passages if not one.never_ranked]
    passed = sum(one.passing is Passing.PASSED for one in both)
    words = "no storefront ranked both"
    if both:
        plural = "s" * (len(both) != 1)
        words = f"passed in {passed} of {len(both)} storefront{plural} that ranked both"
    never: dict[str, list[str]] = {}
    for one in passages:
        if one.never_ranked:
            names = " and ".join(app.name for app in one.never_ranked)
            never.setdefault(names, []).append(one.chart.storefront)
    apart = [f"{names} in {', '.join(fronts)}" for names, fronts in never.items()]
    return f"{words}; never ranked: {'; '.join(apart)}" if apart else words


def wave_cells(one: Passage, a: str, b: str, zone: ZoneInfo) -> Sequence[str]:
    told = one.overtake
    surely = {True: "yes", False: "no", None: ""}[one.surely_after]
    last = {True: a, False: b, None: ""}[one.ahead_at_last]
    known = (
        f"{one.passing}: {told.status}"
        if told and one.passing is not Passing.PASSED
        else str(one.passing)
    )
    if one.never_ranked:
        known += f": {' and '.join(app.name for app in one.never_ranked)}"
    if one.passing is Passing.PASSED and one.ahead_at_first:
        known += ", and ahead at the first snapshot"
    if told is None:
        return one.chart.storefront, known, "", "", "", "", last, one.timeline.source
    kind = f"{told.kind}, across a gap" if told.gap else str(told.kind)
    after, by = shown(told.after, zone), shown(told.by, zone)
    return one.chart.storefront, known, after, by, surely, kind, last, one.timeline.source
