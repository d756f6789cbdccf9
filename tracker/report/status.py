"""The state of each chart, in lines and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from tracker.analysis.health import Flag, Standstill
from tracker.model import Chart, iso
from tracker.report.advice import advice, cross_check_words
from tracker.status import Foreign, Holder, Status, Watched
from tracker.store.cross_checks import CrossCheck
from tracker.words import PROVENANCES, charts_words, coverages_words, duration_words, window_words

Item = TypeVar("Item")


#: More charts than this that are alike share a line.
_APART = 3


def charts_lines(status: Status, charts: Sequence[Watched]) -> Iterator[str]:
    """The state of each of CHARTS; those that are alike share a line."""
    for group in _groups(charts, lambda chart: (chart.source, chart.flags)):
        if len(group) > _APART:
            yield from _group_lines(group, status)
        else:
            for chart in group:
                yield from _chart_lines(chart, status)


def status_lines(status: Status, cadence_from: str) -> Iterator[str]:
    """What else is stored, what keeps the database, and what is wrong, with what to do.

    CADENCE_FROM says where the cadence is set.
    """
    yield from _stored_lines(status)
    yield (
        f"cadence {duration_words(status.every.total_seconds())}, from {cadence_from}; "
        f"{status.path}: {status.size / 1e6:.1f} MB; {_holder_words(status.holder)}"
    )
    problems = [(flag, chart) for chart in status.watched for flag in chart.flags]
    for alike in _groups(problems, lambda problem: (problem[0], problem[1].source)):
        yield from _problem_lines(alike, status)
    if status.held:
        yield held_words(status)
    many = len(problems) + bool(status.held)
    yield f"problems: {many}" if many else "all is well"


def _groups(items: Iterable[Item], key: Callable[[Item], Hashable]) -> list[list[Item]]:
    """ITEMS by KEY, in the order in which each key came first."""
    groups: dict[Hashable, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


def _group_lines(group: Sequence[Watched], status: Status) -> Iterator[str]:
    """Charts of one source with the same flags, in a few lines."""
    source, flags = group[0].source, ", ".join(group[0].flags) or "well"
    charts = charts_words([chart.chart for chart in group])
    yield f"{len(group)} charts  {source}  {flags}: {charts}"
    newest = sorted(chart.health.newest for chart in group if chart.health.newest)
    if newest:
        yield f"  last success {_span(newest[0], newest[-1])}"
        for name in group[0].health.coverage:
            seen = [chart.health.coverage[name] for chart in group if chart.health.coverage]
            yield f"  in the last {name}: {coverages_words(seen)}"
    if len(newest) < len(group):
        yield f"  no success yet: {len(group) - len(newest)}"
    imported = [chart for chart in group if _foreign(chart, status)]
    if imported:
        yield f"  imported, never read by this program: {len(imported)}"
    yield "  each one: 'apptrack status CHART', or --json"


def _chart_lines(chart: Watched, status: Status) -> Iterator[str]:
    """One chart: three lines, and one for each kind of failure."""
    health = chart.health
    yield f"{chart.chart}  {chart.source}  {', '.join(chart.flags) or 'well'}"
    yield from _newest_lines(chart, status)
    if foreign := _foreign(chart, status):
        yield f"  never read by this program; stored: {_foreign_words([foreign])}"
    if health.misdated:
        yield f"  snapshots dated by a clock behind the store: {health.misdated}"
    if chart.second:
        yield f"  second source: {cross_check_words(chart.second)}"
    for kind, times in chart.week.items():
        yield f"  failed attempts, {kind}: {chart.day.get(kind, 0)} in a day, {times} in a week"
    if chart.unparsed:
        yield (
            f"  responses of a month that could not be parsed: {chart.unparsed} "
            "('apptrack reparse' parses them again)"
        )


def _newest_lines(chart: Watched, status: Status) -> Iterator[str]:
    """When the chart was last read, and with what."""
    health = chart.health
    if chart.empty_at:
        yield f"  empty, the store says, {iso(chart.empty_at)}{_next(chart, status)}"
    elif health.newest is None:
        yield f"  no success yet{_next(chart, status)}"
    if health.newest is not None:
        age = duration_words(max((status.now - health.newest).total_seconds(), 0))
        unusual = health.usual_depth not in (None, health.depth)
        usual = f" where {health.usual_depth} are usual" if unusual else ""
        yield (
            f"  last success {iso(health.newest)}, {age} ago{_next(chart, status)}; "
            f"depth {health.depth}{usual}"
        )
        for name, observed in health.coverage.items():
            yield f"  in the last {name}: {window_words(observed)}"


def _next(chart: Watched, status: Status) -> str:
    if chart.due is None:
        return ""
    if chart.due < status.now:
        return f"; next pass overdue since {chart.due:%m-%d %H:%M}"
    return f"; next pass at {chart.due:%H:%M}"


def _stored_lines(status: Status) -> Iterator[str]:
    """What is stored besides: charts of earlier settings, and charts from files."""
    for group in _groups(status.others, lambda other: (other.source, _kind(other.chart))):
        if len(group) > _APART:
            newest = sorted(other.newest for other in group)
            yield (
                f"not in these settings, also stored: {len(group)} storefronts of "
                f"{_kind(group[0].chart)} {group[0].source}, last observed "
                f"{_span(newest[0], newest[-1])}"
            )
            continue
        for other in group:
            yield (
                f"not in these settings, also stored: {other.chart} {other.source}, "
                f"last observed {iso(other.newest)}"
            )
    watched = {(chart.chart, chart.source) for chart in status.watched}
    rest = [chart for chart in status.foreign if (chart.chart, chart.source) not in watched]
    for alike in _groups(rest, lambda chart: (chart.source, chart.provenance, _kind(chart.chart))):
        yield f"also stored: {_foreign_words(alike)}"
    for slug in status.unreadable:
        yield f"stored and not shown: {slug}, which is not a chart of either store"


def _problem_lines(problems: Sequence[tuple[Flag, Watched]], status: Status) -> Iterator[str]:
    """A line for each problem; of more than a few that are alike one for all."""
    flag, first = problems[0]
    if len(problems) > _APART:
        what, do = advice(flag, first, status)
        charts = charts_words([chart.chart for _, chart in problems])
        yield (
            f"{flag}: {len(problems)} charts of {first.source}: {charts}. Of the first: {what}. "
            f"What to do: {do}. 'apptrack status CHART' or --json has each."
        )
        return
    for _, chart in problems:
        what, do = advice(flag, chart, status)
        yield f"{flag}: {chart.chart} {chart.source}: {what}. What to do: {do}."


def _foreign(chart: Watched, status: Status) -> Foreign | None:
    pair = (chart.chart, chart.source)
    return next((chart for chart in status.foreign if (chart.chart, chart.source) == pair), None)


def _foreign_words(alike: Sequence[Foreign]) -> str:
    """Charts that were imported, in a line: how many, which, and the newest snapshots."""
    first, newest = alike[0], sorted(chart.newest for chart in alike)
    which = str(first.chart) if len(alike) == 1 else f"{len(alike)} of {_kind(first.chart)}"
    return (
        f"{which} {first.source}, {PROVENANCES.get(first.provenance, first.provenance)}; "
        f"newest snapshot {_span(newest[0], newest[-1])}"
    )


def _kind(chart: Chart) -> str:
    """``*/iphone/top-free/apps``: the chart in whatever storefront."""
    return f"*/{chart.slug.partition('/')[2]}"


def _span(first: datetime, last: datetime) -> str:
    return iso(first) if first == last else f"{iso(first)} to {iso(last)}"


def _holder_words(holder: Holder | None) -> str:
    if holder is None:
        return "no daemon holds it"
    return f"a daemon holds it (process {holder.pid or 'unknown'}, since {holder.since})"


def held_words(status: Status) -> str:
    """A line on the responses that wait beside the database; empty where none does."""
    if not status.held:
        return ""
    since = f" since {iso(status.held_since)}" if status.held_since else ""
    return (
        f"held: {status.held} waiting in {status.path}.held{since}: the database could not be "
        "written when they came. What to do: end what keeps it locked; the next pass stores them."
    )


def status_json(status: Status, charts: Sequence[Watched]) -> dict[str, Any]:
    """The whole state as one object, of CHARTS only."""
    holder = status.holder
    return {
        "well": status.well,
        "now": iso(status.now),
        "cadence_seconds": int(status.every.total_seconds()),
        "database": {"path": str(status.path), "bytes": status.size},
        "held": {
            "responses": status.held,
            "since": iso(status.held_since) if status.held_since else None,
        },
        "daemon": {"pid": holder.pid, "since": holder.since} if holder else None,
        "charts": [chart_json(chart, status) for chart in charts],
        "other_charts": [
            {"chart": str(chart.chart), "source": chart.source, "last_success": iso(chart.newest)}
            for chart in status.others
        ],
        "foreign_charts": [
            {
                "chart": str(chart.chart),
                "source": chart.source,
                "newest": iso(chart.newest),
                "provenance": chart.provenance.value,
            }
            for chart in status.foreign
        ],
        "unreadable_charts": list(status.unreadable),
    }


def chart_json(chart: Watched, status: Status) -> dict[str, Any]:
    """The state of one chart: times as ISO 8601, durations in seconds, shares from 0 to 1."""
    health = chart.health
    problems = [(flag, *advice(flag, chart, status)) for flag in chart.flags]
    return {
        "chart": str(chart.chart),
        "source": chart.source,
        "last_success": iso(health.newest) if health.newest else None,
        "age_seconds": int((status.now - health.newest).total_seconds()) if health.newest else None,
        "last_attempt": iso(chart.last.at) if chart.last else None,
        "empty_at": iso(chart.empty_at) if chart.empty_at else None,
        "next_pass": iso(chart.due) if chart.due else None,
        "coverage": {name: observed.to_json() for name, observed in health.coverage.items()},
        "depth": health.depth,
        "usual_depth": health.usual_depth,
        "same_ranks": _json_standstill(health.ranks),
        "same_published_at": _json_standstill(health.published),
        "clock_behind_seconds": int(health.clock_behind.total_seconds()),
        "dated_by_a_clock_behind": health.misdated,
        "failed": {"day": chart.day, "week": chart.week},
        "unparsed_responses": chart.unparsed,
        "cross_check": _json_cross_check(chart.second),
        "flags": [str(flag) for flag in chart.flags],
        "problems": [{"flag": str(flag), "what": what, "do": do} for flag, what, do in problems],
    }


def flat_chart(chart: Watched, status: Status) -> dict[str, Any]:
    """The same as flat values for a CSV: shares of coverage, how many fetches failed, one text."""
    row = chart_json(chart, status)
    health, second = chart.health, chart.second
    parts = {
        **{f"coverage_{name}": seen["coverage"] for name, seen in row.pop("coverage").items()},
        **{f"failed_{name}": sum(kinds.values()) for name, kinds in row.pop("failed").items()},
        "same_ranks_seconds": int(health.ranks.seconds) if health.ranks else None,
        "same_published_at_seconds": int(health.published.seconds) if health.published else None,
        "cross_check_shared_apps": round(second.apps, 4) if second else None,
        "flags": " ".join(chart.flags),
        "problems": "; ".join(problem["what"] for problem in row["problems"]),
    }
    for name in ("same_ranks", "same_published_at", "cross_check", "flags", "problems"):
        del row[name]
    return row | parts


def _json_cross_check(second: CrossCheck | None) -> dict[str, Any] | None:
    if second is None:
        return None
    return {
        "source": second.source,
        "observed_at": iso(second.observed_at),
        "compared": second.compared,
        "shared_apps": round(second.apps, 4),
        "same_order": None if second.order is None else round(second.order, 4),
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
