"""The frozen values handed from room to room. A value that cannot be true cannot be built.

``Chart`` → fetch → ``Payload`` → parse → ``Snapshot`` of ``Entry`` → save → … → ``Series``.
Times are ``datetime`` in UTC with whole seconds; ranks count from 1, and 1 is best.
"""

from tracker.model.genres import APPS, GENRES, GENRES_OF, PLAY_CATEGORIES
from tracker.model.series import App, Observation, Series, Timeline, reaches
from tracker.model.snapshots import Entry, Scope, Snapshot
from tracker.model.values import (
    RANKINGS,
    Chart,
    Fetch,
    Outcome,
    Payload,
    Provenance,
    iso,
    parse_time,
    utc,
)
from tracker.stores import DEVICES

__all__ = [
    "APPS",
    "DEVICES",
    "GENRES",
    "GENRES_OF",
    "PLAY_CATEGORIES",
    "RANKINGS",
    "App",
    "Chart",
    "Entry",
    "Fetch",
    "Observation",
    "Outcome",
    "Payload",
    "Provenance",
    "Scope",
    "Series",
    "Snapshot",
    "Timeline",
    "iso",
    "parse_time",
    "reaches",
    "utc",
]
