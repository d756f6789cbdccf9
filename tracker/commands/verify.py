"""The command verify: the database compared with its stored responses."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from tracker.commands.cite import EVENT, cited
from tracker.commands.context import open_to_read, settings_of
from tracker.commands.options import confirm_option, db_option, tz_option
from tracker.commands.output import say
from tracker.evidence import Citation, Event
from tracker.exports import printable
from tracker.report.cite import verdict_words
from tracker.report.times import shown


@click.command("verify")
@click.argument("event", type=EVENT, required=False)
@confirm_option
@tz_option
@db_option
@click.pass_context
def verify_command(
    context: click.Context, event: Event | None, confirm: int, zone: ZoneInfo, db: Path | None
) -> None:
    """Parse every stored response again and report any row that differs.

    With an EVENT, the payloads of its snapshots only. Exit code 1 if anything differs, or if an
    event has a snapshot without payload: such a snapshot is stored but cannot be proved.
    """
    if event:
        _verify_event(context, cited(context, event, confirm, zone, db), zone)
        return
    from tracker.verify import verify

    with open_to_read(settings_of(context, db)) as reader:
        checked = verify(reader)
        if not reader.charts():
            say(printable(f"{reader.path} has no snapshots yet: there is nothing to verify"))
    for finding in checked.findings:
        click.echo(printable(f"{finding.where}: {finding.what}"))
    pruned = f" ({checked.pruned} pruned)" if checked.pruned else ""
    click.echo(
        f"{checked.proved} snapshots proved from their payloads, {checked.without_payload} have "
        f"none{pruned}; {checked.payloads} payloads read; {len(checked.findings)} findings"
    )
    if checked.findings:
        context.exit(1)


def _verify_event(context: click.Context, citation: Citation, zone: ZoneInfo) -> None:
    for snapshot in citation.snapshots:
        click.echo(f"{shown(snapshot.snapshot.observed_at, zone)}: {verdict_words(snapshot)}")
    click.echo(printable(citation.sentence))
    click.echo("proved from the stored payloads" if citation.proved else "not proved")
    if not citation.proved:
        context.exit(1)
