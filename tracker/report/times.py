"""Times as a person wants them: in UTC, or in a zone that is named."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.analysis import coverage_of
from tracker.model import Provenance, Timeline
from tracker.words import PROVENANCES, SINGLE_APPS, counted, snapshots_words


def shown(time: datetime, zone: ZoneInfo) -> str:
    """``2026-08-17T04:50:46Z``, or ``2026-08-17T13:50:46+09:00``."""
    return time.astimezone(zone).isoformat().replace("+00:00", "Z")


def heading(line: Timeline, zone: ZoneInfo) -> str:
    """What an answer rests on: the chart, its source, its snapshots, and their provenance."""
    many = len(line.times)
    snapshots = counted(many, "snapshot")
    kinds = Counter(line.provenances)
    notes = [
        f"{'' if kinds[kind] == many else f'{kinds[kind]} of {snapshots}: '}{words}"
        for kind, words in PROVENANCES.items()
        if kinds[kind]
    ]
    if line.sparse:
        some = "" if line.sparse == many else f"{line.sparse} of {snapshots}: "
        notes.append(f"{some}{SINGLE_APPS}")
    window = f"{shown(line.times[0], zone)} to {shown(line.times[-1], zone)}"
    # Copies of an archive are few and uneven: their number alone would say too much.
    apart = snapshots_words(coverage_of(line)) if kinds[Provenance.ARCHIVED] else snapshots
    first = f"{line.chart}, {line.source}, {apart}, {window}, times in {zone.key}"
    return "\n".join([first, *notes])
