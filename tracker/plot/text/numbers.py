"""Notes that find no room for their words above the plot: numbers at their lines, told beneath."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from tracker.plot.scene import Note
from tracker.plot.style.size import SMALL
from tracker.plot.style.typeset import cut, inert, leftward, upright, width, wrap
from tracker.plot.text.words import date_words

#: Letters of a note beneath the plot, at most, until all of them find room.
_LENGTHS = (400, 120, 80, 50, 30)
_HEADING, _BETWEEN = "Notes, not from the chart:", "\u00a0· "
_APART = 4  # points between two numbers


@dataclass(frozen=True, slots=True)
class Number:
    """``3``, or ``3–5`` for notes whose numbers would cover each other, and where that stands."""

    text: str
    at: datetime


def numbers(
    notes: Sequence[tuple[int, Note]], span: tuple[datetime, datetime], room: float
) -> tuple[Number, ...]:
    """The numbers that NOTES have, on a plot of the time SPAN that is ROOM points wide."""
    points = room / (span[1] - span[0]).total_seconds()
    runs: list[list[tuple[int, Note]]] = []
    for note in notes:
        runs.append([note])
        while len(runs) > 1 and _collide(runs[-2], runs[-1], points):
            runs[-2:] = [runs[-2] + runs[-1]]
    return tuple(Number(_label(run), _middle(run)) for run in runs)


def _label(run: Sequence[tuple[int, Note]]) -> str:
    own = [number for number, _ in run]
    if len(own) > 1 and own[-1] - own[0] == len(own) - 1:
        return f"{own[0]}–{own[-1]}"
    return ", ".join(map(str, own))


def _middle(run: Sequence[tuple[int, Note]]) -> datetime:
    first, last = run[0][1].at, run[-1][1].at
    return first + (last - first) / 2


def _collide(
    left: Sequence[tuple[int, Note]], right: Sequence[tuple[int, Note]], points: float
) -> bool:
    """Whether the numbers would cover each other, where a second is so many POINTS wide."""
    apart = (_middle(right) - _middle(left)).total_seconds() * points
    return apart < (width(_label(left), SMALL) + width(_label(right), SMALL)) / 2 + _APART


def listed(
    notes: Sequence[Note], foot: str, room: float, most: int, fair: int, zone: tzinfo, few: int = 0
) -> list[str]:
    """``1 A release (3 Jul) · 2 A strike (5 Jul)`` and FOOT in at most MOST lines.

    None where not one note fits. ROOM points wide, days of ZONE. Each note begins a line of its own
    where all need no more than FAIR lines so. Where they must be the days are left out, as they are
    for no more than a FEW lines, and titles cut; notes that still find no room are counted.
    """
    titles = [upright(inert(note.title)) for note in notes]
    dated = [f"{title} ({day})" for title, day in zip(titles, _days(notes, zone), strict=True)]
    alone = [_HEADING, *(line for told in _told(dated) for line in wrap(told, room, SMALL))]
    alone += wrap(foot, room, SMALL)
    if len(alone) <= min(most, fair):
        return alone
    for told, lines in ((dated, few), (titles, few), (dated, most)):
        whole = _flow(told, foot, room, lines, _LENGTHS[0], len(notes))
        if len(whole) <= lines:
            return whole
    cuts = _cuts(len(notes))
    # From all to hardly any: the first that fits.
    first = bisect_left(cuts, 1, key=lambda cut: len(_flow(titles, foot, room, most, *cut)) <= most)
    return _flow(titles, foot, room, most, *cuts[first]) if first < len(cuts) else []


def _days(notes: Sequence[Note], zone: tzinfo) -> list[str]:
    """The day of each, with the year where they are not all of one."""
    days = [note.at.astimezone(zone) for note in notes]
    year = len({day.year for day in days}) > 1
    return [date_words(day, year=year).replace(" ", "\u00a0") for day in days]


def _flow(
    titles: Sequence[str], foot: str, room: float, most: int, longest: int, many: int
) -> list[str]:
    """MANY of the notes in a row, with FOOT in lines of its own where MOST lines are enough.

    One from right to left has lines of its own: a renderer may change the face of all that it
    stands with.
    """
    rest = [f"and {len(titles) - many} more"] if many < len(titles) else []
    *told, last = _rows([*_told(titles, longest)[:many], *rest])
    before = [line for row in told for line in wrap(row, room, SMALL)]
    apart = [*before, *wrap(last, room, SMALL), *wrap(foot, room, SMALL)]
    if len(apart) <= most or leftward(last):
        return apart
    stop = "" if last.endswith(("…", ".")) else "."
    return [*before, *wrap(f"{last}{stop} {foot}", room, SMALL)]


def _rows(told: Sequence[str]) -> list[str]:
    """The heading and the notes, side by side but for those from right to left."""
    rows, joint = [_HEADING], " "
    for note in told:
        alone = leftward(note) or leftward(rows[-1])
        if alone and rows[-1] is not _HEADING:
            rows.append(note)
        else:
            rows[-1] += f"{joint}{note}"
        joint = _BETWEEN
    return rows


def _cuts(many: int) -> list[tuple[int, int]]:
    """How long titles may be, and how many of MANY notes are told, from all to hardly any."""
    return [*((longest, many) for longest in _LENGTHS),
            *((_LENGTHS[-1], fewer) for fewer in range(many - 1, 0, -1))]  # fmt: skip


def _told(titles: Sequence[str], longest: int = _LENGTHS[0]) -> list[str]:
    """The numbers bound to the titles, none of which is longer than LONGEST letters."""
    return [
        f"{number}\u00a0{title if len(title) <= longest else cut(title, longest - 1)}"
        for number, title in enumerate(titles, 1)
    ]
