"""The command that brings charts in from files: import."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from tracker import imports
from tracker.commands.context import settings_of
from tracker.commands.options import CHART, FilePath, Parsed, db_option, json_option
from tracker.commands.output import print_json
from tracker.dates import read_zone
from tracker.errors import InvalidValue
from tracker.exports import printable
from tracker.imports.files import read_encoding
from tracker.imports.table import read_delimiter
from tracker.imports.times import Clock, DateIs, read_time
from tracker.model import Chart
from tracker.report.imports import import_json, import_line
from tracker.service import now, open_to_write
from tracker.sources import SOURCES

if TYPE_CHECKING:
    from tracker.store import Store


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@click.option(
    "--delimiter",
    type=Parsed("character", read_delimiter),
    help="What divides the cells of a CSV, such as ';' or 'tab'.  [default: as its header shows]",
)
@click.option(
    "--encoding",
    type=Parsed("name", read_encoding),
    help="The encoding of a CSV, such as cp1252.  [default: UTF-16 by its mark, else UTF-8]",
)
@click.option(
    "--tz",
    "zone",
    type=Parsed("zone", read_zone),
    help="The zone of times that have none, such as Europe/Berlin.",
)
@click.option(
    "--date-is",
    type=click.Choice([choice.value for choice in DateIs]),
    help="Put a date without a time at the first or the last second of its day, in --tz or UTC.",
)
@click.option(
    "--sparse",
    is_flag=True,
    help="FILE has the ranks of single apps, not whole charts: any other app is unobserved.",
)
@click.option("--source", "named", help="With --sparse: the source, where FILE has no such column.")
@click.option(
    "--payload",
    "source",
    type=click.Choice(list(SOURCES)),
    help="FILE is a payload as this source sends it, not a CSV.",
)
@click.option(
    "--reported", is_flag=True, help="FILE has ranks that the press reported, with the publisher."
)
@click.option(
    "--git",
    "repository",
    type=FilePath(file_okay=False, path_type=Path),
    metavar="REPO",
    help="FILE is a path in this cloned repository: import each commit of it.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(imports.FORMATS)),
    help="With --git: how the files are written.",
)
@click.option("--chart", type=CHART, help="With --payload and --git: the chart it is of.")
@click.option("--at", help="With --payload: when it was fetched.")
@json_option
@db_option
@click.pass_context
def import_command(
    context: click.Context,
    files: tuple[Path, ...],
    delimiter: str | None,
    encoding: str | None,
    zone: ZoneInfo | None,
    date_is: str | None,
    sparse: bool,
    named: str | None,
    source: str | None,
    reported: bool,
    repository: Path | None,
    form: str | None,
    chart: Chart | None,
    at: str | None,
    as_json: bool,
    db: Path | None,
) -> None:
    """Import charts from CSV files, a saved payload, press reports or a git history.

    A CSV (plain, gzip or zip; comma, semicolon, tab or pipe; UTF-8 or UTF-16) has the columns
    observed_at, chart, source, rank, app_id, name, and its rows in any order. Each file is imported
    whole or not at all, and importing it again changes nothing. A date without a time is refused
    unless --date-is says which second stands for it. Imported snapshots have the provenance
    `imported` in the database and on every picture.

    With --sparse a CSV has the ranks of single apps: it needs the columns observed_at, chart, rank
    and app_id. An app without a row is unobserved at that instant, not unranked. The ranks of other
    apps at the same instant may come in another file.

    With --reported a CSV has ranks from the press: observed_at, chart, rank, app_id, name and
    said_by, and may have title and address. Each is drawn as a point with a note, never as a line.

    With --git REPO, each commit of the file or folder FILE is imported at the time of the commit.
    Formats: the answers of apple-rss or itunes-rss as files, or by-storefront, a JSON object with a
    list of ranked apps for each storefront.
    """
    _refuse_misuse(context.params)
    clock = Clock(zone, DateIs(date_is) if date_is else None)
    if source and chart and at:
        read = partial(_payload, source, chart, _time_of(at, clock))
    elif repository and form and chart:
        read = partial(_git, repository, form, chart)
    elif reported:
        read = partial(_reports, clock, encoding)
    else:
        read = partial(_csv, imports.Reading(delimiter, encoding, clock, sparse, named))
    for file in files if repository is None else ():
        imports.must_be_readable(file)
    done: list[dict[str, Any]] = []
    with open_to_write(settings_of(context, db)) as store:
        try:
            for file in files:
                imported = read(file, store)
                done.append(import_json(file, imported))
                if not as_json:
                    click.echo(printable(import_line(file, imported)))
        finally:  # the files before one that is refused are stored
            if as_json:
                print_json(done)


def _csv(reading: imports.Reading, file: Path, store: Store) -> imports.Imported:
    return imports.csv_file(file, store, now(), reading)


def _refuse_misuse(options: Mapping[str, Any]) -> None:
    """Raise ``UsageError`` for OPTIONS that do not go together."""
    given = {name for name, value in options.items() if value}
    single_file = len(options["files"]) == 1
    rules = (
        (
            "source" in given and not (given >= {"chart", "at"} and single_file),
            "--payload needs --chart, --at and one FILE",
        ),
        (
            "source" in given and given & {"delimiter", "encoding", "sparse"},
            "--delimiter, --encoding and --sparse are for a CSV, not for --payload",
        ),
        ("named" in given and "sparse" not in given, "--source goes with --sparse"),
        (
            given & {"repository", "form"}
            and not (given >= {"repository", "form", "chart"} and single_file),
            "--git needs --format, --chart and one FILE, a path in REPO",
        ),
        (
            given & {"chart", "at"} and not given & {"source", "repository"},
            "--chart and --at go with --payload, --chart with --git as well",
        ),
        (
            len(given & {"sparse", "source", "reported", "repository"}) > 1,
            "choose one of --sparse, --payload, --reported and --git",
        ),
    )
    for broken, words in rules:
        if broken:
            raise click.UsageError(words)


def _reports(clock: Clock, encoding: str | None, file: Path, store: Store) -> imports.Imported:
    return imports.reports_file(file, store, now(), clock, encoding)


def _git(repository: Path, form: str, chart: Chart, file: Path, store: Store) -> imports.Imported:
    return imports.git_history(repository, file.as_posix(), form, chart, store, now())


def _payload(source: str, chart: Chart, at: datetime, file: Path, store: Store) -> imports.Imported:
    return imports.payload_file(file, source, chart, at, store, now())


def _time_of(at: str, clock: Clock) -> datetime:
    try:
        return read_time(at, clock)
    except InvalidValue as error:
        raise click.BadParameter(str(error), param_hint="'--at'") from None
