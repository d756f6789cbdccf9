"""The command migrate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.context import existing, settings_of
from tracker.commands.options import db_option
from tracker.service import open_to_write
from tracker.store.completing import complete

if TYPE_CHECKING:
    pass


@click.command("migrate")
@db_option
@click.pass_context
def migrate_command(context: click.Context, db: Path | None) -> None:
    """Bring the database of an older apptrack up to date.

    Commands that only read refuse an older file and name this one; those that write do the same by
    themselves.
    """
    settings = settings_of(context, db)
    existing(settings)
    with open_to_write(settings) as store:
        complete(store)
    click.echo(f"{settings.db}: up to date")
