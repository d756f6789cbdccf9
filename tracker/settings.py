"""apptrack.toml, the environment, defaults. What is typed on the command line wins over all.

Every key has an environment variable: ``fetch.retries`` is ``APPTRACK_FETCH_RETRIES``.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tracker.errors import InvalidValue, SettingsError
from tracker.model import App, Chart
from tracker.sources import SOURCES, itunes_search

FILE = "apptrack.toml"
DEFAULT_DB = "data/apptrack.db"
DEFAULT_CHARTS = ("us/iphone/top-free/apps", "us/iphone/top-free/productivity")
DEFAULT_BASES: Mapping[str, str] = {
    **{name: source.base for name, source in SOURCES.items()},
    "itunes-search": itunes_search.BASE,
}


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """How politely the store is asked. Times in seconds, sizes in bytes."""

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
class Settings:
    """All settings. ``every`` is the cadence, ``jitter`` the most a pass is put off at random."""

    db: Path = Path(DEFAULT_DB)
    charts: tuple[Chart, ...] = tuple(map(Chart.parse, DEFAULT_CHARTS))
    storefronts: tuple[str, ...] = ()
    every: timedelta = timedelta(hours=1)
    jitter: timedelta = timedelta(seconds=30)
    sources: tuple[str, ...] = tuple(SOURCES)
    fetch: FetchSettings = FetchSettings()
    bases: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_BASES))
    apps: tuple[App, ...] = ()


def expand_charts(texts: Iterable[str], storefronts: Sequence[str]) -> tuple[Chart, ...]:
    """Charts in the order given, each once; ``*/iphone/…`` stands for each of STOREFRONTS."""
    charts: dict[Chart, None] = {}
    for text in texts:
        front, slash, rest = text.partition("/")
        if front != "*":
            charts[Chart.parse(text)] = None
            continue
        if not storefronts:
            raise InvalidValue(f"'{text}': list what * stands for in 'storefronts'")
        charts.update(dict.fromkeys(Chart.parse(one + slash + rest) for one in storefronts))
    return tuple(charts)


def parse_duration(text: object) -> timedelta:
    """``90s``, ``30m``, ``1h``, ``1d``: a whole number and a unit."""
    match = re.fullmatch(r"(\d{1,9})\s*([smhd])", str(text).strip(), re.ASCII)
    if not match or not int(match[1]):
        raise InvalidValue(f"'{text}' is no duration; write 90s, 30m, 1h or 1d")
    seconds = int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    if seconds > 366 * 86400:
        raise InvalidValue(f"'{text}' is longer than a year")
    return timedelta(seconds=seconds)


# One reader for each kind of value. Each takes what TOML or a variable gives, or raises
# InvalidValue with the reason.


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidValue(f"{value!r} is no text")
    return value.strip()


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    if not isinstance(value, list) or not value:
        raise InvalidValue(f"{value!r} is no list of texts")
    return tuple(_text(part) for part in value)


def _number(kind: type[int] | type[float], least: float, most: float) -> Callable[[object], Any]:
    def read(value: object) -> int | float:
        try:
            if isinstance(value, bool) or not isinstance(value, int | float | str):
                raise ValueError
            number = kind(value)
            if number != float(value) or not least <= number <= most:
                raise ValueError
        except (ValueError, OverflowError):
            whole = "whole number" if kind is int else "number"
            raise InvalidValue(f"{value!r} is no {whole} from {least:g} to {most:g}") from None
        return number

    return read


def _sources(value: object) -> tuple[str, ...]:
    names = _texts(value)
    for name in names:
        if name not in SOURCES:
            raise InvalidValue(f"'{name}' is no source (one of {', '.join(SOURCES)})")
    return tuple(dict.fromkeys(names))


def _storefronts(value: object) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(_texts(value)))
    for name in names:
        Chart(name, "iphone", "top-free", "apps")
    return names


def _address(value: object) -> str:
    text = _text(value).rstrip("/")
    try:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ValueError
        _ = parts.port
    except ValueError:
        raise InvalidValue(f"{text!r} is no web address such as https://example.org") from None
    return text


def _colour(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text, re.ASCII):
        raise InvalidValue(f"{text!r} is no colour such as #1f77b4")
    return text


def _app(value: object) -> App:
    if not isinstance(value, dict):
        raise InvalidValue(f"{value!r} is no app; write [[apps]] with alias, id and name")
    unknown = set(value) - {"alias", "id", "name", "colour"}
    if unknown:
        raise InvalidValue(f"an app has no '{min(unknown)}' (alias, id, name, colour)")
    app_id = str(value.get("id", ""))
    if not re.fullmatch(r"\d{1,19}", app_id, re.ASCII):
        raise InvalidValue(f"{app_id!r} is no app id: the number in the store's address")
    alias = _text(value.get("alias"))
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", alias) or alias.isdigit():
        raise InvalidValue(f"{alias!r} is no alias: small letters, digits and hyphens")
    colour = _colour(value["colour"]) if "colour" in value else None
    return App(app_id, _text(value.get("name")), alias, colour)


def _apps(value: object) -> tuple[App, ...]:
    if isinstance(value, str):
        try:
            value = tomllib.loads(f"apps = {value}")["apps"]
        except tomllib.TOMLDecodeError as error:
            raise InvalidValue(f"is no TOML array of apps: {error}") from None
    if not isinstance(value, list):
        raise InvalidValue("is no list of apps; write [[apps]] with alias, id and name")
    apps = tuple(_app(one) for one in value)
    if len({app.alias for app in apps}) != len(apps):
        raise InvalidValue("has an alias twice")
    return apps


_NO_LIMIT = 1e9
_KEYS: Mapping[str, Callable[[object], Any]] = {
    "db": lambda value: Path(_text(value)).expanduser(),
    "charts": _texts,
    "storefronts": _storefronts,
    "every": parse_duration,
    "jitter": parse_duration,
    "sources": _sources,
    "apps": _apps,
    "fetch.connect_timeout": _number(float, 0.001, 600),
    "fetch.read_timeout": _number(float, 0.001, 600),
    "fetch.total_timeout": _number(float, 0.001, 3600),
    "fetch.retries": _number(int, 0, 20),
    "fetch.backoff": _number(float, 0, 600),
    "fetch.longest_wait": _number(float, 0, 3600),
    "fetch.per_minute": _number(float, 0, _NO_LIMIT),
    "fetch.max_bytes": _number(int, 1000, 64_000_000),
    "fetch.workers": _number(int, 1, 64),
    **{f"base.{name}": _address for name in DEFAULT_BASES},
}


def variable(key: str) -> str:
    """The environment variable of a key: ``base.apple-rss`` is ``APPTRACK_BASE_APPLE_RSS``."""
    return "APPTRACK_" + re.sub(r"[.-]", "_", key).upper()


def load(file: Path | None = None, env: Mapping[str, str] = os.environ) -> Settings:
    """The settings of FILE (else ``apptrack.toml`` here, if there is one) and of ENV.

    Raises ``SettingsError`` naming file or variable, key and reason.
    """
    told: dict[str, tuple[str, object]] = {}
    path = file or Path(env.get("APPTRACK_SETTINGS") or FILE)
    if file or "APPTRACK_SETTINGS" in env or path.exists():
        told |= {key: (f"{path}: {key}", value) for key, value in _flat(path)}
    for key in _KEYS:
        if env.get(variable(key)):
            told[key] = (variable(key), env[variable(key)])
    return _settings({key: _read(key, *where) for key, where in told.items()}, told)


def _flat(path: Path) -> Iterable[tuple[str, object]]:
    """The keys of a TOML file, those of its tables with a dot; an unknown one is refused."""
    try:
        with path.open("rb") as opened:
            tree = tomllib.load(opened)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from None
    for key, value in tree.items():
        if key in ("fetch", "base") and isinstance(value, dict):
            for inner, one in value.items():
                yield _known(f"{key}.{inner}", path), one
        else:
            yield _known(key, path), value


def _known(key: str, path: Path) -> str:
    if key not in _KEYS:
        near = get_close_matches(key, _KEYS, n=1)
        meant = f"; did you mean '{near[0]}'?" if near else ""
        raise SettingsError(f"{path}: {key}: there is no such setting{meant}")
    return key


def _read(key: str, where: str, value: object) -> Any:
    try:
        return _KEYS[key](value)
    except InvalidValue as error:
        raise SettingsError(f"{where}: {error}") from None


def _settings(values: dict[str, Any], told: Mapping[str, tuple[str, object]]) -> Settings:
    default = Settings()
    fetch = {
        one.name: values[f"fetch.{one.name}"]
        for one in fields(FetchSettings)
        if f"fetch.{one.name}" in values
    }
    bases = {name: values.get(f"base.{name}", base) for name, base in DEFAULT_BASES.items()}
    plain = {one.name: values[one.name] for one in fields(Settings) if one.name in values}
    if "charts" in values:
        try:
            plain["charts"] = expand_charts(values["charts"], values.get("storefronts", ()))
        except InvalidValue as error:
            raise SettingsError(f"{told['charts'][0]}: {error}") from None
    elif default.charts:
        plain["charts"] = default.charts
    return Settings(**(plain | {"fetch": FetchSettings(**fetch), "bases": bases}))
