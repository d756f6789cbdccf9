"""The sentences of a picture: headline, subtitle, captions, source line and description."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TypeVar

from tracker.analysis import Kind, Overtake, Status, coverage_of, leaders, never_ranked, stats
from tracker.model import Provenance, Series, Timeline
from tracker.report.dates import between, day, days, on_days, zone_words
from tracker.report.naming import one_line
from tracker.report.scene import Note, Scene, scene
from tracker.words import PROVENANCES, SINGLE_APPS, SOURCES, chart_words, coverage_words, warned

_TIMES = {1: "", 2: " twice", 3: " three times", 4: " four times"}
#: Changes of the lead, and notes, that a description lists; of more the last ones.
MOST_DESCRIBED = 12
#: More context apps than this are one band, not lines.
MOST_LINES = 3
#: More bands of overtakes than this would be one grey wall: none is drawn.
MOST_BANDS = 40

Item = TypeVar("Item")


def headline(series: Sequence[Series], confirm: int = 2) -> str:
    """The story of SERIES in one line; ``NothingToShow`` below two snapshots."""
    return headline_of(scene(series, confirm))


def headline_of(drawn: Scene) -> str:
    """The story in one line, with a warning before ranks that nobody observed."""
    return warned(_story(drawn), drawn.timeline.provenances)


def _story(drawn: Scene) -> str:
    if not any(any(series.ranks) for series in drawn.series):
        return _never_ranked(drawn)
    if len(drawn.series) == 1:
        return _single(drawn)
    if not drawn.changes:
        return _left(drawn) or _no_change(drawn)
    news, last = _takeovers(drawn.changes), drawn.changes[-1]
    if last.status is Status.PENDING and len(drawn.changes) == 1:
        return f"{_passed(drawn, [last])}; too early to tell whether it lasts"
    if len(news) == 1:
        text = _takeover(drawn, news[0])
    else:
        text = _takeovers_story(drawn, news) if news else _unconfirmed(drawn)
    if last.status is Status.PENDING:
        text += f"; whether {drawn.name(last.winner)} stays ahead is too early to tell"
    return text


def _takeovers(changes: Sequence[Overtake]) -> list[Overtake]:
    """The confirmed changes that gave the lead to another app: winning it back after a flip is no
    news."""
    news: list[Overtake] = []
    for change in changes:
        holder = news[-1].winner if news else changes[0].loser
        if change.status is Status.CONFIRMED and change.winner != holder:
            news.append(change)
    return news


def _takeover(drawn: Scene, change: Overtake) -> str:
    """One change: ``DeepSeek took number one from ChatGPT on 26 January 2025``."""
    winner, loser = drawn.name(change.winner), drawn.name(change.loser)
    when = _when(drawn, [change])
    text = {
        Kind.PASS: f"{winner} {'took number one from' if _top([change]) else 'overtook'} {loser} "
        f"{when}",
        Kind.ENTRY: f"{winner} entered the chart ahead of {loser} {when}",
        Kind.EXIT: f"{loser} left the chart {when}, leaving {winner} ahead",
        Kind.EXCHANGE: f"{winner} entered the chart as {loser} left it {when}",
    }[change.kind]
    return f"{text}, across a gap without data" if change.gap else text


def _takeovers_story(drawn: Scene, news: Sequence[Overtake]) -> str:
    """Several changes: who took the lead from whom, how often, and who has it now."""
    first, last = news[0].loser, news[-1].winner
    lost = [change for change in news if change.loser == first]
    # First lost it and won it back, over and over.
    if last == first and 2 * len(lost) == len(news):
        verb = f"knocked {drawn.name(first)} off number one"
        verb = verb if _top(news) else f"overtook {drawn.name(first)}"
        names = [drawn.name(change.winner) for change in lost]
        others = list(dict.fromkeys(names))
        if len(others) == 1:
            back = f"{drawn.name(first)} came back{' each time' * (len(lost) > 1)}"
            return f"{others[0]} {verb}{_times(len(lost))} {_when(drawn, lost)}; {back}"
        if len(others) < len(names):
            others = [f"{name} ({_times(names.count(name)).strip() or 'once'})" for name in others]
        few = f"{', '.join(others[:-1])} and {others[-1]}"
        who = few if len(others) < 4 else f"{len(others)} apps"
        return f"{who} {verb} {_when(drawn, lost)}; it came back each time"
    apps = {app.app_id: app for change in news for app in (change.loser, change.winner)}
    when = _when(drawn, news)
    if len(apps) == 2:
        one, other = drawn.name(last), *(drawn.name(app) for app in apps.values() if app != last)
        text = f"{one} and {other} swapped the lead{_times(len(news))} {when}"
    else:
        all_of = "both" if len(news) == 2 else "all"
        text = f"The lead changed hands{_times(len(news))} among {len(apps)} apps, {all_of} {when}"
    return text + _in_the_end(drawn, news[-1])


def _in_the_end(drawn: Scene, change: Overtake) -> str:
    """``; DeepSeek has led since 5 Jul 2026``, if it did; who was ahead at the last snapshot."""
    times, ahead = drawn.timeline.times, leaders(drawn.series)
    since = set(ahead[times.index(change.by) :])
    if ahead[-1] is None or drawn.changes[-1].status is Status.PENDING:
        return ""
    if len(since) > 1:
        return f"; {drawn.names[ahead[-1]]} ended ahead"
    return f"; {drawn.names[ahead[-1]]} has led since {day(change.by, drawn.zone)}"


def _unconfirmed(drawn: Scene) -> str:
    """No change was confirmed: ``AI Video passed CapCut briefly on 13 May 2026``."""
    holder = drawn.changes[0].loser
    flips = [change for change in drawn.changes if change.status is Status.FLIP]
    lost = [flip for flip in flips if flip.loser == holder]
    if not lost:
        return _passed(drawn, [drawn.changes[-1]])
    if len({flip.winner.app_id for flip in lost}) == 1:
        return _passed(drawn, lost, " briefly")
    return f"{drawn.name(holder)} lost the lead briefly{_times(len(lost))} {_when(drawn, lost)}"


def _passed(drawn: Scene, changes: Sequence[Overtake], briefly: str = "") -> str:
    """``AI Video passed CapCut briefly twice in May 2026``."""
    winner, loser = drawn.name(changes[0].winner), drawn.name(changes[0].loser)
    return f"{winner} passed {loser}{briefly}{_times(len(changes))} {_when(drawn, changes)}"


def _times(many: int) -> str:
    """`` twice``, `` 5 times``; nothing for once."""
    return _TIMES.get(many, f" {many} times")


def _top(changes: Sequence[Overtake]) -> bool:
    """Whether each took number one from the app that had it."""
    return all(each.winner_rank_after == 1 == each.loser_rank_before for each in changes)


def _when(drawn: Scene, changes: Sequence[Overtake]) -> str:
    return on_days([(change.after, change.by) for change in changes], drawn.zone)


def _left(drawn: Scene) -> str | None:
    """How an app left the chart, where it did from so high that it did not just sink out of it."""
    deepest = max(drawn.timeline.whole_depths, default=0)
    gone = [leaving for leaving in drawn.leavings if leaving.rank**2 <= deepest]
    if not gone:
        return None
    leaving = gone[-1]
    when = on_days([(leaving.after, leaving.by)], drawn.zone)
    return f"{drawn.name(leaving.app)} left the chart {when}, from number {_number(leaving.rank)}"


def _no_change(drawn: Scene) -> str:
    line = drawn.timeline
    leads = [lead for lead in leaders(drawn.series) if lead is not None]
    ahead = max(sorted(set(leads)), key=leads.count)
    never = never_ranked(drawn.series)
    others = [
        name
        for number, (series, name) in enumerate(zip(drawn.series, drawn.names, strict=True))
        if number != ahead and series.app not in never
    ]
    unranked = drawn.name(never[0]) if len(never) == 1 else f"{len(never)} others"
    if not others:
        there = _share(leads.count(ahead), len(line.times), len(line.times))
        return f"{drawn.names[ahead]} was ranked {there}, {unranked} never"
    behind = others[0] if len(others) == 1 else f"{len(others)} others"
    share = _share(leads.count(ahead), len(leads), len(line.times))
    sentence = f"{drawn.names[ahead]} was ahead of {behind} {share}"
    return f"{sentence}; {unranked} never ranked" if never else sentence


def _share(many: int, determined: int, snapshots: int) -> str:
    if many == snapshots:
        return "at every snapshot"
    if determined == snapshots:
        return f"at {many:,} of {snapshots:,} snapshots"
    return f"at {many:,} of the {determined:,} snapshots with either"


def _single(drawn: Scene) -> str:
    (series,), (name,), line = drawn.series, drawn.names, drawn.timeline
    figures = stats(series)
    if figures.peak_at is None:
        return _never_ranked(drawn)
    if figures.peak_rank == 1 and series.ranks[0] != 1:
        before = line.times[series.ranks.index(1) - 1]
        return f"{name} reached number one {on_days([(before, figures.peak_at)], drawn.zone)}"
    gone = _left(drawn)
    if gone:
        return gone
    best, there = _number(figures.peak_rank), series.ranks.count(figures.peak_rank)
    if series.ranks[0] != figures.peak_rank:
        return f"{name} peaked at number {best} on {day(figures.peak_at, drawn.zone)}"
    # It had that rank before the first snapshot: no peak was observed.
    if best == "one" or 2 * there > len(series.ranks):
        return f"{name} was number {best} {_share(there, len(series.ranks), len(series.ranks))}"
    return f"{name} was highest at the first snapshot, number {best}"


def _number(rank: int | None) -> str:
    return "one" if rank == 1 else str(rank)


def _never_ranked(drawn: Scene) -> str:
    names = drawn.names
    who = {
        1: f"{names[0]} was never",
        2: f"Neither {names[0]} nor {names[-1]} was ever",
    }.get(len(names), f"None of the {len(names)} apps was ever")
    return f"{who} in the top {depth_words(drawn.timeline)}"


# Captions


def change_text(drawn: Scene, change: Overtake) -> str:
    """``DeepSeek passes ChatGPT``: an overtake in a caption, its interval beside it."""
    winner, loser = drawn.name(change.winner), drawn.name(change.loser)
    text = {
        Kind.PASS: f"{winner} passes {loser}",
        Kind.ENTRY: f"{winner} enters ahead of {loser}",
        Kind.EXIT: f"{loser} leaves, {winner} ahead",
        Kind.EXCHANGE: f"{winner} enters, {loser} leaves",
    }[change.kind]
    doubt = {Status.FLIP: ", briefly", Status.PENDING: "?"}.get(change.status, "")
    return text + doubt


def note_text(note: Note) -> str:
    return one_line(note.title)


# Below the headline, and below the plot


def subtitle_of(drawn: Scene) -> str:
    """Chart, days and zone, in one line."""
    when = days(drawn.first, drawn.last, drawn.zone).replace(" ", "\u00a0")
    return f"{chart_words(drawn.timeline.chart)} · {when}, {zone_words(drawn.zone)}"


def source_words(line: Timeline) -> str:
    """Source, depth, cadence and coverage."""
    name = SOURCES.get(line.source)
    source = f"{name} ({line.source})" if name else line.source
    return f"Source: {source}, {top_words(line)}. {_sentence(coverage_words(coverage_of(line)))}"


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}." if words else ""


def method_words(drawn: Scene) -> str:
    """What the marks mean, only of those that are there."""
    states = [change.status for change in drawn.changes]
    several, bands = len(states) > 1, 0 < len(states) <= MOST_BANDS
    sentences = {
        # Where every spacing is a gap no rank is known to hold.
        "A rank holds until the next snapshot.": len(drawn.gaps) < len(drawn.timeline.times) - 1,
        f"Unranked: {unranked_words(drawn.timeline)}.": any(None in s.ranks for s in drawn.series),
        f"{_tally(drawn.changes)}.": several,
        "A band is the interval in which the lead changed.": bands,
        _context_words(len(drawn.context)): bool(drawn.context),
        "Faint bands: a lead lost again too soon to count.": bands and Status.FLIP in states,
    }
    return " ".join(words for words, there in sentences.items() if there)


def _context_words(many: int) -> str:
    if many == 1:
        return "Grey: the other app that ranked highest."
    if many <= MOST_LINES:
        return f"Grey: the {many} other apps that ranked highest."
    return f"Grey: the {many} other apps that ranked highest, their middle half and median."


def _tally(changes: Sequence[Overtake]) -> str:
    """``14 changes of the lead: 9 confirmed (4 of them won back), 5 too brief to count``."""
    states = [change.status for change in changes]
    confirmed, all_words = states.count(Status.CONFIRMED), f"{len(states)} changes of the lead"
    # What a headline does not count: an app that has the lead again after a flip.
    back = confirmed - len(_takeovers(changes))
    won = f" ({f'{back} of them ' if back < confirmed else ''}won back after a brief loss)"
    if confirmed == len(states):
        return f"{all_words}, all confirmed"
    counts = {
        f"confirmed{won if back else ''}": confirmed,
        "too brief to count": states.count(Status.FLIP),
        "too early to tell": states.count(Status.PENDING),
    }
    return f"{all_words}: " + ", ".join(
        f"{count} {words}" for words, count in counts.items() if count
    )


def provenance_words(kinds: Collection[Provenance]) -> str:
    """Where ranks were not recorded by this program a sentence that says so; else nothing."""
    estimated = {kind for kind in kinds if not kind.observed}
    parts = []
    for some, part in ((estimated, "Dashed: "), (set(kinds) - estimated, "In part ")):
        text = "; ".join(words for kind, words in PROVENANCES.items() if kind in some)
        if text:
            mixed = len(set(kinds)) > len(some & set(PROVENANCES)) or bool(some - set(PROVENANCES))
            parts.append(_sentence(f"{part if mixed else ''}{text}"))
    return " ".join(parts)


def footer_of(
    drawn: Scene, *, now: datetime | None = None, credit: str | None = None
) -> tuple[str, ...]:
    """Source, method, and provenance; who made it, and when."""
    line = drawn.timeline
    made = " ".join(
        part
        for part in (
            f"{credit.strip()}." if credit and credit.strip() else "",
            f"Drawn {day(now, drawn.zone)}." if now else "",
        )
        if part
    )
    came = provenance_words(set(line.provenances))
    parts = (f"{source_words(line)} {came}".strip(), method_words(drawn), made)
    return tuple(part for part in parts if part)


def depth_words(*timelines: Timeline) -> str:
    """``100``, or ``98–100`` where the whole charts differ; nothing where there are none."""
    depths = {depth for line in timelines for depth in line.whole_depths}
    return range_words(depths) if depths else ""


def top_words(*timelines: Timeline) -> str:
    """``top 100``; of snapshots with ranks of some apps only how many those are."""
    sparse = sum(line.sparse for line in timelines)
    every = sum(len(line.times) for line in timelines)
    if sparse == every:
        return SINGLE_APPS
    some = f" ({sparse:,} of {every:,} snapshots: {SINGLE_APPS})" if sparse else ""
    return f"top {depth_words(*timelines)}{some}"


def range_words(numbers: Collection[int]) -> str:
    """``100``, or ``98–100``: from the least to the most."""
    least, most = min(numbers), max(numbers)
    return str(most) if least == most else f"{least}–{most}"


def unranked_words(*timelines: Timeline) -> str:
    """``not in the top 100``: what unranked means."""
    depths = depth_words(*timelines)
    return f"not in the top {depths}" if depths else "not ranked"


# For those who do not see the picture


def description_of(drawn: Scene) -> str:
    """Headline, subtitle, changes of the lead, leavings, notes, and the last ranks."""
    zone = drawn.zone
    parts = [
        f"{headline_of(drawn)}. {subtitle_of(drawn)}. {source_words(drawn.timeline)}",
        provenance_words(set(drawn.timeline.provenances)),
        "A step line of rank over time for each app, rank 1 on top.",
        _listed("Changes of the lead", drawn.changes, lambda change: change_words(drawn, change)),
        *(
            f"{drawn.name(gone.app)} left the chart {between(gone.after, gone.by, zone)}, after "
            f"number {gone.rank}."
            for gone in drawn.leavings
        ),
        _listed("Dated notes", drawn.notes, lambda note: f"{day(note.at, zone)}, {note.title}"),
        f"At the last snapshot {', '.join(_last(drawn))}.",
    ]
    return " ".join(part for part in parts if part)


def change_words(drawn: Scene, change: Overtake) -> str:
    """``DeepSeek passes ChatGPT between …``, with what is uncertain about it."""
    when = between(change.after, change.by, drawn.zone)
    gap = ", across a gap without data" if change.gap else ""
    return f"{change_text(drawn, change).rstrip('?')} {when}{gap}" + (
        "; too early to tell whether it lasts" if change.status is Status.PENDING else ""
    )


def _listed(heading: str, items: Sequence[Item], words: Callable[[Item], str]) -> str:
    """``Changes of the lead: … ; …``, nothing where there are none."""
    if not items:
        return ""
    more = len(items) > MOST_DESCRIBED
    which = f", the last {MOST_DESCRIBED} of {len(items)}" if more else ""
    return f"{heading}{which}: {'; '.join(map(words, items[-MOST_DESCRIBED:]))}."


def _last(drawn: Scene) -> list[str]:
    return [
        f"{name} "
        + ("is unranked" if series.ranks[-1] is None else f"is number {series.ranks[-1]}")
        for name, series in zip(drawn.names, drawn.series, strict=True)
    ]
