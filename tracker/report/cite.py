"""A citation: the responses behind it, in words and as JSON."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from tracker.evidence import Citation, CitedSnapshot
from tracker.exports import printable
from tracker.model import iso
from tracker.report.times import shown
from tracker.words import unproved_words


def proof_words(citation: Citation) -> str:
    """The command that proves the citation, or why none can."""
    snapshots = len(citation.snapshots)
    missing = sum(cited.payload is None for cited in citation.snapshots)
    if not missing:
        return f"to prove it: apptrack verify '{citation.event}'"
    of = f" for {missing} of its {snapshots} snapshots" if missing < snapshots else ""
    return f"cannot be proved: no payload is stored{of}"


def response_words(cited: CitedSnapshot, zone: ZoneInfo) -> str:
    at = shown(cited.snapshot.observed_at, zone)
    payload = cited.payload
    if payload is None:
        why = "payload pruned" if cited.pruned else "no payload stored"
        return f"{at}  {cited.snapshot.provenance}, {why}"
    came = f"from {printable(payload.url)}" if payload.url else "imported"
    return f"{at}  {came}, {payload.size} bytes, SHA-256 {payload.sha256}"


def citation_json(citation: Citation) -> dict[str, Any]:
    return {
        "event": str(citation.event),
        "sentence": citation.sentence,
        "proved": citation.proved,
        "unproved": unproved_words(citation.event.chart),
        "apps": [
            {"app_id": app.app.app_id, "name": app.app.name, "name_then": app.name_then}
            for app in citation.apps
        ],
        "snapshots": [
            {
                "observed_at": iso(cited.snapshot.observed_at),
                "scope": cited.snapshot.scope.value,
                "depth": cited.snapshot.depth,
                "provenance": cited.snapshot.provenance.value,
                "url": cited.payload.url if cited.payload else None,
                "fetched_at": (
                    iso(cited.payload.fetched_at)
                    if cited.payload and cited.payload.fetched_at
                    else None
                ),
                "status": cited.payload.status if cited.payload else None,
                "sha256": cited.payload.sha256 if cited.payload else None,
                "size": cited.payload.size if cited.payload else None,
                "pruned": cited.pruned,
                "flaws": list(cited.flaws),
            }
            for cited in citation.snapshots
        ],
    }


def verdict_words(cited: CitedSnapshot) -> str:
    if cited.flaws:
        return printable("; ".join(cited.flaws))
    if cited.pruned:
        return "payload pruned: it was fetched, and dropped on demand since"
    if cited.payload is None:
        return f"stored as {cited.snapshot.provenance}, without a payload"
    return f"the payload with SHA-256 {cited.payload.sha256} says the same"
