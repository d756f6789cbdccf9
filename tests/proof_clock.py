"""The machine's clock is set back, jumps ahead, changes its zone or stands still with the machine.

Nothing is doubled and nothing lost; times stay in UTC, each the clock's own word at that moment.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import chain, pairwise, repeat
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.shifting import shifted_clock
from tests.support.shop import (
    CHART,
    PUBLISHED,
    Changing,
    Shop,
    as_process,
    environment,
    pointed,
    ranked,
)
from tracker.cli import main
from tracker.collect import Result, collect
from tracker.fetch import Fetcher
from tracker.loopback.server import Answer, Answerer, LoopbackStore, Request
from tracker.model import iso
from tracker.status import status
from tracker.store import Store

DB = Path("apptrack.db")
#: Each pass sees other ranks, the two apps in question taking turns ahead.
ORDERS = [(1, 2, 3), (2, 1, 4), (1, 5, 2), (2, 3, 1), (1, 2, 5), (2, 1, 3)]
START = datetime(2026, 10, 25, 0, 0, 7, tzinfo=UTC)
BERLIN_SUMMER, BERLIN_WINTER = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Dated:
    """Answers as SHOP does, with the HTTP Date of CLOCK."""

    shop: Answerer
    clock: Callable[[], datetime]

    def __call__(self, request: Request) -> Answer:
        date = {"Date": format_datetime(self.clock(), usegmt=True)}
        return replace(self.shop(request), headers=date)


@dataclass(frozen=True, slots=True)
class Case:
    """What the clock says at each pass, in hours after START, and what becomes of each pass."""

    hours: tuple[float, ...]
    outcomes: tuple[str, ...]
    same_ranks: bool = False
    flags: tuple[str, ...] = ()

    @property
    def stored(self) -> list[str]:
        """The times that are in the database afterwards."""
        saved = zip(self.hours, self.outcomes, strict=True)
        return sorted(
            iso(START + timedelta(hours=hour)) for hour, outcome in saved if outcome == "saved"
        )


SAVED = ("saved",) * 6
BEHIND = ("clock behind the store",)
CASES = {
    "keeps time": Case((0, 1, 2, 3, 4, 5), SAVED),
    "steps back an hour between passes": Case((0, 1, 2, 2.2, 3.2, 4.2), SAVED, flags=BEHIND),
    "steps back an hour and some": Case((0, 1, 2, 1.7, 2.7, 3.7), SAVED, flags=BEHIND),
    "steps back onto the very second of an earlier pass": Case(
        (0, 1, 2, 1, 2, 3),
        ("saved", "saved", "saved", "refused", "refused", "saved"),
        flags=BEHIND,
    ),
    "steps back onto the very second, and the ranks are the same": Case(
        (0, 1, 2, 1, 2, 3),
        ("saved", "saved", "saved", "known", "known", "saved"),
        same_ranks=True,
        flags=BEHIND,
    ),
    "jumps a week ahead": Case((0, 1, 2, 171, 172, 173), SAVED),
    "jumps a week ahead and is set right": Case(
        (0, 1, 170, 171, 4, 5), SAVED, flags=("ahead of the clock",)
    ),
    "starts in 1970 and is set right": Case((-494_000, -493_999, 2, 3, 4, 5), SAVED),
}


HEAD = """
## The clock

Six passes an hour apart, by a clock that does this; the store's own is right, and its responses say
so. Each snapshot is stored once, at the time that this machine's clock showed, and `verify` proves
it. `status` is asked by that clock right after the last pass.

| the clock | passes | snapshots stored | `status` says |
| --- | --- | --- | --- |
"""
TAIL = """
The real `apptrack run` besides: where summer time begins or ends in the local zone it goes on at
its cadence, in UTC; after the machine has slept the passes that fell due are made up for once, and
never in a burst. `python -m tests.nightly` sets the clock back an hour and forward a week.
"""


def page() -> str:
    """The part of docs/faults.md about the clock."""
    return HEAD + "".join(_line(name, case) for name, case in CASES.items()) + TAIL


def _line(name: str, case: Case) -> str:
    counted = ", ".join(f"{many} {outcome}" for outcome, many in Counter(case.outcomes).items())
    text = ", ".join(case.flags) or "all is well"
    return f"| {name} | {counted} | {len(case.stored)} | {text} |\n"


@pytest.mark.parametrize("name", CASES)
def test_each_pass_is_stored_once_at_the_time_of_the_clock(name: str) -> None:
    case = CASES[name]
    results = [result for hour, number in zip(case.hours, range(6), strict=True)
               for result in passes_of(case, number, at_hour(hour))]  # fmt: skip
    assert tuple(str(result.outcome) for result in results) == case.outcomes
    for result in results:
        if result.failed:
            assert "is stored already with other ranks (recorded); it was left" in str(result.error)
    assert times() == case.stored
    with Store(DB) as store:
        assert store.counts()["fetches"] == 6
        assert store.unsound() == []
        now = START + timedelta(hours=case.hours[-1])
        report = status(store, [(CHART, "apple-rss")], now=now, every=timedelta(hours=1))
        assert report.watched[0].flags == case.flags
    nothing_is_refused()


def test_a_clock_set_back_while_an_answer_comes() -> None:
    clock = chain([START], repeat(START - timedelta(hours=1)))
    (result,) = passes_of(CASES["keeps time"], 0, clock)
    assert str(result.outcome) == "saved"
    with Store(DB) as store:
        ((started, seconds),) = store.db.execute("SELECT started_at, seconds FROM fetches")
    assert (started, times()) == (iso(START), [iso(START - timedelta(hours=1))])
    assert 0 <= seconds < 5
    assert result.clock_behind == timedelta(hours=1)


def test_the_hour_that_comes_twice_where_summer_ends_is_two_hours() -> None:
    def local(hour: int) -> datetime:
        zone = BERLIN_SUMMER if hour < 1 else BERLIN_WINTER
        return (START + timedelta(hours=hour)).astimezone(zone)

    assert local(0).hour == local(1).hour == 2
    for hour in range(4):
        passes_of(CASES["keeps time"], hour, repeat(local(hour)))
    assert times() == [f"2026-10-25T0{hour}:00:07Z" for hour in range(4)]
    nothing_is_refused()


def at_hour(hour: float) -> Iterator[datetime]:
    return repeat(START + timedelta(hours=hour))


def passes_of(case: Case, number: int, clock: Iterator[datetime]) -> Sequence[Result]:
    """One pass by CLOCK; the store's own clock is NUMBER hours after START."""
    shop = Shop({CHART: ranked(*ORDERS[0 if case.same_ranks else number])})
    with LoopbackStore(Dated(shop, lambda: START + timedelta(hours=number))) as base:
        settings = pointed(base.base, DB)
        with Store(DB) as store, Fetcher(settings.fetch, clock=lambda: next(clock)) as fetcher:
            return collect([CHART], settings=settings, store=store, fetcher=fetcher).results


def times(db: Path = DB) -> list[str]:
    """The times in the database, as a reader of the file meets them."""
    with Store(db) as store:
        rows = store.db.execute("SELECT observed_at FROM snapshots ORDER BY observed_at")
        return [time for (time,) in rows]


def nothing_is_refused() -> None:
    for command in ("overtakes 1 2 --json", "stats 1 --json", "verify", "chart 1 2 -o plot.json"):
        done = CliRunner().invoke(main, [*command.split(), "--db", str(DB)])
        assert done.exit_code == 0, (command, done.output)


# The real daemon


@contextmanager
def daemon(shop: Changing, db: Path = DB, **env: str) -> Iterator[subprocess.Popen[str]]:
    """`apptrack run` each second, two passes on its way; the store tells its own time."""
    command = [sys.executable, "-m", "tracker", "run", "--db", str(db), "--every", "1s", str(CHART)]
    with (
        LoopbackStore(Dated(shop, lambda: datetime.now(UTC))) as store,
        subprocess.Popen(
            command, env=environment(store.base, **env), text=True, stderr=subprocess.PIPE
        ) as process,
    ):
        try:
            wait_for(shop, 2)
            yield process
        finally:
            process.kill()


def wait_for(shop: Changing, passes: int) -> None:
    end = time.monotonic() + 30
    while len(shop.asked) < passes:
        assert time.monotonic() < end, "the daemon does not ask any more"
        time.sleep(0.02)


def end(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return said


def rule(change: datetime, *, summer_begins: bool) -> str:
    """A POSIX zone, an hour off UTC, whose summer begins or ends at CHANGE, and the other far."""
    offset = timedelta(hours=-1 if summer_begins else 0)  # the clock on the wall before CHANGE
    wall = change + offset
    far = change + timedelta(days=150)
    rules = [_day(wall) + f"/{wall:%H:%M:%S}", _day(far)]
    return "AAA1BBB," + ",".join(rules if summer_begins else reversed(rules))


def _day(time: datetime) -> str:
    return str((time - datetime(time.year, 1, 1, tzinfo=UTC)).days)


def test_a_daemon_takes_no_notice_of_summer_time() -> None:
    # Time enough for two daemons to begin on a busy machine.
    change = (datetime.now(UTC) + timedelta(seconds=12)).replace(microsecond=0)
    begins, ends = (rule(change, summer_begins=flag) for flag in (True, False))
    for zone, seconds in ((begins, 3600), (ends, -3600)):
        before, after = (offset_at(zone, change + timedelta(seconds=number)) for number in (-1, 1))
        assert after - before == seconds
    path, other, shops = Path("one.db"), Path("other.db"), (Changing(), Changing())
    with daemon(shops[0], path, TZ=begins) as first, daemon(shops[1], other, TZ=ends) as second:
        while datetime.now(UTC) < change + timedelta(seconds=1):
            time.sleep(0.05)
        for shop in shops:
            wait_for(shop, len(shop.asked) + 2)
        words = end(first), end(second)
    for shop, db, said in zip(shops, (path, other), words, strict=True):
        seen = [datetime.fromisoformat(time) for time in times(db)]
        assert len(seen) + refused(said) == len(shop.asked), said
        assert max(later - first for first, later in pairwise(seen)) < timedelta(seconds=20)
        assert seen[0] < change < seen[-1] <= datetime.now(UTC)


def refused(said: str) -> int:
    """How many passes shared their second with another and, with other ranks, were refused."""
    return len(re.findall(r"WARNING refused .* is stored already with other ranks", said))


def offset_at(zone: str, at: datetime) -> int:
    """Seconds that ZONE is ahead of UTC at a time, as the C library reads it."""
    script = f"import time; print(time.localtime({at.timestamp()}).tm_gmtoff)"
    done = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | {"TZ": zone}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    return int(done.stdout)


def test_passes_that_fell_due_while_the_machine_slept_are_made_up_for_once() -> None:
    shop = Changing()
    with daemon(shop) as process:
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        asleep = len(shop.asked)
        time.sleep(3.2)
        assert len(shop.asked) == asleep
        process.send_signal(signal.SIGCONT)
        woke = time.monotonic()
        wait_for(shop, asleep + 4)
        said = end(process)
    late = [value - woke for value in shop.asked[asleep:]]
    # One at once for all that were missed, then one a second: never a burst.
    assert late[2] > 0.9, late
    assert len(times()) + refused(said) == len(shop.asked), said
    assert not re.search(r"ERROR|Traceback", said), said


# A clock that is a month behind


def test_a_clock_behind_the_store_is_said_and_flagged() -> None:
    more, off_by = a_clock_of_our_own()
    off_by(-30 * 86_400)
    shop = Changing()
    with LoopbackStore(Dated(shop, lambda: datetime.now(UTC))) as store:
        args = ("collect", "--db", DB, CHART)
        done = as_process(*args, base=store.base, **more)
        time.sleep(1.1)  # two snapshots of one second with different ranks contradict each other
        logged = as_process(*args, "--log-format", "json", base=store.base, **more)
        judged = as_process("status", "--db", DB, CHART, **more)
    assert (done.returncode, done.stdout.split()[0]) == (0, "saved")
    line = rf"clock behind the store: {CHART} apple-rss: this machine's clock said (\S+) when "
    line += r"the store's said (\S+); set this machine's clock right"
    (said,) = re.findall(line, done.stderr)
    ours, theirs = map(datetime.fromisoformat, said)
    assert theirs - ours == timedelta(days=30)
    assert re.search(line, logged.stderr)
    (fetch,) = [line for line in map(json.loads, logged.stderr.splitlines()) if "outcome" in line]
    assert fetch["clock_behind_seconds"] == 30 * 86_400
    assert judged.returncode == 1
    assert "  snapshots dated by a clock behind the store: 2\n" in judged.stdout
    assert f"clock behind the store: {CHART} apple-rss: this machine's clock said" in judged.stdout
    assert [time[:10] for time in times()] == [f"{ours:%Y-%m-%d}"] * 2  # stored as observed


def test_a_daemon_says_at_each_pass_that_its_clock_is_behind_until_it_is_set_right() -> None:
    more, off_by = a_clock_of_our_own()
    off_by(-3600)
    shop = Changing()
    with daemon(shop, DB, **more) as process:
        off_by(0)
        wait_for(shop, len(shop.asked) + 2)
        before, _, last = end(process).rpartition("pass done")
    assert (
        len(re.findall("WARNING clock behind the store: .* set this machine's clock right", before))
        >= 1
    )
    lines = before.splitlines()
    assert not any("clock behind" in line for line in lines[-2:]), last


def test_a_feed_dated_after_it_was_read_is_proof_without_an_http_date() -> None:
    with LoopbackStore(Shop({CHART: ranked(1, 2)})) as base, Store(DB) as store:
        settings, early = pointed(base.base, DB), PUBLISHED - timedelta(days=2)
        with Fetcher(settings.fetch, clock=lambda: early) as fetcher:
            (result,) = collect([CHART], settings=settings, store=store, fetcher=fetcher).results
    assert (result.failed, result.clock_behind) == (False, timedelta(days=2))


def test_a_clock_ahead_of_the_store_is_not_proved_by_an_old_date() -> None:
    (result,) = passes_of(CASES["keeps time"], 0, repeat(START + timedelta(hours=3)))
    assert result.clock_behind == timedelta(0)


def a_clock_of_our_own() -> tuple[dict[str, str], Callable[[int], None]]:
    made = shifted_clock()
    if made is None:
        pytest.skip("no C compiler here (or no Linux), which would give us a clock to set")
    return made
