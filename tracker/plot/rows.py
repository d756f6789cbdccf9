"""Tidy rows: what the layers draw, a dict for each mark, from the series and facts of a scene.

Times are milliseconds since 1970. A rank that is None breaks a line; an unranked app has no rank in
any row, but a row of its own in ``lane``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from operator import ne
from typing import Any

from tracker.analysis import Gap, longest_normal_spacing, whole_spacings
from tracker.model import Series
from tracker.plot.thin import ENOUGH, Point, thin
from tracker.plot.ticks import epoch
from tracker.plot.typeset import width
from tracker.report.dates import interval, lasting
from tracker.report.picture import MOST_BANDS, MOST_LINES, change_text, note_text
from tracker.report.scene import Note, Scene

Row = dict[str, Any]
Rows = list[Row]

_BEYOND = 1 << 30  # sorts behind every rank


@dataclass(frozen=True, slots=True)
class Stretch:
    """Snapshots in a row without a gap, all ranked or all unranked, all observed or none of them.

    Snapshots ``first`` to ``end`` (exclusive); the last one holds until the time of ``held``, the
    next snapshot, or itself where a gap follows. ``before`` is the rank from which the line jumps
    to this stretch, where an observed rank and an estimated one meet.
    """

    ranked: bool
    observed: bool
    first: int
    end: int
    held: int
    before: int | None = None

    def points(self, series: Series, *, every: bool) -> list[Point]:
        """Times and ranks: EVERY snapshot, or those with another rank; and the end of the last."""
        times, ranks = series.timeline.times, series.ranks
        points = [
            (times[n], ranks[n])
            for n in range(self.first, self.end)
            if every or n == self.first or ranks[n] != ranks[n - 1]
        ]
        if times[self.held] > points[-1][0]:
            points.append((times[self.held], ranks[self.end - 1]))
        if self.before is not None:
            points.insert(0, (times[self.first], self.before))
        return points


def stretches(series: Series, whole: Sequence[bool] | None = None) -> list[Stretch]:
    """The unbroken parts of a line; WHOLE is ``whole_spacings`` of the timeline, where known."""
    line, ranks = series.timeline, series.ranks
    whole = whole_spacings(line) if whole is None else whole
    observed = [kind.observed for kind in line.provenances]
    missing = [rank is None for rank in ranks]
    breaks = {n for n, normal in enumerate(whole, 1) if not normal}
    breaks |= {n for n, differ in enumerate(map(ne, missing, missing[1:]), 1) if differ}
    breaks |= {n for n, differ in enumerate(map(ne, observed, observed[1:]), 1) if differ}
    parts = []
    for first, end in pairwise((0, *sorted(breaks), len(ranks))):
        held = end if end < len(ranks) and whole[end - 1] else end - 1
        joined = first and whole[first - 1] and ranks[first] is not None
        before = ranks[first - 1] if joined else None
        jump = before if before != ranks[first] else None
        parts.append(Stretch(not missing[first], observed[first], first, end, held, jump))
    return parts


def series_rows(scene: Scene, columns: int) -> dict[str, Rows]:
    """``steps``, ``alone`` and ``lane``: ranks by time, those between two gaps, times unranked.

    Of more than ``thin.ENOUGH`` snapshots only what COLUMNS of the picture can show apart.
    """
    whole = whole_spacings(scene.timeline)
    tracks = tracks_of(scene.series)
    steps: Rows = []
    lane: Rows = []
    for series, name in zip(scene.series, scene.names, strict=True):
        parts = stretches(series, whole)
        steps += _step_rows(series, name, parts, columns)
        lane += _lane_rows(series, name, parts, tracks)
    alone = [row for row in steps if row["alone"] and row["rank"]]
    return {"steps": steps, "alone": alone, "lane": lane}


def tracks_of(series: Sequence[Series]) -> dict[str, int]:
    """The apps that were ever unranked, by id, each with its track in the lane."""
    unranked = [each.app.app_id for each in series if None in each.ranks]
    return {app_id: track for track, app_id in enumerate(unranked)}


def _step_rows(series: Series, name: str, parts: Sequence[Stretch], columns: int) -> Iterator[Row]:
    times = series.timeline.times
    few = len(times) <= ENOUGH
    snapshots = set(times) if few else set()
    for part in parts:
        if not part.ranked:
            continue
        points = part.points(series, every=few)
        if not few:
            points = list(thin(points, times[0], times[-1], columns))
        kind = {"app": name, "observed": part.observed}
        alone = part.held == part.first
        for number, (time, rank) in enumerate(points):
            # A stretch holds until the next snapshot, which is not one of its own, and may begin
            # with the jump from another.
            own = time in snapshots and time <= times[part.end - 1]
            own = own and not (part.before is not None and number == 0)
            yield {"time": epoch(time), "rank": rank, **kind, "snapshot": own, "alone": alone}
        end = epoch(points[-1][0])
        yield {"time": end, "rank": None, **kind, "snapshot": False, "alone": False}


def _lane_rows(
    series: Series, name: str, parts: Sequence[Stretch], tracks: Mapping[str, int]
) -> Iterator[Row]:
    times = series.timeline.times
    for part in parts:
        if not part.ranked:
            yield {
                "time": epoch(times[part.first]), "until": epoch(times[part.held]), "app": name,
                "observed": part.observed, "track": tracks[series.app.app_id],
            }  # fmt: skip


def gap_rows(scene: Scene, within: tuple[datetime, datetime]) -> Rows:
    """The times WITHIN those shown that have no data, before and after the snapshots too."""
    ends = (Gap(within[0], scene.first), Gap(scene.last, within[1]))
    normal = longest_normal_spacing(scene.timeline)
    return [
        {
            "time": epoch(gap.start), "until": epoch(gap.end),
            "middle": (epoch(gap.start) + epoch(gap.end)) // 2,
            "text": f"no data for {lasting(gap.seconds)}",
        }
        for gap in (*scene.gaps, *(end for end in ends if end.seconds > normal))
    ]  # fmt: skip


def lead_rows(scene: Scene, columns: int) -> Rows:
    """Who was ahead, and when; leads of one app are joined over what no column shows."""
    if not scene.comparable:
        return []
    least = (scene.last - scene.first) / columns
    rooms = {name: round(width(name, 11, bold=True)) + 10 for name in scene.names}
    runs: list[tuple[datetime, datetime, str | None]] = []
    for span in scene.spans:
        leader = scene.name(span.leader) if span.leader else None
        if runs and span.end - span.start < least and span.start - runs[-1][1] < least:
            start, _, before = runs[-1]
            runs[-1] = (start, span.end, before)
        elif runs and runs[-1][2] == leader and span.start - runs[-1][1] < least:
            runs[-1] = (runs[-1][0], span.end, leader)
        else:
            runs.append((span.start, span.end, leader))
    return [
        {"time": epoch(start), "until": epoch(end), "app": leader, "room": rooms[leader]}
        for start, end, leader in runs
        if leader
    ]


def band_rows(scene: Scene) -> Rows:
    """The interval of each overtake, with its words; of too many none."""
    years = scene.first.year != scene.last.year
    changes = scene.changes if len(scene.changes) <= MOST_BANDS else ()
    return [
        {
            "time": epoch(change.after), "until": epoch(change.by), "mark": str(number),
            "app": scene.name(change.winner), "status": change.status.value,
            "text": change_text(scene, change),
            "when": interval(change.after, change.by, scene.zone, year=years),
        }
        for number, change in enumerate(changes, 1)
    ]  # fmt: skip


def note_rows(scene: Scene, every: Sequence[Note] = ()) -> Rows:
    """The dated notes, lettered as in EVERY, where given; numbers are those of overtakes."""
    marks = {note: letters(number) for number, note in enumerate(every or scene.notes, 1)}
    return [
        {"time": epoch(note.at), "text": note_text(note), "mark": marks[note]}
        for note in scene.notes
    ]


def letters(number: int) -> str:
    """A, B, … Z, AA, AB, …: how HTML's lists count with letters."""
    before, last = divmod(number - 1, 26)
    return (letters(before) if before else "") + chr(ord("A") + last)


def context_rows(scene: Scene, columns: int) -> dict[str, Rows]:
    """``others``: lines of a few other apps; ``band``: the middle half of more of them."""
    if not scene.context:
        return {}
    if len(scene.context) <= MOST_LINES:
        lines = [
            row
            for series in scene.context
            for row in _step_rows(series, series.app.name, stretches(series), columns)
        ]
        last = epoch(scene.context[0].timeline.times[-1])
        names = [
            {"time": last, "rank": series.ranks[-1], "app": series.app.name}
            for series in scene.context
            if series.ranks[-1] is not None
        ]
        return {"others": lines, "other names": names}
    return {"band": list(_quartiles(scene.context, columns))}


def _quartiles(context: Sequence[Series], columns: int) -> Iterator[Row]:
    """Upper quartile, median and lower quartile at each snapshot; None beyond the chart."""
    line = context[0].timeline
    many = len(context)
    whole = [True, *whole_spacings(line)]
    every = max(1, len(line.times) // columns)
    shown: tuple[int | None, ...] = ()
    for n, time in enumerate(line.times):
        ranks = sorted(each.ranks[n] or _BEYOND for each in context)
        picked = (ranks[many // 4], ranks[many // 2], ranks[(3 * many) // 4])
        quartiles = tuple(rank if rank < _BEYOND else None for rank in picked)
        if not whole[n]:
            yield _quartile_row(line.times[n - 1], shown)
            yield _quartile_row(line.times[n - 1], (None, None, None))
        if not whole[n] or n == len(line.times) - 1 or (quartiles != shown and n % every == 0):
            yield _quartile_row(time, quartiles)
            shown = quartiles


def _quartile_row(time: datetime, quartiles: Sequence[int | None]) -> Row:
    return {"time": epoch(time), **dict(zip(("high", "median", "low"), quartiles, strict=True))}


def ranks_of_context(rows: Mapping[str, Rows]) -> list[int]:
    """The ranks of other apps that the axis must show: lines, or upper quartile and median."""
    ranks = [row["rank"] for row in rows.get("others", ())]
    ranks += [row[key] for row in rows.get("band", ()) for key in ("high", "median")]
    return [rank for rank in ranks if rank is not None]


def ranks_shown(series: Sequence[Series]) -> tuple[int, int]:
    """The best and the worst rank of SERIES; the whole chart where none is ranked."""
    ranked = [rank for each in series for rank in set(each.ranks) if rank is not None]
    if not ranked:
        return 1, max(series[0].timeline.whole_depths, default=10)
    return min(ranked), max(ranked)
