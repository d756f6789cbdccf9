"""The pages of the other pictures in a real Chromium, with the network shut.

Named, as ``browser_plot.py`` is: ``pytest tests/browser_*.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys

from tests.support.chromium import (
    Hand,
    all_within,
    complaints,
    finger,
    heard,
    inks,
    open_picture,
    phone,
    press,
    requests,
    smallest_type,
    tooltip,
    wait_until,
    words,
)
from tests.support.lines import CHATGPT, DEEPSEEK, START
from tracker.analysis.days import lead_days, rank_days
from tracker.model import App, Chart, Provenance, Series, Timeline
from tracker.plot import draw
from tracker.plot.grid.heatmap import draw_heatmap
from tracker.plot.grid.heatwave import draw_wave
from tracker.plot.panels import arrange
from tracker.plot.panels.bump import draw_bump
from tracker.plot.panels.facet import draw_facets
from tracker.plot.style.colours import THEMES, contrast
from tracker.plot.style.size import PAGE, SIZES
from tracker.plot.text.facets import Facet

Spec = dict[str, Any]
#: Ranks of two apps at looks a day apart; none on the fifth day.
RANKS = {0: (9, 2), 1: (3, 2), 2: (1, 2), 3: (1, None), 5: (None, None), 6: (1, 2)}
NASTY = (
    App("1", "</script><script>window.owned = 1</script>"),
    App("2", "<img src=x onerror='window.owned = 2'>"),
)
FRONTS = ("us", "de", "jp")


def looked(apps: Sequence[App]) -> list[list[Series]]:
    """The series of APPS in each storefront."""
    times = tuple(START + timedelta(days=day) for day in RANKS)
    many = len(times)
    lines = [
        Timeline(Chart(front, "iphone", "top-free", "apps"), "apple-rss", times, (100,) * many,
                 (Provenance.RECORDED,) * many)
        for front in FRONTS
    ]  # fmt: skip
    columns = list(zip(*RANKS.values(), strict=True))
    return [
        [Series(line, app, ranks) for app, ranks in zip(apps, columns, strict=True)]
        for line in lines
    ]


def bump(apps: Sequence[App], theme: str, size: tuple[int, int] = SIZES["wide"]) -> Spec:
    grows = size[0] < SIZES["wide"][0]
    return draw_bump(looked(apps)[0], theme=theme, size=size, interactive=True, grows=grows)


def facets(apps: Sequence[App], theme: str, size: tuple[int, int] = SIZES["wide"]) -> Spec:
    each = [Facet(series[0].timeline.chart, tuple(series)) for series in looked(apps)]
    return draw_facets(apps, each, part="storefront", theme=theme, size=size, interactive=True)


def heatmap(apps: Sequence[App], theme: str, size: tuple[int, int] = SIZES["wide"]) -> Spec:
    rows = [rank_days(series[0]) for series in looked(apps)]
    return draw_heatmap(apps[0], rows, theme=theme, size=size)


def wave(apps: Sequence[App], theme: str, size: tuple[int, int] = SIZES["wide"]) -> Spec:
    rows = lead_days([(a, b) for a, b in looked(apps)])
    return draw_wave((apps[0], apps[1]), rows, theme=theme, size=size)


PICTURES = (bump, facets, heatmap, wave)
Draw = Callable[[Sequence[App], str], Spec]


def told_over(browser: Chrome, row: str) -> dict[str, str]:
    """What the tooltip says over the mark whose row, ``d``, is the first of which ROW is true."""
    mark = browser.execute_script(
        "return [...document.querySelectorAll('#plot svg path, #plot svg line')].find(one =>"
        f"{{ const d = one.__data__?.datum; return d && {row}; }})"
    )
    ActionChains(browser).move_to_element_with_offset(mark, 1, 0).move_to_element(mark).perform()
    return tooltip(browser)


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("picture", PICTURES)
def test_it_opens_offline_without_complaint_and_is_readable(
    browser: Chrome, tmp_path: Path, picture: Draw, theme: str
) -> None:
    open_picture(browser, tmp_path, picture((DEEPSEEK, CHATGPT), theme))
    assert complaints(browser) == []
    assert requests(browser) == []
    assert any("DeepSeek" in word for word in words(browser))
    assert "DeepSeek" in browser.title
    faint = [word for word, ink in inks(browser) if contrast(ink, THEMES[theme].background) < 4.5]
    assert faint == []
    assert all_within(browser)


@pytest.mark.parametrize(
    ("picture", "first", "after"),
    [
        (bump, "Where: place among those drawn, App: DeepSeek", "Where: chart, App: DeepSeek"),
        (facets, "Where: United States", "Where: Germany"),
    ],
)
def test_keys_go_from_look_to_look_of_all_plots(
    browser: Chrome, tmp_path: Path, picture: Draw, first: str, after: str
) -> None:
    open_picture(browser, tmp_path, picture((DEEPSEEK, CHATGPT), "light"))
    press(browser, Keys.TAB)
    heard(browser, first)
    press(browser, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_LEFT)
    assert "1 day" in heard(browser, after)
    press(browser, "+")
    wait_until(browser, "window.plot.signal('brush').t")
    assert complaints(browser) == []


def test_a_heatmap_has_no_cursor_to_lead(browser: Chrome, tmp_path: Path) -> None:
    open_picture(browser, tmp_path, heatmap((DEEPSEEK, CHATGPT), "light"))
    assert browser.execute_script("return document.getElementById('cursor').hidden")
    assert complaints(browser) == []


@pytest.mark.parametrize(
    ("picture", "row", "expected"),
    [
        (bump, "d.where == 'chart' && d.rank == '3'", {"App": "DeepSeek", "Rank": "3"}),
        (bump, "d.where == 'place among those drawn' && d.t == 1738022400000",
         {"App": "DeepSeek", "Rank": "1st of 2", "Seen (UTC)": "28 Jan 2025 00:00:00"}),
        (facets, "d.where == 'Germany' && d.rank == '9'", {"Where": "Germany", "App": "DeepSeek"}),
        (facets, "d.where == 'Japan' && d.rank == 'not in the top 100'", {"Where": "Japan"}),
        (heatmap, "d.s == 'de' && d.c == 1",
         {"Storefront": "Germany", "Day": "27 Jan 2025", "Looks": "1, found in 1"}),
        (heatmap, "d.s == 'de' && d.c == 5", {"Best rank": "not in the top 100"}),
        (heatmap, "d.s == 'de' && d.u && d.t == Date.UTC(2025, 0, 30)",
         {"Snapshots": "none: no data", "To": "30 Jan 2025"}),
        (wave, "d.s == 'us' && d.c == 0", {"Storefront": "United States", "Ahead": "ChatGPT"}),
    ],
)  # fmt: skip
def test_the_pointer_is_told_what_it_is_over(
    browser: Chrome, tmp_path: Path, picture: Draw, row: str, expected: dict[str, str]
) -> None:
    open_picture(browser, tmp_path, picture((DEEPSEEK, CHATGPT), "light"))
    told = told_over(browser, row)
    assert expected.items() <= told.items()
    assert complaints(browser) == []


@pytest.mark.parametrize("picture", PICTURES)
def test_nothing_in_a_name_is_executed(browser: Chrome, tmp_path: Path, picture: Draw) -> None:
    open_picture(browser, tmp_path, picture(NASTY, "light"))
    assert browser.execute_script("return window.owned ?? null") is None
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0
    assert any("<" in word for word in words(browser))
    assert complaints(browser) == []
    assert requests(browser) == []


def edges(browser: Chrome) -> set[tuple[int, int]]:
    """The days from the first, at which each axis of time begins and ends."""
    found: list[list[float]] = browser.execute_script(
        "const found = []; const seek = context => {"
        "for (const [name, told] of Object.entries(context.scales ?? {}))"
        " if (name.endsWith('_x') && told.value.type.endsWith('utc'))"
        " found.push(told.value.domain().map(Number));"
        "Object.values(context.subcontext ?? {}).forEach(seek); }; seek(window.plot._runtime);"
        "return found"
    )
    day = 86_400_000
    first = START.timestamp() * 1000
    return {(round((a - first) / day), round((b - first) / day)) for a, b in found}


@pytest.mark.parametrize(("picture", "plots"), [(bump, 2), (facets, 3)])
def test_the_strip_chooses_the_time_of_all_plots(
    browser: Chrome, tmp_path: Path, picture: Draw, plots: int
) -> None:
    """Nothing is drawn beyond a plot's edges, and names stand without ranks not in sight."""
    spec = picture((DEEPSEEK, CHATGPT), "light")
    open_picture(browser, tmp_path, spec)
    last = {row["text"] for row in spec["datasets"]["ends"]}
    assert edges(browser) == {(0, 6)}
    assert last <= set(words(browser))
    hand = Hand(browser, spec)
    hand.drag(1 / 6, 2 / 6)
    assert edges(browser) == {(1, 2), (0, 6)}  # the strip itself shows all
    assert not last & set(words(browser))
    assert {row["name"] for row in spec["datasets"]["ends"]} <= set(words(browser))
    ends: list[list[Any]] = browser.execute_script(
        "return window.plot.data('ends').filter(end => end.ranked).map(end => [end.y0,"
        "window.plot.data(end.of).filter(row => row.t <= end.t && row.g.startsWith(end.key + ' '))"
        ".at(-1).y])"
    )
    assert len(ends) >= plots
    assert all(height == line for height, line in ends)
    clips: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('#plot svg clipPath path')].map(one =>"
        "one.getAttribute('d'))"
    )
    assert len(set(clips)) >= plots - 1
    hand.drag(0.9, 0.9)
    assert edges(browser) == {(0, 6)}
    assert last <= set(words(browser))
    assert complaints(browser) == []


def test_every_axis_of_a_column_shows_the_time_that_was_chosen(
    browser: Chrome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrange, "SCREEN", dict.fromkeys(arrange.SCREEN, 1))
    spec = facets((DEEPSEEK, CHATGPT), "light", PAGE[-1])
    columns = [layer["layer"] for layer in spec["vconcat"][0]["layer"] if "layer" in layer]
    assert [len(one) for one in columns[2:]] == [1]  # an axis and nothing else
    open_picture(browser, tmp_path, spec)
    Hand(browser, spec).drag(1 / 6, 2 / 6)
    assert edges(browser) == {(1, 2), (0, 6)}
    assert sum(word.startswith("27 Jan") for word in words(browser)) == 4  # the strip's too
    assert complaints(browser) == []


@pytest.mark.parametrize(
    ("picture", "row", "expected"),
    [
        (bump, "d.where === 'chart' && d.rank === '3'", ("App", "DeepSeek")),
        (facets, "d.where === 'Japan' && d.rank === '3'", ("Where", "Japan")),
        (heatmap, "d.s === 'de' && d.c === 1", ("Storefront", "Germany")),
        (wave, "d.s === 'de' && d.c === 1", ("Storefront", "Germany")),
    ],
)
def test_a_phone_shows_the_whole_picture_in_type_that_can_be_read(
    browser: Chrome,
    tmp_path: Path,
    picture: Callable[..., Spec],
    row: str,
    expected: tuple[str, str],
) -> None:
    specs = [picture((DEEPSEEK, CHATGPT), "light", size) for size in PAGE]
    with phone(browser, 360, 740):
        open_picture(browser, tmp_path, *specs)
        assert browser.execute_script("return document.documentElement.scrollWidth") == 360
        assert all_within(browser)
        assert smallest_type(browser) > 10.5
        x, y = browser.execute_script(
            "const mark = [...document.querySelectorAll('#plot svg path')].find(one => {"
            f"const d = one.__data__?.datum; return d && {row}; }});"
            "mark.scrollIntoView({ block: 'center' }); const box = mark.getBoundingClientRect();"
            "return [box.left + box.width / 2, box.top + box.height / 2]"
        )
        finger(browser, (x, y))
        assert expected in tooltip(browser).items()
        assert complaints(browser) == []


def test_a_phone_shows_a_story_whole_and_large_enough(browser: Chrome, tmp_path: Path) -> None:
    spec = draw(looked((DEEPSEEK, CHATGPT))[0], size=SIZES["story"], interactive=True)
    with phone(browser, 390, 844):
        open_picture(browser, tmp_path, spec)
        assert smallest_type(browser) > 8.5
        assert all_within(browser)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
