"""Words that fly like flags above a picture, each from what it is about, and none over another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

_MARGIN = 6  # on both sides of words


@dataclass(frozen=True, slots=True)
class Flag:
    """Words about what lies between the pixels LEFT and RIGHT.

    ``widths`` has for each shape they may have its lines and how wide it is, the best one first.
    """

    widths: tuple[tuple[int, float], ...]
    left: float
    right: float


Align = Literal["left", "right", "center"]
ALIGNS: tuple[Align, ...] = ("left", "right", "center")


@dataclass(frozen=True, slots=True)
class Place:
    """The lowest of the rows that ``lines`` of words stand in, 0 the lowest of all.

    ``x`` is where the words begin, end, or have their middle.
    """

    row: int
    lines: int
    x: float
    align: Align


_Extent = tuple[float, float]
_Rows = list[list[_Extent]]

#: How many places are tried before a search is given up.
_PATIENCE = 400


def pack(flags: Sequence[Flag], room: float, rows: int) -> list[Place] | None:
    """Rows of words above a picture: for each of FLAGS its place, None where not all find one.

    Words fly like a flag, to the right if they can, and a stem runs down from them that may cross
    no other words.
    """
    # From right to left, so that an earlier flag flies above a later one.
    order = sorted(range(len(flags)), key=lambda one: -flags[one].left)
    found = _Hoist([flags[one] for one in order], room, rows).places()
    if found is None:
        return None
    places = dict(zip(order, found, strict=True))
    return [places[number] for number in range(len(flags))]


class _Hoist:
    """The search for a place for each of FLAGS, in their order; it gives up in time."""

    def __init__(self, flags: Sequence[Flag], room: float, rows: int) -> None:
        self._flags, self._room = flags, room
        self._taken: _Rows = [[] for _ in range(rows)]
        self._tried = 0

    def places(self) -> list[Place] | None:
        """A place for each flag from the first on, or None where one finds none."""
        return self._rest(0)

    def _rest(self, number: int) -> list[Place] | None:
        if number == len(self._flags):
            return []
        flag = self._flags[number]
        for place, words in _places(flag, self._room, self._taken):
            self._tried += 1
            if self._tried > _PATIENCE:
                return None
            wanted = [_stem(flag)] * place.row + [words] * place.lines
            for taken, extent in zip(self._taken, wanted, strict=False):
                taken.append(extent)
            rest = self._rest(number + 1)
            if rest is not None:
                return [place, *rest]
            for taken, _ in zip(self._taken, wanted, strict=False):
                taken.pop()
        return None


def _places(flag: Flag, room: float, taken: _Rows) -> Iterator[tuple[Place, _Extent]]:
    """Where FLAG finds room beside what is TAKEN, the best place first, and how far it reaches."""
    sides = list(zip((flag.left, flag.right, (flag.left + flag.right) / 2), ALIGNS, strict=True))
    for (lines, wide), (x, align) in product(flag.widths, sides):
        words = _words(wide, x, align)
        if words[0] < -_MARGIN or words[1] > room + _MARGIN:
            continue
        for row in range(len(taken) - lines + 1):
            if _free([_stem(flag)] * row + [words] * lines, taken):
                yield Place(row, lines, x, align), words


def _words(wide: float, x: float, align: Align) -> _Extent:
    share = {"left": 0.0, "right": 1.0, "center": 0.5}[align]
    edge = x - share * wide
    return edge - _MARGIN, edge + wide + _MARGIN


def _stem(flag: Flag) -> _Extent:
    """Less wide than the flag's object, whose edges other words may touch but not cover."""
    middle = (flag.left + flag.right) / 2
    return min(flag.left + _MARGIN, middle), max(flag.right - _MARGIN, middle)


def _free(wanted: Sequence[_Extent], taken: _Rows) -> bool:
    return all(
        right <= low or high <= left
        for (left, right), others in zip(wanted, taken, strict=False)
        for low, high in others
    )
