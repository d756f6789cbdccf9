"""The words about a picture: when, where, how well watched, and what the marks mean."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta, tzinfo

from tracker.analysis import Status, coverage_of
from tracker.model import Provenance, Series, Timeline
from tracker.plot.scene import Scene, scene
from tracker.plot.times.zones import offset_words, zone_words
from tracker.words import PROVENANCES, SINGLE_APPS, SOURCES, chart_words, coverage_words, warned


def day(time: datetime, zone: tzinfo) -> str:
    """``5 Jul 2026``."""
    return date_words(time.astimezone(zone))


def date_words(time: date, *, year: bool = True) -> str:
    """``5 Jul 2026``, or without the YEAR, of a time in the zone it is told in."""
    return f"{time.day} {time:%b %Y}" if year else f"{time.day} {time:%b}"


def days(start: datetime, end: datetime, zone: tzinfo) -> str:
    """``5 Jul 2026``, ``5–9 Jul 2026``, ``30 Jun – 2 Jul 2026``, ``30 Dec 2025 – 2 Jan 2026``."""
    return dates_words(start.astimezone(zone).date(), end.astimezone(zone).date())


def dates_words(first: date, last: date) -> str:
    """The same of two dates."""
    if first == last:
        return date_words(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{date_words(last)}"
    return f"{date_words(first, year=first.year != last.year)} – {date_words(last)}"


def between(after: datetime, by: datetime, zone: tzinfo, *, brief: bool = False) -> str:
    """``between 26 Jan 2025 08:00 and 09:00 UTC+9``; days alone where the interval is long.

    A BRIEF one tells the clock only where both are of one day.
    """
    first, last = after.astimezone(zone), by.astimezone(zone)
    one_day, one_year = first.date() == last.date(), first.year == last.year
    if by - after >= timedelta(days=2) or (brief and not one_day):
        month = one_year and first.month == last.month
        start = first.day if month else date_words(first, year=not one_year)
        return f"between {start} and {date_words(last)}"
    clock = "%H:%M" if by - after >= timedelta(minutes=2) else "%H:%M:%S"
    later = "" if one_day else f"{date_words(last, year=not one_year)} "
    before, offset = offset_words(after, zone), offset_words(by, zone)
    # Said twice only where the clocks were changed in between.
    told = f"{first:{clock}}" + f" {before}" * (before != offset)
    return f"between {date_words(first)} {told} and {later}{last:{clock}} {offset}"


def lasting(seconds: float) -> str:
    """``40 seconds``, ``1 hour``, ``2 days``: the largest unit that says it without a fraction."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        # 0.95 lets 23 hours and 55 minutes be a day.
        if seconds >= 0.95 * size and (seconds >= 1.9 * size or seconds <= 1.1 * size):
            many = round(seconds / size)
            return f"{many} {unit}{'s' * (many != 1)}"
    many = round(seconds / 60) if seconds >= 60 else round(seconds)
    unit = "minute" if seconds >= 60 else "second"
    return f"{many} {unit}{'s' * (many != 1)}"


def depth_words(*timelines: Timeline) -> str:
    """``100``, or ``98–100`` where the whole charts differ; nothing where there are none."""
    depths = {depth for line in timelines for depth in line.whole_depths}
    return range_words(depths) if depths else ""


def top_words(*timelines: Timeline) -> str:
    """``top 100``; of snapshots that are no whole charts that they are none, and how many."""
    sparse, every = (
        sum(line.sparse for line in timelines),
        sum(len(line.times) for line in timelines),
    )
    if sparse == every:
        return SINGLE_APPS
    some = f" ({sparse:,} of {every:,} snapshots: {SINGLE_APPS})" if sparse else ""
    return f"top {depth_words(*timelines)}{some}"


def range_words(numbers: Collection[int]) -> str:
    """``100``, or ``98–100``: from the least to the most."""
    least, most = min(numbers), max(numbers)
    return str(most) if least == most else f"{least}–{most}"


def provenance_words(timeline: Timeline) -> str | None:
    """Where ranks were not recorded by this program, a sentence that says so, else None."""
    return drawn_words(set(timeline.provenances))


def drawn_words(kinds: Collection[Provenance]) -> str | None:
    """The same for ranks of all these KINDS in one plot: what is no observation is dashed."""
    dashed = {kind for kind in kinds if not kind.observed}
    solid = set(kinds) - dashed
    recorded = {Provenance.RECORDED}
    sentences = [
        came_words(dashed | (recorded if solid else set()), "Dashed:") if dashed else None,
        came_words(solid | (recorded if dashed else set()), "In part") if solid else None,
    ]
    return "; ".join(words for words in sentences if words) or None


def came_words(kinds: Collection[Provenance], part: str) -> str | None:
    """The sentence for ranks of all these KINDS; it begins with PART where some were recorded."""
    told = "; ".join(words for kind, words in PROVENANCES.items() if kind in kinds)
    if told and Provenance.RECORDED in kinds:
        return f"{part} {told}"
    return told[0].upper() + told[1:] if told else None


def subtitle(series: Sequence[Series]) -> tuple[str, ...]:
    """A line each: chart and days; source, depth, coverage; changes and provenance."""
    return subtitle_of(scene(series))


def subtitle_of(drawn: Scene) -> tuple[str, ...]:
    line = drawn.timeline
    source = SOURCES.get(line.source)
    where = f"{source} ({line.source})" if source else line.source
    told = provenance_words(line)
    more = " · ".join([*_tally(drawn), *([told] if told else [])])
    return (
        f"{chart_words(line.chart)} · {_days(drawn)}, {zone_words(drawn.zone)}",
        f"Source: {where}, {top_words(line)}, {coverage_words(coverage_of(line))}",
        *([more] if more else []),
    )


def short_subtitle_of(drawn: Scene) -> tuple[str, ...]:
    """The same in one line, to be broken, for a picture with little room: without long names,
    and without the word with which the headline begins.
    """
    line = drawn.timeline
    told = provenance_words(line)
    parts = [
        chart_words(line.chart),
        f"{_days(drawn)}, {drawn.zone}",
        f"{line.source}, {top_words(line)}",
        coverage_words(coverage_of(line)).replace(" gap", "\u00a0gap"),
        *_tally(drawn, brief=True),
        *([_unwarned(told, line.provenances)] if told else []),
    ]
    return (" · ".join(parts),)


def _unwarned(told: str, provenances: Collection[Provenance]) -> str:
    """What is TOLD of these, without the warning that stands before a headline of theirs."""
    left = told.removeprefix(warned("", provenances))
    return left[0].upper() + left[1:]


def _days(drawn: Scene) -> str:
    times = drawn.timeline.times
    return days(times[0], times[-1], drawn.zone)


def _tally(drawn: Scene, *, brief: bool = False) -> list[str]:
    """``4 changes of the lead: 3 confirmed, 1 flip``, where there is more than one.

    A BRIEF one does not say of what.
    """
    states = [change.status for change in drawn.changes]
    counts = {
        "confirmed": states.count(Status.CONFIRMED),
        "too brief to count": states.count(Status.FLIP),
        "too early to tell": states.count(Status.PENDING),
    }
    if len(states) < 2:
        return []
    changes = f"{len(states)} changes" + f" of {_lead(drawn)}" * (not brief)
    if counts["confirmed"] == len(states):
        return [f"{changes}, all confirmed"]
    told = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
    return [f"{changes}: {told}"]


def _lead(drawn: Scene) -> str:
    """``the lead``; among the apps drawn where it changed hands beneath number one."""
    top = all(change.winner_rank_after == 1 for change in drawn.changes)
    return "the lead" if top else "the lead among these"


#: What dashes say of lines.
NOT_OBSERVED = "not observed in the store"
#: Why nobody can be said to be ahead.
NOBODY_AHEAD = "none of them ranked"


def nobody_ahead(drawn: Scene) -> bool:
    """Whether there was a time at which none was ranked of several that are compared."""
    return drawn.comparable and any(span.leader is None for span in drawn.spans)


def context_words(drawn: Scene) -> str:
    """``the 5 other apps that stood highest``."""
    many = len(drawn.context)
    return f"the {many} other apps that stood highest" if many > 1 else "the highest other app"


def footnote(
    drawn: Scene,
    now: datetime | None = None,
    *,
    brief: bool = False,
    numbered: bool = False,
    dotted: bool = True,
) -> str:
    """What the marks mean, only of those that are there; a BRIEF one says least of it.

    It says nothing of notes where they are NUMBERED, for then they are told beneath the plot, and
    nothing of who was ahead where nothing is DOTTED.
    """
    states = {change.status for change in drawn.changes}
    bands = "when" if brief else "the time within which"
    # Once: in a subtitle that says how many changes there were, or else here.
    lead = _lead(drawn) if brief or len(drawn.changes) < 2 else "the lead"
    observed = any(kind.observed for kind in set(drawn.timeline.provenances))
    told = {
        "Steps: a rank holds until the next snapshot.": not brief,
        f"Bands: {bands} {lead} changed hands.": drawn.changes,
        "Faint: a lead lost again too soon to count.": Status.FLIP in states,
        "Dashed outline: too early to tell.": Status.PENDING in states,
        f"Only the {len(drawn.banded)} that held longest are drawn.": (
            len(drawn.banded) < len(drawn.changes)
        ),
        "Hollow: out of the chart.": drawn.leavings,
        f"{'U' if brief else 'Thin u'}pright lines: notes, not from the chart.": (
            drawn.notes and not numbered
        ),
        f"{'G' if brief else 'Thin g'}rey lines: {context_words(drawn)}.": drawn.context,
        # Where some ranks were observed the subtitle says it of the others.
        f"Dashed{'' if brief else ' lines'}: {NOT_OBSERVED}.": not observed,
        f"Dotted: {NOBODY_AHEAD}.": dotted and nobody_ahead(drawn),
        f"Grey{' areas' if drawn.context else ''}: no data.": drawn.gaps,
    }
    date = [f"Drawn {day(now, drawn.zone)}."] if now is not None else []
    return " ".join([*(words for words, there in told.items() if there), *date])
