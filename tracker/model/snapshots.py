"""A whole chart at one instant."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from tracker.errors import InvalidValue
from tracker.ids import check_app_ids
from tracker.model.values import Chart, Provenance, utc

_APP_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._]{0,149}")


class Scope(StrEnum):
    """Which apps a snapshot covers."""

    WHOLE = "whole"  # a whole chart: an app without an entry is unranked
    SPARSE = "sparse"  # ranks of some apps only: any other app is unobserved

    @classmethod
    def _missing_(cls, value: object) -> None:
        raise InvalidValue(f"Invalid scope {value!r}: use {', '.join(cls)}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One rank of a snapshot. ``name`` and ``developer`` are the store's, localised."""

    rank: int
    app_id: str
    name: str | None = None
    developer: str | None = None

    def __post_init__(self) -> None:
        if type(self.rank) is not int or self.rank < 1:
            raise InvalidValue(f"Invalid rank {self.rank!r}: use a whole number from 1")
        if not _APP_ID.fullmatch(self.app_id):
            raise InvalidValue(f"Invalid app id {self.app_id[:60]!r}")
        for text in (self.name, self.developer):
            if text is not None and not (text.strip() and _storable(text)):
                raise InvalidValue(f"Invalid name {text[:60]!r} of the app {self.app_id}")


def _storable(text: str) -> bool:
    """Whether SQLite and UTF-8 can hold TEXT: no lone surrogate, no NUL."""
    if text.isprintable():  # neither of them is, and this is cheaper to ask
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A chart at one instant from one source: ranks 1..depth, each once, no app twice.

    App ids are those of the chart's own store: on Apple's devices, numbers. A ``sparse`` one has
    the ranks of some apps, ascending, with holes; it says nothing of any other app. ``remark`` says
    where less was read than the source has; it goes with the fetch.
    """

    chart: Chart
    source: str
    observed_at: datetime
    entries: tuple[Entry, ...] = field(repr=False)
    published_at: datetime | None = None
    provenance: Provenance = Provenance.RECORDED
    remark: str | None = field(default=None, compare=False)
    scope: Scope = Scope.WHOLE

    def __post_init__(self) -> None:
        object.__setattr__(self, "observed_at", utc(self.observed_at))
        if self.published_at is not None:
            object.__setattr__(self, "published_at", utc(self.published_at))
        if not self.entries:
            raise InvalidValue(f"a snapshot of {self.chart} has no entries")
        if self.scope is Scope.SPARSE:
            self._check_ascending()
        else:
            self._check_whole()
        app_ids = [entry.app_id for entry in self.entries]
        check_app_ids(self.chart.device, app_ids)
        if len(set(app_ids)) != len(app_ids):
            raise InvalidValue(f"a snapshot of {self.chart} has an app twice: {self._twice()}")

    def _check_whole(self) -> None:
        for expected, entry in enumerate(self.entries, 1):
            if entry.rank != expected:
                raise InvalidValue(
                    f"a snapshot of {self.chart} has rank {entry.rank} where {expected} belongs"
                )

    def _check_ascending(self) -> None:
        for before, entry in pairwise(self.entries):
            if entry.rank == before.rank:
                raise InvalidValue(
                    f"a snapshot of {self.chart} has rank {entry.rank} for two apps: "
                    f"{before.app_id} and {entry.app_id}"
                )
            if entry.rank < before.rank:
                raise InvalidValue(
                    f"a snapshot of {self.chart} has rank {entry.rank} after {before.rank}"
                )

    @property
    def depth(self) -> int:
        """The largest rank: of a whole chart the number of its entries."""
        return self.entries[-1].rank

    def _twice(self) -> str:
        seen: set[str] = set()
        for entry in self.entries:
            if entry.app_id in seen:
                return entry.app_id
            seen.add(entry.app_id)
        return ""
