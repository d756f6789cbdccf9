"""Commands that snapshot after the database: browse."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.context import open_to_read, settings_of
from tracker.commands.options import db_option


@click.command("browse")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@db_option
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.pass_context
def browse_command(
    context: click.Context, files: tuple[Path, ...], db: Path | None, port: int
) -> None:
    """Open the database in Datasette, read-only, on this machine only.

    With FILEs, open those databases instead, any number of them.

    Needs the extra: pip install 'apptrack[browse]'. Ctrl-C ends it.
    """
    from tracker.browse import serve

    if files and db:
        raise click.UsageError("name files or --db, not both")
    each = [settings_of(context, file) for file in files or (db,)]
    for settings in each:
        open_to_read(settings).close()
    serve([settings.db for settings in each], port)
