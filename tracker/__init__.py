"""apptrack: app store charts as time series that never claim more than the data shows.

>>> import tracker
>>> database = tracker.open("data/apptrack.db")      # doctest: +SKIP
>>> database.overtakes("deepseek", "chatgpt")        # doctest: +SKIP

The public names are those of ``__all__``; docs/python.md describes them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.analysis import Coverage as Coverage
    from tracker.analysis import Overtake as Overtake
    from tracker.analysis import Stats as Stats
    from tracker.api import Database as Database
    from tracker.api import MomentOptions as MomentOptions
    from tracker.api import SeriesOptions as SeriesOptions
    from tracker.api import open as open  # noqa: A004 - as in sqlite3 or gzip
    from tracker.errors import ApptrackError as ApptrackError
    from tracker.errors import InvalidValue as InvalidValue
    from tracker.errors import MissingExtra as MissingExtra
    from tracker.errors import NothingToShow as NothingToShow
    from tracker.errors import SettingsError as SettingsError
    from tracker.errors import StoreError as StoreError
    from tracker.errors import UnknownName as UnknownName
    from tracker.model import App as App
    from tracker.model import Chart as Chart
    from tracker.model import Observation as Observation
    from tracker.model import Provenance as Provenance
    from tracker.model import Series as Series
    from tracker.passes import collect as collect
    from tracker.results import Rows as Rows

__version__ = "1.0.0"

#: Where each public name comes from; it is imported when it is first used, for the command line
#: must not pay for all of them at every start.
_FROM = {
    "open": "tracker.api",
    "collect": "tracker.passes",
    "Database": "tracker.api",
    "SeriesOptions": "tracker.api",
    "MomentOptions": "tracker.api",
    "Rows": "tracker.results",
    "Overtake": "tracker.analysis",
    "Stats": "tracker.analysis",
    "Coverage": "tracker.analysis",
    "App": "tracker.model",
    "Chart": "tracker.model",
    "Observation": "tracker.model",
    "Provenance": "tracker.model",
    "Series": "tracker.model",
    "ApptrackError": "tracker.errors",
    "InvalidValue": "tracker.errors",
    "MissingExtra": "tracker.errors",
    "NothingToShow": "tracker.errors",
    "SettingsError": "tracker.errors",
    "StoreError": "tracker.errors",
    "UnknownName": "tracker.errors",
}

__all__ = [*_FROM, "__version__"]


class _Package(ModuleType):
    """This package. A module has the name ``collect`` too; in the package it is the function."""

    @property
    def collect(self) -> object:
        return import_module("tracker.passes").collect

    @collect.setter
    def collect(self, module: object) -> None:
        """Ignore the module, which the import of it puts here."""


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    if name not in _FROM:
        raise AttributeError(f"module 'tracker' has no attribute '{name}'")
    return getattr(import_module(_FROM[name]), name)


def __dir__() -> list[str]:
    return __all__
