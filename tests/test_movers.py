"""Who climbed, fell, came in and left between two snapshots of a chart."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.analysis.movement import Move
from tracker.analysis.movers import Listing, Mover, movers
from tracker.model import App


def listing(*ids: str, depth: int | None = None) -> Listing:
    return Listing({app_id: rank for rank, app_id in enumerate(ids, 1)}, depth or len(ids))


def moved_apps(now: Listing, then: Listing, returned: tuple[str, ...] = ()) -> dict[str, Mover]:
    apps = {text: App(text, text) for text in {*now.ranks, *then.ranks}}
    return {mover.app.app_id: mover for mover in movers(now, then, apps, returned)}


def test_each_move_has_its_name_and_its_places() -> None:
    moved = moved_apps(listing("b", "a", "c", "e"), listing("a", "b", "c", "d"))
    assert {text: (mover.move, mover.change) for text, mover in moved.items()} == {
        "a": (Move.DOWN, -1), "b": (Move.UP, 1), "c": (Move.SAME, 0),
        "d": (Move.LEFT, None), "e": (Move.NEW, None),
    }  # fmt: skip
    assert moved_apps(listing("e"), listing("a"), ("e",))["e"].move is Move.BACK


def test_a_short_snapshot_says_of_no_app_that_it_came_in_or_left() -> None:
    short = moved_apps(listing("a"), listing("a", "b", "c"))
    assert {short["b"].move, short["c"].move} == {Move.BEYOND}
    long = moved_apps(listing("a", "b", "c"), listing("a"))
    assert {long["b"].move, long["c"].move} == {Move.BEYOND}


def test_the_same_places_are_unusual_at_the_top_and_usual_below() -> None:
    then = [str(number) for number in range(1, 41)]
    # Everything from rank 11 on trades places in pairs of two; at the top only 1 and 2 do.
    now = ["2", "1", *then[2:10]]
    for at in range(10, 40, 2):
        now += [then[at + 1], then[at]]
    moved = moved_apps(listing(*now), listing(*then))
    top, low = moved["2"], moved["31"]
    assert (top.change, low.change) == (1, -1)
    assert (top.apps_near, top.moved_as_far) == (3, 1)  # of 1, 3 and 4 only 1 moved as far
    assert low.apps_near > 20
    assert low.moved_as_far > low.apps_near / 4


@settings(max_examples=60)
@given(st.permutations(list("abcdefgh")), st.permutations(list("abcdefgh")), st.data())
def test_every_app_of_either_snapshot_is_listed_once_farthest_first(
    now: list[str], then: list[str], data: st.DataObject
) -> None:
    now, then = (lines[: data.draw(st.integers(1, 8))] for lines in (now, then))
    apps = {text: App(text, text) for text in "abcdefgh"}
    rows = movers(listing(*now), listing(*then), apps)
    assert sorted(row.app.app_id for row in rows) == sorted({*now, *then})
    away = [math.inf if row.change is None else abs(math.log(row.rank / row.rank_before))  # type: ignore[operator]
            for row in rows]  # fmt: skip
    assert away == sorted(away, reverse=True)
    for row in rows:
        assert 0 <= row.moved_as_far <= row.apps_near < 8
