"""The heartbeat: a ping after each good pass, and never the pass's undoing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.receiver import Receiver, receiving
from tests.support.shop import CHART, GENRE_CHART, Said, Shop, apptrack, ranked
from tracker.loopback.server import Answer, LoopbackStore


@pytest.fixture
def shop() -> Iterator[tuple[Shop, str]]:
    shop = Shop({CHART: ranked("1", "2"), GENRE_CHART: ranked("2")})
    with LoopbackStore(shop) as store:
        yield shop, store.base


def collected(base: str, receiver: Receiver) -> Said:
    address = f"{receiver.base}/ping/HIDDEN"
    return apptrack("collect", "--db", "x.db", base=base, APPTRACK_HEARTBEAT=address)


def test_a_good_pass_is_followed_by_a_ping_and_a_bad_one_is_not(shop: tuple[Shop, str]) -> None:
    goods, base = shop
    with receiving() as receiver:
        assert collected(base, receiver).returncode == 0
        assert [(received.method, received.path, received.body) for received in receiver.got] == [
            ("GET", "/ping/HIDDEN", b""),
        ]
        goods.charts[GENRE_CHART] = Answer(503, b"busy")
        assert collected(base, receiver).returncode == 1
        assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [302, 404, 500, None])
def test_a_heartbeat_that_fails_is_reported_and_fails_nothing(
    shop: tuple[Shop, str], status: int | None
) -> None:
    with receiving(lambda number: status, "http://127.0.0.1:9/") as receiver:
        done = collected(shop[1], receiver)
    assert done.returncode == 0
    assert re.search(r"^heartbeat failed: (HTTP|connection)", done.stderr, re.MULTILINE)
    assert "HIDDEN" not in done.stderr + done.stdout
