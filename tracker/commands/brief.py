"""The command brief."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.commands.completion import complete_apps
from tracker.commands.context import open_database
from tracker.commands.options import (
    confirm_option,
    db_option,
    json_option,
    moment_options,
    on_option,
    tz_option,
)
from tracker.commands.output import print_json, print_lines
from tracker.model import Chart


@click.command("brief")
@click.argument("app", metavar="APP", shell_complete=complete_apps)
@on_option
@moment_options
@confirm_option
@tz_option
@json_option
@db_option
@click.pass_context
def brief_command(
    context: click.Context,
    /,
    app: str,
    chart: Chart,
    zone: ZoneInfo,
    as_json: bool,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Write sentences on an app that can be printed, each with its caveat.

    Its rank; in how many storefronts it is at number one and in the top ten; where it was a day, a
    week and a month (30 d) before; whom it passed in 7 days. The moment is the newest snapshot of
    that chart in any storefront, or --at. A storefront counts where its newest snapshot is at most
    36 h older than the moment. Never claims anything of the time between two snapshots.
    """
    with open_database(context, db) as database:
        sentences = database.brief(app, chart, **chosen)
    if as_json:
        print_json(sentences.to_dicts())
        return
    for sentence in sentences:
        print_lines([sentence.text, f"    {sentence.caveat}"])
    print_lines([f"Times are in {zone.key}."])
