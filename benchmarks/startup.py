"""How long the program takes to start, as whole processes."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, in_turns, medians


def startup(turns: int = 25) -> list[Figure]:
    """``apptrack --version`` and ``--help`` beside ``python -c "import click"``."""
    program = _program()
    ways = [
        partial(_run, [*program, "--version"]),
        partial(_run, [*program, "--help"]),
        partial(_run, [sys.executable, "-c", "import click"]),
    ]
    version, help_page, click = medians(in_turns(ways, turns))
    return [
        Figure("apptrack --version beside python -c 'import click'", version, "ms", click, 1.5),
        Figure("apptrack --help", help_page, "ms", click),
    ]


def _program() -> list[str]:
    """The installed command beside this Python; the package where it is not installed."""
    installed = Path(sys.executable).with_name("apptrack")
    return [str(installed)] if installed.exists() else [sys.executable, "-m", "tracker"]


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)
