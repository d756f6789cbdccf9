"""The list of apps in a file of settings, edited so that every other line stays as it is.

A line is added or taken out, and TOML's own reader then has to find exactly what was wanted: an
edit that would change anything else is refused, and the file is not touched.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tracker.catalog import Catalog, assistants
from tracker.errors import InvalidValue, SettingsError, UnknownName, echo
from tracker.model import App
from tracker.settings import Rule, Settings, content_of, examine, readers
from tracker.settings.writing import app_table, replace_file

_APPS = re.compile(r"""\s*\[\[\s*(apps|"apps"|'apps')\s*\]\]\s*(#.*)?""")
_TABLE = re.compile(r"\s*\[")
_VALUE = re.compile(r"\s*[^\s#\[]")  # a line of a table that is neither blank nor a comment
_EXAMPLE = re.compile(r"#\s?\[\[apps\]\]")


def add_app(path: Path, app: App) -> None:
    """Add APP to the list of PATH, which is made if it is not there.

    Raises ``SettingsError`` where its alias or its id is taken, or the file is not valid.
    """
    text = _text(path) if path.exists() else ""
    own = _settings(path).apps if text else ()
    _refuse_clash(path, own, app)
    wanted = _tree(text)
    wanted["apps"] = [*wanted.get("apps", []), *tomllib.loads(app_table(app))["apps"]]
    replace_file(path, _verified(path, _with(text, app_table(app)), wanted))


def remove_app(path: Path, wanted: str) -> tuple[App, ...]:
    """Remove the table whose alias or id is WANTED from the list of PATH, and return its apps.

    They are several where the table has several ids. Raises ``UnknownName`` where there is none,
    or more than one, and ``SettingsError`` where a rule of the alerts needs it.
    """
    text = _text(path)
    settings = _settings(path)
    tree = _tree(text)
    number, removed = _entry_named(path, tree.get("apps", []), wanted.strip().lower())
    _refuse_orphans(path, settings, removed)
    del tree["apps"][number]
    if not tree["apps"]:
        del tree["apps"]
    replace_file(path, _verified(path, _without(text, number), tree))
    return removed


def _text(path: Path) -> str:
    """The file with its line ends as they are."""
    try:
        return content_of(path).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingsError(f"{path}: cannot be read: {reason}") from None


def _tree(text: str) -> dict[str, Any]:
    """TEXT as TOML, without the mark that editors of Windows put before it."""
    return tomllib.loads(text.removeprefix("\ufeff"))


def _settings(path: Path) -> Settings:
    """What the file alone says; its first fault is raised."""
    settings, faults = examine(path, env={})
    if faults:
        raise faults[0]
    return settings


def _refuse_clash(path: Path, own: Sequence[App], app: App) -> None:
    for other in own:
        if other.app_id == app.app_id:
            raise SettingsError(
                f"{path}: {app.app_id} is in the list as {echo(other.alias)}; "
                f"run 'apptrack apps remove {other.alias}' first to change it"
            )
    known = [assistant.app for assistant in assistants() if assistant.app.app_id != app.app_id]
    for other in (*own, *known):
        if other.alias == app.alias:
            raise SettingsError(
                f"{path}: {echo(app.alias)} is the alias of {other.name} ({other.app_id}); "
                "choose another with --alias, or write several ids in its table by hand"
            )


def _entry_named(
    path: Path, tables: Sequence[dict[str, Any]], wanted: str
) -> tuple[int, tuple[App, ...]]:
    """The number of the table that WANTED names, and its apps."""
    read = [readers.apps([table]) for table in tables]
    fitting = [
        number for number, apps in enumerate(read)
        if any(wanted in (app.alias, app.app_id) for app in apps)
    ]  # fmt: skip
    if len(fitting) == 1 and (len(read[fitting[0]]) == 1 or wanted == read[fitting[0]][0].alias):
        return fitting[0], read[fitting[0]]
    if len(fitting) == 1:
        alias = read[fitting[0]][0].alias
        raise UnknownName(
            f"{path}: {wanted} is one of several ids of {echo(alias)}: "
            f"remove {alias}, or edit the file by hand"
        )
    if fitting:
        ids = ", ".join(app.app_id for number in fitting for app in read[number])
        raise UnknownName(
            f"{path}: {echo(wanted)} stands in {len(fitting)} tables ({ids}): name one by its id, "
            "or edit the file by hand"
        )
    listed = ", ".join(dict.fromkeys(app.alias or app.app_id for apps in read for app in apps))
    there = f"it has {listed}" if listed else "it is empty"
    raise UnknownName(f"{path}: no app {echo(wanted)} in the list; {there}")


def _refuse_orphans(path: Path, settings: Settings, removed: Sequence[App]) -> None:
    """Refuse where a rule names one of REMOVED, and would then mean nothing or another app."""
    gone = {app.app_id for app in removed}
    left = Catalog(app for app in settings.apps if app not in removed)
    alias = removed[0].alias
    still = {app.app_id for app in left.apps if app.alias == alias}
    for number, rule in enumerate(settings.alerts, 1):
        named = gone & set(_ids(rule))
        if named and named != still:
            raise SettingsError(
                f"{path}: alerts: table {number} names {echo(alias)}; "
                "remove that rule first, or let it name the app by its id"
            )


def _ids(rule: Rule) -> Iterator[str]:
    yield from (app.app_id for app in (rule.app, rule.over) if app)


def _with(text: str, table: str) -> Iterator[str]:
    """TEXT with TABLE after the last one of the list, or after its example, or at the end."""
    lines = text.splitlines(keepends=True)
    end = "\r\n" if "\r\n" in text else "\n"
    table = table.replace("\n", end) + end
    places = [_end(lines, start) for start in _starts(lines)[-1:]]
    places += [_example_end(lines, start) for start in _examples(lines)[-1:]]
    for place in (*places, len(lines)):
        before, after = "".join(lines[:place]), "".join(lines[place:])
        if before and not before.endswith("\n"):
            before += end
        yield before + (end if before else "") + table + after


def _without(text: str, number: int) -> Iterator[str]:
    """TEXT without the table of that NUMBER in the list, and without one blank line beside it."""
    lines = text.splitlines(keepends=True)
    starts = _starts(lines)
    if number >= len(starts):
        return
    first, last = starts[number], _end(lines, starts[number])
    if (
        last < len(lines)
        and not lines[last].strip()
        and (not first or not lines[first - 1].strip())
    ):
        last += 1
    yield "".join(lines[:first] + lines[last:])


def _starts(lines: Sequence[str]) -> list[int]:
    return [number for number, line in enumerate(lines) if _APPS.fullmatch(line.rstrip("\r\n"))]


def _end(lines: Sequence[str], start: int) -> int:
    """The line after the last value of the table that begins at START."""
    end = start + 1
    for number in range(start + 1, len(lines)):
        if _TABLE.match(lines[number]):
            break
        if _VALUE.match(lines[number]):
            end = number + 1
    return end


def _examples(lines: Sequence[str]) -> list[int]:
    return [number for number, line in enumerate(lines) if _EXAMPLE.match(line)]


def _example_end(lines: Sequence[str], start: int) -> int:
    return next(
        (number for number in range(start, len(lines)) if not lines[number].startswith("#")),
        len(lines),
    )


def _verified(path: Path, edits: Iterator[str], wanted: dict[str, Any]) -> str:
    """The first of EDITS that says what is WANTED and nothing else."""
    for text in edits:
        try:
            if _tree(text) == wanted:
                return text
        except tomllib.TOMLDecodeError:
            continue
    raise SettingsError(
        f"{path}: 'apps' is not written as tables that begin with [[apps]] on a line of their own; "
        "edit it by hand"
    )


def alias_from(name: str) -> str:
    """``Plain Calculator: Pro`` is ``plain-calculator-pro``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    alias = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not alias or alias.isdigit():
        raise InvalidValue(f"no alias can be made of the name {name!r}; choose one with --alias")
    return alias
