"""The sentences about storefronts by day: the ranks of one app, or who of two was ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo

from tracker.analysis.days import DAY, Day, LeadDay, LeadDays, RankDays, lead_days, rank_days
from tracker.analysis.waves import Passage, Passing, passage
from tracker.errors import NothingToShow
from tracker.model import App, Provenance, Series, Timeline
from tracker.report.dates import dates_words, day, interval, is_utc, on_days
from tracker.report.facets import best_words, sources, watched
from tracker.report.naming import brief, briefs
from tracker.report.picture import depth_words, headline_of, provenance_words
from tracker.report.scene import scene
from tracker.storefronts import storefront_name, within_sentence
from tracker.words import chart_words, percent, warned

Rows = Sequence[RankDays] | Sequence[LeadDays]
Sort = Literal["peak", "first", "name"]
_ORDERS: Mapping[Sort, str] = {
    "peak": "best rank and the day it was reached",
    "first": "first day in the chart",
    "name": "name",
}


def all_days(rows: Rows) -> list[Day | LeadDay]:
    """Every day of every row; ``NothingToShow`` without any."""
    days = [each for row in rows for each in row.days]
    if not days:
        raise NothingToShow("no storefront was observed on this chart; run 'apptrack collect'")
    return days


def extent(rows: Rows) -> tuple[date, date]:
    """The first and the last day with a snapshot."""
    days = all_days(rows)
    return min(each.seen[0] for each in days), max(each.seen[-1] for each in days)


def ordered(rows: Sequence[RankDays], sort: Sort = "peak", zone: tzinfo = UTC) -> list[RankDays]:
    """ROWS by best rank and the day it was reached, by first day in the chart, or by name.

    Storefronts that never ranked the app come last, unless all go by name.
    """

    def key(row: RankDays) -> tuple[bool, int, int, str]:
        name, peak, debut = storefront_name(row.chart.storefront), row.peak, row.debut
        if sort == "name" or peak is None or debut is None or peak.best is None:
            return sort != "name", 0, 0, name
        # The day of it in ZONE, also where days are shown as weeks.
        reached = (peak.best, peak.at.astimezone(zone).toordinal())
        return False, *(reached if sort == "peak" else (debut.date.toordinal(), peak.best)), name

    return sorted(rows, key=key)


# Headlines


def heatmap_headline(app: App, rows: Sequence[RankDays]) -> str:
    """Where APP was at number one, else how high it was."""
    came = kinds(rows)
    return warned(_best(brief(app), rows), came)


def _best(name: str, rows: Sequence[RankDays]) -> str:
    peaks = [row.peak.best for row in rows if row.peak and row.peak.best is not None]
    if not peaks:
        where = f"{len(rows)} storefronts" if len(rows) > 1 else _only(rows[0])
        return f"{name} was never in the top {depth_words(*_timelines(rows))} of {where}"
    best = min(peaks)
    if len(rows) == 1:
        return f"{name} {best_words(best)} {_days_at_best(rows[0], best)}in {_only(rows[0])}"
    where = _share(peaks.count(best), len(rows), "storefront")
    if best == 1:
        return f"{name} {best_words(best)} in {where}"
    there = [row.chart.storefront for row in rows if row.peak and row.peak.best == best]
    return f"{name} {best_words(best)} in {where} ({_some(list(map(storefront_name, there)))})"


def _days_at_best(row: RankDays, best: int) -> str:
    """On how many of the days with a snapshot it was at number one; nothing of another rank."""
    days = sum(len(each.seen) for each in row.days)
    if best > 1 or days == 1:
        return ""
    there = sum(each.at_best for each in row.days if each.best == 1)
    return f"on {_share(there, days, 'day')} with data "


def wave_headline(
    apps: tuple[App, App], rows: Sequence[LeadDays], zone: tzinfo = UTC, confirm: int = 2
) -> str:
    """Of one storefront what its curve says; of several where the first app passed the second.

    Where that was observed first, for the intervals overlap; and in how many it was ahead in the
    end, where it did not stay ahead in all of them.
    """
    came = kinds(rows)
    if len(rows) == 1:
        return _of_one(apps, rows[0], zone, confirm)
    a, b = briefs(apps)
    both = [row for row in rows if not row.passage.never_ranked]
    if not both:
        return warned(f"No storefront of {len(rows)} ranked both {a} and {b}", came)
    that = " that ranked both" if len(both) < len(rows) else ""
    at_last = sum(map(_ahead_at_last, both))
    passed = [row.passage for row in both if row.passage.passing is Passing.PASSED]
    if not passed:
        back = _passed_back(apps, both, that, confirm)
        text = back or (
            f"{a} was ahead of {b} in {_share(at_last, len(both), 'storefront')}{that} at the last "
            "snapshot, with no confirmed overtake"
        )
        return warned(text, came)
    text = f"{a} passed {b} in {_share(len(passed), len(both), 'storefront')}{that}"
    text += _first(passed, zone)
    if at_last != len(passed):
        text += f"; ahead in {at_last} of {len(both)} at the last snapshot"
    return warned(text, came)


def _first(passed: Sequence[Passage], zone: tzinfo) -> str:
    """``, first in Japan on 3 April 2026``: where the overtake was observed first, and when."""
    changes = [(each.chart.storefront, each.overtake) for each in passed if each.overtake]
    earliest = changes[0][1]
    there = [within_sentence(code) for code, change in changes if change.by == earliest.by]
    seen = "seen first in " if len(there) < len(passed) else ""
    return f", {seen}{_some(there)} {on_days([(earliest.after, earliest.by)], zone)}"


def _passed_back(
    apps: tuple[App, App], both: Sequence[LeadDays], that: str, confirm: int
) -> str | None:
    """In how many of BOTH the second app passed the first, which passed it in none; None for 0."""
    mirrored = [passage(second, first, confirm) for first, second in (row.pair for row in both)]
    many = sum(each.passing is Passing.PASSED for each in mirrored)
    if not many:
        return None
    a, b = briefs(apps)
    undone = any(row.passage.passing is Passing.UNCONFIRMED for row in both)
    never = f"{a} has no confirmed overtake of {b}" if undone else f"{a} did not pass {b}"
    return f"{b} passed {a} in {_share(many, len(both), 'storefront')}{that}; {never} in any"


def _ahead_at_last(row: LeadDays) -> bool:
    """Whether the very last snapshot ranks the first app, and ahead."""
    a, b = (series.ranks[-1] for series in row.pair)
    return a is not None and (b is None or a < b)


def _of_one(apps: tuple[App, App], row: LeadDays, zone: tzinfo, confirm: int) -> str:
    if len(row.timeline.times) > 1:
        return headline_of(scene(row.pair, confirm, zone=zone))
    leader, never = row.days[0].leader, row.passage.never_ranked
    a, b = briefs(apps)
    if len(never) == 1:
        first, second = (b, a) if never[0] == apps[0] else (a, b)
        text = f"{first} was ranked and {second} was not"
    elif leader is None:
        text = f"Neither {a} nor {b} was in the top {depth_words(row.timeline)}"
    else:
        text = f"{a} was ahead of {b}" if leader == apps[0] else f"{b} was ahead of {a}"
    return warned(f"{text} at the one snapshot", kinds([row]))


# Around the plot


def subtitle(rows: Rows, zone: tzinfo) -> str:
    """Chart, days and zone, in one line."""
    words = chart_words(rows[0].chart)
    if len(rows) > 1:
        words = words.split(" · ", 1)[1]
    when = dates_words(*extent(rows)).replace(" ", "\u00a0")
    return f"{words} · {when}, days in {'UTC' if is_utc(zone) else zone}"


def heatmap_method(rows: Sequence[RankDays], span: int, sort: Sort) -> str:
    """What colours mean, and the order of the rows."""
    order = f" Rows by {_ORDERS[sort]}." if len(rows) > 1 else ""
    return f"Colour: the best rank of the {unit_words(span)}.{_weeks(span)}{order}"


def wave_method(rows: Sequence[LeadDays], span: int) -> str:
    """What the cells and dots mean, the order of the rows, and what cannot be compared."""
    cells = f"Colour: who was ahead at the last snapshot of the {unit_words(span)} with either app."
    passed = any(row.passage.passing is Passing.PASSED for row in rows)
    order = " Rows in the order of the first confirmed overtake." if passed else ""
    never = never_ranked_words(rows)
    return f"{cells}{_weeks(span)}{order if len(rows) > 1 else ''}{f' {never}.' if never else ''}"


def unit_words(span: int) -> str:
    """What a cell is: ``day`` or ``week``."""
    return "day" if span == DAY else "week"


def _weeks(span: int) -> str:
    return "" if span == DAY else " Weeks begin on Monday; days without data are left out of them."


def footer(
    rows: Rows, method: str, *, now: datetime | None, zone: tzinfo, credit: str | None
) -> tuple[str, ...]:
    """Source and coverage; METHOD and provenance; who made it, and when."""
    lines = _timelines(rows)
    source = f"{sources(lines, 'storefront')}, {watched(lines, 'storefront')}, {_days_share(rows)}."
    # Cells have no dashes: what was not observed is named in words, here and in the headline.
    about = provenance_words(kinds(rows)).replace("Dashed:", "In part")
    made = [f"{credit.strip()}."] if credit and credit.strip() else []
    made += [f"Drawn {day(now, zone)}."] if now else []
    return tuple(filter(None, (source, f"{method} {about}".strip(), " ".join(made))))


def _days_share(rows: Rows) -> str:
    """``on 97.3% of the days``: those with a snapshot."""
    first, last = extent(rows)
    every = ((last - first).days + 1) * len(rows)
    seen = sum(len(each.seen) for each in all_days(rows))
    return f"on {percent(seen / every)} of the days" if every > 1 else "on one day"


def never_ranked_words(rows: Sequence[LeadDays], most: int = 3) -> str | None:
    """``Never ranked: DeepSeek in Japan; both in Italy and Chile``; None where all ranked both."""
    never: dict[str, list[str]] = {}
    for row in rows:
        if row.passage.never_ranked:
            never.setdefault(_missing(row), []).append(within_sentence(row.chart.storefront))
    places = [f"{who} in {_some(fronts, most)}" for who, fronts in never.items()]
    return f"Never ranked: {'; '.join(places)}" if places else None


def never_words(row: LeadDays) -> str:
    """``ChatGPT never ranked``, ``neither ever ranked``: why there is nothing to compare."""
    who = _missing(row)
    return "neither ever ranked" if who == "both" else f"{who} never ranked"


def _missing(row: LeadDays) -> str:
    """Which of the two a storefront never ranked: a name, or ``both``."""
    a, b = briefs([series.app for series in row.pair])
    never = row.passage.never_ranked
    return "both" if len(never) == 2 else a if never[0] == row.pair[0].app else b


# For those who do not see the picture


def best_ranks(rows: Sequence[RankDays]) -> str:
    """The best rank in each storefront."""
    ranks = [
        f"{storefront_name(row.chart.storefront)} {row.peak.best if row.peak else 'never ranked'}"
        for row in ordered(rows)
    ]
    return f"Best ranks: {', '.join(ranks)}."


def passages(rows: Sequence[LeadDays], zone: tzinfo) -> str:
    """What is known of each storefront."""
    parts = []
    for row in rows:
        passing, change = str(row.passage.passing), row.passage.overtake
        if row.passage.never_ranked:
            passing += f" {' nor '.join(briefs(row.passage.never_ranked))}"
        elif change and row.passage.passing is Passing.PASSED:
            passing += f" by {day(change.by, zone)}"
        parts.append(f"{storefront_name(row.chart.storefront)} {passing}")
    return f"{'; '.join(parts)}."


def overtake_words(rows: Sequence[LeadDays], zone: tzinfo) -> tuple[str, ...]:
    """The first confirmed overtake of each storefront, with its interval."""
    overtakes = [
        (storefront_name(row.chart.storefront), row.passage.overtake, row.pair)
        for row in rows
        if row.passage.overtake and row.passage.passing is Passing.PASSED
    ]
    return tuple(
        "{}: {} passed {}, ".format(name, *briefs([series.app for series in pair]))
        + interval(change.after, change.by, zone)
        + (", across a gap without data" if change.gap else "")
        for name, change, pair in overtakes
    )


# Parts


def _timelines(rows: Rows) -> list[Timeline]:
    return [row.timeline for row in rows]


def kinds(rows: Rows) -> set[Provenance]:
    """How the snapshots of ROWS came to be known."""
    return {kind for each in all_days(rows) for kind in each.provenances}


def _only(row: RankDays) -> str:
    return f"the {storefront_name(row.chart.storefront)} storefront"


def _share(many: int, every: int, noun: str) -> str:
    """``18 of 20 storefronts``, ``none of 5 storefronts``, ``all 20 storefronts``."""
    if every == 1:
        return f"{many} of 1 {noun}"
    if many == every:
        return f"both {noun}s" if every == 2 else f"all {every:,} {noun}s"
    return f"{f'{many:,}' if many else 'none'} of {every:,} {noun}s"


def _some(names: Sequence[str], most: int = 3) -> str:
    """``Japan``, ``Japan and Italy``, ``Japan, Italy, Chile and 4 others``."""
    shown = list(names[:most])
    if len(names) > most:
        shown.append(f"{len(names) - most} others")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def day_rows(
    every: Sequence[Sequence[Series]], zone: ZoneInfo, confirm: int
) -> list[dict[str, Any]]:
    """A row for each storefront and day with a snapshot, of one app or a pair; none without.

    The best rank of the day, or who was ahead at its last determined snapshot.
    """
    rows: Sequence[RankDays | LeadDays]
    if len(every[0]) == 1:
        rows = [rank_days(series[0], zone) for series in every]
    else:
        rows = lead_days([(a, b) for a, b in every], zone, confirm=confirm)
    return [
        {
            "storefront": row.chart.storefront,
            "chart": row.chart.slug,
            "source": row.source,
            **(
                {"never_ranked": [app.app_id for app in row.passage.never_ranked]}
                if isinstance(row, LeadDays)
                else {}
            ),
            **day.to_json(),
        }
        for row in rows
        for day in row.days
    ]
