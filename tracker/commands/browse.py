"""Commands that snapshot after the database: browse."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.context import open_to_read, settings_of
from tracker.commands.options import db_option


@click.command("browse")
@db_option
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.pass_context
def browse_command(context: click.Context, db: Path | None, port: int) -> None:
    """Open the database in Datasette, read-only, on this machine only.

    Needs the extra: pip install 'apptrack[browse]'. Ctrl-C ends it. Datasette never writes to the
    database.
    """
    from tracker.browse import serve

    settings = settings_of(context, db)
    open_to_read(settings).close()
    serve(settings.db, port)
