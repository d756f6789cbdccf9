"""Files of settings, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tracker.errors import InvalidValue, SettingsError, UnknownName
from tracker.ids import is_app_store_id
from tracker.model import App, Chart
from tracker.settings import (
    DEFAULT_CHARTS,
    DEFAULT_DB,
    BackfillSettings,
    DuckdbSettings,
    FetchSettings,
    Settings,
)
from tracker.sources import DEFAULT_SOURCES, source_for
from tracker.storefronts import GROUPS


@dataclass(frozen=True, slots=True)
class Choices:
    """What a new file of settings says. STOREFRONTS are codes and groups, EVERY as it is typed."""

    storefronts: tuple[str, ...] = ("us",)
    apps: tuple[App, ...] = ()
    every: str = "1h"
    sources: tuple[str, ...] = DEFAULT_SOURCES


def new_settings(choices: Choices) -> str:
    """The text of a new file: what was chosen, and every other setting as a comment.

    Prose begins with ``# ``, a setting that is not in use with ``#``. Raises ``InvalidValue``
    where the sources carry none of the charts.
    """
    fetch = FetchSettings()
    return _TEMPLATE.format(
        db=_toml(DEFAULT_DB),
        charts=_toml(_charts(choices.sources)),
        groups=", ".join(GROUPS),
        storefronts=_toml(choices.storefronts),
        every=_toml(choices.every),
        jitter=f"{Settings().jitter.total_seconds():.0f}s",
        sources=_toml(choices.sources),
        fetch=fetch,
        backfill=BackfillSettings(),
        spill=DuckdbSettings().spill // 10**9,
        over=Settings().delivery.digest_over,
        apps="\n\n".join(map(app_table, choices.apps)) or _NO_APPS,
        first=_toml(_alias(choices.apps, 0, "deepseek")),
        second=_toml(_alias(choices.apps, 1, "chatgpt")),
    )


def app_table(app: App) -> str:
    """``[[apps]]`` of one app, without a line feed at its end."""
    key = "id" if is_app_store_id(app.app_id) else "google_play"
    fields = [("alias", app.alias), (key, app.app_id), ("name", app.name), ("colour", app.colour)]
    return "\n".join(["[[apps]]", *(f"{key} = {_toml(value)}" for key, value in fields if value)])


def refuse_existing(path: Path, *, force: bool) -> None:
    """Raise ``SettingsError`` where there is a file at PATH, unless FORCE."""
    if not force and os.path.lexists(path):
        raise SettingsError(f"{path}: is there already; use --force to overwrite it")


def write_new(path: Path, text: str, *, force: bool) -> None:
    """Write a new file; ``SettingsError`` where there is one at PATH, unless FORCE."""
    refuse_existing(path, force=force)
    replace_file(path, text)


def replace_file(path: Path, text: str) -> None:
    """Put TEXT at PATH in one step, under the rights that the file had; a link stays a link."""
    target = Path(os.path.realpath(path))
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(_rights(target))
        Path(temporary).replace(target)
    except OSError as error:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()
        raise SettingsError(f"{path}: cannot be written: {error.strerror}") from None


def _rights(target: Path) -> int:
    """Those of TARGET; those of any new file where there is none."""
    try:
        return target.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _charts(sources: Sequence[str]) -> list[str]:
    """The default charts, of every storefront, that one of SOURCES carries."""
    carried = []
    for slug in DEFAULT_CHARTS:
        with suppress(UnknownName):
            source_for(Chart.parse(slug), sources)
            carried.append("*" + slug[slug.index("/") :])
    if not carried:
        raise InvalidValue(
            f"{', '.join(sources)}: carries none of {', '.join(DEFAULT_CHARTS)}; add apple-rss"
        )
    return carried


def _alias(apps: Sequence[App], place: int, default: str) -> str:
    return (apps[place].alias if len(apps) > 1 else None) or default


def _toml(value: str | Iterable[str]) -> str:
    """A text, or a list of texts, as TOML writes it."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"[{', '.join(map(_toml, value))}]"


_NO_APPS = """\
#[[apps]]
#alias = "mine"
#id = "1234567890"
#name = "My app\""""

_TEMPLATE = """\
# Settings of apptrack. `apptrack config check` shows what is wrong here, and what a pass asks for.
# A setting that begins with # is not in use; where it has a default, the default is shown.

# The database, relative to the folder in which apptrack runs.
db = {db}

# What is collected: storefront/device/ranking/genre. * stands for each of `storefronts`; a group
# may stand there as well: "g7/iphone/top-free/apps".
charts = {charts}

# Codes such as "us", and groups: {groups}.
storefronts = {storefronts}

# "2/5": the second of five collectors, which reads the charts of its storefronts at a fifth of the
# pace. 'apptrack merge' makes one database of theirs.
#shard = "1/1"

# How often a pass begins, and by how much it is put off at random: 90s, 30m, 1h, 1d.
every = {every}
#jitter = "{jitter}"

# Where charts are read, in order of preference. A series comes from one source.
sources = {sources}

# true: charts that two sources carry are read from both and compared.
#cross_check = false

# false: apps that a web page has by id alone stay without names.
#lookup_names = true

# An address that is asked after each pass in which every chart was stored.
#heartbeat = "https://example.org/ping"

# Figures of the last pass for Prometheus. Needs the extra: pip install 'apptrack[metrics]'
#metrics_file = "apptrack.prom"

# How politely the store is asked. Times in seconds.
#[fetch]
#connect_timeout = {fetch.connect_timeout:g}
#read_timeout = {fetch.read_timeout:g}
#total_timeout = {fetch.total_timeout:g}
#retries = {fetch.retries}
#backoff = {fetch.backoff:g}
#longest_wait = {fetch.longest_wait:g}
# Requests to one host; 0 means no pace.
#per_minute = {fetch.per_minute:g}
#max_bytes = {fetch.max_bytes:_}
#workers = {fetch.workers}

# How politely `apptrack backfill` asks a web archive: for its index, and for copies.
#[backfill]
#index_per_minute = {backfill.index_per_minute:g}
#copies_per_minute = {backfill.copies_per_minute:g}

# What DuckDB may use where `--data` asks Parquet files: memory, and disk where that is not enough.
# By default it uses 70% of the machine's memory.
#[duckdb]
#memory = "4GB"
#spill = "{spill}GB"

# The apps you watch. `apptrack apps add` and `apptrack apps remove` edit this list; `apptrack apps`
# lists every app that apptrack knows without it.
{apps}

# What is reported: overtake, top, peak, number-one, move, stale. docs/alerts.md describes them.
#[[alerts]]
#rule = "overtake"
#app = {first}
#over = {second}
#confirm = 2

# Where it is reported. Apprise's addresses need the extra: pip install 'apptrack[alerts]'
# A webhook's messages are signed with APPTRACK_DELIVERY_SECRET, or with what secret_file holds.
#[delivery]
#apprise = ["mailto://user:password@example.org"]
#webhook = "https://example.org/hook"
#secret_file = "secret.txt"
#digest_over = {over}
#digest_after = "6h"
"""
