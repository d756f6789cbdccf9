"""How one value of an apptrack table is shown in Datasette.

Text from strangers, such as an app's name, is never a link. A time is whole and has its age; a
size and a duration have their units; the sha256 of a payload is short.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: The columns that have a unit, and it.
_UNITS = {"seconds": "s", "size": "B", "payload_bytes": "B"}
_LINK_LIKE = re.compile(r"\s*https?://", re.IGNORECASE)


def cell(row: Mapping[str, Any], value: object, column: str) -> Markup | None:
    """VALUE of COLUMN as HTML; None where Datasette shows it well."""
    if isinstance(value, str):
        if _TIME.fullmatch(value):
            return time_cell(value, datetime.now(UTC))
        if _SHA256.fullmatch(value):
            return Markup('<code title="{}">{}…</code>').format(value, value[:12])
        if _LINK_LIKE.match(value):
            return escape(value)
    if column in _UNITS and isinstance(value, int | float):
        return Markup("{}&nbsp;{}").format(f"{value:,}", _UNITS[column])
    return None


def time_cell(text: str, now: datetime) -> Markup:
    """``2026-08-17T04:50:46Z``, and how long ago that was."""
    seconds = (now - datetime.fromisoformat(text)).total_seconds()
    return Markup('<span style="white-space:nowrap">{} <small>{}</small></span>').format(
        text, age_words(seconds)
    )


def age_words(seconds: float) -> str:
    """``5 min ago``, ``3 h ago``, ``12 days ago``; ``in 3 h`` for a time to come."""
    size = abs(seconds)
    for limit, length, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if size < limit:
            words = f"{int(size / length)} {unit}"
            break
    else:
        words = f"{int(size / 86_400):,} days"
    return f"{words} ago" if seconds >= 0 else f"in {words}"
