"""What is asked of every request to a Datasette that has an apptrack file open.

Another page in the same browser could make a host name of its own lead to this machine and read
the answers, put them into a frame, or let the visitor's browser ask for what takes long. So a
server on loopback answers to its own names only; another site may lead a visitor here but not load
anything from here; and nothing can be posted to an apptrack database.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

#: The names under which a browser on this machine, or behind a tunnel to it, asks for us.
NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_READING = {"GET", "HEAD", "OPTIONS"}
_ADDED = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"same-origin"),
)


def gate(
    app: App,
    guarded: App,
    ours: Callable[[], Awaitable[Collection[str]]],
    end: Callable[[], None] = lambda: None,
    hosts: Collection[str] = (),
) -> App:
    """GUARDED behind the gate where OURS, the paths of apptrack databases, are any; else APP.

    END is called when the server ends. HOSTS are further host names that a server on loopback
    answers to, ``*`` for any.
    """

    async def gated(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, _until_shutdown(receive, end), send)
            return
        paths = await ours()
        if not paths:
            await app(scope, receive, send)
        elif refusal := _refusal(scope, paths, {*NAMES, *hosts}):
            await refuse(send, *refusal)
        else:
            await guarded(scope, receive, _with_headers(send))

    return gated


def _refusal(
    scope: Message, paths: Collection[str], names: Collection[str]
) -> tuple[int, str] | None:
    """The status and the line with which a request is refused, if it is."""
    headers = scope["headers"]
    if on_loopback(scope) and "*" not in names and not _is_for(headers, names):
        return 400, "This server answers only as 127.0.0.1 or localhost."
    if not _is_path(scope.get("raw_path") or b"/"):
        return 400, "The target of a request is a path, such as /."
    if _from_another_site(headers):
        return 403, "Another site may link to this page, but not load it."
    path = scope["path"]
    if scope["method"] not in _READING and any(f"{path}/".startswith(f"{text}/") for text in paths):
        return 405, "This database is read-only."
    return None


async def refuse(send: Send, status: int, line: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_ADDED]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{line}\n".encode()})


def on_loopback(scope: Message) -> bool:
    """Whether the request came in on an address that only this machine has."""
    address = (scope.get("server") or ("",))[0]
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:  # a Unix socket, or a name as in a test
        return False


def _is_for(headers: list[tuple[bytes, bytes]], names: Collection[str]) -> bool:
    hosts = [value.decode("latin-1").lower() for name, value in headers if name == b"host"]
    if len(hosts) != 1:
        return False
    name, _, port = hosts[0].rpartition(":")
    return hosts[0] in names or (name in names and port.isdecimal())


def _is_path(target: bytes) -> bool:
    """Whether TARGET is a path of this server, and neither ``*`` nor the address of another."""
    return target.startswith(b"/") and not target.startswith(b"//")


def _from_another_site(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a browser says that another site loads this: anything but a visit."""
    said = {name: value for name, value in headers if name.startswith(b"sec-fetch-")}
    if said.get(b"sec-fetch-site") not in (b"cross-site", b"same-site"):
        return False
    return said.get(b"sec-fetch-mode") != b"navigate" or said.get(b"sec-fetch-dest") != b"document"


def _until_shutdown(receive: Receive, end: Callable[[], None]) -> Receive:
    async def receiving() -> Message:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            end()
        return message

    return receiving


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = list(message.get("headers", ()))
            names = {name.lower() for name, _ in there}
            more = [pair for pair in _ADDED if pair[0] not in names]
            if b"content-security-policy" not in names:
                more.append((b"content-security-policy", b"frame-ancestors 'self'"))
            message = {**message, "headers": [*there, *more]}
        await send(message)

    return sending
