"""One reader for each kind of value.

Each takes what TOML or a variable gives, or raises ``InvalidValue`` with the reason.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from difflib import get_close_matches
from itertools import chain
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tracker.errors import InvalidValue, UnknownName, echo
from tracker.ids import check_app_store_id, check_package
from tracker.model import App
from tracker.settings.secret import Secret
from tracker.sources import SOURCES
from tracker.storefronts import expand_storefronts


class Reasons(InvalidValue):
    """Several values of one list are invalid; ``reasons`` has one for each."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(reasons[0])
        self.reasons = tuple(reasons)


_Read = TypeVar("_Read")
_Value = TypeVar("_Value")


def each(read: Callable[[_Value], _Read], values: Iterable[_Value]) -> list[_Read]:
    """Read each of VALUES; raises ``Reasons`` with the reason for every one that is refused."""
    done, reasons = [], []
    for value in values:
        try:
            done.append(read(value))
        except (InvalidValue, UnknownName) as error:
            reasons.append(str(error))
    if reasons:
        raise Reasons(reasons)
    return done


def parse_duration(text: object) -> timedelta:
    """``90s``, ``30m``, ``1h``, ``1d``: a whole number and a unit."""
    match = re.fullmatch(r"(\d{1,9})\s*([smhd])", str(text).strip(), re.ASCII)
    if not match or not int(match[1]):
        raise InvalidValue(f"Invalid duration {echo(text)}: use 90s, 30m, 1h or 1d")
    seconds = int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    if seconds > 366 * 86400:
        raise InvalidValue(f"Invalid duration {echo(text)}: use one of a year at most")
    return timedelta(seconds=seconds)


def size(value: object) -> int:
    """``500MB``, ``4GB``, ``1TB``: a whole number and a unit; in bytes."""
    match = re.fullmatch(r"(\d{1,6})\s*([MGT])B", str(value).strip().upper(), re.ASCII)
    if not match or not int(match[1]):
        raise InvalidValue(f"Invalid size {echo(value)}: use 500MB, 4GB or 1TB")
    return int(match[1]) * {"M": 10**6, "G": 10**9, "T": 10**12}[match[2]]


def text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidValue(f"Invalid text {echo(value)}: use a text in quotes that is not empty")
    return value.strip()


def texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    if not isinstance(value, list) or not value:
        raise InvalidValue(f'Invalid list {echo(value)}: use texts in brackets, such as ["a", "b"]')
    return tuple(each(text, value))


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
            raise InvalidValue(
                f"Invalid number {echo(value)}: use a {whole} from {least:g} to {most:g}"
            ) from None
        return number

    return read


def yes_or_no(value: object) -> bool:
    value = {"true": True, "false": False}.get(str(value), value)  # the environment knows only text
    if not isinstance(value, bool):
        raise InvalidValue(f"Invalid value {echo(value)}: use true or false")
    return value


def sources(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each(_source, texts(value))))


def _source(name: str) -> str:
    if name not in SOURCES:
        near = get_close_matches(name, SOURCES, n=1)
        meant = f"; did you mean '{near[0]}'?" if near else ""
        raise InvalidValue(f"Invalid source {echo(name)}: use {', '.join(SOURCES)}{meant}")
    return name


def storefronts(value: object) -> tuple[str, ...]:
    """The codes; a group, such as ``g7``, means its storefronts."""
    codes = each(lambda name: expand_storefronts([name]), texts(value))
    return tuple(dict.fromkeys(chain.from_iterable(codes)))


def address(value: object) -> str:
    address = text(value).rstrip("/")
    if "@" in address:  # the text before it may be a password, and is not repeated
        raise InvalidValue(
            "Invalid address, which has a user in it: use one such as https://example.org"
        )
    if not _is_web_address(address):
        raise InvalidValue(f"Invalid address {echo(address)}: use one such as https://example.org")
    return address


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
        return (
            parts.scheme in ("http", "https")
            and parts.username is None
            and "#" not in text
            and 0 < len(parts.hostname or "") <= 253  # the most that DNS allows
            and len(text) <= 2000
            and text.isprintable()
            and " " not in text
        )
    except ValueError:
        return False


def secret_address(value: object) -> Secret:
    """A web address that is as good as a password, and so is not repeated when it is wrong."""
    text = value.strip() if isinstance(value, str) else ""
    if not _is_web_address(text):
        raise InvalidValue(
            "Invalid address, not shown here: use one such as https://example.org/…, without a user"
        )
    return Secret(text)


def secret_addresses(value: object) -> tuple[Secret, ...]:
    """Apprise's addresses; in the environment they are separated by spaces."""
    addresses = value.split() if isinstance(value, str) else value
    if not isinstance(addresses, list) or not addresses:
        raise InvalidValue("Invalid list, not shown here: use Apprise's addresses in brackets")
    if not all(
        isinstance(address, str) and "://" in address and address.isprintable()
        for address in addresses
    ):
        raise InvalidValue("Invalid address, not shown here: use Apprise's, such as slack://…")
    return tuple(Secret(address.strip()) for address in dict.fromkeys(addresses))


def colour(value: object) -> str:
    written = text(value)
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", written, re.ASCII):
        raise InvalidValue(f"Invalid colour {echo(written)}: use one such as #1f77b4")
    return written


def alias(value: object) -> str:
    written = text(value)
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", written, re.ASCII) or written.isdigit():
        raise InvalidValue(
            f"Invalid alias {echo(written)}: use small letters, digits and hyphens, "
            "not digits alone"
        )
    return written


def _app(value: object) -> list[App]:
    """The app of a table; several where it has a list of ids, all of one alias."""
    if not isinstance(value, dict):
        raise InvalidValue(f"Invalid app {echo(value)}: write [[apps]] with alias, id and name")
    unknown = set(value) - {"alias", "id", "google_play", "name", "colour"}
    if unknown:
        wrong = echo(min(unknown))
        raise InvalidValue(
            f"unknown key {wrong}: an app has alias, id or google_play, name and colour"
        )
    for key in ("alias", "id", "name"):
        if key not in value and not (key == "id" and "google_play" in value):
            raise InvalidValue(f"no {key}: an app has alias, id or google_play, and name")
    app_ids = [
        *(_ids(value["id"], check_app_store_id) if "id" in value else ()),
        *(_ids(value["google_play"], check_package) if "google_play" in value else ()),
    ]
    written = colour(value["colour"]) if "colour" in value else None
    name, called = text(value["name"]), alias(value["alias"])
    return [App(app_id, name, called, written) for app_id in app_ids]


def _ids(value: object, check: Callable[[str], None]) -> list[str]:
    """One id, or several in a list, each checked."""
    ids = [str(app_id) for app_id in value] if isinstance(value, list) and value else [str(value)]
    for app_id in ids:
        check(app_id)
    return ids


def apps(value: object) -> tuple[App, ...]:
    """The apps in their order. An alias may have several ids over time, each of them once."""
    read = each(numbered(_app), enumerate(tables("apps", value, "alias, id and name"), 1))
    first: dict[tuple[str | None, str], int] = {}
    for number, table in enumerate(read, 1):
        for app in table:
            earlier = first.setdefault((app.alias, app.app_id), number)
            if earlier != number or table.count(app) > 1:
                raise InvalidValue(
                    f"table {number}: {echo(app.alias)} has the id {app.app_id} twice, in table "
                    f"{earlier} too: leave one out"
                )
    return tuple(app for table in read for app in table)


def numbered(read: Callable[[Any], _Read]) -> Callable[[tuple[int, Any]], _Read]:
    """READ for a table with its number, which its reasons name."""

    def read_one(table: tuple[int, Any]) -> _Read:
        number, value = table
        try:
            return read(value)
        except (InvalidValue, UnknownName) as error:
            raise InvalidValue(f"table {number}: {error}") from None

    return read_one


def tables(key: str, value: object, fields: str) -> list[Any]:
    """The tables of an array; in the environment they are one TOML array."""
    if isinstance(value, str):
        try:
            value = tomllib.loads(f"{key} = {value}")[key]
            repr(value)  # a hexadecimal number may be too long to be written in decimal
        except tomllib.TOMLDecodeError as error:
            raise InvalidValue(f"Invalid {key}: use a TOML array: {error}") from None
        except (ValueError, RecursionError):  # what tomllib leaves to Python
            raise InvalidValue(
                f"Invalid {key}: a number is too long or lists are nested too deep"
            ) from None
    if not isinstance(value, list):
        raise InvalidValue(f"Invalid {key} {echo(value)}: write [[{key}]] with {fields}")
    return value
