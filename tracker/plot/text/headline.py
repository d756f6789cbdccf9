"""The headline: one sentence computed from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tracker.analysis import Kind, Overtake, Status, leaders, never_ranked, stats
from tracker.model import Series
from tracker.plot.scene import Scene, scene
from tracker.plot.text.words import between, day, days, depth_words
from tracker.words import warned


def headline(series: Sequence[Series], confirm: int = 2) -> str:
    """What matters most: the last confirmed change of the lead, else who was ahead, else a peak.

    A pending change is told as such; NothingToShow below two snapshots.
    """
    return headline_of(scene(series, confirm))


def headline_of(drawn: Scene, *, brief: bool = False) -> str:
    """The sentence, with a warning before one that nobody observed: it will be quoted.

    A BRIEF one, for phones, leaves out the clock of an interval longer than a day's.
    """
    return warned(_sentence(drawn, brief=brief), drawn.timeline.provenances)


def _sentence(drawn: Scene, *, brief: bool) -> str:
    if all(rank is None for one in drawn.series for rank in one.ranks):
        return _never_ranked(drawn)
    if len(drawn.series) == 1:
        return _one_app(drawn, brief=brief)
    change = chief_change(drawn.changes)
    if change:
        return told_change(drawn, change, brief=brief)
    return _left(drawn, brief=brief) or _no_change(drawn)


def chief_change(changes: Sequence[Overtake]) -> Overtake | None:
    """The change to tell first: the last confirmed one that gave the lead to another app.

    Winning it back after a flip is no news. Where none did, a pending change; else None.
    """
    chief, holder = None, changes[0].loser if changes else None
    for change in changes:
        if change.status == Status.CONFIRMED and change.winner != holder:
            chief, holder = change, change.winner
    pending = next((change for change in changes if change.status == Status.PENDING), None)
    return chief or pending


def told_change(drawn: Scene, change: Overtake, *, brief: bool = False) -> str:
    """``DeepSeek passed ChatGPT between …``, with what makes it more or less than that."""
    winner, loser = drawn.brief(change.winner), drawn.brief(change.loser)
    when = between(change.after, change.by, drawn.zone, brief=brief)
    again = " again" if _passed_before(drawn, change) else ""
    told = {
        Kind.PASS: f"{winner} passed {loser}{again} {when}",
        Kind.ENTRY: f"{winner} entered the chart ahead of {loser} {when}",
        Kind.EXIT: f"{loser} left the chart {when}, leaving {winner} ahead",
        Kind.EXCHANGE: f"{winner} entered the chart as {loser} left it, {when}",
    }[change.kind]
    if change.status == Status.PENDING:
        return f"{told}; too early to tell whether it lasts"
    if change.gap:
        return f"{told}, across a gap without data"
    return told + _at_the_top(drawn, change)


def _passed_before(drawn: Scene, change: Overtake) -> bool:
    """Whether the winner passed the loser earlier in the time drawn, too."""
    return any(
        (other.winner, other.loser) == (change.winner, change.loser) and other.by < change.by
        for other in drawn.changes
    )


def _at_the_top(drawn: Scene, change: Overtake) -> str:
    """``, reaching number one`` for the first time in the time drawn, or ``, back at`` it."""
    winning = next(one for one in drawn.series if one.app == change.winner)
    first = _first_at_one(winning)
    if change.winner_rank_after != 1 or first is None:
        return ""
    return ", reaching number one" if first == change.by else ", back at number one"


def _first_at_one(series: Series) -> datetime | None:
    """When the app was first seen at number one, None where never."""
    return series.timeline.times[series.ranks.index(1)] if 1 in series.ranks else None


def _left(drawn: Scene, *, brief: bool) -> str | None:
    """How an app left the chart, if one did from so high that it did not just sink out of it."""
    gone = [one for one in drawn.leavings if one.rank**2 <= max(drawn.timeline.whole_depths)]
    if not gone:
        return None
    name, when = (
        drawn.brief(gone[-1].app),
        between(gone[-1].after, gone[-1].by, drawn.zone, brief=brief),
    )
    return f"{name} left the chart {when}, from number {_count(gone[-1].rank)}"


def _no_change(drawn: Scene) -> str:
    line = drawn.timeline
    leads = [lead for lead in leaders(drawn.series) if lead is not None]
    chief = max(sorted(set(leads)), key=leads.count)
    when = days(line.times[0], line.times[-1], drawn.zone)
    ahead = _looks(leads.count(chief), len(leads), len(line.times))
    never = never_ranked(drawn.series)
    compared = [
        drawn.brief(one.app)
        for number, one in enumerate(drawn.series)
        if number != chief and one.app not in never
    ]
    unranked = drawn.brief(never[0]) if len(never) == 1 else f"{len(never)} others"
    if not compared:
        there = _looks(leads.count(chief), len(line.times), len(line.times))
        return f"{drawn.briefs[chief]} was ranked {there}, {unranked} never, {when}"
    behind = compared[0] if len(compared) == 1 else f"{len(compared)} others"
    sentence = f"{drawn.briefs[chief]} was ahead of {behind} {ahead}, {when}"
    return f"{sentence}; {unranked} never ranked" if never else sentence


def _looks(ahead: int, determined: int, looks: int) -> str:
    if ahead == looks:
        return "at every snapshot"
    if determined == looks:
        return f"at {ahead} of {looks} snapshots"
    return f"at {ahead} of the {determined} snapshots that found one of them"


def _one_app(drawn: Scene, *, brief: bool) -> str:
    one, line = drawn.series[0], drawn.timeline
    name, found = drawn.briefs[0], stats(one)
    when = days(line.times[0], line.times[-1], drawn.zone)
    if found.peak_at is None:
        return _never_ranked(drawn)
    if found.peak_rank == 1 and one.ranks[0] != 1:
        before = line.times[one.ranks.index(1) - 1]
        return (
            f"{name} reached number one {between(before, found.peak_at, drawn.zone, brief=brief)}"
        )
    gone = _left(drawn, brief=brief)
    if gone:
        return gone
    best, there, looks = _count(found.peak_rank), one.ranks.count(found.peak_rank), len(one.ranks)
    if one.ranks[0] != found.peak_rank:
        return f"{name} peaked at number {best} on {day(found.peak_at, drawn.zone)}"
    # It was there before anybody looked: that was no peak, or none that was seen.
    if best == "one" or 2 * there > looks:
        return f"{name} was number {best} {_looks(there, looks, looks)}, {when}"
    first = day(line.times[0], drawn.zone)
    return f"{name} was highest at the first snapshot, number {best} on {first}"


def _count(rank: int | None) -> str:
    return "one" if rank == 1 else str(rank)


def _never_ranked(drawn: Scene) -> str:
    names, line = drawn.briefs, drawn.timeline
    who = {
        1: f"{names[0]} was never",
        2: f"Neither {names[0]} nor {names[-1]} was",
    }.get(len(names), f"None of the {len(names)} apps was")
    when = days(line.times[0], line.times[-1], drawn.zone)
    return f"{who} in the top {depth_words(line)}, {when}"
