"""How wide words are, where lines break, and how names make room for each other. In pixels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate, takewhile

#: Whatever a machine has of these; the first three are metrically near each other.
FONT = "Helvetica Neue, Helvetica, Arial, Liberation Sans, Noto Sans, sans-serif"
#: Before these where a name is in Chinese, Japanese or Korean: of the fallbacks a renderer finds by
#: itself, some have serifs.
EAST_ASIAN = "Hiragino Sans, Noto Sans CJK JP, Noto Sans JP, PingFang SC, Microsoft YaHei"
#: `CapCut: Photo & Video Editor`, `Maps - Transit`, `PayPay-ペイペイ`; but not `Re:Zero`.
_TITLE_GOES_ON = re.compile(r"\s*:\s+|\s*[：｜|]\s*|\s+[-–—·]\s+|-(?=[^\x00-\x7f])")
_IDEOGRAPH, _OPENING, _CLOSING = "\u3041-\u30ff\u3400-\u9fff", "「『（【《〈", "」』）】》〉"
#: What may not begin a line: marks, and the small kana that belong to the letter before.
_CLINGING = rf"[^\w\s{_OPENING}(\[]|[ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ]"
#: Chinese and Japanese have no spaces, and break between any two letters, but not within brackets
#: around a few.
_LETTERS = re.compile(
    rf"[{_OPENING}][^{_OPENING}{_CLOSING}]{{1,12}}[{_CLOSING}](?:{_CLINGING})*"
    rf"|[{_OPENING}(\[]*(?:[{_IDEOGRAPH}](?:{_CLINGING})*|[^{_IDEOGRAPH}{_OPENING}]+)|[{_OPENING}]+"
)
#: A cut name ends at the end of a word, where that takes no more than the rest of what would fit.
_NEAR_END = 0.6
#: A renderer without a face for letters from right to left takes a wider one for all of the line.
_OTHER_FACE = 1.18
_LEFTWARD = frozenset({"R", "AL"})
_FIRST, _LEFT_MARK = "\u200e", "\u200f"  # marks: what follows, or went before, runs so
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])  # embeddings
_NARROW, _SLIM, _BROAD = frozenset("ijl.,:;'|!"), frozenset("ftrI()[]-·/ "), frozenset("mwMW@%…—")


def font_for(texts: Iterable[str]) -> str:
    """The families to set TEXTS in, which share one."""
    wide = any(unicodedata.east_asian_width(letter) in "WF" and ord(letter) < 0x1F000
               for text in texts for letter in text)  # fmt: skip
    return f"{EAST_ASIAN}, {FONT}" if wide else FONT


def width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide TEXT is in a grotesque of SIZE; rather too wide than too narrow."""
    face = _OTHER_FACE if leftward(text) else 1.0
    return sum(_em(letter) for letter in text) * size * (1.08 if bold else 1.0) * face


def leftward(text: str) -> bool:
    """Whether letters of TEXT are written from right to left."""
    return not text.isascii() and any(map(_runs_left, text))


@cache
def _runs_left(letter: str) -> bool:
    return unicodedata.bidirectional(letter) in _LEFTWARD and letter != _LEFT_MARK


@cache
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
    whole = width(text, size, bold=bold)
    if whole <= room:
        return text
    ems = [_em(letter) for letter in text]
    fair = (room - width("…", size, bold=bold)) * sum(ems) / whole
    return cut(text, sum(1 for _ in takewhile(lambda end: end <= fair, accumulate(ems))))


def cut(text: str, most: int) -> str:
    """The first MOST letters of TEXT with an ellipsis; fewer, where a word ends not far before."""
    kept = text[:most]
    words = kept if text[most : most + 1] == " " else kept.rpartition(" ")[0]
    kept = (words if len(words) >= _NEAR_END * most else kept).rstrip(" -–—:·|,&([（「")
    # The mark after it keeps the ellipsis at the end of what runs to the left.
    return f"{kept}…{_LEFT_MARK}" if kept and _runs_left(kept[-1]) else f"{kept}…"


def wrap(text: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """TEXT in lines no wider than ROOM, broken at spaces.

    A long word of Chinese or Japanese is broken too; any other one stays whole. All lines run from
    left to right, whatever they begin with.
    """
    lines: list[str] = []
    for word in text.split(" "):
        space = " "
        whole = width(word, size, bold=bold) <= room / 3
        for part in [word] if whole else _LETTERS.findall(word):
            longer = f"{lines[-1]}{space}{part}" if lines else part
            if lines and width(longer, size, bold=bold) <= room:
                lines[-1] = longer
            else:
                lines.append(part)
            space = ""
    return [f"{_FIRST}{line}" if leftward(line) and line[0] != _FIRST else line for line in lines]


def evenly(text: str, many: int, size: float, *, bold: bool = False) -> list[str]:
    """TEXT in at most MANY lines that are as narrow as this allows."""
    room = width(text, size, bold=bold) / many
    while len(lines := wrap(text, room, size, bold=bold)) > many:
        room *= 1.04
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


def inert(name: str) -> str:
    """NAME in one line, without what would turn the direction of the letters around it."""
    return " ".join(name.translate(_TURNING).split())


def upright(name: str) -> str:
    """NAME, followed by a left-to-right mark where it is written from right to left.

    Without the mark a rank behind it would jump to its other side.
    """
    return f"{name}{_FIRST}" if leftward(name) and not name.endswith(_FIRST) else name


def unmarked(text: str) -> str:
    """TEXT without the marks that ``upright`` and ``cut`` leave, for where letters are counted."""
    return text.replace(_FIRST, "").replace(_LEFT_MARK, "")


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
