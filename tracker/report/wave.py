"""A wave of overtakes over the storefronts, in words."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tracker.analysis.waves import Passage, Passing
from tracker.report.times import shown


def wave_words(passages: Sequence[Passage]) -> str:
    """``passed in 1 of 2 storefronts that ranked both; never ranked: B in jp, A and B in fr``."""
    both = [passage for passage in passages if not passage.never_ranked]
    passed = sum(passage.passing is Passing.PASSED for passage in both)
    words = "no storefront ranked both"
    if both:
        plural = "s" * (len(both) != 1)
        words = f"passed in {passed} of {len(both)} storefront{plural} that ranked both"
    never: dict[str, list[str]] = {}
    for passage in passages:
        if passage.never_ranked:
            names = " and ".join(app.name for app in passage.never_ranked)
            never.setdefault(names, []).append(passage.chart.storefront)
    apart = [f"{names} in {', '.join(fronts)}" for names, fronts in never.items()]
    return f"{words}; never ranked: {'; '.join(apart)}" if apart else words


def wave_cells(passage: Passage, a: str, b: str, zone: ZoneInfo) -> Sequence[str]:
    overtake = passage.overtake
    surely = {True: "yes", False: "no", None: ""}[passage.surely_after]
    last = {True: a, False: b, None: ""}[passage.ahead_at_last]
    known = (
        f"{passage.passing}: {overtake.status}"
        if overtake and passage.passing is not Passing.PASSED
        else str(passage.passing)
    )
    if passage.never_ranked:
        known += f": {' and '.join(app.name for app in passage.never_ranked)}"
    if passage.passing is Passing.PASSED and passage.ahead_at_first:
        known += ", and ahead at the first snapshot"
    if overtake is None:
        return passage.chart.storefront, known, "", "", "", "", last, passage.timeline.source
    kind = f"{overtake.kind}, across a gap" if overtake.gap else str(overtake.kind)
    after, by = shown(overtake.after, zone), shown(overtake.by, zone)
    return passage.chart.storefront, known, after, by, surely, kind, last, passage.timeline.source
