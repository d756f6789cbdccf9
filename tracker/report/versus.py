"""Two apps summed up, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from tracker.analysis import Bounds
from tracker.analysis.rivalry import Rivalry
from tracker.report.times import shown
from tracker.words import duration_words


def versus_rows(summary: Rivalry, settled: timedelta, zone: ZoneInfo) -> list[tuple[str, str]]:
    """A label and what is said of it; where one app was never ranked, only how often each was."""
    if summary.never_ranked:
        return list(_apart(summary))
    rows = [
        ("ahead at the last snapshot", _now_words(summary, zone)),
        ("since", _since_words(summary, zone)),
        ("margin", _margin_words(summary)),
    ]
    shares = summary.shares()
    for app, share in zip((summary.a, summary.b), shares or (), strict=False):
        rows.append((f"{app.name} ahead", _share_words(share)))
    rows.append(("lead changes", f"{summary.changes}, {summary.confirmed} of them confirmed"))
    if summary.longest:
        held = duration_words(summary.longest.seconds)
        lead = f"{summary.longest.leader.name}, {held} from its first snapshot to its last"
        rows.append(("longest lead", lead))
    rows.append(("standing", _standing_words(summary, settled)))
    return rows


def _now_words(summary: Rivalry, zone: ZoneInfo) -> str:
    if summary.now is None:
        return "undetermined: no snapshot found either app"
    if summary.undetermined_since:
        seen = shown(summary.undetermined_since, zone)
        return f"undetermined; at {seen} it was {summary.now.leader.name}"
    return f"{summary.now.leader.name}, at {shown(summary.observed_at, zone)}"


def _since_words(summary: Rivalry, zone: ZoneInfo) -> str:
    if summary.now is None:
        return ""
    if summary.last is None:
        return (
            f"the first snapshot that shows either, at {shown(summary.now.first, zone)}, or before"
        )
    after, by = shown(summary.last.after, zone), shown(summary.last.by, zone)
    return f"after {after} and by {by} ({summary.last.status})"


def _margin_words(summary: Rivalry) -> str:
    if summary.now is None:
        return "not known: neither was ranked"
    if summary.margin is None or summary.log_margin is None:
        return "not known: one of them is unranked"
    places = f"{summary.margin} place{'s' * (summary.margin != 1)}"
    return f"{places}, ln(rank ratio) {summary.log_margin:.3f}"


def _share_words(share: Bounds) -> str:
    return f"{share.lower:.1%} to {share.upper:.1%} of the time from first to last snapshot"


def _apart(summary: Rivalry) -> Iterator[tuple[str, str]]:
    """Two apps that cannot be compared, because no snapshot has one of them."""
    for series in summary.series:
        ranked = sum(rank is not None for rank in series.ranks)
        words = f"ranked in {ranked} of {len(series.ranks)} snapshots" if ranked else "never ranked"
        yield series.app.name, words
    yield "ahead", "not compared: both must have been ranked"


def _standing_words(summary: Rivalry, settled: timedelta) -> str:
    """``settled``, with what that rests on: the lead's first and last snapshot, and how many."""
    if not summary.settled or summary.now is None:
        return "contested"
    times = summary.timeline.times
    many = sum(summary.now.first <= time <= summary.now.last for time in times)
    lasted, least = duration_words(summary.now.seconds), duration_words(settled.total_seconds())
    return f"settled: ahead at each of {many} snapshots in {lasted}, of {least} needed"
