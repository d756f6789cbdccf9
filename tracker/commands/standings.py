"""The command standings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.api import Database, Listed
from tracker.commands.completion import complete_apps
from tracker.commands.context import Where, open_either
from tracker.commands.options import (
    data_options,
    moment_options,
    named_none,
    on_several_option,
    table_options,
    tz_option,
)
from tracker.commands.output import Table, draws_blocks, print_columns
from tracker.queries.charts import ChartPattern
from tracker.queries.listings import Standing
from tracker.report.as_of import compared_lines, moment_words
from tracker.report.listings import flat_standing, standing_cells, watched_words
from tracker.report.sparklines import sparklines


@click.command("standings")
@click.argument("apps", nargs=-1, metavar="[APP]...", shell_complete=complete_apps)
@on_several_option
@moment_options
@tz_option
@table_options
@data_options
@click.pass_context
def standings_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    charts: tuple[ChartPattern, ...],
    zone: ZoneInfo,
    table: Table,
    where: Where,
    **chosen: Any,
) -> None:
    """Rank apps on a chart at a moment, with movement over a day and a week.

    The apps named, or all assistants and those of the settings. The newest snapshot by then is
    compared with the one nearest to a day (a week) before it, at most half a day (a week) off.
    `new`: unranked then, and never seen in the chart before; `back`: unranked then, and seen
    before; `left`: no longer among the entries; `undetermined`: one of the two snapshots is too
    short to show it. In a terminal a line of blocks shows the 30 days before, best rank highest.
    """
    with open_either(
        context,
        where,
        apps,
        lambda asked: asked.fill_moments(charts, chosen["at"], chosen["provenances"]),
    ) as database:
        if not where.folder and named_none(context, "charts"):
            charts = in_both_stores(database, charts)
        listings = database.on_each(
            charts, lambda chart: database.standings(*apps, on=chart, **chosen), chosen["source"]
        )
        trends = database.trends if draws_blocks() else None
        write_listings(listings, table, zone, trends)


def in_both_stores(database: Database, charts: Iterable[ChartPattern]) -> tuple[ChartPattern, ...]:
    """CHARTS; after a single one the same chart of the other store, if observed."""
    both: list[ChartPattern] = []
    for pattern in charts:
        other = database.other_store(pattern.chart) if pattern.chart else None
        both += [pattern, *([ChartPattern.parse(other.slug)] if other else [])]
    return tuple(both)


def write_listings(
    listings: Iterable[Listed],
    table: Table,
    zone: ZoneInfo,
    trends: Callable[[Listed], Sequence[Any]] | None = None,
) -> None:
    """Each listing as an object, as rows, or as a table under the snapshots it compares."""

    def chosen(listed: Listed) -> list[Standing]:
        return list(table.pick(listed, lambda row: flat_standing(listed.moment, row)))

    if table.as_json:
        table.write(listed.to_json(chosen(listed)) for listed in listings)
    elif table.as_csv:
        table.write(
            flat_standing(listed.moment, row) for listed in listings for row in chosen(listed)
        )
    else:
        for listed in listings:
            _print(listed, chosen(listed), table, zone, trends)


def _print(
    listed: Listed,
    rows: Sequence[Standing],
    table: Table,
    zone: ZoneInfo,
    trends: Callable[[Listed], Sequence[Any]] | None,
) -> None:
    moment = listed.moment
    table.heading(*moment_words(moment, zone), *compared_lines(moment, zone), "")
    if rows:
        columns = ["rank", "app", *(f"over a {name}" for name in moment.earlier)]
        cells = [standing_cells(row) for row in rows]
        if trends:
            lines = sparklines(trends(listed))
            columns.append("30 days")
            cells = [
                [*line, lines.get(row.app.app_id, "")]
                for line, row in zip(cells, rows, strict=True)
            ]
        print_columns(columns, cells)
        table.heading("")
    if listed.watched is not None:
        table.heading(*watched_words(listed.moment, list(listed), listed.watched))
