"""The loopback store answers as scripted, logs nothing, and ends at once."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
from collections.abc import Iterator
from itertools import repeat
from time import monotonic
from typing import Any

import pytest

from tests.support.fetching import SOON
from tracker.loopback.server import (
    Answer,
    Answerer,
    LoopbackStore,
    Request,
    by_path,
    fixed,
    sequence,
)

BODY = b"Filler 01"


@pytest.fixture(autouse=True)
def _quiet_and_no_thread_left(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before
    assert capfd.readouterr() == ("", "")


def address(store: LoopbackStore) -> tuple[str, int]:
    host, port = store.base.removeprefix("http://").split(":")
    return host, int(port)


def raw(answerer: Answerer, *paths: str) -> bytes:
    """Every byte that comes back until the store closes the connection."""
    lines = "".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths or ("/",))
    with LoopbackStore(answerer) as store, socket.create_connection(address(store)) as connection:
        connection.sendall(lines.encode())
        connection.settimeout(2.0)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def get(store: LoopbackStore, path: str = "/") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(*address(store), timeout=2.0)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_a_fixed_answer() -> None:
    with LoopbackStore(fixed(BODY, status=503)) as store:
        assert [get(store), get(store, "/other")] == [(503, BODY)] * 2


def test_answers_by_path_and_query() -> None:
    answers = by_path({"/a?n=1": b"one", "/b": Answer(404, b"gone")})
    with LoopbackStore(answers) as store:
        assert get(store, "/a?n=1") == (200, b"one")
        assert get(store, "/b") == (404, b"gone")
        assert get(store, "/a")[0] == 404


def test_answers_in_sequence_and_then_the_last() -> None:
    with LoopbackStore(sequence([Answer(body=b"1"), Answer(503), Answer(body=b"3")])) as store:
        assert [get(store) for _ in range(4)] == [(200, b"1"), (503, b""), (200, b"3"), (200, b"3")]


def test_what_was_served_is_remembered() -> None:
    answer = Answer(body=BODY)
    with LoopbackStore(lambda request: answer) as store:
        get(store, "/a?b=c")
        get(store, "/d")
        assert [(request.method, request.path, request.number) for request, _ in store.served] == [
            ("GET", "/a?b=c", 1), ("GET", "/d", 2),
        ]  # fmt: skip
        assert all(given is answer for _, given in store.served)
        assert store.served[0][0].headers["Accept-Encoding"] == "identity"


def test_a_connection_serves_many_requests() -> None:
    with LoopbackStore(lambda request: Answer(body=str(request.number).encode())) as store:
        connection = http.client.HTTPConnection(*address(store), timeout=2.0)
        bodies, sockets = [], set()
        for _ in range(5):
            connection.request("GET", "/")
            sockets.add(connection.sock)
            bodies.append(connection.getresponse().read())
        connection.close()
    assert bodies == [b"1", b"2", b"3", b"4", b"5"]
    assert len(sockets) == 1


def test_an_answer_has_its_type_and_length() -> None:
    sent = raw(fixed(BODY, headers={"X-Own": "1", "Connection": "close"}, promise=len(BODY)))
    head, _, body = sent.partition(b"\r\n\r\n")
    assert body == BODY
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert {b"X-Own: 1", b"Content-Type: application/json", b"Content-Length: 9"} <= set(
        head.split(b"\r\n")
    )


def test_a_304_has_no_body_and_no_length() -> None:
    answers = sequence([Answer(304), Answer(body=b"next", promise=4)])
    first, second = raw(answers, "/", "/").split(b"HTTP/1.1 ")[1:]
    assert b"Content-Length" not in first
    assert second.endswith(b"next")


def test_gzip_packs_the_body() -> None:
    with LoopbackStore(fixed(BODY, gzip=True)) as store:
        status, body = get(store)
    assert (status, gzip.decompress(body)) == (200, BODY)


@pytest.mark.parametrize("more", [{}, {"pieces": (b"Filler", b" ", b"01")}])
def test_chunks(more: dict[str, Any]) -> None:
    with LoopbackStore(fixed(BODY, chunked=True, **more)) as store:
        assert get(store) == (200, BODY)


def test_pieces_end_with_the_connection() -> None:
    sent = raw(fixed(b"", pieces=(b"Filler", b" 01")))
    assert b"Content-Length" not in sent
    assert sent.endswith(b"\r\n\r\nFiller 01")


@pytest.mark.parametrize("promise", [3, 99])
def test_a_promise_may_lie(promise: int) -> None:
    sent = raw(fixed(BODY, promise=promise))
    assert f"Content-Length: {promise}\r\n".encode() in sent
    assert sent.endswith(BODY)


@pytest.mark.parametrize(
    ("slow", "seconds"),
    [
        ({"hang": 0.2}, 0.2),
        ({"pieces": (b"Fill", b"er ", b"01"), "pause": 0.1}, 0.2),
        ({"head_pause": 0.002}, 0.1),
        ({"pieces": (BODY,), "linger": 0.2}, 0.2),
    ],
    ids=["hang", "pause", "slow head", "linger"],
)
def test_an_answer_may_be_slow(slow: dict[str, Any], seconds: float) -> None:
    begun = monotonic()
    with LoopbackStore(fixed(BODY, **slow)) as store:
        assert get(store) == (200, BODY)
    assert seconds <= monotonic() - begun


def test_a_connection_may_be_reset() -> None:
    with (
        LoopbackStore(fixed(BODY, promise=99, reset=True)) as store,
        pytest.raises(ConnectionResetError),
    ):
        get(store)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(hang=60.0),
        Answer(pieces=repeat(b"x"), pause=60.0),
        Answer(pieces=repeat(b"x" * 100_000)),  # nobody reads: the handler hangs in its write
    ],
    ids=["hanging", "pausing", "writing"],
)
def test_closing_ends_a_handler_that_hangs(answer: Answer) -> None:
    store = LoopbackStore(lambda request: answer)
    with socket.create_connection(address(store)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        while not store.served:
            threading.Event().wait(0.01)
        begun = monotonic()
        store.close()
        store.close()
    assert monotonic() - begun < SOON


def test_closing_ends_an_unused_connection() -> None:
    store = LoopbackStore(fixed(BODY))
    with socket.create_connection(address(store)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(1000)
        begun = monotonic()
        store.close()
        assert connection.recv(1000) == b""
    assert monotonic() - begun < SOON


def test_a_closed_store_refuses() -> None:
    with LoopbackStore(fixed(BODY)) as store:
        pass
    with pytest.raises(ConnectionRefusedError):
        get(store)


def test_a_client_that_goes_away_is_no_bug() -> None:
    with LoopbackStore(fixed(b"", pieces=repeat(b"x" * 10_000))) as store:
        with socket.create_connection(address(store)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert connection.recv(10)
        with socket.create_connection(address(store)) as connection:
            connection.sendall(b"GET")
        assert get_begins(store)


def get_begins(store: LoopbackStore) -> bool:
    with socket.create_connection(address(store)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        return connection.recv(8) == b"HTTP/1.1"


def test_a_bug_in_the_answer_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    bugs: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda bug: bugs.append(bug.exc_type))

    def broken(request: Request) -> Answer:
        raise ZeroDivisionError

    with LoopbackStore(broken) as store, pytest.raises(http.client.RemoteDisconnected):
        get(store)
    assert bugs == [ZeroDivisionError]
