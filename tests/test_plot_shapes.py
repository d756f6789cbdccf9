"""Shapes that tell three apps and more apart without colour, and where lines end for good."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lines import Ranks, at, pair, series, walk
from tests.support.vegalite import is_vega_lite
from tracker.analysis import gaps
from tracker.model import Series
from tracker.plot import SIZES, Note, draw
from tracker.plot.curve.layout import Layout, lay_out
from tracker.plot.curve.leaving import left_rows
from tracker.plot.curve.rows import Rows, end_rows, lone_rows, time_rows
from tracker.plot.curve.telling import telling_rows
from tracker.plot.scene import scene
from tracker.plot.style.shapes import SHAPES, SIDE, SLOT, Level, spots
from tracker.plot.text.description import MOST_DESCRIBED, description

GREY = "#777777"


def told(
    drawn: Sequence[Series], size: tuple[int, int] = (1200, 675)
) -> tuple[Layout, dict[str, Rows]]:
    """The picture's layout, and the rows of its shapes."""
    placed = lay_out(scene(drawn), size)
    greys = {one.app.app_id: GREY for one in drawn}
    return placed, telling_rows(placed, time_rows(placed), greys, greys)


def many(apps: int, looks: int = 90) -> list[Series]:
    return series([f"Filler {n}" for n in range(apps)], [walk(looks, n) for n in range(apps)])


def test_twelve_apps_have_twelve_shapes_the_same_along_the_line_and_beside_the_name() -> None:
    assert len(set(SHAPES)) == len(SHAPES) == 12
    drawn = many(12, 400)
    placed, rows = told(drawn)
    greys = {one.app.app_id: GREY for one in drawn}
    assert [row["shape"] for row in end_rows(placed, greys, greys)] == list(SHAPES)
    assert {row["shape"] for row in rows["line shapes"]} == set(SHAPES)


def test_two_apps_need_none() -> None:
    assert told(many(2))[1] == {}
    assert "line shapes" in told(many(3))[1]


@settings(max_examples=20, deadline=None)
@given(
    st.integers(3, 12), st.integers(2, 60),
    st.sampled_from([(1200, 675), (500, 500), (500, 889)]), st.booleans(),
)  # fmt: skip
def test_shapes_stand_on_ranks_that_were_seen_and_never_on_each_other(
    apps: int, looks: int, size: tuple[int, int], unranked: bool
) -> None:
    hours = [n + 9 * (n > looks // 2) for n in range(looks)]
    names = [f"Filler {n}" for n in range(apps)]
    ranks: list[Ranks] = [walk(looks, n, 1 + n) for n in range(apps)]
    if unranked:
        ranks[0] = [None] * looks
    line = pair(ranks[0], ranks[0], hours)[0].timeline
    drawn = [Series(line, one.app, one.ranks) for one in series(names, ranks)]
    placed, rows = told(drawn, size)
    by_shape = dict(zip(SHAPES, drawn, strict=False))
    unseen = [(gap.start, gap.end) for gap in gaps(line)]
    for row in rows.get("line shapes", []):
        one = by_shape[str(row["shape"])]
        when = int(str(row["t"])) / 1000
        held = [
            (a.rank, b.observed_at)
            for a, b in pairwise(one)
            if a.observed_at.timestamp() - 1 <= when <= b.observed_at.timestamp() + 1
        ]
        heights = {
            placed.tracks[one.app.app_id] if rank is None else placed.y(rank) for rank, _ in held
        }
        assert any(abs(float(str(row["y"])) - y) < 1e-6 for y in heights)
        assert not any(a.timestamp() + 1 < when < b.timestamp() - 1 for a, b in unseen)
    share = placed.width / (line.times[-1] - line.times[0]).total_seconds() / 1000
    at_ = [
        (float(str(row["t"])) * share, float(str(row["y"]))) for row in rows.get("line shapes", [])
    ]
    assert all(abs(a[0] - b[0]) > SIDE or abs(a[1] - b[1]) > SIDE for a, b in combinations(at_, 2))


def test_marks_are_few_however_dense_a_line_is() -> None:
    placed, rows = told(many(3, 5_000))
    assert 0 < len(rows["line shapes"]) <= 3 * (placed.width / SLOT + 2)


def test_a_mark_avoids_other_lines_where_it_can() -> None:
    flat = [Level(0, 1000, 50)]
    near = [Level(0, 300, 52), Level(300, 1000, 200)]
    first = spots([flat, near], 1000)[0]
    assert [x for x, _ in first if x > 310]
    # Where there is no other place it stands on another line, rather than nowhere.
    assert len(first) >= 1000 // SLOT


def test_hollow_is_unranked_and_the_last_look_after_a_gap_is_seen() -> None:
    hours = [*range(12), 20]
    ranks: list[Ranks] = [[3] * 13, [1] * 13, [9] * 11 + [None] * 2]
    line = pair(ranks[0], ranks[1], hours)[0].timeline
    drawn = [Series(line, one.app, one.ranks) for one in series(["A", "B", "C"], ranks)]
    placed, _ = told(drawn)
    greys = {one.app.app_id: GREY for one in drawn}
    assert [row["ranked"] for row in end_rows(placed, greys, greys)] == [1, 1, 0]
    # Two apps have a dot at their lines' ends; these have their shapes beside the names.
    lone = lone_rows(placed, drawn[0], placed.scene.strokes[0], greys)
    assert [row["t"] for row in lone] == [int(at(20).timestamp()) * 1000]


def test_who_was_ahead_for_too_short_for_a_name_has_a_shape_in_the_strip() -> None:
    ranks = [[1] * 30 + [3] * 3 + [1] * 60, [2] * 93, [4] * 30 + [1] * 3 + [4] * 60]
    _, rows = told(series(["A long name", "B", "Another long name"], ranks))
    (row,) = rows["strip shapes"]
    assert row["shape"] == SHAPES[2]
    assert at(30).timestamp() < int(str(row["t"])) / 1000 < at(33).timestamp()


@pytest.mark.parametrize("interactive", [False, True])
def test_it_is_valid_vega_lite(interactive: bool) -> None:
    spec = draw(many(3), interactive=interactive)
    assert is_vega_lite(spec)
    layers = (spec["vconcat"][0] if interactive else spec)["layer"]
    names = [layer["data"]["name"] for layer in layers]
    assert names.index("ends") > names.index("line shapes") > names.index("ranks of 3")
    halo, shape = (layer["mark"] for layer in layers if layer["data"]["name"] == "line shapes")
    assert (halo["stroke"], shape["filled"]) == ("#FFFFFF", True)
    shaped = [layer for layer in layers if layer["data"]["name"] == "ends"
              and layer["mark"]["type"] == "point"]  # fmt: skip
    assert [layer["encoding"]["fill"]["condition"]["test"] for layer in shaped] == ["datum.ranked"]


# Leaving


def left(*ranks: Ranks, notes: Sequence[Note] = ()) -> Rows:
    drawn = series([f"Filler {n}" for n in range(len(ranks))], ranks)
    placed = lay_out(scene(drawn, notes=notes), SIZES["wide"])
    greys = {one.app.app_id: GREY for one in drawn}
    return left_rows(placed, greys, greys)


def test_words_of_leaving_go_where_no_line_is() -> None:
    gone = [6] * 50 + [None] * 40
    (free,) = left(gone, [1] * 90)
    assert (free["text"], free["align"]) == ("left the chart after #6", "left")
    # A line right behind the end: the words stand before it.
    (behind,) = left(gone, [1] * 50 + [9, 3] * 20)
    assert (behind["text"], behind["align"]) == ("left the chart after #6", "right")
    # Lines on all sides: no words.
    (none,) = left(gone, [9, 3] * 45)
    assert none["text"] == ""
    # Near the edge.
    (edge,) = left([6] * 80 + [None] * 10, [1] * 90)
    assert edge["align"] == "right"


def test_words_of_leaving_cross_no_note() -> None:
    gone = [6] * 50 + [None] * 40
    (row,) = left(gone, [1] * 90, notes=[Note(at(53), "A note")])
    assert row["align"] == "right"


# In words


def described(*ranks: Ranks, notes: Sequence[Note] = ()) -> str:
    drawn = scene(series([f"Filler {n}" for n in range(len(ranks))], ranks), notes=notes)
    return description(drawn, ["A headline"], ["A subtitle"])


def test_the_description_tells_every_change_leaving_and_note() -> None:
    text = described(
        [3] * 9 + [1] * 9 + [3] * 9, [2] * 27, [9] * 9 + [None] * 18,
        notes=[Note(at(3), "A strike")],
    )  # fmt: skip
    assert "Filler 0 passed Filler 1 between 26 Jan 2025 08:00 and 09:00 UTC" in text
    assert "; Filler 1 passed Filler 0 between 26 Jan 2025 17:00 and 18:00 UTC" in text
    assert (
        "Filler 2 left the chart between 26 Jan 2025 08:00 and 09:00 UTC, after number 9." in text
    )
    assert "Dated notes: 26 Jan 2025, A strike." in text
    assert text.endswith("Filler 2 is unranked.")


def test_of_very_many_changes_the_description_tells_the_last() -> None:
    text = described([3, 3, 3, 1, 1, 1] * 20, [2] * 120)
    assert f"Changes of the lead, the last {MOST_DESCRIBED} of 39: " in text
    assert text.count(" passed ") == MOST_DESCRIBED
    assert "Changes" not in described([1] * 9, [2] * 9)
