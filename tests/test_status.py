"""Status says whether all is well, from real snapshots; what is wrong is flagged, and explained."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.shop import CHART, GENRE_CHART, HASTY, Shop, apptrack, pointed, ranked
from tests.support.stored import SOURCE, at, failure, receipt, snapshot
from tracker import storefronts
from tracker.analysis.health import (
    Flag,
)
from tracker.cli import main
from tracker.collect import collect
from tracker.daemon import alone
from tracker.fetch import Fetcher
from tracker.loopback.server import Answer, LoopbackStore
from tracker.model import Chart, Outcome, Provenance, iso
from tracker.status import Status, Watched, holder_of, status
from tracker.store import Reader, Store
from tracker.store import health as ask
from tracker.store.charts import observed_charts
from tracker.verify import verify

DB = Path("apptrack.db")
HOUR = timedelta(hours=1)
SECONDS = 3600.0


# From a database


def judge(
    now: float, *pairs: tuple[Chart, str], every: timedelta = HOUR, path: Path = DB
) -> Status:
    with Reader(path) as reader:
        return status(reader, pairs or [(CHART, SOURCE)], now=at(now), every=every)


def only(status: Status) -> Watched:
    (chart_state,) = status.watched
    return chart_state


def test_all_is_well_where_all_is_well() -> None:
    with Store(DB) as store:
        for hour in range(-1, 25):
            store.save(snapshot(hour, [hour + 100, 77, 78]))
    status = judge(24.5)
    assert status.well
    chart_state = only(status)
    assert chart_state.flags == ()
    day, month = chart_state.health.coverage["day"], chart_state.health.coverage["month"]
    assert day.share == pytest.approx(23.5 / 24)
    assert (day.snapshots, day.longest_spacing) == (24, 3600)
    # The month began without a snapshot.
    assert month.share == pytest.approx(25 / 24 / 30)
    assert (month.snapshots, month.gaps) == (26, 1)
    assert month.longest_spacing == pytest.approx((30 - 25.5 / 24) * 86_400)
    assert chart_state.due == at(25)
    assert status.size >= DB.stat().st_size


def test_repeats_are_found_by_ranks_not_by_bytes() -> None:
    snapshots = [
        ([1, 2, 3], b"a"),
        ([1, 2, 3], b"a"),
        ([1, 2, 3], b"b"),
        ([1, 3, 2], b"c"),
        ([1, 3], b"d"),
        ([1, 3, 2], b"c"),
        ([1, 3, 2], None),
    ]
    with Store(DB) as store:
        for hour, (ids, body) in enumerate(snapshots):
            this_snapshot = snapshot(hour, ids)
            store.save(this_snapshot, **(receipt(this_snapshot, body) if body else {}))
        store.save(snapshot(3.5, [9], provenance=Provenance.IMPORTED))
        store.save(snapshot(3.5, [9], source="web-charts"))
        own = ask.own_snapshots(store, CHART, SOURCE)
        assert own.repeats == (False, True, True, False, False, False, True)
        later = ask.own_snapshots(store, CHART, SOURCE, at(2.5))
        assert later.timeline.times[0] == at(2)
        assert later.repeats == (False, False, False, False, True)


def test_a_chart_frozen_for_longer_than_ever_is_reported_though_all_of_a_month_is_frozen() -> None:
    with Store(DB) as store, store.transaction():
        hours = [*range(0, 120, 2), *range(120, 120 + 40 * 24, 12)]
        for hour in hours:
            store.save(snapshot(hour, [hour + 100 if hour < 120 else 1000, 77]))
    chart_state = only(judge(hours[-1], every=12 * HOUR))
    assert chart_state.flags == (Flag.FROZEN,)
    assert chart_state.health.ranks is not None
    assert chart_state.health.ranks.since == at(120)


def test_one_standstill_as_long_years_ago_is_enough_to_say_nothing() -> None:
    with Store(DB) as store, store.transaction():
        for hour in range(24 * 50):
            same = hour < 100 or hour > 24 * 49
            store.save(snapshot(hour, [1 if same else hour + 1000, 77]))
    assert only(judge(24 * 50)).flags == ()


def test_imported_snapshots_say_nothing_about_the_watch() -> None:
    with Store(DB) as store:
        store.save(snapshot(0))
        store.save(snapshot(9, provenance=Provenance.IMPORTED))
        store.save(snapshot(9, source="itunes-rss", provenance=Provenance.ARCHIVED))
    status = judge(10)
    assert only(status).flags == (Flag.STALE,)
    assert status.others == ()


def test_failures_are_counted_by_kind_over_a_day_and_a_week() -> None:
    with Store(DB) as store:
        this_snapshot = snapshot(199)
        store.save(this_snapshot, **receipt(this_snapshot))
        for hour in (10, 100, 190, 195):
            store.record(failure(hour))
            store.record(replace(failure(hour), status=503, outcome=Outcome.RETRIED))
        store.record(failure(196, b"<html>"))
        store.record(replace(failure(60), outcome=Outcome.REFUSED))  # its payload was pruned
        store.record(replace(failure(198), outcome=Outcome.INTERRUPTED))  # no fault of the store
    status = judge(200)
    assert status.well
    chart_state = only(status)
    assert chart_state.day == {"HTTP 503": 2, "no answer": 2, "refused": 1}
    assert chart_state.week == {"HTTP 503": 3, "no answer": 3, "refused": 2}
    assert chart_state.unparsed == 1
    assert chart_state.last is not None
    assert chart_state.last.outcome is Outcome.SAVED


def test_a_last_answer_that_was_refused_is_a_problem_at_once() -> None:
    with Store(DB) as store:
        store.save(snapshot(9))
        store.record(failure(10, b"<html>"))
    assert only(judge(10)).flags == (Flag.REFUSED,)
    with Store(DB) as store:
        this_snapshot = snapshot(11)
        store.save(this_snapshot, **receipt(this_snapshot))
    assert only(judge(11)).flags == ()


# Who holds the database


def _hold(path: Path, held: Any, release: Any) -> None:
    with alone(path):
        held.set()
        release.wait(20)


def test_the_daemon_that_holds_the_database_is_named_and_a_dead_one_is_not() -> None:
    assert holder_of(DB) is None
    context = multiprocessing.get_context("fork")
    held, release = context.Event(), context.Event()
    child = context.Process(target=_hold, args=(DB.absolute(), held, release))
    child.start()
    assert held.wait(20)
    holder = holder_of(DB)
    assert holder is not None
    assert holder.pid == child.pid
    assert str(holder.since).startswith("20")
    child.kill()
    child.join()
    assert DB.with_name("apptrack.db.lock").read_text().startswith("process ")
    assert holder_of(DB) is None
    with alone(DB):
        holder = holder_of(DB)
        assert holder is not None
        assert holder.pid == os.getpid()
    assert holder_of(DB) is None


# The command, and whole passes


class Rounds:
    """Passes an hour apart, the last one just now, from a loopback store."""

    def __init__(self, shop: Shop, base: str) -> None:
        self.shop, self.base = shop, base

    def __call__(self, *answers: Sequence[int] | Answer, ago: float = 0) -> None:
        for number, answer in enumerate(answers):
            hours = len(answers) - 1 - number + ago
            time = datetime.now(UTC) - timedelta(hours=hours)
            self.shop.charts[CHART] = answer if isinstance(answer, Answer) else ranked(*answer)
            with Store(DB) as store, Fetcher(HASTY, clock=partial(_same, time)) as fetcher:
                collect([CHART], settings=pointed(self.base), store=store, fetcher=fetcher)


def _same(time: datetime) -> datetime:
    return time


@pytest.fixture
def rounds() -> Iterator[Rounds]:
    shop = Shop({})
    with LoopbackStore(shop) as served:
        yield Rounds(shop, served.base)


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [*map(str, args), "--db", str(DB)], terminal_width=200)


def printed(*args: object) -> Any:
    result = run("status", *args, "--json")
    assert result.exit_code in (0, 1), result.output
    return json.loads(result.stdout)


def test_well_is_exit_0_and_words(rounds: Rounds) -> None:
    rounds([1, 2, 3], [2, 1, 3])
    result = run("status", CHART)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "all is well"
    assert "cadence 60 min, from 'every' in the settings" in result.stdout
    assert "no daemon holds it" in result.stdout
    assert f"{CHART}  apple-rss  well" in result.stdout
    assert "; depth 3\n" in result.stdout
    # Two snapshots have no cadence, so that nothing is said of coverage.
    assert "in the last day: 2 snapshots, at most 23 h without one, coverage not known" in (
        result.stdout
    )
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert printed(CHART)["well"] is True


@pytest.mark.parametrize(
    ("spoil", "flag", "words"),
    [
        (lambda rounds: rounds([1, 2], ago=3), Flag.STALE, "no daemon runs: start 'apptrack run'"),
        (
            lambda rounds: rounds([1, 2], Answer(503, b"busy"), Answer(503, b"busy")),
            Flag.STALE,
            "failed, HTTP 503 Service Unavailable. What to do: if the next passes fail too",
        ),
        (
            lambda rounds: rounds([1, 2], Answer(body=b"<html>\x1b[2J</html>")),
            Flag.REFUSED,
            "then run 'apptrack reparse'",
        ),
        (
            lambda rounds: rounds(range(1, 101), range(1, 26)),
            Flag.SHRUNK,
            "counts as unobserved",
        ),
        (lambda rounds: rounds(Answer(404, b"")), Flag.NEVER, "failed, HTTP 404 Not Found"),
        (lambda rounds: rounds([1, 2], ago=-5), Flag.AHEAD, "set this machine's clock right"),
    ],
)
def test_each_problem_is_exit_1_and_a_plain_sentence(
    rounds: Rounds, spoil: Callable[[Rounds], None], flag: Flag, words: str
) -> None:
    spoil(rounds)
    result = run("status", CHART)
    assert result.exit_code == 1
    assert words in result.stdout
    assert result.stdout.splitlines()[-1] == "problems: 1"
    assert "\x1b" not in result.stdout
    (chart,) = printed(CHART)["charts"]
    assert chart["flags"] == [flag]
    (problem,) = chart["problems"]
    assert f"{flag}: {CHART} apple-rss: {problem['what']}. What to do: {problem['do']}." in (
        result.stdout
    )


def test_what_drives_a_terminal_is_not_printed() -> None:
    with Store(DB) as store:
        fetch = replace(failure(1, b"<html>"), error="\x1b[2Jnot a chart\nall is well")
        store.record(fetch)
    result = run("status", CHART)
    assert "not a chart all is well" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_chart_of_the_settings_that_was_never_read_is_a_problem(rounds: Rounds) -> None:
    rounds([1, 2])
    result = run("status")
    assert result.exit_code == 1
    assert f"never observed: {GENRE_CHART} itunes-rss: it was never read" in result.stdout
    assert f"run 'apptrack collect {GENRE_CHART}'" in result.stdout


def test_a_chart_whose_only_attempt_was_interrupted_was_tried() -> None:
    with Store(DB) as store:
        store.record(replace(failure(1), outcome=Outcome.INTERRUPTED, error="stopped"))
    result = run("status", CHART)
    assert result.exit_code == 1
    assert (
        f"never observed: {CHART} apple-rss: no snapshot ever succeeded; the last attempt, "
        f"{iso(at(1))}, was interrupted. What to do: run 'apptrack collect {CHART}'"
    ) in result.stdout
    assert printed(CHART)["charts"][0]["last_attempt"] == iso(at(1))
    with Store(DB) as store:  # a failure says more than an interruption later
        store.record(failure(0))
    assert f"the last attempt, {iso(at(0))}: failed, no answer" in run("status", CHART).stdout


def test_a_chart_no_longer_asked_for_is_listed_quietly(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds([1, 2])
    with Store(DB) as store:
        store.save(snapshot(0, chart=GENRE_CHART))
    monkeypatch.setenv("APPTRACK_CHARTS", str(CHART))
    result = run("status")
    assert result.exit_code == 0, result.output
    assert f"not in these settings, also stored: {GENRE_CHART} apple-rss" in result.stdout
    assert printed()["other_charts"] == [
        {"chart": str(GENRE_CHART), "source": "apple-rss", "last_success": iso(at(0))}
    ]
    with Store(DB) as store:
        for storefront in ("de", "fr", "jp", "kr", "gb", "it", "es", "at", "ch"):
            store.save(snapshot(0, chart=replace(CHART, storefront=storefront)))
    assert (
        "not in these settings, also stored: 9 storefronts of */iphone/top-free/apps apple-rss"
        in run("status").stdout
    )
    assert len(printed()["other_charts"]) == 10


def test_a_stored_chart_of_an_unknown_storefront_is_named_and_shown_nowhere() -> None:
    with Store(DB) as store:
        store.save(snapshot(0, [1, 2]))
        store.save(snapshot(0, [1, 2], chart=Chart.parse("jp/iphone/top-free/apps")))
        slug = "zz/iphone/top-free/apps"  # as an earlier version let in
        store.db.execute(
            "UPDATE charts SET slug = ?, storefront = 'zz' WHERE storefront = 'jp'", [slug]
        )
        store.db.conn.commit()
        assert store.charts() == [CHART]
        assert observed_charts(store) == [CHART]
        assert [seen.chart for seen in store.seen("1")] == [CHART]
        assert judge(0.5).unreadable == (slug,)
        findings = verify(store).findings
        assert any("Invalid storefront 'zz'" in finding.what for finding in findings)
    run = CliRunner().invoke(main, ["status", str(CHART), "--db", str(DB)])
    assert f"stored and not shown: {slug}, which is not a chart of either store" in run.output
    asked = CliRunner().invoke(main, ["status", str(CHART), "--json", "--db", str(DB)])
    assert json.loads(asked.stdout)["unreadable_charts"] == [slug]
    refused = CliRunner().invoke(main, ["standings", "--on", slug, "--db", str(DB)])
    assert refused.exit_code == 2
    assert "Invalid storefront 'zz'" in refused.output


def test_a_slower_cadence_is_reported_or_set(rounds: Rounds) -> None:
    rounds([1, 2], ago=12)
    rounds([2, 1], ago=6)
    result = run("status", CHART)
    assert "snapshots are 6.0 h apart; if that is meant, set 'every' to it" in result.stdout
    assert run("status", CHART, "--every", "6h").exit_code == 0
    assert printed(CHART, "--every", "6h")["cadence_seconds"] == 6 * 3600


def test_a_daemon_that_holds_on_and_does_nothing_is_named(rounds: Rounds) -> None:
    rounds([1, 2], ago=5)
    with alone(DB):
        result = run("status", CHART)
    assert result.exit_code == 1
    assert f"process {os.getpid()} holds the database and does not read: see" in result.stdout


@pytest.mark.parametrize(
    ("args", "code"), [(["us/phone/x"], 2), (["--every", "soon"], 2), (["--nothing"], 2), ([], 1)]
)
def test_misuse_is_2_and_no_database_is_1(args: list[str], code: int) -> None:
    result = run("status", *args)
    assert result.exit_code == code
    assert not DB.exists()


def test_a_feed_that_shrinks_is_stored_flagged_and_never_read_as_exits(rounds: Rounds) -> None:
    order = [*range(1001, 1101)]
    rounds(order, order, ago=1)
    rounds(order[:25])
    with Reader(DB) as reader:
        assert [reader.snapshot(number).depth for number in reader.snapshot_ids()] == [100, 100, 25]
    (chart,) = printed(CHART)["charts"]
    assert (chart["flags"], chart["depth"], chart["usual_depth"]) == (["shrunk"], 25, 100)
    # Ranks 60 and 70 before; beyond the depth after.
    (stats,) = [json.loads(run("stats", order[59], "--on", CHART, "--json").stdout)]
    assert (stats["drop_outs"], stats["ranked"], stats["peak_rank"]) == ([], 2, 60)
    pair = ("overtakes", order[59], order[9], "--on", CHART, "--json")
    assert json.loads(run(*pair).stdout) == []
    assert run("verify").exit_code == 0


def test_the_program_itself_has_an_exit_code_for_cron() -> None:
    with LoopbackStore(Shop({CHART: ranked(1, 2)})) as store:
        assert apptrack("collect", "--db", DB, CHART, base=store.base).returncode == 0
        done = apptrack("status", "--db", DB, CHART)
        assert (done.returncode, done.stderr) == (0, "")
        assert apptrack("status", "--db", DB, CHART, GENRE_CHART).returncode == 1


def test_imported_charts_are_called_that_and_alike_ones_share_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fronts = storefronts.GROUPS["eu"]
    charts = [replace(CHART, storefront=front) for front in fronts]
    with Store(DB) as store:
        for chart in charts:
            store.save(snapshot(0, chart=chart, provenance=Provenance.IMPORTED))
    monkeypatch.setenv("APPTRACK_CHARTS", ",".join(map(str, charts[:2])))
    few = run("status").stdout
    words = (
        "imported from a file; not recorded by this program; newest snapshot 2026-01-01T00:00:00Z"
    )
    assert f"  never read by this program; stored: {charts[0]} apple-rss, {words}" in few
    rest = f"also stored: {len(charts) - 2} of */iphone/top-free/apps apple-rss, {words}"
    assert few.count(words) == 3
    assert rest in few
    monkeypatch.setenv("APPTRACK_CHARTS", ",".join(map(str, charts)))
    many = run("status")
    lines = many.stdout.splitlines()
    assert len(lines) < 10
    assert lines[0].startswith(f"{len(charts)} charts  apple-rss  never observed: ")
    assert f"  imported, never read by this program: {len(charts)}" in lines
    assert f"never observed: {len(charts)} charts of apple-rss: " in many.stdout
    assert len({*lines}) == len(lines)
    assert len(printed()["foreign_charts"]) == len(charts)
