"""The settings and the database that a command works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.output import notify
from tracker.errors import InvalidValue, StoreError
from tracker.model import Chart
from tracker.settings import Settings, expand_charts, load
from tracker.sources import CROSS_CHECKED, source_for

if TYPE_CHECKING:
    from tracker.api import Database
    from tracker.store import Reader, Store


def settings_of(context: click.Context, db: Path | None = None) -> Settings:
    """The settings of the file named on the command line, with DB over them."""
    file = context.find_root().obj
    settings = load(Path(file) if file else None)
    return replace(settings, db=db) if db else settings


def make_folder(db: Path) -> None:
    """Make the folder of the database DB, if it is not there."""
    try:
        db.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{db.parent}: cannot be made: {error.strerror}") from None


def existing(settings: Settings) -> Path:
    """The path of the database; ``NothingToShow`` where there is none yet."""
    from tracker.store.files import existing_file

    return existing_file(settings.db)


def open_to_write(settings: Settings) -> Store:
    """The database, made if it is not there."""
    from tracker.store import Store
    from tracker.store.incoming import sweep_if_ended

    make_folder(settings.db)
    store = Store(settings.db)
    sweep_if_ended(store)
    return store


def open_to_read(settings: Settings) -> Reader:
    """The database, never written; ``NothingToShow`` where there is none yet."""
    from tracker.store import Reader

    return Reader(existing(settings))


def open_database(context: click.Context, db: Path | None) -> Database:
    """The database of the settings, opened to read; lines beside an answer go to stderr once."""
    from tracker.api import Database

    return Database(settings_of(context, db), cache(notify))


def charts_of(settings: Settings, texts: Sequence[str]) -> tuple[Chart, ...]:
    """The charts typed, else those of the settings; each has a source in use."""
    charts = expand_charts(texts, settings.storefronts) if texts else settings.charts
    for chart in charts:
        source_for(chart, settings.sources)
    return charts


def cross_checked(settings: Settings, charts: Sequence[Chart], asked: bool) -> Settings:
    """The settings with a second opinion, if ASKED for; refused where no chart can have one."""
    if not asked:
        return settings
    checked = replace(settings, cross_check=True)
    if len(checked.looks(charts)) == len(charts):
        raise InvalidValue(
            f"--cross-check: no chart here is carried by {' and '.join(CROSS_CHECKED)}, both in use"
        )
    return checked
