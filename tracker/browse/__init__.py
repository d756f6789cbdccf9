"""The database in Datasette: read-only, on this machine only, with descriptions and queries."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.errors import ApptrackError, MissingExtra, StoreError

if TYPE_CHECKING:
    from types import FrameType

    import uvicorn
    from datasette.app import Datasette  # type: ignore[import-untyped]

HOST = "127.0.0.1"
#: No page is older than the database, which a daemon may be writing.
SETTINGS = {"default_cache_ttl": 0}
#: Seconds that responses under way are given when the server ends.
_FAREWELL = 2


def serve(files: Sequence[Path], port: int) -> None:
    """Serve FILES on 127.0.0.1:PORT (0: a free one) until SIGTERM or Ctrl-C.

    The first line on stdout is the address. Raises ``MissingExtra`` without Datasette,
    ``StoreError`` for a path it cannot open, ``ApptrackError`` where the port cannot be had.
    """
    _require_datasette()
    site = _site(files)
    server = _server(site)

    def end(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    with _listen(port) as listener:
        # uvicorn takes both signals while it runs and sends them once more when it is done: to
        # these, so that an end that was asked for is neither a KeyboardInterrupt nor exit code -15.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        _announce(files, f"http://{HOST}:{listener.getsockname()[1]}{_path(site, files)}")
        server.run(sockets=[listener])


def _require_datasette() -> None:
    try:
        import datasette.app  # type: ignore[import-untyped]  # noqa: F401
        import uvicorn  # noqa: F401  # Datasette brings it
    except ImportError:
        raise MissingExtra(
            "browse needs Datasette; install it with: pip install 'apptrack[browse]'"
        ) from None


def _site(files: Sequence[Path]) -> Datasette:
    from datasette.app import Datasette
    from datasette.plugins import pm  # type: ignore[import-untyped]

    from tracker.browse import plugin

    if not pm.is_registered(plugin):  # as where the entry point is not installed
        pm.register(plugin, "apptrack")
    how: dict[str, list[str]] = {"files": [], "immutables": []}
    for db in files:
        how["immutables" if _is_fixed(db) else "files"].append(str(db))
    return Datasette(**how, settings=SETTINGS)


def _is_fixed(db: Path) -> bool:
    """Whether DB must be opened as immutable: only where SQLite cannot do otherwise.

    It then reads past a daemon's locks and write-ahead log.
    """
    from tracker.store.database import open_read_only

    if any(letter in str(db) for letter in "?#%"):
        # Datasette puts the path into a URI as it is.
        raise StoreError(f"{db}: Datasette opens no path with '?', '#' or '%' in it; rename it")
    connection, fixed = open_read_only(db)
    connection.close()
    return fixed


def _path(site: Datasette, files: Sequence[Path]) -> str:
    """The page of the one database, or the list of them."""
    return str(site.urls.database(files[0].stem) if len(files) == 1 else site.urls.instance())


def _server(site: Datasette) -> uvicorn.Server:
    import uvicorn

    # All that uvicorn would add is a traceback for each answer that is cut off at the end.
    return uvicorn.Server(
        uvicorn.Config(
            site.app(),
            log_level="critical",
            lifespan="on",
            timeout_graceful_shutdown=_FAREWELL,
        )
    )


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise ApptrackError(
            f"port {port} of {HOST} cannot be had: {os.strerror(error.errno or 0)}; "
            "choose another with --port, or a free one with --port 0"
        ) from None


def _announce(files: Sequence[Path], address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    names = ", ".join(map(str, files))
    sys.stderr.write(f"{names} in Datasette, read-only; Ctrl-C ends it\n")
