"""Responses that wait beside a database until it can be written: one file each, in order.

A file is a line of JSON and the response body. It appears whole, on the disk, or not at all, so
that what is held outlives the process, however that ends.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tracker.errors import ApptrackError, StoreError
from tracker.model import Chart, Fetch, Outcome, Payload, iso, parse_time
from tracker.store.files import beside, locked, sync_folder

#: A year of one hourly chart, or a month of twelve; and half a gigabyte.
MOST_FILES = 9_000
MOST_BYTES = 500_000_000
_ENDING = ".fetch"
_PLAIN = ("source", "url", "seconds", "status", "error", "etag", "last_modified")


class Damaged(ApptrackError):
    """A held file is not what was written; it was renamed, and what was in it is lost."""


@dataclass(frozen=True, slots=True)
class Held:
    """What waits for the database at PATH."""

    path: Path

    @property
    def folder(self) -> Path:
        return beside(self.path, ".held")

    def files(self) -> list[Path]:
        """The files that wait, oldest first."""
        with suppress(FileNotFoundError):
            return sorted(path for path in self.folder.iterdir() if path.name.endswith(_ENDING))
        return []

    def since(self) -> datetime | None:
        """When the oldest that waits was fetched; None where none waits, or it is damaged."""
        for file in self.files()[:1]:
            with suppress(OSError, ValueError, KeyError, TypeError, ApptrackError):
                return _read(file.read_bytes()).started_at
        return None

    def add(self, fetch: Fetch) -> None:
        """Hold FETCH after all others. Raises ``StoreError`` where there is no room for it."""
        files = self.files()
        size = sum(path.stat().st_size for path in files)
        if len(files) >= MOST_FILES or size >= MOST_BYTES:
            raise StoreError(f"{len(files)} responses ({size / 1e6:.0f} MB) wait already, no more")
        number = int(files[-1].stem) + 1 if files else 1
        try:
            self.folder.mkdir(exist_ok=True)
            self._write(number, _written(fetch))
        except OSError as error:
            raise StoreError(f"{self.folder}: cannot be written: {error.strerror}") from None

    def _write(self, number: int, text: bytes) -> None:
        new = self.folder / f"{os.getpid()}.new"
        try:
            with new.open("wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            while True:
                with suppress(FileExistsError):  # another process holds one at the same time
                    os.link(new, self.folder / f"{number:012}{_ENDING}")
                    break
                number += 1
        finally:
            new.unlink(missing_ok=True)
        sync_folder(self.folder)

    def waiting(self) -> Iterator[tuple[Path, Fetch | Damaged]]:
        """Each that waits, oldest first, and its file, for ``drop``."""
        for file in self.files():
            try:
                yield file, _read(file.read_bytes())
            except FileNotFoundError:
                continue
            except (ValueError, KeyError, TypeError, ApptrackError):
                aside = file.with_suffix(".damaged")
                file.replace(aside)
                yield aside, Damaged(f"{aside}: is damaged, and what was in it is lost")

    @contextmanager
    def taking(self) -> Iterator[bool]:
        """Whether this process alone takes what waits; another one may hold more meanwhile."""
        with locked(self.path, "held.lock") as lock:
            yield lock is not None

    def drop(self, file: Path) -> None:
        """FILE waits no more."""
        file.unlink(missing_ok=True)
        with suppress(OSError):  # others wait
            self.folder.rmdir()


def _written(fetch: Fetch) -> bytes:
    payload = fetch.payload
    body = payload.body if payload else b""
    known: dict[str, Any] = {name: getattr(fetch, name) for name in _PLAIN}
    known |= {
        "chart": fetch.chart.slug,
        "started_at": iso(fetch.started_at),
        "served_at": iso(fetch.served_at) if fetch.served_at else None,
        "outcome": fetch.outcome,
        "payload": [payload.url, iso(payload.observed_at)] if payload else None,
    }
    head = json.dumps(known).encode()
    return hashlib.sha256(head + body).hexdigest().encode() + b" " + head + b"\n" + body


def _read(text: bytes) -> Fetch:
    line, _, body = text.partition(b"\n")
    digest, _, head = line.partition(b" ")
    if hashlib.sha256(head + body).hexdigest().encode() != digest:
        raise ValueError
    known = json.loads(head)
    chart = Chart.parse(known["chart"])
    fetch = Fetch(
        chart, known["source"], known["url"], parse_time(known["started_at"]), known["seconds"],
        Outcome(known["outcome"]) if known["outcome"] else None, known["status"], known["error"],
        etag=known["etag"], last_modified=known["last_modified"],
        served_at=parse_time(known["served_at"]) if known["served_at"] else None,
    )  # fmt: skip
    if known["payload"] is None:
        return fetch
    url, at = known["payload"]
    return replace(fetch, payload=Payload(chart, fetch.source, url, parse_time(at), body))
