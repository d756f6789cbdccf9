"""A clock that is wrong for one process: ``shiftclock.c``, loaded before the C library."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_SOURCE = Path(__file__).with_name("shiftclock.c")


def shifted_clock() -> tuple[dict[str, str], Callable[[int], None]] | None:
    """The environment of a process with a clock of its own, and a call that sets it, in seconds.

    None where it cannot be made: without a C compiler, or on another system than Linux.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        return None
    library, shift = Path("shift.so").absolute(), Path("shift.txt").absolute()
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, _SOURCE], check=True)

    def off_by(seconds: int) -> None:
        new = shift.with_suffix(".new")
        new.write_text(str(seconds), "utf-8")
        new.replace(shift)

    off_by(0)
    return {"LD_PRELOAD": str(library), "SHIFTED_BY": str(shift)}, off_by
