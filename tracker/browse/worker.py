"""Pages computed in a process of their own, one after the other, each within a deadline.

A page, or a picture, takes processor time, which a thread of the server would take from all other
requests. A process can also be ended when a page takes too long, and its memory is bounded.
``python -m tracker.browse.worker`` reads jobs from stdin and writes answers to stdout.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import resource
import struct
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Any

from tracker.errors import ApptrackError
from tracker.pages import Answer, ServedLinks, answer

#: Seconds that a page, and that a picture, may take; jobs that may wait; bytes of memory.
DEADLINE, PICTURE_DEADLINE = 10, 30
WAITING = 20
_MEMORY = 2_000_000_000
_LENGTH = struct.Struct(">Q")
PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Job:
    """One request: the file, the page and its form, the values of its address, where links go."""

    path: str
    page: str
    form: str
    values: dict[str, list[str]]
    base: str
    tables: str


class Worker:
    """A process that computes one page at a time."""

    def __init__(self, deadline: float, nice: int = 0) -> None:
        """NICE: by how much others go before it; see os.nice."""
        self._nice = nice
        self.deadline = deadline
        self._process: subprocess.Popen[bytes] | None = None
        # Its one thread hands over jobs in turn, and waits for each.
        self._turns = ThreadPoolExecutor(1, thread_name_prefix="apptrack-pages")
        self._waiting = 0

    async def answer(self, job: Job) -> Answer:
        """The answer; status 503 where too many wait already or the deadline has passed."""
        if self._waiting >= WAITING:
            return _busy("Too many pages are being computed; try again in a few seconds.")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._turns, self._ask, job)
        finally:
            self._waiting -= 1

    def warm(self) -> None:
        """Start the process, where none runs, so that the first page need not wait for it."""
        if self._process is None:
            self._turns.submit(self._running)

    def close(self) -> None:
        """End the process."""
        self._end()
        self._turns.shutdown(wait=True, cancel_futures=True)
        self._end()  # one that was being started

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            command = [sys.executable, "-m", "tracker.browse.worker", str(self._nice)]
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._process

    def _ask(self, job: Job) -> Answer:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        timer = Timer(self.deadline, process.kill)
        timer.start()
        try:
            _write(process.stdin, job)
            answer: Answer = _read(process.stdout)
            return answer
        except (EOFError, OSError):
            self._end()
            return _busy(f"This page took more than {self.deadline:g} s, or too much memory.")
        finally:
            timer.cancel()


def _busy(line: str) -> Answer:
    return Answer(503, PLAIN, f"{line}\n".encode(), {"retry-after": "5"})


def _write(stream: IO[bytes], value: Any) -> None:
    data = pickle.dumps(value)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def _read(stream: IO[bytes]) -> Any:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    data = stream.read(_LENGTH.unpack(head)[0])
    return pickle.loads(data)  # noqa: S301 - from our own process, over a pipe


def computed(job: Job) -> Answer:
    """The answer to JOB, of a database opened for it."""
    from tracker.api import open as open_database

    try:
        with open_database(Path(job.path)) as database:
            links = ServedLinks(job.base, job.tables)
            return answer(database, job.page, job.form, job.values, links)
    except ApptrackError as error:
        return Answer(500, PLAIN, f"{error}\n".encode())
    except Exception:
        # A bug: its traceback goes to the server's stderr, and the next page is computed.
        traceback.print_exc()
        return Answer(500, PLAIN, b"This page failed; the server's messages say why.\n")


def main() -> None:
    """Answer jobs until stdin ends, as when the server is gone."""
    os.nice(int(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while True:
        try:
            job = _read(jobs)
        except EOFError:
            return
        _write(answers, computed(job))


if __name__ == "__main__":
    main()
