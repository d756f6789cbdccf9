"""Payloads are stored once, small, and never given back with another byte."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.stored import (
    CHART,
    OTHER_CHART,
    SOURCE,
    URL,
    change,
    failure,
    receipt,
    snapshot,
)
from tracker.errors import StoreError
from tracker.store import Store
from tracker.store.compression import LONGEST_CHAIN, compress, expand


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "apptrack.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path) as store:
        yield store


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def body(hour: int) -> bytes:
    """A body that differs from its neighbours by little, as feeds of a chart do."""
    order = random.Random(hour).sample(range(10), 10)
    return f"updated {hour}: {order} ".encode() + b"".join(
        sha256(b"%d" % app).encode() for app in range(40)
    )


def keep(store: Store, hour: int, what: bytes, chart: str = "us") -> int:
    """Save WHAT as the receipt of a snapshot; the payload's row id."""
    this_snapshot = snapshot(hour, chart=CHART if chart == "us" else OTHER_CHART)
    store.save(this_snapshot, **receipt(this_snapshot, what))
    return int(store.db.execute("SELECT max(payload) FROM snapshots").fetchone()[0])


def columns(store: Store, sql: str) -> list[tuple[object, ...]]:
    return list(store.db.execute(sql).fetchall())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.none() | st.binary(max_size=400))
def test_any_bytes_come_back_from_any_base(raw: bytes, base: bytes | None) -> None:
    assert expand(compress(raw, base), sha256(raw), base) == raw


@settings(max_examples=100, deadline=None)
@given(st.data(), st.binary(min_size=1, max_size=200), st.none() | st.binary(max_size=200))
def test_a_changed_frame_gives_the_same_bytes_or_an_error(
    data: st.DataObject, raw: bytes, base: bytes | None
) -> None:
    frame = bytearray(compress(raw, base))
    place = data.draw(st.integers(0, len(frame) - 1))
    frame[place] ^= data.draw(st.integers(1, 255))
    try:
        assert expand(bytes(frame), sha256(raw), base) == raw
    except StoreError as error:
        assert sha256(raw) in str(error)  # noqa: PT017  # either of two ends is right


def test_a_frame_that_claims_an_impossible_size_is_not_unpacked() -> None:
    # Magic number, a descriptor that announces eight bytes of size, and a size of 2 ** 60.
    frame = b"\x28\xb5\x2f\xfd\xe0" + (2**60).to_bytes(8, "little") + b"\x01\x00\x00"
    with pytest.raises(StoreError, match="impossible size"):
        expand(frame, sha256(b""))


def test_another_base_is_noticed() -> None:
    frame = compress(body(1), body(0))
    for base in (None, b"", body(2)):
        with pytest.raises(StoreError, match="damaged"):
            expand(frame, sha256(body(1)), base)


def test_leaning_makes_a_payload_small() -> None:
    assert len(compress(body(1), body(0))) * 5 < len(compress(body(1)))


@pytest.mark.parametrize("raw", [b"", b"x", b"\xff\x00" * 4])
def test_tiny_bodies_are_stored_and_lean_like_any_other(store: Store, raw: bytes) -> None:
    whole = keep(store, 0, raw)
    assert store.body(whole) == raw
    assert store.body(keep(store, 1, body(1))) == body(1)
    store.record(failure(2, raw + b"!"))
    assert store.body(3) == raw + b"!"


def test_the_same_bytes_are_stored_once_wherever_they_come_from(store: Store) -> None:
    assert keep(store, 0, b"same") == keep(store, 1, b"same") == keep(store, 0, b"same", "jp") == 1
    store.record(failure(2, b"same"))
    assert columns(store, "SELECT sha256, size FROM payloads") == [(sha256(b"same"), 4)]
    assert columns(store, "SELECT count(*) FROM fetches WHERE payload = 1") == [(4,)]


def test_payloads_lean_on_the_newest_of_their_chart_no_chain_too_long(store: Store) -> None:
    hours = LONGEST_CHAIN + 3
    for hour in range(hours):
        keep(store, hour, body(hour))
    links = [link for (link,) in columns(store, "SELECT links FROM payloads ORDER BY id")]
    assert links == [*range(LONGEST_CHAIN + 1), 0, 1]
    for number, base, link in columns(store, "SELECT id, base, links FROM payloads"):
        assert base == (int(str(number)) - 1 if link else None)
    assert [store.body(number) for number in store.payload_ids()] == list(map(body, range(hours)))


def test_another_chart_does_not_lean_on_this_one(store: Store) -> None:
    keep(store, 0, body(0))
    keep(store, 1, body(1), "jp")
    assert columns(store, "SELECT base, links FROM payloads") == [(None, 0), (None, 0)]


def test_a_refused_payload_leans_but_is_never_leaned_on(store: Store) -> None:
    keep(store, 0, body(0))
    store.record(failure(1, b"<html>sorry</html>"))
    keep(store, 2, body(2))
    assert columns(store, "SELECT base FROM payloads ORDER BY id") == [(None,), (1,), (1,)]


DAMAGE = {
    "frame cut": "UPDATE payloads SET frame = substr(frame, 1, length(frame) / 2) WHERE id = 2",
    "frame of another": "UPDATE payloads SET frame = (SELECT frame FROM payloads WHERE id = 1)"
    " WHERE id = 2",
    "no zstandard": "UPDATE payloads SET frame = x'00' WHERE id = 2",
    "frame emptied": "UPDATE payloads SET frame = x'' WHERE id = 2",
    "another sha256": f"UPDATE payloads SET sha256 = '{'0' * 64}' WHERE id = 2",
    "base forgotten": "UPDATE payloads SET base = NULL WHERE id = 2",
    "base missing": "UPDATE payloads SET base = 777 WHERE id = 2",
    "bases in a circle": "UPDATE payloads SET base = 2 WHERE id = 2",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_named_when_read_and_does_not_stop_the_next_save(
    store: Store, path: Path, damage: str
) -> None:
    for hour in range(3):
        keep(store, hour, body(hour))
    change(path, damage)
    ((result,),) = columns(store, "SELECT sha256 FROM payloads WHERE id = 2")
    assert store.body(1) == body(0)
    for leaning in (2, 3):  # the third leans on the second, so it is lost with it
        with pytest.raises(StoreError, match=rf"^stored payload {result} is damaged: [^\n]+$"):
            store.body(leaning)
    fourth = keep(store, 3, body(3))
    assert store.body(fourth) == body(3)
    assert columns(store, "SELECT base, links FROM payloads WHERE id = 4") == [(None, 0)]
    assert store.body(keep(store, 4, body(4))) == body(4)


def test_a_missing_payload_is_named(store: Store) -> None:
    with pytest.raises(StoreError, match="payload 777 is missing"):
        store.body(777)


def test_the_address_of_a_receipt_is_the_one_that_answered(store: Store) -> None:
    keep(store, 0, b"bytes")
    kept = store.payload_of(1)
    assert kept is not None
    assert (kept.url, kept.source, kept.sha256) == (URL, SOURCE, sha256(b"bytes"))
