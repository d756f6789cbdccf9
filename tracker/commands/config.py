"""The command config: is apptrack.toml valid, and what does it ask of the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tracker.commands.options import json_option
from tracker.commands.output import print_json, print_lines
from tracker.lookup import CALLS
from tracker.settings.check import Check, check
from tracker.sources import web_charts
from tracker.words import at_most, counted


@click.group("config")
def config_command() -> None:
    """Check the settings.

    Never writes, and never opens a connection.
    """


@config_command.command("check")
@click.option(
    "--settings",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Check this file instead of ./apptrack.toml.  [env: APPTRACK_SETTINGS]",
)
@json_option
@click.pass_context
def check_command(context: click.Context, file: Path | None, as_json: bool) -> None:
    """Check apptrack.toml and the environment, and show what one pass asks of the store.

    Each fault is one line: where it is, what is wrong, what to do. Valid settings are followed by
    the requests of one pass, by host, and the time they take at the polite pace, with a warning
    where that is longer than the interval. Exit code 0 if the settings are valid, 1 if not, 2 if
    the file cannot be read. Opens no connection.
    """
    named = context.find_root().obj
    checked = check(file or (Path(named) if named else None))
    if as_json:
        print_json(_json(checked))
    else:
        print_lines(checked_lines(checked))
    if checked.faults:
        context.exit(1)


def _lookups(checked: Check) -> int:
    """The most requests for names after a pass: only web pages have apps by id alone."""
    used = [source.name for _, source in checked.settings.looks(checked.settings.charts)]
    return CALLS if checked.settings.lookup_names and web_charts.SOURCE.name in used else 0


def checked_lines(checked: Check) -> list[str]:
    """What is wrong, or that nothing is, with what a pass asks for."""
    name = checked.file or "no apptrack.toml here, the defaults"
    if checked.faults:
        faults = counted(len(checked.faults), "fault")
        return [*checked.faults, *_warnings(checked), f"{name}: {faults}"]
    return [f"{name}: valid", *_pass(checked), *_warnings(checked)]


def _pass(checked: Check) -> list[str]:
    settings = checked.settings
    charts = counted(len(settings.charts), "chart")
    pace = settings.fetch.per_minute
    lines = [f"one pass reads {charts} with {counted(checked.requests, 'request')}:"]
    lines += [f"  {load.host}: {counted(load.requests, 'request')}" for load in checked.loads]
    paced = f"{pace:g} requests a minute to each host" if pace else "no pace (per_minute = 0)"
    lines.append(
        f"a pass takes at least {at_most(checked.seconds)} at {paced}; "
        f"the interval is {at_most(settings.every.total_seconds())}"
    )
    if calls := _lookups(checked):
        lines.append(f"after it, at most {calls} requests for names, unless lookup_names = false")
    return lines


def _warnings(checked: Check) -> list[str]:
    return [f"warning: {warning}" for warning in checked.warnings]


def _json(checked: Check) -> dict[str, Any]:
    settings, valid = checked.settings, not checked.faults
    result: dict[str, Any] = {
        "file": None if checked.file is None else str(checked.file),
        "valid": valid,
        "faults": list(checked.faults),
        "warnings": list(checked.warnings),
    }
    if valid:
        result["pass"] = {
            "charts": len(settings.charts),
            "requests": checked.requests,
            "hosts": [
                {"host": load.host, "requests": load.requests, "seconds": load.seconds}
                for load in checked.loads
            ],
            "seconds": checked.seconds,
            "per_minute": settings.fetch.per_minute,
            "every_seconds": settings.every.total_seconds(),
            "name_lookups": _lookups(checked),
        }
    return result
