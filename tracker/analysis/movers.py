"""A whole chart at two instants: which apps rose, fell, entered and left, and how unusual that is.

A move is measured as on the plots' axis, by |ln(rank now / rank then)|: from 2 to 1 is as far as
from 60 to 30. How unusual it is shows in the moves of the apps near it: see ``Mover``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.analysis.movement import Move
from tracker.model import App

#: Apps are near each other where one's rank is at most this many times the other's.
NEAR = 2.0


@dataclass(frozen=True, slots=True)
class Listing:
    """One snapshot of a whole chart: the rank of each app id, of ``depth`` entries."""

    ranks: Mapping[str, int]
    depth: int


@dataclass(frozen=True, slots=True)
class Mover:
    """The move of one app between two snapshots of a chart.

    ``rank`` and ``rank_before`` are None where it was unranked. ``change`` is in ranks, positive
    for up, None where it was not ranked both times. ``apps_near`` counts the other apps whose rank
    before was at most twice and at least half of its own (of an app that entered, the rank now);
    ``moved_as_far`` those of them that moved at least as far, or entered or left: the fewer, the
    more unusual the move.
    """

    app: App
    move: Move
    rank: int | None
    rank_before: int | None
    apps_near: int
    moved_as_far: int

    @property
    def change(self) -> int | None:
        if self.rank is None or self.rank_before is None:
            return None
        return self.rank_before - self.rank

    @property
    def percentile(self) -> float | None:
        """Of the apps near it, how many in a hundred moved less far; None where none is near."""
        if not self.apps_near:
            return None
        return round(100 * (self.apps_near - self.moved_as_far) / self.apps_near, 1)

    def to_json(self) -> dict[str, Any]:
        """The move as flat values."""
        return {
            "app_id": self.app.app_id,
            "name": self.app.name,
            "move": self.move.value,
            "rank": self.rank,
            "rank_before": self.rank_before,
            "change": self.change,
            "churn_percentile": self.percentile,
            "apps_near": self.apps_near,
            "moved_as_far": self.moved_as_far,
        }


def distance(then: int | None, now: int | None) -> float:
    """|ln(now / then)|; infinite where one of the two is unranked."""
    return math.inf if then is None or now is None else abs(math.log(now / then))


def movers(
    now: Listing, then: Listing, apps: Mapping[str, App], returned: Collection[str] = ()
) -> list[Mover]:
    """Every app that is in one of the two snapshots, by how far it moved.

    APPS has an app for each id. RETURNED are the ids that had been in the chart before THEN, so
    that they are *back*, not *new*. A snapshot with fewer entries than the rank in the other one
    cannot show that an app entered or left; its move is undetermined.
    """
    ids = {*now.ranks, *then.ranks}
    moves = {app_id: (then.ranks.get(app_id), now.ranks.get(app_id)) for app_id in ids}
    moved = [
        _mover(
            apps[app_id], _move(*moves[app_id], now.depth, then.depth, app_id in returned), moves
        )
        for app_id in ids
    ]
    return sorted(moved, key=_order)


def _move(was: int | None, rank: int | None, depth: int, depth_then: int, back: bool) -> Move:
    if was is not None and rank is not None:
        return Move.UP if rank < was else Move.DOWN if rank > was else Move.SAME
    if rank is not None:
        if depth_then < rank:
            return Move.BEYOND
        return Move.BACK if back else Move.NEW
    assert was is not None
    return Move.LEFT if depth >= was else Move.BEYOND


def _mover(app: App, move: Move, moves: Mapping[str, tuple[int | None, int | None]]) -> Mover:
    was, rank = moves[app.app_id]
    mine = was or rank
    assert mine is not None
    others = [
        distance(*pair)
        for app_id, pair in moves.items()
        if app_id != app.app_id and _near(mine, pair[0] if was else pair[1])
    ]
    far = distance(was, rank)
    return Mover(app, move, rank, was, len(others), sum(other >= far for other in others))


def _near(mine: int, other: int | None) -> bool:
    return other is not None and mine <= NEAR * other and other <= NEAR * mine


def _order(mover: Mover) -> tuple[float, int, str]:
    """Farthest first; of those that entered or left the highest first."""
    return (
        -distance(mover.rank_before, mover.rank),
        mover.rank or mover.rank_before or 0,
        mover.app.app_id,
    )
