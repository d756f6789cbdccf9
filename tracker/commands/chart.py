"""The command chart: the ranks of apps over time, as a picture or in the terminal."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
from click.core import ParameterSource

from tracker.commands.completion import complete_apps
from tracker.commands.context import open_database
from tracker.commands.options import db_option, series_options, tz_option
from tracker.commands.output import notify, say
from tracker.commands.pictures import (
    FOLDER,
    TERMINAL,
    credit_option,
    export_words,
    file_name,
    legible_in,
    notes_in,
    now,
    output_option,
    print_headline,
    size_option,
    theme_option,
    write_picture,
)
from tracker.errors import NothingToShow
from tracker.model import App, Chart, Series
from tracker.picture import facets_of, other_apps, series_behind, stored_notes
from tracker.queries.apps import twins
from tracker.queries.no_data import not_observed_then, unranked_lines
from tracker.queries.selection import apart_in, source_of
from tracker.report.scene import Note
from tracker.words import SINGLE_APPS

if TYPE_CHECKING:
    from tracker.api import Database
    from tracker.report.facets import Part

#: What each kind of picture has no place for, by option and by the name of the argument.
_NOT_WITH: Mapping[str, Sequence[str]] = {
    "-o -": ("style", "facet", "events_file", "others", "table", "theme", "size", "credit"),
    # The other apps of twenty charts would be hundreds.
    "--facet": ("style", "others"),
}


@click.command("chart")
@click.argument("apps", nargs=-1, required=True, metavar="APP...", shell_complete=complete_apps)
@series_options
@output_option(
    "A .html, .png, .svg, .pdf or .json file, or - for the terminal.  [default: charts/APPS.html]",
    terminal=True,
)
@click.option(
    "--style",
    type=click.Choice(["curve", "bump"]),
    default="curve",
    show_default=True,
    help="bump adds each app's position among those drawn, above the curve of its real ranks.",
)
@click.option(
    "--facet",
    type=click.Choice(["storefront", "device", "ranking", "genre"]),
    help="A small plot for each storefront (device, ranking, genre) of the chart, on shared axes.",
)
@theme_option
@size_option("With --facet it is as high as its plots need, and a tall one stays near its height.")
@click.option(
    "--events",
    "events_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A CSV file of dated notes to mark, happened_at,title,source; beside those stored.",
)
@click.option(
    "--context",
    "others",
    type=click.IntRange(0, 50),
    default=0,
    show_default=True,
    help="Show the other apps that ranked highest in the background: up to 3 as lines, more as "
    "one band.",
)
@credit_option
@tz_option
@click.option("--table", is_flag=True, help="Put the data as a table below a .html picture.")
@db_option
@click.pass_context
def chart_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    output: Path | None,
    facet: Part | None,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Draw the ranks of apps over time, and who overtook whom.

    APP is an alias, an app id or a name. Prints the file's path and the headline. A line is blank
    where there was no data; unranked is a lane of its own below the ranks.
    """
    _refuse_pairs(context)
    if chosen["table"] and output and output.suffix.lower() != ".html":
        raise click.UsageError("--table goes with a .html file")
    with open_database(context, db) as database:
        window = (chosen["chart"], chosen["since"], chosen["until"])
        meant = legible_in(output, database.meant(apps, *window, facet))
        if facet:
            _draw_facets(database, meant, facet, output, **chosen)
        else:
            _draw_one(database, meant, output, **chosen)


def _refuse_pairs(context: click.Context) -> None:
    """Refuse options that were given together and do not go together."""
    chosen = context.params
    here = {
        "-o -": chosen["output"] == TERMINAL,
        "--facet": chosen["facet"] is not None,
        "--style bump": chosen["style"] == "bump",
    }
    for option, others in _NOT_WITH.items():
        for other in others if here[option] else ():
            given = context.get_parameter_source(other) is ParameterSource.COMMANDLINE
            if given and not (other == "style" and not here["--style bump"]):
                name = next(each.opts[0] for each in context.command.params if each.name == other)
                raise click.UsageError(f"{option} and {name} do not go together")


def _draw_one(
    database: Database,
    apps: Sequence[App],
    output: Path | None,
    *,
    chart: Chart,
    style: str,
    theme: str,
    size: tuple[int, int],
    events_file: Path | None,
    others: int,
    table: bool,
    credit: str | None,
    zone: ZoneInfo,
    **chosen: Any,
) -> None:
    """The picture of one chart."""
    more = _notes(events_file)
    series = database.series(*apps, on=chart, **chosen)
    for line in unranked_lines(database.reader, [series]):
        notify(line)
    if output == TERMINAL:
        _show(series, zone)
        return
    where = output or FOLDER / f"{'bump-' * (style == 'bump')}{file_name(apps)}.html"
    ids = [each.app.app_id for each in series]
    draw_files(
        series,
        [where],
        style=style,
        table=table,
        size=size,
        zone=zone,
        notes=notes_in(where, [*stored_notes(database.reader, chart, ids), *more]),
        context=_context(database, series, others, where),
        theme=theme,
        credit=credit,
    )


def _notes(events_file: Path | None) -> list[Note]:
    """The notes of EVENTS_FILE."""
    if events_file is None:
        return []
    from tracker.imports.events import read_events

    return [Note(*note) for note in read_events(events_file)]


def _show(series: Sequence[Series], zone: ZoneInfo) -> None:
    from tracker.plot.terminal import draw_terminal

    click.echo(draw_terminal(series, shutil.get_terminal_size(), zone=zone))


def _draw_facets(
    database: Database,
    apps: Sequence[App],
    part: Part,
    output: Path | None,
    *,
    chart: Chart,
    theme: str,
    size: tuple[int, int],
    events_file: Path | None,
    table: bool,
    credit: str | None,
    source: str | None,
    provenances: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    zone: ZoneInfo,
    **_: Any,
) -> None:
    """Small plots of the chart and those that differ from it in PART."""
    from tracker.plot.facet import facets as draw_facets

    reader = database.reader
    select = database.selection(source, provenances, since, until)
    facets = facets_of(
        reader,
        apps,
        chart,
        part,
        select,
        database.settings.charts,
        lambda apps, other: twins(database.catalog, apps, other, notify),
    )
    if not any(facet.observed or facet.known for facet in facets):
        source_of(reader, chart, source, ())  # which says what there is instead
    if not any(facet.observed for facet in facets):
        charts = [facet.chart for facet in facets]
        what = f"no {part}'s chart like {chart} was observed"
        raise NothingToShow(
            apart_in(reader, charts, apps, since, until)
            or not_observed_then(reader, what, charts, source, provenances, since, until)
        )
    where = output or FOLDER / f"{part}s-{file_name(apps)}.html"
    more = _notes(events_file)
    ids = [app.app_id for app in apps]
    facets = [
        replace(each, notes=tuple(notes_in(where, [*stored_notes(reader, each.chart, ids), *more])))
        for each in facets
    ]
    plot = draw_facets(apps, facets, part=part, theme=theme, zone=zone, now=now(), credit=credit)
    not_empty = [facet.series for facet in facets if facet.why_empty is None]
    tables = [_table(series, table, zone) for series in not_empty]
    write_picture(where, plot, size=size, table="\n".join(tables))
    print_headline(plot)


def draw_files(
    series: Sequence[Series],
    outputs: Sequence[Path],
    *,
    style: str = "curve",
    size: tuple[int, int] | None = None,
    table: bool = False,
    zone: tzinfo = UTC,
    **chosen: Any,
) -> None:
    """Write the picture of SERIES to each of OUTPUTS; print the paths and the headline."""
    from tracker.plot import SIZES

    if style == "bump":
        from tracker.plot.bump import bump as draw
    else:
        from tracker.plot.curve import curve as draw
    plot = draw(series, zone=zone, now=now(), **chosen)
    line = series[0].timeline
    data = export_words([each.app for each in series], line.chart, line)
    below = _table(series, table, zone)
    for output in outputs:
        write_picture(output, plot, size=size or SIZES["wide"], table=below, data=data)
    print_headline(plot)


def _table(series: Sequence[Series], wanted: bool, zone: tzinfo) -> str:
    from tracker.plot import data_table

    return data_table(series, zone) if wanted else ""


def _context(database: Database, series: Sequence[Series], most: int, where: Path) -> list[Series]:
    """The series of the other apps that are shown quietly."""
    if not most:
        return []
    apps = other_apps(database.reader, series, most)
    if not apps and series[0].timeline.sparse:
        say(f"no other apps: there are {SINGLE_APPS}")
    return series_behind(database.reader, series, legible_in(where, apps))
