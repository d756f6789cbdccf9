"""The command stats."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.commands.completion import complete_apps
from tracker.commands.context import Where, open_either
from tracker.commands.options import charts_options, data_options, table_options, tz_option
from tracker.commands.output import Table, print_json, print_table
from tracker.queries.charts import ChartPattern
from tracker.report.stats import LABELS, figures
from tracker.report.times import heading


@click.command("stats")
@click.argument("apps", nargs=-1, required=True, metavar="APP...", shell_complete=complete_apps)
@charts_options
@tz_option
@table_options
@data_options
@click.pass_context
def stats_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    charts: tuple[ChartPattern, ...],
    zone: ZoneInfo,
    table: Table,
    where: Where,
    **chosen: Any,
) -> None:
    """Show an app's peak, its time at number one, its gaps and coverage.

    A duration has a lower and an upper bound, because ranks between two snapshots are unknown.
    --json is an object for one app on one chart, else a list.
    """
    with open_either(
        context, where, apps, lambda asked: asked.fill_series(apps, asked.charts(charts))
    ) as database:
        answers = list(
            database.on_each(
                charts, lambda chart: database.stats(*apps, on=chart, **chosen), chosen["source"]
            )
        )
    if not table.for_programs:
        for answer in answers:
            shown = list(table.pick(answer))
            title = "" if table.quiet else heading(answer.timeline, zone)
            names = ("", *(stats.app.name for stats in shown))
            cells = zip(LABELS, *(figures(stats, zone) for stats in shown), strict=True)
            print_table(title, names, cells)
        return
    rows = [
        stats.to_json() for stats in table.pick(stats for answer in answers for stats in answer)
    ]
    if table.as_json and len(rows) == len(apps) == len(charts) == 1 and charts[0].chart:
        print_json(rows[0])
    else:
        table.write(rows)
