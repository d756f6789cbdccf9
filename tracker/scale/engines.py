"""Open an engine by name, and check it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tracker.errors import InvalidValue
from tracker.scale.engine import Engine, check
from tracker.settings import DuckdbSettings


@contextmanager
def opened(name: str, master: str | None, limits: DuckdbSettings) -> Iterator[Engine]:
    """The engine NAME, checked. MASTER is the URL of a Spark cluster, LIMITS are DuckDB's."""
    if master is not None and name != "spark":
        raise InvalidValue("--master goes with --engine spark")
    engine: Engine
    if name == "spark":
        from tracker.scale.spark import Spark

        engine = Spark("local[*]" if master is None else master)
    else:
        from tracker.scale.duck import Duck

        engine = Duck(limits)
    with engine:
        check(engine)
        yield engine
