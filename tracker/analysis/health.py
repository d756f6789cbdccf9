"""Whether a chart is collected as intended: coverage, age, depth, unchanged ranks. No clock.

Gaps are those of docs/definitions.md, as everywhere. Only whether a chart is stale is judged by
the intended interval, in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from tracker.analysis.clocks import clock_behind
from tracker.analysis.coverage import GAP_FACTOR, longest_normal_spacing
from tracker.analysis.facts import Coverage
from tracker.model import Timeline, reaches

#: The windows over which coverage is shown.
WINDOWS = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
#: A chart is shallow below this share of its usual depth; feeds lose a row or two every day.
SHALLOW = 0.9
#: Two sources show different charts when less than this share of their first apps is the same, or
#: of the pairs of those in the same order. On two recorded charts, snapshots of one source up to
#: four hours apart never shared less than 92 % of the first 25 apps, nor 93 % of the order; those a
#: day apart never less than 76 % and 75 %.
ALIKE = 0.75
#: "Longer than ever" means little before a chart was recorded this long and changed so often.
SETTLED = timedelta(days=3)
SETTLED_CHANGES = 20
#: A feed dated further back than this before an earlier one is an old copy; caches differ by hours.
OUTDATED = timedelta(days=1)


class Flag(StrEnum):
    """What is wrong with a chart."""

    NEVER = "never observed"
    AHEAD = "ahead of the clock"  # the newest snapshot is later than now
    BEHIND = (
        "clock behind the store"  # the newest snapshot is earlier than the store's own time in it
    )
    STALE = "stale"  # older than 1.5 times the cadence
    REFUSED = "refused"  # the last answer is not understood
    SHRUNK = "shrunk"
    FROZEN = "frozen"
    OUTDATED = "outdated"  # an earlier snapshot's feed was of a later date
    DISAGREEING = "disagreeing"  # another source shows another chart


@dataclass(frozen=True, slots=True)
class Standstill:
    """How long something is unchanged, in seconds, over ``snapshots`` of them since ``since``.

    ``seconds`` is a lower bound, gaps not counted; ``longest_before`` an upper bound, so that the
    time between two snapshots makes no record. ``settled``: whether enough was observed before.
    """

    since: datetime
    snapshots: int
    seconds: float
    longest_before: float
    settled: bool

    @property
    def record(self) -> bool:
        """Whether it is unchanged for longer than ever before."""
        return self.seconds > self.longest_before

    @property
    def unusual(self) -> bool:
        """Whether it is a record among enough."""
        return self.record and self.settled


@dataclass(frozen=True, slots=True)
class Health:
    """The state of one chart from one source at one instant.

    ``coverage`` is that of each window, up to now: the time since the last snapshot is not
    covered, and counts as a spacing.
    ``usual_depth`` is the median of the snapshots of the month before the newest (the upper of
    two). ``ranks`` and ``published``: for how long the ranks and the feed's date have not changed;
    ``behind`` how much older, in seconds, that date is than the latest of the snapshots before, or
    0. ``clock_behind`` is by how much the store's own time is after this machine's at the newest
    snapshot, 0 within the tolerance; ``misdated`` counts the snapshots of which that is true.
    """

    newest: datetime | None
    depth: int | None
    usual_depth: int | None
    coverage: dict[str, Coverage]
    ranks: Standstill | None
    published: Standstill | None
    behind: float
    clock_behind: timedelta
    misdated: int
    flags: tuple[Flag, ...]

    @property
    def suspect(self) -> bool:
        """Whether something is unchanged for longer than ever in the snapshots judged."""
        return any(
            standstill is not None and standstill.record
            for standstill in (self.ranks, self.published)
        )


def health(
    timeline: Timeline,
    published: Sequence[datetime | None],
    repeats: Sequence[bool],
    *,
    now: datetime,
    cadence: float,
    refused: bool = False,
    served: Sequence[datetime | None] = (),
    empty_at: datetime | None = None,
) -> Health:
    """Judge the snapshots of TIMELINE; PUBLISHED and REPEATS (ranks as in the snapshot before) run
    beside.

    SERVED, where given, runs beside too: the HTTP Dates. REFUSED: whether the last attempt's answer
    was not understood. EMPTY_AT: when the store said that the chart has no entries, where that was
    its last answer: then it is observed, and shrunk where it had entries before.
    """
    longest = longest_normal_spacing(timeline)
    times, depths = timeline.times, timeline.depths
    covered = {name: coverage_until(times, now, span, longest) for name, span in WINDOWS.items()}
    usual = usual_depth(timeline)
    ranks, date = standstill(times, repeats, longest), None
    if published and published[-1] is not None:
        same = [False, *(first is not None and first == two for first, two in pairwise(published))]
        date = standstill(times, same, longest)
    behind = date_behind(published)
    stamps = zip(times, published, served or [None] * len(times), strict=True)
    behinds = [clock_behind(*each) for each in stamps]
    still = any(standstill is not None and standstill.unusual for standstill in (ranks, date))
    answered = max([*times[-1:], *([empty_at] if empty_at else [])], default=None)
    flags = {
        Flag.NEVER: answered is None,
        Flag.AHEAD: bool(times) and times[-1] > now,
        Flag.BEHIND: bool(behinds) and behinds[-1] > timedelta(0),
        Flag.STALE: answered is not None
        and (now - answered).total_seconds() > GAP_FACTOR * cadence,
        Flag.REFUSED: refused,
        Flag.SHRUNK: _shrunk(timeline, usual, empty_at),
        Flag.FROZEN: still,
        Flag.OUTDATED: behind > OUTDATED.total_seconds(),
    }
    return Health(
        times[-1] if times else None,
        depths[-1] if times else None,
        usual,
        covered,
        ranks,
        date,
        behind,
        behinds[-1] if behinds else timedelta(0),
        sum(span > timedelta(0) for span in behinds),
        tuple(flag for flag, raised in flags.items() if raised),
    )


def _shrunk(timeline: Timeline, usual: int | None, empty_at: datetime | None) -> bool:
    if empty_at:
        return bool(timeline.times)
    return usual is not None and not reaches(timeline.depths[-1], SHALLOW * usual)


def coverage_until(
    times: Sequence[datetime], now: datetime, span: timedelta, longest: float
) -> Coverage:
    """The SPAN before NOW: the share of it between snapshots at most LONGEST seconds apart.

    The time up to NOW counts as a spacing; so does the time from the beginning of the span, where
    no snapshot is earlier. A spacing may begin before the span.
    """
    start = now - span
    inside = [time for time in times if start <= time <= now]
    before = max((time for time in times if time < start), default=start)
    covered = timedelta(0)
    for earlier, later in pairwise(times):
        if (later - earlier).total_seconds() <= longest:
            covered += max(min(later, now) - max(earlier, start), timedelta(0))
    spacings = [
        (later - earlier).total_seconds() for earlier, later in pairwise((before, *inside, now))
    ]
    return Coverage(
        snapshots=len(inside),
        seconds=span.total_seconds(),
        longest_spacing=max(spacings),
        share=covered / span if len(times) > 2 else None,
        gaps=sum(spacing > longest for spacing in spacings),
    )


def date_behind(published: Sequence[datetime | None]) -> float:
    """By how many seconds the last feed's own date is older than the latest before; else 0."""
    *before, last = published or (None,)
    dated = [time for time in before if time]
    return max((max(dated) - last).total_seconds(), 0.0) if dated and last else 0.0


def usual_depth(timeline: Timeline) -> int | None:
    """The median depth of the month before the newest snapshot; None where that is the first."""
    if not timeline.times:
        return None
    start = timeline.times[-1] - WINDOWS["month"]
    before = zip(timeline.times[:-1], timeline.depths, strict=False)
    depths = sorted(depth for time, depth in before if time >= start and depth is not None)
    return depths[len(depths) // 2] if depths else None


def standstill(
    times: Sequence[datetime], repeats: Sequence[bool], longest: float
) -> Standstill | None:
    """How long something has not changed; None without snapshots. REPEATS says for each snapshot
    whether it is as in the one before.

    Neighbouring snapshots more than LONGEST seconds apart are a gap: what is the same at both ends
    may have moved between, and is not counted.
    """
    if not times:
        return None
    starts = [number for number, same in enumerate(repeats) if number == 0 or not same]
    last = starts[-1]
    # A standstill may have begun right after the snapshot before it, and ended right before the
    # next.
    before = [
        (times[end] - times[max(start - 1, 0)]).total_seconds() for start, end in pairwise(starts)
    ]
    spacings = ((two - start).total_seconds() for start, two in pairwise(times[last:]))
    return Standstill(
        since=times[last],
        snapshots=len(times) - last,
        seconds=sum(spacing for spacing in spacings if spacing <= longest),
        longest_before=max(before, default=0.0),
        settled=len(before) >= SETTLED_CHANGES and times[last] - times[0] >= SETTLED,
    )
