"""What a pruning drops, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.store.prune import Pruning


def pruning_words(told: Pruning, verb: str) -> str:
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
