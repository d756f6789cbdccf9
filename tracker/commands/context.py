"""The settings and the database that a command works with."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from tracker.commands.output import notify
from tracker.settings import Settings, load

if TYPE_CHECKING:
    from tracker.api import Database
    from tracker.store import Reader


def settings_of(context: click.Context, db: Path | None = None) -> Settings:
    """The settings of the file named on the command line, with DB over them."""
    file = context.find_root().obj
    settings = load(Path(file) if file else None)
    return replace(settings, db=db) if db else settings


def existing(settings: Settings) -> Path:
    """The path of the database; ``NothingToShow`` where there is none yet."""
    from tracker.store.files import existing_file

    return existing_file(settings.db)


def open_to_read(settings: Settings) -> Reader:
    """The database, never written; ``NothingToShow`` where there is none yet."""
    from tracker.store import Reader

    return Reader(existing(settings))


def open_database(context: click.Context, db: Path | None) -> Database:
    """The database of the settings, opened to read, in the zone of --tz where there is one.

    Lines beside an answer go to stderr once.
    """
    from tracker.api import Database
    from tracker.queries.selection import quiet

    zone = context.params.get("zone") or ZoneInfo("UTC")
    notes = quiet if context.params.get("quiet") else cache(notify)
    return Database(settings_of(context, db), notes, zone)
