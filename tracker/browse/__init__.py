"""The database in Datasette: read-only, on this machine only, with descriptions and queries."""

from __future__ import annotations

import os
import signal
import socket
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker.errors import ApptrackError, MissingExtra, StoreError

if TYPE_CHECKING:
    from types import FrameType

    import uvicorn
    from datasette.app import Datasette  # type: ignore[import-untyped]

HOST = "127.0.0.1"
#: The name ``metadata.yaml`` gives the database; Datasette names one after its file.
SHIPPED_NAME = "apptrack"

#: One person on one machine: more rows and more patience than Datasette gives strangers, and no
#: page older than the database, which a daemon may be writing.
SETTINGS = {
    "sql_time_limit_ms": 3_000,
    "max_returned_rows": 10_000,
    "facet_time_limit_ms": 1_000,
    "default_cache_ttl": 0,
}
#: Seconds that answers under way are given when the server is told to end.
_FAREWELL = 2


def serve(db: Path, port: int) -> None:
    """Serve DB on 127.0.0.1:PORT (0: a free one) until SIGTERM or Ctrl-C.

    The first line on stdout is the address. Raises ``MissingExtra`` without Datasette,
    ``StoreError`` for a path it cannot open, ``ApptrackError`` where the port cannot be had.
    """
    _require_datasette()
    site = _site(db)
    server = _server(site)

    def end(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    with _listen(port) as listener:
        # uvicorn takes both signals while it runs and sends them once more when it is done: to
        # these, so that an end that was asked for is no KeyboardInterrupt and no exit code -15.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        _announce(db, f"http://{HOST}:{listener.getsockname()[1]}{site.urls.database(db.stem)}")
        server.run(sockets=[listener])


def metadata_for(name: str) -> dict[str, Any]:
    """The shipped metadata, for a database called NAME."""
    from datasette.utils import parse_metadata  # type: ignore[import-untyped]

    text = (resources.files("tracker.browse") / "metadata.yaml").read_text("utf-8")
    shipped: dict[str, Any] = parse_metadata(text)
    return shipped | {"databases": {name: shipped["databases"][SHIPPED_NAME]}}


def _require_datasette() -> None:
    try:
        import datasette.app  # type: ignore[import-untyped]  # noqa: F401
        import uvicorn  # noqa: F401  # Datasette brings it
    except ImportError:
        raise MissingExtra(
            "browse needs Datasette; install it with: pip install 'apptrack[browse]'"
        ) from None


def _site(db: Path) -> Datasette:
    from datasette.app import Datasette

    if any(letter in str(db) for letter in "?#%"):
        # Datasette puts the path into a URI as it is.
        raise StoreError(f"{db}: Datasette opens no path with '?', '#' or '%' in it; rename it")
    from tracker.browse.guard import register
    from tracker.store.database import open_read_only

    register()
    connection, fixed = open_read_only(db)
    connection.close()
    # As immutable only where SQLite cannot do otherwise: it then reads past a daemon's locks and
    # write-ahead log.
    how: dict[str, Any] = {"immutables" if fixed else "files": [str(db)]}
    return Datasette(**how, metadata=metadata_for(db.stem), settings=SETTINGS)


def _server(site: Datasette) -> uvicorn.Server:
    import rich
    import uvicorn

    from tracker.browse.guard import guarded

    # Where rich is there, Datasette prints a traceback with all locals to stdout for every page
    # that is refused, such as mistyped SQL. What is its own fault it tells on stderr besides.
    rich.reconfigure(quiet=True)
    # All that uvicorn would add is a traceback for each answer that is cut off at the end.
    return uvicorn.Server(
        uvicorn.Config(
            guarded(site.app()),
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


def _announce(db: Path, address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    sys.stderr.write(f"{db} in Datasette, read-only; Ctrl-C ends it\n")
