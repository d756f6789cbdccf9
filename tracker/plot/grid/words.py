"""The words about a picture of storefronts by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from tracker.analysis.days import DAY, Day, LeadDay, LeadDays, RankDays
from tracker.errors import NothingToShow
from tracker.model import App, Provenance
from tracker.plot.grid.plan import Row
from tracker.plot.scene import BRIEF
from tracker.plot.style.typeset import short_name, shorten, upright
from tracker.words import PROVENANCES, SOURCES, chart_words, warned

Rows = Sequence[RankDays] | Sequence[LeadDays]


def brief(app: App) -> str:
    """The app's name, cut for a headline."""
    return upright(shorten(short_name(" ".join(app.name.split())), BRIEF, 1))


def unit(span: int) -> str:
    """What a cell is: ``day`` or ``week``."""
    return "day" if span == DAY else "week"


def all_days(rows: Rows) -> list[Day | LeadDay]:
    """Every day of every row; NothingToShow without any."""
    found = [day for row in rows for day in row.days]
    if not found:
        raise NothingToShow("no storefront was looked at on this chart; run 'apptrack collect'")
    return found


def extent(rows: Rows, span: int) -> tuple[date, date]:
    """The first and the last day that are drawn."""
    days = [day.date for day in all_days(rows)]
    return min(days), max(days) + timedelta(days=span - 1)


def days_words(start: date, end: date) -> str:
    """``5 Jul 2026``, ``5–9 Jul 2026``, ``30 Jun – 2 Jul 2026``."""
    last = f"{end.day} {end:%b %Y}"
    if start == end:
        return last
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{last}"
    return f"{start.day} {start:%b}{f' {start.year}' * (start.year != end.year)} – {last}"


def depth_words(rows: Rows) -> str:
    """``100``, or ``25–100`` where the looks differ."""
    depths = [day.depth for day in all_days(rows)]
    return str(max(depths)) if min(depths) == max(depths) else f"{min(depths)}–{max(depths)}"


def told(sentence: str, rows: Rows) -> str:
    """SENTENCE as a headline, with a warning before one that nobody observed."""
    return warned(sentence, {kind for day in all_days(rows) for kind in day.provenances})


def subtitle(rows: Rows, zone: str, span: int, order: str) -> tuple[str, ...]:
    """A line each: chart and days; sources and coverage; provenance, where not all is recorded."""
    chart = chart_words(rows[0].chart).split(" · ", 1)[1]
    cells = "weeks from Monday" if span > DAY else "days"
    lines = [f"{chart} · {cells} in {zone}" + (f" · {order}" if len(rows) > 1 else "")]
    lines.append(f"{_sources(rows)}, {_coverage(rows, span)}")
    kinds = {kind for day in all_days(rows) for kind in day.provenances}
    found = "; ".join(PROVENANCES[kind] for kind in PROVENANCES if kind in kinds)
    if found and Provenance.RECORDED in kinds:
        lines.append(f"In part {found}")
    elif found:
        lines.append(found[0].upper() + found[1:])
    return tuple(lines)


def _sources(rows: Rows) -> str:
    """``Source: …``; of several, how many storefronts each tells of."""
    counts = Counter(row.source for row in rows)
    if len(counts) == 1:
        source = rows[0].source
        return f"Source: {SOURCES[source]} ({source})" if source in SOURCES else f"Source: {source}"
    each = (f"{source} for {many}" for source, many in counts.most_common())
    return f"Sources: {', '.join(each)} storefronts"


def _coverage(rows: Rows, span: int) -> str:
    """``looked at on 97 % of the days``, rounded down, so that 100 % means all of them."""
    first, last = extent(rows, span)
    columns = ((last - first).days + 1) // span
    seen, every = sum(len(row.days) for row in rows), columns * len(rows)
    there = "" if len(rows) == 1 else f"{len(rows)} storefronts "
    return f"{there}looked at on {seen * 100 // every} % of the {unit(span)}s"


def _mixed(rows: Rows) -> bool:
    """Whether some looks came otherwise than others, so that each day must tell how its own did."""
    return len({day.provenances for day in all_days(rows)}) > 1


def came(rows: Rows) -> Callable[[Day | LeadDay], Row]:
    """A function that tells of a day how its looks came, where that is not the same for all."""
    mixed = _mixed(rows)
    return lambda day: {"p": ", ".join(sorted(day.provenances))} if mixed else {}


def came_told(rows: Rows) -> str:
    """The end of a tooltip's expression that shows it."""
    return ", 'Came': datum.p" if _mixed(rows) else ""


def some(names: Sequence[str], most: int = 3) -> str:
    """``Japan``, ``Japan and Italy``, ``Japan, Italy, Chile and 4 others``."""
    shown = list(names[:most])
    if len(names) > most:
        shown.append(f"{len(names) - most} others")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def minutes(day: Day | LeadDay, zone: tzinfo) -> int:
    """When the look was that a day's cell shows, by the clock of ZONE: minutes from midnight."""
    at = day.at.astimezone(zone).replace(tzinfo=None)
    return round((at - datetime.combine(day.date, time())).total_seconds() / 60)
