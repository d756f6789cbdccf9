"""App ids as text: the form of each store's, and what a text that is not an id seems to be.

An id of the App Store is a number, one of Google Play a package name with a dot in it. No text is
both, so an app id alone says which store it is of.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from tracker.errors import InvalidValue, echo
from tracker.stores import APP_STORE, PLAY, store_of

_APP_STORE_ID = re.compile(r"[1-9][0-9]{0,18}")
#: https://developer.android.com/build/configure-app-module: two segments or more, each begins with
#: a letter, then letters, digits and underscores.
_PACKAGE = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)+", re.ASCII)
_LONGEST_PACKAGE = 150
#: What people and spreadsheets write in place of an id of the App Store, the surest sign first.
_SEEMS = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), words)
    for pattern, words in (
        (r"", "it is empty"),
        (r"0+", "it is zero"),
        (r"0\d+", "it has leading zeros"),
        (r"id\d+", "it has the prefix 'id'"),
        (r"\w+://.*", "it is an address"),
        (r"[+-]?\d+([.,]\d*)?e[+-]?\d+", "it is in scientific notation, its last digits are lost"),
        (r"\d+[.,]0{1,2}", "it is a decimal number"),
        (r"\d{1,3}([.,' \xa0\u202f]\d{3})+", "it has thousands separators"),
        (r"\d+[.,]\d+", "it is a number with a fraction"),
        (r"=.*", "it is a spreadsheet's formula"),
        (r"[a-z][\w-]*(\.[\w-]+)+", "it is a bundle id"),
        (r"\d{20,}", "it is longer than any id"),
        (r"(?s:.*)", "it is not a number"),
    )
)


def is_app_store_id(text: str) -> bool:
    """Whether TEXT is written as an app id of the App Store: digits without leading zeros."""
    return _APP_STORE_ID.fullmatch(text) is not None


def check_app_store_id(text: str) -> None:
    """Raise ``InvalidValue``, saying what TEXT seems to be, unless it is an App Store id."""
    if is_app_store_id(text):
        return
    what = next(words for pattern, words in _SEEMS if pattern.fullmatch(text.strip()[:200]))
    raise InvalidValue(
        f"Invalid app id {text[:60]!r}: {what}; "
        "use the number in the app's App Store address, such as 6448311069"
    )


def is_package(text: str) -> bool:
    """Whether TEXT is written as an app id of Google Play: a package name."""
    return len(text) <= _LONGEST_PACKAGE and _PACKAGE.fullmatch(text) is not None


def check_package(text: str) -> None:
    """Raise ``InvalidValue`` unless TEXT is a package name of Google Play."""
    if not is_package(text):
        seems = (
            "it is an id of the App Store" if is_app_store_id(text) else "it is not a package name"
        )
        raise InvalidValue(
            f"Invalid app id {echo(text)}: {seems}; use the id in the app's Google Play address, "
            "such as com.openai.chatgpt"
        )


def store_of_id(text: str) -> str | None:
    """The store whose ids are written like TEXT; None where it is not an app id."""
    if is_app_store_id(text):
        return APP_STORE
    return PLAY if is_package(text) else None


def check_app_ids(device: str, texts: Collection[str]) -> None:
    """Raise ``InvalidValue`` unless TEXTS are app ids of the store that DEVICE belongs to."""
    if store_of(device) == PLAY:
        for text in texts:
            check_package(text)
    elif not all(map(_APP_STORE_ID.fullmatch, texts)):
        for text in texts:
            check_app_store_id(text)
