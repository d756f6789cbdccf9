"""The sentences of a picture: headline, subtitle, captions, source line and description."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TypeVar

from tracker.analysis import Kind, Overtake, Status, coverage_of, leaders, never_ranked, stats
from tracker.model import Provenance, Series, Timeline
from tracker.report.dates import between, day, days, on_days, zone_words
from tracker.report.naming import one_line
from tracker.report.scene import Note, Scene, scene
from tracker.words import (
    PROVENANCES,
    SINGLE_APPS,
    SOURCES,
    capitalized,
    chart_words,
    coverage_words,
    warned,
)

_TIMES = {1: "", 2: " twice", 3: " three times", 4: " four times"}
#: Changes of the lead, and notes, that a description lists; of more the last ones.
MOST_DESCRIBED = 12
#: More context apps than this are one band, not lines.
MOST_LINES = 3
#: Names of publications below a plot.
MOST_REPORTERS = 4
#: The address of a report, behind who says so.
_ADDRESS = re.compile(r",? https?://\S+$")
#: More bands of overtakes than this would be one grey wall: none is drawn.
MOST_BANDS = 40

Item = TypeVar("Item")


def headline(series: Sequence[Series], confirm: int = 2) -> str:
    """The story of SERIES in one line; ``NothingToShow`` below two snapshots."""
    return headline_of(scene(series, confirm))


def headline_of(scene: Scene) -> str:
    """The story in one line, with a warning where the ranks were not observed."""
    return warned(_story(scene), scene.timeline.provenances)


def _story(scene: Scene) -> str:
    if not any(any(series.ranks) for series in scene.series):
        return _never_ranked(scene)
    if len(scene.series) == 1:
        return _single(scene)
    if not scene.changes:
        return _left(scene) or _no_change(scene)
    news, last = _takeovers(scene.changes), scene.changes[-1]
    if last.status is Status.PENDING and len(scene.changes) == 1:
        return f"{_passed(scene, [last])}; too early to tell whether it lasts"
    if len(news) == 1:
        text = _takeover(scene, news[0])
    else:
        text = _takeovers_story(scene, news) if news else _unconfirmed(scene)
    if last.status is Status.PENDING:
        text += f"; whether {scene.name(last.winner)} stays ahead is too early to tell"
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


def _takeover(scene: Scene, change: Overtake) -> str:
    """One change: ``DeepSeek took number one from ChatGPT on 26 January 2025``."""
    winner, loser = scene.name(change.winner), scene.name(change.loser)
    when = _when(scene, [change])
    text = {
        Kind.PASS: f"{winner} {'took number one from' if _top([change]) else 'overtook'} {loser} "
        f"{when}",
        Kind.ENTRY: f"{winner} entered the chart ahead of {loser} {when}",
        Kind.EXIT: f"{loser} left the chart {when}, leaving {winner} ahead",
        Kind.EXCHANGE: f"{winner} entered the chart as {loser} left it {when}",
    }[change.kind]
    return f"{text}, across a gap without data" if change.gap else text


def _takeovers_story(scene: Scene, news: Sequence[Overtake]) -> str:
    """Several changes: who took the lead from whom, how often, and who has it now."""
    first, last = news[0].loser, news[-1].winner
    lost = [change for change in news if change.loser == first]
    # First lost it and won it back, over and over.
    if last == first and 2 * len(lost) == len(news):
        verb = f"knocked {scene.name(first)} off number one"
        verb = verb if _top(news) else f"overtook {scene.name(first)}"
        names = [scene.name(change.winner) for change in lost]
        others = list(dict.fromkeys(names))
        if len(others) == 1:
            back = f"{scene.name(first)} came back{' each time' * (len(lost) > 1)}"
            return f"{others[0]} {verb}{_times(len(lost))} {_when(scene, lost)}; {back}"
        if len(others) < len(names):
            others = [f"{name} ({_times(names.count(name)).strip() or 'once'})" for name in others]
        few = f"{', '.join(others[:-1])} and {others[-1]}"
        who = few if len(others) < 4 else f"{len(others)} apps"
        return f"{who} {verb} {_when(scene, lost)}; it came back each time"
    apps = {app.app_id: app for change in news for app in (change.loser, change.winner)}
    when = _when(scene, news)
    if len(apps) == 2:
        first_name, other = (
            scene.name(last),
            *(scene.name(app) for app in apps.values() if app != last),
        )
        text = f"{first_name} and {other} swapped the lead{_times(len(news))} {when}"
    else:
        all_of = "both" if len(news) == 2 else "all"
        text = f"The lead changed hands{_times(len(news))} among {len(apps)} apps, {all_of} {when}"
    return text + _in_the_end(scene, news[-1])


def _in_the_end(scene: Scene, change: Overtake) -> str:
    """``; DeepSeek has led since 5 Jul 2026``, if it did; who was ahead at the last snapshot."""
    times, ahead = scene.timeline.times, leaders(scene.series)
    since = set(ahead[times.index(change.by) :])
    if ahead[-1] is None or scene.changes[-1].status is Status.PENDING:
        return ""
    if len(since) > 1:
        return f"; {scene.names[ahead[-1]]} ended ahead"
    return f"; {scene.names[ahead[-1]]} has led since {day(change.by, scene.zone)}"


def _unconfirmed(scene: Scene) -> str:
    """No change was confirmed: ``AI Video passed CapCut briefly on 13 May 2026``."""
    holder = scene.changes[0].loser
    flips = [change for change in scene.changes if change.status is Status.FLIP]
    lost = [flip for flip in flips if flip.loser == holder]
    if not lost:
        return _passed(scene, [scene.changes[-1]])
    if len({flip.winner.app_id for flip in lost}) == 1:
        return _passed(scene, lost, " briefly")
    return f"{scene.name(holder)} lost the lead briefly{_times(len(lost))} {_when(scene, lost)}"


def _passed(scene: Scene, changes: Sequence[Overtake], briefly: str = "") -> str:
    """``AI Video passed CapCut briefly twice in May 2026``."""
    winner, loser = scene.name(changes[0].winner), scene.name(changes[0].loser)
    return f"{winner} passed {loser}{briefly}{_times(len(changes))} {_when(scene, changes)}"


def _times(many: int) -> str:
    """`` twice``, `` 5 times``; nothing for once."""
    return _TIMES.get(many, f" {many} times")


def _top(changes: Sequence[Overtake]) -> bool:
    """Whether each took number one from the app that had it."""
    return all(each.winner_rank_after == 1 == each.loser_rank_before for each in changes)


def _when(scene: Scene, changes: Sequence[Overtake]) -> str:
    return on_days([(change.after, change.by) for change in changes], scene.zone)


def _left(scene: Scene) -> str | None:
    """How an app left the chart, where it did from so high that it did not just sink out of it."""
    deepest = max(scene.timeline.whole_depths, default=0)
    gone = [leaving for leaving in scene.leavings if leaving.rank**2 <= deepest]
    if not gone:
        return None
    leaving = gone[-1]
    when = on_days([(leaving.after, leaving.by)], scene.zone)
    return f"{scene.name(leaving.app)} left the chart {when}, from number {_number(leaving.rank)}"


def _no_change(scene: Scene) -> str:
    line = scene.timeline
    leads = [lead for lead in leaders(scene.series) if lead is not None]
    ahead = max(sorted(set(leads)), key=leads.count)
    never = never_ranked(scene.series)
    others = [
        name
        for number, (series, name) in enumerate(zip(scene.series, scene.names, strict=True))
        if number != ahead and series.app not in never
    ]
    unranked = scene.name(never[0]) if len(never) == 1 else f"{len(never)} others"
    if not others:
        there = _share(leads.count(ahead), len(line.times), len(line.times))
        return f"{scene.names[ahead]} was ranked {there}, {unranked} never"
    behind = others[0] if len(others) == 1 else f"{len(others)} others"
    share = _share(leads.count(ahead), len(leads), len(line.times))
    sentence = f"{scene.names[ahead]} was ahead of {behind} {share}"
    return f"{sentence}; {unranked} never ranked" if never else sentence


def _share(many: int, determined: int, snapshots: int) -> str:
    if many == snapshots:
        return "at every snapshot"
    if determined == snapshots:
        return f"at {many:,} of {snapshots:,} snapshots"
    return f"at {many:,} of the {determined:,} snapshots with either"


def _single(scene: Scene) -> str:
    (series,), (name,), line = scene.series, scene.names, scene.timeline
    figures = stats(series)
    if figures.peak_at is None:
        return _never_ranked(scene)
    if figures.peak_rank == 1 and series.ranks[0] != 1:
        before = line.times[series.ranks.index(1) - 1]
        return f"{name} reached number one {on_days([(before, figures.peak_at)], scene.zone)}"
    gone = _left(scene)
    if gone:
        return gone
    best, there = _number(figures.peak_rank), series.ranks.count(figures.peak_rank)
    if series.ranks[0] != figures.peak_rank:
        return f"{name} peaked at number {best} on {day(figures.peak_at, scene.zone)}"
    # It had that rank before the first snapshot: no peak was observed.
    if best == "one" or 2 * there > len(series.ranks):
        return f"{name} was number {best} {_share(there, len(series.ranks), len(series.ranks))}"
    return f"{name} was highest at the first snapshot, number {best}"


def _number(rank: int | None) -> str:
    return "one" if rank == 1 else str(rank)


def _never_ranked(scene: Scene) -> str:
    names = scene.names
    who = {
        1: f"{names[0]} was never",
        2: f"Neither {names[0]} nor {names[-1]} was ever",
    }.get(len(names), f"None of the {len(names)} apps was ever")
    return f"{who} in the top {depth_words(scene.timeline)}"


# Captions


def change_text(scene: Scene, change: Overtake) -> str:
    """``DeepSeek passes ChatGPT``: an overtake in a caption, its interval beside it."""
    winner, loser = scene.name(change.winner), scene.name(change.loser)
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


def subtitle_of(scene: Scene) -> str:
    """Chart, days and zone, in one line."""
    when = days(scene.first, scene.last, scene.zone).replace(" ", "\u00a0")
    return f"{chart_words(scene.timeline.chart)} · {when}, {zone_words(scene.zone)}"


def source_words(line: Timeline) -> str:
    """Source, depth, cadence and coverage."""
    name = SOURCES.get(line.source)
    source = f"{name} ({line.source})" if name else line.source
    return f"Source: {source}, {top_words(line)}. {_sentence(coverage_words(coverage_of(line)))}"


def _sentence(words: str) -> str:
    return f"{capitalized(words)}." if words else ""


def method_words(scene: Scene) -> str:
    """What the marks mean, only of those that are there."""
    states = [change.status for change in scene.changes]
    several, bands = len(states) > 1, 0 < len(states) <= MOST_BANDS
    # Where every spacing is a gap no rank is known to hold.
    lines = len(scene.gaps) < len(scene.timeline.times) - 1
    sentences = {
        "A rank holds until the next snapshot.": lines,
        "Points are snapshots; between them there is no data.": not lines,
        f"Unranked: {unranked_words(scene.timeline)}.": any(None in s.ranks for s in scene.series),
        f"{_tally(scene.changes)}.": several,
        "A band is the interval in which the lead changed.": bands,
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
    scene: Scene, *, now: datetime | None = None, credit: str | None = None
) -> tuple[str, ...]:
    """Source, method, and provenance; who made it, and when."""
    line = scene.timeline
    made = " ".join(
        part
        for part in (
            f"{credit.strip()}." if credit and credit.strip() else "",
            f"Drawn {day(now, scene.zone)}." if now else "",
        )
        if part
    )
    came = provenance_words(set(line.provenances))
    grey = _context_words(len(scene.context)) if scene.context else ""
    source = " ".join(part for part in (source_words(line), came, _reporters(scene), grey) if part)
    parts = (source, method_words(scene), made)
    return tuple(part for part in parts if part)


def _reporters(scene: Scene) -> str:
    """Who reported the ranks that the press did, by the notes of their instants."""
    line = scene.timeline
    reported = {
        at
        for at, kind in zip(line.times, line.provenances, strict=True)
        if kind is Provenance.REPORTED
    }
    stated = [note.source for note in scene.notes if note.source and note.at in reported]
    names = list(dict.fromkeys(one_line(_ADDRESS.sub("", source)) for source in stated))
    if not names:
        return ""
    more = f"; and {len(names) - MOST_REPORTERS} more" * (len(names) > MOST_REPORTERS)
    return f"Reported by {'; '.join(names[:MOST_REPORTERS])}{more}."


def depth_words(*timelines: Timeline) -> str:
    """``100``, or ``98–100`` where the whole charts differ; nothing where there are none."""
    depths = {depth for line in timelines for depth in set(line.depths) if depth is not None}
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


def description_of(scene: Scene) -> str:
    """Headline, subtitle, changes of the lead, leavings, notes, and the last ranks."""
    zone = scene.zone
    parts = [
        f"{headline_of(scene)}. {subtitle_of(scene)}. {source_words(scene.timeline)}",
        provenance_words(set(scene.timeline.provenances)),
        "A step line of rank over time for each app, rank 1 on top.",
        _listed("Changes of the lead", scene.changes, lambda change: change_words(scene, change)),
        *(
            f"{scene.name(gone.app)} left the chart {between(gone.after, gone.by, zone)}, after "
            f"number {gone.rank}."
            for gone in scene.leavings
        ),
        _listed("Dated notes", scene.notes, lambda note: f"{day(note.at, zone)}, {note.title}"),
        f"At the last snapshot {', '.join(_last(scene))}.",
    ]
    return " ".join(part for part in parts if part)


def change_words(scene: Scene, change: Overtake) -> str:
    """``DeepSeek passes ChatGPT between …``, with what is uncertain about it."""
    when = between(change.after, change.by, scene.zone)
    gap = ", across a gap without data" if change.gap else ""
    return f"{change_text(scene, change).rstrip('?')} {when}{gap}" + (
        "; too early to tell whether it lasts" if change.status is Status.PENDING else ""
    )


def _listed(heading: str, items: Sequence[Item], words: Callable[[Item], str]) -> str:
    """``Changes of the lead: … ; …``, nothing where there are none."""
    if not items:
        return ""
    more = len(items) > MOST_DESCRIBED
    which = f", the last {MOST_DESCRIBED} of {len(items)}" if more else ""
    return f"{heading}{which}: {'; '.join(map(words, items[-MOST_DESCRIBED:]))}."


def _last(scene: Scene) -> list[str]:
    return [
        f"{name} "
        + ("is unranked" if series.ranks[-1] is None else f"is number {series.ranks[-1]}")
        for name, series in zip(scene.names, scene.series, strict=True)
    ]
