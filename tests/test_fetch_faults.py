"""Every fault a store or a network can have costs one attempt, and is reported in a line."""

from __future__ import annotations

import gzip
import os
import socket
import ssl
import subprocess
import threading
import tracemalloc
import zlib
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from shutil import which
from typing import Any

import pytest

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
from tracker.fetch.failures import Failed, as_failure
from tracker.loopback.faults import FAULTS, Truth
from tracker.loopback.server import Answer, LoopbackStore, by_path, fixed, sequence
from tracker.model import Entry, Fetch, Outcome


def failure(answer: Answer, **settings: Any) -> Fetch:
    fetch = only(read(lambda request: answer, **settings))
    assert fetch.outcome is Outcome.FAILED
    assert fetch.payload is None
    return fetch


def test_a_closed_port_is_reported_as_refused() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{free.getsockname()[1]}"
        with hasty_fetcher() as fetcher:
            fetch = only(fetcher.fetch(wanted(base)))
    assert (fetch.outcome, fetch.status, fetch.error) == (
        Outcome.FAILED, None, "connection refused",
    )  # fmt: skip


def test_silence_before_the_head_ends_with_the_read_timeout() -> None:
    with sooner_than():
        fetch = failure(Answer(body=BODY, hang=30.0), read_timeout=0.2)
    assert (fetch.status, fetch.error) == (None, "nothing came in time")


def test_silence_in_the_body_ends_with_the_read_timeout() -> None:
    with sooner_than():
        fetch = failure(Answer(pieces=(b"{", b"}"), promise=2, pause=30.0), read_timeout=1.5)
    assert (fetch.status, fetch.error) == (200, "nothing came in time")


@pytest.mark.parametrize(
    "trickle",
    [
        Answer(pieces=repeat(b"x", 600), pause=0.05, promise=1000),
        Answer(pieces=repeat(b"x", 600), pause=0.05, chunked=True),
        Answer(body=BODY, head_pause=0.5),
    ],
    ids=["length promised", "chunked", "in the head"],
)
def test_a_trickle_ends_with_the_total_timeout(trickle: Answer) -> None:
    with sooner_than():
        fetch = failure(trickle, total_timeout=1.5)
    assert fetch.error == "took longer than 1.5 s"
    assert 1.4 < fetch.seconds < SOON


def test_a_trickle_that_was_cut_is_not_taken_for_a_body_that_ended() -> None:
    # Without a length, the shut socket looks exactly like the end of the body.
    fetch = failure(Answer(pieces=repeat(b"x", 600), pause=0.05), total_timeout=1.5)
    assert (fetch.status, fetch.error) == (200, "took longer than 1.5 s")


def test_a_reset_in_the_body() -> None:
    fetch = failure(Answer(pieces=(BODY,), promise=1000, linger=0.1, reset=True))
    assert (fetch.status, fetch.error) == (200, "connection reset")


def test_a_connection_closed_without_an_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, hasty_fetcher() as fetcher:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.settimeout(2.0)

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        fetch = only(fetcher.fetch(wanted(base)))
        thread.join()
    assert fetch.error == "connection closed without an answer"


def test_a_body_shorter_than_promised_is_no_payload() -> None:
    fetch = failure(Answer(body=BODY, promise=len(BODY) + 1))
    assert (fetch.status, fetch.error) == (200, "the body broke off before its end")


def test_chunks_without_their_end_are_no_payload() -> None:
    fetch = failure(Answer(pieces=(BODY,), chunked=True, linger=0.1, reset=True))
    assert fetch.error in ("the body broke off before its end", "connection reset")


def test_a_body_longer_than_promised_does_not_run_into_the_next_answer() -> None:
    answers = sequence([Answer(body=b"x" * 5000, promise=10), Answer(body=BODY)])
    with LoopbackStore(answers) as store, hasty_fetcher() as fetcher:
        assert body_of(only(fetcher.fetch(wanted(store.base)))) == b"x" * 10
        assert body_of(only(fetcher.fetch(wanted(store.base)))) == BODY


def test_a_promise_too_large_is_refused_before_the_body_is_read() -> None:
    with sooner_than():
        fetch = failure(Answer(pieces=(b"x",), promise=100_001, linger=3.0))
    assert (fetch.status, fetch.error) == (200, "the body is larger than the 100000 bytes allowed")


def test_a_body_of_exactly_the_limit_is_read() -> None:
    plain = os.urandom(1000) * 100
    assert body_of(only(read(fixed(plain)))) == plain
    assert body_of(only(read(fixed(plain, gzip=True)))) == plain


@pytest.mark.parametrize("chunked", [False, True])
def test_an_endless_body_is_cut_off_and_not_asked_for_again(chunked: bool) -> None:
    fetch = failure(Answer(pieces=repeat(b"x" * 50_000), chunked=chunked), retries=2)
    assert fetch.error == "the body is larger than the 100000 bytes allowed"


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([packer.compress(bytes(1_000_000)) for _ in range(megabytes)]) + packer.flush()


def test_a_gzip_bomb_costs_little_memory() -> None:
    packed = Answer(body=bomb(200), headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        fetch = failure(packed, max_bytes=8_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert fetch.error == "the body is larger than the 8000000 bytes allowed"
    assert peak < 30_000_000


@pytest.mark.parametrize(
    ("packed", "error"),
    [
        (gzip.compress(BODY, mtime=0)[:-9], "the gzip body broke off before its end"),
        (gzip.compress(BODY, mtime=0)[:-1], "the gzip body broke off before its end"),
        (gzip.compress(BODY, mtime=0) + b"more", "the gzip body is followed by something else"),
        (BODY, "the body is not the gzip that it claims to be"),
        (
            gzip.compress(BODY, mtime=0)[:-8] + bytes(8),
            "the body is not the gzip that it claims to be",
        ),
    ],
    ids=["cut in the data", "cut in the sums", "followed", "plain", "wrong sums"],
)
def test_broken_gzip_is_no_payload(packed: bytes, error: str) -> None:
    assert failure(Answer(body=packed, headers={"Content-Encoding": "gzip"})).error == error


def test_an_encoding_not_asked_for_is_refused_in_printable_words() -> None:
    fetch = failure(Answer(body=BODY, headers={"Content-Encoding": "b\x1br" + "r" * 500}))
    assert fetch.error == f"the body came in an encoding that was not asked for: b?r{'r' * 37}"


def test_what_is_not_http_is_reported() -> None:
    assert failure(Answer(headers={f"X-{n}": "x" for n in range(200)})).error == (
        "the answer is not HTTP"
    )


@pytest.mark.parametrize(
    "url", ["http://[", "ftp://127.0.0.1/x", "ftp://[/", "nonsense", "http://\x00/"]
)
def test_rubbish_for_an_address_fails_and_raises_nothing(url: str) -> None:
    with hasty_fetcher(retries=2) as fetcher:
        fetch = only(fetcher.fetch(wanted("", url)))
    assert (fetch.outcome, fetch.status) == (Outcome.FAILED, None)
    assert fetch.error == "no address that can be asked"


TRUTH = Truth("apple-rss", CHART, (Entry(1, "1", "Filler 01", "Filler Works"),), NOW)
RAW = {name: fault.spoil(TRUTH) for name, fault in FAULTS.items() if fault.spoil(TRUTH).raw}


@pytest.mark.parametrize("name", RAW)
def test_no_request_is_sent_on_a_connection_that_the_store_will_end(name: str) -> None:
    answers = sequence([replace(RAW[name], linger=0.2), Answer(body=BODY)])
    with LoopbackStore(answers) as store, hasty_fetcher() as fetcher:
        only(fetcher.fetch(wanted(store.base)))
        assert body_of(only(fetcher.fetch(wanted(store.base)))) == BODY
        assert len(store.served) == 2


def test_a_connection_that_ends_unannounced_costs_one_attempt_and_no_chart() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    answers = sequence([Answer(raw=head + BODY, linger=0.2), Answer(body=BODY)])
    with LoopbackStore(answers) as store, hasty_fetcher(retries=1) as fetcher:
        assert body_of(only(fetcher.fetch(wanted(store.base)))) == BODY
        lost, fetched = fetcher.fetch(wanted(store.base))
        assert len(store.served) == 2
    assert lost.outcome is Outcome.RETRIED
    assert lost.error in ("connection reset", "connection closed without an answer")
    assert body_of(fetched) == BODY


def test_a_failure_is_short_printable_and_keeps_no_secret() -> None:
    assert str(Failed("\x1b[31m" + "x" * 500)) == "?[31m" + "x" * 195
    secret = OSError("https://user:secret@store.example")
    assert str(as_failure(secret)) == "the connection failed (OSError)"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, and its key, that nobody vouches for."""
    openssl = which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    pem = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=loopback", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", pem, "-out", pem.with_suffix(".crt")],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    pem.write_bytes(pem.read_bytes() + pem.with_suffix(".crt").read_bytes())
    return pem


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))


def test_a_certificate_without_a_known_issuer_is_reported_and_not_tried_again(
    tls: ssl.SSLContext,
) -> None:
    with LoopbackStore(fixed(BODY), tls=tls) as store, hasty_fetcher(retries=2) as fetcher:
        fetch = only(fetcher.fetch(wanted(store.base)))
        assert store.served == []
    assert fetch.outcome is Outcome.FAILED
    assert fetch.error is not None
    assert fetch.error.startswith("the TLS certificate is wrong: self")


@pytest.mark.usefixtures("trusted")
def test_authorities_of_the_environment_are_trusted(tls: ssl.SSLContext) -> None:
    with LoopbackStore(fixed(BODY, gzip=True), tls=tls) as store, hasty_fetcher() as fetcher:
        assert body_of(only(fetcher.fetch(wanted(store.base)))) == BODY


@pytest.mark.usefixtures("trusted")
def test_a_trickle_over_tls_ends_with_the_total_timeout(tls: ssl.SSLContext) -> None:
    trickle = fixed(b"", pieces=repeat(b"x", 600), pause=0.05)
    with (
        LoopbackStore(trickle, tls=tls) as store,
        hasty_fetcher(total_timeout=0.3) as fetcher,
        sooner_than(),
    ):
        fetch = only(fetcher.fetch(wanted(store.base)))
    assert (fetch.payload, fetch.error) == (None, "took longer than 0.3 s")


@pytest.mark.usefixtures("trusted")
def test_a_redirect_from_https_down_to_http_is_not_followed(tls: ssl.SSLContext) -> None:
    with LoopbackStore(fixed(BODY)) as plain:
        down = by_path({"/chart": Answer(302, headers={"Location": plain.base})})
        with LoopbackStore(down, tls=tls) as store, hasty_fetcher() as fetcher:
            hosts = frozenset({plain.base.removeprefix("http://")})
            fetch = only(fetcher.fetch(wanted(store.base, hosts=hosts)))
        assert plain.served == []
    assert fetch.error is not None
    assert fetch.error.startswith("redirected to http on 127.0.0.1:")
