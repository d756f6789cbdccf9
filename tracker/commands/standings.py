"""The command standings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.api import Listed
from tracker.commands.context import open_database
from tracker.commands.options import db_option, json_option, moment_options, tz_option
from tracker.commands.output import print_columns, print_json, print_lines
from tracker.model import Chart
from tracker.report.as_of import compared_lines, moment_words
from tracker.report.listings import movement_words
from tracker.words import rank_words


@click.command("standings")
@moment_options
@tz_option
@json_option
@db_option
@click.pass_context
def standings_command(
    context: click.Context,
    /,
    chart: Chart,
    zone: ZoneInfo,
    as_json: bool,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Rank the assistants on a chart at a moment, with movement over a day and a week.

    The newest snapshot by then is compared with the one nearest to a day (a week) before it, at
    most half of that off. An app unranked then is `new` where its present stay in the chart
    is the first that was observed, else `back`; one that `left` was looked for as deep as it stood;
    `undetermined`: one of the two snapshots is too shallow. Never claims a rank between snapshots:
    the age of what is compared is always shown.
    """
    with open_database(context, db) as database:
        listed = database.standings(on=chart, **chosen)
    if as_json:
        print_json(listed.to_json())
        return
    print_listing(listed, zone)
    if not any(row.rank for row in listed):
        charts = "see 'apptrack brief' for an app's charts"
        print_lines([f"no watched assistant is on {chart}; {charts}"])
    unranked = (listed.watched or 0) - sum(row.rank is not None for row in listed)
    depth = listed.moment.snapshot.depth
    print_lines([f"{unranked} of {listed.watched} watched assistants are not in the top {depth}"])


def print_listing(listed: Listed, zone: ZoneInfo) -> None:
    """The snapshot, those it is compared with, and a row for each app."""
    moment = listed.moment
    print_lines([*moment_words(moment, zone), *compared_lines(moment, zone), ""])
    if listed:
        spans = [f"over a {name} (places)" for name in moment.earlier]
        print_columns(["rank", "app", *spans], list(map(_cells, listed)))
        print_lines([""])


def _cells(row: Any) -> Sequence[str]:
    return [rank_words(row.rank), row.app.name, *map(movement_words, row.moves.values())]
