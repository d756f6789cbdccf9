"""A Spark cluster on loopback, a master and two workers, answers as SQLite does.

Needs the extra ``spark`` and Java 17; ``.ci/run`` gives it an environment of its own. There,
``python -m benchmarks scale`` asks the same of up to 43 million ranks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.cluster import Cluster, cluster, free_port
from benchmarks.scale import scale
from tests.support.market import exported

ROOT = Path(__file__).parents[1]

pytestmark = [
    pytest.mark.skipif(not find_spec("pyspark"), reason="pyspark is not installed"),
    pytest.mark.skipif(not shutil.which("java"), reason="there is no Java"),
    pytest.mark.filterwarnings("default"),  # Spark's own
]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path / "cluster") as running:
        yield running


def asked(to: Path, *call: object, **more: str) -> None:
    """Run the program as a process, its output to a file."""
    with to.open("w") as file:
        done = subprocess.run(
            [sys.executable, "-m", "tracker", *map(str, call)],
            env=os.environ | {"PYTHONPATH": str(ROOT)} | more, stdout=file,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


def test_a_cluster_answers_as_sqlite_and_duckdb_do(tmp_path: Path) -> None:
    """The benchmark compares the answers, byte by byte."""
    figures = {figure.what.partition(" ranks")[2]: figure for figure in scale((0.25,), 3, tmp_path)}
    print(*figures.values(), sep="\n")
    assert figures[": overtakes"].value > 1000
    assert figures[", Spark: peak memory"].value > 500  # the client and all of the cluster
    assert figures[", Spark: of processors"].value > figures[", SQLite: of processors"].value
    assert not (tmp_path / "cluster").exists()


def test_a_cluster_answers_every_other_question(running: Cluster, tmp_path: Path) -> None:
    """One Spark session a question takes seconds to start, so it is one of them.

    The folder's name, taken for a pattern, means another one, too.
    """
    db, data = exported(tmp_path, 100)
    shutil.copytree(data, tmp_path / "d{at,?}?")
    call = ("standings", "--json")
    asked(tmp_path / "a", *call, "--db", db)
    where = ("--data", tmp_path / "d{at,?}?", "--engine", "spark", "--master", running.url)
    asked(tmp_path / "b", *call, *where, **running.environment)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_master_that_does_not_answer_is_named(tmp_path: Path) -> None:
    _, data = exported(tmp_path, 20)
    url = f"spark://127.0.0.1:{free_port()}"
    done = subprocess.run(
        [sys.executable, "-m", "tracker", "standings", "--data", data, "--engine", "spark",
         "--master", url],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"apptrack: {url}: no Spark master answers there")
