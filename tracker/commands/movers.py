"""The command movers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.analysis.movers import Mover
from tracker.api import Moved
from tracker.commands.context import open_database
from tracker.commands.options import (
    charts_named,
    db_option,
    moment_options,
    table_options,
    tz_option,
)
from tracker.commands.output import Table, print_columns, print_lines
from tracker.queries.charts import ChartPattern
from tracker.report.as_of import compared_lines, moment_words
from tracker.report.listings import MOVER_COLUMNS, flat_mover, mover_cells
from tracker.words import counted

#: How many of each kind of move are shown without ``--limit``.
_OF_EACH = 10


@click.command("movers")
@charts_named
@click.option(
    "--over",
    type=click.Choice(["day", "week"]),
    default="day",
    show_default=True,
    help="Compare with the snapshot nearest to that long before.",
)
@moment_options
@tz_option
@table_options
@db_option
@click.pass_context
def movers_command(
    context: click.Context,
    /,
    charts: tuple[ChartPattern, ...],
    over: str,
    zone: ZoneInfo,
    table: Table,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Show which apps climbed, fell, entered and left, for a whole chart.

    Moves are ordered by rank ratio: from 2 to 1 is as far as from 60 to 30. The percentile compares
    a move with those of the apps whose ranks are from half to twice its own: 88 means that 88 of
    100 of them moved less far. "3 of 25" counts those that moved at least as far, or entered or
    left. A move that one of the two snapshots is too short to show is `undetermined`. -n limits
    each kind of move, to 10 unless --json or --csv is given.
    """
    with open_database(context, db) as database:
        answers = database.on_each(
            charts, lambda chart: database.movers(chart, over=over, **chosen), chosen["source"]
        )
        if table.as_json:
            table.write(moved.to_json(_rows(moved, table)) for moved in answers)
        elif table.as_csv:
            table.write(
                flat_mover(moved.moment, row) for moved in answers for row in _rows(moved, table)
            )
        else:
            for moved in answers:
                _print(moved, table, zone)


def _of_kinds(moved: Moved) -> Iterator[list[Mover]]:
    for kind in dict.fromkeys(row.move for row in moved):
        yield [row for row in moved if row.move is kind]


def _rows(moved: Moved, table: Table) -> list[Mover]:
    return [row for rows in _of_kinds(moved) for row in table.pick(rows)]


def _print(moved: Moved, table: Table, zone: ZoneInfo) -> None:
    moment = moved.moment
    table.heading(*moment_words(moment, zone), *compared_lines(moment, zone, moved.span), "")
    for rows in _of_kinds(moved):
        shown = list(table.pick(rows))[: table.limit or _OF_EACH]
        print_lines([f"{rows[0].move}: {counted(len(rows), 'app')}"])
        print_columns(MOVER_COLUMNS, list(map(mover_cells, shown)))
        print_lines([""])
