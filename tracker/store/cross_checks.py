"""Compare the snapshots of two sources at about the same time. Their ranks are never mixed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracker.model import Chart, iso
from tracker.store.reading import Reader
from tracker.store.stored import stored_time


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """How the snapshots of two sources compare over the first ``compared`` ranks of both.

    ``apps`` is the share, 0 to 1, of apps that both have; ``order`` the share of pairs of those in
    the same order, None below two. Rank numbers are not compared: a feed without the bundles that
    a page has lifts everyone below them.
    """

    source: str
    observed_at: datetime
    compared: int
    apps: float
    order: float | None


def cross_check(reader: Reader, chart: Chart, source: str, at: datetime) -> CrossCheck | None:
    """How the snapshot of SOURCE at AT compares with the web page's; None without such a one."""
    row = reader.row(
        "SELECT other_source, other_observed_at, compared, shared, pairs_in_order"
        " FROM cross_checks WHERE chart = ? AND source = ? AND observed_at = ?",
        chart.slug,
        source,
        iso(at),
    )
    if row is None:
        return None
    other, observed_at, compared, shared, in_order = row
    pairs = shared * (shared - 1) // 2
    order = in_order / pairs if pairs else None
    return CrossCheck(other, stored_time(observed_at), compared, shared / compared, order)
