"""What an import did, in a line and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker import imports
from tracker.model import iso

if TYPE_CHECKING:
    pass

#: How many of the charts of a file are named in its line.
_NAMED = 3


def import_line(file: Path, imported: imports.Imported) -> str:
    """``a.csv: 4 snapshots imported, 0 known already; 2026-06-01T12:00:00Z to …``."""
    charts, sources = imported.charts, ", ".join(imported.sources)
    listed = ", ".join(map(str, charts[:_NAMED]))
    more = f" and {len(charts) - _NAMED} more" if len(charts) > _NAMED else ""
    first, last = iso(imported.first), iso(imported.last)
    return (
        f"{file}: {imported.saved} snapshot{'s' * (imported.saved != 1)}"
        f"{' of single apps' * imported.sparse} imported, "
        f"{imported.known} known already; "
        f"{first}{'' if first == last else f' to {last}'}; {listed}{more} from {sources}; "
        f"{imported.repeats} repeat{'s' * (imported.repeats == 1)} the one before, rank for rank"
        f"{f'; {imported.remark}' if imported.remark else ''}"
    )


def import_json(file: Path, imported: imports.Imported) -> dict[str, Any]:
    return {
        "file": str(file),
        "imported": imported.saved,
        "already_stored": imported.known,
        "first": iso(imported.first),
        "last": iso(imported.last),
        "charts": [str(chart) for chart in imported.charts],
        "sources": list(imported.sources),
        "repeats": imported.repeats,
        "remark": imported.remark,
        "sparse": imported.sparse,
    }
