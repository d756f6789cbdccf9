"""Commands that keep the file: backup, migrate, prune, reparse."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.collecting import now
from tracker.commands.common import (
    CHART,
    TIME,
    FilePath,
    db_option,
    existing,
    open_to_read,
    open_to_write,
    printable,
    say,
    settings_of,
)
from tracker.errors import InvalidValue
from tracker.model import Chart, iso
from tracker.service import watch_of
from tracker.sources import SOURCES

if TYPE_CHECKING:
    from tracker.reparse import Reread
    from tracker.store.upkeep import Limits, Pruning


@click.command("backup")
@click.argument("file", type=FilePath(path_type=Path), metavar="FILE")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@db_option
@click.pass_context
def backup_command(context: click.Context, file: Path, force: bool, db: Path | None) -> None:
    """Copy the database to FILE, whole and verified, while the daemon runs.

    FILE is the database as it was at the instant the copy began, checked row for row count, and
    appears only when it is whole. The database itself is only read. Never replaces a file unless
    told to.
    """
    from tracker.store.upkeep import backup

    copy = backup(existing(settings_of(context, db)), file, force=force)
    rows = ", ".join(f"{copy.rows.get(name, 0)} {name}" for name in ("snapshots", "fetches"))
    click.echo(f"{copy.path}: {copy.size / 1e6:.1f} MB, {rows}; verified")


@click.command("migrate")
@db_option
@click.pass_context
def migrate_command(context: click.Context, db: Path | None) -> None:
    """Bring the database of an older apptrack up to date.

    Commands that only read refuse an older file and name this one; those that write do the same by
    themselves.
    """
    settings = settings_of(context, db)
    existing(settings)
    open_to_write(settings).close()
    click.echo(f"{settings.db}: up to date")


@click.command("prune")
@click.option(
    "--payloads-before", type=TIME, help="Drop payloads last used before this time (UTC)."
)
@click.option(
    "--failed-fetches-before",
    type=TIME,
    help="Drop fetches that failed before this time, with what they brought.",
)
@click.option(
    "--refused-before",
    type=TIME,
    help="Drop refused answers from before this time; they can never be read again then.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would go, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@db_option
@click.pass_context
def prune_command(
    context: click.Context,
    payloads_before: datetime | None,
    failed_fetches_before: datetime | None,
    refused_before: datetime | None,
    dry_run: bool,
    yes: bool,
    db: Path | None,
) -> None:
    """Drop old payloads and failed fetches, on demand only; a rank or a snapshot never.

    A snapshot whose payload is dropped stays, and nothing can prove it any more: 'apptrack backup'
    first keeps the proof elsewhere. The newest payload of each chart stays, and so do those that
    later ones cannot be read without. The file does not shrink: what comes next fills the room.
    """
    from tracker.store.upkeep import Limits, prune, would_prune

    limits = Limits(payloads_before, failed_fetches_before, refused_before)
    _past(limits)
    settings = settings_of(context, db)
    with open_to_read(settings) as reader:
        planned = would_prune(reader, limits)
    click.echo(_pruning_words(planned, "would go" if dry_run else "to go"))
    if dry_run or planned.nothing:
        return
    if not yes:
        click.confirm("Drop it for good?", abort=True, err=True)
    with open_to_write(settings) as store:
        done = prune(store, limits)
    click.echo(_pruning_words(done, "gone"))


def _past(limits: Limits) -> None:
    """At least one limit, and none that has not come yet."""
    times = [time for time in (limits.payloads, limits.failed, limits.refused) if time]
    if not times:
        raise click.UsageError(
            "say what to drop: --payloads-before, --failed-fetches-before or --refused-before TIME"
        )
    if max(times) > now():
        raise InvalidValue(f"{iso(max(times))} has not come yet; name a time gone by")


def _pruning_words(told: Pruning, verb: str) -> str:
    if told.nothing:
        return "nothing is that old"
    words = (
        f"{verb}: {told.fetches} fetches that brought nothing, {told.payloads} payloads "
        f"({told.bytes / 1e6:.1f} MB)"
    )
    if told.unprovable:
        words += f"; {told.unprovable} snapshots stay, and can no longer be proved"
    if told.leaned_on:
        words += f"; {told.leaned_on} payloads as old stay, for later ones lean on them"
    return words


@click.command("reparse")
@click.option("--chart", type=CHART, help="Answers for this chart only.")
@click.option("--source", type=click.Choice(list(SOURCES)), help="Answers of this source only.")
@click.option("--dry-run", is_flag=True, help="Tell what would be stored, and change nothing.")
@db_option
@click.pass_context
def reparse_command(
    context: click.Context,
    chart: Chart | None,
    source: str | None,
    dry_run: bool,
    db: Path | None,
) -> None:
    """Read refused answers again, and store those that are understood now.

    After an upgrade that mends a parser: each answer that was kept becomes the snapshot it always
    was, at the time it came. Twice is as good as once. An alert that a chart's newest snapshot
    gives rise to goes out with the next pass. Never stores an answer that says less than a whole
    chart.
    """
    from tracker.reparse import reparse

    settings = settings_of(context, db)
    existing(settings)
    with open_to_write(settings) as store:
        told = reparse(
            store, chart=chart, source=source, dry_run=dry_run, tell=_tell,
            watch=watch_of(settings, store),
        )  # fmt: skip
    refused = Counter(one.error for one in told if one.error)
    for reason, times in refused.most_common():
        say(printable(f"refused still, {times}: {reason}"))
    verb = "would be stored" if dry_run else "stored"
    click.echo(f"{len(told) - refused.total()} snapshots {verb}, {refused.total()} refused still")


def _tell(one: Reread) -> None:
    if one.depth:
        click.echo(f"{one.place}  {one.depth} entries")
