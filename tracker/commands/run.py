"""The command run: the daemon."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.context import settings_of
from tracker.commands.options import Parsed, charts_argument, cross_check_option, db_option
from tracker.commands.progress import Logged, log_totals
from tracker.errors import ApptrackError, StoreError
from tracker.logs import FORMATS, log, log_in_utc
from tracker.model import Chart
from tracker.service import (
    Pass,
    charts_to_read,
    deliver_waiting,
    isolated,
    now,
    open_to_write,
    until_first,
    with_cross_check,
)
from tracker.settings import Settings, parse_duration

if TYPE_CHECKING:
    from tracker.collect import Result
    from tracker.fetch import Fetcher


@click.command("run")
@charts_argument
@click.option(
    "--every", type=Parsed("duration", parse_duration), help="The cadence, such as 30m or 1h."
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
    """Collect at a fixed interval until it is stopped.

    The first pass starts at once if the newest snapshot is older than the interval. SIGTERM and
    Ctrl-C end it: a request in progress gets two seconds more and is then recorded as interrupted.
    One daemon per database. A time in which it did not run stays unobserved.
    """
    from tracker.daemon import alone, in_a_second_of_its_own, serve
    from tracker.fetch import Fetcher

    settings = settings_of(context, db)
    wanted = charts_to_read(settings, charts)
    settings = with_cross_check(settings, wanted, cross_check)
    cadence = every or settings.every
    log_in_utc(log_format, settings.secrets)
    open_to_write(settings).close()
    stop = threading.Event()
    with alone(settings.db), Fetcher(settings.fetch, clock=now, stop=stop) as fetcher:
        first = until_first(settings, wanted, cadence)
        log.info("started: %d charts into %s", len(wanted), settings.db)
        one_pass = partial(_one_pass, settings, wanted, fetcher, stop, cadence)
        serve(
            in_a_second_of_its_own(one_pass, stop),
            every=cadence,
            first=first,
            jitter=min(settings.jitter, cadence / 10),
            stop=stop,
            chore=partial(_deliver, settings, stop) if settings.delivery.anywhere else None,
        )
        log.info("stopped")


def _one_pass(
    settings: Settings,
    charts: Sequence[Chart],
    fetcher: Fetcher,
    stop: threading.Event,
    every: timedelta,
) -> None:
    from tracker.collect import PATIENCE, collect_held
    from tracker.daemon import notify

    logged, patience = Logged(), min(PATIENCE, every.total_seconds() / 5)

    def tell(result: Result) -> None:
        logged.tell(result)
        notify("WATCHDOG=1")

    try:
        try:
            store = open_to_write(settings, patience)
        except StoreError as error:
            log.error("the database cannot be opened: %s", error)
            report = collect_held(
                charts, settings=settings, fetcher=fetcher, why=str(error), on_result=tell
            )
        else:
            with store:
                steps = Pass(settings, store, charts, stop, tell, logged.say, patience)
                report = steps.run(fetcher)
    except ApptrackError as error:
        log.error("pass failed: %s", error)
    else:
        log_totals(report)


def _deliver(settings: Settings, stop: threading.Event) -> None:
    from tracker.collect import PATIENCE

    say = Logged().say

    def step() -> None:
        with open_to_write(settings, PATIENCE) as store:
            store.wait_at_most(PATIENCE, stop)
            deliver_waiting(settings, store, stop, say)

    isolated("delivery", step, say)
