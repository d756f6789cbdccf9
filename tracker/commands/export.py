"""The command export: raw series, overtakes and whole charts, as CSV, JSON lines or Excel."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from tracker.commands.completion import complete_apps
from tracker.commands.context import open_database
from tracker.commands.options import (
    CHARTS,
    FilePath,
    charts_options,
    confirm_option,
    days_option,
    db_option,
    json_option,
)
from tracker.commands.output import notify, print_json
from tracker.commands.progress import bar
from tracker.exports import SUFFIXES, Row, check_output, printable, started, write_rows, write_text
from tracker.queries.charts import ChartPattern
from tracker.queries.raw import COLUMNS
from tracker.report.overtakes import LEDGER_COLUMNS
from tracker.report.parquet import export_json, export_line
from tracker.words import counted

if TYPE_CHECKING:
    from tracker.api import Database


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose where rows go: -o, --format, --force, --db."""
    for option in reversed(
        (
            click.option(
                "-o", "--output", type=FilePath(dir_okay=False, path_type=Path), metavar="FILE",
                help=f"A {', '.join(SUFFIXES)} file.  [default: stdout]",
            ),
            click.option(
                "--format", "form", type=click.Choice(["csv", "jsonl"]),
                help="The format on stdout.  [default: csv]",
            ),
            click.option("--force", is_flag=True, help="Overwrite FILE where it is there."),
            days_option,
            db_option,
        )
    ):  # fmt: skip
        command = option(command)
    return command


@click.group("export")
def export_command() -> None:
    """Write series, overtakes or whole charts as CSV, JSON lines or Excel.

    A file is written whole or not at all. Times are UTC, ids are text. In CSV an apostrophe
    precedes text that begins like a formula. A time without a snapshot has no row.
    """


@export_command.command("series")
@click.argument("apps", nargs=-1, required=True, metavar="APP...", shell_complete=complete_apps)
@charts_options
@click.option(
    "--ranked",
    is_flag=True,
    help="Only rows with a rank, as 'apptrack import --sparse' reads them.",
)
@output_options
@click.pass_context
def series_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    charts: tuple[ChartPattern, ...],
    output: Path | None,
    form: str | None,
    force: bool,
    zone: ZoneInfo,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Write the rank of apps in every snapshot.

    One row for each app and snapshot. The column state is ranked, or unranked: the app is not among
    the depth entries of the snapshot. A time without a snapshot has no row; gap_before is true
    where a gap lies before a snapshot.
    """

    def rows(database: Database) -> Iterator[Mapping[str, object]]:
        return database.observations(*apps, on=charts, **chosen)

    _export(context, db, rows, COLUMNS, output, form, force=force)


@export_command.command("charts")
@charts_options
@output_options
@click.pass_context
def charts_command(
    context: click.Context,
    /,
    charts: tuple[ChartPattern, ...],
    output: Path | None,
    form: str | None,
    force: bool,
    zone: ZoneInfo,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Write whole charts, as 'apptrack import' reads them.

    One row for each entry of each snapshot, in the columns of 'apptrack export series'.
    """

    def rows(database: Database) -> Iterator[Mapping[str, object]]:
        return database.entries(on=charts, **chosen)

    _export(context, db, rows, COLUMNS, output, form, force=force)


@export_command.command("overtakes")
@click.argument("apps", nargs=-1, metavar="APP APP...", shell_complete=complete_apps)
@click.option(
    "--all",
    "everyone",
    is_flag=True,
    help="Every pair of assistants on each chart, in place of APPs.",
)
@charts_options
@confirm_option
@output_options
@click.pass_context
def overtakes_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    everyone: bool,
    charts: tuple[ChartPattern, ...],
    output: Path | None,
    form: str | None,
    force: bool,
    zone: ZoneInfo,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Write who passed whom.

    In the columns of 'apptrack overtakes --csv'. Two or more apps; every pair is compared, on each
    chart by itself.
    """
    if everyone == bool(apps):
        raise click.UsageError("name two apps at least, or --all")

    def rows(database: Database) -> Iterator[Mapping[str, object]]:
        ledgers = database.on_each(
            charts, lambda chart: database.overtakes(*apps, on=chart, **chosen), chosen["source"]
        )
        return (overtake.to_json() for ledger in ledgers for overtake in ledger)

    _export(context, db, rows, LEDGER_COLUMNS, output, form, force=force)


@export_command.command("parquet")
@click.argument("folder", type=FilePath(file_okay=False), metavar="DIR")
@click.option(
    "--on",
    "charts",
    type=CHARTS,
    multiple=True,
    help="Only this chart; * stands for any part (may be repeated).  [default: all]",
)
@click.option("--full", is_flag=True, help="Read and compare every rank, not only checksums.")
@json_option
@db_option
@click.pass_context
def parquet_command(
    context: click.Context,
    folder: str,
    charts: tuple[ChartPattern, ...],
    full: bool,
    as_json: bool,
    db: Path | None,
) -> None:
    """Write every snapshot and rank to Parquet files in DIR.

    One file of each kind for a chart and month. DuckDB, pandas, polars and Spark read them;
    DIR/README.md describes them. Run it again to write only the months that changed; a run that was
    stopped is resumed so. Months that the database no longer has are reported and left.

    DIR may be s3://BUCKET/FOLDER; AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and
    AWS_ENDPOINT_URL are read. Needs the extra 'parquet'.
    """
    from tracker.parquet.export import export
    from tracker.parquet.places import place_of

    place = place_of(folder)
    with open_database(context, db) as database:
        wanted = database.charts(*charts)
        with bar("exporting charts", len(wanted)) as step:
            exported = export(database.reader, place, wanted, full=full, step=step)
    if as_json:
        print_json(export_json(place, exported))
        return
    click.echo(printable(export_line(place, exported)))
    for part in exported.left:
        notify(f"left: {part} is in {place}, and no longer in the database")


def _export(
    context: click.Context,
    db: Path | None,
    rows: Callable[[Database], Iterator[Mapping[str, object]]],
    columns: Sequence[str],
    output: Path | None,
    form: str | None,
    *,
    force: bool,
) -> None:
    form = _format_of(output, form)
    check_output(output, form, force=force)
    with open_database(context, db) as database:
        if output:
            count = write_rows(rows(database), columns, output, form)
            click.echo(f"{output}: {counted(count, 'row')}")
        else:
            _print(started(rows(database)), columns, form)


def _format_of(output: Path | None, form: str | None) -> str:
    """The format of OUTPUT by its suffix; of stdout FORM, by default CSV. ``UsageError``."""
    if output is None:
        return form or "csv"
    if form:
        raise click.UsageError("--format is for stdout: the suffix of FILE names its format")
    if output.suffix.lower() not in SUFFIXES:
        raise click.UsageError(f"{output}: FILE should end in {', '.join(SUFFIXES)}")
    return SUFFIXES[output.suffix.lower()]


def _print(rows: Iterable[Row], columns: Sequence[str], form: str) -> None:
    write_text(rows, columns, form, sys.stdout)
