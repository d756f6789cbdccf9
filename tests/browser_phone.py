"""Pages on screens of every width, under a finger, and on paper.

Named, as ``browser_plot.py`` is: ``pytest tests/browser_*.py``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.support.chromium import (
    all_within,
    box_of,
    complaints,
    finger,
    open_plot,
    phone,
    place_of,
    requests,
    settle,
    smallest_type,
    tip,
    turn,
    wait_until,
    words,
)
from tests.support.lines import at, pair, series, walk
from tracker.model import Series
from tracker.plot import Note, data_table
from tracker.plot.curve import curve
from tracker.plot.theme import THEMES, contrast

PHONES = ((360, 740), (390, 844))
HIDDEN = "document.getElementById('tip').hidden"


def two_days() -> list[Series]:
    return pair([9] * 20 + [1] * 29, [2] * 47 + [None] * 2, [*range(30), *range(36, 55)])


def crowd() -> list[Series]:
    return series([f"Filler {n} with a long name" for n in range(12)],
                  [[*walk(59, n), None] for n in range(12)])  # fmt: skip


def shown(
    browser: Chrome, lines: list[Series], folder: Path, theme: str = "light", *, table: bool = False
) -> None:
    plot = curve(lines, theme=theme, notes=[Note(at(9), "A note")])
    open_plot(browser, folder, plot, data_table(lines) if table else "")


@pytest.fixture
def small(browser: Chrome) -> Iterator[Chrome]:
    with phone(browser, *PHONES[1]):
        yield browser


def width(browser: Chrome) -> int:
    scroll_width: int = browser.execute_script("return document.documentElement.scrollWidth")
    return scroll_width


@pytest.mark.parametrize("apps", [two_days, crowd])
@pytest.mark.parametrize(("wide", "high"), PHONES)
def test_a_phone_shows_the_whole_picture_in_type_that_can_be_read(
    browser: Chrome, tmp_path: Path, apps: object, wide: int, high: int
) -> None:
    few = apps is two_days
    with phone(browser, wide, high):
        shown(browser, two_days() if few else crowd(), tmp_path, table=True)
        settle(browser)
        assert width(browser) == wide
        assert all_within(browser)
        assert smallest_type(browser) > 10.5
        plot = box_of(browser, ".plot")
        assert plot["height"] >= 0.47 * high
        assert plot["width"] >= (0.6 if few else 0.55) * wide
        assert plot["bottom"] < high
        ends = browser.execute_script("return plot.panels[0].view.data('ends').map(e => e.text)")
        assert not few or ends == ["DeepSeek #1", "ChatGPT"]
        assert complaints(browser) == []
        assert requests(browser) == []


def test_one_layout_fits_every_window(browser: Chrome, tmp_path: Path) -> None:
    with phone(browser, 1300, 800):
        shown(browser, two_days(), tmp_path)
        for wide, high in ((1300, 800), (1000, 700), (820, 1180), (649, 900), (390, 844),
                           (320, 568), (1300, 800)):  # fmt: skip
            turn(browser, wide, high)
            wait_until(browser, f"innerWidth === {wide}")
            settle(browser)
            assert width(browser) == wide
            assert all_within(browser)
            plot, svg = box_of(browser, ".plot"), box_of(browser, ".plot svg")
            assert svg["width"] == pytest.approx(plot["width"], abs=1)
            ends = browser.execute_script(
                "const [panel] = plot.panels; return panel.view.data('ends').map(end =>"
                "[end.x, panel.view.width(), end.from, panel.y(panel.lines.find("
                "line => line.name === end.app).points.at(-1))])"
            )
            assert all(x == pytest.approx(wide_) and y == pytest.approx(line)
                       for x, wide_, y, line in ends)  # fmt: skip
        assert complaints(browser) == []


@pytest.mark.parametrize("theme", list(THEMES))
def test_a_tap_finds_the_nearest_snapshot(small: Chrome, tmp_path: Path, theme: str) -> None:
    shown(small, two_days(), tmp_path, theme)
    finger(small, place_of(small, "DeepSeek", at(25)))
    assert tip(small)[:3] == ["DeepSeek", "No. 1", "27 Jan 2025, 01:00:00 UTC"]
    box = box_of(small, "#tip")
    assert box["left"] >= 0
    assert box["right"] <= PHONES[1][0]
    ground, ink = small.execute_script(
        "const style = getComputedStyle(document.getElementById('tip'));"
        "return [style.backgroundColor, style.color]"
    )
    assert ground.startswith("rgb(")  # one with a fourth number can be seen through
    assert contrast(hexed(ink), hexed(ground)) >= 4.5
    finger(small, (10, 5))
    wait_until(small, HIDDEN)
    assert complaints(small) == []


def hexed(colour: str) -> str:
    return "#" + "".join(f"{int(part):02X}" for part in re.findall(r"\d+", colour)[:3])


def test_a_finger_sideways_selects_and_a_turn_of_the_screen_keeps_it(
    small: Chrome, tmp_path: Path
) -> None:
    shown(small, two_days(), tmp_path)
    box = box_of(small, ".plot")
    y = box["top"] + 150
    finger(small, *((box["left"] + box["width"] * share, y) for share in (0.25, 0.3, 0.4, 0.5)))
    wait_until(small, "plot.shown()")
    chosen = small.execute_script("return plot.shown()")
    expected = [at(54 * share).timestamp() * 1000 for share in (0.25, 0.5)]
    assert chosen == pytest.approx(expected, abs=1.8e6)
    settle(small)
    # The rank of that time: at the last snapshot it has none.
    assert any(re.match(r"ChatG.*#2", word) for word in words(small))
    turn(small, 844, 390)
    wait_until(small, "innerWidth === 844")
    settle(small)
    assert small.execute_script("return plot.shown()") == chosen
    turn(small, *PHONES[1])
    wait_until(small, f"innerWidth === {PHONES[1][0]}")
    settle(small)
    small.find_element("id", "all").click()
    wait_until(small, "!plot.shown()")
    settle(small)
    assert any(word.startswith("DeepSeek") for word in words(small))
    assert complaints(small) == []


def test_a_finger_up_the_picture_scrolls_the_page_and_does_nothing_else(
    small: Chrome, tmp_path: Path
) -> None:
    shown(small, two_days(), tmp_path, table=True)
    box = box_of(small, ".plot")
    x, y = box["left"] + 50, box["top"] + 300
    finger(small, *((x, y - step) for step in range(0, 200, 20)))
    wait_until(small, "scrollY > 100")
    assert not small.execute_script("return plot.shown()")
    assert complaints(small) == []


def test_a_table_scrolls_within_a_phone_and_its_times_are_short(
    small: Chrome, tmp_path: Path
) -> None:
    lines = crowd()
    shown(small, lines, tmp_path, table=True)
    assert width(small) == PHONES[1][0]
    time = small.execute_script(
        "const cell = document.querySelector('tbody th'); return [cell.textContent,"
        " cell.getBoundingClientRect().width]"
    )
    assert time[0] == "2025-01-26 00:00"
    assert time[1] < 0.4 * PHONES[1][0]
    assert small.execute_script(
        "const table = document.querySelector('.table');"
        "table.scrollLeft = 200; return table.scrollLeft"
    )


@pytest.mark.parametrize("theme", list(THEMES))
def test_paper_has_the_whole_picture_on_one_page(
    browser: Chrome, tmp_path: Path, theme: str
) -> None:
    for wide, high in ((1300, 800), PHONES[0]):
        with phone(browser, wide, high):
            shown(browser, two_days(), tmp_path, theme)
            printed = browser.execute_cdp_cmd("Page.printToPDF", {})["data"]
            pages = re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed))
            assert len(pages) == 1
            assert complaints(browser) == []
