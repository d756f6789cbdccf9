"""Pages of several plots, facets and positions, in a real Chromium with the network shut.

Named: ``pytest tests/browser_*.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, Keys

from tests.support.chromium import (
    Hand,
    all_within,
    box_of,
    complaints,
    heard,
    open_plot,
    phone,
    place_of,
    press,
    requests,
    settle,
    tip,
    wait_until,
    words,
)
from tests.support.chromium import shown as time_shown
from tests.support.lines import CHATGPT, DEEPSEEK, at, pair
from tracker.model import Chart, Series, Timeline
from tracker.plot.bump import bump
from tracker.plot.compose import Plot
from tracker.plot.facet import facets
from tracker.plot.theme import THEMES
from tracker.plot.ticks import epoch
from tracker.report.facets import Facet


def three_fronts(theme: str = "light") -> Plot:
    """Two apps in three storefronts; DeepSeek is ahead from hour 20 on in the first."""

    def facet(front: str, deepseek: Sequence[int | None], chatgpt: Sequence[int | None]) -> Facet:
        chart = Chart(front, "iphone", "top-free", "apps")
        each = [
            Series(Timeline(chart, *(getattr(a.timeline, part) for part in _REST)), a.app, a.ranks)
            for a in pair(deepseek, chatgpt)
        ]
        return Facet(chart, tuple(each))

    charts = [
        facet("us", [9] * 20 + [1] * 29, [2] * 49),
        facet("de", [60] * 49, [3] * 49),
        facet("fr", [None] * 40 + [7] * 9, [5] * 49),
    ]
    return facets([DEEPSEEK, CHATGPT], charts, part="storefront", theme=theme)


_REST = ("source", "times", "depths", "provenances")


@pytest.mark.parametrize("theme", list(THEMES))
def test_facets_stand_side_by_side_and_on_a_phone_below_each_other(
    browser: Chrome, tmp_path: Path, theme: str
) -> None:
    open_plot(browser, tmp_path, three_fronts(theme))
    assert (complaints(browser), requests(browser)) == ([], [])
    heads = [head.text for head in browser.find_elements("css selector", "h2")]
    assert heads == ["United States", "Germany", "France"]
    assert {"DeepSeek #1", "DeepSeek #60", "ChatGPT #5", "unranked", "No. 1"} <= set(words(browser))
    assert all_within(browser)
    tops = browser.execute_script(_TOPS)
    assert len(set(tops)) == 1
    with phone(browser, 390, 844):
        wait_until(browser, "innerWidth === 390")
        settle(browser)
        tops = browser.execute_script(_TOPS)
        assert sorted(set(tops)) == tops
        assert len(set(tops)) == 3
        assert all_within(browser)
        assert box_of(browser, ".plot")["width"] >= 0.55 * 390


_TOPS = "return [...document.querySelectorAll('.plot')].map(e => e.getBoundingClientRect().top)"


def test_a_time_selected_in_one_facet_is_that_of_all_and_keys_lead_from_one_to_the_next(
    browser: Chrome, tmp_path: Path
) -> None:
    open_plot(browser, tmp_path, three_fronts())
    Hand(browser).drag(0.0, 0.25)
    assert time_shown(browser) == pytest.approx([epoch(at(0)), epoch(at(12))], abs=6e5)
    assert {"DeepSeek #9", "DeepSeek #60"} <= set(words(browser))
    assert "DeepSeek #1" not in words(browser)
    press(browser, Keys.TAB)  # the first plot has the focus already
    heard(browser, "Germany", "DeepSeek", "No. 60")
    press(browser, Keys.ARROW_UP)
    heard(browser, "United States", "ChatGPT", "No. 2")
    assert complaints(browser) == []


def test_positions_are_named_apart_from_the_ranks_below_them(
    browser: Chrome, tmp_path: Path
) -> None:
    open_plot(browser, tmp_path, bump(pair([9] * 20 + [1] * 29, [2] * 49)))
    said = words(browser)
    assert {"DeepSeek 1st", "ChatGPT 2nd", "DeepSeek #1", "ChatGPT #2"} <= set(said)
    assert all_within(browser)
    hand = Hand(browser)
    hand.over(*place_of(browser, "DeepSeek", at(10), panel=0))
    assert tip(browser)[1:3] == ["DeepSeek", "position 2"]
    hand.over(*place_of(browser, "DeepSeek", at(10), panel=1))
    assert tip(browser)[1:3] == ["DeepSeek", "No. 9"]
    assert complaints(browser) == []
