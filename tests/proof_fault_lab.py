"""Every fault of the laboratory meets the real commands, and what becomes of it is as expected.

``python -m tests.proof_fault_lab`` writes what became of each to docs/faults.md.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests import proof_clock as clock
from tests import proof_fault_messages as messages
from tests.support.shop import CHART, as_process, environment, ranked
from tracker.cli import main
from tracker.loopback.faults import FAULTS, FROZEN, OK, Script, Truth
from tracker.loopback.server import LoopbackStore
from tracker.model import Snapshot
from tracker.sources import SOURCES
from tracker.store import Store

DB = Path("apptrack.db")
SOURCE = "apple-rss"
CERTIFICATE = Path(__file__).parent / "support" / "wrong.pem"
PAGE = Path(__file__).parents[1] / "docs" / "faults.md"
#: What was tried of the database, by tests and trials of their own.
STORE = Path(__file__).parent / "data" / "store_faults.md"
APPS = ranked(*range(1, 101))
NOW = datetime.now(UTC).replace(microsecond=0)
HASTY = {
    "APPTRACK_FETCH_RETRIES": "1",
    "APPTRACK_FETCH_BACKOFF": "0.01",
    "APPTRACK_FETCH_LONGEST_WAIT": "5",
}
ONCE = {"APPTRACK_FETCH_RETRIES": "0"}
SHORT = ONCE | {"APPTRACK_FETCH_READ_TIMEOUT": "1.5"}
CUT_OFF = ONCE | {"APPTRACK_FETCH_TOTAL_TIMEOUT": "1.5"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A row of `fetches`; ``kept`` is whether the bytes as they came are its payload."""

    outcome: str
    status: int | None = None
    error: str | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a fault. ``depth`` is that of the snapshot that came in, None where none."""

    fetches: tuple[Fetched, ...]
    depth: int | None = None
    exit_code: int = 1
    flags: tuple[str, ...] = ("stale",)


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, the settings it meets, and what is expected to become of it.

    ``script`` is what the store says; ``door`` how it is reached; ``stood`` makes the day before
    the fault one on which the chart stood still.
    """

    words: str
    expected: Seen
    script: tuple[str, ...] = (OK,)
    env: Mapping[str, str] = field(default_factory=dict)
    door: str = "open"
    stood: bool = False


def failed(error: str, status: int | None = None, *, tried: int = 2, kept: bool = False) -> Seen:
    """Failed each time it was tried; no rank came in."""
    last = Fetched("failed", status, error, kept)
    return Seen((*[replace(last, outcome="retried")] * (tried - 1), last))


def refused(error: str) -> Seen:
    return Seen((Fetched("refused", 200, error, kept=True),), flags=("stale", "refused"))


def saved(depth: int, *flags: str, after: Fetched | None = None) -> Seen:
    fetches = (*([after] if after else []), Fetched("saved", 200, kept=True))
    return Seen(fetches, depth, exit_code=0, flags=flags)


def _case(name: str, expected: Seen, *more: str, **env: str) -> Case:
    return Case(FAULTS[name].words, expected, (name, *more), env)


BUSY = Fetched("retried", 503, "HTTP 503 Service Unavailable", kept=True)
LARGE = "the body is larger than the 8000000 bytes allowed"
CASES: dict[str, Case] = {
    "ok": Case("none", saved(100)),
    "refuse": Case("the connection is refused", failed("connection refused"), door="shut"),
    "hang": _case("hang", failed("nothing came in time", tried=1), **SHORT),
    "hang-within": _case("hang-within", failed("nothing came in time", 200, tried=1), **SHORT),
    "trickle": _case("trickle", failed("took longer than 1.5 s", 200, tried=1), **CUT_OFF),
    "reset": _case("reset", failed("connection reset")),
    "reset-within": _case("reset-within", failed("connection reset", 200)),
    "hang-up": _case("hang-up", failed("connection closed without an answer")),
    "cut": _case("cut", failed("the body broke off before its end", 200)),
    "403": _case("403", failed("HTTP 403 Forbidden", 403, tried=1, kept=True)),
    "404": _case("404", failed("HTTP 404 Not Found", 404, tried=1, kept=True)),
    "429": _case("429", failed("HTTP 429 Too Many Requests", 429, kept=True)),
    "429-wait": replace(
        _case(
            "429-wait",
            saved(100, after=Fetched("retried", 429, "HTTP 429 Too Many Requests", kept=True)),
            OK,
        ),
        words="status 429 with Retry-After: 1, then the chart",
    ),
    "429-wait-long": _case(
        "429-wait-long",
        failed(
            "HTTP 429 Too Many Requests, and asks to wait 86400 s; more than 5 s is not waited",
            429, tried=1, kept=True,
        ),
    ),
    "500": _case("500", failed("HTTP 500 Internal Server Error", 500, kept=True)),
    "503": _case("503", failed("HTTP 503 Service Unavailable", 503, kept=True)),
    "503-wait": replace(
        _case("503-wait", saved(100, after=BUSY), OK),
        words="status 503 with Retry-After: 1, then the chart",
    ),
    "503-once": Case("status 503, then the chart", saved(100, after=BUSY), ("503", OK)),
    "gzip-cut": _case("gzip-cut", failed("the gzip body broke off before its end", 200)),
    "gzip-bomb": _case("gzip-bomb", failed(LARGE, 200, tried=1)),
    "endless": _case("endless", failed(LARGE, 200, tried=1)),
    "early-hints": _case("early-hints", saved(100)),
    "gzip-members": _case("gzip-members", saved(100)),
    "interim-endless": _case(
        "interim-endless", failed("interim responses (1xx) without end, and no answer")
    ),
    "negative-chunk": _case("negative-chunk", failed("the answer is not HTTP", 200)),
    "not-http": _case("not-http", failed("the answer is not HTTP")),
    "html": _case("html", refused("apple-rss: an HTML page came, not JSON")),
    "xml": _case("xml", refused("apple-rss: an XML feed came, not JSON")),
    "empty": _case("empty", refused("apple-rss: the body is empty")),
    "cut-json": _case("cut-json", refused("apple-rss: not JSON: Unterminated string")),
    "last-week": _case("last-week", saved(100, "outdated")),
    "other-storefront": _case(
        "other-storefront",
        refused("apple-rss: the storefront of the response is 'jp', not 'us'"),
    ),
    "short-60": _case("short-60", saved(60, "shrunk")),
    "short-25": _case("short-25", saved(25, "shrunk")),
    "short-0": _case("short-0", refused("apple-rss: feed.results is empty")),
    "duplicates": _case(
        "duplicates",
        refused("apple-rss: a snapshot of us/iphone/top-free/apps has an app twice: 1"),
    ),
    "frozen": Case(
        "the same feed for 30 hours", saved(100, "frozen"), (FROZEN,), stood=True
    ),
    "renamed": _case("renamed", refused("apple-rss: feed.results is missing")),
    "without-ids": _case("without-ids", refused("apple-rss: rank 1 has no app id")),
    "elsewhere": _case(
        "elsewhere",
        failed("redirected to elsewhere.example, which is not the store's", 302, tried=1),
    ),
    "circle": _case("circle", failed("redirected in a circle, at 127.0.0.1", 302, tried=1)),
    "certificate": Case(
        "a TLS certificate that no authority signed",
        failed("the TLS certificate is wrong: self-signed certificate", tried=1),
        door="unvouched",
    ),
    "plain": Case("plain HTTP where TLS is asked for", failed("TLS failed"), door="plain"),
    "certificate-name": Case(
        "a TLS certificate of another host",
        failed(
            "the TLS certificate is wrong: IP address mismatch, certificate is not valid for "
            "'127.0.0.1'",
            tried=1,
        ),
        env={"REQUESTS_CA_BUNDLE": str(CERTIFICATE)},
        door="misnamed",
    ),
}  # fmt: skip


# The laboratory


def truth(path: str) -> Truth | None:
    right = SOURCES[SOURCE].url(CHART, "")
    return Truth(SOURCE, CHART, APPS, NOW - timedelta(minutes=7)) if path == right else None


@contextmanager
def opened(case: Case) -> Iterator[str]:
    """The address of a store behind the case's door."""
    if case.door == "shut":
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            yield f"http://127.0.0.1:{nobody.getsockname()[1]}"
        return
    tls = None
    if case.door not in ("open", "plain"):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(CERTIFICATE)
    with LoopbackStore(Script(case.script, truth), tls=tls) as store:
        yield store.base.replace("http:", "https:") if case.door == "plain" else store.base


def history(path: Path, *, stood: bool) -> None:
    """Five days of hourly snapshots until two hours ago; where it STOOD, the last 28 of them
    alike.
    """
    with Store(path) as store, store.transaction():
        for hour in range(120, 1, -1):
            at = NOW - timedelta(hours=hour)
            still = stood and hour <= 29
            order = APPS if still else APPS[hour % 7 :] + APPS[: hour % 7]
            entries = tuple(replace(entry, rank=rank) for rank, entry in enumerate(order, 1))
            published = NOW if still else at
            store.save(Snapshot(CHART, SOURCE, at, entries, published - timedelta(minutes=7)))


def met(case: Case, before: Path) -> Seen:
    """Let CASE happen to a copy of the database BEFORE, and look at what became of it."""
    shutil.copy(before, DB)
    with opened(case) as base:
        env = environment(base, **(HASTY | dict(case.env)))
        done = CliRunner().invoke(main, ["collect", "--db", str(DB), str(CHART)], env=env)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    result = CliRunner().invoke(main, ["status", "--db", str(DB), "--json", str(CHART)], env=env)
    (chart,) = json.loads(result.stdout)["charts"]
    assert result.exit_code == bool(chart["flags"])
    proved = CliRunner().invoke(main, ["verify", "--db", str(DB)], env=env)
    assert proved.exit_code == 0, proved.output
    return Seen(*rows(case), done.exit_code, tuple(chart["flags"]))


def rows(case: Case) -> tuple[tuple[Fetched, ...], int | None]:
    """The fetches, and the depth of the snapshot that came after the history's, if any."""
    with Store(DB) as store:
        assert store.unsound() == []
        fetches = store.db.execute(
            "SELECT outcome, status, error, payload FROM fetches ORDER BY id"
        ).fetchall()
        new = [number for number in store.snapshot_ids() if number > 119]
        seen = [
            Fetched(outcome, status, plain(error), payload is not None)
            for outcome, status, error, payload in fetches
        ]
        for (*_, payload), word in zip(fetches, (*case.script, *case.script[-1:]), strict=False):
            if payload is not None:
                assert store.body(payload) == served(word)
    assert len(new) <= 1
    return tuple(seen), depth_of(new[0]) if new else None


def depth_of(number: int) -> int:
    with Store(DB) as store:
        snapshot, receipt = store.snapshot(number), store.payload_of(number)
        assert receipt is not None
        again = SOURCES[SOURCE].parse(receipt)
        assert [entry.app_id for entry in again.entries] == [
            entry.app_id for entry in snapshot.entries
        ]
        return snapshot.depth


def served(word: str) -> bytes:
    right = truth(SOURCES[SOURCE].url(CHART, ""))
    assert right is not None
    return (FAULTS[word].spoil(right) if word in FAULTS else right.answer()).body


def plain(error: str | None) -> str | None:
    """ERROR without what differs from run to run, or between two versions of Python."""
    error = re.sub(r"(127\.0\.0\.1):\d+", r"\1", error or "").rstrip(".")
    return re.sub(r"(Unterminated string).*", r"\1", error) or None


# The page

HEAD = """\
# Faults tried, and what happens

Written by `python -m tests.proof_fault_lab`; the tests try every line.

Each fault is tried with the real `apptrack collect` on a chart with hourly snapshots of five days,
100 entries each, the last one two hours ago. The row shows the state afterwards: the rows in
`fetches` (outcome, HTTP status, error), the depth of the new snapshot, whether the response is
stored as a payload, as every complete one is, the exit code, and the state by `apptrack status`.
Here an attempt is repeated once at most, and not where it costs a time limit.

| fault | rows in `fetches` | stored | payload | exit code | `status` says |
| --- | --- | --- | --- | --- | --- |
"""


def page(results: Mapping[str, Seen]) -> str:
    lines = (_line(CASES[name], seen) for name, seen in results.items())
    return HEAD + "".join(lines) + messages.page() + clock.page() + STORE.read_text("utf-8")


def _line(case: Case, seen: Seen) -> str:
    fetches = "; ".join(map(_row, seen.fetches))
    depth = f"{seen.depth} entries" if seen.depth else "no rank"
    kept = "yes" if all(fetch.kept for fetch in seen.fetches) else "no"
    text = ", ".join(seen.flags) or "all is well"
    return f"| {case.words} | {fetches} | {depth} | {kept} | {seen.exit_code} | {text} |\n"


def _row(fetch: Fetched) -> str:
    parts = [fetch.outcome, str(fetch.status or ""), f"*{fetch.error}*" if fetch.error else ""]
    return " ".join(filter(None, parts))


# The tests


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Mapping[bool, Path]:
    """The database that a fault meets, by whether the chart stood still."""
    folder = tmp_path_factory.mktemp("before")
    return {stood: made(folder, stood=stood) for stood in (False, True)}


def made(folder: Path, *, stood: bool) -> Path:
    path = folder / f"{stood}.db"
    history(path, stood=stood)
    return path


@pytest.mark.parametrize("name", CASES)
def test_a_fault_becomes_what_is_expected(name: str, before: Mapping[bool, Path]) -> None:
    case = CASES[name]
    assert met(case, before[case.stood]) == case.expected


def test_every_fault_has_a_case() -> None:
    tried = {word for case in CASES.values() for word in case.script}
    assert tried == {*FAULTS, OK, FROZEN}


def test_no_rank_comes_in_with_a_failure() -> None:
    for case in CASES.values():
        last = case.expected.fetches[-1]
        assert (case.expected.depth is not None) is (last.outcome == "saved")
        assert case.expected.exit_code == (last.outcome != "saved")


@pytest.mark.parametrize("name", ["503", "short-25"])
def test_the_program_itself_ends_so_too(name: str, before: Mapping[bool, Path]) -> None:
    case = CASES[name]
    shutil.copy(before[False], DB)
    with opened(case) as base:
        done = as_process("collect", "--db", DB, CHART, base=base, **HASTY)
    assert done.returncode == case.expected.exit_code, done.stderr
    assert rows(case) == (case.expected.fetches, case.expected.depth)


def test_the_page_has_what_is_expected() -> None:
    expected = {name: case.expected for name, case in CASES.items()}
    assert PAGE.read_text("utf-8") == page(expected), "run: python -m tests.proof_fault_lab"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        files = {stood: made(Path(scratch), stood=stood) for stood in (False, True)}
        results = {name: met(case, files[case.stood]) for name, case in CASES.items()}
    PAGE.write_text(page(results), "utf-8")
