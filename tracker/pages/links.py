"""Where each page is: as a server has it, or as files that link to each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol
from urllib.parse import quote, urlencode

#: One value of a query, or several.
Value = str | int | Iterable[str] | None


class Links(Protocol):
    """The address of each page, for the templates. An address is '' where there is no such page.

    ``ages``: whether a page says how old something is; one that is written as a file does not.
    """

    ages: bool

    def pairs(self) -> list[tuple[str, str]]:
        """The title and the address of each comparison that a site has."""

    def to(self, page: str, /, **query: Value) -> str:
        """``home``, ``compare``, ``app``, ``chart``, ``event``, ``find``, ``overtakes.atom`` …"""

    def snapshot(self, number: int) -> str: ...

    def payload(self, sha256: str) -> str: ...

    def table(self, name: str, /, **query: Value) -> str:
        """The raw rows of a table."""


def query_string(query: Mapping[str, Value]) -> str:
    """``a=1&b=2``, without what is not given, in the order given."""
    pairs = [
        (name, str(each))
        for name, value in query.items()
        if value not in (None, "", [], ())
        for each in ([value] if isinstance(value, str | int) or value is None else value)
    ]
    return urlencode(pairs)


class ServedLinks:
    """Pages of a server, below BASE; the raw tables below TABLES."""

    ages = True

    def pairs(self) -> list[tuple[str, str]]:
        return []  # any two apps can be compared

    def __init__(self, base: str, tables: str) -> None:
        self._base, self._tables = base.rstrip("/"), tables.rstrip("/")

    def to(self, page: str, /, **query: Value) -> str:
        path = self._base if page == "home" else f"{self._base}/{page}"
        asked = query_string(query)
        return f"{path}?{asked}" if asked else path

    def snapshot(self, number: int) -> str:
        return f"{self._base}/snapshot/{number}"

    def payload(self, sha256: str) -> str:
        return f"{self._base}/payload/{quote(sha256)}"

    def table(self, name: str, /, **query: Value) -> str:
        asked = query_string(query)
        return f"{self._tables}/{name}" + (f"?{asked}" if asked else "")
