"""What a migration leaves to be done in short transactions, beside a daemon that writes."""

from __future__ import annotations

import time
from functools import partial

from tracker.store.batches import in_batches
from tracker.store.blocks import pack
from tracker.store.checksums import set_checksums, without_checksum
from tracker.store.writing import Store

#: Seconds that whoever opens the database to write gives to it.
A_WHILE = 0.5


def complete(store: Store, seconds: float | None = None) -> None:
    """Compute the checksums and make the blocks that are missing; after a kill it goes on.

    With SECONDS only so long, and checksums only: saving snapshots makes the blocks.
    """
    end = None if seconds is None else time.monotonic() + seconds

    def some(most: int) -> int:
        if end and time.monotonic() > end:
            return 0
        with store.transaction():
            numbers = without_checksum(store.db.conn, most)
            set_checksums(store.db.conn, numbers)
        return len(numbers)

    if without_checksum(store.connection, 1):
        in_batches(some)
    if end is None:
        for chart, source in store.rows("SELECT chart, source FROM tallies"):
            in_batches(partial(_pack_one, store, chart, source))


def _pack_one(store: Store, chart: int, source: str, _: int) -> int:
    with store.transaction():
        return int(pack(store.db.conn, chart, source, "9999"))
