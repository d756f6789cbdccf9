"""The command versus."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.analysis.rivalry import SETTLED
from tracker.commands.completion import complete_apps
from tracker.commands.context import open_database
from tracker.commands.options import (
    Parsed,
    charts_options,
    confirm_option,
    db_option,
    table_options,
    tz_option,
)
from tracker.commands.output import Table, print_table
from tracker.queries.charts import ChartPattern
from tracker.report.times import heading
from tracker.report.versus import versus_rows
from tracker.settings import parse_duration


@click.command("versus")
@click.argument("a", metavar="A", shell_complete=complete_apps)
@click.argument("b", metavar="B", shell_complete=complete_apps)
@charts_options
@confirm_option
@click.option(
    "--settled",
    type=Parsed("duration", parse_duration),
    default=SETTLED,
    help="How long an unbroken lead must last to be called settled.  [default: 7d]",
)
@tz_option
@table_options
@db_option
@click.pass_context
def versus_command(
    context: click.Context,
    /,
    a: str,
    b: str,
    charts: tuple[ChartPattern, ...],
    settled: timedelta,
    zone: ZoneInfo,
    table: Table,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Sum up two apps: who is ahead, since when, by how much, how contested.

    A share of time has a lower and an upper bound. Snapshots in which both are unranked decide
    nothing, and an app that was never ranked on the chart is not compared.
    """
    with open_database(context, db) as database:
        answers = table.pick(
            database.on_each(
                charts,
                lambda chart: database.versus(a, b, chart, settled=settled, **chosen),
                chosen["source"],
            )
        )
        if table.for_programs:
            table.write(answer.to_json() for answer in answers)
            return
        for answer in answers:
            title = "" if table.quiet else heading(answer.timeline, zone)
            print_table(title, ("", ""), versus_rows(answer, settled, zone))
