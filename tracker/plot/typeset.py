"""How wide text is, where lines break, and how labels avoid each other. In points."""

from __future__ import annotations

import re
import unicodedata
from calendar import month_abbr, month_name
from collections.abc import Iterator, Sequence
from functools import cache

from tracker.report.naming import ellipsis, right_to_left

LONE = 0.12  # of the room: a last line that is shorter is a lone word
_FIRST = "\u200e"  # a mark: what follows runs from left to right
_UNITS = "h|d|seconds?|minutes?|hours?|days?|snapshots?"
_MONTHS = "|".join([*month_name[1:], *month_abbr[1:]])
#: Spaces at which no line breaks: ``1 h``, ``top 100``, ``26 January 2025``.
_GLUE = re.compile(
    rf"(?<=\d) (?=(?:{_UNITS}|{_MONTHS})\b)|(?<=\btop) (?=\d)|\b({_MONTHS}) (?=\d{{4}}\b)"
)
_IDEOGRAPH, _OPENING = "\u3041-\u30ff\u3400-\u9fff", "「『（【《〈"
#: What may not begin a line: marks, and the small kana that belong to the letter before.
_CLINGING = rf"[^\w\s{_OPENING}(\[]|[ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ]"
#: Chinese and Japanese have no spaces, and break between any two letters.
_LETTERS = re.compile(
    rf"[{_OPENING}(\[]*(?:[{_IDEOGRAPH}](?:{_CLINGING})*|[^{_IDEOGRAPH}{_OPENING}]+)|[{_OPENING}]+"
)
#: Without a font for right-to-left letters a renderer takes a wider one for the whole line.
_OTHER_FACE, _BOLD = 1.18, 1.08
_NARROW, _SLIM, _BROAD = frozenset("ijl.,:;'|! "), frozenset("ftrI()[]-·/"), frozenset("mwMW@%…—")


def width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide TEXT is in a sans-serif of SIZE; rather too wide than too narrow."""
    face = _OTHER_FACE if right_to_left(text) else 1.0
    return sum(map(_em, text)) * size * (_BOLD if bold else 1.0) * face


@cache
def _em(letter: str) -> float:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Mn"):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.3 if ord(letter) > 0x1F000 else 1.05
    for letters, em in ((_NARROW, 0.28), (_SLIM, 0.36), (_BROAD, 0.92)):
        if letter in letters:
            return em
    return 0.7 if letter.isupper() else 0.56


def glued(text: str) -> str:
    """TEXT with spaces that do not break within a quantity or a date."""
    return _GLUE.sub(lambda match: f"{match[1] or ''}\u00a0", text)


def shorten(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """TEXT, or as much of it as fits into ROOM with an ellipsis."""
    if width(text, size, bold=bold) <= room:
        return text
    start = text
    while start and width(f"{start}…", size, bold=bold) > room:
        start = start[:-1]
    return ellipsis(start.rstrip("… \u200e\u200f"))


def shorten_middle(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """TEXT, or its beginning and its end, which differ between similar names."""
    if width(text, size, bold=bold) <= room:
        return text
    head, tail = text[: len(text) // 2], text[len(text) // 2 :]
    while head and width(f"{head}…{tail}", size, bold=bold) > room:
        head, tail = (head[:-1], tail) if len(head) > len(tail) / 2 else (head, tail[1:])
    return f"{head.rstrip()}…{tail.lstrip()}"


def wrap(text: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """TEXT in lines no wider than ROOM, broken at spaces.

    A long word of Chinese or Japanese is broken too, and any other one that is wider than ROOM. All
    lines run from left to right, whatever they begin with.
    """
    lines: list[str] = []
    for word in glued(text).split(" "):
        space = " "
        whole = width(word, size, bold=bold) <= room / 3
        for part in [word] if whole else _parts(word, room, size, bold=bold):
            longer = f"{lines[-1]}{space}{part}" if lines else part
            if lines and width(longer, size, bold=bold) <= room:
                lines[-1] = longer
            else:
                lines.append(part)
            space = ""
    plain = (line.replace("\u00a0", " ") for line in lines)
    return [f"{_FIRST}{line}" if right_to_left(line[:1]) else line for line in plain]


def _parts(word: str, room: float, size: float, *, bold: bool) -> Iterator[str]:
    """Where a long WORD may break."""
    for part in _LETTERS.findall(word):
        while width(part, size, bold=bold) > room:
            fitting = (
                n for n in range(len(part), 0, -1) if width(part[:n], size, bold=bold) <= room
            )
            cut = next(fitting, 1)
            yield part[:cut]
            part = part[cut:]
        yield part


def pretty(text: str, room: float, size: float) -> list[str]:
    """TEXT in lines like those of ``wrap``; the last one is no word alone, where there is a way."""
    lines = wrap(text, room, size)
    for share in (0.95, 0.9, 0.85, 0.8):
        if len(lines) < 2 or width(lines[-1], size) > LONE * room:
            break
        tighter = wrap(text, share * room, size)
        if len(tighter) > len(lines):
            break
        lines = tighter
    # A dot between two items is not the end of a line.
    return [line.removesuffix(" ·") for line in lines]


def balance(text: str, room: float, size: float) -> list[str]:
    """A bold TEXT in as few lines as ROOM allows, of about equal width."""
    # Words are measured rather too wide.
    size *= 0.94
    lines = wrap(text, room, size, bold=True)
    narrower = room
    while len(lines) > 1:
        narrower *= 0.97
        tighter = wrap(text, narrower, size, bold=True)
        if len(tighter) > len(lines) or narrower < room / 3:
            break
        lines = tighter
    return lines


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Places near WANTED, in the same order, at least APART from each other, within LOW..HIGH.

    Where there is too little room for all, they share it evenly.
    """
    if not wanted:
        return []
    apart = min(apart, (high - low) / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    # Each block has the places of labels that touch, at the mean of where they want to be.
    blocks: list[list[float]] = []
    for number, index in enumerate(order):
        blocks.append([wanted[index] - number * apart])
        while len(blocks) > 1 and _mean(blocks[-2]) > _mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    even = [_mean(block) for block in blocks for _ in block]
    most = high - (len(wanted) - 1) * apart
    places = [0.0] * len(wanted)
    for number, index in enumerate(order):
        places[index] = min(max(even[number], low), most) + number * apart
    return places


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
