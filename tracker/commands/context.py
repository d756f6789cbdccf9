"""The settings and the database that a command works with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from tracker.commands.output import notify
from tracker.settings import Settings, load

if TYPE_CHECKING:
    from tracker.api import Database
    from tracker.scale.questions import Asked
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

    zone = context.params.get("zone") or ZoneInfo("UTC")
    return Database(settings_of(context, db), _notes(context), zone)


def _notes(context: click.Context) -> Callable[[str], None]:
    """What lines beside an answer are given to."""
    return (lambda _: None) if context.params.get("quiet") else cache(notify)


@dataclass(frozen=True, slots=True)
class Where:
    """Where an answer comes from: the database, or Parquet files in ``folder``."""

    db: Path | None
    folder: Path | None
    engine: str | None
    master: str | None

    def __post_init__(self) -> None:
        if self.folder is None and (self.engine, self.master) != (None, None):
            raise click.UsageError("--engine and --master go with --data")
        if self.folder and self.db:
            raise click.UsageError("choose one of --db and --data")


@contextmanager
def asked(context: click.Context, where: Where, texts: Sequence[str]) -> Iterator[Asked]:
    """The Parquet files of WHERE, to be asked about the apps that TEXTS name."""
    from tracker.scale.questions import asking

    assert where.folder is not None
    settings, notes = settings_of(context), _notes(context)
    zone = context.params.get("zone") or ZoneInfo("UTC")
    engine = where.engine or "duckdb"
    with asking(settings, where.folder, engine, where.master, texts, notes, zone) as question:
        yield question


@contextmanager
def open_either(
    context: click.Context, where: Where, texts: Sequence[str], fill: Callable[[Asked], None]
) -> Iterator[Database]:
    """The database, or one that FILL made of Parquet files with what the question needs."""
    if where.folder is None:
        with open_database(context, where.db) as database:
            yield database
        return
    with asked(context, where, texts) as question:
        fill(question)
        yield question.database
