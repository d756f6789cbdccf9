"""The words about a picture of storefronts by day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, tzinfo

from tracker.analysis.days import DAY, Day, LeadDay, LeadDays, RankDays
from tracker.errors import NothingToShow
from tracker.model import App
from tracker.plot.grid.plan import Row
from tracker.plot.text.facets import briefs
from tracker.plot.text.several import sources, watched
from tracker.plot.text.words import came_words, dates_words, day, range_words
from tracker.storefronts import storefront_name, within_sentence
from tracker.words import chart_words, percent, warned

Rows = Sequence[RankDays] | Sequence[LeadDays]


def names(apps: tuple[App, App]) -> tuple[str, str]:
    """What the two are called, with their ids where that is the same."""
    a, b = briefs(apps)
    return a, b


def unit(span: int) -> str:
    """What a cell is: ``day`` or ``week``."""
    return "day" if span == DAY else "week"


def all_days(rows: Rows) -> list[Day | LeadDay]:
    """Every day of every row; NothingToShow without any."""
    found = [day for row in rows for day in row.days]
    if not found:
        raise NothingToShow("no storefront was observed on this chart; run 'apptrack collect'")
    return found


def extent(rows: Rows) -> tuple[date, date]:
    """The first and the last day with a snapshot: the first week may have begun before that."""
    days = all_days(rows)
    return min(day.seen[0] for day in days), max(day.seen[-1] for day in days)


def depth_words(rows: Rows) -> str:
    """How deep the days were observed: ``100``, or ``25–100`` where they differ.

    Nothing where no day has a whole chart.
    """
    depths = {day.depth for day in all_days(rows) if day.depth is not None}
    return range_words(depths) if depths else ""


def flat_words(rows: Rows, what: str) -> str:
    """What a flat cell says; nothing where no day has a whole chart, for then there is none."""
    top = depth_words(rows)
    return f"{what} {top}" if top else ""


def only(row: RankDays | LeadDays) -> str:
    """The one storefront there is."""
    return f"the {storefront_name(row.chart.storefront)} storefront"


def told(sentence: str, rows: Rows) -> str:
    """SENTENCE as a headline, with a warning before one that nobody observed."""
    return warned(sentence, {kind for day in all_days(rows) for kind in day.provenances})


def subtitle(rows: Rows, zone: str, span: int, order: str | None) -> tuple[str, ...]:
    """A line each: chart and days; sources and looks; provenance, where not all is recorded."""
    lines = [row.timeline for row in rows]
    chart = chart_words(rows[0].chart)
    if len(rows) > 1:
        chart = chart.split(" · ", 1)[1]
    cells = "weeks from Monday" if span > DAY else "days"
    told = [
        f"{chart} · {cells} in {zone}" + (f" · {order}" if order and len(rows) > 1 else ""),
        f"{sources(lines, 'storefront')}, {watched(lines, 'storefront')}, {_days_share(rows)}",
    ]
    kinds = {kind for day in all_days(rows) for kind in day.provenances}
    found = came_words(kinds, "In part")
    return (*told, found) if found else tuple(told)


def _days_share(rows: Rows) -> str:
    """``on 97.3% of the days``: those with a snapshot."""
    first, last = extent(rows)
    every = ((last - first).days + 1) * len(rows)
    seen = sum(len(day.seen) for day in all_days(rows))
    return f"on {percent(seen / every)} of the days" if every > 1 else "on one day"


def footnote(meaning: str, now: datetime | None, zone: tzinfo) -> str:
    """What a cell says, which is less than all of its day's looks; and when it was drawn."""
    return meaning + (f" Drawn {day(now, zone)}." if now else "")


def _mixed(rows: Rows) -> bool:
    """Whether some snapshots came otherwise than others, so that each day must tell how its own
    did.
    """
    return len({day.provenances for day in all_days(rows)}) > 1


def came(rows: Rows) -> Callable[[Day | LeadDay], Row]:
    """A function that tells of a day how its snapshots came, where that is not the same for all."""
    mixed = _mixed(rows)
    return lambda day: {"p": ", ".join(sorted(day.provenances))} if mixed else {}


def seen(day: Day | LeadDay, span: int) -> Row:
    """Which days of its week were observed; nothing of a day."""
    if span == DAY:
        return {}
    told = dates_words(day.seen[0], day.seen[-1])
    return {"e": f"{len(day.seen)} of its 7 days, {told}" if len(day.seen) < 7 else told}


def began(span: int) -> str:
    """The beginning of a tooltip's expression: the day, or the week and what was seen of it."""
    date = "utcFormat(datum.t, '%-d %b %Y')"
    return f"'Day': {date}" if span == DAY else f"'Week from': {date}, 'Observed': datum.e"


def came_told(rows: Rows) -> str:
    """The end of a tooltip's expression that shows it."""
    return ", 'Came': datum.p" if _mixed(rows) else ""


def some(names: Sequence[str], most: int = 3) -> str:
    """``Japan``, ``Japan and Italy``, ``Japan, Italy, Chile and 4 others``."""
    shown = list(names[:most])
    if len(names) > most:
        shown.append(f"{len(names) - most} others")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def never_ranked_words(rows: Sequence[LeadDays], most: int = 3) -> str | None:
    """``Never ranked: DeepSeek in Japan; both in Italy and Chile``; None where all ranked both."""
    never: dict[str, list[str]] = {}
    for row in rows:
        if missing := row.passage.never_ranked:
            apps = [series.app for series in row.pair]
            called = dict(zip(apps, briefs(apps), strict=True))
            who = "both" if len(missing) == 2 else called[missing[0]]
            never.setdefault(who, []).append(within_sentence(row.chart.storefront))
    told = [f"{who} in {some(fronts, most)}" for who, fronts in never.items()]
    return f"Never ranked: {'; '.join(told)}" if told else None


def minutes(day: Day | LeadDay, zone: tzinfo) -> int:
    """When the snapshot was that a day's cell shows, by the clock of ZONE: minutes from
    midnight.
    """
    at = day.at.astimezone(zone).replace(tzinfo=None)
    return round((at - datetime.combine(day.date, time())).total_seconds() / 60)
