"""The Datasette plugin, for Datasette 0.65 and 1.0 alike.

Datasette loads it by its entry point. It serves the apptrack files among those that Datasette has
open, which it knows by their application_id, whatever their names; without one it does nothing.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from datasette import handle_exception, hookimpl  # type: ignore[import-untyped]

from tracker.browse.cells import cell
from tracker.browse.description import LARGE_TABLES, describe, metadata_for
from tracker.browse.gate import gate
from tracker.browse.guard import (
    explained,
    guarded,
    refused_csv,
    return_all_rows,
    whole_csv,
    without_counts,
)
from tracker.browse.routes import close, links_of, routes, workers
from tracker.store.bounds import bound
from tracker.store.identity import is_apptrack, is_older

#: The apptrack databases that each Datasette has open, and their description for Datasette 0.65.
_OURS: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
_LARGE: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
_OLDER: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
_DESCRIBED: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


def ours(datasette: Any) -> set[str]:
    """The names of the apptrack databases of DATASETTE."""
    return _OURS.setdefault(datasette, set())


#: A database with more snapshots is large: Datasette could not count its tables in time.
_MANY = 20_000


def large(datasette: Any) -> set[str]:
    """The names of those that were large when Datasette started."""
    return _LARGE.setdefault(datasette, set())


def described(datasette: Any) -> list[str]:
    """The names of ours without those of an older apptrack, which have other tables."""
    return sorted(ours(datasette) - _OLDER.setdefault(datasette, set()))


def is_version_1(datasette: Any) -> bool:
    """Whether DATASETTE is 1.0 or one of its alphas, which have a configuration and no metadata."""
    return not hasattr(datasette, "metadata")


@hookimpl  # type: ignore[untyped-decorator, unused-ignore]
def prepare_connection(conn: Any, database: str, datasette: Any) -> None:
    """Recognise an apptrack file, and bound what a connection to it may ask for."""
    if database in datasette.databases and is_apptrack(conn):
        ours(datasette).add(database)
        bound(conn)


@hookimpl  # type: ignore[untyped-decorator, unused-ignore]
def startup(datasette: Any) -> Any:
    """Open each database once, so that it is recognised; then describe those that are ours."""

    async def opened() -> None:
        for database in datasette.databases.values():
            await database.execute("SELECT 1")
        for name in ours(datasette):
            # With rich there, as apptrack brings it, Datasette prints a traceback with all locals
            # for every page that is refused, and fails where no route leads.
            handle_exception.rich = None
            return_all_rows(datasette.databases[name])
            if await datasette.databases[name].execute_fn(is_older):
                _OLDER.setdefault(datasette, set()).add(name)
        for name in described(datasette):
            newest = await datasette.databases[name].execute("SELECT max(id) FROM snapshots")
            if (newest.first()[0] or 0) > _MANY:
                large(datasette).add(name)
        if is_version_1(datasette):
            await describe(datasette, described(datasette), large(datasette))

    return opened


@hookimpl  # type: ignore[untyped-decorator, unused-ignore]
def get_metadata(datasette: Any) -> dict[str, Any]:
    """The description, for Datasette 0.65; what its user wrote wins.

    Datasette asks for it up to a hundred times a page, and merges the user's into the same object.
    """
    names = described(datasette)
    if set(names) != set(_DESCRIBED.get(datasette, {}).get("databases", ())):
        _DESCRIBED[datasette] = metadata_for(*names, large=large(datasette))
    return dict(_DESCRIBED.get(datasette, {}))


@hookimpl  # type: ignore[untyped-decorator, unused-ignore]
def render_cell(value: Any, column: str, database: str, datasette: Any) -> Any:
    """How a value is shown in a table or in the rows of a query."""
    if database not in ours(datasette):
        return None
    return cell(value, column, links_of(datasette, database))


@hookimpl  # type: ignore[untyped-decorator, unused-ignore]
def extra_css_urls(database: str | None, datasette: Any) -> list[str]:
    """What makes Datasette's pages of our databases readable on a phone and in the dark."""
    if database not in ours(datasette):
        return []
    return [links_of(datasette, database).to("tables.css")]


@hookimpl  # type: ignore[untyped-decorator, unused-ignore]
def register_routes() -> list[tuple[str, Any]]:
    """The plugin's own pages."""
    return routes(lambda datasette, name: name in ours(datasette))


@hookimpl  # type: ignore[untyped-decorator, unused-ignore]
def menu_links(datasette: Any) -> list[dict[str, str]]:
    """A link to the pages of each database in Datasette's menu."""
    names = sorted(ours(datasette))
    return [
        {"href": links_of(datasette, name).to("home"), "label": f"Who is ahead ({name})"}
        for name in names
    ]


@hookimpl  # type: ignore[untyped-decorator, unused-ignore]
def asgi_wrapper(datasette: Any) -> Any:
    """Ask of each request what ``gate`` asks."""
    hosts = (datasette.plugin_config("apptrack") or {}).get("hosts", ())
    names = {hosts.lower()} if isinstance(hosts, str) else {str(host).lower() for host in hosts}

    async def paths() -> list[str]:
        await datasette.invoke_startup()  # does nothing but the first time
        if ours(datasette):
            workers(datasette).pages.warm()
        return [path for name in ours(datasette) for path in _paths(datasette, name)]

    def uncounted(path: str) -> bool:
        return any(
            path.split(".")[0] == f"{base}/{table}"
            for name in large(datasette)
            for base in _paths(datasette, name)
            for table in LARGE_TABLES
        )

    def in_database(path: str) -> bool:
        return any(
            path in (f"{base}.csv", f"{base}/-/query.csv") or path.rpartition("/")[0] == base
            for name in ours(datasette)
            for base in _paths(datasette, name)
        )

    def wrapped(app: Any) -> Any:
        csv = refused_csv(whole_csv(without_counts(app, uncounted), in_database), in_database)
        inner = guarded(csv)
        return gate(app, inner, paths, lambda: close(datasette), names)

    return wrapped


def _paths(datasette: Any, name: str) -> set[str]:
    """Where the database NAME is: below the site's base_url, and where a proxy takes that away."""
    path = str(datasette.urls.database(name))
    return {path, f"/{path.rpartition('/')[2]}"}


@hookimpl(tryfirst=True, specname="handle_exception")  # type: ignore[untyped-decorator, unused-ignore]
def explain_exception(request: Any, exception: Exception) -> Any:
    """Explain what was too much in one line."""
    return explained(request, exception)
