"""A store on 127.0.0.1 whose answers are raw bytes: what no HTTP server would send."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

#: Gives the bytes for a path; the connection is closed after bytes that end with ``CLOSE``.
RawAnswer = Callable[[str], bytes]
#: Stands at the end of an answer after which the connection is closed; is not sent.
CLOSE = b"\0close"


def head(*lines: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    """A status line, header lines, and the empty line after them."""
    return "\r\n".join([status, *lines, "", ""]).encode("latin-1")


def whole(body: bytes, *lines: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    """A well-formed answer with BODY."""
    return head(*lines, f"Content-Length: {len(body)}", status=status) + body


@contextmanager
def raw_store(answer: RawAnswer) -> Iterator[str]:
    """The address of a store that answers so; it serves several requests on a connection."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # the client may have gone
                while path := self._request():
                    sent = answer(path)
                    self.wfile.write(sent.removesuffix(CLOSE))
                    self.wfile.flush()
                    if sent.endswith(CLOSE):
                        return

        def _request(self) -> str:
            line = self.rfile.readline(65_536).decode("latin-1").split()
            while self.rfile.readline(65_536).strip():
                pass
            return line[1] if len(line) == 3 else ""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        server.block_on_close = False  # a connection that is kept open is no reason to wait
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
