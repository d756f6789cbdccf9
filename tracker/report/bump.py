"""Words about positions among the apps of a picture."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.model import Series

POSITIONS = "Position among these {} apps, not the chart’s rank"


def ordinal(position: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``11th``."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(position % 10, "th")
    return f"{position}{'th' if position % 100 in (11, 12, 13) else ending}"


def position_words(positions: Sequence[Series], names: Sequence[str]) -> str:
    """What the positions are; of those that never changed the order itself."""
    if any(len(set(each.ranks)) > 1 for each in positions):
        return f"Positions among these {len(names)} apps, above their ranks on the chart"
    ranked = sorted(
        (each.ranks[0], name)
        for each, name in zip(positions, names, strict=True)
        if each.ranks[0] is not None
    )
    order = ", ".join(f"{ordinal(position)} {name}" for position, name in ranked)
    return f"Positions among these apps never changed: {order}" if order else "None was ever ranked"
