"""The apps of the settings and the catalogue, as rows."""

from __future__ import annotations

from typing import Any

from tracker.catalog import assistants
from tracker.settings import Settings
from tracker.sources.itunes_search import FoundApp


def app_rows(settings: Settings) -> list[dict[str, Any]]:
    """The apps of the settings, then the assistants that are not among them."""
    known = {
        app.app.app_id: {
            "alias": app.app.alias,
            "name": app.app.name,
            "app_id": app.app.app_id,
            "bundle": app.bundle,
            "google_play": app.google_play,
            "colour": app.app.colour,
            "evidence": f"{app.evidence} source" + ("s" if app.evidence == "several" else ""),
        }
        for app in assistants()
    }
    own = []
    for app in settings.apps:
        row = known.pop(app.app_id, {})
        evidence = "your settings" + (f", {row['evidence']}" if row else "")
        mine = {"alias": app.alias, "name": app.name, "app_id": app.app_id, "evidence": evidence}
        own.append(row | mine | ({"colour": app.colour} if app.colour else {}))
    return [*own, *known.values()]


#: The columns of ``found_row``.
FOUND_COLUMNS = ("app_id", "name", "developer", "bundle")


def found_row(app: FoundApp) -> dict[str, str | None]:
    """An app that a search of the store found."""
    return {
        "app_id": app.app_id,
        "name": app.name,
        "developer": app.developer,
        "bundle": app.bundle_id,
    }
