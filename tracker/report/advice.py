"""What is wrong with a chart, and what to do: a sentence each."""

from __future__ import annotations

from datetime import datetime, timedelta

from tracker.analysis import GAP_FACTOR
from tracker.analysis.health import Flag, Health, Standstill
from tracker.model import Outcome, iso
from tracker.status import Status, Watched
from tracker.store.cross_checks import CrossCheck
from tracker.words import duration_words


def clock_words(observed_at: datetime, behind: timedelta) -> str:
    """What the store's own time proves of this machine's clock."""
    return (
        f"this machine's clock said {iso(observed_at)} when the store's said "
        f"{iso(observed_at + behind)}"
    )


def cross_check_words(second: CrossCheck) -> str:
    """How another source's snapshot differs from this one's."""
    alike = f"has {second.apps:.0%} of its first {second.compared} apps"
    if second.order is not None:
        alike += f", {second.order:.0%} of their pairs in the same order"
    return f"{second.source}, {iso(second.observed_at)}, {alike}"


def advice(flag: Flag, chart: Watched, status: Status) -> tuple[str, str]:
    """What FLAG means for this chart, and what a person can do about it."""
    if flag is Flag.STALE:
        return _stale(chart, status)
    return {
        Flag.NEVER: _never,
        Flag.AHEAD: _ahead,
        Flag.BEHIND: _behind,
        Flag.REFUSED: _refused,
        Flag.SHRUNK: _shrunk,
        Flag.FROZEN: _frozen,
        Flag.OUTDATED: _outdated,
        Flag.DISAGREEING: _disagreeing,
    }[flag](chart)


def _never(chart: Watched) -> tuple[str, str]:
    collect = f"run 'apptrack collect {chart.chart}', or take it out of 'charts' in the settings"
    if chart.last is None:
        return "it was never read", collect
    if chart.last.outcome is Outcome.INTERRUPTED:
        at = iso(chart.last.at)
        return f"no snapshot ever succeeded; the last attempt, {at}, was interrupted", collect
    last = f"the last attempt, {iso(chart.last.at)}: {_outcome_words(chart)}"
    return f"no snapshot ever succeeded; {last}", (
        "fix what that says, or take the chart out of 'charts' in the settings"
    )


def _stale(chart: Watched, status: Status) -> tuple[str, str]:
    answers = [time for time in (chart.health.newest, chart.empty_at) if time]
    newest, seconds = max(answers), status.every.total_seconds()
    what = (
        f"last observed {duration_words((status.now - newest).total_seconds())} ago, more than "
        f"{GAP_FACTOR:g} times the cadence of {duration_words(seconds)}"
    )
    if chart.last and status.now - chart.last.at <= GAP_FACTOR * status.every:
        what += f"; the last attempt, {iso(chart.last.at)}: {_outcome_words(chart)}"
        return what, "if the next passes fail too, check the network and the store's address"
    if status.holder:
        return what, f"{_process(status)} holds the database and does not read: see its log"
    if chart.spacing and chart.spacing > GAP_FACTOR * seconds:
        return what, (
            f"snapshots are {duration_words(chart.spacing)} apart; if that is meant, set 'every' "
            "to it"
        )
    return what, "no daemon runs: start 'apptrack run', or see why cron does not start 'collect'"


def _process(status: Status) -> str:
    known = status.holder and status.holder.pid
    return f"process {known}" if known else "another process"


def _ahead(chart: Watched) -> tuple[str, str]:
    newest = chart.health.newest
    return f"its newest snapshot is dated {iso(newest) if newest else ''}, which is yet to come", (
        "set this machine's clock right: snapshots are stored with its time"
    )


def _behind(chart: Watched) -> tuple[str, str]:
    newest = chart.health.newest
    assert newest is not None
    return clock_words(newest, chart.health.clock_behind), (
        "set this machine's clock right; the snapshots stored until then keep the time it showed"
    )


def _refused(chart: Watched) -> tuple[str, str]:
    return f"the last response could not be parsed: {_outcome_words(chart)}", (
        "it is stored; upgrade apptrack, then run 'apptrack reparse' to parse it again"
    )


def _shrunk(chart: Watched) -> tuple[str, str]:
    health = chart.health
    if chart.empty_at:
        return f"the store calls it empty; the snapshot before had {health.depth} entries", (
            "compare with the store's own chart; if that has entries, choose another source in "
            "'sources'"
        )
    return f"{health.depth} entries, where {health.usual_depth} were usual in the month before", (
        f"an app below rank {health.depth} counts as unobserved, not as gone; if it stays so, "
        "choose another source in 'sources'"
    )


def _frozen(chart: Watched) -> tuple[str, str]:
    return _unchanged_words(chart.health), (
        "compare with the store's own chart; if that has other ranks, choose another source in "
        "'sources'"
    )


def _outdated(chart: Watched) -> tuple[str, str]:
    return (
        f"the feed is dated {duration_words(chart.health.behind)} before one that was fetched "
        "earlier: an old copy"
    ), (
        "its ranks are stored with the date of the feed; if the next pass brings no newer one, "
        "choose another source in 'sources'"
    )


def _unchanged_words(health: Health) -> str:
    def words(name: str, still: Standstill | None) -> str:
        if still is None or not still.unusual:
            return ""
        return (
            f"{name} for {duration_words(still.seconds)} in {still.snapshots} snapshots, since "
            f"{iso(still.since)}; never before for longer than "
            f"{duration_words(still.longest_before)}"
        )

    both = words("the same ranks", health.ranks), words("published at one time", health.published)
    return "; ".join(text for text in both if text)


def _disagreeing(chart: Watched) -> tuple[str, str]:
    assert chart.second is not None
    return f"another source shows another chart: {cross_check_words(chart.second)}", (
        "compare both with the store's own chart, and leave the wrong one out of 'sources'"
    )


def _outcome_words(chart: Watched) -> str:
    if chart.last is None:
        return "none was made"
    return (
        f"{chart.last.outcome}, {chart.last.error}" if chart.last.error else str(chart.last.outcome)
    )
