"""Names that the fonts at hand can write: a picture of pixels shows boxes for all other letters.

What a page or an SVG shows is up to its reader's fonts; a PNG is drawn here, and by a renderer that
can be asked: a letter that it draws like one that no font has is a letter it lacks.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Collection
from dataclasses import replace
from functools import cache

from tracker.model import App
from tracker.plot.theme import FONT, font_for

#: A code point that no font has a letter for.
_NOBODYS = "\U0010ffff"
#: XML cannot hold these, nor halves of surrogate pairs, and pictures are drawn by way of SVG.
_IN_NO_XML = "\ufffe\uffff"
#: Beyond this many letters a name is judged by its beginning: more is not drawn.
_MOST = 60
#: Letters before this one, and the punctuation after it, are in every font.
_LATIN, _PUNCTUATION = 0x250, range(0x2010, 0x2040)


def legible(app: App) -> App:
    """APP by a name that can be written here: how its own begins, its alias, or its id."""
    name = app.name[:_MOST]
    lacking = {letter for letter in name if not _written(letter)}
    if not lacking:
        return app
    left = _without(name, lacking).strip(" -–—:|·()&,")
    # Letters, numbers and what is for private use, but no emoji.
    first = next((letter for letter in name if unicodedata.category(letter)[0] in "LNC"), None)
    if first in lacking or sum(letter.isalnum() for letter in left) < 2:
        left = app.alias or f"app {app.app_id}"
    return replace(app, name=left)


def legible_words(text: str) -> str:
    """TEXT without the letters that no font here has; a question mark where none is left."""
    return _without(text, {letter for letter in text if not _written(letter)}) or "?"


def _without(text: str, lacking: Collection[str]) -> str:
    """TEXT without these letters, nor what joined or coloured them, which no reader sees alone."""
    left = "".join(" " if letter in lacking else letter for letter in text).split()
    return " ".join(word for word in left if not all(map(_unseen, word)))


def _written(letter: str) -> bool:
    if letter in _IN_NO_XML or unicodedata.category(letter) == "Cs":
        return False
    if ord(letter) < _LATIN or ord(letter) in _PUNCTUATION:
        return True
    if _unseen(letter) or unicodedata.category(letter) == "Zs":
        return True
    return _has_letters_of(_script(letter))


def _unseen(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cf", "Mn")


def _script(letter: str) -> str:
    """One letter that stands for all of its script, or itself where it is a sign or a picture."""
    if not letter.isalpha():
        return letter
    script = unicodedata.name(letter, letter).split()[0]
    return _STANDS_FOR.get(script, letter)


_STANDS_FOR = {
    "CJK": "国", "HIRAGANA": "あ", "KATAKANA": "ア", "HANGUL": "한", "ARABIC": "م", "HEBREW": "א",
    "CYRILLIC": "Ж", "GREEK": "λ", "DEVANAGARI": "अ", "THAI": "ก", "BENGALI": "ক", "TAMIL": "அ",
}  # fmt: skip


@cache
def _has_letters_of(letter: str) -> bool:
    return _picture(letter) != _picture(_NOBODYS)


@cache
def _picture(letter: str) -> bytes:
    import vl_convert

    families = font_for([letter]) if letter != _NOBODYS else FONT
    text = (
        f'<text x="8" y="28" font-size="20" font-family="{families}">{html.escape(letter)}</text>'
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="44" height="40">{text}</svg>'
    picture: bytes = vl_convert.svg_to_png(svg)
    return picture
