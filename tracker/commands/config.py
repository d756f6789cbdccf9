"""The command config: is apptrack.toml valid, and what does it ask of the store."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.options import json_option
from tracker.commands.output import print_json, print_lines
from tracker.report.config import checked_lines, config_json, world_lines
from tracker.settings.check import check
from tracker.settings.world import world


@click.group("config")
def config_command() -> None:
    """Check the settings.

    Reads only, and opens no connection.
    """


@config_command.command("check")
@click.option(
    "--settings",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Check this file instead of ./apptrack.toml.  [env: APPTRACK_SETTINGS]",
)
@click.option("--world", "whole", is_flag=True, help="Also plan a pass over all charts there are.")
@json_option
@click.pass_context
def check_command(context: click.Context, file: Path | None, whole: bool, as_json: bool) -> None:
    """Check apptrack.toml, and show the requests of one pass.

    The environment is checked too. Each fault is one line: where it is, what is wrong, what to do.
    Valid settings are followed by the requests of one pass, by host, and the time they take at the
    polite pace, with a warning where that is longer than the interval. Exit code 0 if the settings
    are valid, 1 if not, 2 if the file cannot be read. Opens no connection.
    """
    named = context.find_root().obj
    checked = check(file or (Path(named) if named else None), whole=whole)
    plan = world(checked.settings) if whole and not checked.faults else None
    if as_json:
        print_json(config_json(checked, plan))
    else:
        print_lines([*checked_lines(checked), *(world_lines(plan) if plan else ())])
    if checked.faults:
        context.exit(1)
