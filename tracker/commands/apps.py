"""The command apps: list, search, and the list of apps in the settings."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import click

from tracker.catalog import Catalog
from tracker.commands.completion import complete_apps
from tracker.commands.context import open_to_read, settings_of
from tracker.commands.options import db_option, table_options
from tracker.commands.output import Table, notify, print_lines, print_table
from tracker.errors import NothingToShow, SettingsError, UnknownName
from tracker.ids import store_of_id
from tracker.model import App
from tracker.queries.apps import catalog_of
from tracker.report.apps import FOUND_COLUMNS, app_rows, found_row
from tracker.settings import Settings, file_of, variable
from tracker.settings.editing import add_app, alias_from, remove_app
from tracker.settings.readers import alias as read_alias
from tracker.settings.readers import colour as read_colour
from tracker.storefronts import check_storefront


@click.group("apps", invoke_without_command=True)
@table_options
@click.pass_context
def apps_command(context: click.Context, table: Table) -> None:
    """List the apps of the settings and the assistants, search the store, edit the list.

    Without a subcommand the apps of the settings come first, then the assistants of the catalogue,
    with the evidence for each id: several independent sources, or one.
    """
    if context.invoked_subcommand:
        return
    settings = settings_of(context)
    rows = list(table.pick(app_rows(settings), dict))
    if table.for_programs:
        columns = dict.fromkeys(name for row in rows for name in row)
        table.write({name: row.get(name) for name in columns} for row in rows)
        return
    shown = ("alias", "name", "app_id", "google_play", "evidence")
    cells = [[str(row.get(column) or "") for column in shown] for row in rows]
    print_table("", ("alias", "name", "App Store id", "Google Play", "evidence"), cells)


@apps_command.command("search")
@click.argument("text")
@click.option("--storefront", default="us", show_default=True, help="Whose store to search.")
@table_options
@click.pass_context
def apps_search(context: click.Context, text: str, storefront: str, table: Table) -> None:
    """Ask the iTunes Search API for apps called TEXT, to learn their ids."""
    from tracker.fetch import Fetcher
    from tracker.sources import itunes_search

    settings = settings_of(context.find_root())
    storefront = storefront.lower()
    check_storefront(storefront)
    url = itunes_search.search_url(text, storefront, settings.bases["itunes-search"])
    with Fetcher(
        settings.fetch, clock=lambda: datetime.now(UTC), stop=threading.Event()
    ) as fetcher:
        matches = itunes_search.parse_found(fetcher.get(url))
    rows = list(table.pick(map(found_row, matches), dict))
    if table.for_programs:
        table.write(rows, FOUND_COLUMNS)
    elif not rows:
        raise NothingToShow(f"the {storefront} store knows no app called '{text}'")
    else:
        cells = [[value or "" for value in row.values()] for row in rows]
        print_table("", ("App Store id", "name", "developer", "bundle"), cells)


@apps_command.command("add")
@click.argument("app", shell_complete=complete_apps)
@click.option("--alias", help="What you type for it.  [default: from its name]")
@click.option("--name", help="Its name.  [default: that of the catalogue or the database]")
@click.option("--colour", help="Its colour in plots, such as #1f77b4.")
@db_option
@click.pass_context
def apps_add(
    context: click.Context,
    app: str,
    alias: str | None,
    name: str | None,
    colour: str | None,
    db: Path | None,
) -> None:
    """Add APP to the list in apptrack.toml.

    APP is an id or an assistant's alias. Every other line of the file stays as it is. An alias or
    an id that is taken is refused.
    """
    path = _file(context)
    known = _known(settings_of(context.find_root(), db), app, name)
    added = App(
        known.app_id,
        name or known.name,
        read_alias(alias or known.alias or alias_from(name or known.name)),
        read_colour(colour) if colour else known.colour,
    )
    add_app(path, added)
    print_lines([f"{path}: added {added.alias}, {added.name} ({added.app_id})"])


@apps_command.command("remove")
@click.argument("app", shell_complete=complete_apps)
@click.pass_context
def apps_remove(context: click.Context, app: str) -> None:
    """Remove APP from the list in apptrack.toml.

    Every other line of the file stays as it is; nothing in the database changes. An app that a
    rule of the alerts names is refused.
    """
    path = _file(context)
    removed = remove_app(path, app)
    ids = ", ".join(app.app_id for app in removed)
    print_lines([f"{path}: removed {removed[0].alias}, {removed[0].name} ({ids})"])


def _file(context: click.Context) -> Path:
    """The file of settings; refused where the environment has the list."""
    if os.environ.get(variable("apps")):
        raise SettingsError(f"{variable('apps')} is set and wins over the file: unset it first")
    named = context.find_root().obj
    return file_of(Path(named) if named else None)


def _known(settings: Settings, text: str, name: str | None) -> App:
    """The app meant; one that is not known is made of an id and its NAME."""
    try:
        if settings.db.exists():
            with open_to_read(settings) as reader:
                return catalog_of(settings.apps, reader, notify).find(text)
        app = Catalog(settings.apps).find(text)
    except UnknownName:
        if not (name and store_of_id(text.strip())):
            raise
        return App(text.strip(), name)
    if app.name == app.app_id and not name:
        raise UnknownName(
            f"no name is known of {app.app_id}: give one with --name, "
            "or look it up with 'apptrack apps search'"
        )
    return app
