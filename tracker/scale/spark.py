"""Spark: a cluster of the user's own, by the URL of its master, or this machine."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tracker.errors import MissingExtra, StoreError
from tracker.scale.engine import Engine

#: Seconds in which a master must accept a connection; Spark itself would try for a minute.
_PATIENCE = 5
#: Into how many partitions rows are dealt, for few files and for many.
_FEW, _MOST = 4, 200
#: The beginning of each step of a text in ``sql``.
_STEPS = re.compile(r"(?:^|\n\), )(\w+) AS \(\n")
#: A step is named where it is defined, and where it is used.
_USED = 2


class Spark(Engine):
    """A Spark session of this process, in client mode."""

    def __init__(self, master: str) -> None:
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise MissingExtra(
                "--engine spark needs the extra 'spark': pip install 'apptrack[spark]', and Java 17"
            ) from None
        _refuse_silent(master)
        if master.startswith("local"):
            os.environ.setdefault("SPARK_LOCAL_HOSTNAME", "localhost")
        builder = SparkSession.builder.appName("apptrack").master(master)
        for key, value in {
            "spark.submit.deployMode": "client",
            "spark.sql.session.timeZone": "UTC",
            # Whole tables would be sent to everybody, which needs more memory than a driver has.
            "spark.sql.autoBroadcastJoinThreshold": "-1",
            "spark.sql.ansi.enabled": "true",
            "spark.sql.shuffle.partitions": str(_FEW),
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
        }.items():
            builder = builder.config(key, value)
        with self._explained():
            self._session = builder.getOrCreate()
        self.name = f"Spark {self._session.version}"

    def close(self) -> None:
        self._session.stop()

    def execute(self, sql: str) -> None:
        with self._explained():
            self._session.sql(sql)

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        with self._explained():
            rows = self._session.sql(self._in_steps(sql)).collect()
            self._session.catalog.clearCache()
        return map(tuple, rows)

    def _in_steps(self, sql: str) -> str:
        """Make a view of each step of SQL, and keep the rows of those that several steps need.

        Spark would compute a step again for each of them. What is left is the last step.
        """
        if not sql.startswith("WITH "):
            return sql
        parts = _STEPS.split(sql.removeprefix("WITH "))
        names, texts = parts[1::2], parts[2::2]
        texts[-1], _, rest = texts[-1].rpartition("\n)\n")
        for name, text in zip(names, texts, strict=True):
            self.view(name, text)
            if len(re.findall(rf"\b{name}\b", sql)) > _USED:
                self.execute(f"CACHE LAZY TABLE {name}")
        return rest

    def files(self, name: str, paths: Sequence[Path], columns: Mapping[str, str]) -> None:
        with self._explained():
            partitions = max(_FEW, min(len(paths), _MOST))
            self._session.conf.set("spark.sql.shuffle.partitions", str(partitions))
            table = self._session.read.parquet(*(f"file://{path.resolve()}" for path in paths))
            names = {"t": "unix_seconds(observed_at) AS t", "r": "rank AS r"}
            table.selectExpr(
                *(names.get(column, column) for column in columns)
            ).createOrReplaceTempView(name)

    def quoted(self, text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            yield
        except (PySparkException, Py4JError) as error:
            reason = " ".join(str(error).split())
            if "JAVA_GATEWAY_EXITED" in reason:
                raise StoreError("Spark needs Java 17 or newer, and found none") from None
            raise StoreError(f"Spark: {reason[:300]}") from None


def _refuse_silent(master: str) -> None:
    """Raise where no master listens at a ``spark://`` URL."""
    match = re.fullmatch(r"spark://([^:/,]+):(\d{1,5})", master)
    if match is None:
        if master.startswith("spark://") and "," not in master:
            raise StoreError(f"{master}: write spark://HOST:PORT")
        return
    try:
        socket.create_connection((match[1], int(match[2])), _PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise StoreError(f"{master}: no Spark master answers there ({error})") from None
