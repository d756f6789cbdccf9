"""Words above the plot: changes of the lead, and dated notes, each where it finds room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.analysis import Kind, Overtake, Status
from tracker.plot.headline import chief_change
from tracker.plot.scene import Note, Scene
from tracker.plot.size import SMALL, SMALL_LINE
from tracker.plot.typeset import Align, Flag, Place, pack, shorten, width

WORD_ROWS, ROWS_WITH_NOTES = 3, 5
#: Of more changes than this only the chief one has words: the others say the same again and again.
MOST_TOLD = 6
MOST_NOTES = 40  # notes that are tried for words
LONGEST_NOTE = 340  # points
#: Where there is less room, in points, a face that is wider than the one reckoned with counts.
SCARCE, SPARE = 300, 1.08
BESIDE = 8  # points from a note's words to the band that it falls into


@dataclass(frozen=True, slots=True)
class Caption:
    """Words about a change or a note; ``x`` is their left or right edge or their middle.

    ``at`` is the instant that stands at ``x``.
    """

    about: Overtake | Note
    text: str
    x: float
    y: float
    align: Align
    at: datetime


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


def note_text(note: Note, room: float) -> str:
    """The note's title in one line, cut to its room."""
    return shorten(" ".join(note.title.split()), min(LONGEST_NOTE, room * 0.85), SMALL)


def captions(drawn: Scene, room: float, most: int) -> tuple[tuple[Caption, ...], int]:
    """The captions that find room above a plot ROOM points wide, and how many rows they use.

    MOST is how many rows there may be.
    """
    subjects: list[Overtake | Note] = [*_chief(drawn), *drawn.notes[:MOST_NOTES], *_others(drawn)]
    bands = [_flag(drawn, one, room) for one in drawn.changes]
    flags = [
        _beside(_flag(drawn, one, room), bands)
        if isinstance(one, Note)
        else _flag(drawn, one, room)
        for one in subjects
    ]
    places = pack(flags, room, min(most, ROWS_WITH_NOTES if drawn.notes else WORD_ROWS))
    rows = max((place.row + 1 for place in places if place), default=0)
    return tuple(
        Caption(
            subject,
            _text(drawn, subject, room),
            place.x,
            (rows - place.row - 0.5) * SMALL_LINE,
            place.align,
            _instant(drawn, subject, place, room),
        )
        for subject, place in zip(subjects, places, strict=True)
        if place
    ), rows


def _chief(drawn: Scene) -> Sequence[Overtake]:
    chief = chief_change(drawn.changes)
    return [chief] if chief else []


def _others(drawn: Scene) -> Sequence[Overtake]:
    """The other changes, what matters most first; none of too many."""
    if len(drawn.changes) > MOST_TOLD:
        return []
    chief = chief_change(drawn.changes)
    order = {Status.CONFIRMED: 0, Status.PENDING: 1, Status.FLIP: 2}
    others = [change for change in drawn.changes if change is not chief]
    return sorted(others, key=lambda c: (order[c.status], -c.held_seconds, c.by))


def _text(drawn: Scene, subject: Overtake | Note, room: float) -> str:
    if isinstance(subject, Note):
        return note_text(subject, room)
    return change_text(drawn, subject)


def _flag(drawn: Scene, subject: Overtake | Note, room: float) -> Flag:
    times = drawn.timeline.times
    seconds = (times[-1] - times[0]).total_seconds()
    ends = (subject.at, subject.at) if isinstance(subject, Note) else (subject.after, subject.by)
    left, right = ((time - times[0]).total_seconds() / seconds * room for time in ends)
    bold = not isinstance(subject, Note)
    wide = width(_text(drawn, subject, room), SMALL, bold=bold)
    return Flag(wide if room > SCARCE else wide * SPARE, left, right)


def _beside(flag: Flag, bands: Sequence[Flag]) -> Flag:
    """A note's FLAG, whose words begin or end clear of the band that it falls into."""
    for band in bands:
        if band.left <= flag.left <= band.right:
            return Flag(flag.wide, band.right + BESIDE, band.left - BESIDE)
    return flag


def _instant(drawn: Scene, subject: Overtake | Note, place: Place, room: float) -> datetime:
    if isinstance(subject, Note):
        times = drawn.timeline.times
        there = times[0] + place.x / room * (times[-1] - times[0])
        # At its line, unless its words had to keep clear of a band.
        return there if abs(there - subject.at) > (times[-1] - times[0]) / room else subject.at
    middle = subject.after + (subject.by - subject.after) / 2
    return {"left": subject.after, "right": subject.by, "center": middle}[place.align]
