"""A small database with every kind of row, and the real `apptrack browse` serving it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.support.shop import environment
from tests.support.stored import CHART, OTHER_CHART, at, entries, failure, receipt, snapshot
from tracker.model import Chart, Outcome, Provenance, Snapshot
from tracker.store import Store, blocks
from tracker.store.captures import Capture, add
from tracker.store.lookups import store_found
from tracker.store.outbox import QueuedAlert, put

#: Datasette 1.0 or one of its alphas: the same tests run on it and on 0.65.
IS_1_0 = version("datasette").startswith("1.")
UNSEEN = Chart.parse("fr/iphone/top-free/apps")
CHECKED = Chart.parse("za/iphone/top-free/apps")
CHATGPT, DEEPSEEK = "6448311069", "6737597349"
NAMES = {"1": "<script>alert('1')</script>", "2": "Filler 🦊🏳️‍🌈", "3": "מילוי ‏שלוש", "4": "a & b"}


def fill(path: Path) -> None:
    """DeepSeek enters, leads and stays when ChatGPT leaves; hourly, then a wait of ten hours."""
    with pytest.MonkeyPatch.context() as short, Store(path) as store:
        short.setattr(blocks, "SIZE", 5)
        foreign = Snapshot(
            OTHER_CHART, "apple-rss", at(3), entries((*NAMES, *range(20, 28)), NAMES)
        )
        store.save(replace(foreign, provenance=Provenance.IMPORTED))
        for outcome, hour in ((Outcome.RETRIED, 1), (Outcome.FAILED, 2)):
            store.record(replace(failure(hour), chart=UNSEEN, outcome=outcome, status=503))
        store.record(failure(4, b"<html>"))
        other = snapshot(5.5, (DEEPSEEK, 8, CHATGPT), source="itunes-rss")
        store.save(other, **receipt(other, b"other"))
        for source, ids in (("apple-rss", (8, 9, 10)), ("web-charts", (9, 8))):
            store.save(snapshot(6, ids, chart=CHECKED, source=source))
        for hour in (*range(11), 20):
            this_snapshot = snapshot(hour, order(hour))
            store.save(this_snapshot, **receipt(this_snapshot, f"payload {hour}".encode()))
        store_found(store, "us", at(6), ["8"], [])
        store.add_event(at(2), "A note", app_id="8", chart=CHART, source="a filler")
        queued_alert = QueuedAlert(
            "event-1", "peak", CHART, "apple-rss", at(2), "A title", "A text", "{}", False
        )
        put(store, queued_alert, ["webhook-1"])
        copy = Capture("https://archive.example", "https://x.example/", at(3), "A" * 32, "x", CHART)
        with store.transaction():
            add(store, copy)
        with store.transaction():  # as if a file were on its way in
            store.db.execute("INSERT INTO incoming VALUES (1, 9001, 9002, 9001, 9002)")


def order(hour: int) -> tuple[object, ...]:
    """Who was where on CHART at that hour."""
    if hour == 0:
        return (CHATGPT, 8, 9)
    if hour < 9:
        return (DEEPSEEK, CHATGPT, 9)
    return (8, DEEPSEEK, 9) if hour < 20 else (8, 9, 10)


@dataclass
class Site:
    """A running `apptrack browse`."""

    process: subprocess.Popen[str]
    address: str

    @property
    def root(self) -> str:
        """The address of the whole site, without a slash at its end."""
        return self.address.rsplit("/", 1)[0]

    def page(self, path: str = "", **asked: object) -> str:
        """The page below the database's address, or below ``root``: ``/`` and ``/-/…``."""
        with closing(self.open("GET", path, asked)) as answer:
            assert answer.status == 200, f"{path} was answered with {answer.status}"
            return str(answer.read().decode())

    def rows(self, path: str, **asked: object) -> Any:
        """A table's or a query's rows as dicts."""
        return json.loads(self.page(f"{path}.json", **asked, _shape="array"))

    def refusal(self, method: str, path: str = "", **asked: object) -> int:
        """The status of an answer that is not a page: 400 or more."""
        with closing(self.open(method, path, asked)) as answer:
            assert answer.status >= 400, f"{method} {path} was answered with {answer.status}"
            return int(answer.status)

    def open(self, method: str, path: str, asked: Mapping[str, object]) -> Any:
        """The response to a request, whatever its status."""
        base = self.root if path.startswith("/-/") or path == "/" else self.address
        url = f"{base}{path}" + (f"?{urlencode(asked, doseq=True)}" if asked else "")
        try:
            return build_opener(ProxyHandler({})).open(Request(url, method=method), timeout=60)
        except HTTPError as answer:
            return answer

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal; the exit code, and all that was said on stderr."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=300)
        return self.process.returncode, said


#: A Python that obeys the permissions of files even where it is root: without CAP_DAC_OVERRIDE
#: (1) and CAP_DAC_READ_SEARCH (2), which prctl 24 takes away.
OBEDIENT = (
    "import ctypes, os, sys; library = ctypes.CDLL(None); library.prctl(24, 1);"
    "library.prctl(24, 2); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


@contextmanager
def browsing(*paths: Path, obedient: bool = False) -> Iterator[Site]:
    """The real command on a free port."""
    python = [sys.executable, "-c", OBEDIENT] if obedient else [sys.executable]
    command = [*python, "-m", "tracker", "browse", *map(str, paths), "--port", "0"]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield Site(process, process.stdout.readline().strip())
        finally:
            process.kill()
