"""What a pruning drops, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.store.prune import Pruning


def pruning_words(pruning: Pruning, verb: str) -> str:
    if pruning.nothing:
        return "nothing is that old"
    words = (
        f"{verb}: {pruning.fetches} failed fetches, {pruning.payloads} payloads "
        f"({pruning.bytes / 1e6:.1f} MB)"
    )
    if pruning.unprovable:
        words += f"; {pruning.unprovable} snapshots stay, and can no longer be proved"
    if pruning.leaned_on:
        words += f"; {pruning.leaned_on} payloads as old stay: later ones depend on them"
    return words
