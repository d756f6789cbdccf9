"""Spark: a cluster of the user's own, by the URL of its master, or this machine."""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tracker.errors import InvalidValue, MissingExtra, StoreError, echo
from tracker.scale.engine import Engine

#: Seconds in which a master must accept a connection; Spark itself would try for a minute.
_PATIENCE = 5
#: A master of a cluster with its port, and the forms that a URL of Spark has.
_HOST = r"(?:[^\s:/,\[\]]+|\[[\da-fA-F:.]+\]):\d{1,5}"
_LOCAL = r"local(?:\[(?:[1-9]\d*|\*)(?:,[1-9]\d*)?\])?"
_MASTER = re.compile(rf"{_LOCAL}|spark://{_HOST}(?:,{_HOST})*|yarn|k8s://\S+")
#: Into how many partitions rows are dealt, for few files and for many.
_FEW, _MOST = 4, 200
#: The beginning of each step of a text in ``sql``.
_STEPS = re.compile(r"(?:^|\n\), )(\w+) AS \(\n")
#: A step is named where it is defined, and where it is used.
_USED = 2


class Spark(Engine):
    """A Spark session of this process, in client mode."""

    def __init__(self, master: str) -> None:
        check_master(master)
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise MissingExtra(
                "--engine spark needs the extra 'spark': pip install 'apptrack[spark]', and Java 17"
            ) from None
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
            table = self._session.read.parquet(*map(_pattern, paths))
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
                reason = "it did not start, and says above why" if _java() else "there is no Java"
                raise StoreError(f"Spark needs Java 17 or newer: {reason}") from None
            raise StoreError(f"Spark: {reason[:300]}") from None


def check_master(master: str) -> None:
    """Raise where Spark cannot ask MASTER, which it would say late and in pages of Java."""
    if not _MASTER.fullmatch(master):
        raise InvalidValue(
            f"Invalid --master {echo(master)}: write spark://HOST:PORT, with HOST:PORT of each of "
            "several masters after a comma, or local, local[4], local[*], yarn or k8s://HOST:PORT"
        )
    if master == "yarn" and not os.environ.keys() & {"HADOOP_CONF_DIR", "YARN_CONF_DIR"}:
        raise InvalidValue("--master yarn needs HADOOP_CONF_DIR, the folder that says where it is")
    _refuse_silent(master)


def _pattern(path: Path) -> str:
    """A pattern that only PATH fits; Spark takes every path for one."""
    return "file://" + re.sub(r"[\\{}\[\]*?]", r"\\\g<0>", str(path.resolve()))


def _refuse_silent(master: str) -> None:
    """Raise where none of the masters in a ``spark://`` URL listens."""
    failures: list[Exception] = []
    for address in re.findall(_HOST, master) if master.startswith("spark://") else ():
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
        except (OSError, OverflowError) as error:
            failures.append(error)
        else:
            return
    if failures:
        said = "; ".join(dict.fromkeys(map(str, failures)))
        raise StoreError(f"{master}: no Spark master answers there ({said})")


def _java() -> str | None:
    """The Java that Spark starts, which may be too old; None without one."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which(f"{home}/bin/java" if home else "java")
