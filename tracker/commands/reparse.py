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
@click.option("--chart", type=CHART, help="Responses for this chart only.")
@click.option("--source", type=click.Choice(list(SOURCES)), help="Responses of this source only.")
@click.option("--dry-run", is_flag=True, help="Show what would be stored, and change nothing.")
@db_option
@click.pass_context
def reparse_command(
    context: click.Context,
    chart: Chart | None,
    source: str | None,
    dry_run: bool,
    db: Path | None,
) -> None:
    """Parse rejected responses again, and store those that can be parsed now.

    After an upgrade that fixes a parser: a stored response becomes a snapshot at the time it
    arrived. Running it twice changes nothing. An alert about a chart's newest snapshot is sent
    with the next pass. A response with less than a whole chart stays rejected.
    """
    from tracker.reparse import reparse

    settings = settings_of(context, db)
    existing(settings)
    with open_to_write(settings) as store:
        results = reparse(
            store, chart=chart, source=source, dry_run=dry_run, on_result=_tell,
            on_saved=alert_writer(settings, store),
        )  # fmt: skip
    refused = Counter(result.error for result in results if result.error)
    for reason, times in refused.most_common():
        say(printable(f"still rejected, {times}: {reason}"))
    verb = "would be stored" if dry_run else "stored"
    click.echo(
        f"{len(results) - refused.total()} snapshots {verb}, {refused.total()} still rejected"
    )


def _tell(result: Reread) -> None:
    if result.depth:
        click.echo(f"{result.place}  {result.depth} entries")
