"""The apps of the settings and the catalogue, as rows."""

from __future__ import annotations

from typing import Any

from tracker.catalog import assistants
from tracker.ids import store_of_id
from tracker.settings import Settings
from tracker.sources.itunes_search import FoundApp
from tracker.stores import PLAY


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
    own: list[dict[str, Any]] = []
    for app in settings.apps:
        package = app.app_id if store_of_id(app.app_id) == PLAY else None
        of_alias = next((row for row in own if row["alias"] == app.alias), None)
        if package and of_alias and not of_alias.get("google_play"):
            of_alias["google_play"] = package
            continue
        row = _taken(known, app.app_id)
        evidence = "your settings" + (f", {row['evidence']}" if row else "")
        mine = {"alias": app.alias, "name": app.name, "evidence": evidence}
        mine |= {"google_play": package} if package else {"app_id": app.app_id}
        own.append(row | mine | ({"colour": app.colour} if app.colour else {}))
    return [*own, *known.values()]


def _taken(known: dict[str, dict[str, Any]], app_id: str) -> dict[str, Any]:
    """The row of KNOWN that has APP_ID in either store, taken out; empty without one."""
    for key, row in known.items():
        if app_id in (row["app_id"], row["google_play"]):
            return known.pop(key)
    return {}


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
