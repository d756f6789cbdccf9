"""A ledger of overtakes: the cells of its table, and its CSV."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tracker.analysis import Overtake
from tracker.exports import printable
from tracker.model import App
from tracker.report.times import shown
from tracker.words import duration_words

#: The columns of ``Overtake.to_json``.
LEDGER_COLUMNS = (
    "id", "winner_id", "loser_id", "after", "by", "kind", "status", "gap", "winner_rank_before",
    "winner_rank_after", "loser_rank_before", "loser_rank_after", "held_seconds", "depth_before",
    "depth_after", "provenance_before", "provenance_after", "winner", "loser", "chart", "source",
)  # fmt: skip


def ledger_cells(overtake: Overtake, zone: ZoneInfo) -> Sequence[str]:
    ranks = (
        f"{_ranks(overtake, overtake.winner_rank_before, overtake.winner_rank_after)} against "
        + _ranks(overtake, overtake.loser_rank_before, overtake.loser_rank_after)
    )
    status = f"{overtake.status}, across a gap" if overtake.gap else str(overtake.status)
    return (
        shown(overtake.after, zone),
        shown(overtake.by, zone),
        _name(overtake.winner),
        _name(overtake.loser),
        ranks,
        str(overtake.kind),
        status,
        duration_words(overtake.held_seconds),
    )


def _ranks(overtake: Overtake, before: int | None, after: int | None) -> str:
    """From which rank to which; of an unranked app, how many entries the snapshot had."""
    return f"{_rank(before, overtake.depth_before)}→{_rank(after, overtake.depth_after)}"


def _rank(rank: int | None, depth: int | None) -> str:
    return f"unranked of {depth}" if rank is None else str(rank)


def _name(app: App) -> str:
    return app.name if app.name.isprintable() else printable(app.name)
