"""A ledger of overtakes: the cells of its table, and its CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tracker.analysis import Overtake
from tracker.exports import csv_line, printable
from tracker.model import App, Chart, iso
from tracker.report.times import shown
from tracker.words import duration_words

#: The columns of ``Overtake.to_json``.
LEDGER_COLUMNS = (
    "id", "winner_id", "loser_id", "after", "by", "kind", "status", "gap", "winner_rank_before",
    "winner_rank_after", "loser_rank_before", "loser_rank_after", "held_seconds", "depth_before",
    "depth_after", "provenance_before", "provenance_after", "winner", "loser", "chart", "source",
)  # fmt: skip


class _Kept(dict[Any, str]):
    """What MAKE makes of each value, made once."""

    def __init__(self, make: Callable[[Any], str]) -> None:
        self._make = make

    def __missing__(self, value: object) -> str:
        text = self[value] = self._make(value)
        return text


def ledger_csv(ledger: Iterable[Overtake]) -> Iterator[str]:
    """The lines of a CSV file with a heading and the values of each ``to_json``.

    Five years of every pair are 35,000 lines, so what repeats is checked and quoted once.
    """
    yield ",".join(LEDGER_COLUMNS) + "\n"
    cells, numbers, within = _Kept(_cell), _Kept(_cell), _Kept(_within_id)
    here, begin, end = None, "", ""
    last_by, by_text, last_after, after_text = None, "", None, ""
    for (
        chart, source, winner, loser, after, by, kind, status, gap,
        winner_before, winner_after, loser_before, loser_after, held_seconds,
        depth_before, depth_after, (before, at_last),
    ) in ledger:  # fmt: skip
        if here != (chart, source):
            here, (begin, end) = (chart, source), _ends(chart, source)
        # Neighbouring lines share times; to hash one for a cache costs as much as its text.
        if after is not last_after:
            after_text = by_text if after is last_by else iso(after)
            last_after = after
        if by is not last_by:
            last_by, by_text = by, iso(by)
        winner_id, loser_id = winner.app_id, loser.app_id
        yield ",".join((
            begin + by_text, within[winner_id], within[loser_id] + '"', cells[winner_id],
            cells[loser_id], after_text, by_text, kind, status, "true" if gap else "false",
            numbers[winner_before], numbers[winner_after], numbers[loser_before],
            numbers[loser_after], str(int(held_seconds)), numbers[depth_before],
            numbers[depth_after], before, at_last, cells[winner.name], cells[loser.name], end,
        ))  # fmt: skip


def _cell(value: object) -> str:
    return csv_line(value, None)[:-1]


def _within_id(app_id: str) -> str:
    """An app id as a part of a cell that is quoted for its commas."""
    return csv_line(f",{app_id}")[2:-1]


@lru_cache(maxsize=64)
def _ends(chart: Chart, source: str) -> tuple[str, str]:
    """How a line begins, up to the time in the id, which needs no check; and how it ends."""
    slug = chart.slug
    return csv_line(f"{source}:{slug}@,")[:-2], csv_line(slug, source) + "\n"


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
