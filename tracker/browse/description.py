"""The titles, descriptions, facets and ready queries of an apptrack database in Datasette."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import deepcopy
from functools import cache
from importlib import resources
from typing import Any

#: The name that ``metadata.yaml`` gives the database; Datasette names one after its file.
SHIPPED_NAME = "apptrack"
#: Tables that grow with every pass, and views of them.
LARGE_TABLES = (
    "snapshots", "fetches", "entries", "payloads", "observations", "failures", "cross_checks",
)  # fmt: skip


@cache
def _shipped() -> dict[str, Any]:
    from datasette.utils import parse_metadata  # type: ignore[import-untyped]

    text = (resources.files("tracker.browse") / "metadata.yaml").read_text("utf-8")
    shipped: dict[str, Any] = parse_metadata(text)
    return shipped


def metadata_for(*names: str, large: Collection[str] = ()) -> dict[str, Any]:
    """The shipped metadata, for databases called NAMES; a copy of the caller's own.

    Those that are LARGE have no facets on their largest tables, which Datasette could not count in
    time.
    """
    shipped = deepcopy(_shipped())
    databases = {name: deepcopy(shipped["databases"][SHIPPED_NAME]) for name in names}
    for name in large:
        for table in LARGE_TABLES:
            databases[name]["tables"][table].pop("facets", None)
    return shipped | {"databases": databases}


async def describe(datasette: Any, names: Iterable[str], large: Collection[str]) -> None:
    """Give Datasette 1.0 the shipped description of the databases NAMES, some of them LARGE.

    Whatever its user configured stays as it is. Datasette 0.65 asks for ``metadata_for`` instead.
    """
    from datasette.utils import move_table_config

    for name in names:
        metadata, config = move_table_config(metadata_for(name, large={name} & set(large)), {})
        described = metadata["databases"][name]
        _add(datasette.config, config)
        for query, details in described.pop("queries").items():
            if await datasette.get_query(name, query) is None:
                await datasette.add_query(
                    name, query, details["sql"], title=details["title"],
                    description=details["description"], parameters=details.get("params"),
                    hide_sql=True, is_trusted=True,
                )  # fmt: skip
        tables = described.pop("tables")
        await _set(datasette.set_instance_metadata, await datasette.get_instance_metadata(),
                   {key: metadata[key] for key in ("title", "description")})  # fmt: skip
        await _set(datasette.set_database_metadata, await datasette.get_database_metadata(name),
                   described, name)  # fmt: skip
        for table, words in tables.items():
            columns = words.pop("columns", {})
            known = await datasette.get_resource_metadata(name, table)
            await _set(datasette.set_resource_metadata, known, words, name, table)
            for column, text in columns.items():
                if not await datasette.get_column_metadata(name, table, column):
                    await datasette.set_column_metadata(name, table, column, "description", text)


async def _set(setter: Any, known: dict[str, Any], words: dict[str, Any], *where: str) -> None:
    for key, value in words.items():
        if key not in known:
            await setter(*where, key, value)


def _add(configured: dict[str, Any], more: dict[str, Any]) -> None:
    """Add MORE to what is CONFIGURED, which wins where both say something."""
    for key, value in more.items():
        if isinstance(value, dict):
            _add(configured.setdefault(key, {}), value)
        else:
            configured.setdefault(key, value)
