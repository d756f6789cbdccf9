"""A Spark cluster on loopback, a master and two workers, and what it and its client take.

From pyspark's own distribution, by Spark's own scripts. Needs the extra ``spark`` and Java 17.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

#: The heap of the client and of each worker. Three more processes have the daemons' each.
DRIVER, WORKER, DAEMON = "2500m", "2g", "256m"
#: Bytes that the workers and the client may spill before the question is given up.
SPILL = 20_000_000_000
_PAGE, _TICK = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cluster:
    """A running cluster. Its processes are those of SESSIONS; it spills into FOLDER."""

    url: str
    sessions: tuple[int, ...]
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs."""
        memory = f"--driver-memory {DRIVER} --executor-memory {WORKER}"
        return {
            "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(self.folder),
            "PYSPARK_SUBMIT_ARGS": f"{memory} pyspark-shell",
        }  # fmt: skip


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A master with two workers of a core each, whose files are in FOLDER."""
    port, deploy = free_port(), "org.apache.spark.deploy"
    url = f"spark://127.0.0.1:{port}"
    worker = (f"{deploy}.worker.Worker", "-h", "127.0.0.1", "-c", 1, "-m", WORKER, url)
    master = (f"{deploy}.master.Master", "-h", "127.0.0.1", "-p", port, "--webui-port", 0)
    folder.mkdir(parents=True, exist_ok=True)
    with _java(folder, *master) as a, _java(folder, *worker) as b, _java(folder, *worker) as c:
        end = time.monotonic() + 120
        log = folder / "cluster.log"
        while log.read_text("utf-8", "replace").count("Registering worker") < 2:
            assert time.monotonic() < end, log.read_text("utf-8", "replace")[-3000:]
            time.sleep(0.5)
        yield Cluster(url, (a, b, c), folder)


@contextmanager
def _java(folder: Path, *args: object) -> Iterator[int]:
    """A part of a cluster, ended by its process group: its session."""
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = os.environ | {
        "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(folder),
        "SPARK_LOCAL_DIRS": str(folder), "SPARK_DAEMON_MEMORY": DAEMON,
    }  # fmt: skip
    with (folder / "cluster.log").open("ab") as log:
        process = subprocess.Popen(
            [str(home / "bin" / "spark-class"), *map(str, args)],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


class Watch(threading.Thread):
    """Watch all processes of SESSIONS, and the files in FOLDER, once or twice a second.

    The first of SESSIONS is ended where the files are larger than ``SPILL``.
    """

    def __init__(self, sessions: Sequence[int], folder: Path) -> None:
        super().__init__()
        self.peak = 0
        self.spilled = 0
        self._sessions, self._folder = sessions, folder
        self._before = {pid: seconds for pid, seconds, _ in _processes(sessions)}
        self._seconds: dict[int, float] = {}
        self._over = threading.Event()

    @property
    def seconds(self) -> float:
        """Seconds of processors, of all of them."""
        return sum(used - self._before.get(pid, 0) for pid, used in self._seconds.items())

    def run(self) -> None:
        while not self._over.wait(0.5):
            now = list(_processes(self._sessions))
            self.peak = max(self.peak, sum(memory for *_, memory in now))
            self._seconds |= {pid: seconds for pid, seconds, _ in now}
            self.spilled = max(self.spilled, _size(self._folder))
            if self.spilled > SPILL:
                os.killpg(self._sessions[0], signal.SIGTERM)

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self.join()


def _processes(sessions: Sequence[int]) -> Iterator[tuple[int, float, int]]:
    """The processes of SESSIONS: id, seconds of processors, bytes of memory."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(fields[3]) in sessions:
            yield (
                int(stat.parent.name),
                sum(map(int, fields[11:13])) / _TICK,
                int(fields[21]) * _PAGE,
            )


def _size(folder: Path) -> int:
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(path, name)).st_size  # noqa: PTH116, PTH118 - quick
            except OSError:  # it is gone
                continue
    return total
