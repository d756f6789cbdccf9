"""Commands that bring charts in: collect, run, import."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.common import (
    Told,
    db_option,
    open_to_write,
    say,
    settings_of,
)
from tracker.commands.completing import complete_charts
from tracker.commands.progress import Logged, Progress
from tracker.errors import ApptrackError, InvalidValue
from tracker.logs import FORMATS, log, log_in_utc
from tracker.model import Chart, Outcome
from tracker.service import Pass, deliver_waiting, isolated
from tracker.service import now as now
from tracker.settings import Settings, expand_charts, parse_duration
from tracker.sources import CROSS_CHECKED, source_for

if TYPE_CHECKING:
    from tracker.collect import Report, Result
    from tracker.fetch import Fetcher

charts_argument = click.argument(
    "charts", nargs=-1, metavar="[CHART]...", shell_complete=complete_charts
)
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
        raise InvalidValue(
            f"--cross-check: no chart here is carried by {' and '.join(CROSS_CHECKED)}, both in use"
        )
    return checked


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

    CHART is storefront/device/ranking/genre, such as us/iphone/top-free/apps. As the storefront, *
    stands for those of the settings, and a group such as g7 for its members. Without a CHART, the
    charts of the settings are read. Exit code 1 if any chart failed; the others are stored. SIGTERM
    and Ctrl-C cut off what is under way after two seconds, noted as interrupted; the exit code is
    then 143 or 130. Never claims a rank where a fetch failed.
    """
    from tracker.daemon import STOPPING, stopping_on_signals
    from tracker.fetch import Fetcher

    settings = settings_of(context, db)
    wanted = charts_of(settings, charts)
    settings = cross_checked(settings, wanted, cross_check)
    looks, stop = len(settings.looks(wanted)), threading.Event()
    store = open_to_write(settings)  # what is wrong with it is told before anything is asked
    if log_format:
        log_in_utc(log_format, settings.secrets)
    with (
        store,
        Fetcher(settings.fetch, clock=now, stop=stop) as fetcher,
        nullcontext(Logged()) if log_format else Progress(looks) as progress,
        stopping_on_signals(
            stop, lambda: None if log_format else progress.say(f"stopping: {STOPPING}", False)
        ) as signals,
    ):
        report = Pass(settings, store, wanted, stop, progress.tell, progress.say).run(fetcher)
    if log_format:
        _sum_up(report)
    elif not report.whole:
        say(f"{report.failed} of {report.asked} charts failed{_cut_short(report)}")
    if not report.whole:
        context.exit(128 + signals[0] if signals and not report.failed else 1)


def _cut_short(report: Report) -> str:
    """What a stop left undone, as the end of a line."""
    missed = report.asked - len(report.results)
    interrupted = f", {report.interrupted} interrupted" if report.interrupted else ""
    return interrupted + (f", {missed} not read" if missed else "")


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
    Ctrl-C end it: an answer under way gets two seconds more and is then cut off, noted as
    interrupted. One daemon per database. Never fills a time it was down: that stays unobserved.
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

    logged = Logged()

    def tell(result: Result) -> None:
        logged.tell(result)
        notify("WATCHDOG=1")

    try:
        with open_to_write(settings) as store:
            report = Pass(settings, store, charts, stop, tell, logged.say).run(fetcher)
    except ApptrackError as error:
        log.error("pass failed: %s", error)
    else:
        _sum_up(report)


def _deliver(settings: Settings, stop: threading.Event) -> None:
    say = Logged().say

    def step() -> None:
        with open_to_write(settings) as store:
            deliver_waiting(settings, store, stop, say)

    isolated("delivery", step, say)


def _sum_up(report: Report) -> None:
    stored = sum(
        result.depth is not None and result.outcome is not Outcome.KNOWN
        for result in report.results
    )
    level = log.warning if report.failed else log.info
    empty = f", {report.empty} empty" if report.empty else ""
    figures = f"{stored} of {report.asked} charts stored{empty}, {report.failed} failed"
    level("pass done: %s%s", figures, _cut_short(report))
