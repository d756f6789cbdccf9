"""What a migration leaves to be done in short transactions, beside a daemon that writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tracker.store import blocks
from tracker.store.batches import in_batches
from tracker.store.checksums import set_checksums, without_checksum
from tracker.store.writing import Store

#: Seconds that whoever opens the database to write gives to it.
A_WHILE = 0.5
#: Shows a phase, by its name and how much there is to do; yields what says that so much is done.
Shown = Callable[[str, int], AbstractContextManager[Callable[[int], object]]]


@contextmanager
def unseen(what: str, total: int) -> Iterator[Callable[[int], object]]:
    yield lambda many: None


def complete(store: Store, seconds: float | None = None, shown: Shown = unseen) -> None:
    """Compute the checksums and make the blocks that are missing; after a kill it goes on.

    With SECONDS, stop after that time and compute checksums only: saving snapshots makes the
    blocks.
    """
    if without_checksum(store.connection, 1):
        _compute_checksums(store, seconds, shown)
    if seconds is None:
        _make_blocks(store, shown)


def _compute_checksums(store: Store, seconds: float | None, shown: Shown) -> None:
    end = None if seconds is None else time.monotonic() + seconds
    (missing,) = store.row("SELECT count(*) FROM snapshots WHERE checksum IS NULL")

    with shown("checksums of snapshots", missing) as done:

        def some(most: int) -> int:
            if end and time.monotonic() > end:
                return 0
            with store.transaction():
                numbers = without_checksum(store.db.conn, most)
                set_checksums(store.db.conn, numbers)
            done(len(numbers))
            return len(numbers)

        in_batches(some)


def _make_blocks(store: Store, shown: Shown) -> None:
    due = store.rows(
        "SELECT chart, source, count(*) / ? - (SELECT count(*) FROM blocks WHERE"
        " blocks.chart = snapshots.chart AND blocks.source = snapshots.source) AS missing"
        " FROM snapshots WHERE scope = 'whole' GROUP BY chart, source HAVING missing > 0",
        blocks.SIZE,
    )
    if not due:
        return
    with shown("blocks of ranks", sum(missing for *_, missing in due)) as done:
        for chart, source, _ in due:

            def next_one(_: int, chart: int = chart, source: str = source) -> int:
                with store.transaction():
                    made = int(blocks.pack(store.db.conn, chart, source, "9999"))
                done(made)
                return made

            in_batches(next_one)
