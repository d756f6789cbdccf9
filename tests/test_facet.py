"""Small multiples: each chart's own ranks, on shared axes, and why a plot is empty."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import vl_convert
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.vegalite import is_vega_lite
from tracker.errors import InvalidValue, NothingToShow
from tracker.model import App, Chart, Entry, Provenance, Series, Snapshot, Timeline
from tracker.picture import facets_of
from tracker.plot.files.render import render
from tracker.plot.panels.facet import draw_facets, marks_of
from tracker.plot.scene import Note
from tracker.plot.text.facets import Facet, facet_headline
from tracker.queries.selection import Selection
from tracker.store import Reader, Store
from tracker.storefronts import NAMES, storefront_name

START = datetime(2025, 1, 26, tzinfo=UTC)
CHART = Chart.parse("us/iphone/top-free/apps")
APPS = (App("1", "DeepSeek"), App("2", "ChatGPT"))
Spec = dict[str, Any]
#: By hour the two apps' ranks.
Looks = Mapping[int, tuple[int | None, int | None]]


def facet(front: str, looks: Looks, apps: Sequence[App] = APPS, **more: Any) -> Facet:
    chart = Chart(front, "iphone", "top-free", "apps")
    kinds = (more.get("provenance", Provenance.RECORDED),) * len(looks)
    times = tuple(START + timedelta(hours=hour) for hour in looks)
    line = Timeline(chart, "apple-rss", times, (100,) * len(looks), kinds)
    series = [
        Series(line, app, tuple(ranks[number] for ranks in looks.values()))
        for number, app in enumerate(apps)
    ]
    return Facet(chart, tuple(series))


def three() -> list[Facet]:
    return [
        facet("us", {0: (9, 3), 1: (2, 3), 2: (1, 3)}),
        facet("de", {4: (60, 50), 5: (40, 50)}),
        facet("fr", {0: (None, None), 1: (None, None)}),
        Facet(Chart("jp", "iphone", "top-free", "apps"), ()),
    ]


def words(spec: Spec, name: str) -> list[Any]:
    return [row["text"] for row in spec["datasets"].get(name, ())]


def test_each_plot_has_its_name_and_an_empty_one_says_why() -> None:
    spec = draw_facets(APPS, three(), part="storefront")
    assert words(spec, "heads") == ["United States", "Germany", "France", "Japan"]
    assert words(spec, "whys") == ["never ranked, in 2 snapshots", "never observed"]
    assert Facet(CHART, (), known=True).why_empty == "not observed then"
    assert words(spec, "keys") == ["— DeepSeek", "— ChatGPT"]
    # Unranked is drawn in the lane; unobserved is not drawn at all.
    bars = spec["datasets"]["bars"]
    # Two snapshots have a gap between them, so each app has a mark at each.
    assert len(bars) == 4


@settings(max_examples=4, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.integers(0, 20),
            st.sampled_from([(1, 2), (9, 3), (None, 7), (70, None), (None, None)]),
            min_size=2,
            max_size=8,
        ).map(lambda found: dict(sorted(found.items()))),
        min_size=1,
        max_size=4,
    )
)
def test_ranks_are_each_charts_own_on_one_scale(tables: list[Looks]) -> None:
    """The same rank is as far below the head of its plot in every plot, and nothing is added."""
    fronts = ["us", "de", "fr", "jp"]
    facets = [facet(front, looks) for front, looks in zip(fronts, tables, strict=False)]
    assume(any(one.why_empty is None for one in facets))
    data = draw_facets(APPS, facets, part="storefront", interactive=True)["datasets"]
    tops = {row["text"]: row["y"] + 12 for row in data["heads"]}
    heights: dict[str, set[float]] = {}
    seen: dict[str, int] = {}
    for look in data["looks"]:
        below = round(look["y"] - tops[look["where"]], 1)
        heights.setdefault(look["rank"] + look["app"] * (not look["rank"].isdigit()), set()).add(
            below
        )
        seen[look["where"]] = seen.get(look["where"], 0) + 1
    assert all(len(found) == 1 for found in heights.values())
    ranks = sorted((int(rank), min(found)) for rank, found in heights.items() if rank.isdigit())
    assert [below for _, below in ranks] == sorted(below for _, below in ranks)
    for one, looks in zip(facets, tables, strict=True):
        assert seen[storefront_name(one.chart.storefront)] == 2 * len(looks)


def test_the_time_is_one_for_all_and_what_nobody_looked_at_is_grey() -> None:
    data = draw_facets(APPS, three(), part="storefront", interactive=True)["datasets"]
    shown = {(row["t"], row["t2"]) for row in data["gaps"]}
    hour = int(START.timestamp()) * 1000, 3_600_000
    first, second, last = (hour[0] + number * hour[1] for number in (0, 2, 5))
    assert [row["t"] for row in data["time"]] == [first, last]
    # What was observed until the second hour is grey after it, and the other way about.
    assert (second, last) in shown
    assert (first, hour[0] + 4 * hour[1]) in shown
    assert {row["k"] for row in data["gaps"]} == {0, 1, 2}


def test_each_column_has_its_own_scale_of_one_time() -> None:
    """In the real grammar: every plot begins and ends at its own edges with the same times."""
    page, still = (
        draw_facets(APPS, three(), part="storefront", interactive=chosen)
        for chosen in (True, False)
    )
    for spec in (page["vconcat"][0], still):
        columns = [layer["layer"] for layer in spec["layer"] if "layer" in layer]
        heads = {row["x"] for row in still["datasets"]["heads"]}
        scales = [[mark["encoding"]["x"]["scale"] for mark in column] for column in columns]
        assert {scale["range"][0] for column in scales for scale in column} == heads
        assert all(len({tuple(scale["range"]) for scale in column}) == 1 for column in scales)
    chosen = {
        json.dumps(scale["domain"]) for column in scales for scale in column if "domain" in scale
    }
    assert chosen == {json.dumps([row["t"] for row in still["datasets"]["time"]])}


def test_notes_are_numbered_where_they_concern_the_chart_and_told_beneath() -> None:
    general = Note(START + timedelta(hours=1), "A release")
    local = Note(START + timedelta(hours=2), "A ban", "its  makers")
    later = Note(START + timedelta(days=9), "After")
    us, de, *others = three()
    facets = [replace(us, notes=(general,)), replace(de, notes=(general, local, later)), *others]
    rows = draw_facets(APPS, facets, part="storefront")["datasets"]
    assert [(row["title"], row["k"]) for row in rows["notes"]] == [
        ("A release", 0), ("A release", 1), ("A ban", 1),
    ]  # fmt: skip
    assert [row["text"] for row in rows["note numbers"]] == ["1", "1", "2"]
    foot = rows["feet"][0]["text"]
    assert foot[:3] == [
        "Notes, not from the chart:",
        "1\u00a0A release (26\u00a0Jan)",
        "2\u00a0A ban (26\u00a0Jan)",
    ]
    many = tuple(Note(START + timedelta(seconds=n), f"Note {n}") for n in range(20))
    rows = draw_facets(APPS, [replace(us, notes=many)], part="storefront")["datasets"]
    assert len(rows["notes"]) == 20
    assert [row["text"] for row in rows["note numbers"]] == ["1–20"]
    assert "20\u00a0Note 19" in " ".join(rows["feet"][0]["text"])


def test_the_headline_counts_the_charts() -> None:
    both = three()[:2]
    assert facet_headline(APPS, both, "storefront") == (
        "DeepSeek was ahead in 2 of 2 storefronts at the last snapshot, 26 Jan 2025"
    )
    even = [*both[:1], facet("de", {0: (2, 1)})]
    assert facet_headline(APPS, even, "storefront") == (
        "DeepSeek and ChatGPT were ahead in 1 of 2 storefronts each at the last snapshot, "
        "26 Jan 2025"
    )
    alone = [facet("us", {0: (9, 1), 1: (2, 1)}, APPS[:1]), facet("de", {0: (4, 1)}, APPS[:1])]
    assert facet_headline(APPS[:1], alone, "storefront") == (
        "DeepSeek was seen as high as number 2 in 1 of 2 storefronts, 26 Jan 2025"
    )
    assert facet_headline(APPS[:1], alone[:1], "storefront") == (
        "DeepSeek was seen as high as number 2 in the United States, 26 Jan 2025"
    )
    some = [*both, facet("de", {0: (None, 1), 1: (None, 1)}), facet("fr", {1: (3, None)})]
    assert facet_headline(APPS, some, "storefront") == (
        "DeepSeek was ahead in 2 of 2 storefronts that ranked both at the last snapshot, "
        "26 Jan 2025"
    )
    assert facet_headline(APPS, some[1:], "storefront") == (
        "DeepSeek was ahead in Germany, the one storefront of 3 that ranked both, "
        "at the last snapshot, 26 Jan 2025"
    )
    assert facet_headline(APPS, some[2:], "storefront") == (
        "DeepSeek and ChatGPT: both were never ranked in 2 storefronts, 26 Jan 2025"
    )
    told = facet_headline(
        APPS, [facet("us", {0: (1, 2), 1: (1, 2)}, provenance=Provenance.RECONSTRUCTED)], "genre"
    )
    assert told.startswith("Reconstruction: DeepSeek was ahead in the genre apps at")


def test_dashes_are_explained_where_nothing_was_recorded() -> None:
    for kind in (Provenance.REPORTED, Provenance.RECORDED):
        one = facet("us", {0: (1, 2), 1: (1, 2)}, provenance=kind)
        (row,) = draw_facets(APPS, [one], part="storefront")["datasets"]["feet"]
        told = "Dashed lines: not observed in the store." in " ".join(row["text"])
        assert told == (kind is Provenance.REPORTED)


@pytest.mark.parametrize(
    ("part", "charts", "names"),
    [
        ("ranking", ["us/iphone/top-free/apps", "us/iphone/top-grossing/apps"],
         ["top free", "top grossing"]),
        ("genre", ["us/iphone/top-free/apps", "us/iphone/top-free/photo-video"],
         ["apps", "Photo & Video"]),
    ],
)  # fmt: skip
def test_a_plot_is_named_by_what_differs(part: Any, charts: list[str], names: list[str]) -> None:
    base = facet("us", {0: (1, 2), 1: (2, 1)})
    line = base.series[0].timeline
    facets = []
    for slug in charts:
        own = Timeline(Chart.parse(slug), "apple-rss", line.times, line.depths, line.provenances)
        series = tuple(Series(own, one.app, one.ranks) for one in base.series)
        facets.append(Facet(own.chart, series))
    spec = draw_facets(APPS, facets, part=part)
    assert words(spec, "heads") == names
    assert f"by {part}; each plot has its own chart’s ranks" in spec["title"]["subtitle"][0]
    assert names[0] not in spec["title"]["subtitle"][0].split(" · ")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_valid_and_has_nothing_to_warn_of(
    theme: str, capfd: pytest.CaptureFixture[str]
) -> None:
    nasty = (App("1", "</script><b>x"), APPS[1])
    facets = [facet(one, {0: (1, None), 1: (None, 1)}, nasty) for one in ("us", "de", "fr")]
    notes = (Note(START, "A note"),)
    facets[0] = replace(facets[0], notes=notes)
    spec = draw_facets(nasty, facets, part="storefront", theme=theme, now=START)
    page = draw_facets(nasty, facets, part="storefront", theme=theme, interactive=True)
    assert all(is_vega_lite(json.loads(render(one, ".json"))) for one in (spec, page))
    svg = vl_convert.vegalite_to_svg(spec, show_warnings=True)
    assert "<b>" not in svg
    assert "Drawn 26 Jan 2025." in svg
    assert capfd.readouterr().err == ""


def many(count: int) -> list[Facet]:
    return [facet(code, {0: (1, 2), 1: (2, None)}) for code in list(NAMES)[:count]]


def axes(spec: Spec) -> dict[float, list[float]]:
    """By the left edge of a column the heights at which the time stands beneath its plots."""
    plot = spec.get("vconcat", [spec])[0]
    found: dict[float, list[float]] = {}
    for layer in (one for column in plot["layer"] for one in column.get("layer", ())):
        if layer["data"]["name"] == "time":
            code = layer["encoding"]["x"]
            at = plot["height"] + code["axis"]["offset"]
            found.setdefault(code["scale"]["range"][0], []).append(at)
    return found


@pytest.mark.parametrize(
    ("count", "size", "page", "columns", "most"),
    [
        (20, (1200, 675), False, 4, 980),
        (60, (1200, 675), True, 4, 980),
        (20, (375, 660), True, 2, 600),
        (17, (780, 560), True, 3, 680),
        (20, (1080, 1920), False, 3, 680),
        (2, (320, 320), False, 1, 600),
    ],
)
def test_no_plot_is_a_screen_away_from_the_time(
    count: int, size: tuple[int, int], page: bool, columns: int, most: float
) -> None:
    spec = draw_facets(APPS, many(count), part="storefront", size=size, interactive=page)
    heads, told = spec["datasets"]["heads"], axes(spec)
    assert len({row["x"] for row in heads}) == columns == len(told)
    for row in heads:
        beneath = [y - row["y"] for y in told[row["x"]] if y > row["y"]]
        assert 0 < min(beneath) <= most
    # None stands where a plot is.
    for x, heights in told.items():
        assert len(set(heights)) == len(heights)
        tops = [row["y"] for row in heads if row["x"] == x]
        assert all(not -1 < top - y < 30 for y in heights for top in tops)


def test_a_story_keeps_near_its_height() -> None:
    def high(count: int) -> int:
        spec = draw_facets(APPS, many(count), part="storefront", size=(1080, 1920))
        return int(spec["usermeta"]["size"][1])

    assert high(2) < high(6) <= high(12) <= 1920
    assert high(20) < 1.35 * 1920


def test_small_plots_tell_how_deep_and_how_often_was_looked() -> None:
    spec = draw_facets(APPS, three(), part="storefront")
    assert words(spec, "numbers")[-2:] == ["not in", "top 100"]
    assert spec["title"]["subtitle"][1] == (
        "Source: Apple's RSS feed (apple-rss), 3 storefronts, top 100, 2–3 snapshots each, "
        "at most 1 h apart, coverage 100% where known, UTC"
    )
    alone = [facet("us", dict.fromkeys((*range(20), 30), (1, 2)))]
    assert draw_facets(APPS, alone, part="storefront")["title"]["subtitle"][1].endswith(
        "(apple-rss), top 100, 21 snapshots, at most 11 h apart, coverage 63.3% (1 gap), UTC"
    )


def test_too_little_is_refused() -> None:
    for none in ([], three()[3:], [facet("us", {0: (1, 2)})]):
        with pytest.raises(NothingToShow, match="two snapshots"):
            draw_facets(APPS, none, part="storefront")
    with pytest.raises(InvalidValue, match="200x200"):
        draw_facets(APPS, three(), part="storefront", size=(200, 200))
    unseen = [facet(code, {0: (None, None), 1: (None, None)}) for code in ("us", "de")]
    with pytest.raises(NothingToShow, match="never ranked in the 2 storefronts"):
        draw_facets(APPS, unseen, part="storefront")


def test_facets_are_read_from_the_database_and_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    grossing = Chart.parse("us/iphone/top-grossing/apps")
    with Store(path) as store:
        for slug, ids in (("us/iphone/top-free/apps", "12"), ("de/iphone/top-free/apps", "3"),
                          ("us/ipad/top-free/apps", "21")):  # fmt: skip
            for hour in range(2):
                entries = tuple(Entry(rank, one, one) for rank, one in enumerate(ids, 1))
                at = START + timedelta(hours=hour)
                store.save(Snapshot(Chart.parse(slug), "apple-rss", at, entries))
    watched = (CHART, grossing)
    with Reader(path) as reader:
        fronts = facets_of(reader, APPS, CHART, "storefront", Selection(), watched)
        assert [(one.chart.storefront, one.why_empty) for one in fronts] == [
            ("us", None), ("de", "never ranked, in 2 snapshots"),
        ]  # fmt: skip
        rankings = facets_of(reader, APPS, CHART, "ranking", Selection(), watched)
        assert [(one.chart.ranking, one.why_empty) for one in rankings] == [
            ("top-free", None), ("top-grossing", "never observed"),
        ]  # fmt: skip
        later = START + timedelta(days=1)
        (us, _) = facets_of(reader, APPS, CHART, "storefront", Selection(since=later))
        assert us.why_empty == "not observed then"


@pytest.mark.parametrize(
    ("names", "marks"),
    [
        (["DeepSeek", "ChatGPT", "Claude"], ["D", "Ch", "Cl"]),
        (["DeepSeek"], [""]),
        (["Filler one", "Filler two"], ["1", "2"]),
        (["豆包", "ثرثار", "🙂 app"], ["豆", "ث", "3"]),
    ],
)
def test_a_lines_end_is_told_apart_without_its_colour(names: list[str], marks: list[str]) -> None:
    apps = [App(str(number), name) for number, name in enumerate(names)]
    assert marks_of(apps) == marks
    if len(names) == 2:
        looks = {0: (1, 2), 1: (2, 1)}
        spec = draw_facets(apps, [facet("us", looks, tuple(apps))], part="storefront")
        assert words(spec, "keys") == ["— Filler one (1)", "— Filler two (2)"]
        assert words(spec, "ends") == ["1 #2", "2 #1"]


def test_a_rank_stands_behind_a_letter_of_any_script() -> None:
    apps = (App("1", "ثرثار"), App("2", "Alpha"))
    spec = draw_facets(apps, [facet("us", {0: (1, 2), 1: (2, 1)}, apps)], part="storefront")
    assert words(spec, "ends") == ["ث\u200e #2", "A #1"]
