"""The command publish: a site of files."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.context import open_database
from tracker.commands.options import CHART, db_option
from tracker.commands.output import say
from tracker.model import Chart


@click.command("publish")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--pair",
    "pairs",
    nargs=2,
    multiple=True,
    metavar="A B",
    help="Two apps to compare (may be repeated).  [default: the two that rank best]",
)
@click.option(
    "--app",
    "apps",
    multiple=True,
    help="An app with a page of its own (may be repeated).  [default: the ranked assistants]",
)
@click.option("--on", "chart", type=CHART, help="The chart.  [default: that of the settings]")
@click.option("--url", default="", help="Where the site will be, for the links in its feeds.")
@click.option("--database", "data", is_flag=True, help="Add a database of this chart, data.db.")
@db_option
@click.pass_context
def publish_command(
    context: click.Context,
    directory: Path,
    pairs: tuple[tuple[str, str], ...],
    apps: tuple[str, ...],
    chart: Chart | None,
    url: str,
    data: bool,
    db: Path | None,
) -> None:
    """Write a site of files to DIRECTORY: who is ahead, pairs, apps, feeds and badges.

    Links are relative, so that it works on any static host, below any path, and from a folder. The
    same data give the same bytes. It is written beside the old site and then takes its place.
    Needs the extra: pip install 'apptrack[browse]'.
    """
    from tracker.publish import lite_address, publish

    with open_database(context, db) as database:
        on = chart or database.default_chart
        files = publish(database, directory, on, pairs, apps, url, data)
    say(f"{directory}: {len(files)} files")
    if data and url.startswith("https://"):
        say(f"the data in Datasette Lite: {lite_address(url)}")
