"""The curve's page on screens of every width, under a finger, and on paper.

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
    middle_of_look,
    open_picture,
    phone,
    requests,
    smallest_type,
    tooltip,
    turn,
    wait_until,
    words,
)
from tests.support.lines import DEEPSEEK, at, pair, series, walk
from tracker.model import Series
from tracker.plot import Note, data_table, draw_each
from tracker.plot.files.packing import packed_all
from tracker.plot.style.colours import THEMES, contrast
from tracker.plot.style.size import PAGE

PHONES = ((360, 740), (390, 844))
VISIBLE = "document.querySelector('#vg-tooltip-element.visible')"
SELECTED = "window.plot.signal('brush').t"
#: How large the shown sheet is, in points.
SHEET = "document.querySelector('#plot svg').viewBox.baseVal.width"


def two_days() -> list[Series]:
    return pair([9] * 20 + [1] * 29, [2] * 47 + [None] * 2, [*range(30), *range(36, 55)])


def crowd() -> list[Series]:
    return series([f"Filler {n} with a long name" for n in range(12)],
                  [[*walk(59, n), None] for n in range(12)])  # fmt: skip


def shown(
    browser: Chrome, drawn: list[Series], folder: Path, theme: str = "light", *, table: bool = False
) -> None:
    behind = [Series(drawn[0].timeline, one.app, one.ranks)
              for one in series(["Behind: an app"], [walk(len(drawn[0].ranks), 3, 4)])]  # fmt: skip
    specs = draw_each(
        drawn, sizes=PAGE, interactive=True, theme=theme, notes=[Note(at(9), "A note")],
        context=behind if len(drawn) < 12 else (),
    )  # fmt: skip
    open_picture(browser, folder, *specs, table=data_table(drawn) if table else "")


@pytest.fixture
def small(browser: Chrome) -> Iterator[Chrome]:
    with phone(browser, *PHONES[1]):
        yield browser


def width(browser: Chrome) -> int:
    found: int = browser.execute_script("return document.documentElement.scrollWidth")
    return found


@pytest.mark.parametrize("drawn", [two_days, crowd])
@pytest.mark.parametrize(("wide", "high"), PHONES)
def test_a_phone_shows_the_whole_picture_in_type_that_can_be_read(
    browser: Chrome, tmp_path: Path, drawn: object, wide: int, high: int
) -> None:
    few = drawn is two_days
    with phone(browser, wide, high):
        shown(browser, two_days() if few else crowd(), tmp_path, table=True)
        assert width(browser) == wide
        assert all_within(browser)
        assert smallest_type(browser) > 10.5
        assert box_of(browser, "#plot svg")["bottom"] < (high if few else 1.3 * high)
        assert complaints(browser) == []
        assert requests(browser) == []


def test_each_window_shows_the_sheet_that_fits_and_another_when_it_no_longer_does(
    browser: Chrome, tmp_path: Path
) -> None:
    with phone(browser, 1300, 800):
        shown(browser, two_days(), tmp_path)
        for wide, high, sheet in (
            (1300, 800, 1200), (1000, 700, 1200), (999, 700, 780), (844, 390, 780),
            (820, 1180, 780), (649, 900, 375), (390, 844, 375), (320, 568, 375), (1300, 800, 1200),
        ):  # fmt: skip
            turn(browser, wide, high)
            wait_until(browser, f"{SHEET} === {sheet}")
            assert width(browser) == wide
            assert all_within(browser)
            assert smallest_type(browser) > 9
            assert box_of(browser, "#plot svg")["width"] <= 1.31 * sheet
        assert browser.execute_script("return document.querySelectorAll('#plot svg').length") == 1
        assert complaints(browser) == []


def test_each_sheet_is_drawn_from_its_own_rows(browser: Chrome, tmp_path: Path) -> None:
    drawn = pair([1, 3, None, 4] * 60 + [3] * 60, [2] * 300)
    specs = draw_each(drawn, sizes=PAGE, interactive=True)
    names = ("ahead", "lane", "ends", "looks", f"ranks of {DEEPSEEK.app_id}")
    assert min(len(specs[0]["datasets"][name]) for name in ("ahead", "lane")) >= 50
    ways = {way for packed in packed_all([specs[0]["datasets"]])[0].values()
            if isinstance(packed, dict) for told in packed.values() for way in told}  # fmt: skip
    assert {"steps", "each", "runs", "words", "all"} <= ways
    with phone(browser, 1300, 800):
        open_picture(browser, tmp_path, *specs)
        for spec, wide in zip(specs, (1300, 820, 390), strict=True):
            turn(browser, wide, 844)
            wait_until(browser, f"{SHEET} === {spec['usermeta']['size'][0]}")
            for name in names:
                told = spec["datasets"][name]
                # Vega makes times of the rows' milliseconds.
                found = browser.execute_script(
                    "const [name, keys] = arguments; return window.plot.data(name).map(row =>"
                    "keys.map(key => row[key] instanceof Date ? +row[key] : row[key]))",
                    name, list(told[0]),
                )  # fmt: skip
                assert found == [list(row.values()) for row in told], name


@pytest.mark.parametrize("theme", list(THEMES))
def test_a_tap_tells_of_the_nearest_look_at_the_foot_of_the_screen(
    small: Chrome, tmp_path: Path, theme: str
) -> None:
    shown(small, two_days(), tmp_path, theme)
    finger(small, middle_of_look(small, "DeepSeek", at(25)))
    assert tooltip(small)["Seen (UTC)"] == "27 Jan 2025 01:00:00"
    box = box_of(small, "#vg-tooltip-element")
    assert box["left"] >= 0
    assert box["right"] <= PHONES[1][0]
    assert PHONES[1][1] - 20 < box["bottom"] <= PHONES[1][1]
    ground, *inks = small.execute_script(
        f"const tip = {VISIBLE}; const style = one => getComputedStyle(tip.querySelector(one));"
        "return [getComputedStyle(tip).backgroundColor, style('.key').color, style('.value').color]"
    )
    assert ground.startswith("rgb(")  # one with a fourth number can be seen through
    assert all(contrast(hexed(ink), hexed(ground)) >= 4.5 for ink in inks)
    finger(small, (10, 5))
    wait_until(small, f"!{VISIBLE}")
    assert complaints(small) == []


def hexed(colour: str) -> str:
    return "#" + "".join(f"{int(one):02X}" for one in re.findall(r"\d+", colour)[:3])


def strip(browser: Chrome) -> tuple[float, float, float]:
    """Left edge, width and middle height of the strip on the screen."""
    left, wide, middle = browser.execute_script(
        "const boxes = [...document.querySelectorAll('#plot svg path.background')].map("
        "one => one.getBoundingClientRect()).filter(one => one.height > 9 && one.height < 60);"
        "const box = boxes.at(-1); return [box.left, box.width, box.top + box.height / 2]"
    )
    return left, wide, middle


def test_a_finger_selects_along_the_strip_and_a_turn_of_the_screen_keeps_it(
    small: Chrome, tmp_path: Path
) -> None:
    shown(small, two_days(), tmp_path)
    left, wide, middle = strip(small)
    finger(small, *((left + wide * share, middle) for share in (0.25, 0.3, 0.4, 0.5)))
    wait_until(small, SELECTED)
    chosen = small.execute_script(f"return {SELECTED}")
    expected = [at(54 * share).timestamp() * 1000 for share in (0.25, 0.5)]
    assert chosen == pytest.approx(expected, abs=1.2e6)
    turn(small, 844, 390)
    wait_until(small, f"{SHEET} === 780")
    assert small.execute_script(f"return {SELECTED}") == chosen
    assert "DeepSeek" in words(small)  # without the last rank, which is out of sight
    turn(small, *PHONES[1])
    wait_until(small, f"{SHEET} === 375")
    finger(small, (left + wide * 0.9, middle))
    wait_until(small, f"!{SELECTED}")
    assert "DeepSeek #1" in words(small)
    assert complaints(small) == []


@pytest.mark.parametrize("where", ["plot", "strip"])
def test_a_finger_on_the_picture_scrolls_the_page_and_does_nothing_else(
    small: Chrome, tmp_path: Path, where: str
) -> None:
    shown(small, two_days(), tmp_path, table=True)
    left, _, middle = strip(small)
    high = middle if where == "strip" else 400
    finger(small, *((left + 50, high - step) for step in range(0, 200, 20)))
    wait_until(small, "scrollY > 100")
    small.execute_async_script(
        "const rest = last => scrollY === last ? arguments[0]() : "
        "setTimeout(rest, 60, scrollY); rest()"
    )
    assert not small.execute_script(f"return {VISIBLE}")
    # What was begun is over: the next finger elsewhere selects nothing.
    above = strip(small)[2] - 100
    finger(small, *((left + step, above) for step in range(0, 100, 10)))
    small.execute_async_script("window.plot.runAsync().then(() => arguments[0]())")
    assert not small.execute_script(f"return {SELECTED}")
    assert complaints(small) == []


def test_a_scroll_of_the_page_keeps_what_was_selected(small: Chrome, tmp_path: Path) -> None:
    shown(small, two_days(), tmp_path, table=True)
    left, wide, middle = strip(small)
    finger(small, *((left + wide * share, middle) for share in (0.25, 0.3, 0.4, 0.5)))
    wait_until(small, SELECTED)
    selected = small.execute_script(f"return {SELECTED}")
    finger(small, *((left + wide * 0.8, middle - step) for step in range(0, 200, 20)))
    wait_until(small, "scrollY > 100")
    small.execute_async_script("window.plot.runAsync().then(() => arguments[0]())")
    assert small.execute_script(f"return {SELECTED}") == pytest.approx(selected, abs=1)
    assert complaints(small) == []


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
