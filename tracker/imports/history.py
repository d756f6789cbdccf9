"""Charts in the history of a git repository: each commit of a file is a snapshot of its time.

Somebody's scheduled job commits what it scraped, so the time of a commit is later than the time at
which the chart was read, by as long as that job takes; how much is not known, and is said. Nothing
of the repository is run or checked out: objects are read as bytes, and none is fetched.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tracker.errors import ImportRefused, InvalidValue, ParseError
from tracker.ids import check_app_ids
from tracker.model import Chart, Entry, Payload, Snapshot, iso
from tracker.sources import SOURCES, clean
from tracker.storefronts import NAMES

#: Larger files are left out; a longer history is refused.
_LARGEST, _MOST_COMMITS = 8_000_000, 100_000
_SECONDS = 120
_SAFE = {
    "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0",
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_PAGER": "cat",
}  # fmt: skip
_DAY = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)", re.ASCII)
#: A chart is read and committed within a day; what is committed later was not read then.
_PROMPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Version:
    """A file as a commit left it: the commit, its time, the file's path in the repository."""

    commit: str
    at: datetime
    path: str
    blob: str


@dataclass(frozen=True, slots=True)
class Found:
    """A version's charts, or why it has none."""

    version: Version
    snapshots: tuple[Snapshot, ...] = ()
    payload: Payload | None = None
    refused: str | None = None

    @property
    def late(self) -> timedelta | None:
        """How long after the feed's own date it was committed; None where it states none."""
        stated = [snapshot.published_at for snapshot in self.snapshots if snapshot.published_at]
        return self.version.at - min(stated) if stated else None


#: Reads the charts of one version's bytes.
Format = Callable[[bytes, Version, Chart], Found]


def versions(repository: Path, path: str) -> Iterator[Version]:
    """Every version of the file, or of the files in the folder, at PATH, oldest first."""
    log = _git(
        repository, "log", "--reverse", "--no-renames", "--raw", "--no-abbrev", "--no-ext-diff",
        "--no-textconv", "--diff-filter=AM", "-z", "--format=commit %H %cI", "--", path,
    )  # fmt: skip
    commit, at, many = "", datetime.min.replace(tzinfo=UTC), 0
    fields = iter(log.decode("utf-8", "surrogateescape").split("\0"))
    for field in fields:
        text = field.lstrip("\n")
        if text.startswith("commit "):
            head, _, rest = text.partition("\n")
            _, commit, time = head.split(" ")
            at, text = datetime.fromisoformat(time).astimezone(UTC), rest.lstrip("\n")
        if text.startswith(":"):
            many += 1
            if many > _MOST_COMMITS:
                raise InvalidValue(f"has more than {_MOST_COMMITS:,} versions of {path}")
            blob = text.split(" ")[3]
            yield Version(commit, at, next(fields, ""), blob)


def found_in(repository: Path, path: str, read: Format, chart: Chart) -> Iterator[Found]:
    """What each version has, oldest first."""
    for version in versions(repository, path):
        size = int(_git(repository, "cat-file", "-s", version.blob))
        if size > _LARGEST:
            yield Found(version, refused=f"is larger than {_LARGEST:,} bytes")
            continue
        try:
            _check_name(version)
            commit = read(_git(repository, "cat-file", "blob", version.blob), version, chart)
            _check_clock(commit)
            yield commit
        except (ParseError, InvalidValue) as error:
            yield Found(version, refused=str(error))


def _check_name(version: Version) -> None:
    """Refuse a file of another day than its commit: it was corrected or filled in later."""
    match = _DAY.search(version.path.rpartition("/")[2])
    if match is None:
        return
    try:
        day = datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)
    except ValueError:
        return
    if not -_PROMPT <= version.at - day <= 2 * _PROMPT:
        raise InvalidValue(f"is named after {day:%Y-%m-%d}, and was committed {iso(version.at)}")


def _check_clock(commit: Found) -> None:
    """Refuse a feed that was committed a day after its own date, or before it."""
    for snapshot in commit.snapshots:
        late = commit.late
        if late is not None and not timedelta(0) <= late <= _PROMPT:
            stated = iso(snapshot.published_at or snapshot.observed_at)
            raise ParseError(
                f"the feed's own date is {stated}, its commit is of {iso(snapshot.observed_at)}"
            )


def _git(repository: Path, *args: str) -> bytes:
    command = [
        "git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
        "-c", f"safe.directory={repository.resolve()}", "-C", str(repository), *args,
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the arguments are bounded
            command, capture_output=True, check=False, timeout=_SECONDS, env=os.environ | _SAFE,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except FileNotFoundError:
        raise ImportRefused("git is not installed, and --git needs it") from None
    except subprocess.TimeoutExpired:
        raise ImportRefused(f"{repository}: git did not answer within {_SECONDS} s") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["git failed"]
        raise ImportRefused(f"{repository}: {lines[-1][:200]}")
    return done.stdout


def of_source(name: str) -> Format:
    """The answers of a source, stored as files: its own parser reads them."""
    source = SOURCES[name]

    def read(body: bytes, version: Version, chart: Chart) -> Found:
        if not source.carries(chart):
            raise InvalidValue(f"{name} does not carry {chart}")
        payload = Payload(chart, name, "", version.at, body)
        return Found(version, (source.parse(payload),), payload)

    return read


# {"us": [{"rank": 1, "id": "6448311069", "name": "ChatGPT", "developer": "OpenAI"}, …], "jp": […]}
def by_storefront(body: bytes, version: Version, chart: Chart) -> Found:
    """A JSON object of storefronts, each a list of ranked apps; CHART names device and genre."""
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        raise ParseError("is not JSON") from None
    fronts: Mapping[str, Any] = tree if isinstance(tree, dict) else {}
    fronts = fronts.get("charts", fronts) if isinstance(fronts.get("charts"), dict) else fronts
    snapshots = tuple(
        _snapshot(front.lower(), rows, version, chart)
        for front, rows in fronts.items()
        if front.lower() in NAMES and isinstance(rows, list) and rows
    )
    if not snapshots:
        raise ParseError("has no list of apps under the code of a storefront")
    return Found(version, snapshots)


def _snapshot(front: str, rows: Sequence[Any], version: Version, chart: Chart) -> Snapshot:
    own = Chart(front, chart.device, chart.ranking, chart.genre)
    entries = tuple(_entry(place, row, own) for place, row in enumerate(rows, 1))
    return Snapshot(own, "git-by-storefront", version.at, entries)


def _entry(place: int, row: Any, chart: Chart) -> Entry:
    cells = row if isinstance(row, dict) else {}
    number = cells.get("id", cells.get("app_id"))
    app_id = str(number) if type(number) in (int, str) else ""
    if cells.get("rank", place) != place:
        raise ParseError(f"{chart}: has rank {cells.get('rank')!r} where {place} belongs")
    check_app_ids(chart.device, [app_id])
    return Entry(place, app_id, clean(cells.get("name")), clean(cells.get("developer")))


FORMATS: Mapping[str, Format] = {
    "apple-rss": of_source("apple-rss"),
    "itunes-rss": of_source("itunes-rss"),
    "by-storefront": by_storefront,
}
