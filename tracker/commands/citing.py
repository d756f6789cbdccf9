"""Commands that lead back to the bytes: cite, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from tracker.catalog import Catalog
from tracker.commands.common import (
    Told,
    db_option,
    json_option,
    open_to_read,
    print_json,
    printable,
    say,
    settings_of,
)
from tracker.commands.options import confirm_option
from tracker.commands.zones import tz_option
from tracker.evidence import Citation, Event, Witness, cite
from tracker.model import iso
from tracker.report.times import shown

EVENT = Told("event", Event.parse)


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
    citation = _cited(context, event, confirm, zone, db)
    if as_json:
        print_json(_json(citation))
        return
    click.echo(printable(citation.sentence))
    for witness in citation.witnesses:
        click.echo(f"  {_receipt_words(witness, zone)}")
    click.echo(f"  times in {zone.key}")
    click.echo(f"  {_proof_words(citation)}")


@click.command("verify")
@click.argument("event", type=EVENT, required=False)
@confirm_option
@tz_option
@db_option
@click.pass_context
def verify_command(
    context: click.Context, event: Event | None, confirm: int, zone: ZoneInfo, db: Path | None
) -> None:
    """Read every kept payload again and report any row that differs.

    With an EVENT, the payloads of its snapshots only. Exit code 1 if anything differs, or if an
    event has a snapshot without payload. Never claims more of such a snapshot than that it is
    stored.
    """
    if event:
        _verify_event(context, _cited(context, event, confirm, zone, db), zone)
        return
    from tracker.verify import verify

    with open_to_read(settings_of(context, db)) as reader:
        checked = verify(reader)
        if not reader.charts():
            say(printable(f"{reader.path} has no snapshots yet: there is nothing to verify"))
    for finding in checked.findings:
        click.echo(printable(f"{finding.where}: {finding.what}"))
    pruned = f" ({checked.pruned} pruned)" if checked.pruned else ""
    click.echo(
        f"{checked.proved} snapshots proved from their payloads, {checked.without_payload} have "
        f"none{pruned}; {checked.payloads} payloads read; {len(checked.findings)} findings"
    )
    if checked.findings:
        context.exit(1)


def _cited(
    context: click.Context, event: Event, confirm: int, zone: ZoneInfo, db: Path | None
) -> Citation:
    settings = settings_of(context, db)
    with open_to_read(settings) as reader:
        return cite(
            reader, event, Catalog(settings.apps).apps, confirm, lambda time: shown(time, zone)
        )


def _verify_event(context: click.Context, citation: Citation, zone: ZoneInfo) -> None:
    for witness in citation.witnesses:
        click.echo(f"{shown(witness.snapshot.observed_at, zone)}: {_verdict(witness)}")
    click.echo(printable(citation.sentence))
    click.echo("proved from the kept payloads" if citation.proved else "not proved")
    if not citation.proved:
        context.exit(1)


def _verdict(witness: Witness) -> str:
    if witness.flaws:
        return printable("; ".join(witness.flaws))
    if witness.pruned:
        return "receipt pruned: it was fetched, and its payload was dropped on demand since"
    if witness.receipt is None:
        return f"stored as {witness.snapshot.provenance}, and no payload was kept"
    return f"the payload with SHA-256 {witness.receipt.sha256} says the same"


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
