"""A ledger of overtakes: the cells of its table, and its CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from tracker.analysis import Overtake
from tracker.exports import csv_line, printable
from tracker.model import App, iso
from tracker.report.times import shown
from tracker.words import duration_words

#: The columns of ``Overtake.to_json``.
LEDGER_COLUMNS = (
    "id", "winner_id", "loser_id", "after", "by", "kind", "status", "gap", "winner_rank_before",
    "winner_rank_after", "loser_rank_before", "loser_rank_after", "held_seconds", "depth_before",
    "depth_after", "provenance_before", "provenance_after", "winner", "loser", "chart", "source",
)  # fmt: skip

#: Cells that many lines repeat: those of every two of sixty apps, and times of neighbouring lines.
_cells = lru_cache(maxsize=4096)(csv_line)
_time = lru_cache(maxsize=256)(iso)


def ledger_csv(ledger: Iterable[Overtake]) -> Iterator[str]:
    """The lines of a CSV file with a heading and the values of each ``to_json``.

    Five years of every pair are 35,000 lines, so what repeats is checked and quoted once.
    """
    yield ",".join(LEDGER_COLUMNS) + "\n"
    for (
        chart, source, winner, loser, after, by, kind, status, gap,
        winner_before, winner_after, loser_before, loser_after, held_seconds,
        depth_before, depth_after, (before, at_last),
    ) in ledger:  # fmt: skip
        slug, time = chart.slug, _time(by)
        # An id has commas, so its cell is quoted. The time in it needs no check.
        begin = _cells(f"{source}:{slug}@,")[:-2]
        end = _cells(f",{winner.app_id},{loser.app_id}", winner.app_id, loser.app_id)[1:]
        numbers = (
            f"{winner_before},{winner_after},{loser_before},{loser_after},{int(held_seconds)},"
            f"{depth_before},{depth_after}"
        ).replace("None", "")
        yield (
            f"{begin}{time}{end},{_time(after)},{time},{_cells(kind, status, gap)},{numbers},"
            f"{_cells(before, at_last, winner.name, loser.name, slug, source)}\n"
        )


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
