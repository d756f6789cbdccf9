"""A citation: the responses behind it, in words and as JSON."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from tracker.evidence import Citation, Witness
from tracker.exports import printable
from tracker.model import iso
from tracker.report.times import shown
from tracker.words import unproved_words


def proof_words(citation: Citation) -> str:
    """The command that proves the citation, or why none can."""
    snapshots = len(citation.witnesses)
    missing = sum(witness.receipt is None for witness in citation.witnesses)
    if not missing:
        return f"to prove it: apptrack verify '{citation.event}'"
    of = f" for {missing} of its {snapshots} snapshots" if missing < snapshots else ""
    return f"cannot be proved: no payload is stored{of}"


def response_words(witness: Witness, zone: ZoneInfo) -> str:
    at = shown(witness.snapshot.observed_at, zone)
    receipt = witness.receipt
    if receipt is None:
        why = "receipt pruned" if witness.pruned else "no payload stored"
        return f"{at}  {witness.snapshot.provenance}, {why}"
    came = f"from {printable(receipt.url)}" if receipt.url else "imported"
    return f"{at}  {came}, {receipt.size} bytes, SHA-256 {receipt.sha256}"


def citation_json(citation: Citation) -> dict[str, Any]:
    return {
        "event": str(citation.event),
        "sentence": citation.sentence,
        "proved": citation.proved,
        "unproved": unproved_words(citation.event.chart),
        "apps": [
            {"app_id": app.app.app_id, "name": app.app.name, "name_then": app.then_called}
            for app in citation.apps
        ],
        "snapshots": [
            {
                "observed_at": iso(witness.snapshot.observed_at),
                "scope": witness.snapshot.scope.value,
                "depth": witness.snapshot.depth,
                "provenance": witness.snapshot.provenance.value,
                "url": witness.receipt.url if witness.receipt else None,
                "fetched_at": (
                    iso(witness.receipt.fetched_at)
                    if witness.receipt and witness.receipt.fetched_at
                    else None
                ),
                "status": witness.receipt.status if witness.receipt else None,
                "sha256": witness.receipt.sha256 if witness.receipt else None,
                "size": witness.receipt.size if witness.receipt else None,
                "pruned": witness.pruned,
                "flaws": list(witness.flaws),
            }
            for witness in citation.witnesses
        ],
    }


def verdict_words(witness: Witness) -> str:
    if witness.flaws:
        return printable("; ".join(witness.flaws))
    if witness.pruned:
        return "receipt pruned: it was fetched, and its payload was dropped on demand since"
    if witness.receipt is None:
        return f"stored as {witness.snapshot.provenance}, without a payload"
    return f"the payload with SHA-256 {witness.receipt.sha256} says the same"
