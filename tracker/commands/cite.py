"""The command cite: one event in a sentence, with the responses that show it."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from tracker.catalog import Catalog
from tracker.commands.context import open_to_read, settings_of
from tracker.commands.options import Parsed, confirm_option, db_option, json_option, tz_option
from tracker.commands.output import print_json
from tracker.evidence import Citation, Event, cite
from tracker.exports import printable
from tracker.report.cite import citation_json, proof_words, response_words
from tracker.report.times import shown
from tracker.words import unproved_words

EVENT = Parsed("event", Event.parse)


@click.command("cite")
@click.argument("event", type=EVENT)
@confirm_option
@tz_option
@json_option
@db_option
@click.pass_context
def cite_command(
    context: click.Context,
    event: Event,
    confirm: int,
    zone: ZoneInfo,
    as_json: bool,
    db: Path | None,
) -> None:
    """Quote one overtake or snapshot, with the responses that show it.

    EVENT is an id that 'apptrack overtakes --json' gives, or SOURCE:CHART@TIME for a snapshot.
    The sentence rests on every snapshot from the one after which it happened to the one that
    confirms it. An overtake has an interval, not an instant.
    """
    citation = cited(context, event, confirm, zone, db)
    if as_json:
        print_json(citation_json(citation))
        return
    click.echo(printable(citation.sentence))
    for snapshot in citation.snapshots:
        click.echo(f"  {response_words(snapshot, zone)}")
    click.echo(f"  times in {zone.key}")
    if unproved := unproved_words(event.chart):
        click.echo(f"  {unproved}")
    click.echo(f"  {proof_words(citation)}")


def cited(
    context: click.Context, event: Event, confirm: int, zone: ZoneInfo, db: Path | None
) -> Citation:
    settings = settings_of(context, db)
    with open_to_read(settings) as reader:
        return cite(
            reader, event, Catalog(settings.apps).every, confirm, lambda time: shown(time, zone)
        )
