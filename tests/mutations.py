"""Deliberate faults, room by room, one at a time, and the test that catches each.

``python -m tests.mutations`` copies the tree to a temporary folder, puts each fault into the copy,
runs the tests named with it there, and prints which of them failed first; ``python -m
tests.mutations ledger gap`` takes only the faults with one of these words. At the end it counts
them by room; it exits 1 where a fault survives. The tests make up the same cases every time, so the
table is the same every time.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from tests.support.alert_faults import ALERT_FAULTS
from tests.support.analysis_faults import FAULTS as ANALYSIS_FAULTS
from tests.support.analysis_faults import Fault
from tests.support.backfill_faults import BACKFILL_FAULTS
from tests.support.fetch_faults import FETCH_FAULTS
from tests.support.play_faults import PLAY_FAULTS
from tests.support.source_faults import SOURCE_FAULTS
from tests.support.store_faults import STORE_FAULTS

ROOT = Path(__file__).parents[1]
FAULTS = (
    *ANALYSIS_FAULTS,
    *FETCH_FAULTS,
    *ALERT_FAULTS,
    *SOURCE_FAULTS,
    *PLAY_FAULTS,
    *STORE_FAULTS,
    *BACKFILL_FAULTS,
)
#: What the tests need of the tree.
NEEDED = ("tracker", "tests", "docs", "data/sample", "setup.cfg", "pyproject.toml", "README.md")
#: How many times as long as the tests took without a fault a run may take, and a minute more: one
#: that takes longer has caught the fault, if by nothing but its patience.
PATIENCE = 3
#: Seconds the tests may take without a fault, on however busy a machine.
_LONGEST = 1200.0


class Misplaced(Exception):
    """A fault's old text is not in its file exactly once."""


@dataclass(frozen=True)
class Outcome:
    """The result of a fault: the test that failed, or how the run ended without one."""

    fault: Fault
    caught: bool
    by: str


def changed(fault: Fault, text: str) -> str:
    """TEXT with the fault in it; ``Misplaced`` where its old text does not stand there once."""
    many = text.count(fault.old)
    if many != 1:
        raise Misplaced(f"{fault.file} has {fault.old!r} {many} times, not once ({fault.why})")
    return text.replace(fault.old, fault.new)


def copy_tree(to: Path) -> None:
    leave = shutil.ignore_patterns("__pycache__", ".hypothesis", "*.png")
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=leave)
        else:
            shutil.copy(ROOT / name, to / name)


def run_tests(tree: Path, files: Sequence[str], seconds: float) -> tuple[int | None, str]:
    """Pytest's exit code, None where it did not end in time, and the test that failed first."""
    command = [
        sys.executable, "-m", "pytest", "-o", "addopts=", "-x", "-q", "-p", "no:cacheprovider",
        "-p", "tests.mutations", *files,
    ]  # fmt: skip
    env = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=tree,
            env=env,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"did not end within {seconds:.0f} s"
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return done.returncode, failed[1] if failed else done.stdout[-400:] + done.stderr[-400:]


def pytest_configure(config: Any) -> None:
    """As a plugin of pytest: the same cases every time, kept nowhere, and none made smaller."""
    from hypothesis import Phase, settings

    settings.register_profile(
        "mutations",
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        print_blob=False,
    )
    settings.load_profile("mutations")


def outcome(fault: Fault, tree: Path, seconds: float) -> Outcome:
    """Put a fault into the copy, see who notices, and take it out again."""
    file = tree / fault.file
    sound = file.read_text("utf-8")
    file.write_text(changed(fault, sound), "utf-8")
    try:
        code, by = run_tests(tree, fault.tests, seconds)
    finally:
        file.write_text(sound, "utf-8")
    return Outcome(fault, code in (1, None), by.replace("tests/", "", 1))


def outcomes(faults: Sequence[Fault]) -> Iterator[Outcome]:
    """Each fault in turn, in one copy of the tree, whose tests must all pass before."""
    for fault in faults:
        changed(fault, (ROOT / fault.file).read_text("utf-8"))
    with TemporaryDirectory(prefix="mutations-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        tests, start = sorted({test for fault in faults for test in fault.tests}), monotonic()
        code, text = run_tests(tree, tests, _LONGEST)
        seconds = 60 + PATIENCE * (monotonic() - start)
        if code != 0:
            raise RuntimeError(f"the tests do not pass without a fault: {text}")
        for fault in faults:
            yield outcome(fault, tree, seconds)


def chosen(words: Sequence[str]) -> list[Fault]:
    return [
        fault for fault in FAULTS
        if not words or any(word in f"{fault.file} {fault.why}" for word in words)
    ]  # fmt: skip


def room(fault: Fault) -> str:
    """The folder of the program, or the file where it is in none."""
    return fault.file.split("/")[1].removesuffix(".py")


def main(words: Sequence[str]) -> int:
    faults = chosen(words)
    if not faults:
        print(f"no fault has one of these words: {' '.join(words)}", file=sys.stderr)
        return 2
    print("| fault | where | caught by |\n| --- | --- | --- |", flush=True)
    rooms, caught = Counter(map(room, faults)), Counter[str]()
    for outcome in outcomes(faults):
        caught[room(outcome.fault)] += outcome.caught
        where = outcome.fault.file.removeprefix("tracker/")
        by = outcome.by if outcome.caught else f"**nothing**: {' '.join(outcome.by.split())[:80]}"
        print(f"| {outcome.fault.why} | {where} | {by} |", flush=True)
    print("\n| room | faults | caught |\n| --- | --- | --- |")
    for name, many in sorted(rooms.items()):
        print(f"| {name} | {many} | {caught[name]} |")
    print(f"\n{len(faults)} faults, {caught.total()} caught", flush=True)
    return 0 if caught.total() == len(faults) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Misplaced, RuntimeError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
