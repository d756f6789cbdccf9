"""The frozen values handed from room to room. A value that cannot be true cannot be built.

``Chart`` → fetch → ``Payload`` → parse → ``Snapshot`` of ``Entry`` → save → … → ``Series``.
Times are ``datetime`` in UTC with whole seconds; ranks count from 1, and 1 is best.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from enum import StrEnum
from operator import gt, lt

from tracker.errors import InvalidValue

DEVICES = ("iphone", "ipad")
RANKINGS = ("top-free", "top-paid", "top-grossing")

#: The store's number of each genre (Apple's "Genre IDs Appendix"). ``apps`` has no number of its
#: own: it is every genre but games.
GENRES: Mapping[str, int] = {
    "all": 36, "business": 6000, "weather": 6001, "utilities": 6002, "travel": 6003,
    "sports": 6004, "social-networking": 6005, "reference": 6006, "productivity": 6007,
    "photo-video": 6008, "news": 6009, "navigation": 6010, "music": 6011, "lifestyle": 6012,
    "health-fitness": 6013, "games": 6014, "finance": 6015, "entertainment": 6016,
    "education": 6017, "books": 6018, "medical": 6020, "magazines": 6021, "food-drink": 6023,
    "shopping": 6024, "developer-tools": 6026, "graphics-design": 6027,
}  # fmt: skip
APPS = "apps"
_GENRE_OF_NUMBER = {str(number): name for name, number in GENRES.items()}
_APP_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._]{0,149}")
#: Codes people type for a storefront, and what the store calls it (ISO 3166-1 alpha-2).
_NOT_ISO = {"uk": "gb", "en": "gb or us", "eu": "one country, such as de or fr"}


class Provenance(StrEnum):
    """Where a snapshot's ranks come from. Plots draw all but ``RECORDED`` dashed."""

    RECORDED = "recorded"  # we fetched it from the store
    ARCHIVED = "archived"  # from a web archive's copy
    IMPORTED = "imported"  # from a file
    REPORTED = "reported"  # from the press
    RECONSTRUCTED = "reconstructed"  # played from a script, between dated facts
    SIMULATED = "simulated"  # made by a random generator; of no store

    @classmethod
    def _missing_(cls, value: object) -> None:
        raise InvalidValue(f"{value!r} is no provenance (one of {', '.join(cls)})")


class Outcome(StrEnum):
    """What came of a fetch."""

    SAVED = "saved"  # a snapshot was stored
    KNOWN = "known"  # this very snapshot was stored before
    UNCHANGED = "unchanged"  # the store vouched (304) for the bytes it sent before; stored again
    RETRIED = "retried"  # failed, and another attempt of the same pass followed
    FAILED = "failed"  # no usable body came
    REFUSED = "refused"  # a body came and is not a whole chart


def _choice(value: str, allowed: tuple[str, ...], what: str) -> None:
    if value not in allowed:
        near = get_close_matches(value, allowed, n=1)
        meant = f"; did you mean '{near[0]}'?" if near else ""
        raise InvalidValue(f"'{value}' is no {what} (one of {', '.join(allowed)}){meant}")


@dataclass(frozen=True, slots=True, order=True)
class Chart:
    """One ranked list of the store, written ``storefront/device/ranking/genre``."""

    storefront: str
    device: str
    ranking: str
    genre: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z]{2}", self.storefront, re.ASCII):
            raise InvalidValue(
                f"'{self.storefront}' is no storefront: two lower-case letters, such as 'us'"
            )
        if self.storefront in _NOT_ISO:
            raise InvalidValue(
                f"'{self.storefront}' is no storefront: the store says {_NOT_ISO[self.storefront]}"
            )
        _choice(self.device, DEVICES, "device")
        _choice(self.ranking, RANKINGS, "ranking")
        _choice(self.genre, (APPS, *GENRES), "genre")

    @classmethod
    def parse(cls, text: str) -> Chart:
        """Read ``us/iphone/top-free/productivity``; a genre's number works as well as its name."""
        parts = text.strip().split("/")
        if len(parts) != 4:
            raise InvalidValue(
                f"'{text}' is no chart: write storefront/device/ranking/genre, "
                "such as us/iphone/top-free/apps"
            )
        storefront, device, ranking, genre = parts
        return cls(storefront, device, ranking, _GENRE_OF_NUMBER.get(genre, genre))

    @property
    def slug(self) -> str:
        return f"{self.storefront}/{self.device}/{self.ranking}/{self.genre}"

    @property
    def genre_number(self) -> int | None:
        """The store's number of the genre; None for ``apps``, which has none."""
        return GENRES.get(self.genre)

    def __str__(self) -> str:
        return self.slug


def utc(time: datetime) -> datetime:
    """The same instant in UTC, cut to whole seconds. A time without a zone is refused."""
    if time.tzinfo is None:
        raise InvalidValue(f"'{time}' has no time zone; write it as 2026-08-17T04:50:46Z")
    return time.astimezone(UTC).replace(microsecond=0)


def iso(time: datetime) -> str:
    """``2026-08-17T04:50:46Z``."""
    if time.tzinfo is not UTC:
        time = utc(time)
    return time.isoformat()[:19] + "Z"


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
            f"'{text}' is no time; write it as 2026-08-17T04:50:46Z or 2026-08-17"
        ) from None


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes as they came (content encoding removed): the receipt of what is parsed from them.

    ``url`` is the address that answered, after redirects; ``observed_at`` is when the bytes
    had arrived.
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
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a snapshot. ``name`` and ``developer`` are as the store told them, localised."""

    rank: int
    app_id: str
    name: str | None = None
    developer: str | None = None

    def __post_init__(self) -> None:
        if type(self.rank) is not int or self.rank < 1:
            raise InvalidValue(f"{self.rank!r} is no rank: a whole number from 1 up")
        if not _APP_ID.fullmatch(self.app_id):
            raise InvalidValue(f"{self.app_id[:60]!r} is no app id")
        for text in (self.name, self.developer):
            if text is not None and not (text.strip() and _storable(text)):
                raise InvalidValue(f"{text[:60]!r} is no name (app {self.app_id})")


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
    """A whole chart at one instant from one source: ranks 1..depth, each once, no app twice."""

    chart: Chart
    source: str
    observed_at: datetime
    entries: tuple[Entry, ...] = field(repr=False)
    published_at: datetime | None = None
    provenance: Provenance = Provenance.RECORDED

    def __post_init__(self) -> None:
        object.__setattr__(self, "observed_at", utc(self.observed_at))
        if self.published_at is not None:
            object.__setattr__(self, "published_at", utc(self.published_at))
        if not self.entries:
            raise InvalidValue(f"a snapshot of {self.chart} has no entries")
        for expected, entry in enumerate(self.entries, 1):
            if entry.rank != expected:
                raise InvalidValue(
                    f"a snapshot of {self.chart} has rank {entry.rank} where {expected} belongs"
                )
        if len({entry.app_id for entry in self.entries}) != self.depth:
            raise InvalidValue(f"a snapshot of {self.chart} has an app twice: {self._twice()}")

    @property
    def depth(self) -> int:
        """How many entries the snapshot has."""
        return len(self.entries)

    def _twice(self) -> str:
        seen: set[str] = set()
        for entry in self.entries:
            if entry.app_id in seen:
                return entry.app_id
            seen.add(entry.app_id)
        return ""


@dataclass(frozen=True, slots=True)
class Fetch:
    """One attempt to read a chart, whatever its outcome.

    ``seconds`` is how long it took; ``outcome`` None while a body waits to be judged; ``status``
    the HTTP status, None where no answer came; ``payload`` the body, whatever the status, None
    where none came whole.
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "started_at", utc(self.started_at))


@dataclass(frozen=True, slots=True)
class App:
    """An app as the person knows it: ``alias`` is what they type, ``colour`` what plots draw."""

    app_id: str
    name: str
    alias: str | None = None
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What one snapshot says of one app: a rank, or None, not among its ``depth`` entries."""

    observed_at: datetime
    rank: int | None
    depth: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Timeline:
    """The snapshots of one chart from one source, by time: when it was looked at, how deep.

    Three columns of equal length. Any instant not in ``times`` is unobserved, for every app.
    """

    chart: Chart
    source: str
    times: tuple[datetime, ...]
    depths: tuple[int, ...]
    provenances: tuple[Provenance, ...]

    def __post_init__(self) -> None:
        if not len(self.times) == len(self.depths) == len(self.provenances):
            raise InvalidValue("a timeline's columns differ in length")
        if not all(map(lt, self.times, self.times[1:])):
            raise InvalidValue("a timeline's times do not ascend")


@dataclass(frozen=True, slots=True)
class Series:
    """All observations of one app on one chart from one source, by time.

    ``ranks`` runs beside ``timeline.times``: an int is *ranked*, None is *unranked* (looked, and
    not among the ``depths`` entries). *Unobserved* is not in a series at all.
    """

    timeline: Timeline
    app: App
    ranks: tuple[int | None, ...]

    def __post_init__(self) -> None:
        if len(self.ranks) != len(self.timeline.times):
            raise InvalidValue("a series needs one rank or None for each snapshot")
        depths, filled = self.timeline.depths, [rank or 0 for rank in self.ranks]
        # As good as the loop below over years of looks, at a third of its time.
        odd = filled.count(0) != self.ranks.count(None) or min(filled, default=0) < 0
        if not odd and not any(map(gt, filled, depths)):
            return
        for rank, depth in zip(self.ranks, depths, strict=True):
            if rank is not None and not 1 <= rank <= depth:
                raise InvalidValue(f"rank {rank} cannot be among {depth} entries")

    def __iter__(self) -> Iterator[Observation]:
        line = self.timeline
        columns = zip(line.times, self.ranks, line.depths, line.provenances, strict=True)
        return (Observation(*row) for row in columns)
