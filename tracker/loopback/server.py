"""A store on 127.0.0.1: a real HTTP server with scripted answers, faults included."""

from __future__ import annotations

import gzip
import socket
import socketserver
import ssl
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any

#: How many of the last requests are remembered.
REMEMBERED = 10_000
_LARGEST_FORM = 100_000  # bytes
_POLL = 0.02  # seconds between checks whether the server should end
_PATIENCE = 2.0  # seconds given to the threads of handlers when it ends


@dataclass(frozen=True, slots=True)
class Request:
    """A request: ``path`` with its query, of a POST with its form behind ``#``.

    ``number`` counts the store's requests from 1.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    number: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and its faults. Times in seconds.

    ``pieces`` are sent instead of ``body``, one after another, ``pause`` apart; without
    ``chunked`` or ``promise`` the end of the connection ends them, and they may be endless.
    ``promise`` is the Content-Length sent, true or not. ``hang`` passes before the first byte,
    ``head_pause`` after each byte of the head, ``linger`` after the last piece. ``reset`` breaks
    the connection off hard where the body would have ended. ``mute`` sends nothing at all and ends
    the connection; ``raw`` sends these bytes instead of everything else, and ends it too.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = "application/json"
    gzip: bool = False
    chunked: bool = False
    promise: int | None = None
    pieces: Iterable[bytes] | None = None
    pause: float = 0.0
    hang: float = 0.0
    head_pause: float = 0.0
    linger: float = 0.0
    reset: bool = False
    mute: bool = False
    raw: bytes | None = field(default=None, repr=False)


Answerer = Callable[[Request], Answer]


def fixed(body: bytes, **more: Any) -> Answerer:
    """Answers every request with BODY; MORE are fields of ``Answer``."""
    answer = Answer(body=body, **more)
    return lambda request: answer


def by_path(bodies: Mapping[str, bytes | Answer]) -> Answerer:
    """Answers by the path, its query included; 404 for every other."""

    def answer(request: Request) -> Answer:
        answer = bodies.get(request.path, Answer(404, b"no such chart"))
        return answer if isinstance(answer, Answer) else Answer(body=answer)

    return answer


def sequence(answers: Iterable[Answer]) -> Answerer:
    """The n-th request gets the n-th answer, and every later one the last."""
    each = tuple(answers)
    return lambda request: each[min(request.number, len(each)) - 1]


class _Closing(Exception):
    """The store is closing, so the handler ends."""


class LoopbackStore:
    """A context manager: a server on a free port of 127.0.0.1, a thread for each connection.

    With ``tls`` it speaks HTTPS. A bug in ``answer`` keeps its traceback; a client that goes away
    is not a bug. ``close`` ends handlers that hang.
    """

    def __init__(self, answer: Answerer, *, tls: ssl.SSLContext | None = None) -> None:
        self._server = _Server(answer, tls)
        host, port = self._server.server_address[:2]
        self.base = f"{'https' if tls else 'http'}://{host!s}:{port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL,), name="loopback-store", daemon=True
        )
        self._thread.start()

    @property
    def served(self) -> list[tuple[Request, Answer]]:
        """The last requests and their answers, oldest first."""
        return list(self._server.served)

    def close(self) -> None:
        """End every connection, whatever its handler does. Closing twice is closing once."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def __enter__(self) -> LoopbackStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, answer: Answerer, tls: ssl.SSLContext | None) -> None:
        self.answer = answer
        self.tls = tls
        self.closing = threading.Event()
        self.served: deque[tuple[Request, Answer]] = deque(maxlen=REMEMBERED)
        self.broken: set[Any] = set()  # connections to end with a reset
        self._count = 0
        self._lock = threading.Lock()
        self._open: dict[Any, threading.Thread] = {}
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        if self.tls is not None:  # the handshake waits for the handler's thread
            connection = self.tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def next_request(self, method: str, path: str, headers: Mapping[str, str]) -> Request:
        with self._lock:
            self._count += 1
            return Request(method, path, headers, self._count)

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        with self._lock:
            self._open[request] = thread
        thread.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._open.pop(request, None)

    def shutdown_request(self, request: Any) -> None:
        if request in self.broken:
            self.broken.discard(request)
            request.close()
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Called while an error is handled: a client's going is passed over, a bug is raised."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, (OSError, _Closing)):
            raise error

    def server_close(self) -> None:
        super().server_close()
        self.closing.set()
        with self._lock:
            handlers = dict(self._open)
        for connection in handlers:
            _wake(connection)
        for thread in handlers.values():
            thread.join(_PATIENCE)


def _wake(connection: socket.socket) -> None:
    """End a read or write that another thread waits in."""
    with suppress(OSError):  # the client may have gone
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._reply(self.path)

    def do_POST(self) -> None:
        form = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST_FORM))
        self._reply(f"{self.path}#{form.decode('ascii', 'replace')}")

    def _reply(self, path: str) -> None:
        request = self.server.next_request(self.command, path, dict(self.headers.items()))
        answer = self.server.answer(request)
        self.server.served.append((request, answer))
        self._wait(answer.hang)
        self._send(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's own name
        """Log nothing."""

    def _wait(self, seconds: float) -> None:
        if seconds and self.server.closing.wait(seconds):
            raise _Closing

    def _send(self, answer: Answer) -> None:
        if answer.mute or answer.raw is not None:
            self.wfile.write(answer.raw or b"")
            self.close_connection = True
        else:
            self._send_whole(answer)
        self._wait(answer.linger)
        if answer.reset:
            self._break_off()

    def _send_whole(self, answer: Answer) -> None:
        body = gzip.compress(answer.body) if answer.gzip else answer.body
        head = self._head(answer, body)
        if answer.pieces is None and not answer.chunked and not answer.head_pause:
            self.wfile.write(head + body)
        else:
            self._send_slowly(head, answer.head_pause)
            self._send_pieces(answer, [body] if answer.pieces is None else answer.pieces)

    def _head(self, answer: Answer, body: bytes) -> bytes:
        lines = [f"HTTP/1.1 {answer.status} {self.responses.get(answer.status, ('-',))[0]}"]
        lines += [f"{name}: {value}" for name, value in self._headers(answer, body)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _headers(self, answer: Answer, body: bytes) -> Iterator[tuple[str, object]]:
        yield from answer.headers.items()
        if answer.content_type and body:
            yield "Content-Type", answer.content_type
        if answer.gzip:
            yield "Content-Encoding", "gzip"
        if answer.chunked:
            yield "Transfer-Encoding", "chunked"
        elif answer.promise is not None:
            yield "Content-Length", answer.promise
        elif answer.pieces is None and answer.status != 304:
            yield "Content-Length", len(body)
        if answer.promise is not None or answer.reset or answer.pieces is not None:
            self.close_connection = True
            yield "Connection", "close"

    def _send_slowly(self, head: bytes, pause: float) -> None:
        for piece in (head,) if not pause else (head[i : i + 1] for i in range(len(head))):
            self.wfile.write(piece)
            self._wait(pause)

    def _send_pieces(self, answer: Answer, pieces: Iterable[bytes]) -> None:
        for number, piece in enumerate(pieces):
            self._wait(answer.pause if number else 0.0)
            size = f"{len(piece):x}\r\n".encode()
            self.wfile.write(size + piece + b"\r\n" if answer.chunked else piece)
        if answer.chunked and not answer.reset:
            self.wfile.write(b"0\r\n\r\n")

    def _break_off(self) -> None:
        linger_not_at_all = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not_at_all)
        self.server.broken.add(self.connection)
