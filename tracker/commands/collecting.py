"""Commands that bring charts in: collect, run, import."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.common import (
    CHART,
    TIME,
    Told,
    db_option,
    open_to_write,
    printable,
    say,
    settings_of,
)
from tracker.commands.passing import Pass, deliver_waiting
from tracker.commands.passing import now as now
from tracker.errors import ApptrackError, UnknownName
from tracker.logs import FORMATS, fields, log, log_in_utc
from tracker.model import Chart, Outcome
from tracker.settings import Settings, expand_charts, parse_duration
from tracker.sources import CROSS_CHECKED, SOURCES, source_for

if TYPE_CHECKING:
    from rich.console import Console

    from tracker.collect import Report, Result
    from tracker.fetch import Fetcher

charts_argument = click.argument("charts", nargs=-1, metavar="[CHART]...")
cross_check_option = click.option(
    "--cross-check",
    is_flag=True,
    help=f"Read charts that {' and '.join(CROSS_CHECKED)} both carry from both, and compare.",
)


def charts_of(settings: Settings, texts: Sequence[str]) -> tuple[Chart, ...]:
    """The charts typed, else those of the settings; each has a source in use."""
    charts = expand_charts(texts, settings.storefronts) if texts else settings.charts
    for chart in charts:
        source_for(chart, settings.sources)
    return charts


def cross_checked(settings: Settings, charts: Sequence[Chart], asked: bool) -> Settings:
    """The settings with a second opinion, if ASKED for; refused where no chart can have one."""
    if not asked:
        return settings
    checked = replace(settings, cross_check=True)
    if len(checked.looks(charts)) == len(charts):
        raise UnknownName(
            f"--cross-check: no chart here is carried by {' and '.join(CROSS_CHECKED)}, both in use"
        )
    return checked


def line_of(result: Result) -> str:
    """``saved us/iphone/top-free/apps apple-rss 100 entries``, or what went wrong."""
    told = f"{result.depth} entries" if result.depth else printable(result.error or "")
    return f"{result.outcome:<9} {result.chart}  {result.source}  {told}"


@click.command("collect")
@charts_argument
@click.option(
    "--log-format",
    type=click.Choice(FORMATS),
    help="Log to stderr as 'run' does, a line a fetch, instead of printing.",
)
@cross_check_option
@db_option
@click.pass_context
def collect_command(
    context: click.Context,
    charts: tuple[str, ...],
    log_format: str | None,
    cross_check: bool,
    db: Path | None,
) -> None:
    """Read each chart once and keep what came.

    CHART is storefront/device/ranking/genre, such as us/iphone/top-free/apps; * stands for the
    storefronts of the settings. Without one, the charts of the settings are read. Exit code 1 if
    any chart failed; the others are kept. Never claims a rank where a fetch failed.
    """
    from tracker.daemon import stopping_on_signals
    from tracker.fetch import Fetcher

    settings = settings_of(context, db)
    wanted = charts_of(settings, charts)
    settings = cross_checked(settings, wanted, cross_check)
    looks, stop = len(settings.looks(wanted)), threading.Event()
    open_to_write(settings).close()  # what is wrong with it is told before anything is asked
    if log_format:
        log_in_utc(log_format, settings.secrets)
    with (
        Fetcher(settings.fetch, clock=now, stop=stop) as fetcher,
        stopping_on_signals(stop, wake=lambda: None),
        nullcontext(_Logged()) if log_format else _Progress(looks) as progress,
    ):
        report = Pass(settings, wanted, stop, progress.tell, progress.say).run(fetcher)
    if log_format:
        _sum_up(report)
    if not report.whole and not log_format:
        missed = report.asked - len(report.results)
        say(
            f"{report.failed} of {report.asked} charts failed"
            + (f", {missed} not read" if missed else "")
        )
    if not report.whole:
        context.exit(1)


class _Logged:
    """What is told of a pass, as log lines."""

    def tell(self, result: Result) -> None:
        """A line for each attempt."""
        told = fields(
            chart=str(result.chart),
            source=result.source,
            outcome=result.outcome.value,
            status=result.status,
            seconds=round(result.seconds, 3),
            depth=result.depth,
            error=printable(result.error) if result.error else None,
        )
        level = log.info if result.depth else log.warning
        level("%s", " ".join(line_of(result).split()), extra=told)

    def say(self, line: str, bad: bool) -> None:
        (log.warning if bad else log.info)("%s", line)


class _Progress:
    """A bar on a terminal's stderr; plain lines on stdout, one for each chart."""

    def __init__(self, charts: int) -> None:
        self._charts = charts
        self._bar: AbstractContextManager[object] = nullcontext()
        self._advance: Callable[[], object] = lambda: None
        self._console: Console | None = None  # set where the bar and the lines share a terminal

    def __enter__(self) -> _Progress:
        from rich.console import Console
        from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        if console.is_terminal:
            bar = Progress(
                TextColumn("reading charts"),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=console,
                transient=True,
            )
            task = bar.add_task("charts", total=self._charts)
            self._bar, self._advance = bar, partial(bar.advance, task)
            self._console = console if _one_terminal() else None
        self._bar.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.__exit__(*error)  # type: ignore[arg-type]

    def tell(self, result: Result) -> None:
        if result.over:
            self._advance()
            self._print(line_of(result), err=False)
        else:
            self._print(f"{line_of(result)}; trying again", err=True)

    def say(self, line: str, bad: bool) -> None:
        self._print(line, err=True)

    def _print(self, line: str, err: bool) -> None:
        """A line of its own, above the bar where there is one."""
        if self._console:
            self._console.out(line, highlight=False)
        else:
            click.echo(line, err=err)


def _one_terminal() -> bool:
    """Whether stdout and stderr are one and the same terminal."""
    both = [stream.fileno() for stream in (sys.stdout, sys.stderr) if stream.isatty()]
    return len(both) == 2 and os.ttyname(both[0]) == os.ttyname(both[1])


@click.command("run")
@charts_argument
@click.option(
    "--every", type=Told("duration", parse_duration), help="The cadence, such as 30m or 1h."
)
@click.option(
    "--log-format",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How a line of the log is written.",
)
@cross_check_option
@db_option
@click.pass_context
def run_command(
    context: click.Context,
    charts: tuple[str, ...],
    every: timedelta | None,
    log_format: str,
    cross_check: bool,
    db: Path | None,
) -> None:
    """Collect at a fixed interval until told to stop.

    The first pass is at once if the newest snapshot is older than the interval. SIGTERM and
    Ctrl-C end it after the chart in hand. One daemon a database. Never fills a time it was down:
    that stays unobserved.
    """
    from tracker.daemon import alone, serve
    from tracker.fetch import Fetcher

    settings = settings_of(context, db)
    wanted = charts_of(settings, charts)
    settings = cross_checked(settings, wanted, cross_check)
    cadence = every or settings.every
    log_in_utc(log_format, settings.secrets)
    open_to_write(settings).close()
    stop = threading.Event()
    with alone(settings.db), Fetcher(settings.fetch, clock=now, stop=stop) as fetcher:
        first = _until_first(settings, wanted, cadence)
        log.info("started: %d charts into %s", len(wanted), settings.db)
        serve(
            lambda: _one_pass(settings, wanted, fetcher, stop),
            every=cadence,
            first=first,
            jitter=min(settings.jitter, cadence / 10),
            stop=stop,
            chore=partial(_deliver, settings, stop) if settings.delivery.anywhere else None,
        )
        log.info("stopped")


def _until_first(settings: Settings, charts: Sequence[Chart], cadence: timedelta) -> timedelta:
    """Nothing, if some chart's newest snapshot is older than the cadence; else what is left."""
    with open_to_write(settings) as store:
        newest = [store.newest(chart) for chart in charts]
    seen = [time for time in newest if time]
    if len(seen) < len(newest):
        return timedelta(0)
    # A newest snapshot from the future (the clock was set back) must not put the pass off for long.
    return min(max(min(seen) + cadence - now(), timedelta(0)), cadence)


def _one_pass(
    settings: Settings, charts: Sequence[Chart], fetcher: Fetcher, stop: threading.Event
) -> None:
    from tracker.daemon import notify

    logged = _Logged()

    def tell(result: Result) -> None:
        logged.tell(result)
        notify("WATCHDOG=1")

    try:
        report = Pass(settings, charts, stop, tell, logged.say).run(fetcher)
    except ApptrackError as error:
        log.error("pass failed: %s", error)
    else:
        _sum_up(report)


def _deliver(settings: Settings, stop: threading.Event) -> None:
    try:
        with open_to_write(settings) as store:
            deliver_waiting(settings, store, stop, _Logged().say)
    except ApptrackError as error:
        log.error("alerts failed: %s", error)


def _sum_up(report: Report) -> None:
    stored = sum(
        result.outcome is not Outcome.KNOWN and not result.failed for result in report.results
    )
    level = log.info if report.whole else log.warning
    level("pass done: %d of %d charts stored, %d failed", stored, report.asked, report.failed)


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@click.option(
    "--payload",
    "source",
    type=click.Choice(list(SOURCES)),
    help="FILE is a payload as this source sends it, not a CSV.",
)
@click.option("--chart", type=CHART, help="With --payload: the chart it is of.")
@click.option("--at", type=TIME, help="With --payload: when it was fetched.")
@db_option
@click.pass_context
def import_command(
    context: click.Context,
    files: tuple[Path, ...],
    source: str | None,
    chart: Chart | None,
    at: datetime | None,
    db: Path | None,
) -> None:
    """Take in charts from CSV files or a saved payload.

    A CSV (plain or gzip) has the columns observed_at, chart, source, rank, app_id, name. Each file
    is taken whole or not at all, and taking it twice changes nothing. What came this way is marked
    as imported, in the database and on every picture. Never claims to have recorded it.
    """
    from tracker import imports

    if source and (not chart or not at or len(files) != 1):
        raise click.UsageError("--payload needs --chart, --at and one FILE")
    if (chart or at) and not source:
        raise click.UsageError("--chart and --at go with --payload")
    for file in files:
        imports.must_be_readable(file)
    with open_to_write(settings_of(context, db)) as store:
        for file in files:
            if source and chart and at:
                taken = imports.payload_file(file, source, chart, at, store, now())
            else:
                taken = imports.csv_file(file, store, now())
            click.echo(f"{file}: {taken.saved} snapshots imported, {taken.known} known already")
