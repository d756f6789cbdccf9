"""Which snapshot answers for an instant, and how near it is, in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tracker.analysis.movement import AsOf
from tracker.queries.as_of import Moment
from tracker.report.times import shown
from tracker.store.snapshots import SnapshotRow
from tracker.words import PROVENANCES, SINGLE_APPS, duration_words


def moment_words(moment: Moment, zone: ZoneInfo) -> list[str]:
    """Which snapshot answers for the moment, and how near it is to what was asked for."""
    place, snapshot, view = moment.place, moment.snapshot, moment.as_of
    lines = [
        f"{place.chart}, {place.source}, {first_words(snapshot)} at "
        f"{shown(snapshot.observed_at, zone)}, times in {zone.key}"
    ]
    if view.age_seconds:
        lines.append(near_words(view, zone))
    lines += [
        PROVENANCES[kind] for kind in PROVENANCES if kind in {o.provenance for o in moment.used}
    ]
    return lines


def near_words(view: AsOf, zone: ZoneInfo) -> str:
    """How long before the moment the snapshot was, and whether the moment is in a gap."""
    age = f"that is {duration_words(view.age_seconds)} before the moment asked for"
    if view.following is None:
        alarm = "warning: " if view.in_gap else ""
        return f"{alarm}{age}, and there is no later snapshot"
    following = shown(view.following, zone)
    if view.in_gap:
        return f"warning: {age}, in a gap without data until {following}"
    return f"{age}; the next snapshot is of {following}"


def first_words(snapshot: SnapshotRow) -> str:
    """What a snapshot has: ``the first 100``, or ranks of some apps only."""
    return SINGLE_APPS if snapshot.depth is None else f"the first {snapshot.depth}"


def earlier_words(then: SnapshotRow, now: SnapshotRow, zone: ZoneInfo) -> str:
    """When an earlier snapshot was, how long before, and how many entries it has."""
    before = duration_words((now.observed_at - then.observed_at).total_seconds())
    return f"{first_words(then)} at {shown(then.observed_at, zone)}, {before} before"


def compared_lines(moment: Moment, zone: ZoneInfo, *only: str) -> list[str]:
    """A line for each snapshot that a moment is compared with; of the spans ONLY, where given."""
    return [
        f"a {name} before: {earlier_words(snapshot, moment.snapshot, zone)}"
        if snapshot
        else f"a {name} before: no snapshot then"
        for name, snapshot in moment.earlier.items()
        if not only or name in only
    ]
