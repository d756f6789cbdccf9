"""Words above the plot: changes of the lead, and dated notes. All of one kind, or the chief alone.

A picture that told some of the changes would take sides: the reader would see one app pass, and not
be passed. So all of them have words. Those that undo each other at once are told as one, ``A passes
B, and back``; where there is no room those that do so soon, too; and where that is still too much
only the change of the headline is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.analysis import Kind, Overtake, Status
from tracker.plot.scene import Note, Scene
from tracker.plot.style.size import SMALL, SMALL_LINE
from tracker.plot.style.typeset import evenly, inert, width
from tracker.plot.text.flags import Align, Flag, Place, pack
from tracker.plot.text.headline import chief_change

#: More changes than this are not told one by one: they say the same again and again.
MOST_TOLD = 6
MOST_WORDED = 12  # notes whose words may stand above the plot
MOST_LINES, NOTE_LINES = 2, 3  # of words about a change, and of a note's
LONGEST_LINE, LONGEST = 340, 260  # points, of words in one line and of those in more
#: Points between two bands that are told as one: always, and where there is too little room. Bands
#: that are told as one are no wider than the latter.
TOUCHING, NEAR = 16, 220
_TIMES = {2: "twice", 3: "three times", 4: "four times"}
#: Where there is less room, in points, a face that is wider than the one reckoned with counts.
SCARCE, SPARE = 300, 1.08
BESIDE = 6  # points from a note's words to the band that it falls into
#: Points from a note's line to the edge of such a band, at most, where its words keep clear of it:
#: words stand at their line.
FEW = 9

Change = tuple[Overtake, ...]


@dataclass(frozen=True, slots=True)
class Caption:
    """Words about a change, or a run of them that undo each other, or a note.

    ``x`` is their left or right edge or their middle, ``at`` the instant that stands there; ``y``
    the middle of the first line, ``foot`` where the last one ends.
    """

    about: Change | Note
    lines: tuple[str, ...]
    x: float
    y: float
    align: Align
    at: datetime

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def foot(self) -> float:
        return self.y + (len(self.lines) - 1) * SMALL_LINE + SMALL / 2


def change_text(drawn: Scene, change: Overtake) -> str:
    """``DeepSeek passes ChatGPT``, in the present tense of captions."""
    winner, loser = drawn.brief(change.winner), drawn.brief(change.loser)
    text = {
        Kind.PASS: f"{winner} passes {loser}",
        Kind.ENTRY: f"{winner} enters ahead of {loser}",
        Kind.EXIT: f"{loser} leaves, {winner} ahead",
        Kind.EXCHANGE: f"{winner} enters, {loser} leaves",
    }[change.kind]
    told = {Status.FLIP: ", briefly", Status.PENDING: "?"}.get(change.status, "")
    return text + told


def _text(drawn: Scene, about: Change | Note) -> str:
    if isinstance(about, Note):
        return inert(about.title)
    first, last = about[0], about[-1]
    if len(about) == 1 or (len(about) == 2 and first.status == Status.FLIP):
        return change_text(drawn, first)
    many = _TIMES.get((len(about) + 1) // 2, f"{(len(about) + 1) // 2} times")
    told = f"{drawn.brief(first.winner)} passes {drawn.brief(first.loser)}"
    if len(about) % 2:
        told = f"{told} {many}"
    else:
        told = f"{told}, and back" + f", {many}" * (len(about) > 2)
    return told + "?" * (last.status == Status.PENDING)


def captions(drawn: Scene, room: float, most: int) -> tuple[tuple[Caption, ...], int]:
    """The captions above a plot ROOM points wide, in at most MOST rows, and how many they use.

    Either every note has one or none: those without are to be told elsewhere.
    """
    sheet = _Sheet(drawn, room, most)
    for told in _tellings(drawn, room):
        found = sheet.placed(told)
        if found is None:
            continue
        notes = drawn.notes if len(drawn.notes) <= MOST_WORDED else ()
        return (sheet.placed([*told, *notes]) if notes else None) or found
    return (), 0


def tell_all(words: Sequence[Caption], changes: Sequence[Overtake]) -> bool:
    """Whether WORDS say of each of CHANGES what it was."""
    return sum(len(one.about) for one in words if not isinstance(one.about, Note)) == len(changes)


def _tellings(drawn: Scene, room: float) -> Iterator[Sequence[Change | Note]]:
    """Ways to tell the changes of the lead, the fullest first; the last tells none."""
    chief = chief_change(drawn.changes)
    for near, most, alone in ((TOUCHING, None, chief), (NEAR, 2, chief), (NEAR, 2, None)):
        told = _together(drawn, near / room, NEAR / room, most, alone)
        if len(told) <= MOST_TOLD:
            yield told
    yield [(chief,)] if chief else []
    yield []


def _together(
    drawn: Scene, near: float, wide: float, most: int | None, alone: Overtake | None
) -> list[Change]:
    """The changes, those that undo each other at once in runs of at most MOST, None for any.

    NEAR and WIDE are shares of the time drawn, from one band of a run to the next and of all. The
    change ALONE is told by itself.
    """
    times, runs = drawn.timeline.times, list[Change]()
    span = times[-1] - times[0]
    for change in drawn.changes:
        run = runs[-1] if runs else ()
        if (
            run
            and alone not in (run[-1], change)
            and (most is None or len(run) < most)
            and run[-1].kind == change.kind == Kind.PASS
            and (run[-1].winner, run[-1].loser) == (change.loser, change.winner)
            and (change.after - run[-1].by) / span <= near
            and (change.by - run[0].after) / span <= wide
        ):
            runs[-1] = (*run, change)
        else:
            runs.append((change,))
    return runs


class _Sheet:
    """The room above the plot of a picture."""

    def __init__(self, drawn: Scene, room: float, most: int) -> None:
        self._drawn, self._room, self._most = drawn, room, most
        first, last = drawn.timeline.times[0], drawn.timeline.times[-1]
        self._first, self._span = first, last - first
        self._bands = [self._extent((change,)) for change in drawn.changes]

    def placed(self, subjects: Sequence[Change | Note]) -> tuple[tuple[Caption, ...], int] | None:
        """Captions of all of SUBJECTS and the rows they use, None where not all find room."""
        shapes = [self._shapes(one) for one in subjects]
        flags = [
            Flag(tuple((n, wide) for n, (_, wide) in found.items()), *self._stands(one))
            for one, found in zip(subjects, shapes, strict=True)
        ]
        places = pack(flags, self._room, self._most)
        if places is None:
            return None
        rows = max((place.row + place.lines for place in places), default=0)
        return tuple(
            Caption(
                about,
                found[place.lines][0],
                place.x,
                (rows - place.row - place.lines + 0.5) * SMALL_LINE,
                place.align,
                self._instant(about, place),
            )
            for about, found, place in zip(subjects, shapes, places, strict=True)
        ), rows

    def _shapes(self, about: Change | Note) -> dict[int, tuple[tuple[str, ...], float]]:
        """The words in one line or more, with the width, of each shape that is narrow enough."""
        text, bold = _text(self._drawn, about), not isinstance(about, Note)
        found = {}
        for many in range(1, (MOST_LINES if bold else NOTE_LINES) + 1):
            lines = tuple(evenly(text, many, SMALL, bold=bold))
            wide = max(width(line, SMALL, bold=bold) for line in lines)
            wide *= SPARE if self._room <= SCARCE else 1
            longest = LONGEST_LINE if many == 1 else LONGEST
            if len(lines) == many and wide <= min(longest, self._room * 0.85):
                found[many] = (lines, wide)
        return found

    def _x(self, time: datetime) -> float:
        return (time - self._first) / self._span * self._room

    def _extent(self, about: Change) -> tuple[float, float]:
        return self._x(about[0].after), self._x(about[-1].by)

    def _stands(self, about: Change | Note) -> tuple[float, float]:
        """Where the words begin or end; those of a note clear of a band whose edge is near it."""
        if not isinstance(about, Note):
            return self._extent(about)
        x = self._x(about.at)
        for left, right in self._bands:
            if left <= x <= right:
                begin = right + BESIDE if right - x <= FEW else x
                return begin, left - BESIDE if x - left <= FEW else x
        return x, x

    def _instant(self, about: Change | Note, place: Place) -> datetime:
        if isinstance(about, Note):
            there = self._first + place.x / self._room * self._span
            # At its line, unless its words had to keep clear of a band.
            return there if abs(there - about.at) > self._span / self._room else about.at
        after, by = about[0].after, about[-1].by
        return {"left": after, "right": by, "center": after + (by - after) / 2}[place.align]
