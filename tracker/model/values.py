"""Charts, times, and what a fetch brings."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property, lru_cache

from tracker.errors import InvalidValue, echo
from tracker.model.genres import GENRES, check_genre, genre_named
from tracker.storefronts import check_storefront
from tracker.stores import APP_STORE, DEVICES, store_of

RANKINGS = ("top-free", "top-paid", "top-grossing")


class Provenance(StrEnum):
    """Where a snapshot's ranks come from. Plots draw those that are not observed dashed."""

    RECORDED = "recorded"  # we fetched it from the store
    ARCHIVED = "archived"  # from a web archive's copy
    IMPORTED = "imported"  # from a file
    REPORTED = "reported"  # from the press
    RECONSTRUCTED = "reconstructed"  # played from a script, between dated facts
    SIMULATED = "simulated"  # made by a random generator; of no store

    @cached_property
    def observed(self) -> bool:
        """Whether the ranks were read from the store, by this program or another."""
        return self in (Provenance.RECORDED, Provenance.ARCHIVED, Provenance.IMPORTED)

    @classmethod
    def _missing_(cls, value: object) -> None:
        raise InvalidValue(f"Invalid provenance {value!r}: use {', '.join(cls)}")


class Outcome(StrEnum):
    """The outcome of a fetch."""

    SAVED = "saved"  # a snapshot was stored
    KNOWN = "known"  # this very snapshot was stored before
    UNCHANGED = "unchanged"  # the store confirmed (304) its earlier response, which is stored again
    RETRIED = "retried"  # failed, and another attempt of the same pass followed
    FAILED = "failed"  # no usable body
    INTERRUPTED = "interrupted"  # this program was stopped before the answer was whole
    REFUSED = "refused"  # the body is not a whole chart
    EMPTY = "empty"  # the store itself says that the chart has no entries; no failure


def _choice(value: str, allowed: tuple[str, ...], what: str) -> None:
    if value not in allowed:
        near = get_close_matches(value, allowed, n=1)
        meant = f"; did you mean '{near[0]}'?" if near else ""
        raise InvalidValue(f"Invalid {what} {echo(value)}: use {', '.join(allowed)}{meant}")


_PARTS = ("storefront", "device", "ranking", "genre")


@dataclass(frozen=True, slots=True, order=True)
class Chart:
    """One ranked list of a store, written ``storefront/device/ranking/genre``.

    Raises ``InvalidValue`` for a part that its store does not have.

    >>> str(Chart("us", "iphone", "top-free", "apps"))
    'us/iphone/top-free/apps'
    """

    storefront: str
    device: str
    ranking: str
    genre: str

    def __post_init__(self) -> None:
        _choice(self.device, tuple(DEVICES), "device")
        check_storefront(self.storefront, self.store)
        _choice(self.ranking, RANKINGS, "ranking")
        check_genre(self.genre, self.store)

    @classmethod
    def parse(cls, text: str) -> Chart:
        """Read a chart as it is written, in any case, its genre by number or by name.

        >>> Chart.parse("US/iPhone/top-free/6007").genre
        'productivity'
        >>> Chart.parse("us/android/top-free/tools").store
        'play'
        """
        parts = text.strip().lower().split("/")
        if len(parts) != 4:
            raise InvalidValue(
                f"Invalid chart {echo(text)}: use storefront/device/ranking/genre, "
                "such as us/iphone/top-free/apps"
            )
        storefront, device, ranking, genre = parts
        store = DEVICES.get(device, APP_STORE)  # an unknown device is refused below
        return cls(storefront, device, ranking, genre_named(genre, store))

    @property
    def slug(self) -> str:
        """The chart as it is written: ``us/iphone/top-free/apps``."""
        return f"{self.storefront}/{self.device}/{self.ranking}/{self.genre}"

    @property
    def store(self) -> str:
        """The store whose chart it is, ``app-store`` or ``play``: the device says it."""
        return store_of(self.device)

    def differs_only_in(self, part: str, other: Chart) -> bool:
        """Whether OTHER is this chart, or differs in one PART alone, such as ``storefront``."""
        return all(getattr(self, name) == getattr(other, name) for name in _PARTS if name != part)

    @property
    def genre_number(self) -> int | None:
        """The App Store's number of the genre; None for ``apps``, which has none."""
        return GENRES.get(self.genre)

    def __str__(self) -> str:
        return self.slug


#: Far beyond these years a time zone, or a week more, leads out of what ``datetime`` can be. A
#: clock that was never set says 1970.
_FIRST_YEAR, _LAST_YEAR = 1900, 9990


def utc(time: datetime) -> datetime:
    """The same instant in UTC, cut to whole seconds.

    A time without a zone is refused, and so is one of a year that no clock says.
    """
    if time.tzinfo is None:
        raise InvalidValue(f"'{time}' has no time zone; write it as 2026-08-17T04:50:46Z")
    with suppress(OverflowError):
        time = time.astimezone(UTC).replace(microsecond=0)
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise InvalidValue(f"Invalid time {time}: use a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    return time


#: Numbers of two digits, and days, as text: a long answer has 100,000 times, and ``isoformat``
#: takes four times as long.
_TWO = tuple(f"{number:02}" for number in range(60))
_day = lru_cache(maxsize=64)(lambda ordinal: date.fromordinal(ordinal).isoformat())


def iso(time: datetime) -> str:
    """``2026-08-17T04:50:46Z``."""
    if time.tzinfo is not UTC:
        time = utc(time)
    day = _day(time.toordinal())
    return f"{day}T{_TWO[time.hour]}:{_TWO[time.minute]}:{_TWO[time.second]}Z"


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 time with a zone, or a bare date as that day's midnight in UTC."""
    text = text.strip()
    try:
        time = datetime.fromisoformat(text)
        if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", text, re.ASCII):
            time = time.replace(tzinfo=UTC)
        return utc(time)
    except InvalidValue:
        raise
    except (ValueError, OverflowError):
        raise InvalidValue(
            f"Invalid time {echo(text)}: use 2026-08-17T04:50:46Z or 2026-08-17"
        ) from None


@dataclass(frozen=True, slots=True)
class Payload:
    """A response body as received (content encoding removed): the proof of what is parsed from it.

    ``url`` is the address that answered, after redirects, of a POST with the form behind ``#``;
    ``observed_at`` is when the bytes had arrived.
    """

    chart: Chart
    source: str
    url: str
    observed_at: datetime
    body: bytes = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "observed_at", utc(self.observed_at))

    @property
    def sha256(self) -> str:
        from hashlib import sha256

        return sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Fetch:
    """One attempt to read a chart, whatever its outcome.

    ``url`` is the address asked, of a POST with the form behind ``#``.
    ``seconds`` is how long it took; ``outcome`` None while a body waits to be judged; ``status``
    the HTTP status, None where no answer came; ``payload`` the body, whatever the status, None
    where none came whole; ``served_at`` the response's HTTP Date, None where it has none.
    """

    chart: Chart
    source: str
    url: str
    started_at: datetime
    seconds: float
    outcome: Outcome | None = None
    status: int | None = None
    error: str | None = None
    payload: Payload | None = None
    etag: str | None = None
    last_modified: str | None = None
    served_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "started_at", utc(self.started_at))
        if self.served_at is not None:
            object.__setattr__(self, "served_at", utc(self.served_at))
