"""Pages: one file, nothing loaded, names never markup, one copy of the rows, and small."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import altair as alt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.lines import at, pair, series, timeline
from tracker.model import App, Provenance, Series, Timeline
from tracker.plot import Note, data_table, saved
from tracker.plot.callouts import MOST_CHANGES
from tracker.plot.curve import curve
from tracker.plot.packing import inert_json, packed

NASTY = ("</script><script>window.owned = 1</script>", "<img src=x onerror='window.owned = 2'>")


class Page(HTMLParser):
    """Every tag with its attributes, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.texts: dict[str, str] = {}
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
        else:
            self.texts[self._inside] = self.texts.get(self._inside, "") + data

    @property
    def data(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.scripts[1])
        return document


def page_of(shown: list[Series], **given: Any) -> Page:
    below = {key: given.pop(key) for key in ("table", "data") if key in given}
    return Page(saved(curve(shown, **given), ".html", **below).decode())


def test_a_page_is_one_file_in_which_a_name_stays_a_name() -> None:
    shown = series(NASTY, [(5, 1, 1, 1), (2, 2, 2, 2)])
    notes = [Note(at(1), NASTY[0], NASTY[1])]
    page = page_of(shown, notes=notes, table=data_table(shown), data=NASTY[0], credit=NASTY[1])
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 3
    assert "img" not in tags
    assert not set("<>&") & set(page.scripts[1])
    attributes = [name for _, attrs in page.tags for name in attrs]
    assert not {"src", "href", "srcset", "onload", "onerror"} & set(attributes)
    policy = next(attrs["content"] for _, attrs in page.tags if "http-equiv" in attrs) or ""
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    picture = next(attrs for _, attrs in page.tags if attrs.get("role") == "img")
    assert "At the last snapshot" in (picture["aria-label"] or "")
    assert page.texts["h1"].replace("\u00a0", " ") == page.texts["title"]


def test_a_page_has_one_layout_and_one_copy_of_the_rows() -> None:
    (panel,) = page_of(pair([9, 1, 1, None], [2, 2, 2, 2])).data["panels"]
    assert panel["rows"]["steps"]["count"] == 4 + 1 + 4 + 1
    named = {
        layer["data"]["name"] for layer in panel["spec"]["layer"] if "name" in layer.get("data", {})
    }
    assert {"steps", "lane", "ends", "bands"} <= named
    alt.LayerChart.from_dict(panel["spec"], validate=True)
    inline = panel["spec"].get("datasets", {})
    assert all(len(rows) <= 1 for rows in inline.values())


def test_a_page_lists_what_it_marks_and_says_how_to_get_the_data() -> None:
    page = page_of(
        pair([9, 1, 1], [2, 2, 2]),
        notes=[Note(at(1), "A strike")],
        data="apptrack export series 1",
    )
    listed = page.texts["li"].replace("\u00a0", " ")
    assert re.search(r"DeepSeek \w+ ChatGPT between 26 Jan 2025 00:00 and 01:00 UTC", listed)
    assert "26 Jan 2025: A strike" in listed
    assert page.texts["code"] == "apptrack export series 1"


def test_a_list_that_decodes_no_marks_is_closed() -> None:
    for swaps, closed in ((MOST_CHANGES, False), (MOST_CHANGES + 1, True)):
        ranks = [1 if n // 2 % 2 else 3 for n in range(2, 2 * swaps + 4)]
        shown = page_of(pair(ranks, [2] * len(ranks)))
        assert shown.texts["li"].count("UTC") == swaps
        assert [("open" not in attrs) for tag, attrs in shown.tags if tag == "details"] == [closed]


@given(
    st.lists(
        st.tuples(
            st.integers(1 << 33, 1 << 45), st.none() | st.integers(1, 200), st.booleans(),
            st.sampled_from(["A", "B", "0"]),
        )
    )
)  # fmt: skip
def test_packed_rows_are_the_same_rows(table: list[tuple[int, int | None, bool, str]]) -> None:
    rows = [dict(zip(("time", "rank", "flag", "app"), row, strict=True)) for row in table]
    document = json.loads(json.dumps(packed(rows)))
    columns = {key: unpacked(column) for key, column in document["columns"].items()}
    assert [
        {key: column[n] for key, column in columns.items()} for n in range(document["count"])
    ] == rows


def unpacked(column: dict[str, Any]) -> list[Any]:
    """What page.js does."""
    if "runs" in column:
        runs = column["runs"]
        return [column["words"][word] for word, many in zip(runs[::2], runs[1::2], strict=True)
                for _ in range(many)]  # fmt: skip
    if "steps" not in column:
        return list(column["all"])
    values = [column["first"]]
    for step in column["steps"]:
        values.append(values[-1] + step * column["unit"])
    return values


def test_json_in_a_page_ends_no_script() -> None:
    text = inert_json({NASTY[0]: "<!-- & -->"})
    assert not set("<>&") & set(text)
    assert json.loads(text) == {NASTY[0]: "<!-- & -->"}


# Tables


def cells(html: str) -> list[list[str]]:
    return [
        re.findall(r"<t[hd][^>]*>(?:<time[^>]*>)?([^<]*)", row)
        for row in re.findall(r"<tr>(.*?)</tr>", html)
    ]


def test_the_table_has_every_snapshot_and_names_every_gap_in_short_times() -> None:
    shown = pair([9, 1, None, 1], [2, 2, 2, 3], [0, 1, 2, 9])
    head, *rows = cells(data_table(shown))
    assert head == ["Time (UTC)", "DeepSeek", "ChatGPT"]
    assert rows == [
        ["2025-01-26 00:00", "9", "2"],
        ["2025-01-26 01:00", "1", "2"],
        ["2025-01-26 02:00", "not in the top 100", "2"],
        ["no data for 7 hours"],
        ["2025-01-26 09:00", "1", "3"],
    ]
    zoned = cells(data_table(shown, ZoneInfo("Asia/Kolkata")))
    assert (zoned[0][0], zoned[1][0]) == ("Time (Asia/Kolkata)", "2025-01-26 05:30")


def test_where_clocks_changed_each_time_has_its_offset() -> None:
    start = timeline(range(24 * 42 + 0, 24 * 42 + 12))
    shown = [Series(start, App("1", "A"), (1,) * 12)]
    times = [row[0] for row in cells(data_table(shown, ZoneInfo("America/New_York")))[1:]]
    assert times[0] == "2025-03-08 19:00 UTC−5"
    assert times[-1] == "2025-03-09 07:00 UTC−4"


def test_of_many_snapshots_the_table_has_those_that_changed_something() -> None:
    many = 3_000
    ranks = [1] * 1_500 + [2] * 1_500
    shown = [Series(timeline(range(many)), App("1", "A"), tuple(ranks))]
    html = data_table(shown)
    (script,) = re.findall(r'<script type="application/json">(.*?)</script>', html)
    assert json.loads(script)["count"] == 3
    assert "the snapshots at which a rank changed" in html


@pytest.mark.parametrize("kind", list(Provenance))
def test_a_table_that_is_copied_says_where_its_ranks_come_from(kind: Provenance) -> None:
    whole = timeline(range(2))
    line = Timeline(whole.chart, whole.source, whole.times, whole.depths, (kind,) * 2)
    html = data_table([Series(line, App("1", "<b>"), (1, 2))])
    assert "<b>" not in html
    assert ("not" in re.findall(r"<caption>(.*?)</caption>", html)[0].split("changed")[-1]) or (
        kind in (Provenance.RECORDED, Provenance.SIMULATED)
    )
