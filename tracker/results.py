"""What the public API returns: facts that show themselves as a table."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

from tracker.errors import MissingExtra

if TYPE_CHECKING:
    import pandas
    import polars

#: How many rows a table shows of itself; all of them are in ``to_dicts``.
SHOWN = 20


class Fact(Protocol):
    """A result that can give itself as flat values, times as ISO 8601 text and ids as text."""

    def to_json(self) -> dict[str, Any]: ...


AnyFact = TypeVar("AnyFact", bound=Fact, covariant=True)


class Table:
    """What has rows: ``to_dicts()``, ``to_pandas()``, ``to_polars()``, a table in a notebook."""

    __slots__ = ()

    @abstractmethod
    def to_dicts(self) -> list[dict[str, Any]]:
        """Return one dictionary for each row: ids and times as text, an unranked rank as None."""

    def to_pandas(self) -> pandas.DataFrame:
        """Return the rows as a pandas DataFrame. Raises ``MissingExtra`` without pandas.

        An unranked app's rank is missing (``<NA>``), never a number; whole numbers stay whole.
        """
        try:
            import pandas
        except ImportError:
            raise MissingExtra("to_pandas() needs pandas: pip install pandas") from None
        return pandas.DataFrame(self.to_dicts()).convert_dtypes()

    def to_polars(self) -> polars.DataFrame:
        """Return the rows as a Polars DataFrame. Raises ``MissingExtra`` without Polars.

        An unranked app's rank is null.
        """
        try:
            import polars
        except ImportError:
            raise MissingExtra("to_polars() needs Polars: pip install polars") from None
        return polars.DataFrame(self.to_dicts(), infer_schema_length=None)

    def __repr__(self) -> str:
        rows = self.to_dicts()
        if not rows:
            return "<no rows>"
        columns = list(rows[0])
        cells = [columns, *([_text(row[name]) for name in columns] for row in rows[:SHOWN])]
        widths = [min(40, max(map(len, column))) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(cell[:width].ljust(width) for cell, width in zip(row, widths, strict=True))
            for row in cells
        ]
        return "\n".join(line.rstrip() for line in [*lines, *_left(rows)])

    def _repr_html_(self) -> str:
        from html import escape

        rows = self.to_dicts()
        head = "".join(f"<th>{escape(name)}</th>" for name in (rows[0] if rows else ()))
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(_text(value))}</td>' for value in row.values())}</tr>"
            for row in rows[:SHOWN]
        )
        left = "".join(f"<p>{line}</p>" for line in _left(rows))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{left}"


class Rows(Table, Sequence[AnyFact], Generic[AnyFact]):
    """A sequence of facts, such as overtakes.

    Index it, iterate over it, or take it as a table: ``to_dicts()``, ``to_pandas()``,
    ``to_polars()``. A slice is ``Rows`` again. In a notebook it shows itself as an HTML table.

    >>> rows = Rows([])
    >>> len(rows), rows.to_dicts()
    (0, [])
    """

    def __init__(self, facts: Iterable[AnyFact]) -> None:
        self._facts = tuple(facts)

    @overload
    def __getitem__(self, index: int) -> AnyFact: ...
    @overload
    def __getitem__(self, index: slice) -> Rows[AnyFact]: ...
    def __getitem__(self, index: int | slice) -> AnyFact | Rows[AnyFact]:
        if isinstance(index, slice):
            return Rows(self._facts[index])
        return self._facts[index]

    def __len__(self) -> int:
        return len(self._facts)

    def __iter__(self) -> Iterator[AnyFact]:
        return iter(self._facts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self._facts == other._facts

    def __hash__(self) -> int:
        return hash(self._facts)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return one dictionary for each fact: what ``--json`` prints."""
        return [fact.to_json() for fact in self._facts]


def _left(rows: Sequence[object]) -> list[str]:
    more = len(rows) - SHOWN
    return [f"… and {more:,} more rows"] if more > 0 else []


def _text(value: object) -> str:
    return "" if value is None else str(value)
