"""Text and addresses that fill the loopback store's answers: made from the app id alone."""

from __future__ import annotations

import hashlib
import json
import random
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tracker.model import Chart, Entry

Json = dict[str, Any]

_WORDS = ("chat", "notes", "photos", "music", "daily", "smart", "simple", "share", "plan", "create")
RANKING_TITLES = {
    "top-free": "Top Free", "top-paid": "Top Paid", "top-grossing": "Top Grossing",
}  # fmt: skip
_EARLIEST_RELEASE = date(2010, 1, 1)


def compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def name_of(entry: Entry) -> str:
    return entry.name or f"App {entry.app_id}"


def if_stated(key: str, value: object) -> Json:
    return {key: value} if value else {}


def link_to(chart: Chart, entry: Entry) -> str:
    return f"https://apps.apple.com/{chart.storefront}/app/{slug_of(entry)}/id{entry.app_id}"


def slug_of(entry: Entry) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name_of(entry).lower()).strip("-") or "app"


def bundle_of(entry: Entry) -> str:
    return f"com.example.app{entry.app_id}"


def artwork_of(app_id: str) -> str:
    """An address of the usual shape; its path is a digest of APP_ID."""
    digest = hashlib.sha256(app_id.encode()).hexdigest()
    parts = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    path = "/".join(
        (f"Purple{221 if digest[0] < '8' else 211}", "v4", digest[:2], digest[2:4], digest[4:6])
    )
    file = "AppIcon-0-0-1x_U007epad-0-1-0-85-220.png"
    return f"https://is1-ssl.mzstatic.com/image/thumb/{path}/{parts}/{file}"


def image_of(app_id: str, height: int) -> Json:
    address = f"{artwork_of(app_id)}/{height}x{height}bb.png"
    return {"label": address, "attributes": {"height": str(height)}}


def release_of(app_id: str) -> date:
    return _EARLIEST_RELEASE + timedelta(days=int(app_id) % 5000)


def prose_of(app_id: str) -> str:
    """About 600 letters of description, always the same for one app."""
    chosen = random.Random(app_id).choices(_WORDS, k=100)  # noqa: S311 - no secret
    return " ".join(chosen)


def pacific(time: datetime) -> str:
    """``2015-11-09T23:04:45-07:00``: the feed keeps summer time all year."""
    return (time.astimezone(UTC) - timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%S-07:00")
