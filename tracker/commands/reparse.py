"""The command reparse."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.context import existing, settings_of
from tracker.commands.options import CHART, db_option
from tracker.commands.output import say
from tracker.exports import printable
from tracker.model import Chart
from tracker.service import alert_writer, open_to_write
from tracker.sources import SOURCES

if TYPE_CHECKING:
    from tracker.reparse import Reread


@click.command("reparse")
@click.option("--chart", type=CHART, help="Answers for this chart only.")
@click.option("--source", type=click.Choice(list(SOURCES)), help="Answers of this source only.")
@click.option("--dry-run", is_flag=True, help="Tell what would be stored, and change nothing.")
@db_option
@click.pass_context
def reparse_command(
    context: click.Context,
    chart: Chart | None,
    source: str | None,
    dry_run: bool,
    db: Path | None,
) -> None:
    """Read refused answers again, and store those that are understood now.

    After an upgrade that mends a parser: each answer that was kept becomes the snapshot it always
    was, at the time it came. Twice is as good as once. An alert that a chart's newest snapshot
    gives rise to goes out with the next pass. Never stores an answer that says less than a whole
    chart.
    """
    from tracker.reparse import reparse

    settings = settings_of(context, db)
    existing(settings)
    with open_to_write(settings) as store:
        told = reparse(
            store, chart=chart, source=source, dry_run=dry_run, on_result=_tell,
            on_saved=alert_writer(settings, store),
        )  # fmt: skip
    refused = Counter(one.error for one in told if one.error)
    for reason, times in refused.most_common():
        say(printable(f"refused still, {times}: {reason}"))
    verb = "would be stored" if dry_run else "stored"
    click.echo(f"{len(told) - refused.total()} snapshots {verb}, {refused.total()} refused still")


def _tell(one: Reread) -> None:
    if one.depth:
        click.echo(f"{one.place}  {one.depth} entries")
