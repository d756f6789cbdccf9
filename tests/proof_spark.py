"""A Spark cluster on loopback, a master and two workers, answers as SQLite does.

Needs the extra ``spark`` and Java 17; ``.ci/run`` gives it an environment of its own. Months and
charts are chosen by APPTRACK_TEST_YEARS and APPTRACK_TEST_CHARTS: ``5`` and ``10`` are 43 million
ranks.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.fiveyears import make
from tests.support.market import exported

ROOT = Path(__file__).parents[1]
#: Read before the tests' own corner is cleared of variables.
YEARS = float(os.environ.get("APPTRACK_TEST_YEARS", "0.25"))
CHARTS = int(os.environ.get("APPTRACK_TEST_CHARTS", "3"))
DATA = os.environ.get("APPTRACK_TEST_DATA")
MEMORY = os.environ.get("APPTRACK_TEST_MEMORY", "2g")

pytestmark = [
    pytest.mark.skipif(not find_spec("pyspark"), reason="pyspark is not installed"),
    pytest.mark.skipif(not shutil.which("java"), reason="there is no Java"),
    pytest.mark.filterwarnings("default"),  # Spark's own
]


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def java(folder: Path, *args: object) -> Iterator[subprocess.Popen[bytes]]:
    """A part of a cluster, by Spark's own script, ended by its process group."""
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = os.environ | {
        "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(folder),
        "SPARK_LOCAL_DIRS": str(folder),
    }  # fmt: skip
    with (folder / "cluster.log").open("ab") as log:
        process = subprocess.Popen(
            [str(home / "bin" / "spark-class"), *map(str, args)],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a master with two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    port, deploy = free_port(), "org.apache.spark.deploy"
    url = f"spark://127.0.0.1:{port}"
    worker = (f"{deploy}.worker.Worker", "-h", "127.0.0.1", "-c", 1, "-m", MEMORY, url)
    master = (f"{deploy}.master.Master", "-h", "127.0.0.1", "-p", port, "--webui-port", 0)
    with java(folder, *master), java(folder, *worker), java(folder, *worker):
        end = time.monotonic() + 120
        log = folder / "cluster.log"
        while log.read_text("utf-8", "replace").count("Registering worker") < 2:
            assert time.monotonic() < end, log.read_text("utf-8", "replace")[-3000:]
            time.sleep(0.5)
        yield url


def asked(to: Path, *call: object) -> tuple[int, float]:
    """Run the program as a process, its output to a file: how many lines, and the seconds."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_SUBMIT_ARGS": f"--driver-memory 3g --executor-memory {MEMORY} pyspark-shell",
    }  # fmt: skip
    begun = time.monotonic()
    with to.open("w") as file:
        done = subprocess.run(
            [sys.executable, "-m", "tracker", *map(str, call)],
            env=environment, stdout=file, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    with to.open() as file:
        return sum(1 for _ in file), time.monotonic() - begun


def test_a_cluster_answers_as_sqlite_does(cluster: str, tmp_path: Path) -> None:
    if DATA:
        db, data = Path(DATA) / "some.db", Path(DATA) / "data"
    else:
        db, data = tmp_path / "some.db", tmp_path / "data"
        make(db, YEARS, CHARTS)
        asked(tmp_path / "said", "export", "parquet", data, "--db", db)
    call = ("overtakes", "--all", "--on", "*/*/*/*", "--csv")
    ours, theirs = tmp_path / "sqlite.csv", tmp_path / "spark.csv"
    lines, seconds = asked(ours, *call, "--db", db)
    _, spark = asked(theirs, *call, "--data", data, "--engine", "spark", "--master", cluster)
    print(f"{lines - 1:,} overtakes; SQLite {seconds:.1f} s, Spark {spark:.1f} s")
    assert lines > 1000 * YEARS
    assert ours.read_bytes() == theirs.read_bytes()


def test_a_cluster_answers_every_other_question(cluster: str, tmp_path: Path) -> None:
    """One Spark session a question takes seconds to start, so it is one of them."""
    db, data = exported(tmp_path, 100)
    call = ("standings", "--json")
    asked(tmp_path / "a", *call, "--db", db)
    asked(tmp_path / "b", *call, "--data", data, "--engine", "spark", "--master", cluster)
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
