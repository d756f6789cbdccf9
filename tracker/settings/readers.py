"""One reader for each kind of value.

Each takes what TOML or a variable gives, or raises ``InvalidValue`` with the reason.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from tracker.errors import InvalidValue
from tracker.ids import check_app_store_id
from tracker.model import App
from tracker.settings.secret import Secret
from tracker.sources import SOURCES
from tracker.storefronts import expand_storefronts


def parse_duration(text: object) -> timedelta:
    """``90s``, ``30m``, ``1h``, ``1d``: a whole number and a unit."""
    match = re.fullmatch(r"(\d{1,9})\s*([smhd])", str(text).strip(), re.ASCII)
    if not match or not int(match[1]):
        raise InvalidValue(f"'{text}' is no duration; write 90s, 30m, 1h or 1d")
    seconds = int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    if seconds > 366 * 86400:
        raise InvalidValue(f"'{text}' is longer than a year")
    return timedelta(seconds=seconds)


def text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidValue(f"{value!r} is no text")
    return value.strip()


def texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    if not isinstance(value, list) or not value:
        raise InvalidValue(f"{value!r} is no list of texts")
    return tuple(text(part) for part in value)


def number(kind: type[int] | type[float], least: float, most: float) -> Callable[[object], Any]:
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


def yes_or_no(value: object) -> bool:
    value = {"true": True, "false": False}.get(str(value), value)  # the environment knows only text
    if not isinstance(value, bool):
        raise InvalidValue(f"{value!r} is neither true nor false")
    return value


def sources(value: object) -> tuple[str, ...]:
    names = texts(value)
    for name in names:
        if name not in SOURCES:
            raise InvalidValue(f"'{name}' is no source (one of {', '.join(SOURCES)})")
    return tuple(dict.fromkeys(names))


def storefronts(value: object) -> tuple[str, ...]:
    """The codes; a group, such as ``g7``, stands for its storefronts."""
    return expand_storefronts(texts(value))


def address(value: object) -> str:
    told = text(value).rstrip("/")
    if "@" in told:  # what stands before it may be a password, and is not repeated
        raise InvalidValue("has a user in it; write an address such as https://example.org")
    if not _is_web_address(told):
        raise InvalidValue(f"{told!r} is no web address such as https://example.org")
    return told


def _is_web_address(told: str) -> bool:
    try:
        parts = urlsplit(told)
        _ = parts.port
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.username is None
            and told.isprintable()
            and " " not in told
        )
    except ValueError:
        return False


def secret_address(value: object) -> Secret:
    """A web address that is as good as a password, and so is not repeated when it is wrong."""
    told = value.strip() if isinstance(value, str) else ""
    if not _is_web_address(told):
        raise InvalidValue("is no web address such as https://example.org/…, without a user in it")
    return Secret(told)


def secret_addresses(value: object) -> tuple[Secret, ...]:
    """Apprise's addresses; the environment tells them with spaces between."""
    told = value.split() if isinstance(value, str) else value
    if not isinstance(told, list) or not told:
        raise InvalidValue("is no list of Apprise's addresses")
    if not all(isinstance(one, str) and "://" in one and one.isprintable() for one in told):
        raise InvalidValue("has what is no Apprise address such as slack://…")
    return tuple(Secret(one.strip()) for one in dict.fromkeys(told))


def colour(value: object) -> str:
    told = text(value)
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", told, re.ASCII):
        raise InvalidValue(f"{told!r} is no colour such as #1f77b4")
    return told


def _app(value: object) -> App:
    if not isinstance(value, dict):
        raise InvalidValue(f"{value!r} is no app; write [[apps]] with alias, id and name")
    unknown = set(value) - {"alias", "id", "name", "colour"}
    if unknown:
        raise InvalidValue(f"an app has no '{min(unknown)}' (alias, id, name, colour)")
    app_id = str(value.get("id", ""))
    check_app_store_id(app_id)
    alias = text(value.get("alias"))
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", alias) or alias.isdigit():
        raise InvalidValue(f"{alias!r} is no alias: small letters, digits and hyphens")
    told = colour(value["colour"]) if "colour" in value else None
    return App(app_id, text(value.get("name")), alias, told)


def apps(value: object) -> tuple[App, ...]:
    found = tuple(_app(one) for one in tables("apps", value, "alias, id and name"))
    if len({app.alias for app in found}) != len(found):
        raise InvalidValue("has an alias twice")
    return found


def tables(key: str, value: object, fields: str) -> list[Any]:
    """The tables of an array; the environment tells them as one TOML array."""
    if isinstance(value, str):
        try:
            value = tomllib.loads(f"{key} = {value}")[key]
        except tomllib.TOMLDecodeError as error:
            raise InvalidValue(f"is no TOML array of {key}: {error}") from None
    if not isinstance(value, list):
        raise InvalidValue(f"is no list of {key}; write [[{key}]] with {fields}")
    return value
