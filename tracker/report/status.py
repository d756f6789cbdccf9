"""The state of each chart, in lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracker.analysis.health import Standstill
from tracker.model import iso
from tracker.report.advice import advice
from tracker.status import Holder, Status, Watched, opinion_words
from tracker.store.cross_checks import CrossCheck
from tracker.words import duration_words, window_words


def chart_lines(one: Watched, found: Status) -> Iterator[str]:
    """What is told of one chart: three lines, and one for each kind of failure."""
    told = one.health
    yield f"{one.chart}  {one.source}  {', '.join(one.flags) or 'well'}"
    yield from _newest_lines(one, found)
    if told.misdated:
        yield f"  snapshots dated by a clock behind the store: {told.misdated}"
    if one.second:
        yield f"  second opinion: {opinion_words(one.second)}"
    for kind, times in one.week.items():
        yield f"  failed attempts, {kind}: {one.day.get(kind, 0)} in a day, {times} in a week"
    if one.quarantined:
        yield (
            f"  answers kept in a month and not understood: {one.quarantined} "
            "('apptrack reparse' reads them again)"
        )


def _newest_lines(one: Watched, found: Status) -> Iterator[str]:
    """When the chart was last read, and with what."""
    told = one.health
    if one.empty_at:
        yield f"  empty by the store's own word, {iso(one.empty_at)}{_next(one, found)}"
    elif told.newest is None:
        yield f"  no success yet{_next(one, found)}"
    if told.newest is not None:
        age = duration_words(max((found.now - told.newest).total_seconds(), 0))
        unusual = told.usual_depth not in (None, told.depth)
        usual = f" where {told.usual_depth} are usual" if unusual else ""
        yield (
            f"  last success {iso(told.newest)}, {age} ago{_next(one, found)}; "
            f"depth {told.depth}{usual}"
        )
        for name, observed in told.coverage.items():
            yield f"  in the last {name}: {window_words(observed)}"


def _next(one: Watched, found: Status) -> str:
    if one.due is None:
        return ""
    if one.due < found.now:
        return f"; next pass overdue since {one.due:%m-%d %H:%M}"
    return f"; next pass at {one.due:%H:%M}"


def holder_words(holder: Holder | None) -> str:
    if holder is None:
        return "no daemon holds it"
    return f"a daemon holds it (process {holder.pid or 'unknown'}, since {holder.since})"


def held_words(found: Status) -> str:
    """A line on the responses that wait beside the database; empty where none does."""
    if not found.held:
        return ""
    since = f" since {iso(found.held_since)}" if found.held_since else ""
    return (
        f"held: {found.held} waiting in {found.path}.held{since}: the database could not be "
        "written when they came. What to do: end what keeps it locked; the next pass stores them."
    )


def status_json(found: Status) -> dict[str, Any]:
    holder = found.holder
    return {
        "well": found.well,
        "now": iso(found.now),
        "cadence_seconds": int(found.every.total_seconds()),
        "database": {"path": str(found.path), "bytes": found.size},
        "held": {
            "responses": found.held,
            "since": iso(found.held_since) if found.held_since else None,
        },
        "daemon": {"pid": holder.pid, "since": holder.since} if holder else None,
        "charts": [_json_chart(one, found) for one in found.watched],
        "other_charts": [
            {"chart": str(one.chart), "source": one.source, "last_success": iso(one.newest)}
            for one in found.others
        ],
        "unreadable_charts": list(found.unreadable),
    }


def _json_chart(one: Watched, found: Status) -> dict[str, Any]:
    told = one.health
    problems = [(flag, *advice(flag, one, found)) for flag in one.flags]
    return {
        "chart": str(one.chart),
        "source": one.source,
        "last_success": iso(told.newest) if told.newest else None,
        "age_seconds": int((found.now - told.newest).total_seconds()) if told.newest else None,
        "last_attempt": iso(one.last.at) if one.last else None,
        "empty_at": iso(one.empty_at) if one.empty_at else None,
        "next_pass": iso(one.due) if one.due else None,
        "coverage": {name: observed.to_json() for name, observed in told.coverage.items()},
        "depth": told.depth,
        "usual_depth": told.usual_depth,
        "same_ranks": _json_standstill(told.ranks),
        "same_published_at": _json_standstill(told.published),
        "clock_behind_seconds": int(told.clock_behind.total_seconds()),
        "dated_by_a_clock_behind": told.misdated,
        "failed": {"day": one.day, "week": one.week},
        "not_understood": one.quarantined,
        "second_opinion": _json_opinion(one.second),
        "flags": [str(flag) for flag in one.flags],
        "problems": [{"flag": str(flag), "what": what, "do": do} for flag, what, do in problems],
    }


def _json_opinion(opinion: CrossCheck | None) -> dict[str, Any] | None:
    if opinion is None:
        return None
    return {
        "source": opinion.source,
        "observed_at": iso(opinion.observed_at),
        "compared": opinion.compared,
        "shared_apps": round(opinion.apps, 4),
        "same_order": None if opinion.order is None else round(opinion.order, 4),
    }


def _json_standstill(standstill: Standstill | None) -> dict[str, Any] | None:
    if standstill is None:
        return None
    return {
        "since": iso(standstill.since),
        "snapshots": standstill.snapshots,
        "seconds": int(standstill.seconds),
        "longest_before_seconds": int(standstill.longest_before),
    }
