"""The command movers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from tracker.commands.context import open_database
from tracker.commands.options import (
    CHART,
    DEFAULT_CHART,
    at_option,
    csv_option,
    db_option,
    json_option,
    provenance_option,
    source_option,
    tz_option,
)
from tracker.commands.output import one_format, print_columns, print_json, print_lines, print_rows
from tracker.model import Chart
from tracker.report.as_of import compared_lines, moment_words
from tracker.report.listings import mover_cells
from tracker.words import counted


@click.command("movers")
@click.argument("chart", type=CHART, default=DEFAULT_CHART, required=False)
@click.option(
    "--over",
    type=click.Choice(["day", "week"]),
    default="day",
    show_default=True,
    help="Compare with the snapshot nearest to that long before.",
)
@at_option
@click.option(
    "-n", "most", type=click.IntRange(min=1), default=10, show_default=True,
    help="How many of each kind of move; --json and --csv have all.",
)  # fmt: skip
@source_option
@provenance_option
@tz_option
@json_option
@csv_option
@db_option
@click.pass_context
def movers_command(
    context: click.Context,
    /,
    chart: Chart,
    over: str,
    at: datetime | None,
    most: int,
    source: str | None,
    provenances: tuple[str, ...],
    zone: ZoneInfo,
    as_json: bool,
    as_csv: bool,
    db: Path | None,
) -> None:
    """Show who climbed, fell, came in and left, for a whole chart.

    Moves are ordered by rank ratio: from 2 to 1 is as far as from 60 to 30. The percentile compares
    a move with those of the apps near it, at most twice as high or half as low: 88 means that 88 of
    100 of them moved less far. "3 of 25" counts those that moved at least as far, or came in or
    left. A move that one of the two snapshots is too short to show is `undetermined`.
    """
    one_format(as_json, as_csv)
    with open_database(context, db) as database:
        moved = database.movers(chart, over=over, at=at, source=source, provenances=provenances)
    if as_json:
        print_json(moved.to_json())
        return
    if as_csv:
        print_rows(moved.to_dicts())
        return
    lines = [*moment_words(moved.moment, zone), *compared_lines(moved.moment, zone, over), ""]
    print_lines(lines)
    kinds = dict.fromkeys(row.move for row in moved)
    for kind in kinds:
        rows = [row for row in moved if row.move is kind]
        print_lines([f"{kind}: {counted(len(rows), 'app')}"])
        print_columns(
            ["rank", "before", "change", "percentile", "as far", "app"],
            list(map(mover_cells, rows[:most])),
        )
        print_lines([""])
