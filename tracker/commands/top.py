"""The command top."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.commands.context import Where, open_either
from tracker.commands.options import (
    charts_named,
    data_options,
    moment_options,
    named_none,
    table_options,
    tz_option,
)
from tracker.commands.output import Table
from tracker.commands.standings import in_both_stores, write_listings
from tracker.queries.charts import ChartPattern

#: How many entries are shown without ``-n``.
_ENTRIES = 10


@click.command("top")
@charts_named
@moment_options
@tz_option
@table_options
@data_options
@click.pass_context
def top_command(
    context: click.Context,
    /,
    charts: tuple[ChartPattern, ...],
    zone: ZoneInfo,
    table: Table,
    where: Where,
    **chosen: Any,
) -> None:
    """Show the first entries of a chart at a moment, with movement over a day and a week.

    CHART is storefront/device/ranking/genre, as for --on. Ten entries without -n. 'apptrack
    standings --help' explains the words for movement.
    """
    most = table.limit or _ENTRIES
    with open_either(
        context,
        where,
        (),
        lambda asked: asked.fill_moments(charts, chosen["at"], chosen["provenances"]),
    ) as database:
        if not where.folder and named_none(context, "charts", "named"):
            charts = in_both_stores(database, charts)
        listings = database.on_each(
            charts, lambda chart: database.top(chart, most=most, **chosen), chosen["source"]
        )
        write_listings(listings, table, zone)
