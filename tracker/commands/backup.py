"""The command backup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.context import existing, settings_of
from tracker.commands.options import FilePath, db_option

if TYPE_CHECKING:
    pass


@click.command("backup")
@click.argument("file", type=FilePath(path_type=Path), metavar="FILE")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@db_option
@click.pass_context
def backup_command(context: click.Context, file: Path, force: bool, db: Path | None) -> None:
    """Copy the database to FILE, whole and verified, while the daemon runs.

    FILE is the database as it was when the copy began. It appears only when it is whole, with as
    many rows in each table. The database itself is only read. An existing file is replaced only
    with --force.
    """
    from tracker.store.backup import backup

    copy = backup(existing(settings_of(context, db)), file, force=force)
    rows = ", ".join(f"{copy.rows.get(name, 0)} {name}" for name in ("snapshots", "fetches"))
    click.echo(f"{copy.path}: {copy.size / 1e6:.1f} MB, {rows}; verified")
