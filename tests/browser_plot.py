"""The page in a real Chromium with the network shut: what a reader meets.

Not among the tests that run by themselves, since they need a browser: they are named, as in
``pytest tests/browser_*.py``. Without a browser they fail and say how to install one.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from selenium.webdriver import ActionChains, Chrome, Keys

from tests.support.chromium import (
    Hand,
    all_within,
    complaints,
    heard,
    inks,
    open_page,
    open_plot,
    place_of,
    press,
    requests,
    settle,
    tip,
    wait_until,
    words,
)
from tests.support.chromium import shown as time_shown
from tests.support.lines import at, pair, series, timeline, walk
from tracker.model import App, Series
from tracker.plot import Note, data_table, headline
from tracker.plot.curve import curve
from tracker.plot.layers import CROWD, FAINT
from tracker.plot.theme import THEMES, contrast
from tracker.plot.ticks import epoch, tick_words

NASTY = ("</script><script>window.owned = 1</script>", "<img src=x onerror='window.owned = 2'>")


def shown(
    browser: Chrome, lines: Sequence[Series], folder: Path, table: str = "", **given: Any
) -> Hand:
    """The page of DRAWN, open, and a mouse over it."""
    open_plot(browser, folder, curve(lines, **given), table)
    return Hand(browser)


def two_days() -> list[Series]:
    return pair([9] * 20 + [1] * 29, [2] * 49)


@pytest.mark.parametrize("theme", list(THEMES))
def test_it_opens_without_a_network_and_without_complaint(
    browser: Chrome, tmp_path: Path, theme: str
) -> None:
    hours = [*range(20), 40, 41, 42, 43]
    lines = pair([9] * 9 + [1] * 6 + [None] * 9, [2] * 22 + [None] * 2, hours)
    others = series([f"B{n}" for n in range(5)], [walk(24, n) for n in range(5)])
    behind = [Series(lines[0].timeline, other.app, other.ranks) for other in others]
    shown(browser, lines, tmp_path, theme=theme, context=behind, notes=[Note(at(9), "A note")])
    assert complaints(browser) == []
    assert requests(browser) == []
    assert {"DeepSeek", "ChatGPT", "No. 1", "unranked", "Ahead"} <= set(words(browser))
    assert all_within(browser)
    ground = THEMES[theme].background
    faint = {word for word, ink in inks(browser) if contrast(ink, ground) < 4.5}
    assert faint <= {"DeepSeek", "ChatGPT"}  # those on the strip stand on a colour


def test_what_is_drawn_is_not_blank(browser: Chrome, tmp_path: Path) -> None:
    shown(browser, two_days(), tmp_path, theme="dark")
    png = base64.b64decode(browser.get_screenshot_as_base64())
    colours = Image.open(io.BytesIO(png)).convert("RGB").getcolors(1 << 20)
    assert colours is not None
    assert len(colours) > 50
    assert max(colours)[1] == (0x14, 0x17, 0x1C)


def test_a_pointer_finds_the_nearest_snapshot(browser: Chrome, tmp_path: Path) -> None:
    hand = shown(browser, two_days(), tmp_path)
    hand.over(*place_of(browser, "DeepSeek", at(20)))
    assert tip(browser) == ["DeepSeek", "No. 1", "26 Jan 2025, 20:00:00 UTC", "before: 9"]
    hand.over(*place_of(browser, "ChatGPT", at(5)))
    assert tip(browser)[:2] == ["ChatGPT", "No. 2"]
    browser.execute_script("document.querySelector('h1').dispatchEvent("
                           "new PointerEvent('pointerdown', {bubbles: true}))")  # fmt: skip
    wait_until(browser, "document.getElementById('tip').hidden")
    assert complaints(browser) == []


def test_the_unranked_and_a_gap_under_the_pointer(browser: Chrome, tmp_path: Path) -> None:
    hours = [*range(10), *range(30, 41)]
    hand = shown(browser, [Series(timeline(hours), App("1", "Solo"), (None,) * 10 + (3,) * 11)],
                 tmp_path)  # fmt: skip
    hand.over(*place_of(browser, "Solo", at(5)))
    assert tip(browser)[:2] == ["Solo", "not in the top 100"]
    middle = hand.box["left"] + hand.box["width"] / 2
    hand.over(middle, hand.box["top"] + 100)
    wait_until(browser, "document.getElementById('tip').hidden")
    assert complaints(browser) == []


def test_a_drag_selects_a_time_and_names_follow_the_lines(browser: Chrome, tmp_path: Path) -> None:
    hand = shown(browser, two_days(), tmp_path)
    assert {"DeepSeek #1", "ChatGPT #2"} <= set(words(browser))
    hand.drag(0.125, 0.375)
    first, last = time_shown(browser)
    assert first == pytest.approx(epoch(at(6)), abs=3e5)
    assert last == pytest.approx(epoch(at(18)), abs=3e5)
    said = set(words(browser))
    assert {"DeepSeek #9", "ChatGPT #2", "12:00"} <= said
    assert "DeepSeek #1" not in said
    assert all_within(browser)
    browser.find_element("id", "all").click()
    settle(browser)
    assert time_shown(browser) == [epoch(at(0)), epoch(at(48))]
    assert "DeepSeek #1" in words(browser)
    assert complaints(browser) == []


def test_nothing_is_named_within_a_gap_and_names_keep_apart(
    browser: Chrome, tmp_path: Path
) -> None:
    hours = [*range(24), *range(48, 73)]
    falls, leaves = [*range(1, 50)], [3] * 12 + [None] * 37
    line = timeline(hours)
    lines = [Series(line, App(str(n), name), tuple(ranks)) for n, (name, ranks) in enumerate(
        {"Falls": falls, "Leaves": leaves, "Beside": [*range(2, 51)]}.items())]  # fmt: skip
    hand = shown(browser, lines, tmp_path)
    hand.drag(30 / 72, 40 / 72)
    assert browser.execute_script("return plot.panels[0].view.data('ends').length") == 0
    press(browser, Keys.TAB)
    browser.find_element("id", "all").click()
    settle(browser)
    hand.drag(3 / 72, 9.5 / 72)
    places = browser.execute_script("return plot.panels[0].view.data('ends').map(end => end.at)")
    assert len(places) == 3
    assert all(abs(a - b) > 17 for n, a in enumerate(places) for b in places[:n])
    assert {"Falls #10", "Leaves #3", "Beside #11"} <= set(words(browser))
    assert complaints(browser) == []


def test_keys_go_from_snapshot_to_snapshot_and_zoom(browser: Chrome, tmp_path: Path) -> None:
    shown(browser, two_days(), tmp_path)
    assert not heard(browser)
    press(browser, Keys.TAB)
    assert heard(browser, "DeepSeek, No. 1, 28 Jan 2025, 00:00:00 UTC")
    ring, hint = browser.execute_script(
        "const style = one => getComputedStyle(document.querySelector(one));"
        "return [style('.plot').outlineStyle, style('#keys').display]"
    )
    assert (ring, hint) == ("solid", "block")
    press(browser, Keys.ARROW_LEFT)
    heard(browser, "27 Jan 2025, 23:00:00")
    assert tip(browser)[0] == "DeepSeek"
    press(browser, Keys.ARROW_DOWN)
    heard(browser, "ChatGPT, No. 2, 27 Jan 2025, 23:00:00")
    press(browser, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    heard(browser, "DeepSeek", "28 Jan 2025, 00:00:00")
    press(browser, "+", "+", Keys.HOME)
    heard(browser, "27 Jan 2025, 12:00:00")
    assert time_shown(browser) == [epoch(at(36)), epoch(at(48))]
    press(browser, Keys.ARROW_LEFT)
    heard(browser, "27 Jan 2025, 11:00:00")
    assert time_shown(browser) == [epoch(at(35)), epoch(at(47))]
    press(browser, Keys.END, "-")
    heard(browser, "27 Jan 2025, 23:00:00")
    press(browser, Keys.ESCAPE)
    wait_until(browser, "!plot.shown()")
    ActionChains(browser).key_down(Keys.SHIFT).send_keys(Keys.ARROW_LEFT).perform()
    heard(browser, "27 Jan 2025, 18:00:00")
    ActionChains(browser).key_up(Keys.SHIFT).send_keys(Keys.TAB).perform()
    wait_until(browser, "document.getElementById('tip').hidden")
    assert complaints(browser) == []


def test_of_many_lines_the_one_under_the_pointer_stays(browser: Chrome, tmp_path: Path) -> None:
    for apps in (CROWD, CROWD + 1):
        names = [f"Filler {n}" for n in range(apps)]
        hand = shown(browser, series(names, [[n + 1] * 3 for n in range(apps)]), tmp_path)
        assert opacities(browser) == {1}
        hand.over(*place_of(browser, "Filler 1", at(1)))
        assert tip(browser)[0] == "Filler 1"
        wait_until(browser, "plot.panels[0].view.signal('picked') === 'Filler 1'")
        assert opacities(browser) == ({1} if apps == CROWD else {1, FAINT})
        assert complaints(browser) == []


def test_on_paper_no_line_is_faint(browser: Chrome, tmp_path: Path) -> None:
    names = [f"Filler {n}" for n in range(CROWD + 1)]
    shown(browser, series(names, [[n + 1] * 3 for n in range(CROWD + 1)]), tmp_path)
    press(browser, Keys.TAB)
    wait_until(browser, "plot.panels[0].view.signal('picked')")
    faint = (
        "[...document.querySelectorAll('.mark-line path')]"
        ".filter(path => getComputedStyle(path).opacity < 1).length"
    )
    wait_until(browser, f"{faint} === {CROWD}")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert browser.execute_script(f"return {faint}") == 0
        adjusted = "return getComputedStyle(document.documentElement).printColorAdjust"
        assert browser.execute_script(adjusted) == "exact"
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_tap_beside_a_plot_that_is_not_drawn_yet_does_nothing(
    browser: Chrome, tmp_path: Path
) -> None:
    tap = """new MutationObserver((_, observer) => {
        if (!document.querySelector('.plot div')) return;
        observer.disconnect();
        window.early = !window.plot;
        document.body.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}));
    }).observe(document, {childList: true, subtree: true})"""
    added = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": tap})
    try:
        shown(browser, two_days(), tmp_path)
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
    assert browser.execute_script("return window.early")
    assert complaints(browser) == []


def test_words_are_of_what_is_shown_of_the_time(browser: Chrome, tmp_path: Path) -> None:
    days = [*range(24), *range(48, 96)]
    ranks = [1 if hour < 24 or hour >= 72 else 3 for hour in days]
    lines = [
        Series(timeline(days), App("1", "DeepSeek"), tuple(ranks)),
        Series(timeline(days), App("2", "ChatGPT"), (2,) * len(days)),
    ]
    notes = [Note(at(71), "A note of many words at the very end")]
    shown(browser, lines, tmp_path, notes=notes)

    def chosen(start: float, end: float) -> list[str]:
        times = [epoch(at(hour)) for hour in (start, end)]
        browser.execute_async_script(
            "const [times, done] = arguments; plot.choose(times).then(() => setTimeout(done, 60))",
            times,
        )
        assert all_within(browser)
        return words(browser)

    # Who was ahead before is not named, nor is who comes later; a part of a gap has its name.
    seen = chosen(30, 60)
    assert seen.count("ChatGPT") == 1
    assert "DeepSeek" not in seen
    assert any(text.startswith("no data for ") for text in seen), seen
    # The words of a note at the edge run to where there is room.
    assert any("A note of" in text for text in chosen(60, 72))
    assert complaints(browser) == []


def opacities(browser: Chrome) -> set[float]:
    """Of the lines of a plot, their halos left out."""
    found = browser.execute_script(
        "return [...document.querySelectorAll('.mark-line path')].map("
        "path => +(path.getAttribute('opacity') ?? 1))"
    )
    return set(found)


def test_keys_reach_the_unranked(browser: Chrome, tmp_path: Path) -> None:
    shown(browser, [Series(timeline(range(6)), App("1", "Solo"), (4, 3, 2, None, None, None))],
          tmp_path)  # fmt: skip
    press(browser, Keys.TAB)
    heard(browser, "Solo, not in the top 100")
    press(browser, Keys.ARROW_LEFT)
    heard(browser, "Solo, No. 2", "02:00:00")
    assert complaints(browser) == []


@pytest.mark.parametrize("name", ["Asia/Kolkata", "America/New_York"])
def test_ticks_are_round_times_of_the_zone_at_every_zoom(
    browser: Chrome, tmp_path: Path, name: str
) -> None:
    zone = ZoneInfo(name)
    line = timeline(range(0, 24 * 365, 3))
    ranks = tuple(1 + (number // 50) % 9 for number in range(len(line.times)))
    hand = shown(browser, [Series(line, App("1", "Solo"), ranks)], tmp_path, zone=zone)
    for share in (0.5, 0.1, 0.02, 0.005):
        middle = epoch(at(24 * 42)), share * 365 * 86_400_000 / 2  # clocks change in New York
        browser.execute_async_script(
            "const [times, done] = arguments; plot.choose(times).then(() => setTimeout(done, 60))",
            [middle[0] - middle[1], middle[0] + middle[1]],
        )
        labels = browser.execute_script(
            "const [from, to] = plot.shown();"
            "return [...document.querySelectorAll('.role-axis-label text')].map("
            "text => [text.textContent, +text.__data__.datum.value,"
            " +getComputedStyle(text).opacity]).filter(one => one[1] >= from && one[1] <= to)"
        )
        ticks = [(word, datetime.fromtimestamp(ms / 1000, UTC)) for word, ms, _ in labels]
        assert len(ticks) >= 3
        for word, tick in ticks:
            local = tick.astimezone(zone)
            short = share * 365 < 28
            assert word == tick_words(tick, zone, short=short), (share, word, local)
            assert local.minute in (0, 15, 30, 45)
            if share > 0.02:
                assert local.hour == 0
    hand.over(*place_of(browser, "Solo", at(24 * 42)))
    assert name in " ".join(tip(browser))
    assert complaints(browser) == []


def test_nothing_in_a_name_or_a_note_is_executed(browser: Chrome, tmp_path: Path) -> None:
    lines = series(NASTY, [(5, 1, 1, 1), (2, 2, 2, 2)])
    notes = [Note(at(1), name, name) for name in NASTY]
    hand = shown(browser, lines, tmp_path, data_table(lines), notes=notes)
    hand.over(*place_of(browser, NASTY_SHORT, at(2)))
    assert tip(browser)[0] == NASTY_SHORT
    assert browser.execute_script("return window.owned ?? null") is None
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0
    assert complaints(browser) == []
    assert requests(browser) == []


NASTY_SHORT = curve(series(NASTY, [(5, 1), (2, 2)])).names[0]


def test_a_screen_reader_finds_words_and_a_table(browser: Chrome, tmp_path: Path) -> None:
    lines = two_days()
    shown(browser, lines, tmp_path, data_table(lines))
    tree = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    named = [
        (node["role"]["value"], node.get("name", {}).get("value", "").replace("\u00a0", " "))
        for node in tree if not node.get("ignored")
    ]  # fmt: skip
    assert any(role == "application" and name == "Snapshot by snapshot" for role, name in named)
    assert any(role == "status" for role, _ in named)
    assert any(role == "image" and "rank 1 on top" in name for role, name in named)
    assert any(role == "table" and "United States" in name for role, name in named)
    assert not any("Vega" in name or role.startswith("graphics") for role, name in named)
    assert ("heading", headline(lines)) in named


def test_a_long_table_is_written_by_the_page(browser: Chrome, tmp_path: Path) -> None:
    zone = ZoneInfo("America/New_York")
    # Clocks are changed within it, there was no data for a while, an app is unranked for a while.
    hours = [*range(1_200), *range(1_300, 2_300)]
    ranks = [1 + number // 60 for number in range(2_200)]
    out: list[int | None] = [None if 100 < number < 300 else 7 for number in range(2_200)]
    line = timeline(hours)
    lines = [Series(line, each.app, each.ranks) for each in series([NASTY[0], "B"], [ranks, out])]
    shown(browser, lines, tmp_path, data_table(lines, zone), zone=zone)
    rows = browser.execute_script(
        "return [...document.querySelectorAll('table tr')].map(row =>"
        "[...row.cells].map(cell => cell.textContent))"
    )
    # The head, the ranks of the first, a change of the second, the gap, the last snapshot.
    assert len(rows) == 1 + 37 + 1 + 1 + 1
    gap = next(number for number, row in enumerate(rows) if len(row) == 1)
    assert rows[gap] == ["no data for 4 days"]
    assert rows[1] == ["2025-01-25 19:00 UTC−5", "1", "7"]
    assert rows[-1] == ["2025-05-01 15:00 UTC−4", "37", "7"]
    assert any("not in the top 100" in row for row in rows)
    assert complaints(browser) == []


def test_a_table_of_many_apps_scrolls_by_itself(browser: Chrome, tmp_path: Path) -> None:
    names = ["抖音精选视频平台", "카카오톡메신저", *(f"Filler {n}" for n in range(14))]
    lines = series(names, [walk(30, n) for n in range(16)])
    shown(browser, lines, tmp_path, data_table(lines))
    wide, inner, inside = browser.execute_script(
        "const table = document.querySelector('.table');"
        "return [document.documentElement.scrollWidth, innerWidth,"
        " table.scrollWidth - table.clientWidth]"
    )
    assert wide <= inner
    assert inside > 0
    assert complaints(browser) == []


def test_five_years_open_and_answer(browser: Chrome, tmp_path: Path) -> None:
    many = 24 * 365 * 5
    lines = [Series(timeline(range(many)), App(str(n), f"App {n}"), walk(many, n)) for n in (1, 2)]
    path = tmp_path / "page.html"
    open_plot(browser, tmp_path, curve(lines))
    open_page(browser, path)
    hand = Hand(browser)
    begun = datetime.now(UTC)
    hand.drag(0.4, 0.41)
    assert datetime.now(UTC) - begun < timedelta(seconds=3)
    assert complaints(browser) == []
