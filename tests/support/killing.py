"""The program, run and killed at a chosen moment: a process that has loaded it forks at each call.

So a run starts within milliseconds, and the moments of a kill are those of its work.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.shop import environment

ROOT = Path(__file__).parents[2]
LOADED = ("collect", "prune", "stats")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: ``killed`` or with ``code``, what it ``said``, after how many seconds."""

    killed: bool
    code: int
    said: str
    seconds: float


class Runner:
    """Runs commands of the program in the folder it was made in; a context manager."""

    def __init__(self, base: str | None = None) -> None:
        env = environment(base) | {"PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.killing"], env=env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, *args: object, kill_after: float | None = None) -> Ended:
        """Run one command; SIGKILL comes KILL_AFTER seconds after its beginning."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps([[*map(str, args)], kill_after]), file=self._process.stdin, flush=True)
        status, said, seconds = json.loads(self._process.stdout.readline())
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        return Ended(killed, -1 if killed else os.waitstatus_to_exitcode(status), said, seconds)

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


def _serve() -> None:
    """Answer each line of stdin, a command and when to kill it, with how it ended."""
    for name in ("tracker.cli", "tracker.collect", "tracker.daemon", "tracker.imports"):
        importlib.import_module(name)
    for name in LOADED:
        importlib.import_module(f"tracker.commands.{name}")
    for line in sys.stdin:
        args, kill_after = json.loads(line)
        print(json.dumps(_run(args, kill_after)), flush=True)


def _run(args: Sequence[str], kill_after: float | None) -> Any:
    said = Path("said.txt")
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        _become(args, said)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)  # one that has ended waits to be asked for its end
    _, status = os.waitpid(child, 0)
    return status, said.read_text("utf-8") if said.exists() else "", time.monotonic() - begun


def _become(args: Sequence[str], said: Path) -> None:
    """Be the program, and end as it does."""
    from tracker.cli import main

    code: object = 70
    try:
        file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        main.main(list(args), prog_name="apptrack")
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    _serve()
