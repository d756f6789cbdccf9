"""The command prune."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.context import open_to_read, settings_of
from tracker.commands.options import SINCE, db_option
from tracker.errors import InvalidValue
from tracker.model import iso
from tracker.report.upkeep import pruning_words
from tracker.service import now, open_to_write

if TYPE_CHECKING:
    from tracker.store.prune import Limits


@click.command("prune")
@click.option(
    "--payloads-before", type=SINCE, help="Drop payloads last used before this time (UTC)."
)
@click.option(
    "--failed-fetches-before",
    type=SINCE,
    help="Drop fetches that failed before this time, with their responses.",
)
@click.option(
    "--refused-before",
    type=SINCE,
    help="Drop rejected responses from before this time; they cannot be parsed again.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be dropped, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@db_option
@click.pass_context
def prune_command(
    context: click.Context,
    payloads_before: datetime | None,
    failed_fetches_before: datetime | None,
    refused_before: datetime | None,
    dry_run: bool,
    yes: bool,
    db: Path | None,
) -> None:
    """Drop old payloads and failed fetches; ranks and snapshots stay.

    A snapshot whose payload is dropped can no longer be verified: 'apptrack backup' first keeps a
    copy of both. The newest payload of each chart stays, and so do those that later ones are
    compressed against. The file does not shrink: new data reuses the space.
    """
    from tracker.store.prune import Limits, prune, would_prune

    limits = Limits(payloads_before, failed_fetches_before, refused_before)
    _past(limits)
    settings = settings_of(context, db)
    with open_to_read(settings) as reader:
        planned = would_prune(reader, limits)
    click.echo(pruning_words(planned, "would go" if dry_run else "to go"))
    if dry_run or planned.nothing:
        return
    if not yes:
        click.confirm("Drop it for good?", abort=True, err=True)
    with open_to_write(settings) as store:
        done = prune(store, limits)
    click.echo(pruning_words(done, "gone"))


def _past(limits: Limits) -> None:
    """At least one limit, and none that has not come yet."""
    times = [time for time in (limits.payloads, limits.failed, limits.refused) if time]
    if not times:
        raise click.UsageError(
            "say what to drop: --payloads-before, --failed-fetches-before or --refused-before TIME"
        )
    if max(times) > now():
        raise InvalidValue(f"{iso(max(times))} is in the future; give a time in the past")
