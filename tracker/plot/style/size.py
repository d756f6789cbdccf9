"""How large a picture is, and how large its type.

A square or tall picture is observed on a phone, where it is some 400 points wide: its type must be
larger. So it is laid out on a smaller sheet, in points, which is then magnified as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.errors import InvalidValue

#: The smallest type and its lines, in points, of every sheet.
SMALL, SMALL_LINE = 12, 17
SIZES = {"wide": (1200, 675), "square": (1080, 1080), "story": (1080, 1920)}
SMALLEST, LARGEST = 320, 3840
#: A page that was asked for no size has a sheet for every screen, widest first.
PAGE = (SIZES["wide"], (780, 560), (375, 660))
#: CSS pixels of the smallest type of a page, at least, as far as there is a narrower sheet.
LEGIBLE = 10
#: The sheets that type is made for, in points: a landscape picture's width and height, and the
#: shorter side of any other.
_LANDSCAPE, _PHONE = (1200, 675), 504
_TALL = 1.25  # a picture with less than this width to its height is one for a phone


@dataclass(frozen=True, slots=True)
class Type:
    """The margin around a picture and its sizes of type, in points."""

    pad: int
    title: int
    subtitle: float
    subtitle_line: int
    label: int
    gap: int = 13  # from the words above the plot to it

    @property
    def title_line(self) -> int:
        """From one line of the headline to the next."""
        return round(self.title * 1.22)


ROOMY = Type(pad=28, title=27, subtitle=14.5, subtitle_line=20, label=15, gap=22)
NARROW = Type(pad=20, title=19, subtitle=13, subtitle_line=17, label=14)
SLIM = Type(pad=16, title=18, subtitle=13, subtitle_line=17, label=13)
#: Of a picture that is too low for words in the slim type.
TIGHT = Type(pad=12, title=15, subtitle=12, subtitle_line=15, label=13)
#: How much wider a reader's faces may be than those reckoned with: DejaVu's are, by a tenth.
FACES = 1.1
#: A sheet less wide than these has the narrow type, or the slim one.
NARROW_BELOW, SLIM_BELOW = 800, 450


def type_of(wide: float) -> Type:
    """The type of a sheet that many points wide."""
    if wide < SLIM_BELOW:
        return SLIM
    return ROOMY if wide >= NARROW_BELOW else NARROW


def room_for_words(wide: float, *, page: bool) -> float:
    """How many points a line of words may have on a sheet so WIDE.

    On a PAGE its reader's faces are used, which may be wider.
    """
    return (wide - 2 * type_of(wide).pad) / (FACES if page else 1)


def parse_size(text: str) -> tuple[int, int]:
    """``wide``, ``square``, ``story`` or ``1600x900``: width and height in pixels."""
    if text in SIZES:
        return SIZES[text]
    found = re.fullmatch(r"(\d{1,6})x(\d{1,6})", text, re.ASCII)
    if not found:
        raise InvalidValue(
            f"'{text}' is no size: write {', '.join(SIZES)}, or width and height as 1600x900"
        )
    return checked((int(found[1]), int(found[2])))


def checked(size: tuple[int, int]) -> tuple[int, int]:
    """SIZE, where both sides are within bounds."""
    if min(size) < SMALLEST or max(size) > LARGEST:
        raise InvalidValue(
            f"a picture is from {SMALLEST}x{SMALLEST} to {LARGEST}x{LARGEST} pixels large, "
            f"and {size[0]}x{size[1]} is not"
        )
    return size


def sheets(size: tuple[int, int], *, page: bool) -> Sequence[tuple[int, int]]:
    """The sizes that a picture of SIZE is drawn in: several on a PAGE that is as wide as usual."""
    return PAGE if page and size == SIZES["wide"] else (size,)


def zoom_of(size: tuple[int, int]) -> float:
    """How many pixels a point of the sheet has: 1 or more."""
    wide, high = size
    if wide / high >= _TALL:
        return max(1.0, min(wide / _LANDSCAPE[0], high / _LANDSCAPE[1]))
    return max(1.0, min(size) / _PHONE)
