"""The command heatmap: an app, or two, in every storefront, day by day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import click

from tracker.commands.completion import complete_apps
from tracker.commands.context import open_database
from tracker.commands.options import (
    confirm_option,
    db_option,
    json_option,
    series_options,
    tz_option,
)
from tracker.commands.output import notify, print_json
from tracker.commands.pictures import (
    FOLDER,
    file_name,
    legible_in,
    output_option,
    screen,
    sheets_for,
    size_option,
    tell_headline,
    theme_option,
    write_picture,
)
from tracker.errors import NothingToShow
from tracker.model import App, Chart, Series
from tracker.queries.no_data import (
    never_ranked_words,
    nothing_in_any,
    unranked_lines,
    where_words,
)
from tracker.queries.selection import apart_in, series_of_each

if TYPE_CHECKING:
    from tracker.analysis.days import LeadDays, RankDays
    from tracker.api import Database
    from tracker.store import Reader


@click.command("heatmap")
@click.argument("apps", nargs=-1, required=True, metavar="APP...", shell_complete=complete_apps)
@click.option("--wave", is_flag=True, help="Of two apps: who was ahead.")
@series_options
@click.option(
    "--sort",
    type=click.Choice(["peak", "first", "name"]),
    default="peak",
    show_default=True,
    help="Storefronts by best rank, by first day in the chart, or by name.",
)
@confirm_option
@tz_option
@output_option("A .html, .png, .svg or .json file.  [default: charts/heatmap-APP.html]")
@theme_option
@size_option("The picture is as wide as that, and as high as its rows need.")
@click.option("--table", is_flag=True, help="Put the days as a table beneath a .html picture.")
@json_option
@db_option
@click.pass_context
def heatmap_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    wave: bool,
    sort: Literal["peak", "first", "name"],
    confirm: int,
    zone: ZoneInfo,
    output: Path | None,
    theme: str,
    size: tuple[int, int],
    table: bool,
    as_json: bool,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Draw an app in every storefront, day by day; or two, and who was ahead.

    The chart's device, ranking and genre are drawn for every storefront in the database, each by
    one source. A cell is a day's best rank, or a week's where days would be too narrow; with
    --wave it is who was ahead at its last snapshot that tells, and storefronts stand in the order
    in which the first app passed the second.
    Never takes a day there was no data for a day the app was not in the chart.
    """
    if table and output and output.suffix.lower() != ".html":
        raise click.UsageError("--table goes with a .html file")
    with open_database(context, db) as database:
        window = (chosen["chart"], chosen["since"], chosen["until"])
        meant = legible_in(output, database.meant(apps, *window, "storefront"))
        if len(meant) != 1 + wave:
            raise click.UsageError("name two apps" if wave else "name one app, or two with --wave")
        every = _every_storefront(database, meant, **chosen)
        _say_unranked(database.reader, every)
    if as_json:
        print_json(_json(every, zone, confirm))
        return
    where = output or FOLDER / f"{'wave' if wave else 'heatmap'}-{file_name(meant)}.html"
    look: dict[str, Any] = {"theme": theme, **screen(where)}
    look |= {} if wave else {"sort": sort}
    draw = _drawing(meant, every, zone, confirm, **look)
    specs = [draw(one) for one in sheets_for(where, size)]
    beneath = _table(meant, every, zone, confirm, sort) if table else ""
    write_picture(where, *specs, table=beneath)
    tell_headline(specs[0])


def _every_storefront(
    database: Database, apps: Sequence[App], chart: Chart, **chosen: Any
) -> list[list[Series]]:
    from tracker.store.charts import storefronts_of

    reader, select = database.reader, database.selection(**chosen)
    charts = storefronts_of(reader, chart)
    found = list(series_of_each(reader, charts, apps, select))
    if not found:
        window = (select.since, select.until)
        raise NothingToShow(
            apart_in(reader, charts, apps, *window)
            or nothing_in_any(reader, chart, select.source, select.provenances, *window)
        )
    return found


def _say_unranked(reader: Reader, every: Sequence[Sequence[Series]]) -> None:
    """Two apps that were never ranked cannot be compared; one is drawn, and a line says so."""
    if len(every[0]) > 1:
        for line in unranked_lines(reader, every):
            notify(line)
    elif not any(any(series[0].ranks) for series in every):
        charts = [series[0].timeline.chart for series in every]
        where = where_words(charts)
        notify(never_ranked_words(reader, every[0][0].app, where, charts))


def _json(every: Sequence[Sequence[Series]], zone: ZoneInfo, confirm: int) -> list[dict[str, Any]]:
    """A row for each storefront and day with a snapshot; an unobserved day has none."""
    from tracker.analysis.days import LeadDays, lead_days, rank_days

    rows: Sequence[RankDays | LeadDays]
    if len(every[0]) == 1:
        rows = [rank_days(series[0], zone) for series in every]
    else:
        rows = lead_days([(a, b) for a, b in every], zone, confirm=confirm)
    return [
        {
            "storefront": row.chart.storefront,
            "chart": row.chart.slug,
            "source": row.source,
            **(
                {"never_ranked": [app.app_id for app in row.passage.never_ranked]}
                if isinstance(row, LeadDays)
                else {}
            ),
            **day.to_json(),
        }
        for row in rows
        for day in row.days
    ]


def _drawing(
    apps: Sequence[App],
    every: Sequence[Sequence[Series]],
    zone: ZoneInfo,
    confirm: int,
    **look: Any,
) -> Callable[[tuple[int, int]], dict[str, Any]]:
    """A function that gives the specification of a size; in weeks where days would be too narrow.

    The snapshots are walked once for days and once for weeks, whatever the number of sizes.
    """
    from tracker.analysis.days import lead_days, rank_days
    from tracker.plot.grid.heatmap import draw_heatmap
    from tracker.plot.grid.heatwave import draw_wave

    @cache
    def ranks(span: int) -> list[RankDays]:
        return [rank_days(series[0], zone, span) for series in every]

    @cache
    def leads(span: int) -> tuple[LeadDays, ...]:
        return lead_days([(a, b) for a, b in every], zone, span, confirm)

    def draw(size: tuple[int, int]) -> dict[str, Any]:
        span = _span(every, size)
        if len(apps) == 1:
            return draw_heatmap(apps[0], ranks(span), size=size, zone=zone, span=span, **look)
        pair = apps[0], apps[1]
        return draw_wave(
            pair, leads(span), size=size, zone=zone, span=span, confirm=confirm, **look
        )

    return draw


def _table(
    apps: Sequence[App],
    every: Sequence[Sequence[Series]],
    zone: ZoneInfo,
    confirm: int,
    sort: Literal["peak", "first", "name"],
) -> str:
    """The days as a table, its storefronts in the order of the picture's."""
    from tracker.analysis.days import lead_days, rank_days
    from tracker.plot.files.days import lead_table, rank_table
    from tracker.plot.grid.heatmap import ordered

    if len(apps) == 1:
        ranks = [rank_days(series[0], zone) for series in every]
        return rank_table(apps[0], ordered(ranks, sort, zone), zone)
    leads = lead_days([(a, b) for a, b in every], zone, confirm=confirm)
    return lead_table((apps[0], apps[1]), leads, zone)


def _span(every: Sequence[Sequence[Series]], size: tuple[int, int]) -> int:
    """How many days a cell is: 1, or 7."""
    from tracker.plot.grid.plan import cell_days

    times = [series[0].timeline.times for series in every]
    seen = max(one[-1] for one in times) - min(one[0] for one in times)
    return cell_days(seen // timedelta(days=1) + 1, size)
