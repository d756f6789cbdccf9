"""How templates write times, ages and ranks."""

from __future__ import annotations

from typing import Any

from tracker.words import duration_words


def age(seconds: float) -> str:
    """``3 h ago``."""
    return f"{duration_words(seconds)} ago" if seconds >= 60 else "just now"


def rank(value: int | None) -> str:
    """``3``; ``unranked`` where the app is not in the snapshot."""
    return "unranked" if value is None else str(value)


def short(text: str) -> str:
    """The first twelve of the 64 characters of a SHA-256."""
    return f"{text[:12]}…"


FILTERS: dict[str, Any] = {"age": age, "rank": rank, "short": short}
