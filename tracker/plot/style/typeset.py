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
#: `CapCut: Photo & Video Editor`, `Maps - Transit`, `PayPay-ペイペイ`
_TITLE_GOES_ON = re.compile(r"\s*[:：｜|]\s*|\s+[-–—·]\s+|-(?=[^\x00-\x7f])")
_IDEOGRAPH, _OPENING = "\u3041-\u30ff\u3400-\u9fff", "「『（【《〈"
#: What may not begin a line: marks, and the small kana that belong to the letter before.
_CLINGING = rf"[^\w\s{_OPENING}(\[]|[ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ]"
#: Chinese and Japanese have no spaces, and break between any two letters.
_LETTERS = re.compile(
    rf"[{_OPENING}(\[]*(?:[{_IDEOGRAPH}](?:{_CLINGING})*|[^{_IDEOGRAPH}{_OPENING}]+)|[{_OPENING}]+"
)
_NARROW, _SLIM, _BROAD = frozenset("ijl.,:;'|!"), frozenset("ftrI()[]-·/ "), frozenset("mwMW@%…—")


def font_for(texts: Iterable[str]) -> str:
    """The families to set TEXTS in, which share one."""
    wide = any(unicodedata.east_asian_width(letter) in "WF" and ord(letter) < 0x1F000
               for text in texts for letter in text)  # fmt: skip
    return f"{EAST_ASIAN}, {FONT}" if wide else FONT


def width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide TEXT is in a grotesque of SIZE; rather too wide than too narrow."""
    return sum(_em(letter) for letter in text) * size * (1.08 if bold else 1.0)


@cache
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
    if width(text, size, bold=bold) <= room:
        return text
    mark = width("…", size, bold=bold)
    ends = accumulate(width(letter, size, bold=bold) for letter in text)
    fits = sum(1 for end in takewhile(lambda end: end <= room - mark, ends))
    return text[:fits].rstrip() + "…"


def wrap(text: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """TEXT in lines no wider than ROOM, broken at spaces.

    A long word of Chinese or Japanese is broken too; any other one stays whole.
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
    return lines


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
