"""How wide words are, where lines break, and how labels make room for each other. In pixels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Literal

#: Whatever a machine has of these; the first three are metrically near each other.
FONT = "Helvetica Neue, Helvetica, Arial, Liberation Sans, Noto Sans, sans-serif"
#: Before these where a name is in Chinese, Japanese or Korean: of the fallbacks a renderer finds by
#: itself, some have serifs.
EAST_ASIAN = "Hiragino Sans, Noto Sans CJK JP, Noto Sans JP, PingFang SC, Microsoft YaHei"
#: `CapCut: Photo & Video Editor`, `Maps - Transit`, `PayPay-ペイペイ`
_TITLE_GOES_ON = re.compile(r"\s*[:：｜|]\s*|\s+[-–—·]\s+|-(?=[^\x00-\x7f])")
_MARGIN = 6  # on both sides of words
_NARROW, _SLIM, _BROAD = frozenset("ijl.,:;'|!"), frozenset("ftrI()[]-·/ "), frozenset("mwMW@%…—")


def font_for(texts: Iterable[str]) -> str:
    """The families to set TEXTS in, which share one."""
    wide = any(unicodedata.east_asian_width(letter) in "WF" and ord(letter) < 0x1F000
               for text in texts for letter in text)  # fmt: skip
    return f"{EAST_ASIAN}, {FONT}" if wide else FONT


def width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide TEXT is in a grotesque of SIZE; rather too wide than too narrow."""
    return sum(_em(letter) for letter in text) * size * (1.08 if bold else 1.0)


def _em(letter: str) -> float:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Mn"):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.3 if ord(letter) > 0x1F000 else 1.05
    for letters, em in ((_NARROW, 0.28), (_SLIM, 0.36), (_BROAD, 0.92)):
        if letter in letters:
            return em
    return 0.7 if letter.isupper() else 0.57


def shorten(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """TEXT, or as much of it as fits into ROOM with an ellipsis."""
    if width(text, size, bold=bold) <= room:
        return text
    mark = width("…", size, bold=bold)
    ends = accumulate(width(letter, size, bold=bold) for letter in text)
    fits = sum(1 for end in takewhile(lambda end: end <= room - mark, ends))
    return text[:fits].rstrip() + "…"


def wrap(text: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """TEXT in lines no wider than ROOM, broken at spaces; a word too long stays whole."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, bold=bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def balance(text: str, room: float, size: float) -> list[str]:
    """A bold TEXT in as few lines as ROOM allows, of about equal width."""
    lines = wrap(text, room, size, bold=True)
    narrower = room * 0.97
    while narrower > room / 8:
        tighter = wrap(text, narrower, size, bold=True)
        widest = max(width(line, size, bold=True) for line in tighter)
        if len(tighter) > len(lines) or widest > narrower:
            break
        lines, narrower = tighter, narrower * 0.97
    return lines


def short_name(name: str) -> str:
    """What people call an app: NAME up to the colon or dash that stores' titles go on after."""
    first = _TITLE_GOES_ON.split(name, maxsplit=1)[0].strip()
    return first if len(first) > 1 else name


def upright(name: str) -> str:
    """NAME, followed by a left-to-right mark where it is written from right to left.

    Without the mark a rank behind it would jump to its other side.
    """
    letters = {unicodedata.bidirectional(letter) for letter in name}
    marked = name.endswith("\u200e")
    return f"{name}\u200e" if letters & {"R", "AL"} and not marked else name


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Places near WANTED, in the same order, at least APART from each other, within LOW..HIGH.

    The places move as little as possible in the sense of least squares. Where HIGH - LOW is too
    little for all, they share it evenly.
    """
    if not wanted:
        return []
    apart = min(apart, (high - low) / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    # With the room each label needs taken away, what is left must not descend.
    levels = _ascending([wanted[index] - step * apart for step, index in enumerate(order)])
    top = high - (len(wanted) - 1) * apart
    places = [0.0] * len(wanted)
    for step, (index, level) in enumerate(zip(order, levels, strict=True)):
        places[index] = max(low, min(top, level)) + step * apart
    return places


def _ascending(values: Sequence[float]) -> list[float]:
    """The nearest values that never descend: neighbours that do are pooled into their mean."""
    pools: list[tuple[float, int]] = []
    for value in values:
        mean, count = value, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean = (before * many + mean * count) / (many + count)
            count += many
        pools.append((mean, count))
    return [mean for mean, count in pools for _ in range(count)]


@dataclass(frozen=True, slots=True)
class Flag:
    """Words that are WIDE, about what lies between the pixels LEFT and RIGHT."""

    wide: float
    left: float
    right: float


Align = Literal["left", "right", "center"]
ALIGNS: tuple[Align, ...] = ("left", "right", "center")


@dataclass(frozen=True, slots=True)
class Place:
    """A row (0 is lowest), and where the words begin, end, or have their middle."""

    row: int
    x: float
    align: Align


_Rows = list[list[tuple[float, float]]]


#: How many places are tried for one more flag among those that have theirs.
_PATIENCE = 150


def pack(flags: Sequence[Flag], room: float, rows: int) -> list[Place | None]:
    """Rows of words above a picture: for each of FLAGS its place.

    FLAGS come most important first; None for one that finds no room beside those before it. Words
    fly like a flag, to the right if they can, and a stem runs down from them that may cross no
    other words.
    """
    chosen: list[int] = []
    places: dict[int, Place] = {}
    for number in range(len(flags)):
        # From right to left, so that an earlier flag flies above a later one.
        trial = sorted([*chosen, number], key=lambda one: -flags[one].left)
        found = _Hoist([flags[one] for one in trial], room, rows).places()
        if found is not None:
            chosen = trial
            places = dict(zip(trial, found, strict=True))
    return [places.get(number) for number in range(len(flags))]


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
        for place in _places(flag, self._room, self._taken):
            self._tried += 1
            if self._tried > _PATIENCE:
                return None
            self._taken[place.row].append(_words(flag, place.x, place.align))
            for lower in range(place.row):
                self._taken[lower].append(_stem(flag))
            rest = self._rest(number + 1)
            if rest is not None:
                return [place, *rest]
            for row in range(place.row + 1):
                self._taken[row].pop()
        return None


def _places(flag: Flag, room: float, taken: _Rows) -> Iterator[Place]:
    """Where FLAG finds room beside what is TAKEN, the best place first."""
    sides = zip((flag.left, flag.right, (flag.left + flag.right) / 2), ALIGNS, strict=True)
    for x, align in sides:
        words = _words(flag, x, align)
        if words[0] < -_MARGIN or words[1] > room + _MARGIN:
            continue
        for row in range(len(taken)):
            if _free([_stem(flag)] * row + [words], taken):
                yield Place(row, x, align)


def _words(flag: Flag, x: float, align: Align) -> tuple[float, float]:
    share = {"left": 0.0, "right": 1.0, "center": 0.5}[align]
    edge = x - share * flag.wide
    return edge - _MARGIN, edge + flag.wide + _MARGIN


def _stem(flag: Flag) -> tuple[float, float]:
    """Less wide than the flag's object, whose edges other words may touch but not cover."""
    middle = (flag.left + flag.right) / 2
    return min(flag.left + _MARGIN, middle), max(flag.right - _MARGIN, middle)


def _free(wanted: Sequence[tuple[float, float]], taken: _Rows) -> bool:
    return all(
        right <= low or high <= left
        for (left, right), others in zip(wanted, taken, strict=False)
        for low, high in others
    )
