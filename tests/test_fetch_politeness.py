"""Retries, waits, the pace of a host, charts side by side, and the end of a pass."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from math import inf
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fetching import (
    BODY,
    CHART,
    HASTY,
    NOW,
    SOON,
    Logged,
    body_of,
    hasty_fetcher,
    only,
    read,
    sooner_than,
    wanted,
)
from tracker.errors import FetchError
from tracker.fetch import Fetcher, Wanted, timing
from tracker.fetch.failures import retry_after
from tracker.fetch.timing import Pace, Watchdog
from tracker.loopback.server import Answer, LoopbackStore, Request, by_path, fixed, sequence
from tracker.model import Chart, Fetch, Outcome


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(SOON)  # one that has done its work is not gone yet on a busy machine
    assert set(threading.enumerate()) <= before


def outcomes(fetches: list[Fetch]) -> list[tuple[Outcome | None, int | None]]:
    return [(fetch.outcome, fetch.status) for fetch in fetches]


def charts(base: str, number: int) -> list[Wanted]:
    return [Wanted(CHART, "apple-rss", f"{base}/{n}") for n in range(number)]


# Retries


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_trouble_that_may_pass_is_asked_again_and_each_attempt_is_reported(status: int) -> None:
    fetches = read(sequence([Answer(status, b"later"), Answer(body=BODY)]), retries=3)
    assert outcomes(fetches) == [(Outcome.RETRIED, status), (None, 200)]
    assert [body_of(fetch) for fetch in fetches] == [b"later", BODY]


def test_retries_end_and_the_last_attempt_is_the_failure() -> None:
    fetches = read(fixed(b"", status=503), retries=2)
    assert outcomes(fetches) == [(Outcome.RETRIED, 503)] * 2 + [(Outcome.FAILED, 503)]
    assert fetches[-1].error == "HTTP 503 Service Unavailable"


@pytest.mark.parametrize(
    "fault",
    [Answer(hang=2.0), Answer(body=BODY, promise=99), Answer(reset=True, pieces=())],
    ids=["silence", "broken off", "reset"],
)
def test_a_broken_attempt_is_made_again(fault: Answer) -> None:
    fetches = read(sequence([fault, Answer(body=BODY)]), retries=1, read_timeout=1.0)
    assert [fetch.outcome for fetch in fetches] == [Outcome.RETRIED, None]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_a_status_that_lasts_is_not_asked_again(status: int) -> None:
    assert outcomes(read(fixed(b"", status=status), retries=2)) == [(Outcome.FAILED, status)]


def test_retry_after_is_waited() -> None:
    asking = Answer(503, headers={"Retry-After": "1"})
    log = Logged(sequence([asking, Answer(body=BODY)]))
    assert len(read(log, retries=1, longest_wait=1.5)) == 2
    assert log.spacings[0] >= 1.0


def test_a_wait_of_exactly_the_limit_is_waited_and_a_longer_one_is_not() -> None:
    def asking(seconds: int) -> list[Fetch]:
        later = Answer(503, headers={"Retry-After": str(seconds)})
        return read(sequence([later, Answer(body=BODY)]), retries=1, longest_wait=1.0)

    assert outcomes(asking(1)) == [(Outcome.RETRIED, 503), (None, 200)]
    assert asking(1)[0].error == "HTTP 503 Service Unavailable"
    assert outcomes(asking(2)) == [(Outcome.FAILED, 503)]


@pytest.mark.parametrize("value", ["3600", format_datetime(NOW + timedelta(hours=1), usegmt=True)])
def test_a_wait_that_is_too_long_is_reported_instead(value: str) -> None:
    with sooner_than():
        fetch = only(read(fixed(b"", status=429, headers={"Retry-After": value}), retries=2))
    assert fetch.outcome is Outcome.FAILED
    assert fetch.error == (
        "HTTP 429 Too Many Requests, and asks to wait 3600 s; more than 0.05 s is not waited"
    )


@pytest.mark.parametrize("value", ["-5", "soon", "", "1e9", "²", "Thu, 99 Foo 2026 25:61:61 GMT"])
def test_a_retry_after_that_says_nothing_is_passed_over(value: str) -> None:
    answers = sequence([Answer(503, headers={"Retry-After": value}), Answer(body=BODY)])
    assert len(read(answers, retries=1, longest_wait=0.05)) == 2


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 0.0), ("0", 0.0), (" 120 ", 120.0), ("9" * 5000, inf), ("-1", 0.0),
        ("Mon, 17 Aug 2026 04:52:46 +99999999999999999999", 0.0),
        ("Mon, 17 Aug 2026 04:52:46 GMT", 120.0), ("Mon, 17 Aug 2026 04:52:46 -0000", 120.0),
        ("Mon, 17 Aug 2026 06:52:46 +0200", 120.0), ("Mon, 17 Aug 2020 04:50:46 GMT", 0.0),
    ],
)  # fmt: skip
def test_what_retry_after_asks(value: str | None, seconds: float) -> None:
    assert retry_after(value, NOW) == seconds


@settings(max_examples=100, deadline=None)
@given(st.text() | st.from_regex(r"\w{3}, \d+ \w{3} \d{1,20} \d+:\d+:\d+( [+-]\d+)?"))
def test_any_retry_after_is_some_wait(value: str) -> None:
    assert retry_after(value, datetime(2026, 8, 17, tzinfo=UTC)) >= 0.0


# The pace


def test_requests_to_one_host_keep_their_pace_whoever_makes_them() -> None:
    log = Logged(fixed(BODY))
    with LoopbackStore(log) as store, hasty_fetcher(per_minute=1200) as fetcher:
        assert len(list(fetcher.fetch_all(charts(store.base, 6)))) == 6
    assert len(log.times) == 6
    assert log.kept(0.05)


def test_redirects_and_retries_keep_the_pace_too() -> None:
    hop = Answer(302, headers={"Location": "/b"})
    log = Logged(sequence([hop, Answer(503), hop, Answer(body=BODY)]))
    fetches = read(log, per_minute=600, retries=1)
    assert [fetch.outcome for fetch in fetches] == [Outcome.RETRIED, None]
    assert len(log.times) == 4
    assert log.kept(0.1)


def test_waiting_for_the_pace_counts_against_no_attempt() -> None:
    hop = Answer(302, headers={"Location": "/b"})
    fetch = only(read(by_path({"/chart": hop, "/b": BODY}), per_minute=20, total_timeout=2.5))
    assert body_of(fetch) == BODY
    assert fetch.seconds < 2.5


def test_two_hosts_do_not_wait_for_each_other() -> None:
    with (
        LoopbackStore(fixed(BODY)) as loopback_store,
        LoopbackStore(fixed(BODY)) as other,
        hasty_fetcher(per_minute=2) as fetcher,
        sooner_than(),
    ):
        fetches = list(fetcher.fetch_all([wanted(loopback_store.base), wanted(other.base)]))
    assert [body_of(fetch) for fetch in fetches] == [BODY, BODY]


def test_who_asks_too_often_is_held_back_for_every_chart_of_the_host() -> None:
    def answer(request: Request) -> Answer:
        too_often = Answer(429, headers={"Retry-After": "2"})
        return too_often if request.number == 1 else Answer(body=BODY)

    log = Logged(answer)
    with (
        LoopbackStore(log) as store,
        hasty_fetcher(workers=2, retries=1, longest_wait=3.0, per_minute=60) as fetcher,
    ):
        assert len(list(fetcher.fetch_all(charts(store.base, 2)))) == 3
    first, *later = sorted(log.times)
    # The other chart's own turn would have come after one second.
    assert all(time - first >= 2.0 for time in later)


def test_a_shorter_wait_asked_for_later_cuts_no_longer_one_short() -> None:
    pace, begun = Pace(0), monotonic()
    pace.postpone("host", 1.0)
    pace.postpone("host", 0.1)
    with Watchdog(threading.Event()) as over:
        assert pace.take("host", over)
    assert monotonic() - begun >= 1.0


def test_no_pace_is_no_wait() -> None:
    pace = Pace(0)
    with Watchdog(threading.Event()) as over, sooner_than():
        assert all(pace.take("host", over) for _ in range(1000))


# Side by side


def test_charts_are_read_side_by_side() -> None:
    with (
        LoopbackStore(fixed(BODY, hang=2.0)) as store,
        hasty_fetcher(workers=8) as fetcher,
        sooner_than(),  # 16 s one after another
    ):
        fetches = list(fetcher.fetch_all(charts(store.base, 8)))
    assert [body_of(fetch) for fetch in fetches] == [BODY] * 8


def test_no_more_charts_are_under_way_than_there_are_workers() -> None:
    lock, under_way, most = threading.Lock(), [0], [0]
    three = threading.Barrier(3)

    def answer(request: Request) -> Answer:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        three.wait(SOON)
        threading.Event().wait(0.05)  # for a fourth to come, if there were one
        with lock:
            under_way[0] -= 1
        return Answer(body=BODY)

    with LoopbackStore(answer) as store, hasty_fetcher(workers=3) as fetcher:
        assert len(list(fetcher.fetch_all(charts(store.base, 12)))) == 12
    assert most[0] == 3


def test_each_charts_attempts_come_in_order_and_a_failure_is_of_one_chart_only() -> None:
    def answer(request: Request) -> Answer:
        return Answer(503) if request.path in ("/1", "/3") else Answer(body=request.path.encode())

    result = defaultdict(list)
    with LoopbackStore(answer) as store, hasty_fetcher(retries=2) as fetcher:
        for fetch in fetcher.fetch_all(charts(store.base, 5)):
            result[fetch.url.removeprefix(store.base)].append(fetch)
    failed = [Outcome.RETRIED, Outcome.RETRIED, Outcome.FAILED]
    assert [fetch.outcome for fetch in result["/1"] + result["/3"]] == failed * 2
    for path in ("/0", "/2", "/4"):
        assert body_of(only(result[path])) == path.encode()


def test_each_payload_is_the_charts_own() -> None:
    slugs = [f"{storefront}/iphone/top-free/apps" for storefront in ("us", "jp", "de", "fr")] * 10
    with LoopbackStore(lambda request: Answer(body=request.path.encode())) as store:
        asked = [Wanted(Chart.parse(slug), "apple-rss", f"{store.base}/{slug}") for slug in slugs]
        with hasty_fetcher() as fetcher:
            fetches = list(fetcher.fetch_all(asked))
    assert sorted(str(fetch.chart) for fetch in fetches) == sorted(slugs)
    assert all(body_of(fetch) == f"/{fetch.chart}".encode() for fetch in fetches)


def test_a_slow_reader_does_not_make_the_memory_fill() -> None:
    with LoopbackStore(fixed(BODY)) as store, hasty_fetcher(workers=2) as fetcher:
        fetches = fetcher.fetch_all(charts(store.base, 100))
        next(fetches)
        threading.Event().wait(0.3)
        assert len(store.served) <= 8  # twice the workers, beside as many in the reader's hands
        assert len(list(fetches)) == 99


def test_responses_that_arrive_while_the_reader_is_busy_are_read_together() -> None:
    bunches = []
    with LoopbackStore(fixed(BODY)) as store, hasty_fetcher(workers=2) as fetcher:
        for bunch in fetcher.fetch_together(charts(store.base, 10)):
            bunches.append(len(bunch))
            threading.Event().wait(0.3)
    assert max(bunches) > 1
    assert sum(bunches) == 10


def test_no_charts_are_no_fetches() -> None:
    with hasty_fetcher() as fetcher:
        assert list(fetcher.fetch_all([])) == []


def test_a_bug_in_a_worker_is_raised_to_the_caller() -> None:
    def broken_clock() -> datetime:
        raise ZeroDivisionError

    with (
        LoopbackStore(fixed(BODY)) as store,
        Fetcher(HASTY, clock=broken_clock) as fetcher,
        pytest.raises(ZeroDivisionError),
    ):
        list(fetcher.fetch_all(charts(store.base, 20)))


# The end of a pass


STOPPED = "apptrack was stopped before the answer was whole"


def stopped_after(seconds: float) -> threading.Event:
    stop = threading.Event()
    timer = threading.Timer(seconds, stop.set)
    timer.daemon = True
    timer.start()
    return stop


def test_a_pass_stopped_before_it_began_asks_nothing() -> None:
    stop = threading.Event()
    stop.set()
    with LoopbackStore(fixed(BODY)) as store, hasty_fetcher(stop) as fetcher:
        assert list(fetcher.fetch_all(charts(store.base, 5))) == []
        with pytest.raises(FetchError, match=rf"127\.0\.0\.1:\d+: {STOPPED}"):
            fetcher.get(store.base)
        assert store.served == []


def test_stop_ends_the_wait_for_the_pace_and_charts_not_begun_report_nothing() -> None:
    with (
        LoopbackStore(fixed(BODY)) as store,
        hasty_fetcher(stopped_after(0.5), per_minute=1) as fetcher,
        sooner_than(),
    ):
        fetch = only(fetcher.fetch_all(charts(store.base, 5)))
    assert body_of(fetch) == BODY


def test_stop_ends_the_wait_for_a_retry_and_the_attempt_is_the_last() -> None:
    answer = fixed(b"", status=503, headers={"Retry-After": "50"})
    with (
        LoopbackStore(answer) as store,
        hasty_fetcher(stopped_after(0.2), retries=2, longest_wait=60.0) as fetcher,
        sooner_than(),
    ):
        assert outcomes(fetcher.fetch(wanted(store.base))) == [(Outcome.FAILED, 503)]


def test_stop_ends_the_pace_of_a_redirect() -> None:
    hop = Answer(302, headers={"Location": "/b"})
    with (
        LoopbackStore(by_path({"/chart": hop, "/b": BODY})) as store,
        hasty_fetcher(stopped_after(0.5), per_minute=1) as fetcher,
        sooner_than(),
    ):
        fetch = only(fetcher.fetch(wanted(store.base)))
    assert (fetch.outcome, fetch.error) == (Outcome.INTERRUPTED, STOPPED)


def test_an_answer_under_way_may_come_whole_after_stop() -> None:
    slow = fixed(BODY, hang=0.4)
    with LoopbackStore(slow) as store, hasty_fetcher(stopped_after(0.1)) as fetcher:
        assert body_of(only(fetcher.fetch(wanted(store.base)))) == BODY


def test_an_answer_that_does_not_come_is_abandoned_after_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timing, "GRACE", 0.2)
    with (
        LoopbackStore(fixed(BODY, hang=30.0)) as store,
        hasty_fetcher(stopped_after(0.1), read_timeout=30.0, total_timeout=60.0) as fetcher,
        sooner_than(),
    ):
        fetch = only(fetcher.fetch(wanted(store.base)))
    assert (fetch.outcome, fetch.error) == (Outcome.INTERRUPTED, STOPPED)


def test_a_caller_that_goes_away_leaves_nothing_behind() -> None:
    def answer(request: Request) -> Answer:
        return Answer(body=BODY, hang=0.0 if request.path == "/0" else 30.0)

    with (
        LoopbackStore(answer) as store,
        hasty_fetcher(read_timeout=30.0, total_timeout=60.0) as fetcher,
        sooner_than(),
    ):
        fetches = fetcher.fetch_all(charts(store.base, 50))
        assert body_of(next(fetches)) == BODY
        fetches.close()  # type: ignore[attr-defined]
        assert len(store.served) <= 16
