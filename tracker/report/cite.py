"""A citation: the responses behind it, in words and as JSON."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from tracker.evidence import Citation, Witness
from tracker.exports import printable
from tracker.model import iso
from tracker.report.times import shown


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
        "apps": [
            {"app_id": one.app.app_id, "name": one.app.name, "name_then": one.then_called}
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


def verdict_words(witness: Witness) -> str:
    if witness.flaws:
        return printable("; ".join(witness.flaws))
    if witness.pruned:
        return "receipt pruned: it was fetched, and its payload was dropped on demand since"
    if witness.receipt is None:
        return f"stored as {witness.snapshot.provenance}, and no payload was kept"
    return f"the payload with SHA-256 {witness.receipt.sha256} says the same"
