"""The data of storefronts by day as an HTML table: a row for each day, a column for each."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from datetime import date, timedelta, tzinfo

from tracker.analysis.days import Day, LeadDay, LeadDays, RankDays
from tracker.model import App
from tracker.plot.files.table import came_from, section
from tracker.plot.grid import words
from tracker.plot.text.facets import brief
from tracker.storefronts import storefront_name
from tracker.words import chart_words

#: What stands for a day without a snapshot, which is none on which the app was not there.
UNOBSERVED = "no data"


def rank_table(app: App, rows: Sequence[RankDays], zone: tzinfo) -> str:
    """The best rank of APP on each day of ZONE in each storefront of ROWS, in their order."""

    def told(row: RankDays, day: Day) -> str:
        return f"not in the top {day.depth}" if day.best is None else str(day.best)

    return _table(f"The best rank of {brief(app)} on each day", rows, told, zone)


def lead_table(apps: tuple[App, App], rows: Sequence[LeadDays], zone: tzinfo) -> str:
    """Which of APPS was ahead at the last snapshot of each day that found either."""
    names = dict(zip((app.app_id for app in apps), words.names(apps), strict=True))

    def told(row: LeadDays, day: LeadDay) -> str:
        if len(row.passage.never_ranked) == 1:
            return "not compared"
        return names[day.leader.app_id] if day.leader else f"neither in the top {day.depth}"

    what = "Who was ahead at the last snapshot of each day that found either"
    never = words.never_ranked_words(rows, most=len(rows))
    return _table(f"{what}. {never}" if never else what, rows, told, zone)


def _table(
    what: str,
    rows: Sequence[RankDays] | Sequence[LeadDays],
    told: Callable[..., str],
    zone: tzinfo,
) -> str:
    """WHAT each day of ROWS says, TOLD in a word or a few."""
    first, last = words.extent(rows)
    dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    columns = [{day.date: told(row, day) for day in row.days} for row in rows]
    kinds = {kind for day in words.all_days(rows) for kind in day.provenances}
    chart = chart_words(rows[0].chart).split(" · ", 1)[1]
    caption = came_from(f"{what}, {chart}.", kinds)
    body = "".join(_row(day, [column.get(day, UNOBSERVED) for column in columns]) for day in dates)
    names = [storefront_name(row.chart.storefront) for row in rows]
    return section(caption, f"Day ({zone})", names, body)


def _row(day: date, cells: Sequence[str]) -> str:
    told = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row">{day.isoformat()}</th>{told}</tr>'
