"""Places among the apps drawn: never taken for ranks, and beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.vegalite import is_vega_lite
from tracker.errors import InvalidValue, NothingToShow
from tracker.model import App, Chart, Provenance, Series, Timeline
from tracker.plot.files.render import render
from tracker.plot.panels.bump import draw_bump, ordinal, places
from tracker.plot.scene import Note
from tracker.plot.style.colours import THEMES

START = datetime(2025, 1, 26, tzinfo=UTC)
CHART = Chart.parse("us/iphone/top-free/apps")
Ranks = Sequence[int | None]
Spec = dict[str, Any]


def several(*ranks: Ranks, hours: Sequence[float] | None = None, **more: Any) -> list[Series]:
    """A series for each of RANKS, all on one timeline."""
    at = hours or range(len(ranks[0]))
    many = len(at)
    kinds = more.get("provenances", (Provenance.RECORDED,) * many)
    times = tuple(START + timedelta(hours=hour) for hour in at)
    line = Timeline(CHART, "apple-rss", times, (100,) * many, tuple(kinds))
    names = ("DeepSeek", "ChatGPT", "Claude by Anthropic", "Gemini")
    return [
        Series(line, App(str(number), name), tuple(row))
        for number, (name, row) in enumerate(zip(names, ranks, strict=False), 1)
    ]


any_table = st.lists(
    st.lists(st.one_of(st.none(), st.integers(1, 100)), min_size=3, max_size=3),
    min_size=2,
    max_size=8,
)


@given(any_table)
def test_a_place_counts_the_drawn_apps_only_and_unranked_has_none(table: list[Ranks]) -> None:
    columns = several(*zip(*table, strict=True))
    found = [one.ranks for one in places(columns)]
    for look, ranks in enumerate(table):
        in_order = sorted(rank for rank in ranks if rank is not None)
        for app, rank in enumerate(ranks):
            expected = None if rank is None else in_order.index(rank) + 1
            assert found[app][look] == expected


def test_places_in_words() -> None:
    told = [ordinal(place) for place in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)]
    assert told == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"]


def words(spec: Spec, name: str) -> list[str]:
    return [row["text"] for row in spec["datasets"].get(name, ())]


def test_title_and_axis_name_places_and_the_ranks_stand_beneath() -> None:
    spec = draw_bump(several([40, 30, 20], [50, 60, None], [7, 8, 9]), interactive=True)
    assert spec["vconcat"][0]["title"]["subtitle"][0] == (
        "Places among the 3 apps drawn, and beneath them their ranks"
    )
    assert words(spec, "heads") == [
        "Place among the 3 apps drawn, not the chart’s rank",
        "Rank on the chart",
    ]
    numbers = words(spec, "numbers")
    assert numbers[:5] == ["1st", "2nd", "3rd", "not in", "top 100"]
    assert numbers[5:] == ["No. 1", "2", "3", "5", "10", "20", "50", "not in", "top 100"]
    assert words(spec, "ends") == [
        "DeepSeek 2nd", "ChatGPT unranked", "Claude by Anthropic 1st",
        "DeepSeek #20", "ChatGPT unranked", "Claude by Anthropic #9",
    ]  # fmt: skip
    looks = {(row["where"], row["app"], row["rank"]) for row in spec["datasets"]["looks"]}
    assert ("place among those drawn", "DeepSeek", "2nd of 3") in looks
    assert ("chart", "DeepSeek", "40") in looks
    assert ("place among those drawn", "ChatGPT", "not in the top 100") in looks


def test_the_lower_plot_never_ranks_anew() -> None:
    """Rank 50 stands where 50 is on the logarithmic axis, though only two apps are drawn."""
    spec = draw_bump(several([40, 40], [50, 50]))
    above, below = (spec["datasets"]["line 2"][0]["y"], spec["datasets"]["line 2"][-1]["y"])
    assert below > above
    grid = dict(
        zip(words(spec, "numbers"), (row["y"] for row in spec["datasets"]["grid"]), strict=True)
    )
    assert below == grid["50"]
    assert above == grid["2nd"]


def test_places_are_evenly_apart_and_ranks_are_not() -> None:
    spec = draw_bump(several([1, 40], [50, 50], [60, 60]))
    heights = [row["y"] for row in spec["datasets"]["grid"]]
    first, second, third = heights[:3]
    assert second - first == pytest.approx(third - second, abs=0.2)
    number = dict(zip(words(spec, "numbers")[3:], heights[3:], strict=True))
    assert number["2"] - number["No. 1"] == pytest.approx(number["10"] - number["5"], abs=0.2)


def test_nothing_is_drawn_where_nobody_looked() -> None:
    hours = [*range(12), 40, 41]
    rows = draw_bump(several([1] * 14, [2] * 14, hours=hours))["datasets"]
    groups = {row["g"] for row in rows["line 1"]}
    assert len(groups) == 4  # two strokes in each plot
    ends = sorted({row["t"] for row in rows["line 1"]})
    for gap in rows["gaps"]:
        assert not any(gap["t"] < time < gap["t2"] for time in ends)
    assert len(rows["gaps"]) == 2


def test_what_was_not_recorded_is_dashed() -> None:
    kinds = [Provenance.REPORTED, Provenance.RECORDED, Provenance.RECORDED]
    rows = draw_bump(several([1, 2, 3], [4, 5, 6], provenances=kinds))["datasets"]["line 1"]
    assert {row["d"] for row in rows} == {0, 1}


@pytest.mark.parametrize("size", [(1200, 675), (1080, 1080), (1080, 1920)])
def test_every_usual_size_has_room(size: tuple[int, int]) -> None:
    spec = draw_bump(several([40, None, 1], [9, 9, 9], [1, 2, 3], [5, 5, 5]), size=size)
    assert spec["usermeta"]["size"] == list(size)
    numbers = [row["y"] for row in spec["datasets"]["numbers"]]
    assert all(abs(one - other) >= 8 for n, one in enumerate(numbers) for other in numbers[:n])
    wide = spec["width"] + spec["padding"]["left"] + spec["padding"]["right"]
    assert wide * spec["usermeta"]["zoom"] == pytest.approx(size[0])
    if size[0] == 1080:
        assert spec["title"]["text"] == ["Places among the 4 apps drawn"]


def test_changes_of_the_lead_and_notes_stand_in_both_plots() -> None:
    """The ledger's intervals: confirmed, flip, or too early to tell."""
    a, b = [9, 9, 1, 1, 9, 1, 1, 1, 9], [5] * 9
    note = Note(START + timedelta(hours=2.5), "A release", "its makers")
    spec = draw_bump(several(a, b), notes=[note, Note(START - timedelta(days=1), "Before")])
    rows = spec["datasets"]
    hours = {
        name: [(row["t"], row["t2"]) for row in rows[name]] for name in rows if "change" in name
    }
    start, hour = int(START.timestamp()) * 1000, 3_600_000
    spans = {
        name: sorted({((t - start) // hour, (t2 - start) // hour) for t, t2 in found})
        for name, found in hours.items()
    }
    assert spans == {
        "confirmed changes": [(1, 2), (4, 5)],
        "flip changes": [(3, 4)],
        "pending changes": [(7, 8)],
    }
    assert all(len(found) == 2 * len(set(found)) for found in hours.values())
    assert [row["title"] for row in rows["notes"]] == ["A release"] * 2
    assert {row["t"] for row in rows["notes"]} == {start + 5 * hour // 2}
    # The upper plot's begin at their words, the lower one's end above the axis of time.
    (told,) = rows["note words left"]
    assert told["text"] == "A release"
    upper, lower = rows["notes"]
    assert told["y"] - 12 < upper["y"] < told["y"] < upper["y2"] < lower["y"] < lower["y2"]
    foot = " ".join(rows["feet"][0]["text"])
    for words_ in (
        "Bands:",
        "Faint:",
        "Dashed outline:",
        "Thin upright lines: notes, not from the chart.",
    ):
        assert words_ in foot


@pytest.mark.parametrize("size", [(1200, 675), (1080, 1080), (1080, 1920)])
def test_notes_and_changes_leave_room_for_both_plots(size: tuple[int, int]) -> None:
    """On a square of a phone there is little: the words above the plots give way, not the notes."""
    ranks: list[Ranks] = [[9, 9, 1, 1, 9, 9, 1, 1] * 3, [5] * 24, [None, 7, 8, 9] * 6]
    notes = [Note(START + timedelta(hours=4 * n), f"A note of some length, {n}") for n in range(5)]
    rows = draw_bump(several(*ranks), notes=notes, size=size)["datasets"]
    assert len(rows["notes"]) == 10
    told = [row["text"] for name in rows if name.startswith("note words") for row in rows[name]]
    told += rows["feet"][0]["text"]
    assert all(f", {n}" in " ".join(told) for n in range(5))


def test_other_apps_stand_behind_the_ranks_and_have_no_place() -> None:
    *drawn, other = several([1, 1, 1], [9, 9, 9], [3, None, 40])
    rows = draw_bump(drawn, context=[other])["datasets"]
    top = next(row["y"] for row in rows["heads"] if row["text"] == "Rank on the chart")
    assert [row["y"] is None for row in rows["context"]] == [False, False, True]
    assert all(row["y"] > top for row in rows["context"][:2])
    assert "4th" not in words({"datasets": rows}, "numbers")
    # Its last rank is deeper than the axis.
    assert "context names" not in rows


def test_three_apps_are_told_apart_without_colour_in_both_plots() -> None:
    """Each shape lies on a level of its own app's line, or on its bar in the lane."""
    ranks: list[Ranks] = [[40] * 30, [50] * 20 + [None] * 10, [7, 8, 9] * 10]
    rows = draw_bump(several(*ranks))["datasets"]
    shapes = {row["colour"]: row["shape"] for row in rows["ends"]}
    assert len(set(shapes.values())) == 3
    assert len(rows["marks"]) > 12
    for mark in rows["marks"]:
        assert shapes[mark["colour"]] == mark["shape"]
        (app_id,) = {f"line {n}" for n, end in enumerate(rows["ends"][:3], 1)
                     if end["colour"] == mark["colour"]}  # fmt: skip
        held = [(a["t"], b["t"]) for a, b in pairwise(rows[app_id]) if a["y"] == mark["y"]]
        held += [(bar["t"], bar["t2"]) for bar in rows["bars"] if bar["y"] == mark["y"]]
        assert any(start < mark["t"] < end for start, end in held)
    two = draw_bump(several([1, 2, 3], [4, 5, 6]))["datasets"]
    assert "marks" not in two
    assert {row["shape"] for row in two["ends"]} == {"circle"}


def test_too_little_is_refused() -> None:
    with pytest.raises(InvalidValue, match="two at least"):
        draw_bump(several([1, 2]))
    with pytest.raises(NothingToShow):
        draw_bump(several([1], [2]))
    with pytest.raises(InvalidValue, match="--size"):
        draw_bump(several([1, 2], [2, 1]), size=(400, 320))


@settings(max_examples=3, deadline=None)
@given(any_table, st.sampled_from(list(THEMES)), st.booleans())
def test_it_is_valid_vega_lite(table: list[Ranks], theme: str, interactive: bool) -> None:
    notes = [Note(START, "A note")]
    spec = draw_bump(
        several(*zip(*table, strict=True)),
        theme=theme, now=START, interactive=interactive, notes=notes,
    )  # fmt: skip
    assert is_vega_lite(json.loads(render(spec, ".json")))
    assert "Drawn 26 Jan 2025." in " ".join(spec["datasets"]["feet"][0]["text"])


def test_vega_lite_has_nothing_to_warn_of(capfd: pytest.CaptureFixture[str]) -> None:
    hours = [*range(20), 40, 41, 42]
    series = several([5] * 9 + [1] * 5 + [None] * 9, [2] * 21 + [None] * 2, hours=hours)
    svg = vl_convert.vegalite_to_svg(draw_bump(series), show_warnings=True)
    assert "apps drawn" in svg
    assert capfd.readouterr().err == ""
