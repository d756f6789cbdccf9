"""The commands that read charts from a web archive: backfill plan, run, status, import."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

import click

from tracker.backfill.asking import StoppedEarly, alone
from tracker.backfill.index import Per
from tracker.commands.context import existing, open_to_read, settings_of
from tracker.commands.options import (
    CHART,
    SINCE,
    UNTIL,
    Parsed,
    days_option,
    db_option,
    json_option,
    table_options,
)
from tracker.commands.output import Table, notify, print_json, print_lines, print_table, say
from tracker.exports import printable
from tracker.model import Chart, parse_time
from tracker.service import now, open_to_write
from tracker.settings import Settings
from tracker.sources.archived import read_timestamp

if TYPE_CHECKING:
    from tracker.store.captures import Count

#: The exit status of a run that stopped politely before its end.
STOPPED = 3


def _captured(text: str) -> datetime:
    """A time, or the 14 digits of a copy's address."""
    return read_timestamp(text) or parse_time(text)


@click.group("backfill")
def backfill_command() -> None:
    """Read charts of the past from the copies that a web archive keeps.

    'plan' asks which copies there are, 'run' reads them, 'status' shows the result of each.
    Exit status 3: stopped before the end, run it again. Ctrl-C and SIGTERM stop it too: a request
    in progress gets two seconds, what was read is stored, and the exit status is 130 or 143.
    """


@backfill_command.command("plan")
@click.argument("charts", nargs=-1, required=True, type=CHART, metavar="CHART...")
@click.option("--since", type=SINCE, required=True, help="The first month, day or time.")
@click.option("--until", type=UNTIL, required=True, help="The last one, which is included.")
@click.option(
    "--family", "families", multiple=True,
    help="Only copies of this family, a form in which charts were published (may be repeated).",
)  # fmt: skip
@click.option(
    "--per", type=click.Choice([per.value for per in Per]), default=Per.HOUR.value,
    show_default=True, help="Plan one copy of a chart per hour or per day, or all.",
)  # fmt: skip
@click.option("--again", is_flag=True, help="Ask again what the index has answered before.")
@days_option
@json_option
@db_option
@click.pass_context
def plan_command(
    context: click.Context,
    charts: tuple[Chart, ...],
    since: datetime,
    until: datetime,
    families: tuple[str, ...],
    per: str,
    again: bool,
    zone: ZoneInfo,
    as_json: bool,
    db: Path | None,
) -> None:
    """Ask the archive's index for copies of charts, and plan them.

    Reads the index only, ten requests a minute, and no copy. Prints the copies by day and the time
    that 'backfill run' needs for them.
    """
    from tracker.backfill.plan import Planned, plan, shortened, wish_of
    from tracker.fetch import Archive
    from tracker.report.backfill import planned_line
    from tracker.store.captures import counts

    settings = settings_of(context, db)
    asked = wish_of(settings.bases["wayback"], charts, families, since, until, Per(per))
    wish = shortened(asked, now())
    planned, stopped = Planned(), ""
    with (
        open_to_write(settings) as store,
        alone(settings.db),
        _stoppable() as (stop, signals),
        Archive(settings.fetch, settings.backfill, clock=now, stop=stop) as archive,
    ):
        try:
            plan(
                wish, planned, store=store, archive=archive, now=now(),
                again=again, on_result=lambda prefix: notify(f"index: {prefix}"),
            )  # fmt: skip
        except StoppedEarly as early:
            stopped = str(early)
        listed = [count for count in counts(store) if count.chart in charts]
    _print(listed, settings, as_json)
    say(planned_line(planned, per))
    for host in planned.excluded:
        notify(f"the archive excludes {host} from its index (HTTP 403)")
    if stopped or planned.failed:
        _end_early(context, stopped or "the index did not answer; run it again", signals)
    if planned.excluded:
        context.exit(1)


@backfill_command.command("run")
@click.argument("charts", nargs=-1, type=CHART, metavar="[CHART]...")
@click.option(
    "--max", "most", type=click.IntRange(min=1), metavar="N", default=300, show_default=True,
    help="Read at most N copies.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="List what would be asked for, and ask for nothing.")
@json_option
@db_option
@click.pass_context
def run_command(
    context: click.Context,
    charts: tuple[Chart, ...],
    most: int,
    dry_run: bool,
    as_json: bool,
    db: Path | None,
) -> None:
    """Read the planned copies, one a second, and store their charts.

    Each is stored as soon as it is read: a stopped run continues where it was. The ranks are marked
    as archived, and never mixed with recorded ones.
    """
    from tracker.backfill.run import addresses, run
    from tracker.fetch import Archive
    from tracker.report.backfill import ran_json, ran_line, settled_line

    settings = settings_of(context, db)
    existing(settings)
    base = settings.bases["wayback"]
    if dry_run:
        with open_to_read(settings) as reader:
            urls = addresses(reader, base, charts)[:most]
        print_json(urls) if as_json else print_lines(urls)
        return
    with (
        open_to_write(settings) as store,
        alone(settings.db),
        _stoppable() as (stop, signals),
        Archive(settings.fetch, settings.backfill, clock=now, stop=stop) as archive,
    ):
        ran = run(
            store, archive, base, charts=charts, most=most, now=now,
            on_result=lambda settled: None if as_json else print_lines([settled_line(settled)]),
        )  # fmt: skip
    print_json(ran_json(ran)) if as_json else click.echo(ran_line(ran))
    for host in ran.excluded:
        notify(f"the archive plays nothing of {host} back; its other copies stay planned")
    if ran.stopped or (ran.left and not ran.excluded):
        _end_early(context, ran.stopped or "some copies did not come; run it again", signals)
    if ran.excluded:
        context.exit(1)


@contextmanager
def _stoppable() -> Iterator[tuple[threading.Event, list[int]]]:
    """An event that Ctrl-C and SIGTERM set, and the number of the one that came."""
    from tracker.daemon import STOPPING, stopping_on_signals

    stop = threading.Event()
    with stopping_on_signals(stop, lambda: say(f"stopping: {STOPPING}")) as signals:
        yield stop, signals


def _end_early(context: click.Context, why: str, signals: Sequence[int]) -> NoReturn:
    say(f"stopped: {why}")
    context.exit(128 + signals[0] if signals else STOPPED)


@backfill_command.command("status")
@table_options
@db_option
@click.pass_context
def status_command(context: click.Context, table: Table, db: Path | None) -> None:
    """Show the result of every planned copy, by chart and day."""
    from tracker.report.backfill import COUNT_COLUMNS, count_json, reasons
    from tracker.store.captures import counts, unfinished

    settings = settings_of(context, db)
    with open_to_read(settings) as reader:
        listed, questions = counts(reader), unfinished(reader)
    picked = list(table.pick(listed, count_json))
    if table.as_csv:
        table.write(map(count_json, picked), COUNT_COLUMNS)
    else:
        _print(listed, settings, table.as_json, picked, alone=table.quiet)
    if not table.for_programs:
        table.heading(*reasons(listed))
    if questions:
        say(f"questions to the index that were not answered to the end: {len(questions)}")


@backfill_command.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--url", required=True, help="The address of the page that was copied.")
@click.option(
    "--captured-at",
    type=Parsed("time", _captured),
    required=True,
    help="When the archive copied it: a time, or the 14 digits in the archive's address.",
)
@click.option("--chart", type=CHART, required=True, help="The chart it has.")
@db_option
@click.pass_context
def import_command(
    context: click.Context,
    file: Path,
    url: str,
    captured_at: datetime,
    chart: Chart,
    db: Path | None,
) -> None:
    """Store a copy that you saved from the archive's pages to FILE.

    The address and the time of the copy are stored with it, and 'cite' shows them.
    """
    from tracker import imports
    from tracker.backfill.saved import family_of, import_copy
    from tracker.report.backfill import saved_line

    family_of(url, chart)
    imports.must_be_readable(file)
    settings = settings_of(context, db)
    with open_to_write(settings) as store:
        snapshot, state = import_copy(
            file, archive=settings.bases["wayback"], original=url, captured_at=captured_at,
            chart=chart, store=store, now=now(),
        )  # fmt: skip
    click.echo(printable(saved_line(str(file), snapshot, state)))


def _print(
    listed: Sequence[Count],
    settings: Settings,
    as_json: bool,
    picked: Sequence[Count] | None = None,
    *,
    alone: bool = False,
) -> None:
    """The copies LISTED, or those PICKED of them; the table ALONE, or with what is left."""
    from tracker.report.backfill import counts_json, counts_line, counts_table

    shown = listed if picked is None else picked
    if as_json:
        print_json(counts_json(listed, settings.backfill, shown))
        return
    if shown:
        title = "" if alone else "copies by the day on which they were made (UTC)"
        print_table(title, *counts_table(shown))
    if not alone:
        click.echo(counts_line(listed, settings.backfill))
