"""A page has a sheet for every screen, and what they share is in it once."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from tests.support.lines import at, pair, series, walk
from tests.support.stored import at as stored_at
from tests.support.stored import entries
from tests.support.vegalite import is_vega_lite
from tracker.cli import main
from tracker.errors import InvalidValue
from tracker.model import Chart, Snapshot
from tracker.plot import SIZES, Note, draw, draw_each, render
from tracker.plot.files.packing import SAME, packed, packed_all
from tracker.plot.panels.bump import draw_bump
from tracker.plot.panels.facet import draw_facets
from tracker.plot.style.size import LEGIBLE, PAGE, SMALL, sheets
from tracker.plot.style.typeset import width
from tracker.plot.text.facets import Facet
from tracker.store import Store

Spec = dict[str, Any]
MANY = 5 * 365 * 24


def told(page: bytes) -> list[dict[str, Any]]:
    """The sheets of a page."""
    match = re.search(r'<script type="application/json" id="sheets">(.*?)</script>', page.decode())
    assert match
    sheets: list[dict[str, Any]] = json.loads(match[1])
    return sheets


def on_each(**more: Any) -> list[Spec]:
    series = pair([9] * 40 + [1] * 40 + [None] * 20, [2] * 100)
    return draw_each(series, sizes=PAGE, interactive=True, notes=[Note(at(9), "A note")], **more)


def test_the_first_sheet_is_the_picture_of_its_size_and_the_others_are_as_valid() -> None:
    specs = on_each()
    assert specs[0] == draw(
        pair([9] * 40 + [1] * 40 + [None] * 20, [2] * 100),
        interactive=True, notes=[Note(at(9), "A note")],
    )  # fmt: skip
    assert [spec["usermeta"]["size"][0] for spec in specs] == [wide for wide, _ in PAGE]
    assert all(is_vega_lite(spec) for spec in specs)


def test_what_no_size_changes_is_read_once() -> None:
    first, *others = on_each()
    for spec in others:
        same = {name for name, rows in spec["datasets"].items()
                if rows is first["datasets"].get(name)}  # fmt: skip
        assert same == {"looks", "ranks of 6737597349", "ranks of 6448311069"}


def test_a_narrow_sheet_has_every_mark_of_the_wide_one() -> None:
    kinds = [
        {(layer["data"]["name"], layer["mark"]["type"]) for layer in spec["vconcat"][0]["layer"]}
        for spec in on_each()
    ]
    words = re.compile("words|left|numbers")
    first, *others = ({kind for kind in pairs if not words.search(kind[0])} for pairs in kinds)
    assert all(other == first for other in others)


def test_words_of_a_page_have_room_in_faces_a_tenth_wider() -> None:
    series = pair([9] * 40 + [1] * 40 + [None] * 20, [2] * 100, range(7, 107))
    zone = ZoneInfo("America/New_York")
    for spec in draw_each(series, sizes=PAGE, interactive=True, zone=zone):
        result = spec["vconcat"][0]["title"]
        lines = [(line, result["fontSize"], True) for line in result["text"]]
        lines += [(line, result["subtitleFontSize"], False) for line in result["subtitle"]]
        pad = spec["padding"]["left"] + result["dx"]
        for line, size, bold in lines:
            room = spec["usermeta"]["size"][0] - 2 * pad
            assert width(line, size, bold=bold) * 1.1 <= room, line


def test_a_narrow_sheet_grows_where_its_words_would_leave_the_plot_too_little() -> None:
    shown = series([f"Filler {n} with a long name" for n in range(12)],
                   [[None, *walk(59, n)] for n in range(12)])  # fmt: skip
    for spec, (wide, high) in zip(
        draw_each(shown, sizes=PAGE, interactive=True), PAGE, strict=True
    ):
        result = spec["usermeta"]["size"]
        assert result[0] == wide
        assert result[1] > high or wide > 400
        assert spec["usermeta"]["area"]["height"] >= (0.5 if wide < 1200 else 0.3) * high


def test_rows_are_told_once() -> None:
    rows = [{"t": number * 1000, "y": number, "d": 0} for number in range(60)]
    lower: list[dict[str, Any]] = [{**row, "y": row["y"] + 5} for row in rows]
    few = [{"x": 1}]
    other = {"moved": lower, "equal": [*rows], "few": [{"x": 2}], "kept": [{"x": 1}]}
    first, second = packed_all([{"moved": rows, "equal": rows, "few": few, "kept": few}, other])
    assert first == packed({"moved": rows, "equal": rows, "few": few, "kept": few})
    assert second == {
        "moved": {"t": SAME, "y": packed({"x": lower})["x"]["y"], "d": SAME},
        "equal": SAME,
        "few": [{"x": 2}],
        "kept": SAME,
    }


def test_a_set_of_rows_that_the_first_sheet_lacks_is_told_whole() -> None:
    rows = [{"t": number, "y": 1} for number in range(60)]
    assert packed_all([{"x": rows[:3]}, {"x": rows, "new": rows}])[1] == packed(
        {"x": rows, "new": rows}
    )


def test_a_page_of_five_years_of_twelve_apps_stays_small() -> None:
    shown = series([f"Filler {n}" for n in range(12)], [walk(MANY, n) for n in range(12)])
    first, *narrower = draw_each(shown, sizes=PAGE, interactive=True)
    page = render(first, ".html", narrower=narrower)
    assert len(page) < 1_420_000
    assert len(page) - len(render(first, ".html")) < 100_000


def test_and_with_the_round_times_of_a_zone() -> None:
    shown = series(["Filler 1", "Filler 2"], [walk(MANY, n) for n in range(2)])
    zoned, *narrower = draw_each(
        shown, sizes=PAGE, interactive=True, zone=ZoneInfo("America/New_York")
    )
    page = render(zoned, ".html", narrower=narrower)
    assert len(page) < 1_450_000
    (days,) = (parameter["value"] for parameter in told(page)[0]["specification"]["params"]
               if parameter["name"] == "day1")  # fmt: skip
    assert days["unit"] == 3_600_000
    assert set(days["sizes"]) == {23, 24, 25}
    assert set(days["steps"]) == {0, 1, 2}


def test_only_a_page_of_no_size_of_its_own_has_more_than_one_sheet() -> None:
    assert sheets(SIZES["wide"], page=True) == PAGE
    assert sheets(SIZES["wide"], page=False) == (SIZES["wide"],)
    assert sheets(SIZES["story"], page=True) == (SIZES["story"],)


def test_a_sheet_is_shown_from_the_width_at_which_its_type_can_be_read() -> None:
    first, *narrower = on_each()
    rows = told(render(first, ".html", narrower=narrower))
    assert [facts["from"] for facts in rows] == [1000, 650, 0]
    for facts, (wide, _) in zip(rows, PAGE, strict=True):
        assert facts["from"] == 0 or facts["from"] / wide * SMALL >= LEGIBLE
        assert wide <= facts["most"] <= 1.31 * wide


@pytest.mark.parametrize("kind", [(), ("--style", "bump"), ("--facet", "storefront")])
def test_the_command_writes_them_and_needs_no_word_about_it(kind: Sequence[str]) -> None:
    slug, deepseek, chatgpt = "us/iphone/top-free/apps", "6737597349", "6448311069"
    with Store(Path("a.db")) as store:
        for hour, ids in enumerate(([chatgpt, deepseek], [deepseek, chatgpt])):
            store.save(Snapshot(Chart.parse(slug), "apple-rss", stored_at(hour), entries(ids)))
    for size, many in (((), 3), (("--size", "story"), 1), (("--size", "1200x700"), 1)):
        asked = ["chart", "deepseek", "chatgpt", "--db", "a.db", "-o", "p.html", *kind, *size]
        done = CliRunner().invoke(main, asked, catch_exceptions=False)
        assert done.exit_code == 0, done.stderr
        page = Path("p.html").read_bytes()
        assert len(told(page)) == many
        # A landscape picture of its own size scrolls where it could not be read.
        landscape = "1200x700" in size
        assert (b"--least: 0px" in page) is not landscape


def test_a_narrow_sheet_of_places_grows_for_many_apps() -> None:
    shown = series([f"Filler {n} with a long name" for n in range(12)],
                   [[None, *walk(59, n)] for n in range(12)])  # fmt: skip
    with pytest.raises(InvalidValue, match="more height"):
        draw_bump(shown, size=PAGE[2], interactive=True)
    spec = draw_bump(shown, size=PAGE[2], interactive=True, grows=True)
    assert spec["usermeta"]["size"][0] == PAGE[2][0]
    assert spec["usermeta"]["area"]["height"] > 500
    assert draw_bump(shown[:2], size=(375, 900), grows=True)["usermeta"]["size"] == [375, 900]
    assert {row["text"] for row in spec["datasets"]["heads"]} == {
        "Place among the 12 apps drawn", "Rank on the chart"
    }  # fmt: skip


def test_the_names_above_small_plots_stand_in_as_many_lines_as_they_need() -> None:
    shown = series(
        [f"Filler {n} with a long name" for n in range(6)], [walk(60, n) for n in range(6)]
    )
    apps = [series.app for series in shown]
    facets = [Facet(shown[0].timeline.chart, tuple(shown))]
    for size in PAGE:
        spec = draw_facets(apps, facets, part="storefront", size=size, interactive=True)
        padding = spec["padding"]
        keys = spec["datasets"]["keys"]
        assert len({(row["x"], row["y"]) for row in keys}) == 6
        for row in keys:
            end = padding["left"] + row["x"] + width(row["text"], 14, bold=True)
            assert end <= size[0] - 16
        assert max(row["y"] for row in keys) < min(row["y"] for row in spec["datasets"]["heads"])
