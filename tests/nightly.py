"""``python -m tests.nightly [--times N] [NAME …]``: what takes longer than a test may.

Kills by the hundred; a disk that is really full; the machine's clock set back and forward under
the real daemon; a quota that ends the real program at every size. ``suite`` runs the tests of the
README so many times in a row, and only where it is named. What a machine cannot do (no
compiler, no file system of one's own) is told and ends the run with exit code 1: it is never
passed over in silence.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks.fiveyears import make as make_years
from tests import proof_alert_kills as alert_kills
from tests import proof_kills as kills
from tests.nightly_store import TRIALS as STORE_TRIALS
from tests.nightly_store import CannotTry
from tests.support.killing import Runner
from tests.support.shifting import shifted_clock
from tests.support.shop import CHART, Changing, as_process, environment
from tests.support.stored import snapshot
from tracker.loopback.server import LoopbackStore
from tracker.store import Store

DB = Path("apptrack.db")
HOUR, WEEK = 3600, 7 * 86_400


# Kills


def killed(kill: Callable[[Runner, int], int], times: int) -> str:
    runs = struck = 0
    with LoopbackStore(kills.Pages()) as store, Runner(store.base) as run:
        while struck < times:  # a kill may come when the work is done
            left = times - struck
            struck, runs = struck + kill(run, left), runs + left
    return f"killed {struck} times at work, in {runs} runs; each file sound, each next run good"


def alerts_killed(times: int) -> str:
    killed = alert_kills.alerts_are_killed(times)
    return f"{killed} of {times} killed in time; every alert of what is stored arrived"


# A full disk


def full_disk(what: str, times: int) -> str:
    """In a name space of our own, where anybody may mount a small file system in memory."""
    unshare = shutil.which("unshare")
    if unshare is None:
        raise CannotTry("no unshare here, which would give us a small disk of our own")
    Path("disk").mkdir()
    inside = [unshare, "--user", "--map-root-user", "--mount"]
    script = 'mount -t tmpfs -o size=1500k none disk && exec "$0" -m tests.nightly --within "$1"'
    env = environment() | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [*inside, "sh", "-c", script, sys.executable, what], env=env, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if "unshare:" in done.stderr or "mount:" in done.stderr:
        raise CannotTry(f"no small disk can be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def fillers() -> list[Path]:
    """Files that leave half of the small disk free; what takes them away makes room."""
    made = [Path(f"filler{number}") for number in range(3)]
    for filler in made:
        filler.write_bytes(bytes(250_000))
    return made


def collect_on_a_small_disk() -> str:
    """Collect until the disk is full, and go on when there is room again."""
    left = fillers()
    refused = good = 0
    with LoopbackStore(kills.Pages()) as store:
        while left:
            done = as_process("collect", "--db", DB, *kills.CHARTS, base=store.base)
            kills.sound(DB)
            good += done.returncode == 0
            if done.returncode:
                refused += 1
                assert "free some space" in done.stdout + done.stderr, done
                assert "Traceback" not in done.stderr, done.stderr
                left.pop().unlink()
                done = as_process("collect", "--db", DB, *kills.CHARTS, base=store.base)
                assert done.returncode == 0, done
            time.sleep(1)  # so that no two passes have the same second
    proved = as_process("verify", "--db", DB)
    assert proved.returncode == 0, proved.stdout
    return f"{good} passes, {refused} times full, each reported; the next pass good each time"


def _resumed(*call: object) -> int:
    """Run CALL until it succeeds, with more room each time it does not; how often it did not."""
    left, refused = fillers(), 0
    while (done := as_process(*call)).returncode:
        refused += 1
        assert done.stderr.count("\n") == 1, done
        assert "No space left" in done.stderr or "free some space" in done.stderr, done
        assert left, "there is room, and it is not enough"
        left.pop().unlink()
    assert refused, "the disk is not small enough"
    for filler in left:
        filler.unlink()
    return refused


def export_on_a_small_disk() -> str:
    """Export to the disk: each file is whole when it is full, and the end is as without a limit."""
    make_years(Path("../years.db"), 1.1, 1)
    refused = _resumed("export", "parquet", "data", "--db", "../years.db")
    assert not any(Path("data").rglob("*.unfinished"))
    assert as_process("export", "parquet", "../data", "--db", "../years.db").returncode == 0
    assert subprocess.run(["diff", "-r", "data", "../data"], check=False).returncode == 0
    return f"{refused} times full, each reported in a line; the files are those of a large disk"


def merge_on_a_small_disk() -> str:
    """Merge into a database on the disk; the end is as without a limit."""
    make_years(Path("../years.db"), 0.008, 2)
    refused = _resumed("merge", "../years.db", "--db", DB)
    kills.sound(DB)
    again = as_process("merge", "../years.db", "--db", DB)
    assert again.stdout.startswith("../years.db: 0 snapshots merged, "), again
    ask = ("overtakes", "--all", "--on", "*/*/*/*", "--json", "--db")
    assert as_process(*ask, DB).stdout == as_process(*ask, "../years.db").stdout
    return f"{refused} times full, each reported in a line; nothing is lost or twice"


ON_A_SMALL_DISK = {
    "collect": collect_on_a_small_disk,
    "export": export_on_a_small_disk,
    "merge": merge_on_a_small_disk,
}


def quota(times: int) -> str:
    """The real program, with files that may grow to so many bytes, one size after another."""
    results = []
    with LoopbackStore(kills.Pages()) as store, Store(DB) as kept:
        kept.save(snapshot())
    with LoopbackStore(kills.Pages()) as store:
        for most in count(0, 8192):
            path = Path(shutil.copy(DB, "struck.db"))
            done = subprocess.run(
                [sys.executable, "-B", "-m", "tracker", "collect", "--db", path, str(CHART)],
                env=environment(store.base), capture_output=True, text=True, check=False,
                preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (most, most)),
            )  # fmt: skip
            assert done.returncode in (0, 1), done
            assert "Traceback" not in done.stderr, done.stderr
            results.append(done.returncode)
            kills.sound(path)
            assert as_process("collect", "--db", path, CHART, base=store.base).returncode == 0
            if results[-3:] == [0, 0, 0]:
                small = f"{results.count(1)} sizes too small, each reported"
                return f"{small}; the next pass good each time"
    raise AssertionError


# The clock


@contextmanager
def shifted_daemon(
    shop: Changing,
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[int], None]]]:
    """`apptrack run` every 2 s, and what sets its clock: call with the seconds it is off by."""
    made = shifted_clock()
    if made is None:
        raise CannotTry("no C compiler here (or no Linux), which would give us a clock to set")
    more, off_by = made
    command = [sys.executable, "-m", "tracker", "run", "--db", str(DB), "--every", "2s", str(CHART)]
    with LoopbackStore(shop) as store, Path("said.txt").open("w", encoding="utf-8") as said:
        process = subprocess.Popen(command, env=environment(store.base, **more), stderr=said)
        try:
            yield process, off_by
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()
            process.wait()


def clock(shifts: Sequence[int], times: int) -> str:
    """Set the clock by each of SHIFTS, and see three more passes at the cadence each time."""
    shop, waits = Changing(), []
    with shifted_daemon(shop) as (_, off_by):
        _three_more(shop, 0)
        for shift in shifts:
            off_by(shift)
            waits.append(_three_more(shop, shift))
    said = Path("said.txt").read_text("utf-8")
    assert not re.search(r"ERROR|Traceback", said), said
    with Store(DB) as store:
        rows = [time for (time,) in store.db.execute("SELECT observed_at FROM snapshots")]
        assert store.unsound() == []
    # The pass that is made up for may have the very second of the next one, which is then refused.
    assert len(rows) == len(set(rows)), said
    assert 0 <= len(shop.asked) - len(rows) <= len(shifts), said
    wait = f"next pass at most {max(waits):.1f} s after a step"
    return f"{len(rows)} snapshots, each stored once; {wait}"


def _three_more(shop: Changing, shift: int) -> float:
    """Wait for three more passes; the seconds until the first of them."""
    before, begun = len(shop.asked), time.monotonic()
    while len(shop.asked) < before + 3:
        waited = time.monotonic() - begun
        assert waited < 30, f"clock off by {shift} s: {len(shop.asked) - before} passes in 30 s"
        time.sleep(0.05)
    return shop.asked[before] - begun


#: A zone, and an instant shortly after which its calendar does something odd.
_ODD_TIMES = {
    "a leap day begins": ("UTC", "2028-02-28T23:59:57"),
    "a leap day ends": ("UTC", "2028-02-29T23:59:57"),
    "summer time begins": ("Europe/Berlin", "2028-03-26T00:59:57"),
    "summer time ends": ("America/New_York", "2028-11-05T05:59:57"),
    "a day is left out": ("Pacific/Apia", "2011-12-30T09:59:57"),
}


def calendar(times: int) -> str:
    """Three more passes at the cadence across each odd time, by the local clock."""
    result = []
    for name, (zone, instant) in _ODD_TIMES.items():
        folder = Path(name.replace(" ", "-"))  # the loader takes a space for the end of a name
        folder.mkdir()
        os.chdir(folder)
        ahead = datetime.fromisoformat(instant).replace(tzinfo=UTC) - datetime.now(UTC)
        before = os.environ.get("TZ")
        os.environ["TZ"] = zone
        try:
            clock([round(ahead.total_seconds())], times)
        finally:
            os.chdir("..")
            os.environ.pop("TZ")
            if before:
                os.environ["TZ"] = before
        result.append(name)
    return f"passes went on where {', '.join(result)}"


def stopped_for_hours(times: int) -> str:
    """SIGSTOP, six hours by the daemon's own clock, and on: one pass made up for, no burst."""
    shop = Changing()
    with shifted_daemon(shop) as (process, off_by):
        _three_more(shop, 0)
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        before = len(shop.asked)
        off_by(6 * HOUR)
        time.sleep(3)
        assert len(shop.asked) == before, "it asked while it was stopped"
        process.send_signal(signal.SIGCONT)
        time.sleep(5)
        after = len(shop.asked) - before
        assert 2 <= after <= 5, f"{after} passes in 5 s"
    with Store(DB) as store:
        stored = store.counts()["snapshots"]
        assert stored in (len(shop.asked), len(shop.asked) - 1), f"{stored} of {len(shop.asked)}"
        assert store.unsound() == []
    return f"10,800 passes slept through; {after} in the 5 s after, each stored"


def suite(times: int, root: Path = Path(__file__).parents[1]) -> str:
    """The tests of the README so many times in a row; a line for each run."""
    good = 0
    for number in range(1, times + 1):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--quiet"],
            cwd=root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        good += done.returncode == 0
        failed = re.findall(r"^(?:FAILED|ERROR) .*", done.stdout, re.MULTILINE)
        last = (done.stdout + done.stderr).strip().rpartition("\n")[2]
        print(f"run {number:>3}  {last}", *failed, sep="\n  ", flush=True)
    assert good == times, f"{good} of {times} runs passed"
    return f"{good} of {times} runs passed"


#: What the nightly run does only where it is named.
BY_NAME: Mapping[str, Callable[[int], str]] = {"suite": suite}
TRIALS: Mapping[str, Callable[[int], str]] = {
    "collect-killed": partial(killed, kills.collect_is_killed),
    "import-killed": partial(killed, kills.import_is_killed),
    "migration-killed": partial(killed, kills.migration_is_killed),
    "backup-killed": partial(killed, kills.backup_is_killed),
    "alerts-killed": alerts_killed,
    "full-disk": partial(full_disk, "collect"),
    "full-disk-export": partial(full_disk, "export"),
    "full-disk-merge": partial(full_disk, "merge"),
    "quota": quota,
    "clock-ahead-a-week": partial(clock, (WEEK,)),
    "clock-back-an-hour": partial(clock, (-HOUR,)),
    "clock-to-and-fro": partial(clock, (HOUR, 0, WEEK, 0)),
    "calendar": calendar,
    "stopped-for-hours": stopped_for_hours,
    **STORE_TRIALS,
}


def main(arguments: Sequence[str] | None = None) -> int:
    reader = argparse.ArgumentParser(prog="python -m tests.nightly", description=__doc__)
    every = {**TRIALS, **BY_NAME}
    reader.add_argument("names", nargs="*", metavar="NAME", help=", ".join(every))
    reader.add_argument("--times", type=int, default=200, help="how often each is killed or run")
    reader.add_argument("--within", choices=ON_A_SMALL_DISK, help=argparse.SUPPRESS)
    options = reader.parse_args(arguments)
    if options.within:
        os.chdir("disk")
        print(ON_A_SMALL_DISK[options.within]())
        return 0
    if unknown := set(options.names) - set(every):
        reader.error(f"no trial named {min(unknown)} (one of {', '.join(every)})")
    results = [_tried(name, options.times) for name in options.names or TRIALS]
    return 0 if all(results) else 1


def _tried(name: str, times: int) -> bool:
    """Run one trial in an empty folder and report how it went."""
    before, begun = Path.cwd(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            line, good = {**TRIALS, **BY_NAME}[name](times), True
        except CannotTry as lack:
            line, good = f"NOT TRIED: {lack}", False
        except AssertionError as failure:
            line, good = f"FAILED: {failure}", False
        finally:
            os.chdir(before)
    print(f"{name:<20} {time.monotonic() - begun:6.1f} s  {line}", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
