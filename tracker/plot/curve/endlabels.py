"""Where the names at the lines' ends stand, so that none covers another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tracker.plot.curve.layout import Layout
from tracker.plot.scene import Scene
from tracker.plot.style.shapes import shaped
from tracker.plot.style.size import SMALL_LINE
from tracker.plot.style.typeset import spread
from tracker.plot.text.endnames import BEHIND_KEY, context_texts, end_names, end_texts

LABEL_LINE = 19
KEY = 15  # points from the plot to the shapes beside the names, where there are any


@dataclass(frozen=True, slots=True)
class EndLabel:
    """A name beside its line's end: ``y`` where it stands, ``anchor`` where the line ends.

    ``text`` is the name with the last rank.
    """

    app_id: str
    name: str
    text: str
    y: float
    anchor: float


def end_labels(layout: Layout) -> list[EndLabel]:
    """The names at the lines' ends, pushed apart so that none covers another."""
    drawn = layout.scene
    anchors = [
        layout.tracks[one.app.app_id] if one.ranks[-1] is None else layout.y(one.ranks[-1])
        for one in drawn.series
    ]
    places = spread(anchors, LABEL_LINE, *names_within(layout))
    wide = layout.size[0]
    return [
        EndLabel(one.app.app_id, name, text, place, anchor)
        for one, name, text, place, anchor in zip(
            drawn.series, end_names(drawn, wide), end_texts(drawn, wide), places, anchors,
            strict=True,
        )
    ]  # fmt: skip


def names_within(layout: Layout) -> tuple[float, float]:
    """The heights between which the names stand."""
    return LABEL_LINE / 2, layout.height - LABEL_LINE / 2


def context_labels(layout: Layout) -> list[EndLabel]:
    """Names of the other apps, each at its line's end, where no other name stands."""
    texts = context_texts(layout.scene, layout.size[0])
    taken = [label.y for label in end_labels(layout)]
    return clear_labels(layout.scene, texts, taken, layout.y, layout.deepest)


def clear_labels(
    drawn: Scene,
    texts: Sequence[str],
    taken: Sequence[float],
    height: Callable[[int], float],
    deepest: int,
) -> list[EndLabel]:
    """Those of the TEXTS of other apps that stand clear of what is TAKEN, and of each other.

    HEIGHT is where a rank stands, DEEPEST the last on the axis.
    """
    taken, found = list(taken), []
    for one, text in zip(drawn.context, texts, strict=True):
        rank = one.ranks[-1]
        if rank is None or rank > deepest:
            continue
        y = height(rank)
        if all(abs(y - other) >= SMALL_LINE - 2 for other in taken):
            taken.append(y)
            found.append(EndLabel(one.app.app_id, text, text, y, y))
    return found


def names_at(layout: Layout) -> float:
    """Where the names begin, but for the room that every one has before it."""
    return layout.width + (BEHIND_KEY if shaped(len(layout.scene.series)) else 0)
