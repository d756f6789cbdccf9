"""The command cite: one event in a sentence, with the responses that show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.catalog import Catalog
from tracker.commands.context import open_to_read, settings_of
from tracker.commands.options import Parsed, confirm_option, db_option, json_option, tz_option
from tracker.commands.output import print_json, printable
from tracker.evidence import Citation, Event, Witness, cite
from tracker.model import iso
from tracker.report.times import shown

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
    """Quote one overtake or snapshot, with the receipts that show it.

    EVENT is an id that 'apptrack overtakes --json' gives, or SOURCE:CHART@TIME for a snapshot.
    The sentence rests on every snapshot from the one after which it happened to the one that
    confirms it, and says no more than they show. Never claims an instant.
    """
    citation = cited(context, event, confirm, zone, db)
    if as_json:
        print_json(_json(citation))
        return
    click.echo(printable(citation.sentence))
    for witness in citation.witnesses:
        click.echo(f"  {_receipt_words(witness, zone)}")
    click.echo(f"  times in {zone.key}")
    click.echo(f"  {_proof_words(citation)}")


def cited(
    context: click.Context, event: Event, confirm: int, zone: ZoneInfo, db: Path | None
) -> Citation:
    settings = settings_of(context, db)
    with open_to_read(settings) as reader:
        return cite(
            reader, event, Catalog(settings.apps).apps, confirm, lambda time: shown(time, zone)
        )


def _proof_words(citation: Citation) -> str:
    """The command that proves the citation, or why none can."""
    snapshots = len(citation.witnesses)
    missing = sum(witness.receipt is None for witness in citation.witnesses)
    if not missing:
        return f"to prove it: apptrack verify '{citation.event}'"
    of = f" for {missing} of its {snapshots} snapshots" if missing < snapshots else ""
    return f"cannot be proved: no payload is stored{of}"


def _receipt_words(witness: Witness, zone: ZoneInfo) -> str:
    at = shown(witness.snapshot.observed_at, zone)
    receipt = witness.receipt
    if receipt is None:
        why = "receipt pruned" if witness.pruned else "no payload stored"
        return f"{at}  {witness.snapshot.provenance}, {why}"
    came = f"from {printable(receipt.url)}" if receipt.url else "imported"
    return f"{at}  {came}, {receipt.size} bytes, SHA-256 {receipt.sha256}"


def _json(citation: Citation) -> dict[str, Any]:
    return {
        "event": str(citation.event),
        "sentence": citation.sentence,
        "proved": citation.proved,
        "apps": [
            {"app_id": one.app.app_id, "name": one.app.name, "then_called": one.then_called}
            for one in citation.apps
        ],
        "snapshots": [
            {
                "observed_at": iso(one.snapshot.observed_at),
                "scope": one.snapshot.scope.value,
                "depth": one.snapshot.depth,
                "provenance": one.snapshot.provenance.value,
                "url": one.receipt.url if one.receipt else None,
                "fetched_at": (
                    iso(one.receipt.fetched_at) if one.receipt and one.receipt.fetched_at else None
                ),
                "status": one.receipt.status if one.receipt else None,
                "sha256": one.receipt.sha256 if one.receipt else None,
                "size": one.receipt.size if one.receipt else None,
                "pruned": one.pruned,
                "flaws": list(one.flaws),
            }
            for one in citation.witnesses
        ],
    }
