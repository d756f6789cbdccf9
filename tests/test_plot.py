"""The picture: its specification, its words, and the files it is rendered to."""

from __future__ import annotations

import io
import json
import math
import re
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
import vl_convert
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.support.vegalite import is_vega_lite
from tracker.analysis import gaps, overtakes
from tracker.catalog import Catalog
from tracker.errors import InvalidValue, NothingToShow
from tracker.model import App, Chart, Provenance, Series, Timeline
from tracker.plot import draw, headline, render, subtitle
from tracker.plot.curve.endlabels import end_labels
from tracker.plot.curve.layout import lay_out
from tracker.plot.curve.lines import stroke_of
from tracker.plot.curve.marks import FAR
from tracker.plot.curve.ranks import clear_ticks
from tracker.plot.curve.rows import Rows, datasets, time_rows
from tracker.plot.curve.thin import ENOUGH, steps, thin
from tracker.plot.panels.bump import draw_bump
from tracker.plot.scene import scene
from tracker.plot.style.colours import (
    ALIKE,
    BLINDNESS,
    CONTRAST,
    THEMES,
    colours_of,
    contrast,
    distance,
)
from tracker.plot.style.glyphs import legible, legible_words
from tracker.plot.style.typeset import balance, spread, upright, width, wrap
from tracker.plot.text.words import between, days, lasting
from tracker.plot.times.ticks import ROOM, epoch, time_ticks

START = datetime(2025, 1, 26, tzinfo=UTC)
CHART = Chart.parse("us/iphone/top-free/apps")
DEEPSEEK = App("6737597349", "DeepSeek", "deepseek", "#4D6BFE")
CHATGPT = App("6448311069", "ChatGPT", "chatgpt", "#10A37F")
CLAUDE = App("6473753684", "Claude by Anthropic", "claude", "#D97757")
NASTY = "</script><script>alert(1)</script>"

Ranks = Sequence[int | None]
Spec = dict[str, Any]


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def timeline(
    hours: Sequence[float],
    depth: int = 100,
    provenances: Sequence[Provenance] | None = None,
) -> Timeline:
    many = len(hours)
    kinds = tuple(provenances or [Provenance.RECORDED] * many)
    return Timeline(CHART, "apple-rss", tuple(map(hour, hours)), (depth,) * many, kinds)


def pair(a: Ranks, b: Ranks, hours: Sequence[float] | None = None) -> tuple[Series, Series]:
    line = timeline(hours if hours is not None else range(len(a)))
    return Series(line, DEEPSEEK, tuple(a)), Series(line, CHATGPT, tuple(b))


def marks(spec: Spec, rows: str) -> list[Spec]:
    """The layers drawn from the rows of that name."""
    return [layer for layer in spec["layer"] if layer["data"]["name"] == rows]


LINE = "ranks of 6737597349"
BANDS = ("confirmed changes", "flip changes", "pending changes")


# The axis and the lines


def test_rank_1_is_on_top_of_a_logarithmic_axis() -> None:
    spec = draw(pair([40, 3, 1], [1, 2, 2]))
    for layer in marks(spec, LINE):
        scale = layer["encoding"]["y"]["scale"]
        top, bottom = scale["range"]
        assert (scale["type"], scale["domain"]) == ("log", [1, 40])
        assert top < bottom < spec["height"]


def test_the_axis_runs_only_as_deep_as_needed() -> None:
    def axis(worst: int) -> Any:
        return marks(draw(pair([worst, 1], [1, 2])), LINE)[0]["encoding"]["y"]

    assert axis(2)["scale"]["domain"] == [1, 3]
    assert axis(4)["axis"]["values"] == [1, 2, 3, 4]
    assert axis(16)["axis"]["values"] == [1, 2, 3, 5, 10, 16]
    assert axis(52)["axis"]["values"] == [1, 2, 3, 5, 10, 20, 50]
    assert axis(100)["scale"]["domain"] == [1, 100]


def test_a_rank_is_a_step_on_a_halo_and_never_a_diagonal() -> None:
    halo, jumps, ranks = marks(draw(pair([3, 1], [1, 2])), LINE)
    assert (halo["mark"]["type"], halo["mark"]["interpolate"]) == ("line", "step-after")
    assert halo["mark"]["color"] == THEMES["light"].background
    # A rule with one x and two heights is upright, one with two and one height is level.
    assert jumps["mark"]["type"] == ranks["mark"]["type"] == "rule"
    assert {"x", "y", "y2"} == set(jumps["encoding"])
    assert {"x", "x2", "y"} == set(ranks["encoding"])
    widths = [layer["mark"]["strokeWidth"] for layer in (halo, ranks, jumps)]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("many", [3, 120, 2_000])
def test_what_was_not_recorded_here_is_dashed(many: int) -> None:
    ranks = [1 + n % 9 for n in range(many)]

    def bars(*kinds: Provenance) -> Spec:
        line = timeline(range(many), provenances=[kinds[n % len(kinds)] for n in range(many)])
        return marks(draw([Series(line, DEEPSEEK, tuple(ranks))]), LINE)[-1]

    own, other = bars(Provenance.RECORDED), bars(Provenance.REPORTED)
    both = bars(Provenance.RECORDED, Provenance.REPORTED)
    assert "strokeDash" not in own["mark"] | own["encoding"]
    assert len(other["mark"]["strokeDash"]) == 2
    assert "strokeDash" in both["mark"] | both["encoding"]


@pytest.mark.parametrize("many", [3, 120, 2_000])
@pytest.mark.parametrize("style", [draw, draw_bump])
def test_jumps_are_never_dashed(many: int, style: Any) -> None:
    line = timeline(range(many), provenances=[Provenance.RECONSTRUCTED] * many)
    ranks = [tuple(first + n % 9 for n in range(many)) for first in (1, 2, 3)]
    one, two, other = (
        Series(line, app, each)
        for app, each in zip((DEEPSEEK, CHATGPT, CLAUDE), ranks, strict=True)
    )
    spec = style([one, two], context=[other])
    layers = [part for layer in spec["layer"] for part in layer.get("layer", [layer])]
    dashes = [layer for layer in layers if "strokeDash" in layer["mark"]]
    assert "context" in {layer["data"]["name"] for layer in dashes}
    assert len({layer["data"]["name"] for layer in dashes if layer["data"]["name"] != "bars"}) >= 3
    for layer in dashes:
        assert layer["mark"]["type"] == "rule"
        assert "y2" not in layer["encoding"]


def test_a_rank_that_was_held_long_is_dashed_among_very_many_jumps() -> None:
    """And what was recorded is one line as thick as ever."""
    many = 800
    ranks = tuple(5 if n in range(200, 240) else 1 + n % 9 for n in range(many))
    kinds = [Provenance.REPORTED] * 400 + [Provenance.RECORDED] * 400
    spec = draw([Series(timeline(range(many), provenances=kinds), DEEPSEEK, ranks)])
    lines = re.findall(r"<line[^>]*>", render(spec, ".svg").decode())
    assert len([tag for tag in lines if "stroke-dasharray" in tag]) == 1
    recorded, thin, *_ = marks(spec, LINE)
    assert recorded["transform"] == [{"filter": "datum.d == 0"}]
    assert thin["transform"] == [{"filter": "datum.d == 1"}]
    assert recorded["mark"]["strokeWidth"] == 2 * thin["mark"]["strokeWidth"]


def test_other_apps_are_the_fainter_the_more_they_move() -> None:
    def behind(many: int) -> Spec:
        line = timeline(range(many))
        ranks = tuple(2 + n % 3 for n in range(many))
        drawn = draw([Series(line, DEEPSEEK, (1,) * many)], context=[Series(line, CLAUDE, ranks)])
        found: Spec = marks(drawn, "context")[0]["mark"]
        return found

    looks = [behind(many) for many in (10, 150, 1_900)]
    for what in ("strokeWidth", "opacity"):
        told = [look[what] for look in looks]
        assert told == sorted(set(told), reverse=True)


def test_where_ranks_change_at_every_point_they_are_one_line_of_steps() -> None:
    many = 2_000
    (line,) = marks(draw(pair([1 + n % 9 for n in range(many)], [20] * many)), LINE)
    assert (line["mark"]["type"], line["mark"]["interpolate"]) == ("line", "step-after")


def test_times_are_utc() -> None:
    for layer in draw(pair([3, 1], [1, 2]))["layer"]:
        x = layer["encoding"].get("x", {})
        if x.get("type") == "temporal":
            assert x["scale"]["type"] == "utc"


def rank_drawn(rows: Sequence[Mapping[str, Any]], time: int) -> int | None:
    """What a reader sees at TIME: the step that covers it, None where the line is broken."""
    seen = None
    for row, after in pairwise([*rows, {"t": math.inf, "r": None}]):
        if row["r"] is None:
            continue
        ends = after["r"] is None
        if row["t"] == time or (row["t"] < time < after["t"] and not ends):
            seen = row["r"]
    return seen


@st.composite
def any_series(draw_: st.DrawFn, most: int = 14) -> list[Series]:
    """Up to four apps with ranks of their own, gaps, unranked looks and two provenances."""
    waits = draw_(st.lists(st.sampled_from([1, 1, 1, 1, 6]), min_size=1, max_size=most))
    hours = [0, *(sum(waits[: n + 1]) for n in range(len(waits)))]
    many = draw_(st.integers(1, 4))
    kinds = draw_(
        st.lists(
            st.sampled_from([Provenance.RECORDED, Provenance.RECONSTRUCTED]),
            min_size=len(hours),
            max_size=len(hours),
        )
    )
    ranks = st.permutations([1, 2, 3, 17, 60, None, None]).map(lambda found: found[:many])
    table = [draw_(ranks) for _ in hours]
    line = timeline(hours, provenances=kinds)
    return [
        Series(line, App(str(100 + n), f"Filler {n:02}"), tuple(row[n] for row in table))
        for n in range(many)
    ]


def rows_of(series: Sequence[Series]) -> dict[str, Rows]:
    """The named rows of the picture, without the cost of Altair."""
    placed = lay_out(scene(series), (1200, 675))
    return datasets(placed, {one.app.app_id: "#4D6BFE" for one in series}) | time_rows(placed)


@settings(max_examples=25, deadline=None)
@given(any_series())
def test_the_line_shows_every_rank_as_it_was_and_none_that_was_not_seen(
    series: list[Series],
) -> None:
    unseen = {gap.start for gap in gaps(series[0].timeline)}
    named = rows_of(series)
    for one in series:
        rows = named[f"ranks of {one.app.app_id}"]
        for look, after in pairwise(one):
            if look.rank is not None:
                assert rank_drawn(rows, epoch(look.observed_at)) == look.rank
            then = (epoch(look.observed_at) + epoch(after.observed_at)) // 2
            dashed = int(look.provenance != Provenance.RECORDED)
            # Each dash is a line of its own, as Vega groups them.
            own, other = ([row for row in rows if row["d"] == d] for d in (dashed, 1 - dashed))
            assert rank_drawn(own, then) == (None if look.observed_at in unseen else look.rank)
            assert rank_drawn(other, then) is None


def ruled(svg: str, width: float, colour: str) -> list[tuple[float, float, float, float]]:
    """Where straight strokes of that width and colour begin, and how far they go."""
    found = re.findall(
        r'<line[^>]* transform="translate\(([-\d.e]+),([-\d.e]+)\)" x2="([-\d.e]+)" '
        rf'y2="([-\d.e]+)" stroke="{colour}" stroke-width="{width:g}"',
        svg,
    )
    return [(float(x), float(y), float(wide), float(high)) for x, y, wide, high in found]


@settings(max_examples=4, deadline=None)
@given(any_series())
def test_what_is_rendered_are_the_ranks_seen_for_as_long_as_they_held(
    series: list[Series],
) -> None:
    svg = render(draw(series), ".svg").decode()
    placed = lay_out(scene(series), (1200, 675))
    stroke, unseen = stroke_of(placed), {gap.start for gap in gaps(series[0].timeline)}
    colours = colours_of([one.app for one in series], THEMES["light"])
    for one, colour in zip(series, colours, strict=True):
        held = ruled(svg, stroke.rank, colour)
        assert all(high == 0 for *_, high in held)
        heights = {placed.y(rank) for rank in one.ranks if rank is not None}
        for _, y, wide, high in ruled(svg, stroke.jump, colour):
            assert wide == 0
            assert all(any(abs(end - height) < 0.01 for height in heights) for end in (y, y + high))
        for look, after in pairwise(one):
            middle = (placed.x(look.observed_at) + placed.x(after.observed_at)) / 2
            there = {round(y, 3) for x, y, wide, _ in held if x < middle < x + wide}
            seen = look.rank is not None and look.observed_at not in unseen
            assert there == ({round(placed.y(look.rank or 1), 3)} if seen else set())


def test_the_jump_between_two_provenances_is_drawn_once() -> None:
    kinds = [Provenance.RECONSTRUCTED, Provenance.RECONSTRUCTED, Provenance.RECORDED]
    line = timeline(range(3), provenances=kinds)
    rows = draw([Series(line, DEEPSEEK, (5, 5, 2))])["datasets"][LINE]
    assert [(row["t"], row["r"], row["d"]) for row in rows] == [
        (epoch(hour(0)), 5, 1),
        (epoch(hour(2)), 5, 1),
        (epoch(hour(2)), None, 1),
        (epoch(hour(2)), 5, 0),
        (epoch(hour(2)), 2, 0),
    ]


def test_a_look_between_two_gaps_is_a_dot() -> None:
    hours = [*range(12), 20, 28, *range(36, 56)]
    a: list[int | None] = [3] * len(hours)
    a[13] = 7
    spec = draw(pair(a, [1] * len(hours), hours))
    lone = spec["datasets"]["lone looks"]
    assert {row["t"] for row in lone} == {epoch(hour(20)), epoch(hour(28))}
    assert "lone looks" not in draw(pair([1, 3, 3], [2, 2, 2]))["datasets"]
    # The last snapshot has the dot at the line's end.
    hours = [*range(12), 20]
    assert "lone looks" not in rows_of(pair([3] * 13, [1] * 13, hours))


# The lane, gaps, changes and the strip


def texts(spec: Spec) -> list[str]:
    """The words at fixed places."""
    found = [layer["encoding"].get("text", {}).get("value") for layer in marks(spec, "once")]
    return [text for text in found if isinstance(text, str)]


def test_there_is_a_lane_only_where_some_app_is_unranked() -> None:
    without = draw(pair([3, 1], [1, 2]))
    assert "lane" not in without["datasets"]
    assert not any("top" in text for text in texts(without))
    line = timeline(range(3), depth=25)
    lane = draw([Series(line, DEEPSEEK, (3, None, None)), Series(line, CHATGPT, (1, 2, 2))])
    # Once as a halo, once as words.
    assert [text for text in texts(lane) if text != "Ahead"] == ["not in the top 25"] * 2
    (bar,) = lane["datasets"]["lane"]
    assert (bar["t"], bar["t2"]) == (epoch(hour(1)), epoch(hour(2)))
    assert bar["y"] > marks(lane, LINE)[0]["encoding"]["y"]["scale"]["range"][1]


def test_an_app_never_ranked_is_drawn_in_the_lane() -> None:
    spec = draw(pair([None] * 3, [None] * 3))
    assert len(spec["datasets"]["lane"]) == 2
    assert [row["text"] for row in spec["datasets"]["ends"]] == [
        "DeepSeek unranked",
        "ChatGPT unranked",
    ]
    assert "nobody ahead" not in spec["datasets"]


def test_nobody_is_ahead_of_an_app_that_was_never_ranked() -> None:
    spec = draw(pair([None] * 4, [1] * 4))
    assert "ahead" not in spec["datasets"]
    assert "Ahead" not in json.dumps(spec)
    assert draw(pair([None, 2, 2, 2], [1, 1, 1, 1]))["datasets"]["ahead"]


def test_gaps_are_shaded_and_named_where_there_is_room() -> None:
    hours = [*range(20), 40, *range(50, 70), 72, *range(74, 90)]
    spec = draw(pair([1] * len(hours), [2] * len(hours), hours))
    rows = spec["datasets"]["gaps"]
    assert [(row["t"], row["t2"]) for row in rows] == [
        (epoch(hour(first)), epoch(hour(last)))
        for first, last in ((19, 40), (40, 50), (69, 72), (72, 74))
    ]
    assert [(row["text"], row["angle"]) for row in rows] == [
        ("no data\nfor 21 hours", 0),
        ("no data\nfor 10 hours", 0),
        ("no data for 3 hours", -90),
        ("no data for 2 hours", -90),
    ]
    assert [row["t"] for row in spec["datasets"]["slits"]] == [epoch(hour(40)), epoch(hour(72))]
    # Too narrow for any words.
    narrow = [*range(200), 202, *range(203, 260)]
    (row,) = draw(pair([1] * 258, [2] * 258, narrow))["datasets"]["gaps"]
    assert row["text"] == ""
    for ahead in spec["datasets"]["ahead"]:
        assert not any(ahead["t"] < row["t2"] and row["t"] < ahead["t2"] for row in rows)


@settings(max_examples=15, deadline=None)
@given(any_series())
def test_bands_are_the_ledgers_intervals(series: list[Series]) -> None:
    assume(len(series) > 1)
    named = rows_of(series[:2])
    drawn = sorted(
        (row["t"], row["t2"], row["kind"], name.split()[0])
        for name in BANDS
        for row in named.get(name, [])
    )
    assert drawn == [
        (epoch(change.after), epoch(change.by), change.kind.value, change.status.value)
        for change in overtakes(series[0], series[1])
    ]


def test_a_flip_is_fainter_and_a_pending_change_is_dashed() -> None:
    spec = draw(pair([2, 1, 1, 3, 1, 3, 3, 1], [1, 2, 2, 2, 2, 2, 2, 2]))
    confirmed, flip, pending = (marks(spec, name)[0]["mark"] for name in BANDS)
    assert flip["fillOpacity"] < confirmed["fillOpacity"]
    assert pending["strokeDash"] != confirmed["strokeDash"]


def test_among_three_apps_the_changes_of_the_lead_are_marked() -> None:
    line = timeline(range(4))
    # DeepSeek passes Claude too, at the same look; but Claude was not the one ahead.
    ranks = ((9, 9, 1, 1), (1, 1, 2, 2), (7, 8, 31, 32))
    series = [
        Series(line, app, one) for app, one in zip((DEEPSEEK, CHATGPT, CLAUDE), ranks, strict=True)
    ]
    found = scene(series).changes
    assert [(c.winner, c.loser) for c in found] == [(DEEPSEEK, CHATGPT)]


def test_the_strip_says_who_was_ahead_in_merged_spans() -> None:
    spec = draw(pair([3, 3, 3, 1, 1, 1], [2] * 6))
    assert "Ahead" in texts(spec)
    assert [(row["t"], row["t2"], row["text"]) for row in spec["datasets"]["ahead"]] == [
        (epoch(hour(0)), epoch(hour(3)), "ChatGPT"),
        (epoch(hour(3)), epoch(hour(5)), "DeepSeek"),
    ]
    assert "Ahead" not in texts(draw(pair([3, 1], [2, 2])[:1]))


def test_what_is_narrower_than_a_point_does_not_end_a_run_in_the_strip() -> None:
    """And is drawn over it, as wide as it is."""
    hours = [n for n in range(6_000) if n not in (1_000, 1_001, *range(2_000, 2_100))]
    line, many = timeline(hours), len(hours)
    unsure, other = hours.index(3_000), hours.index(4_000)
    ahead = [None if n == unsure else 9 if n == other else 1 for n in range(many)]
    behind = [None if n == unsure else 5 for n in range(many)]
    both = [Series(line, DEEPSEEK, tuple(ahead)), Series(line, CHATGPT, tuple(behind))]
    rows = rows_of(both)
    assert [(row["t"], row["t2"], row["text"]) for row in rows["ahead"]] == [
        (epoch(hour(0)), epoch(hour(1_999)), "DeepSeek"),
        (epoch(hour(2_100)), epoch(hour(4_000)), "DeepSeek"),
        (epoch(hour(4_000)), epoch(hour(4_001)), ""),
        (epoch(hour(4_001)), epoch(hour(5_999)), "DeepSeek"),
    ]
    assert [(row["t"], row["t2"]) for row in rows["slits ahead"]] == [
        (epoch(hour(999)), epoch(hour(1_002))), (epoch(hour(3_000)), epoch(hour(3_001)))
    ]  # fmt: skip
    assert "nobody ahead" not in rows
    # Nothing is dotted, and nothing is said of dots.
    assert "Dotted" not in " ".join(lay_out(scene(both), (1200, 675)).footnote)
    spec = draw(both)
    order = [layer["data"]["name"] for layer in spec["layer"]]
    assert order.index("ahead") < order.index("slits ahead")


# Words that find their place


def boxes_apart(places: Sequence[float], apart: float) -> bool:
    ordered = sorted(places)
    return all(later - earlier >= apart - 1e-6 for earlier, later in pairwise(ordered))


@given(st.lists(st.floats(0, 500), max_size=12))
def test_pushed_apart_places_keep_their_order_and_their_bounds(wanted: list[float]) -> None:
    places = spread(wanted, 19, 10, 490)
    assert boxes_apart(places, 19)
    assert all(10 - 1e-6 <= place <= 490 + 1e-6 for place in places)
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    assert [places[index] for index in order] == sorted(places)


def test_places_that_are_apart_already_stay_where_they_are() -> None:
    assert spread([300, 50, 100], 19, 0, 500) == [300, 50, 100]
    assert spread([100, 100], 20, 0, 500) == [90, 110]


@settings(max_examples=15, deadline=None)
@given(any_series())
def test_labels_at_the_ends_never_collide(series: list[Series]) -> None:
    labels = end_labels(lay_out(scene(series), (1200, 675)))
    assert boxes_apart([label.y for label in labels], 19)


def test_a_headline_is_broken_evenly_and_within_its_room() -> None:
    text = "DeepSeek passed ChatGPT between the morning and the noon of a day in January"
    lines = balance(text, 600, 27)
    assert " ".join(lines) == text
    assert len(lines) == len(wrap(text, 600, 27, bold=True))
    widths = [width(line, 27, bold=True) for line in lines]
    assert max(widths) <= 600
    assert min(widths) > 0.6 * max(widths)


def test_names_from_right_to_left_keep_the_rank_behind_them() -> None:
    assert upright("مساعد").endswith("\u200e")
    assert upright("豆包") == "豆包"


def test_equal_names_are_told_apart_and_long_ones_are_cut() -> None:
    line = timeline(range(2))
    long = "Filler " * 12
    series = [
        Series(line, App(str(n), name), (n, n)) for n, name in ((1, "Same"), (2, "Same"), (3, long))
    ]
    ends = [row["text"] for row in draw(series)["datasets"]["ends"]]
    assert ends[:2] == ["Same (1) #1", "Same (2) #2"]
    assert ends[2].endswith("… #3")
    assert headline(series).startswith("Same (1) was ahead of 2 others")


def test_a_name_moved_from_its_line_is_led_to() -> None:
    def moved(a: int, b: int) -> list[bool]:
        found = rows_of(pair([1, a], [2, b]))["ends"]
        return [abs(float(str(row["y"])) - float(str(row["y0"]))) > FAR for row in found]

    assert moved(1, 40) == [False, False]
    assert moved(39, 40) == [True, True]
    told = draw(pair([1, 39], [2, 40]))["layer"]
    (leader,) = (one for one in told if one["data"]["name"] == "ends" and "transform" in one)
    assert leader["transform"] == [{"filter": f"abs(datum.y - datum.y0) > {FAR}"}]


def test_words_of_the_rank_axis_stand_clear() -> None:
    for height in (400, 480, 675):
        placed = lay_out(scene(pair([90, 90], [1, 2])), (1200, height))
        kept = clear_ticks(placed.reach, placed.ranks.high)
        assert (kept[0], kept[-1]) == (1, 90)
        assert boxes_apart([placed.y(rank) for rank in kept], 12)
    assert kept == [1, 2, 3, 5, 10, 20, 50, 90]


# Headline and subtitle


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (
            [3, 1, 1],
            [1, 2, 2],
            "DeepSeek passed ChatGPT between 26 Jan 2025 00:00 and 01:00 UTC, reaching number one",
        ),
        ([9, 4, 4], [5, 5, 5], "DeepSeek passed ChatGPT between 26 Jan 2025 00:00 and 01:00 UTC"),
        (
            [None, 4, 4],
            [5, 5, 5],
            "DeepSeek entered the chart ahead of ChatGPT between 26 Jan 2025 00:00 and 01:00 UTC",
        ),
        (
            [9, 9, 9],
            [5, None, None],
            "ChatGPT left the chart between 26 Jan 2025 00:00 and 01:00 UTC, "
            "leaving DeepSeek ahead",
        ),
        (
            [None, 9, 9],
            [5, None, None],
            "DeepSeek entered the chart as ChatGPT left it, "
            "between 26 Jan 2025 00:00 and 01:00 UTC",
        ),
        (
            [9, 9, 4],
            [5, 5, 5],
            "DeepSeek passed ChatGPT between 26 Jan 2025 01:00 and 02:00 UTC; "
            "too early to tell whether it lasts",
        ),
        ([9, 9], [5, 5], "ChatGPT was ahead of DeepSeek at every snapshot, 26 Jan 2025"),
        (
            [9, 4, 9, 9],
            [5, 5, 5, 5],
            "ChatGPT was ahead of DeepSeek at 3 of 4 snapshots, 26 Jan 2025",
        ),
        (
            [None, None, None],
            [5, None, 5],
            "ChatGPT was ranked at 2 of 3 snapshots, DeepSeek never, 26 Jan 2025",
        ),
        ([5, 5], [None, None], "DeepSeek was ranked at every snapshot, ChatGPT never, 26 Jan 2025"),
        (
            [None, None, None, 7],
            [5, None, 5, 5],
            "ChatGPT was ahead of DeepSeek at 3 of the 3 snapshots that found one of them, "
            "26 Jan 2025",
        ),
        (
            [None, None],
            [None, None],
            "Neither DeepSeek nor ChatGPT was in the top 100, 26 Jan 2025",
        ),
    ],
)
def test_the_headline_is_computed_from_the_ledger(a: Ranks, b: Ranks, expected: str) -> None:
    assert headline(pair(a, b)) == expected


def test_of_many_changes_the_headline_tells_the_last_confirmed_one() -> None:
    a, b = [3, 1, 1, 3, 3, 1, 3, 3], [2] * 8
    told = headline(pair(a, b))
    assert told == "ChatGPT passed DeepSeek between 26 Jan 2025 02:00 and 03:00 UTC"
    assert "4 changes of the lead among these: 3 confirmed, 1 too brief to count" in subtitle(
        pair(a, b)
    )


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ([1, 3, 3, 1, 1], [2] * 5, "DeepSeek passed ChatGPT {}, back at number one"),
        ([4, 6, 6, 4, 4], [5] * 5, "DeepSeek passed ChatGPT {}"),
        ([3, 1, 1, 3, 3, 1, 1], [2] * 7, "DeepSeek passed ChatGPT again {}, back at number one"),
    ],
)
def test_what_happened_before_is_told_as_such(a: Ranks, b: Ranks, told: str) -> None:
    hours = len(a) - 3, len(a) - 2
    when = f"between 26 Jan 2025 {hours[0]:02}:00 and {hours[1]:02}:00 UTC"
    assert headline(pair(a, b)) == told.format(when)


def test_a_change_while_nobody_looked_says_so() -> None:
    hours = [*range(12), 60, 61, 62, 63]
    told = headline(pair([5] * 12 + [2] * 4, [3] * 16, hours))
    assert told == "DeepSeek passed ChatGPT between 26 and 28 Jan 2025, across a gap without data"


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        ((3, 1, 2), "DeepSeek reached number one between 26 Jan 2025 00:00 and 01:00 UTC"),
        ((1, 1, 1), "DeepSeek was number one at every snapshot, 26 Jan 2025"),
        ((1, 2, 1), "DeepSeek was number one at 2 of 3 snapshots, 26 Jan 2025"),
        ((60, 60, 60), "DeepSeek was number 60 at every snapshot, 26 Jan 2025"),
        ((60, 60, None), "DeepSeek was number 60 at 2 of 3 snapshots, 26 Jan 2025"),
        ((7, 8, 9), "DeepSeek was highest at the first snapshot, number 7 on 26 Jan 2025"),
        ((9, 7, None), "DeepSeek peaked at number 7 on 26 Jan 2025"),
        (
            (9, None, None),
            "DeepSeek left the chart between 26 Jan 2025 00:00 and 01:00 UTC, from number 9",
        ),
        # One that sank out of it left no gap.
        (
            (99, None, None),
            "DeepSeek was highest at the first snapshot, number 99 on 26 Jan 2025",
        ),
        ((None, None, None), "DeepSeek was never in the top 100, 26 Jan 2025"),
    ],
)
def test_the_headline_of_one_app(ranks: tuple[int | None, ...], expected: str) -> None:
    assert headline([Series(timeline(range(3)), DEEPSEEK, ranks)]) == expected


def test_one_look_or_none_is_nothing_to_show() -> None:
    for looks in (0, 1):
        series = Series(timeline(range(looks)), DEEPSEEK, (1,) * looks)
        with pytest.raises(NothingToShow, match="needs two.*apptrack collect"):
            draw([series])
        with pytest.raises(NothingToShow):
            headline([series])
    with pytest.raises(NothingToShow):
        draw([])


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([Provenance.RECORDED] * 2, None),
        (
            [Provenance.RECONSTRUCTED] * 2,
            "Reconstruction: played from a script between dated facts; not a recording",
        ),
        ([Provenance.REPORTED] * 2, "Ranks as the press reported them; not a recording"),
        (
            [Provenance.REPORTED, Provenance.RECORDED],
            "Dashed: ranks as the press reported them; not a recording",
        ),
    ],
)
def test_the_subtitle_says_where_ranks_come_from(
    kinds: list[Provenance], expected: str | None
) -> None:
    line = timeline(range(2), provenances=kinds)
    lines = subtitle([Series(line, DEEPSEEK, (3, 3)), Series(line, CHATGPT, (1, 2))])
    assert lines[0] == (
        "App Store, United States · iPhone · top free · apps, games not included · 26 Jan 2025, UTC"
    )
    assert lines[1] == "Source: Apple's RSS feed (apple-rss), top 100, 2 snapshots, 1 h apart"
    assert lines[2:] == ((expected,) if expected else ())


def test_coverage_is_never_rounded_up_to_all() -> None:
    hours = [*range(2_000), 2_003]
    many = len(hours)
    assert "coverage 99.8% (1 gap)" in subtitle(pair([3] * many, [1] * many, hours))[1]


@pytest.mark.parametrize(
    ("after", "by", "expected"),
    [
        (8, 9, "between 26 Jan 2025 08:00 and 09:00 UTC"),
        (20, 26, "between 26 Jan 2025 20:00 and 27 Jan 02:00 UTC"),
        (8, 80, "between 26 and 29 Jan 2025"),
        (8, 200, "between 26 Jan and 3 Feb 2025"),
        (8, 8.01, "between 26 Jan 2025 08:00:00 and 08:00:36 UTC"),
    ],
)
def test_an_interval_in_words(after: float, by: float, expected: str) -> None:
    assert between(hour(after), hour(by), UTC) == expected


def test_the_year_is_told_twice_where_it_changes() -> None:
    eve = datetime(2024, 12, 31, 22, tzinfo=UTC)
    later = eve + timedelta(hours=5)
    assert between(eve, later, UTC) == "between 31 Dec 2024 22:00 and 1 Jan 2025 03:00 UTC"
    assert days(eve, later, UTC) == "31 Dec 2024 – 1 Jan 2025"
    assert days(hour(0), hour(200), UTC) == "26 Jan – 3 Feb 2025"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (40, "40 seconds"),
        (60, "1 minute"),
        (3_540, "1 hour"),
        (5_400, "90 minutes"),
        (86_399, "1 day"),
        (72_000, "20 hours"),
        (259_200, "3 days"),
    ],
)
def test_a_duration_in_words(seconds: float, expected: str) -> None:
    assert lasting(seconds) == expected


# Time axis, thinning, colours


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 400_000_000), st.integers(0, 10**8), st.sampled_from([300, 500, 1000]))
def test_ticks_are_round_times_with_room_for_their_words(
    seconds: int, later: int, wide: int
) -> None:
    first = START + timedelta(seconds=later)
    last = first + timedelta(seconds=seconds)
    unit, ticks = time_ticks(first, last, wide)
    assert all(first <= tick <= last for tick in ticks)
    room = [(b - a).total_seconds() / seconds * wide for a, b in pairwise(ticks)]
    # Where that leaves one tick, there are finer ones, of which a week has seven at most.
    assert all(pixels >= min(ROOM, wide / 7.2) - 1 for pixels in room)
    if unit in ("day", "month", "year") and ticks != [first]:
        assert all((tick.hour, tick.minute) == (0, 0) for tick in ticks)


@pytest.mark.parametrize(
    ("hours", "unit"), [(1, "minute"), (24, "hour"), (24 * 7, "day"), (24 * 365 * 6, "year")]
)
def test_the_time_axis_fits_an_hour_a_week_and_years(hours: int, unit: str) -> None:
    found, ticks = time_ticks(START, hour(hours), 1000)
    assert found == unit
    assert 5 <= len(ticks) <= 18


@given(st.integers(100_000, 2 * 10**8), st.integers(0, 10**8), st.integers(120, 1200))
def test_there_are_two_ticks_however_narrow_a_picture_is(
    seconds: int, later: int, wide: int
) -> None:
    first = START + timedelta(seconds=later)
    _, found = time_ticks(first, first + timedelta(seconds=seconds), wide)
    assert len(found) >= 2
    # Where there are more, it is because labels find room.
    assert len(found) <= max(9, wide / ROOM + 1)


def test_a_story_of_seven_weeks_has_a_tick_every_other() -> None:
    first = datetime(2026, 7, 2, tzinfo=UTC)
    _, found = time_ticks(first, first + timedelta(days=50), 190)
    assert [(tick.month, tick.day) for tick in found] == [(7, 13), (7, 27), (8, 10)]


def test_a_step_line_needs_only_its_changes() -> None:
    points = [(hour(n), rank) for n, rank in enumerate([3, 3, 3, 5, 5, 3])]
    assert steps(points) == [points[0], points[3], points[5]]
    assert steps(points[:3]) == [points[0], points[2]]


@example([2, 1, 1, 3, 1, 1, 2, 1, 1, 3, 1, 1, 1], 2)
@given(st.lists(st.integers(1, 100), min_size=2, max_size=300), st.integers(2, 20))
def test_thinning_keeps_what_a_column_of_pixels_shows(ranks: list[int], columns: int) -> None:
    points = [(hour(n), rank) for n, rank in enumerate(ranks)]
    end = hour(len(ranks) - 1)
    kept = thin(points, START, end, columns)
    assert len(kept) <= 6 * (columns + 1)
    assert all(point in points for point in kept)
    for column in range(columns + 1):
        whole, left = (
            [
                rank or 0
                for time, rank in some
                if int((time - START) / (end - START) * columns) == column
            ]
            for some in (points, kept)
        )
        if whole:
            assert (left[0], left[-1]) == (whole[0], whole[-1])
            assert (min(left), max(left)) == (min(whole), max(whole))


def test_years_of_hours_are_thinned_and_a_month_is_not() -> None:
    many = ENOUGH * 10
    ranks = [1 + (n * n) % 97 for n in range(many)]
    spec = draw([Series(timeline(range(many)), DEEPSEEK, tuple(ranks))], interactive=True)
    assert len(spec["datasets"][LINE]) <= 40_000
    assert len(spec["datasets"]["looks"]) <= 1_200
    still = draw([Series(timeline(range(many)), DEEPSEEK, tuple(ranks))], size=(480, 800))
    assert len(still["datasets"][LINE]) < 0.9 * many
    month = draw([Series(timeline(range(720)), DEEPSEEK, tuple(ranks[:720]))], interactive=True)
    assert len(month["datasets"]["looks"]) == 720


@pytest.mark.parametrize("theme", list(THEMES))
def test_twelve_apps_have_twelve_readable_colours(theme: str) -> None:
    apps = [App(str(n), "Filler", None, "#FF0000" if n < 3 else None) for n in range(12)]
    colours = colours_of(apps, THEMES[theme])
    assert len(set(colours)) == 12
    assert all(contrast(colour, THEMES[theme].background) >= CONTRAST for colour in colours)


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("kind", list(BLINDNESS))
def test_colours_of_a_pair_are_two_to_every_eye(theme: str, kind: str) -> None:
    apps = [*Catalog().apps, *(App(str(n), "Filler") for n in range(4))]
    for pair_ in combinations(apps, 2):
        one, other = colours_of(pair_, THEMES[theme])
        assert distance(one, other) > ALIKE
        assert distance(one, other, kind) >= ALIKE / (3 if kind == "tritan" else 1.5)


def test_blindness_makes_alike_what_it_should() -> None:
    # Red and green of one lightness, to eyes without middle cones.
    assert distance("#C2577C", "#0B8F6A") > 0.2
    assert distance("#C2577C", "#0B8F6A", "deutan") < 0.05
    for kind in BLINDNESS:
        assert distance("#000000", "#FFFFFF", kind) == pytest.approx(1, abs=0.01)


def test_colours_do_not_depend_on_the_order_of_names() -> None:
    own = App("1500855883", "Filler")
    assert colours_of([own, App("2", "B")], THEMES["light"]) == list(
        reversed(colours_of([App("2", "B"), own], THEMES["light"]))
    )


def test_two_apps_of_one_colour_get_two() -> None:
    one, other = colours_of([DEEPSEEK, App("1", "Filler", None, "#4D6BFF")], THEMES["light"])
    assert one == "#4D6BFE"
    assert distance(one, other) > ALIKE


def test_a_pale_colour_is_made_readable() -> None:
    (colour,) = colours_of([App("1", "Filler", None, "#FFF3A0")], THEMES["light"])
    assert colour != "#FFF3A0"
    assert contrast(colour, "#FFFFFF") >= CONTRAST


def test_themes_and_sizes_that_are_none_are_refused() -> None:
    series = pair([3, 1], [1, 2])
    with pytest.raises(InvalidValue, match="light, dark"):
        draw(series, theme="sepia")
    with pytest.raises(InvalidValue, match="320x320"):
        draw(series, size=(10, 10))
    with pytest.raises(InvalidValue, match="twice"):
        draw([series[0], series[0]])


# Files


def nasty(theme: str = "light") -> Spec:
    line = timeline(range(5))
    return draw(
        [
            Series(line, App("1", NASTY), (5, 1, 1, 1, None)),
            Series(line, App("2", '豆包 "quoted" & <b>bold</b>'), (2, 2, 2, 2, 2)),
        ],
        theme=theme,
    )


@pytest.mark.parametrize("size", [(1200, 675), (480, 800), (700, 700)])
def test_a_png_has_the_asked_size_at_two_pixels_to_the_point(size: tuple[int, int]) -> None:
    png = render(draw(pair([3, 1, 1], [1, 2, 2]), size=size), ".png")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (2 * size[0], 2 * size[1])


def test_a_png_tells_in_text_what_it_shows() -> None:
    spec = draw(pair([3, 1, 1], [1, 2, 2]))
    with Image.open(io.BytesIO(render(spec, ".png"))) as picture:
        picture.load()  # which checks every chunk's sum
        told = picture.info
    assert told["Title"] == headline(pair([3, 1, 1], [1, 2, 2]))
    assert told["Description"] == spec["description"]
    assert "At the last snapshot DeepSeek is number 1" in told["Description"]


def test_a_name_that_no_font_can_write_is_not_drawn_as_boxes() -> None:
    # No font has letters for what is for private use.
    boxes = "\U000f0000\U000f0001\U000f0002"
    assert legible(App("5", boxes, "poe")).name == "poe"
    assert legible(App("5", boxes)).name == "app 5"
    assert legible(App("5", f"{boxes} AI")).name == "app 5"
    assert legible(App("5", f"Filler ({boxes}) {boxes}")).name == "Filler"
    plain = App("5", "Söns – “Ünd” & Co. 5")
    assert legible(plain) is plain
    assert legible_words(f"{boxes} A strike  {boxes}") == "A strike"
    assert legible_words(boxes) == "?"


def test_what_is_left_of_a_name_has_no_holes() -> None:
    assert legible_words("Fire \U0010ffff\ufe0f \u200d again") == "Fire again"


def test_an_svg_has_text_a_title_and_a_description() -> None:
    svg = render(nasty(), ".svg").decode()
    assert svg.startswith("<svg")
    assert "<script" not in svg
    assert "<b>" not in svg
    found = re.match(
        r'<svg ([^>]*)><title id="([^"]*)">([^<]*)</title><desc id="([^"]*)">([^<]*)', svg
    )
    assert found
    root, title, headline, desc, told = found.groups()
    assert f'role="img" aria-labelledby="{title}" aria-describedby="{desc}"' in root
    assert "passed" in headline
    assert "rank 1 on top" in told
    assert "No. 1</text>" in svg


class Page(HTMLParser):
    """Every tag with its attributes, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.title = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside == "title":
            self.title += data


def test_html_is_one_file_in_which_a_name_stays_a_name() -> None:
    spec = nasty()
    page = Page(render(spec, ".html").decode())
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 3
    assert "b" not in tags
    (sheet,) = json.loads(page.scripts[1])
    assert sheet == {"from": 0, "most": 1200, "specification": spec}
    assert not set("<>&") & set(page.scripts[1])
    assert NASTY[:20] in page.title
    attributes = [name for _, attrs in page.tags for name in attrs]
    assert not {"src", "href", "srcset", "onload", "onerror"} & set(attributes)
    assert ("html", {"lang": "en", "data-theme": "light"}) in page.tags
    policy = next(attrs["content"] for _, attrs in page.tags if "http-equiv" in attrs)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    picture = next(attrs for _, attrs in page.tags if attrs.get("role") == "img")
    assert "At the last snapshot" in (picture["aria-label"] or "")


def test_the_bundle_is_kept_and_read_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = render(nasty(), ".html")
    (kept,) = (tmp_path / "apptrack").iterdir()
    assert kept.read_bytes() in first
    kept.write_text("/* the kept one */", encoding="utf-8")
    assert b"/* the kept one */" in render(nasty(), ".html")


def test_html_needs_no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert b"vegaEmbed" in render(nasty(), ".html")


@settings(max_examples=3, deadline=None)
@given(any_series(), st.sampled_from(list(THEMES)), st.booleans())
def test_json_is_valid_vega_lite(series: list[Series], theme: str, interactive: bool) -> None:
    text = render(draw(series, theme=theme, interactive=interactive), ".json")
    spec = json.loads(text)
    assert is_vega_lite(spec)
    assert not is_vega_lite(json.loads(text.replace(b"step-after", b"step-sideways")))


def test_vega_lite_has_nothing_to_warn_of(capfd: pytest.CaptureFixture[str]) -> None:
    hours = [*range(20), 40, 41, 42]
    a = [5] * 9 + [1] * 5 + [None] * 9
    vl_convert.vegalite_to_svg(draw(pair(a, [2] * 21 + [None] * 2, hours)), show_warnings=True)
    assert capfd.readouterr().err == ""


def test_another_suffix_is_refused() -> None:
    with pytest.raises(InvalidValue, match=r"\.html, \.png, \.svg, \.json"):
        render(nasty(), ".gif")


def test_the_same_series_make_the_same_picture() -> None:
    assert render(nasty(), ".json") == render(nasty(), ".json")
    dated = draw(pair([3, 1], [1, 2]), now=datetime(2026, 11, 24, tzinfo=UTC))
    assert "Drawn 24 Nov 2026." in json.dumps(dated)
