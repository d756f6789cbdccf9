"""Charts that are stored, some by an earlier version that refused less than ``Chart`` does now."""

from __future__ import annotations

from tracker.errors import InvalidValue
from tracker.model import Chart


def readable(slug: str) -> Chart | None:
    """The chart of a stored SLUG; None where the App Store has no such chart."""
    try:
        return Chart.parse(slug)
    except InvalidValue:
        return None
