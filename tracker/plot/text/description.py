"""The curve in words, for those who do not see it: all that it tells, up to a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from tracker.plot.scene import Scene
from tracker.plot.text.headline import told_change
from tracker.plot.text.words import between, day

#: Changes of the lead, and notes, that are told one by one; of more the last ones.
MOST_DESCRIBED = 12

Found = TypeVar("Found")


def description(drawn: Scene, title: Sequence[str], subtitle: Sequence[str]) -> str:
    """Headline, subtitle, changes of the lead, leavings, notes, and the last ranks."""
    zone = drawn.zone
    told = [
        f"{' '.join(title)}. {'. '.join(subtitle)}.",
        "A step line of rank over time for each app, rank 1 on top.",
        _several("Changes of the lead", drawn.changes, lambda change: told_change(drawn, change)),
        *(
            f"{drawn.brief(gone.app)} left the chart {between(gone.after, gone.by, zone)}, after "
            f"number {gone.rank}."
            for gone in drawn.leavings
        ),
        _several("Dated notes", drawn.notes, lambda note: f"{day(note.at, zone)}, {note.title}"),
        f"At the last snapshot {', '.join(_last(drawn))}.",
    ]
    return " ".join(part for part in told if part)


def _several(heading: str, found: Sequence[Found], words: Callable[[Found], str]) -> str:
    """``Changes of the lead: … ; …``, nothing where there are none."""
    if not found:
        return ""
    more = len(found) > MOST_DESCRIBED
    which = f", the last {MOST_DESCRIBED} of {len(found)}" if more else ""
    return f"{heading}{which}: {'; '.join(map(words, found[-MOST_DESCRIBED:]))}."


def _last(drawn: Scene) -> list[str]:
    return [
        f"{label} " + ("is unranked" if one.ranks[-1] is None else f"is number {one.ranks[-1]}")
        for label, one in zip(drawn.labels, drawn.series, strict=True)
    ]
