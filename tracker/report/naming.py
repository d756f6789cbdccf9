"""App names in sentences and pictures: short, on one line, and safe between other words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from tracker.model import App
from tracker.words import unlike

#: `CapCut: Photo & Video Editor`, `Maps - Transit`, `PayPay-ペイペイ`; but not `Re:Zero`.
_SUBTITLE = re.compile(r"\s*:\s+|\s*[：｜|]\s*|\s+[-–—·]\s+|-(?=[^\x00-\x7f])")
#: Letters of a name in a sentence, at most; wide letters count twice.
LONGEST = 26
#: A name is cut at the end of a word, where at least this share of the room is then used.
_WHOLE_WORDS = 0.6
_LEFT_TO_RIGHT, _RIGHT_TO_LEFT = "\u200e", "\u200f"
_EMBEDDINGS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def one_line(name: str) -> str:
    """NAME on one line, without characters that change the direction of the text around it."""
    return " ".join(name.translate(_EMBEDDINGS).split())


def short_name(name: str) -> str:
    """NAME up to the colon or dash before a store's subtitle."""
    first = _SUBTITLE.split(name, maxsplit=1)[0].strip()
    return first if len(first) > 1 else name


def right_to_left(text: str) -> bool:
    """Whether TEXT has letters that are written from right to left."""
    return not text.isascii() and any(map(_turns, text))


@cache
def _turns(letter: str) -> bool:
    return unicodedata.bidirectional(letter) in ("R", "AL") and letter != _RIGHT_TO_LEFT


def isolated(name: str) -> str:
    """NAME, with a mark behind it where it runs right to left, so that a rank stays behind it."""
    marked = right_to_left(name) and not name.endswith(_LEFT_TO_RIGHT)
    return f"{name}{_LEFT_TO_RIGHT}" if marked else name


def unmarked(text: str) -> str:
    """TEXT without direction marks, for a terminal."""
    return text.replace(_LEFT_TO_RIGHT, "").replace(_RIGHT_TO_LEFT, "")


def cells(text: str) -> int:
    """How many columns TEXT takes in a terminal: wide letters two, combining ones none."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def cut(text: str, most: int) -> str:
    """TEXT in at most MOST columns, with an ellipsis where it is longer."""
    if cells(text) <= most:
        return text
    kept = text[:most]
    while cells(kept) > most - 1:
        kept = kept[:-1]
    words = kept if text[len(kept)] == " " else kept.rpartition(" ")[0]
    kept = (words if len(words) >= _WHOLE_WORDS * len(kept) else kept).rstrip(" -–—:·|,&([（「")
    return ellipsis(kept)


def ellipsis(start: str) -> str:
    """START of a text and an ellipsis, which stays at the end of right-to-left text, too."""
    return f"{start}…{_RIGHT_TO_LEFT}" if right_to_left(start[-1:]) else f"{start}…"


def _shown(app: App) -> str:
    """The name of APP on one line, or its id where the name is nothing but spaces."""
    return one_line(app.name) or f"app {app.app_id}"


def brief(app: App) -> str:
    """The name of APP in a sentence."""
    return isolated(cut(short_name(_shown(app)), LONGEST))


def briefs(apps: Sequence[App]) -> tuple[str, ...]:
    """The names of APPS in one sentence or picture; an id is added where two are the same."""
    names = unlike([isolated(_shown(app)) for app in apps], [app.app_id for app in apps])
    short = [short_name(name) for name in names]
    distinct = [
        brief_name if short.count(brief_name) == 1 else name
        for brief_name, name in zip(short, names, strict=True)
    ]
    cut_names = [isolated(cut(name, LONGEST)) for name in distinct]
    return unlike(cut_names, [app.app_id for app in apps])
