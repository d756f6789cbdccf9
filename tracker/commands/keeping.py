"""Commands that look after the database: verify, browse."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.common import db_option, open_to_read, printable, settings_of


@click.command("verify")
@db_option
@click.pass_context
def verify_command(context: click.Context, db: Path | None) -> None:
    """Read every kept payload again and report any row that differs.

    Exit code 1 if anything differs. Never claims more of a snapshot without a payload than that
    it has none.
    """
    from tracker.verify import verify

    with open_to_read(settings_of(context, db)) as reader:
        checked = verify(reader)
    for finding in checked.findings:
        click.echo(printable(f"{finding.where}: {finding.what}"))
    click.echo(
        f"{checked.proved} snapshots proved from their payloads, {checked.without_payload} have "
        f"none; {checked.payloads} payloads read; {len(checked.findings)} findings"
    )
    if checked.findings:
        context.exit(1)


@click.command("browse")
@db_option
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.pass_context
def browse_command(context: click.Context, db: Path | None, port: int) -> None:
    """Open the database in Datasette, read-only, on this machine only.

    Needs the extra: pip install 'apptrack[browse]'. Ctrl-C ends it. Never writes to the database.
    """
    from tracker.browse import serve

    settings = settings_of(context, db)
    open_to_read(settings).close()
    serve(settings.db, port)
