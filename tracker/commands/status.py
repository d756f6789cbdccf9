"""The command that shows whether each chart is collected as planned: status."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from tracker.commands.context import open_to_read, settings_of
from tracker.commands.options import (
    Parsed,
    charts_argument,
    cross_check_option,
    db_option,
    table_options,
)
from tracker.commands.output import Table, print_json, print_lines
from tracker.report.status import charts_lines, flat_chart, status_json, status_lines
from tracker.service import charts_to_read, now, with_cross_check
from tracker.settings import parse_duration
from tracker.status import status


@click.command("status")
@charts_argument
@click.option(
    "--every",
    type=Parsed("duration", parse_duration),
    help="The cadence to judge by.  [default: that of the settings]",
)
@cross_check_option
@table_options
@db_option
@click.pass_context
def status_command(
    context: click.Context,
    charts: tuple[str, ...],
    every: timedelta | None,
    cross_check: bool,
    table: Table,
    db: Path | None,
) -> None:
    """Show whether every chart is read as planned, and what to do where it is not.

    For each CHART, by default those of the settings: the last success, the next pass, coverage over
    a day, a week and a month, failed attempts, and what is wrong. Charts that are alike share a
    line; imported ones are named as imported. The time since the last snapshot counts as not
    covered. Exit code 0 only when all is well, so that cron, systemd and monitors can use it.
    """
    settings = settings_of(context, db)
    wanted = charts_to_read(settings, charts)
    charts_and_sources = with_cross_check(settings, wanted, cross_check).charts_and_sources(wanted)
    pairs = [(chart, source.name) for chart, source in charts_and_sources]
    with open_to_read(settings) as reader:
        state = status(
            reader, pairs, now=now().replace(microsecond=0), every=every or settings.every
        )
    picked = list(table.pick(state.watched, lambda chart: flat_chart(chart, state)))
    if table.as_json:
        print_json(status_json(state, picked))
    elif table.as_csv:
        table.write(flat_chart(chart, state) for chart in picked)
    else:
        print_lines(list(charts_lines(state, picked)))
        cadence_from = "--every" if every else "'every' in the settings"
        table.heading(*status_lines(state, cadence_from))
    if not state.well:
        context.exit(1)
