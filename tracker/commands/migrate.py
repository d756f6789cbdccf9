"""The command migrate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tracker.commands.context import existing, settings_of
from tracker.commands.options import db_option
from tracker.commands.output import notify
from tracker.commands.progress import bar, on_terminal
from tracker.service import open_to_write
from tracker.store.completing import complete


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
        complete(store, shown=_shown)
    click.echo(f"{settings.db}: up to date")


@contextmanager
def _shown(what: str, total: int) -> Iterator[Callable[[int], object]]:
    """A bar on a terminal's stderr, elsewhere a line."""
    if not on_terminal():
        notify(f"computing {total:,} {what}")
    with bar(f"computing {what}", total) as step:
        yield step
