"""The curve in words, for those who do not see it: all that it tells, up to a number."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.plot.headline import told_change
from tracker.plot.scene import Scene
from tracker.plot.words import between, day

#: Changes of the lead, and notes, that are told one by one; of more the last ones.
MOST_DESCRIBED = 12


def description(drawn: Scene, title: Sequence[str], subtitle: Sequence[str]) -> str:
    """Headline, subtitle, changes of the lead, leavings, notes, and the last ranks."""
    zone = drawn.zone
    told = [
        f"{' '.join(title)}. {'. '.join(subtitle)}.",
        "A step line of rank over time for each app, rank 1 on top.",
        _several("Changes of the lead", [told_change(drawn, one) for one in drawn.changes]),
        *(
            f"{drawn.brief(gone.app)} left the chart {between(gone.after, gone.by, zone)}, after "
            f"number {gone.rank}."
            for gone in drawn.leavings
        ),
        _several("Dated notes", [f"{day(note.at, zone)}, {note.title}" for note in drawn.notes]),
        f"At the last look {', '.join(_last(drawn))}.",
    ]
    return " ".join(part for part in told if part)


def _several(heading: str, told: Sequence[str]) -> str:
    """``Changes of the lead: … ; …``, nothing where there are none."""
    if not told:
        return ""
    more = len(told) > MOST_DESCRIBED
    which = f", the last {MOST_DESCRIBED} of {len(told)}" if more else ""
    return f"{heading}{which}: {'; '.join(told[-MOST_DESCRIBED:])}."


def _last(drawn: Scene) -> list[str]:
    return [
        f"{label} " + ("is unranked" if one.ranks[-1] is None else f"is number {one.ranks[-1]}")
        for label, one in zip(drawn.labels, drawn.series, strict=True)
    ]
