"""What keeps a page, or a request, from asking more of this machine than a reader needs.

Another page in the same browser can make a host name of its own lead to 127.0.0.1 and would then
read the answers (DNS rebinding): only requests for our own host names are answered. One request
cannot fill the memory: its values, its rows together and SQLite's own memory are bounded. Nor can
many requests together: few are answered at a time, and the others wait.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from datasette import hookimpl  # type: ignore[import-untyped]
from datasette.plugins import pm  # type: ignore[import-untyped]
from datasette.utils.asgi import Request, Response  # type: ignore[import-untyped]

from tracker.store.bounds import bound

#: The names under which a browser on this machine, or behind a tunnel to it, asks for us.
NAMES = {"127.0.0.1", "localhost", "[::1]"}
#: Requests that are answered at the same time; each may need several times ``LARGEST_ANSWER``.
AT_A_TIME = 2
#: Bytes of a response that are sent at once, and the seconds that the reader has to take them.
PIECE, PATIENCE = 256 * 1024, 30
_Message = MutableMapping[str, Any]
Send = Callable[[_Message], Awaitable[None]]
App = Callable[[_Message, Callable[[], Awaitable[_Message]], Send], Awaitable[None]]


def guarded(app: App) -> App:
    """APP, which answers ``NAMES`` only, with 400 otherwise, and ``AT_A_TIME`` requests at once."""
    slots = asyncio.Semaphore(AT_A_TIME)

    async def answer(
        scope: _Message, receive: Callable[[], Awaitable[_Message]], send: Send
    ) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
        elif not _is_own(scope["headers"]):
            await _reject(send, b"This server answers only as 127.0.0.1 or localhost.\n")
        elif not _is_path(scope["raw_path"]):
            await _reject(send, b"The target of a request is a path, such as /.\n")
        else:
            async with slots:
                await app(scope, receive, _in_pieces(send))

    return answer


def _in_pieces(send: Send) -> Send:
    """SEND, which waits for the reader: a response unread in a buffer would not count as one."""

    async def send_pieces(message: _Message) -> None:
        body = message.get("body", b"")
        for start in range(0, max(len(body) - PIECE, 0), PIECE):
            piece = {**message, "body": body[start : start + PIECE], "more_body": True}
            await asyncio.wait_for(send(piece), PATIENCE)
        if body:
            message = {**message, "body": body[(len(body) - 1) // PIECE * PIECE :]}
        await asyncio.wait_for(send(message), PATIENCE)

    return send_pieces


async def _reject(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _is_own(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    hosts = [value.decode("latin-1").lower() for name, value in headers if name == b"host"]
    if len(hosts) != 1:
        return False
    name, _, port = hosts[0].rpartition(":")
    return hosts[0] in NAMES or (name in NAMES and port.isdecimal())


def _is_path(target: bytes) -> bool:
    """Whether TARGET is a path of this server, and neither ``*`` nor the address of another."""
    return target.startswith(b"/") and not target.startswith(b"//")


@hookimpl  # type: ignore[untyped-decorator, unused-ignore]
def prepare_connection(conn: Any) -> None:
    """Bound what one connection may ask for; Datasette calls this for each that it opens."""
    bound(conn)


@hookimpl(tryfirst=True)  # type: ignore[untyped-decorator, unused-ignore]
def handle_exception(request: Request, exception: Exception) -> Response | None:
    """Answer 400 to a query that needs more memory than SQLite is allowed here."""
    if not isinstance(exception, MemoryError):
        return None
    message = "out of memory: the query needs more than is allowed"
    if request.path.endswith(".json"):
        return Response.json({"ok": False, "error": message, "status": 400}, status=400)
    return Response.text(f"{message}\n", status=400)


def register() -> None:
    """Let Datasette call the hooks above; once is enough for the process."""
    plugin = sys.modules[__name__]
    if not pm.is_registered(plugin):
        pm.register(plugin, name="apptrack-guard")
