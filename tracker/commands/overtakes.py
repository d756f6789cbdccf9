"""Commands about pairs of apps: overtakes, versus."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from tracker.analysis import Kind, Overtake, Status
from tracker.analysis.ledger import no_search_for_cycles
from tracker.commands.completion import complete_apps
from tracker.commands.context import Where, asked, open_database
from tracker.commands.options import (
    charts_options,
    confirm_option,
    data_options,
    table_options,
    tz_option,
)
from tracker.commands.output import Table, folded, print_lines, print_table
from tracker.exports import started
from tracker.queries.charts import ChartPattern
from tracker.report.overtakes import ledger_cells, ledger_csv
from tracker.report.times import heading

if TYPE_CHECKING:
    from tracker.api import Ledger


@click.command("overtakes")
@click.argument("apps", nargs=-1, metavar="APP APP...", shell_complete=complete_apps)
@click.option(
    "--all",
    "everyone",
    is_flag=True,
    help="Every pair of assistants on the chart, in place of APPs.",
)
@charts_options
@confirm_option
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in Kind]),
    help="Only overtakes of this kind (may be repeated).",
)
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([status.value for status in Status]),
    help="Only overtakes of this status (may be repeated).",
)
@tz_option
@table_options
@data_options
@click.pass_context
def overtakes_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    charts: tuple[ChartPattern, ...],
    everyone: bool,
    confirm: int,
    kinds: tuple[str, ...],
    statuses: tuple[str, ...],
    zone: ZoneInfo,
    table: Table,
    where: Where,
    **chosen: Any,
) -> None:
    """List who passed whom, in which interval, and how sure that is.

    Two or more apps, by alias, app id or name; every pair is compared. An
    overtake has no instant: it happened after one snapshot and by the next.
    """
    if everyone == bool(apps):
        raise click.UsageError("name two apps at least, or --all")
    with (
        no_search_for_cycles(),
        _ledgers(
            context, where, apps, charts, confirm, chosen, timelines=not table.for_programs
        ) as ledgers,
    ):
        wanted = kinds, statuses
        if table.for_programs:
            every = chain.from_iterable(_chosen(ledger, *wanted) for ledger in ledgers)
            picked = started(table.pick(every))
            if table.as_csv:
                lines = ledger_csv(picked)
                while some := "".join(islice(lines, _AT_ONCE)):
                    sys.stdout.write(some)
            else:
                table.write(overtake.to_json() for overtake in picked)
            return
        for ledger in ledgers:
            cells = [
                ledger_cells(overtake, zone) for overtake in table.pick(_chosen(ledger, *wanted))
            ]
            title = "" if table.quiet else heading(ledger.timeline, zone)
            _print_ledger(title, cells, ledger.comparable)


@contextmanager
def _ledgers(
    context: click.Context,
    where: Where,
    apps: tuple[str, ...],
    charts: tuple[ChartPattern, ...],
    confirm: int,
    chosen: dict[str, Any],
    *,
    timelines: bool,
) -> Iterator[Iterator[Ledger]]:
    """The ledger of each chart, from the database or from Parquet files."""
    if where.folder is None:
        with open_database(context, where.db) as database:
            yield database.on_each(
                charts,
                lambda chart: database.overtakes(*apps, on=chart, confirm=confirm, **chosen),
                chosen["source"],
            )
        return
    with asked(context, where, apps) as question:
        select = question.database.selection(**chosen)
        yield question.overtakes(apps, charts, select, confirm=confirm, timelines=timelines)


def _chosen(
    ledger: Iterable[Overtake], kinds: Sequence[str], statuses: Sequence[str]
) -> Iterable[Overtake]:
    """Those of KINDS and STATUSES; without any, of all."""
    if not (kinds or statuses):
        return ledger
    kinds, statuses = kinds or tuple(Kind), statuses or tuple(Status)
    return (
        overtake for overtake in ledger if overtake.kind in kinds and overtake.status in statuses
    )


#: Lines of CSV in one write: a third quicker than one by one.
_AT_ONCE = 500
#: A table with more rows than this is not laid out by rich.
_LONG = 200
#: On a terminal narrower than this an overtake is two lines or more, not a row of eight columns.
_NEEDED = 110
_COLUMNS = ("after", "by", "winner", "loser", "ranks", "kind", "status", "held")


def _print_ledger(title: str, rows: Sequence[Sequence[str]], comparable: bool) -> None:
    """A table. One that is piped, or long, is plain lines: rich takes half a second a thousand."""
    if not rows:
        why = "none of them passed another" if comparable else "only one of them was ever ranked"
        click.echo(f"{title}\n\n" * bool(title) + f"no overtake: {why} in these snapshots")
        return
    from shutil import get_terminal_size

    columns = get_terminal_size().columns
    if sys.stdout.isatty() and columns < _NEEDED:
        _print_narrow(title, rows, columns)
        return
    if sys.stdout.isatty() and len(rows) <= _LONG:
        print_table(title, _COLUMNS, rows)
        return
    from rich.cells import cell_len

    wide = [max(map(cell_len, column)) for column in zip(_COLUMNS, *rows, strict=True)]
    rule = ["─" * width for width in wide]
    click.echo(f"\n{title}\n" if title else "")
    for row in (_COLUMNS, rule, *rows):
        cells = [
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, wide, strict=True)
        ]
        click.echo("  " + "   ".join(cells).rstrip())
    click.echo()


def _print_narrow(title: str, rows: Sequence[Sequence[str]], columns: int) -> None:
    print_lines([title, ""] if title else [])
    for after, by, winner, loser, *rest in rows:
        words = f"{winner} passed {loser}: {', '.join(rest)}"
        lines = folded(words, columns - 2)
        print_lines([f"{after} to {by}", *(f"  {line}" for line in lines)])
