"""A real headless Chromium for the pages the program writes, with everything but files shut.

Driven over the WebDriver protocol by selenium. Where Chromium is not installed this fails and says
how to install it: a test of a page that never opened one is none.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from selenium.common.exceptions import TimeoutException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.support.ui import WebDriverWait

from tracker.plot import saved
from tracker.plot.compose import Plot

INSTALL = "the browser tests need Chromium: apt-get install chromium chromium-driver"
#: Headless, and silent: no update, no quick start, no protocol that a closed network would miss.
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Every name leads nowhere: a page that asked for one would be heard in the log.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


_HEARD = "document.getElementById('spoken').textContent"
#: The words of the panels.
_WORDS = "[...document.querySelectorAll('.plot svg text')].filter(text => text.textContent)"


@contextmanager
def chromium(folder: Path, size: tuple[int, int] = (1280, 900)) -> Iterator[Chrome]:
    """A browser with a new profile in FOLDER and a window of SIZE."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        raise AssertionError(INSTALL)
    options = ChromeOptions()
    options.binary_location = program
    for flag in (*_FLAGS, f"--user-data-dir={folder}", f"--window-size={size[0]},{size[1]}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = Chrome(options, ChromeService(driver))
    try:
        browser.execute_cdp_cmd("Network.enable", {})
        yield browser
    finally:
        browser.quit()


@contextmanager
def another_page(browser: Chrome) -> Iterator[None]:
    """Wait, after a click or a key, until another page is there with all its stylesheets."""
    browser.execute_script("window.isPrevious = true")
    yield
    wait_until(browser, "!window.isPrevious && document.readyState === 'complete'", 300)


def load(browser: Chrome, address: str) -> None:
    """Open ADDRESS, all of it: the driver may return before the stylesheets are there."""
    with another_page(browser):
        browser.get(address)


def open_page(browser: Chrome, path: Path) -> None:
    """Open the file at PATH with the network shut, and wait until its plot is drawn."""
    shut = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", shut)
    for log in ("browser", "performance"):
        _log(browser, log)  # what came before is not the page's
    load(browser, path.as_uri())
    browser.execute_async_script(
        "const wait = () => window.plot?.ready ? arguments[0]() : setTimeout(wait, 20); wait();"
    )


def open_plot(browser: Chrome, folder: Path, plot: Plot, table: str = "") -> Path:
    """Open the page of PLOT, written to FOLDER; its path."""
    path = folder / "page.html"
    path.write_bytes(saved(plot, ".html", table=table))
    open_page(browser, path)
    return path


@contextmanager
def phone(browser: Chrome, wide: int, high: int) -> Iterator[None]:
    """A phone's screen, with fingers for a mouse."""
    turn(browser, wide, high)
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def turn(browser: Chrome, wide: int, high: int, *, mobile: bool = True) -> None:
    """Another size of screen or, where not MOBILE, of window."""
    screen = {"width": wide, "height": high, "deviceScaleFactor": 1, "mobile": mobile}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)


def finger(browser: Chrome, *places: tuple[float, float]) -> None:
    """Put a finger down on the first of PLACES, draw it over the others, and lift it."""
    for number, (x, y) in enumerate(places):
        kind = "touchMove" if number else "touchStart"
        _touch(browser, kind, [{"x": x, "y": y}])
    _touch(browser, "touchEnd", [])


def _touch(browser: Chrome, kind: str, points: list[dict[str, float]]) -> None:
    facts = {"type": kind, "touchPoints": points}
    browser.execute_cdp_cmd("Input.dispatchTouchEvent", facts)


def wait_until(browser: Chrome, condition: str, seconds: float = 1) -> None:
    """Until the JavaScript CONDITION is true; TimeoutException after SECONDS."""
    WebDriverWait(browser, seconds, 0.02).until(
        lambda web_driver: web_driver.execute_script(f"return {condition}")
    )


def box_of(browser: Chrome, selector: str) -> dict[str, float]:
    """Where the first element of SELECTOR is on the screen."""
    sizes: dict[str, float] = browser.execute_script(
        "return document.querySelector(arguments[0])?.getBoundingClientRect().toJSON()", selector
    )
    return sizes


def smallest_type(browser: Chrome) -> float:
    """CSS pixels of the smallest words of the panels."""
    value: float = browser.execute_script(
        f"return Math.min(...{_WORDS}.map("
        "one => parseFloat(getComputedStyle(one).fontSize)"
        "* Math.hypot(one.getScreenCTM().a, one.getScreenCTM().b)))"
    )
    return value


def place_of(browser: Chrome, app: str, time: datetime, panel: int = 0) -> tuple[float, float]:
    """Where on the screen APP's line is at TIME."""
    x, y = browser.execute_script(
        "const [app, time, n] = arguments, panel = plot.panels[n];"
        "const line = panel.lines.find(one => one.name === app);"
        "const point = line.points.findLast(one => one.time <= time);"
        "const box = panel.box.getBoundingClientRect();"
        "return [box.left + panel.x(time), box.top + panel.y(point)]",
        app, time.timestamp() * 1000, panel,
    )  # fmt: skip
    return x, y


def press(browser: Chrome, *keys: str) -> None:
    """Press KEYS one after the other, as whoever has a keyboard only."""
    for key in keys:
        ActionChains(browser).send_keys(key).perform()


def heard(browser: Chrome, *words: str) -> str:
    """What a screen reader is told of the snapshot the cursor is on, once it has all of WORDS."""
    parts = " && ".join(f"{_HEARD}.includes({json.dumps(word)})" for word in words)
    with suppress(TimeoutException):
        wait_until(browser, parts or "true")
    text: str = browser.execute_script(f"return {_HEARD}")
    assert all(word in text for word in words), text
    return text


def _log(browser: Chrome, name: str) -> list[Any]:
    entries: list[Any] = browser.get_log(name)  # type: ignore[no-untyped-call]
    return entries


def complaints(browser: Chrome) -> list[str]:
    """What the page wrote to its console, since this was asked last."""
    return [str(entry["message"]) for entry in _log(browser, "browser")]


def requests(browser: Chrome) -> list[str]:
    """The addresses the page asked for, since this was asked last, itself left out."""
    entries = []
    for entry in _log(browser, "performance"):
        facts: dict[str, Any] = json.loads(entry["message"])["message"]
        if facts["method"] == "Network.requestWillBeSent":
            url = facts["params"]["request"]["url"]
            # Of the tab's own page, which may still be loading, nothing leaves the browser.
            own = url.startswith(("data:", "blob:", "chrome:"))
            if not own and facts["params"]["type"] != "Document":
                entries.append(url)
    return entries


def tip(browser: Chrome) -> list[str]:
    """The lines of the box beside what a pointer or the cursor is at, once it is there."""
    wait_until(browser, "!document.getElementById('tip').hidden")
    lines: list[str] = browser.execute_script(
        "return [...document.getElementById('tip').children].map(line => line.textContent)"
    )
    return lines


def tooltip(browser: Chrome) -> dict[str, str]:
    """What Vega's own tooltip says, once it is there."""
    wait_until(browser, "document.querySelector('#vg-tooltip-element.visible td')")
    rows: dict[str, str] = browser.execute_script(
        "return Object.fromEntries([...document.querySelectorAll('#vg-tooltip-element tr')].map("
        "row => [...row.cells].map(cell => cell.textContent.replace(/:$/, ''))))"
    )
    return rows


def words(browser: Chrome) -> list[str]:
    """The words of the panels that can be seen."""
    lines: list[str] = browser.execute_script(
        f"return {_WORDS}.filter(text => getComputedStyle(text).opacity > 0)"
        ".map(text => text.textContent)"
    )
    return lines


def inks(browser: Chrome) -> list[tuple[str, str]]:
    """Each word of the panels, and its colour as ``#rrggbb``."""
    tables: list[list[str]] = browser.execute_script(
        f"return {_WORDS}.map(text => [text.textContent, getComputedStyle(text).fill])"
    )
    return [
        (word, "#" + "".join(f"{int(word):02X}" for word in ink[4:-1].split(",")))
        for word, ink in tables
    ]


def shown(browser: Chrome) -> list[float]:
    """The time that the page shows, in milliseconds since 1970."""
    span: list[float] = browser.execute_script("return plot.shown() ?? plot.panels[0].data.span")
    return span


class Hand:
    """A mouse over a panel of a page."""

    def __init__(self, browser: Chrome, panel: int = 0) -> None:
        self._browser = browser
        self.box = browser.execute_script(
            "return document.querySelectorAll('.plot')[arguments[0]].getBoundingClientRect()"
            ".toJSON()", panel,
        )  # fmt: skip

    def over(self, x: float, y: float) -> None:
        """Move to a place on the screen."""
        self._act(("pointer_move", x - 3, y + 1), ("pointer_move", x, y + 1))

    def drag(self, first: float, last: float) -> None:
        """Across the plot, from one share of its width to another."""
        y = self.box["top"] + self.box["height"] / 2
        places = [self.box["left"] + self.box["width"] * share for share in (first, last)]
        action = ActionBuilder(self._browser)
        pointer: Any = action.pointer_action
        pointer.move_to_location(round(places[0]), round(y))
        pointer.pointer_down()
        pointer.move_to_location(round(sum(places) / 2), round(y))
        pointer.move_to_location(round(places[1]), round(y))
        pointer.pointer_up()
        action.perform()
        settle(self._browser)

    def _act(self, *moves: tuple[str, float, float]) -> None:
        action = ActionBuilder(self._browser)
        pointer: Any = action.pointer_action
        for _, x, y in moves:
            pointer.move_to_location(round(x), round(y))
        action.perform()


def settle(browser: Chrome) -> None:
    """Wait until what was begun is drawn."""
    browser.execute_async_script(
        "Promise.all(plot.panels.map(panel => panel.view.runAsync()))"
        ".then(() => setTimeout(arguments[0], 60))"
    )


def all_within(browser: Chrome) -> bool:
    """Whether no word that can be seen leaves the window on its left or right."""
    sides: list[float] = browser.execute_script(
        f"return {_WORDS}.filter(text => getComputedStyle(text).opacity > 0"
        " && !text.closest('[clip-path]')).map("
        "text => text.getBoundingClientRect()).flatMap(box => [box.left, box.right])"
    )
    wide: float = browser.execute_script("return innerWidth")
    return min(sides) >= 0 and max(sides) <= wide
