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
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

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
    "GIT_NO_REPLACE_OBJECTS": "1",
}  # fmt: skip
#: Links and submodules have other modes.
_FILES = ("100644", "100755")
_DAY = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)", re.ASCII)
#: A chart is read and committed within a day; what is committed later was not read then.
_PROMPT = timedelta(hours=24)
#: A commit that was written so long before its own time was rebased or amended.
_AT_ONCE = timedelta(hours=1)
_NO_TIME = datetime(9990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Version:
    """A file as a commit left it: the commit's time, when its author wrote it, the file's path in
    the repository, and the id of its bytes.
    """

    at: datetime
    written: datetime
    path: str
    blob: str

    @property
    def day(self) -> datetime | None:
        """The day that the file is named after."""
        match = _DAY.search(self.path.rpartition("/")[2])
        if match is None:
            return None
        try:
            return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class VersionCharts:
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
Format = Callable[[bytes, Version, Chart], VersionCharts]


def versions(repository: Path, path: str) -> list[Version]:
    """Every version of the file, or of the files in the folder, at PATH, oldest first.

    A change of a file's mode alone is no version.
    """
    if _git(repository, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise ImportRefused(
            f"{repository}: is a shallow clone, in which the oldest commit seems to add every "
            "file; run 'git fetch --unshallow' there"
        )
    log = _git(
        repository, "log", "--reverse", "--no-renames", "--no-follow", "--raw", "--no-abbrev",
        "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-color",
        "--no-notes", "--diff-filter=AM", "-z", "--format=commit %ct %at", "--", path,
    )  # fmt: skip
    every, at, written = [], _NO_TIME, _NO_TIME
    fields = iter(log.decode("utf-8", "surrogateescape").split("\0"))
    for field in fields:
        text = field.lstrip("\n")
        if text.startswith("commit "):
            head, _, rest = text.partition("\n")
            at, written = map(_time, head.split(" ")[1:])
            text = rest.lstrip("\n")
        if text.startswith(":"):
            _, mode, before, blob, _ = text.split(" ")
            name = next(fields, "")
            if mode in _FILES and blob != before:
                every.append(Version(at, written, name, blob))
    if len(every) > _MOST_COMMITS:
        raise ImportRefused(f"{repository}: has more than {_MOST_COMMITS:,} versions of {path}")
    return sorted(every, key=lambda version: version.at)


def _time(seconds: str) -> datetime:
    """The time of a commit; one that never comes where it has none that can be."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return _NO_TIME


def charts_of_versions(
    repository: Path, path: str, read: Format, chart: Chart
) -> Iterator[VersionCharts]:
    """What each version has, oldest first.

    The bytes of an earlier version are no second observation: a file that was renamed, copied or
    restored has them too. Only a file named after another day may have stood still.
    """
    seen: set[tuple[str, datetime | None]] = set()
    every = versions(repository, path)
    with _contents(repository) as contents:
        for version in every:
            try:
                if (version.blob, version.day) in seen:
                    raise InvalidValue("has the bytes of an earlier version")
                seen.add((version.blob, version.day))
                _check_times(version)
                charts = read(contents(version.blob), version, chart)
                _check_clock(charts)
                yield charts
            except (ParseError, InvalidValue) as error:
                yield VersionCharts(version, refused=str(error))


def _check_times(version: Version) -> None:
    """Refuse what was committed long after it was written, or is of another day than its name."""
    if abs(version.at - version.written) > _AT_ONCE:
        raise InvalidValue(
            f"was written {iso(version.written)} and committed again {iso(version.at)}"
        )
    if version.day and not -_PROMPT <= version.at - version.day <= 2 * _PROMPT:
        raise InvalidValue(
            f"is named after {version.day:%Y-%m-%d}, and was committed {iso(version.at)}"
        )


def _check_clock(commit: VersionCharts) -> None:
    """Refuse a feed that was committed a day after its own date, or before it."""
    for snapshot in commit.snapshots:
        late = commit.late
        if late is not None and not timedelta(0) <= late <= _PROMPT:
            stated = iso(snapshot.published_at or snapshot.observed_at)
            raise ParseError(
                f"the feed's own date is {stated}, its commit is of {iso(snapshot.observed_at)}"
            )


def _command(repository: Path, *args: str) -> list[str]:
    return [
        "git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
        "-c", f"safe.directory={repository.resolve()}", "-C", str(repository), *args,
    ]  # fmt: skip


def _environment() -> dict[str, str]:
    """Without what would lead git elsewhere, such as GIT_DIR within a hook."""
    return {name: value for name, value in os.environ.items() if name[:4] != "GIT_"} | _SAFE


def _git(repository: Path, *args: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the arguments are bounded
            _command(repository, *args), capture_output=True, check=False, timeout=_SECONDS,
            env=_environment(), stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except FileNotFoundError:
        raise ImportRefused("git is not installed, and --git needs it") from None
    except subprocess.TimeoutExpired:
        raise ImportRefused(f"{repository}: git did not answer within {_SECONDS} s") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["git failed"]
        raise ImportRefused(f"{repository}: {lines[-1][:200]}")
    return done.stdout


@contextmanager
def _contents(repository: Path) -> Iterator[Callable[[str], bytes]]:
    """What gives the bytes of a file by their id, all of them from one process."""
    with subprocess.Popen(  # noqa: S603 - no shell, and the arguments are bounded
        _command(repository, "cat-file", "--batch"), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(),
    ) as process:  # fmt: skip
        asks, answers = process.stdin, process.stdout
        assert asks is not None
        assert answers is not None

        def content(blob: str) -> bytes:
            try:
                asks.write(f"{blob}\n".encode())
                asks.flush()
                return _answer(answers)
            except (OSError, EOFError):
                words = "git cannot read its objects; run 'git fsck' there"
                raise ImportRefused(f"{repository}: {words}") from None

        yield content


# 3b18e512dba79e4c8300dd08aeb37f8e728b8dad blob 12
# hello world
def _answer(answers: IO[bytes]) -> bytes:
    header = answers.readline().split()
    if header[1:] == [b"missing"]:
        raise InvalidValue("is not in the clone")
    if len(header) != 3:
        raise EOFError
    size = int(header[2])
    if size > _LARGEST:
        for start in range(0, size, _LARGEST):
            answers.read(min(_LARGEST, size - start))
        answers.readline()
        raise InvalidValue(f"is larger than {_LARGEST:,} bytes")
    body, end = answers.read(size), answers.readline()
    if not end:
        raise EOFError
    return body


def of_source(name: str) -> Format:
    """The answers of a source, stored as files: its own parser reads them."""
    source = SOURCES[name]

    def read(body: bytes, version: Version, chart: Chart) -> VersionCharts:
        if not source.carries(chart):
            raise InvalidValue(f"{name} does not carry {chart}")
        payload = Payload(chart, name, "", version.at, body)
        return VersionCharts(version, (source.parse(payload),), payload)

    return read


# {"us": [{"rank": 1, "id": "6448311069", "name": "ChatGPT", "developer": "OpenAI"}, …], "jp": […]}
def by_storefront(body: bytes, version: Version, chart: Chart) -> VersionCharts:
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
    return VersionCharts(version, snapshots)


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
