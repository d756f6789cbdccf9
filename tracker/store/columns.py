"""The ranks of some apps in the snapshots of one chart from one source, by time.

Whole snapshots come from blocks where there are any, else from the entries; sparse ones, which are
in no block, from the entries always.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tracker.model import Provenance, Scope
from tracker.store.blocks import Columns, columns
from tracker.store.checksums import check_columns

#: SQLite joins 64 tables at most.
_MOST_JOINED = 60


@dataclass(frozen=True, slots=True)
class Window:
    """Which snapshots count: of a chart and a source, from first to last, of these provenances."""

    slug: str
    source: str
    first: str
    last: str | bytes
    provenances: tuple[Provenance, ...]
    #: Whether the snapshots have all of their entries here; they are compared with each other then.
    complete: bool = True


def columns_of(
    connection: sqlite3.Connection, window: Window, apps: Sequence[int | None], *, sparse: bool
) -> Columns:
    """The whole snapshots and, where SPARSE, those sparse ones that have every one of APPS.

    APPS are row ids, None for one never seen.
    """
    columns = _whole(connection, window, apps)
    if sparse:
        some = snapshots_of(connection, window, apps, Scope.SPARSE)[1]
        columns = columns.merged(some.ranking_all()) if some.times else columns
    return columns


def _whole(connection: sqlite3.Connection, window: Window, apps: Sequence[int | None]) -> Columns:
    first, last = window.first, window.last
    packed = apps and columns(connection, window.slug, window.source, apps, first, last)
    if not packed:
        return snapshots_of(connection, window, apps, Scope.WHOLE)[1]
    # What is in no block is later than them all. No time lies between one and it with "~".
    rest = replace(window, first=max(first, packed.times[-1] + "~"))
    later = snapshots_of(connection, rest, apps, Scope.WHOLE)[1]
    return packed.cut(first, last, window.provenances).then(later)


def snapshots_of(
    connection: sqlite3.Connection, window: Window, apps: Sequence[int | None], scope: Scope
) -> tuple[list[int], Columns]:
    """The row ids of the snapshots of SCOPE, and the ranks of APPS in their entries."""
    some = apps[:_MOST_JOINED]
    ranks, joins = _joined("snapshots.id", len(some))
    # What does not count is left out, so that a damaged word does not go unseen. The scope is
    # written out, because only then the index of the sparse ones is used.
    others = [provenance for provenance in Provenance if provenance not in window.provenances]
    marks = ",".join("?" * len(others))
    which = "= 'sparse'" if scope is Scope.SPARSE else "<> 'sparse'"
    sql = f"""SELECT snapshots.id, observed_at, CASE scope WHEN 'whole' THEN depth END,
                     provenance{ranks}
              FROM snapshots JOIN charts ON charts.id = chart {joins}
              WHERE slug = ? AND source = ? AND observed_at BETWEEN ? AND ?
              AND scope {which} AND provenance NOT IN ({marks}) ORDER BY observed_at"""  # noqa: S608 - marks and numbers only
    where = window.slug, window.source, window.first, window.last, *others
    rows = connection.execute(sql, (*some, *where)).fetchall()
    ids, times, depths, provenances, *ranked = list(zip(*rows, strict=True)) or [()] * (
        4 + len(some)
    )
    for start in range(_MOST_JOINED, len(apps), _MOST_JOINED):
        ranked += _ranks(connection, apps[start : start + _MOST_JOINED], ids)
    rows = list(zip(times, depths, provenances, strict=True))
    if window.complete:
        check_columns(connection, ids, rows, apps, ranked)
    return list(ids), Columns(times, depths, provenances, ranked)


def _ranks(
    connection: sqlite3.Connection, apps: Sequence[int | None], ids: Sequence[int]
) -> list[tuple[int | None, ...]]:
    """For each app, by its row id, its ranks in the snapshots of these row ids."""
    ranks, joins = _joined("value", len(apps))
    sql = f"SELECT key{ranks} FROM json_each(?) {joins} ORDER BY key"  # noqa: S608 - marks and numbers only
    rows = connection.execute(sql, (json.dumps(ids), *apps)).fetchall()
    _, *ranked = list(zip(*rows, strict=True)) or [()] * (1 + len(apps))
    return ranked


def _joined(snapshot: str, apps: int) -> tuple[str, str]:
    """SQL: a column of ranks for each app, and the joins they come from, in snapshots named so.

    Each app has a cursor of its own, which goes forward through that app's entries.
    """
    ranks = "".join(f", e{number}.rank" for number in range(apps))
    joins = " ".join(
        f"LEFT JOIN entries AS e{number} ON e{number}.app = ? AND e{number}.snapshot = {snapshot}"
        for number in range(apps)
    )
    return ranks, joins
