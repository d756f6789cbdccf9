"""The rows of what stands upright in a plot: changes of the lead, dated notes, and their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tracker.analysis import Overtake, Status
from tracker.plot.scene import Note, Scene
from tracker.plot.style.size import SMALL
from tracker.plot.text.captions import Caption
from tracker.plot.text.flags import ALIGNS, Align
from tracker.plot.text.numbers import Number
from tracker.plot.times.ticks import epoch

#: More bands than this down to the foot would hide the lines.
MOST_FULL = 40
ABOVE = 8  # points that bands and notes without words begin above the plot's axis
BELOW = 9  # points from the foot of notes to their numbers

Row = dict[str, object]


def band_name(status: Status) -> str:
    """The name of the rows of the changes of one status."""
    return f"{status.value} changes"


def words_name(align: Align) -> str:
    """The name of the rows of words on one side of their place."""
    return f"words {align}"


def note_words_name(align: Align) -> str:
    """The name of the rows of the notes' words on one side of their place."""
    return f"note words {align}"


def upright_rows(
    drawn: Scene,
    words: Sequence[Caption],
    between: tuple[float, float],
    colours: Mapping[str, str],
    inks: Mapping[str, str],
) -> dict[str, list[Row]]:
    """Every named set of rows; WORDS stand above the axis, which begins and ends at BETWEEN.

    COLOURS of bands by app id, INKS of words.
    """
    top, foot = between
    found = {"notes": _notes(drawn, words, top, foot)}
    found |= {
        band_name(status): _bands(drawn, status, words, between, colours) for status in Status
    }
    for align in ALIGNS:
        there = [told for told in words if told.align == align]
        found[words_name(align)] = _words(there, inks)
        found[note_words_name(align)] = _note_words(there)
    return found


def _bands(
    drawn: Scene,
    status: Status,
    words: Sequence[Caption],
    between: tuple[float, float],
    colours: Mapping[str, str],
) -> list[Row]:
    """The ledger's intervals, from the words or the top to the foot.

    Where there are very many, those without words are ticks above the axis.
    """
    top, foot = between
    tops = {
        _key(change): told.foot + 2
        for told in words
        if not isinstance(told.about, Note)
        for change in told.about
    }
    full = len(drawn.changes) <= MOST_FULL
    return [
        {
            "t": epoch(change.after),
            "t2": epoch(change.by),
            "y": tops.get(_key(change), top - ABOVE),
            "y2": foot if full or _key(change) in tops else top,
            "colour": colours[change.winner.app_id],
            "kind": change.kind.value,
        }
        for change in drawn.banded
        if change.status == status
    ]


def _key(change: Overtake) -> tuple[datetime, str]:
    return change.by, change.winner.app_id


def _words(words: Sequence[Caption], inks: Mapping[str, str]) -> list[Row]:
    """What the bands mean, in the colour of who passed first."""
    return [
        {"t": epoch(told.at), "y": told.y, "text": told.text,
         "colour": inks[told.about[0].winner.app_id]}
        for told in words
        if not isinstance(told.about, Note)
    ]  # fmt: skip


def _notes(drawn: Scene, words: Sequence[Caption], top: float, foot: float) -> list[Row]:
    """An upright line for each note, from beside its words or the top of the plot."""
    tops = {id(told.about): told.y - SMALL / 2 for told in words}
    return [
        {
            "t": epoch(note.at),
            "y": tops.get(id(note), top - ABOVE),
            "y2": foot,
            "title": note.title,
            "source": note.source or "not told",
        }
        for note in drawn.notes
    ]


def _note_words(words: Sequence[Caption]) -> list[Row]:
    return [
        {"t": epoch(told.at), "y": told.y, "text": told.text}
        for told in words
        if isinstance(told.about, Note)
    ]


def number_rows(numbers: Sequence[Number], foot: float) -> list[Row]:
    """The numbers of notes that are told beneath the plot, each at the foot of its line."""
    return [{"t": epoch(one.at), "y": foot + BELOW, "text": one.text} for one in numbers]
