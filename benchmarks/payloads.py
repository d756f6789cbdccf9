"""What a stored payload costs in bytes, and how long the last of a chain takes to read."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, timed
from benchmarks.history import CHART, GENRE_CHART, PLAY_CHART, payloads
from tracker.model import Chart, Payload
from tracker.store import Store
from tracker.store.compression import LONGEST_CHAIN, compress

#: Chart, source and depth; the web page tells 25 ranks since 2025-11-03.
_KINDS = (
    (CHART, "apple-rss", 100),
    (GENRE_CHART, "itunes-rss", 100),
    (GENRE_CHART, "web-charts", 25),
    (PLAY_CHART, "google-play", 100),
)


def payload_bytes(chains: int = 4, longest: int = LONGEST_CHAIN) -> list[Figure]:
    """Whole chains of each kind of payload, so that the payloads stored whole are counted too."""
    figures = []
    for chart, source, depth in _KINDS:
        figures += _chain(chart, source, depth, chains * (longest + 1))
    return figures


def _chain(chart: Chart, source: str, depth: int, hours: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "apptrack.db") as store:
        sizes, last = [], None
        for snapshot, payload in payloads(hours, chart, source, depth):
            store.save(snapshot, payload=payload)
            sizes.append(len(payload.body))
            last = payload
        kept = [size for (size,) in store.db.execute("SELECT length(frame) FROM payloads")]
        assert last is not None
        reading = _time_to_read(store, last)
    return [
        Figure(f"{source}: a payload as it came", statistics.mean(sizes), "B"),
        Figure(f"{source}: compressed alone", len(compress(last.body)), "B"),
        Figure(
            f"{source}: kept, on average of {hours}",
            statistics.mean(kept),
            "B",
            most=1500 if source == "apple-rss" else None,
        ),
        Figure(f"{source}: read the last of a chain", reading, "ms"),
    ]


def _time_to_read(store: Store, last: Payload) -> float:
    newest = store.payload_ids()[-1]
    assert store.body(newest) == last.body
    return statistics.median(timed(lambda: store.body(newest)) for _ in range(9))
