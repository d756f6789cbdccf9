"""What a picture has on a screen: the strip, what a pointer finds, the page, the table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import accumulate
from typing import Any

import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from tests.support.lines import DEEPSEEK, at, pair, series, timeline, walk
from tests.support.vegalite import is_vega_lite
from tracker.model import App, Provenance, Series
from tracker.plot import Note, data_table, draw, headline, render
from tracker.plot.curve.looks import MOST_LOOKS, told_looks
from tracker.plot.files.packing import packed
from tracker.plot.scene import left_for_good
from tracker.plot.times.ticks import epoch
from tracker.plot.times.zoom import BRUSH

Spec = dict[str, Any]
NASTY = "</script><script>alert(1)</script>"


def on_screen(**more: Any) -> Spec:
    hours = [*range(12), 20, 21, 22]
    drawn = pair([9] * 6 + [1] * 9, [2] * 14 + [None], hours)
    return draw(drawn, interactive=True, **more)


# The strip and the pointer


def test_the_strip_selects_the_time_of_all_that_has_one() -> None:
    plot, strip = on_screen()["vconcat"]
    timed = [one for one in plot["layer"] if one["encoding"].get("x", {}).get("type") == "temporal"]
    assert len(timed) > 8
    for layer in timed:
        assert layer["encoding"]["x"]["scale"]["domain"] == {"param": BRUSH}
        free = layer["data"]["name"].startswith(("ends", "words"))
        assert layer["mark"]["clip"] is not free
        # What is not cut at the edges is not seen where its time is beyond them.
        hidden = layer["encoding"].get("opacity", {}).get("condition", {}).get("value") == 0
        assert hidden is free
    still = [one for one in plot["layer"] if one not in timed]
    assert all(one["mark"]["clip"] is False for one in still)
    lines = [one for one in strip["layer"] if one["data"]["name"].startswith("ranks of")]
    assert [one["encoding"]["x"]["scale"]["domain"] for one in lines] == [
        [int(at(0).timestamp()) * 1000, int(at(22).timestamp()) * 1000]
    ] * 2


def test_it_is_valid_vega_lite_that_nothing_is_to_be_warned_of(
    capfd: pytest.CaptureFixture[str],
) -> None:
    spec = on_screen(notes=[Note(at(3), "A note", "me")], context=pair([4] * 15, [5] * 15)[:0])
    assert is_vega_lite(spec)
    vl_convert.vegalite_to_svg(spec, show_warnings=True)
    assert capfd.readouterr().err == ""


def test_a_picture_that_is_no_page_has_neither_strip_nor_pointer() -> None:
    spec = draw(pair([3, 1, 1], [1, 2, 2]))
    assert "vconcat" not in spec
    assert "params" not in spec
    assert "looks" not in spec["datasets"]
    assert "opacity: 0" not in render(spec, ".svg").decode()


def test_a_pointer_finds_when_it_was_looked_and_how_long_that_stands() -> None:
    looks = [row for row in on_screen()["datasets"]["looks"] if row["app"] == "ChatGPT"]
    assert [(row["r"], row["before"], row["holds"]) for row in looks[:1] + looks[10:]] == [
        (2, "none", "1 hour, until the next snapshot"),
        (2, "1 hour earlier", "1 hour, until the next snapshot"),
        (2, "1 hour earlier", "unknown: no data for 9 hours"),
        (2, "9 hours earlier", "1 hour, until the next snapshot"),
        (2, "1 hour earlier", "1 hour, until the next snapshot"),
        (None, "1 hour earlier", "latest snapshot"),
    ]
    assert (looks[-1]["track"], looks[-1]["depth"]) == (0, 100)


def test_a_pointer_finds_the_apps_behind_by_name() -> None:
    line = timeline(range(3))
    drawn = [Series(line, App("1", "Filler 1"), (1, 1, 2))]
    behind = [Series(line, App("2", "Filler 2"), (2, 70, None))]
    spec = draw(drawn, context=behind, interactive=True)
    found = [row for row in spec["datasets"]["looks"] if row["app"] == "Filler 2"]
    # At 70 it stands below the axis, which ends at 5.
    assert [row["r"] for row in found] == [2]
    assert [row["r"] for row in spec["datasets"]["context"]] == [2, None, None, None]
    layer = next(one for one in spec["vconcat"][0]["layer"] if one["data"]["name"] == "context")
    assert layer["encoding"]["detail"]["field"] == "app_id"
    text = [row["text"] for row in spec["datasets"]["ends"]]
    assert text == ["Filler 1 #2"]


def test_apps_behind_have_names_where_no_other_name_stands() -> None:
    line = timeline(range(3))
    drawn = [Series(line, App("1", "Filler 1"), (1, 1, 2))]
    ranks = {"Near: the same height": (3, 3, 2), "Clear: far away": (5, 4, 5), "Gone": (3, 4, None)}
    behind = [Series(line, App(name, name), one) for name, one in ranks.items()]
    names = draw(drawn, context=behind)["datasets"]["context names"]
    assert [row["text"] for row in names] == ["Clear #5"]


def test_notes_are_lines_with_words_where_there_is_room() -> None:
    told = [Note(at(5), "A release of something", "me"), Note(at(999), "much later")]
    spec = draw(pair([3] * 11, [4] * 11), notes=told)
    (line,) = spec["datasets"]["notes"]
    assert (line["title"], line["source"]) == ("A release of something", "me")
    words = [row for name, rows in spec["datasets"].items() if name.startswith("note words")
             for row in rows]  # fmt: skip
    assert [row["text"] for row in words] == ["A release of something"]
    assert words[0]["t"] == line["t"] == int(at(5).timestamp()) * 1000
    assert line["y"] < words[0]["y"] < line["y2"]
    assert "upright lines: notes, not from the chart" in json.dumps(spec)
    assert "not from the chart" not in json.dumps(draw(pair([3] * 11, [4] * 11)))


# Leaving


@pytest.mark.parametrize(
    ("ranks", "left"),
    [
        ((5, 4, None, None), (4, 1, 2)),
        ((5, None, None, None), (5, 0, 1)),
        ((5, 4, 3, None), None),
        ((5, None, None, 3), None),
        ((None,) * 4, None),
    ],
)
def test_an_app_has_left_when_two_looks_miss_it(
    ranks: tuple[int | None, ...], left: tuple[int, int, int] | None
) -> None:
    found = left_for_good(Series(timeline(range(4)), DEEPSEEK, ranks))
    assert (found and (found.rank, found.after, found.by)) == (
        left and (left[0], at(left[1]), at(left[2]))
    )


def test_leaving_is_told_and_is_not_a_fall() -> None:
    gone: list[int | None] = [5] * 10 + [None] * 30
    spec = draw(pair(gone, [2] * 40))
    assert headline(pair(gone, [2] * 40)) == (
        "DeepSeek left the chart between 26 Jan 2025 09:00 and 10:00 UTC, from number 5"
    )
    (words,) = spec["datasets"]["left"]
    assert words["text"] == "left the chart after #5"
    assert "Hollow: out of the chart." in json.dumps(spec)
    assert "Hollow" not in json.dumps(draw(pair([5] * 40, [2] * 40)))
    assert [row["r"] for row in spec["datasets"][f"ranks of {DEEPSEEK.app_id}"]] == [5, 5]
    # Where another line is in the way, the words are left out.
    near = [4, 6] * 20
    (end,) = draw(pair(gone, near))["datasets"]["left"]
    assert (end["text"], end["y"]) == ("", end["y0"])


# The page


def unpacked(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the page's script makes of packed rows."""
    found: dict[str, list[Any]] = {}
    for key, told in columns.items():
        if "words" in told:
            found[key] = [told["words"][number] for number in told["numbers"]]
        elif "runs" in told:
            runs = zip(told["runs"][::2], told["runs"][1::2], strict=True)
            found[key] = [value for value, many in runs for _ in range(many)]
        elif "count" in told:
            found[key] = [told["each"]] * told["count"]
        elif "steps" in told:
            sizes = told.get("sizes")
            steps = [sizes[step] if sizes else step for step in told["steps"]]
            found[key] = list(
                accumulate((step * told["unit"] for step in steps), initial=told["first"])
            )
        else:
            found[key] = told["all"]
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


def test_long_steps_of_few_sizes_are_told_by_number_the_most_frequent_first() -> None:
    seconds = list(accumulate([3600, 3601, 3600, 7199] * 30, initial=5))
    rows = [{"t": second * 1000} for second in seconds]
    told = packed({"rows": rows})["rows"]
    assert told["t"]["sizes"] == [3600, 3601, 7199]
    assert told["t"]["steps"][:4] == [0, 1, 0, 2]
    assert unpacked(told) == rows


@given(st.lists(st.tuples(st.integers(0, 10**9), st.none() | st.integers(1, 200)), min_size=50))
def test_packed_rows_are_the_same_rows(told: list[tuple[int, int | None]]) -> None:
    rows: list[dict[str, Any]] = [
        {"t": second * 1000, "r": rank, "w": str(rank), "d": 0, "s": rank and rank // 50}
        for second, rank in sorted(told, key=lambda one: one[1] or 0)
    ]
    assert unpacked(packed({"x": rows})["x"]) == rows
    assert packed({"x": rows[:49]}) == {"x": rows[:49]}
    uneven: list[dict[str, Any]] = [*rows, {"t": 1}]
    assert packed({"x": uneven})["x"] is uneven


def test_a_page_of_another_picture_needs_no_word_of_it() -> None:
    """Any Vega-Lite with a title, a size, padding and a description can be a page."""
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json", "background": "#14171C",
        "title": {"text": ["One", "two"]}, "width": 300, "height": 200, "description": "Words",
        "padding": {"left": 1, "right": 2, "top": 3, "bottom": 4}, "config": {"font": "sans-serif"},
        "data": {"values": []}, "mark": "point",
    }  # fmt: skip
    text = render(spec, ".html").decode()
    assert "<title>One two</title>" in text
    assert "--wide: 303px" in text
    assert 'data-theme="dark"' in text


# The table


class Cells(HTMLParser):
    """The rows of a table, and every tag there is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def test_the_table_has_every_look_and_names_every_gap() -> None:
    hours = [*range(12), 20]
    found = Cells(data_table(pair([3] * 13, [1] * 12 + [None], hours)))
    assert found.rows[0] == ["Seen (UTC)", "DeepSeek", "ChatGPT"]
    assert found.rows[1] == ["2025-01-26T00:00:00Z", "3", "1"]
    assert found.rows[-2:] == [
        ["no data for 9 hours"],
        ["2025-01-26T20:00:00Z", "3", "not in the top 100"],
    ]
    assert len(found.rows) == 1 + 13 + 1


def test_of_many_looks_the_table_has_those_that_changed_something() -> None:
    ranks = [1 + (n // 1000) for n in range(5_000)]
    html = data_table(series(["Filler"], [ranks]))
    assert "the looks at which a rank changed." in html
    (told,) = re.findall(r'<script type="application/json">(.*?)</script>', html)
    rows = json.loads(told)
    assert [row["0"] for row in rows] == [1, 2, 3, 4, 5, 5]
    assert rows[1] == {"t": epoch(at(1000)), "zone": "Z", "gap": None, "depth": 100, "0": 2}
    assert "The 6 rows of this table are written by the page" in html


def test_a_table_of_very_many_looks_is_a_quarter_of_a_megabyte() -> None:
    drawn = series(["Filler 1", "Filler 2"], [walk(43_800, n) for n in range(2)])
    assert len(data_table(drawn)) < 250_000


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        ([Provenance.RECORDED], ": every snapshot.</span>"),
        (
            [Provenance.IMPORTED],
            "every snapshot. Imported from a file; not recorded by this program.<",
        ),
        (
            [Provenance.RECORDED, Provenance.IMPORTED],
            "every snapshot. In part imported from a file;",
        ),
        ([Provenance.RECONSTRUCTED], "<span>Reconstruction: Ranks on App Store, United States"),
    ],
)
def test_a_table_that_is_copied_says_where_its_ranks_come_from(
    kinds: Sequence[Provenance], told: str
) -> None:
    line = timeline(range(2))
    line = replace(line, provenances=(kinds[0], kinds[-1]))
    assert told in data_table([Series(line, App("1", "Filler"), (1, 2))])


def test_names_in_the_table_are_text() -> None:
    html = data_table(series([NASTY, "<img src=x onerror=alert(1)> & 'q'"], [(1, 2), (2, 1)]))
    found = Cells(html)
    assert found.rows[0][1:] == [NASTY, "<img src=x onerror=alert(1)> & 'q'"]
    assert found.tags == {"section", "table", "caption", "span", "thead", "tbody", "tr", "th", "td"}


def test_the_table_stands_beneath_the_picture_and_only_where_asked_for() -> None:
    drawn: Sequence[Series] = pair([3, 1], [1, 2], kind=Provenance.IMPORTED)
    spec = draw(drawn, interactive=True)
    without = render(spec, ".html").decode()
    page = render(spec, ".html", table=data_table(drawn)).decode()
    assert "<section" not in without
    assert page.index("<figure") < page.index("<section") < page.index("<script")
    assert re.search(r'<th scope="row">2025-01-26T00:00:00Z</th><td>3</td><td>1</td>', page)


@pytest.mark.parametrize(("looks", "lines", "found"), [(700, 2, 700), (2_000, 12, 2_000)])
def test_every_look_is_found_where_all_lines_have_few(looks: int, lines: int, found: int) -> None:
    assert len(told_looks(timeline(range(looks)), (), 180, lines)) == found


def test_of_very_many_lines_a_pointer_finds_so_many_looks_that_a_page_stays_quick() -> None:
    """Forty small plots of three apps, each with a month of snapshots an hour apart."""
    found = told_looks(timeline(range(720)), (), 180, 120)
    assert 2_000 < 120 * len(found) < 2 * MOST_LOOKS
    assert 719 in found
