"""apptrack.toml, the environment, defaults. An option of the command line wins over all.

Every key has an environment variable: ``fetch.retries`` is ``APPTRACK_FETCH_RETRIES``.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from tracker.catalog import Catalog
from tracker.errors import InvalidValue, SettingsError, echo
from tracker.model import App, Chart
from tracker.settings import readers
from tracker.settings.hints import advice
from tracker.settings.readers import parse_duration
from tracker.settings.rules import Around, Rule, What, read_rules
from tracker.settings.secret import Secret
from tracker.settings.shards import ALONE, Shard, read_shard
from tracker.sources import DEFAULT_SOURCES, SOURCES, Source, itunes_search, second_for, source_for
from tracker.storefronts import expand_storefronts
from tracker.stores import APP_STORE, DEVICES

__all__ = [
    "DEFAULT_BASES",
    "DEFAULT_CHART",
    "DEFAULT_CHARTS",
    "DEFAULT_DB",
    "FILE",
    "KEYS",
    "SIGNING_SECRET",
    "BackfillSettings",
    "DeliverySettings",
    "DuckdbSettings",
    "FetchSettings",
    "NoneDealt",
    "Rule",
    "Secret",
    "Settings",
    "What",
    "content_of",
    "default_chart",
    "examine",
    "expand_charts",
    "file_of",
    "load",
    "parse_duration",
    "variable",
]

FILE = "apptrack.toml"
DEFAULT_DB = "data/apptrack.db"
#: The chart a question is about where none is named and the settings have none or several.
DEFAULT_CHART = "us/iphone/top-free/apps"
DEFAULT_CHARTS = ("us/iphone/top-free/apps", "us/iphone/top-free/productivity")
DEFAULT_BASES: Mapping[str, str] = {
    **{name: source.base for name, source in SOURCES.items()},
    "itunes-search": itunes_search.BASE,
    "wayback": "https://web.archive.org",
}
#: The one setting that no file of settings may hold.
SIGNING_SECRET = "APPTRACK_DELIVERY_SECRET"  # noqa: S105 - the variable's name


class NoneDealt(SettingsError):
    """No chart of the settings is this shard's."""


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """Limits and pace of fetching. Times in seconds, sizes in bytes."""

    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    total_timeout: float = 120.0  # one attempt, first byte to last
    retries: int = 3  # attempts after the first
    backoff: float = 2.0  # the first wait; doubled each time, with jitter
    longest_wait: float = 120.0  # no backoff and no Retry-After is waited for longer
    per_minute: float = 20.0  # requests to one host; 0 means no pace
    max_bytes: int = 8_000_000  # of one body, counted as read and decoded
    workers: int = 4  # charts fetched side by side


@dataclass(frozen=True, slots=True)
class BackfillSettings:
    """How politely a web archive is asked. PAUSE after its first complaint, RETRY_WAIT after
    trouble of its own; both in seconds.
    """

    index_per_minute: float = 10.0  # 0 means no pace, as for a loopback archive
    copies_per_minute: float = 60.0
    pause: float = 60.0
    retry_wait: float = 30.0


@dataclass(frozen=True, slots=True)
class DuckdbSettings:
    """What DuckDB may use, in bytes: MEMORY, by default 70% of the machine's, and disk to SPILL."""

    memory: int | None = None
    spill: int = 2_000_000_000


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """Where alerts go. More than DIGEST_OVER waiting, or one older than DIGEST_AFTER, go as one.

    A WEBHOOK's messages are signed with SECRET, or with what SECRET_FILE holds.
    """

    apprise: tuple[Secret, ...] = ()
    webhook: Secret | None = None
    secret: Secret | None = None
    secret_file: Path | None = None
    digest_over: int = 5
    digest_after: timedelta = timedelta(hours=6)

    @property
    def anywhere(self) -> bool:
        """Whether there is a target at all."""
        return bool(self.webhook or self.apprise)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. ``every`` is the cadence, ``jitter`` the longest random delay of a pass.

    ``cross_check``: whether charts that two sources have are read from both. ``lookup_names``:
    whether the store is asked for the names of apps that a chart has by id alone. ``shard``: which
    part of the charts is read here; ``charts`` has that part only.
    """

    db: Path = Path(DEFAULT_DB)
    charts: tuple[Chart, ...] = tuple(map(Chart.parse, DEFAULT_CHARTS))
    storefronts: tuple[str, ...] = ()
    shard: Shard = ALONE
    every: timedelta = timedelta(hours=1)
    jitter: timedelta = timedelta(seconds=30)
    sources: tuple[str, ...] = DEFAULT_SOURCES
    cross_check: bool = False
    lookup_names: bool = True
    fetch: FetchSettings = FetchSettings()
    backfill: BackfillSettings = BackfillSettings()
    duckdb: DuckdbSettings = DuckdbSettings()
    bases: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_BASES))
    apps: tuple[App, ...] = ()
    alerts: tuple[Rule, ...] = ()
    delivery: DeliverySettings = DeliverySettings()
    heartbeat: Secret | None = None
    metrics_file: Path | None = None

    def charts_and_sources(self, charts: Iterable[Chart]) -> list[tuple[Chart, Source]]:
        """Each of CHARTS with its source; with ``cross_check`` followed by its second source."""
        pairs = []
        for chart in charts:
            second = second_for(chart, self.sources) if self.cross_check else None
            pairs += [
                (chart, source) for source in (source_for(chart, self.sources), second) if source
            ]
        return pairs

    def own_pace(self, source: Source) -> float | None:
        """The share of this shard in the pace of SOURCE itself; None where it has none."""
        return None if source.per_minute is None else source.per_minute / self.shard.count

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Texts that no log may show. A secret in a file is not among them before it is read."""
        delivery = self.delivery
        given = (*delivery.apprise, delivery.webhook, delivery.secret, self.heartbeat)
        return tuple(secret for secret in given if secret)


def default_chart(settings: Settings) -> Chart:
    """The chart of a question that names none: that of the settings, if they have one only."""
    return settings.charts[0] if len(settings.charts) == 1 else Chart.parse(DEFAULT_CHART)


def expand_charts(texts: Iterable[str], storefronts: Sequence[str]) -> tuple[Chart, ...]:
    """Charts in the order given, each once.

    ``*/iphone/…`` stands for each of STOREFRONTS, ``g7/iphone/…`` for each of that group. Raises
    ``readers.Reasons`` with the reason for every text that is refused.
    """
    charts = readers.each(partial(_expanded, storefronts=storefronts), texts)
    return tuple(dict.fromkeys(chain.from_iterable(charts)))


def _expanded(text: str, storefronts: Sequence[str]) -> tuple[Chart, ...]:
    front, _, rest = text.partition("/")
    if text.count("/") != 3:
        return (Chart.parse(text),)  # it says how a chart is written
    if front.strip() != "*":
        device = rest.partition("/")[0].strip().lower()
        storefronts = expand_storefronts([front], DEVICES.get(device, APP_STORE))
    elif not storefronts:
        raise InvalidValue(f"'{text}': list what * stands for in 'storefronts'")
    return tuple(Chart.parse(f"{code}/{rest}") for code in storefronts)


def _path(value: object) -> Path:
    text = readers.text(value)
    if "\0" in text:
        raise InvalidValue(f"Invalid path {echo(text)}: no path has a NUL character")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise InvalidValue(f"Invalid path {echo(text)}: no user has that home folder") from None


def _as_told(value: object) -> object:
    """What other settings are needed to understand."""
    return value


_NO_LIMIT = 1e9
#: The size of a file of settings.
_MOST_BYTES = 1_000_000
_TABLES = ("fetch", "backfill", "duckdb", "base", "delivery")
KEYS: Mapping[str, Callable[[object], Any]] = {
    "db": _path,
    "charts": readers.texts,
    "storefronts": readers.storefronts,
    "shard": read_shard,
    "every": parse_duration,
    "jitter": parse_duration,
    "sources": readers.sources,
    "cross_check": readers.yes_or_no,
    "lookup_names": readers.yes_or_no,
    "apps": readers.apps,
    "alerts": _as_told,
    "heartbeat": readers.secret_address,
    "metrics_file": _path,
    "fetch.connect_timeout": readers.number(float, 0.001, 600),
    "fetch.read_timeout": readers.number(float, 0.001, 600),
    "fetch.total_timeout": readers.number(float, 0.001, 3600),
    "fetch.retries": readers.number(int, 0, 20),
    "fetch.backoff": readers.number(float, 0, 600),
    "fetch.longest_wait": readers.number(float, 0, 3600),
    "fetch.per_minute": readers.number(float, 0, _NO_LIMIT),
    "fetch.max_bytes": readers.number(int, 1000, 64_000_000),
    "fetch.workers": readers.number(int, 1, 64),
    "backfill.index_per_minute": readers.number(float, 0, _NO_LIMIT),
    "backfill.copies_per_minute": readers.number(float, 0, _NO_LIMIT),
    "duckdb.memory": readers.size,
    "duckdb.spill": readers.size,
    "delivery.apprise": readers.secret_addresses,
    "delivery.webhook": readers.secret_address,
    "delivery.secret_file": _path,
    "delivery.digest_over": readers.number(int, 1, 1000),
    "delivery.digest_after": parse_duration,
    **{f"base.{name}": readers.address for name in DEFAULT_BASES},
}

#: Where a setting was written, and its value as written, by key.
_Written = Mapping[str, tuple[str, object]]


def variable(key: str) -> str:
    """The environment variable of a key: ``base.apple-rss`` is ``APPTRACK_BASE_APPLE_RSS``."""
    return "APPTRACK_" + re.sub(r"[.-]", "_", key).upper()


def load(file: Path | None = None, env: Mapping[str, str] = os.environ) -> Settings:
    """The settings of FILE (else ``apptrack.toml`` here, if there is one) and of ENV.

    Raises ``SettingsError`` naming file or variable, key and reason.
    """
    settings, faults = examine(file, env)
    if faults:
        raise faults[0]
    return settings


def examine(
    file: Path | None = None, env: Mapping[str, str] = os.environ
) -> tuple[Settings, tuple[SettingsError, ...]]:
    """The settings as ``load`` reads them, and every fault; a faulty value becomes the default.

    Raises ``SettingsError`` where the file as a whole cannot be read.
    """
    faults: list[SettingsError] = []
    origins: dict[str, tuple[str, object]] = {}
    path = file_of(file, env)
    if file or "APPTRACK_SETTINGS" in env or path.exists():
        for key, value in _flat(path):
            if key in KEYS:
                origins[key] = (f"{path}: {key}", value)
            else:
                faults.append(_unknown(key, path))
    for key in KEYS:
        if env.get(variable(key)):
            origins[key] = (variable(key), env[variable(key)])
    values: dict[str, Any] = {}
    for key, (where, value) in origins.items():
        with _noted(where, faults):
            values[key] = KEYS[key](value)
    if secret := env.get(SIGNING_SECRET):
        values["delivery.secret"] = Secret(secret)
    return _settings(values, origins, faults), tuple(faults)


def file_of(file: Path | None = None, env: Mapping[str, str] = os.environ) -> Path:
    """The file of settings: FILE, else the one that ENV names, else ``apptrack.toml`` here."""
    return file or Path(env.get("APPTRACK_SETTINGS") or FILE)


def _flat(path: Path) -> Iterable[tuple[str, object]]:
    """The keys of a TOML file, those of its tables with a dot."""
    try:
        text = content_of(path).decode("utf-8-sig")  # editors of Windows put a mark before it
        tree = tomllib.loads(text)
        repr(tree)  # a hexadecimal number may be read and be too long to be written in decimal
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not TOML: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is not TOML: {error}; correct that line") from None
    except (ValueError, RecursionError):  # what tomllib leaves to Python
        raise SettingsError(
            f"{path}: has a number that is too long or lists that are nested too deep; correct it"
        ) from None
    for key, value in tree.items():
        if key in _TABLES and isinstance(value, dict):
            yield from ((f"{key}.{inner}", inner_value) for inner, inner_value in value.items())
        else:
            yield key, value


def content_of(path: Path) -> bytes:
    """Return what PATH holds; ``SettingsError`` where it is not a regular file, or too large."""
    if path.exists() and not path.is_file():
        raise SettingsError(f"{path}: is not a regular file; name a file of settings")
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise SettingsError(f"{path}: is larger than {_MOST_BYTES:,} bytes; name a smaller file")
    return content


def _unknown(key: str, path: Path) -> SettingsError:
    shown = echo(key)[1:-1]
    if key == "delivery.secret":
        return SettingsError(
            f"{path}: {shown}: a secret has no place here; "
            f"set {SIGNING_SECRET}, or name a file in delivery.secret_file"
        )
    return SettingsError(f"{path}: {shown}: unknown setting; {advice(key, KEYS)}")


@contextmanager
def _noted(where: str, faults: list[SettingsError]) -> Iterator[None]:
    """Add a fault for each reason for which a value is refused, and go on after the block."""
    try:
        yield
    except InvalidValue as error:
        reasons = error.reasons if isinstance(error, readers.Reasons) else (str(error),)
        faults.extend(SettingsError(f"{where}: {reason}") for reason in reasons)


def _settings(values: dict[str, Any], origins: _Written, faults: list[SettingsError]) -> Settings:
    """The settings of VALUES. What depends on a faulty value is not checked itself."""
    plain = {field.name: values[field.name] for field in fields(Settings) if field.name in values}
    somewhere = ("us",) if "storefronts" in origins else ()
    expand = partial(expand_charts, storefronts=values.get("storefronts", somewhere))
    if charts := plain.pop("charts", ()):
        with _noted(origins["charts"][0], faults):
            plain["charts"] = expand(charts)
    if (shard := plain.get("shard")) and shard.count > 1:
        values = {"fetch.per_minute": FetchSettings().per_minute / shard.count} | values
        charts = plain.get("charts", Settings().charts)
        plain["charts"] = tuple(chart for chart in charts if shard.has(chart))
        if not plain["charts"]:
            where, every = origins["shard"][0], len(charts)
            faults.append(
                NoneDealt(f"{where}: {shard} has none of the {every} charts: use fewer shards")
            )
    if (rules := plain.pop("alerts", None)) is not None and ("apps" in values) == (
        "apps" in origins
    ):
        around = Around(
            Catalog(values.get("apps", ())), expand, plain.get("charts", Settings().charts)
        )
        with _noted(origins["alerts"][0], faults):
            plain["alerts"] = read_rules(rules, around=around)
    return Settings(
        **plain,
        fetch=FetchSettings(**_table("fetch", FetchSettings, values)),
        backfill=BackfillSettings(**_table("backfill", BackfillSettings, values)),
        duckdb=DuckdbSettings(**_table("duckdb", DuckdbSettings, values)),
        delivery=DeliverySettings(**_table("delivery", DeliverySettings, values)),
        bases={name: values.get(f"base.{name}", base) for name, base in DEFAULT_BASES.items()},
    )


def _table(table: str, kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """The read values of a table's keys, by the names of KIND's fields."""
    names = (field.name for field in fields(kind))
    return {name: values[f"{table}.{name}"] for name in names if f"{table}.{name}" in values}
