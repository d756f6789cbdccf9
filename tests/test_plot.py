"""The curve as an Altair chart: its scales, its marks as they are rendered, and its files."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import altair as alt
import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.support.lines import DEEPSEEK, at, pair, series, timeline, walk
from tests.support.plots import Spec, any_series, layers, rows, words
from tracker.errors import InvalidValue
from tracker.model import App, Provenance, Series
from tracker.plot import SIZES, Note, draw, headline, render, saved, specification
from tracker.plot.curve import curve
from tracker.plot.theme import THEMES
from tracker.plot.typeset import balance, shorten, spread, width, wrap
from tracker.plot.view import SHIFT, RankScale

NASTY = "</script><script>window.owned = 1</script>"


def spec_of(lines: Sequence[Series], **given: object) -> Spec:
    return specification(draw(lines, **given))  # type: ignore[arg-type]


def scale(spec: Spec, channel: str) -> Spec:
    channels = [
        layer["encoding"][channel] for layer in layers(spec) if channel in layer["encoding"]
    ]
    scales: list[Spec] = [channel["scale"] for channel in channels if channel.get("scale")]
    assert all(each == scales[0] for each in scales)
    return scales[0]


def ticks(spec: Spec) -> list[int]:
    return next(
        layer["encoding"]["y"]["axis"]["values"]
        for layer in layers(spec)
        if layer["encoding"].get("y", {}).get("axis")
    )


# Scales and axes


def test_rank_1_is_on_top_of_a_logarithmic_axis_with_round_ticks() -> None:
    spec = spec_of(pair([97, 40, 12, 1], [2, 2, 1, 2]))
    ranks = scale(spec, "y")
    assert (ranks["type"], ranks["domain"][0]) == ("symlog", 1)
    assert ranks["constant"] == SHIFT
    assert RankScale(1, 11).share(2) < 0.2  # of the height, for ranks 1 and 2
    assert ranks["domain"][1] >= 97
    assert ranks["range"][0] < 10  # points from the top
    assert ticks(spec) == [1, 2, 3, 5, 10, 20, 50, 100]
    assert scale(spec, "x")["type"] == "utc"


@pytest.mark.parametrize(
    ("ranks", "linear", "ticks"),
    [
        ((1, 2), True, [1, 2]),
        ((4, 9), True, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ((1, 12), False, [1, 2, 3, 5, 10]),
        ((9, 200), False, [1, 2, 3, 5, 10, 20, 50, 100, 200]),
        ((62, 78), True, [62, 64, 66, 68, 70, 72, 74, 76, 78]),
        ((12, 90), False, [10, 20, 50]),
    ],
)
def test_the_axis_suits_the_ranks(ranks: tuple[int, int], linear: bool, ticks: list[int]) -> None:
    axis = RankScale(*ranks)
    assert (axis.linear, axis.ticks) == (linear, ticks)
    assert axis.top <= ranks[0] <= ranks[1] <= axis.bottom
    assert 0 <= axis.share(ranks[0]) < axis.share(ranks[1]) <= 1


def test_what_no_store_showed_is_dashed_and_all_else_is_solid() -> None:
    def dashes(kind: Provenance) -> list[Spec]:
        spec = spec_of(pair([3, 1, 1], [2, 2, 2], kind=kind))
        lines = [layer for layer in layers(spec) if layer["mark"].get("interpolate")]
        return [
            line["encoding"]["strokeDash"] for line in lines if "strokeDash" in line["encoding"]
        ]

    for kind in Provenance:
        assert bool(dashes(kind)) is (not kind.observed)


def test_steps_end_in_names_and_there_is_a_lane_only_where_needed() -> None:
    spec = spec_of(pair([3, 1, None], [2, 2, 1]))
    assert all(
        layer["mark"]["interpolate"] == "step-after"
        for layer in layers(spec)
        if layer["mark"]["type"] == "line"
    )
    assert [row["text"] for row in rows(spec, "ends")] == ["DeepSeek", "ChatGPT #1"]
    assert "unranked" in words(spec)
    assert "Unranked: not in the top 100." in words(spec)
    without = spec_of(pair([3, 1], [2, 2]))
    assert rows(without, "lane") == []
    assert "nranked" not in words(without)


def test_an_ellipsis_is_at_the_end_of_right_to_left_text() -> None:
    assert shorten("تطبيق الذكاء الاصطناعي", 60, 12).endswith("…\u200f")
    assert shorten("An app of a long name", 60, 12).endswith("…")


def test_ranks_between_gaps_are_dots_on_an_unshaded_ground() -> None:
    def shades(spec: Spec) -> list[Spec]:
        shade = THEMES["light"].shade
        return [layer for layer in layers(spec) if layer["mark"].get("color") == shade]

    two = spec_of(pair([3, 1], [2, None]))
    assert [(row["app"], row["rank"]) for row in rows(two, "alone")] == [
        ("DeepSeek", 3), ("DeepSeek", 1), ("ChatGPT", 2),
    ]  # fmt: skip
    dots = [layer for layer in layers(two) if layer["data"].get("name", "").startswith("alone")]
    assert [(dot["mark"]["type"], dot["mark"]["clip"]) for dot in dots] == [("point", False)]
    assert shades(two) == []
    assert "Points are snapshots" in words(two)
    assert len(shades(spec_of(pair([3] * 9, [1] * 9, [*range(8), 20])))) == 1


def test_markers_are_at_snapshots_and_only_where_these_are_few() -> None:
    def marked(many: int) -> bool:
        spec = spec_of(pair([3] * many, [1] * many))
        return any("snapshot" in str(layer.get("transform")) for layer in layers(spec))

    assert marked(10)
    assert not marked(300)


@pytest.mark.parametrize("theme", list(THEMES))
def test_what_is_rendered_are_the_ranks_that_were_seen(theme: str) -> None:
    """Pixels of the app's own colour: on its rank while it held, none in a gap."""
    hours = [*range(10), *range(30, 40)]
    line = timeline(hours)
    app = App("1", "Filler", None, "#FF0000")
    lines = [Series(line, app, (1,) * 5 + (4,) * 5 + (2,) * 10)]
    chart = draw(lines, theme=theme)
    spec = specification(chart)
    picture = Image.open(io.BytesIO(render(spec, ".png"))).convert("RGB")
    left, top = 2 * spec["padding"]["left"], 2 * spec["padding"]["top"]
    wide, high = 2 * spec["width"], 2 * spec["height"]
    scale = RankScale(1, 4)

    def red(hour: float) -> set[int]:
        """The ranks that have the app's colour at HOUR."""
        x = round(left + wide * hour / 39)
        texts = set()
        for rank in range(1, 5):
            y = round(top + 14 + scale.share(rank) * (high - 28))
            r, g, b = picture.getpixel((x, y))  # type: ignore[misc]
            if r > 180 and g < 90 and b < 90:
                texts.add(rank)
        return texts

    assert [red(hour) for hour in (2.5, 7.5, 20, 34.5)] == [{1}, {4}, set(), {2}]


# As a chart


def test_it_validates_and_can_be_composed_further() -> None:
    chart = draw(pair([3, 1, 1], [2, 2, 2]))
    assert isinstance(chart, alt.LayerChart)
    other = draw(series(["A", "B"], [[5, 4, 3], [4, 5, 6]]))
    both = alt.vconcat(chart, other).to_dict()
    assert {len(rows(both, "steps"))} == {2 * 8}
    more = chart + alt.Chart(alt.InlineData(values=[{"n": 1}])).mark_rule().encode(y=alt.value(5))
    assert len(more.to_dict()["layer"]) == len(chart.to_dict()["layer"]) + 1
    broken = chart.to_dict()
    broken["layer"][0]["mark"] = {"type": "spiral"}
    with pytest.raises(Exception, match="spiral"):
        alt.LayerChart.from_dict(broken)


@settings(max_examples=6, deadline=None)
@given(any_series(), st.sampled_from(list(THEMES)), st.sampled_from(list(SIZES.values())))
def test_any_series_make_a_valid_chart(
    every: list[Series], theme: str, size: tuple[int, int]
) -> None:
    chart = draw(every, theme=theme, size=size, notes=[Note(at(1), "A note")])
    spec = chart.to_dict(validate=True)
    assert spec["usermeta"]["headline"] == headline(every)


def test_vega_lite_has_nothing_to_warn_of(capfd: pytest.CaptureFixture[str]) -> None:
    hours = [*range(20), 40, 41, 42]
    a = [5] * 9 + [1] * 5 + [None] * 9
    spec = spec_of(pair(a, [2] * 21 + [None] * 2, hours), notes=[Note(at(3), "A note")])
    vl_convert.vegalite_to_svg(spec, show_warnings=True)
    assert capfd.readouterr().err == ""


def test_the_same_series_make_the_same_picture() -> None:
    lines = pair([3, 1, 1], [2, 2, 2])
    assert saved(curve(lines), ".json") == saved(curve(lines), ".json")
    dated = curve(lines, now=datetime(2026, 11, 24, tzinfo=UTC), credit="Chart: A. Analyst")
    assert "Chart: A. Analyst. Drawn 24 Nov 2026." in words(specification(dated.chart()))


def test_invalid_themes_sizes_and_series_are_refused() -> None:
    lines = pair([3, 1], [1, 2])
    with pytest.raises(InvalidValue, match="light or dark"):
        draw(lines, theme="sepia")
    with pytest.raises(InvalidValue, match="320x320"):
        draw(lines, size=(10, 10))
    with pytest.raises(InvalidValue, match="Invalid size 400xnan"):
        draw(lines, size=(400, math.nan))  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="twice"):
        draw([lines[0], lines[0]])


# Files


@pytest.mark.parametrize("size", [SIZES["story"], SIZES["square"]])
def test_on_a_phone_the_plot_has_half_of_the_height_and_most_of_the_width(
    size: tuple[int, int],
) -> None:
    notes = [Note(at(n), f"Something happened in the market, number {n}") for n in range(3)]
    ranks = [1] * 20 + [4] * 20 + [1] * 20, [2] * 60
    spec = spec_of(pair(*ranks), size=size, notes=notes)
    zoom = spec["usermeta"]["zoom"]
    assert spec["height"] * zoom >= (0.5 if size[1] > size[0] else 0.45) * size[1]
    assert spec["width"] * zoom >= 0.6 * size[0]


def test_a_png_has_its_headline_and_description_as_text() -> None:
    lines = pair([3, 1, 1], [1, 2, 2])
    with Image.open(io.BytesIO(saved(curve(lines), ".png"))) as picture:
        picture.load()  # which checks every chunk's sum
        info = picture.info
    assert info["Title"] == headline(lines)
    assert "At the last snapshot DeepSeek is number 1" in info["Description"]


def test_an_svg_has_text_a_title_and_a_description() -> None:
    line = timeline(range(5))
    lines = [
        Series(line, App("1", NASTY), (5, 1, 1, 1, None)),
        Series(line, App("2", '豆包 "quoted" & <b>bold</b>'), (2, 2, 2, 2, 2)),
    ]
    svg = saved(curve(lines), ".svg").decode()
    assert svg.startswith("<svg")
    assert "<script" not in svg
    assert "<b>" not in svg
    match = re.match(
        r'<svg ([^>]*)><title id="([^"]*)">([^<]*)</title><desc id="([^"]*)">([^<]*)', svg
    )
    assert match
    root, title, first, desc, description = match.groups()
    assert f'role="img" aria-labelledby="{title}" aria-describedby="{desc}"' in root
    assert "window.o" in first
    assert "rank 1 on top" in description
    assert "No. 1</text>" in svg


def test_an_svg_has_no_word_that_cannot_be_seen_and_no_description_of_its_parts() -> None:
    hours = [24 * day + hour for day in range(40) for hour in range(8)]
    ranks = [1 + (hour // 24) % 3 for hour in hours]
    line = timeline([*hours, 24 * 200, 24 * 200 + 1])
    lines = [
        Series(line, App("1", "Solo"), (*ranks, 1, 1)),
        Series(line, App("2", "Duet"), (*([2] * len(ranks)), 2, 2)),
    ]
    svg = saved(curve(lines), ".svg").decode()
    assert svg.count(">no data for ") == 1  # 40 gaps, of which one has room for its name
    assert 'aria-label="time' not in svg
    assert re.findall(r'<text[^>]*opacity="0"[^>]*>[^<]+', svg) == []


def test_a_pdf_and_json_and_nothing_else() -> None:
    plot = curve(pair([3, 1, 1], [1, 2, 2]))
    assert saved(plot, ".pdf").startswith(b"%PDF")
    assert json.loads(saved(plot, ".json"))["description"]
    with pytest.raises(InvalidValue, match=r"\.html, \.png, \.svg, \.pdf, \.json"):
        saved(plot, ".gif")


def test_names_do_not_overlap_and_have_leader_lines() -> None:
    lines = series([f"App {n}" for n in range(5)], [[n + 1] * 3 for n in range(5)])
    lines += [Series(lines[0].timeline, App(f"9{n}", f"Low {n}"), (90 + n,) * 3) for n in range(4)]
    ends = sorted(rows(spec_of(lines), "ends"), key=lambda row: row["at"])
    assert all(b["at"] - a["at"] >= 15 for a, b in pairwise(ends))
    assert any(abs(row["at"] - row["from"]) > 2 for row in ends)


# Measuring


@settings(max_examples=60)
@given(st.lists(st.floats(0, 400), max_size=20))
def test_places_pushed_apart_keep_their_order_and_their_bounds(wanted: list[float]) -> None:
    positions = spread(wanted, 18, 0, 400)
    assert len(positions) == len(wanted)
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    apart = min(18, 400 / max(1, len(wanted) - 1))
    for before, after in pairwise(order):
        assert positions[after] - positions[before] >= apart - 1e-6
    assert all(-1e-6 <= place <= 400 + 1e-6 for place in positions)
    if all(wanted[b] - wanted[a] >= 18 for a, b in pairwise(order)):
        assert positions == pytest.approx(wanted)


@settings(max_examples=40)
@given(st.text(alphabet="ab cd中文、。م (「", max_size=80), st.integers(40, 400))
def test_wrapped_lines_have_all_of_the_text_within_their_room(text: str, room: int) -> None:
    text = " ".join(text.split())
    lines = wrap(text, room, 12)
    assert "".join(lines).replace(" ", "").replace("\u200e", "") == text.replace(" ", "")
    assert len(balance(text, room, 12)) <= len(wrap(text, room, 12, bold=True))
    assert width(shorten(text, room, 12), 12) <= room


def test_a_dense_line_is_thinner_than_a_calm_one() -> None:
    def thickness(ranks: Sequence[int]) -> float:
        spec = spec_of([Series(timeline(range(len(ranks))), DEEPSEEK, tuple(ranks))])
        lines = [layer["mark"]["strokeWidth"] for layer in layers(spec)
                 if layer["mark"]["type"] == "line" and "color" in layer["encoding"]]  # fmt: skip
        return float(lines[0])

    assert thickness(walk(900, 1)[:2] * 450) < thickness([3] * 900)
