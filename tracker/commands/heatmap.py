"""The command heatmap: an app, or two, in every storefront, day by day."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from tracker.commands.completion import complete_apps
from tracker.commands.context import open_database
from tracker.commands.options import (
    confirm_option,
    db_option,
    series_options,
    table_options,
    tz_option,
)
from tracker.commands.output import Table, notify
from tracker.commands.pictures import (
    FOLDER,
    credit_option,
    file_name,
    legible_in,
    now,
    output_option,
    print_headline,
    size_option,
    theme_option,
    write_picture,
)
from tracker.model import App, Chart, Series, iso
from tracker.picture import days_plot, every_storefront
from tracker.queries.no_data import never_ranked_words, unranked_lines, where_words

if TYPE_CHECKING:
    from tracker.report.heatmap import Sort
    from tracker.store import Reader


@click.command("heatmap")
@click.argument("apps", nargs=-1, required=True, metavar="APP...", shell_complete=complete_apps)
@click.option("--wave", is_flag=True, help="Of two apps: who was ahead.")
@series_options
@click.option(
    "--order",
    type=click.Choice(["peak", "first", "name"]),
    default="peak",
    show_default=True,
    help="In the picture, storefronts by best rank, by first day in the chart, or by name.",
)
@confirm_option
@tz_option
@output_option("A .html, .png, .svg, .pdf or .json file.  [default: charts/heatmap-APP.html]")
@theme_option
@size_option("The picture is as wide as that, and as high as its rows need.")
@credit_option
@click.option("--table", "below", is_flag=True, help="Add the days as a table to a .html picture.")
@table_options
@db_option
@click.pass_context
def heatmap_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    wave: bool,
    order: Sort,
    confirm: int,
    zone: ZoneInfo,
    output: Path | None,
    theme: str,
    size: tuple[int, int],
    credit: str | None,
    below: bool,
    table: Table,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Draw an app in every storefront, day by day; or two, and who was ahead.

    Draws the chart's device, ranking and genre for each storefront in the database, each by one
    source. Colour is the best rank of a day, or of a week where days would be too narrow; with
    --wave it is who was ahead at the last snapshot, and storefronts are in the order in which the
    first app passed the second. Days without data are shaded.
    """
    if below and output and output.suffix.lower() != ".html":
        raise click.UsageError("--table goes with a .html file")
    if (table.sort or table.limit) and not table.for_programs:
        raise click.UsageError("--sort and --limit go with --json and --csv")
    with open_database(context, db) as database:
        where = (chosen["chart"], chosen["since"], chosen["until"])
        meant = legible_in(output, database.meant(apps, *where, "storefront"))
        if len(meant) != 1 + wave:
            raise click.UsageError("name two apps" if wave else "name one app, or two with --wave")
        window = {name: value for name, value in chosen.items() if name != "chart"}
        select = database.selection(**window)
        every = every_storefront(database.reader, meant, chosen["chart"], select)
        _say_unranked(database.reader, every)
    if table.for_programs:
        from tracker.report.heatmap import day_rows

        table.write(table.pick(day_rows(every, zone, confirm), dict))
        return
    path = output or FOLDER / f"{'wave' if wave else 'heatmap'}-{file_name(meant)}.html"
    plot = days_plot(
        meant, every, size, zone, confirm, order, theme=theme, now=now(), credit=credit
    )  # fmt: skip
    days = _table(meant, every, zone, confirm, order) if below else ""
    write_picture(path, plot, size=size, table=days, data=_export(meant, **chosen))
    if not table.quiet:
        print_headline(plot)


def _export(apps: Sequence[App], chart: Chart, **chosen: Any) -> str:
    """The command that prints the data of the picture."""
    names = " ".join(shlex.quote(app.alias or app.app_id) for app in apps)
    window = [f"--{end} {iso(chosen[end])}" for end in ("since", "until") if chosen[end]]
    wave = ["--wave"] if len(apps) > 1 else []
    return " ".join(["apptrack heatmap", *wave, names, f"--on {chart}", *window, "--json"])


def _say_unranked(reader: Reader, every: Sequence[Sequence[Series]]) -> None:
    """Two apps that were never ranked cannot be compared; one is drawn, and a line says so."""
    if len(every[0]) > 1:
        for line in unranked_lines(reader, every):
            notify(line)
    elif not any(any(series[0].ranks) for series in every):
        charts = [series[0].timeline.chart for series in every]
        where = where_words(charts)
        notify(never_ranked_words(reader, every[0][0].app, where, charts))


def _table(
    apps: Sequence[App],
    every: Sequence[Sequence[Series]],
    zone: ZoneInfo,
    confirm: int,
    sort: Sort,
) -> str:
    """The days as a table, its storefronts in the order of the picture's."""
    from tracker.analysis.days import lead_days, rank_days
    from tracker.plot.heatmap import lead_table, rank_table

    if len(apps) == 1:
        return rank_table(apps[0], [rank_days(series[0], zone) for series in every], zone, sort)
    leads = lead_days([(a, b) for a, b in every], zone, confirm=confirm)
    return lead_table((apps[0], apps[1]), leads, zone)
