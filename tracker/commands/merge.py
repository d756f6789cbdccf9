"""The command merge: other databases into this one."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.context import settings_of
from tracker.commands.options import FilePath, db_option, json_option
from tracker.commands.output import notify, print_json
from tracker.errors import Conflict
from tracker.exports import printable
from tracker.merge import merge
from tracker.report.merge import merge_json, merge_line
from tracker.words import counted


@click.command("merge")
@click.argument(
    "others", nargs=-1, required=True, type=FilePath(path_type=Path), metavar="OTHER.db..."
)
@click.option("--dry-run", "dry", is_flag=True, help="Report what a merge would do; write nothing.")
@click.option(
    "--interleave",
    is_flag=True,
    help="Also merge a chart and source that both recorded in the same time.",
)
@click.option("--unverified", is_flag=True, help="Do not verify OTHER first.")
@json_option
@db_option
@click.pass_context
def merge_command(
    context: click.Context,
    others: tuple[Path, ...],
    dry: bool,
    interleave: bool,
    unverified: bool,
    as_json: bool,
    db: Path | None,
) -> None:
    """Merge the snapshots, responses, fetches and events of other databases.

    Also names, and what a backfill knows about archived copies.

    A snapshot that is not stored here is added; one that is stored already changes nothing; one
    that differs is reported and left as it is, and the exit status is 1. OTHER is only read, and
    verified first. The database is created if it is not there, and others may write to it
    meanwhile. Merging again changes nothing, and resumes a merge that was stopped. Alerts are not
    merged.
    """
    path = settings_of(context, db).db
    tallies = []
    merged = merge(path, others, dry=dry, interleave=interleave, verified=not unverified)
    for other, tally in zip(others, merged, strict=True):
        tallies.append(tally)
        if not as_json:
            click.echo(printable(merge_line(other, tally, dry=dry)))
        for conflict in tally.conflicts:
            notify(conflict)
    if as_json:
        print_json([merge_json(*pair) for pair in zip(others, tallies, strict=True)])
    conflicts = sum(len(tally.conflicts) for tally in tallies)
    if conflicts:
        rest = "can be merged" if dry else "is merged"
        raise Conflict(f"{counted(conflicts, 'conflict')}; everything else {rest}")
