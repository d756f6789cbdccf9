"""App ids as text, and what a text that is not an id seems to be."""

from __future__ import annotations

import re
from collections.abc import Collection

from tracker.errors import InvalidValue

_APP_STORE_ID = re.compile(r"[1-9][0-9]{0,18}")
#: Devices whose store is not the App Store: there an app id is a package name.
_OTHER_STORES = frozenset({"android"})
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


def has_app_store_ids(device: str) -> bool:
    """Whether the apps on charts of DEVICE have ids of the App Store."""
    return device not in _OTHER_STORES


def check_app_ids(device: str, texts: Collection[str]) -> None:
    """Raise ``InvalidValue`` unless TEXTS are app ids of the store that DEVICE belongs to."""
    if has_app_store_ids(device) and not all(map(_APP_STORE_ID.fullmatch, texts)):
        for text in texts:
            check_app_store_id(text)
