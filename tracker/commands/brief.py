"""The command brief."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.commands.completion import complete_apps
from tracker.commands.context import open_database
from tracker.commands.options import (
    FilePath,
    confirm_option,
    db_option,
    moment_options,
    on_option,
    table_options,
    tz_option,
)
from tracker.commands.output import Table, print_lines
from tracker.exports import written_whole
from tracker.model import Chart
from tracker.report.week import Week, week_html, week_markdown

#: What writes a week, by the suffix of the file.
WRITERS: Mapping[str, Callable[[Week, ZoneInfo], str]] = {
    ".md": week_markdown,
    ".html": week_html,
}


@click.command("brief")
@click.argument("apps", nargs=-1, metavar="[APP]...", shell_complete=complete_apps)
@click.option(
    "--week",
    is_flag=True,
    help="A report of the week: ranks, moves, overtakes, coverage. Of the apps named, else of all "
    "assistants and those of the settings.",
)
@click.option(
    "-o", "--output", type=FilePath(dir_okay=False, path_type=Path), metavar="FILE",
    help="With --week: a .md or .html file.  [default: Markdown on stdout]",
)  # fmt: skip
@on_option
@moment_options
@confirm_option
@tz_option
@table_options
@db_option
@click.pass_context
def brief_command(
    context: click.Context,
    /,
    apps: tuple[str, ...],
    chart: Chart,
    week: bool,
    output: Path | None,
    zone: ZoneInfo,
    table: Table,
    db: Path | None,
    **chosen: Any,
) -> None:
    """Write sentences on an app, each with its caveat, or a weekly report.

    Its rank; in how many storefronts it is at number one and in the top ten; where it was a day, a
    week and a month (30 d) before; whom it passed in 7 days. The moment is the newest snapshot of
    that chart in any storefront, or --at. A storefront counts where its newest snapshot is at most
    36 h older than the moment.
    """
    if output and (not week or output.suffix.lower() not in WRITERS):
        raise click.UsageError("-o is for --week, and FILE ends in .md or .html")
    if week and table.asked:
        raise click.UsageError(f"{table.asked} is for the sentences: --week is Markdown or HTML")
    if not week and len(apps) != 1:
        raise click.UsageError("name one app, or use --week")
    with open_database(context, db) as database:
        if week:
            _write(database.week(*apps, on=chart, **chosen), output, zone)
            return
        sentences = database.brief(apps[0], chart, **chosen)
    picked = table.pick(sentences)
    if table.for_programs:
        table.write(sentence.to_json() for sentence in picked)
        return
    for sentence in picked:
        print_lines([sentence.text, f"    {sentence.caveat}"])
    table.heading(f"Times are in {zone.key}.")


def _write(week: Week, output: Path | None, zone: ZoneInfo) -> None:
    """The report in its file, or on stdout."""
    if output is None:
        click.echo(week_markdown(week, zone), nl=False)
        return
    with written_whole(output) as part:
        part.write_text(WRITERS[output.suffix.lower()](week, zone), "utf-8")
    click.echo(str(output))
