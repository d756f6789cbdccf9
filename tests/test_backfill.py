"""Charts from a web archive: planned, read, judged by the rules in their order, and resumable."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from itertools import repeat
from time import monotonic

import pytest

from tests.support.archived import (
    ALL,
    APPS,
    CHATGPT,
    DB,
    DEEPSEEK,
    NOW,
    QUICK,
    archive_of,
    at,
    kept,
    planned,
    ran,
    rows,
    states,
)
from tracker.backfill.run import Ran
from tracker.errors import FetchError, InvalidValue
from tracker.loopback.archive import EXCLUDED, LoopbackArchive, elsewhere
from tracker.loopback.faults import FAULTS, Truth
from tracker.loopback.server import Answer, LoopbackStore
from tracker.model import Chart
from tracker.settings import BackfillSettings
from tracker.store import Reader
from tracker.verify import verify


def backfilled(archive: LoopbackArchive, **more: object) -> Ran:
    """What a plan and a run of the days around the start come to."""
    with archive_of(archive) as base:
        planned(base, **more)  # type: ignore[arg-type]
        return ran(base)


def memento(hours: float) -> dict[str, str]:
    return {"Memento-Datetime": format_datetime(at(hours), usegmt=True)}


# Copies that are charts


def test_copies_become_archived_snapshots_of_a_source_of_their_own() -> None:
    done = backfilled(LoopbackArchive([kept(0, CHATGPT, DEEPSEEK), kept(5, DEEPSEEK, CHATGPT)]))
    assert (done.requests, done.settled, done.left, done.stopped) == (2, {"stored": 2}, 0, None)
    assert rows(
        "SELECT source, provenance, observed_at, published_at, depth FROM snapshots ORDER BY 3"
    ) == [
        ("archived-apple-rss", "archived", "2025-01-24T11:59:20Z", "2025-01-24T11:59:20Z", 20),
        ("archived-apple-rss", "archived", "2025-01-24T16:59:20Z", "2025-01-24T16:59:20Z", 20),
    ]
    assert states() == [("stored", None)] * 2
    with Reader(DB) as reader:
        checked = verify(reader)
    assert (checked.proved, checked.findings) == (2, ())


@pytest.mark.parametrize(
    ("family", "chart", "source"),
    [
        ("apple-rss", APPS, "archived-apple-rss"),
        ("web-charts", APPS, "archived-web-charts"),
        ("web-charts-until-2025", APPS, "archived-web-charts"),
        ("itunes-rss", ALL, "archived-itunes-rss"),
        ("rss-v1", ALL, "archived-rss-v1"),
        ("itunes-page", ALL, "archived-itunes-page"),
    ],
)
def test_every_family_is_found_read_and_proved(family: str, chart: Chart, source: str) -> None:
    copy = kept(0, CHATGPT, DEEPSEEK, family=family, chart=chart)
    done = backfilled(LoopbackArchive([copy]), charts=(chart,))
    assert done.settled == {"stored": 1}, states()
    assert rows("SELECT source, provenance FROM snapshots") == [(source, "archived")]
    with Reader(DB) as reader:
        assert verify(reader).proved == 1


def test_each_request_is_a_fetch_whose_address_is_that_of_the_copy() -> None:
    with archive_of(LoopbackArchive([kept(0, CHATGPT)])) as base:
        planned(base)
        ran(base)
    original = "https://rss.applemarketingtools.com/api/v2/us/apps/top-free/100/apps.json"
    assert rows("SELECT url, outcome, status FROM fetches") == [
        (f"{base}/web/20250124120000id_/{original}", "saved", 200)
    ]


def test_a_body_that_was_packed_without_a_word_is_unpacked() -> None:
    copy = kept(0, CHATGPT)
    packed = replace(copy, body=gzip.compress(copy.body, mtime=0))
    assert backfilled(LoopbackArchive([packed])).settled == {"stored": 1}
    assert states() == [("stored", None)]


@pytest.mark.parametrize(
    ("body", "coding", "state", "words"),
    [
        (gzip.compress(kept(0, CHATGPT).body), "gzip", "stored", None),
        (kept(0, CHATGPT).body, "gzip", "stored", None),
        (gzip.compress(kept(0, CHATGPT).body), ", gzip", "stored", None),
        (gzip.compress(gzip.compress(kept(0, CHATGPT).body)), "gzip", "stored", None),
        (gzip.compress(kept(0, CHATGPT).body)[:-40], "gzip", "refused", "is not UTF-8"),
        (gzip.compress(kept(0, CHATGPT).body)[:-40], "", "refused", "is not UTF-8"),
        (kept(0, CHATGPT).body, "br", "refused", "not asked for: br"),
    ],
    ids=["packed", "a claim alone", "two claims", "twice", "damaged", "damaged, no claim", "br"],
)
def test_the_bytes_show_whether_they_are_packed_not_a_header(
    body: bytes, coding: str, state: str, words: str | None
) -> None:
    """What is damaged in the archive is asked for once, and stays stored as it is."""
    copy = kept(0, CHATGPT)
    answer = Answer(body=body, headers={**memento(0), "Content-Encoding": coding})
    archive = LoopbackArchive([copy], plays={copy.timestamp: answer})
    backfilled(archive)
    assert archive.count("copy") == 1
    ((is_state, reason),) = states()
    assert (is_state, reason and str(words) in str(reason)) == (state, words and True)
    assert rows("SELECT count(*) FROM payloads") == [(0 if coding == "br" else 1,)]


def test_bytes_that_differ_from_the_index_are_stored_with_a_remark() -> None:
    copy = replace(kept(0, CHATGPT), stated_digest="A" * 32)
    assert backfilled(LoopbackArchive([copy])).settled == {"stored": 1}
    assert states() == [("stored", "its SHA-1 is not the one in the index")]


# The rules, one fault for each

ONE = kept(0, CHATGPT, DEEPSEEK)
TIME = ONE.timestamp


def with_body(body: bytes, **more: object) -> Answer:
    return Answer(body=body, headers=memento(0), **more)  # type: ignore[arg-type]


def changed(old: bytes, new: bytes) -> bytes:
    assert old in ONE.body
    return ONE.body.replace(old, new)


FAULTY: dict[str, tuple[Answer, str, str]] = {
    "1 a redirect to another date": (elsewhere(kept(600)), "unplayable", "found capture at"),
    "1 a redirect without a reason": (
        Answer(302, headers={"Location": "http://127.0.0.1:9/"}, content_type=None),
        "unplayable", "HTTP 302 without a copy",
    ),
    "1 never archived": (Answer(404, b"<html>"), "unplayable", "no such copy"),
    "2 another date": (
        Answer(body=ONE.body, headers=memento(48)), "unplayable", "another date was offered",
    ),
    "2 a date that is none": (
        Answer(body=ONE.body, headers={"Memento-Datetime": "soon"}), "unplayable", "cannot be read",
    ),
    "3 an archived redirect": (
        Answer(301, headers={**memento(0), "Location": "http://127.0.0.1:9/"}, content_type=None),
        "archived-error", "the copy is of HTTP 301",
    ),
    "3 an archived 404": (Answer(404, b"-", memento(0)), "archived-error", "HTTP 404"),
    "3 an archived 429": (Answer(429, b"-", memento(0)), "archived-error", "HTTP 429"),
    "3 an archived 503": (Answer(503, b"-", memento(0)), "archived-error", "HTTP 503"),
    "4 a page instead": (with_body(b"<html></html>"), "refused", "an HTML page came"),
    "4 nothing": (with_body(b""), "refused", "the body is empty"),
    "4 an app twice": (
        with_body(changed(DEEPSEEK.encode(), CHATGPT.encode())), "refused", "has an app twice",
    ),
    "4 another storefront": (
        with_body(changed(b'"country":"us"', b'"country":"jp"')), "refused", "response is 'jp'",
    ),
    "4 another ranking": (
        with_body(changed(b"/top-free/", b"/top-paid/")), "refused", "the ranking of the response",
    ),
    "4 half of it": (with_body(ONE.body[:-400]), "refused", "not JSON"),
    "4 too few ranks": (
        with_body(kept(0, CHATGPT).body.replace(b"results", b"result5")), "refused", "missing",
    ),
    "4 a bomb": (
        replace(
            FAULTS["gzip-bomb"].spoil(Truth("apple-rss", APPS, (), at(0))), headers={
                **memento(0), "Content-Encoding": "gzip"}
        ), "refused", "larger than the",
    ),
    "5 a day older than the copy": (
        with_body(kept(-25, CHATGPT).body), "refused", "more than 24 h before the copy",
    ),
    "5 later than the copy": (with_body(kept(200, CHATGPT).body), "refused", "is after the copy"),
}  # fmt: skip


def test_what_breaks_a_rule_is_no_snapshot_and_says_why() -> None:
    """A copy for each fault, three hours apart, and one that is sound at the end."""
    copies = [
        replace(ONE, captured_at=at(3 * place), stated_digest=digest(place))
        for place in range(len(FAULTY))
    ]
    plays = {
        copy.timestamp: _moved(answer, 3 * place)
        for place, (copy, (answer, *_)) in enumerate(zip(copies, FAULTY.values(), strict=True))
    }
    archive = LoopbackArchive([*copies, kept(3 * len(FAULTY), CHATGPT)], plays=plays)
    backfilled(archive)
    counts = states()
    for (name, (_, state, words)), (is_state, reason) in zip(FAULTY.items(), counts, strict=False):
        assert (is_state, words in str(reason)) == (state, True), f"{name}: {is_state}, {reason}"
    assert counts[-1] == ("stored", None)
    assert archive.count("copy") == len(FAULTY) + 1, "each is asked for once, whatever came"
    fetches = rows("SELECT outcome, status FROM fetches ORDER BY id")
    for (answer, state, _), (outcome, status) in zip(FAULTY.values(), fetches, strict=False):
        assert (outcome, status) == ("refused" if state == "refused" else "failed", answer.status)
    assert rows("SELECT count(*) FROM snapshots") == [(1,)]
    kept_bodies = "SELECT count(*) FROM captures WHERE state = 'refused' AND payload NOTNULL"
    bodies = sum(case[1] == "refused" for case in FAULTY.values()) - 2  # a bomb, and nothing at all
    assert rows(kept_bodies) == [(bodies,)], "what is refused is kept, and can be read again"


def digest(place: int) -> str:
    """A digest that no other copy has."""
    return f"{chr(65 + place)}" * 32


def _moved(answer: Answer, hours: float) -> Answer:
    """ANSWER with the time of the copy so many hours later, where it is that of the first one."""
    headers = dict(answer.headers)
    if headers.get("Memento-Datetime") == memento(0)["Memento-Datetime"]:
        headers |= memento(hours)
    return replace(answer, headers=headers)


@pytest.mark.parametrize(
    "answer",
    [Answer(200, EXCLUDED), Answer(403, b"no"), Answer(body=ONE.body)],
    ids=["a page that says so", "status 403", "a chart without a word of a copy"],
)
def test_an_excluded_site_is_not_asked_again_in_that_run(answer: Answer) -> None:
    copies = [kept(hour, CHATGPT) for hour in (0, 3, 6)]
    archive = LoopbackArchive(copies, plays={copies[0].timestamp: answer})
    done = backfilled(archive)
    assert archive.count("copy") == 1
    assert done.excluded == ["rss.applemarketingtools.com"]
    assert [state for state, _ in states()] == ["unplayable", "planned", "planned"]
    assert done.left == 2
    assert rows("SELECT count(*) FROM snapshots") == [(0,)]


def test_no_redirect_is_followed() -> None:
    with LoopbackStore(lambda request: Answer(body=ONE.body)) as other:
        away = Answer(302, headers={"Location": f"{other.base}/x"}, content_type=None)
        archived = Answer(
            301, headers={**memento(0), "Location": f"{other.base}/y"}, content_type=None
        )
        backfilled(LoopbackArchive([ONE], plays={TIME: away}))
        backfilled(LoopbackArchive([kept(9)], plays={kept(9).timestamp: archived}))
        assert other.served == []


def test_a_rate_limit_stops_everything_after_one_pause() -> None:
    copies = [kept(hour, CHATGPT) for hour in (0, 3, 6)]
    archive = LoopbackArchive(copies, plays={copies[1].timestamp: Answer(429, b"slow down")})
    with archive_of(archive) as base:
        planned(base)
        done = ran(base, manners=replace(QUICK, pause=0.3))
    assert archive.count("copy") == 2
    assert done.stopped is not None
    assert "429" in done.stopped
    assert [state for state, _ in states()] == ["stored", "planned", "planned"]


def test_trouble_of_the_archive_is_tried_twice_more_and_the_copy_stays_planned() -> None:
    archive = LoopbackArchive([ONE], plays={TIME: Answer(503, b"busy")})
    done = backfilled(archive)
    assert archive.count("copy") == 3
    assert states() == [("planned", "HTTP 503")]
    assert rows("SELECT outcome FROM fetches") == [("retried",), ("retried",), ("failed",)]
    assert (done.left, done.stopped) == (1, None)


def test_a_body_that_breaks_off_is_tried_again() -> None:
    broken = with_body(ONE.body[:99], promise=len(ONE.body))
    archive = LoopbackArchive([ONE], plays={TIME: broken})
    backfilled(archive)
    assert archive.count("copy") == 3
    assert [state for state, _ in states()] == ["planned"]


@pytest.mark.parametrize(
    ("answer", "limits", "requests", "state", "words"),
    [
        (Answer(hang=60), {"read_timeout": 0.2}, 3, "planned", "nothing came in time"),
        (
            with_body(b"", pieces=repeat(b" "), pause=0.05, promise=9_000), {"total_timeout": 0.4},
            3, "planned", "took longer than 0.4 s",
        ),
        (
            with_body(b"", pieces=repeat(b" " * 50_000), chunked=True), {}, 1, "refused",
            "larger than the 8000000 bytes",
        ),
        (Answer(raw=b"SSH-2.0-OpenSSH_9.2\r\n"), {}, 3, "planned", "not HTTP"),
    ],
    ids=["silence", "a trickle", "a body without an end", "another protocol"],
)  # fmt: skip
def test_time_and_size_are_bounded(
    answer: Answer, limits: dict[str, float], requests: int, state: str, words: str
) -> None:
    archive = LoopbackArchive([ONE], plays={TIME: answer})
    with archive_of(archive) as base:
        planned(base)
        ran(base, **limits)  # type: ignore[arg-type]
    assert archive.count("copy") == requests
    ((is_state, reason),) = states()
    assert is_state == state
    assert words in str(reason)


def test_two_refused_connections_in_a_row_end_the_run() -> None:
    with archive_of(LoopbackArchive([kept(hour, CHATGPT) for hour in (0, 3, 6)])) as base:
        planned(base)
    done = ran(base)  # nobody listens there any more
    assert done.stopped is not None
    assert "refused two connections in a row" in done.stopped
    assert done.requests == 2
    assert [reason for _, reason in states()] == ["connection refused", "connection refused", None]


# Rule 5: whose clock


@pytest.mark.parametrize(
    ("before", "observed", "reason"),
    [
        (timedelta(minutes=15), "2025-01-24T11:45:00Z", None),
        (timedelta(minutes=16), "2025-01-24T11:44:00Z", "stale by 0.3 h when it was copied"),
        (timedelta(hours=24), "2025-01-23T12:00:00Z", "stale by 24.0 h when it was copied"),
        (timedelta(minutes=-5), "2025-01-24T12:05:00Z", None),
    ],
)
def test_the_bodys_own_time_is_the_time_of_observation(
    before: timedelta, observed: str, reason: str | None
) -> None:
    body = kept((timedelta(seconds=40) - before).total_seconds() / 3600, CHATGPT).body
    backfilled(LoopbackArchive([replace(ONE, body=body)]))
    assert rows("SELECT observed_at, published_at FROM snapshots") == [(observed, observed)]
    assert states() == [("stored", reason)]


def test_a_page_without_a_time_was_observed_when_it_was_copied() -> None:
    backfilled(LoopbackArchive([kept(0, CHATGPT, family="web-charts")]))
    assert rows("SELECT observed_at, published_at FROM snapshots") == [
        ("2025-01-24T12:00:00Z", None)
    ]


# Rules 6 to 8


def test_the_bytes_of_an_earlier_copy_are_no_second_observation_and_are_not_asked_for() -> None:
    again = replace(ONE, captured_at=at(3))
    archive = LoopbackArchive([ONE, again])
    done = backfilled(archive)
    assert (archive.count("copy"), done.settled) == (1, {"stored": 1, "same": 1})
    assert states()[1] == ("same", "the bytes of the copy of 2025-01-24T12:00:00Z")


def test_a_page_without_a_time_that_is_the_same_on_another_day_was_observed_again() -> None:
    page = kept(0, CHATGPT, family="web-charts")
    archive = LoopbackArchive(
        [page, replace(page, captured_at=at(3)), replace(page, captured_at=at(13))]
    )
    assert backfilled(archive).settled == {"stored": 2, "same": 1}
    assert [state for state, _ in states()] == ["stored", "same", "stored"]


def test_what_is_stored_for_an_instant_stays() -> None:
    """Two addresses of one feed, generated in the same second, with other ranks."""
    other = replace(kept(0, DEEPSEEK, CHATGPT), captured_at=at(1))
    backfilled(LoopbackArchive([ONE, other]))
    assert [state for state, _ in states()] == ["stored", "refused"]
    assert "is stored already with other ranks" in str(states()[1][1])
    assert rows("SELECT count(*) FROM snapshots") == [(1,)]


def test_the_same_ranks_at_the_same_instant_are_one_observation() -> None:
    spaced = replace(ONE, body=ONE.body + b"\n", captured_at=at(0.1))
    backfilled(LoopbackArchive([ONE, spaced]), per="all")
    assert states() == [("stored", None), ("same", "the observation of 2025-01-24T11:59:20Z")]


def test_nothing_is_observed_in_the_future() -> None:
    with archive_of(LoopbackArchive([ONE])) as base:
        planned(base)
        ran(base, now=at(-2))
    assert states() == [("refused", "2025-01-24T11:59:20Z has not happened yet")]


# The index


def test_rows_that_repeat_or_cannot_be_true_are_left_out_and_counted() -> None:
    odd = [
        ("com,apple)/", "20250024210430", ONE.original, "text/html", "200", "A" * 32, "1"),
        ("com,apple)/", TIME, "mailto:me@example.org", "text/html", "200", "A" * 32, "1"),
        ("com,apple)/", TIME, ONE.original, "text/html", "200", "sha1:abc", "-"),
        ("com,apple)/", TIME, ONE.original),
    ]
    with archive_of(LoopbackArchive([kept(hour, CHATGPT) for hour in range(3)], odd=odd)) as base:
        done = planned(base, families=["apple-rss"])
    assert (done.added, done.skipped) == (3, 2 * 4), "in each of two questions"
    assert rows("SELECT count(*) FROM captures") == [(3,)]


@pytest.mark.parametrize("old_keys", [False, True])
def test_pages_are_followed_by_keys_of_either_style(old_keys: bool) -> None:
    archive = LoopbackArchive([kept(hour, CHATGPT) for hour in range(9)], page=4, old_keys=old_keys)
    with archive_of(archive) as base:
        done = planned(base, families=["apple-rss"])
    assert done.added == 9
    assert archive.count("index") > 4


def test_a_key_that_comes_twice_is_an_endless_loop() -> None:
    page = b'[["urlkey","timestamp","original","mimetype","statuscode","digest","length"],[],["k"]]'
    with (
        archive_of(LoopbackArchive([], index=dict.fromkeys(range(9), Answer(body=page)))) as base,
        pytest.raises(FetchError, match="same resume key twice"),
    ):
        planned(base, families=["apple-rss"])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(body=b""), "answered with nothing"),
        (Answer(body=b"  \n"), "answered with nothing"),
        (
            Answer(body=b"org.archive.util.io.RuntimeIOException: Blocked"),
            "text, not with rows",
        ),
        (Answer(body=b"{}"), "JSON that has no rows"),
        (Answer(body=b'[["timestamp"],["20250124120000"]]'), "without the row that names"),
        (Answer(302, headers={"Location": "/x"}, content_type=None), "HTTP 302, not with rows"),
        (Answer(body=b"[" * 100_000), "text, not with rows"),
    ],
)
def test_an_answer_that_is_no_index_is_an_error_not_an_archive_without_copies(
    answer: Answer, words: str
) -> None:
    with (
        archive_of(LoopbackArchive([], index={1: answer})) as base,
        pytest.raises(FetchError, match=words),
    ):
        planned(base, families=["apple-rss"])


def test_an_answer_without_rows_is_an_archive_without_copies() -> None:
    with archive_of(LoopbackArchive([], index={1: Answer(body=b"[]")})) as base:
        assert planned(base, families=["apple-rss"]).added == 0
    assert rows("SELECT count(*) FROM capture_queries WHERE finished_at NOTNULL") == [(2,)]


def test_a_question_that_was_answered_is_not_put_again_unless_asked() -> None:
    archive = LoopbackArchive([kept(0, CHATGPT)])
    with archive_of(archive) as base:
        planned(base)
        before = archive.count("index")
        assert planned(base).known == before
        assert archive.count("index") == before
        planned(base, again=True)
        assert archive.count("index") == 2 * before


def test_the_answer_about_recent_weeks_is_not_final() -> None:
    archive = LoopbackArchive([])
    with archive_of(archive) as base:
        for _ in range(2):
            planned(base, since=NOW - timedelta(days=9), until=NOW, families=["apple-rss"])
    assert archive.count("index") == 4


@pytest.mark.parametrize(("per", "copies"), [("hour", 3), ("day", 1), ("all", 6)])
def test_one_copy_of_an_hour_or_day_is_planned(per: str, copies: int) -> None:
    archive = LoopbackArchive([kept(hour / 2, str(hour + 1)) for hour in range(6)])
    with archive_of(archive) as base:
        planned(base, families=["apple-rss"], per=per)
    assert rows("SELECT count(*) FROM captures") == [(copies,)]


def test_of_several_copies_of_an_hour_the_one_with_most_ranks_is_planned() -> None:
    short = replace(ONE, original=ONE.original.replace("/100/", "/10/"), captured_at=at(-0.0))
    late = replace(kept(0.5, CHATGPT))
    with archive_of(LoopbackArchive([short, late])) as base:
        planned(base)
    assert rows("SELECT original FROM captures") == [(late.original,)]


# Manners


def test_the_archive_is_asked_one_at_a_time_and_at_the_pace_agreed() -> None:
    archive = LoopbackArchive([kept(hour, CHATGPT) for hour in range(4)])
    manners = BackfillSettings(index_per_minute=300, copies_per_minute=600)
    begun = {}
    with archive_of(archive) as base:
        begun["index"] = monotonic()
        planned(base, manners=manners)
        begun["copy"] = monotonic()
        ran(base, manners=manners)
    assert max(request.together for request in archive.asked) == 1
    for part, spacing in (("index", 0.2), ("copy", 0.1)):
        times = [request.at for request in archive.asked if request.part == part]
        assert len(times) == 4
        # None before its turn, however late each may have been on a busy machine.
        assert all(time >= begun[part] + turn * spacing for turn, time in enumerate(times))


def test_a_run_asks_for_no_more_than_it_may_and_the_next_goes_on() -> None:
    archive = LoopbackArchive([kept(hour, CHATGPT) for hour in range(5)])
    with archive_of(archive) as base:
        planned(base)
        first = ran(base, most=3)
        assert (first.requests, first.left) == (3, 2)
        assert first.stopped == "3 copies were read, the limit of --max; run it again"
        second = ran(base, most=3)
    assert (second.requests, second.left, second.stopped) == (2, 0, None)
    assert archive.count("copy") == 5


# Wishes


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"since": at(1), "until": at(0)}, "--since must be before --until"),
        ({"since": at(-24 * 365 * 30)}, "the store opened in July 2008"),
        ({"families": ["itunes-rs"]}, "did you mean 'itunes-rss'?"),
        ({"families": ["itunes-rss"]}, "only apple-rss, web-charts"),
        ({"charts": [Chart.parse("us/mac/top-grossing/games")]}, "no family of copies has"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_before_any_request(
    more: dict[str, object], words: str
) -> None:
    archive = LoopbackArchive([])
    with archive_of(archive) as base, pytest.raises(InvalidValue, match=words.replace("?", r"\?")):
        planned(base, **more)  # type: ignore[arg-type]
    assert archive.asked == []
