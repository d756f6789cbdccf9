"""The report of a week on one chart: ranks, moves, overtakes and coverage, as Markdown or HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from zoneinfo import ZoneInfo

from tracker.analysis import Coverage, Overtake
from tracker.analysis.movement import Move
from tracker.analysis.movers import Mover
from tracker.exports import printable
from tracker.model import Series
from tracker.queries.as_of import Moment
from tracker.queries.listings import Standing
from tracker.report.as_of import compared_lines, moment_words
from tracker.report.listings import movement_words
from tracker.report.overtakes import ledger_cells
from tracker.words import chart_words, coverage_words, rank_words

WEEK = timedelta(days=7)
#: How many moves of each kind a report has.
_MOVES = 5
_KINDS = {
    Move.UP: "Climbed",
    Move.DOWN: "Fell",
    Move.NEW: "New",
    Move.BACK: "Back",
    Move.LEFT: "Left",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;display:block;overflow-x:auto}"
    "th,td{padding:.3em .8em;text-align:left;border-bottom:1px solid #ccc}"
)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of a chart up to a moment.

    ``standings`` has the apps asked for, ``series`` their ranks in the week, ``movers`` every app
    that moved (None without a snapshot a week before), ``overtakes`` those among the apps asked for
    that happened by a snapshot of the week, ``observed`` how well the week is covered.
    """

    moment: Moment
    standings: Sequence[Standing]
    series: Sequence[Series]
    movers: Sequence[Mover] | None
    overtakes: Sequence[Overtake]
    observed: Coverage


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, lines of text, and a table whose first row is its heading."""

    title: str
    lines: Sequence[str]
    table: Sequence[Sequence[str]] = ()


def week_markdown(week: Week, zone: ZoneInfo) -> str:
    """The report as Markdown."""
    parts = [f"# {_marked(_title(week, zone))}"]
    for section in _sections(week, zone):
        parts.append(f"## {section.title}")
        parts += [_marked(line) for line in section.lines]
        if section.table:
            head, *rows = section.table
            lines = [head, ["---"] * len(head), *rows]
            parts.append("\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines))
    return "\n\n".join(parts) + "\n"


def week_html(week: Week, zone: ZoneInfo) -> str:
    """The report as a page of its own, without scripts."""
    title = escape(printable(_title(week, zone)))
    parts = [
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>'
        '\n<meta name="viewport" content="width=device-width">'
        f"\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>"
    ]
    for section in _sections(week, zone):
        parts.append(f"<h2>{section.title}</h2>")
        parts += [f"<p>{escape(printable(line))}</p>" for line in section.lines]
        if section.table:
            head, *rows = section.table
            parts.append(f"<table>\n<thead>{_row(head, 'th')}</thead>\n<tbody>")
            parts += [_row(row, "td") for row in rows]
            parts.append("</tbody>\n</table>")
    return "\n".join([*parts, "</body>\n</html>\n"])


def _title(week: Week, zone: ZoneInfo) -> str:
    last = week.moment.snapshot.observed_at.astimezone(zone)
    return f"Week to {last:%Y-%m-%d}: {chart_words(week.moment.place.chart)}"


def _sections(week: Week, zone: ZoneInfo) -> Iterator[Section]:
    moment = week.moment
    yield Section("Ranks", [], [_RANKS, *_rank_rows(week)])
    if week.movers is None:
        yield Section("Moves", ["No snapshot is from about a week before: moves are not known."])
    else:
        rows = list(_move_rows(week.movers))
        lines = [] if rows else ["No app of the chart moved."]
        yield Section("Moves", lines, [_MOVED, *rows] if rows else [])
    overtakes = [ledger_cells(overtake, zone) for overtake in week.overtakes]
    none = "None of these apps passed another in the snapshots of the week."
    yield Section(
        "Overtakes", [] if overtakes else [none], [_PASSED, *overtakes] if overtakes else []
    )
    yield Section(
        "Coverage and source",
        [
            f"{coverage_words(week.observed)}.",
            *(f"{line}." for line in (*moment_words(moment, zone), *compared_lines(moment, zone))),
            "Unranked: not among the entries of the snapshot. What happened between two snapshots "
            "is not known; an overtake happened after one and by the next.",
        ],
    )


_RANKS = ("rank", "app", "over a day", "over a week", "best of the week", "worst of the week")
_MOVED = ("move", "rank", "a week before", "app")
_PASSED = ("after", "by", "winner", "loser", "ranks", "kind", "status", "held")


def _rank_rows(week: Week) -> Iterator[Sequence[str]]:
    ranks = {series.app.app_id: series.ranks for series in week.series}
    for row in week.standings:
        seen = ranks.get(row.app.app_id, ())
        ranked = [rank for rank in seen if rank]
        worst = "unranked" if None in seen else str(max(ranked, default=""))
        yield (
            rank_words(row.rank), row.app.name, *map(movement_words, row.moves.values()),
            str(min(ranked, default="unranked")), worst,
        )  # fmt: skip


def _move_rows(movers: Sequence[Mover]) -> Iterator[Sequence[str]]:
    for kind, word in _KINDS.items():
        for row in [row for row in movers if row.move is kind][:_MOVES]:
            yield word, rank_words(row.rank), rank_words(row.rank_before), row.app.name


def _marked(text: str) -> str:
    """TEXT of strangers without what Markdown takes for markup."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", printable(text))


def _cell(text: str) -> str:
    return text if text == "---" else _marked(text)


def _row(cells: Sequence[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(printable(cell))}</{tag}>' for cell in cells)}</tr>"
