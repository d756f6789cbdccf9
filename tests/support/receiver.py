"""A receiver of messages on 127.0.0.1: a real HTTP server that keeps what it gets."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Gives the status of the n-th answer, counted from 1; None: close without one.
Answers = Callable[[int], int | None]


@dataclass(frozen=True)
class Got:
    """One request as it came; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """``base`` is its address; ``got`` what came, in order."""

    base: str
    got: list[Got] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [received.headers["apptrack-id"] for received in self.got]


@contextmanager
def receiving(answer: Answers = lambda number: 200, location: str = "") -> Iterator[Receiver]:
    """A receiver that answers so; redirects lead to LOCATION."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                receiver.got.append(Got(self.command, self.path, headers, body))
                number = len(receiver.got)
            status = answer(number)
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - the base's own name

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's own name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
