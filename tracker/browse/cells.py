"""How one value of an apptrack table is shown in Datasette.

Text from strangers, such as an app's name, is never a link. A time is whole and has its age; a
size and a duration have their units; the sha256 of a payload is short, and leads to its bytes. A
snapshot and an app id lead to the plugin's own pages.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from markupsafe import Markup, escape

from tracker.pages import ServedLinks

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: The columns that have a unit, and it.
_UNITS = {"seconds": "s", "size": "B", "payload_bytes": "B"}
#: The columns that name a payload or a snapshot by its row id, and an app by its id.
_PAYLOADS, _SNAPSHOTS = {"payload", "base"}, {"snapshot", "other_snapshot"}
_APP_IDS = {"app_id", "store_id"}
_LINK, _ROW = Markup('<a href="{}">{}</a>'), Markup('<a href="{}"><small>{}</small></a>')
_LINK_LIKE = re.compile(r"\s*https?://", re.IGNORECASE)


def cell(value: object, column: str, links: ServedLinks) -> Markup | None:
    """VALUE of COLUMN as HTML; None where Datasette shows it well.

    The value of a foreign key is a dict of the row it leads to, ``value`` and ``label``.
    """
    if isinstance(value, dict):
        return _reference(value["value"], value["label"], column, links)
    if isinstance(value, str):
        if _TIME.fullmatch(value):
            return time_cell(value, datetime.now(UTC))
        if _SHA256.fullmatch(value):
            return _payload_link(value, links)
        if column in _APP_IDS:
            return _LINK.format(links.to("app", app=value), value)
        if _LINK_LIKE.match(value):
            return escape(value)
    if isinstance(value, int | float):
        return _number(value, column, links)
    return None


def _number(value: float, column: str, links: ServedLinks) -> Markup | None:
    if column in _SNAPSHOTS and isinstance(value, int):
        return _LINK.format(links.snapshot(value), value)
    if column in _UNITS:
        return Markup("{}&nbsp;{}").format(f"{value:,}", _UNITS[column])
    return None


def _reference(key: object, label: object, column: str, links: ServedLinks) -> Markup | None:
    """A foreign key to a payload or a snapshot; Datasette shows others well."""
    if column in _PAYLOADS and isinstance(label, str) and _SHA256.fullmatch(label):
        row = _ROW.format(links.table(f"payloads/{key}"), key)
        return Markup("{} {}").format(_payload_link(label, links), row)
    if column in _SNAPSHOTS and isinstance(key, int):
        row = _ROW.format(links.table(f"snapshots/{key}"), key)
        return Markup("{} {}").format(_LINK.format(links.snapshot(key), label), row)
    return None


def _payload_link(sha256: str, links: ServedLinks) -> Markup:
    """The first twelve digits of SHA256, which lead to the bytes."""
    return Markup('<a href="{}" title="{}" download><code>{}…</code></a>').format(
        links.payload(sha256), sha256, sha256[:12]
    )


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
