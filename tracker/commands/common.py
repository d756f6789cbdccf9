"""What the commands share: the settings, the database, the apps meant, how results are printed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from tracker.commands.completing import Complete, complete_charts
from tracker.commands.nothing import (
    never_observed,
    not_observed_then,
    unranked_lines,
)
from tracker.errors import InvalidValue, NothingToShow, StoreError, UnknownName
from tracker.model import App, Chart, Provenance, Series, parse_time
from tracker.settings import Settings, load
from tracker.store.place import shortened
from tracker.words import SINGLE_APPS

if TYPE_CHECKING:
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


CHART = Told("chart", Chart.parse, complete_charts)
TIME = Told("time", parse_time)

db_option = click.option(
    "--db",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The database file.  [env: APPTRACK_DB; default: data/apptrack.db]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
csv_option = click.option(
    "--csv",
    "as_csv",
    is_flag=True,
    help="Print CSV, with the columns of --json; an apostrophe before what looks like a formula.",
)


def series_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose a series: --on, --source, --provenance, --since, --until."""
    for option in reversed(
        (
            click.option(
                "--on",
                "chart",
                type=CHART,
                default=DEFAULT_CHART,
                show_default=True,
                help="The chart: storefront/device/ranking/genre.",
            ),
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
    ):
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


def existing(settings: Settings) -> Path:
    """The path of the database; ``NothingToShow`` where there is none yet."""
    try:
        there = settings.db.exists()
    except OSError as error:  # such as a name that is too long
        raise StoreError(f"{shortened(settings.db)}: {error.strerror}") from None
    if not there:
        raise NothingToShow(
            f"there is no database at {settings.db} yet; "
            "run 'apptrack collect' or 'apptrack import FILE', or name one with --db"
        )
    return settings.db


def source_of(
    reader: Reader,
    chart: Chart,
    wanted: str | None,
    order: Sequence[str],
    there: Sequence[str] = (),
) -> str:
    """The one source a series comes from: the one asked for, else the first that has snapshots.

    THERE are the sources that count, by default all with a snapshot. A line on stderr names the
    others. ``NothingToShow`` where the chart was never observed.
    """
    there = there or reader.sources_of(chart)
    if not there:
        raise NothingToShow(never_observed(reader, chart))
    if wanted:
        if wanted not in there:
            raise UnknownName(
                f"{chart} has no snapshots from '{wanted}', only from {', '.join(there)}"
            )
        return wanted
    ranked = [name for name in order if name in there] or there
    others = [name for name in there if name != ranked[0]]
    if others:
        say(f"series from {ranked[0]}; also there: {', '.join(others)} (choose with --source)")
    return ranked[0]


def series_of(
    reader: Reader,
    apps: Sequence[App],
    *,
    chart: Chart,
    settings: Settings,
    source: str | None,
    provenances: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    sparse: bool = True,
) -> list[Series]:
    """The series of APPS on one timeline; at least one snapshot, or ``NothingToShow``.

    Sparse snapshots count where they speak of every one of APPS, unless SPARSE is False.
    """
    if since and until and since >= until:
        raise InvalidValue("--since must be before --until")
    chosen = source_of(reader, chart, source, settings.sources)
    series = reader.series(
        chart,
        chosen,
        apps,
        since=since,
        until=until,
        provenances=[Provenance(one) for one in provenances] or list(Provenance),
        sparse=sparse,
    )
    if not series or not series[0].timeline.times:
        raise NothingToShow(
            apart_words(reader, chart, chosen, apps if sparse else (), since, until)
            or not_observed_then(
                reader, f"{chart} was not observed", [chart], chosen, provenances, since, until
            )
        )
    return series


def say_unranked(reader: Reader, every: Sequence[Sequence[Series]]) -> None:
    """Say which apps none of EVERY chart's series ranks; ``NothingToShow`` where that is all."""
    for line in unranked_lines(reader, every):
        say(printable(line))


def apart_words(
    reader: Reader,
    chart: Chart,
    source: str,
    apps: Sequence[App],
    since: datetime | None = None,
    until: datetime | None = None,
) -> str | None:
    """Why sparse snapshots give no series of APPS; None where there is no sparse snapshot then.

    Without APPS, why they give nothing of the chart.
    """
    from tracker.store.sparse import sparse_apps

    if not sparse_apps(reader, chart, source, since, until):
        return None
    if not apps:
        return f"{chart} from {source} has {SINGLE_APPS} in that time: name the apps to compare"
    counts = sparse_apps(reader, chart, source, since, until, [app.app_id for app in apps])
    words = f"{chart} from {source} has {SINGLE_APPS} in that time, and no snapshot has"
    if len(apps) == 1:
        return f"{words} {printable(apps[0].name)}"
    each = [f"{printable(app.name)} is in {counts.get(app.app_id, 0)}" for app in apps[:5]]
    more = f", … ({len(apps)} apps)" if len(apps) > len(each) else ""
    return f"{words} {'both' if len(apps) == 2 else 'all of them'}: {', '.join(each)}{more}"


def rank_words(rank: int | None) -> str:
    return "unranked" if rank is None else str(rank)


def duration_words(seconds: float) -> str:
    """``7.1 d``, ``2.9 h``, ``25 min``."""
    if seconds >= 2 * 86_400:
        return f"{seconds / 86_400:.1f} d"
    if seconds >= 2 * 3600 or not seconds:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.0f} min"


def say(text: str) -> None:
    """Talk: to stderr, so that results on stdout can be piped."""
    click.echo(text, err=True)


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
