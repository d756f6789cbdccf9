"""Where everything stands, in pixels, before anything is drawn."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.analysis import Kind, Overtake, Status
from tracker.plot.headline import chief_change, headline_of
from tracker.plot.scene import Scene
from tracker.plot.typeset import Align, Flag, balance, pack, shorten, spread, width, wrap
from tracker.plot.words import depth_words, footnote, subtitle_of

PAD = 28  # of the picture, all around
TITLE, SUBTITLE, LABEL, SMALL = 27, 14.5, 15, 12  # sizes of type
NARROW, NARROW_TITLE = 800, 21  # a picture less wide than this has a smaller headline
SUBTITLE_LINE, LABEL_LINE, SMALL_LINE = 20, 19, 17
GRID = (1, 2, 3, 5, 10, 20, 50, 100, 200)
SHALLOWEST = 10  # the axis never ends above this rank
WORD_ROWS = 3
MOST_WORDS = 40  # changes that are tried for words
LABEL_ROOM, LEAST_LABEL = 0.24, 210  # of the width at most, for the names at the lines' ends
TRACK = 9  # of one app in the lane
_DATE = re.compile(r"\d+ [A-Z][a-z]{2}\b( \d{4})?( \d\d:\d\d(:\d\d)?)?( UTC)?|number one")


@dataclass(frozen=True, slots=True)
class Band:
    """The heights at which something begins and ends."""

    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class EndLabel:
    """A name beside its line's end: ``y`` where it stands, ``anchor`` where the line ends."""

    app_id: str
    text: str
    y: float
    anchor: float


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """Words above a change of the lead; ``x`` is their left or right edge or their middle."""

    change: Overtake
    text: str
    x: float
    y: float
    align: Align


@dataclass(frozen=True, slots=True)
class Layout:
    """Heights count from the top of the plot's area, which is ``width`` by ``height``.

    ``ranks`` is the axis from rank 1 to ``deepest``; ``lane`` that of the unranked, ``strip`` that
    of who was ahead, None where there is none; ``tracks`` the height of each unranked app.
    """

    scene: Scene
    width: float
    height: float
    left: float
    top: float
    right: float
    bottom: float
    deepest: int
    ranks: Band
    lane: Band | None
    strip: Band | None
    tracks: dict[str, float]
    words: tuple[ChangeWords, ...]
    title: tuple[str, ...]
    title_size: int
    subtitle: tuple[str, ...]
    footnote: tuple[str, ...]

    def x(self, time: datetime) -> float:
        """Pixels from the left edge of the plot's area."""
        first, last = self.scene.timeline.times[0], self.scene.timeline.times[-1]
        return (time - first) / (last - first) * self.width

    def y(self, rank: int) -> float:
        """Pixels from the top, on the logarithmic axis."""
        share = math.log(rank) / math.log(self.deepest)
        return self.ranks.top + share * (self.ranks.bottom - self.ranks.top)


def wrap_together(text: str, room: float, size: float) -> list[str]:
    """A headline in lines that break no date."""
    kept = _DATE.sub(lambda found: found[0].replace(" ", "\u00a0"), text)
    return [line.replace("\u00a0", " ") for line in balance(kept, room, size)]


def title_line(size: int) -> int:
    """From one line of the headline to the next."""
    return round(size * 1.22)


def deepest_rank(drawn: Scene) -> int:
    """The rank at which the axis ends: the deepest one drawn, and never above 10."""
    ranks = (rank for one in drawn.series for rank in one.ranks if rank is not None)
    return max(SHALLOWEST, max(ranks, default=SHALLOWEST))


def ticks(deepest: int) -> list[int]:
    """The ranks with a line in the grid; the deepest too, where it stands clear of the others."""
    found = [rank for rank in GRID if rank <= deepest]
    return [*found, deepest] if deepest > 1.25 * found[-1] else found


def lane_words(drawn: Scene) -> tuple[str, str]:
    """The lane's name: ``not in the`` / ``top 100``."""
    return "not in the", f"top {depth_words(drawn.timeline)}"


def lay_out(drawn: Scene, size: tuple[int, int], now: datetime | None = None) -> Layout:
    """Give every part its place in a picture of SIZE (width and height in pixels)."""
    wide, high = size
    room = wide - 2 * PAD
    title_size = TITLE if wide >= NARROW else NARROW_TITLE
    title = wrap_together(headline_of(drawn), room, title_size)
    subtitle = [part for line in subtitle_of(drawn) for part in wrap(line, room, SUBTITLE)]
    notes = wrap(footnote(drawn, now), room, SMALL)
    unranked = [one.app.app_id for one in drawn.series if None in one.ranks]
    left = PAD + _left_room(drawn, lane=bool(unranked))
    right = PAD + _right_room(drawn, wide)
    top = PAD + len(title) * title_line(title_size) + len(subtitle) * SUBTITLE_LINE + 22
    bottom = 50 + len(notes) * SMALL_LINE + PAD - 8
    plot_width, height = wide - left - right, high - top - bottom
    first, last = drawn.timeline.times[0], drawn.timeline.times[-1]
    words, rows = _change_words(drawn, plot_width, (first, last))
    strip = Band(height - 27, height - 13) if len(drawn.series) > 1 else None
    floor = strip.top - 14 if strip else height - 12
    lane = Band(floor - TRACK * len(unranked) - 18, floor) if unranked else None
    ranks = Band(rows * SMALL_LINE + 14, (lane.top - 16) if lane else floor - 6)
    return Layout(
        scene=drawn,
        width=plot_width,
        height=height,
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        deepest=deepest_rank(drawn),
        ranks=ranks,
        lane=lane,
        strip=strip,
        tracks=_tracks(unranked, lane),
        words=words,
        title=tuple(title),
        title_size=title_size,
        subtitle=tuple(subtitle),
        footnote=tuple(notes),
    )


def _left_room(drawn: Scene, *, lane: bool) -> float:
    words = ["No. 1", "Ahead", *(lane_words(drawn) if lane else ())]
    return max(width(word, SMALL) for word in words) + 14


def _right_room(drawn: Scene, wide: float) -> float:
    labels = (width(text, LABEL, bold=True) for text in end_texts(drawn, wide))
    # Some machines have only faces that are wider than those reckoned with.
    return max(labels) * 1.08 + 16


def end_texts(drawn: Scene, wide: float) -> list[str]:
    """``DeepSeek #1``, ``Poe unranked``: each app and its last rank, names cut to their room."""
    texts = []
    for one, label in zip(drawn.series, drawn.labels, strict=True):
        rank = "unranked" if one.ranks[-1] is None else f"#{one.ranks[-1]}"
        room = max(wide * LABEL_ROOM, LEAST_LABEL) - width(f" {rank}", LABEL, bold=True)
        texts.append(f"{shorten(label, room, LABEL, bold=True)} {rank}")
    return texts


def _tracks(unranked: Sequence[str], lane: Band | None) -> dict[str, float]:
    if lane is None:
        return {}
    return {app_id: lane.top + 9 + TRACK * (n + 0.5) for n, app_id in enumerate(unranked)}


def end_labels(layout: Layout) -> list[EndLabel]:
    """The names at the lines' ends, pushed apart so that none covers another."""
    drawn = layout.scene
    anchors = [
        layout.tracks[one.app.app_id] if one.ranks[-1] is None else layout.y(one.ranks[-1])
        for one in drawn.series
    ]
    places = spread(anchors, LABEL_LINE, LABEL_LINE / 2, layout.height - LABEL_LINE / 2)
    texts = end_texts(drawn, layout.left + layout.width + layout.right)
    return [
        EndLabel(one.app.app_id, text, place, anchor)
        for one, text, place, anchor in zip(drawn.series, texts, places, anchors, strict=True)
    ]


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


def _change_words(
    drawn: Scene, room: float, span: tuple[datetime, datetime]
) -> tuple[tuple[ChangeWords, ...], int]:
    """Words for the changes that matter most, as many as find room, and how many rows they use."""
    chief = chief_change(drawn.changes)
    order = {Status.CONFIRMED: 0, Status.PENDING: 1, Status.FLIP: 2}
    changes = sorted(
        drawn.changes, key=lambda c: (c is not chief, order[c.status], -c.held_seconds, c.by)
    )[:MOST_WORDS]
    texts = [change_text(drawn, change) for change in changes]
    first, seconds = span[0], (span[1] - span[0]).total_seconds()
    edges = [
        [(time - first).total_seconds() / seconds * room for time in (c.after, c.by)]
        for c in changes
    ]
    flags = [
        Flag(width(text, SMALL, bold=True), left, right)
        for text, (left, right) in zip(texts, edges, strict=True)
    ]
    places = pack(flags, room, WORD_ROWS)
    rows = max((place.row + 1 for place in places if place), default=0)
    return tuple(
        ChangeWords(change, text, place.x, (rows - place.row - 0.5) * SMALL_LINE, place.align)
        for change, text, place in zip(changes, texts, places, strict=True)
        if place
    ), rows
