"""What the commands share: the settings, the database, the apps meant, how results are printed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from tracker.commands.completing import Complete, complete_charts
from tracker.errors import InvalidValue, StoreError, echo
from tracker.model import Chart, Provenance, parse_time
from tracker.settings import Settings, load

if TYPE_CHECKING:
    from tracker.api import Database
    from tracker.store import Reader, Store

DEFAULT_CHART = "us/iphone/top-free/apps"

#: What JSON lets stand and a terminal obeys: C1 controls, and what turns the direction of writing.
_DRIVING = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Told(click.ParamType):  # type: ignore[type-arg]  # older click has it plain
    """A click type made of a function that reads text and raises ``InvalidValue``."""

    def __init__(
        self, name: str, read: Callable[[str], Any], complete: Complete | None = None
    ) -> None:
        self.name = name
        self.read = read
        self.complete = complete

    def shell_complete(
        self, context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        complete = self.complete(context, parameter, incomplete) if self.complete else []
        return [CompletionItem(text) for text in complete]

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self.read(value)
        except InvalidValue as error:
            self.fail(str(error), param, context)


class FilePath(click.Path):
    """A click type: a path, in which ``~`` and ``~user`` stand for home folders."""

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        if isinstance(value, str) and value.startswith("~"):
            try:
                value = str(Path(value).expanduser())
            except RuntimeError:
                user = echo(value.partition("/")[0][1:])
                self.fail(f"unknown user {user}; write ./~ for a name with ~", param, context)
        return super().convert(value, param, context)


CHART = Told("chart", Chart.parse, complete_charts)
TIME = Told("time", parse_time)

db_option = click.option(
    "--db",
    type=FilePath(dir_okay=False, path_type=Path),
    help="The database file.  [env: APPTRACK_DB; default: data/apptrack.db]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
csv_option = click.option(
    "--csv",
    "as_csv",
    is_flag=True,
    help="Print CSV, with the columns of --json; an apostrophe before what looks like a formula.",
)


#: The options that choose which snapshots of a chart count.
SNAPSHOTS_OPTIONS = (
    click.option("--source", help="The source, where several have snapshots."),
    click.option(
        "--provenance",
        "provenances",
        multiple=True,
        type=click.Choice([one.value for one in Provenance]),
        help="Only snapshots that came this way (may be repeated).",
    ),
    click.option(
        "--since",
        type=TIME,
        help="From this time on: 2026-08-17 (UTC) or 2026-08-17T04:50:46Z.",
    ),
    click.option("--until", type=TIME, help="Up to this time."),
)


def series_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose a series: --on, --source, --provenance, --since, --until."""
    chart = click.option(
        "--on",
        "chart",
        type=CHART,
        default=DEFAULT_CHART,
        show_default=True,
        help="The chart: storefront/device/ranking/genre.",
    )
    for option in reversed((chart, *SNAPSHOTS_OPTIONS)):
        command = option(command)
    return command


def settings_of(context: click.Context, db: Path | None = None) -> Settings:
    """The settings of the file named on the command line, with DB over them."""
    file = context.find_root().obj
    settings = load(Path(file) if file else None)
    return replace(settings, db=db) if db else settings


def open_to_write(settings: Settings) -> Store:
    """The database, made if it is not there."""
    from tracker.store import Store
    from tracker.store.incoming import sweep_if_ended

    make_folder(settings.db)
    store = Store(settings.db)
    sweep_if_ended(store)
    return store


def make_folder(db: Path) -> None:
    """Make the folder of the database DB, if it is not there."""
    try:
        db.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{db.parent}: cannot be made: {error.strerror}") from None


def open_to_read(settings: Settings) -> Reader:
    """The database, never written; ``NothingToShow`` where there is none yet."""
    from tracker.store import Reader

    return Reader(existing(settings))


def open_database(context: click.Context, db: Path | None) -> Database:
    """The database of the settings, opened to read; lines beside an answer go to stderr once."""
    from tracker.api import Database

    return Database(settings_of(context, db), cache(notify))


def notify(line: str) -> None:
    """Say a line that may repeat a stranger's words."""
    say(printable(line))


def existing(settings: Settings) -> Path:
    """The path of the database; ``NothingToShow`` where there is none yet."""
    from tracker.store.place import existing_file

    return existing_file(settings.db)


def say(text: str) -> None:
    """Talk: to stderr, so that results on stdout can be piped."""
    click.echo(text, err=True)


def one_format(as_json: bool, as_csv: bool) -> None:
    """Refuse both of --json and --csv."""
    if as_json and as_csv:
        raise click.UsageError("choose one of --json and --csv")


def print_json(value: object) -> None:
    click.echo(json_text(value, indent=2))


@cache
def _encoder(indent: int | None) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=False, indent=indent)


def json_text(value: object, indent: int | None = None) -> str:
    """JSON in letters as they are, but for those that would drive a terminal."""
    text = _encoder(indent).encode(value)
    return _DRIVING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table for people, as wide as the terminal; wide and right-to-left letters line up."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(Text(printable(column)), overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = Console()
    if not console.is_terminal:
        console.width = 200
    # Not the table's own title: that is folded to the width of the table.
    for line in title.splitlines():
        click.echo(printable(line))
    console.print(table)


def printable(text: str) -> str:
    """TEXT without what would drive a terminal: names come from strangers."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
