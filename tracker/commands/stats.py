"""The command stats."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.commands.completion import complete_apps
from tracker.commands.context import open_database
from tracker.commands.options import charts_options, db_option, json_option, tz_option
from tracker.commands.output import print_json, print_table
from tracker.queries.charts import ChartPattern
from tracker.report.stats import LABELS, figures
from tracker.report.times import heading


@click.command("stats")
@click.argument("apps", nargs=-1, required=True, metavar="APP...", shell_complete=complete_apps)
@charts_options
@tz_option
@json_option
@db_option
@click.pass_context
def stats_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    charts: tuple[ChartPattern, ...],
    zone: ZoneInfo,
    as_json: bool,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Tell an app's peak, its time at number one, its gaps and coverage.

    Durations are given from below and from above. Never claims a rank between two snapshots.
    """
    with open_database(context, db) as database:
        answers = [
            *database.on_each(
                charts, lambda chart: database.stats(*apps, on=chart, **chosen), chosen["source"]
            )
        ]
    if as_json:
        rows = [row for answer in answers for row in answer.to_dicts()]
        single = len(rows) == len(charts) == 1 and charts[0].chart
        print_json(rows[0] if single else rows)
        return
    for answer in answers:
        print_table(
            heading(answer.timeline, zone),
            ("", *(one.app.name for one in answer)),
            zip(LABELS, *(figures(one, zone) for one in answer), strict=True),
        )
