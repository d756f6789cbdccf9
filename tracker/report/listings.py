"""The rows of a chart at an instant, and of what moved, as words and as flat values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.analysis.movement import Move, Movement
from tracker.analysis.movers import Mover
from tracker.model import iso
from tracker.queries.as_of import Moment
from tracker.queries.listings import Standing
from tracker.words import counted, rank_words


def movement_words(moved: Movement | None) -> str:
    """``+3``, ``new``, ``left (was 40)``; ``unranked then`` where there is no movement."""
    if moved is None:
        return "unranked then"
    if moved.change:
        return f"{moved.change:+d}"
    if moved.then and moved.move in (Move.LEFT, Move.BEYOND):
        rank, depth = moved.then.rank, moved.then.depth
        return f"{moved.move} ({f'was {rank}' if rank else f'top {depth} then'})"
    return str(moved.move)


def standing_cells(row: Standing) -> list[str]:
    """Rank, app, and the movement over each span."""
    return [rank_words(row.rank), row.app.name, *map(movement_words, row.moves.values())]


def watched_words(moment: Moment, rows: Sequence[Standing], watched: int) -> list[str]:
    """How many of the WATCHED apps are not in the chart, if any, by the ranks of ROWS."""
    unranked = watched - sum(row.rank is not None for row in rows)
    if not unranked:
        return []
    lines = [f"{unranked} of {counted(watched, 'app')} not in the top {moment.snapshot.depth}"]
    if unranked == watched:
        chart = moment.place.chart
        lines.insert(0, f"none of them is on {chart}; see 'apptrack brief' for an app's charts")
    return lines


def flat_standing(moment: Moment, row: Standing) -> dict[str, Any]:
    """A row of a listing for a CSV, with the snapshot it is of."""
    flat: dict[str, Any] = {
        "chart": moment.place.chart.slug,
        "source": moment.place.source,
        "observed_at": iso(moment.snapshot.observed_at),
        "rank": row.rank,
        "app_id": row.app.app_id,
        "name": row.app.name,
    }
    for name, moved in row.moves.items():
        flat[f"{name}_move"] = moved.move.value if moved else None
        flat[f"{name}_change"] = moved.change if moved else None
        flat[f"{name}_rank_before"] = moved.then.rank if moved and moved.then else None
    return flat


def flat_mover(moment: Moment, row: Mover) -> dict[str, Any]:
    """A move for a CSV, with the snapshot it is of."""
    place = moment.place
    return {
        "chart": place.chart.slug,
        "source": place.source,
        "observed_at": iso(moment.snapshot.observed_at),
        **row.to_json(),
    }


#: The columns of ``mover_cells``.
MOVER_COLUMNS = ("rank", "before", "change", "percentile", "as far", "app")


def mover_cells(row: Mover) -> Sequence[str]:
    """Rank, rank before, change, churn percentile with what it rests on, app."""
    change = "" if row.change is None else f"{row.change:+d}"
    percentile = "" if row.percentile is None else f"{row.percentile:.0f}"
    rests_on = f"{row.moved_as_far} of {row.apps_near}"
    return (
        rank_words(row.rank), rank_words(row.rank_before), change, percentile, rests_on,
        row.app.name,
    )  # fmt: skip
