"""What keeps a page, or a request, from asking more of this machine than a reader needs.

Another page in the same browser can make a host name of its own lead to 127.0.0.1 and would then
read the answers (DNS rebinding): only requests for our own host names are answered. One request
cannot fill the memory: its values, its rows together and SQLite's own memory are bounded.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from datasette import hookimpl  # type: ignore[import-untyped]
from datasette.plugins import pm  # type: ignore[import-untyped]

from tracker.store.bounds import bound

#: The names under which a browser on this machine, or behind a tunnel to it, asks for us.
NAMES = {"127.0.0.1", "localhost", "[::1]"}
_Message = MutableMapping[str, Any]
App = Callable[
    [_Message, Callable[[], Awaitable[_Message]], Callable[[_Message], Awaitable[None]]],
    Awaitable[None],
]
_NOT_OURS = b"This server answers only as 127.0.0.1 or localhost.\n"


def own_names_only(app: App) -> App:
    """APP, with 400 for every request whose Host is not one of ``NAMES``."""

    async def guarded(
        scope: _Message,
        receive: Callable[[], Awaitable[_Message]],
        send: Callable[[_Message], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan" or _is_own(scope["headers"]):
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": 400, "headers": headers})
        await send({"type": "http.response.body", "body": _NOT_OURS})

    return guarded


def _is_own(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    hosts = [value.decode("latin-1").lower() for name, value in headers if name == b"host"]
    if len(hosts) != 1:
        return False
    name, _, port = hosts[0].rpartition(":")
    return hosts[0] in NAMES or (name in NAMES and port.isdecimal())


@hookimpl  # type: ignore[untyped-decorator, unused-ignore]
def prepare_connection(conn: Any) -> None:
    """Bound what one connection may ask for; Datasette calls this for each that it opens."""
    bound(conn)


def register() -> None:
    """Let Datasette call ``prepare_connection``; once is enough for the process."""
    plugin = sys.modules[__name__]
    if not pm.is_registered(plugin):
        pm.register(plugin, name="apptrack-guard")
