"""What a merge did, as a line and as plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tracker.store.merging import Tally
from tracker.words import counted


def merge_line(other: Path, tally: Tally, *, dry: bool = False) -> str:
    """``b.db: 4 snapshots merged, 0 known already; 4 fetches, 1 event``."""
    copies = f", {tally.copies:,} archived cop{'y' if tally.copies == 1 else 'ies'}"
    return (
        f"{other}: {counted(tally.merged, 'snapshot')} {'would be merged' if dry else 'merged'}, "
        f"{tally.known} known already; {tally.fetches} fetch{'es' * (tally.fetches != 1)}, "
        f"{counted(tally.events, 'event')}{copies if tally.copies else ''}"
    )


def merge_json(other: Path, tally: Tally) -> dict[str, Any]:
    return {
        "file": str(other),
        "merged": tally.merged,
        "known": tally.known,
        "fetches": tally.fetches,
        "events": tally.events,
        "copies": tally.copies,
        "conflicts": tally.conflicts,
    }
