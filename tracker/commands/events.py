"""Commands for dated notes: events add, list, remove; and the file of them that chart reads."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from tracker.commands.context import existing, open_to_read, settings_of
from tracker.commands.options import CHART, DAY, db_option, table_options
from tracker.commands.output import Table, notify, print_table
from tracker.errors import UnknownName
from tracker.imports.events import checked_title, one_line
from tracker.model import Chart, iso
from tracker.queries.apps import catalog_of
from tracker.service import open_to_write
from tracker.words import unlike

#: The columns of ``StoredNote.to_json``.
NOTE_COLUMNS = ("number", "happened_at", "title", "app_id", "chart", "source")


@click.group("events")
def events_command() -> None:
    """Store dated notes that plots mark: a release, a ban, a headline.

    A note is a statement, not an observation, and plots show who made it.
    """


@events_command.command("add")
@click.argument("happened_at", type=DAY, metavar="TIME")
@click.argument("title")
@click.option("--source", help="Who says so.")
@click.option("--app", help="Only for plots of this app.")
@click.option("--on", "chart", type=CHART, help="Only for plots of this chart.")
@db_option
@click.pass_context
def add_command(
    context: click.Context,
    happened_at: datetime,
    title: str,
    source: str | None,
    app: str | None,
    chart: Chart | None,
    db: Path | None,
) -> None:
    """Store a note with a short TITLE.

    TIME is 2025-01-27 or 2025-01-27T12:00:00Z. A date alone is stored as 00:00:00Z and is that day
    in the zone of any plot. The same time and title twice are one note.
    """
    title_line = checked_title(title)
    settings = settings_of(context, db)
    with open_to_write(settings) as store:
        catalog = catalog_of(settings.apps, store, notify)
        app_id = catalog.find(app, chart.store if chart else None).app_id if app else None
        before = store.counts()["events"]
        store.add_event(
            happened_at, title_line, app_id=app_id, chart=chart, source=one_line(source) or None
        )
        added = store.counts()["events"] > before
    click.echo(f"{iso(happened_at)} {title_line}" + ("" if added else " (was there already)"))


@events_command.command("list")
@table_options
@db_option
@click.pass_context
def list_command(context: click.Context, table: Table, db: Path | None) -> None:
    """List the notes by time, with their numbers."""
    from tracker.store.notes import notes

    with open_to_read(settings_of(context, db)) as reader:
        events = notes(reader)
        apps = reader.names([note.app_id for note in events if note.app_id])
    names = dict(zip(apps, unlike(list(apps.values()), list(apps)), strict=True))
    events = list(table.pick(events))
    if table.for_programs:
        table.write((note.to_json() for note in events), NOTE_COLUMNS)
    elif not events:
        click.echo("no events yet; 'apptrack events add TIME TITLE' adds one")
    else:
        print_table(
            "" if table.quiet else "Events",
            ("No.", "Time (UTC)", "Title", "App", "Chart", "Source"),
            [
                (str(note.number), iso(note.happened_at), note.title,
                 names.get(note.app_id or "", note.app_id or "every app"),
                 str(note.chart or "every chart"), note.source or "not given")
                for note in events
            ],
        )  # fmt: skip


@events_command.command("remove")
@click.argument("numbers", nargs=-1, required=True, type=click.IntRange(min=1), metavar="NO...")
@db_option
@click.pass_context
def remove_command(context: click.Context, numbers: tuple[int, ...], db: Path | None) -> None:
    """Remove notes by their numbers in 'apptrack events list'.

    All of them or, where one is unknown, none.
    """
    from tracker.store.notes import remove_note

    settings = settings_of(context, db)
    existing(settings)
    with open_to_write(settings) as store, store.transaction():
        for number in dict.fromkeys(numbers):
            if not remove_note(store, number):
                raise UnknownName(
                    f"there is no event {number}, so none was removed; "
                    "'apptrack events list' shows the numbers"
                )
    click.echo(f"removed {len(dict.fromkeys(numbers))}")
