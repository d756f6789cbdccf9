"""Browse under attack: other host names, other sites, and clients that read nothing."""

from __future__ import annotations

import asyncio
import http.client
import re
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.browsing import IS_1_0, Site, browsing, fill
from tests.support.stored import CHART, at
from tracker.browse import guard
from tracker.model import Payload

SQL = "/small/-/query.json" if IS_1_0 else "/small.json"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    path = tmp_path_factory.mktemp("guard") / "small.db"
    fill(path)
    with browsing(path) as running:
        yield running


def asked_as(site: Site, *hosts: str) -> tuple[int, str]:
    """The status and the body of a request with these Host headers."""
    address = urlsplit(site.root)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    connection.putrequest("GET", "/small.json", skip_host=True)
    for host in hosts:
        connection.putheader("Host", host.replace("PORT", str(address.port)))
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


@pytest.mark.parametrize("host", ["127.0.0.1:PORT", "localhost:PORT", "LOCALHOST", "[::1]:9000"])
def test_it_answers_for_its_own_names(site: Site, host: str) -> None:
    assert asked_as(site, host)[0] == 200


@pytest.mark.parametrize(
    "hosts",
    [
        ("evil.example",),
        ("evil.example:PORT",),
        ("127.0.0.1.evil.example:PORT",),
        ("localhost:evil",),
        ("[::1",),
        ("",),
        (),
        ("127.0.0.1:PORT", "evil.example"),
    ],
)
def test_it_answers_for_no_other_name(site: Site, hosts: tuple[str, ...]) -> None:
    status, body = asked_as(site, *hosts)
    assert status == 400
    assert "snapshots" not in body


@pytest.mark.parametrize("target", ["http://evil/h", "http://127.0.0.1/small.json", "*", "//h"])
def test_the_target_of_a_request_is_a_path(site: Site, target: str) -> None:
    address = urlsplit(site.root)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        host = f"Host: 127.0.0.1:{address.port}"
        connection.sendall(f"GET {target} HTTP/1.1\r\n{host}\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 400"


@pytest.mark.parametrize("sql", ["select zeroblob(900000000)", "select nosuch", "drop table apps"])
def test_a_refused_query_is_no_empty_table(site: Site, sql: str) -> None:
    status, body = csv_of(site, sql)
    assert status == 400
    assert re.search("refused|must be a SELECT|no such column|too big", body)


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("select 1 as a where 0", "a\r\n"),
        ("select 2 as ''", '""\r\n2\r\n'),
        ("select null as a union all select ''", 'a\r\n""\r\n""\r\n'),
    ],
)
def test_an_empty_table_is_no_refused_query(site: Site, sql: str, table: str) -> None:
    assert csv_of(site, sql) == (200, table)


def csv_of(site: Site, sql: str) -> tuple[int, str]:
    address = urlsplit(site.root)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    connection.request("GET", f"{SQL.replace('.json', '.csv')}?" + urlencode({"sql": sql}))
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def exchange(body: bytes, reads: bool = True) -> list[dict[str, Any]]:
    """The messages of a response with BODY, to a client that READS them or not."""
    messages: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        messages.append(message)
        if not reads:
            await asyncio.Event().wait()

    async def run() -> None:
        scope = {"type": "http", "headers": [(b"host", b"localhost")], "raw_path": b"/"}
        await guard.guarded(app)(scope, receive, send)

    asyncio.run(run())
    return messages


@pytest.mark.parametrize("length", [0, 1, guard.PIECE, guard.PIECE + 1, 3 * guard.PIECE])
def test_a_response_is_sent_in_pieces(length: int) -> None:
    body = bytes(range(256)) * (length // 256) + b"x" * (length % 256)
    start, *pieces = exchange(body)
    assert start["status"] == 200
    assert b"".join(piece["body"] for piece in pieces) == body
    assert max(len(piece["body"]) for piece in pieces) <= guard.PIECE
    assert [piece.get("more_body", False) for piece in pieces] == [True] * (len(pieces) - 1) + [
        False
    ]


def test_a_client_that_reads_nothing_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PATIENCE", 0.01)
    with pytest.raises(TimeoutError):
        exchange(b"x", reads=False)


def headers_of(site: Site, path: str, **sent: str) -> tuple[int, dict[str, str]]:
    """The status and the headers of the response to a GET with the headers SENT."""
    address = urlsplit(site.root)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in sent.items()})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}


@pytest.mark.parametrize(
    ("where", "mode", "dest", "status"),
    [
        ("cross-site", "no-cors", "image", 403),
        ("cross-site", "navigate", "iframe", 403),
        ("same-site", "cors", "empty", 403),
        ("cross-site", "navigate", "document", 200),
        ("same-origin", "cors", "empty", 200),
        ("none", "navigate", "document", 200),
    ],
)
def test_another_site_may_link_here_and_load_nothing(
    site: Site, where: str, mode: str, dest: str, status: int
) -> None:
    sent = {"Sec_Fetch_Site": where, "Sec_Fetch_Mode": mode, "Sec_Fetch_Dest": dest}
    assert headers_of(site, "/small.json", **sent)[0] == status


def test_no_other_site_can_frame_a_page(site: Site) -> None:
    for path in ("/", "/small", "/small/apps", "/small/apps.json"):
        _, headers = headers_of(site, path)
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_no_name_or_address_of_a_stranger_becomes_a_link(site: Site) -> None:
    page = site.page("/fetches", _labels="on")
    assert "http://127.0.0.1/chart.json" in page
    assert 'href="http://127.0.0.1/chart.json' not in page


def test_a_rejected_response_is_a_file_to_save_and_never_a_page(site: Site) -> None:
    sha256 = Payload(CHART, "", "", at(4), b"<html>").sha256
    status, headers = headers_of(site, f"/-/apptrack/small/payload/{sha256}")
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    assert headers["content-disposition"].startswith("attachment;")
    assert headers["x-content-type-options"] == "nosniff"
