"""Fetch: what is asked, what is told of it, redirects, and what is taken from the environment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count, pairwise, repeat
from pathlib import Path

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fetching import (
    BODY,
    CHART,
    NOW,
    SOON,
    body_of,
    hasty_fetcher,
    only,
    read,
    sooner_than,
    wanted,
)
from tracker import __version__
from tracker.errors import FetchError
from tracker.fetch import Fetcher
from tracker.loopback.server import Answer, LoopbackStore, Request, by_path, fixed, sequence
from tracker.model import Outcome
from tracker.settings import FetchSettings
from tracker.sources import SOURCES


def to(location: str, status: int = 302) -> Answer:
    return Answer(status, headers={"Location": location})


def host(store: LoopbackStore) -> str:
    return store.base.removeprefix("http://")


# What comes back


@pytest.mark.parametrize(
    "answer",
    [Answer(body=BODY), Answer(body=BODY, gzip=True), Answer(body=BODY, chunked=True),
     Answer(pieces=(BODY[:9], BODY[9:])), Answer(body=BODY, gzip=True, chunked=True)],
    ids=["plain", "gzip", "chunked", "ended by the connection", "gzip in chunks"],
)  # fmt: skip
def test_a_body_comes_whole_and_waits_to_be_judged(answer: Answer) -> None:
    fetch = only(read(lambda request: answer))
    assert (fetch.outcome, fetch.status, fetch.error) == (None, 200, None)
    assert body_of(fetch) == BODY


def test_an_empty_body_with_status_200_is_for_the_caller_to_judge() -> None:
    assert body_of(only(read(fixed(b"")))) == b""


def test_a_fetch_records_what_was_asked_and_when() -> None:
    ticks = count()
    clock = lambda: NOW + timedelta(seconds=next(ticks))  # noqa: E731
    with LoopbackStore(fixed(BODY, hang=0.1)) as store:
        with Fetcher(FetchSettings(per_minute=0), clock=clock) as fetcher:
            fetch = only(fetcher.fetch(wanted(store.base)))
        assert fetch.url == store.base + "/chart"
    assert (fetch.chart, fetch.source, fetch.started_at) == (CHART, "apple-rss", NOW)
    assert fetch.payload is not None
    assert (fetch.payload.chart, fetch.payload.source) == (CHART, "apple-rss")
    assert fetch.payload.observed_at == NOW + timedelta(seconds=1)
    assert 0.1 <= fetch.seconds < SOON


def test_the_request_is_honest_and_asks_for_gzip_alone() -> None:
    with LoopbackStore(fixed(BODY)) as store, hasty_fetcher() as fetcher:
        fetcher.fetch(wanted(store.base))
        ((request, _),) = store.served
    assert request.headers["User-Agent"] == (
        f"apptrack/{__version__} (App Store chart tracker; python-requests/{requests.__version__})"
    )
    assert request.headers["Accept-Encoding"] == "gzip"
    assert not {"Authorization", "Cookie", "If-None-Match", "Referer"} & set(request.headers)


def test_a_refusal_keeps_its_body_and_is_not_asked_again() -> None:
    fetch = only(read(fixed(b"forbidden here", status=403), retries=2))
    assert (fetch.outcome, fetch.status, fetch.error) == (
        Outcome.FAILED, 403, "HTTP 403 Forbidden",
    )  # fmt: skip
    assert body_of(fetch) == b"forbidden here"


def test_an_unknown_status_is_a_failure() -> None:
    fetch = only(read(fixed(BODY, status=299), retries=2))
    assert (fetch.outcome, fetch.status, fetch.error) == (Outcome.FAILED, 299, "HTTP 299")


def test_a_status_is_reported_even_where_its_body_breaks_off() -> None:
    fetch = only(read(fixed(BODY, status=404, promise=1000)))
    assert (fetch.status, fetch.error, fetch.payload) == (404, "HTTP 404 Not Found", None)


# Validators


def test_an_answer_keeps_its_validators_unless_too_long_to_send_back() -> None:
    validators = {"ETag": '"v1"', "Last-Modified": "Mon, 17 Aug 2026 04:00:00 GMT"}
    fetch = only(read(fixed(BODY, headers=validators)))
    assert (fetch.etag, fetch.last_modified) == ('"v1"', "Mon, 17 Aug 2026 04:00:00 GMT")
    fetch = only(read(fixed(BODY, headers={"ETag": '"' + "v" * 5000 + '"'})))
    assert (fetch.etag, fetch.last_modified) == (None, None)


def vouching(request: Request) -> Answer:
    known = request.headers.get("If-None-Match") == '"v1"'
    known &= request.headers.get("If-Modified-Since") == "Mon"
    return Answer(304) if known else Answer(body=BODY)


def test_validators_are_sent_and_a_304_is_unchanged() -> None:
    fetch = only(read(vouching, asked={"etag": '"v1"', "last_modified": "Mon"}))
    assert (fetch.outcome, fetch.status, fetch.error) == (Outcome.UNCHANGED, 304, None)
    assert (fetch.payload, fetch.etag, fetch.last_modified) == (None, '"v1"', "Mon")


def test_other_validators_get_the_body() -> None:
    assert body_of(only(read(vouching, asked={"etag": '"v0"'}))) == BODY


def test_a_304_that_was_not_asked_for_is_a_failure() -> None:
    fetch = only(read(lambda request: Answer(304)))
    assert (fetch.outcome, fetch.error) == (Outcome.FAILED, "HTTP 304 Not Modified")


SECOND = {"etag": '"v1"', "last_modified": "Mon"}


@pytest.mark.parametrize("status", [400, 403, 404, 412, 416, 431])
def test_a_refusal_of_the_validators_is_asked_again_once_without_them(status: int) -> None:
    def strict(request: Request) -> Answer:
        conditional = {"If-None-Match", "If-Modified-Since"} & set(request.headers)
        return Answer(status, b"no") if conditional else Answer(body=BODY)

    fetches = read(strict, asked=SECOND)
    assert [(fetch.outcome, fetch.status) for fetch in fetches] == [
        (Outcome.RETRIED, status), (None, 200),
    ]  # fmt: skip
    assert body_of(fetches[1]) == BODY


def test_a_refusal_that_is_not_of_the_validators_is_asked_twice_and_no_more() -> None:
    fetches = read(fixed(b"no", status=403), asked=SECOND, retries=3)
    assert [fetch.outcome for fetch in fetches] == [Outcome.RETRIED, Outcome.FAILED]


@pytest.mark.parametrize("status", [429, 500, 304])
def test_no_other_status_is_asked_again_without_validators(status: int) -> None:
    with LoopbackStore(lambda request: Answer(status)) as store, hasty_fetcher() as fetcher:
        assert len(fetcher.fetch(wanted(store.base, **SECOND))) == 1
        assert len(store.served) == 1


def test_a_retry_whose_validators_are_refused_is_asked_without_them_too() -> None:
    answers = sequence([Answer(503), Answer(400), Answer(503), Answer(body=BODY)])
    with LoopbackStore(answers) as store, hasty_fetcher(retries=2) as fetcher:
        fetches = fetcher.fetch(wanted(store.base, **SECOND))
        conditional = ["If-None-Match" in request.headers for request, _ in store.served]
    assert [fetch.outcome for fetch in fetches] == [*[Outcome.RETRIED] * 3, None]
    assert conditional == [True, True, False, False]


ODD = ['"\x01"', '"\x7f"', '"\xe9"', '"\x80"', '"' + "v" * 256]


@pytest.mark.parametrize("validator", ODD)
def test_a_validator_that_cannot_be_sent_back_is_neither_stored_nor_sent(validator: str) -> None:
    given = {"ETag": validator, "Last-Modified": validator}
    fetch = only(read(fixed(BODY, headers=given)))
    assert (fetch.etag, fetch.last_modified, body_of(fetch)) == (None, None, BODY)
    with LoopbackStore(fixed(BODY)) as store, hasty_fetcher() as fetcher:
        for stored in (validator, "\u0416", " v", ""):
            fetcher.fetch(wanted(store.base, etag=stored, last_modified=stored))
        asked = {name for request, _ in store.served for name in request.headers}
    assert not asked & {"If-None-Match", "If-Modified-Since"}


def test_a_validator_of_256_letters_is_stored_and_sent() -> None:
    longest = '"' + "v" * 254 + '"'
    assert only(read(fixed(BODY, headers={"ETag": longest}))).etag == longest
    with LoopbackStore(fixed(BODY)) as store, hasty_fetcher() as fetcher:
        fetcher.fetch(wanted(store.base, etag=longest))
        ((request, _),) = store.served
    assert request.headers["If-None-Match"] == longest


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 17 Aug 2026 06:50:46 +0200", NOW),
        ("Mon, 17 Aug 2026 04:50:46 GMT", NOW),
        ("Monday, 17-Aug-26 04:50:46 GMT", NOW),
        ("Mon, 17 Aug 2026 04:50:46 -0000", NOW),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("Mon, 17 Aug 2026 04:50:46 +9999", None),
        ("2026-08-17T04:50:46Z", None),
        ("soon", None),
        ("x" * 60_000, None),
        ("", None),
    ],
)
def test_a_fetch_has_the_date_of_its_response(date: str, expected: datetime | None) -> None:
    for status in (200, 304, 404):
        asked = {"etag": '"v1"'} if status == 304 else {}
        fetch = only(read(fixed(b"", status=status, headers={"Date": date}), asked=asked))
        assert (fetch.status, fetch.served_at) == (status, expected)


def test_the_date_is_that_of_the_last_hop() -> None:
    hop = to("/b")
    hop = replace(hop, headers={**hop.headers, "Date": "Mon, 17 Aug 2026 03:00:00 GMT"})
    last = Answer(body=BODY, headers={"Date": "Mon, 17 Aug 2026 04:50:46 GMT"})
    assert only(read(by_path({"/chart": hop, "/b": last}))).served_at == NOW


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_relative_redirect_is_followed_and_the_payload_names_the_last_address(
    status: int,
) -> None:
    answers = by_path({"/a/chart": to("../b?n=1", status), "/b?n=1": BODY})
    with LoopbackStore(answers) as store, hasty_fetcher() as fetcher:
        fetch = only(fetcher.fetch(wanted(store.base, "/a/chart")))
        assert fetch.payload is not None
        assert fetch.url == store.base + "/a/chart"
        assert fetch.payload.url == store.base + "/b?n=1"
    assert body_of(fetch) == BODY


def test_a_redirect_to_a_host_of_the_store_is_followed() -> None:
    with (
        LoopbackStore(fixed(BODY)) as other,
        LoopbackStore(lambda request: to(other.base)) as store,
        hasty_fetcher() as fetcher,
    ):
        fetch = only(fetcher.fetch(wanted(store.base, hosts=frozenset({host(other)}))))
    assert body_of(fetch) == BODY


def test_a_redirect_to_any_other_host_is_not_followed_be_it_the_next_port() -> None:
    with (
        LoopbackStore(fixed(BODY)) as other,
        LoopbackStore(lambda request: to(other.base)) as store,
        hasty_fetcher(retries=2) as fetcher,
    ):
        fetch = only(fetcher.fetch(wanted(store.base)))
        assert other.served == []
        assert fetch.error == f"redirected to {host(other)}, which is not the store's"
    assert (fetch.outcome, fetch.status, fetch.payload) == (Outcome.FAILED, 302, None)


@pytest.mark.parametrize(
    ("location", "error"),
    [
        ("http://store.invalid:1/", "redirected to store.invalid:1, which is not the store's"),
        ("//store.invalid/", "redirected to store.invalid, which is not the store's"),
        ("http://127.0.0.1@store.invalid/", "redirected to store.invalid, which is not"),
        ("file:///etc/passwd", "redirected to file on "),
        ("http://[", "redirected to what is not an address"),
        ("http://127.0.0.1:port/", "no address that can be asked"),
    ],
)
def test_a_redirect_elsewhere_is_named(location: str, error: str) -> None:
    fetch = only(read(lambda request: to(location), retries=2))
    assert (fetch.outcome, fetch.status) == (Outcome.FAILED, 302)
    assert fetch.error is not None
    assert fetch.error.startswith(error)


def test_a_redirect_is_judged_as_the_connection_reads_it() -> None:
    # The standard library sees the store's host here; the connection would go to the other.
    with LoopbackStore(lambda request: to(f"http://store.invalid\\@{here}/")) as store:
        here = host(store)
        with hasty_fetcher() as fetcher:
            fetch = only(fetcher.fetch(wanted(store.base)))
    assert fetch.error == "redirected to store.invalid, which is not the store's"


@settings(max_examples=40, deadline=None)
@given(st.from_regex(r"([a-z]+:)?(//)?[\x21-\xff]{0,20}", fullmatch=True))
def test_any_redirect_is_followed_or_reported(location: str) -> None:
    with (
        LoopbackStore(sequence([to(location), Answer(404)])) as store,
        hasty_fetcher() as fetcher,
    ):
        fetch = only(fetcher.fetch(wanted(store.base)))
    assert fetch.outcome is Outcome.FAILED
    assert fetch.error


def test_a_redirect_without_a_target() -> None:
    assert only(read(fixed(b"", status=301))).error == (
        "HTTP 301 Moved Permanently that does not say where to"
    )


def test_a_circle_is_reported() -> None:
    fetch = only(read(by_path({"/chart": to("/b"), "/b": to("/chart")}), retries=2))
    assert fetch.outcome is Outcome.FAILED
    assert fetch.error is not None
    assert fetch.error.startswith("redirected in a circle, at 127.0.0.1:")


def test_five_redirects_are_followed_and_a_sixth_is_not() -> None:
    def chain(hops: int) -> dict[str, Answer | bytes]:
        return {f"/{n}": to(f"/{n + 1}") for n in range(hops)} | {f"/{hops}": BODY}

    assert body_of(only(read(by_path(chain(5)), asked={"path": "/0"}))) == BODY
    error = only(read(by_path(chain(6)), asked={"path": "/0"})).error
    assert error is not None
    assert error.startswith("redirected more than 5 times, last to 127.0.0.1:")


def test_the_body_of_a_redirect_is_not_read() -> None:
    endless = Answer(302, headers={"Location": "/b"}, pieces=repeat(b"x" * 1000), pause=0.01)
    with sooner_than():
        assert body_of(only(read(by_path({"/chart": endless, "/b": BODY})))) == BODY


# The environment


def test_cookies_are_not_stored() -> None:
    baker = fixed(BODY, headers={"Set-Cookie": "id=1; Path=/"})
    with LoopbackStore(baker) as store, hasty_fetcher() as fetcher:
        for _ in range(2):
            fetcher.fetch(wanted(store.base))
        assert all("Cookie" not in request.headers for request, _ in store.served)


def test_no_credentials_are_read_from_netrc_or_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    with LoopbackStore(fixed(b"", status=500)) as store, hasty_fetcher() as fetcher:
        fetcher.fetch(wanted(store.base))
        fetch = only(fetcher.fetch(wanted(store.base.replace("//", "//me:secret@"))))
        assert all("Authorization" not in request.headers for request, _ in store.served)
        assert len(store.served) == 2
    assert fetch.error == "HTTP 500 Internal Server Error"


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with LoopbackStore(fixed(BODY)) as proxy, hasty_fetcher() as fetcher:
        monkeypatch.setenv("HTTP_PROXY", proxy.base)
        assert body_of(only(fetcher.fetch(wanted("http://store.invalid")))) == BODY
        assert proxy.served[0][0].path == "http://store.invalid/chart"


APPLE = {
    "apple-rss": ("rss.applemarketingtools.com", "rss.marketingtools.apple.com"),
    "itunes-rss": ("itunes.apple.com", "rss.itunes.apple.com", "apps.apple.com"),
}


@pytest.mark.parametrize(
    ("source", "first"), [(source, host) for source, hosts in APPLE.items() for host in hosts]
)
@pytest.mark.parametrize(
    "stranger", ["", "music.apple.com", "itunes.apple.com.invalid", "apple.com"]
)
def test_a_source_is_redirected_among_its_named_hosts_only(
    source: str, first: str, stranger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Through a proxy, so that the hosts' own names can be asked without leaving this machine.
    hosts = [
        first,
        *(host for host in APPLE[source] if host != first),
        *([stranger] * bool(stranger)),
    ]
    hops = {
        f"http://{host}/chart": to(f"http://{target}/chart") for host, target in pairwise(hosts)
    }
    answers = by_path({**hops, f"http://{hosts[-1]}/chart": BODY})
    with LoopbackStore(answers) as proxy, hasty_fetcher() as fetcher:
        monkeypatch.setenv("HTTP_PROXY", proxy.base)
        fetch = only(fetcher.fetch(wanted(f"http://{first}", hosts=SOURCES[source].hosts)))
        asked = [request.path for request, _ in proxy.served]
    assert asked == list(hops) + ([] if stranger else [f"http://{hosts[-1]}/chart"])
    if stranger:
        assert fetch.error == f"redirected to {stranger}, which is not the store's"
    else:
        assert body_of(fetch) == BODY


def test_a_proxy_that_is_not_there_is_reported_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with LoopbackStore(fixed(BODY)) as gone:
        proxy = gone.base.replace("//", "//me:secret@")
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with hasty_fetcher() as fetcher:
        fetch = only(fetcher.fetch(wanted("http://store.invalid")))
    assert fetch.error == "the proxy of the environment cannot be used"


def test_a_trickle_through_a_proxy_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        LoopbackStore(fixed(b"", pieces=repeat(b"x", 600), pause=0.05)) as proxy,
        hasty_fetcher(total_timeout=0.3) as fetcher,
        sooner_than(),
    ):
        monkeypatch.setenv("HTTP_PROXY", proxy.base)
        fetch = only(fetcher.fetch(wanted("http://store.invalid")))
    assert fetch.error == "took longer than 0.3 s"


def test_a_store_on_this_machine_is_asked_without_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert body_of(only(read(fixed(BODY)))) == BODY


# Bytes alone


def test_get_gives_the_bytes_after_retries_and_redirects() -> None:
    answers = sequence([Answer(503), to("/b"), Answer(body=BODY)])
    with LoopbackStore(answers) as store, hasty_fetcher(retries=1) as fetcher:
        assert fetcher.get(store.base + "/search?term=x") == BODY


def test_get_names_host_and_cause() -> None:
    with LoopbackStore(fixed(b"no", status=403)) as store, hasty_fetcher() as fetcher:
        with pytest.raises(FetchError) as raised:
            fetcher.get(store.base)
        assert str(raised.value) == f"{host(store)}: HTTP 403 Forbidden"
