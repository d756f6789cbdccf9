"""What an export to Parquet files did, as a line and as plain values."""

from __future__ import annotations

from typing import Any

from tracker.parquet.export import Exported
from tracker.words import counted


def export_line(place: object, done: Exported) -> str:
    """``data: 240 chart months written, 2 unchanged; 8,661,690 ranks, 8.9 MB``."""
    return (
        f"{place}: {counted(done.written, 'chart month')} written, {done.unchanged:,} unchanged; "
        f"{counted(done.ranks, 'rank')}, {done.size / 1e6:.1f} MB"
    )


def export_json(place: object, done: Exported) -> dict[str, Any]:
    return {
        "folder": str(place),
        "written": done.written,
        "unchanged": done.unchanged,
        "ranks": done.ranks,
        "bytes": done.size,
        "left": [str(part) for part in done.left],
    }
