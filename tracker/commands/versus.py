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
    confirm_option,
    db_option,
    json_option,
    series_options,
    tz_option,
)
from tracker.commands.output import print_json, print_table
from tracker.model import Chart
from tracker.report.times import heading
from tracker.report.versus import versus_rows
from tracker.settings import parse_duration


@click.command("versus")
@click.argument("a", metavar="A", shell_complete=complete_apps)
@click.argument("b", metavar="B", shell_complete=complete_apps)
@series_options
@confirm_option
@click.option(
    "--settled",
    type=Parsed("duration", parse_duration),
    default=SETTLED,
    show_default="7d",
    help="How long an unbroken lead must have stood to be called settled.",
)
@tz_option
@json_option
@db_option
@click.pass_context
def versus_command(
    context: click.Context,
    /,
    a: str,
    b: str,
    chart: Chart,
    settled: timedelta,
    zone: ZoneInfo,
    as_json: bool,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Sum up two apps: who is ahead, since when, by how much, how contested.

    Shares of time are given from below and from above. Never claims who is ahead where neither is
    in the chart, nor of an app whose rival was never ranked there.
    """
    with open_database(context, db) as database:
        summary = database.versus(a, b, chart, settled=settled, **chosen)
    if as_json:
        print_json(summary.to_json())
        return
    print_table(heading(summary.timeline, zone), ("", ""), versus_rows(summary, settled, zone))
