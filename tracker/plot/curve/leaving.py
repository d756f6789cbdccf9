"""The rows of where lines end because their apps left the chart, in words where they find room."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tracker.plot.curve.layout import Layout
from tracker.plot.curve.upright import Row
from tracker.plot.style.shapes import shape_of, shaped
from tracker.plot.style.size import SMALL
from tracker.plot.style.typeset import width
from tracker.plot.text.flags import ALIGNS, Align
from tracker.plot.times.ticks import epoch

ASIDE = 8  # points from the end of the line to the words
BESIDE, CLEAR = 0.8 * SMALL, 0.75 * SMALL  # from the middle of words to their line's end, to lines


def left_rows(layout: Layout, colours: Mapping[str, str], inks: Mapping[str, str]) -> list[Row]:
    """A hollow shape for each app that left, with words where no line is in their way."""
    ids = [one.app.app_id for one in layout.scene.series]
    rows: list[Row] = []
    for gone in layout.scene.leavings:
        app_id, x, end = gone.app.app_id, layout.x(gone.by), layout.y(gone.rank)
        free = (place for place in _places(gone.rank, x, end) if _clear(layout, place))
        words = next(free, _Words("", "left", x, end))
        rows.append(
            {
                "t": epoch(gone.by),
                "y0": end,
                "y": words.y,
                "text": words.text,
                "align": words.align,
                "dx": ASIDE if words.align == "left" else -ASIDE,
                "shape": shape_of(ids.index(app_id)) if shaped(len(ids)) else shape_of(0),
                "colour": colours[app_id],
                "ink": inks[app_id],
            }
        )
    return rows


class _Words(NamedTuple):
    text: str
    align: Align
    x: float
    y: float

    @property
    def across(self) -> tuple[float, float]:
        """From where to where they reach, with some room."""
        wide = width(self.text, SMALL) + ASIDE + 4
        near = ASIDE / 2
        if self.align == "left":
            return self.x + near, self.x + wide
        return self.x - wide, self.x - near


def _places(rank: int, x: float, end: float) -> Iterator[_Words]:
    """Above the line that ends or beneath it, after its end or before, and shorter."""
    for text in (f"left the chart after #{rank}", f"left after #{rank}"):
        for align in ALIGNS[:2]:
            yield from (_Words(text, align, x, end + side * BESIDE) for side in (-1, 1))


def _clear(layout: Layout, words: _Words) -> bool:
    """Whether WORDS meet no line, gap, note or edge."""
    left, right = words.across
    if left < 0 or right > layout.width or not layout.ranks.top <= words.y <= layout.ranks.bottom:
        return False
    drawn, times = layout.scene, layout.scene.timeline.times
    stands = [(layout.x(gap.start), layout.x(gap.end)) for gap in drawn.gaps]
    stands += [(layout.x(note.at), layout.x(note.at)) for note in drawn.notes]
    if any(left < end and start < right for start, end in stands):
        return False
    first, last = (
        times[0] + edge / layout.width * (times[-1] - times[0]) for edge in (left, right)
    )
    # What was seen before the words begin holds there too; how it came to be so is before them.
    begin = max(0, bisect_right(times, first) - 1)
    heights = (
        (layout.y((one.ranks[number - 1] if number > begin else rank) or rank), layout.y(rank))
        for one in drawn.series
        for number in range(begin, bisect_right(times, last))
        if (rank := one.ranks[number])
    )
    return not any(min(two) - CLEAR < words.y < max(two) + CLEAR for two in heights)
