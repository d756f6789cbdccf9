"""A proxy on 127.0.0.1 that stands in for every messenger: it reads what is sent to each host."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

CERTIFICATE = Path(__file__).with_name("wrong.pem")


def _answer(host: str) -> bytes:
    """What each host answers where all is well; Slack's says so in plain letters."""
    body = b"ok" if host == "hooks.slack.com" else b'{"ok":true}'
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@dataclass(frozen=True)
class Sent:
    """A request to HOST, as it left this program."""

    host: str
    body: str


@contextmanager
def messengers() -> Iterator[tuple[str, list[Sent]]]:
    """The address of the proxy, and what came; each host answers that all is well."""
    sent: list[Sent] = []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            host = self.rfile.readline().split()[1].decode().partition(":")[0]
            while self.rfile.readline().strip():
                pass
            self.connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            with suppress(OSError), tls.wrap_socket(self.connection, server_side=True) as opened:
                stream = opened.makefile("rb")
                while stream.readline():
                    length = 0
                    while line := stream.readline().strip():
                        name, _, value = line.partition(b":")
                        length = int(value) if name.lower() == b"content-length" else length
                    sent.append(Sent(host, stream.read(length).decode()))
                    opened.sendall(_answer(host))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", sent
        finally:
            server.shutdown()
            thread.join()
