"""What a shell completes: apps by alias, and charts. Whatever is wrong, nothing is completed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from tracker.catalog import Catalog
from tracker.errors import ApptrackError
from tracker.settings import Settings, load

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def complete_apps(context: click.Context, parameter: click.Parameter, text: str) -> list[str]:
    """The aliases that begin with TEXT: of the settings, then of the catalogue."""
    settings = _settings(context)
    aliases = (app.alias for app in Catalog(settings.apps).every)
    return [alias for alias in dict.fromkeys(aliases) if alias and alias.startswith(text)]


def complete_charts(context: click.Context, parameter: click.Parameter, text: str) -> list[str]:
    """The charts that begin with TEXT: of the settings, then of the database."""
    settings = _settings(context)
    charts = dict.fromkeys([*map(str, settings.charts), *_stored(settings)])
    return [chart for chart in charts if chart.startswith(text)]


def _settings(context: click.Context) -> Settings:
    file, db = context.find_root().obj, context.params.get("db")
    with suppress(ApptrackError):
        settings = load(Path(file) if file else None)
        return replace(settings, db=db) if db else settings
    return Settings()


def _stored(settings: Settings) -> Iterator[str]:
    from tracker.store import Reader

    if settings.db.exists():
        with suppress(ApptrackError), Reader(settings.db) as reader:
            yield from map(str, reader.charts())
