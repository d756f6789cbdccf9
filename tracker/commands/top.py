"""The command top."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from tracker.commands.context import open_database
from tracker.commands.options import (
    CHART,
    DEFAULT_CHART,
    at_option,
    csv_option,
    db_option,
    json_option,
    provenance_option,
    source_option,
    tz_option,
)
from tracker.commands.output import one_format, print_json, print_rows
from tracker.commands.standings import print_listing
from tracker.model import Chart
from tracker.report.listings import flat_standing


@click.command("top")
@click.argument("chart", type=CHART, default=DEFAULT_CHART, required=False)
@at_option
@click.option(
    "-n",
    "most",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How many entries.",
)
@source_option
@provenance_option
@tz_option
@json_option
@csv_option
@db_option
@click.pass_context
def top_command(
    context: click.Context,
    /,
    chart: Chart,
    at: datetime | None,
    most: int,
    source: str | None,
    provenances: tuple[str, ...],
    zone: ZoneInfo,
    as_json: bool,
    as_csv: bool,
    db: Path | None,
) -> None:
    """Show the first entries of a chart at a moment, with movement over a day and a week.

    CHART is storefront/device/ranking/genre. Movement has the words of 'apptrack standings'. Never
    claims a rank between snapshots: the age of what is compared is always shown.
    """
    one_format(as_json, as_csv)
    with open_database(context, db) as database:
        listed = database.top(chart, at=at, most=most, source=source, provenances=provenances)
    if as_json:
        print_json(listed.to_json())
    elif as_csv:
        print_rows([flat_standing(listed.moment, row) for row in listed])
    else:
        print_listing(listed, zone)
