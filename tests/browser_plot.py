"""The page in a real Chromium with the network shut: what a reader meets.

Not among the tests that run by themselves, since they need a browser: they are named, as in
``pytest tests/browser_*.py``. Without a browser they fail and say how to install one.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
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
    open_picture,
    press,
    requests,
    tooltip,
    wait_until,
    words,
)
from tests.support.lines import at, first_word, pair, series, timeline, walk
from tracker.model import App, Series, iso
from tracker.plot import Note, data_table, draw
from tracker.plot.style.colours import THEMES, contrast
from tracker.plot.style.size import SIZES
from tracker.plot.times.ticks import epoch, time_ticks

Spec = dict[str, Any]
NASTY = (
    "</script><script>window.owned = 1</script>",
    "<img src=x onerror='window.owned = 2'>",
)


def shown(
    browser: Chrome, drawn: Sequence[Series], folder: Path, table: str = "", **more: Any
) -> Spec:
    """The page of DRAWN, open; its specification."""
    spec = draw(drawn, interactive=True, **more)
    open_picture(browser, folder, spec, table=table)
    return spec


def two_days() -> list[Series]:
    return pair([9] * 20 + [1] * 29, [2] * 49)


def domain(browser: Chrome) -> list[int]:
    """The time shown by the plot, in milliseconds since 1970."""
    found: list[int] = browser.execute_script(
        "return window.plot._runtime.subcontext.concat_0?.scales?.x?.value?.domain().map(Number)"
        " ?? window.plot.scale('concat_0_x').domain().map(Number)"
    )
    return found


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("size", list(SIZES))
def test_it_opens_without_a_network_and_without_complaint(
    browser: Chrome, tmp_path: Path, theme: str, size: str
) -> None:
    shown(browser, two_days(), tmp_path, theme=theme, size=SIZES[size])
    assert complaints(browser) == []
    assert requests(browser) == []
    assert "DeepSeek #1" in words(browser)
    assert browser.title.startswith("DeepSeek passed ChatGPT")


def test_a_request_and_a_complaint_would_be_heard(browser: Chrome, tmp_path: Path) -> None:
    shown(browser, two_days(), tmp_path)
    path = tmp_path / "page.html"
    open_to_all = path.read_text("utf-8").replace("default-src 'none'", "default-src *", 1)
    path.write_text(
        open_to_all.replace("</body>", '<img src="http://127.0.0.1:9/x.png"></body>'), "utf-8"
    )
    open_page(browser, path)
    assert any("127.0.0.1:9" in url for url in requests(browser))
    assert complaints(browser)


def test_the_policy_lets_no_request_leave(browser: Chrome, tmp_path: Path) -> None:
    shown(browser, two_days(), tmp_path)
    refused = browser.execute_async_script(
        "const done = arguments[0]; document.addEventListener('securitypolicyviolation',"
        "event => done(event.violatedDirective)); fetch('http://127.0.0.1:9/x').catch(() => {});"
    )
    assert refused == "connect-src"
    complaints(browser)


def test_the_pointer_finds_the_nearest_look(browser: Chrome, tmp_path: Path) -> None:
    spec = shown(browser, two_days(), tmp_path)
    hand = Hand(browser, spec)
    hand.over_look("DeepSeek", at(30))
    days = (datetime.now(UTC) - at(30)).total_seconds() / 86_400
    assert tooltip(browser) == {
        "App": "DeepSeek",
        "Rank": "1",
        "Seen (UTC)": "27 Jan 2025 06:00:00",
        "Age": f"{days:.0f} days",
        "Snapshot before": "1 hour earlier",
        "Holds": "1 hour, until the next snapshot",
    }


def test_the_strip_chooses_the_time_and_a_click_shows_all(browser: Chrome, tmp_path: Path) -> None:
    spec = shown(browser, two_days(), tmp_path)
    hand = Hand(browser, spec)
    all_of_it = [int(at(hour).timestamp() * 1000) for hour in (0, 48)]
    assert domain(browser) == all_of_it
    hand.drag(0.125, 0.375)
    first, last = domain(browser)
    assert abs(first - at(6).timestamp() * 1000) < 600_000
    assert abs(last - at(18).timestamp() * 1000) < 600_000
    found = words(browser)
    # The last snapshot is out of sight; the names tell the rank within it, and ticks fit the hours.
    assert {"DeepSeek #9", "ChatGPT #2"} <= set(found)
    assert "DeepSeek #1" not in found
    assert {"12:00", "15:00"} <= set(found)
    hand.drag(0.9, 0.9)
    assert domain(browser) == all_of_it
    assert "DeepSeek #1" in words(browser)
    assert complaints(browser) == []


def ends(browser: Chrome) -> dict[str, tuple[float, float, float, bool]]:
    """By the words at each line's end: the hour, height, and height of the words; if ranked."""
    found: list[list[Any]] = browser.execute_script(
        "return window.plot.data('ends').map(end => [end.text, +end.t, end.y0, end.y, end.ranked])"
    )
    hours = ((text, (t - epoch(at(0))) / 3.6e6, y0, y, bool(r)) for text, t, y0, y, r in found)
    return {text: tuple(told) for text, *told in hours}


def test_names_stand_at_the_ends_of_lines_within_the_time_chosen(
    browser: Chrome, tmp_path: Path
) -> None:
    # A day, a day that there was no data, and a day: apps that fall, leave, come, and are far away.
    hours = [*range(24), *range(48, 73)]
    ranks: dict[str, list[int | None]] = {
        "Falls": [*range(1, 50)],
        "Leaves": [3] * 12 + [None] * 37,
        "Comes": [None] * 12 + [7] * 37,
        "Beside": [*range(2, 51)],
    }
    line = timeline(hours)
    drawn = [Series(line, one.app, one.ranks) for one in series([*ranks], [*ranks.values()])]
    spec = shown(browser, drawn, tmp_path)
    hand, heights = Hand(browser, spec), spec["usermeta"]["ends"]

    def height(rank: int) -> float:
        return float(heights["one"] + heights["fall"] * math.log(rank))

    whole = ends(browser)
    assert set(whole) == {"Falls #49", "Leaves unranked", "Comes #7", "Beside #50"}
    lane = whole["Leaves unranked"][1]
    hand.drag(3 / 72, 9.5 / 72)
    found = ends(browser)
    assert set(found) == {"Falls #10", "Leaves #3", "Comes", "Beside #11"}
    for text, rank in (("Falls #10", 10), ("Leaves #3", 3), ("Beside #11", 11)):
        hour, y0, _, ranked = found[text]
        assert hour == pytest.approx(9.5, abs=0.2)
        assert y0 == pytest.approx(height(rank))
        assert ranked
    assert found["Comes"][1] > height(50)
    assert not found["Comes"][3]
    places = sorted(y for _, _, y, _ in found.values())
    assert all(b - a >= 18.99 for a, b in pairwise(places))
    assert set(found) <= set(words(browser))
    assert hollow(browser) == ["Comes"]
    # Into the gap: the last snapshot tells, where it was.
    hand.drag(0.95, 0.95)
    hand.drag(15 / 72, 40 / 72)
    found = ends(browser)
    assert found["Falls #24"][0] == pytest.approx(23)
    assert found["Leaves"][1] == lane
    assert found["Comes #7"][3]
    # Within the gap nobody says anything, and all again says what it said.
    hand.drag(0.95, 0.95)
    hand.drag(30 / 72, 40 / 72)
    assert ends(browser) == {}
    assert not {"Falls #24", "Comes #7"} & set(words(browser))
    hand.drag(0.95, 0.95)
    assert ends(browser) == whole
    assert complaints(browser) == []


def test_the_strip_of_who_was_ahead_names_whom_there_is_room_for(
    browser: Chrome, tmp_path: Path
) -> None:
    brief = [4] * 30 + [1] * 2 + [4] * 30
    ranks = [[1] * 30 + [3] * 2 + [1] * 30, [2] * 62, brief]
    drawn = series(["Long", "Never", "Brief app"], ranks)
    hand = Hand(browser, shown(browser, drawn, tmp_path))
    assert ahead(browser) == (["Long", "Long"], 1)
    hand.drag(29 / 61, 33 / 61)
    assert ahead(browser) == (["Long", "Brief app", "Long"], 0)
    hand.drag(0.95, 0.95)
    hand.drag(31 / 61, 59 / 61)
    assert ahead(browser) == (["Long"], 1)
    assert complaints(browser) == []


def ahead(browser: Chrome) -> tuple[list[str], int]:
    """The names to be seen in the strip of who was ahead, and how many shapes."""
    script = """
        const of = one => one.__data__?.datum?.needed && +getComputedStyle(one).opacity
          && +one.__data__.datum.e > +one.__data__.datum.s;
        const seen = kind =>
          [...document.querySelectorAll(`#plot svg .mark-${kind} > *`)].filter(of);
        return [seen("text").map(one => one.textContent), seen("symbol").length];
    """
    names, shapes = browser.execute_script(script)
    return names, shapes


def hollow(browser: Chrome) -> list[str]:
    """The names of the shapes beside names that are not filled."""
    script = """
        const found = [];
        window.plot.scenegraph().root.items.forEach(function walk(item) {
          if (item.marktype === "symbol") item.items.forEach(one => found.push(one));
          else if (item.items) item.items.forEach(walk);
        });
        return found.filter(one => one.datum?.within && one.fill !== one.stroke)
          .map(one => one.datum.name);
    """
    names: list[str] = browser.execute_script(script)
    return names


def test_keys_go_from_look_to_look_and_look_closer(browser: Chrome, tmp_path: Path) -> None:
    shown(browser, two_days(), tmp_path)
    assert not heard(browser)
    press(browser, Keys.TAB)
    assert heard(browser, "App: DeepSeek, Rank: 1, Seen (UTC): 28 Jan 2025 00:00:00")
    ring, hint = browser.execute_script(
        "const style = id => getComputedStyle(document.getElementById(id));"
        "return [style('cursor').outlineStyle, style('keys').display]"
    )
    assert (ring, hint) == ("solid", "block")
    press(browser, Keys.ARROW_LEFT)
    heard(browser, "27 Jan 2025 23:00:00")
    assert tooltip(browser)["App"] == "DeepSeek"
    press(browser, Keys.ARROW_DOWN)
    heard(browser, "App: ChatGPT, Rank: 2, Seen (UTC): 27 Jan 2025 23:00:00")
    press(browser, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    heard(browser, "App: DeepSeek", "28 Jan 2025 00:00:00, ", "latest snapshot")
    press(browser, "+", "+", Keys.HOME)
    heard(browser, "27 Jan 2025 12:00:00")
    assert domain(browser) == [epoch(at(hour)) for hour in (36, 48)]
    press(browser, Keys.ARROW_LEFT)
    heard(browser, "27 Jan 2025 11:00:00")
    assert domain(browser) == [epoch(at(hour)) for hour in (35, 47)]
    press(browser, Keys.END, "-")
    heard(browser, "27 Jan 2025 23:00:00")
    wait_until(browser, f"+window.plot.signal('brush').t[0] === {epoch(at(24))}")
    assert domain(browser) == [epoch(at(hour)) for hour in (24, 48)]
    press(browser, Keys.ESCAPE)
    wait_until(browser, "!window.plot.signal('brush').t")
    assert domain(browser) == [epoch(at(hour)) for hour in (0, 48)]
    ActionChains(browser).key_down(Keys.SHIFT).send_keys(Keys.ARROW_LEFT).perform()
    heard(browser, "27 Jan 2025 18:00:00")
    ActionChains(browser).key_up(Keys.SHIFT).send_keys(Keys.TAB).perform()
    wait_until(browser, "!document.querySelector('#vg-tooltip-element.visible')")
    assert complaints(browser) == []


def test_keys_go_to_the_unranked_and_to_the_apps_behind(browser: Chrome, tmp_path: Path) -> None:
    line = timeline(range(6))
    drawn = [Series(line, App("1", "Filler"), (4, 3, 2, None, None, None))]
    behind = [Series(line, App("2", "Behind"), (1, 1, 1, 1, 1, 1))]
    shown(browser, drawn, tmp_path, context=behind)
    press(browser, Keys.TAB)
    heard(browser, "App: Filler, Rank: not in the top 100")
    press(browser, Keys.ARROW_UP)
    heard(browser, "App: Behind, Rank: 1")
    assert complaints(browser) == []


def test_another_zone_is_kept_to_however_closely_it_is_looked_at(
    browser: Chrome, tmp_path: Path
) -> None:
    spec = shown(browser, two_days(), tmp_path, zone=ZoneInfo("Asia/Kolkata"))
    hand = Hand(browser, spec)
    assert {"06:00", "27 Jan", "18:00"} <= set(words(browser))
    hand.over_look("DeepSeek", at(30))
    assert tooltip(browser)["Seen (Asia/Kolkata)"] == "27 Jan 2025 11:30:00"
    for last, expected in ((0.5, {"19:00", "27 Jan"}), (0.3, {"18:00", "18:15", "19:30"})):
        hand.drag(0.9, 0.9)
        hand.drag(0.25, last)
        # From noon of UTC on, which is 17:30 there.
        assert abs(domain(browser)[0] - epoch(at(12))) < 600_000
        assert expected <= set(words(browser)), words(browser)
    assert complaints(browser) == []


def test_ticks_of_a_zone_are_round_by_its_own_clocks(browser: Chrome, tmp_path: Path) -> None:
    line, zone = timeline(range(0, 24 * 365 * 3, 6)), ZoneInfo("America/New_York")
    ranks = tuple(1 + (number // 50) % 9 for number in range(len(line.times)))
    spec = shown(browser, [Series(line, App("1", "Filler"), ranks)], tmp_path, zone=zone)
    hand = Hand(browser, spec)
    # Clocks are changed within the first four; the share is that of the three years.
    for last in (0.8, 0.6, 0.1, 0.075, 0.035, 0.026, 0.0215):
        hand.drag(0.9, 0.9)
        hand.drag(0.02, last)
        first, end = (datetime.fromtimestamp(ms / 1000, UTC) for ms in domain(browser))
        assert abs((end - first).days - (last - 0.02) * 365 * 3) <= 3
        _, ticks = time_ticks(first, end, hand.width, zone=zone)
        told = [first_word(tick.astimezone(zone)) for tick in ticks]
        shown_there = browser.execute_script(
            "const x = one => one.getBoundingClientRect().x;"
            "return [...document.querySelector('#plot .role-axis-label').querySelectorAll('text')]"
            ".sort((a, b) => x(a) - x(b))"
            ".map(one => (one.querySelector('tspan') ?? one).textContent)"
        )
        assert shown_there == told, (first, end)
    assert complaints(browser) == []


def test_ticks_stay_sensible_from_years_to_minutes(browser: Chrome, tmp_path: Path) -> None:
    line = timeline(range(0, 24 * 365 * 3, 6))
    ranks = tuple(1 + (number // 50) % 9 for number in range(len(line.times)))
    spec = shown(browser, [Series(line, App("1", "Filler"), ranks)], tmp_path)
    assert {"2026", "2027"} <= set(words(browser))
    hand = Hand(browser, spec)
    for last, expected in ((0.8, "Nov"), (0.6, "27 Sep"), (0.52, "30 Jul"), (0.503, "12:00")):
        hand.drag(0.9, 0.9)  # else the drag would move what is selected
        hand.drag(0.5, last)
        assert any(expected in word for word in words(browser)), words(browser)
    assert complaints(browser) == []


@pytest.mark.parametrize("theme", list(THEMES))
def test_words_are_readable_in_both_themes(browser: Chrome, tmp_path: Path, theme: str) -> None:
    shown(browser, two_days(), tmp_path, theme=theme, notes=[Note(at(9), "A note")])
    # Those on the strip stand on a colour.
    faint = {word for word, ink in inks(browser) if contrast(ink, THEMES[theme].background) < 4.5}
    assert faint <= {"DeepSeek", "ChatGPT"}
    assert all_within(browser)


def test_what_is_drawn_is_not_blank(browser: Chrome, tmp_path: Path) -> None:
    shown(browser, two_days(), tmp_path, theme="dark")
    png = base64.b64decode(browser.get_screenshot_as_base64())
    colours = Image.open(io.BytesIO(png)).convert("RGB").getcolors(1 << 20)
    assert colours is not None
    assert len(colours) > 50
    assert max(colours)[1] == (0x14, 0x17, 0x1C)


def test_nothing_in_a_name_or_a_note_is_executed(browser: Chrome, tmp_path: Path) -> None:
    drawn = series(NASTY, [(5, 1, 1, 1), (2, 2, 2, 2)])
    notes = [Note(at(1), name, name) for name in NASTY]
    spec = shown(browser, drawn, tmp_path, data_table(drawn), notes=notes)
    hand = Hand(browser, spec)
    hand.over_look(NASTY[0], at(2))
    assert tooltip(browser)["App"] in NASTY
    assert browser.execute_script("return window.owned ?? null") is None
    heads: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('thead th')].map(cell => cell.textContent)"
    )
    assert heads == ["Seen (UTC)", *NASTY]
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0
    assert complaints(browser) == []
    assert requests(browser) == []


def test_a_screen_reader_finds_words_and_a_table(browser: Chrome, tmp_path: Path) -> None:
    drawn = two_days()
    shown(browser, drawn, tmp_path, data_table(drawn))
    tree = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    named = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in tree if not node.get("ignored")
    ]  # fmt: skip
    assert any(role == "application" and name == "Snapshot by snapshot" for role, name in named)
    assert any(role == "status" for role, _ in named)
    assert any(role == "image" and "rank 1 on top" in name for role, name in named)
    assert any(role == "table" and "United States" in name for role, name in named)


def rows(browser: Chrome) -> list[list[str]]:
    found: list[list[str]] = browser.execute_script(
        "return [...document.querySelectorAll('table tr')].map(row =>"
        "[...row.cells].map(cell => cell.textContent))"
    )
    return found


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("America/New_York")])
def test_a_long_table_is_written_by_the_page_as_a_short_one_stands_there(
    browser: Chrome, tmp_path: Path, zone: tzinfo
) -> None:
    # Clocks are changed within it, there was no data for a while, an app is unranked for a while.
    hours = [*range(1_200), *range(1_300, 2_300)]
    ranks = [1 + number // 60 for number in range(2_200)]
    out: list[int | None] = [None if 100 < number < 300 else 7 for number in range(2_200)]
    line = timeline(hours)
    drawn = [Series(line, one.app, one.ranks) for one in series([NASTY[0], "B"], [ranks, out])]
    shown(browser, drawn, tmp_path, data_table(drawn, zone), zone=zone)
    found = rows(browser)
    # The head, the ranks of the first, a change of the second, the gap, the last snapshot.
    assert len(found) == 1 + 37 + 1 + 1 + 1
    (told,) = (number for number, row in enumerate(found) if len(row) == 1)
    assert found[told] == ["no data for 4 days"]
    sharp = {hour: iso(at(hour)) if zone is UTC else at(hour).astimezone(zone).isoformat(" ")
             for hour in (0, 101, 1_300, 2_299)}  # fmt: skip
    assert found[0] == [f"Seen ({zone})", NASTY[0], "B"]
    assert found[1] == [sharp[0], "1", "7"]
    assert [sharp[101], "2", "not in the top 100"] in found
    assert found[told + 1] == [sharp[1_300], "21", "7"]
    assert found[-1] == [sharp[2_299], "37", "7"]
    heads = browser.execute_script(
        "return [...document.querySelectorAll('tbody th')].every(cell => cell.scope === 'row')"
    )
    assert heads
    assert complaints(browser) == []


def test_a_table_of_many_apps_keeps_names_whole_and_the_page_as_wide_as_it_is(
    browser: Chrome, tmp_path: Path
) -> None:
    names = ["抖音精选视频平台", "카카오톡메신저", *(f"Filler {n}" for n in range(10))]
    drawn = series(names, [walk(30, n) for n in range(12)])
    shown(browser, drawn, tmp_path, data_table(drawn))
    wide, inner, heads, caption = browser.execute_script(
        "const box = one => document.querySelector(one).getBoundingClientRect();"
        "return [document.documentElement.scrollWidth, innerWidth, box('thead').height,"
        " box('caption span').right]"
    )
    assert wide <= inner
    assert heads < 60
    assert caption <= inner
    assert complaints(browser) == []
