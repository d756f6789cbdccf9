"""The command that tells whether all is well: status."""

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
    json_option,
)
from tracker.commands.output import print_json
from tracker.exports import printable
from tracker.model import iso
from tracker.report.advice import advice
from tracker.report.status import chart_lines, held_words, holder_words, status_json
from tracker.service import charts_to_read, now, with_cross_check
from tracker.settings import parse_duration
from tracker.status import Status, status
from tracker.words import duration_words

#: How many of the charts that are not asked for are listed.
_OTHERS = 8


@click.command("status")
@charts_argument
@click.option(
    "--every",
    type=Parsed("duration", parse_duration),
    help="The cadence to judge by, where it is not that of the settings.",
)
@cross_check_option
@json_option
@db_option
@click.pass_context
def status_command(
    context: click.Context,
    charts: tuple[str, ...],
    every: timedelta | None,
    cross_check: bool,
    as_json: bool,
    db: Path | None,
) -> None:
    """Tell whether every chart is watched as it should be; if not, what to do.

    For each CHART, by default those of the settings: the last success, the next pass, coverage
    over a day, a week and a month, failed attempts, and what is wrong. Exit code 0 only when all
    is well, so that cron, systemd and monitors can use it. Never calls a time covered that nobody
    watched: what lies between the last snapshot and now is not.
    """
    settings = settings_of(context, db)
    wanted = charts_to_read(settings, charts)
    looks = with_cross_check(settings, wanted, cross_check).charts_and_sources(wanted)
    pairs = [(chart, source.name) for chart, source in looks]
    with open_to_read(settings) as reader:
        found = status(
            reader, pairs, now=now().replace(microsecond=0), every=every or settings.every
        )
    if as_json:
        print_json(status_json(found))
    else:
        _print(found, "--every" if every else "'every' in the settings")
    if not found.well:
        context.exit(1)


def _print(found: Status, whence: str) -> None:
    for one in found.watched:
        click.echo("\n".join(map(printable, chart_lines(one, found))))
    for other in found.others[:_OTHERS]:
        click.echo(
            f"not asked for, also stored: {other.chart} {other.source}, last observed "
            f"{iso(other.newest)}"
        )
    if len(found.others) > _OTHERS:
        more = len(found.others) - _OTHERS
        click.echo(f"not asked for, also stored: {more} more (--json lists them)")
    for slug in found.unreadable:
        click.echo(printable(f"stored but never shown: {slug}, which is no chart of the App Store"))
    click.echo(
        f"cadence {duration_words(found.every.total_seconds())}, from {whence}; "
        f"{found.path}: {found.size / 1e6:.1f} MB; {holder_words(found.holder)}"
    )
    problems = [(flag, one) for one in found.watched for flag in one.flags]
    for flag, one in problems:
        what, do = advice(flag, one, found)
        click.echo(printable(f"{flag}: {one.chart} {one.source}: {what}. What to do: {do}."))
    if found.held:
        click.echo(printable(held_words(found)))
    many = len(problems) + bool(found.held)
    click.echo(f"problems: {many}" if many else "all is well")
