"""What an engine can do, and the check that it computes a small known ledger as it must."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from tracker.analysis import overtakes_of_all
from tracker.errors import StoreError
from tracker.model import App, Chart, Provenance, Series, Timeline

#: The columns of a file and of a view made of literals, as SQL types that all engines know.
SNAPSHOTS = {
    "chart": "STRING", "source": "STRING", "t": "BIGINT", "depth": "INT", "provenance": "STRING",
    "scope": "STRING",
}  # fmt: skip
ENTRIES = {"chart": "STRING", "source": "STRING", "t": "BIGINT", "r": "INT", "app_id": "STRING"}
APPS = {"id": "STRING", "place": "INT"}
CHOSEN = {"chart": "STRING", "source": "STRING", "place": "INT"}


def question(name: str, **numbers: int) -> str:
    """The SQL text of a question, with whole NUMBERS for its ``:names``."""
    text = (files("tracker.scale") / "sql" / f"{name}.sql").read_text("utf-8")
    text = "".join(f"{line}\n" for line in text.splitlines() if not line.startswith("--"))
    for key, number in numbers.items():
        text = text.replace(f":{key}", str(int(number)))
    return text


class Engine(ABC):
    """An engine that answers SQL. A context manager."""

    name: str

    @abstractmethod
    def execute(self, sql: str) -> None:
        """Run a statement without rows."""

    @abstractmethod
    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, in its order."""

    @abstractmethod
    def files(self, name: str, paths: Sequence[Path], columns: Mapping[str, str]) -> None:
        """Make a view of Parquet files: COLUMNS of it, times as seconds since 1970."""

    @abstractmethod
    def quoted(self, text: str) -> str:
        """TEXT as a literal."""

    @abstractmethod
    def close(self) -> None: ...

    def view(self, name: str, sql: str) -> None:
        self.execute(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS {sql}")

    def values(
        self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[str | int | None]]
    ) -> None:
        """Make a view of literals."""
        listed = [f"({', '.join(map(self._literal, row))})" for row in rows]
        listed.append(f"({', '.join('NULL' for _ in columns)})")  # a list may not be empty
        casts = ", ".join(
            f"CAST({column} AS {kind}) AS {column}" for column, kind in columns.items()
        )
        first, names = next(iter(columns)), ", ".join(columns)
        self.view(
            name,
            f"SELECT {casts} FROM (VALUES {', '.join(listed)}) AS v ({names}) "  # noqa: S608 - quoted above
            f"WHERE {first} IS NOT NULL",
        )

    def _literal(self, value: str | int | None) -> str:
        if value is None:
            return "NULL"
        return str(value) if isinstance(value, int) else self.quoted(value)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


_CHART = Chart("us", "iphone", "top-free", "apps")
_KNOWN = [App(str(number), str(number)) for number in (1, 2, 3)]
_START = datetime(2026, 1, 1, tzinfo=UTC)


def known_series(seed: int = 1, snapshots: int = 70) -> list[Series]:
    """Three apps that pass each other, leave and return, with gaps and short snapshots."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    hours, times = 0, []
    for _ in range(snapshots):
        hours += 1 if dice.random() < 0.9 else dice.randrange(2, 9)
        times.append(_START + timedelta(hours=hours))
    depths = [dice.choice((5, 5, 5, 3)) for _ in times]
    ranks: list[list[int | None]] = [[], [], []]
    for depth in depths:
        places = dice.sample(range(1, 8), 3)
        for column, rank in zip(ranks, places, strict=True):
            column.append(rank if rank <= depth else None)
    kinds = tuple(dice.choice((Provenance.RECORDED, Provenance.IMPORTED)) for _ in times)
    line = Timeline(_CHART, "known", tuple(times), tuple(depths), kinds)
    return [Series(line, app, tuple(column)) for app, column in zip(_KNOWN, ranks, strict=True)]


def check(engine: Engine) -> None:
    """Ask ENGINE for a ledger that is known. ``StoreError`` names an engine that differs."""
    series = known_series()
    line = series[0].timeline
    moments = [(_CHART.slug, line.source, int(time.timestamp())) for time in line.times]
    engine.values(
        "snapshots",
        {**SNAPSHOTS, "place": "INT"},
        [
            (*moment, depth, kind.value, "whole", 0)
            for moment, depth, kind in zip(moments, line.depths, line.provenances, strict=True)
        ],
    )
    engine.values(
        "entries",
        ENTRIES,
        [
            (*moment, rank, line.app.app_id)
            for line in series
            for moment, rank in zip(moments, line.ranks, strict=True)
            if rank is not None
        ],
    )
    engine.values("apps", APPS, [(app.app_id, place) for place, app in enumerate(_KNOWN)])
    computed = [
        (row[2], row[3], row[5], row[6], row[7], bool(row[8]), *row[9:])
        for row in engine.rows(question("overtakes", confirm=2))
    ]
    known = [
        (
            fact.winner.app_id, fact.loser.app_id, int(fact.by.timestamp()), fact.kind.value,
            fact.status.value, fact.gap, fact.winner_rank_before, fact.winner_rank_after,
            fact.loser_rank_before, fact.loser_rank_after, int(fact.held_seconds),
            fact.depth_before, fact.depth_after, *(kind.value for kind in fact.provenances[:2]),
        )
        for fact in overtakes_of_all(series)
    ]  # fmt: skip
    if computed != known:
        wrong = len(set(known) ^ set(computed))
        raise StoreError(
            f"{engine.name} computes a known ledger wrongly ({wrong} rows differ of {len(known)}); "
            "use another engine or version"
        )
