"""Browse under attack: other host names, and requests for more memory than there is."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.browsing import Site, browsing, fill


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


GREEDY = {
    "a value": "select zeroblob(900000000)",
    "many values": "with recursive n(i) as (select 1 union all select i + 1 from n) "
    "select i, zeroblob(9000000) from n",
    "long text": "with recursive n(i) as (select 1 union all select i + 1 from n) "
    "select i, printf('%.*c', 9000000, 'x') from n",
    "a sort": "with recursive n(i) as (select 1 union all select i + 1 from n limit 1000) "
    "select i, hex(randomblob(4000000)) as b from n order by b",
    "a group": "with recursive n(i) as (select 1 union all select i + 1 from n limit 100000) "
    "select group_concat(printf('%.*c', 100000, 'x')) from n",
}


@pytest.mark.parametrize("sql", GREEDY.values(), ids=GREEDY)
def test_one_request_cannot_take_gigabytes(site: Site, sql: str) -> None:
    error = refused(site, sql)
    assert re.search("too big|larger than|out of memory|too long|interrupted", error), error
    assert peak_of(site) < 1_000_000_000
    assert site.page(".json")  # and it goes on


def refused(site: Site, sql: str) -> str:
    address = urlsplit(site.root)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    connection.request("GET", "/small.json?" + urlencode({"sql": sql}))
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert answer.status >= 400
    return body


def peak_of(site: Site) -> int:
    """The most memory the server had at once, in bytes."""
    status = Path(f"/proc/{site.process.pid}/status").read_text("utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024
