"""The axis of a small plot: its grid and numbers, its break, and the ground of its lane."""

from __future__ import annotations

from collections.abc import Callable

from tracker.plot.curve.ranks import break_rows, clear_ticks
from tracker.plot.panels.panel import LANE_LINE, Panel, Rows, lane_words

ROOM = 12  # from one number to the next


def rank_words(rank: int) -> str:
    """What the axis of ranks calls a rank."""
    return "No. 1" if rank == 1 else str(rank)


def frame_rows(
    panel: Panel, deep: str, *, words: bool = True, told: Callable[[int], str] = rank_words
) -> Rows:
    """The grid of an axis with its numbers, and the lane's ground; WORDS left of it.

    The lane's are of snapshots so DEEP.
    """
    found: Rows = {"grid": [], "numbers": [], "lanes": []}
    across, high = (panel.left, panel.right), panel.bottom - panel.top
    found["break"] = break_rows(panel.reach, across, panel.top, high) if panel.log else []
    for number in ticks(panel):
        y = panel.y(number)
        found["grid"].append({"x": panel.left, "x2": panel.right, "y": y})
        if words:
            found["numbers"].append({"x": panel.left - 8, "y": y, "text": told(number)})
    if panel.tracks:
        y, y2 = panel.bottom + 8, panel.floor
        found["lanes"].append({"x": panel.left, "x2": panel.right, "y": y, "y2": y2})
        if words:
            middle = (y + y2) / 2 + 2  # clear of the last number above
            found["numbers"] += [
                {"x": panel.left - 8, "y": middle + side * LANE_LINE / 2, "text": text}
                for side, text in zip((-1, 1), lane_words(deep), strict=True)
            ]
    return found


def ticks(panel: Panel) -> list[int]:
    """The numbers with a line in the grid, as many as find room for their words."""
    kept: list[int] = []
    if panel.log:
        return clear_ticks(panel.reach, panel.bottom - panel.top)
    for number in range(1, panel.lowest + 1):
        if not kept or panel.y(number) - panel.y(kept[-1]) >= ROOM:
            kept.append(number)
    return kept
