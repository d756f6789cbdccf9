"""Browse asked for more memory than there is, by one request and by many."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.browsing import Site, browsing, fill
from tests.test_browse_guard import SQL


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    path = tmp_path_factory.mktemp("memory") / "small.db"
    fill(path)
    with browsing(path) as running:
        yield running


GREEDY = {
    "a value": "select zeroblob(900000000)",
    "many values": "with recursive n(i) as (select 1 union all select i + 1 from n) "
    "select i, zeroblob(9000000) from n",
    "long text": "with recursive n(i) as (select 1 union all select i + 1 from n) "
    "select i, printf('%.*c', 9000000, 'x') from n",
    "a sort": "with recursive n(i) as (select 1 union all select i + 1 from n limit 1000) "
    "select i, hex(randomblob(4000000)) as b from n order by b",
    "an array": "with recursive n(i) as (select 1 union all select i + 1 from n) "
    "select json_group_array(hex(zeroblob(1000000))) from n",
    "many columns": f"select {', '.join('1' * 201)}",
    "a group": "with recursive n(i) as (select 1 union all select i + 1 from n limit 100000) "
    "select group_concat(printf('%.*c', 100000, 'x')) from n",
}


@pytest.mark.parametrize("sql", GREEDY.values(), ids=GREEDY)
def test_one_request_cannot_take_gigabytes(site: Site, sql: str) -> None:
    error = refused(site, sql)
    assert re.search("too big|larger than|out of memory|too long|too many|interrupted", error), (
        error
    )
    assert peak_of(site) < 600_000_000
    assert site.page(".json")  # and it goes on


def refused(site: Site, sql: str) -> str:
    address = urlsplit(site.root)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    connection.request("GET", f"{SQL}?" + urlencode({"sql": sql}))
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert answer.status == 400
    return body


def test_nor_can_many_requests_together(site: Site) -> None:
    """Each of eight is just under the limit of one answer."""
    sql = (
        "with recursive n(i) as (select 1 union all select i + 1 from n limit 6) "
        "select i, hex(zeroblob(2500000)) from n"
    )
    query = f"{site.root}{SQL}?" + urlencode({"sql": sql})
    with ThreadPoolExecutor(8) as threads:
        lengths = list(threads.map(lambda _: length_of(query), range(8)))
    assert min(lengths) > 30_000_000
    assert peak_of(site) < 600_000_000


def length_of(address: str) -> int:
    """How many bytes the answer has; one piece of it is in memory at a time."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    assert answer.status == 200
    length = 0
    while piece := answer.read(1 << 20):
        length += len(piece)
    connection.close()
    return length


def peak_of(site: Site) -> int:
    """The most memory the server had at once, in bytes."""
    status = Path(f"/proc/{site.process.pid}/status").read_text("utf-8")
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert match
    return int(match[1]) * 1024
