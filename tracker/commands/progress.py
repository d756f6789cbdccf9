"""What is shown of a pass while it goes on: log lines, or a bar and lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

import click

from tracker.exports import printable
from tracker.logs import fields, log
from tracker.model import Outcome
from tracker.report.passes import cut_short, line_of

if TYPE_CHECKING:
    from rich.console import Console

    from tracker.collect import Report, Result


class Logged:
    """Report a pass as log lines."""

    def tell(self, result: Result) -> None:
        """A line for each attempt."""
        details = fields(
            chart=str(result.chart),
            source=result.source,
            outcome=result.outcome.value,
            status=result.status,
            seconds=round(result.seconds, 3),
            depth=result.depth,
            error=printable(result.error) if result.error else None,
            clock_behind_seconds=int(result.clock_behind.total_seconds()),
        )
        level = log.info if result.depth or result.interrupted or result.empty else log.warning
        level("%s", " ".join(line_of(result).split()), extra=details)

    def say(self, line: str, bad: bool) -> None:
        (log.warning if bad else log.info)("%s", line)


def on_terminal() -> bool:
    """Whether a bar on stderr would be seen."""
    from rich.console import Console

    return Console(stderr=True).is_terminal


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[..., object]]:
    """A bar on a terminal's stderr while the block runs; yields what moves it, by one or more."""
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda by=1: None
        return
    columns = (
        progress.TextColumn(what),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
    )
    with progress.Progress(*columns, console=console, transient=True) as shown:
        yield partial(shown.advance, shown.add_task(what, total=total))


class Progress:
    """A bar on a terminal's stderr; plain lines on stdout, one for each chart."""

    def __init__(self, charts: int) -> None:
        self._charts = charts
        self._bar: AbstractContextManager[object] = nullcontext()
        self._advance: Callable[[], object] = lambda: None
        self._console: Console | None = None  # set where the bar and the lines share a terminal

    def __enter__(self) -> Progress:
        from rich import progress
        from rich.console import Console

        console = Console(stderr=True)
        if console.is_terminal:
            bar = progress.Progress(
                progress.TextColumn("reading charts"),
                progress.MofNCompleteColumn(),
                progress.TimeElapsedColumn(),
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
        self._print(printable(line), err=True)

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


def log_totals(report: Report) -> None:
    stored = sum(
        result.depth is not None and result.outcome is not Outcome.KNOWN
        for result in report.results
    )
    level = log.warning if report.failed else log.info
    empty = f", {report.empty} empty" if report.empty else ""
    figures = f"{stored} of {report.asked} charts stored{empty}, {report.failed} failed"
    level("pass done: %s%s", figures, cut_short(report))
