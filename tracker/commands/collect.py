"""The command collect: each chart once."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.context import settings_of
from tracker.commands.options import charts_argument, cross_check_option, db_option
from tracker.commands.output import say
from tracker.commands.progress import Logged, Progress, log_totals
from tracker.logs import FORMATS, log_in_utc
from tracker.report.passes import cut_short
from tracker.service import Pass, charts_to_read, now, open_to_write, with_cross_check

if TYPE_CHECKING:
    pass


@click.command("collect")
@charts_argument
@click.option(
    "--log-format",
    type=click.Choice(FORMATS),
    help="Log to stderr as 'run' does, one line per fetch, instead of printing.",
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
    """Read each chart once and store it.

    CHART is storefront/device/ranking/genre, such as us/iphone/top-free/apps. As the storefront, *
    stands for those of the settings, and a group such as g7 for its members. Without a CHART, the
    charts of the settings are read. Exit code 1 if any chart failed; the others are stored. SIGTERM
    and Ctrl-C end requests in progress after two seconds and record them as interrupted; the exit
    code is then 143 or 130. A failed fetch stores no rank.
    """
    from tracker.daemon import STOPPING, stopping_on_signals
    from tracker.fetch import Fetcher

    settings = settings_of(context, db)
    wanted = charts_to_read(settings, charts)
    settings = with_cross_check(settings, wanted, cross_check)
    many, stop = len(settings.charts_and_sources(wanted)), threading.Event()
    store = open_to_write(settings)  # a damaged database is reported before any request
    if log_format:
        log_in_utc(log_format, settings.secrets)
    with (
        store,
        Fetcher(settings.fetch, clock=now, stop=stop) as fetcher,
        nullcontext(Logged()) if log_format else Progress(many) as progress,
        stopping_on_signals(
            stop, lambda: None if log_format else progress.say(f"stopping: {STOPPING}", False)
        ) as signals,
    ):
        report = Pass(settings, store, wanted, stop, progress.tell, progress.say).run(fetcher)
    if log_format:
        log_totals(report)
    elif not report.whole:
        say(f"{report.failed} of {report.asked} charts failed{cut_short(report)}")
    if not report.whole:
        context.exit(128 + signals[0] if signals and not report.failed else 1)
