"""Trials of the store for ``python -m tests.nightly``: long work, read-only media, damage.

Each returns a line that says what was seen, raises ``AssertionError`` where it is not as it should
be, and ``CannotTry`` where this machine lacks what it needs.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner

from tests.support.shop import CHART, Changing, as_process, environment, ranked
from tests.support.stored import SOURCE, at, failure, receipt, snapshot
from tracker.errors import ApptrackError
from tracker.held import Held
from tracker.loopback.formats import render
from tracker.loopback.server import LoopbackStore
from tracker.model import Payload, iso
from tracker.sources import SOURCES
from tracker.store import Reader, Store
from tracker.verify import verify

DB, CSV = Path("apptrack.db"), Path("big.csv")
ROOT = Path(__file__).parents[1]
#: The largest import: five years of one hourly chart and half of another's, 100 entries each.
LARGEST = 60_000
_EVERY = 5
NOBODY = 65534


class CannotTry(Exception):
    """This machine lacks what the trial needs; the line says what."""


# Long work beside the daemon


def start(*args: object, base: str | None = None) -> subprocess.Popen[str]:
    with Path("said.txt").open("a", encoding="utf-8") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tracker", *map(str, args)],
            env=environment(base) | {"PYTHONPATH": str(ROOT)}, stdout=log, stderr=log, text=True,
        )  # fmt: skip


@contextmanager
def daemon(shop: Changing, every: float = _EVERY) -> Iterator[subprocess.Popen[str]]:
    """`apptrack run` on one chart, ended cleanly at the end of the block."""
    with LoopbackStore(shop) as store:
        process = start("run", "--db", DB, "--every", f"{every:g}s", CHART, base=store.base)
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, said()
        finally:
            process.kill()
            process.wait()


def said() -> str:
    return Path("said.txt").read_text("utf-8")


def write_largest(snapshots: int) -> None:
    """A CSV of so many snapshots of 100 entries, of years gone by."""
    dice, begun = random.Random(1), datetime(2015, 1, 1, tzinfo=UTC)
    order = list(range(100_000, 100_100))
    with CSV.open("w", encoding="utf-8") as file:
        file.write("observed_at,chart,source,rank,app_id,name\n")
        for hour in range(snapshots):
            place = dice.randrange(99)
            order[place], order[place + 1] = order[place + 1], order[place]
            if not hour % 10:
                order[-1] = 200_000 + hour
            time_ = iso(begun + timedelta(hours=hour))
            file.writelines(
                f"{time_},{CHART},itunes-rss,{rank},{app},App {app}\n"
                for rank, app in enumerate(order, 1)
            )


def fill_old(snapshots: int) -> None:
    """Old snapshots with payloads to prune, and refused answers to reparse."""
    with Store(DB) as store, store.transaction():
        for hour in range(snapshots):
            this_snapshot = snapshot(hour, [hour % 50 + 1, 777])
            body = f"payload {hour} ".encode() * 200
            store.save(this_snapshot, **receipt(this_snapshot, body))
            store.record(failure(hour + 0.5, b"refused %d" % hour))


def long_work(times: int) -> str:
    """The daemon every 5 s beside the largest import, then reparse and prune: no pass lost."""
    snapshots = LARGEST if times >= 200 else 300 * times
    write_largest(snapshots)
    fill_old(min(snapshots, 5_000))
    shop = Changing()
    works: Sequence[Sequence[object]] = (
        ("import", CSV, "--db", DB),
        ("reparse", "--db", DB),
        ("prune", "--yes", "--db", DB, "--payloads-before", "2026-06-01"),
    )
    with daemon(shop):
        while not shop.asked:
            time.sleep(0.1)
        begun = time.monotonic()
        for work in works:
            process = start(*work)
            assert process.wait(3600) == 0, said()
        seconds = time.monotonic() - begun
        time.sleep(2 * _EVERY)
    waits = [after - before for before, after in zip(shop.asked, shop.asked[1:], strict=False)]
    stored = mine()
    assert stored == len(shop.asked), f"{len(shop.asked)} asked, {stored} stored: {said()}"
    assert max(waits) < 2 * _EVERY + 5, f"a pass came {max(waits):.1f} s after the one before"
    assert "locked" not in said(), said()
    whole(snapshots)
    return (
        f"{len(shop.asked)} passes in {seconds:.0f} s of import ({snapshots} snapshots), reparse "
        f"and prune: each stored; at most {max(waits):.1f} s apart"
    )


def mine() -> int:
    """How many snapshots the daemon has recorded of its own chart."""
    with closing(sqlite3.connect(DB)) as connection:
        sql = "SELECT count(*) FROM snapshots WHERE observed_at > '2026-10' AND source = ?"
        return int(connection.execute(sql, (SOURCE,)).fetchone()[0])


def whole(snapshots: int) -> None:
    """The import is there whole or not at all, nothing is half there."""
    with Reader(DB) as reader:
        assert reader.unsound() == []
    with closing(sqlite3.connect(DB)) as connection:
        (many,) = connection.execute(
            "SELECT count(*) FROM snapshots WHERE source = 'itunes-rss'"
        ).fetchone()
        (entries,) = connection.execute(
            "SELECT count(*) FROM observations WHERE source = 'itunes-rss'"
        ).fetchone()
    assert many in (0, snapshots), many
    assert entries == 100 * many, entries


def killed_beside(times: int) -> str:
    """Kill the import, the prune or the daemon at random; nothing is half there, none is lost."""
    dice, snapshots = random.Random(2), 300
    write_largest(snapshots)
    fill_old(400)
    killed = {"import": 0, "prune": 0, "daemon": 0}
    for turn in range(times):
        shop = Changing()
        with LoopbackStore(shop) as store:
            run = start("run", "--db", DB, "--every", "1s", CHART, base=store.base)
            work = start("import", CSV, "--db", DB) if turn % 2 else prune_some(dice)
            name = "import" if turn % 2 else "prune"
            time.sleep(dice.uniform(0.3, 3.5))
            victim = dice.choice([run, work])
            killed["daemon" if victim is run else name] += victim.poll() is None
            victim.kill()
            victim.wait()
            assert work.wait(120) in (0, -signal.SIGKILL), said()
            run.send_signal(signal.SIGTERM)
            # Told before it listens, it ends as the system would.
            assert run.wait(60) in (0, -signal.SIGKILL, -signal.SIGTERM), said()
        whole(snapshots)
        with Store(DB) as kept:
            for number in kept.payload_ids():
                kept.body(number)  # raises where it cannot be read
            for table in ("snapshots", "fetches"):
                sql = f"SELECT count(*) FROM {table} WHERE payload NOT IN (SELECT id FROM payloads)"
                assert kept.db.execute(sql).fetchone() == (0,)
    assert as_process("import", CSV, "--db", DB).returncode == 0
    whole(snapshots)
    with closing(sqlite3.connect(DB)) as connection:
        assert connection.execute("SELECT count(*) FROM incoming").fetchone() == (0,)
    return f"killed at work: {killed}; each file sound, no import half there, no payload lost"


def prune_some(dice: random.Random) -> subprocess.Popen[str]:
    before = iso(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=dice.randrange(1, 400)))
    return start("prune", "--yes", "--db", DB, "--payloads-before", before)


def stopped(times: int) -> str:
    """SIGSTOP the daemon for twelve passes: one is made up for when it goes on, never a burst."""
    shop = Changing()
    with daemon(shop, every=1) as process:
        while len(shop.asked) < 2:
            time.sleep(0.05)
        process.send_signal(signal.SIGSTOP)
        before = len(shop.asked)
        time.sleep(12)
        asleep = len(shop.asked) - before
        process.send_signal(signal.SIGCONT)
        time.sleep(3.5)
        after = len(shop.asked) - before - asleep
    assert asleep <= 1, asleep
    assert 3 <= after <= 6, after
    assert "ERROR" not in said(), said()
    assert mine() == len(shop.asked), said()
    return f"12 passes slept through: none asked for; {after} in the 3.5 s after, each stored"


def foreign_lock(times: int) -> str:
    """Another program holds the write lock for a minute: every pass due is made and held."""
    shop = Changing()
    Store(DB).close()
    with closing(sqlite3.connect(DB, isolation_level=None)) as other:
        with daemon(shop):
            while len(shop.asked) < 2:
                time.sleep(0.05)
            other.execute("BEGIN IMMEDIATE")
            before = len(shop.asked)
            time.sleep(60)
            asked, held = len(shop.asked) - before, len(Held(DB).files())
            status = as_process("status", "--db", DB, CHART)
            other.execute("ROLLBACK")
            time.sleep(2 * _EVERY)
        assert "ERROR" not in said(), said()
        assert "skipped" not in said(), said()
        assert 11 <= asked <= 13, asked
        assert held in (asked, asked - 1), (held, asked)
        assert f"held: {held} waiting in" in status.stdout, status
        assert mine() == len(shop.asked), said()
        assert not Held(DB).files()
        with LoopbackStore(shop) as store:
            process = start("run", "--db", DB, "--every", "5s", CHART, base=store.base)
            many = len(shop.asked)
            while len(shop.asked) == many:
                time.sleep(0.05)
            other.execute("BEGIN IMMEDIATE")
            slowest = 0.0
            while len(shop.asked) < many + 2:
                time.sleep(0.05)
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, said()
            slowest = time.monotonic() - begun
            other.execute("ROLLBACK")
    assert slowest < 3, slowest  # about 1 s on an idle machine
    return (
        f"{asked} passes fell due within 60 s of a foreign lock, {held} responses held, each "
        f"stored afterwards; SIGTERM under the lock ended the daemon in {slowest:.1f} s"
    )


# Read-only media, and another user

_READING = (
    "overtakes 1 2", "versus 1 2", "stats 1", "standings", "brief 2", "wave 1 2", "verify",
    "events list", "alerts outbox", "chart 1 2 -o /tmp/plot.svg", "heatmap 1 --table",
    "prune --dry-run --payloads-before 2026-01-02",
)  # fmt: skip


def read_only_mount(times: int) -> str:
    """Every reading command and browse, on a folder that is mounted read-only."""
    unshare = shutil.which("unshare")
    if unshare is None or sys.platform != "linux":
        raise CannotTry("no unshare here, which would give us a mount of our own")
    folder = Path("media").absolute()
    folder.mkdir()
    history(folder / "apptrack.db")
    script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$0" -m ' + (
        'tests.nightly_store within "$1"'
    )
    done = subprocess.run(
        [unshare, "--user", "--map-root-user", "--mount", "sh", "-c", script, sys.executable,
         str(folder)],
        env=environment() | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "unshare:" in done.stderr or "mount:" in done.stderr:
        raise CannotTry(f"nothing can be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def history(path: Path) -> None:
    with Store(path) as store:
        for hour in range(6):
            store.save(snapshot(hour, [1, 2, 3] if hour < 3 else [2, 1, 3]))


def another_user(times: int) -> str:
    """Every reading command as one who may not write the folder, beside a writer and alone."""
    rights = shutil.which("setpriv")
    if os.geteuid() != 0 or rights is None:
        raise CannotTry("only root with setpriv can give up the right to write everywhere")
    # Root without its rights over others' files, who can still read this program's own.
    other = (rights, "--bounding-set", "-all", "--inh-caps", "-all")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "apptrack.db"
        history(path)
        with Store(path) as store:  # a live log and its shared memory
            store.save(snapshot(9, [2, 1, 3]))
            _give_away(folder)
            beside = _all_read(folder, "beside a writer", *other)
        _give_away(folder)
        alone = _all_read(folder, "alone", *other)
    return f"{beside}; {alone}"


def _give_away(folder: Path) -> None:
    for path in (folder, *folder.iterdir()):
        os.chown(path, NOBODY, NOBODY)
        path.chmod(0o755 if path is folder else 0o644)


def _all_read(folder: Path, how: str, *before: str) -> str:
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".db-shm"}
    for command in _READING:
        done = subprocess.run(
            [*before, sys.executable, "-m", "tracker", *command.split(), "--db",
             folder / "apptrack.db"],
            env=environment() | {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": "/tmp"},
            capture_output=True, text=True, check=False, cwd="/tmp",
        )  # fmt: skip
        assert done.returncode == 0, f"{how}: {command}: {done.stdout}{done.stderr}"
    now = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".db-shm"}
    assert now == files, how
    return f"{len(_READING)} commands {how}"


def _within(folder: Path) -> str:
    text = _all_read(folder, "on a read-only mount")
    from tests.support.browsing import browsing

    os.chdir("/tmp")
    with browsing(folder / "apptrack.db") as site:
        assert site.page(".json")
    refused = as_process("collect", "--db", folder / "apptrack.db", CHART)
    assert refused.returncode == 1, refused
    assert "Traceback" not in refused.stderr, refused.stderr
    return f"{text}, and browse; nothing written; collect refused in one line"


# Damaged pages


def damaged_pages(times: int) -> str:
    """Flip bytes in random pages: no answer with exit 0 that `verify` would contradict."""
    source = SOURCES[SOURCE]
    with Store(DB) as store, store.transaction():
        for hour in range(800):  # more than a block
            order = ranked(*((hour + number) % 40 + 1 for number in range(20)))
            body = render(SOURCE, CHART, order, at(hour))
            payload = Payload(CHART, SOURCE, source.url(CHART, source.base), at(hour), body)
            snapshot = source.parse(payload)
            store.save(snapshot, **receipt(snapshot, body, payload=payload) | {"payload": payload})
    with closing(sqlite3.connect(DB)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sound, dice = DB.read_bytes(), random.Random(3)
    right = answers()
    assert all(right.values()), [command for command, said in right.items() if not said]
    seen = {"every answer the same": 0, "damage reported": 0, "another answer": 0}
    for _ in range(times):
        damaged = bytearray(sound)
        for _ in range(dice.choice([1, 8, 64, 256])):
            damaged[dice.randrange(100, len(damaged))] ^= 1 << dice.randrange(8)
        for ending in ("-wal", "-shm"):
            DB.with_name(DB.name + ending).unlink(missing_ok=True)
        DB.write_bytes(damaged)
        now = answers()
        others = [command for command in right if now[command] not in (None, right[command])]
        if others:
            assert is_contradicted(), f"another answer of {others}, and verify finds nothing"
            seen["another answer"] += 1
            print("another answer:", *others, sep="\n  ")
        else:
            seen["damage reported" if None in now.values() else "every answer the same"] += 1
    return f"{times} files with flipped bits, {len(right)} commands each: {seen}"


_QUESTIONS = (
    f"top {CHART} --json", f"movers {CHART} --json", f"stats 1 --on {CHART} --json",
    f"overtakes 1 2 --on {CHART} --json", f"overtakes 1 2 --on {CHART}",
    f"overtakes 1 2 --on {CHART} --since 2026-01-28 --json", f"heatmap 1 --on {CHART} --table",
    "brief 1 --json", "versus 1 2 --json", "wave 1 2 --json",
    f"standings --on {CHART} --json", f"export series 1 --on {CHART}",
)  # fmt: skip


def answers() -> dict[str, str | None]:
    """What the commands answer; None where they say that they cannot, with exit code 1."""
    from tracker.cli import main

    said: dict[str, str | None] = {}
    for question in _QUESTIONS:
        result = CliRunner().invoke(main, [*question.split(), "--db", str(DB)])
        assert result.exit_code in (0, 1), (question, result.output)
        assert not result.exception or isinstance(result.exception, SystemExit), result.exception
        said[question] = None if result.exit_code else result.stdout
    return said


def is_contradicted() -> bool:
    try:
        with Reader(DB) as reader:
            return bool(verify(reader).findings)
    except ApptrackError:
        return True


TRIALS: dict[str, Callable[[int], str]] = {
    "long-work": long_work,
    "killed-beside": killed_beside,
    "stopped": stopped,
    "foreign-lock": foreign_lock,
    "read-only-mount": read_only_mount,
    "another-user": another_user,
    "damaged-pages": damaged_pages,
}

if __name__ == "__main__":
    print(_within(Path(sys.argv[2])))
