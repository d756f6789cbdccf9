"""How long a picture takes and what it needs, as whole processes: years beside a month."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.fiveyears import CHARTS, make

_APPS = ("deepseek", "chatgpt")
_DAYS = 30


def plotting(years: float = 5, turns: int = 5, *, warm: bool = True) -> list[Figure]:
    """``apptrack chart`` of two apps, YEARS of hourly snapshots beside 30 days, as PNG and HTML.

    WARM runs each once before: compiled Python and the page's script are then in their caches.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, lasts in (("years", years), ("month", _DAYS / 365)):
            make(Path(folder) / f"{name}.db", years=lasts, count=1)
        ways = {
            f"{name} {kind}": _chart(Path(folder), name, kind)
            for name in ("years", "month")
            for kind in ("png", "html")
        }
        ways["altair"] = [sys.executable, "-c", "import altair"]
        took, peaks = _measured(ways, turns, warm=warm)
    span = f"{years:g} years hourly"
    sides = [
        Figure(
            f"{kind.upper()} of {span} beside {_DAYS} days, whole process",
            took[f"years {kind}"], "ms", took[f"month {kind}"], 1.5,
        )
        for kind in ("png", "html")
    ]  # fmt: skip
    return [
        *sides,
        Figure(
            f"HTML of {_DAYS} days beside import altair", took["month html"], "ms",
            took["altair"], 2,
        ),
        *(
            Figure(f"{kind.upper()} of {span}, peak memory", peaks[f"years {kind}"], "MB", most=400)
            for kind in ("png", "html")
        ),
    ]  # fmt: skip


def _chart(folder: Path, name: str, kind: str) -> list[str]:
    return [
        sys.executable, "-m", "tracker", "chart", *_APPS, "--on", str(CHARTS[0]),
        "--db", str(folder / f"{name}.db"), "-o", str(folder / f"{name}.{kind}"),
    ]  # fmt: skip


def _measured(
    ways: dict[str, list[str]], turns: int, *, warm: bool
) -> tuple[dict[str, float], dict[str, float]]:
    """Median milliseconds of processor time and greatest memory in MB of each way, in turns."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    peaks = dict.fromkeys(ways, 0.0)
    for turn in range(turns + warm):
        for name, command in ways.items():
            took, peak = _run(command)
            peaks[name] = max(peaks[name], peak)
            if turn >= warm:
                times[name].append(took)
    return {name: statistics.median(each) for name, each in times.items()}, peaks


def _run(command: Sequence[str]) -> tuple[float, float]:
    """Milliseconds of processor time and peak resident memory in MB (10 ** 6 bytes).

    Processor time, because on a busy machine a clock measures what else runs.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took = (used.ru_utime + used.ru_stime) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return took, used.ru_maxrss * 1024 / 1e6
