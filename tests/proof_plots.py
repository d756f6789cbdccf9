"""Plots that take long to check: valid and drawn at every size, of five years, and bundled anew."""

from __future__ import annotations

import struct
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.support.lines import pair, series, timeline, walk
from tests.test_facet import APPS, three
from tests.test_heatmap import CHATGPT, wave_rows
from tests.test_heatmap import three as three_storefronts
from tracker.model import App, Series
from tracker.plot import SIZES, data_table, render, saved, specification
from tracker.plot.bump import bump
from tracker.plot.bundle import library, vegalite
from tracker.plot.curve import curve
from tracker.plot.facet import facets
from tracker.plot.heatmap import heatmap, wave
from tracker.plot.theme import THEMES


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("size", [(1200, 675), (1080, 1080), (1080, 1920), (400, 400)])
def test_positions_are_valid_at_every_size(theme: str, size: tuple[int, int]) -> None:
    lines = series(["A", "B", "C"], [[1, 2, 3, None], [2, 1, 1, 1], [None, None, 2, 3]])
    spec = bump(lines, theme=theme).chart(size).to_dict(validate=True)
    assert [panel["width"] > 0 < panel["height"] for panel in spec["concat"]] == [True, True]


@pytest.mark.parametrize("size", [(1200, 675), (1080, 1920), (600, 600)])
def test_facets_are_valid_and_as_wide_as_there_is_room(size: tuple[int, int]) -> None:
    plot = facets(APPS, three(), part="storefront", theme="dark")
    spec = plot.chart(size).to_dict(validate=True)
    assert spec["columns"] == (2 if size[0] == 1200 else 1)


@pytest.mark.parametrize("size", [*SIZES.values(), (400, 400), (3840, 700)])
def test_a_png_has_the_size_asked_for_at_two_pixels_to_the_point(size: tuple[int, int]) -> None:
    png = saved(curve(pair([3, 1, 1], [1, 2, 2])), ".png", size=size)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (2 * size[0], 2 * size[1])


def years(apps: int, each: int = 24 * 365 * 5) -> list[Series]:
    line = timeline(range(each))
    return [Series(line, App(str(n), f"Filler {n}"), walk(each, n)) for n in range(apps)]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_a_page_of_five_years_is_less_than_a_megabyte_beside_the_bundle(zone: str) -> None:
    shown = years(2)
    text = saved(curve(shown, zone=ZoneInfo(zone)), ".html", table=data_table(shown))
    assert len(text) - len(library(vegalite()).encode()) < 1_000_000


def test_the_bundle_is_cached_and_read_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    plot = curve(pair([2, 1], [1, 2]))
    first = saved(plot, ".html")
    (kept,) = (tmp_path / "apptrack").iterdir()
    assert kept.read_bytes() in first
    kept.write_text("/* the kept one */", encoding="utf-8")
    assert b"/* the kept one */" in saved(plot, ".html")
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert b"vegaEmbed" in saved(plot, ".html")


@pytest.mark.parametrize("theme", list(THEMES))
def test_heatmap_and_wave_are_valid_and_hold_no_markup(theme: str) -> None:
    app = App("6737597349", "</script><b>x")
    for plot in (heatmap(app, three_storefronts(), theme=theme), wave((app, CHATGPT), wave_rows())):
        for size in (SIZES["wide"], (390, 844)):
            svg = render(specification(plot.chart(size)), ".svg").decode()
            assert "no data" in svg
            assert "<b>" not in svg
