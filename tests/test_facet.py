"""Small multiples: the same apps on several charts, on shared axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.plots import Spec, layers, rows, words
from tracker.errors import InvalidValue, NothingToShow
from tracker.model import App, Chart, Entry, Provenance, Series, Snapshot, Timeline
from tracker.picture import facets_of
from tracker.plot import specification
from tracker.plot.compose import AXIS
from tracker.plot.facet import facets as draw_facets
from tracker.plot.ticks import epoch
from tracker.queries.selection import Selection
from tracker.report.facets import Facet, facet_headline, name_of
from tracker.report.scene import Note
from tracker.store import Reader, Store

START = datetime(2025, 1, 26, tzinfo=UTC)
CHART = Chart.parse("us/iphone/top-free/apps")
APPS = (App("1", "DeepSeek"), App("2", "ChatGPT"))
#: By hour the two apps' ranks.
ByHour = Mapping[int, tuple[int | None, int | None]]


def facet(front: str, by_hour: ByHour, apps: Sequence[App] = APPS, **more: Any) -> Facet:
    chart = Chart(front, "iphone", "top-free", "apps")
    kinds = (more.get("provenance", Provenance.RECORDED),) * len(by_hour)
    times = tuple(START + timedelta(hours=hour) for hour in by_hour)
    line = Timeline(chart, "apple-rss", times, (100,) * len(by_hour), kinds)
    series = [
        Series(line, app, tuple(ranks[number] for ranks in by_hour.values()))
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


def spec_of(given: Sequence[Facet], size: tuple[int, int] = (1200, 675), **more: Any) -> Spec:
    return specification(draw_facets(APPS, given, part="storefront", **more).chart(size))


def test_each_plot_has_its_name_and_empty_charts_are_named_below() -> None:
    said = words(spec_of(three()))
    assert "United States\nGermany" in said.replace("\n\n", "\n") or (
        "United States" in said and "Germany" in said
    )
    assert "Not drawn: France (never ranked, in 2 snapshots); Japan (never observed)." in said
    assert len(spec_of(three())["concat"]) == 2


def test_all_plots_have_one_scale_of_ranks_and_one_time_and_equal_heights_of_ranks() -> None:
    spec = spec_of([*three()[:2], facet("fr", {0: (None, 3), 3: (7, None)})])
    panels = spec["concat"]

    def scales(channel: str, *keys: str) -> set[str]:
        return {
            str([layer["encoding"][channel]["scale"].get(key) for key in keys])
            for layer in layers(spec)
            if layer["encoding"].get(channel, {}).get("scale")
        }

    assert len(scales("x", "domainMin", "domainMax")) == 1
    assert len(scales("y", "type", "domain")) == 1
    lanes = [bool(rows({"datasets": {}} | spec, "lane")) for _ in panels]
    assert any(lanes)
    # A plot without unranked apps has no lane, and is lower by it.
    assert panels[0]["height"] == panels[1]["height"] < panels[2]["height"]
    assert panels[2]["height"] - panels[0]["height"] == 2 * 11 + 12


def test_the_shared_time_is_shaded_where_a_chart_has_no_data() -> None:
    late = facet("de", {4: (60, 50), 5: (40, 50), 6: (40, 50), 7: (40, 50)})
    spec = spec_of([late, facet("us", dict.fromkeys(range(12), (9, 3)))])
    shaded = [
        tuple((row[end] - epoch(START)) // 3_600_000 for end in ("time", "until"))
        for row in rows(spec, "gaps")
    ]
    assert shaded == [(0, 4), (7, 11)]


def test_the_footer_is_below_the_highest_plot_of_the_last_row() -> None:
    hours = range(3)
    high = facet("us", dict.fromkeys(hours, (None, 3)))
    low = facet("de", dict.fromkeys(hours, (2, 3)))
    for order in ((high, low), (low, high)):
        spec = spec_of(order)
        assert spec["columns"] == 2
        heights = [panel["height"] for panel in spec["concat"]]
        (footer,) = [
            layer["encoding"]["y"]["value"] for layer in layers(spec["concat"][0])
            if "Source" in str(layer["encoding"].get("text", {}).get("value"))
        ]  # fmt: skip
        assert footer >= max(heights) + AXIS > min(heights) + AXIS


def test_ends_have_names_not_initials_and_ranks_are_each_charts_own() -> None:
    ends = {row["text"] for row in rows(spec_of(three()), "ends")}
    assert ends == {"DeepSeek #1", "ChatGPT #3", "DeepSeek #40", "ChatGPT #50"}


def test_an_end_is_where_the_data_end_and_not_at_the_edge_of_the_plot() -> None:
    spec = spec_of([facet("us", {0: (9, 3), 10: (1, 3)}), facet("de", {0: (60, 50), 5: (40, 50)})])
    ends = {row["text"]: row["x"] for row in rows(spec, "ends")}
    assert ends["DeepSeek #40"] == pytest.approx(ends["DeepSeek #1"] / 2)


def test_notes_are_marked_in_their_plot_and_listed_once_on_a_page() -> None:
    note = Note(START + timedelta(hours=1), "A strike")
    noted = [Facet(each.chart, each.series, notes=(note,)) for each in three()[:2]]
    plot = draw_facets(APPS, noted, part="storefront")
    assert plot.words.notes == ("26 Jan 2025: A strike",)
    assert {row["text"] for row in rows(specification(plot.chart()), "notes")} == {"A strike"}
    later = Note(START + timedelta(hours=4.5), "Another")
    ours, theirs = three()[:2]
    each = [replace(ours, notes=(note,)), replace(theirs, notes=(later,))]
    spec = specification(draw_facets(APPS, each, part="storefront").chart())
    assert {row["text"] for row in rows(spec, "callouts")} == {"A", "B"}
    assert "A A strike · B Another" in words(spec)


def test_the_headline_counts_the_charts() -> None:
    def said(given: Sequence[Facet], apps: Sequence[App] = APPS) -> str:
        return facet_headline(apps, given, "storefront")

    both = three()[:2]
    last = "at the last snapshot"
    assert said(both) == f"DeepSeek was ahead in 2 of 2 storefronts {last}"
    even = [*both[:1], facet("de", {0: (2, 1)})]
    assert said(even) == f"DeepSeek and ChatGPT were ahead in 1 of 2 storefronts each {last}"
    alone = [facet("us", {0: (9, 1), 1: (2, 1)}, APPS[:1]), facet("de", {0: (4, 1)}, APPS[:1])]
    assert said(alone, APPS[:1]) == "DeepSeek was as high as number 2 in 1 of 2 storefronts"
    assert said(alone[:1], APPS[:1]) == "DeepSeek was as high as number 2 in the United States"
    some = [*both, facet("de", {0: (None, 1), 1: (None, 1)}), facet("fr", {1: (3, None)})]
    assert said(some) == f"DeepSeek was ahead in 2 of 2 storefronts that ranked both {last}"
    assert said(some[1:]) == (
        f"DeepSeek was ahead in Germany, the only storefront of 3 that ranked both, {last}"
    )
    assert said(some[2:]) == "DeepSeek and ChatGPT: both were never ranked in 2 storefronts"
    played = facet("us", {0: (1, 2), 1: (1, 2)}, provenance=Provenance.RECONSTRUCTED)
    assert facet_headline(APPS, [played], "genre").startswith("Reconstruction: DeepSeek was ahead")


@pytest.mark.parametrize(
    ("part", "charts", "names"),
    [
        ("storefront", ["us/iphone/top-free/apps", "jp/iphone/top-free/apps"],
         ["United States", "Japan"]),
        ("ranking", ["us/iphone/top-free/apps", "us/iphone/top-paid/apps"],
         ["top free", "top paid"]),
        ("genre", ["us/iphone/top-free/apps", "us/iphone/top-free/photo-video"],
         ["apps", "Photo & Video"]),
    ],
)  # fmt: skip
def test_a_plot_is_named_by_what_differs(part: Any, charts: list[str], names: list[str]) -> None:
    assert [name_of(Chart.parse(slug), part) for slug in charts] == names


def test_too_little_is_refused() -> None:
    for none in ([], three()[3:], [facet("us", {0: (1, 2)})]):
        with pytest.raises(NothingToShow, match="two snapshots"):
            spec_of(none)
    with pytest.raises(InvalidValue, match="200x200"):
        spec_of(three(), (200, 200))
    unseen = [facet(code, {0: (None, None), 1: (None, None)}) for code in ("us", "de")]
    with pytest.raises(NothingToShow, match="never ranked in the 2 storefronts"):
        spec_of(unseen)


def test_facets_are_read_from_the_database_and_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    grossing = Chart.parse("us/iphone/top-grossing/apps")
    with Store(path) as store:
        for slug, ids in (("us/iphone/top-free/apps", "12"), ("de/iphone/top-free/apps", "3"),
                          ("us/ipad/top-free/apps", "21")):  # fmt: skip
            for hour in range(2):
                entries = tuple(Entry(rank, app_id, app_id) for rank, app_id in enumerate(ids, 1))
                at = START + timedelta(hours=hour)
                store.save(Snapshot(Chart.parse(slug), "apple-rss", at, entries))
    watched = (CHART, grossing)
    with Reader(path) as reader:
        fronts = facets_of(reader, APPS, CHART, "storefront", Selection(), watched)
        assert [(facet.chart.storefront, facet.why_empty) for facet in fronts] == [
            ("us", None), ("de", "never ranked, in 2 snapshots"),
        ]  # fmt: skip
        rankings = facets_of(reader, APPS, CHART, "ranking", Selection(), watched)
        assert [(facet.chart.ranking, facet.why_empty) for facet in rankings] == [
            ("top-free", None), ("top-grossing", "never observed"),
        ]  # fmt: skip
        later = START + timedelta(days=1)
        (us, _) = facets_of(reader, APPS, CHART, "storefront", Selection(since=later))
        assert us.why_empty == "not observed then"
