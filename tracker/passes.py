"""The public function that makes one pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.service import collect_once
from tracker.settings import load

if TYPE_CHECKING:
    from tracker.collect import Report, Result


def collect(
    *charts: str,
    path: str | Path | None = None,
    settings: str | Path | None = None,
    on_result: Callable[[Result], None] = lambda result: None,
) -> Report:
    """Read each chart once and store it: what ``apptrack collect`` does.

    CHARTS as on the command line, ``*`` and groups included; by default those of the settings.
    The database is PATH, else that of the settings: ``apptrack.toml`` in the working folder or the
    file SETTINGS. ON_RESULT is called with the ``Result`` of each attempt. The ``Report`` has the
    last result of each chart, and how many ``failed``. Raises ``InvalidValue`` for a chart that no
    source has, ``StoreError`` where the database cannot be written; a chart that fails raises
    nothing.
    """
    loaded = load(Path(settings) if settings else None)
    return collect_once(
        charts, settings=replace(loaded, db=Path(path)) if path else loaded, on_result=on_result
    )
