"""A loopback archive of January 2025: pages made by the tests, as few and uneven as copies are.

The ranks are those of the demo's reconstruction, and its fillers say so by name. No page here was
ever published.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tracker.demo.script import CHART, entries_at
from tracker.loopback.archive import LoopbackArchive, StoredCopy, copy_of, elsewhere
from tracker.loopback.server import Answer

#: Day and hour (UTC) of each copy of the page, and of the feed.
PAGES = (
    (22, 9.2), (22, 17.6), (23, 4.1), (23, 15.3), (23, 21.0), (24, 2.4), (24, 11.9), (24, 20.2),
    (25, 1.3), (25, 9.8), (25, 15.5), (25, 22.1), (26, 3.7), (26, 9.1), (26, 14.2), (26, 17.5),
    (26, 23.3), (27, 5.0), (27, 12.4), (27, 18.8), (28, 6.6), (28, 19.9),
)  # fmt: skip
FEEDS = ((23, 12.0), (25, 12.0), (27, 12.0))


def time_of(day: int, hour: float) -> datetime:
    return datetime(2025, 1, day, tzinfo=UTC) + timedelta(minutes=round(60 * hour))


def made(family: str, day: int, hour: float) -> StoredCopy:
    at = time_of(day, hour)
    return copy_of(family, CHART, entries_at(at), at)


def january() -> LoopbackArchive:
    """The archive: most copies are sound, five are not."""
    pages = [made("web-charts-until-2025", *when) for when in PAGES]
    feeds = [made("apple-rss", *when) for when in FEEDS]
    twin = replace(pages[-1], captured_at=time_of(28, 22.5))
    listed, moved, stale = pages[3], pages[9], pages[12]
    plays = {
        listed.timestamp: elsewhere(pages[4]),
        moved.timestamp: Answer(301, b"", _memento(moved), content_type="text/html"),
        stale.timestamp: Answer(200, pages[5].body, _memento(stale), content_type="text/html"),
        feeds[1].timestamp: Answer(200, feeds[1].body[:4000], _memento(feeds[1])),
    }
    return LoopbackArchive([*pages, twin, *feeds], plays=plays)


def _memento(copy: StoredCopy) -> dict[str, str]:
    return dict(copy.answer().headers)
