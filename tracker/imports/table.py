"""The cells of a CSV file: its delimiter, its header, and lines above and below the table."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from operator import itemgetter

from tracker.errors import InvalidValue

COLUMNS = ("observed_at", "chart", "source", "rank", "app_id", "name")
#: What a file with the ranks of single apps may leave out.
OPTIONAL = ("source", "name")
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
#: A spreadsheet's own first line; saved again, it has delimiters behind it.
_SEP = re.compile(r'"?sep=(.)"?[,;\t|]*\s*', re.IGNORECASE)


def read_delimiter(text: str) -> str:
    r"""One character; ``tab`` and ``\t`` are the tab. ``InvalidValue`` for anything else."""
    named = {name: character for character, name in _DELIMITERS.items()} | {"\\t": "\t"}
    character = named.get(text.lower(), text)
    if len(character) != 1 or character in '"\r\n' or character.isalnum():
        raise InvalidValue(
            f"Invalid delimiter {text[:20]!r}: use one character, such as ; or the word tab"
        )
    return character


class Table:
    """The rows of a CSV, each as its last line and the needed cells in the order of ``COLUMNS``.

    A column of DEFAULTS may be missing, and has that value then. Lines that begin with # above the
    header, and empty ones, are not rows.
    """

    def __init__(
        self,
        lines: Iterator[str],
        delimiter: str | None,
        defaults: Mapping[str, str] | None = None,
    ) -> None:
        self._lines = lines
        self._defaults = defaults or {}
        self._before = 0  # how many lines were read before those that the reader counts
        header = self._first_line()
        sep = _SEP.fullmatch(header)
        if sep:
            delimiter = delimiter or sep[1]
            header = self._first_line()
        self._named = delimiter is not None
        self.delimiter = delimiter or _likeliest(header)
        self._width, self._places = self._columns(_cells(header, self.delimiter))

    def _first_line(self) -> str:
        for line in self._lines:
            self._before += 1
            line = line.removeprefix("\ufeff")
            if line.strip() and not line.startswith("#"):
                return line
        raise InvalidValue("has no rows")

    def _columns(self, header: list[str]) -> tuple[int, list[int]]:
        """How many columns there are, and the places of the needed ones; defaults are last."""
        names = [name.strip().casefold() for name in header]
        where = f"line {self._before}"
        missing = [column for column in COLUMNS if column not in {*names, *self._defaults}]
        if missing:
            raise InvalidValue(f"{where}: {self._no_column(missing, header)}")
        twice = [column for column in COLUMNS if names.count(column) > 1]
        if twice:
            raise InvalidValue(f"{where}: has the column {twice[0]} twice; delete one of them")
        filled = [*names, *self._defaults]
        return len(names), [filled.index(column) for column in COLUMNS]

    def _no_column(self, missing: list[str], header: list[str]) -> str:
        first = header[0].lstrip() if header else ""
        if first.startswith(("{", "[", "<")):
            return "is not CSV; a saved payload is imported with --payload SOURCE"
        if len(missing) == len(COLUMNS) and not self._named:
            return (
                f"has no column {', '.join(missing)}, whatever divides them: {_tried()}; "
                "the first line names the columns, and --delimiter what divides them"
            )
        single = (
            f"; ranks of single apps need no {' and no '.join(missing)}: --sparse --source NAME"
            if {*missing} <= {*OPTIONAL}
            else ""
        )
        divided_by = _DELIMITERS.get(self.delimiter, self.delimiter)
        return (
            f"has no column {', '.join(missing)}, divided by {divided_by}; "
            f"needed: {', '.join(COLUMNS)}{single}"
        )

    def has(self, column: str) -> bool:
        """Whether COLUMN, one of ``COLUMNS``, is in the file."""
        return self._places[COLUMNS.index(column)] < self._width

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(self._lines, delimiter=self.delimiter, strict=True)
        pick, defaults = itemgetter(*self._places), list(self._defaults.values())
        time, rank = (self._places[COLUMNS.index(name)] for name in ("observed_at", "rank"))
        try:
            for cells in reader:
                line = self._before + reader.line_num
                if len(cells) != self._width or not (cells[time] and cells[rank]):
                    cells = [cell.strip() for cell in cells]
                    if not any(cells):
                        continue
                    self._refuse(line, [cell for cell in cells if cell], len(cells))
                yield line, [*map(str.strip, pick(cells + defaults))]
        except csv.Error as error:
            raise InvalidValue(f"line {self._before + reader.line_num}: {error}") from None

    def _refuse(self, line: int, filled: list[str], width: int) -> None:
        """Say what is wrong with a row of another width, or without a time or rank."""
        if filled[0].startswith("#"):
            raise InvalidValue(f"line {line}: comments stand above the header; delete it")
        if len(filled) == 1:
            raise InvalidValue(
                f"line {line}: has {filled[0][:60]!r} alone in it; delete it if it is a total"
            )
        if width != self._width:
            raise InvalidValue(
                f"line {line}: has {width} columns where the header has {self._width}"
            )


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of one line; none where its quotes do not end."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _likeliest(header: str) -> str:
    """The delimiter by which HEADER has most of the needed columns, the comma before others."""

    def needed(delimiter: str) -> int:
        names = {name.strip().casefold() for name in _cells(header, delimiter)}
        return len(names.intersection(COLUMNS))

    return max(_DELIMITERS, key=needed)


def _tried() -> str:
    *names, last = _DELIMITERS.values()
    return f"{', '.join(names)} or {last}"
