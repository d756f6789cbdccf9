"""On what a run was made, and the file that keeps it."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Figure

ROOT = Path(__file__).parents[1]
RUNS = Path(__file__).parent / "runs"


def machine() -> dict[str, object]:
    """What a figure depends on: processor, cores, system, Python and SQLite."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "unknown"


#: Starts a command and prints its peak memory in kB and its seconds of processors. Done in a
#: process of its own, because a process just made counts the memory of the one that made it.
_WATCH = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
print(used.ru_maxrss, used.ru_utime + used.ru_stime, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def environment(folder: Path) -> dict[str, str]:
    """Compiled once and buffered, as installed programs are, whatever this shell says."""
    there = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return there | {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def used(command: Sequence[str], folder: Path, to: Path | None = None) -> tuple[float, float]:
    """Run COMMAND in FOLDER, its output into the file TO: peak memory in MB, processor seconds."""
    with (to or Path(os.devnull)).open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-S", "-c", _WATCH, *command],
            stdout=file, stderr=subprocess.PIPE, text=True, env=environment(folder), cwd=folder,
            check=False,
        )  # fmt: skip
    assert done.returncode == 0, f"{' '.join(command)} failed: {done.stderr}"
    memory, seconds = done.stderr.split()[-2:]
    return int(memory) / 1000, float(seconds)


def commit() -> str:
    """The commit that was measured, with a + where files differ from it."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=12", "--dirty=+"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return run.stdout.strip()


def keep(run: Mapping[str, Sequence[Figure]], folder: Path = RUNS) -> Path:
    """Write a run into FOLDER; the path of its file."""
    now = datetime.now(UTC)
    facts = {
        "at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit(),
        "machine": machine(),
        "figures": {
            name: [
                asdict(figure) | {"ratio": figure.ratio, "met": figure.met} for figure in figures
            ]
            for name, figures in run.items()
        },
    }
    path = folder / f"{now:%Y-%m-%dT%H%M%SZ}.json"
    path.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
