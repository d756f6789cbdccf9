"""Rules and what was seen become alerts. Pure: no clock, no database.

Looking at the newest snapshot after each pass (``fresh``) tells what looking back over all of them
(``judged``) tells: the same alerts, each once, with the same ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from tracker.alerts.facts import Alert, Background, News, Standing
from tracker.alerts.transitions import States, Turn, Verdict, far_enough, peaks, turns
from tracker.analysis import coverage_of, leaders, longest_normal_spacing
from tracker.evidence import Event
from tracker.model import Chart, Series, Timeline, reaches
from tracker.settings import Rule, What


@dataclass(frozen=True, slots=True)
class View:
    """The looks at one chart by one source, as series of the apps that a rule is about.

    For ``number-one`` they are all apps that were at rank 1. ``whole``: there was no data before
    the first of them; else ``best_before`` gives the first app's smallest rank before that, and
    ``month`` the snapshots of the month up to one of them.
    """

    series: tuple[Series, ...]
    whole: bool
    best_before: Callable[[], int | None]
    month: Callable[[datetime], Timeline]

    @property
    def line(self) -> Timeline:
        return self.series[0].timeline


def background(month: Timeline) -> Background:
    """The figures of the snapshots of a month."""
    return Background(longest_normal_spacing(month), coverage_of(month))


def judged(rule: Rule, view: View) -> list[tuple[Alert, Verdict]]:
    """Every turn that RULE is about, and what becomes of it. VIEW is whole."""
    found = _peak_turns(rule, view) if rule.what is What.PEAK else _state_turns(rule, view)[0]
    return [(_alert(rule, view, *one), one[0].verdict) for one in found]


def fresh(rule: Rule, view: View) -> list[Alert] | None:
    """What the newest snapshot confirms; None where looks before the first of VIEW are needed."""
    newest = len(view.line.times) - 1
    if rule.what is What.PEAK:
        found = _peak_turns(rule, view) if _may_be_a_peak(rule, view) else []
        enough = newest >= rule.confirm
    else:
        found, enough = _state_turns(rule, view)
    if not (enough or view.whole):
        return None
    return [
        _alert(rule, view, *one)
        for one in found
        if one[0].confirmed == newest and one[0].verdict is Verdict.SENT
    ]


def stale(
    rule: Rule, chart: Chart, source: str, times: Sequence[datetime], now: datetime
) -> list[Alert]:
    """Each time that nothing was stored for longer than RULE allows, and the snapshot that ended
    it.

    TIMES are the successes.
    """
    assert rule.after is not None
    span, found = f"{rule.after.total_seconds():.0f}s", []
    for number, (last, following) in enumerate(pairwise((*times, now)), 1):
        if following - last <= rule.after:
            continue
        name, noticed = f"{Event(source, chart, last)};stale-{span}", last + rule.after
        found.append(Alert(name, News.STALE, rule, chart, source, last, noticed, noticed))
        if number < len(times):
            name = f"{Event(source, chart, following)};again-{span}"
            found.append(Alert(name, News.AGAIN, rule, chart, source, last, following, following))
    return found


#: A turn, and the snapshot it is told against: for a move the one where the app stood before, for a
#: peak the peak before it.
_Found = tuple[Turn, int | None]


def _state_turns(rule: Rule, view: View) -> tuple[list[_Found], bool]:
    """The turns that RULE is about, and whether the view goes back far enough for the newest."""
    states, against, known = _states(rule, view)
    found = [
        (turn, against[turn.first])
        for turn in turns(states, rule.confirm)
        if _wanted(rule, turn.state)
    ]
    return found, far_enough(states[known:], rule.confirm)


def _states(rule: Rule, view: View) -> tuple[States, Sequence[int | None], int]:
    """A state for each snapshot, the snapshot it is told against, and the first snapshot that is
    surely so.
    """
    series, nothing = view.series, [None] * len(view.line.times)
    if rule.what is What.OVERTAKE:
        return leaders(series), nothing, 0
    if rule.what is What.NUMBER_ONE:
        return _firsts(series), nothing, 0
    if rule.what is What.TOP:
        assert rule.top is not None
        return _in_top(series[0], rule.top), nothing, 0
    assert rule.ranks is not None
    assert rule.within is not None
    moves = [_move(series[0], look, rule.ranks, rule.within) for look in range(len(nothing))]
    known = 0 if view.whole else _first_after(view.line, rule.within)
    return [state for state, _ in moves], [look for _, look in moves], known


def _wanted(rule: Rule, state: object) -> bool:
    if rule.what is What.OVERTAKE:
        return state == 0
    if rule.what is What.NUMBER_ONE:
        return rule.app is None or state == rule.app.app_id
    return state is not News.STALE


def _firsts(series: Sequence[Series]) -> list[str | None]:
    """Who is at rank 1, for each snapshot."""
    return [
        next((one.app.app_id for one, rank in zip(series, ranks, strict=True) if rank == 1), None)
        for ranks in zip(*(one.ranks for one in series), strict=True)
    ]


def _in_top(series: Series, top: int) -> list[News | None]:
    """Whether the app is within the ranks 1 to TOP; None where a snapshot was too shallow to
    tell.
    """
    states: list[News | None] = []
    for rank, depth in zip(series.ranks, series.timeline.depths, strict=True):
        out = News.LEAVES if reaches(depth, top) else None
        states.append(out if rank is None else News.ENTERS if rank <= top else News.LEAVES)
    return states


#: The state of an app that did not move far; no news is of it.
_STILL = News.STALE


def _move(
    series: Series, look: int, least: int, within: timedelta
) -> tuple[News | None, int | None]:
    """Up or down by at least LEAST ranks, and the snapshot of the widest move; the latest of
    equals.

    None where no snapshot within WITHIN before tells anything.
    """
    times, widest, against = series.timeline.times, 0, None
    for past in range(look - 1, -1, -1):
        if times[look] - times[past] > within:
            break
        way = _way(series, past, look)
        if way is not None and (against is None or abs(way) > abs(widest)):
            widest, against = way, past
    if against is None:
        return None, None
    if abs(widest) < least:
        return _STILL, against
    return (News.UP if widest > 0 else News.DOWN), against


def _way(series: Series, past: int, look: int) -> int | None:
    """The ranks an app surely moved up between two snapshots, negative for down; None: unranked
    twice.

    Unranked it stood below the snapshot's last line: that bounds the move from below. A snapshot
    too shallow to bound it says that it may not have moved.
    """
    before, now, depths = series.ranks[past], series.ranks[look], series.timeline.depths
    if before is not None and now is not None:
        return before - now
    if now is not None:
        return max(0, (depths[past] or 0) + 1 - now)
    if before is not None:
        return -max(0, (depths[look] or 0) + 1 - before)
    return None


def _first_after(line: Timeline, span: timedelta) -> int:
    """The first snapshot that has a whole SPAN of snapshots before it."""
    start = line.times[0] + span
    return next((look for look, time in enumerate(line.times) if time >= start), len(line.times))


def _may_be_a_peak(rule: Rule, view: View) -> bool:
    """Whether the snapshot to be confirmed beats those of the view, so that earlier ones matter."""
    ranks, look = view.series[0].ranks, len(view.line.times) - rule.confirm
    rank = ranks[look] if look >= 0 else None
    return rank is not None and all(one is None or one > rank for one in ranks[:look])


def _peak_turns(rule: Rule, view: View) -> list[_Found]:
    best = None if view.whole else view.best_before()
    found = peaks(view.series[0].ranks, rule.confirm, best)
    least = rule.top
    return [
        (turn, before)
        for turn, before in found
        if least is None or (isinstance(turn.state, int) and turn.state <= least)
    ]


def _alert(rule: Rule, view: View, turn: Turn, against: int | None) -> Alert:
    line = view.line
    last = against if rule.what is What.MOVE and against is not None else turn.last
    confirmed = turn.first if turn.confirmed is None else turn.confirmed
    news, standings = _news(rule, view, turn, last)
    after, by = line.times[last], line.times[turn.first]
    month = background(view.month(line.times[confirmed]))
    between = pairwise(line.times[last : turn.first + 1])
    return Alert(
        id=_id(news, rule, line, by, standings),
        news=news,
        rule=rule,
        chart=line.chart,
        source=line.source,
        after=after,
        by=by,
        confirmed_at=line.times[confirmed],
        standings=standings,
        depths=(line.depths[last], line.depths[turn.first]),
        provenances=tuple(dict.fromkeys(line.provenances[last : confirmed + 1])),
        background=month,
        gap=any((two - one).total_seconds() > month.normal for one, two in between),
        best=against if rule.what is What.PEAK else None,
    )


def _news(rule: Rule, view: View, turn: Turn, last: int) -> tuple[News, tuple[Standing, ...]]:
    """What happened, and where the apps stood; LAST is the snapshot before."""
    by_id = {one.app.app_id: one for one in view.series}
    if rule.what is What.NUMBER_ONE:
        told = [by_id[str(turn.state)], next(one for one in view.series if one.ranks[last] == 1)]
        news = News.NUMBER_ONE
    elif rule.what is What.OVERTAKE:
        told, news = list(view.series), News.OVERTAKE
    else:
        told = [view.series[0]]
        news = turn.state if isinstance(turn.state, News) else News.PEAK
    return news, tuple(Standing(one.app, one.ranks[last], one.ranks[turn.first]) for one in told)


def _id(news: News, rule: Rule, line: Timeline, by: datetime, standings: Sequence[Standing]) -> str:
    """The same in every database: an overtake's is the ledger's own, the others' name the
    snapshot.
    """
    first = standings[0]
    if news is News.OVERTAKE:
        other = standings[1].app.app_id
        return str(Event(line.source, line.chart, by, first.app.app_id, other))
    return f"{Event(line.source, line.chart, by)};{first.app.app_id};{_token(news, rule, first)}"


def _token(news: News, rule: Rule, standing: Standing) -> str:
    if news in (News.ENTERS, News.LEAVES):
        return f"{'enters' if news is News.ENTERS else 'leaves'}-top-{rule.top}"
    if news in (News.UP, News.DOWN):
        assert rule.within is not None
        return f"{news}-{rule.ranks}-in-{rule.within.total_seconds():.0f}s"
    return f"peak-{standing.now}" if news is News.PEAK else "number-one"
