"""Pages of a heatmap and of a wave in a real Chromium, with the network shut.

Named: ``pytest tests/browser_*.py``.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Chrome

from tests.support.chromium import complaints, load, phone, requests, tooltip, wait_until
from tests.support.lines import CHATGPT, DEEPSEEK, START
from tracker.analysis.days import lead_days, rank_days
from tracker.model import App, Chart, Provenance, Series, Timeline
from tracker.plot import saved
from tracker.plot.compose import Plot
from tracker.plot.heatmap import heatmap, wave

#: Ranks of two apps in snapshots a day apart; none on the fifth day.
RANKS = {0: (9, 2), 1: (3, 2), 2: (1, 2), 3: (1, None), 5: (None, None), 6: (1, 2)}
FRONTS = ("us", "de", "vc")
NASTY = App("1", "</script><script>window.owned = 1</script>")


def stored(*apps: App) -> list[tuple[Series, Series]]:
    """The series of two APPS in each storefront."""
    times = tuple(START + timedelta(days=day) for day in RANKS)
    many = len(times)
    lines = [
        Timeline(Chart(front, "iphone", "top-free", "apps"), "apple-rss", times, (100,) * many,
                 (Provenance.RECORDED,) * many)
        for front in FRONTS
    ]  # fmt: skip
    a, b = zip(*RANKS.values(), strict=True)
    return [(Series(line, apps[0], a), Series(line, apps[1], b)) for line in lines]


def heatmap_of(kind: str, app: App = DEEPSEEK, theme: str = "light") -> Plot:
    pairs = stored(app, CHATGPT)
    if kind == "heatmap":
        return heatmap(app, [rank_days(a) for a, _ in pairs], theme=theme)
    return wave((app, CHATGPT), lead_days(pairs), theme=theme)


def opened(browser: Chrome, folder: Path, plot: Plot) -> None:
    """Open PLOT as a page and wait until it is drawn."""
    path = folder / "page.html"
    path.write_bytes(saved(plot, ".html"))
    complaints(browser)
    requests(browser)
    load(browser, path.as_uri())
    wait_until(browser, "Boolean(window.plot?.ready)", 10)


def texts(browser: Chrome) -> set[str]:
    script = (
        "return [...document.querySelectorAll('.plot svg text')].flatMap(text => "
        "text.childElementCount ? [...text.children].map(line => line.textContent) "
        ": [text.textContent])"
    )
    return set(browser.execute_script(script))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("kind", "front", "day", "expected"),
    [
        ("heatmap", "Germany", 1,
         {"Day": "27 Jan 2025", "Best rank": "3, first seen 27 Jan 00:00 UTC",
          "Snapshots": "1, ranked in 1"}),
        ("heatmap", "Germany", 5, {"Best rank": "not in the top 100"}),
        ("heatmap", "Germany", 4, {"Days": "30 Jan 2025", "Data": "none"}),
        ("wave", "United States", 2, {"Ahead": "DeepSeek", "Changes of the lead": "1"}),
    ],
)  # fmt: skip
def test_it_opens_offline_and_each_day_has_a_tooltip(
    browser: Chrome,
    tmp_path: Path,
    kind: str,
    front: str,
    day: int,
    expected: dict[str, str],
    theme: str,
) -> None:
    opened(browser, tmp_path, heatmap_of(kind, theme=theme))
    # In two lines, and in full.
    assert {"United States", "St Vincent and the", "Grenadines", "no data"} <= texts(browser)
    at = (START + timedelta(days=day)).timestamp() * 1000
    mark = browser.execute_script(
        "return [...document.querySelectorAll('.plot svg path')].filter(path => {"
        "const row = path.__data__?.datum;"
        "return row?.storefront === arguments[0] && row.time <= arguments[1] "
        "&& row.until > arguments[1]; }).at(-1)",
        front,
        at,
    )
    ActionChains(browser).move_to_element_with_offset(mark, 1, 4).move_to_element_with_offset(
        mark, 8, 4
    ).perform()
    words = tooltip(browser)
    assert words["Storefront"] == front
    assert expected.items() <= words.items()
    assert complaints(browser) == []
    assert requests(browser) == []


@pytest.mark.parametrize("kind", ["heatmap", "wave"])
def test_a_phone_shows_all_of_it_and_no_name_is_markup(
    browser: Chrome, tmp_path: Path, kind: str
) -> None:
    with phone(browser, 360, 740):
        opened(browser, tmp_path, heatmap_of(kind, NASTY))
        assert browser.execute_script("return document.documentElement.scrollWidth") == 360
        left, right, wide = browser.execute_script(
            "const boxes = [...document.querySelectorAll('.plot svg text')].map("
            "text => text.getBoundingClientRect()); return [Math.min(...boxes.map(b => b.left)), "
            "Math.max(...boxes.map(b => b.right)), innerWidth]"
        )
        assert 0 <= left <= right <= wide
        assert browser.execute_script("return window.owned ?? null") is None
        assert complaints(browser) == []
