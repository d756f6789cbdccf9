"""Where everything stands, in pixels, before anything is drawn."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from tracker.errors import InvalidValue
from tracker.plot.curve.ranks import Reach, break_words, depth, reach_of
from tracker.plot.curve.runs import strip_of
from tracker.plot.curve.thin import FINE
from tracker.plot.scene import Note, Scene
from tracker.plot.style.size import ROOMY, SMALL, SMALL_LINE, TIGHT, Type, room_for_words, type_of
from tracker.plot.style.typeset import balance, width, wrap
from tracker.plot.text.captions import Caption, captions, tell_all
from tracker.plot.text.endnames import right_room
from tracker.plot.text.headline import headline_of
from tracker.plot.text.numbers import Number, listed, numbers
from tracker.plot.text.words import (
    depth_words,
    footnote,
    provenance_words,
    short_subtitle_of,
    subtitle_of,
)
from tracker.words import chart_words

LANE_WORDS, LANE_BARE, TRACK = 20, 6, 9  # of the lane's name or without it, and of one app there
NEARER = 8  # the footnote stands nearer to the edge than the margin
UNRANKED = "unranked"  # what the lane is called where its name stands beside it
AXIS, AXIS_TIGHT = 50, 45  # points beneath the plot for the labels of the time axis
OVERVIEW, OVERVIEW_WORDS = 34, 22  # the strip that selects a time, and the words beneath it
MOST_POINTS = 40_000  # in a page that can be zoomed
#: The plot's share of the height, below which words are left out, and the least it may have.
FAIR_SHARE, LEAST_RANKS = 0.5, 60
RANKS_SHARE = 0.3  # of the height, for the axis of ranks alone, where the sheet may grow
WORDS_SHARE = 0.2  # of the plot's height at most, for the words above its axis
#: Of the picture's height: at most for notes and all beneath the plot, and what the plot keeps
#: where each note has a line of its own.
FOOT_SHARE, PLOT_SHARE = 0.25, 0.6
FEW_SHARE = 0.16  # of it for these, where that is enough for all the words of the notes
#: What is given up for the curve's sake, one after the other: words, the strip and the words in
#: the lane, lines of the subtitle, those above the axis, and those at the foot.
NOTHING, WORDS, LANE, SUBTITLE, CAPTIONS, FOOTNOTE = range(6)
NUMBERS = 10  # points more beneath the plot, for their numbers
_DATE = re.compile(
    r"(\d+ and )?\d+ [A-Z][a-z]{2}\b( \d{4})?( \d\d:\d\d(:\d\d)?)?( UTC([+−][\d:]+)?)?|number \w+"
    r"|\d\d:\d\d(:\d\d)? UTC[+−][\d:]+|\d+ (?:%|deep|of \d+)"
)


@dataclass(frozen=True, slots=True)
class Band:
    """The heights at which something begins and ends."""

    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def high(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Layout:
    """Heights count from the top of the plot's area, which is ``width`` by ``height``.

    ``ranks`` is the axis from rank 1 to the deepest, ``reach`` which that is; ``lane`` that of the
    unranked, ``strip`` that of who was ahead, None where there is none; ``lane_name`` the height of
    the words in the lane, 0 where they stand beside it; ``tracks`` that of each unranked app.
    ``overview`` is the top of the strip that selects a time, None in a picture without one;
    ``columns`` how many columns of pixels are worth telling apart; ``numbers`` stand for the notes
    where their words are in the footnote.
    """

    scene: Scene
    type: Type
    width: float
    height: float
    left: float
    top: float
    right: float
    bottom: float
    reach: Reach
    ranks: Band
    lane: Band | None
    lane_name: float
    strip: Band | None
    tracks: dict[str, float]
    overview: float | None
    columns: int
    words: tuple[Caption, ...]
    numbers: tuple[Number, ...]
    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    footnote: tuple[str, ...]

    @property
    def size(self) -> tuple[float, float]:
        """The sheet's width and height."""
        return self.left + self.width + self.right, self.top + self.height + self.bottom

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The time drawn."""
        times = self.scene.timeline.times
        return times[0], times[-1]

    @property
    def foot(self) -> float:
        """The height at which what stands upright in the plot ends."""
        return self.lane.bottom if self.lane else self.ranks.bottom

    @property
    def footing(self) -> float:
        """The height at which the footnote begins."""
        lines = len(self.footnote) * SMALL_LINE
        return self.height + self.bottom - lines - self.type.pad + NEARER

    def x(self, time: datetime) -> float:
        """Pixels from the left edge of the plot's area."""
        first, last = self.scene.timeline.times[0], self.scene.timeline.times[-1]
        return (time - first) / (last - first) * self.width

    def y(self, rank: int) -> float:
        """Pixels from the top, on the axis of ranks."""
        return self.ranks.top + depth(rank, self.reach, self.ranks.high)

    @property
    def deepest(self) -> int:
        """The rank at which the axis ends."""
        return self.reach.deepest


def wrap_together(text: str, room: float, size: float) -> list[str]:
    """A headline in lines of about equal width that break no date."""
    return [_loose(line) for line in balance(_tied(text), room, size)]


def _tied(text: str) -> str:
    """TEXT in which no line breaks within a date."""
    tied = _DATE.sub(lambda found: found[0].replace(" ", "\u00a0"), text)
    return tied.replace(" – ", "\u00a0–\u00a0")


def _loose(text: str) -> str:
    return text.replace("\u00a0", " ")


def lane_words(drawn: Scene) -> str:
    """The lane's name: ``not in the top 100``."""
    return f"not in the top {depth_words(drawn.timeline)}"


def lay_out(
    drawn: Scene,
    size: tuple[float, float],
    now: datetime | None = None,
    *,
    density: float = 2.0,
    selector: bool = False,
    grows: bool = False,
) -> Layout:
    """Give every part its place on a sheet of SIZE (width and height in points).

    DENSITY is how many pixels a point becomes. With SELECTOR there is room for a strip beneath the
    plot. A sheet that GROWS becomes higher where its words leave the plot too little. Of the words
    about the picture as many are kept as leave the plot its fair share, and of all that is not the
    curve as much as leaves it the least that it needs.
    InvalidValue where it would be too low to be read.
    """
    reach = reach_of(drawn.series, drawn.context)

    def laid_out(spared: int, more: float = 0) -> Layout:
        sheet = (size[0], math.ceil(size[1] + more) if more else size[1])
        return _laid_out(drawn, sheet, now, density, reach, spared=spared, selector=selector)

    roomy = type_of(size[0]) is ROOMY
    for spared in (NOTHING, WORDS) if roomy else (WORDS,):
        found = laid_out(spared)
        if found.height >= FAIR_SHARE * size[1]:
            break
    low = found.ranks.high < RANKS_SHARE * size[1] and not roomy and not grows
    # The strip says who was ahead, where words do not.
    if low and tell_all(found.words, drawn.changes):
        spared, found = LANE, laid_out(LANE)
    short = max(FAIR_SHARE * size[1] - found.height, RANKS_SHARE * size[1] - found.ranks.high)
    if grows and short > 0:
        found = laid_out(spared, short)
    while found.ranks.high < LEAST_RANKS and spared < FOOTNOTE:
        spared += 1
        found = laid_out(spared)
    if found.ranks.high < LEAST_RANKS:
        short = LEAST_RANKS - found.ranks.high
        wide, high = (math.ceil(side * density / 2) for side in (size[0], size[1] + short))
        raise InvalidValue(
            "the words about this picture leave no room for it; give it more height with "
            f"--size {wide}x{high}"
        )
    return found


def _laid_out(
    drawn: Scene,
    size: tuple[float, float],
    now: datetime | None,
    density: float,
    reach: Reach,
    *,
    spared: int,
    selector: bool,
) -> Layout:
    wide, high = size
    kind = TIGHT if spared >= FOOTNOTE else type_of(wide)
    room = room_for_words(wide, page=selector)
    title = wrap_together(headline_of(drawn, brief=kind is not ROOMY), room, kind.title)
    subtitle = [
        part for line in _subtitle(drawn, spared) for part in in_lines(line, room, kind.subtitle)
    ]
    beside = ["No. 1", "Ahead"]
    if spared >= LANE and _unranked(drawn):
        beside.append(UNRANKED)
    # In whole points, so that columns of pixels are not cut by the plot's edges.
    left = math.ceil(kind.pad + max(width(word, SMALL) for word in beside) + 14)
    right = kind.pad + right_room(drawn, wide)
    top = kind.pad + len(title) * kind.title_line + len(subtitle) * kind.subtitle_line + kind.gap
    strip_room = OVERVIEW + OVERVIEW_WORDS if selector else 0
    plot_width = math.floor(wide - left - right)
    axis = AXIS if spared < LANE else AXIS_TIGHT
    bare = high - top - axis - strip_room - kind.pad + NEARER  # without the footnote
    brief = spared >= WORDS
    dotted = spared < LANE and bool(strip_of(drawn, plot_width).nobody)
    told = footnote(drawn, now, brief=brief, dotted=dotted) if spared < FOOTNOTE else ""
    told = break_words(reach) + told
    foot = in_lines(told, room) if told else []
    height = bare - len(foot) * SMALL_LINE
    words, rows = captions(drawn, plot_width, _word_rows(height, spared))
    beneath: list[str] = []
    if drawn.notes and spared < CAPTIONS and not any(isinstance(one.about, Note) for one in words):
        told = break_words(reach) + footnote(drawn, now, brief=brief, numbered=True, dotted=dotted)
        beneath = _beneath(drawn, told, (room, high), bare, rows, spared)
        foot = beneath or foot
        height = bare - len(foot) * SMALL_LINE
        words, rows = captions(replace(drawn, notes=()), plot_width, _word_rows(height, spared))
    floors = _floors(drawn, height, rows, spared, numbered=bool(beneath))
    lane_name = LANE_WORDS if spared < LANE else LANE_BARE
    return Layout(
        scene=drawn,
        type=kind,
        width=plot_width,
        height=height,
        left=left,
        top=top,
        right=wide - left - plot_width,
        bottom=high - top - height,
        reach=reach,
        ranks=floors.ranks,
        lane=floors.lane,
        lane_name=lane_name,
        strip=floors.strip,
        tracks=_tracks(drawn, floors.lane, lane_name),
        overview=height + axis - 4 if selector else None,
        columns=_columns(drawn, plot_width, density, selector=selector),
        words=words,
        numbers=_numbers(drawn, plot_width) if beneath else (),
        title=tuple(title),
        subtitle=tuple(subtitle),
        footnote=tuple(foot),
    )


def _subtitle(drawn: Scene, spared: int) -> Sequence[str]:
    """Where ranks come from is said at any size, if they were not recorded."""
    if spared < SUBTITLE:
        return (short_subtitle_of if spared else subtitle_of)(drawn)
    told, chart = provenance_words(drawn.timeline), drawn.timeline.chart
    lines = [chart_words(chart) if spared < FOOTNOTE else str(chart), *([told] if told else [])]
    return lines if spared < FOOTNOTE else [" · ".join(lines)]


def _numbers(drawn: Scene, wide: float) -> tuple[Number, ...]:
    times = drawn.timeline.times
    return numbers(list(enumerate(drawn.notes, 1)), (times[0], times[-1]), wide)


def in_lines(text: str, room: float, size: float = SMALL) -> list[str]:
    """TEXT in lines that break no date, and neither begin nor end with a dot between its parts."""
    return [_loose(line).strip(" ·") for line in wrap(_tied(text), room, size)]


def _beneath(
    drawn: Scene, foot: str, sheet: tuple[float, float], height: float, rows: int, spared: int
) -> list[str]:
    """The notes and the footnote in lines, as many as a plot of that HEIGHT can spare."""
    room, high = sheet
    ranks = _floors(drawn, height, rows, spared, numbered=True).ranks
    spare = min(FOOT_SHARE * high, ranks.high - LEAST_RANKS)
    most, fair = int(spare / SMALL_LINE), int((height - PLOT_SHARE * high) / SMALL_LINE)
    few = min(most, int(FEW_SHARE * high / SMALL_LINE))
    lines = listed(drawn.notes, _tied(foot), room, most, fair, drawn.zone, few)
    return [_loose(line) for line in lines]


class _Floors(NamedTuple):
    ranks: Band
    lane: Band | None
    strip: Band | None


def _floors(drawn: Scene, height: float, rows: int, spared: int, *, numbered: bool) -> _Floors:
    """What stands above what in a plot of that HEIGHT, beneath ROWS of words."""
    unranked = _unranked(drawn)
    strip = Band(height - 27, height - 13) if drawn.comparable and spared < LANE else None
    floor = (strip.top - 14 if strip else height - 12) - (NUMBERS if numbered else 0)
    words = LANE_WORDS if spared < LANE else LANE_BARE
    lane = Band(floor - words - TRACK * len(unranked) - 6, floor) if unranked else None
    return _Floors(Band(rows * SMALL_LINE + 14, lane.top - 16 if lane else floor - 6), lane, strip)


def _unranked(drawn: Scene) -> list[str]:
    return [one.app.app_id for one in drawn.series if None in one.ranks]


def _word_rows(height: float, spared: int) -> int:
    return 0 if spared >= CAPTIONS else max(1, int(WORDS_SHARE * height / SMALL_LINE))


def _columns(drawn: Scene, wide: float, density: float, *, selector: bool) -> int:
    """More where a reader can look closer, as far as the page stays small."""
    if not selector:
        return int(wide * density * FINE)
    return max(int(wide), MOST_POINTS // (4 * (len(drawn.series) + len(drawn.context))))


def _tracks(drawn: Scene, lane: Band | None, name: float) -> dict[str, float]:
    if lane is None:
        return {}
    top = lane.top + name
    return {app_id: top + TRACK * (n + 0.5) for n, app_id in enumerate(_unranked(drawn))}
