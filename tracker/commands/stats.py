"""The command stats."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.commands.common import (
    db_option,
    json_option,
    open_database,
    print_json,
    print_table,
    series_options,
)
from tracker.commands.completing import complete_apps
from tracker.commands.zones import tz_option
from tracker.model import Chart
from tracker.report.stats import LABELS, figures
from tracker.report.times import heading


@click.command("stats")
@click.argument("apps", nargs=-1, required=True, metavar="APP...", shell_complete=complete_apps)
@series_options
@tz_option
@json_option
@db_option
@click.pass_context
def stats_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    chart: Chart,
    zone: ZoneInfo,
    as_json: bool,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Tell an app's peak, its time at number one, its gaps and coverage.

    Durations are given from below and from above. Never claims a rank between two snapshots.
    """
    with open_database(context, db) as database:
        found = database.stats(*apps, on=chart, **chosen)
    if as_json:
        rows = found.to_dicts()
        print_json(rows[0] if len(rows) == 1 else rows)
        return
    print_table(
        heading(found.timeline, zone),
        ("", *(one.app.name for one in found)),
        zip(LABELS, *(figures(one, zone) for one in found), strict=True),
    )
