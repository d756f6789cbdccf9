"""Who was ahead, as a strip so wide can show it: runs of one leader, and what breaks them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from tracker.model import App
from tracker.plot.scene import Scene

SLIT = 1  # points: what is narrower does not end a run


class Run(NamedTuple):
    """From ``start`` to ``end`` it was ``leader``, whatever was too narrow to be seen between."""

    start: datetime
    end: datetime
    leader: App


class Strip(NamedTuple):
    """``runs`` of leaders, ``slits`` in them in which none is known, and when there was none."""

    runs: list[Run]
    slits: list[tuple[datetime, datetime]]
    nobody: list[tuple[datetime, datetime]]


def strip_of(drawn: Scene, wide: float) -> Strip:
    """What a strip WIDE points wide shows, from the spans of the ledger."""
    times, found = drawn.timeline.times, Strip([], [], [])
    least = (times[-1] - times[0]) * (SLIT / wide)
    unknown: list[tuple[datetime, datetime]] = []
    for span in drawn.spans:
        if span.leader is None:
            unknown.append((span.start, span.end))
            continue
        run = found.runs[-1] if found.runs else None
        if run and run.leader == span.leader and span.start - run.end < least:
            found.runs[-1] = run._replace(end=span.end)
            if span.start > run.end:
                found.slits.append((run.end, span.start))
        else:
            found.runs.append(Run(span.start, span.end, span.leader))
            found.nobody.extend(unknown)
        unknown = []
    found.nobody.extend(unknown)
    return found
